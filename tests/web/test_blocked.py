# SPDX-License-Identifier: Apache-2.0
"""Blocked by us, hardship paths and the case form on their pages; a stranger finds none of it."""

import datetime as dt
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client as Browser
from django.urls import reverse

from ascolto.domain.access.models import Client, Membership, User
from ascolto.domain.agreements.models import HardshipPath, Promise
from ascolto.domain.care.models import CareCase, Gap
from ascolto.domain.outreach.models import Contact
from ascolto.domain.portfolio.models import Customer, Instalment, Invoice
from ascolto.domain.records import clock
from ascolto.domain.records.models import TrailEntry
from ascolto.domain.strategy.actions import reevaluate
from ascolto.domain.strategy.papers import check_papers
from ascolto.web.desk.papers.urls import urlpatterns as papers_urls
from ascolto.web.desk.paths.urls import urlpatterns as paths_urls

TODAY = dt.date(2026, 11, 20)


@pytest.fixture
def bill(acqua: Client, carla: Customer) -> Invoice:
    """An invoice that demands an order and has none, and an original that nobody has."""
    Customer.objects.filter(pk=carla.pk).update(demands="order")
    invoice = Invoice.objects.create(
        client=acqua, customer=carla, number="F1", issued_on=dt.date(2026, 9, 1), total_cents=12_000, payable_cents=12_000,
        description="Consumi di agosto",
    )  # fmt: skip
    Instalment.objects.create(
        client=acqua, customer=carla, invoice=invoice, due_on=dt.date(2026, 10, 1), amount_cents=12_000
    )
    check_papers(client=acqua, as_of=TODAY, actor="system:day")
    return invoice


def post(browser: Browser, name: str, pk: int, **said: Any) -> None:
    assert browser.post(reverse(f"desk:{name}", args=[pk]), said).status_code == 302


def test_the_list_tells_the_euro_by_reason_and_counts_each_invoice_once(
    client: Browser, ada: User, bill: Invoice, django_assert_max_num_queries: Any
) -> None:
    client.force_login(ada)
    with django_assert_max_num_queries(20):
        page = client.get("/bloccate/").content.decode()
    assert "Manca l’ordine di acquisto: 120" in page
    assert "1 fattura, contata una volta" in page
    assert page.count("120,00") >= 3
    assert (
        "Carla Bianchi"
        in client.get("/bloccate/?check=order&effect=block&who=none&q=carla&sort=found").content.decode()
    )
    assert "Niente corrisponde" in client.get("/bloccate/?check=iban").content.decode()
    csv = client.get("/bloccate/esporta/csv/?check=order").content.decode()
    assert "Manca l’ordine di acquisto" in csv
    assert "120,00" in csv
    assert client.get("/bloccate/esporta/xlsx/").status_code == 200
    assert client.get("/bloccate/esporta/pdf/").status_code == 404


def test_the_clients_own_people_mend_from_the_list(client: Browser, acqua: Client, ada: User, bill: Invoice) -> None:
    viola = User.objects.create_user("viola@acqua.test", "x", name="Viola del committente")
    Membership.objects.create(user=viola, client=acqua, role="client_viewer")
    client.force_login(viola)
    order, file = Gap.objects.get(check_code="order"), Gap.objects.get(check_code="file")
    client.post(reverse("desk:give_gaps"), {"pick": [order.pk, file.pk], "owner": "me"})
    assert {gap.owner for gap in Gap.objects.all()} == {viola}
    client.post(reverse("desk:give_gaps"), {"pick": [], "owner": "me"})
    post(client, "supply_gap", order.pk, value="ODA 77")
    post(client, "attach_gap", file.pk, file=SimpleUploadedFile("f.pdf", b"%PDF-1.7"))
    bill.refresh_from_db()
    assert bill.purchase_order == "ODA 77"
    assert "Niente è bloccato da noi" in client.get("/bloccate/").content.decode()
    assert "È arrivato" in client.get("/bloccate/?how=closed").content.decode()


def test_accepting_can_be_undone_from_the_list(client: Browser, ada: User, bill: Invoice) -> None:
    client.force_login(ada)
    gap = Gap.objects.get(check_code="order")
    post(client, "accept_gap", gap.pk, why="Cliente esente")
    assert "Cliente esente" in client.get("/bloccate/?how=closed").content.decode()
    post(client, "reopen_gap", gap.pk)
    gap.refresh_from_db()
    assert gap.closed_on is None


def test_a_path_is_begun_moved_and_ended_on_the_customers_page(
    client: Browser, ada: User, carla: Customer, bill: Invoice
) -> None:
    client.force_login(ada)
    said = {
        "sign": "temporary",
        "said": "Ho <b>perso</b> il lavoro",
        "pause_until_on": "2026-12-01",
        "review_on": "2026-12-20",
    }
    post(client, "start_path", carla.pk, **said)
    path = HardshipPath.objects.get()
    page = client.get(f"/clienti/{carla.pk}/accordi/").content.decode()
    assert "Ho &lt;b&gt;perso&lt;/b&gt; il lavoro" in page
    assert "Ada Operatrice" in page, "a name, not an address"
    assert page.count("ada@acqua.test") == 1, "in the menu of her own only"
    post(client, "move_path", path.pk, why="Ancora", review_on="2027-01-10")
    post(client, "move_path", path.pk, why="Ancora", review_on="ieri")
    path.refresh_from_db()
    assert (path.pause_until_on, path.review_on) == (None, dt.date(2027, 1, 10))
    post(client, "end_path", path.pk, outcome="plan", why="Piano concordato")
    assert "Percorsi precedenti" in client.get(f"/clienti/{carla.pk}/accordi/").content.decode()


