# SPDX-License-Identifier: Apache-2.0
"""Plans judged each day, by cash alone: what arrived since the start fills the instalments in order.

Money that settled something outside the plan (a current bill) does not count for it; money on account does.
"""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Collection

from django.db import transaction
from django.db.models import Sum

from ascolto.domain.access.models import Client
from ascolto.domain.agreements.models import Plan, PlanCover, PlanInstalment
from ascolto.domain.agreements.plans import end_plan
from ascolto.domain.ledger.models import Allocation, Payment
from ascolto.domain.portfolio.models import Instalment
from ascolto.engine.plan import Part, filled, missed


@transaction.atomic
def judge_plans(
    *, client: Client, as_of: dt.date, actor: str, customer_ids: Collection[int] | None = None
) -> dict[str, int]:
    """Judge the client's running plans by what is known on `as_of`; gives how many finished, were settled early, broke.

    Six reads, whatever the number of plans. Run again on the same day, nothing changes.
    """
    running = Plan.objects.select_for_update().filter(client=client, status=Plan.Status.ACTIVE)
    if customer_ids is not None:
        running = running.filter(customer_id__in=customer_ids)
    plans = list(running.order_by("pk"))
    if not plans:
        return {}
    parts: dict[int, list[PlanInstalment]] = defaultdict(list)
    for part in PlanInstalment.objects.filter(client=client, plan__in=plans).order_by("plan_id", "number"):
        parts[part.plan_id].append(part)
    covered: dict[int, set[int]] = defaultdict(set)
    for plan_id, item in PlanCover.objects.filter(client=client, plan__in=plans).values_list(
        "plan_id", "instalment_id"
    ):
        covered[plan_id].add(item)
    received, left = _received(plans, covered, as_of), _left(client, covered, as_of)
    ended: Counter[str] = Counter()
    for plan in plans:
        _fill(plan, parts[plan.pk], received.get(plan.pk, 0), as_of)
        status = _verdict(plan, parts[plan.pk], left.get(plan.pk, 0), as_of)
        if status:
            ended[status] += 1
            end_plan(plan, status, as_of, actor, WHY[status])
    Plan.objects.bulk_update(plans, ["paid_cents", "half_on"], batch_size=500)
    PlanInstalment.objects.bulk_update(
        [part for own in parts.values() for part in own], ["paid_cents", "met_on", "missed_on"], batch_size=500
    )
    return dict(ended)


WHY: dict[str, str] = {
    Plan.Status.FINISHED: "everything was paid", Plan.Status.SETTLED_EARLY: "everything was paid before the last day",
    Plan.Status.BROKEN: "instalments were not paid in time",
}  # fmt: skip


def _received(plans: list[Plan], covered: dict[int, set[int]], as_of: dt.date) -> dict[int, int]:
    """By plan, the money received since it started, less what of it settled instalments outside the plan."""
    own = {plan.customer_id: plan for plan in plans}
    first_on = min(plan.accepted_on for plan in plans if plan.accepted_on)
    client_id = plans[0].client_id
    money = Payment.objects.filter(
        client=client_id, customer__in=list(own), kind=Payment.Kind.MONEY, reverses__isnull=True,
        paid_on__gte=first_on, known_on__lte=as_of,
    ).exclude(reversed_by__known_on__lte=as_of)  # fmt: skip
    payer, sums = {}, Counter[int]()
    for pk, customer_id, paid_on, cents in money.values_list("pk", "customer_id", "paid_on", "amount_cents"):
        plan = own[customer_id]
        if plan.accepted_on and paid_on >= plan.accepted_on:
            payer[pk] = plan.pk
            sums[plan.pk] += cents
    spent = Allocation.objects.filter(client=client_id, known_on__lte=as_of, payment__in=list(payer))
    for payment_id, instalment_id, cents in spent.values_list("payment_id", "instalment_id", "amount_cents"):
        plan_id = payer[payment_id]
        if instalment_id not in covered[plan_id]:
            sums[plan_id] -= cents
    return dict(sums)


def _left(client: Client, covered: dict[int, set[int]], as_of: dt.date) -> dict[int, int]:
    """By plan, what is still open of what it covers."""
    items = [item for own in covered.values() for item in own]
    owed = dict(Instalment.objects.filter(client=client, pk__in=items).values_list("pk", "amount_cents"))
    paid = Allocation.objects.filter(client=client, known_on__lte=as_of, instalment__in=items).order_by()
    for pk, cents in paid.values_list("instalment_id").annotate(cents=Sum("amount_cents")):
        owed[pk] -= cents
    return {plan_id: sum(owed[item] for item in own) for plan_id, own in covered.items()}


def _fill(plan: Plan, parts: list[PlanInstalment], paid_cents: int, as_of: dt.date) -> None:
    """Writes what each instalment has, when it was met, and which are missed today."""
    plan.paid_cents = max(paid_cents, 0)
    taken = filled(tuple(part.amount_cents for part in parts), paid_cents)
    told = tuple(Part(part.number, part.due_on, part.amount_cents) for part in parts)
    late = {part.number for part in missed(told, paid_cents, plan.tolerance_permille, plan.grace_days, as_of)}
    for part, cents in zip(parts, taken, strict=True):
        met = cents * 1000 >= part.amount_cents * plan.tolerance_permille
        part.paid_cents = cents
        part.met_on = (part.met_on or as_of) if met else None
        part.missed_on = (part.missed_on or as_of) if part.number in late else None
    if plan.half_on is None and paid_cents * 2 >= plan.total_cents:
        plan.half_on = as_of


def _verdict(plan: Plan, parts: list[PlanInstalment], left_cents: int, as_of: dt.date) -> str:
    """The status with which the plan ends today; empty while it runs."""
    if left_cents <= 0 or plan.paid_cents >= plan.total_cents:
        return (
            Plan.Status.FINISHED if as_of >= parts[-2 if len(parts) > 1 else -1].due_on else Plan.Status.SETTLED_EARLY
        )
    if sum(part.missed_on is not None for part in parts) > plan.missed_allowed:
        return Plan.Status.BROKEN
    return ""
