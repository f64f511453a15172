# SPDX-License-Identifier: Apache-2.0
"""Days. Owns: holidays as data, working days, the next day that satisfies a wish. No clock, no library.

A `Calendar` covers the years for which it has rows; asked about another year it refuses (`LookupError`) rather
than pretend that a year without rows has no holidays.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

EPOCH = date(1970, 1, 1)
SUNDAY = 6


def day_number(day: date) -> int:
    """Days since 1970-01-01: the engine counts days as whole numbers, dates exist only at its border."""
    return (day - EPOCH).days


def week_start(day: date) -> date:
    """Monday of the ISO week."""
    return day - timedelta(days=day.weekday())


def next_day(after: date, wanted: Callable[[date], bool], within: int = 370) -> date | None:
    """First day strictly after `after` that is wanted; None when a year has none (a charter that forbids all)."""
    for ahead in range(1, within + 1):
        day = after + timedelta(days=ahead)
        if wanted(day):
            return day
    return None


@dataclass(frozen=True)
class Calendar:
    """National holidays by date; Sundays need no row. A patron day ('MM-DD') belongs to a customer's place."""

    holidays: frozenset[date]
    names: tuple[tuple[date, str], ...] = ()

    @cached_property
    def years(self) -> frozenset[int]:
        return frozenset(day.year for day in self.holidays)

    def is_holiday(self, day: date, patron_day: str | None = None) -> bool:
        """Sunday, national holiday or the patron's day. Raises LookupError for a year without rows."""
        if day.year not in self.years:
            raise LookupError(f"no holidays known for {day.year}: update policies/law/it/holidays.toml")
        return day.weekday() == SUNDAY or day in self.holidays or f"{day:%m-%d}" == patron_day

    def is_working_day(self, day: date) -> bool:
        """Monday to Friday and no holiday (Saturday as a working day is the looser reading: not used)."""
        return day.weekday() < 5 and not self.is_holiday(day)

    def working_days_between(self, start: date, end: date) -> int:
        """Working days after `start` up to and including `end`; 0 when end <= start."""
        span = (end - start).days
        return sum(self.is_working_day(start + timedelta(days=n)) for n in range(1, span + 1))

    def next_working_day(self, day: date) -> date:
        """`day` itself when it is a working day, else the first one after it."""
        while not self.is_working_day(day):
            day += timedelta(days=1)
        return day
