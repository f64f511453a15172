# SPDX-License-Identifier: Apache-2.0
"""Figures, one stated definition each (the docstring is the help text). Owns: the arithmetic from aggregates.

All inputs are whole numbers (cents, days, counts). All results are `Decimal` with two decimals, rounded half-up
once, in integers; None when the figure has no meaning (nothing to divide by). `ratio(..., places=4)` for more.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from .money import half_up

Figure = Decimal | None


def ratio(numerator: int, denominator: int, times: int = 1, places: int = 2) -> Figure:
    """numerator x times / denominator, half-up at `places`; None when the denominator is not positive."""
    if denominator <= 0:
        return None
    return Decimal(half_up(numerator * times * 10**places, denominator)).scaleb(-places)


def percent(part: int, whole: int) -> Figure:
    """part / whole x 100."""
    return ratio(part, whole, 100)


def dso_simple(receivables_cents: int, sales_cents: int, days: int) -> Figure:
    """DSO (simple): receivables at the end / credit sales of the period x days of the period."""
    return ratio(receivables_cents, sales_cents, days)


def dso_countback(receivables_cents: int, months: Sequence[tuple[int, int]]) -> Figure:
    """DSO (countback): take off the latest month's sales and count its calendar days, and so on back;
    the last pro rata.

    `months`: (sales in cents, calendar days), the latest first. None when the sales known do not cover the receivables.
    """
    left, days = receivables_cents, 0
    for sales, length in months:
        if left <= 0:
            break
        if left < sales:
            part = ratio(days * sales + left * length, sales)
            return part
        left, days = left - sales, days + length
    return Decimal(days).quantize(Decimal("0.01")) if left <= 0 else None


def best_possible_dso(current_cents: int, sales_cents: int, days: int) -> Figure:
    """Best-possible DSO: current (not overdue) receivables / sales x days."""
    return ratio(current_cents, sales_cents, days)


def average_days_delinquent(receivables_cents: int, current_cents: int, sales_cents: int, days: int) -> Figure:
    """ADD: DSO - best-possible DSO by the same method: the days that lateness alone costs. Never negative."""
    return ratio(max(receivables_cents - current_cents, 0), sales_cents, days)


def days_late(rows: Sequence[tuple[int, int]]) -> tuple[Figure, Figure]:
    """Days late over closed items, plain and weighted by amount. `rows`: (amount in cents, days late)."""
    plain = ratio(sum(days for _, days in rows), len(rows))
    weighted = ratio(sum(cents * days for cents, days in rows), sum(cents for cents, _ in rows))
    return plain, weighted


def collection_effectiveness(opening: int, sales: int, closing: int, closing_current: int) -> Figure:
    """CEI: (opening + sales of the whole period - closing total) / (opening + sales - closing current) x 100."""
    return percent(opening + sales - closing, opening + sales - closing_current)


def legal_share(judicial_cents: int, stock_cents: int) -> Figure:
    """Legal share: euro in the judicial stage / credit stock x 100. Target under 5."""
    return percent(judicial_cents, stock_cents)


def promises_kept(kept: int, due: int) -> Figure:
    """Promises kept: kept / promises whose date + grace has passed x 100, by count or by amount."""
    return percent(kept, due)


def contacts_with_solution(solved: int, right_party: int) -> Figure:
    """Contacts with a solution: right-party contacts that ended with a solution / right-party contacts x 100."""
    return percent(solved, right_party)


def right_party_rate(right_party: int, attempts: int) -> Figure:
    """Right-party contact rate: right-party contacts / attempts x 100."""
    return percent(right_party, attempts)


def promise_rate(promises: int, right_party: int) -> Figure:
    """Promise rate: promises / right-party contacts x 100."""
    return percent(promises, right_party)


def cure_rate(cured_cents: int, overdue_cents: int) -> Figure:
    """Cure rate: overdue at the start and current at the end / overdue at the start x 100."""
    return percent(cured_cents, overdue_cents)


def roll_rate(moved_cents: int, stood_cents: int) -> Figure:
    """Roll rate: of the money that stood in a bucket before, the share that stands in another now: the same items."""
    return percent(moved_cents, stood_cents)


def cost_to_collect(cost_cents: int, collected_cents: int) -> Figure:
    """Cost to collect: cost / money collected x 100."""
    return percent(cost_cents, collected_cents)


def dispute_load(disputed_cents: int, receivables_cents: int) -> Figure:
    """Dispute load: disputed euro / receivables x 100."""
    return percent(disputed_cents, receivables_cents)


def promise_outcome(
    promised: int, paid: int, days_after: int, tolerance_per_mille: int = 950, grace_days: int = 3
) -> str:
    """kept = paid at least tolerance x promised by date + grace; else partly when something came in time."""
    if days_after <= grace_days and paid * 1000 >= promised * tolerance_per_mille:
        return "kept"
    return "partly" if days_after <= grace_days and paid > 0 else "broken"


def roll_chain(steps: Sequence[tuple[int, int]]) -> Figure:
    """Share that rolls through every bucket: the product of the (moved, stood) ratios x 100, at four decimals."""
    numerator, denominator = 1, 1
    for moved, stood in steps:
        numerator, denominator = numerator * moved, denominator * stood
    return ratio(numerator, denominator, 100, places=4)


def recovery_curve(placed: Sequence[int], collected: Sequence[Sequence[int]]) -> tuple[Figure, ...]:
    """Cumulative collected / placed by months since placement; an age averages only vintages that have reached it."""
    ages = max((len(months) for months in collected), default=0)
    curve = []
    for age in range(1, ages + 1):
        reached = [(total, months) for total, months in zip(placed, collected, strict=True) if len(months) >= age]
        curve.append(percent(sum(sum(months[:age]) for _, months in reached), sum(total for total, _ in reached)))
    return tuple(curve)


def expected_credit_loss(balances: Sequence[int], reached: Sequence[int], never_paid: int) -> Figure:
    """Expected credit loss: sum of balance x (never paid / reached the bucket), at full precision, rounded once."""
    denominator, numerator = 1, 0
    for balance, entered in zip(balances, reached, strict=True):
        if entered <= 0:
            return None
        numerator, denominator = numerator * entered + balance * never_paid * denominator, denominator * entered
    return ratio(numerator, denominator)


@dataclass(frozen=True)
class Definition:
    """A figure for the screen: code, unit ('days' or '%'), and the stated definition."""

    code: str
    unit: str
    text: str


def _definition(code: str, unit: str, figure: Callable[..., object]) -> Definition:
    return Definition(code, unit, " ".join((figure.__doc__ or "").split("\n\n")[0].split()))


DEFINITIONS = (
    _definition("dso_countback", "days", dso_countback),
    _definition("dso_simple", "days", dso_simple),
    _definition("best_possible_dso", "days", best_possible_dso),
    _definition("add", "days", average_days_delinquent),
    _definition("days_late", "days", days_late),
    _definition("cei", "%", collection_effectiveness),
    _definition("legal_share", "%", legal_share),
    _definition("promises_kept", "%", promises_kept),
    _definition("contacts_with_solution", "%", contacts_with_solution),
    _definition("right_party_rate", "%", right_party_rate),
    _definition("promise_rate", "%", promise_rate),
)
