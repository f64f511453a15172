# SPDX-License-Identifier: Apache-2.0
"""What may happen on any day, and what the strategy must make of it at once."""

from typing import Any

import pytest
from django.utils import translation

from ascolto.domain.access.models import Client
from ascolto.domain.access.viewer import Viewer
from ascolto.domain.agreements.models import Promise
from ascolto.domain.agreements.plans import accept_plan, propose_plan
from ascolto.domain.intake import staging
from ascolto.domain.ledger.models import MatchProposal, Payment
from ascolto.domain.mandates.models import Mandate
from ascolto.domain.outreach.models import Message
from ascolto.domain.portfolio.models import ContactPoint, Customer
from ascolto.domain.strategy import cash, reactions
from ascolto.domain.strategy.models import Action, Decision
from ascolto.policies.load import plan_terms
from tests.domain.intake.deliveries import camt

from .life import Life, at, on, person

FORGOT: dict[str, Any] = {"reason": "forgot", "solution": "explain"}


def late(life: Life, carla: Customer, until: str) -> None:
    """Carla owes 120 euro since 11 February; we live on up to `until`."""
    life.bill(carla, "2026/1", 120_00, issued="2026-01-12", due="2026-02-11")
    life.live("2026-02-16")
    life.until(until)


def outbox(customer: Customer) -> list[tuple[str, str, Any]]:
    rows = Message.objects.filter(customer=customer).order_by("pk")
    return [(m.template, m.status, m.facts["total_cents"]) for m in rows]


# --- money ---


def test_a_confirmed_payment_withdraws_the_planned_call(life: Life, carla: Customer, as_bruno: Viewer) -> None:
    late(life, carla, "2026-02-26")
    assert life.work_list() == ["C001 call"]
    life.pays(120_00, "bolletta", name="Bianchi")
    with life.office(11) as today:
        (line,) = life.statement(today)
        cash.assign_cash(as_bruno, line.pk, carla.pk, None, today)
    assert life.work_list() == []
    assert life.answer(carla) == "wait: nothing_due"
    assert life.steps(carla)[-1] == "2026-02-26 call phone withdrawn"


def test_a_payment_that_the_bank_takes_back_resumes_the_cycle_where_it_stood(life: Life, carla: Customer) -> None:
    late(life, carla, "2026-02-16")
    assert outbox(carla) == [("reminder_first", "sent", 120_00)]
    before = Decision.objects.get(customer=carla, superseded_on=None)
    life.pays(120_00, "SALDO FATTURA 2026/1", name="Bianchi")
    life.live("2026-02-18")
    assert life.answer(carla) == "wait: nothing_due"
    life.pays(-120_00, "INSOLUTO FATTURA 2026/1", returned="AM04")
    life.live("2026-02-20")
    again = Decision.objects.get(customer=carla, superseded_on=None)
    assert (again.overdue_cents, again.told["claim_due_on"]) == (120_00, before.told["claim_due_on"])
    life.until("2026-02-26")
    now = Decision.objects.get(customer=carla, superseded_on=None)
    assert (now.cycle, now.step) == ("arrears:2026-02-11", "call"), "the next step of the same cycle, on its day"
    assert [template for template, _status, _cents in outbox(carla)].count("reminder_first") == 1


def test_the_night_knows_a_plan_s_instalment_by_its_amount_and_day(life: Life, carla: Customer) -> None:
    late(life, carla, "2026-02-16")
    with life.office() as today:
        plan = propose_plan(
            customer=carla,
            count=3,
            first_on=on("2026-02-23"),
            terms=plan_terms("utility"),
            role="operator",
            actor="ada",
            as_of=today,
        )
        accept_plan(plan=plan, how="email", accepted_by="Carla", actor="ada", as_of=today)
    first = plan.instalments.order_by("number").first()
    assert first is not None
    life.pays(first.amount_cents, "RATA", name="Carla Bianchi")
    life.live("2026-02-24")
    proposal = MatchProposal.objects.get()
    assert ["plan_amount", {"day": first.due_on.isoformat()}] in proposal.reasons
    assert proposal.customer == carla


