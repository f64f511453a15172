# SPDX-License-Identifier: Apache-2.0
"""Late interest: the published vectors, the sentences around them, and a twin that counts day by day."""

from __future__ import annotations

import csv
from calendar import isleap
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ascolto.engine.interest import Claim, Paid, late_interest, rounded
from ascolto.engine.rows import LawGap, in_sequence
from ascolto.policies.load_law import interest_law, table_ends

LAW = interest_law()
DATA = Path(__file__).parent / "data" / "law"
D = date.fromisoformat
REGIMES = {"mora_231": "dlgs231", "corso_causa_1284c4": "dlgs231", "legal_1284": "legal", "fixed_rate": "fixed"}


def cents(text: str) -> int:
    return round(float(text) * 100)


def vectors() -> list[dict[str, str]]:
    with (DATA / "interest.csv").open() as file:
        return list(csv.DictReader(file))


def params(row: dict[str, str]) -> dict[str, str]:
    return dict(part.split("=") for part in row["params"].split(";") if "=" in part)


@pytest.mark.parametrize("row", [r for r in vectors() if r["kind"] in REGIMES], ids=lambda row: row["id"])
def test_the_published_amounts(row: dict[str, str]) -> None:
    said = params(row)
    due = D(row["due_date_or_start"] or "2026-01-01")
    end = D(row["end_date_included"]) if row["end_date_included"] else due + timedelta(days=int(said["days"]))
    claim = Claim(
        cents(row["capital"]), due, REGIMES[row["kind"]],
        contract_on=D("2010-01-01") if said.get("contract_before_2013") == "True" else due,
        rate_bp=cents(said.get("rate", "0")), divisor=int(said.get("divisor", 365)),
    )  # fmt: skip
    assert late_interest(claim, end, LAW).interest_cents == cents(row["expected"])


def test_a_payment_goes_to_interest_first_and_nothing_is_rounded_on_the_way() -> None:
    claim = Claim(10_000_00, D("2023-01-01"), "legal")
    found = late_interest(claim, D("2024-01-01"), LAW, [Paid(D("2023-07-01"), 5_000_00)])
    (split,) = found.splits
    assert (rounded(split.interest), rounded(split.capital)) == (247_95, 4_752_05)
    assert (rounded(found.capital_left), rounded(found.interest_left)) == (5_247_95, 131_92)
    assert found.due_cents == 5_379_86  # 5,379.87 if each part were rounded
    last_day = late_interest(
        Claim(10_000_00, D("2025-01-01"), "legal"), D("2025-12-31"), LAW, [Paid(D("2025-12-31"), 2_000_00)]
    )
    assert last_day.due_cents == 8_199_45


def test_expenses_come_before_interest_and_what_is_too_much_is_told() -> None:
    claim = Claim(100_00, D("2026-01-01"), "legal")
    found = late_interest(claim, D("2026-12-31"), LAW, [Paid(D("2026-12-31"), 200_00)], expenses_cents=10_00)
    (split,) = found.splits
    assert (split.expenses, rounded(split.interest), split.capital) == (10_00, 1_60, 100_00)
    assert rounded(split.over) == 88_40
    assert found.due_cents == 0


@pytest.mark.parametrize(
    ("end", "divisor", "expected"),
    [("2024-12-31", 365, 1_237_40), ("2024-12-31", 366, 1_234_02)],
)
def test_a_leap_year_over_366_is_another_amount(end: str, divisor: int, expected: int) -> None:
    claim = Claim(10_000_00, D("2024-01-01"), "dlgs231", divisor=divisor)
    assert late_interest(claim, D(end), LAW).interest_cents == expected


def test_agri_food_adds_four_points_and_says_that_the_base_is_disputed() -> None:
    found = late_interest(Claim(2_500_00, D("2026-01-31"), "dlgs231", agri_food=True), D("2026-10-31"), LAW)
    assert found.interest_cents == 266_69
    assert [code for code, _ in found.warnings] == ["agri_food_base_disputed"]


def test_the_contracts_date_sets_the_margin() -> None:
    def rate(contract: str | None, due: str = "2014-01-10") -> tuple[int, int]:
        on = D(contract) if contract else None
        found = late_interest(Claim(1_00, D(due), "dlgs231", on), D(due) + timedelta(days=1), LAW)
        return found.periods[0].margin_bp or 0, found.fixed_sum_cents

    assert rate("2012-12-31") == (700, 0)
    assert rate("2013-01-01") == (800, 40_00)
    assert rate(None) == (800, 40_00)
    assert rate(None, "2012-12-01") == (700, 0)
    with pytest.raises(LawGap, match="before_table"):
        rate("2002-08-07")


