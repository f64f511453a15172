# SPDX-License-Identifier: Apache-2.0
"""The cockpit and the rows behind it. Views only read; who looks is the viewer of the request."""

import datetime as dt
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from ascolto.domain.access.models import Client
from ascolto.domain.access.viewer import Viewer, visible
from ascolto.domain.ledger.law_words import ending_soon
from ascolto.domain.portfolio.sizes import is_large
from ascolto.domain.records import clock
from ascolto.domain.strategy import drill
from ascolto.domain.strategy.figures import BUCKETS
from ascolto.web import codes, ui
from ascolto.web.insight import pictures
from ascolto.web.insight.definitions import BY_VALUE, CARDS
from ascolto.web.insight.listing import INSTALMENT, LISTS, Listing
from ascolto.web.tables import apply_sort, csv_response, page_of, sort_of

HEADLINE = ("receivables_cents", "overdue_cents", "dso_countback", "cei", "promises_kept_rate", "solution_rate")


def cockpit(request: HttpRequest) -> HttpResponse:
    """Figures of the chosen client; somebody with several clients first sees them side by side."""
    viewer, as_of = ui.viewer(request), day_of(request)
    clients = [one for one in visible(viewer, Client.objects.all()) if viewer.may("cockpit", one.pk)]
    if not clients:
        _refuse(viewer)
    if len(clients) > 1 and "client" not in request.GET:
        return render(request, "insight/clients.html", {
            "rows": _side_by_side(viewer, clients, as_of), "labels": [BY_VALUE[key].label for key in HEADLINE], "as_of": as_of,
        })  # fmt: skip
    client = chosen_client(request, viewer)
    history = drill.figures_by_month(viewer, client.pk, as_of)
    today = drill.figures_on(viewer, client.pk, as_of)
    context: dict[str, Any] = {"client": client, "as_of": as_of, "measured": today, "several": len(clients) > 1}
    context["law_alerts"] = ending_soon(clock.today()) if viewer.may("policy", client.pk) else []
    if today:
        rows_url = pictures.rows_url("contacts", client.pk, as_of)
        context |= {
            "cards": _cards(client, today.as_of, today.figures, history),
            "ageing": pictures.ageing(history), "dso": pictures.dso(history), "buckets": _buckets(client, today.as_of, today.figures),
            "reasons": pictures.reasons(today.figures.get("reasons", []), rows_url),
            "actions": [(codes.channel(name), count) for name, count in today.figures["actions"].items()], "answers": today.figures["answers"],
        }  # fmt: skip
    return render(request, "insight/cockpit.html", context)


def _cards(client: Client, as_of: dt.date, figures: dict[str, Any], history: list[Any]) -> list[dict[str, Any]]:
    return [
        {"label": card.label, "value": card.write(figures.get(card.value)), "definition": card.definition,
         "picture": pictures.of_card(card, history), "url": pictures.rows_url(card.rows, client.pk, as_of), "note": _remark(card.value, figures)}
        for card in CARDS
    ]  # fmt: skip


def _remark(value: str, figures: dict[str, Any]) -> str:
    """What a figure alone would not tell: where nothing is current, the delay is the whole DSO and not a delay more."""
    alone = value == "add" and not figures.get("current_cents") and bool(figures.get("overdue_cents"))
    return _("Nothing is still to fall due: here the delay is the whole DSO.") if alone else ""


def _buckets(client: Client, as_of: dt.date, figures: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {"label": name, "cents": row["cents"], "disputed_cents": row["disputed_cents"], "items": row["items"],
         "url": pictures.rows_url("bucket", client.pk, as_of, bucket=n)}
        for n, (name, row) in enumerate(zip(pictures.bucket_names(), figures["ageing"], strict=True))
    ]  # fmt: skip


def _side_by_side(viewer: Viewer, clients: list[Client], as_of: dt.date) -> list[dict[str, Any]]:
    found = []
    for client in clients:
        day = drill.figures_on(viewer, client.pk, as_of)
        values = [BY_VALUE[key].write(day.figures.get(key)) if day else "–" for key in HEADLINE]
        found.append({"client": client, "values": values})
    return found


def actions(request: HttpRequest) -> HttpResponse:
    """What was planned on the day, by channel and step."""
    return rows(request, "actions")


def rows(request: HttpRequest, figure: str) -> HttpResponse:
    """The list behind a figure; `?format=csv` for a spreadsheet."""
    listing = LISTS.get(figure)
    if listing is None:
        raise Http404
    viewer, as_of = ui.viewer(request), day_of(request)
    client = chosen_client(request, viewer)
    found = listing.rows(viewer, client.pk, as_of, _bucket(request))
    sort = sort_of(request, listing.columns, listing.sort)
    found = apply_sort(found, sort)
    only = 0
    if listing.columns is INSTALMENT and request.GET.get("format") != "csv" and is_large(viewer, client.pk):
        only = drill.OWE_MOST
        found = found.filter(customer_id__in=drill.those_who_owe_most(viewer, client.pk, only))
    if request.GET.get("format") == "csv":
        return csv_response(
            f"{figure}-{client.slug}-{as_of}", [c.label for c in listing.columns], map(listing.cells, found)
        )
    page = page_of(request, found)
    return render(request, "insight/rows.html", {
        "client": client, "as_of": as_of, "listing": listing, "title": _title(listing, request), "sort": sort,
        "columns": listing.columns, "page": page, "only": only, "lines": [(row, list(zip(listing.columns, listing.cells(row), strict=True))) for row in page],
        "customer_url": "desk:customer",
    })  # fmt: skip


def _title(listing: Listing, request: HttpRequest) -> str:
    bucket = _bucket(request)
    if bucket is None:
        return str(listing.title)
    if bucket == 0:
        return _("Instalments not due yet")
    return _("Instalments: %(bucket)s days") % {"bucket": pictures.bucket_names()[bucket]}


def _bucket(request: HttpRequest) -> int | None:
    text = request.GET.get("bucket", "")
    return int(text) if text.isdecimal() and int(text) <= len(BUCKETS) else None


def day_of(request: HttpRequest) -> dt.date:
    """`?as_of=`, or today; nonsense and the future fall to today."""
    today = clock.today()
    try:
        return min(dt.date.fromisoformat(request.GET.get("as_of", "")), today)
    except ValueError:
        return today


def chosen_client(request: HttpRequest, viewer: Viewer) -> Client:
    """The client of `?client=`, or the only one. 404 for a stranger's, 403 without the right."""
    text = request.GET.get("client", "")
    if text and not text.isdecimal():
        raise Http404
    client_id = int(text) if text else next(iter(viewer.client_ids), 0)
    viewer.require("cockpit", client_id)
    return Client.objects.get(pk=client_id)


def _refuse(viewer: Viewer) -> None:
    for client_id in viewer.client_ids:
        viewer.require("cockpit", client_id)
    raise Http404
