# SPDX-License-Identifier: Apache-2.0
"""Plans of instalments (piano di rientro). Owns: how an amount is split, on which days, and what the terms allow.

Cents and dates only. Nothing is rounded away: the last instalment takes the rest. A day that is no working day moves
forward. Terms are data (policies/plans): what one role may grant alone, and what nobody may.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass, fields, replace
from datetime import date

from .calendar import Calendar
from .reading import PolicyError

SIDE_BY_SIDE = 4


@dataclass(frozen=True)
class Grants:
    """The longest plan, in months, that each role may grant alone; 0 = none."""

    operator: int
    team_leader: int
    credit_manager: int
    administrator: int

    def of(self, role: str) -> int:
        """Months; 0 for a role that grants nothing."""
        known = {"operator": self.operator, "team_leader": self.team_leader, "credit_manager": self.credit_manager}
        return known.get(role, self.administrator if role == "administrator" else 0)


@dataclass(frozen=True)
class Terms:
    """What a client allows. Shares in per mille, days in calendar days.

    A plan instalment is missed when less than `tolerance_permille` of it arrived by its day + `grace_days`; the plan
    breaks when more than `missed_allowed` are missed at the same time. `warn_from` agreements in `warn_months` warn.
    """

    max_months: int
    min_instalment_cents: int
    down_payment_permille: int
    tolerance_permille: int
    grace_days: int
    missed_allowed: int
    warn_from: int
    warn_months: int
    grants: Grants
    interest: str = "none"  # of plan_interest.KINDS
    interest_bp: int = 0  # only when agreed


@dataclass(frozen=True)
class PlanRules:
    """What a client's charter says of plans, in the place of the terms; None: as the terms say."""

    max_months: int | None = None
    min_instalment_cents: int | None = None
    down_payment_permille: int | None = None
    interest: str | None = None
    interest_bp: int | None = None
    grants: Grants | None = None

    def __post_init__(self) -> None:
        bad = [
            name for name, lowest, highest in (
                ("max_months", 1, 120), ("min_instalment_cents", 1, 10**9), ("down_payment_permille", 0, 999),
                ("interest_bp", 0, 10_000),
            ) if (value := getattr(self, name)) is not None and not lowest <= value <= highest
        ]  # fmt: skip
        if bad:
            raise PolicyError(f"plans: {', '.join(bad)} out of range")

    @property
    def said(self) -> tuple[str, ...]:
        """The names of what it does say."""
        return tuple(field.name for field in fields(self) if getattr(self, field.name) is not None)


def under(terms: Terms, rules: PlanRules | None) -> Terms:
    """The terms as a charter changes them. What the law gives or forbids is not here: no charter can change it."""
    said = rules.said if rules else ()
    return replace(terms, **{name: getattr(rules, name) for name in said})


@dataclass(frozen=True)
class Right:
    """An instalment right that the law gives a customer; `min_months` is the least that must then be offered."""

    id: str
    supply: str
    who: str
    condition: str
    min_months: int
    law: str
    source: str
    confidence: str
    valid_from: date


@dataclass(frozen=True)
class Part:
    """One instalment of a plan: `cents` is all that is paid, `interest_cents` the part of it that is interest."""

    number: int
    due_on: date
    cents: int
    interest_cents: int = 0

    @property
    def capital_cents(self) -> int:
        return self.cents - self.interest_cents


@dataclass(frozen=True)
class Offer:
    """One way to pay: the instalments, why it is refused (codes; empty = it may be offered), and who must approve.

    Codes: `too_long`, `too_small`, `down_payment`. `beyond_role`: within the terms, but not for this role alone.
    """

    parts: tuple[Part, ...]
    refusals: tuple[str, ...] = ()
    beyond_role: bool = False

    @property
    def months(self) -> int:
        return len(self.parts)

    @property
    def ends_on(self) -> date:
        return self.parts[-1].due_on

    @property
    def interest_cents(self) -> int:
        return sum(part.interest_cents for part in self.parts)

    @property
    def total_cents(self) -> int:
        return sum(part.cents for part in self.parts)

    @property
    def largest_cents(self) -> int:
        return max(part.cents for part in self.parts)

    @property
    def each_cents(self) -> int:
        """The instalment that repeats: the one before the last, or the only one."""
        return self.parts[-2 if self.months > 2 else -1].cents


