# SPDX-License-Identifier: Apache-2.0
"""Doing something about collections: make or cancel a file, place what came back, keep mandates. POST only."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from ascolto.domain.access.models import Client
from ascolto.domain.access.viewer import visible
from ascolto.domain.debits import outcomes
from ascolto.domain.debits.mandates import set_creditor
from ascolto.domain.debits.message import FORMS
from ascolto.domain.debits.models import BankNews, DebitMandate
from ascolto.domain.records import clock
from ascolto.domain.strategy import debiting
from ascolto.web import ui
from ascolto.web.desk.page import attempt, back_to, customer_or_404, thing_or_404


class FileForm(forms.Form):
    due_by = forms.DateField()
    form = forms.ChoiceField(choices=[(name, name) for name in FORMS])


class CodesForm(forms.Form):
    creditor_id = forms.CharField(max_length=40)
    iban = forms.CharField(max_length=42)
    cuc = forms.CharField(max_length=35, required=False)
    bic = forms.CharField(max_length=11, required=False)
    prenotice_days = forms.IntegerField(min_value=1, max_value=60, required=False)


class MeaningForm(forms.Form):
    outcome = forms.ChoiceField(choices=[(name, name) for name in outcomes.TAUGHT])
    words = forms.CharField(max_length=200, required=False)


class MandateForm(forms.Form):
    reference = forms.CharField(max_length=35)
    iban = forms.CharField(max_length=42)
    signed_on = forms.DateField()
    holder = forms.CharField(max_length=70, required=False)
    scheme = forms.ChoiceField(choices=DebitMandate.Scheme.choices)
    sequence = forms.ChoiceField(choices=DebitMandate.Sequence.choices)


@require_POST
def make(request: HttpRequest, pk: int) -> HttpResponse:
    """Make the files of what is due by a day; what they hold rests from then on."""
    viewer = ui.whole_viewer(request)
    client = get_object_or_404(visible(viewer, Client.objects.all()), pk=pk)
    viewer.require(debiting.FILES, pk)
    said = _said(request, FileForm(request.POST))
    if said is not None:
        made = attempt(request, lambda: debiting.collect(viewer, client, as_of=clock.today(), **said))
        if made:
            n = sum(flow.orders.count() for flow in made)
            words = ngettext("%(n)s order is ready for the bank.", "%(n)s orders are ready for the bank.", n)
            ui.toast(request, words % {"n": n})
    return back_to(request, f"{reverse('desk:debits')}?client={pk}")


@require_POST
def codes(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep the client's own codes at its bank."""
    viewer = ui.whole_viewer(request)
    client = get_object_or_404(visible(viewer, Client.objects.all()), pk=pk)
    viewer.require("policy", pk)
    said = _said(request, CodesForm(request.POST))
    if said is not None and attempt(request, lambda: set_creditor(client=client, actor=viewer.name, **said)):
        ui.toast(request, _("The codes are kept."))
    return back_to(request, f"{reverse('desk:debits')}?client={pk}")


@require_POST
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """A file that was never sent."""
    viewer = ui.whole_viewer(request)
    why = request.POST.get("why", "")[:300]
    flow = attempt(request, lambda: debiting.cancel(viewer, pk, why=why, as_of=clock.today()))
    if flow is not None:
        ui.toast(request, _("Cancelled: its instalments are asked for as before."))
    return back_to(request, reverse("desk:debits"))


@require_POST
def teach(request: HttpRequest, pk: int) -> HttpResponse:
    """What a code means, once for all that waits for it."""
    viewer = ui.whole_viewer(request)
    thing_or_404(request, BankNews.objects.all(), pk, debiting.FILES)
    said = _said(request, MeaningForm(request.POST))
    if said is not None:
        done = attempt(request, lambda: debiting.teach(viewer, pk, as_of=clock.today(), **said))
        if done is not None:
            ui.toast(
                request, ngettext("Kept; %(n)s piece taken over.", "Kept; %(n)s pieces taken over.", done) % {"n": done}
            )
    return back_to(request, reverse("desk:debits"))


@require_POST
def assign(request: HttpRequest, pk: int) -> HttpResponse:
    """Of which instalment the bank speaks."""
    viewer = ui.whole_viewer(request)
    thing_or_404(request, BankNews.objects.all(), pk, debiting.FILES)
    item = request.POST.get("instalment", "")
    if item.isdecimal() and len(item) < 19:
        if attempt(request, lambda: debiting.assign(viewer, pk, int(item), as_of=clock.today())):
            ui.toast(request, _("Taken over."))
    else:
        ui.toast(request, _("Choose the instalment first."), problem=True)
    return back_to(request, reverse("desk:debits"))


@require_POST
def aside(request: HttpRequest, pk: int) -> HttpResponse:
    """It concerns nothing of ours."""
    viewer = ui.whole_viewer(request)
    why = request.POST.get("why", "")[:300]
    if attempt(request, lambda: debiting.set_aside(viewer, pk, why=why, as_of=clock.today())):
        ui.toast(request, _("Set aside."))
    return back_to(request, reverse("desk:debits"))


@require_POST
def register(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep a mandate that the customer signed."""
    viewer, _who = customer_or_404(request, pk, debiting.MANDATES)
    said = _said(request, MandateForm(request.POST))
    if said is not None:
        made = attempt(request, lambda: debiting.register(viewer, pk, as_of=clock.today(), **said))
        if made is not None:
            ui.toast(request, _("The mandate is registered."))
    return back_to(request, reverse("desk:customer_tab", args=[pk, "accordi"]))


@require_POST
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """End a mandate, with the reason."""
    viewer, mandate = thing_or_404(request, DebitMandate.objects.all(), pk, debiting.MANDATES)
    why = request.POST.get("why", "")[:300]
    if attempt(request, lambda: debiting.revoke(viewer, pk, why=why, as_of=clock.today())):
        ui.toast(request, _("The mandate is revoked."))
    return back_to(request, reverse("desk:customer_tab", args=[mandate.customer_id, "accordi"]))


def _said(request: HttpRequest, form: forms.Form) -> dict[str, Any] | None:
    """The form's values; when it is wrong, None, and what to mend is said in a toast."""
    if form.is_valid():
        return form.cleaned_data
    mend = "; ".join(f"{name}: {errors[0]}" for name, errors in form.errors.items())
    ui.toast(request, _("Not saved: %(mend)s") % {"mend": mend}, problem=True)
    return None