def test_the_rate_changes_inside_a_period_and_every_part_names_its_row() -> None:
    found = late_interest(Claim(1_220_00, D("2026-06-29"), "dlgs231"), D("2026-07-01"), LAW)
    assert [(p.start, p.end, p.rate_bp, p.row and p.row.id) for p in found.periods] == [
        (D("2026-06-30"), D("2026-06-30"), 1015, "ECB-2026-H1"),
        (D("2026-07-01"), D("2026-07-01"), 1040, "ECB-2026-H2"),
    ]
    assert {row.id for row in found.rows} == {"ECB-2026-H1", "ECB-2026-H2", "M-STD-2013", "P-40"}


@pytest.mark.parametrize(
    ("regime", "due", "end", "code"),
    [
        ("dlgs231", "2026-12-01", "2027-01-01", "past_table"),
        ("legal", "2026-12-01", "2027-01-01", "past_table"),
        ("legal", "1942-04-01", "1942-05-01", "before_table"),
        ("legal", "2026-02-02", "2026-02-01", "ends_before_due"),
        ("verbal", "2026-02-02", "2026-03-01", "no_rate"),
    ],
)
def test_where_the_law_known_ends_the_engine_refuses(regime: str, due: str, end: str, code: str) -> None:
    with pytest.raises(LawGap) as refusal:
        late_interest(Claim(100_00, D(due), regime), D(end), LAW)
    assert refusal.value.code == code


def test_a_payment_after_the_end_is_refused() -> None:
    with pytest.raises(LawGap, match="paid_after_end"):
        late_interest(Claim(100_00, D("2026-01-01"), "legal"), D("2026-02-01"), LAW, [Paid(D("2026-02-02"), 1)])


def test_it_warns_from_the_day_stated() -> None:
    def codes(end: str) -> list[str]:
        return [code for code, _ in late_interest(Claim(1, D("2026-10-01"), "legal"), D(end), LAW).warnings]

    assert codes("2026-12-14") == []
    assert codes("2026-12-15") == ["table_ends"]


def test_the_tables_have_no_gap_and_their_end_is_seen_sixty_days_before() -> None:
    assert in_sequence(LAW.reference.row)
    assert in_sequence(LAW.legal.row)
    assert table_ends(D("2026-10-31")) == []
    assert [one.table for one in table_ends(D("2026-11-01"))] == ["late_interest", "legal_interest"]


def by_days(claim: Claim, end: date, paid: list[Paid]) -> tuple[Fraction, Fraction]:
    """The slow twin: one day at a time. Interest accrued, and what is owed at the end."""
    capital, interest, total = Fraction(claim.capital_cents), Fraction(0), Fraction(0)
    day = claim.due
    for one in sorted((p for p in paid if p.on <= day), key=lambda p: p.on):
        capital -= min(Fraction(one.cents), capital)
    while day < end:
        day += timedelta(days=1)
        table = LAW.legal if claim.regime == "legal" else LAW.reference
        bp = next(row.rate_bp for row in table.row if row.valid_from <= day <= row.valid_to)  # type: ignore[operator]
        bp += 800 if claim.regime == "dlgs231" else 0
        over = 366 if claim.divisor == 366 and isleap(day.year) else 365
        grown = capital * bp / 10_000 / over
        interest, total = interest + grown, total + grown
        for one in (p for p in paid if p.on == day):
            to_interest = min(Fraction(one.cents), interest)
            interest -= to_interest
            capital -= min(one.cents - to_interest, capital)
    return total, capital + interest


DAYS = st.dates(D("2019-06-01"), D("2026-12-31"))


@settings(max_examples=60)
@given(
    capital=st.integers(0, 10**9), ends=st.tuples(DAYS, DAYS), regime=st.sampled_from(["legal", "dlgs231"]),
    divisor=st.sampled_from([365, 366]),
    paid=st.lists(st.tuples(st.integers(-10, 800), st.integers(0, 10**9)), max_size=3),
)  # fmt: skip
def test_it_agrees_with_counting_day_by_day(
    capital: int, ends: tuple[date, date], regime: str, divisor: int, paid: list[tuple[int, int]]
) -> None:
    due, end = min(ends), max(ends)
    payments = [Paid(day, cents) for ahead, cents in paid if (day := due + timedelta(days=ahead)) <= end]
    claim = Claim(capital, due, regime, divisor=divisor)
    found = late_interest(claim, end, LAW, payments)
    total, owed = by_days(claim, end, payments)
    assert found.total == total
    assert found.capital_left + found.interest_left == owed
    assert sum(period.days for period in found.periods) <= (end - due).days
