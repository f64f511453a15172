# SPDX-License-Identifier: Apache-2.0
"""One page: what waits for a person, the next file, the files made, and the client's codes at its bank."""

import datetime as dt
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_GET

from ascolto.domain.access.models import Client
from ascolto.domain.access.viewer import Viewer, visible
from ascolto.domain.debits import queries
from ascolto.domain.debits.models import BankNews, Collection, Creditor
from ascolto.domain.portfolio.models import Instalment
from ascolto.domain.records import clock
from ascolto.domain.records.errors import Refused
from ascolto.domain.strategy import debiting
from ascolto.web import ui
from ascolto.web.desk.debits.words import FORMS, MEANINGS, TROUBLES, WHY_NOT
from ascolto.web.desk.page import thing_or_404
from ascolto.web.tables import page_of

MANY = 200


@require_GET
def debits(request: HttpRequest) -> HttpResponse:
    """`?due_by=` shows what a file would hold before it is made."""
    viewer = ui.viewer(request)
    ids = [pk for pk in viewer.client_ids if viewer.may("import", pk)]
    if not ids:
        raise PermissionDenied("import")
    clients = list(Client.objects.filter(pk__in=ids))
    asked = request.GET.get("client", "")
    known = set(Creditor.objects.filter(client__in=clients).values_list("client_id", flat=True))
    first = next((one for one in clients if one.pk in known), clients[0])  # who collects by direct debit
    client = next((one for one in clients if str(one.pk) == asked), first)
    mine = Viewer(name=viewer.name, roles={client.pk: viewer.roles[client.pk]}, user_id=viewer.user_id)
    news = list(queries.waiting_news(mine)[:MANY])
    today = clock.today()
    due_by = parse_date(request.GET.get("due_by", "")[:10]) if request.GET.get("due_by") else None
    context: dict[str, Any] = {
        "client": client, "clients": clients, "creditor": Creditor.objects.filter(client=client).first(),
        "news": [_told(one) for one in news], "more_news": queries.waiting_news(mine).count() - len(news),
        "meanings": MEANINGS.items(), "forms": FORMS.items(), "due_by": due_by,
        "suggested": today + dt.timedelta(days=14), "page": page_of(request, queries.flows(mine), 25),
        **(_look(viewer, client, due_by) if due_by else {}),
    }  # fmt: skip
    return render(request, "desk/debits/debits.html", context)


def _look(viewer: Viewer, client: Client, due_by: dt.date) -> dict[str, Any]:
    """What a file of what is due by that day would hold, and what is left out, by reason."""
    try:
        found = debiting.collectable(viewer, client, due_by, clock.today())
    except Refused as no:
        return {"refused": no.message}
    chosen = [one for one in found if not one.why_not]
    left: dict[str, list[int]] = {}
    for one in found:
        if one.why_not:
            count = left.setdefault(one.why_not, [0, 0])
            count[0], count[1] = count[0] + 1, count[1] + one.cents
    return {
        "chosen": chosen[:MANY], "n_chosen": len(chosen), "cents": sum(one.cents for one in chosen),
        "left": [(WHY_NOT[why], *count) for why, count in left.items()],
    }  # fmt: skip


def _told(news: BankNews) -> dict[str, Any]:
    """A waiting piece, what it lacks, and the open instalments of its amount, to choose from."""
    content = news.content
    fitting = Instalment.objects.filter(client=news.client_id, amount_cents=content["cents"]).select_related(
        "invoice", "customer"
    )
    return {
        "news": news, "said": content, "trouble": TROUBLES.get(news.trouble, news.trouble),
        "teach": news.trouble in ("code", "reason"), "items": fitting.order_by("-due_on")[:30] if content["cents"] else [],
    }  # fmt: skip


@require_GET
def file(request: HttpRequest, pk: int) -> HttpResponse:
    """A file exactly as it was made, to be sent to the bank."""
    _viewer, flow = thing_or_404(request, visible(ui.whole_viewer(request), Collection.objects.all()), pk, "import")
    if not flow.content:
        raise Http404
    response = HttpResponse(bytes(flow.content), content_type="application/xml")
    response["Content-Disposition"] = f'attachment; filename="{flow.identifier}.xml"'
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
