# SPDX-License-Identifier: Apache-2.0
"""Recording a conversation: the guided call on one screen, wrapped up by keyboard, and on to the next customer."""

import datetime as dt
import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from ascolto.domain.access.viewer import Viewer
from ascolto.domain.ledger.sums import with_balance
from ascolto.domain.outreach import language, reasons
from ascolto.domain.outreach.queries import contacts_of
from ascolto.domain.portfolio.models import Customer, Instalment
from ascolto.domain.records import clock
from ascolto.domain.records.errors import Refused
from ascolto.domain.strategy import reactions
from ascolto.domain.strategy.policy import policy_for
from ascolto.domain.strategy.worklist import talks_counted
from ascolto.engine.contact import Verdict, phone_allowed
from ascolto.web import codes as words
from ascolto.web import ui
from ascolto.web.desk import because_words, scripting
from ascolto.web.desk.callform import CallForm
from ascolto.web.desk.customers import header
from ascolto.web.desk.page import customer_or_404


@require_http_methods(["GET", "POST"])
def call(request: HttpRequest, pk: int) -> HttpResponse:
    """The call page; a POST records the call and goes on. A wrong form comes back with what to mend (422)."""
    viewer, who = customer_or_404(request, pk, "record_contact")
    items = open_items(who)
    if request.method == "POST":
        form = CallForm(request.POST, items=items)
        if form.is_valid() and _save(request, viewer, who, form):
            return _onwards(request, who)
        return _page(request, viewer, who, form, items, status=422)
    form = CallForm(items=items, initial={"key": uuid.uuid4().hex, "started": clock.now().isoformat()})
    return _page(request, viewer, who, form, items)


def open_items(who: Customer) -> list[Any]:
    """What the customer owes now, oldest due first."""
    rows: Any = with_balance(Instalment.objects.filter(client=who.client, customer=who).select_related("invoice"))
    return list(rows.filter(balance_cents__gt=0).order_by("due_on", "pk")[:60])


def _save(request: HttpRequest, viewer: Viewer, who: Customer, form: CallForm) -> bool:
    """True when the call is recorded; a refusal becomes an error of the form."""
    said = form.said(clock.now())
    try:
        contact = reactions.finish_call(viewer, who.pk, said)
    except Refused as no:
        form.add_error(form.field_of(no.code), no.message)
        return False
    promise = contact.promises.first()
    text = _("Call with %(name)s recorded.") % {"name": who.name}
    if promise is not None:
        text = _("Call with %(name)s recorded, with the promise.") % {"name": who.name}
    ui.toast(request, text, undo=reverse("desk:take_back", args=[contact.pk]))
    return True


def _onwards(request: HttpRequest, who: Customer) -> HttpResponse:
    if request.POST.get("then") == "stay":
        return redirect("desk:customer", who.pk)
    return redirect(f"{reverse('desk:next')}?after={who.pk}&to=call")


def _page(
    request: HttpRequest, viewer: Viewer, who: Customer, form: CallForm, items: list[Any], status: int = 200
) -> HttpResponse:
    context = header(request, viewer, who)
    decision = context["decision"]
    today = clock.today()
    overdue = sum(item.balance_cents for item in items if item.due_on < today)
    context |= {
        "form": form, "items": items, "overdue": overdue, "balance": sum(item.balance_cents for item in items),
        "verdict": verdict(who),
        "stages": scripting.stages(decision, who, str(request.user), items, context["promise"], today),
        "reasons": reasons.REASONS, "emotions": scripting.answers(), "solutions": reasons.SOLUTIONS,
        "outcomes": CallForm.OUTCOMES, "next_steps": words.NEXT_STEPS.items(), "faults": words.FAULTS.items(),
        "why_lines": because_words.tell(decision)[:4] if decision else [],
        "days": [(n, today + dt.timedelta(days=n)) for n in (3, 7, 15, 30)],
        "last_talk": contacts_of(viewer, who.pk).filter(human=True, taken_back_at=None).first(), "call_page": True,
    }  # fmt: skip
    return render(request, "desk/call.html", context, status=status)


def verdict(who: Customer) -> Verdict:
    """May this customer be called at this minute? Law, strategy and charter; counted from the log."""
    today = clock.today()
    said_today, said_this_week = talks_counted(who.client_id, who.pk, today)
    return phone_allowed(clock.now(), who.kind, said_today, said_this_week, policy_for(who.client, today))


@require_POST
def language_check(request: HttpRequest) -> HttpResponse:
    """Remarks on the words of a note, as a fragment: advice, never a refusal."""
    text = request.POST.get("note", "")[:5000]
    remarks = language.check(text, (get_language() or "it")[:2])
    return render(request, "desk/call.html#remarks", {"remarks": remarks})