def split(cents: int, count: int) -> tuple[int, ...]:
    """100.00 in 3 = 33.33 + 33.33 + 33.34. Asserts count >= 1 and at least a cent for each."""
    assert 1 <= count <= cents, "each instalment needs a cent"
    each = cents // count
    return (*(each,) * (count - 1), cents - each * (count - 1))


def month_later(day: date, months: int) -> date:
    """The same day of a later month, or that month's last."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def due_days(first_on: date, count: int, calendar: Calendar) -> tuple[date, ...]:
    """Monthly from `first_on`, each moved forward to a working day. Raises LookupError beyond the known holidays."""
    return tuple(calendar.next_working_day(month_later(first_on, n)) for n in range(count))


def offer(
    cents: int, count: int, first_on: date, terms: Terms, calendar: Calendar, role: str,
    down_cents: int = 0, right: Right | None = None,
) -> Offer:  # fmt: skip
    """`cents` in `count` instalments, a down payment being the first of them. Refused ones say why.

    Up to the instalments that a right of the law gives, nothing else is asked: not the least instalment, not a down
    payment, nobody's approval. Beyond them the terms hold again. Raises LookupError beyond the known holidays.
    """
    days = due_days(first_on, count, calendar)
    if down_cents and count > 1:
        amounts: tuple[int, ...] = (down_cents, *split(cents - down_cents, count - 1))
    else:
        amounts = split(cents, count)
    parts = tuple(Part(n + 1, day, part) for n, (day, part) in enumerate(zip(days, amounts, strict=True)))
    if right is not None and count <= right.min_months:
        return Offer(parts)
    longest = max(terms.max_months, right.min_months if right else 0)
    return Offer(parts, _refusals(cents, parts, replace(terms, max_months=longest)), count > terms.grants.of(role))


def _refusals(cents: int, parts: tuple[Part, ...], terms: Terms) -> tuple[str, ...]:
    tests = (
        ("too_long", len(parts) > terms.max_months),
        ("too_small", min(part.cents for part in parts) < min(terms.min_instalment_cents, cents)),
        ("down_payment", parts[0].cents * 1000 < cents * terms.down_payment_permille),
    )
    return tuple(code for code, failed in tests if failed)


def alternatives(
    cents: int, first_on: date, terms: Terms, calendar: Calendar, role: str,
    monthly_cents: int = 0, down_cents: int = 0, right: Right | None = None,
) -> tuple[Offer, ...]:  # fmt: skip
    """At most four ways that may be offered, the shortest first: what the customer can pay each month decides one.

    Empty when the amount is too small for two instalments.
    """
    longest = max(terms.max_months, right.min_months if right else 0)
    rest = cents - down_cents
    wished = -(-rest // monthly_cents) + bool(down_cents) if monthly_cents > 0 else 0
    counts = {2, 3, 6, 12, longest, wished} if not wished else {2, wished - 1, wished, wished + 2, longest}
    fine = []
    for count in sorted(n for n in counts if 2 <= n <= longest and n + bool(down_cents) <= rest):
        found = offer(cents, count, first_on, terms, calendar, role, down_cents, right)
        if not found.refusals:
            fine.append(found)
    return _nearest(fine, wished)


def _nearest(fine: list[Offer], wished: int) -> tuple[Offer, ...]:
    """The four nearest to what was wished (or the shortest), in order of length."""
    best = sorted(fine, key=lambda found: (abs(found.months - wished) if wished else found.months, found.months))
    return tuple(sorted(best[:SIDE_BY_SIDE], key=lambda found: found.months))


def filled(amounts: tuple[int, ...], paid_cents: int) -> tuple[int, ...]:
    """How much of each instalment `paid_cents` covers, in order."""
    left, taken = max(paid_cents, 0), []
    for cents in amounts:
        part = min(cents, left)
        taken.append(part)
        left -= part
    return tuple(taken)


def missed(
    parts: tuple[Part, ...], paid_cents: int, terms_tolerance_permille: int, grace_days: int, on: date
) -> tuple[Part, ...]:
    """The instalments whose day + grace has passed on `on` without enough money."""
    taken = filled(tuple(part.cents for part in parts), paid_cents)
    return tuple(
        part for part, got in zip(parts, taken, strict=True)
        if (on - part.due_on).days > grace_days and got * 1000 < part.cents * terms_tolerance_permille
    )  # fmt: skip