def test_a_confirmed_payment_withdraws_the_queued_message(life: Life, carla: Customer, as_bruno: Viewer) -> None:
    life.bill(carla, "2026/1", 120_00, issued="2026-01-12", due="2026-02-11")
    life.live("2026-02-16", send=False)
    assert outbox(carla) == [("reminder_first", "queued", 120_00)]
    life.pays(120_00, "bolletta", name="Bianchi", value_on="2026-02-11")
    with life.office(8) as today:
        (line,) = life.statement(today)
        cash.assign_cash(as_bruno, line.pk, carla.pk, None, today)
    assert [row[:2] for row in outbox(carla)] == [("reminder_first", "withdrawn"), ("thanks_on_time", "queued")], (
        "the transfer was made in time: a thank-you instead"
    )
    life.send()
    assert life.diary(carla) == ["2026-02-16 thanks_on_time email"]


def test_a_promise_is_kept_the_moment_its_money_is_confirmed(
    life: Life, carla: Customer, as_ada: Viewer, as_bruno: Viewer
) -> None:
    late(life, carla, "2026-02-26")
    life.call(as_ada, carla, **FORGOT, promise_cents=120_00, promise_on="2026-03-02")
    life.live("2026-02-27")
    life.pays(120_00, "bolletta", name="Bianchi")
    with life.office(11) as today:
        (line,) = life.statement(today)
        cash.assign_cash(as_bruno, line.pk, carla.pk, None, today)
    assert Promise.objects.get().status == "kept"
    assert life.answer(carla) == "act: thanks_promise by email, tone 0", "not tomorrow night: now"


def test_a_part_payment_is_respected_by_the_message_that_waits(life: Life, carla: Customer) -> None:
    life.bill(carla, "2026/1", 120_00, issued="2026-01-12", due="2026-02-11")
    life.live("2026-02-16", send=False)
    life.pays(50_00, "acconto fattura 2026/1", name="Carla Bianchi")
    life.live("2026-02-17")
    assert outbox(carla) == [("reminder_first", "withdrawn", 120_00), ("reminder_first", "sent", 70_00)]
    assert life.diary(carla) == ["2026-02-17 reminder_1 email"]


def test_undoing_a_payment_opens_the_debt_and_the_strategy_again(life: Life, carla: Customer, as_bruno: Viewer) -> None:
    late(life, carla, "2026-02-26")
    life.pays(120_00, "fattura 2026/1", name="Carla Bianchi")
    life.live("2026-02-27")
    assert life.answer(carla) == "wait: nothing_due"
    with life.office() as today:
        cash.undo_cash(as_bruno, Payment.objects.get(reverses=None).pk, "Era di un'altra Bianchi", today)
    assert life.work_list() == ["C001 call"]
    assert MatchProposal.objects.filter(status="open").count() == 1, "and the line waits for a person"
    life.live("2026-03-02")
    assert life.work_list() == ["C001 call"], "no machine gives it to Carla a second time"
    assert [line.split(maxsplit=1)[1] for line in life.steps(carla)] == [
        "reminder_1 email done",
        "call phone withdrawn",
        "call phone planned",
    ]


def test_a_statement_that_is_accepted_is_followed_at_once(life: Life, carla: Customer, as_bruno: Viewer) -> None:
    late(life, carla, "2026-02-26")
    with life.office(11) as today:
        files = [("estratto.xml", camt(("2026-02-25", "120.00", "Carla Bianchi fattura 2026/1")))]
        batch = staging.stage(client=life.client, files=files, profile=None, actor="bruno", as_of=today)
        reactions.accept_batch(as_bruno, batch.pk, as_of=today)
    assert Payment.objects.count() == 1
    assert life.work_list() == []


# --- being left alone ---


def test_a_hold_blocks_and_says_until_when(life: Life, carla: Customer, as_ada: Viewer) -> None:
    late(life, carla, "2026-02-26")
    with life.office() as today:
        reactions.hold(as_ada, carla.pk, reason="In ospedale", until_on=on("2026-03-20"), as_of=today)
    assert life.answer(carla) == "blocked: hold until 2026-03-21"
    assert life.work_list() == []
    life.until("2026-03-20")
    assert life.answer(carla) == "blocked: hold until 2026-03-21"
    life.until("2026-03-23")
    assert life.work_list() == ["C001 call"], "Saturday and Sunday nobody calls; on Monday it goes on where it was"


