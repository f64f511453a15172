# SPDX-License-Identifier: Apache-2.0
"""What limitation takes first: the list of the client's open amounts by their last day, and its export."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from ascolto.domain.access.viewer import Viewer
from ascolto.domain.portfolio.sizes import is_large
from ascolto.domain.records import clock
from ascolto.domain.strategy.drill import OWE_MOST, those_who_owe_most
from ascolto.domain.strategy.expiring import Expiry, dying
from ascolto.domain.strategy.figures import dying_by_band, latest
from ascolto.engine.limitation import WARN_DAYS
from ascolto.engine.rows import origin
from ascolto.web import ui
from ascolto.web.desk.exports import FORMS, euro
from ascolto.web.tables import page_of

BANDS = (0, *reversed(WARN_DAYS))


@require_GET
def limitation(request: HttpRequest) -> HttpResponse:
    """All of the horizon, or one band (`?band=`): over, 7, 30, 90 or 180 days before the last day.

    Of a large client the night has counted the bands, and the rows are those of the customers who owe most.
    """
    viewer, today = ui.viewer(request), clock.today()
    large = is_large(viewer)
    every = dying(viewer, today, _owing_most(viewer) if large else None)
    counts = dying_by_band(latest(viewer, today)) if large else Counter(one.band for one in every)
    band = _band(request)
    rows = [one for one in every if band is None or one.band == band]
    words: dict[int | None, str] = {
        None: _("All"),
        0: _("Over"),
        **{n: _("Within %(n)s days") % {"n": n} for n in WARN_DAYS},
    }
    tabs = [
        {"label": words[one], "url": "?" if one is None else f"?band={one}", "here": one == band,
         "count": counts.total() if one is None else counts[one]}
        for one in (None, *BANDS)
    ]  # fmt: skip
    page = page_of(request, rows)
    used = [row for one in page for row in (one.told.row, *(effect.row for effect in one.told.effects))]
    context = {
        "page": page, "tabs": tabs, "total": sum(one.item.balance_cents for one in rows),
        "asked": request.GET.urlencode(), "law": [origin(row) for row in used], "assumed": assumed_of(page),
        "only": OWE_MOST if large else 0,
    }  # fmt: skip
    return render(request, "desk/limitation.html", context)


def _owing_most(viewer: Viewer) -> list[int]:
    return [pk for client_id in viewer.client_ids for pk in those_who_owe_most(viewer, client_id, OWE_MOST)]


@require_GET
def export(request: HttpRequest, form: str) -> HttpResponse:
    """The same rows as csv or xlsx."""
    if form not in FORMS:
        raise Http404
    band = _band(request)
    rows = [one for one in dying(ui.viewer(request), clock.today()) if band is None or one.band == band]
    head = [_("Customer"), _("Invoice"), _("Due"), _("Last day"), _("Still open"), _("Rule")]
    return FORMS[form]("prescrizione", head, _lines(rows))


def assumed_of(rows: Iterable[Expiry]) -> dict[str, str]:
    """By row of law, what was assumed where the invoice does not tell."""
    return {one.told.row.id: one.assumed_words for one in rows if one.assumed_words}


def _lines(rows: list[Expiry]) -> Iterator[list[Any]]:
    for one in rows:
        yield [one.item.customer.name, one.item.invoice.number, one.item.due_on, one.last_day,
               euro(one.item.balance_cents), one.told.row.id]  # fmt: skip


def _band(request: HttpRequest) -> int | None:
    text = request.GET.get("band", "")
    return int(text) if text.isdecimal() and int(text) in BANDS else None
