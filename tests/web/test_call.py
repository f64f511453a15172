# SPDX-License-Identifier: Apache-2.0
"""Recording a call: one form, everything that was agreed, once, and on to the next customer."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client as Browser

from ascolto.domain.access.models import Client, Membership, User
from ascolto.domain.access.viewer import Viewer
from ascolto.domain.agreements.models import HardshipPath, Promise
from ascolto.domain.care.models import CareCase
from ascolto.domain.ledger.models import BankStatement
from ascolto.domain.outreach.models import Contact
from ascolto.domain.outreach.reasons import REASONS
from ascolto.domain.portfolio.models import Customer, Hold, Instalment, Invoice
from ascolto.domain.strategy import paths
from ascolto.domain.strategy.actions import decide_client, reevaluate
from ascolto.domain.strategy.models import Action, Decision
from ascolto.domain.strategy.reactions import TOPICS
from ascolto.web.desk.fields import MoneyField

TODAY = dt.date(2026, 11, 20)


@pytest.fixture
def bill(carla: Customer) -> Invoice:
    """Carla has owed 120 euro for forty days, and yesterday's bank statement is in."""
    acqua = carla.client
    invoice = Invoice.objects.create(
        client=acqua,
        customer=carla,
        number="2026/77",
        issued_on=dt.date(2026, 9, 10),
        total_cents=12_000,
        payable_cents=12_000,
    )
    Instalment.objects.create(
        client=acqua, customer=carla, invoice=invoice, due_on=dt.date(2026, 10, 11), amount_cents=12_000
    )
    BankStatement.objects.create(client=acqua, iban=acqua.iban, closing_on=dt.date(2026, 11, 19), content_sha="s")
    decide_client(client=acqua, as_of=TODAY, actor="system:day")
    return invoice


@pytest.fixture
def ada_in(client: Browser, ada: User) -> Browser:
    client.force_login(ada)
    return client


def posted(**said: Any) -> dict[str, Any]:
    usual = {
        "key": "form-1",
        "started": "2026-11-20T09:58:00+01:00",
        "outcome": "right_party",
        "reason": "forgot",
        "then": "next",
    }
    return {**usual, **said}


def test_the_page_shows_the_script_the_number_and_what_is_open(ada_in: Browser, carla: Customer, bill: Invoice) -> None:
    page = ada_in.get(f"/clienti/{carla.pk}/chiamata/").content.decode()
    for seen in ("tel:+39021234567", "2026/77", "120,00", "Ada Operatrice", 'value="angry"'):
        assert seen in page


def test_the_review_of_a_hardship_path_is_a_conversation_of_its_own(
    ada_in: Browser, carla: Customer, bill: Invoice, as_ada: Viewer
) -> None:
    path = paths.start_path(
        as_ada, carla.pk, sign="structural", said="Non lavoro più", pause_until_on=None,
        review_on=dt.date(2026, 12, 20), as_of=TODAY,
    )  # fmt: skip
    HardshipPath.objects.filter(pk=path.pk).update(review_on=TODAY)
    reevaluate(client=carla.client, customer_ids={carla.pk}, actor="t", as_of=TODAY)
    page = ada_in.get(f"/clienti/{carla.pk}/chiamata/").content.decode()
    assert "Come sta andando, da quando ci siamo sentiti?" in page
    assert "spostare la verifica, proporre un piano, o concludere il percorso" in page
    assert "Che cosa è successo con" not in page, "no reminder today"


def test_everything_agreed_is_recorded_at_once(ada_in: Browser, ada: User, carla: Customer, bill: Invoice) -> None:
    said = posted(
        reason="temporary_difficulty", reason_detail="illness", emotion="worried", solution="new_date", person="Carla",
        promise_cents="120,00", promise_on="2026-11-27", note="Richiamare di pomeriggio", stages=["welcome", "listen"],
    )  # fmt: skip
    answer = ada_in.post(f"/clienti/{carla.pk}/chiamata/", said)
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/prossimo/")
    contact = Contact.objects.get(human=True)
    assert (contact.operator, contact.outcome, contact.reason, contact.fault) == (
        ada,
        "right_party",
        "temporary_difficulty",
        "nobody",
    )
    assert (contact.emotion, contact.solution, contact.duration_seconds) == ("worried", "new_date", 120)
    promise = Promise.objects.get()
    assert (promise.amount_cents, promise.due_on, promise.contact) == (12_000, dt.date(2026, 11, 27), contact)
    assert Decision.objects.get(customer=carla, superseded_on=None).rule == "promise_pending"


