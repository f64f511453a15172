# SPDX-License-Identifier: Apache-2.0
"""Blocked by us: which money waits for us to mend something, by reason, and the rows to work through. Reads only."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.db.models import BigIntegerField, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from ascolto.domain.access import people
from ascolto.domain.access.viewer import Viewer
from ascolto.domain.care import papers
from ascolto.domain.care.models import Gap
from ascolto.domain.ledger.sums import with_balance
from ascolto.domain.portfolio.models import Instalment
from ascolto.domain.portfolio.search import meaning
from ascolto.domain.records import clock
from ascolto.web import charts, formats, ui
from ascolto.web.desk.exports import FORMS, euro
from ascolto.web.desk.savedviews import opening, views_for
from ascolto.web.tables import Column, apply_sort, page_of, sort_of

COLUMNS = (
    Column("customer", gettext_lazy("Customer"), ("customer__search_name",)),
    Column("check", gettext_lazy("What is missing"), ("check_code",)),
    Column("invoice", gettext_lazy("Invoice"), ("invoice__issued_on",)),
    Column("cents", gettext_lazy("Still open"), ("open_cents",), number=True),
    Column("found", gettext_lazy("Seen since"), ("found_on",)),
    Column("owner", gettext_lazy("Owner"), ("owner__name",)),
    Column("mend", gettext_lazy("Mend it")),
)
FIXES = {
    "iban": gettext_lazy("Write the right IBAN, or correct the client's own."),
    "addressee": gettext_lazy("Complete the customer in the client's list and import it again."),
    "order": gettext_lazy("Ask the customer's office for the order number."),
    "cig": gettext_lazy("Ask the office that ordered for the CIG."),
    "cup": gettext_lazy("Ask the office that ordered for the CUP."),
    "file": gettext_lazy("Attach the invoice, or import the original."),
    "description": gettext_lazy("Describe in words what it is for."),
    "due_date": gettext_lazy("Agree the due date with the client; until then the usual terms hold."),
    "amounts": gettext_lazy("Import the corrected invoice."),
    "contact": gettext_lazy("Ask the client for an address or a number."),
}
LABELS = {
    "iban": "IBAN",
    "order": gettext_lazy("Order"),
    "cig": "CIG",
    "cup": "CUP",
    "description": gettext_lazy("Description"),
}


@require_GET
def blocked(request: HttpRequest) -> HttpResponse:
    """Open gaps with the euro they keep waiting, the worst reason first; `?how=` shows the closed ones."""
    home = opening(request, "blocked")
    if home is not None:
        return home
    viewer, today = ui.viewer(request), clock.today()
    rows = wanted(request, viewer, today)
    sort = sort_of(request, COLUMNS, "-cents")
    page = page_of(request, apply_sort(rows, sort))
    open_rows = _with_cents(papers.open_gaps(viewer), today)
    asked = {name: request.GET.get(name, "") for name in ("q", "check", "effect", "who", "how")}
    context = {
        "page": page, "lines": [line(gap, viewer, today) for gap in page], "sort": sort, "columns": COLUMNS, "asked": asked,
        "chart": picture(open_rows), "checks": Gap.Check.choices, "effects": Gap.Effect.choices,
        "people": people.colleagues(viewer.client_ids), "saved": views_for(request, "blocked"),
        "total": sum_once(rows), "filtered": any(asked.values()), "many_clients": len(viewer.client_ids) > 1,
        "warned": [c for c in {gap.client_id: gap.client for gap in page}.values() if c.warn_of_gaps],
        "may": any(viewer.may("mend", client_id) for client_id in viewer.client_ids),
        "query": request.GET.urlencode(),
    }  # fmt: skip
    return render(request, "desk/papers/blocked.html", context)


def wanted(request: HttpRequest, viewer: Viewer, today: dt.date) -> QuerySet[Any]:
    """The gaps that the address asks for, each with the open cents of its invoice."""
    text, check, effect, who, how = (
        request.GET.get(n, "").strip()[:100] for n in ("q", "check", "effect", "who", "how")
    )
    rows = papers.gaps(viewer).filter(closed_on__isnull=False) if how == "closed" else papers.open_gaps(viewer)
    if text:
        rows = rows.filter(meaning(viewer, text) | Q(invoice__number=text))
    if check in Gap.Check.values:
        rows = rows.filter(check_code=check)
    if effect in Gap.Effect.values:
        rows = rows.filter(effect=effect)
    if who == "mine":
        rows = rows.filter(owner=viewer.user_id)
    rows = rows.filter(owner=None) if who == "none" else rows.filter(owner=int(who)) if who.isdecimal() else rows
    return _with_cents(rows, today)


def _with_cents(rows: QuerySet[Gap], today: dt.date) -> QuerySet[Any]:
    items = with_balance(
        Instalment.objects.filter(client_id=OuterRef("client_id"), invoice_id=OuterRef("invoice_id")), today
    )
    cents = items.order_by().values("invoice_id").annotate(cents=Sum("balance_cents")).values("cents")
    return rows.annotate(open_cents=Coalesce(Subquery(cents, output_field=BigIntegerField()), 0))


def sum_once(rows: QuerySet[Any]) -> dict[str, int]:
    """How many rows and invoices, and their open cents, each invoice counted once however much it lacks."""
    found = list(rows.order_by().values_list("invoice_id", "open_cents"))
    return {"rows": len(found), "invoices": len(dict(found)), "cents": sum(dict(found).values())}


def picture(rows: QuerySet[Any]) -> charts.Chart | None:
    """Euro per reason, of what blocks; titled by the worst."""
    cents: dict[str, int] = {}
    for check, value in rows.filter(effect="block").order_by().values_list("check_code", F("open_cents")):
        cents[check] = cents.get(check, 0) + value
    if not cents:
        return None
    words = dict(Gap.Check.choices)
    worst = sorted(cents.items(), key=lambda pair: (-pair[1], pair[0]))
    title = _("%(reason)s: %(money)s wait for us") % {
        "reason": words[worst[0][0]],
        "money": formats.money_short(worst[0][1]),
    }
    bars = [
        charts.Bar(str(words[check]), value, url=f"{reverse('desk:blocked')}?check={check}") for check, value in worst
    ]
    return charts.bars(title, bars, lambda cents: formats.money_short(int(cents)), value_name=_("Still open"))


def line(gap: Any, viewer: Viewer, today: dt.date) -> dict[str, Any]:
    """What a row shows beside the gap."""
    return {
        "gap": gap, "days": (today - gap.found_on).days, "fix": FIXES[gap.check_code], "label": LABELS.get(gap.check_code),
        "may": viewer.may("mend", gap.client_id) and gap.closed_on is None,
    }  # fmt: skip


@require_GET
def export(request: HttpRequest, form: str) -> HttpResponse:
    """The rows as one sees them, all pages, as CSV or XLSX."""
    if form not in FORMS:
        raise Http404
    viewer, today = ui.viewer(request), clock.today()
    rows = apply_sort(wanted(request, viewer, today), sort_of(request, COLUMNS, "-cents"))
    head = [_("Client"), _("Code"), _("Customer"), _("Invoice"), _("Issued"), _("What is missing"), _("Effect"), _("Still open"),
            _("Seen since"), _("Owner"), _("How it ended"), _("Why")]  # fmt: skip
    return FORMS[form](f"ascolto-bloccate-{today:%Y-%m-%d}", head, _cells(rows[:50_000].iterator(500)))


def _cells(rows: Iterable[Any]) -> Iterable[list[Any]]:
    for gap in rows:
        yield [
            gap.client.name, gap.customer.number, gap.customer.name, gap.invoice.number, gap.invoice.issued_on,
            gap.get_check_code_display(), gap.get_effect_display(), euro(gap.open_cents), gap.found_on,
            gap.owner.name if gap.owner else "", gap.get_how_display() if gap.how else "", gap.why,
        ]  # fmt: skip
