# SPDX-License-Identifier: Apache-2.0
"""A calculator's plain values as labelled lines for a person. Owns: labels, and the words of the codes."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from ascolto.policies.load_law import italian_titles
from ascolto.web import formats
from ascolto.web.desk.law.rows import CHIPS, CONFIDENCES

LABELS: dict[str, Any] = {
    "interest_cents": gettext_lazy("Interest"), "fixed_sum_cents": gettext_lazy("Flat sum, besides"),
    "due_cents": gettext_lazy("Capital and interest"), "days": gettext_lazy("Days"),
    "capital_left_cents": gettext_lazy("Capital left"), "interest_left_cents": gettext_lazy("Interest left"),
    "last_day": gettext_lazy("Last day"), "runs_from": gettext_lazy("Runs from"), "years": gettext_lazy("Years"),
    "raw_due": gettext_lazy("Term"), "due_moved": gettext_lazy("Due date"),
    "interest_from": gettext_lazy("Interest from"), "reason": gettext_lazy("Why not"),
    "until": gettext_lazy("Next good moment"), "notice_from": gettext_lazy("Formal notice from"),
    "final_term": gettext_lazy("Final term"), "working_days_end": gettext_lazy("Working days end"),
    "first_safe_day": gettext_lazy("Request to the distributor from"), "reduced_power_kw": gettext_lazy("Reduced power, kW"),
    "limitation_from": gettext_lazy("Flow limitation from"), "suspension_from": gettext_lazy("Suspension from"),
    "answer_by": gettext_lazy("Answer by"), "indemnity_cents": gettext_lazy("Indemnity"),
    "threshold_pct": gettext_lazy("Threshold"), "tegm_pct": gettext_lazy("Average rate"),
    "rate_pct": gettext_lazy("Agreed rate"),
}  # fmt: skip
ALWAYS = {"interest_cents", "indemnity_cents", "suspension_from", "last_day"}
"""Shown even when there is nothing: that is the answer."""
STEPS = {
    "notice": gettext_lazy("formal notice"), "sollecito": gettext_lazy("first reminder"),
    "final_term": gettext_lazy("final term"), "request": gettext_lazy("request to the distributor"),
    "reduction": gettext_lazy("power reduced"), "suspension": gettext_lazy("suspension"),
    "first_instalment": gettext_lazy("first instalment of a plan by"), "limitation": gettext_lazy("flow limitation"),
}  # fmt: skip
EFFECTS = {
    "interrupted": gettext_lazy("interrupts: a new period starts"), "stopped": gettext_lazy("stops the clock"),
    "reopened": gettext_lazy("the clock goes on"), "judgment": gettext_lazy("ten new years"),
    "not_received": gettext_lazy("does not interrupt: there is no receipt"),
    "no_effect": gettext_lazy("has no effect"), "too_late": gettext_lazy("too late: the claim was prescribed"),
    "before_start": gettext_lazy("before the start"),
}  # fmt: skip
REASONS = {
    "hours": gettext_lazy("outside the hours"), "holiday": gettext_lazy("holiday"),
    "day cap": gettext_lazy("already one conversation today"), "week cap": gettext_lazy("already three this week"),
}  # fmt: skip


def told(answer: dict[str, Any]) -> list[tuple[Any, str]]:
    """Label and value of what the answer holds, in the order of LABELS."""
    shown = [(key, answer[key]) for key in LABELS if key in answer]
    return [(LABELS[key], _value(key, value)) for key, value in shown if value not in (None, "") or key in ALWAYS]


def verdict(answer: dict[str, Any]) -> tuple[str, bool] | None:
    """One sentence for answers that are a yes or a no, and whether it is the yes."""
    if "allowed" in answer:
        return (_("It may be made.") if answer["allowed"] else _("Not now.")), answer["allowed"]
    if "disconnectable" in answer and not answer["disconnectable"]:
        return _("This supply may not be cut off."), False
    if "over" in answer and answer["rate_pct"] is not None:
        return (_("Above the threshold.") if answer["over"] else _("Within the threshold.")), not answer["over"]
    return None


def _value(key: str, value: Any) -> str:
    if value is None:
        return _("never, as things stand")
    if key.endswith("_cents"):
        return formats.money(value)
    if key.endswith("_pct"):
        return formats.percent(float(value), 4)
    if key == "reason":
        return str(REASONS[value])
    return _moment(value) if isinstance(value, str) and value[4:5] == "-" else str(value)


def _moment(text: str) -> str:
    when = formats.calendar_day(dt.date.fromisoformat(text[:10]), with_weekday=True)
    return f"{when}, {text[11:16]}" if len(text) > 10 else when


def periods(answer: dict[str, Any]) -> list[dict[str, Any]]:
    """The parts of an interest, each with its row."""
    return [
        {"from": _moment(one["from"]), "to": _moment(one["to"]), "days": one["days"],
         "capital": one["capital_cents"], "rate": formats.percent(float(one["rate_pct"]), 2),
         "cents": formats.number(round(float(one["interest_cents_unrounded"]) / 100, 4)),
         "row": (one["row"] or {}).get("id", "")} for one in answer.get("periods", [])
    ]  # fmt: skip


def steps(answer: dict[str, Any]) -> list[tuple[Any, str, str]]:
    """The steps of a procedure: name, first safe day, row."""
    found = answer.get("steps", [])
    return [(STEPS[one["step"]], _value(one["step"], one["from"]), one["row"]["id"]) for one in found]


def effects(answer: dict[str, Any]) -> list[Any]:
    """What each act did to a limitation."""
    return [EFFECTS[one["effect"]] for one in answer.get("acts", [])]


def used(answer: dict[str, Any]) -> list[dict[str, Any]]:
    """Every row that the answer stands on, each once, ready to be opened."""
    found = [*answer.get("rows", []), answer.get("row"), *(step["row"] for step in answer.get("steps", []))]
    found += [*answer.get("blocked_by", []), *(act["row"] for act in answer.get("acts", [])), *answer.get("notes", [])]
    found += [*answer.get("notice_must_say", []), *answer.get("indemnities", [])]
    return opened(row for row in found if row)


def opened(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows of law as they were stored beside a figure (engine.rows.origin), each once, ready to be opened."""
    return [_opened(row) for row in {row["id"]: row for row in rows}.values()]


