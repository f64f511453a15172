# SPDX-License-Identifier: Apache-2.0
"""Looking at cash: the lists (waiting, matched, money out, set aside), one line, the export."""

from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from ascolto.domain.access.models import Client
from ascolto.domain.access.prepared import how_many
from ascolto.domain.access.viewer import Viewer, visible
from ascolto.domain.ledger import queries
from ascolto.domain.ledger.models import BankLine, LineAside, Payment
from ascolto.domain.ledger.rules import rule_on
from ascolto.domain.ledger.sums import items_of
from ascolto.domain.portfolio.models import Customer
from ascolto.domain.portfolio.search import find_customers
from ascolto.domain.records import clock
from ascolto.engine.allocate import allocate, in_order
from ascolto.web import ui
from ascolto.web.desk.cash import rows, words
from ascolto.web.tables import apply_sort, csv_response, page_of, sort_of

READS: dict[str, Any] = {
    "waiting": rows.waiting,
    "settled": rows.settled,
    "small": rows.small,
    "out": rows.outgoing,
    "aside": rows.asides,
}
TOLD: dict[str, Any] = {"waiting": queries.lines_told, "settled": queries.payments_told}
CENTS = {"waiting": "left_cents", "aside": "bank_line__amount_cents"}
EXPORT_LIMIT = 50_000


@require_safe
def cash(request: HttpRequest) -> HttpResponse:
    """One tab of the cash page."""
    viewer = _eyes(request)
    tab = _tab(request)
    found: QuerySet[Any] = READS[tab](viewer, request.GET)
    columns = rows.columns_of(tab, viewer)
    sort = sort_of(request, columns, rows.DEFAULT_SORT[tab])
    totals = rows.totals(found, CENTS.get(tab, "amount_cents"))
    all_shown = tab == "waiting" and not request.GET.get("q") and not request.GET.get("sure") and not totals["more"]
    waiting = totals["count"] if all_shown else how_many(queries.unmatched_lines, viewer)
    page = page_of(request, apply_sort(found, sort), known=totals["count"] + totals["more"], told=TOLD.get(tab))
    told = rows.tell(viewer, page.object_list) if tab == "waiting" else {}
    for payment in page if tab == "settled" else ():
        payment.how = words.codes_in_words(payment.reason)
    return render(
        request,
        "desk/cash/cash.html",
        {
            "tab": tab, "tabs": _tabs(viewer, tab, waiting), "page": page, "columns": columns, "sort": sort,
            "totals": totals,
            "shown": [(row, told.get(row.pk, [])) for row in page], "q": request.GET.get("q", ""),
            "sure": request.GET.get("sure", ""), "filtered": bool(request.GET.get("q") or request.GET.get("sure")),
            "export": reverse("desk:cash_export") + "?" + urlencode({**request.GET.dict(), "tab": tab}),
            "imports_url": _imports_url(viewer),
            "progress": _progress(viewer, waiting) if tab == "waiting" else None,
            "bars": _bars(viewer) if tab == "waiting" else [], "orders": _orders(),
            "row_template": f"desk/cash/row_{tab}.html",
        },
    )  # fmt: skip


@require_safe
def line(request: HttpRequest, pk: int) -> HttpResponse:
    """One line that waits: every candidate, another customer, the split by hand, setting it aside."""
    viewer = _eyes(request)
    row = visible(viewer, BankLine.objects.select_related("client", "statement")).filter(pk=pk).first()
    if row is None:
        raise Http404
    payments = queries.payments_of_line(viewer, row.pk)
    for payment in payments:
        payment.debts = rows.debts_of(_settled_by(payment))  # type: ignore[attr-defined]
    row.left_cents = row.amount_cents - sum(payment.amount_cents for payment in payments)  # type: ignore[attr-defined]
    aside = visible(viewer, LineAside.objects.filter(bank_line=row, lifts=None, lifted_by=None)).first()
    waits = row.left_cents > 0 and aside is None  # type: ignore[attr-defined]
    chosen = _chosen(request, viewer, row)
    text = request.GET.get("q", "").strip()
    here = Viewer(name=viewer.name, roles={row.client_id: viewer.roles[row.client_id]}, user_id=viewer.user_id)
    return render(
        request,
        "desk/cash/line.html",
        {
            "line": row, "told": rows.tell(viewer, [row]).get(row.pk, []) if waits else [], "payments": payments,
            "aside": aside, "chosen": chosen, "q": text, "waits": waits,
            "found": find_customers(here, text, 10) if text and chosen is None else [],
            "open": _open_of(here, chosen, row) if chosen else [],
            "back": reverse("desk:cash"),
        },
    )  # fmt: skip


def _settled_by(payment: Payment) -> list[tuple[str, int]]:
    return [(part.instalment.invoice.kind, part.amount_cents) for part in payment.allocations.all()]


@require_safe
def export(request: HttpRequest) -> HttpResponse:
    """What the filter shows, as CSV, in the order shown."""
    viewer = _eyes(request)
    tab = _tab(request)
    found: QuerySet[Any] = READS[tab](viewer, request.GET)
    sort = sort_of(request, rows.columns_of(tab, viewer), rows.DEFAULT_SORT[tab])
    picked = list(apply_sort(found, sort)[:EXPORT_LIMIT])
    head = [
        _("Booked"),
        _("Amount (cents)"),
        _("Currency"),
        _("Payer"),
        _("IBAN"),
        _("Text"),
        _("Customer"),
        _("Why"),
    ]
    return csv_response(f"cash-{tab}", head, (_csv_row(row, best) for row, best in _with_best(viewer, tab, picked)))


