# SPDX-License-Identifier: Apache-2.0
"""Late interest. Owns: D.Lgs. 231/2002, legal interest (art. 1284 c.c.), a fixed rate; payments by art. 1194 c.c.

Simple interest, never on interest (art. 1283). The due day is not counted, the last day is. Everything is summed as
exact fractions of a cent and rounded half-up once, by who shows it. Rates are basis points. docs/algorithms/interest.md
"""

from __future__ import annotations

from calendar import isleap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction

from .money import half_up
from .rows import LawGap, Row, row_on, table_end

REGIMES = ("dlgs231", "legal", "fixed")
MARGIN_DOUBT_DAYS = 3 * 365  # a contract older than its due date by more than this is rare
DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Rate(Row):
    rate_bp: int


@dataclass(frozen=True, kw_only=True)
class Margin(Row):
    """Points above the reference rate; its dates are dates of the contract."""

    regime: str  # 'standard' or 'agri_food'
    margin_bp: int


@dataclass(frozen=True, kw_only=True)
class FixedSum(Row):
    """The flat sum for each unpaid invoice (art. 6); its dates are dates of the contract."""

    cents: int


@dataclass(frozen=True)
class RateTable:
    """A dated table; `warn_from` is the day from which its end must worry."""

    version: date
    row: tuple[Rate, ...]
    warn_from: date | None = None


@dataclass(frozen=True)
class InterestLaw:
    """All the rows that interest is made of."""

    reference: RateTable
    legal: RateTable
    margins: tuple[Margin, ...]
    fixed_sums: tuple[FixedSum, ...]


@dataclass(frozen=True)
class Claim:
    """What bears interest. `due` is the last day to pay; interest runs from the next. `rate_bp` only when fixed."""

    capital_cents: int
    due: date
    regime: str
    contract_on: date | None = None
    agri_food: bool = False
    rate_bp: int = 0
    divisor: int = 365  # 366: days of a leap year count over 366, those of other years over 365


@dataclass(frozen=True)
class Paid:
    on: date
    cents: int


@dataclass(frozen=True)
class Period:
    """Days at one rate on one capital: `start` and `end` are the first and the last day counted."""

    start: date
    end: date
    days: int
    capital: Fraction
    rate_bp: int
    cents: Fraction
    divisor: int
    row: Row | None = None
    margin: Row | None = None
    reference_bp: int | None = None
    margin_bp: int | None = None

    @property
    def capital_cents(self) -> int:
        return rounded(self.capital)


@dataclass(frozen=True)
class Split:
    """How one payment was taken (art. 1194): expenses, then interest, then capital; `over_cents` is left over."""

    paid: Paid
    expenses: Fraction
    interest: Fraction
    capital: Fraction
    over: Fraction


@dataclass(frozen=True)
class Interest:
    """The answer. Fractions are cents, unrounded; the figures in `_cents` are rounded once."""

    claim: Claim
    end: date
    days: int
    periods: tuple[Period, ...]
    total: Fraction
    capital_left: Fraction
    interest_left: Fraction
    expenses_left: Fraction
    splits: tuple[Split, ...] = ()
    fixed_sum_cents: int = 0
    fixed_sum: Row | None = None
    warnings: tuple[tuple[str, dict[str, object]], ...] = field(default=())

    @property
    def interest_cents(self) -> int:
        return rounded(self.total)

    @property
    def due_cents(self) -> int:
        """What is still owed: capital, interest and expenses, without the flat sum."""
        return rounded(self.capital_left + self.interest_left + self.expenses_left)

    @property
    def rows(self) -> tuple[Row, ...]:
        """Every row used, each once."""
        used = [row for period in self.periods for row in (period.row, period.margin)] + [self.fixed_sum]
        return tuple({row.id: row for row in used if row is not None}.values())

    @property
    def provisional(self) -> bool:
        return any(row.provisional for row in self.rows)


def rounded(cents: Fraction) -> int:
    """Half-up, once, at the end."""
    return half_up(cents.numerator, cents.denominator)


def late_interest(
    claim: Claim, end: date, law: InterestLaw, paid: Iterable[Paid] = (), expenses_cents: int = 0
) -> Interest:
    """Interest from the day after `claim.due` up to and including `end`; a payment counts from the day after it.

    Raises LawGap: 'ends_before_due', 'before_table', 'past_table', 'paid_after_end', 'no_rate'.
    """
    _check(claim, end)
    margin = _margin(claim, law)
    state = _State(Fraction(claim.capital_cents), Fraction(expenses_cents))
    since = claim.due
    for payment in sorted(paid, key=lambda one: one.on):
        if payment.on > end:
            raise LawGap("paid_after_end", day=payment.on, ends=end)
        state.accrue(_periods(claim, since, payment.on, state.capital, law, margin))
        since = max(since, payment.on)
        state.take(payment)
    state.accrue(_periods(claim, since, end, state.capital, law, margin))
    flat = _fixed_sum(claim, end, law)
    return Interest(
        claim=claim, end=end, days=(end - claim.due).days, periods=tuple(state.periods),
        total=sum((p.cents for p in state.periods), Fraction(0)), capital_left=state.capital,
        interest_left=state.interest, expenses_left=state.expenses, splits=tuple(state.splits),
        fixed_sum_cents=flat.cents if flat else 0, fixed_sum=flat, warnings=tuple(_warnings(claim, end, law, margin)),
    )  # fmt: skip


