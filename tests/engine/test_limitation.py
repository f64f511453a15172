# SPDX-License-Identifier: Apache-2.0
"""Terms and limitation: the vectors, what interrupts and what does not, the two years of energy bill lines."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import pytest

from ascolto.engine.due_dates import due_date, easter
from ascolto.engine.limitation import Act, BillLine, Limitation, limitation, prescribed_lines
from ascolto.engine.rows import LawGap
from ascolto.policies.load_law import bill_days, holiday_law, limitation_law

LAW = limitation_law()
DATA = Path(__file__).parent / "data" / "law"
D = date.fromisoformat


def rows(name: str) -> list[dict[str, str]]:
    with (DATA / f"{name}.csv").open() as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("row", rows("limitation"), ids=lambda row: row["id"])
def test_the_last_day(row: dict[str, str]) -> None:
    found = limitation(row["kind"], D(row["dies_a_quo"]), LAW)
    assert (found.years, found.last_day) == (int(row["years"]), D(row["last_day"]))


@pytest.mark.parametrize(
    ("kind", "start", "last"), [("2y", "2024-02-29", "2026-02-28"), ("2y", "2024-11-01", "2026-11-02")]
)
def test_a_missing_day_and_a_holiday(kind: str, start: str, last: str) -> None:
    assert limitation(kind, D(start), LAW).last_day == D(last)


@pytest.mark.parametrize("row", rows("due_dates"), ids=lambda row: row["id"])
def test_due_dates(row: dict[str, str]) -> None:
    found = due_date(D(row["trigger_date"]), int(row["days"]), holiday_law())
    assert (found.raw, found.moved, found.interest_from) == (
        D(row["raw_due"]), D(row["due_moved"]), D(row["interest_from"])
    )  # fmt: skip


def test_moving_off_a_holiday_is_a_switch() -> None:
    found = due_date(D("2026-10-02"), 30, holiday_law(), move_holidays=False)
    assert (found.moved, found.interest_from) == (D("2026-11-01"), D("2026-11-02"))


def told(*acts: Act, kind: str = "5y", start: str = "2021-03-10") -> Limitation:
    return limitation(kind, D(start), LAW, acts)


SENT = D("2023-05-02")
RECEIVED = D("2023-05-08")


@pytest.mark.parametrize(
    ("act", "effect", "last"),
    [
        (Act("pec_notice", SENT, RECEIVED), "interrupted", "2028-05-08"),
        (Act("pec_notice", SENT), "not_received", "2026-03-10"),
        (Act("registered_letter", SENT, RECEIVED), "interrupted", "2028-05-08"),
        (Act("uncollected_letter", SENT, RECEIVED), "interrupted", "2028-05-08"),
        (Act("sent_letter", SENT), "no_effect", "2026-03-10"),
        (Act("part_payment", SENT), "interrupted", "2028-05-02"),
        (Act("phone", SENT), "no_effect", "2026-03-10"),
        (Act("email", SENT, RECEIVED), "no_effect", "2026-03-10"),
        (Act("pec_notice", D("2020-01-01"), D("2020-01-02")), "before_start", "2026-03-10"),
        (Act("pec_notice", D("2026-03-10"), D("2026-03-11")), "too_late", "2026-03-10"),
        (Act("process_extinguished", SENT), "no_effect", "2026-03-10"),
    ],
    ids=lambda value: getattr(value, "kind", value),
)
def test_only_a_received_notice_interrupts(act: Act, effect: str, last: str) -> None:
    found = told(act)
    assert [one.code for one in found.effects] == [effect]
    assert found.last_day == D(last)


def test_a_suit_stops_the_clock_until_the_judgment_or_falls_back_to_its_own_day() -> None:
    suit = Act("lawsuit", D("2023-05-02"))
    assert told(suit).last_day is None
    assert told(suit).warn_on == ()
    judged = told(suit, Act("judgment", D("2029-02-01")))
    assert (judged.last_day, judged.row.id) == (D("2039-02-01"), "S09")
    assert judged.provisional  # the holidays of 2039 are not listed
    assert told(suit, Act("process_extinguished", D("2029-02-01"))).last_day == D("2028-05-02")


def test_it_warns_half_a_year_to_a_week_before() -> None:
    assert told().warn_on == (D("2025-09-11"), D("2025-12-10"), D("2026-02-08"), D("2026-03-03"))


def test_a_bill_due_before_its_rule_has_five_years() -> None:
    old = limitation("utility_2y", D("2019-12-01"), LAW, sector="water", bill_due=D("2020-01-01"))
    new = limitation("utility_2y", D("2019-12-01"), LAW, sector="water", bill_due=D("2020-01-02"))
    assert (old.years, new.years) == (5, 2)


def test_unknown_kinds_and_acts_are_refused() -> None:
    with pytest.raises(LawGap, match="unknown_kind"):
        limitation("forever", D("2020-01-01"), LAW)
    with pytest.raises(LawGap, match="unknown_act"):
        told(Act("pigeon", SENT))


def test_the_old_days_of_a_recalculated_bill_are_prescribed_line_by_line() -> None:
    lines = [
        BillLine("old", D("2023-01-01"), D("2023-03-31"), 90_00),
        BillLine("across", D("2024-09-01"), D("2024-09-30"), 30_00),
        BillLine("new", D("2026-01-01"), D("2026-01-31"), 31_00),
    ]
    old, across, new = prescribed_lines(lines, D("2026-11-02"), LAW, "electricity", bill_days())
    assert (old.prescribed_to, old.prescribed_cents) == (D("2023-03-31"), 90_00)
    # 15 September 2024 + 45 days + 2 years = 30 October 2026; 16 and 17: 31 October and 1 November (a holiday: the 2nd)
    assert (across.prescribed_to, across.prescribed_cents) == (D("2024-09-16"), 16_00)
    assert (new.prescribed_to, new.prescribed_cents) == (None, 0)


def test_the_rule_of_the_holidays_gives_the_listed_years() -> None:
    law = holiday_law()
    for year in law.calendar.years:
        listed = {day for day in law.calendar.holidays if day.year == year}
        ruled = {rule.day(year) for rule in law.rules if rule.covers(rule.day(year))}
        assert listed == ruled
    assert easter(2038) == D("2038-04-25")
    with pytest.raises(LawGap, match="before_table"):
        law.is_holiday(D("1999-06-02"))
