# SPDX-License-Identifier: Apache-2.0
"""What a person does about a gap: supply, attach, accept as it is, open again, give to somebody. POST only."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from ascolto.domain.access import people
from ascolto.domain.care import papers
from ascolto.domain.care.files import LARGEST_FILE
from ascolto.domain.records import clock
from ascolto.domain.strategy.papers import change_demands, give_gaps, mend_gap
from ascolto.web import ui
from ascolto.web.desk.page import attempt, back_to, customer_or_404


def _mend(
    request: HttpRequest, pk: int, deed: Callable[..., Any], done: str, undo: str = "", **said: Any
) -> HttpResponse:
    viewer = ui.whole_viewer(request)
    if attempt(request, lambda: mend_gap(viewer, pk, deed, as_of=clock.today(), **said)) is not None:
        ui.toast(request, done, undo=undo)
    return back_to(request, reverse("desk:blocked"))


@require_POST
def supply(request: HttpRequest, pk: int) -> HttpResponse:
    """Type in what was missing."""
    value = request.POST.get("value", "")
    return _mend(request, pk, papers.supply, _("Written into the invoice: it is asked for again."), value=value)


@require_POST
def attach(request: HttpRequest, pk: int) -> HttpResponse:
    """Attach the invoice; only as much of the file is read as may be kept."""
    file = request.FILES.get("file")
    content = file.read(LARGEST_FILE + 1) if file else b""
    name = str(file.name) if file else ""
    return _mend(request, pk, papers.attach, _("The file is kept with the invoice."), name=name, content=content)


@require_POST
def accept(request: HttpRequest, pk: int) -> HttpResponse:
    """Leave it as it is, for a reason; the toast can undo it."""
    undo = reverse("desk:reopen_gap", args=[pk])
    return _mend(request, pk, papers.accept_gap, _("Accepted as it is."), undo, why=request.POST.get("why", ""))


@require_POST
def reopen(request: HttpRequest, pk: int) -> HttpResponse:
    """Take an acceptance back."""
    return _mend(request, pk, papers.reopen_gap, _("Open again."))


@require_POST
def give(request: HttpRequest) -> HttpResponse:
    """Give the chosen rows to somebody, to oneself (`me`), or to nobody."""
    viewer, asked = ui.whole_viewer(request), request.POST.get("owner", "")
    asked = str(viewer.user_id) if asked == "me" else asked
    picked = [int(pk) for pk in request.POST.getlist("pick")[:500] if pk.isdecimal()]
    owner = people.colleagues(viewer.client_ids).filter(pk=int(asked)).first() if asked.isdecimal() else None
    if not picked or (asked and owner is None):
        ui.toast(request, _("Choose some rows, and whose they shall be."), problem=True)
        return back_to(request, reverse("desk:blocked"))
    count = attempt(request, lambda: give_gaps(viewer, picked, owner, as_of=clock.today()))
    if count is not None:
        words = ngettext("%(n)s row given.", "%(n)s rows given.", count)
        ui.toast(request, words % {"n": count})
    return back_to(request, reverse("desk:blocked"))


@require_POST
def demands(request: HttpRequest, pk: int) -> HttpResponse:
    """What this customer's invoices must name."""
    viewer, who = customer_or_404(request, pk, "record_contact")
    change_demands(viewer, who, demands=request.POST.getlist("demand"), as_of=clock.today())
    ui.toast(request, _("Noted: open invoices were looked at again."))
    return back_to(request, reverse("desk:customer_tab", args=[pk, "recapiti"]))
