# SPDX-License-Identifier: Apache-2.0
"""The calculators of the law as plain values: what the command prints and the page shows. Needs no database.

Each result names the rows it used and warns of what is from memory. Raises Refused in words.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from fractions import Fraction
from functools import wraps
from typing import Any, ParamSpec

from ascolto.domain.ledger import law_words
from ascolto.engine.due_dates import due_date as engine_due_date
from ascolto.engine.interest import Claim, Interest, Paid, Period, late_interest, rounded
from ascolto.engine.limitation import Act, BillLine, Effect, prescribed_lines
from ascolto.engine.limitation import limitation as engine_limitation
from ascolto.engine.rows import LawGap, Row, origin
from ascolto.policies import load_law

Answer = dict[str, Any]
Codes = list[tuple[str, dict[str, Any]]]
P = ParamSpec("P")


def in_words(calculate: Callable[P, Answer]) -> Callable[P, Answer]:
    """The engine's refusal as `Refused`."""

    @wraps(calculate)
    def answer(*args: P.args, **kwargs: P.kwargs) -> Answer:
        try:
            return calculate(*args, **kwargs)
        except LawGap as gap:
            raise law_words.refused(gap) from gap
        except OverflowError as beyond:
            raise law_words.refused(LawGap("beyond_calendar")) from beyond

    return answer


@in_words
def interest(claim: Claim, to: dt.date, payments: Sequence[Paid] = (), expenses_cents: int = 0) -> Answer:
    """Interest up to and including `to`. The flat sum stands apart: it is never inside `interest_cents`."""
    found = late_interest(claim, to, load_law.interest_law(), payments, expenses_cents)
    return {
        "regime": claim.regime, "capital_cents": claim.capital_cents, "due": claim.due.isoformat(),
        "to": to.isoformat(), "days": found.days, "interest_cents": found.interest_cents, "divisor": claim.divisor,
        "periods": [_period(period) for period in found.periods], "fixed_sum_cents": found.fixed_sum_cents,
        **(_payments(found) if payments or expenses_cents else {}),
        "due_cents": found.due_cents, "rows": [origin(row) for row in found.rows],
        "warnings": warnings_of(found.warnings, found.rows), "provisional": found.provisional,
    }  # fmt: skip


def _period(period: Period) -> Answer:
    row = origin(period.row) if period.row else None
    return {
        "from": period.start.isoformat(), "to": period.end.isoformat(), "days": period.days,
        "capital_cents": rounded(period.capital), "rate_pct": percent(period.rate_bp),
        "reference_rate_pct": percent(period.reference_bp), "margin_pct": percent(period.margin_bp),
        "divisor": period.divisor, "interest_cents_unrounded": decimal_text(period.cents), "row": row,
        "margin_row": origin(period.margin) if period.margin else None,
    }  # fmt: skip


def _payments(found: Interest) -> Answer:
    return {
        "payments": [
            {"on": one.paid.on.isoformat(), "cents": one.paid.cents, "expenses_cents": rounded(one.expenses),
             "interest_cents": rounded(one.interest), "capital_cents": rounded(one.capital),
             "over_cents": rounded(one.over)} for one in found.splits
        ],
        "capital_left_cents": rounded(found.capital_left), "interest_left_cents": rounded(found.interest_left),
    }  # fmt: skip


@in_words
def limitation(
    kind: str, start: dt.date, acts: Sequence[Act] = (), sector: str = "", bill_due: dt.date | None = None
) -> Answer:
    """The last day of a claim, what each act did, and the days on which to warn."""
    found = engine_limitation(kind, start, load_law.limitation_law(), acts, sector, bill_due)
    used = [found.row, *(effect.row for effect in found.effects)]
    notes: Codes = [("holidays_by_rule", {})] if found.provisional else []
    return {
        "kind": kind, "from": start.isoformat(), "runs_from": found.started.isoformat(), "years": found.years,
        "last_day": found.last_day and found.last_day.isoformat(), "stopped": found.last_day is None,
        "warn_on": [day.isoformat() for day in found.warn_on], "row": origin(found.row),
        "acts": [_effect(effect) for effect in found.effects], "warnings": warnings_of(notes, used),
        "provisional": found.provisional,
    }  # fmt: skip


def _effect(effect: Effect) -> Answer:
    act = effect.act
    return {
        "kind": act.kind, "on": act.on.isoformat(), "received": act.received and act.received.isoformat(),
        "effect": effect.code, "counted_on": effect.counted_on and effect.counted_on.isoformat(),
        "row": origin(effect.row),
    }  # fmt: skip


@in_words
def bill_lines(lines: Sequence[BillLine], issued: dt.date, sector: str) -> Answer:
    """The prescribed part of each line of a bill under the two-year rule."""
    law = load_law.limitation_law()
    found = prescribed_lines(lines, issued, law, sector, load_law.bill_days())
    row = law.period("utility_2y", sector)
    shown = [
        {"id": one.line.id, "from": one.line.start.isoformat(), "to": one.line.end.isoformat(),
         "cents": one.line.cents, "prescribed_to": one.prescribed_to and one.prescribed_to.isoformat(),
         "prescribed_cents": one.prescribed_cents, "last_day": one.last_day.isoformat()} for one in found
    ]  # fmt: skip
    total = sum(one.prescribed_cents for one in found)
    return {"issued": issued.isoformat(), "lines": shown, "prescribed_cents": total, "row": origin(row),
            "warnings": warnings_of([("from_memory", {"row": "P-BILLTERM"})], [row])}  # fmt: skip


@in_words
def due_date(trigger: dt.date, days: int, move_holidays: bool = True) -> Answer:
    """The day a payment term ends, and the first day of interest."""
    found = engine_due_date(trigger, days, load_law.holiday_law(), move_holidays)
    row = load_law.rule("P-HOLIDAY") if move_holidays else load_law.rule("P-30")
    notes: Codes = [("holidays_by_rule", {})] if found.provisional else []
    return {
        "trigger": trigger.isoformat(), "days": days, "move_holidays": move_holidays,
        "raw_due": found.raw.isoformat(), "due_moved": found.moved.isoformat(),
        "interest_from": found.interest_from.isoformat(), "row": origin(row),
        "warnings": warnings_of(notes, [row] if found.moved != found.raw else []), "provisional": found.provisional,
    }  # fmt: skip


def warnings_of(codes: Iterable[tuple[str, dict[str, Any]]], used: Iterable[Row]) -> list[Answer]:
    """Warnings with their words; every row from memory is one."""
    memory = {row.id: row for row in used if row.from_memory}
    known = [*codes, *(("from_memory", {"row": name}) for name in memory)]
    return [{"code": code, "message": law_words.warning(code, facts)} for code, facts in known]


def percent(basis_points: int | None) -> str | None:
    """Basis points as a percentage with two decimals: 1040 -> '10.40'."""
    return None if basis_points is None else f"{Decimal(basis_points) / 100:.2f}"


def decimal_text(value: Fraction) -> str:
    """A fraction with ten decimals, for people to check."""
    return f"{Decimal(value.numerator) / Decimal(value.denominator):.10f}"
