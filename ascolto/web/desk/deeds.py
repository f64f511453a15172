# SPDX-License-Identifier: Apache-2.0
"""What a person does on the customer page besides calling: hold, promise, dispute. POST only; each says what it did."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from ascolto.domain.agreements.models import Promise
from ascolto.domain.care.models import CareCase
from ascolto.domain.outreach.models import Contact
from ascolto.domain.portfolio.models import Hold
from ascolto.domain.records import clock
from ascolto.domain.records.errors import Refused
from ascolto.domain.strategy import reactions
from ascolto.domain.strategy.takeback import take_back_call
from ascolto.web import ui
from ascolto.web.desk.customers import with_case_form
from ascolto.web.desk.fields import MoneyField
from ascolto.web.desk.page import attempt, back_to, customer_or_404, thing_or_404


class HoldForm(forms.Form):
    reason = forms.CharField(max_length=300)
    until_on = forms.DateField(required=False)
    invoice_id = forms.IntegerField(required=False)


class PromiseForm(forms.Form):
    promise_cents = MoneyField()
    promise_on = forms.DateField()
    channel = forms.ChoiceField(choices=Promise.Channel.choices, required=False)
    said_by = forms.CharField(max_length=120, required=False)
    words = forms.CharField(max_length=300, required=False)


class CaseForm(forms.Form):
    kind = forms.ChoiceField(choices=CareCase.Kind.choices)
    reason = forms.CharField(max_length=300)
    invoice = forms.IntegerField(required=False)
    disputed_cents = MoneyField(required=False)
    topic = forms.ChoiceField(choices=CareCase.Topic.choices, required=False)
    received_on = forms.DateField(required=False)


class OutcomeForm(forms.Form):
    outcome = forms.CharField(max_length=300, required=False)
    verdict = forms.ChoiceField(choices=CareCase.Verdict.choices, required=False)
    granted_cents = MoneyField(required=False)


@require_POST
def place_hold(request: HttpRequest, pk: int) -> HttpResponse:
    """Leave the customer, or one invoice, alone until a day; the toast can undo it."""
    viewer, who = customer_or_404(request, pk, "hold")
    said = _said(request, HoldForm(request.POST))
    if said is not None:
        hold = attempt(request, lambda: reactions.hold(viewer, pk, as_of=clock.today(), **said))
        if hold is not None:
            what = hold.invoice.number if hold.invoice else who.name
            text = _("%(name)s is left alone.") % {"name": what}
            ui.toast(request, text, undo=reverse("desk:lift_hold", args=[hold.pk]))
    return _back(request, pk, "fatture" if request.POST.get("invoice_id") else "")


@require_POST
def lift_hold(request: HttpRequest, pk: int) -> HttpResponse:
    """End a hold today."""
    viewer, hold = thing_or_404(request, Hold.objects.all(), pk, "hold")
    if attempt(request, lambda: reactions.lift_hold(viewer, pk, as_of=clock.today())):
        ui.toast(request, _("The hold is lifted."))
    return _back(request, hold.customer_id, "fatture" if hold.invoice_id else "")


@require_POST
def take_promise(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a promise made outside a call, by whichever way it came."""
    viewer, _who = customer_or_404(request, pk, "promise")
    said = _said(request, PromiseForm(request.POST))
    if said is not None:
        cents, on = said["promise_cents"], said["promise_on"]
        taken = attempt(
            request,
            lambda: reactions.promise(
                viewer,
                pk,
                amount_cents=cents,
                due_on=on,
                channel=said["channel"] or Promise.Channel.PHONE,
                said_by=said["said_by"],
                words=said["words"],
                as_of=clock.today(),
            ),
        )
        if taken is not None:
            ui.toast(request, _("Promise recorded. A new promise replaces it."))
    return _back(request, pk)


@require_POST
def open_case(request: HttpRequest, pk: int) -> HttpResponse:
    """Open a dispute, complaint or request; what cannot be taken comes back as it was sent, with what to mend."""
    viewer, _who = customer_or_404(request, pk, "record_contact")
    form = CaseForm(request.POST)
    if not form.is_valid():
        return with_case_form(request, pk, {**request.POST.dict(), "error": _mend(form)})
    said = form.cleaned_data
    try:
        reactions.open_care_case(
            viewer, pk, as_of=clock.today(), invoice_id=said["invoice"], kind=said["kind"], reason=said["reason"],
            disputed_cents=said["disputed_cents"] or 0, topic=said["topic"] or "other", received_on=said["received_on"],
        )  # fmt: skip
    except Refused as no:
        return with_case_form(request, pk, {**request.POST.dict(), "error": no.message, "code": no.code})
    ui.toast(request, _("Opened. Close it with its outcome when it is settled."))
    return _back(request, pk, "pratiche")


@require_POST
def close_case(request: HttpRequest, pk: int) -> HttpResponse:
    """Close a case with its outcome."""
    viewer, case = thing_or_404(request, CareCase.objects.all(), pk, "record_contact")
    said = _said(request, OutcomeForm(request.POST))
    if said is not None:
        said["granted_cents"] = said["granted_cents"] or 0
        if attempt(request, lambda: reactions.close_care_case(viewer, pk, as_of=clock.today(), **said)):
            ui.toast(request, _("Closed."))
    return _back(request, case.customer_id, "pratiche")


@require_POST
def take_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Take back a call recorded by mistake, with what it brought about; the form of a new one is next."""
    viewer, contact = thing_or_404(request, Contact.log.all(), pk, "record_contact")
    why = request.POST.get("why", "")[:300]
    done = attempt(request, lambda: take_back_call(viewer, pk, as_of=clock.today(), why=why))
    if done is None:
        return _back(request, contact.customer_id)
    ui.toast(request, _("The call is taken back, with everything that came of it. Record it again if it took place."))
    return back_to(request, reverse("desk:call", args=[contact.customer_id]))


def _said(request: HttpRequest, form: forms.Form) -> dict[str, Any] | None:
    """The form's values; when it is wrong, None, and what to mend is said in a toast."""
    if form.is_valid():
        return form.cleaned_data
    ui.toast(request, _("Not saved: %(mend)s") % {"mend": _mend(form)}, problem=True)
    return None


def _mend(form: forms.Form) -> str:
    return "; ".join(str(errors[0]) for errors in form.errors.values())


def _back(request: HttpRequest, customer_id: int, tab: str = "") -> HttpResponse:
    where = (
        reverse("desk:customer_tab", args=[customer_id, tab]) if tab else reverse("desk:customer", args=[customer_id])
    )
    return back_to(request, where)
