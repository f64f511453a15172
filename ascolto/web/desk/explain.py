# SPDX-License-Identifier: Apache-2.0
"""A decision explained from its own row: reasons, ladder, permission, facts and points, in words.

Nothing is computed again: everything is read from what the run kept (facts, because, policy version).
"""

from typing import Any

from django.utils.translation import gettext_lazy as _

from ascolto.domain.access.viewer import Viewer
from ascolto.domain.strategy import story
from ascolto.domain.strategy.models import Decision
from ascolto.web import codes as words
from ascolto.web import formats
from ascolto.web.desk import because_words

CHECKS = (
    "hold", "our_service", "path_pause", "promise_pending", "stale_bank", "charter.closed", "vulnerable_tone", "reason_tone", "charter_tone",
    "no_channel", "holiday", "contact.hours", "contact.week_cap", "contact.day_cap", "contact.attempt_cap",
    "contact.message_cap", "contact.total_cap", "spacing",
)  # fmt: skip
"""The rules in the order in which the engine asks them (engine/contact.py); the first that refuses is the answer."""
DUNNING_ONLY = ("our_service", "path_pause", "promise_pending", "stale_bank")
VOICE_ONLY = ("contact.week_cap", "contact.day_cap", "contact.attempt_cap")
MESSAGE_ONLY = ("contact.message_cap",)

FACTS: tuple[tuple[Any, tuple[tuple[str, Any], ...]], ...] = (
    (_("Money"), (
        ("balance_cents", _("Open in all")), ("overdue_cents", _("Overdue")), ("disputed_cents", _("Disputed")),
        ("not_due_cents", _("Not yet due")), ("claim_cents", _("What may be asked for")), ("blocked_cents", _("Blocked by us")),
        ("overdue_count", _("Overdue instalments")), ("oldest_due_on", _("Oldest due date")),
        ("next_due_on", _("Next due date")), ("max_overdue_days", _("Days of the oldest"))),
    ),
    (_("How they pay"), (
        ("days_late_weighted", _("Days late when paying, by amount")),
        ("open_days_late_weighted", _("Days late of what is open, by amount")),
        ("trend", _("Trend")), ("kept_promises", _("Promises kept")), ("broken_promises", _("Promises not kept")),
        ("punctual_streak", _("Paid on time in a row")), ("closed_count", _("Instalments paid so far")),
        ("segment", _("Segment")), ("score", _("Score"))),
    ),
    (_("What passed between us"), (
        ("last_contact_on", _("Last contact")), ("path_review_on", _("Review of the hardship path")), ("last_reason", _("Last reason given")),
        ("last_fault", _("Whose fault")),
        ("best_hour", _("Best hour")), ("contacts_left_today", _("Contacts left on the day of the decision")),
        ("contacts_left_week", _("Contacts left in that week")), ("promise_due_on", _("Promised for"))),
    ),
)  # fmt: skip


def whole(viewer: Viewer, decision: Decision) -> dict[str, Any]:
    """Everything that the explanation page shows about `decision`."""
    return {
        "reasons_told": because_words.tell(decision), "ladder": story.ladder_of(viewer, decision),
        "checks": checks(decision), "facts": facts_in_words(decision), "score_parts": score_parts(decision),
        "priority_parts": priority_parts(decision),
    }  # fmt: skip


def checks(decision: Decision) -> list[dict[str, Any]]:
    """The rules of permission, each passed, refusing, not asked (one before it refused) or not of this kind of step."""
    if decision.rule and decision.rule not in CHECKS:
        return []
    rows, refused = [], False
    voice = decision.channel in ("phone", "visit")
    for rule in CHECKS:
        state = "refuses" if rule == decision.rule else "unasked" if refused else "passed"
        refused = refused or state == "refuses"
        if (rule in VOICE_ONLY and not voice) or (rule in MESSAGE_ONLY and voice):
            state = state if state == "refuses" else "other"
        title, sentence = words.RULES[rule]
        rows.append({"rule": rule, "state": state, "title": title, "sentence": sentence})
    return [row for row in rows if row["state"] != "other"]


def facts_in_words(decision: Decision) -> list[tuple[Any, list[tuple[Any, str]]]]:
    """The row of facts, in groups, as a person reads it."""
    told = decision.told
    return [(title, [(label, _say(name, told.get(name))) for name, label in rows]) for title, rows in FACTS]


def _say(name: str, value: Any) -> str:
    if value is None or value == "":
        return "–"
    tables = {"trend": words.TRENDS, "segment": words.SEGMENTS, "last_fault": words.FAULTS}
    if name in tables:
        return str(words.word(tables[name], value))
    if name == "last_reason":
        return str(words.reason(value))
    if name == "best_hour":
        return f"{value}:00"
    if name.endswith("_cents"):
        return formats.money(value)
    if name.endswith("_on"):
        return formats.calendar_day(value)
    return formats.days(value) if "days" in name else formats.number(value)


def score_parts(decision: Decision) -> list[tuple[Any, int]]:
    """The points that made the score; parts that gave nothing are left out."""
    told = decision.told
    points = [("base", told["score_base"])]
    points += [(part, told[f"points_{part}"]) for part in words.SCORE_PARTS if part != "base"]
    return [(words.SCORE_PARTS[part], value) for part, value in points if value]


def priority_parts(decision: Decision) -> list[tuple[Any, int]]:
    """The points that made the priority."""
    told = decision.told
    points = [(part, told[f"priority_{part}"]) for part in words.PRIORITY_PARTS]
    return [(words.PRIORITY_PARTS[part], value) for part, value in points if value]
