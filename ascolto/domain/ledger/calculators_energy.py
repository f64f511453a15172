# SPDX-License-Identifier: Apache-2.0
"""Procedures, complaint clocks and usury as plain values: what the command prints and the page shows. No database."""

import datetime as dt
from decimal import Decimal
from typing import Any

from ascolto.domain.ledger.calculators import Answer, Codes, in_words, percent, warnings_of
from ascolto.engine.clocks import Standard, complaint_clock
from ascolto.engine.procedure import Facts, Plan, Step, procedure, reduced_power
from ascolto.engine.rows import Rule, origin
from ascolto.engine.usury import PARTS, Average, Markup, average_of, threshold_parts
from ascolto.policies import load_law


@in_words
def arrears(facts: Facts, available_kw: Decimal | None = None) -> Answer:
    """The steps of the arrears procedure, what forbids it, what the notice must say, what a fault costs."""
    law = load_law.procedure_law()
    plan = procedure(facts, law)
    notes: Codes = [("holidays_by_rule", {})] if _beyond_the_list(plan) else []
    used = [*(step.row for step in plan.steps), *plan.blocks]
    power = {} if available_kw is None else {"reduced_power_kw": _number(reduced_power(available_kw, law))}
    return {
        "sector": facts.sector, "disconnectable": not plan.blocks, "final_term": _iso(plan.final_term),
        "working_days_end": _iso(plan.working_days_end), "first_safe_day": _iso(plan.day("request")),
        "notice_from": _iso(plan.day("notice")), "limitation_from": _iso(plan.day("limitation")),
        "suspension_from": _iso(plan.day("suspension")), **power,
        "steps": [_step(step) for step in plan.steps], "blocked_by": [_rule(row) for row in plan.blocks],
        "notice_must_say": [_rule(row) for row in law.rules_of("notice_text", facts.sector)],
        "indemnities": [_rule(row) for row in law.rules_of("indemnity", facts.sector)],
        "warnings": warnings_of(notes, used),
    }  # fmt: skip


def _beyond_the_list(plan: Plan) -> bool:
    return plan.working_days_end is not None and not load_law.holiday_law().listed(plan.working_days_end)


def _step(step: Step) -> Answer:
    return {"step": step.code, "from": _iso(step.earliest), "channel": step.row.channel, "row": origin(step.row)}


def _rule(row: Rule) -> Answer:
    return {**origin(row), "title": row.title, "cents": row.cents}


@in_words
def complaint(
    received: dt.date, answered: dt.date | None, service: str = "complaint", as_of: dt.date | None = None
) -> Answer:
    """The clock of a written complaint: the day to answer by and the indemnity."""
    clock = complaint_clock(service, received, load_law.rows("complaints", Standard), answered, as_of)
    return {
        "service": service, "received": received.isoformat(), "answered": _iso(answered),
        "answer_by": clock.answer_by.isoformat(), "days": clock.days, "indemnity_cents": clock.indemnity_cents,
        "next_step_on": _iso(clock.next_step_on), "row": origin(clock.row), "warnings": warnings_of([], [clock.row]),
    }  # fmt: skip


@in_words
def usury(
    tegm_bp: int | None, quarter: str = "", category: str = "", rate_bp: int | None = None, markup: str = ""
) -> Answer:
    """The threshold of an average rate (given, or read from the table) and whether an agreed rate is above it."""
    row = None if tegm_bp is not None else average_of(load_law.rows("usury", Average), quarter, category)
    added = next((one for one in load_law.rows("usury_markups", Markup) if one.category == markup), None)
    average = row.tegm_bp if row else tegm_bp or 0
    parts = threshold_parts(average, added.markup_bp if added else 0)
    over = rate_bp is not None and rate_bp * PARTS > parts
    used = [one for one in (row, added) if one]
    return {
        "tegm_pct": percent(average), "markup_pct": percent(added.markup_bp) if added else None,
        "threshold_pct": f"{Decimal(parts) / (100 * PARTS):.4f}", "rate_pct": percent(rate_bp), "over": over,
        "rows": [origin(one) for one in used], "warnings": warnings_of([("over_threshold", {})] if over else [], used),
    }  # fmt: skip


def _iso(day: dt.date | None) -> str | None:
    return day.isoformat() if day else None


def _number(value: Decimal) -> str:
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def facts_of(values: dict[str, Any]) -> Facts:
    """The facts of one case from a form or a command line; what is not given stays unknown."""
    return Facts(**{name: value for name, value in values.items() if value is not None})
