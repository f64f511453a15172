# SPDX-License-Identifier: Apache-2.0
"""Arrears procedures, complaint clocks, usury: the vectors and what stands around them."""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from ascolto.engine.clocks import Clock, Standard, complaint_clock
from ascolto.engine.procedure import Facts, procedure, reduced_power
from ascolto.engine.rows import LawGap
from ascolto.engine.usury import Average, Markup, average_of, threshold_parts
from ascolto.policies.load_law import procedure_law, rows

LAW = procedure_law()
DATA = Path(__file__).parent / "data" / "law"
D = date.fromisoformat
NOTICED = D("2026-10-05")


@pytest.mark.parametrize(
    ("sector", "term", "working_days_end", "safe", "cut"),
    [
        ("electricity_LV", "2026-10-30", "2026-11-04", "2026-11-05", "2026-11-20"),
        ("electricity_MV_HV", "2026-11-14", "2026-11-18", "2026-11-19", "2026-11-19"),
        ("gas", "2026-11-14", "2026-11-18", "2026-11-19", "2026-11-19"),
    ],
)
def test_energy(sector: str, term: str, working_days_end: str, safe: str, cut: str) -> None:
    plan = procedure(Facts(sector, notice_received=NOTICED), LAW)
    found = (plan.final_term, plan.working_days_end, plan.day("request"), plan.day("suspension"))
    assert found == (D(term), D(working_days_end), D(safe), D(cut))


def test_a_later_term_moves_everything_and_an_earlier_one_is_refused() -> None:
    facts = Facts("electricity_LV", notice_received=NOTICED, final_term=D("2026-11-30"))
    assert procedure(facts, LAW).day("request") == D("2026-12-04")
    with pytest.raises(LawGap, match="term_too_early"):
        procedure(replace(facts, final_term=D("2026-10-29")), LAW)


def test_the_power_is_reduced_for_fifteen_days_before_the_cut() -> None:
    assert reduced_power(Decimal("3.3"), LAW) == Decimal("0.495")
    facts = Facts("electricity_LV", notice_received=NOTICED, reduced_on=D("2026-11-10"))
    assert procedure(facts, LAW).day("suspension") == D("2026-11-25")


def test_water() -> None:
    facts = Facts("water", due=D("2026-09-30"), notice_received=D("2026-10-14"))
    plan = procedure(facts, LAW)
    days = {step.code: step.earliest for step in plan.steps}
    assert days == {
        "sollecito": D("2026-10-11"), "notice": D("2026-10-26"), "final_term": D("2026-11-23"),
        "first_instalment": D("2026-11-18"), "limitation": D("2026-11-24"), "suspension": D("2026-11-24"),
    }  # fmt: skip


def test_a_resident_is_limited_first_and_cut_off_only_above_the_yearly_band() -> None:
    facts = Facts("water", due=D("2026-09-30"), notice_received=D("2026-10-14"), resident=True, unpaid_cents=300_00)
    assert procedure(facts, LAW).day("suspension") is None
    assert procedure(replace(facts, yearly_band_cents=300_00), LAW).day("suspension") is None
    assert procedure(replace(facts, yearly_band_cents=299_99), LAW).day("suspension") == D("2026-12-19")


def test_who_has_the_water_bonus_is_limited_but_never_cut_off() -> None:
    facts = Facts("water", due=D("2026-09-30"), notice_received=D("2026-10-14"), social_bonus=True)
    plan = procedure(facts, LAW)
    assert (plan.day("limitation"), plan.day("suspension")) == (D("2026-11-24"), None)
    assert [row.id for row in plan.blocks] == ["N03"]
    assert procedure(replace(facts, instalments_asked=True), LAW).day("limitation") is None


