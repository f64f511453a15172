# SPDX-License-Identifier: Apache-2.0
"""A customer's year, the date set by hand: a household, a firm with instalments, a tenant, from invoice to the end."""

import datetime as dt
import email
from pathlib import Path
from typing import Any

import pytest

from ascolto.domain.access.models import Client
from ascolto.domain.access.viewer import Viewer
from ascolto.domain.agreements.models import Promise
from ascolto.domain.outreach.models import Contact, Document, Message
from ascolto.domain.portfolio.models import Customer
from ascolto.domain.records.errors import Refused
from ascolto.domain.strategy.legal_gate import approve_legal

from .life import Life, everyone, person

SAID: dict[str, Any] = {"reason": "forgot", "emotion": "cooperative", "solution": "new_date"}


def test_a_household_that_keeps_its_promise(life: Life, carla: Customer, as_ada: Viewer) -> None:
    life.bill(carla, "2026/1", 120_00, issued="2026-01-12", due="2026-02-11")
    life.live("2026-01-12")
    assert life.answer(carla) == "wait: not_yet until 2026-01-17", "a first bill is followed by a courtesy"
    life.until("2026-01-17")
    assert life.diary(carla) == ["2026-01-17 courtesy email"]
    life.until("2026-02-11")
    assert life.answer(carla) == "wait: not_yet until 2026-02-16", "the day it is due nobody is disturbed"
    life.until("2026-02-16")
    assert life.diary(carla)[-1] == "2026-02-16 reminder_1 email"
    life.until("2026-02-26")
    assert life.work_list() == ["C001 call"]
    life.call(as_ada, carla, **SAID, promise_cents=120_00, promise_on="2026-03-06")
    assert life.work_list() == []
    assert life.answer(carla) == "wait: promise_pending until 2026-03-10", "due on the 6th, three days of grace"
    life.until("2026-03-04")
    assert life.answer(carla) == "wait: promise_pending until 2026-03-10"
    life.pays(120_00, "saldo fattura 2026/1", name="Carla Bianchi")
    life.live("2026-03-05")
    assert Promise.objects.get().status == "kept"
    assert life.diary(carla)[-1] == "2026-03-05 thanks_promise email"
    life.until("2026-04-30")
    assert life.answer(carla) == "wait: nothing_due"
    assert life.diary(carla) == [
        "2026-01-17 courtesy email",
        "2026-02-16 reminder_1 email",
        "2026-02-26 call phone right_party",
        "2026-03-05 thanks_promise email",
    ]


def test_a_household_that_breaks_its_promise_goes_up_step_by_step(
    life: Life, carla: Customer, as_ada: Viewer, tmp_path: Path, as_bruno: Viewer
) -> None:
    elio = person(life.client, "C002", "Elio Rossi", email="elio@example.test", phone="+39023334444", letter="Via Po 1")
    life.bill(carla, "2026/1", 240_00, issued="2026-01-12", due="2026-02-11")
    life.bill(elio, "2026/2", 900_00, issued="2026-01-29", due="2026-02-28")
    life.live("2026-02-16")
    life.until("2026-02-26")
    life.call(as_ada, carla, **SAID, promise_cents=240_00, promise_on="2026-03-10")
    life.until("2026-03-16")
    assert Promise.objects.get().status == "broken"
    assert life.work_list() == ["C001 promise_broken", "C002 call"], (
        "first of the list, before a debt four times as large"
    )
    life.call(as_ada, carla, reason="temporary_difficulty", emotion="worried", solution="none")
    life.call(as_ada, elio, reason="forgot", solution="other_method")
    life.pays(900_00, "fattura 2026/2", name="Elio Rossi")
    life.until("2026-04-30")
    said = life.diary(carla)
    assert said == [
        "2026-02-16 reminder_1 email",
        "2026-02-26 call phone right_party",
        "2026-03-16 promise_broken phone right_party",
        "2026-03-19 reminder_2 letter",
        "2026-03-31 formal_notice letter",
    ]
    letter = Document.objects.get(name__startswith="formal_notice")
    assert bytes(letter.content).startswith(b"%PDF")
    assert [c.tone for c in Contact.objects.filter(customer=carla, human=False).order_by("at")] == [1, 2, 4], (
        "one tone gentler since Carla said that she is in difficulty"
    )
    life.until("2026-06-03")
    assert life.work_list() == ["C001 legal_gate"], "beyond the formal notice only a person decides"
    life.until("2026-07-31")
    assert life.diary(carla) == said, "and nothing leaves by itself while nobody has decided"
    said_at_the_gate: dict[str, Any] = {"reason": "structural_difficulty", "emotion": "ashamed", "solution": "hardship"}
    with pytest.raises(Refused) as refusal:
        life.call(as_ada, carla, next_step="pass_on", **said_at_the_gate)
    assert refusal.value.code == "legal_cap", "she is all the credit there is: far more than five in a hundred"
    approve_legal(as_bruno, carla.pk, costs_cents=10_00, reason="she agrees", as_of=dt.date(2026, 7, 31))
    life.call(as_ada, carla, next_step="pass_on", **said_at_the_gate)
    assert life.answer(carla) == "blocked: ladder_end"


