# SPDX-License-Identifier: Apache-2.0
"""Why. Owns: the reasons of one decision, in order, as codes with parameters; no words (the faces have those).

Order: what (the answer and the rung), what opened it, what was done before, the facts, the channel, the tone, the
customer. Parameters are cents, ISO dates, counts and names of steps, segments, channels and rules.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from .facts import PRIORITY_PARTS

# Every rule that can make an answer wait or be blocked.
RULES = (
    "hold", "our_service", "path_pause", "promise_pending", "plan_running", "being_collected", "stale_bank",
    "charter.closed", "vulnerable_tone", "reason_tone", "charter_tone",
    "no_channel", "holiday", "contact.hours", "contact.week_cap", "contact.day_cap", "contact.attempt_cap",
    "contact.message_cap", "contact.total_cap", "spacing", "nothing_due", "disputed", "blocked_by_us", "below_minimum", "ladder_end",
    "not_yet",
)  # fmt: skip

# Every code that `because` can say: the words of the faces must be complete for these.
CODES = (
    "step",               # step, phase, ladder: the rung that matches today
    "rung_issued",        # date, invoice_id: of the issue
    "rung_before_due",    # date, invoice_id: of the due date ahead
    "rung_overdue",       # days, date: days since the oldest due date that may be claimed
    "rung_last_contact",  # date
    "rung_promise_broken",  # date
    "rung_settled",       # date: everything due was paid in time
    "rung_promise_kept",  # date
    "rung_plan_half",     # date: half of a plan had arrived
    "rung_plan_done",     # date: the last of a plan had arrived
    "rung_path_review",   # date: the day agreed for looking at the hardship path again
    "after_step",         # step, date: the stage before was taken then
    "first_step",         # nothing was asked before in this cycle: the friendly word comes first
    *(f"rule.{rule}" for rule in RULES),  # until (ISO or null), step (the refused one or null)
    "claim",              # cents, count: what may be asked for today
    "disputed_aside",     # cents: disputed, left out of what is asked
    "held_aside",         # cents: overdue but under a hold
    "blocked_aside",      # cents: overdue, but their invoices lack something through our fault
    "not_due",            # cents, date of the next
    "promise",            # date of the pending promise
    "path_pause",         # date: until when the hardship path pauses
    "path_soft",          # date of its review: until then the softer cadence holds
    "broken_promises",    # count
    "punctual_streak",    # count
    "reason_given",       # reason, fault
    "segment",            # segment, score
    "trend",              # trend
    "channel",            # channel
    "tone",               # tone: as the ladder says
    "tone_lowered",       # tone, from, rule
    "best_hour",          # hour
    "contacts_left",      # today, week
    "priority",           # total and parts
)  # fmt: skip


@dataclass(frozen=True)
class Because:
    """One reason: a code of CODES and its parameters (numbers, ISO dates, names)."""

    code: str
    params: Mapping[str, Any] = field(default_factory=dict)


def because(row: Mapping[str, Any]) -> tuple[Because, ...]:
    """The reasons of one decided row (a row of `facts.OUTPUT` as a mapping), the most telling first."""
    return (*_answer(row), *_money(row), *_person(row), *_manner(row))


def _answer(row: Mapping[str, Any]) -> Iterator[Because]:
    if row["rule"] is not None:
        yield Because(f"rule.{row['rule']}", {"until": _iso(row["until_on"]), "step": row["step"]})
    if row["step"] is None:
        return
    yield Because("step", {"step": row["step"], "phase": row["phase"], "ladder": row["ladder"]})
    yield _anchor(row)
    if row["after_step"] is not None:
        yield Because("after_step", {"step": row["after_step"], "date": _iso(row["after_on"])})
    elif row["phase"] == "reminder":
        yield Because("first_step")


def _anchor(row: Mapping[str, Any]) -> Because:
    """Which date the rung counts from. Days are those between then and the decision: the age of the oldest claim."""
    params: dict[str, Any] = {"date": _iso(row["anchor_on"])}
    if row["subject_invoice_id"] is not None:
        params["invoice_id"] = row["subject_invoice_id"]
    if row["phase"] == "before_due":
        return Because("rung_before_due", params)
    code = {"issued": "rung_issued", "due": "rung_overdue", "last_contact": "rung_last_contact",
            "broken": "rung_promise_broken", "settled": "rung_settled", "kept": "rung_promise_kept",
            "plan_half": "rung_plan_half", "plan_done": "rung_plan_done",
            "review": "rung_path_review",
            }[row["anchor"]]  # fmt: skip
    if row["anchor"] == "due" and row["oldest_due_on"] is not None:
        older = (row["anchor_on"] - row["oldest_due_on"]).days
        params["days"] = row["max_overdue_days"] - older
    return Because(code, params)


def _money(row: Mapping[str, Any]) -> Iterator[Because]:
    if row["claim_cents"] > 0:
        yield Because("claim", {"cents": row["claim_cents"], "count": row["overdue_count"]})
    if row["disputed_cents"] > 0:
        yield Because("disputed_aside", {"cents": row["disputed_cents"]})
    if row["held_cents"] > 0:
        yield Because("held_aside", {"cents": row["held_cents"]})
    if row["blocked_cents"] > 0:
        yield Because("blocked_aside", {"cents": row["blocked_cents"]})
    if row["not_due_cents"] > 0:
        yield Because("not_due", {"cents": row["not_due_cents"], "date": _iso(row["next_due_on"])})
    if row["promise_due_on"] is not None:
        yield Because("promise", {"date": _iso(row["promise_due_on"])})


def _person(row: Mapping[str, Any]) -> Iterator[Because]:
    if row["path_phase"] == "pause":
        yield Because("path_pause", {"date": _iso(row["path_pause_until"])})
    elif row["path_phase"] == "soft":
        yield Because("path_soft", {"date": _iso(row["path_review_on"])})
    if row["last_reason"] is not None:
        yield Because("reason_given", {"reason": row["last_reason"], "fault": row["last_fault"]})
    if row["broken_promises"] > 0:
        yield Because("broken_promises", {"count": row["broken_promises"]})
    if row["punctual_streak"] > 1:
        yield Because("punctual_streak", {"count": row["punctual_streak"]})
    yield Because("segment", {"segment": row["segment"], "score": row["score"]})
    if row["trend"] in ("better", "worse"):
        yield Because("trend", {"trend": row["trend"]})


def _manner(row: Mapping[str, Any]) -> Iterator[Because]:
    if row["channel"] is not None:
        yield Because("channel", {"channel": row["channel"]})
    if row["tone"] is not None and row["tone_rule"] is None:
        yield Because("tone", {"tone": row["tone"]})
    elif row["tone"] is not None:
        yield Because("tone_lowered", {"tone": row["tone"], "from": row["rung_tone"], "rule": row["tone_rule"]})
    if row["answer"] != "act":
        return
    if row["channel"] == "phone" and row["best_hour"] is not None:
        yield Because("best_hour", {"hour": row["best_hour"]})
    if row["channel"] == "phone":
        yield Because("contacts_left", {"today": row["contacts_left_today"], "week": row["contacts_left_week"]})
    parts = {part: row[f"priority_{part}"] for part in PRIORITY_PARTS if row[f"priority_{part}"]}
    yield Because("priority", {"total": row["priority"], **parts})


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
