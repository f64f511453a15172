# SPDX-License-Identifier: Apache-2.0
"""Promises and plans of everybody: the list with its filters and export, what waits for an approval, the calendar of
money expected."""

from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from ascolto.domain.access import people
from ascolto.domain.access.viewer import Viewer
from ascolto.domain.agreements import queries
from ascolto.domain.agreements.models import Plan, Promise
from ascolto.domain.portfolio.search import meaning
from ascolto.domain.records import clock
from ascolto.web import ui
from ascolto.web.desk.exports import FORMS, euro
from ascolto.web.tables import Column, Sort, apply_sort, page_of, sort_of

PROMISE_COLUMNS = (
    Column("customer", gettext_lazy("Customer"), ("customer__search_name",)),
    Column("amount", gettext_lazy("Amount"), ("amount_cents",), number=True),
    Column("due", gettext_lazy("By"), ("due_on",)),
    Column("status", gettext_lazy("How it went"), ("status",)),
    Column("paid", gettext_lazy("Paid in time"), ("paid_cents",), number=True),
    Column("channel", gettext_lazy("How it came"), ("channel",)),
    Column("author", gettext_lazy("Taken by"), ("author",)),
)
PLAN_COLUMNS = (
    Column("customer", gettext_lazy("Customer"), ("customer__search_name",)),
    Column("amount", gettext_lazy("Amount"), ("total_cents",), number=True),
    Column("due", gettext_lazy("Proposed on"), ("proposed_on",)),
    Column("status", gettext_lazy("How it went"), ("status",)),
    Column("paid", gettext_lazy("Paid"), ("paid_cents",), number=True),
    Column("author", gettext_lazy("Proposed by"), ("author",)),
)
LISTS = {
    "promises": gettext_lazy("Promises"), "plans": gettext_lazy("Plans"),
    "approve": gettext_lazy("To be approved"), "calendar": gettext_lazy("Money expected"),
    "operators": gettext_lazy("By operator"),
}  # fmt: skip


@require_GET
def agreements(request: HttpRequest) -> HttpResponse:
    """One of LISTS, chosen by `?list=`; promises and plans are filtered by `status` and `q`."""
    viewer = ui.viewer(request)
    which = _which(request)
    counts = queries.agreement_counts(viewer)
    tabs = [
        {"label": word, "url": f"?list={name}", "here": name == which, "count": counts.get(name)}
        for name, word in LISTS.items()
    ]
    context: dict[str, Any] = {"which": which, "tabs": tabs, "text": _text(request), "status": _status(request)}
    if which == "calendar":
        context["days"] = queries.money_expected(viewer, clock.today())
    elif which == "operators":
        context["operators"] = queries.reliability_by_operator(viewer, clock.today())
    else:
        rows, sort = _rows(request, viewer, which)
        context |= {
            "page": page_of(request, rows), "sort": sort, "columns": _columns(which), "asked": request.GET.urlencode(),
            "channels": Promise.Channel.choices if which == "promises" else (), "channel": _channel(request),
            "statuses": (Promise if which == "promises" else Plan).Status.choices,
        }  # fmt: skip
    return render(request, "desk/agreements.html", context)


@require_GET
def export(request: HttpRequest, form: str) -> HttpResponse:
    """The rows that the same address shows, as csv or xlsx."""
    if form not in FORMS:
        raise Http404
    which = _which(request)
    which = which if which in ("promises", "plans", "approve") else "promises"
    rows, _sort = _rows(request, ui.viewer(request), which)
    head = [column.label for column in _columns(which)]
    return FORMS[form](str(LISTS[which]).lower(), head, _lines(rows, which))


def _lines(rows: QuerySet[Any], which: str) -> Iterator[list[Any]]:
    names = people.names()
    for row in rows:
        cents, on = (row.amount_cents, row.due_on) if which == "promises" else (row.total_cents, row.proposed_on)
        came = [_came(row)] if which == "promises" else []
        yield [row.customer.name, euro(cents), on, row.get_status_display(), euro(row.paid_cents), *came,
               names.get(row.author, row.author)]  # fmt: skip


def _came(promise: Promise) -> str:
    """By which channel, and who said it."""
    return ", ".join(filter(None, [str(promise.get_channel_display()), promise.who_said]))


def _which(request: HttpRequest) -> str:
    asked = request.GET.get("list", "promises")
    return asked if asked in LISTS else "promises"


def _text(request: HttpRequest) -> str:
    return request.GET.get("q", "").strip()[:100]


def _status(request: HttpRequest) -> str:
    return request.GET.get("status", "")[:20]


def _channel(request: HttpRequest) -> str:
    asked = request.GET.get("channel", "")
    return asked if asked in Promise.Channel.values else ""


def _columns(which: str) -> tuple[Column, ...]:
    return PROMISE_COLUMNS if which == "promises" else PLAN_COLUMNS


def _rows(request: HttpRequest, viewer: Viewer, which: str) -> tuple[QuerySet[Any], Sort]:
    rows: QuerySet[Any] = queries.promises(viewer) if which == "promises" else queries.plans(viewer)
    if which == "approve":
        rows = rows.filter(status=Plan.Status.PROPOSED)
    elif _status(request) in (Promise if which == "promises" else Plan).Status.values:
        rows = rows.filter(status=_status(request))
    if which == "promises" and _channel(request):
        rows = rows.filter(channel=_channel(request))
    if _text(request):
        rows = rows.filter(meaning(viewer, _text(request)))
    sort = sort_of(request, _columns(which), "-due")
    return apply_sort(rows, sort), sort
