# SPDX-License-Identifier: Apache-2.0
"""Customers: finding one, and the page that shows everything about them with the reason for what comes next."""

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from ascolto.domain.access.prepared import asked
from ascolto.domain.access.viewer import Viewer, visible
from ascolto.domain.agreements.models import Promise
from ascolto.domain.agreements.plans import law_of
from ascolto.domain.agreements.queries import concessions_of, pending_of, plans_of, promises_of
from ascolto.domain.care.models import CareCase
from ascolto.domain.care.queries import cases_of
from ascolto.domain.debits.mandates import is_usable, lapses_on
from ascolto.domain.debits.queries import mandates_of, orders_of_customer
from ascolto.domain.intake.notices import notices_of
from ascolto.domain.ledger.consumption import lines_of
from ascolto.domain.ledger.sums import with_balance
from ascolto.domain.outreach.queries import documents_of
from ascolto.domain.portfolio.holds import current_holds
from ascolto.domain.portfolio.models import ContactPoint, Customer, Instalment, Invoice
from ascolto.domain.portfolio.search import MOST, found, in_order, ranked
from ascolto.domain.portfolio.sizes import is_large
from ascolto.domain.records import clock
from ascolto.domain.strategy import story
from ascolto.domain.strategy.expiring import expiries_of
from ascolto.domain.strategy.models import Decision
from ascolto.domain.strategy.snapshot import contested
from ascolto.domain.strategy.worklist import broken_promises, contacts_left, current_decisions
from ascolto.engine.rows import origin
from ascolto.web import ui
from ascolto.web.desk import explain
from ascolto.web.desk.agreements import builder
from ascolto.web.desk.law.expiring import assumed_of
from ascolto.web.desk.page import customer_or_404, day_of
from ascolto.web.desk.paths.rows import marks_panel, open_gaps_of, path_panel, protected_by
from ascolto.web.desk.savedviews import opening, views_for
from ascolto.web.tables import Column, Sort, apply_sort, page_of, sort_of

COLUMNS = (
    Column("name", gettext_lazy("Customer"), ("search_name",)),
    Column("number", gettext_lazy("Code"), ("number",)),
    Column("city", gettext_lazy("City"), ("city",)),
    Column("balance", gettext_lazy("Balance"), ("decision_balance",), number=True),
    Column("overdue", gettext_lazy("Overdue"), ("decision_overdue",), number=True),
    Column("answer", gettext_lazy("What comes next")),
    Column("operator", gettext_lazy("Operator"), ("operator__name",)),
)
FOUND = Column("found", "", ("found_rank", "search_name"))
"""Not a column: how what was found is sorted, the likeliest first."""
ALL_COLUMNS = (*COLUMNS, FOUND)
LARGE_COLUMNS = tuple(
    column if column.key in ("name", "number", "overdue") else replace(column, order=()) for column in COLUMNS
)
"""Of a large client, sorted only by what an index sorts."""
STORY_STEP = 40
TABS = ("story", "invoices", "payments", "agreements", "cases", "documents", "contacts")
TAB_PATHS = {
    "fatture": "invoices", "incassi": "payments", "accordi": "agreements", "pratiche": "cases",
    "documenti": "documents", "recapiti": "contacts",
}  # fmt: skip
TAB_WORDS = {
    "story": gettext_lazy("Story"), "invoices": gettext_lazy("Invoices"), "payments": gettext_lazy("Payments"),
    "agreements": gettext_lazy("Agreements"), "cases": gettext_lazy("Disputes and requests"),
    "documents": gettext_lazy("Documents"), "contacts": gettext_lazy("Contact points"),
}  # fmt: skip
STORY_WORDS = {
    "talk": gettext_lazy("Conversations"), "message": gettext_lazy("Messages"), "cash": gettext_lazy("Payments"),
    "promise": gettext_lazy("Promises"), "case": gettext_lazy("Disputes and requests"), "hold": gettext_lazy("Holds"),
    "invoice": gettext_lazy("Invoices"), "decision": gettext_lazy("Decisions"),
}  # fmt: skip


