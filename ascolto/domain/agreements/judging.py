# SPDX-License-Identifier: Apache-2.0
"""Plans judged each day, by cash alone: what arrived since the start fills the instalments in order."""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from typing import Any, TypeVar

from django.db import transaction

from ascolto.domain.access.models import Client
from ascolto.domain.agreements.models import Plan, PlanInstalment
from ascolto.domain.agreements.owing import PlanCash, cash_of, owed_on
from ascolto.domain.agreements.plans import end_plan
from ascolto.engine.plan import Part, filled, missed

R = TypeVar("R", Plan, PlanInstalment)


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
    cash = cash_of(plans, as_of)
    every = [part for own in parts.values() for part in own]
    before = _told(plans, OF_PLAN), _told(every, OF_PART)
    ended: Counter[str] = Counter()
    for plan in plans:
        _fill(plan, parts[plan.pk], cash[plan.pk], as_of)
        status = _verdict(plan, parts[plan.pk], cash[plan.pk], as_of)
        if status:
            ended[status] += 1
            forgiven = max(plan.interest_cents - plan.interest_paid_cents, 0)
            end_plan(plan, status, as_of, actor, WHY[status], interest_not_asked_cents=forgiven)
    Plan.objects.bulk_update(_other(plans, OF_PLAN, before[0]), OF_PLAN, batch_size=500)
    PlanInstalment.objects.bulk_update(_other(every, OF_PART, before[1]), OF_PART, batch_size=500)
    return dict(ended)


OF_PLAN = ("paid_cents", "interest_paid_cents", "half_on")
OF_PART = ("paid_cents", "met_on", "missed_on")
"""What a judgement writes."""


def _told(rows: Iterable[Any], names: tuple[str, ...]) -> dict[int, tuple[Any, ...]]:
    return {row.pk: tuple(getattr(row, name) for name in names) for row in rows}


def _other(rows: list[R], names: tuple[str, ...], before: dict[int, tuple[Any, ...]]) -> list[R]:
    """The rows of which something is no longer as it was."""
    now = _told(rows, names)
    return [row for row in rows if now[row.pk] != before[row.pk]]


WHY: dict[str, str] = {
    Plan.Status.FINISHED: "everything was paid", Plan.Status.SETTLED_EARLY: "everything was paid before the last day",
    Plan.Status.BROKEN: "instalments were not paid in time",
}  # fmt: skip


def _fill(plan: Plan, parts: list[PlanInstalment], cash: PlanCash, as_of: dt.date) -> None:
    """Writes what each instalment has, when it was met, and which are missed today."""
    plan.paid_cents = cash.received_cents
    taken = filled(tuple(part.amount_cents for part in parts), plan.paid_cents)
    told = tuple(Part(part.number, part.due_on, part.amount_cents) for part in parts)
    late = {part.number for part in missed(told, plan.paid_cents, plan.tolerance_permille, plan.grace_days, as_of)}
    if cash.left_cents <= 0:  # for interest alone no plan breaks
        late = set()
        plan.interest_paid_cents = min(cash.beyond_cents, plan.interest_cents)
    for part, cents in zip(parts, taken, strict=True):
        met = cents * 1000 >= part.amount_cents * plan.tolerance_permille
        part.paid_cents = cents
        part.met_on = (part.met_on or as_of) if met else None
        part.missed_on = (part.missed_on or as_of) if part.number in late else None
    if plan.half_on is None and plan.paid_cents * 2 >= plan.total_cents:
        plan.half_on = as_of


def _verdict(plan: Plan, parts: list[PlanInstalment], cash: PlanCash, as_of: dt.date) -> str:
    """The status with which the plan ends today; empty while it runs.

    It is all paid when nothing was owed on the day of the last payment, with the interest that had run by then.
    """
    last = parts[-1].due_on
    if owed_on(plan, cash, plan.proposed_on).cents == 0:
        early = plan.early_on is not None and as_of < last
        almost = parts[-2 if len(parts) > 1 else -1].due_on
        return Plan.Status.FINISHED if as_of >= almost and not early else Plan.Status.SETTLED_EARLY
    if cash.left_cents <= 0:
        return Plan.Status.FINISHED if (as_of - last).days > plan.grace_days else ""
    if sum(part.missed_on is not None for part in parts) > plan.missed_allowed:
        return Plan.Status.BROKEN
    return ""