def _opened(row: dict[str, Any]) -> dict[str, Any]:
    days = {name: _day(row.get(name)) for name in ("valid_from", "valid_to")}
    title = italian_titles().get(row["id"]) or next(
        (t for start, t in RATES.items() if row["id"].startswith(start)), ""
    )
    word, chip = CONFIDENCES[row["confidence"]], CHIPS[row["confidence"]]
    return row | days | {"word": word, "chip": chip, "sources": row["source"].split(" ; "), "title": title}


def _day(text: str | None) -> str:
    return formats.calendar_day(dt.date.fromisoformat(text)) if text else ""


RATES = {"LEG-": gettext_lazy("Legal interest rate"), "ECB-": gettext_lazy("Reference rate (ECB)")}
"""Rows of the dated tables have no title of their own."""


def lists(answer: dict[str, Any]) -> list[tuple[Any, list[dict[str, Any]]]]:
    """What forbids to cut off, what the notice must say, the indemnities: the rows of a procedure under their headings."""
    heads = {"blocked_by": _("Why this supply may not be cut off"), "notice_must_say": _("What the notice must say"),
             "indemnities": _("Indemnities when a rule is broken")}  # fmt: skip
    italian = italian_titles() if (get_language() or "it").startswith("it") else {}
    return [
        (head, [{**row, "title": italian.get(row["id"], row.get("title", ""))} for row in answer[key]])
        for key, head in heads.items() if answer.get(key)
    ]  # fmt: skip