@require_GET
def customers(request: HttpRequest) -> HttpResponse:
    """Every customer of the viewer, or those that the search means; overdue first unless sorted otherwise."""
    home = opening(request, "customers")
    if home is not None:
        return home
    viewer = ui.viewer(request)
    text = request.GET.get("q", "").strip()[:100]
    told = found(viewer, text) if text else []
    columns = ALL_COLUMNS if text or not is_large(viewer) else LARGE_COLUMNS
    sort = sort_of(request, columns, "found" if text else "-overdue")
    everybody = columns is LARGE_COLUMNS and sort.key == "overdue"
    if everybody:
        owing = _those_who_owe(viewer, sort, bool(request.GET.get("overdue")))
        page = page_of(request, owing, told=_with_customers)
        lines = [(decision.customer, decision) for decision in page]
    elif text and sort.key == FOUND.key and not request.GET.get("overdue"):
        page = page_of(request, in_order(viewer, told))
        shown = {one.pk: one for one in asked(_shown, list(page))}
        lines = _with_decisions(viewer, [shown[pk] for pk in page if pk in shown])
    else:
        rows = ranked(viewer, told) if text else visible(viewer, Customer.objects.all())
        page = page_of(request, apply_sort(_with_answer(rows, bool(request.GET.get("overdue"))), sort), told=_shown)
        lines = _with_decisions(viewer, list(page))
    context = {
        "page": page,
        "lines": lines,
        "sort": sort,
        "columns": [column for column in columns if column.label],
        "cut": MOST if sum(map(len, told)) == MOST else 0,
        "text": text,
        "saved": views_for(request, "customers"),
        "many_clients": len(viewer.client_ids) > 1,
    }
    return render(request, "desk/customers.html", context)


def _with_answer(rows: QuerySet[Customer], only_overdue: bool) -> QuerySet[Customer]:
    """Customers with what the answer in force says that they owe."""
    current = Decision.objects.filter(
        client_id=OuterRef("client_id"), customer_id=OuterRef("pk"), superseded_on__isnull=True
    )
    if only_overdue:
        rows = rows.filter(Exists(current.filter(overdue_cents__gt=0)))
    return rows.annotate(
        decision_balance=current.values("balance_cents")[:1],
        decision_overdue=current.values("overdue_cents")[:1],
    )


def _shown(keys: list[int]) -> QuerySet[Customer]:
    return Customer.objects.filter(pk__in=keys).select_related("operator", "client")


def _those_who_owe(viewer: Viewer, sort: Sort, only_overdue: bool) -> QuerySet[Decision]:
    """The same of a large client, out of the answers' own index by overdue."""
    rows = current_decisions(viewer)
    rows = rows.filter(overdue_cents__gt=0) if only_overdue else rows
    return apply_sort(rows, Sort(sort.key, sort.descending, ("overdue_cents",)))


def _with_customers(keys: list[int]) -> QuerySet[Decision]:
    rows = Decision.objects.filter(pk__in=keys).defer("facts", "fingerprint")
    return rows.select_related("customer__operator", "customer__client")


def _with_decisions(viewer: Viewer, found: list[Customer]) -> list[tuple[Customer, Decision | None]]:
    decisions = {decision.customer_id: decision for decision in asked(_decided, viewer, [one.pk for one in found])}
    return [(one, decisions.get(one.pk)) for one in found]


def _decided(viewer: Viewer, customer_ids: list[int]) -> QuerySet[Decision]:
    return current_decisions(viewer).filter(customer__in=customer_ids).defer("facts", "fingerprint")


@require_GET
def customer(request: HttpRequest, pk: int, tab: str = "") -> HttpResponse:
    """The customer page. `tab` is the last part of the address; without it, the story."""
    if tab and tab not in TAB_PATHS:
        raise Http404
    viewer, who = customer_or_404(request, pk)
    here = TAB_PATHS.get(tab, "story")
    context = header(request, viewer, who)
    context |= {"tab": here, "tabs": _tabs(viewer, who, here), "panel": f"desk/customer_{here}.html"}
    context |= PANELS[here](request, viewer, who)
    return render(request, "desk/customer.html", context)


def with_case_form(request: HttpRequest, pk: int, again: dict[str, Any]) -> HttpResponse:
    """The customer's cases with the form of a new one as it was sent, and what is to be mended in it."""
    viewer, who = customer_or_404(request, pk, "record_contact")
    context = header(request, viewer, who) | _cases(request, viewer, who)
    context |= {
        "tab": "cases",
        "tabs": _tabs(viewer, who, "cases"),
        "panel": "desk/customer_cases.html",
        "again": again,
    }
    return render(request, "desk/customer.html", context, status=422)


