# SPDX-License-Identifier: Apache-2.0
"""One call at one minute: the rows of the contact-rule vectors, README section 2, and the sentences around them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

import pytest

from ascolto.engine.calendar import Calendar
from ascolto.engine.contact import Verdict, phone_allowed
from ascolto.engine.policy import Charter, Policy
from ascolto.policies.load import load_policy

# Only the law: a strategy without rules of its own.
LAW = replace(load_policy("utility"), strategy=replace(load_policy("utility").strategy, contact=()))

# local time in Rome, conversations today, conversations this ISO week, verdict
VECTORS = """
2026-11-14T14:59  0  0  yes
2026-11-14T15:00  0  0  no: contact.hours
2026-11-14T15:01  0  0  no: contact.hours
2026-11-16T08:29  0  0  no: contact.hours
2026-11-16T08:30  0  0  yes
2026-11-16T20:59  0  0  yes
2026-11-16T21:00  0  0  no: contact.hours
2026-11-16T21:01  0  0  no: contact.hours
2026-11-15T10:00  0  0  no: holiday
2026-12-08T10:00  0  0  no: holiday
2027-10-04T10:00  0  0  no: holiday
2025-10-04T10:00  0  0  yes
2026-12-26T10:00  0  0  no: holiday
2027-03-29T10:00  0  0  no: holiday
2026-11-17T10:00  0  2  yes
2026-11-17T10:00  1  1  no: contact.day_cap
2026-11-17T10:00  0  3  no: contact.week_cap
"""


@pytest.mark.parametrize("line", VECTORS.strip().splitlines())
def test_a_call_to_a_household(line: str) -> None:
    moment, today, week, expected = line.split(maxsplit=3)
    verdict = phone_allowed(datetime.fromisoformat(moment), "consumer", int(today), int(week), LAW)
    assert ("yes" if verdict.allowed else f"no: {verdict.rule}") == expected


def call(moment: str, policy: Policy = LAW, today: int = 0, week: int = 0, **more: object) -> Verdict:
    return phone_allowed(datetime.fromisoformat(moment), "consumer", today, week, policy, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("moment", "today", "week", "again"),
    [
        ("2026-11-14T15:00", 0, 0, "2026-11-16T08:30"),  # Saturday afternoon -> Monday morning
        ("2026-11-16T08:00", 0, 0, "2026-11-16T08:30"),  # too early -> the same morning
        ("2026-12-24T22:00", 0, 0, "2026-12-28T08:30"),  # Christmas, Santo Stefano, a Sunday
        ("2026-11-17T10:00", 1, 1, "2026-11-18T08:30"),
        ("2026-11-17T10:00", 0, 3, "2026-11-23T08:30"),
    ],
)
def test_a_refusal_says_when_to_try_again(moment: str, today: int, week: int, again: str) -> None:
    assert call(moment, today=today, week=week).until == datetime.fromisoformat(again)


def test_a_second_conversation_is_fine_when_the_customer_asked_for_it_but_not_at_night() -> None:
    assert call("2026-11-17T10:00", today=1, week=3, requested_by_customer=True).allowed
    assert call("2026-11-17T22:00", today=1, week=3, requested_by_customer=True).rule == "contact.hours"


def test_the_patron_of_the_customers_town_is_a_holiday_there_only() -> None:
    assert call("2026-12-07T10:00", patron_day="12-07").rule == "holiday"
    assert call("2026-12-07T10:00", patron_day="06-24").allowed


def test_a_stricter_charter_wins_and_a_looser_one_is_ignored() -> None:
    narrow = replace(LAW, charter=Charter(phone_from="10:00", phone_to="12:00"))
    wide = replace(LAW, charter=Charter(phone_from="06:00", phone_to="23:30"))
    assert call("2026-11-16T09:59", narrow).rule == "contact.hours"
    assert call("2026-11-16T12:00", narrow).rule == "contact.hours"
    assert call("2026-11-16T21:30", wide).rule == "contact.hours"
    assert call("2026-11-16T08:00", wide).rule == "contact.hours"


def test_the_charters_quiet_days() -> None:
    quiet = replace(LAW, charter=Charter(no_contact_months=(8,), no_contact_days=("12-24",)))
    assert call("2026-08-10T10:00", quiet) == Verdict(False, "charter.closed", datetime(2026, 9, 1, 8, 30))
    assert call("2026-12-24T10:00", quiet).rule == "charter.closed"


def test_a_year_without_holidays_is_refused_not_guessed() -> None:
    with pytest.raises(LookupError, match="2031"):
        call("2031-03-03T10:00")


def test_working_days_leave_out_saturdays_sundays_and_holidays() -> None:
    calendar: Calendar = LAW.calendar
    assert calendar.working_days_between(date(2026, 12, 4), date(2026, 12, 9)) == 2  # Mon 7, Wed 9
    assert calendar.next_working_day(date(2026, 12, 25)) == date(2026, 12, 28)
