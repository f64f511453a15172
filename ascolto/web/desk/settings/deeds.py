# SPDX-License-Identifier: Apache-2.0
"""Setting something of a client. POST only; what cannot be taken comes back as it was sent, with what to mend."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from ascolto.domain.mandates.queries import charter_of
from ascolto.domain.records import clock
from ascolto.domain.records.errors import Refused
from ascolto.domain.strategy import client_settings
from ascolto.web import ui
from ascolto.web.desk.settings.forms import CharterForm, ChoicesForm, ParticularsForm
from ascolto.web.desk.settings.views import page


@require_POST
def charter(request: HttpRequest, client_id: int) -> HttpResponse:
    """The charter as a whole, with who signed it for the client."""
    viewer, today = ui.whole_viewer(request), clock.today()
    client = client_settings.client_of(viewer, client_id)
    form = CharterForm(request.POST)
    if not form.is_valid():
        return page(request, client_id, charter_form=form, charter_open=True)
    said = form.cleaned_data
    try:
        client_settings.agree_charter(
            viewer, client_id, rules=form.rules(charter_of(client.pk, today)), signed_by=said["signed_by"],
            signed_on=said["signed_on"], as_of=today,
        )  # fmt: skip
    except Refused as no:
        form.add_error(None, no.message)
        return page(request, client_id, charter_form=form, charter_open=True)
    ui.toast(request, _("The charter holds from today; steps already planned are looked at again tonight."))
    return _back(client_id)


@require_POST
def choices(request: HttpRequest, client_id: int) -> HttpResponse:
    """The client's switches."""
    return _change(request, client_id, ChoicesForm(request.POST), "choices_form")


@require_POST
def particulars(request: HttpRequest, client_id: int) -> HttpResponse:
    """Where customers pay and write."""
    return _change(request, client_id, ParticularsForm(request.POST), "particulars_form")


def _change(request: HttpRequest, client_id: int, form: forms.Form, name: str) -> HttpResponse:
    viewer = ui.whole_viewer(request)
    client_settings.client_of(viewer, client_id)
    wrong: dict[str, Any] = {name: form, name.replace("_form", "_open"): True}
    if not form.is_valid():
        return page(request, client_id, **wrong)
    try:
        client_settings.change_client(viewer, client_id, as_of=clock.today(), **form.cleaned_data)
    except Refused as no:
        form.add_error(None, no.message)
        return page(request, client_id, **wrong)
    ui.toast(request, _("Saved."))
    return _back(client_id)


def _back(client_id: int) -> HttpResponse:
    return HttpResponseRedirect(reverse("desk:client_settings", args=[client_id]))