def _with_best(viewer: Viewer, tab: str, picked: list[Any]) -> list[tuple[Any, Any]]:
    if tab != "waiting":
        return [(row, None) for row in picked]
    best = rows.tell(viewer, picked)
    return [(row, next(iter(best.get(row.pk, [])), None)) for row in picked]


def _csv_row(row: Any, best: rows.Told | None) -> list[Any]:
    bank_line: Any = row if isinstance(row, BankLine) else row.bank_line
    customer, why = "", ""
    if best is not None:
        customer, why = best.proposal.customer.name, "; ".join(reason["text"] for reason in best.reasons)
    elif isinstance(row, Payment):
        customer, why = row.customer.name, words.codes_in_words(row.reason)
    elif isinstance(row, LineAside):
        why = row.reason
    if bank_line is None:
        return [row.paid_on.isoformat(), row.amount_cents, row.currency, "", "", "", customer, row.reason]
    cents = getattr(row, "left_cents", getattr(row, "amount_cents", bank_line.amount_cents))
    return [
        bank_line.booked_on.isoformat(), cents, bank_line.currency, bank_line.payer_name,
        bank_line.payer_iban, bank_line.remittance, customer, why,
    ]  # fmt: skip


def _progress(viewer: Viewer, left: int) -> dict[str, int]:
    """How far the day's queue is: lines matched today, by whomever, and lines that wait."""
    done = queries.settled_payments(viewer).filter(known_on=clock.today()).order_by().count()
    return {"done": done, "left": left, "all": max(1, done + left)}


def _bars(viewer: Viewer) -> list[dict[str, Any]]:
    """Clients whose rules this viewer may set, each with its numbers as one writes them."""
    mine = [pk for pk in viewer.client_ids if viewer.may("policy", pk)]
    return [_bar(client) for client in (Client.objects.filter(pk__in=mine) if mine else ())]


def _bar(client: Client) -> dict[str, Any]:
    rule = rule_on(client.pk, clock.today())
    return {
        "client": client, "percent": _tenths(client.auto_settle_permille), "order": ",".join(rule.order),
        "small": f"{rule.cents // 100}{_point()}{rule.cents % 100:02}", "share": _tenths(rule.permille),
    }  # fmt: skip


def _tenths(permille: int) -> str:
    return f"{permille // 10}{_point()}{permille % 10}"


def _orders() -> list[tuple[str, Any]]:
    return [(",".join(order), word) for order, word in words.ORDERS.items()]


def _imports_url(viewer: Viewer) -> str | None:
    may = any(viewer.may("import", pk) for pk in viewer.client_ids)
    return ui.path_or_none("desk:imports") if may else None


def _eyes(request: HttpRequest) -> Viewer:
    viewer = rows.eyes(ui.viewer(request))
    if not viewer.client_ids:
        raise PermissionDenied("confirm_cash")
    return viewer


def _tab(request: HttpRequest) -> str:
    tab = request.GET.get("tab", "waiting")
    return tab if tab in rows.TABS else "waiting"


def _tabs(viewer: Viewer, here: str, waiting: int) -> list[dict[str, Any]]:
    labels = {
        "waiting": _("To confirm"),
        "settled": _("Matched"),
        "small": _("Small differences"),
        "out": _("Not customer money"),
        "aside": pgettext("list", "Set aside"),
    }
    counts = {"waiting": waiting, "out": how_many(queries.outgoing_lines, viewer)}
    base = reverse("desk:cash")
    return [
        {"label": labels[tab], "url": f"{base}?tab={tab}", "here": tab == here, "count": counts.get(tab)}
        for tab in rows.TABS
    ]


def _chosen(request: HttpRequest, viewer: Viewer, row: BankLine) -> Customer | None:
    asked = request.GET.get("customer", "")
    mine = visible(viewer, Customer.objects.filter(client_id=row.client_id))
    return mine.filter(pk=int(asked)).first() if asked.isdecimal() and len(asked) < 19 else None


def _point() -> str:
    return "." if (get_language() or "it").startswith("en") else ","


def _open_of(viewer: Viewer, customer: Customer, row: Any) -> list[Any]:
    """What the chosen customer owes in the line's currency, in the client's order, each with the cents we would put
    there."""
    rule = rule_on(customer.client_id, clock.today())
    items = in_order(items_of(customer.client_id, customer.pk, row.currency), rule=rule)
    told = queries.instalments_told(viewer, [item.instalment_id for item in items])
    take = dict(allocate(row.left_cents, items, rule=rule).parts) if row.left_cents > 0 else {}
    open_ = [told[item.instalment_id] for item in items]
    for instalment in open_:
        cents = take.get(instalment.pk, 0)
        instalment.proposed_text = f"{cents // 100}{_point()}{cents % 100:02}" if cents else ""  # type: ignore[attr-defined]
    return open_
