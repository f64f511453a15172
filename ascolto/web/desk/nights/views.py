# SPDX-License-Identifier: Apache-2.0
"""The history of nights, one of them, and its report as a file. Views only read."""

import json
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from ascolto.domain.strategy import lived
from ascolto.domain.strategy.models import Night, Slice
from ascolto.web.desk.nights import pictures, words
from ascolto.web.desk.page import narrowed, thing_or_404
from ascolto.web.tables import Column, apply_sort, page_of, sort_of

COLUMNS = (
    Column("day", _("Day"), ("as_of", "started_at")),
    Column("client", _("Client"), ("client__name",)),
    Column("state", _("State"), ("state",)),
    Column("started", _("Started"), ("started_at",), number=True),
    Column("took", _("Took"), ("took",), number=True),
    Column("customers", _("Customers"), ("report__decisions__customers",), number=True),
    Column("changed", _("Changed"), ("report__decisions__changed",), number=True),
    Column("messages", _("Messages"), number=True),
    Column("problems", _("Problems"), number=True),
    Column("memory", _("Memory"), number=True),
)
RIGHT = "policy"
"""Who answers for the strategy sees how it was carried out."""
POLL = "every 2s"


@require_GET
def nights(request: HttpRequest) -> HttpResponse:
    """The nights of the viewer's clients, the latest first."""
    viewer = narrowed(request, RIGHT)
    sort = sort_of(request, COLUMNS, "-started")
    page = page_of(request, apply_sort(lived.nights_of(viewer), sort), 30)
    several = len(viewer.client_ids) > 1
    context = {
        "page": page, "sort": sort, "several": several, "rows": [_line(one) for one in page],
        "columns": [column for column in COLUMNS if several or column.key != "client"],
    }  # fmt: skip
    return render(request, "desk/nights/nights.html", context)


def _line(night: Night) -> dict[str, Any]:
    decided, state = night.report.get("decisions", {}), lived.state_of(night)
    return {
        "night": night, "state": state, "state_word": words.STATES[state], "took": words.took(night),
        "customers": decided.get("customers"), "changed": decided.get("changed"),
        "same": decided.get("same"), "messages": lived.messages_of(night.report) if decided else None,
        "problems": len(decided.get("problems", [])), "peak_mb": lived.peak_of(night.report),
    }  # fmt: skip


@require_GET
def night(request: HttpRequest, pk: int) -> HttpResponse:
    """One night: what it decided, what it took, what it could not do; while it runs, how far it is."""
    viewer, found = thing_or_404(request, Night.objects.select_related("client"), pk, RIGHT)
    state, progress = lived.state_of(found), lived.progress_of(found)
    running = state == Night.State.RUNNING
    slices = Slice.objects.filter(client=found.client_id, night=found).order_by("number")
    context = {
        **_line(found), "running": running, "poll": POLL if running else "", "progress": progress,
        "step": words.STEPS.get(found.step, found.step), "steps": words.steps(found.report),
        "took_most": pictures.steps(found.report), "answers": pictures.answers(found.report),
        "workers": pictures.workers(found.report), "rules": words.rules(found.report),
        "planned": words.planned(found.report), "withdrawn": found.report.get("decisions", {}).get("withdrawn", 0),
        "troubles": words.troubles(viewer, found), "error": found.report.get("error", ""),
        "slices": page_of(request, slices) if found.buckets else None,
    }  # fmt: skip
    return render(request, "desk/nights/night.html", context)


@require_GET
def report(request: HttpRequest, pk: int) -> HttpResponse:
    """The report as JSON, as `ascolto day --json` prints it, with when and how the night was lived."""
    _viewer, found = thing_or_404(request, Night.objects.select_related("client"), pk, RIGHT)
    head = {
        "client": found.client.slug, "as_of": found.as_of.isoformat(), "state": lived.state_of(found),
        "started_at": found.started_at.isoformat(),
        "finished_at": found.finished_at.isoformat() if found.finished_at else None,
        "policy": found.policy_sha, "slices": found.buckets,
    }  # fmt: skip
    text = json.dumps(head | found.report, ensure_ascii=False, indent=2)
    response = HttpResponse(text, content_type="application/json; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="notte-{found.client.slug}-{found.as_of}.json"'
    return response
