# SPDX-License-Identifier: Apache-2.0
"""How a plan stood on any day: its calendar, what had arrived for each instalment, what was left. Reads only.

Worked out again from the cash that was known on the day, so what was told of a day stays true of it.
"""

import datetime as dt
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from ascolto.domain.access.viewer import Viewer
from ascolto.domain.agreements.models import Plan, PlanInstalment
from ascolto.domain.agreements.owing import cash_of, owed_on
from ascolto.domain.agreements.queries import plans_of
from ascolto.engine.plan import Part, filled, missed
from ascolto.engine.plan_interest import Settlement

REMEMBER = dt.timedelta(days=365)
"""A plan that ended is told of for a year."""
STATES = {"paid": _("paid"), "partly": _("partly paid"), "missed": _("missed"), "late": _("not yet there"),
          "ahead": _("to come")}  # fmt: skip


@dataclass(frozen=True)
class Line:
    """One instalment of a plan on the day; `state` is one of STATES."""

    part: PlanInstalment
    paid_cents: int
    state: str

    @property
    def word(self) -> str:
        return str(STATES[self.state])


@dataclass(frozen=True)
class Standing:
    """A plan on a day; `running` says whether it had not ended by then, `owed` what would have closed it."""

    plan: Plan
    running: bool
    paid_cents: int
    lines: tuple[Line, ...]
    owed: Settlement

    @property
    def status_word(self) -> str:
        """Running, or how it ended."""
        return str(Plan.Status.ACTIVE.label if self.running else self.plan.get_status_display())

    @property
    def missed(self) -> tuple[Line, ...]:
        return tuple(line for line in self.lines if line.state == "missed")


def standings(viewer: Viewer, customer_id: int, as_of: dt.date, since: dt.date | None = None) -> tuple[Standing, ...]:
    """The customer's accepted plans that ran on `as_of`, or ended after `since` (a year before it), latest first."""
    after = since or as_of - REMEMBER
    rows = [plan for plan in plans_of(viewer, customer_id) if plan.accepted_on and plan.accepted_on <= as_of]
    return tuple(standing_of(plan, as_of) for plan in rows if plan.ended_on is None or plan.ended_on > after)


def standing_of(plan: Plan, as_of: dt.date) -> Standing:
    """How one accepted plan stood; one that had ended by then stands as it did on its last day."""
    running = plan.ended_on is None or plan.ended_on > as_of
    on = as_of if running or plan.ended_on is None else plan.ended_on
    parts = sorted(plan.instalments.all(), key=lambda part: part.number)
    cash = cash_of([plan], on)[plan.pk]
    told = tuple(Part(part.number, part.due_on, part.amount_cents) for part in parts)
    late = {part.number for part in missed(told, cash.received_cents, plan.tolerance_permille, plan.grace_days, on)}
    taken = filled(tuple(part.amount_cents for part in parts), cash.received_cents)
    lines = tuple(
        Line(part, cents, _state(part, cents, part.number in late and cash.left_cents > 0, on))
        for part, cents in zip(parts, taken, strict=True)
    )
    return Standing(plan, running, cash.received_cents, lines, owed_on(plan, cash, on))


def _state(part: PlanInstalment, cents: int, is_missed: bool, on: dt.date) -> str:
    if cents >= part.amount_cents:
        return "paid"
    if is_missed:
        return "missed"
    if cents:
        return "partly"
    return "late" if part.due_on < on else "ahead"
