# SPDX-License-Identifier: Apache-2.0
"""A plan from the proposal to its end: who may grant it, what accepting it takes, and what cash makes of it."""

import datetime as dt
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from ascolto.domain.access.viewer import Viewer
from ascolto.domain.agreements.judging import judge_plans
from ascolto.domain.agreements.models import Concession, Plan
from ascolto.domain.agreements.plans import accept_plan, approve_plan, cancel_plan, propose_plan, rights, warning, ways
from ascolto.domain.agreements.queries import MANY_AMOUNTS, expected_of
from ascolto.domain.ledger.models import Allocation, Payment
from ascolto.domain.portfolio.models import Account, Customer, Instalment, Invoice
from ascolto.domain.records.errors import Refused
from ascolto.domain.strategy import agreed
from ascolto.domain.strategy.actions import decide_client
from ascolto.domain.strategy.models import Decision
from ascolto.engine.evidence import Expected
from ascolto.policies.load import plan_terms

TODAY = dt.date(2026, 11, 20)
FIRST = dt.date(2026, 12, 5)  # a Saturday: the 7th


@pytest.fixture
def owes(carla: Customer) -> Customer:
    """Carla owes 300 euro since October."""
    bill(carla, "F1", 30_000, dt.date(2026, 10, 1))
    return carla


def bill(customer: Customer, number: str, cents: int, due_on: dt.date) -> Instalment:
    invoice = Invoice.objects.create(
        client=customer.client, customer=customer, number=number, issued_on=due_on - dt.timedelta(days=30),
        total_cents=cents, payable_cents=cents,
    )  # fmt: skip
    return Instalment.objects.create(
        client=customer.client, customer=customer, invoice=invoice, due_on=due_on, amount_cents=cents
    )


def propose(customer: Customer, **said: Any) -> Plan:
    usual: dict[str, Any] = {"count": 3, "first_on": FIRST, "role": "operator", "actor": "ada", "as_of": TODAY}
    terms = said.pop("terms", plan_terms(customer.client.sector))
    return propose_plan(customer=customer, terms=terms, **{**usual, **said})


def accept(plan: Plan, **said: Any) -> Plan:
    usual: dict[str, Any] = {"how": "email", "accepted_by": "Carla Bianchi", "actor": "ada", "as_of": TODAY}
    return accept_plan(plan=plan, **{**usual, **said})


def pay(customer: Customer, cents: int, on: dt.date, item: Instalment | None = None) -> Payment:
    own = {"client": customer.client, "paid_on": on, "known_on": on, "amount_cents": cents, "author": "bank"}
    paid = Payment.objects.create(customer=customer, idempotency_key=f"{Payment.objects.count()}", **own)
    if item is not None:
        Allocation.objects.create(payment=paid, instalment=item, **own)
    return paid


def judge(customer: Customer, as_of: dt.date) -> dict[str, int]:
    return judge_plans(client=customer.client, as_of=as_of, actor="system:day")


def test_a_proposal_within_the_terms_waits_for_the_customer_only(owes: Customer) -> None:
    plan = propose(owes, monthly_cents=11_000, money_arrives="il 27")
    assert plan.status == "approved"
    assert [(p.due_on, p.amount_cents) for p in plan.instalments.order_by("number")] == [
        (dt.date(2026, 12, 7), 10_000), (dt.date(2027, 1, 5), 10_000), (dt.date(2027, 2, 5), 10_000)
    ]  # fmt: skip
    assert [cover.balance_cents for cover in plan.covers.all()] == [30_000]
    assert 3 in [
        way.months
        for way in ways(
            customer=owes, terms=plan_terms(owes.client.sector), as_of=TODAY, role="operator", first_on=FIRST
        )
    ]


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"count": 13}, "too_long"),
        ({"count": 0}, "count"),
        ({"down_cents": 30_000}, "count"),
        ({"first_on": dt.date(2026, 11, 19)}, "first_day"),
        ({"first_on": dt.date(2027, 3, 1)}, "first_day"),
        ({"count": 12, "down_cents": 29_000}, "too_small"),
        ({"legal_right": "R99"}, "unknown_right"),
    ],
)
def test_a_proposal_that_does_not_fit_is_refused(owes: Customer, said: dict[str, Any], code: str) -> None:
    with pytest.raises(Refused) as no:
        propose(owes, **said)
    assert no.value.code == code
    assert not Plan.objects.exists()