def test_who_is_protected_by_law_is_said_on_the_customers_page(client: Browser, ada: User, carla: Customer) -> None:
    client.force_login(ada)
    post(client, "protect_customer", carla.pk, social_bonus="1", protection="N01")
    page = client.get(f"/clienti/{carla.pk}/").content.decode()
    assert "apparecchiature mediche salvavita" in page
    assert "bonus sociale idrico" in page
    post(client, "customer_demands", carla.pk, demand=["cig", "cup"])
    carla.refresh_from_db()
    assert carla.demands == "cig cup"


def test_a_case_without_its_invoice_comes_back_in_place_as_it_was_sent(
    client: Browser, ada: User, carla: Customer, bill: Invoice
) -> None:
    client.force_login(ada)
    sent = {"kind": "dispute", "reason": "Non ho <i>mai</i> avuto", "topic": "amount", "disputed_cents": "10,00"}
    answer = client.post(reverse("desk:open_case", args=[carla.pk]), sent)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'role="alert"' in page
    assert "Non ho &lt;i&gt;mai&lt;/i&gt; avuto" in page
    assert 'value="10,00"' in page
    post(client, "open_case", carla.pk, **sent, invoice=bill.pk)
    assert CareCase.objects.get().disputed_cents == 1_000


def test_a_broken_promise_stands_on_top_with_what_was_said(
    client: Browser, ada: User, acqua: Client, carla: Customer
) -> None:
    for n, name in enumerate(("Zeno Grande", "Anna Grande")):
        other = Customer.objects.create(
            client=acqua, number=f"G{n}", name=name, search_name=name.lower(), kind="business"
        )
        other.contact_points.create(client=acqua, channel="phone", value=f"+3902000{n}")
        owed(other, 900_000, 60)
    owed(carla, 5_000, 20)
    call = Contact.objects.create(
        client=acqua, customer=carla, at=clock.now(), on_date=TODAY - dt.timedelta(days=9), channel="phone", direction="out",
        human=True, outcome="right_party", operator=ada, person="Il figlio", note="Prende lo stipendio il dieci",
    )  # fmt: skip
    Promise.objects.create(
        client=acqua, customer=carla, contact=call, amount_cents=5_000, made_on=TODAY - dt.timedelta(days=9),
        due_on=TODAY - dt.timedelta(days=5), status="broken", judged_on=TODAY, author=ada.email,
    )  # fmt: skip
    acqua_ids = set(Customer.objects.values_list("pk", flat=True))
    from ascolto.domain.ledger.models import BankStatement

    BankStatement.objects.create(client=acqua, iban=acqua.iban, currency="EUR", closing_on=TODAY, content_sha="s")
    reevaluate(client=acqua, customer_ids=acqua_ids, actor="t", as_of=TODAY)
    client.force_login(ada)
    page = client.get("/?list=call&operator=all").content.decode()
    assert "Prende lo stipendio il dieci" in page
    assert "Il figlio" in page
    rows = [name for name in ("Carla Bianchi", "Zeno Grande", "Anna Grande") if name in page]
    assert page.index("Carla Bianchi") == min(page.index(name) for name in rows)
    assert "Prende lo stipendio il dieci" in client.get(f"/clienti/{carla.pk}/").content.decode()


def owed(customer: Customer, cents: int, days: int) -> None:
    due = TODAY - dt.timedelta(days=days)
    made = Invoice.objects.create(
        client=customer.client, customer=customer, number=f"N{customer.pk}", issued_on=due, total_cents=cents,
        payable_cents=cents,
    )  # fmt: skip
    Instalment.objects.create(
        client=customer.client, customer=customer, invoice=made, due_on=due, amount_cents=cents
    )  # fmt: skip


def test_every_address_of_papers_and_paths_is_unknown_to_dario(
    client: Browser, dario: User, carla: Customer, bill: Invoice
) -> None:
    path = HardshipPath.objects.create(
        client=carla.client, customer=carla, sign="temporary", said="x", started_on=TODAY, author="ada",
        review_on=TODAY + dt.timedelta(days=9),
    )  # fmt: skip
    things = {"start_path": carla.pk, "protect_customer": carla.pk, "customer_demands": carla.pk, "move_path": path.pk,
              "end_path": path.pk}  # fmt: skip
    before = TrailEntry.objects.count()
    client.force_login(dario)
    for pattern in [*papers_urls, *paths_urls]:
        if pattern.name in ("blocked", "blocked_export", "give_gaps"):
            continue
        url = reverse(f"desk:{pattern.name}", args=[things.get(str(pattern.name), Gap.objects.first().pk)])  # type: ignore[union-attr]
        said = {
            "value": "x",
            "why": "x",
            "outcome": "plan",
            "sign": "temporary",
            "said": "x",
            "review_on": "2026-12-20",
        }
        assert (client.get(url).status_code, client.post(url, said).status_code) == (405, 404), url
    for url in ("/bloccate/", "/bloccate/?how=closed", "/bloccate/esporta/csv/"):
        assert b"Carla" not in client.get(url).content
    client.post(reverse("desk:give_gaps"), {"pick": [gap.pk for gap in Gap.objects.all()], "owner": "me"})
    assert TrailEntry.objects.count() == before
    assert not Gap.objects.exclude(owner=None).exists()
