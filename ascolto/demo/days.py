# SPDX-License-Identifier: Apache-2.0
"""The year of the demo: its first and last day, and the days on which banks and offices work."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

DEMO_TODAY = date(2026, 11, 20)
DEMO_START = date(2025, 11, 24)
_EASTER_MONDAYS = {date(2026, 4, 6)}
_FIXED = {"01-01", "01-06", "04-25", "05-01", "06-02", "08-15", "10-04", "11-01", "12-08", "12-25", "12-26"}


def is_bank_day(day: date) -> bool:
    """Monday to Friday and no national holiday (L. 260/1949, 54/1977, 336/2000, 151/2025)."""
    return day.weekday() < 5 and f"{day:%m-%d}" not in _FIXED and day not in _EASTER_MONDAYS


def bank_day(day: date) -> date:
    """`day`, or the first bank day after it."""
    while not is_bank_day(day):
        day += timedelta(days=1)
    return day


def bank_day_before(day: date) -> date:
    """The last bank day strictly before `day`."""
    day -= timedelta(days=1)
    while not is_bank_day(day):
        day -= timedelta(days=1)
    return day


def bank_days(first: date, last: date) -> Iterator[date]:
    """Every bank day from `first` to `last`, both included."""
    while first <= last:
        if is_bank_day(first):
            yield first
        first += timedelta(days=1)


def month_end(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def next_month(day: date) -> date:
    """The first day of the month after that of `day`."""
    return month_end(day) + timedelta(days=1)
