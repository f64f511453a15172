# SPDX-License-Identifier: Apache-2.0
"""Before court: figures in words, a cap on the legal share, and an approval with a reason."""

import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.test import Client as Browser

from ascolto.domain.access.models import Client, User
from ascolto.domain.access.viewer import Viewer
from ascolto.domain.ledger.models import Allocation, Payment
from ascolto.domain.mandates.models import Mandate
from ascolto.domain.portfolio import sizes
from ascolto.domain.portfolio.models import Customer, Instalment, Invoice
from ascolto.domain.records.errors import Refused
from ascolto.domain.records.models import TrailEntry
from ascolto.domain.strategy import recovery
from ascolto.domain.strategy.legal_gate import approve_legal, check_gate, prospect_of
from ascolto.domain.strategy.recovery import likelihood

FRIDAY = dt.date(2026, 11, 20)


def owes(customer: Customer, cents: int) -> None:
    invoice = Invoice.objects.create(
        client=customer.client, customer=customer, number=customer.number, issued_on=dt.date(2026, 1, 1),
        total_cents=cents, payable_cents=cents,
    )  # fmt: skip
    Instalment.objects.create(
        client=customer.client, customer=customer, invoice=invoice, due_on=dt.date(2026, 2, 1), amount_cents=cents
    )


@pytest.fixture
def stock(acqua: Client, carla: Customer) -> Customer:
    """Carla owes 4.99 in a hundred of what Acqua is owed."""
    owes(carla, 4_99)
    owes(Customer.objects.create(client=acqua, number="X", name="X", search_name="x"), 95_01)
    return carla


def test_the_gate_opens_below_the_cap_and_closes_at_it(as_ada: Viewer, stock: Customer) -> None:
    told = prospect_of(as_ada, stock.pk, FRIDAY)
    assert (told.overdue_cents, told.share, told.share_after, told.beyond) == (4_99, 0, 499, False)
    assert told.oldest_days == (FRIDAY - dt.date(2026, 2, 1)).days
    check_gate(stock, FRIDAY)
    Instalment.objects.filter(customer=stock).update(amount_cents=5_01)
    with pytest.raises(Refused, match=r"5\.01"):
        check_gate(stock, FRIDAY)


def test_a_credit_manager_approves_with_a_reason_for_thirty_days(
    as_bruno: Viewer, as_ada: Viewer, as_dario: Viewer, stock: Customer
) -> None:
    Instalment.objects.filter(customer=stock).update(amount_cents=50_00)
    usual = {"costs_cents": 10_00, "reason": "will not talk", "as_of": FRIDAY}
    with pytest.raises(PermissionDenied):
        approve_legal(as_ada, stock.pk, **usual)  # type: ignore[arg-type]
    with pytest.raises(Http404):
        approve_legal(as_dario, stock.pk, **usual)  # type: ignore[arg-type]
    for wrong, code in (({"reason": " "}, "no_reason"), ({"costs_cents": 50_00}, "costs_too_high")):
        with pytest.raises(Refused) as refusal:
            approve_legal(as_bruno, stock.pk, **(usual | wrong))  # type: ignore[arg-type]
        assert refusal.value.code == code
    entry = approve_legal(as_bruno, stock.pk, **usual)  # type: ignore[arg-type]
    assert (entry.why, entry.data["costs_cents"], entry.data["cap"]) == ("will not talk", 10_00, 500)
    check_gate(stock, FRIDAY + dt.timedelta(days=30))
    with pytest.raises(Refused):
        check_gate(stock, FRIDAY + dt.timedelta(days=31))


def test_the_page_before_court(client: Browser, ada: User, bruno: User, stock: Customer) -> None:
    url = f"/clienti/{stock.pk}/prima-del-tribunale/"
    client.force_login(ada)
    page = client.get(url)
    assert "4,99 %" in page.content.decode()
    assert client.post(url, {"costs_cents": "1", "reason": "x"}).status_code == 403
    client.force_login(bruno)
    assert client.post(url, {"costs_cents": "1,00", "reason": ""}).status_code == 200
    assert not TrailEntry.objects.filter(verb="legal_approved").exists()
    assert client.post(url, {"costs_cents": "1,00", "reason": "non risponde"}).status_code == 302
    assert "non risponde" in client.get(url).content.decode()


