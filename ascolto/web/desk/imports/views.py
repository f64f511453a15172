# SPDX-License-Identifier: Apache-2.0
"""Deliveries as people see them: the list, the report a person acts upon, the files, the problems as a file."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from ascolto.domain.access.models import Client
from ascolto.domain.access.viewer import Viewer, visible
from ascolto.domain.intake import queries
from ascolto.domain.intake.models import Batch, StagedFile
from ascolto.web.desk import exports
from ascolto.web.desk.imports.limits import MAX_FILES, MAX_TOTAL_BYTES
from ascolto.web.desk.page import narrowed, thing_or_404
from ascolto.web.tables import Column, apply_sort, page_of, sort_of

COLUMNS = (
    Column("severity", gettext_lazy("Weight"), ("severity",)),
    Column("file", gettext_lazy("File and row"), ("file_name", "row")),
    Column("field", gettext_lazy("Field"), ("field",)),
    Column("problem", gettext_lazy("What is wrong, and what was expected")),
)


@require_GET
def imports(request: HttpRequest) -> HttpResponse:
    """The deliveries, and the place to bring files."""
    viewer = narrowed(request, "import")
    found = queries.batches(viewer)
    status = request.GET.get("status", "")
    found = found.filter(status=status) if status in Batch.Status.values else found
    page = page_of(request, found, 25)
    ids = [batch.pk for batch in page]
    counts, names = queries.counts_of(viewer, ids), queries.file_names(viewer, ids)
    context = {
        "page": page,
        "rows": [{"batch": batch, "counts": counts[batch.pk], "names": names[batch.pk]} for batch in page],
        "clients": visible(viewer, Client.objects.all()),
        "statuses": Batch.Status.choices,
        "status": status,
        "max_files": MAX_FILES,
        "max_mb": MAX_TOTAL_BYTES // 1024**2,
    }
    return render(request, "desk/imports/imports.html", context)


def opened(request: HttpRequest, pk: int, here: str) -> tuple[Viewer, Batch, dict[str, Any]]:
    """A delivery and what every page about it shows. Http404 for a stranger, PermissionDenied without `import`."""
    viewer, batch = thing_or_404(request, Batch.objects.select_related("client"), pk, "import")
    counts = queries.counts_of(viewer, [pk])[pk]
    places = (
        ("report", _("To look at"), "desk:import_batch", counts.errors + counts.warnings),
        ("rows", _("Rows"), "desk:import_rows", counts.total),
        ("files", _("Files"), "desk:import_files", batch.report.get("files", 0)),
    )
    tabs = [
        {"label": label, "url": reverse(name, args=[pk]), "here": key == here, "count": count}
        for key, label, name, count in places
    ]
    waiting = batch.status == Batch.Status.STAGED
    context = {
        "batch": batch,
        "counts": counts,
        "tabs": tabs,
        "here": here,
        "waiting": waiting,
        "effect": batch.report.get("effect", {}),
        "taken": batch.report.get("taken", {}),
        "unmapped": queries.unmapped(viewer, pk) if waiting else [],
        "to_retry": batch.status == Batch.Status.ACCEPTED
        and (counts.rows.get("ready", 0) or queries.blocked(viewer, pk)),
    }
    return viewer, batch, context


@require_GET
def report(request: HttpRequest, pk: int) -> HttpResponse:
    """What is wrong or doubtful, row by row, each with the way to mend it."""
    viewer, _batch, context = opened(request, pk, "report")
    found = queries.problems(viewer, pk)
    severity, text = request.GET.get("weight", ""), request.GET.get("q", "").strip()[:100]
    found = found.filter(severity=severity) if severity in queries.SEVERITIES else found
    found = found.filter(file_name__icontains=text) if text else found
    sort = sort_of(request, COLUMNS, "severity")
    page = page_of(request, apply_sort(found, sort))
    context |= {
        "page": page,
        "rows": [{"row": row, "problem": queries.problem_of(row)} for row in page],
        "columns": COLUMNS,
        "sort": sort,
        "weight": severity,
        "text": text,
    }
    return render(request, "desk/imports/report.html", context)


@require_GET
def files(request: HttpRequest, pk: int) -> HttpResponse:
    """The files as they came, each with what became of its rows."""
    viewer, _batch, context = opened(request, pk, "files")
    page = page_of(request, queries.files(viewer, pk))
    per_file = queries.rows_per_file(viewer, [file.pk for file in page])
    context |= {"page": page, "rows": [{"file": file, "counts": per_file[file.pk]} for file in page]}
    return render(request, "desk/imports/files.html", context)


@require_GET
def export(request: HttpRequest, pk: int, form: str) -> HttpResponse:
    """The problems as CSV or XLSX, for whoever mends them at the source."""
    viewer, _batch, _context = opened(request, pk, "report")
    told = [(row, queries.problem_of(row)) for row in queries.problems(viewer, pk)]
    head = (_("File"), _("Row"), _("Field"), _("What is wrong"), _("Expected"), _("Weight"))
    words = {"error": _("Refused"), "warning": _("To check")}
    lines = [
        (row.file_name, row.row, row.field, problem.problem, problem.expected, words.get(row.severity, row.severity))
        for row, problem in told
    ]
    write = exports.FORMS.get(form, exports.csv)
    return write(f"problemi-{pk}", head, lines)


@require_GET
def original(request: HttpRequest, pk: int) -> HttpResponse:
    """A file exactly as it came, as a download; never shown by the browser."""
    _viewer, file = thing_or_404(request, StagedFile.objects.all(), pk, "import")
    response = HttpResponse(bytes(file.content or b""), content_type="application/octet-stream")
    name = "".join(char if char.isalnum() or char in "._- " else "_" for char in file.name.rsplit("/", 1)[-1])
    response["Content-Disposition"] = f'attachment; filename="{name.encode("ascii", "replace").decode()}"'
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
