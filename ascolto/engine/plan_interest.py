# SPDX-License-Identifier: Apache-2.0
"""Interest of a plan of instalments. Owns: its rate, the interest part of each instalment, what settles it early.

One rate for the whole plan, fixed on the day it is proposed: the customer signs amounts, not a table that may change.
The interest engine counts; simple interest, on the capital that is left, never on interest (art. 1283 c.c.).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction

from .interest import Claim, InterestLaw, Paid, RateTable, late_interest, rounded
from .plan import Part
from .reading import PolicyError
from .rows import LawGap, Row, row_on
from .usury import PARTS, Average, threshold_parts

KINDS = ("none", "legal", "agreed")
SAFE_BP = 400
"""The usury threshold is at least four points whatever the average rate: up to here nothing has to be looked up."""


@dataclass(frozen=True)
class PlanRate:
    """The yearly rate of one plan, in basis points, and every row of law that it rests on."""

    kind: str
    rate_bp: int
    rows: tuple[Row, ...] = ()

    @property
    def asks(self) -> bool:
        return self.rate_bp > 0


NO_INTEREST = PlanRate("none", 0)


def rate_on(kind: str, agreed_bp: int, day: date, legal: RateTable, rules: Sequence[Row]) -> PlanRate:
    """The rate of a plan proposed on `day`; `rules` are the rows that hold for every rate.

    Raises LawGap 'before_table' or 'past_table' (the legal rate of that day is not known).
    """
    if kind not in KINDS:
        raise PolicyError(f"interest of plans: '{kind}' (known: {', '.join(KINDS)})")
    if kind == "none":
        return NO_INTEREST
    row = row_on(legal.row, day, "legal_interest")
    return PlanRate(kind, row.rate_bp if kind == "legal" else agreed_bp, (row, *rules))


def check_usury(rate_bp: int, day: date, averages: Sequence[Average], category: str) -> None:
    """Raises LawGap 'above_usury', or 'usury_unknown' when the rate is above what is safe and no average is known."""
    if rate_bp <= SAFE_BP:
        return
    row = next((one for one in averages if one.category == category and one.covers(day)), None)
    if row is None:
        raise LawGap("usury_unknown", day=day, safe_bp=SAFE_BP, rate_bp=rate_bp)
    if rate_bp * PARTS > threshold_parts(row.tegm_bp):
        raise LawGap("above_usury", day=day, rate_bp=rate_bp, threshold_bp=threshold_parts(row.tegm_bp) // PARTS)


def with_interest(parts: tuple[Part, ...], start: date, rate: PlanRate, law: InterestLaw) -> tuple[Part, ...]:
    """The same instalments with the interest that has run, since the one before, on the capital still left.

    Worked out as exact fractions on the whole way and rounded once: an instalment's interest is what the rounded sum
    grows by, so the calendar adds up to the interest of the plan to the cent.
    """
    if not rate.asks:
        return parts
    left, since, run, told, made = sum(part.cents for part in parts), start, Fraction(0), 0, []
    for part in parts:
        if part.due_on > since:
            run += _run(left, since, part.due_on, rate, law)
            since = part.due_on
        made.append(replace(part, cents=part.cents + rounded(run) - told, interest_cents=rounded(run) - told))
        told, left = rounded(run), left - part.cents
    return tuple(made)


def _run(capital_cents: int, start: date, end: date, rate: PlanRate, law: InterestLaw) -> Fraction:
    return late_interest(_claim(capital_cents, start, rate), end, law).total


def _claim(capital_cents: int, start: date, rate: PlanRate) -> Claim:
    return Claim(capital_cents, start, "fixed", rate_bp=rate.rate_bp)


@dataclass(frozen=True)
class Settlement:
    """What closes a plan on a day: capital left and the interest run so far; what has not run is not asked."""

    capital_cents: int
    interest_cents: int

    @property
    def cents(self) -> int:
        return self.capital_cents + self.interest_cents


def settlement(
    capital_cents: int, start: date, rate: PlanRate, law: InterestLaw, paid: Iterable[Paid], on: date, most_cents: int
) -> Settlement:
    """`capital_cents` without what was credited (it was never owed, so it bore nothing), less `paid` (art. 1194).

    Never more than `most_cents`, what the calendar still asks. A payment of the first day or before counts from it.
    """
    money = [Paid(max(one.on, start), one.cents) for one in paid]
    end = max([on, start, *(one.on for one in money)])
    found = late_interest(_claim(max(capital_cents, 0), start, rate), end, law, money)
    owed = min(found.due_cents, max(most_cents, 0))
    capital = min(rounded(found.capital_left), owed)
    return Settlement(capital, owed - capital)
