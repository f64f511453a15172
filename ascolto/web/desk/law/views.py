# SPDX-License-Identifier: Apache-2.0
"""The law in force with search, and its calculators. Nothing here belongs to a client: a right at any of them is enough."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from ascolto.domain.ledger.law_words import ending_soon
from ascolto.domain.records import clock
from ascolto.domain.records.errors import Refused
from ascolto.web import ui
from ascolto.web.desk.law import rows, words
from ascolto.web.desk.law.forms import CALCULATORS, Calculator
from ascolto.web.tables import page_of


def _may_read(request: HttpRequest) -> None:
    eyes = ui.whole_viewer(request)
    if not any(eyes.may("see", client_id) for client_id in eyes.client_ids):
        raise PermissionDenied("see")


@require_GET
def in_force(request: HttpRequest) -> HttpResponse:
    """All rows with search, by theme and by how sure we are."""
    _may_read(request)
    text, theme = request.GET.get("q", "").strip()[:100], request.GET.get("theme", "")
    sure = request.GET.get("sure", "")
    theme, sure = theme if theme in rows.THEMES else "", sure if sure in rows.CONFIDENCES else ""
    found = rows.lines(clock.today(), text, theme, sure)
    context = {
        "page": page_of(request, found), "count": len(found), "text": text, "theme": theme, "sure": sure,
        "themes": rows.THEMES.items(), "confidences": rows.CONFIDENCES.items(), "alerts": ending_soon(clock.today()),
    }  # fmt: skip
    return render(request, "desk/law/in_force.html", context)


@require_GET
def calculators(request: HttpRequest) -> HttpResponse:
    """To the first calculator."""
    _may_read(request)
    return HttpResponseRedirect(reverse("desk:law_calculator", args=[next(iter(CALCULATORS))]))


@require_GET
def calculator(request: HttpRequest, name: str) -> HttpResponse:
    """One calculator: its form, and the result of what the address says. It writes nothing, so it is all GET."""
    _may_read(request)
    if name not in CALCULATORS:
        raise Http404
    asked = bool(request.GET)
    form = CALCULATORS[name](request.GET if asked else None)
    tabs: list[dict[str, Any]] = [
        {"label": kind.title, "url": reverse("desk:law_calculator", args=[key]), "here": key == name}
        for key, kind in CALCULATORS.items()
    ]
    context = {"form": form, "tabs": tabs, "title": CALCULATORS[name].title, **(_result(form) if asked else {})}
    return render(request, "desk/law/calculator.html", context)


def _result(form: Calculator) -> dict[str, Any]:
    if not form.is_valid():
        return {}
    try:
        answer = form.answer()
    except Refused as no:
        return {"refusal": no.message}
    return {
        "told": words.told(answer), "verdict": words.verdict(answer), "periods": words.periods(answer),
        "steps": words.steps(answer), "lists": words.lists(answer), "effects": words.effects(answer), "warnings": answer.get("warnings", []),
        "used": words.used(answer),
        "provisional": answer.get("provisional", False),
    }  # fmt: skip