def test_nothing_open_is_nothing_to_plan(carla: Customer) -> None:
    with pytest.raises(Refused) as no:
        propose(carla)
    assert no.value.code == "nothing_open"


def test_beyond_her_role_somebody_else_approves(owes: Customer) -> None:
    plan = propose(owes, count=8)
    assert plan.status == "proposed"
    for role, actor, code in (("credit_manager", "ada", "own_proposal"), ("operator", "bruno", "beyond_role")):
        with pytest.raises(Refused) as no:
            approve_plan(plan=plan, terms=plan_terms(owes.client.sector), role=role, actor=actor, as_of=TODAY)
        assert no.value.code == code
    with pytest.raises(Refused) as no:
        accept(plan)
    assert no.value.code == "not_approved"
    approve_plan(plan=plan, terms=plan_terms(owes.client.sector), role="credit_manager", actor="bruno", as_of=TODAY)
    assert accept(plan).status == "active"
    assert set(Concession.objects.values_list("kind", flat=True)) == {"plan", "longer"}


def test_the_law_needs_no_approval(owes: Customer) -> None:
    assert propose(owes, count=12, legal_right="R04").status == "approved"


def test_accepting_takes_a_person_a_way_and_an_unchanged_debt(owes: Customer, altrove: Any) -> None:
    plan = propose(owes)
    late = {"as_of": dt.date(2026, 12, 8)}
    for said, code in (
        ({"how": "smile"}, "how"), ({"accepted_by": " "}, "nobody"), ({"how": "signed"}, "no_proof"), (late, "too_late")
    ):  # fmt: skip
        with pytest.raises(Refused) as no:
            accept(plan, **said)
        assert no.value.code == code
    pay(owes, 5_000, TODAY, Instalment.objects.get())
    with pytest.raises(Refused) as no:
        accept(plan)
    assert no.value.code == "changed"


def test_one_plan_runs_and_a_new_one_replaces_it_with_a_warning(owes: Customer) -> None:
    first = accept(propose(owes))
    assert warning(owes, TODAY) is None
    second = accept(propose(owes, count=4))
    first.refresh_from_db()
    assert (first.status, second.replaces_id) == ("replaced", first.pk)
    assert warning(owes, TODAY) == {"next": 3, "months": 12}
    assert warning(owes, dt.date(2027, 11, 21)) is None
    with pytest.raises(IntegrityError), transaction.atomic():
        Plan.objects.filter(pk=first.pk).update(status="active")


@pytest.mark.parametrize(
    ("paid", "as_of", "status", "met"),
    [
        ([], dt.date(2026, 12, 27), "active", 0),  # 20 days of grace in this sector
        ([], dt.date(2026, 12, 28), "broken", 0),
        ([(9_500, dt.date(2026, 12, 27))], dt.date(2026, 12, 28), "active", 1),  # 95 % is enough
        ([(9_499, dt.date(2026, 12, 27))], dt.date(2026, 12, 28), "broken", 0),
        ([(20_000, dt.date(2026, 12, 7))], dt.date(2027, 1, 30), "active", 2),  # ahead of the calendar
        ([(30_000, dt.date(2026, 12, 7))], dt.date(2026, 12, 7), "settled", 3),
        ([(10_000, dt.date(2026, 12, 7)), (20_000, dt.date(2027, 1, 5))], dt.date(2027, 1, 5), "finished", 3),
        ([(10_000, dt.date(2026, 11, 19))], dt.date(2026, 12, 28), "broken", 0),  # before the plan
    ],
)
def test_cash_alone_judges(owes: Customer, paid: list[Any], as_of: dt.date, status: str, met: int) -> None:
    plan = accept(propose(owes))
    for cents, on in paid:
        pay(owes, cents, on)
    judge(owes, as_of)
    assert judge(owes, as_of) == {}
    plan.refresh_from_db()
    assert (plan.status, plan.instalments.filter(met_on__isnull=False).count()) == (status, met)


def test_money_for_a_current_bill_is_not_the_plans_and_half_way_is_known(owes: Customer) -> None:
    plan = accept(propose(owes))
    current = bill(owes, "F2", 10_000, dt.date(2026, 12, 10))
    pay(owes, 10_000, dt.date(2026, 12, 7), current)
    judge(owes, dt.date(2026, 12, 8))
    plan.refresh_from_db()
    assert (plan.paid_cents, plan.half_on) == (0, None)
    pay(owes, 15_000, dt.date(2026, 12, 9), Instalment.objects.get(invoice__number="F1"))
    judge(owes, dt.date(2026, 12, 9))
    plan.refresh_from_db()
    assert (plan.paid_cents, plan.half_on) == (15_000, dt.date(2026, 12, 9))


