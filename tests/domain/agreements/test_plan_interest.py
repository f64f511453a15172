# SPDX-License-Identifier: Apache-2.0
"""Plans with interest, settled early, under a charter: what is asked, what is collected, what stays aside."""

import datetime as dt
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ascolto.day import live
from ascolto.domain.access.viewer import Viewer, system_viewer
from ascolto.domain.agreements.check import problems as plan_problems
from ascolto.domain.agreements.early import ask_early_settlement, remaining
from ascolto.domain.agreements.judging import judge_plans
from ascolto.domain.agreements.models import Plan
from ascolto.domain.agreements.owing import set_aside
from ascolto.domain.agreements.plans import cancel_plan
from ascolto.domain.agreements.standing import standings
from ascolto.domain.ledger.account import account_of
from ascolto.domain.ledger.actions import apply_credit_notes, apply_on_account, post_payment, reverse_payment
from ascolto.domain.ledger.check import problems
from ascolto.domain.ledger.models import Payment
from ascolto.domain.ledger.sums import live as standing_payments
from ascolto.domain.mandates.models import Mandate
from ascolto.domain.outreach.models import Document, Message
from ascolto.domain.portfolio.models import ContactPoint, Customer, Instalment, Invoice
from ascolto.domain.records.errors import Refused
from ascolto.domain.records.models import TrailEntry
from ascolto.domain.strategy import agreed
from ascolto.domain.strategy.plan_terms import terms_of
from ascolto.engine.plan_interest import PlanRate

from .test_plans import FIRST, TODAY, accept, bill, judge, owes, pay, propose

__all__ = ["owes"]
YEAR = {"starts_on": dt.date(2026, 1, 1), "signed_on": dt.date(2026, 1, 1), "signed_by": "Ing. Verdi"}


def chartered(customer: Customer, **plans: Any) -> Mandate:
    """Carla's client signed a mandate whose charter says this of plans."""
    return Mandate.objects.create(client=customer.client, charter={"plans": plans}, **YEAR)


def signed(customer: Customer) -> Document:
    from ascolto.domain.records import clock

    return Document.objects.create(
        client=customer.client, customer=customer, name="firmato.pdf", media_type="application/pdf", sha="x",
        content=b"%PDF", made_at=clock.now(),
    )  # fmt: skip


def running(customer: Customer, **said: Any) -> Plan:
    """A plan with interest at 3.65 %, accepted in writing: 300.00 in three is 0.51 + 0.58 + 0.31 of interest."""
    plan = propose(customer, rate=agreed_rate(customer), **said)
    return accept(plan, how="signed", proof=signed(customer))


def agreed_rate(customer: Customer) -> PlanRate:
    rows = terms_of(customer.client, TODAY).rate.rows
    if not rows:
        chartered(customer, interest="agreed", interest_bp=365)
        rows = terms_of(customer.client, TODAY).rate.rows
    return PlanRate("agreed", 365, rows)


def test_without_a_charter_there_is_no_interest(owes: Customer) -> None:
    allowed = terms_of(owes.client, TODAY)
    assert (allowed.rate.rate_bp, allowed.rate.rows, allowed.said) == (0, (), ())


def test_the_charter_turns_interest_on_and_the_plan_keeps_the_rows_used(owes: Customer, as_ada: Viewer) -> None:
    chartered(owes, interest="legal")
    plan = agreed.propose_plan(as_ada, owes.pk, count=3, first_on=FIRST, as_of=TODAY)
    assert (plan.interest_kind, plan.rate_bp) == ("legal", 160)
    assert [row["id"] for row in plan.interest_law] == ["LEG-2026-01-01", "P-1283", "P-1284-3", "P-1194"]
    parts = list(plan.instalments.order_by("number"))
    # 17 days on 300.00, 29 on 200.00, 31 on 100.00 at 1.60 %: 22.36 + 25.42 + 13.59 cents
    assert [(p.amount_cents, p.interest_cents) for p in parts] == [(10_022, 22), (10_026, 26), (10_013, 13)]
    assert (plan.total_cents, plan.interest_cents, plan.capital_cents) == (30_061, 61, 30_000)
    assert plan_problems([owes.client_id]) == []