def test_a_lift_firm_and_its_instalments(acqua: Client, tmp_path: Path, as_ada: Viewer) -> None:
    acqua.sector = "b2b_services"
    acqua.save()
    life = Life(acqua, tmp_path)
    condo = person(
        acqua, "F1", "Condominio Aurora", "business", email="amministrazione@aurora.test", phone="+39021111111",
        pec="aurora@pec.test", letter="Via Po 1, 10100 Torino TO",
    )  # fmt: skip
    Customer.objects.filter(pk=condo.pk).update(vat="IT12345670017", street="Via Po 1", city="Torino")
    life.bill(condo, "88", 1000_00, 1000_00, 1000_00, issued="2026-01-07", due="2026-02-06", every=30)
    life.live("2026-01-07")
    life.until("2026-01-11")
    assert life.answer(condo) == "wait: holiday until 2026-01-12", "a Sunday: the courtesy call is for Monday"
    life.until("2026-01-12")
    assert life.work_list() == ["F1 courtesy_call"]
    life.call(as_ada, condo, solution="explain")
    life.pays(1000_00, "Ft. 88 prima rata", name="Condominio Aurora")
    life.until("2026-02-07")
    assert "overdue" not in life.answer(condo)
    assert life.answer(condo) == "wait: not_yet until 2026-03-13", (
        "the first instalment is paid, the second is due on 8 March"
    )
    life.until("2026-03-14")
    assert life.diary(condo)[-1] == "2026-03-13 reminder_1 email"
    message = Message.objects.get(template="reminder_first")
    assert message.facts["total_cents"] == 1000_00, "only the instalment that is due, not the whole invoice"
    life.pays(400_00, "acconto ft 88", name="Condominio Aurora")
    life.until("2026-03-20")
    assert life.work_list() == ["F1 call"]
    life.call(as_ada, condo, reason="their_administration", reason_detail="approval", solution="resend_invoice")
    life.until("2026-04-08")
    firm = Message.objects.get(template="reminder_firm", status="queued")
    assert (firm.channel, firm.facts["total_cents"]) == ("pec", 1600_00), "one message for what is left of both"


def test_a_tenant(acqua: Client, tmp_path: Path, as_ada: Viewer) -> None:
    acqua.sector = "public_housing"
    acqua.save()
    life = Life(acqua, tmp_path)
    nadia = person(acqua, "T1", "Nadia Verdi", phone="+39022222222", letter="Via Po 1, 10100 Torino TO")
    for month in range(1, 5):
        life.bill(nadia, f"R{month}", 210_00, issued=f"2026-0{month}-01", due=f"2026-0{month}-10")
    life.live("2026-01-02")
    life.until("2026-02-02")
    assert [line.split(maxsplit=1)[1] for line in life.diary(nadia)] == ["courtesy letter", "reminder_1 letter"], (
        "no e-mail address"
    )
    assert life.work_list() == ["T1 call"]
    life.call(
        as_ada, nadia, reason="structural_difficulty", reason_detail="lost_job", emotion="ashamed", solution="hardship"
    )
    life.until("2026-03-16")
    seen = [line.split(maxsplit=1)[1] for line in life.diary(nadia)]
    assert "reminder_2 letter" in seen
    assert life.work_list() == ["T1 visit"], "who is in difficulty is visited before anything formal"
    life.call(as_ada, nadia, channel="visit", reason="structural_difficulty", emotion="ashamed", solution="plan")
    assert life.work_list() == []
    life.until("2026-04-20")
    assert life.answer(nadia) == "blocked: reason_tone", "a formal notice is no answer to a lost job: a person decides"


@pytest.mark.django_db
def test_the_post_reaches_a_real_mailbox(life: Life, carla: Customer, tmp_path: Path) -> None:
    life.bill(carla, "2026/1", 120_00, issued="2026-01-12", due="2026-02-11")
    life.live("2026-02-16")
    (file,) = (tmp_path / "mail").glob("*.eml")
    mail = email.message_from_bytes(file.read_bytes())
    assert mail["To"] is not None
    assert "carla@example.test" in mail["To"]
    body = mail.get_payload(0).get_payload(decode=True).decode()  # type: ignore[union-attr]
    assert "2026/1" in body
    assert "120,00" in body
    assert everyone(life.client).may("send", life.client.pk)
