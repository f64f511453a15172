# SPDX-License-Identifier: Apache-2.0
"""Doing something about a delivery: bring it, accept, refuse, retry it, leave a row out. POST only."""

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from ascolto.domain.access.models import Client
from ascolto.domain.access.viewer import Viewer
from ascolto.domain.intake import staging
from ascolto.domain.intake.models import Batch, StagedRow
from ascolto.domain.records import clock
from ascolto.domain.records.errors import Refused
from ascolto.domain.strategy import reactions
from ascolto.web import ui
from ascolto.web.desk.imports.limits import MAX_FILES, MAX_TOTAL_BYTES
from ascolto.web.desk.page import attempt, back_to, thing_or_404


@require_POST
def upload(request: HttpRequest) -> HttpResponse:
    """Stage the files that were brought and show the report."""
    viewer, client = _client(request)
    uploaded = request.FILES.getlist("files")
    if not uploaded:
        ui.toast(request, _("Choose at least one file."), problem=True)
        return HttpResponseRedirect(reverse("desk:imports"))
    if len(uploaded) > MAX_FILES or sum(file.size or 0 for file in uploaded) > MAX_TOTAL_BYTES:
        words = _("At most %(files)s files and %(mb)s MB at a time: bring the rest in a second delivery.")
        ui.toast(request, words % {"files": MAX_FILES, "mb": MAX_TOTAL_BYTES // 1024**2}, problem=True)
        return HttpResponseRedirect(reverse("desk:imports"))
    files = [(file.name or "file", file.read()) for file in uploaded]
    batch = staging.stage(client=client, files=files, actor=viewer.name, as_of=clock.today())
    if batch.status == Batch.Status.ACCEPTED:
        reactions.accept_batch(viewer, batch.pk, as_of=clock.today())
    return HttpResponseRedirect(reverse("desk:import_batch", args=[batch.pk]))


def _client(request: HttpRequest) -> tuple[Viewer, Client]:
    """The client whose files these are: the chosen one, or the only one at which the person may import."""
    viewer = ui.whole_viewer(request)
    chosen = request.POST.get("client", "")
    if chosen:
        if not chosen.isdecimal() or len(chosen) > 18:
            raise Http404
        viewer.require("import", int(chosen))
        return viewer, Client.objects.get(pk=int(chosen))
    allowed = [pk for pk in ui.viewer(request).client_ids if viewer.may("import", pk)]
    if not allowed:
        raise PermissionDenied("import")
    return viewer, Client.objects.get(pk=allowed[0])


@require_POST
def accept(request: HttpRequest, pk: int) -> HttpResponse:
    """Take over the good rows; cash and decisions follow at once."""
    viewer, batch = thing_or_404(request, Batch.objects.all(), pk, "import")
    done = attempt(request, lambda: reactions.accept_batch(viewer, batch.pk, as_of=clock.today()))
    if done is not None:
        ui.toast(request, _("Accepted: the good rows are in the portfolio."))
    return _to(batch)


@require_POST
def refuse(request: HttpRequest, pk: int) -> HttpResponse:
    """Take nothing."""
    viewer, batch = thing_or_404(request, Batch.objects.all(), pk, "import")
    why = request.POST.get("why", "").strip()[:300]
    done = attempt(request, lambda: staging.refuse(batch=batch, actor=viewer.name, as_of=clock.today(), why=why))
    if done is not None:
        ui.toast(request, _("Refused: nothing was taken. The same files may come again."))
    return _to(batch)


@require_POST
def retry(request: HttpRequest, pk: int) -> HttpResponse:
    """Take over the rows corrected since."""
    viewer, batch = thing_or_404(request, Batch.objects.all(), pk, "import")
    taken = attempt(request, lambda: reactions.retry_batch(viewer, batch.pk, as_of=clock.today()))
    if taken is not None:
        kinds = ("invoices_new", "invoices_changed", "customers", "statements_new", "notices_new", "collections_new")
        count = sum(taken.get(kind, 0) for kind in kinds)
        words = ngettext("%(count)s document taken over.", "%(count)s documents taken over.", count)
        ui.toast(request, words % {"count": count})
    return _to(batch)


@require_POST
def discard(request: HttpRequest, pk: int) -> HttpResponse:
    """Leave a wrong row out for good."""
    viewer, row = thing_or_404(request, StagedRow.objects.all(), pk, "import")
    try:
        staging.discard_row(row=row, actor=viewer.name, as_of=clock.today())
        ui.toast(request, _("The row is left out."))
    except Refused as no:
        ui.toast(request, no.message, problem=True)
    return back_to(request, reverse("desk:import_batch", args=[row.batch_id]))


def _to(batch: Batch) -> HttpResponse:
    return HttpResponseRedirect(reverse("desk:import_batch", args=[batch.pk]))