def test_the_charter_narrows_widens_and_names_who_may_approve(owes: Customer, as_ada: Viewer, as_bruno: Viewer) -> None:
    grants = {"operator": 2, "team_leader": 3, "credit_manager": 4, "administrator": 5}
    chartered(owes, max_months=5, min_instalment_cents=5_000, down_payment_permille=100, grants=grants)
    usual: dict[str, Any] = {"first_on": FIRST, "as_of": TODAY}
    for count, down, code in ((6, 0, "too_long"), (5, 0, ""), (4, 2_000, "too_small")):
        if code:
            with pytest.raises(Refused) as no:
                agreed.propose_plan(as_ada, owes.pk, count=count, down_cents=down, **usual)
            assert no.value.code == code
    assert agreed.propose_plan(as_ada, owes.pk, count=2, **usual).status == "approved"
    waits = agreed.propose_plan(as_ada, owes.pk, count=5, **usual)
    assert waits.status == "proposed", "the charter lets Ada grant two months"
    with pytest.raises(Refused) as no:
        agreed.approve_plan(as_bruno, waits.pk, as_of=TODAY)
    assert no.value.code == "beyond_role", "and Bruno four"
    assert set(terms_of(owes.client, TODAY).said) == {
        "max_months", "min_instalment_cents", "down_payment_permille", "grants"
    }  # fmt: skip


@pytest.mark.parametrize(
    ("plans", "code"),
    [
        ({"interest": "agreed", "interest_bp": 401}, "usury_unknown"),
        ({"interest": "compound"}, "charter_unreadable"),
        ({"max_months": 0}, "charter_unreadable"),
        ({"grace_days": 1}, "charter_unreadable"),
    ],
)
def test_a_charter_looser_than_the_law_is_refused(owes: Customer, plans: dict[str, Any], code: str) -> None:
    chartered(owes, **plans)
    with pytest.raises(Refused) as no:
        terms_of(owes.client, TODAY)
    assert no.value.code == code


def test_an_unsigned_or_past_mandate_says_nothing(owes: Customer) -> None:
    own = {"client": owes.client, "charter": {"plans": {"max_months": 2}}}
    Mandate.objects.create(**own, starts_on=dt.date(2026, 1, 1))
    Mandate.objects.create(**own, starts_on=dt.date(2025, 1, 1), ends_on=dt.date(2025, 12, 31), signed_on=TODAY)
    assert terms_of(owes.client, TODAY).terms.max_months == 12


def test_no_charter_takes_away_what_the_law_gives_and_the_law_bears_no_interest(owes: Customer, as_ada: Viewer) -> None:
    chartered(owes, max_months=2, min_instalment_cents=20_000, interest="legal")
    plan = agreed.propose_plan(as_ada, owes.pk, count=12, first_on=FIRST, legal_right="R04", as_of=TODAY)
    assert (plan.status, plan.instalments.count(), plan.interest_cents) == ("approved", 12, 0)


def test_interest_is_accepted_in_writing_or_not_at_all(owes: Customer) -> None:
    plan = propose(owes, rate=agreed_rate(owes))
    for how in ("phone", "email", "pec"):
        with pytest.raises(Refused) as no:
            accept(plan, how=how)
        assert no.value.code == "not_in_writing"
    assert accept(plan, how="pec", proof=signed(owes)).status == "active"


def test_paid_by_the_calendar_it_finishes_and_the_interest_lies_aside(owes: Customer) -> None:
    plan = running(owes)
    item = Instalment.objects.get()
    parts = list(plan.instalments.order_by("number"))
    left = 30_000
    for n, part in enumerate(parts, start=1):
        booked = min(part.amount_cents, left)
        left -= booked
        post_payment(
            client=owes.client, customer_id=owes.pk, amount_cents=part.amount_cents, paid_on=part.due_on,
            parts=[(item.pk, booked)], idempotency_key=f"part {n}", actor="bank", as_of=part.due_on,
        )  # fmt: skip
        judge(owes, part.due_on)
    plan.refresh_from_db()
    assert (plan.status, plan.paid_cents, plan.interest_paid_cents) == (
        "finished",
        plan.total_cents,
        plan.interest_cents,
    )
    assert set_aside(owes.client_id) == {owes.pk: plan.interest_cents}
    bill(owes, "F2", 10_000, dt.date(2027, 3, 1))
    day = dt.date(2027, 3, 2)
    assert apply_on_account(client=owes.client, actor="x", as_of=day, aside=set_aside(owes.client_id)) == []
    account = account_of(system_viewer("x", [owes.client_id]), owes.pk, day)
    assert (account.on_account_cents, account.open_cents) == (plan.interest_cents, 10_000)
    assert problems([owes.client_id]) == plan_problems([owes.client_id]) == []


def test_for_interest_alone_no_plan_breaks(owes: Customer) -> None:
    plan = running(owes)
    pay(owes, 30_000, dt.date(2027, 1, 20), Instalment.objects.get())
    judge(owes, dt.date(2027, 1, 20))
    plan.refresh_from_db()
    assert (plan.status, plan.interest_paid_cents) == ("active", 0)
    after = plan.instalments.order_by("-number")[0].due_on + dt.timedelta(days=21)
    assert judge(owes, after) == {"finished": 1}


