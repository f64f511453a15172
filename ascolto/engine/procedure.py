# SPDX-License-Identifier: Apache-2.0
"""Arrears procedures of electricity, gas and water as plans of steps. Owns: the earliest day of each, and what forbids.

Minimum terms are counted in full: a step that wants 25 days after another may be taken on the 26th, which is safe
in every reading. docs/algorithms/procedures.md
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from .due_dates import HolidayLaw
from .rows import LawGap, Row, Rule

SECTORS = ("electricity_LV", "electricity_MV_HV", "gas", "water")
DAY = timedelta(days=1)
REQUEST = {"electricity_LV": "D02", "electricity_MV_HV": "D04", "gas": "D05"}


@dataclass(frozen=True, kw_only=True)
class StepRow(Row):
    """`days` from `counts_from`, calendar or working; `share_pct`: what is left of the power."""

    sector: str
    step: str
    counts_from: str
    days: int
    day_type: str
    days_max: int | None = None
    channel: str = ""
    share_pct: int | None = None


@dataclass(frozen=True)
class ProcedureLaw:
    steps: tuple[StepRow, ...]
    rules: tuple[Rule, ...]
    holidays: HolidayLaw

    def step(self, row_id: str) -> StepRow:
        return next(row for row in self.steps if row.id == row_id)

    def rules_of(self, group: str, sector: str) -> tuple[Rule, ...]:
        """The rules of a group that hold in a sector."""
        family = {sector, sector.split("_")[0], "all", "utilities"} | ({"energy"} if sector != "water" else set())
        return tuple(row for row in self.rules if row.group == group and row.sector in family)


@dataclass(frozen=True)
class Facts:
    """What is known of one case. For water `notice_received` is the receipt of the first reminder (sollecito)."""

    sector: str
    due: date | None = None
    notice_received: date | None = None
    final_term: date | None = None
    reduced_on: date | None = None
    resident: bool = False
    social_bonus: bool = False
    life_support: bool = False
    public_service: bool = False
    paid: bool = False
    other_services: bool = False
    instalments_asked: bool = False
    complaint_received: date | None = None  # a written complaint on the meter or the amount, not yet answered
    disputed_cents: int | None = None
    unpaid_cents: int | None = None
    deposit_cents: int | None = None
    cycle_cents: int | None = None  # average amount of one billing cycle
    yearly_band_cents: int | None = None  # yearly charge of the subsidised band (water)


@dataclass(frozen=True)
class Step:
    """`earliest`: the first safe day; for a term, the first day it may end on. None: never allowed."""

    code: str
    earliest: date | None
    row: StepRow


@dataclass(frozen=True)
class Plan:
    facts: Facts
    steps: tuple[Step, ...]
    blocks: tuple[Rule, ...]
    final_term: date | None = None
    working_days_end: date | None = None

    def day(self, code: str) -> date | None:
        return next((step.earliest for step in self.steps if step.code == code), None)


def procedure(facts: Facts, law: ProcedureLaw) -> Plan:
    """The steps with their first safe days, as far as the facts reach, and the rows that forbid to cut off.

    Raises LawGap: 'unknown_sector', 'missing_date', 'term_too_early'.
    """
    if facts.sector not in SECTORS:
        raise LawGap("unknown_sector", sector=facts.sector)
    blocks = tuple(_blocks(facts, law))
    return _water(facts, law, blocks) if facts.sector == "water" else _energy(facts, law, blocks)


def _energy(facts: Facts, law: ProcedureLaw, blocks: tuple[Rule, ...]) -> Plan:
    steps = [Step("notice", facts.due + _days(law.step("D01")), law.step("D01"))] if facts.due else []
    if facts.notice_received is None:
        return Plan(facts, tuple(steps), blocks)
    row, gap = law.step(REQUEST[facts.sector]), law.step("D06")
    term = _term(facts, facts.notice_received + _days(row))
    ends = law.holidays.after_working_days(term, gap.days)
    request = ends + DAY
    steps += [Step("final_term", term, row), Step("request", request, gap)]
    if facts.sector == "electricity_LV":
        steps.append(Step("reduction", request, row))
        cut = law.step("D03")
        steps.append(Step("suspension", None if blocks else (facts.reduced_on or request) + _days(cut), cut))
    else:
        steps.append(Step("suspension", None if blocks else request, gap))
    return Plan(facts, tuple(steps), blocks, term, ends)


def _water(facts: Facts, law: ProcedureLaw, blocks: tuple[Rule, ...]) -> Plan:
    steps = []
    if facts.due is not None:
        steps.append(Step("sollecito", facts.due + _days(law.step("D07")) + DAY, law.step("D07")))
        steps.append(Step("notice", facts.due + _days(law.step("D08")) + DAY, law.step("D08")))
    if facts.notice_received is None:
        return Plan(facts, tuple(steps), blocks)
    if facts.due is None:
        raise LawGap("missing_date", name="due")
    row, first = law.step("D09"), law.step("D12")
    term = _term(facts, facts.notice_received + _days(row))
    limited = not blocks or [row.id for row in blocks] == ["N03"]  # the protected are limited, never cut off
    steps += [Step("final_term", term, row), Step("first_instalment", term - _days(first), first)]
    steps.append(Step("limitation", term + DAY if limited else None, row))
    steps.append(Step("suspension", _water_cut(facts, law, term, blocks), law.step("D10")))
    return Plan(facts, tuple(steps), blocks, term, None)


def _water_cut(facts: Facts, law: ProcedureLaw, term: date, blocks: tuple[Rule, ...]) -> date | None:
    """Residents: after the limitation, and only when more than the yearly band is unpaid; never a protected one."""
    if blocks:
        return None
    if not facts.resident:
        return term + DAY
    unpaid, band = facts.unpaid_cents, facts.yearly_band_cents
    if unpaid is None or band is None or unpaid <= band:
        return None
    row = law.step("D10")
    return term + DAY + timedelta(days=row.days_max or row.days)


def _term(facts: Facts, first: date) -> date:
    if facts.final_term is not None and facts.final_term < first:
        raise LawGap("term_too_early", day=facts.final_term, starts=first)
    return facts.final_term or first


def _days(row: StepRow) -> timedelta:
    return timedelta(days=row.days)


def _blocks(facts: Facts, law: ProcedureLaw) -> Iterator[Rule]:
    """The rows that forbid to cut off this customer."""
    power, water = facts.sector.startswith("electricity"), facts.sector == "water"
    holds = {
        "N01": power and facts.life_support,
        "N02": power and facts.public_service,
        "N03": water and facts.social_bonus,
        "N04": water and facts.public_service,
        "N05": facts.sector == "gas" and facts.public_service,
        "N07": not water and facts.paid,
        "N08": not water and _covered(facts),
        "N09": not water and _complaint_stops(facts, law),
        "N10": not water and facts.other_services,
        "N12": water and (facts.paid or facts.instalments_asked or facts.other_services),
    }
    return (row for row in law.rules if holds.get(row.id))


def _covered(facts: Facts) -> bool:
    if facts.unpaid_cents is None or facts.deposit_cents is None or facts.cycle_cents is None:
        return False
    return facts.unpaid_cents <= facts.deposit_cents and facts.unpaid_cents < facts.cycle_cents


def _complaint_stops(facts: Facts, law: ProcedureLaw) -> bool:
    """An unanswered written complaint stops the cut, unless small or late (row N11)."""
    if facts.complaint_received is None:
        return False
    limit = next(row for row in law.rules if row.id == "N11")
    assert limit.cents is not None
    assert limit.days is not None
    small = facts.disputed_cents is not None and facts.disputed_cents <= limit.cents
    late = facts.due is not None and (facts.complaint_received - facts.due).days > limit.days
    return not (small or late)


def reduced_power(available_kw: Decimal, law: ProcedureLaw) -> Decimal:
    """What is left of the available power (row D02)."""
    share = law.step("D02").share_pct
    assert share is not None
    return available_kw * share / 100
