# SPDX-License-Identifier: Apache-2.0
"""Limitation of claims. Owns: the last day of a claim, what interrupts it, the two-year rule of energy bill lines.

Only a notice that was *received* interrupts: without the receipt the clock goes on. docs/algorithms/limitation.md
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from .due_dates import HolidayLaw, after_years
from .rows import LawGap, Row

KINDS = ("ordinary_10y", "5y", "rent_5y", "2y", "utility_2y")
WARN_DAYS = (180, 90, 30, 7)


@dataclass(frozen=True, kw_only=True)
class PeriodRow(Row):
    kinds: tuple[str, ...]
    credit: str
    years: int
    starts: str = ""
    sector: str = ""
    bills_due_after: date | None = None


@dataclass(frozen=True, kw_only=True)
class ActRow(Row):
    """`counts`: the date that matters: 'received' (no receipt, no effect), 'act', 'none'."""

    kinds: tuple[str, ...]
    effect: str  # 'restarts', 'stops', 'reopens', 'judgment', 'none', 'rule'
    counts: str


@dataclass(frozen=True)
class Act:
    kind: str
    on: date
    received: date | None = None


@dataclass(frozen=True)
class Effect:
    """What one act did: 'interrupted', 'stopped', 'reopened', 'judgment', or why nothing: 'not_received',
    'no_effect', 'too_late', 'before_start'."""

    act: Act
    code: str
    row: ActRow
    counted_on: date | None = None


@dataclass(frozen=True)
class Limitation:
    """`last_day` is the last on which the claim can still be interrupted; None while a suit stops the clock."""

    kind: str
    started: date
    years: int
    last_day: date | None
    row: PeriodRow
    effects: tuple[Effect, ...] = ()
    provisional: bool = False

    @property
    def warn_on(self) -> tuple[date, ...]:
        """The days on which somebody should be told: 180, 90, 30 and 7 days before."""
        return tuple(self.last_day - timedelta(days=days) for days in WARN_DAYS) if self.last_day else ()


@dataclass(frozen=True)
class LimitationLaw:
    periods: tuple[PeriodRow, ...]
    acts: tuple[ActRow, ...]
    holidays: HolidayLaw

    def period(self, kind: str, sector: str = "") -> PeriodRow:
        """Raises LawGap 'unknown_kind'."""
        rows = [row for row in self.periods if kind in row.kinds and sector in ("", row.sector)]
        if not rows:
            raise LawGap("unknown_kind", kind=kind)
        return rows[0]

    def act(self, kind: str) -> ActRow:
        found = next((row for row in self.acts if kind in row.kinds), None)
        if found is None:
            raise LawGap("unknown_act", kind=kind)
        return found


def limitation(
    kind: str, start: date, law: LimitationLaw, acts: Sequence[Act] = (), sector: str = "", bill_due: date | None = None
) -> Limitation:
    """The last day of a claim that can be enforced from `start`, after `acts` in order of date.

    A utility bill due before its sector's rule falls under the five years. Raises LawGap.
    """
    row = law.period(kind, sector)
    if row.bills_due_after and bill_due and bill_due <= row.bills_due_after:
        row = law.period("5y")
    clock = _Clock(row, start, law)
    for act in sorted(acts, key=lambda one: one.on):
        clock.take(act)
    last = None if clock.stopped else clock.last
    far = last is not None and not law.holidays.listed(last)
    return Limitation(kind, clock.start, clock.row.years, last, clock.row, tuple(clock.effects), far)


class _Clock:
    """One claim's time while its acts are walked through."""

    def __init__(self, row: PeriodRow, start: date, law: LimitationLaw) -> None:
        self.row, self.law, self.stopped = row, law, False
        self.effects: list[Effect] = []
        self.begin(start)

    def begin(self, day: date) -> None:
        self.start = day
        self.last = self.law.holidays.next_open(after_years(day, self.row.years))

    def take(self, act: Act) -> None:
        row = self.law.act(act.kind)
        on = act.received if row.counts == "received" else act.on
        code = self._refusal(row, on)
        if code is None:
            assert on is not None
            code = self._happen(row, on)
        self.effects.append(Effect(act, code, row, on if code in DONE else None))

    def _refusal(self, row: ActRow, on: date | None) -> str | None:
        if row.effect in ("none", "rule"):
            return "no_effect"
        if on is None:
            return "not_received"
        if on < self.start:
            return "before_start"
        ends_suit = self.stopped and row.effect in ("reopens", "judgment")
        if not self.stopped and row.effect == "reopens":
            return "no_effect"
        return "too_late" if on > self.last and not (ends_suit or self.stopped) else None

    def _happen(self, row: ActRow, on: date) -> str:
        if row.effect == "stops":
            self.stopped = True
            self.begin(on)
            return "stopped"
        if row.effect == "reopens":  # art. 2945 c. 3: the period counts from the act that had interrupted
            self.stopped = False
            return "reopened"
        if row.effect == "judgment":
            self.stopped, self.row = False, self.law.period("judgment_10y")
            self.begin(on)
            return "judgment"
        if self.stopped:
            return "no_effect"
        self.begin(on)
        return "interrupted"


DONE = ("interrupted", "stopped", "reopened", "judgment")


@dataclass(frozen=True)
class BillLine:
    """Consumption from `start` to `end` (both included) on one bill."""

    id: str
    start: date
    end: date
    cents: int


@dataclass(frozen=True)
class LineVerdict:
    """The days of consumption up to `prescribed_to` are prescribed; their cents by days, rounded half-up."""

    line: BillLine
    prescribed_to: date | None
    prescribed_cents: int
    last_day: date


def prescribed_lines(
    lines: Sequence[BillLine], issued: date, law: LimitationLaw, sector: str, bill_days: int
) -> list[LineVerdict]:
    """Which part of each line of a late or corrected bill is older than the two years when the bill is issued.

    The two years run from the last day on which that consumption had to be billed: its day + `bill_days`.
    """
    years = law.period("utility_2y", sector).years
    return [_verdict(line, issued, years, bill_days, law.holidays) for line in lines]


def _verdict(line: BillLine, issued: date, years: int, bill_days: int, holidays: HolidayLaw) -> LineVerdict:
    def ends(day: date) -> date:
        return holidays.next_open(after_years(day + timedelta(days=bill_days), years))

    days = (line.end - line.start).days + 1
    gone = sum(ends(line.start + timedelta(days=n)) < issued for n in range(days))
    until = line.start + timedelta(days=gone - 1) if gone else None
    return LineVerdict(line, until, (2 * line.cents * gone + days) // (2 * days), ends(line.end))