def test_early_settlement_asks_what_has_run_and_closes_by_cash(owes: Customer) -> None:
    plan = running(owes)
    by = dt.date(2026, 11, 30)  # ten days at 3.65 % on 300.00: 30 cents
    found = remaining(plan, by=by, as_of=TODAY)
    assert (found.capital_cents, found.interest_cents) == (30_000, 30)
    asked = ask_early_settlement(plan=plan, by=by, actor="ada", as_of=TODAY)
    assert (asked.status, asked.early_on, asked.early_by, asked.early_cents) == ("active", TODAY, by, 30_030)
    assert TrailEntry.objects.get(verb="early_settlement_asked").data["rows"][1] == "P-1283"
    pay(owes, 30_029, by)
    assert judge(owes, by) == {}, "a cent is missing"
    pay(owes, 1, by)
    assert judge(owes, by) == {"settled": 1}
    plan.refresh_from_db()
    ended = TrailEntry.objects.get(verb="plan_ended").data
    assert (plan.status, ended["interest_not_asked_cents"]) == ("settled", plan.interest_cents)


@pytest.mark.parametrize(
    ("by", "code"),
    [(TODAY - dt.timedelta(days=1), "early_day"), (dt.date(2027, 2, 6), "early_day"), (TODAY, "")],
)
def test_early_settlement_has_its_days(owes: Customer, by: dt.date, code: str) -> None:
    plan = running(owes)
    if not code:
        assert ask_early_settlement(plan=plan, by=by, actor="ada", as_of=TODAY).early_cents == 30_000
        return
    with pytest.raises(Refused) as no:
        ask_early_settlement(plan=plan, by=by, actor="ada", as_of=TODAY)
    assert no.value.code == code
    cancel_plan(plan=plan, why="x", actor="ada", as_of=TODAY)
    with pytest.raises(Refused) as no:
        ask_early_settlement(plan=plan, by=TODAY, actor="ada", as_of=TODAY)
    assert no.value.code == "not_running"


def test_a_credit_note_takes_away_capital_that_never_bore_interest(owes: Customer) -> None:
    plan = running(owes)
    note = Invoice.objects.create(
        client=owes.client, customer=owes, kind="credit_note", number="NC1", issued_on=TODAY, total_cents=20_000,
        payable_cents=20_000,
    )  # fmt: skip
    assert note.pk
    apply_credit_notes(client=owes.client, actor="x", as_of=TODAY)
    found = remaining(plan, by=dt.date(2026, 11, 30), as_of=TODAY)
    assert (found.capital_cents, found.interest_cents) == (10_000, 10)


def test_half_way_and_the_end_are_thanked_once_each_in_their_own_words(owes: Customer) -> None:
    ContactPoint.objects.filter(customer=owes, channel="email").update(verified=True)
    plan = accept(propose(owes))
    item = Instalment.objects.get()
    for n, (cents, on) in enumerate(((20_000, dt.date(2026, 12, 7)), (10_000, dt.date(2027, 1, 5))), start=1):
        for day in (on, on + dt.timedelta(days=1)):
            if day == on:
                post_payment(
                    client=owes.client, customer_id=owes.pk, amount_cents=cents, paid_on=on, parts=[(item.pk, cents)],
                    idempotency_key=str(n), actor="bank", as_of=on,
                )  # fmt: skip
            live(client=owes.client, as_of=day)
    sent = list(Message.objects.order_by("queued_at", "pk").values_list("template", flat=True))
    assert sent == ["thanks_plan_half", "thanks_plan_finished"]
    plan.refresh_from_db()
    assert (plan.half_on, plan.status) == (dt.date(2026, 12, 7), "finished")


def test_how_it_stood_on_a_day_stays_true_of_that_day(owes: Customer) -> None:
    plan = running(owes)
    eyes = system_viewer("x", [owes.client_id])
    pay(owes, 10_051, dt.date(2026, 12, 7), Instalment.objects.get())
    (one,) = standings(eyes, owes.pk, dt.date(2026, 12, 6))
    assert (one.running, one.paid_cents, [line.state for line in one.lines]) == (True, 0, ["ahead"] * 3)
    (one,) = standings(eyes, owes.pk, dt.date(2027, 1, 26))
    assert [line.state for line in one.lines] == ["paid", "missed", "ahead"]
    judge(owes, dt.date(2027, 1, 26))
    plan.refresh_from_db()
    assert plan.status == "broken"
    (one,) = standings(eyes, owes.pk, dt.date(2026, 12, 8))
    assert (one.running, one.paid_cents, one.lines[0].state) == (True, 10_051, "paid")
    assert standings(eyes, owes.pk, TODAY - dt.timedelta(days=1)) == ()
    assert standings(eyes, owes.pk, dt.date(2028, 6, 1)) == ()


