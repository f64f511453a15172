# SPDX-License-Identifier: Apache-2.0
"""The sheet of the day. Owns: what holds for everybody on one date, worked out once in Python and handed over as rows.

Holidays, windows and closings are data of a calendar, so the compiled expressions need not know them: a day is one
row, each kind of customer another.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

import ibis
import pyarrow as pa

from .calendar import Calendar, day_number, next_day, week_start
from .conduct import CAPS, WEEKDAYS
from .facts import KINDS
from .policy import Policy

TODAY = ibis.schema(
    {"as_of": "!int64", "week_start": "!int64", "mmdd": "!string", "is_holiday": "!boolean", "bank_stale": "!boolean",
     "charter_closed": "!boolean", "charter_until": "int64"}
)  # fmt: skip
CONDUCT = ibis.schema(
    {
        "rule_kind": "!string",
        "phone_open": "!boolean",
        "message_open": "!boolean",
        **{f"{when}_{what}": "int64" for when in ("next", "week") for what in ("phone", "message")},
        **{f"cap_{name}": "!int64" for name in CAPS},
        "spacing_days": "!int64",
    }
)


def today_table(policy: Policy, as_of: date, bank_fresh_on: date | None) -> pa.Table:
    """One row: the date as a number, its week, whether it is a holiday, whether bank data is stale, the charter."""
    closed = policy.charter.closes(as_of)
    opens = next_day(as_of, lambda day: not policy.charter.closes(day)) if closed else None
    row = {
        "as_of": day_number(as_of),
        "week_start": day_number(week_start(as_of)),
        "mmdd": f"{as_of:%m-%d}",
        "is_holiday": policy.calendar.is_holiday(as_of),
        "bank_stale": is_stale(policy, as_of, bank_fresh_on),
        "charter_closed": closed,
        "charter_until": None if opens is None else day_number(opens),
    }
    return pa.Table.from_pylist([row], schema=TODAY.to_pyarrow())


def is_stale(policy: Policy, as_of: date, bank_fresh_on: date | None) -> bool:
    """Bank data older than the policy's working days, or none at all: then nothing that asks for money leaves."""
    if bank_fresh_on is None:
        return True
    if (as_of - bank_fresh_on).days > 31:
        return True
    return policy.calendar.working_days_between(bank_fresh_on, as_of) > policy.strategy.limits.fresh_days


def conduct_table(policy: Policy, as_of: date) -> pa.Table:
    """One row per kind of customer: what is open today, when next, the caps."""
    return pa.Table.from_pylist([_conduct(policy, as_of, kind) for kind in KINDS], schema=CONDUCT.to_pyarrow())


def _conduct(policy: Policy, as_of: date, kind: str) -> dict[str, Any]:
    rules = policy.rules[kind]
    phone, message = phone_day(policy, policy.calendar, kind), message_day(policy)
    sunday = week_start(as_of) + timedelta(days=6)
    return {
        "rule_kind": kind,
        "phone_open": phone(as_of),
        "message_open": message(as_of),
        "next_phone": _number(next_day(as_of, phone)),
        "next_message": _number(next_day(as_of, message)),
        "week_phone": _number(next_day(sunday, phone)),
        "week_message": _number(next_day(sunday, message)),
        **{f"cap_{name}": rules.cap(name) for name in CAPS},
        "spacing_days": rules.spacing_days,
    }


def phone_day(policy: Policy, calendar: Calendar, kind: str, patron_day: str | None = None) -> Callable[[date], bool]:
    """Days on which some minute is open for a call."""
    windows = policy.rules[kind].windows

    def wanted(day: date) -> bool:
        start, end = windows[day.weekday()]
        return start < end and not calendar.is_holiday(day, patron_day) and not policy.charter.closes(day)

    return wanted


def message_day(policy: Policy) -> Callable[[date], bool]:
    days = policy.strategy.limits.message_days

    def wanted(day: date) -> bool:
        open_ = WEEKDAYS[day.weekday()] in days and not policy.calendar.is_holiday(day)
        return open_ and not policy.charter.closes(day)

    return wanted


def next_phone_time(
    at: datetime, kind: str, policy: Policy, calendar: Calendar, patron_day: str | None,
    *, day: bool = False, week: bool = False,
) -> datetime | None:  # fmt: skip
    """The next opening minute after `at`: today's if still ahead, or from tomorrow (`day`), or next week (`week`)."""
    wanted = phone_day(policy, calendar, kind, patron_day)
    start = policy.rules[kind].windows[at.weekday()][0]
    if not (day or week) and wanted(at.date()) and at.hour * 60 + at.minute < start:
        return _at(at.date(), start)
    after = week_start(at.date()) + timedelta(days=6) if week else at.date()
    found = next_day(after, wanted)
    return None if found is None else _at(found, policy.rules[kind].windows[found.weekday()][0])


def _at(day: date, minute: int) -> datetime:
    return datetime.combine(day, time(minute // 60, minute % 60))


def _number(day: date | None) -> int | None:
    return None if day is None else day_number(day)
