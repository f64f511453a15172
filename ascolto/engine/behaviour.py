# SPDX-License-Identifier: Apache-2.0
"""How a customer has paid so far. Owns: days late, trend, punctual streak, promises kept and broken.

Facts of the last 12 months, weighted by amount, in whole days rounded half-up. The delay of what is still open
stands beside, never inside: figures of closed items alone flatter those who do not pay.
"""

from __future__ import annotations

from typing import Any

import ibis

from .columns import count, day, packed, total, unpacked_first, unpacked_second, yes
from .money import half_up_column
from .policy import Policy

YEAR_DAYS = 365
HALF_YEAR_DAYS = 182
WORDS_KEPT = ("kept", "plan_half", "plan_done")  # a promise, and a plan at half way and at its end
DELAY_PACK = 100_000  # delays stay below this many days


def with_history(table: Any, policy: Policy) -> Any:
    """Adds trend, streak and the delay of what is open to what `paying`, `promising` and `paid` brought."""
    table = table.mutate(
        open_days_late_weighted=half_up_column(table.overdue_days_cents, table.overdue_cents),
        known_days=table.as_of - table.first_issued,
        trend=_trend(table, policy.strategy.limits.trend_days),
        **{name: table[name].fill_null(0) for name in ("closed_count", "broken_promises", "kept_promises")},
    )
    overdue_late = table.max_overdue_days > policy.strategy.limits.late_tolerance_days
    return table.mutate(punctual_streak=overdue_late.ifelse(0, table.streak.fill_null(0)))


def paying(items: Any, policy: Policy) -> Any:
    """One row per customer: what its closed instalments say."""
    tolerance = policy.strategy.limits.late_tolerance_days
    i = items.mutate(
        is_closed=yes(items.closed.notnull() & ~items.open & (items.amount_cents > 0)),
        age=items.as_of - items.closed,
    )
    i = i.mutate(
        year=yes(i.is_closed & (i.age < YEAR_DAYS)),
        half=yes(i.is_closed & (i.age < HALF_YEAR_DAYS)),
        punctual=yes(i.is_closed & (i.delay <= tolerance)),
        weight=i.amount_cents * i.delay,
    )
    last_late = i.due.max(where=i.is_closed & ~i.punctual).over(ibis.window(group_by="customer_id"))
    i = i.mutate(in_streak=i.punctual & (i.due > last_late.fill_null(-1)))
    before = i.year & ~i.half
    by = i.group_by("customer_id").aggregate(
        closed_count=count(i.is_closed),
        first_issued=i.issued.min(),
        streak=count(i.in_streak),
        year_weight=total(i.weight, i.year),
        year_cents=total(i.amount_cents, i.year),
        half_weight=total(i.weight, i.half),
        half_cents=total(i.amount_cents, i.half),
        before_weight=total(i.weight, before),
        before_cents=total(i.amount_cents, before),
        settled=(i.closed * DELAY_PACK + i.delay).max(where=i.is_closed),
    )
    return by.mutate(
        days_late_weighted=half_up_column(by.year_weight, by.year_cents),
        recent_late=half_up_column(by.half_weight, by.half_cents),
        before_late=half_up_column(by.before_weight, by.before_cents),
        # The last day on which something was closed, when the worst of that day was in time.
        settled_day=(by.settled % DELAY_PACK <= tolerance).ifelse(
            (by.settled - by.settled % DELAY_PACK) // DELAY_PACK, None
        ),
    ).drop("settled", "year_weight", "year_cents", "half_weight", "half_cents", "before_weight", "before_cents")


def _trend(table: Any, least_change_days: int) -> Any:
    """The last six months against the six before; unknown when one of them is empty."""
    change = table.recent_late - table.before_late
    return ibis.cases(
        (change.isnull(), "unknown"),
        (change >= least_change_days, "worse"),
        (change <= -least_change_days, "better"),
        else_="same",
    )


def promising(promises: Any, today: Any) -> Any:
    """One row per customer: promises of the last year judged, the pending one, the last broken and kept."""
    p = promises.cross_join(today.select("as_of"))
    p = p.mutate(due=day(p.due_on), judged=day(p.judged_on.fill_null(p.due_on)))
    p = p.mutate(ends=p.due + p.grace_days, recent=p.as_of - p.judged < YEAR_DAYS)
    pending = (p.status == "pending") & (p.ends >= p.as_of)
    by = p.group_by("customer_id").aggregate(
        promise_due=p.due.min(where=pending),
        promise_until=p.ends.max(where=pending),
        broken_promises=count((p.status == "broken") & p.recent),
        kept_promises=count(p.status.isin(WORDS_KEPT) & p.recent),
        broken=packed(p.judged, p.promise_id).max(where=p.status == "broken"),
        kept_day=p.judged.max(where=p.status == "kept"),
        half_day=p.judged.max(where=p.status == "plan_half"),
        plan_done_day=p.judged.max(where=p.status == "plan_done"),
    )
    return by.mutate(broken_day=unpacked_first(by.broken), broken_id=unpacked_second(by.broken)).drop("broken")


def paid(payments: Any) -> Any:
    by = payments.mutate(paid=day(payments.paid_on))
    return by.group_by("customer_id").aggregate(last_paid=by.paid.max(where=by.cents > 0))