def test_a_dispute_takes_only_its_part(life: Life, carla: Customer, as_ada: Viewer) -> None:
    invoice = life.bill(carla, "2026/1", 120_00, issued="2026-01-12", due="2026-02-11")
    life.live("2026-02-13")
    with life.office() as today:
        case = reactions.open_care_case(
            as_ada, carla.pk, as_of=today, invoice_id=invoice.pk, kind="dispute", reason="consumo", disputed_cents=45_00
        )
    life.live("2026-02-16")
    assert outbox(carla) == [("reminder_first", "sent", 75_00)]
    assert Decision.objects.get(superseded_on=None).overdue_cents == 120_00, "it stays in ageing"
    with life.office() as today:
        reactions.close_care_case(as_ada, case.pk, outcome="respinta", as_of=today)
    assert Decision.objects.get(superseded_on=None).told["claim_cents"] == 120_00


def test_all_of_it_disputed_leaves_nothing_to_ask(life: Life, carla: Customer, as_ada: Viewer) -> None:
    late(life, carla, "2026-02-26")
    (invoice,) = carla.invoices.all()
    life.call(
        as_ada, carla, reason="dispute", reason_detail="amount", dispute_invoice_id=invoice.pk, dispute_cents=120_00
    )
    assert life.answer(carla) == "blocked: disputed"


def test_old_bank_data_stops_dunning_but_not_courtesy(life: Life, carla: Customer) -> None:
    nuova = person(life.client, "C002", "Nuova Verdi", email="nuova@example.test")
    life.bill(carla, "2026/1", 120_00, issued="2026-01-12", due="2026-02-11")
    life.bill(nuova, "2026/2", 80_00, issued="2026-02-12", due="2026-03-14")
    life.live("2026-02-10")
    life.live("2026-02-18", bank=False)
    assert life.answer(carla) == "blocked: stale_bank"
    assert life.answer(nuova) == "act: courtesy by email, tone 0"
    life.live("2026-02-19")
    assert life.diary(carla) == ["2026-02-19 reminder_1 email"]


# --- time ---


def test_two_hundred_days_late_on_arrival_begins_with_the_friendly_word(life: Life, carla: Customer) -> None:
    life.bill(carla, "2025/9", 120_00, issued="2025-07-01", due="2025-08-01")
    life.live("2026-02-17")
    assert life.diary(carla) == ["2026-02-17 reminder_1 email"]
    life.until("2026-03-30")
    assert [line.split()[1] for line in life.diary(carla)] == ["reminder_1"], (
        "the call waits for a person, not the letter"
    )
    assert life.work_list() == ["C001 call"]


def test_a_missed_week_is_caught_up(life: Life, carla: Customer, as_ada: Viewer) -> None:
    late(life, carla, "2026-02-26")
    life.call(as_ada, carla, **FORGOT)
    life.live("2026-03-30")
    assert life.diary(carla)[-1] == "2026-03-30 reminder_2 letter", "due on 9 March; the machine stood still"
    life.until("2026-04-30")
    assert life.diary(carla)[-1] == "2026-04-11 formal_notice letter", (
        "its gate counts from the letter, not from the plan"
    )


def test_who_never_answers_is_written_to_in_the_end(life: Life, carla: Customer, as_ada: Viewer) -> None:
    late(life, carla, "2026-02-26")
    for day, outcome in (("2026-02-26", "no_answer"), ("2026-02-27", "voicemail"), ("2026-03-02", "no_answer")):
        life.until(day)
        assert life.work_list() == ["C001 call"], day
        life.call(as_ada, carla, outcome)
    assert life.work_list() == [], "tried on three days: the call counts as attempted"
    life.until("2026-03-10")
    assert life.diary(carla)[-1] == "2026-03-09 reminder_2 letter"


def test_a_wrong_number_is_not_called_again(life: Life, carla: Customer, as_ada: Viewer) -> None:
    late(life, carla, "2026-02-26")
    life.call(as_ada, carla, "wrong_number")
    assert life.work_list() == []
    assert not ContactPoint.objects.get(channel="phone").verified
    assert life.answer(carla) == "act: call by letter, tone 2"


# --- rules of the client ---


def charter(client: Client, **rules: Any) -> None:
    Mandate.objects.create(client=client, starts_on=on("2026-01-01"), signed_on=on("2026-01-01"), charter=rules)