def header(request: HttpRequest, viewer: Viewer, who: Customer) -> dict[str, Any]:
    """What every page about a customer shows above its content, and the answer in force."""
    decision = story.answer_of(viewer, who.pk)
    promise = next(iter(asked(pending_of, viewer, who.pk, most=1)), None)
    today = clock.today()
    if decision is not None:
        decision.customer, decision.client = who, who.client
    held = [h for h in asked(story.holds_of, viewer, who.pk, most=20) if h.until_on is None or h.until_on >= today]
    return {
        "customer": who, "decision": decision, "promise": promise, "mood_key": story.last_mood(viewer, who.pk),
        "holds": held, "whole_holds": [h for h in held if h.invoice_id is None],
        "oldest_days": (today - decision.oldest_due_on).days if decision and decision.oldest_due_on else None,
        "score_parts": explain.score_parts(decision) if decision else [],
        "left": contacts_left([decision], today)[decision.pk] if decision else None,
        "phones": asked(_phones, viewer, who.pk),
        "may": {right: viewer.may(right, who.client_id) for right in ("record_contact", "promise", "hold",
            "confirm_cash", "take_back")},
        "open_invoices": asked(_still_open, viewer, who.pk, today, most=40),
        "case_topics": CareCase.Topic.choices, "protected_by": protected_by(who),
        "promise_channels": Promise.Channel.choices,
        "broken": broken_promises(viewer, [who.pk]).get(who.pk) if decision and decision.overdue_cents else None,
        "list_url": day_of(request)["url"], "in_list": who.pk in day_of(request)["ids"],
    }  # fmt: skip


def _tabs(viewer: Viewer, who: Customer, here: str) -> list[dict[str, Any]]:
    counts = story.tab_counts(viewer, who.pk)
    paths = {name: path for path, name in TAB_PATHS.items()}
    return [
        {
            "label": TAB_WORDS[name], "here": name == here, "count": counts.get(name),
            "url": reverse("desk:customer_tab",
                args=[who.pk, paths[name]]) if name in paths else reverse("desk:customer", args=[who.pk]),
        }
        for name in TABS
    ]  # fmt: skip


def _story(request: HttpRequest, viewer: Viewer, who: Customer) -> dict[str, Any]:
    kind = request.GET.get("kind", "")
    kinds = [kind] if kind in story.KINDS else story.KINDS
    asked = request.GET.get("show", "")
    shown = min(int(asked), 1000) if asked.isdecimal() and int(asked) > STORY_STEP else STORY_STEP
    told = story.story_of(viewer, who.pk, kinds, shown + 1)
    return {
        "story": told[:shown], "kind": kind if kind in story.KINDS else "", "kinds": STORY_WORDS.items(),
        "more": shown + STORY_STEP if len(told) > shown else None,
    }  # fmt: skip


def _phones(viewer: Viewer, customer_id: int) -> QuerySet[ContactPoint]:
    points = visible(viewer, ContactPoint.objects.filter(customer_id=customer_id, channel="phone"))
    return points.exclude(consent="denied").order_by("-preferred", "pk")


def _still_open(viewer: Viewer, customer_id: int, today: dt.date) -> QuerySet[Invoice]:
    """What can be contested: invoices of which something is open, the latest first."""
    items = visible(viewer, Instalment.objects.filter(customer_id=customer_id))
    still = with_balance(items, today).filter(balance_cents__gt=0)
    rows = visible(viewer, Invoice.objects.filter(customer_id=customer_id, pk__in=still.values("invoice")))
    return rows.exclude(kind="credit_note").order_by("-issued_on")


def _invoices(request: HttpRequest, viewer: Viewer, who: Customer) -> dict[str, Any]:
    """Invoices with their instalments, balances and last days, ageing, and the mark of a changed version."""
    today = clock.today()
    items: QuerySet[Instalment] = with_balance(Instalment.objects.filter(client=who.client, customer=who), today)
    invoices = list(Invoice.objects.filter(client=who.client, customer=who).order_by("-issued_on", "-pk")[:200])
    orders: dict[int, Any] = {}
    for order in orders_of_customer(viewer, who.pk)[:500]:
        orders.setdefault(order.instalment_id, order)
    dies = {one.item.pk: one for one in expiries_of(viewer, who.pk, today)}
    by_invoice: dict[int, list[Any]] = {}
    for item in items.filter(invoice__in=invoices).order_by("due_on", "pk"):
        item.days = (today - item.due_on).days  # type: ignore[attr-defined]
        item.order = orders.get(item.pk)  # type: ignore[attr-defined]
        item.dies = dies.get(item.pk)  # type: ignore[attr-defined]
        by_invoice.setdefault(item.invoice_id, []).append(item)
    notices = notices_of(viewer, [invoice.pk for invoice in invoices])
    owed = {pk for pk, parts in by_invoice.items() if any(item.balance_cents > 0 for item in parts)}
    lines = lines_of(viewer, invoices, who, today, owed)
    disputed = contested(who.client_id, today, [who.pk])
    held = {hold.invoice_id: hold for hold in current_holds(viewer, today).filter(customer=who)}
    rows = [
        {
            "invoice": invoice, "hold": held.get(invoice.pk), "notices": notices.get(invoice.pk, []), "items": by_invoice.get(invoice.pk, []), "disputed": disputed.get(invoice.pk, 0),
            "lines": lines.get(invoice.pk, []), "flagged": any(told.flag for told in lines.get(invoice.pk, [])),
            "balance": sum(item.balance_cents for item in by_invoice.get(invoice.pk, [])),
        }
        for invoice in invoices
    ]  # fmt: skip
    only_open = request.GET.get("all") != "1"
    shown = [row for row in rows if row["balance"] > 0] if only_open else rows
    return {
        "invoices": shown,
        "only_open": only_open,
        "hidden": len(rows) - len(shown),
        "gaps": open_gaps_of(who),
        "dies_by": assumed_of(dies.values()),
        "dies_law": [origin(one.told.row) for one in dies.values()],
        "ageing": ageing_of(list(items), today),
    }


