# SPDX-License-Identifier: Apache-2.0
"""Doing something about cash: confirm, exclude, assign by hand, set aside, and each one's undo. POST only."""

import re
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from ascolto.domain.ledger.models import Payment
from ascolto.domain.records import clock
from ascolto.domain.records.errors import Refused
from ascolto.domain.strategy import cash
from ascolto.web import ui
from ascolto.web.desk.cash.rows import cents_of
from ascolto.web.formats import money

Deed = Callable[..., HttpResponse]
_PART = re.compile(r"part-(\d{1,18})")


def deed(view: Deed) -> Deed:
    """POST only; a refusal is said in a toast on the page that one came from."""

    @require_POST
    @wraps(view)
    def do(request: HttpRequest, pk: int) -> HttpResponse:
        try:
            return view(request, pk)
        except Refused as refused:
            ui.toast(request, refused.message, problem=True)
            return _back(request)

    return do


@deed
def confirm(request: HttpRequest, pk: int) -> HttpResponse:
    """The proposal is right."""
    return _matched(request, cash.confirm_cash(ui.viewer(request), pk, clock.today()))


@deed
def assign(request: HttpRequest, pk: int) -> HttpResponse:
    """Another customer, or another split; `rest=waits` leaves what is not named here for another customer."""
    customer = request.POST.get("customer", "")
    if not customer.isdecimal() or len(customer) > 18:
        raise Refused("no_customer", _("Choose the customer first."))
    parts, amount = _parts(request), None
    if request.POST.get("rest") == "waits":
        amount = sum(cents for _instalment, cents in parts) + _cents(request.POST.get("extra", ""))
        if not amount:
            raise Refused("nothing_named", _("Write how much of the line is this customer's."))
    payment = cash.assign_cash(ui.viewer(request), pk, int(customer), parts, clock.today(), amount)
    if amount is not None:
        _say_matched(request, payment)
        return HttpResponseRedirect(reverse("desk:cash_line", args=[pk]))
    return _matched(request, payment)


def _cents(text: str) -> int:
    """An amount as a person writes it; nothing is 0. Refused: `not_an_amount`."""
    cents = cents_of(text) if text.strip() else 0
    if cents is None:
        raise Refused("not_an_amount", _("%(text)s is not an amount: write it like 12,34.") % {"text": text})
    return cents


def _parts(request: HttpRequest) -> list[tuple[int, int]]:
    """Fields `part-<instalment>` hold an amount as a person writes it; empty and zero mean nothing."""
    parts = []
    for name, value in request.POST.items():
        field = _PART.fullmatch(name)
        cents = _cents(str(value)) if field is not None else 0
        if field is not None and cents:
            parts.append((int(field[1]), cents))
    return parts


@deed
def reject(request: HttpRequest, pk: int) -> HttpResponse:
    """Not this customer."""
    proposal = cash.reject_cash(ui.viewer(request), pk, clock.today())
    ui.toast(request, _("%(name)s will not be proposed again for this line.") % {"name": proposal.customer.name})
    return HttpResponseRedirect(reverse("desk:cash_line", args=[proposal.bank_line_id]))


@deed
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a match back."""
    reason = request.POST.get("reason", "").strip() or _("Undone from the cash page")
    twin = cash.undo_cash(ui.viewer(request), pk, reason, clock.today())
    ui.toast(request, _("Undone: %(money)s is open again.") % {"money": money(-twin.amount_cents, twin.currency)})
    return _back(request)


@deed
def undo_all(request: HttpRequest, pk: int) -> HttpResponse:
    """Take back everything that was made of a line."""
    reason = request.POST.get("reason", "").strip() or _("Undone from the cash page")
    undone = cash.undo_line(ui.viewer(request), pk, reason, clock.today())
    said = {"n": len(undone)}
    ui.toast(request, ngettext("%(n)s match undone.", "%(n)s matches undone.", len(undone)) % said)
    return HttpResponseRedirect(reverse("desk:cash_line", args=[pk]))


@deed
def aside(request: HttpRequest, pk: int) -> HttpResponse:
    """No customer's money."""
    done = cash.set_aside(ui.viewer(request), pk, request.POST.get("reason", ""), clock.today())
    ui.toast(
        request,
        _("Set aside: %(reason)s") % {"reason": done.reason},
        undo=reverse("desk:cash_take_up", args=[done.pk]),
    )
    return HttpResponseRedirect(reverse("desk:cash"))


@deed
def take_up(request: HttpRequest, pk: int) -> HttpResponse:
    """Back among the lines that wait."""
    cash.take_up(ui.viewer(request), pk, clock.today())
    ui.toast(request, _("The line waits again."))
    return _back(request)


@deed
def bar(request: HttpRequest, pk: int) -> HttpResponse:
    """From how sure on nobody is asked: a percentage, written with a comma or a point."""
    written = request.POST.get("percent", "").strip()
    hundredths = cents_of(written) or 0
    client = cash.set_bar(ui.viewer(request), pk, hundredths // 10)
    said = {"name": client.name, "percent": written}
    ui.toast(request, _("From now on %(name)s is matched without asking from %(percent)s%%.") % said)
    return _back(request)


@deed
def rule(request: HttpRequest, pk: int) -> HttpResponse:
    """What money settles first, and which difference is small: an amount, and a percentage of what was asked."""
    order = request.POST.get("order", "").split(",")
    small, share = _cents(request.POST.get("small", "")), _cents(request.POST.get("share", ""))
    cash.set_rule(ui.viewer(request), pk, order, small, share // 10, clock.today())
    ui.toast(request, _("Saved: it holds for the money that settles from now on."))
    return _back(request)


def _matched(request: HttpRequest, payment: Payment) -> HttpResponse:
    _say_matched(request, payment)
    return HttpResponseRedirect(_next(request) or reverse("desk:cash"))


def _say_matched(request: HttpRequest, payment: Payment) -> None:
    said: dict[str, Any] = {
        "money": money(payment.amount_cents, payment.currency),
        "name": payment.customer.name,
    }
    undo_url = reverse("desk:cash_undo", args=[payment.pk])
    ui.toast(request, _("%(money)s matched to %(name)s.") % said, undo=undo_url)


def _back(request: HttpRequest) -> HttpResponse:
    return HttpResponseRedirect(_next(request) or _referer(request) or reverse("desk:cash"))


def _next(request: HttpRequest) -> str:
    return _ours(request, request.POST.get("next", ""))


def _referer(request: HttpRequest) -> str:
    return _ours(request, request.headers.get("referer", ""))


def _ours(request: HttpRequest, url: str) -> str:
    return url if url and url_has_allowed_host_and_scheme(url, {request.get_host()}, request.is_secure()) else ""
