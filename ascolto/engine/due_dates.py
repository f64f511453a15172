# SPDX-License-Identifier: Apache-2.0
"""Terms. Owns: the day a term ends, in days, months or years, and whether a holiday moves it (a switch).

The day a term starts from is not counted (art. 2963 c.c.); a term in years ends on the same day number, or on the
last day of the month. A Saturday is no holiday. Years that the list of holidays does not cover follow the rule
behind the list, and the result says that it is provisional.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, date, timedelta

from .calendar import SUNDAY, Calendar
from .rows import LawGap, Row

DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class HolidayRule(Row):
    """A day that is a holiday every year: 'MM-DD', or 'easter+N'."""

    on: str

    def day(self, year: int) -> date:
        if self.on.startswith("easter+"):
            return easter(year) + timedelta(days=int(self.on[7:]))
        month, day = self.on.split("-")
        return date(year, int(month), int(day))


@dataclass(frozen=True)
class HolidayLaw:
    """The listed years, and the rule for the others."""

    calendar: Calendar
    rules: tuple[HolidayRule, ...]

    def is_holiday(self, day: date) -> bool:
        """Sunday or national holiday. Raises LawGap 'before_table' before the rule's first year."""
        if day.year in self.calendar.years:
            return self.calendar.is_holiday(day)
        first = min(rule.valid_from.year for rule in self.rules if rule.valid_from)
        if day.year < first:
            raise LawGap("before_table", table="holidays", day=day, starts=date(first, 1, 1), ends=None)
        return day.weekday() == SUNDAY or any(rule.covers(day) and rule.day(day.year) == day for rule in self.rules)

    def next_open(self, day: date) -> date:
        """`day` itself when it is no holiday, else the first one after it that is none."""
        while self.is_holiday(day):
            day += DAY
        return day

    def listed(self, day: date) -> bool:
        return day.year in self.calendar.years

    def is_working_day(self, day: date) -> bool:
        """Monday to Friday and no holiday (Saturday as a working day is the looser reading: not used)."""
        return day.weekday() < 5 and not self.is_holiday(day)

    def after_working_days(self, day: date, count: int) -> date:
        """The last of `count` working days after `day`."""
        while count:
            day += DAY
            count -= self.is_working_day(day)
        return day


@dataclass(frozen=True)
class Due:
    """A payment term. Interest runs from `interest_from`."""

    raw: date
    moved: date
    interest_from: date
    provisional: bool


def due_date(trigger: date, days: int, law: HolidayLaw, move_holidays: bool = True) -> Due:
    """`days` after the trigger (receipt of the invoice, art. 4 D.Lgs. 231/2002); moved off a holiday when wished."""
    raw = trigger + timedelta(days=days)
    moved = law.next_open(raw) if move_holidays else raw
    return Due(raw, moved, moved + DAY, move_holidays and not law.listed(raw))


def after_years(day: date, years: int) -> date:
    """The same day number, or the last day of the month when it is missing (art. 2963 c. 4-5).

    Past the calendar an OverflowError, as of every sum of days."""
    year = day.year + years
    if not MINYEAR <= year <= MAXYEAR:
        raise OverflowError("a year beyond the calendar")
    return date(year, day.month, min(day.day, monthrange(year, day.month)[1]))


def easter(year: int) -> date:
    """Easter Sunday, Gregorian (the anonymous algorithm, Nature 1876)."""
    a, b, c = year % 19, year // 100, year % 100
    d, e = b // 4, b % 4
    g = (b - (b + 8) // 25 + 1) // 3
    h = (19 * a + b - d - g + 15) % 30
    i, k = c // 4, c % 4
    m = (32 + 2 * e + 2 * i - h - k) % 7
    n = (a + 11 * h + 22 * m) // 451
    month, day = divmod(h + m - 7 * n + 114, 31)
    return date(year, month, day + 1)
