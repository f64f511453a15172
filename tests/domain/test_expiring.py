# SPDX-License-Identifier: Apache-2.0
"""Limitation of open amounts: what dies first, what really interrupted it, and what only seemed to."""

import datetime as dt
import random
from collections import Counter
from typing import Any

import pytest
from django.test import Client as Browser

from ascolto.domain.access.models import Client, User
from ascolto.domain.access.viewer import Viewer
from ascolto.domain.agreements.models import Plan, PlanCover
from ascolto.domain.outreach.models import Document, Message
from ascolto.domain.portfolio.models import Account, Customer, Instalment, Invoice
from ascolto.domain.records import clock
from ascolto.domain.strategy.expiring import dying, expiries_of, how_many_by_band
from ascolto.domain.strategy.figures import gather_figures

TODAY = dt.date(2026, 11, 20)


def bill(customer: Customer, number: str, cents: int, issued: str, due: str, kind: str = "invoice") -> Instalment:
    own: dict[str, Any] = {"client": customer.client, "customer": customer}
    invoice = Invoice.objects.create(
        number=number, kind=kind, issued_on=dt.date.fromisoformat(issued), total_cents=cents, payable_cents=cents,
        account=Account.objects.filter(customer=customer).first(), **own,
    )  # fmt: skip
    return Instalment.objects.create(invoice=invoice, due_on=dt.date.fromisoformat(due), amount_cents=cents, **own)


def notice(customer: Customer, number: str, sent: str, delivered: str | None, **said: Any) -> Message:
    def at(text: str) -> dt.datetime:
        return dt.datetime.combine(dt.date.fromisoformat(text), dt.time(10), clock.ROME)

    usual: dict[str, Any] = {"channel": "pec", "tone": 4, "template": "formal_notice"}
    return Message.objects.create(
        client=customer.client, customer=customer, to_value="carla@pec.test", template_version="1", language="it",
        step="formal_notice", subject="x", text="x", facts={"items": [{"invoice_number": number}]},
        idempotency_key=f"{number} {sent} {said}", status="sent", queued_at=at(sent), not_before=at(sent),
        sent_at=at(sent), delivered_at=at(delivered) if delivered else None, **{**usual, **said},
    )  # fmt: skip


def test_a_water_bill_dies_two_years_after_its_issue_and_says_by_which_row(as_ada: Viewer, carla: Customer) -> None:
    Account.objects.create(client=carla.client, customer=carla, number="POD1", kind="water")
    bill(carla, "F1", 100_00, "2024-12-20", "2025-01-20")
    (one,) = expiries_of(as_ada, carla.pk, TODAY)
    assert (one.last_day, one.days_left, one.band) == (dt.date(2026, 12, 21), 31, 90), "the 20th is a Sunday"
    assert (one.told.row.id, one.kind) == ("S06", "utility_2y")
    assert "due anni" in one.assumed_words or "two years" in one.assumed_words


@pytest.mark.parametrize(
    ("sent", "delivered", "said", "last", "unproven"),
    [
        ("2026-01-10", "2026-01-12", {}, dt.date(2028, 1, 12), 0),
        ("2026-01-10", None, {}, dt.date(2026, 12, 21), 1),  # sent is not received
        ("2026-01-10", "2026-11-25", {}, dt.date(2026, 12, 21), 1),  # not received yet, as known today
        ("2026-01-10", "2026-01-12", {"tone": 3}, dt.date(2026, 12, 21), 0),  # a reminder is no notice
        ("2026-01-10", "2026-01-12", {"channel": "email"}, dt.date(2026, 12, 21), 0),
        ("2026-01-10", "2026-01-12", {"facts": {"items": [{"invoice_number": "F2"}]}}, dt.date(2026, 12, 21), 0),
    ],
)
def test_only_a_notice_received_that_named_the_invoice_interrupts(
    as_ada: Viewer,
    carla: Customer,
    sent: str,
    delivered: str | None,
    said: dict[str, Any],
    last: dt.date,
    unproven: int,
) -> None:
    bill(carla, "F1", 100_00, "2024-12-20", "2025-01-20")
    facts = said.pop("facts", None)
    message = notice(carla, "F1", sent, delivered, **said)
    if facts:
        message.facts = facts
        message.save(update_fields=["facts"])
    (one,) = expiries_of(as_ada, carla.pk, TODAY)
    assert (one.last_day, one.unproven) == (last, unproven)


@pytest.mark.parametrize(("how", "last"), [("signed", dt.date(2028, 3, 1)), ("phone", dt.date(2026, 12, 21))])
def test_a_plan_interrupts_when_it_was_accepted_in_writing(
    as_ada: Viewer, carla: Customer, how: str, last: dt.date
) -> None:
    item = bill(carla, "F1", 100_00, "2024-12-20", "2025-01-20")
    paper = Document.objects.create(
        client=carla.client, customer=carla, name="x", media_type="application/pdf", sha="x", content=b"x",
        made_at=clock.now(),
    )  # fmt: skip
    plan = Plan.objects.create(
        client=carla.client, customer=carla, status="active", total_cents=100_00, tolerance_permille=950, grace_days=5,
        missed_allowed=1, proposed_on=dt.date(2026, 3, 1), accepted_on=dt.date(2026, 3, 1), accepted_how=how,
        accepted_by="Carla", proof=paper, author="x",
    )  # fmt: skip
    PlanCover.objects.create(client=carla.client, plan=plan, instalment=item, balance_cents=100_00)
    (one,) = expiries_of(as_ada, carla.pk, TODAY)
    assert one.last_day == last


