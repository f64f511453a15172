# SPDX-License-Identifier: Apache-2.0
"""What a person does for a customer in difficulty. POST only; each goes back to the agreements and says what it did."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from ascolto.domain.agreements.models import HardshipPath
from ascolto.domain.records import clock
from ascolto.domain.strategy import paths
from ascolto.web import ui
from ascolto.web.desk.page import attempt, back_to, customer_or_404, thing_or_404


class PathForm(forms.Form):
    sign = forms.CharField()
    said = forms.CharField(max_length=500)
    pause_until_on = forms.DateField(required=False)
    review_on = forms.DateField()


class MoveForm(forms.Form):
    why = forms.CharField(max_length=300)
    pause_until_on = forms.DateField(required=False)
    review_on = forms.DateField()


@require_POST
def start(request: HttpRequest, pk: int) -> HttpResponse:
    """Put the customer on a path."""
    viewer, _who = customer_or_404(request, pk, "promise")
    said = _said(request, PathForm(request.POST))
    if said and attempt(request, lambda: paths.start_path(viewer, pk, as_of=clock.today(), **said)):
        ui.toast(
            request, _("The path begins: nothing is asked for during the pause, and the review comes to the work list.")
        )
    return _back(request, pk)


@require_POST
def move(request: HttpRequest, pk: int) -> HttpResponse:
    """Another day for the review, with what the customer said."""
    viewer, path = thing_or_404(request, HardshipPath.objects.all(), pk, "promise")
    said = _said(request, MoveForm(request.POST))
    if said and attempt(request, lambda: paths.move_review(viewer, pk, as_of=clock.today(), **said)):
        ui.toast(request, _("The review has a new day."))
    return _back(request, path.customer_id)


@require_POST
def end(request: HttpRequest, pk: int) -> HttpResponse:
    """End it with what came of it."""
    viewer, path = thing_or_404(request, HardshipPath.objects.all(), pk, "promise")
    outcome, why = request.POST.get("outcome", ""), request.POST.get("why", "")
    if attempt(request, lambda: paths.end_path(viewer, pk, outcome=outcome, why=why, as_of=clock.today())):
        ui.toast(request, _("The path is ended: the usual steps hold again."))
    return _back(request, path.customer_id)


@require_POST
def protect(request: HttpRequest, pk: int) -> HttpResponse:
    """Who must be treated with care, and by which row of law."""
    viewer, _who = customer_or_404(request, pk, "record_contact")
    said = {
        "vulnerable": bool(request.POST.get("vulnerable")), "social_bonus": bool(request.POST.get("social_bonus")),
        "protection": request.POST.get("protection", ""),
    }  # fmt: skip
    if attempt(request, lambda: paths.mark_customer(viewer, pk, as_of=clock.today(), **said)):
        ui.toast(request, _("Noted."))
    return back_to(request, reverse("desk:customer_tab", args=[pk, "recapiti"]))


def _said(request: HttpRequest, form: forms.Form) -> dict[str, Any] | None:
    if form.is_valid():
        return form.cleaned_data
    mend = "; ".join(str(errors[0]) for errors in form.errors.values())
    ui.toast(request, _("Not saved: %(mend)s") % {"mend": mend}, problem=True)
    return None


def _back(request: HttpRequest, customer_id: int) -> HttpResponse:
    return back_to(request, reverse("desk:customer_tab", args=[customer_id, "accordi"]))
