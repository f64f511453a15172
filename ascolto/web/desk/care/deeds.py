# SPDX-License-Identifier: Apache-2.0
"""What a person does with a case. POST only; each goes back to the case and says what it did."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from ascolto.domain.access.models import User
from ascolto.domain.care import handling
from ascolto.domain.care.actions import reopen_case
from ascolto.domain.care.files import LARGEST_FILE
from ascolto.domain.portfolio.models import Invoice
from ascolto.domain.records import clock
from ascolto.domain.strategy import caring
from ascolto.web import ui
from ascolto.web.desk.fields import MoneyField
from ascolto.web.desk.page import attempt, back_to


def _do(request: HttpRequest, pk: int, deed: Callable[..., Any], done: str, **said: Any) -> HttpResponse:
    viewer = ui.whole_viewer(request)
    if attempt(request, lambda: caring.change_case(viewer, pk, deed, as_of=clock.today(), **said)) is not None:
        ui.toast(request, done)
    return back_to(request, reverse("desk:case", args=[pk]))


@require_POST
def owner(request: HttpRequest, pk: int) -> HttpResponse:
    """Who answers for it: a colleague, oneself (`me`), or nobody."""
    asked = request.POST.get("owner", "")
    asked = str(ui.whole_viewer(request).user_id) if asked == "me" else asked
    chosen = User.objects.filter(pk=int(asked)).first() if asked.isdecimal() else None
    return _do(request, pk, handling.assign_owner, _("The owner is noted."), owner=chosen)


@require_POST
def waiting(request: HttpRequest, pk: int) -> HttpResponse:
    """Whom it waits for."""
    return _do(request, pk, handling.wait_for, _("Noted. The clock goes on."), whom=request.POST.get("whom", ""))


@require_POST
def fault(request: HttpRequest, pk: int) -> HttpResponse:
    """Whose fault it is."""
    return _do(request, pk, handling.set_fault, _("Noted."), fault=request.POST.get("fault", ""))


@require_POST
def note(request: HttpRequest, pk: int) -> HttpResponse:
    """Say something in the discussion."""
    said = {"text": request.POST.get("text", ""), "visibility": request.POST.get("visibility", "internal")}
    return _do(request, pk, handling.add_event, _("Added to the discussion."), **said)


@require_POST
def add_evidence(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep a file with the case; only as much of it is read as may be kept."""
    file = request.FILES.get("file")
    content = file.read(LARGEST_FILE + 1) if file else b""
    name = str(file.name) if file else ""
    return _do(request, pk, handling.add_evidence, _("The file is kept with the case."), name=name, content=content)


class ConvertForm(forms.Form):
    kind = forms.CharField(required=False)
    why = forms.CharField(required=False, max_length=300)
    invoice = forms.IntegerField(required=False)
    cents = MoneyField(required=False)


@require_POST
def convert(request: HttpRequest, pk: int) -> HttpResponse:
    """Another kind; the story stays."""
    form = ConvertForm(request.POST)
    if not form.is_valid():
        ui.toast(request, "; ".join(str(errors[0]) for errors in form.errors.values()), problem=True)
        return back_to(request, reverse("desk:case", args=[pk]))
    said = form.cleaned_data
    case = caring.case_of(ui.whole_viewer(request), pk, "record_contact")
    invoice = Invoice.objects.filter(client=case.client_id, pk=said["invoice"]).first() if said["invoice"] else None
    return _do(
        request, pk, handling.convert_kind, _("Changed; everything said before is kept."),
        kind=said["kind"], why=said["why"], invoice=invoice, cents=said["cents"] or 0,
    )  # fmt: skip


@require_POST
def reopen(request: HttpRequest, pk: int) -> HttpResponse:
    """Open it again."""
    return _do(request, pk, reopen_case, _("Open again; its clock is the first one."), why=request.POST.get("why", ""))


@require_POST
def letter(request: HttpRequest, pk: int) -> HttpResponse:
    """Tell the customer how it ended."""
    viewer, channel = ui.whole_viewer(request), request.POST.get("channel", "")
    if attempt(request, lambda: caring.write_outcome(viewer, pk, channel=channel, as_of=clock.today())):
        ui.toast(request, _("Written: it waits in the outbox."))
    return back_to(request, reverse("desk:case", args=[pk]))