@pytest.mark.parametrize(
    ("facts", "rows"),
    [
        (Facts("electricity_LV", life_support=True), ["N01"]),
        (Facts("gas", life_support=True), []),
        (Facts("electricity_MV_HV", public_service=True), ["N02"]),
        (Facts("gas", public_service=True), ["N05"]),
        (Facts("water", public_service=True), ["N04"]),
        (Facts("gas", paid=True), ["N07"]),
        (Facts("gas", unpaid_cents=80_00, deposit_cents=80_00, cycle_cents=100_00), ["N08"]),
        (Facts("gas", unpaid_cents=80_01, deposit_cents=80_00, cycle_cents=100_00), []),
        (Facts("gas", unpaid_cents=100_00, deposit_cents=200_00, cycle_cents=100_00), []),
        (Facts("gas", other_services=True), ["N10"]),
        (Facts("gas", due=D("2026-09-01"), complaint_received=D("2026-09-11"), disputed_cents=50_01), ["N09"]),
        (Facts("gas", due=D("2026-09-01"), complaint_received=D("2026-09-12"), disputed_cents=50_01), []),
        (Facts("gas", due=D("2026-09-01"), complaint_received=D("2026-09-11"), disputed_cents=50_00), []),
        (Facts("water", paid=True), ["N12"]),
    ],
)
def test_what_forbids_to_cut_off(facts: Facts, rows: list[str]) -> None:
    noticed = replace(facts, notice_received=NOTICED, due=facts.due or D("2026-09-01"))
    plan = procedure(noticed, LAW)
    assert [row.id for row in plan.blocks] == rows
    if rows:
        assert plan.day("suspension") is None


def test_unknown_sectors_and_missing_dates_are_refused() -> None:
    with pytest.raises(LawGap, match="unknown_sector"):
        procedure(Facts("telecom"), LAW)
    with pytest.raises(LawGap, match="missing_date"):
        procedure(Facts("water", notice_received=NOTICED), LAW)


def test_each_notice_knows_what_it_must_say() -> None:
    water = [row.title for row in LAW.rules_of("notice_text", "water")]
    power = [row.title for row in LAW.rules_of("notice_text", "electricity_LV")]
    assert len(water) == 3
    assert len(power) == 5
    assert any("CMOR" in title for title in power)


def clock(answered: str | None, as_of: str | None = None, received: str = "2026-03-02") -> Clock:
    days = (D(answered) if answered else None, D(as_of) if as_of else None)
    return complaint_clock("complaint", D(received), rows("complaints", Standard), *days)


@pytest.mark.parametrize(
    ("answered", "cents"),
    [("2026-04-01", 0), ("2026-04-02", 30_00), ("2026-05-01", 30_00), ("2026-05-02", 60_00), ("2026-05-31", 60_00),
     ("2026-06-01", 90_00), ("2027-01-01", 90_00), ("2026-03-02", 0)],
)  # fmt: skip
def test_a_late_answer_costs_one_two_or_three_steps(answered: str, cents: int) -> None:
    assert clock(answered).indemnity_cents == cents


def test_the_law_of_the_day_of_receipt_counts_and_an_open_clock_says_what_comes() -> None:
    assert clock("2026-02-15", received="2025-12-31").indemnity_cents == 25_00
    open_ = clock(None, "2026-04-10")
    assert (open_.answer_by, open_.indemnity_cents, open_.next_step_on) == (D("2026-04-01"), 30_00, D("2026-05-02"))
    with pytest.raises(LawGap, match="answered_before"):
        clock("2026-03-01")


def usury_vectors() -> list[dict[str, str]]:
    with (DATA / "usury.csv").open() as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("row", usury_vectors(), ids=lambda row: row["quarter"] + row["category"])
def test_the_usury_threshold(row: dict[str, str]) -> None:
    average = average_of(rows("usury", Average), row["quarter"], row["category"])
    assert Decimal(average.tegm_bp) / 100 == Decimal(row["tegm"])
    assert Decimal(threshold_parts(average.tegm_bp)) / 10_000 == Decimal(row["threshold"])


def test_late_interest_has_its_own_markup_and_what_was_not_read_is_refused() -> None:
    markup = next(row for row in rows("usury_markups", Markup) if row.category == "others")
    assert threshold_parts(1027, markup.markup_bp) == min((1027 + 310) * 125 + 40_000, (1027 + 310 + 800) * 100)
    with pytest.raises(LawGap, match="unknown_category"):
        average_of(rows("usury", Average), "2031-Q1", "credito_personale")
