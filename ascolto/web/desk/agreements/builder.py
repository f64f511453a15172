# SPDX-License-Identifier: Apache-2.0
"""Building a plan with the customer: what they can pay, the ways side by side, the proposal, the paper, the yes."""

import datetime as dt
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ascolto.domain.access.viewer import Viewer
from ascolto.domain.agreements import early, plans
from ascolto.domain.agreements.models import Plan
from ascolto.domain.agreements.queries import running_plan
from ascolto.domain.portfolio.models import Customer
from ascolto.domain.records import clock
from ascolto.domain.records.errors import Refused
from ascolto.domain.strategy import agreed
from ascolto.domain.strategy.plan_paper import plan_pdf
from ascolto.domain.strategy.plan_terms import Allowed, terms_of
from ascolto.engine.plan import Offer, month_later
from ascolto.engine.rows import origin
from ascolto.web import formats, ui
from ascolto.web.desk.fields import MoneyField
from ascolto.web.desk.page import attempt, customer_or_404, thing_or_404

HOW_WORDS = {
    "signed": gettext_lazy("Signed document"), "email": gettext_lazy("By e-mail"), "pec": gettext_lazy("By PEC"),
    "phone": gettext_lazy("On the phone"), "portal": gettext_lazy("On the portal"),
}  # fmt: skip
LARGEST_PROOF = 5_000_000


class AskForm(forms.Form):
    """What was asked of the customer, and what we would start from."""

    monthly_cents = MoneyField(required=False)
    money_arrives = forms.CharField(max_length=120, required=False)
    down_cents = MoneyField(required=False)
    first_on = forms.DateField(required=False)
    legal_right = forms.CharField(max_length=10, required=False)
    note = forms.CharField(max_length=500, required=False)


class SettleForm(forms.Form):
    by = forms.DateField(required=False)


class AcceptForm(forms.Form):
    how = forms.ChoiceField(choices=list(HOW_WORDS.items()))
    accepted_by = forms.CharField(max_length=120)
    proof = forms.FileField(required=False)


@require_http_methods(["GET", "POST"])
def build(request: HttpRequest, pk: int) -> HttpResponse:
    """The builder; a POST with `count` proposes that many instalments."""
    viewer, who = customer_or_404(request, pk, "promise")
    form = AskForm(request.POST if request.method == "POST" else request.GET)
    said = _said(form)
    if request.method == "POST" and form.is_valid():
        count = request.POST.get("count", "")
        wanted = {"count": int(count) if count.isdecimal() else 0, **said}
        plan = attempt(request, lambda: agreed.propose_plan(viewer, pk, as_of=clock.today(), **wanted))
        if plan is not None:
            waits = plan.status == Plan.Status.PROPOSED
            ui.toast(request, _("Proposed: it waits for an approval.") if waits else _("Proposed: now the customer."))
            return redirect("desk:customer_tab", pk, "accordi")
    return render(request, "desk/plan_builder.html", _context(viewer, who, form, said), status=200)


def _said(form: AskForm) -> dict[str, Any]:
    """What the form says; fields in error count as empty."""
    form.is_valid()
    clean = form.cleaned_data
    return {
        "monthly_cents": clean.get("monthly_cents") or 0, "money_arrives": clean.get("money_arrives", ""),
        "down_cents": clean.get("down_cents") or 0, "legal_right": clean.get("legal_right", ""),
        "first_on": clean.get("first_on") or clock.today() + dt.timedelta(days=14), "note": clean.get("note", ""),
    }  # fmt: skip


def _context(viewer: Viewer, who: Customer, form: AskForm, said: dict[str, Any]) -> dict[str, Any]:
    today, role = clock.today(), viewer.roles[who.client_id]
    items, wrong = plans.covered_by_new(who, today), ""
    offers: tuple[Offer, ...] = ()
    asked = {name: said[name] for name in ("monthly_cents", "down_cents", "first_on", "legal_right")}
    allowed: Allowed | None = None
    try:
        allowed = terms_of(who.client, today)
        offers = plans.ways(customer=who, as_of=today, role=role, terms=allowed.terms, rate=allowed.rate, **asked)
    except Refused as no:
        wrong = no.message
    except LookupError:
        wrong = _("The plan reaches beyond the holidays known to the calendar.")
    return {
        "customer": who, "form": form, "said": said, "items": items, "offers": offers, "wrong": wrong,
        "total": sum(item.balance_cents for item in items), "warning": plans.warning(who, today),
        "rights": plans.rights(who), "last_first": month_later(today, 2), "today": today,
        "allowed": allowed, "limits": limits(allowed) if allowed else [],
        "right_rows": [plans.right_origin(one) for one in plans.rights(who)],
        "law": _law(allowed, said["legal_right"], who), "running": running_plan(viewer, who.pk),
    }  # fmt: skip


def _law(allowed: Allowed | None, legal_right: str, who: Customer) -> list[dict[str, Any]]:
    """The rows behind the ways shown: the right that was chosen, or those of the interest."""
    chosen = [plans.right_origin(one) for one in plans.rights(who) if one.id == legal_right]
    return chosen or ([origin(row) for row in allowed.rate.rows] if allowed else [])


