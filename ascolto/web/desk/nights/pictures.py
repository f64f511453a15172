# SPDX-License-Identifier: Apache-2.0
"""The pictures of a night: where its time went, and what the customers got. None where there is nothing to draw."""

from typing import Any

from django.utils.translation import gettext as _

from ascolto.domain.strategy.models import Decision
from ascolto.web import charts
from ascolto.web.desk.nights import words
from ascolto.web.formats import number, percent, span

Report = dict[str, Any]


def steps(report: Report) -> charts.Chart | None:
    """Seconds of each step, in their order."""
    return _seconds(report.get("seconds", {}), words.STEPS, _("%(share)s of the time went into: %(step)s"))


def workers(report: Report) -> charts.Chart | None:
    """Seconds of all workers together, by what they did."""
    parts = report.get("parts") or {}
    busy = parts.get("worker_seconds", {})
    return _seconds(busy, words.WORK, _("The workers spent %(share)s of their time on: %(step)s"))


def _seconds(seconds: dict[str, float], names: dict[str, Any], title: str) -> charts.Chart | None:
    whole = sum(seconds.values())
    if whole <= 0:
        return None
    most = max(seconds, key=lambda step: seconds[step])
    told = title % {"share": percent(100 * seconds[most] / whole, 0), "step": str(names.get(most, most)).lower()}
    rows = [charts.Bar(str(names.get(step, step)), took) for step, took in seconds.items()]
    return charts.bars(told, rows, span, value_name=_("Took"))


def answers(report: Report) -> charts.Chart | None:
    """Customers by kind of answer."""
    counts: dict[str, int] = report.get("decisions", {}).get("answers", {})
    whole = sum(counts.values())
    if not whole:
        return None
    acts = counts.get("act", 0)
    title = _("Something is done for %(count)s of %(all)s customers") % {"count": number(acts), "all": number(whole)}
    rows = [charts.Bar(str(label), counts.get(kind, 0)) for kind, label in Decision.Answer.choices]
    return charts.bars(title, rows, number, value_name=_("Customers"))
