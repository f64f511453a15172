# SPDX-License-Identifier: Apache-2.0
"""La mia giornata: the lists of the day, their filters, totals and exports, and the next customer with one key."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_GET

from ascolto.domain.access import people
from ascolto.domain.access.models import Role
from ascolto.domain.access.prepared import asked
from ascolto.domain.access.viewer import Viewer
from ascolto.domain.agreements.paths import how_many_to_review
from ascolto.domain.care.queries import how_many_late
from ascolto.domain.portfolio.sizes import is_large
from ascolto.domain.records import clock
from ascolto.domain.strategy import worklist
from ascolto.domain.strategy.figures import dying_by_band, how_many_die, latest
from ascolto.domain.strategy.models import DailyFigures, Decision
from ascolto.web import codes as words
from ascolto.web import ui
from ascolto.web.desk import because_words, exports
from ascolto.web.desk.page import day_of, remember_day
from ascolto.web.desk.savedviews import opening, views_for
from ascolto.web.tables import PER_PAGE, Column, Sort, apply_sort, page_of, sort_of

COLUMNS = (
    Column("name", gettext_lazy("Customer"), ("customer__search_name",)),
    Column("reason", gettext_lazy("Why, and what to do"), ("step",)),
    Column("overdue", gettext_lazy("Overdue"), ("overdue_cents",), number=True),
    Column("oldest", gettext_lazy("Oldest"), ("oldest_due_on",)),
    Column("tone", gettext_lazy("Tone"), ("tone",), number=True),
    Column("hour", gettext_lazy("Best hour"), ("best_hour",)),
    Column("last", gettext_lazy("Last contact"), ("last_at",), number=True),
    Column("left", gettext_lazy("Left today")),
    Column("promise", gettext_lazy("Promise"), ("promise_on",)),
    Column("until", gettext_lazy("Until"), ("until_on",)),
    Column("operator", gettext_lazy("Operator"), ("customer__operator__name",)),
    Column("priority", gettext_lazy("Priority"), ("promise_broken", "priority"), number=True),
)
SHOWN = {
    "call": ("name", "reason", "priority", "overdue", "tone", "hour", "last", "left", "promise"),
    "done": ("name", "reason", "overdue", "tone", "last", "promise"),
    "waiting": ("name", "reason", "overdue", "until", "last", "promise"),
    "blocked": ("name", "reason", "overdue", "until", "last", "promise"),
}
"""The columns of each list unless the person chose others."""
TITLES = {
    "call": gettext_lazy("To call"),
    "done": pgettext_lazy("list", "Done today"),
    "waiting": pgettext_lazy("list", "Waiting"),
    "blocked": pgettext_lazy("list", "Blocked"),
}
DEFAULT_SORT = {"call": "-priority", "done": "-last", "waiting": "until", "blocked": "-overdue"}
LONG_COLUMNS = tuple(c if c.key in ("overdue", "until") else replace(c, order=()) for c in COLUMNS)
"""Of a long list of a large client: sorted only by what an index sorts."""
COLUMNS_KEY = "my_day_columns"
DYING_SOON = 30
"""Days before limitation at which the day's page itself says so; the list begins at 180."""
REMEMBERED = 500
"""How many customers of the list are kept for the next-customer key."""


@require_GET
def my_day(request: HttpRequest) -> HttpResponse:
    """The work list of the day."""
    viewer = ui.viewer(request)
    if not any(viewer.may("record_contact", client_id) for client_id in viewer.client_ids):
        return redirect(ui.path_or_none("insight:cockpit") or "desk:customers")
    home = opening(request, "my_day")
    if home is not None:
        return home
    which = _which(request)
    today, large = clock.today(), is_large(viewer)
    long = large and which in worklist.LONG
    wanted = wanted_of(request, viewer, few=long)
    known = LONG_COLUMNS if long else COLUMNS
    columns, sort = _columns(request, which, known), sort_of(request, known, DEFAULT_SORT[which])
    whole = wanted == worklist.Wanted(operator=wanted.operator)
    nights = latest(viewer, today) if large else None
    survey = None if long else worklist.survey(viewer, which, wanted.operator, today)
    by_night = worklist.measured(nights or (), viewer, which, wanted.operator) if long and whole else None
    rows = _ordered(viewer, which, wanted, sort)
    totals: Any = None if survey is None else survey if whole else worklist.totals(rows)
    counted = totals.count if totals else by_night.count if by_night else None
    first = _first(viewer, which, wanted, sort, rows) if whole or which == "call" else None
    keys = None if first is None else [pk for pk, _customer in first]
    page = page_of(request, rows, known=counted, told=worklist.told_of, first=keys)
    clients = {client.pk: client for client in ui.clients(request)}
    for row in page:
        row.client = clients[row.client_id]
    counts = _counts(viewer, which, wanted.operator, survey, nights)
    context = {
        "which": which, "filtered": not whole, "wanted": wanted,
        "sort": sort, "page": page, "title": TITLES[which],
        "saved": views_for(request, "my_day", list=[which], col=[column.key for column in columns]),
        "columns": columns, "all_columns": [c for c in COLUMNS if c.key not in ("name", "reason")],
        "tabs": _tabs(request, which, counts), "by_night": by_night,
        "totals": totals,
        "lines": lines(list(page.object_list), viewer), "few_filters": long,
        "choices": _choices(viewer, survey), "many_clients": len(viewer.client_ids) > 1,
        "late_cases": how_many_late(viewer, today), "reviews": how_many_to_review(viewer, today),
        "dying": _dying(nights) if nights is not None else how_many_die(viewer, today, DYING_SOON),
    }  # fmt: skip
    response = render(request, "desk/my_day.html", context)
    remember_day(request, response, [pk for _key, pk in first or ()] if which == "call" else None)
    return response


