# SPDX-License-Identifier: Apache-2.0
"""The rows of a delivery with a preview of each, and one wrong row to be typed again."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from ascolto.domain.intake import queries, staging
from ascolto.domain.intake.correct import editable
from ascolto.domain.intake.models import Batch, StagedRow
from ascolto.domain.intake.problems import Problem
from ascolto.domain.records import clock
from ascolto.domain.records.errors import Refused
from ascolto.web import ui
from ascolto.web.desk.imports.views import opened
from ascolto.web.desk.imports.words import FIELD_WORDS
from ascolto.web.desk.page import thing_or_404
from ascolto.web.tables import page_of

KINDS = {
    "invoice": gettext_lazy("Invoice"),
    "open_item": gettext_lazy("Open item"),
    "customer": gettext_lazy("Customer"),
    "statement": gettext_lazy("Bank statement"),
    "sdi_notice": gettext_lazy("SdI notice"),
    "collection": gettext_lazy("Orders and outcomes of the bank"),
}


@require_GET
def listing(request: HttpRequest, pk: int) -> HttpResponse:
    """What was read, row by row, with what became or would become of it."""
    viewer, _batch, context = opened(request, pk, "rows")
    status = request.GET.get("status", "")
    found = queries.rows(viewer, pk)
    found = found.filter(status=status) if status in StagedRow.Status.values else found
    page = page_of(request, found)
    context |= {
        "page": page,
        "rows": [{"row": row, "kind": KINDS.get(row.kind, row.kind), **queries.summary(row)} for row in page],
        "statuses": [
            (value, label, context["counts"].rows[value])
            for value, label in StagedRow.Status.choices
            if value in context["counts"].rows
        ],
        "status": status,
    }
    return render(request, "desk/imports/rows.html", context)


@require_http_methods(["GET", "POST"])
def row(request: HttpRequest, pk: int) -> HttpResponse:
    """One row: what it says, what is wrong with it, and, when it waits to be corrected, its fields to type again.

    Asked for by htmx from the table of problems it is only a form in the place of its row.
    """
    in_place = request.headers.get("HX-Request") == "true"
    staged = StagedRow.objects.select_related("batch", "file__profile").defer("file__content")
    viewer, found = thing_or_404(request, staged, pk, "import")
    told: list[Problem] | None = None
    fields = editable(found) if found.kind not in ("statement", "sdi_notice", "collection") else {}
    if request.method == "POST":
        typed = {name: request.POST.get(name, "")[:300] for name in fields}
        try:
            told = staging.correct_row(row=found, fields=typed, actor=viewer.name, as_of=clock.today())
        except Refused as no:
            ui.toast(request, no.message, problem=True)
            return _whole_page() if in_place else HttpResponseRedirect(request.path)
        if not told:
            return _mended(request, found, in_place)
        fields = typed
    problems = told if told is not None else [queries.problem_of(p) for p in found.problems.filter(solved=False)]
    wrong = found.status == StagedRow.Status.WRONG
    ours = _our_names(found)
    marked = {ours.get(problem.field, problem.field): problem for problem in problems}
    context: dict[str, Any] = {
        "row": found,
        "batch": found.batch,
        "kind": KINDS.get(found.kind, found.kind),
        "summary": queries.summary(found),
        "problems": problems,
        "fields": [(name, FIELD_WORDS.get(name, name), value, marked.get(name)) for name, value in fields.items()],
        "wrong": wrong and found.batch.status != Batch.Status.REFUSED,
        "back": reverse("desk:import_batch", args=[found.batch_id]),
    }
    if in_place:
        context["first_wrong"] = next((name for name, _label, _value, problem in context["fields"] if problem), "")
    return render(request, "desk/imports/row.html#in_place" if in_place else "desk/imports/row.html", context)


def _whole_page() -> HttpResponse:
    """The report is shown again: its figures, and what accepting does, have changed with the row."""
    return HttpResponse(headers={"HX-Refresh": "true"})


def _mended(request: HttpRequest, row: StagedRow, in_place: bool) -> HttpResponse:
    """On to the next wrong row, or back to the report."""
    following = StagedRow.objects.filter(client=row.client_id, batch=row.batch_id, status=StagedRow.Status.WRONG)
    ui.toast(request, _("Corrected: the row is ready."))
    if in_place:
        return _whole_page()
    after = following.filter(pk__gt=row.pk).order_by("pk").first() or following.order_by("pk").first()
    if after is not None:
        return HttpResponseRedirect(reverse("desk:import_row", args=[after.pk]))
    return HttpResponseRedirect(reverse("desk:import_batch", args=[row.batch_id]))


def _our_names(row: StagedRow) -> dict[str, str]:
    """Header of the list -> our field, by the mapping it was read with: a problem is told at its header."""
    if row.file.profile is None:
        return {}
    columns = row.file.profile.content.get("columns", {})
    return {header: field for field, header in columns.items() if isinstance(header, str)}
