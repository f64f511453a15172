# SPDX-License-Identifier: Apache-2.0
"""Interest of plans: simple, rounded once, on the capital that is left; early settlement asks what has run and no more."""

import datetime as dt
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ascolto.engine.interest import Paid
from ascolto.engine.plan import Grants, Part, PlanRules, Terms, offer, under
from ascolto.engine.plan_interest import NO_INTEREST, PlanRate, check_usury, rate_on, settlement, with_interest
from ascolto.engine.reading import PolicyError, read
from ascolto.engine.rows import LawGap
from ascolto.engine.usury import Average
from ascolto.policies import load_law
from ascolto.policies.load import calendar

LAW = load_law.interest_law()
TERMS = Terms(12, 3000, 0, 950, 5, 1, 2, 12, Grants(6, 12, 24, 24))
START, FIRST = dt.date(2026, 11, 20), dt.date(2026, 12, 7)
AGREED = PlanRate("agreed", 365)


def parts(cents: int, count: int) -> tuple[Part, ...]:
    return offer(cents, count, FIRST, TERMS, calendar(), "operator").parts


def test_the_worked_example_of_the_page() -> None:
    """3.65 % is a hundredth of a cent per euro and day: 1,200.00 for 17 days 2.04, 800.00 for 31 2.48, 400.00 for 32 1.28."""
    made = with_interest(parts(120_000, 3), START, AGREED, LAW)
    assert [(p.due_on, p.capital_cents, p.interest_cents) for p in made] == [
        (dt.date(2026, 12, 7), 40_000, 204),
        (dt.date(2027, 1, 7), 40_000, 248),
        (dt.date(2027, 2, 8), 40_000, 128),
    ]


def test_no_interest_changes_nothing() -> None:
    assert with_interest(parts(120_000, 3), START, NO_INTEREST, LAW) == parts(120_000, 3)


def test_the_legal_rate_is_that_of_the_day_with_its_rows_and_refused_beyond_the_table() -> None:
    legal, rules = load_law.rate_table("legal_interest"), (load_law.rule("P-1283"),)
    rate = rate_on("legal", 0, START, legal, rules)
    assert (rate.rate_bp, [row.id for row in rate.rows]) == (160, ["LEG-2026-01-01", "P-1283"])
    assert rate_on("agreed", 350, START, legal, rules).rate_bp == 350
    assert rate_on("none", 350, dt.date(2031, 1, 1), legal, rules) == NO_INTEREST
    with pytest.raises(LawGap) as gap:
        rate_on("legal", 0, dt.date(2027, 1, 1), legal, rules)
    assert gap.value.code == "past_table"
    with pytest.raises(PolicyError):
        rate_on("compound", 0, START, legal, rules)


def test_a_rate_is_held_against_usury_or_stays_where_no_threshold_can_reach_it() -> None:
    average = Average(
        id="T", article="x", source="x", confidence="SRC", quarter="2026-Q4", category="c", tegm_bp=400,
        valid_from=dt.date(2026, 10, 1), valid_to=dt.date(2026, 12, 31),
    )  # fmt: skip
    check_usury(400, START, (), "c")
    check_usury(900, START, (average,), "c")  # 4 x 1.25 + 4 = 9
    for rate, known, code in ((901, (average,), "above_usury"), (401, (), "usury_unknown"), (401, (average,), "")):
        if code:
            with pytest.raises(LawGap) as gap:
                check_usury(rate, START, known, "c")
            assert gap.value.code == code
        else:
            check_usury(rate, START, known, "c")


@pytest.mark.parametrize(
    ("on", "paid", "owed"),
    [
        (START, [], (120_000, 0)),
        (dt.date(2026, 12, 7), [], (120_000, 204)),  # 17 days
        (dt.date(2026, 12, 7), [(40_204, dt.date(2026, 12, 7))], (80_000, 0)),
        (dt.date(2026, 12, 17), [(40_204, dt.date(2026, 12, 7))], (80_000, 80)),  # ten days of 800.00
        (dt.date(2026, 12, 7), [(120_204, dt.date(2026, 12, 7))], (0, 0)),
        (dt.date(2026, 12, 7), [(120_000, dt.date(2026, 12, 7))], (204, 0)),  # interest is paid first (art. 1194)
    ],
)
def test_early_settlement_asks_the_interest_that_has_run(
    on: dt.date, paid: list[tuple[int, dt.date]], owed: tuple[int, int]
) -> None:
    money = [Paid(day, cents) for cents, day in paid]
    found = settlement(120_000, START, AGREED, LAW, money, on, 120_580 - sum(cents for cents, _day in paid))
    assert (found.capital_cents, found.interest_cents) == owed


def test_a_charter_speaks_in_the_place_of_the_terms_and_nonsense_is_refused() -> None:
    rules = read(PlanRules, {"max_months": 4, "interest": "legal", "grants": {
        "operator": 2, "team_leader": 3, "credit_manager": 4, "administrator": 4}}, "charter")  # fmt: skip
    own = under(TERMS, rules)
    assert (own.max_months, own.interest, own.grants.of("operator")) == (4, "legal", 2)
    assert own.min_instalment_cents == TERMS.min_instalment_cents
    assert under(TERMS, None) == TERMS
    for wrong in ({"max_months": 0}, {"down_payment_permille": 1000}, {"interest_bp": -1}, {"grace": 3}):
        with pytest.raises(PolicyError):
            read(PlanRules, wrong, "charter")


@settings(max_examples=80)
@given(
    cents=st.integers(6_000, 5_000_000), count=st.integers(1, 12), rate=st.integers(1, 1_500),
    start=st.dates(dt.date(2026, 1, 1), dt.date(2027, 12, 31)), after=st.integers(0, 60),
)  # fmt: skip
def test_interest_is_what_a_day_by_day_count_gives_rounded_once(
    cents: int, count: int, rate: int, start: dt.date, after: int
) -> None:
    own = offer(cents, count, start + dt.timedelta(days=after), TERMS, calendar(), "administrator").parts
    made = with_interest(own, start, PlanRate("agreed", rate), LAW)
    slow, left, day = Fraction(0), cents, start
    for part in own:
        while day < part.due_on:
            day += dt.timedelta(days=1)
            slow += Fraction(left * rate, 10_000 * 365)
        left -= part.cents
    total = sum(part.interest_cents for part in made)
    assert abs(Fraction(total) - slow) <= Fraction(1, 2)
    assert [replace(p, cents=p.capital_cents, interest_cents=0) for p in made] == list(own)
    assert all(part.interest_cents >= 0 for part in made)
    money = [Paid(part.due_on, part.cents) for part in made]
    end = settlement(cents, start, PlanRate("agreed", rate), LAW, money, made[-1].due_on, 10**9)
    assert end.cents <= 1, "who pays by the calendar owes nothing more, but for what rounding leaves"
    middle = settlement(cents, start, PlanRate("agreed", rate), LAW, [], made[0].due_on, cents + total)
    assert middle.cents <= cents + total