@pytest.mark.parametrize(
    ("sector", "kind", "row", "last"),
    [
        ("public_housing", "rent", "S02", dt.date(2030, 1, 21)),
        ("b2b_services", "invoice", "S03", dt.date(2030, 1, 21)),
        ("other", "invoice", "S01", dt.date(2035, 1, 20)),
    ],
)
def test_other_sectors_count_their_own_periods(
    as_ada: Viewer, acqua: Client, carla: Customer, sector: str, kind: str, row: str, last: dt.date
) -> None:
    acqua.sector = sector
    acqua.save()
    bill(carla, "F1", 100_00, "2024-12-20", "2025-01-20", kind)
    (one,) = expiries_of(as_ada, carla.pk, TODAY)
    assert (one.told.row.id, one.last_day, one.band) == (row, last, None)


def test_the_list_begins_180_days_before_and_what_dies_first_comes_first(
    client: Browser, ada: User, dario: User, as_ada: Viewer, as_dario: Viewer, carla: Customer
) -> None:
    for number, issued, due in (
        ("over", "2024-10-01", "2024-10-31"), ("seven", "2024-11-25", "2024-12-25"), ("thirty", "2024-12-15", "2025-01-15"),
        ("half", "2025-05-18", "2025-06-18"), ("far", "2025-05-21", "2025-06-21"), ("paid", "2024-11-25", "2024-12-25"),
    ):  # fmt: skip
        bill(carla, number, 100_00, issued, due)
    Instalment.objects.filter(invoice__number="paid").delete()
    found = dying(as_ada, TODAY)
    assert [(one.item.invoice.number, one.band) for one in found] == [
        ("over", 0), ("seven", 7), ("thirty", 30), ("half", 180)
    ]  # fmt: skip
    assert dying(as_dario, TODAY) == []
    slow = [one for one in expiries_of(as_ada, carla.pk, TODAY) if one.band is not None]
    assert [one.item.pk for one in slow] == [one.item.pk for one in found], "the window of the database loses nothing"
    notice(carla, "seven", "2026-01-10", "2026-01-12")
    assert [one.item.invoice.number for one in dying(as_ada, TODAY)] == ["over", "thirty", "half"]
    client.force_login(ada)
    page = client.get("/prescrizione/").content.decode()
    assert "thirty" in page
    assert "S04" in page
    assert "thirty" not in client.get("/prescrizione/?band=180").content.decode()
    assert "over" in client.get("/prescrizione/csv/?band=0").content.decode()
    assert client.get("/prescrizione/exe/").status_code == 404
    assert "/prescrizione/" in client.get("/").content.decode(), "the day's page says so"
    client.force_login(dario)
    assert "thirty" not in client.get("/prescrizione/").content.decode()
    assert 'href="/prescrizione/"' not in client.get("/").content.decode()


@pytest.mark.parametrize("seed", range(6))
def test_the_night_counts_by_days_what_the_list_makes_one_by_one(
    acqua: Client, carla: Customer, as_ada: Viewer, seed: int
) -> None:
    """Counting terms and looking only at what something interrupted is the list, counted."""
    chance = random.Random(seed)
    acqua.sector = chance.choice(["utility", "b2b_services", "public_housing", "other"])
    acqua.save()
    wants = Customer.objects.create(client=acqua, number="W", name="W", search_name="w", kind="business")
    for who, kind in ((carla, chance.choice(["luce", "water", "tetto"])), (wants, "gas")):
        Account.objects.create(client=acqua, customer=who, number=f"A{who.pk}", kind=kind)
    for number in range(40):
        issued = (
            dt.date(2024, 6, 1)
            - dt.timedelta(days=365 * chance.choice([0, 3, 8]))
            + dt.timedelta(days=chance.randrange(420))
        )
        kind = chance.choice(["invoice", "invoice", "rent", "interest", "debit_note"])
        bill(
            chance.choice([carla, wants]), f"F{number}", 100_00, f"{issued}", f"{issued + dt.timedelta(days=30)}", kind
        )
        if chance.random() < 0.3:
            sent = issued + dt.timedelta(days=chance.randrange(20, 500))
            came = chance.choice([None, f"{sent + dt.timedelta(days=3)}"])
            notice(chance.choice([carla, wants]), f"F{chance.randrange(40)}", f"{sent}", came)
    terms = gather_figures(acqua.pk, TODAY, large=True)["terms"]
    listed = Counter(str(one.band) for one in dying(as_ada, TODAY))
    assert how_many_by_band(acqua.pk, TODAY, terms) == dict(listed)
    assert sum(listed.values())
