# SPDX-License-Identifier: Apache-2.0
"""Requests for credit notes and write-offs: the list, asking, deciding."""

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from ascolto.domain.ledger.credits import credit_requests
from ascolto.domain.portfolio.models import Invoice
from ascolto.domain.records import clock
from ascolto.domain.strategy import caring
from ascolto.web import ui
from ascolto.web.desk.fields import MoneyField
from ascolto.web.desk.page import attempt, back_to, thing_or_404
from ascolto.web.tables import page_of


@require_GET
def credit_list(request: HttpRequest) -> HttpResponse:
    """What waits for approval, then what was decided."""
    viewer, today = ui.viewer(request), clock.today()
    asked = request.GET.get("status", "pending")
    rows = credit_requests(viewer)
    here = asked if asked in ("pending", "approved", "refused") else "pending"
    page = page_of(request, rows.filter(status=here))
    lines = [{"request": row, "may": here == "pending" and caring.may_approve(viewer, row, today)} for row in page]
    words = {"pending": _("To approve"), "approved": _("Approved"), "refused": _("Refused")}
    tabs = [{"label": word, "url": f"?status={name}", "here": name == here} for name, word in words.items()]
    context = {"page": page, "lines": lines, "tabs": tabs, "here": here, "me": viewer.name}
    return render(request, "desk/care/credits.html", context)


class AskForm(forms.Form):
    kind = forms.CharField()
    cents = MoneyField()
    reason = forms.CharField(max_length=300)


@require_POST
def ask(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for a credit note or a write-off of an invoice (`pk`)."""
    viewer, invoice = thing_or_404(request, Invoice.objects.all(), pk, "record_contact")
    form = AskForm(request.POST)
    if not form.is_valid():
        mend = "; ".join(str(errors[0]) for errors in form.errors.values())
        ui.toast(request, _("Not saved: %(mend)s") % {"mend": mend}, problem=True)
    else:
        said = form.cleaned_data
        asked = attempt(
            request,
            lambda: caring.ask_to_give_up(
                viewer, pk, kind=said["kind"], amount_cents=said["cents"], reason=said["reason"], as_of=clock.today()
            ),
        )
        if asked is not None:
            ui.toast(request, _("Asked. Until it is decided this part is not asked for."))
    return back_to(request, reverse("desk:customer_tab", args=[invoice.customer_id, "pratiche"]))


@require_POST
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Approve or refuse."""
    viewer, approved = ui.whole_viewer(request), request.POST.get("approved") == "yes"
    why = request.POST.get("why", "")
    if attempt(request, lambda: caring.decide_credit(viewer, pk, approved=approved, why=why, as_of=clock.today())):
        ui.toast(request, _("Approved and posted: it can be undone among the payments.") if approved else _("Refused."))
    return back_to(request, reverse("desk:credits"))
