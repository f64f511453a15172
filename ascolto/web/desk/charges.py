# SPDX-License-Identifier: Apache-2.0
"""Interest and costs of a customer: what the law gives today, charging it, what was charged, and taking it back."""

import datetime as dt
import re
from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from ascolto.domain.ledger.charges import FLAT_SUM, INTEREST
from ascolto.domain.ledger.interest import claimable_since
from ascolto.domain.ledger.models import Charge
from ascolto.domain.ledger.sums import with_balance
from ascolto.domain.portfolio.models import Customer, Instalment, Invoice
from ascolto.domain.records import clock
from ascolto.domain.strategy import charging
from ascolto.engine.interest import rounded
from ascolto.policies.load_law import italian_titles
from ascolto.web import ui
from ascolto.web.desk.fields import MoneyField
from ascolto.web.desk.law.rows import line_of
from ascolto.web.desk.page import attempt, customer_or_404, thing_or_404
from ascolto.web.formats import money

_WANTED = re.compile(r"(\d{1,18}):(interest|flat_sum):(\d{1,12})")


class HowForm(forms.Form):
    """From when interest runs where the law wants a notice: households, and rents."""

    notice_on = forms.DateField(required=False)
    from_due = forms.BooleanField(required=False)


class CostsForm(forms.Form):
    invoice_id = forms.IntegerField()
    cents = MoneyField()
    reason = forms.CharField(max_length=300)
    due_on = forms.DateField()


@require_safe
def charges(request: HttpRequest, pk: int) -> HttpResponse:
    """What may be charged, worked out for the answers in the address, and what was charged."""
    viewer, who = customer_or_404(request, pk)
    today, how = clock.today(), _how(request.GET)
    made = charging.charges_of(viewer, pk)
    context = {
        "customer": who, "how": how, "preview": charging.preview(viewer, pk, today, **how),
        "due_on": today + dt.timedelta(days=who.client.default_terms_days), "may": viewer.may("charge", who.client_id),
        "made": [_told(charge, withdrawn) for charge, withdrawn in _with_balances(made)], "invoices": _invoices(who),
        "since": claimable_since(today), "reserve": line_of("P-1199"),
        "by_notice": who.kind == Customer.Kind.CONSUMER or who.invoices.filter(kind=Invoice.Kind.RENT).exists(),
    }  # fmt: skip
    return render(request, "desk/charges.html", context)


def _how(said: Any) -> dict[str, Any]:
    form = HowForm(said)
    return dict(form.cleaned_data) if form.is_valid() else {"notice_on": None, "from_due": False}


def _invoices(who: Customer) -> Any:
    rows = Invoice.objects.filter(client=who.client, customer=who)
    return rows.exclude(kind__in=[Invoice.Kind.CREDIT_NOTE, *Invoice.CHARGES]).order_by("-issued_on", "-pk")[:40]


def _with_balances(made: list[tuple[Charge, bool]]) -> Iterable[tuple[Charge, bool]]:
    ids = [charge.instalment_id for charge, _withdrawn in made]
    left = {row.pk: row.balance_cents for row in with_balance(Instalment.objects.filter(pk__in=ids))}
    for charge, withdrawn in made:
        charge.balance_cents = left[charge.instalment_id]  # type: ignore[attr-defined]
        yield charge, withdrawn


def _told(charge: Charge, withdrawn: bool) -> dict[str, Any]:
    titles = italian_titles()
    return {
        "charge": charge, "withdrawn": withdrawn,
        "rows": [{**row, "title": titles.get(row["id"], row.get("title", ""))} for row in charge.rows],
        "worked": [
            {
                **row, "from": dt.date.fromisoformat(row["from"]), "to": dt.date.fromisoformat(row["to"]),
                "capital_cents": rounded(Fraction(row["capital"])),
            }
            for row in charge.worked
        ],
    }  # fmt: skip


@require_POST
def make(request: HttpRequest, pk: int) -> HttpResponse:
    """Charge what was ticked: each tick says the invoice, what of it, and the cents that the person saw."""
    viewer, _who = customer_or_404(request, pk, "charge")
    ticked = [match for value in request.POST.getlist("wanted") if (match := _WANTED.fullmatch(value))]
    due_on = forms.DateField(required=False).clean(request.POST.get("due_on")) or clock.today()
    wanted = [(int(tick[1]), INTEREST.value if tick[2] == INTEREST else FLAT_SUM.value) for tick in ticked]
    shown = sum(int(tick[3]) for tick in ticked)
    how = _how(request.POST)
    done = attempt(request, lambda: charging.raise_charges(
        viewer, pk, wanted=wanted, shown_cents=shown, due_on=due_on, as_of=clock.today(), **how
    ))  # fmt: skip
    if done:
        ui.toast(request, _("Charged: %(money)s. It can be withdrawn below.") % {"money": money(shown)})
    return _back(pk)


@require_POST
def costs(request: HttpRequest, pk: int) -> HttpResponse:
    """Charge costs with what proves them."""
    viewer, _who = customer_or_404(request, pk, "charge")
    form = CostsForm(request.POST)
    if not form.is_valid():
        ui.toast(request, " ".join(str(error) for errors in form.errors.values() for error in errors), problem=True)
        return _back(pk)
    said = {**form.cleaned_data, "cents": form.cleaned_data["cents"] or 0}
    if attempt(request, lambda: charging.charge_costs(viewer, pk, as_of=clock.today(), **said)):
        ui.toast(request, _("Charged: %(money)s. It can be withdrawn below.") % {"money": money(said["cents"])})
    return _back(pk)


@require_POST
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a charge back, with the reason."""
    viewer, charge = thing_or_404(request, Charge.objects.select_related("instalment"), pk, "charge")
    why = request.POST.get("why", "")
    if attempt(request, lambda: charging.withdraw_charge(viewer, pk, why=why, as_of=clock.today())):
        ui.toast(request, _("Withdrawn: it is no longer owed."))
    return _back(charge.instalment.customer_id)


def _back(pk: int) -> HttpResponse:
    return HttpResponseRedirect(reverse("desk:charges", args=[pk]))