DEEDS = st.lists(
    st.tuples(
        st.sampled_from(["invoice", "plan", "settle", "pay", "pay_plan", "return", "credit", "cancel"]),
        st.integers(1, 200_00), st.integers(0, 4),
    ),
    min_size=1, max_size=12,
)  # fmt: skip


class Life:
    """One customer's plans, lived deed by deed, with a night after each."""

    def __init__(self, customer: Customer) -> None:
        self.client, self.customer, self.number = customer.client, customer, 0
        self.rate = agreed_rate(customer)

    @property
    def day(self) -> dt.date:
        return TODAY + dt.timedelta(days=9 * self.number)

    def do(self, deed: str, cents: int, pick: int) -> None:
        self.number += 1
        getattr(self, f"do_{deed}")(cents, pick)

    def night(self) -> None:
        own = {"client": self.client, "actor": "x", "as_of": self.day}
        apply_credit_notes(**own)
        apply_on_account(**own, aside=set_aside(self.client.pk))
        judge_plans(**own)
        assert judge_plans(**own) == {}, "judging twice finds nothing new"

    def do_invoice(self, cents: int, pick: int) -> None:
        bill(self.customer, f"F{self.number}", cents, self.day - dt.timedelta(days=20 * pick))

    def do_plan(self, _cents: int, pick: int) -> None:
        rate = self.rate if pick % 2 else PlanRate("none", 0)
        plan = propose(
            self.customer, count=pick + 1, first_on=self.day, as_of=self.day, rate=rate, role="administrator"
        )
        accept(plan, how="signed", proof=signed(self.customer), as_of=self.day)

    def do_settle(self, cents: int, pick: int) -> None:
        for plan in Plan.objects.filter(customer=self.customer, status="active"):
            asked = ask_early_settlement(plan=plan, by=self.day, actor="x", as_of=self.day)
            self.do_pay(asked.early_cents if pick % 2 else cents, pick)

    def do_pay(self, cents: int, _pick: int) -> None:
        post_payment(
            client=self.client, customer_id=self.customer.pk, amount_cents=cents, paid_on=self.day, parts=None,
            idempotency_key=f"{self.number}", actor="x", as_of=self.day,
        )  # fmt: skip

    def do_pay_plan(self, _cents: int, pick: int) -> None:
        for plan in Plan.objects.filter(customer=self.customer, status="active"):
            self.do_pay(sum(part.amount_cents for part in plan.instalments.order_by("number")[: pick + 1]), pick)

    def do_return(self, _cents: int, pick: int) -> None:
        for payment in standing_payments(Payment.objects.filter(client=self.client)).order_by("-pk")[pick : pick + 1]:
            reverse_payment(payment=payment, reason="returned", actor="x", as_of=self.day)

    def do_credit(self, cents: int, _pick: int) -> None:
        Invoice.objects.create(
            client=self.client, customer=self.customer, kind="credit_note", number=f"NC{self.number}",
            issued_on=self.day, total_cents=cents, payable_cents=cents,
        )  # fmt: skip

    def do_cancel(self, _cents: int, _pick: int) -> None:
        for plan in Plan.objects.filter(customer=self.customer, status="active"):
            cancel_plan(plan=plan, why="asked", actor="x", as_of=self.day)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(deeds=DEEDS)
def test_in_random_lives_plans_and_books_stay_true(carla: Customer, deeds: list[tuple[str, int, int]]) -> None:
    from django.db import transaction

    with transaction.atomic():
        life = Life(carla)
        life.do_invoice(300_00, 2)
        for deed in deeds:
            try:
                with transaction.atomic():
                    life.do(*deed)
            except Refused:
                pass
            life.night()
            _holds(life)
        transaction.set_rollback(True)


def _holds(life: Life) -> None:
    """The invariants after each night."""
    assert problems([life.client.pk]) == []
    assert plan_problems([life.client.pk]) == []
    eyes = system_viewer("x", [life.client.pk])
    account = account_of(eyes, life.customer.pk, life.day)
    assert account.closing_cents == account.open_cents - account.on_account_cents
    for one in standings(eyes, life.customer.pk, life.day):
        plan = one.plan
        assert sum(line.paid_cents for line in one.lines) == min(one.paid_cents, plan.total_cents)
        assert 0 <= one.owed.cents <= plan.total_cents
        if one.running:
            assert plan.paid_cents == one.paid_cents, "what the night wrote is what a look back finds"
            assert one.owed.cents > 0 or one.lines[-1].part.due_on < life.day, "a plan with nothing left does not run"
        elif plan.status in ("finished", "settled"):
            assert plan.interest_paid_cents <= max(account.on_account_cents, plan.interest_cents)