def ageing_of(items: list[Any], today: Any) -> list[dict[str, Any]]:
    """Open cents by age, from not due to oldest, for the ageing bar."""
    labels = [
        _("Not due"),
        _("1–30 days"),
        _("31–60 days"),
        _("61–90 days"),
        _("91–180 days"),
        _("181–360 days"),
        _("Over 360 days"),
    ]
    buckets = [{"label": label, "cents": 0} for label in labels]
    for item in items:
        days = (today - item.due_on).days
        buckets[sum(days > edge for edge in (0, 30, 60, 90, 180, 360))]["cents"] += max(item.balance_cents, 0)
    return buckets


def _payments(request: HttpRequest, viewer: Viewer, who: Customer) -> dict[str, Any]:
    page = page_of(request, story.payments_of(viewer, who.pk), 30)
    for payment in page:
        standing = payment.reverses_id is None and not hasattr(payment, "reversed_by")
        payment.undo_url = ui.path_or_none("desk:cash_undo", payment.pk) if standing else None
    return {"payments": page}


def _agreements(request: HttpRequest, viewer: Viewer, who: Customer) -> dict[str, Any]:
    promises = list(promises_of(viewer, who.pk)[:200])
    judged = [p for p in promises if p.status in ("kept", "partly", "broken")]
    kept = sum(p.status == "kept" for p in judged)
    mandates = list(mandates_of(viewer, who.pk)[:50])
    return {
        "promises": promises,
        "judged": len(judged),
        "kept": kept,
        "plans": [(plan, law_of(plan)) for plan in plans_of(viewer, who.pk)[:50]],
        "concessions": concessions_of(viewer, who.pk)[:50],
        "how_words": builder.HOW_WORDS.items(),
        "mandates": [(mandate, lapses_on(mandate), is_usable(mandate, clock.today())) for mandate in mandates],
        "has_mandate": any(mandate.state == "active" for mandate in mandates),
        "all_holds": story.holds_of(viewer, who.pk)[:100],
        **path_panel(viewer, who, clock.today()),
    }


def _cases(request: HttpRequest, viewer: Viewer, who: Customer) -> dict[str, Any]:
    return {"cases": cases_of(viewer, who.pk)[:200]}


def _documents(request: HttpRequest, viewer: Viewer, who: Customer) -> dict[str, Any]:
    return {"documents": page_of(request, documents_of(viewer, who.pk), 50)}


def _contacts(request: HttpRequest, viewer: Viewer, who: Customer) -> dict[str, Any]:
    points = who.contact_points.filter(client=who.client).order_by("channel", "-preferred", "pk")
    accounts = who.accounts.filter(client=who.client).order_by("number")
    return {"points": points, "accounts": accounts, **marks_panel(who, clock.today())}


PANELS: dict[str, Callable[[HttpRequest, Viewer, Customer], dict[str, Any]]] = {
    "story": _story, "invoices": _invoices, "payments": _payments, "agreements": _agreements, "cases": _cases,
    "documents": _documents, "contacts": _contacts,
}  # fmt: skip


@require_GET
def why(request: HttpRequest, pk: int) -> HttpResponse:
    """The whole explanation of the answer in force: reasons, ladder, permission, facts, policy and fingerprint."""
    viewer, who = customer_or_404(request, pk)
    context = header(request, viewer, who)
    decision = context["decision"]
    if decision is not None:
        context |= explain.whole(viewer, decision)
    return render(request, "desk/why.html", context)