def _which(request: HttpRequest) -> str:
    asked = request.GET.get("list", "call")
    return asked if asked in worklist.LISTS else "call"


def _counts(
    viewer: Viewer, which: str, operator: str, survey: worklist.Survey | None, nights: list[DailyFigures] | None
) -> dict[str, int | None]:
    """How many stand in each list: of a large client (`nights`) the short ones counted now, the long ones by the night."""
    kept = {} if nights is None else {n: worklist.measured(nights, viewer, n, operator) for n in worklist.LONG}
    here = {which: survey.count} if survey else {}
    others = [name for name in worklist.LISTS if name not in here and name not in kept]
    return {
        **here,
        **worklist.list_counts(viewer, clock.today(), operator, others),
        **{name: m.count if m else None for name, m in kept.items()},
    }


def _dying(nights: list[DailyFigures]) -> int:
    return sum(n for band, n in dying_by_band(nights).items() if band <= DYING_SOON)


def wanted_of(request: HttpRequest, viewer: Viewer, few: bool = False) -> worklist.Wanted:
    """The filters of the address. Who has customers of their own starts with these, who leads starts with all. `few`:
    only those that an index answers."""
    fields = ("amount", "rule") if few else ("step", "segment", "tone", "amount", "city", "rule")
    asked = {field: request.GET.get(field, "")[:100] for field in fields}
    usual = "mine" if Role.OPERATOR in viewer.roles.values() else "all"
    operator = request.GET.get("operator", "")
    known = operator in ("mine", "all", "none") or (operator.isdecimal() and len(operator) < 19)
    return worklist.Wanted(text=request.GET.get("q", "")[:100], operator=operator if known else usual, **asked)


def _rows(request: HttpRequest, viewer: Viewer, which: str, wanted: worklist.Wanted) -> QuerySet[Decision]:
    """The whole list with all that stands beside its rows, for the export."""
    sort = sort_of(request, COLUMNS, DEFAULT_SORT[which])
    rows = worklist.narrowed(worklist.work_list(viewer, which, clock.today()), viewer, wanted)
    return apply_sort(rows.defer("fingerprint"), sort)


def _ordered(viewer: Viewer, which: str, wanted: worklist.Wanted, sort: Sort) -> QuerySet[Any]:
    """The rows wanted, in the order asked for: what the page is cut from, by their keys."""
    rows = worklist.narrowed(worklist.listed(viewer, which, clock.today()), viewer, wanted)
    return _sorted(rows, sort)


def _sorted(rows: QuerySet[Any], sort: Sort) -> QuerySet[Any]:
    return apply_sort(worklist.beside(rows) if sort.key in ("last", "promise") else rows, sort)


def _first(
    viewer: Viewer, which: str, wanted: worklist.Wanted, sort: Sort, rows: QuerySet[Any]
) -> list[tuple[int, int]]:
    """(key, customer) of the first page, and of all the calls that the next-customer key goes through."""
    most = REMEMBERED if which == "call" else PER_PAGE
    if wanted == worklist.Wanted(operator=wanted.operator):
        day = worklist.day_of(which, clock.today())
        return asked(_keys, viewer, *day, which=which, operator=wanted.operator, sort=sort, most=most)
    return list(rows.values_list("pk", "customer_id")[:most])


def _keys(viewer: Viewer, *day: dt.date, which: str, operator: str, sort: Sort) -> QuerySet[Any]:
    rows = worklist.unfiltered(viewer, *day, which=which, operator=operator)
    return _sorted(rows, sort).values_list("pk", "customer_id")