def test_while_it_holds_the_reminders_wait_and_ageing_does_not_forget(owes: Customer, as_ada: Viewer) -> None:
    decide_client(client=owes.client, as_of=TODAY, actor="system:day")
    assert current(owes).rule != "plan_running"
    plan = agreed.propose_plan(as_ada, owes.pk, count=3, first_on=FIRST, as_of=TODAY)
    agreed.accept_plan(as_ada, plan.pk, how="email", accepted_by="Carla", as_of=TODAY)
    held = current(owes)
    assert (held.answer, held.rule, held.until_on) == ("wait", "plan_running", dt.date(2026, 12, 28))
    assert (held.overdue_cents, held.told["claim_cents"]) == (30_000, 0)
    after = dt.date(2026, 12, 28)
    judge(owes, after)
    decide_client(client=owes.client, as_of=after, actor="system:day")
    missed = current(owes)
    assert missed.told["claim_cents"] == 30_000
    assert missed.told["broken_promises"] == 1


def current(customer: Customer) -> Decision:
    return Decision.objects.get(customer=customer, superseded_on__isnull=True)


def test_half_way_and_the_end_are_words_kept(owes: Customer, as_ada: Viewer) -> None:
    accept(propose(owes))
    pay(owes, 15_000, dt.date(2026, 12, 7), Instalment.objects.get())
    judge(owes, dt.date(2026, 12, 7))
    decide_client(client=owes.client, as_of=dt.date(2026, 12, 7), actor="system:day")
    assert current(owes).told["kept_promises"] == 1
    pay(owes, 15_000, dt.date(2027, 1, 5), Instalment.objects.get())
    judge(owes, dt.date(2027, 1, 5))
    decide_client(client=owes.client, as_of=dt.date(2027, 1, 5), actor="system:day")
    assert current(owes).told["kept_promises"] == 2
    assert current(owes).step == "thanks_plan"


def test_cancelling_needs_a_reason_and_a_plan_that_is_not_over(owes: Customer) -> None:
    plan = accept(propose(owes))
    for why, code in ((" ", "no_reason"), ("moved away", ""), ("again", "over_already")):
        if not code:
            cancel_plan(plan=plan, why=why, actor="bruno", as_of=TODAY)
            continue
        with pytest.raises(Refused) as no:
            cancel_plan(plan=plan, why=why, actor="bruno", as_of=TODAY)
        assert no.value.code == code
    plan.refresh_from_db()
    assert (plan.status, plan.why_ended) == ("cancelled", "moved away")


def test_a_right_is_for_the_supply_it_speaks_of(owes: Customer) -> None:
    assert len(rights(owes)) == 4, "nobody knows what is supplied: all may apply"
    Account.objects.create(client=owes.client, customer=owes, number="1", kind="gas")
    assert [right.id for right in rights(owes)] == ["R03"]
    assert propose(owes, count=2, legal_right="R03").status == "approved"
    with pytest.raises(Refused) as no:
        propose(owes, count=12, legal_right="R04")
    assert no.value.code == "unknown_right"
    assert propose(owes, count=8, legal_right="R03").status == "proposed", "the right gives two, the rest is approved"
    owes.client.sector = "b2b_services"
    assert rights(owes) == ()


def test_cash_application_is_told_what_a_running_plan_awaits_and_what_it_covers(owes: Customer) -> None:
    plan = propose(owes)
    assert expected_of(owes.client_id) == [], "a plan that nobody accepted awaits nothing"
    accept(plan)
    item = Instalment.objects.get()
    awaited = [Expected(owes.pk, "plan", 10_000, part.due_on, (item.pk,)) for part in plan.instalments.all()]
    assert expected_of(owes.client_id) == awaited
    pay(owes, 14_000, FIRST, item)
    judge(owes, FIRST)
    assert [said.amount_cents for said in expected_of(owes.client_id)] == [6_000, 10_000]
    assert expected_of(owes.client_id, {6_000}) == expected_of(owes.client_id)[:1]
    assert expected_of(owes.client_id, {14_000}) == []
    assert expected_of(owes.client_id, range(MANY_AMOUNTS + 1)) == expected_of(owes.client_id), "so many: all of it"
    cancel_plan(plan=plan, why="x", actor="ada", as_of=FIRST)
    assert expected_of(owes.client_id) == []
