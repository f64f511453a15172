# SPDX-License-Identifier: Apache-2.0
"""The board and the table of cases, and the page of one case. Reads only."""

from typing import Any
from urllib.parse import quote

from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_GET

from ascolto.domain.access import people
from ascolto.domain.access.viewer import Viewer
from ascolto.domain.care import clockwork, queries
from ascolto.domain.care.models import CareCase, CaseEvent, Evidence
from ascolto.domain.ledger.credits import credit_requests
from ascolto.domain.portfolio.models import Invoice
from ascolto.domain.portfolio.search import meaning
from ascolto.domain.records import clock
from ascolto.domain.strategy import caring
from ascolto.engine.rows import origin
from ascolto.web import ui
from ascolto.web.desk.care.clocks import clock_of
from ascolto.web.desk.exports import FORMS, euro
from ascolto.web.desk.page import thing_or_404
from ascolto.web.tables import Column, apply_sort, page_of, sort_of

COLUMNS = (
    Column("customer", gettext_lazy("Customer"), ("customer__search_name",)),
    Column("kind", gettext_lazy("What is it"), ("kind", "topic")),
    Column("clock", gettext_lazy("Clock"), ("deadline_on",)),
    Column("state", gettext_lazy("State")),
    Column("disputed", gettext_lazy("Disputed"), ("disputed_cents",), number=True),
    Column("owner", gettext_lazy("Owner"), ("owner__name",)),
    Column("opened", gettext_lazy("Opened"), ("opened_on",), number=True),
)
STATES = {
    "new": pgettext_lazy("case", "Nobody has it yet"), "working": pgettext_lazy("case", "In hand"),
    "client": gettext_lazy("Waiting for the client"), "customer": gettext_lazy("Waiting for the customer"),
    "closed": pgettext_lazy("case", "Closed lately"),
}  # fmt: skip
PER_COLUMN = 30
SHOWN_CLOSED = 10
DOWNLOAD = "default-src 'none'; sandbox"


@require_GET
def cases(request: HttpRequest) -> HttpResponse:
    """Cases as a board (columns by state, the late ones first) or, with `?view=table`, as a table."""
    viewer, today = ui.viewer(request), clock.today()
    table = request.GET.get("view") == "table"
    rows = _wanted(request, viewer)
    running = rows.filter(closed_on=None)
    late = running.filter(deadline_on__lt=today).count()
    here = "table" if table else "board"
    context: dict[str, Any] = {
        "here": here, "late": late, "open": running.count(), "text": request.GET.get("q", ""),
        "kind": request.GET.get("kind", ""), "who": request.GET.get("who", ""), "kinds": CareCase.Kind.choices,
        "tabs": [
            {"label": _("Board"), "url": reverse("desk:cases"), "here": not table},
            {"label": _("Table"), "url": f"{reverse('desk:cases')}?view=table", "here": table},
            {"label": _("Credit notes and write-offs"), "url": reverse("desk:credits"), "here": False},
        ],
    }  # fmt: skip
    if table:
        sort = sort_of(request, COLUMNS, "clock")
        page = page_of(request, apply_sort(rows if request.GET.get("all") else running, sort))
        context |= {"page": page, "sort": sort, "columns": COLUMNS, "all": bool(request.GET.get("all"))}
        context["lines"] = [_line(case, today) for case in page]
    else:
        context["board"] = _board(running, rows, today)
    return render(request, "desk/care/cases.html", context)


def _wanted(request: HttpRequest, viewer: Viewer) -> QuerySet[CareCase]:
    """The cases that the address asks for: a search, a kind, whose."""
    rows = queries.cases(viewer)
    text, kind, who = (request.GET.get(name, "").strip()[:100] for name in ("q", "kind", "who"))
    if text:
        rows = rows.filter(meaning(viewer, text) | Q(invoice__number=text))
    if kind in CareCase.Kind.values:
        rows = rows.filter(kind=kind)
    if who == "mine":
        rows = rows.filter(owner=viewer.user_id)
    return rows.filter(owner=None) if who == "none" else rows


def _line(case: CareCase, today: Any) -> dict[str, Any]:
    state = case.get_verdict_display() if case.closed_on else STATES[case.state]
    return {"case": case, "clock": clock_of(case, today), "state": state}


def _board(running: QuerySet[CareCase], rows: QuerySet[CareCase], today: Any) -> list[dict[str, Any]]:
    """Columns by state; within each the nearest deadline first, so that what is late stands on top."""
    filters = {"new": Q(owner=None, waiting=""), "working": Q(owner__isnull=False, waiting=""),
               "client": Q(waiting="client"), "customer": Q(waiting="customer")}  # fmt: skip
    columns = []
    for name, wanted in filters.items():
        found = list(running.filter(wanted).order_by("deadline_on", "pk")[: PER_COLUMN + 1])
        lines = [_line(case, today) for case in found[:PER_COLUMN]]
        columns.append({"name": name, "title": STATES[name], "lines": lines, "more": len(found) > PER_COLUMN})
    closed = rows.filter(closed_on__isnull=False).order_by("-closed_on", "-pk")[:SHOWN_CLOSED]
    columns.append({"name": "closed", "title": STATES["closed"], "lines": [_line(case, today) for case in closed]})
    return columns