def _columns(request: HttpRequest, which: str, known: Sequence[Column]) -> list[Column]:
    """Chosen with `?col=...`, kept in the session per list."""
    chosen: dict[str, list[str]] = request.session.get(COLUMNS_KEY, {})
    if "col" in request.GET:
        keys = {column.key for column in COLUMNS}
        picked = ["name", "reason", *(key for key in request.GET.getlist("col") if key in keys)]
        chosen = {**chosen, which: picked}
        request.session[COLUMNS_KEY] = chosen
    shown = chosen.get(which, SHOWN[which])
    return [column for column in known if column.key in shown]


def _tabs(request: HttpRequest, which: str, counts: dict[str, int | None]) -> list[dict[str, Any]]:
    kept = f"&operator={request.GET['operator']}" if request.GET.get("operator", "").isalnum() else ""
    return [
        {"label": TITLES[name], "url": f"?list={name}{kept}", "here": name == which, "count": counts[name]}
        for name in worklist.LISTS
    ]


def _choices(viewer: Viewer, survey: worklist.Survey | None) -> dict[str, Any]:
    """What can be chosen in each filter, with how many rows it gives; in a long list, the rules without."""
    found = survey.options if survey else _RULES_ONLY
    return {
        "step": [(code, words.step(code), n) for code, n in found["step"]],
        "segment": [(code, words.word(words.SEGMENTS, code), n) for code, n in found["segment"]],
        "rule": [(code, words.word(words.RULES, code), n) for code, n in found["rule"]],
        "city": [(city, city, n) for city, n in found["city"]],
        "amount": [(code, words.AMOUNTS[code]) for code in worklist.AMOUNTS],
        "operator": [(str(user.pk), user.name) for user in asked(people.operators_of, viewer)],
    }


_RULES_ONLY: dict[str, list[tuple[str, int]]] = {
    "step": [], "segment": [], "city": [], "rule": [(code, 0) for code in words.RULES if code != "nothing_due"],
}  # fmt: skip


def lines(decisions: Sequence[Decision], viewer: Viewer) -> list[dict[str, Any]]:
    """What a row shows beside the decision: its reason in words, what to do, contacts left, and since when."""
    left = worklist.contacts_left(decisions, clock.today())
    asked = [row.customer_id for row in decisions if row.step == "promise_broken"]
    broken = worklist.broken_promises(viewer, asked) if asked else {}
    return [
        {
            "row": row, "customer": row.customer, "why": because_words.short(row), "to_do": words.to_do(row.step),
            "rule": words.word(words.RULES, row.rule) if row.rule else "", "left": left[row.pk],
            "oldest_days": (clock.today() - row.oldest_due_on).days if row.oldest_due_on else None,
            "broken": broken.get(row.customer_id), "may_call": viewer.may("record_contact", row.client_id),
        }
        for row in decisions
    ]  # fmt: skip


@require_GET
def export(request: HttpRequest, form: str) -> HttpResponse:
    """The list as one sees it, all its pages, as CSV or XLSX."""
    if form not in exports.FORMS:
        raise Http404
    viewer = ui.viewer(request)
    which = _which(request)
    rows = _rows(request, viewer, which, wanted_of(request, viewer))
    head = [_("Customer"), _("Code"), _("Why"), _("What to do"), _("Overdue"), _("Balance"), _("Oldest due date"),
            _("Tone"), _("Segment"), _("Score"), _("Until"), _("Last contact"), _("Promise"), _("Operator"),
            _("City")]  # fmt: skip
    return exports.FORMS[form](f"ascolto-{which}-{clock.today():%Y-%m-%d}", head, map(_cells, rows.iterator(500)))


def _cells(row: Any) -> list[Any]:
    customer = row.customer
    return [
        customer.name, customer.number, because_words.short(row), str(words.to_do(row.step)),
        exports.euro(row.overdue_cents), exports.euro(row.balance_cents), row.oldest_due_on, row.tone,
        str(words.word(words.SEGMENTS, row.segment)), row.score, row.until_on,
        row.last_at.astimezone(clock.ROME).date() if row.last_at else None, row.promise_on,
        customer.operator.name if customer.operator else "", customer.city,
    ]  # fmt: skip


@require_GET
def next_customer(request: HttpRequest) -> HttpResponse:
    """On to the call page of the customer after `?after=`, in the order of the last list; home when all is done."""
    asked = request.GET.get("after", "")
    after = int(asked) if asked.isdecimal() else 0
    found = worklist.next_to_call(ui.viewer(request), after, day_of(request)["ids"], clock.today())
    if found is None:
        ui.toast(request, _("That was the last one: nobody else is waiting for a call."))
        return redirect("desk:my_day")
    return redirect("desk:call" if request.GET.get("to") == "call" else "desk:customer", found)
