# SPDX-License-Identifier: Apache-2.0
"""Plans: the sums are exact, the days are working days that rise, the terms are kept or the refusal says why."""

import datetime as dt
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ascolto.engine.plan import Grants, Part, Terms, alternatives, due_days, filled, missed, month_later, offer, split
from ascolto.policies.load import calendar, instalment_rights, plan_terms

TERMS = Terms(12, 3000, 0, 950, 5, 1, 2, 12, Grants(6, 12, 24, 24))
FIRST = dt.date(2026, 12, 5)  # a Saturday


@pytest.mark.parametrize(
    ("cents", "count", "parts"),
    [
        (10_000, 3, (3333, 3333, 3334)),
        (10_000, 1, (10_000,)),
        (10_000, 4, (2500,) * 4),
        (5, 3, (1, 1, 3)),
    ],
)
def test_the_last_instalment_takes_the_rest(cents: int, count: int, parts: tuple[int, ...]) -> None:
    assert split(cents, count) == parts


def test_days_skip_weekends_and_holidays_forward_and_do_not_drift() -> None:
    days = due_days(FIRST, 3, calendar())
    assert days == (dt.date(2026, 12, 7), dt.date(2027, 1, 5), dt.date(2027, 2, 5))
    assert month_later(dt.date(2026, 12, 31), 2) == dt.date(2027, 2, 28)
    with pytest.raises(LookupError):
        due_days(dt.date(2030, 12, 1), 3, calendar())


@pytest.mark.parametrize(
    ("cents", "count", "role", "refusals", "beyond"),
    [
        (60_000, 6, "operator", (), False),
        (60_000, 7, "operator", (), True),  # Ada may grant six months alone
        (60_000, 7, "team_leader", (), False),
        (60_000, 13, "credit_manager", ("too_long",), False),
        (10_000, 4, "operator", ("too_small",), False),  # 25 euro a month
        (60_000, 2, "client_viewer", (), True),
    ],
)
def test_the_terms(cents: int, count: int, role: str, refusals: tuple[str, ...], beyond: bool) -> None:
    found = offer(cents, count, FIRST, TERMS, calendar(), role)
    assert (found.refusals, found.beyond_role) == (refusals, beyond)


def test_a_down_payment_is_the_first_instalment_and_may_be_too_small() -> None:
    wants = Terms(12, 3000, 200, 950, 5, 1, 2, 12, Grants(6, 12, 24, 24))
    assert offer(60_000, 4, FIRST, wants, calendar(), "operator", 12_000).parts[0].cents == 12_000
    assert not offer(60_000, 4, FIRST, wants, calendar(), "operator", 12_000).refusals
    assert offer(60_000, 4, FIRST, wants, calendar(), "operator", 11_999).refusals == ("down_payment",)


def test_the_law_gives_what_the_terms_would_refuse() -> None:
    water = next(right for right in instalment_rights() if right.id == "R04")
    short = Terms(3, 9_000, 500, 950, 20, 0, 2, 12, Grants(3, 3, 3, 3))
    assert offer(24_000, 12, FIRST, short, calendar(), "operator").refusals == ("too_long", "too_small", "down_payment")
    by_law = offer(24_000, 12, FIRST, short, calendar(), "operator", right=water)
    assert (by_law.refusals, by_law.beyond_role) == ((), False)
    assert offer(24_000, 13, FIRST, short, calendar(), "operator", right=water).refusals


def test_what_can_be_paid_each_month_decides_one_of_the_ways() -> None:
    ways = alternatives(60_000, FIRST, TERMS, calendar(), "operator", monthly_cents=12_500)
    assert 5 in [way.months for way in ways]
    assert all(not way.refusals for way in ways)
    assert alternatives(3_000, FIRST, TERMS, calendar(), "operator") == ()


def test_missed_is_said_after_the_grace_and_money_fills_in_order() -> None:
    parts = tuple(Part(n + 1, dt.date(2026, 12, 7) + dt.timedelta(days=30 * n), 3333) for n in range(3))
    assert filled((3333, 3333, 3334), 4000) == (3333, 667, 0)
    assert missed(parts, 0, 950, 5, dt.date(2026, 12, 12)) == ()
    assert missed(parts, 0, 950, 5, dt.date(2026, 12, 13)) == (parts[0],)
    assert missed(parts, 3167, 950, 5, dt.date(2026, 12, 13)) == ()  # 95 % is enough
    assert missed(parts, 3166, 950, 5, dt.date(2026, 12, 13)) == (parts[0],)


def test_every_sector_has_terms() -> None:
    assert plan_terms("utility").grace_days == 20
    assert plan_terms("a sector without a file").max_months == 12


@settings(max_examples=60)
@given(
    cents=st.integers(6_000, 5_000_000), first=st.dates(dt.date(2026, 1, 1), dt.date(2028, 12, 31)),
    monthly=st.sampled_from([0, 5_000, 20_000]), down=st.sampled_from([0, 3_000]),
)  # fmt: skip
def test_every_way_offered_is_exact_rising_and_within_the_terms(
    cents: int, first: dt.date, monthly: int, down: int
) -> None:
    for way in alternatives(cents, first, TERMS, calendar(), "operator", monthly, down):
        days = [part.due_on for part in way.parts]
        assert sum(part.cents for part in way.parts) == cents
        assert all(before < after for before, after in pairwise(days))
        assert all(calendar().is_working_day(day) for day in days)
        assert way.months <= TERMS.max_months
        assert min(part.cents for part in way.parts) >= TERMS.min_instalment_cents


def test_beyond_what_a_right_gives_the_terms_hold_again() -> None:
    bill = next(right for right in instalment_rights() if right.id == "R05")
    assert not offer(60_000, bill.min_months, FIRST, TERMS, calendar(), "client_viewer", right=bill).beyond_role
    longer = offer(60_000, 7, FIRST, TERMS, calendar(), "operator", right=bill)
    assert (longer.refusals, longer.beyond_role) == ((), True)
    assert offer(60_000, 13, FIRST, TERMS, calendar(), "operator", right=bill).refusals == ("too_long",)