def test_pressing_twice_records_once(ada_in: Browser, carla: Customer, bill: Invoice) -> None:
    said = posted(promise_cents="50", promise_on="2026-11-27", stages=["welcome"])
    codes = [ada_in.post(f"/clienti/{carla.pk}/chiamata/", said).status_code for _ in range(2)]
    assert codes == [302, 302]
    assert (Contact.objects.filter(human=True).count(), Promise.objects.count()) == (1, 1)


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"outcome": ""}, "outcome"),
        ({"reason": ""}, "reason"),  # who pays was reached about an overdue amount: ask why
        ({"promise_cents": "50"}, "promise_cents"),  # an amount without a day
        ({"promise_on": "2026-11-27"}, "promise_cents"),
        ({"promise_cents": "fifty", "promise_on": "2026-11-27"}, "promise_cents"),
        ({"promise_cents": "120,01", "promise_on": "2026-11-27"}, "promise_cents"),
        ({"promise_cents": "50", "promise_on": "2026-11-19"}, "promise_on"),
        ({"reason": "dispute"}, "dispute_invoice"),
        ({"next_step": "call_back", "next_on": "2026-11-01"}, "next_on"),
    ],
)
def test_what_must_be_mended_is_said_and_nothing_is_kept(
    ada_in: Browser, carla: Customer, bill: Invoice, said: dict[str, str], field: str
) -> None:
    page = ada_in.post(f"/clienti/{carla.pk}/chiamata/", posted(note="parole scritte con cura", **said))
    assert page.status_code == 422
    assert list(page.context["form"].errors) == [field]
    assert "parole scritte con cura" in page.content.decode()
    assert not Contact.objects.filter(human=True).exists()
    assert not Promise.objects.exists()


def test_a_missed_call_needs_no_reason_and_leaves_the_step_planned(
    ada_in: Browser, carla: Customer, bill: Invoice
) -> None:
    planned = Action.objects.filter(customer=carla, status="planned").count()
    said = posted(outcome="no_answer", reason="forgot", emotion="angry", promise_cents="50", promise_on="2026-11-27")
    assert ada_in.post(f"/clienti/{carla.pk}/chiamata/", said).status_code == 302
    contact = Contact.objects.get(human=True)
    assert (contact.reason, contact.emotion, Promise.objects.count()) == ("", "", 0)
    assert Action.objects.filter(customer=carla, status="planned").count() == planned


def test_a_dispute_opens_its_case(ada_in: Browser, carla: Customer, bill: Invoice) -> None:
    said = posted(
        reason="dispute",
        reason_detail="consumption",
        dispute_invoice=str(bill.pk),
        dispute_cents="40",
        note="Lettura sbagliata",
    )
    ada_in.post(f"/clienti/{carla.pk}/chiamata/", said)
    case = CareCase.objects.get()
    assert (case.invoice, case.disputed_cents, case.reason) == (bill, 4_000, "Lettura sbagliata")
    assert (case.topic, case.clock) == ("meter", "T02"), "what was said decides by which standard we answer"


def test_every_reason_of_a_dispute_in_a_call_has_its_topic() -> None:
    [disputes] = [reason for reason in REASONS if reason.code == "dispute"]
    assert set(TOPICS) == {code for code, _word in disputes.details}
    assert set(TOPICS.values()) <= set(CareCase.Topic.values)


def test_who_asked_to_be_called_back_is_left_alone_until_then(ada_in: Browser, carla: Customer, bill: Invoice) -> None:
    said = posted(outcome="call_back", reason="", next_step="call_back", next_on="2026-11-25")
    ada_in.post(f"/clienti/{carla.pk}/chiamata/", said)
    hold = Hold.objects.get()
    assert (hold.from_on, hold.until_on) == (TODAY, dt.date(2026, 11, 24))
    assert Decision.objects.get(customer=carla, superseded_on=None).rule == "hold"


def test_the_client_reads_but_does_not_record(client: Browser, acqua: Client, carla: Customer, bill: Invoice) -> None:
    vera = User.objects.create_user("vera@acqua.test", "una-parola-lunga", name="Vera")
    Membership.objects.create(user=vera, client=acqua, role="client_viewer")
    client.force_login(vera)
    assert client.get(f"/clienti/{carla.pk}/").status_code == 200
    assert client.get(f"/clienti/{carla.pk}/chiamata/").status_code == 403
    assert client.post(f"/clienti/{carla.pk}/chiamata/", posted()).status_code == 403
    assert client.post(f"/clienti/{carla.pk}/sospendi/", {"reason": "x"}).status_code == 403
    assert not Contact.objects.filter(human=True).exists()


def test_hard_words_are_remarked_upon(ada_in: Browser) -> None:
    page = ada_in.post("/linguaggio/", {"note": "Lei è un debitore inadempiente!!!"}).content.decode()
    assert 'class="remark"' in page
    assert 'class="remark"' not in ada_in.post("/linguaggio/", {"note": "Ha chiesto una nuova data."}).content.decode()


@pytest.mark.parametrize(
    ("typed", "cents"),
    [
        ("1.234,56", 123_456), ("1,234.56", 123_456), ("1234", 123_400), ("1.234", 123_400), ("€ 12,5", 1_250),
        ("0,01", 1), ("12.50", 1_250), ("", None),
    ],
)  # fmt: skip
def test_amounts_are_read_as_people_write_them(typed: str, cents: int | None) -> None:
    assert MoneyField(required=False).clean(typed) == cents