@require_GET
def export(request: HttpRequest, form: str) -> HttpResponse:
    """The table as a file: what the filters show, all rows."""
    if form not in FORMS:
        raise Http404
    today = clock.today()
    rows = _wanted(request, ui.viewer(request))
    rows = apply_sort(
        rows if request.GET.get("all") else rows.filter(closed_on=None), sort_of(request, COLUMNS, "clock")
    )
    head = [_("Code"), *(column.label for column in COLUMNS), _("Answer by"), _("Outcome"), _("Indemnity")]
    lines = (
        [
            case.customer.number, case.customer.name, case.get_kind_display(), clock_of(case, today)["words"],
            str(STATES[case.state]), euro(case.disputed_cents), case.owner.name if case.owner else "", case.opened_on,
            case.deadline_on, case.outcome, euro(case.indemnity_cents),
        ]
        for case in rows[:50_000]
    )  # fmt: skip
    return FORMS[form]("cases", head, lines)


@require_GET
def case(request: HttpRequest, pk: int) -> HttpResponse:
    """One case: what is contested, the clock and its law, the discussion, the evidence, how to end it."""
    viewer = ui.whole_viewer(request)
    found = caring.case_of(viewer, pk)
    today = clock.today()
    row = clockwork.row_of(found)
    requests = list(credit_requests(viewer).filter(case_id=found.pk))
    context = {
        "case": found, "clock": clock_of(found, today), "state": STATES[found.state], "row": row,
        "law": [origin(row)] if row else [],
        "owes_today": 0 if found.closed_on else clockwork.indemnity(found, today),
        "story": _story(viewer, found), "me": viewer.user_id, "parts": list(queries.parts_of_case(viewer, found)),
        "files": list(queries.evidence_of(viewer, found)), "requests": requests,
        "may": viewer.may("record_contact", found.client_id), "colleagues": people.operators([found.client_id]),
        "verdicts": _verdicts(found), "waitings": CareCase.Waiting.choices, "faults": CareCase.Fault.choices,
        "kinds": [(code, word) for code, word in CareCase.Kind.choices if code != found.kind],
        "visibilities": CaseEvent.Visibility.choices,
        "invoices": Invoice.objects.filter(client=found.client_id, customer=found.customer_id).exclude(
            kind="credit_note").order_by("-issued_on")[:40],
        "channels": _channels(found),
    }  # fmt: skip
    return render(request, "desk/care/case.html", context)


def _story(viewer: Viewer, case: CareCase) -> list[CaseEvent]:
    """The discussion with its codes in words: whom we wait for, from which kind to which."""
    story = list(queries.story_of_case(viewer, case))
    waiting, kinds = dict(CareCase.Waiting.choices), dict(CareCase.Kind.choices)
    for event in story:
        event.words = event.text  # type: ignore[attr-defined]
        if event.kind == CaseEvent.Kind.WAITING:
            event.words = waiting.get(event.text, event.text)  # type: ignore[attr-defined]
        elif event.kind == CaseEvent.Kind.CONVERTED:
            told = {"from": kinds.get(event.data.get("from")), "to": kinds.get(event.data.get("to")), "why": event.text}
            event.words = _("From %(from)s to %(to)s: %(why)s") % told  # type: ignore[attr-defined]
        elif event.kind == CaseEvent.Kind.OWNER:
            event.words = event.text or _("Nobody's yet")  # type: ignore[attr-defined]
    return story


def _verdicts(case: CareCase) -> list[tuple[str, Any]]:
    words = dict(CareCase.Verdict.choices)
    kinds = {"dispute": ("upheld", "partial", "confirmed", "withdrawn"), "complaint": ("answered", "upheld", "confirmed",
             "withdrawn"), "request": ("answered", "withdrawn")}  # fmt: skip
    return [(code, words[code]) for code in kinds[case.kind]]


def _channels(case: CareCase) -> list[tuple[str, str]]:
    points = case.customer.contact_points.filter(client=case.client_id, verified=True, channel__in=caring.WRITTEN)
    return sorted({(point.channel, point.get_channel_display()) for point in points.exclude(consent="denied")})


@require_GET
def evidence(request: HttpRequest, pk: int) -> HttpResponse:
    """A file of evidence, always as a download that nothing runs in."""
    _viewer, file = thing_or_404(request, Evidence.objects.all(), pk)
    response = HttpResponse(bytes(file.content), content_type=file.media_type)
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{_quoted(file.name)}"
    response["X-Content-Type-Options"], response["Content-Security-Policy"] = "nosniff", DOWNLOAD
    return response


def _quoted(name: str) -> str:
    return quote(name, safe="")
