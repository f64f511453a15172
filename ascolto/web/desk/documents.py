# SPDX-License-Identifier: Apache-2.0
"""What can be handed over about a customer: the statement of account on screen, as PDF and as XLSX, of any day."""

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from ascolto.domain.records import clock
from ascolto.domain.strategy.dossier import make_dossier
from ascolto.domain.strategy.expiring import Expiry, expiries_of
from ascolto.domain.strategy.legal_gate import APPROVED_DAYS, approve_legal, prospect_of
from ascolto.domain.strategy.statement import Statement, kind_words, statement_of, statement_pdf
from ascolto.engine.rows import origin
from ascolto.web import formats, ui
from ascolto.web.desk.exports import xlsx_response
from ascolto.web.desk.fields import MoneyField
from ascolto.web.desk.law.expiring import assumed_of
from ascolto.web.desk.page import attempt, back_to, customer_or_404


@require_GET
def statement(request: HttpRequest, pk: int) -> HttpResponse:
    """The statement on screen; `as_of`, `from` and `currency` in the address."""
    said = _statement(request, pk)
    context = {
        "statement": said, "account": said.account, "customer": said.account.customer,
        "kinds": kind_words(), "asked": request.GET.urlencode(),
        "law": [origin(row) for row in said.interest.rows],
    }  # fmt: skip
    return render(request, "desk/statement.html", context)


@require_GET
def statement_file(request: HttpRequest, pk: int, form: str) -> HttpResponse:
    """The same as a file: pdf, in the customer's language, or xlsx, in the reader's."""
    said = _statement(request, pk)
    name = f"estratto-conto-{said.account.customer.number}-{said.account.as_of:%Y%m%d}"
    name = "".join(c if c.isalnum() or c in "-_" else "-" for c in name)
    if form == "xlsx":
        return xlsx_response(name, [_("Section"), _("Day"), _("What"), _("Value date"), _("Amount"), _("Account balance")],
                             _rows(said))  # fmt: skip
    if form != "pdf":
        raise Http404
    response = HttpResponse(statement_pdf(said), content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{name}.pdf"'
    return response


@require_POST
def make_file(request: HttpRequest, pk: int) -> HttpResponse:
    """Make the lawyer's file and go to it among the documents."""
    viewer, _who = customer_or_404(request, pk, "record_contact")
    made = make_dossier(viewer, pk, as_of=clock.today())
    ui.toast(request, _("The file is ready: %(name)s") % {"name": made.name})
    return back_to(request, reverse("desk:customer_tab", args=[pk, "documenti"]))


class CourtForm(forms.Form):
    """What a person expects court to cost, and why the case should go there."""

    costs_cents = MoneyField()
    reason = forms.CharField(max_length=300)


def court(request: HttpRequest, pk: int) -> HttpResponse:
    """Before court: what is at stake, the legal share with and without this case, and a credit manager's approval."""
    viewer, who = customer_or_404(request, pk, "policy" if request.method == "POST" else "see")
    form = CourtForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        done = attempt(request, lambda: approve_legal(
            viewer, pk, costs_cents=said["costs_cents"] or 0, reason=said["reason"], as_of=clock.today()
        ))  # fmt: skip
        if done is not None:
            ui.toast(request, _("Approved for %(days)s days.") % {"days": APPROVED_DAYS})
            return back_to(request, reverse("desk:court", args=[pk]))
    told = prospect_of(viewer, pk, clock.today())
    weighed, wrong = _weighed(request)
    costs = weighed if weighed is not None else told.approved.data["costs_cents"] if told.approved else None
    context = {
        "customer": who, "told": told, "form": form, "may_approve": viewer.may("policy", who.client_id), "cap": told.cap / 100,
        "likely": told.likely.share_permille / 10, "weighed": weighed, "costs_wrong": wrong,
        "asked": request.GET.get("costs", "")[:20],
        "share": told.share / 100, "share_after": told.share_after / 100, "costs": costs,
        "left": told.overdue_cents - costs if costs is not None else None,
        "left_likely": told.expected_cents - costs if costs is not None else None,
        **limits_of(expiries_of(viewer, pk, clock.today())),
    }  # fmt: skip
    return render(request, "desk/court.html", context)


def _weighed(request: HttpRequest) -> tuple[int | None, str]:
    """The costs in the address, for a look at what would be left; what is wrong with them."""
    try:
        cents: int | None = MoneyField(required=False).clean(request.GET.get("costs", "")[:20])
    except forms.ValidationError as error:
        return None, error.messages[0]
    return cents, ""


def limits_of(expiries: list[Expiry]) -> dict[str, Any]:
    """Limitation as a page shows it: each instalment, what dies first, the rows used."""
    first = expiries[0] if expiries else None
    return {
        "expiries": expiries, "dies_first": first, "assumed": assumed_of(expiries),
        "dies_cents": sum(one.item.balance_cents for one in expiries if first and one.last_day == first.last_day),
        "law": [origin(row) for one in expiries for row in (one.told.row, *(e.row for e in one.told.effects))],
    }  # fmt: skip


def _statement(request: HttpRequest, pk: int) -> Statement:
    """What was asked for; a date that is none is said and today's taken."""
    viewer, _who = customer_or_404(request, pk)
    as_of = _day(request, "as_of") or clock.today()
    from_on = _day(request, "from")
    currency = request.GET.get("currency", "EUR")[:3].upper() or "EUR"
    return statement_of(viewer, pk, as_of, from_on=from_on if from_on and from_on <= as_of else None, currency=currency)


def _day(request: HttpRequest, name: str) -> dt.date | None:
    text = request.GET.get(name, "").strip()
    try:
        return dt.date.fromisoformat(text) if text else None
    except ValueError:
        ui.toast(request, _("%(text)s is not a date.") % {"text": text[:20]}, problem=True)
        return None


def _rows(said: Statement) -> Iterator[list[Any]]:
    """Opening, movements, closing, what is open, plans with what each instalment still awaits, interest."""
    account, words = said.account, kind_words()
    moved, left = _("Movements"), _("Open instalments")
    if account.from_on:
        yield [moved, account.from_on, _("Opening balance"), None, None, _units(account.opening_cents)]
    for line in account.movements:
        what = f"{words[line.kind]} {line.document}".strip()
        yield [moved, line.on, what, line.value_on, _units(line.cents), _units(line.balance_cents)]
    yield [moved, account.as_of, _("Closing balance"), None, None, _units(account.closing_cents)]
    for item in account.items:
        yield [left, item.due_on, item.number, None, _units(item.amount_cents), _units(item.balance_cents)]
    yield from _plan_rows(said)
    for late in said.interest.lines:
        yield [
            _("Late interest (simulation)"),
            late.due_on,
            late.invoice_number,
            None,
            _units(late.interest_cents),
            None,
        ]


def _plan_rows(said: Statement) -> Iterator[list[Any]]:
    for one in said.plans:
        name = _("Plan of %(day)s") % {"day": formats.calendar_day(one.plan.proposed_on)}
        for line in one.lines:
            part, of_it = (
                line.part,
                _("of which interest %(cents)s") % {"cents": formats.money(line.part.interest_cents)},
            )
            what = f"{part.number}. {line.word}" + (f" ({of_it})" if part.interest_cents else "")
            yield [
                name,
                part.due_on,
                what,
                None,
                _units(part.amount_cents),
                _units(part.amount_cents - line.paid_cents),
            ]


def _units(cents: int) -> Decimal:
    return Decimal(cents) / 100