class _State:
    """What is owed while the payments are walked through."""

    def __init__(self, capital: Fraction, expenses: Fraction) -> None:
        self.capital, self.expenses, self.interest = capital, expenses, Fraction(0)
        self.periods: list[Period] = []
        self.splits: list[Split] = []

    def accrue(self, periods: Sequence[Period]) -> None:
        self.periods += periods
        self.interest += sum((period.cents for period in periods), Fraction(0))

    def take(self, payment: Paid) -> None:
        left = Fraction(payment.cents)
        parts = []
        for owed in (self.expenses, self.interest, self.capital):
            parts.append(min(left, owed))
            left -= parts[-1]
        self.expenses -= parts[0]
        self.interest -= parts[1]
        self.capital -= parts[2]
        self.splits.append(Split(payment, parts[0], parts[1], parts[2], left))


def _check(claim: Claim, end: date) -> None:
    if claim.regime not in REGIMES or (claim.regime == "fixed" and claim.rate_bp < 0):
        raise LawGap("no_rate", regime=claim.regime)
    if end < claim.due:
        raise LawGap("ends_before_due", day=end, starts=claim.due)


def _margin(claim: Claim, law: InterestLaw) -> Margin | None:
    """By the contract's date; when that is not known, by the due date (a contract is never younger)."""
    if claim.regime != "dlgs231":
        return None
    regime = "agri_food" if claim.agri_food else "standard"
    rows = [row for row in law.margins if row.regime == regime]
    return row_on(rows, claim.contract_on or claim.due, "late_margins")


def _fixed_sum(claim: Claim, end: date, law: InterestLaw) -> FixedSum | None:
    """Due once the invoice is late, for contracts that the rule covers."""
    if claim.regime != "dlgs231" or end <= claim.due or claim.capital_cents <= 0:
        return None
    return next((row for row in law.fixed_sums if row.covers(claim.contract_on or claim.due)), None)


def _periods(
    claim: Claim, since: date, until: date, capital: Fraction, law: InterestLaw, margin: Margin | None
) -> list[Period]:
    """The days after `since` up to and including `until`, cut where the rate (or the divisor) changes."""
    found = []
    day = since + DAY
    while day <= until and capital > 0:
        found.append(_period(claim, day, until, capital, law, margin))
        day = found[-1].end + DAY
    return found


def _period(claim: Claim, day: date, until: date, capital: Fraction, law: InterestLaw, margin: Margin | None) -> Period:
    row = _rate_row(claim, day, law)
    ends = [until] + ([row.valid_to] if row and row.valid_to else [])
    if claim.divisor == 366:
        ends.append(date(day.year, 12, 31))
    end = min(ends)
    days = (end - day).days + 1
    divisor = 366 if claim.divisor == 366 and isleap(day.year) else 365
    added = margin.margin_bp if margin else 0
    rate = row.rate_bp + added if row else claim.rate_bp
    cents = capital * rate * days / (10_000 * divisor)
    return Period(
        start=day, end=end, days=days, capital=capital, rate_bp=rate, cents=cents, divisor=divisor, row=row,
        margin=margin, reference_bp=row.rate_bp if row and margin else None, margin_bp=added if margin else None,
    )  # fmt: skip


def _rate_row(claim: Claim, day: date, law: InterestLaw) -> Rate | None:
    if claim.regime == "fixed":
        return None
    table, name = (law.legal, "legal_interest") if claim.regime == "legal" else (law.reference, "late_interest")
    return row_on(table.row, day, name)


def _warnings(
    claim: Claim, end: date, law: InterestLaw, margin: Margin | None
) -> Iterable[tuple[str, dict[str, object]]]:
    table = {"legal": law.legal, "dlgs231": law.reference}.get(claim.regime)
    if table and table.warn_from and end >= table.warn_from:
        yield "table_ends", {"ends": table_end(table.row)}
    if margin and claim.contract_on is None:
        earlier = claim.due - timedelta(days=MARGIN_DOUBT_DAYS)
        if not margin.covers(earlier):
            yield "contract_date_assumed", {"day": claim.due, "article": margin.article}
    if margin and claim.agri_food and margin.margin_bp >= 1200:
        yield "agri_food_base_disputed", {}
    if claim.regime == "fixed":
        yield "agreed_rate_in_writing", {}
