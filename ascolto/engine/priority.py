# SPDX-License-Identifier: Apache-2.0
"""Who first. Owns: the priority 0-1000 of an action, as a sum of whole points that a page can show.

rung + money + age + risk + broken promise + reason given. Only actions have a priority; the rest stands at 0.
"""

from __future__ import annotations

from typing import Any

import ibis

from .columns import banded, first_true
from .facts import PRIORITY_PARTS
from .money import floor_div
from .policy import Policy


def with_priority(table: Any, policy: Policy) -> Any:
    """Adds `priority_<part>` and `priority`."""
    points = policy.strategy.priority
    owed = table.claim_cents > 0
    reasons = [(table.last_reason == reason, value) for reason, value in points.reasons]
    parts = {
        "base": table.rung_priority,
        "money": owed.ifelse(banded(table.claim_cents, points.money, points.money_beyond), 0),
        "age": owed.ifelse(banded(table.max_overdue_days, points.age, points.age_beyond), 0),
        "risk": owed.ifelse(floor_div((1000 - table.score) * points.risk_per_mille, ibis.literal(1000)), 0),
        "promise": (owed & (table.broken_promises > 0)).ifelse(points.promise, 0),
        "reason": owed.ifelse(first_true(reasons, ibis.literal(0)), 0),
    }
    acts = table.answer == "act"
    shown = {f"priority_{name}": acts.ifelse(parts[name].fill_null(0), 0).cast("int64") for name in PRIORITY_PARTS}
    table = table.mutate(**shown)
    sum_ = table.priority_base
    for name in PRIORITY_PARTS[1:]:
        sum_ = sum_ + table[f"priority_{name}"]
    return table.mutate(priority=ibis.least(sum_, 1000))