def test_the_charter_caps_the_tone(life: Life, carla: Customer, as_ada: Viewer) -> None:
    charter(life.client, max_tone=2)
    late(life, carla, "2026-02-26")
    life.call(as_ada, carla, **FORGOT)
    life.until("2026-05-31")
    tones = [m.tone for m in Message.objects.order_by("pk")]
    assert tones == [1, 2], "the written reminder would be a 3"
    assert life.answer(carla) == "blocked: charter_tone", "a formal notice at tone 2 is none: a person decides"


def test_the_charter_closes_the_telephone(life: Life, carla: Customer) -> None:
    charter(life.client, phone_from="10:00", phone_to="12:00")
    late(life, carla, "2026-02-26")
    now = Decision.objects.get(superseded_on=None)
    assert (now.answer, now.channel) == ("act", "phone")
    from ascolto.domain.strategy.policy import policy_for
    from ascolto.engine.contact import phone_allowed

    policy = policy_for(life.client, on("2026-02-26"))
    asked = {
        hour: phone_allowed(at(on("2026-02-26"), hour), "consumer", 0, 0, policy).allowed
        for hour in (9, 10, 11, 12, 15)
    }
    assert asked == {9: False, 10: True, 11: True, 12: False, 15: False}


def test_a_channel_that_the_charter_forbids_is_not_used(life: Life, carla: Customer) -> None:
    charter(life.client, channels=["letter", "phone"])
    late(life, carla, "2026-02-16")
    assert life.diary(carla) == ["2026-02-16 reminder_1 letter"]


# --- one bad record ---


def test_one_bad_record_is_told_and_the_others_go_on(life: Life, carla: Customer) -> None:
    muto = person(life.client, "C002", "Muto Neri")
    for number, customer in enumerate((carla, muto), start=1):
        life.bill(customer, f"2026/{number}", 120_00, issued="2026-01-12", due="2026-02-11")
    life.live("2026-02-16")
    assert life.answer(muto) == "blocked: no_channel"
    assert life.diary(carla) == ["2026-02-16 reminder_1 email"]


def test_a_message_that_cannot_be_written_is_told_every_night_until_it_can(life: Life, carla: Customer) -> None:
    elio = person(life.client, "C002", "Elio Rossi", email="elio@example.test")
    for number, customer in enumerate((elio, carla), start=1):
        life.bill(customer, f"2026/{number}", 120_00, issued="2026-01-12", due="2026-02-11")
    elio.invoices.update(currency="USD")
    first = life.live("2026-02-16")
    second = life.live("2026-02-17")
    assert life.diary(carla) == ["2026-02-16 reminder_1 email"]
    assert first.decisions.problems == second.decisions.problems
    (problem,) = second.decisions.problems
    assert "C002" in problem
    assert "currency" in problem
    elio.invoices.update(currency="EUR")
    third = life.live("2026-02-18")
    assert third.decisions.problems == []
    assert life.diary(elio) == ["2026-02-18 reminder_1 email"]


def test_an_address_that_bounces_is_doubted_and_the_letter_goes(life: Life, carla: Customer) -> None:
    life.bill(carla, "2026/1", 120_00, issued="2026-01-12", due="2026-02-11")
    life.live("2026-02-16", send=False)
    Message.objects.update(status="failed", detail="550 no such user")
    life.live("2026-02-17")
    assert life.diary(carla) == ["2026-02-17 reminder_1 letter"]
    assert not ContactPoint.objects.get(channel="email").verified
    assert Action.objects.get(channel="email").why_withdrawn == "not delivered: 550 no such user"


# --- clients beside each other ---


def test_the_day_of_one_client_leaves_the_other_alone(life: Life, carla: Customer, altrove: Client) -> None:
    zoe = person(altrove, "Z1", "Zoe S.r.l.", "business", email="zoe@example.test")
    theirs = Life(altrove, life.channels["email"].folder)
    theirs.bill(zoe, "1", 500_00, issued="2026-01-01", due="2026-01-31")
    late(life, carla, "2026-02-16")
    assert not Decision.objects.filter(client=altrove).exists()
    assert not Message.objects.filter(client=altrove).exists()


@pytest.mark.parametrize("language", ["it", "en"])
def test_each_customer_is_written_to_in_their_language(life: Life, carla: Customer, language: str) -> None:
    carla.language = language
    carla.save()
    with translation.override("it"):
        late(life, carla, "2026-02-16")
    assert Message.objects.get().language == language