def limits(allowed: Allowed) -> list[dict[str, Any]]:
    """What the client allows, each with whether the charter of its mandate says it."""
    terms, rate = allowed.terms, allowed.rate
    months = {_("operator"): terms.grants.operator, _("team leader"): terms.grants.team_leader,
              _("credit manager"): terms.grants.credit_manager}  # fmt: skip
    told = {
        "max_months": (_("Longest plan"), ngettext("%(n)d instalment", "%(n)d instalments", terms.max_months)
                       % {"n": terms.max_months}),
        "min_instalment_cents": (_("Least instalment"), formats.money(terms.min_instalment_cents)),
        "down_payment_permille": (_("First payment at least"), formats.percent(terms.down_payment_permille / 10, 0)),
        "interest": (_("Interest"), INTEREST_WORDS[rate.kind] % {"rate": formats.basis_points(rate.rate_bp, 2)}),
        "grants": (_("Months that each may grant"), ", ".join(f"{who} {n}" for who, n in months.items())),
    }  # fmt: skip
    return [{"label": label, "value": value, "charter": name in allowed.said} for name, (label, value) in told.items()]


INTEREST_WORDS = {
    "none": gettext_lazy("none"),
    "legal": gettext_lazy("legal rate of the day, %(rate)s, fixed for the whole plan"),
    "agreed": gettext_lazy("agreed rate, %(rate)s: only with a written acceptance"),
}


@require_GET
def paper(request: HttpRequest, pk: int) -> HttpResponse:
    """The plan to sign, as PDF in the customer's language."""
    _viewer, plan = thing_or_404(request, Plan.objects.select_related("customer", "client"), pk)
    response = HttpResponse(plan_pdf(plan, clock.today()), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="piano-{plan.pk}.pdf"'
    return response


@require_POST
def approve(request: HttpRequest, pk: int) -> HttpResponse:
    """Approve a proposal beyond its author's role."""
    viewer, plan = thing_or_404(request, Plan.objects.all(), pk, "promise")
    if attempt(request, lambda: agreed.approve_plan(viewer, pk, as_of=clock.today())):
        ui.toast(request, _("Approved: now the customer."))
    return redirect("desk:customer_tab", plan.customer_id, "accordi")


@require_POST
def accept(request: HttpRequest, pk: int) -> HttpResponse:
    """The customer accepted, with the document that proves it when there is one."""
    viewer, plan = thing_or_404(request, Plan.objects.all(), pk, "promise")
    form = AcceptForm(request.POST, request.FILES)
    if not form.is_valid():
        ui.toast(request, _("Not saved: say how it was accepted and by whom."), problem=True)
        return redirect("desk:customer_tab", plan.customer_id, "accordi")
    said, file = form.cleaned_data, form.cleaned_data["proof"]
    if file is not None and file.size > LARGEST_PROOF:
        ui.toast(request, _("The document is too large: at most 5 MB."), problem=True)
        return redirect("desk:customer_tab", plan.customer_id, "accordi")
    proof = (file.name, file.content_type or "application/octet-stream", file.read()) if file is not None else None
    if attempt(
        request,
        lambda: agreed.accept_plan(
            viewer, pk, how=said["how"], accepted_by=said["accepted_by"], proof=proof, as_of=clock.today()
        ),
    ):
        ui.toast(request, _("The plan runs. It cannot be undone, only ended with a reason."))
    return redirect("desk:customer_tab", plan.customer_id, "accordi")


@require_http_methods(["GET", "POST"])
def settle(request: HttpRequest, pk: int) -> HttpResponse:
    """What settles a running plan early, by the day in `by`; a POST writes down that the customer wants it."""
    viewer, plan = thing_or_404(request, Plan.objects.select_related("customer", "client"), pk, "promise")
    today = clock.today()
    last = max((part.due_on for part in plan.instalments.all()), default=today)
    latest = min(last, today + dt.timedelta(days=early.WITHIN_DAYS))
    form = SettleForm(request.POST if request.method == "POST" else request.GET)
    said = form.cleaned_data.get("by") if form.is_valid() else None
    by = said if said and today <= said <= latest else today
    if request.method == "POST" and said:
        wanted = said
        if attempt(request, lambda: agreed.settle_early(viewer, pk, by=wanted, as_of=today)):
            ui.toast(request, _("Written down: the plan closes when the money is there."))
            return redirect("desk:customer_tab", plan.customer_id, "accordi")
    owed = early.remaining(plan, by=by, as_of=today)
    context = {
        "plan": plan, "customer": plan.customer, "owed": owed, "by": by, "today": today, "latest": latest,
        "not_asked": max(plan.total_cents - plan.paid_cents - owed.cents, 0),
    }  # fmt: skip
    return render(request, "desk/plan_settle.html", context)


@require_POST
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """End a proposal or a running plan, with the reason."""
    viewer, plan = thing_or_404(request, Plan.objects.all(), pk, "promise")
    why = request.POST.get("why", "")[:300]
    if attempt(request, lambda: agreed.cancel_plan(viewer, pk, why=why, as_of=clock.today())):
        ui.toast(request, _("The plan is ended."))
    return redirect("desk:customer_tab", plan.customer_id, "accordi")
