# SPDX-License-Identifier: Apache-2.0
"""The customer page tells everything in one place, explains the answer, and asks the database a bounded number of
times."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from ascolto.domain.access.models import Client, User
from ascolto.domain.agreements.models import Promise
from ascolto.domain.care.models import CareCase
from ascolto.domain.intake.models import SdiNotice
from ascolto.domain.ledger.models import Allocation, BankStatement, Payment
from ascolto.domain.outreach.models import Contact, Document, Message
from ascolto.domain.portfolio.models import Customer, Hold, Instalment, Invoice, InvoiceLine
from ascolto.domain.records import clock
from ascolto.domain.strategy.actions import decide_client
from ascolto.domain.strategy.models import Decision
from ascolto.web.desk import because_words, explain

TODAY = dt.date(2026, 11, 20)
TABS = ("", "fatture/", "incassi/", "accordi/", "pratiche/", "documenti/", "recapiti/", "perche/")


@pytest.fixture
def ada_in(client: Browser, ada: User) -> Browser:
    client.force_login(ada)
    return client


@pytest.fixture
def known(carla: Customer) -> Customer:
    """Carla with a bit of everything behind her."""
    live(carla, 1)
    acqua = carla.client
    Hold.objects.create(
        client=acqua,
        customer=carla,
        reason="Lutto",
        author="ada",
        from_on=dt.date(2026, 8, 1),
        until_on=dt.date(2026, 8, 9),
    )
    BankStatement.objects.create(client=acqua, iban=acqua.iban, closing_on=dt.date(2026, 11, 19), content_sha="s")
    decide_client(client=acqua, as_of=TODAY, actor="system:day")
    return carla


def live(customer: Customer, times: int) -> None:
    """Bills, a payment, a call, a message, a promise, a dispute and a document, `times` times over."""
    acqua = customer.client
    for n in range(Invoice.objects.count(), Invoice.objects.count() + times):
        issued = dt.date(2026, 7, 1) + dt.timedelta(days=n)
        invoice = Invoice.objects.create(
            client=acqua,
            customer=customer,
            number=f"F{n}",
            issued_on=issued,
            total_cents=10_000,
            payable_cents=10_000,
            version=2,
        )
        item = Instalment.objects.create(
            client=acqua, customer=customer, invoice=invoice, due_on=issued + dt.timedelta(days=30), amount_cents=10_000
        )
        paid = {"paid_on": issued, "known_on": issued, "amount_cents": 4_000, "author": "bank"}
        payment = Payment.objects.create(client=acqua, customer=customer, idempotency_key=f"p{n}", **paid)
        Allocation.objects.create(
            client=acqua, payment=payment, instalment=item, reason="Numero di fattura nella causale", **paid
        )
        at = clock.now() - dt.timedelta(days=30 + n)
        message = Message.objects.create(
            client=acqua, customer=customer, channel="email", to_value="c@example.test", template="reminder_first",
            template_version="1", tone=1,
            language="it", step="reminder_1", subject=f"Promemoria {n}", text="Buongiorno",
            html="<p>Buongiorno <script>x</script></p>",
            facts={}, idempotency_key=f"m{n}", status="sent", queued_at=at, not_before=at, sent_at=at,
        )  # fmt: skip
        common = {"client": acqua, "customer": customer, "at": at, "on_date": at.date()}
        Contact.objects.create(
            channel="email",
            direction="out",
            human=False,
            outcome="sent",
            message=message,
            step="reminder_1",
            tone=1,
            **common,
        )
        Contact.objects.create(
            channel="phone",
            direction="out",
            human=True,
            outcome="right_party",
            reason="forgot",
            emotion="ashamed",
            note=f"Nota {n}",
            **common,
        )
        Promise.objects.create(
            client=acqua,
            customer=customer,
            amount_cents=6_000,
            made_on=issued,
            due_on=issued,
            status="broken",
            judged_on=issued,
            author="ada",
        )
        CareCase.objects.create(
            client=acqua, customer=customer, invoice=invoice, kind="dispute", reason=f"Consumo {n}",
            disputed_cents=1_000, opened_on=issued,
            deadline_on=issued, closed_on=issued, outcome="Spiegato", author="ada",
        )  # fmt: skip
        Document.objects.create(
            client=acqua,
            customer=customer,
            message=message,
            name=f"lettera-{n}.pdf",
            media_type="application/pdf",
            sha="x",
            content=b"%PDF",
            made_at=at,
        )


def test_the_story_tells_everything_in_one_order(ada_in: Browser, known: Customer) -> None:
    page = ada_in.get(f"/clienti/{known.pk}/")
    told = page.context["story"]
    assert {one.kind for one in told} == {"talk", "message", "cash", "promise", "case", "hold", "invoice", "decision"}
    assert [one.at for one in told] == sorted((one.at for one in told), reverse=True)
    assert page.context["mood_key"] == "ashamed"
    for seen in ("Nota 0", "Promemoria 0", "Consumo 0", "Lutto"):
        assert seen in page.content.decode()


@pytest.mark.parametrize("kind", ["talk", "message", "cash", "promise", "case", "hold", "invoice", "decision"])
def test_the_story_can_be_filtered(ada_in: Browser, known: Customer, kind: str) -> None:
    told = ada_in.get(f"/clienti/{known.pk}/?kind={kind}").context["story"]
    assert {one.kind for one in told} == {kind}


@pytest.mark.parametrize("tab", TABS)
@pytest.mark.parametrize("language", ["it", "en"])
def test_every_tab_stands_with_and_without_history(ada_in: Browser, known: Customer, tab: str, language: str) -> None:
    bare = Customer.objects.create(client=known.client, number="X", name="Senza Storia", search_name="senza storia")
    for customer in (known, bare):
        page = ada_in.get(f"/clienti/{customer.pk}/{tab}", headers={"accept-language": language})
        assert page.status_code == 200
        assert customer.name in page.content.decode()


@pytest.mark.parametrize("tab", TABS)
def test_ten_times_the_history_costs_no_more_reads(ada_in: Browser, known: Customer, tab: str) -> None:
    def reads() -> int:
        from django.db import connection

        with CaptureQueriesContext(connection) as seen:
            ada_in.get(f"/clienti/{known.pk}/{tab}")
        return len(seen)

    reads()
    few = reads()
    live(known, 9)
    assert reads() <= few
    assert few <= 32


def test_invoices_show_balance_version_and_dispute(ada_in: Browser, known: Customer) -> None:
    row = ada_in.get(f"/clienti/{known.pk}/fatture/").context["invoices"][0]
    assert (row["balance"], row["invoice"].version) == (6_000, 2)


def test_what_sdi_said_stands_beside_the_invoice_with_its_meaning(ada_in: Browser, known: Customer) -> None:
    invoice = ada_in.get(f"/clienti/{known.pk}/fatture/").context["invoices"][0]["invoice"]
    SdiNotice.objects.create(
        client=known.client, invoice=invoice, type="NS", outcome="discarded", told_on=dt.date(2026, 10, 2),
        errors=[["00404", "Fattura duplicata"]], content_sha="a",
    )  # fmt: skip
    page = ada_in.get(f"/clienti/{known.pk}/fatture/").content.decode()
    for words in ("SdI NS", "non risulta emessa", "00404 Fattura duplicata", "Proposta: sospendere i solleciti"):
        assert words in page


def test_payments_say_why_they_were_matched(ada_in: Browser, known: Customer) -> None:
    assert "Numero di fattura nella causale" in ada_in.get(f"/clienti/{known.pk}/incassi/").content.decode()


def test_the_answer_is_explained_from_its_page_alone(ada_in: Browser, known: Customer) -> None:
    decision = Decision.objects.get(customer=known, superseded_on=None)
    page = ada_in.get(f"/clienti/{known.pk}/perche/")
    text = page.content.decode()
    assert decision.fingerprint in text
    assert decision.run.policy.sha in text
    ladder = page.context["ladder"]
    assert [rung.step for rung in ladder if rung.here] == ([decision.step] if decision.step else [])
    assert len(ladder) >= 5
    assert sum(points for _label, points in page.context["score_parts"]) == decision.score


def test_the_rules_before_the_refusal_passed_and_those_after_were_not_asked() -> None:
    states = {
        row["rule"]: row["state"] for row in explain.checks(Decision(answer="wait", rule="holiday", channel="email"))
    }
    assert (states["hold"], states["no_channel"], states["holiday"], states["spacing"]) == (
        "passed",
        "passed",
        "refuses",
        "unasked",
    )
    assert "contact.day_cap" not in states  # a limit for voices, and this is an e-mail
    acted = explain.checks(Decision(answer="act", rule="", channel="phone"))
    assert {row["state"] for row in acted} == {"passed"}
    assert explain.checks(Decision(answer="wait", rule="nothing_due")) == []


def test_a_hold_is_placed_and_undone(ada_in: Browser, known: Customer) -> None:
    ada_in.post(f"/clienti/{known.pk}/sospendi/", {"reason": "In ospedale", "until_on": "2026-12-01"})
    hold = Hold.objects.get(reason="In ospedale")
    assert Decision.objects.get(customer=known, superseded_on=None).rule == "hold"
    assert f"/sospensioni/{hold.pk}/revoca/" in ada_in.get(f"/clienti/{known.pk}/").content.decode()
    ada_in.post(f"/sospensioni/{hold.pk}/revoca/")
    assert Decision.objects.get(customer=known, superseded_on=None).rule != "hold"


def test_one_invoice_is_left_alone_and_the_others_go_on(ada_in: Browser, known: Customer) -> None:
    live(known, 1)
    held, other = Invoice.objects.filter(customer=known).order_by("pk")[:2]
    page = ada_in.get(f"/clienti/{known.pk}/fatture/").content.decode()
    assert page.count('name="invoice_id"') == 2
    said = {"reason": "Fattura sbagliata", "until_on": "2026-11-27", "invoice_id": str(held.pk)}
    answer = ada_in.post(f"/clienti/{known.pk}/sospendi/", said, follow=True)
    assert answer.redirect_chain == [(f"/clienti/{known.pk}/fatture/", 302)]
    hold = Hold.objects.get(reason="Fattura sbagliata")
    assert (hold.invoice, hold.until_on) == (held, dt.date(2026, 11, 27))
    page = answer.content.decode()
    assert "Fattura sbagliata" in page
    assert f'name="invoice_id" value="{other.pk}"' in page
    assert f'name="invoice_id" value="{held.pk}"' not in page
    assert 'popovertarget="hold"' in page  # the customer as a whole can still be left alone
    ada_in.post(f"/sospensioni/{hold.pk}/revoca/")
    assert Hold.objects.get(pk=hold.pk).until_on == TODAY - dt.timedelta(days=1)


def test_an_invoice_of_somebody_else_is_not_held(ada_in: Browser, known: Customer, altrove: Client) -> None:
    stranger = Customer.objects.create(client=altrove, number="X", name="X", search_name="x", kind="company")
    theirs = Invoice.objects.create(
        client=altrove, customer=stranger, number="A1", issued_on=TODAY, total_cents=1, payable_cents=1
    )
    said = {"reason": "x", "invoice_id": str(theirs.pk)}
    assert ada_in.post(f"/clienti/{known.pk}/sospendi/", said).status_code == 404
    assert not Hold.objects.filter(reason="x").exists()


def test_a_wait_does_not_say_its_rule_twice(ada_in: Browser, known: Customer) -> None:
    ada_in.post(f"/clienti/{known.pk}/sospendi/", {"reason": "Lutto in famiglia"})
    decision = Decision.objects.get(customer=known, superseded_on=None)
    assert decision.rule == "hold"
    said = because_words.tell(decision)[0]
    assert said not in because_words.beside(decision)
    assert len(because_words.beside(decision)) == len(because_words.tell(decision)) - 1


def test_a_refusal_is_said_in_words(ada_in: Browser, known: Customer) -> None:
    with translation.override("it"):
        page = ada_in.post(
            f"/clienti/{known.pk}/promessa/", {"promise_cents": "999", "promise_on": "2026-11-27"}, follow=True
        )
    assert "promessa supera quanto" in page.content.decode() or "more than the customer owes" in page.content.decode()
    assert not Promise.objects.filter(status="pending").exists()


def test_a_message_is_looked_at_in_a_sandbox(ada_in: Browser, known: Customer) -> None:
    message = Message.objects.get(subject="Promemoria 0")
    assert ada_in.get(f"/messaggi/{message.pk}/").status_code == 200
    body = ada_in.get(f"/messaggi/{message.pk}/corpo/")
    assert "sandbox" in body.headers["Content-Security-Policy"]
    assert "script-src" not in body.headers["Content-Security-Policy"]  # default-src 'none' forbids all of it
    assert body.headers["X-Frame-Options"] == "SAMEORIGIN"


def test_a_doubtful_message_is_resolved_by_a_person(ada_in: Browser, known: Customer) -> None:
    message = Message.objects.create(
        client=known.client, customer=known, channel="email", to_value="c@example.test", template="t",
        template_version="1", tone=1, language="it",
        step="reminder_1", subject="Forse", text="x", facts={}, idempotency_key="d", status="doubtful",
        queued_at=clock.now(), not_before=clock.now(),
    )  # fmt: skip
    assert "Forse" in ada_in.get("/messaggi/").content.decode()
    ada_in.post(f"/messaggi/{message.pk}/risolvi/", {"was_sent": "yes"})
    message.refresh_from_db()
    assert message.status == "sent"


def test_a_document_comes_as_it_was_kept(ada_in: Browser, known: Customer) -> None:
    answer: Any = ada_in.get(f"/documenti/{Document.objects.get().pk}/")
    assert answer.content == b"%PDF"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="lettera-0.pdf"'


@pytest.mark.parametrize(("said", "found"), [("bianchi", 1), ("C001", 1), ("F0", 1), ("nessuno", 0)])
def test_customers_are_found(ada_in: Browser, known: Customer, said: str, found: int) -> None:
    assert len(ada_in.get(f"/clienti/?q={said}").context["lines"]) == found


def test_the_invoice_shows_its_lines_and_what_is_over_two_years_old(
    client: Browser, bruno: User, carla: Customer
) -> None:
    from tests.domain.debits.conftest import owe

    item = owe(carla, "2026/15", 73000)
    InvoiceLine.objects.create(
        client=carla.client, invoice=item.invoice, position=1, description="Energia conguaglio", amount_cents=73000,
        period_from=dt.date(2023, 1, 1), period_to=dt.date(2023, 12, 31),
    )  # fmt: skip
    client.force_login(bruno)
    page = client.get(f"/clienti/{carla.pk}/fatture/").content.decode()
    for said in ("Energia conguaglio", "01/01/2023", "31/12/2023", "consumi di oltre due anni", "L. 205/2017", "S04"):
        assert said in page


def test_a_promise_taken_at_the_desk_says_how_it_came_and_who_promised(ada_in: Browser, known: Customer) -> None:
    said = {"promise_cents": "5", "promise_on": "2026-11-27", "channel": "pec", "said_by": "Rag. Neri",
            "words": "paghiamo a fine mese"}  # fmt: skip
    ada_in.post(f"/clienti/{known.pk}/promessa/", said)
    taken = Promise.objects.get(status="pending")
    assert (taken.channel, taken.said_by, taken.contact) == ("pec", "Rag. Neri", None)
    story, tab = (ada_in.get(f"/clienti/{known.pk}/{where}").content.decode() for where in ("", "accordi/"))
    for page in (story, tab):
        assert "Rag. Neri" in page
        assert "paghiamo a fine mese" in page
    listed = ada_in.get("/promesse/", {"channel": "pec"}).content.decode()
    assert "Rag. Neri" in listed
    assert "Rag. Neri" not in ada_in.get("/promesse/", {"channel": "letter"}).content.decode()
    assert "PEC, Rag. Neri" in ada_in.get("/promesse/csv/").content.decode()
    refused = ada_in.post(f"/clienti/{known.pk}/promessa/", {**said, "channel": "pigeon"}, follow=True)
    assert "Not saved" in refused.content.decode() or "Non salvato" in refused.content.decode()


def test_the_invoices_tab_tells_when_each_amount_is_time_barred_and_by_which_row(
    ada_in: Browser, known: Customer
) -> None:
    page = ada_in.get(f"/clienti/{known.pk}/fatture/").content.decode()
    assert "si prescrive dopo il" in page
    assert "/norme/?q=S0" in page