def test_the_cap_is_the_clients_when_its_charter_says_so(as_ada: Viewer, stock: Customer) -> None:
    assert prospect_of(as_ada, stock.pk, FRIDAY).cap_from is None
    signed = {"starts_on": dt.date(2026, 1, 1), "signed_on": dt.date(2026, 1, 1), "signed_by": "Ing. Verdi"}
    mandate = Mandate.objects.create(client=stock.client, charter={"legal_share_bp": 300}, **signed)
    told = prospect_of(as_ada, stock.pk, FRIDAY)
    assert (told.cap, told.cap_from, told.beyond) == (300, mandate, True)
    with pytest.raises(Refused, match=r"4\.99"):
        check_gate(stock, FRIDAY)
    Mandate.objects.update(charter={"legal_share_bp": 499 + 1})
    check_gate(stock, FRIDAY)
    Mandate.objects.update(charter={"legal_share_bp": 10_001})
    with pytest.raises(Refused) as no:
        check_gate(stock, FRIDAY)
    assert no.value.code == "charter_unreadable"


def test_how_likely_is_measured_on_the_clients_own_past_or_said_to_be_assumed(acqua: Client, carla: Customer) -> None:
    told = likelihood(acqua.pk, 100, FRIDAY)
    assert (told.assumed, told.items, told.share_permille, told.of(1_000_00)) == (True, 0, 550, 550_00)
    due = dt.date(2026, 1, 10)  # 91 days later is 11 April, 180 more the 8th of October
    for n in range(24):
        owes_on(carla, f"F{n}", 100_00, due)
    items = list(Instalment.objects.filter(customer=carla).order_by("pk"))
    days = [due, dt.date(2026, 4, 11), dt.date(2026, 4, 12), dt.date(2026, 10, 8), dt.date(2026, 10, 9)]
    for item, on in zip(items, days, strict=False):
        pays(item, 100_00, on)
    for item in items[5:7]:
        pays(item, 40_00, dt.date(2026, 3, 1))
        pays(item, 30_00, dt.date(2026, 5, 1))
    told = likelihood(acqua.pk, 100, FRIDAY)
    # two were paid before the age; of 20 whole ones and two of 60.00, two whole ones and twice 30.00 came in time
    assert (told.assumed, told.items, told.placed_cents, told.collected_cents) == (False, 22, 2_120_00, 260_00)
    assert told.share_permille == 122


def test_of_a_large_client_some_customers_tell_for_all(
    acqua: Client, carla: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    due = dt.date(2026, 1, 10)
    people = [
        carla,
        *(Customer.objects.create(client=acqua, number=f"N{n}", name="N", search_name="n") for n in range(9)),
    ]
    for who in people:
        for n in range(3):
            owes_on(who, f"F{who.pk}-{n}", 100_00, due)
    whole = likelihood(acqua.pk, 100, FRIDAY)
    monkeypatch.setattr(sizes, "LARGE", 3)
    assert likelihood(acqua.pk, 100, FRIDAY) == whole, "few enough to ask them all"
    monkeypatch.setattr(recovery, "SAMPLE", 4)
    some = likelihood(acqua.pk, 100, FRIDAY)
    assert (some.items, some.placed_cents) == (12, 1_200_00), "all that the four owed"
    assert likelihood(acqua.pk, 100, FRIDAY) == some, "the same four"


def owes_on(customer: Customer, number: str, cents: int, due_on: dt.date) -> None:
    own = {"client": customer.client, "customer": customer}
    invoice = Invoice.objects.create(number=number, issued_on=due_on, total_cents=cents, payable_cents=cents, **own)
    Instalment.objects.create(invoice=invoice, due_on=due_on, amount_cents=cents, **own)


def pays(item: Instalment, cents: int, on: dt.date) -> None:
    own = {"client": item.client, "paid_on": on, "known_on": on, "amount_cents": cents, "author": "bank"}
    key = f"{Payment.objects.count()}"
    payment = Payment.objects.create(customer=item.customer, idempotency_key=key, **own)
    Allocation.objects.create(payment=payment, instalment=item, **own)


def test_costs_are_weighed_against_what_is_likely_before_anybody_approves(
    client: Browser, bruno: User, dario: User, stock: Customer
) -> None:
    url = f"/clienti/{stock.pk}/prima-del-tribunale/"
    client.force_login(bruno)
    assert "vale i suoi costi" in client.get(f"{url}?costs=1,00").content.decode()
    assert "costerebbe più di quanto è probabile" in client.get(f"{url}?costs=99.999").content.decode()
    assert "Scriva l’importo così" in client.get(f"{url}?costs=tanto").content.decode()
    assert not TrailEntry.objects.filter(verb="legal_approved").exists(), "a look decides nothing"
    client.force_login(dario)
    assert client.get(f"{url}?costs=1").status_code == 404
