# SPDX-License-Identifier: Apache-2.0
"""Every *because* of the engine as a sentence. One code, one sentence; the engine gives the parameters.

Dates are said rather than days: a decision stands until something happens, and days would grow old with it.
"""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as now_
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from ascolto.domain.strategy.models import Decision
from ascolto.web import codes as words
from ascolto.web import formats
from ascolto.web import words as shared

BECAUSE: Mapping[str, Any] = {
    "step": _("The ladder for %(ladder)s asks for: %(step)s."),
    "rung_issued": _("An invoice was issued on %(date)s."),
    "rung_before_due": _("An invoice falls due on %(date)s."),
    "rung_overdue": _("Overdue since %(date)s."),
    "rung_last_contact": _("The last contact was on %(date)s."),
    "rung_promise_broken": _("A promise was not kept: it was known on %(date)s."),
    "rung_settled": _("Everything due was paid in time, on %(date)s."),
    "rung_promise_kept": _("A promise was kept on %(date)s."),
    "rung_plan_half": _("Half of the plan had arrived on %(date)s."),
    "rung_plan_done": _("The whole plan had arrived on %(date)s."),
    "rung_path_review": _("The hardship path is to be looked at again since %(date)s."),
    "after_step": _("The step before, %(step)s, was taken on %(date)s."),
    "first_step": _("Nothing was asked before: the friendly word comes first."),
    "claim": ngettext_lazy(
        "%(cents)s may be asked for, in one instalment.",
        "%(cents)s may be asked for, in %(count)s instalments.",
        "count",
    ),
    "disputed_aside": _("%(cents)s are disputed and left out."),
    "held_aside": _("%(cents)s are on hold and left out."),
    "blocked_aside": _("%(cents)s are blocked by us and left out: their invoices lack something."),
    "not_due": _("%(cents)s are not due yet; the next due date is %(date)s."),
    "promise": _("A promise is running until %(date)s."),
    "path_pause": _("On a hardship path: a pause was agreed until %(date)s."),
    "path_soft": _("On a hardship path: only gentle words until the review on %(date)s."),
    "broken_promises": ngettext_lazy("One promise was not kept.", "%(count)s promises were not kept.", "count"),
    "punctual_streak": ngettext_lazy("Paid on time once.", "Paid on time %(count)s times in a row.", "count"),
    "reason_given": _("Last reason given: %(reason)s. Whose fault: %(fault)s."),
    "segment": _("Segment: %(segment)s, score %(score)s of 1000."),
    "trend": _("The way of paying is %(trend)s."),
    "channel": _("The way that may be used: %(channel)s."),
    "tone": _("Tone %(tone)s, as the ladder says."),
    "tone_lowered": _("Tone %(tone)s instead of %(from)s: %(rule)s."),
    "best_hour": _("The right person usually answers at %(hour)s."),
    "contacts_left": _("Conversations still allowed when this was decided: %(today)s that day, %(week)s that week."),
    "priority": _("Priority %(total)s of 1000."),
}
"""A sentence for each code of engine.because.CODES but the rules, which are in words.RULES."""
SHORTER: Mapping[str, Any] = {
    **BECAUSE,
    "rung_promise_broken": _("Promise not kept, %(date)s."),
    "reason_given": _("Last reason: %(reason)s."),
    "after_step": _("After: %(step)s, %(date)s."),
    "not_due": _("Next due date %(date)s."),
}
"""The same for a row, where each word costs a line."""
TELLING = (
    "rung_path_review", "path_pause", "rung_promise_broken", "rung_overdue", "rung_issued", "rung_before_due",
    "rung_last_contact", "rung_settled", "rung_promise_kept", "rung_plan_half", "rung_plan_done", "reason_given",
    "broken_promises", "after_step", "first_step", "promise", "not_due",
)  # fmt: skip
"""What a row says, the most telling first; the amount stands beside it already."""


def tell(decision: Decision) -> list[str]:
    """The reasons of a decision, in the order in which the engine tells them."""
    return [sentence(code, params) for code, params in decision.because]


def beside(decision: Decision) -> list[str]:
    """The reasons where the rule of a wait or a block stands above them already: its own sentence is left out."""
    told = f"rule.{decision.rule}" if decision.answer != Decision.Answer.ACT else ""
    return [sentence(code, params) for code, params in decision.because if code != told]


def short(decision: Decision, limit: int = 2) -> str:
    """The reason in one line, for a row."""
    known = {code: params for code, params in decision.because if code in TELLING}
    if "rung_promise_broken" in known:
        known.pop("broken_promises", None)  # said already
    codes = [code for code in TELLING if code in known][:limit]
    if not codes:
        return " ".join(tell(decision)[:2])
    return " ".join(sentence(code, known[code], SHORTER) for code in codes)


def sentence(code: str, params: Mapping[str, Any], words_of: Mapping[str, Any] = BECAUSE) -> str:
    """One reason in words; a code of a newer engine is shown as it is."""
    if code.startswith("rule."):
        return _rule(code.removeprefix("rule."), params)
    if code == "rung_overdue" and not params.get("date"):
        return now_("Something is overdue.")
    if code not in words_of:
        return " ".join([words.word({}, code), *(str(value) for value in params.values() if value is not None)])
    return str(words_of[code] % {name: _say(name, value) for name, value in params.items()})


def _rule(rule: str, params: Mapping[str, Any]) -> str:
    said = str(words.RULES[rule][1]) if rule in words.RULES else words.word({}, rule)
    if not params.get("until"):
        return said
    day = formats.calendar_day(dt.date.fromisoformat(params["until"]))
    return f"{said} {now_('Until %(date)s.') % {'date': day}}"


_TABLES: Mapping[str, Mapping[str, Any]] = {
    "segment": words.SEGMENTS, "channel": words.CHANNELS, "rule": words.TONE_RULES, "ladder": words.LADDERS,
    "fault": words.FAULTS, "trend": words.TRENDS,
}  # fmt: skip


def _say(name: str, value: Any) -> Any:
    """A parameter as people read it."""
    if value is None:
        return "–"
    if name == "date":
        return formats.calendar_day(dt.date.fromisoformat(value))
    if name == "cents":
        return formats.money(value)
    if name in ("tone", "from") and 0 <= value < len(shared.TONES):
        return f"{value} ({str(shared.TONES[value]).lower()})"
    if name == "step":
        return str(words.step(value)).lower()
    if name == "reason":
        return str(words.reason(value)).lower()
    if name == "hour":
        return f"{value}:00"
    if name not in _TABLES:
        return value
    word = str(words.word(_TABLES[name], value))
    return word if word.isupper() else word.lower()  # PEC and SMS stay as they are
