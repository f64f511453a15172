# SPDX-License-Identifier: Apache-2.0
"""The strategy in force, the previews of drafts, one of them: who would get what. Views only read."""

from typing import Any

from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_GET

from ascolto.domain.access.models import Client
from ascolto.domain.access.viewer import Viewer, visible
from ascolto.domain.portfolio.models import Customer
from ascolto.domain.records import clock
from ascolto.domain.strategy import lived
from ascolto.domain.strategy import studio as previews
from ascolto.domain.strategy.models import Preview
from ascolto.domain.strategy.policy import policy_for
from ascolto.engine.compare import Comparison
from ascolto.engine.reading import PolicyError
from ascolto.policies import load
from ascolto.web import compared, ui
from ascolto.web.desk import exports
from ascolto.web.desk.page import narrowed, thing_or_404
from ascolto.web.desk.studio import words
from ascolto.web.tables import Column, apply_sort, page_of, sort_of

RIGHT = "policy"
POLL = "every 1s"
COLUMNS = (
    Column("asked", gettext_lazy("Asked"), ("asked_at",)),
    Column("name", gettext_lazy("Draft"), ("name",)),
    Column("day", gettext_lazy("For the day"), ("as_of",), number=True),
    Column("author", gettext_lazy("Author"), ("author",)),
    Column("state", gettext_lazy("State"), ("state",)),
    Column("customers", gettext_lazy("Customers"), ("customers",), number=True),
)
STATES: dict[str, Any] = {
    "waiting": pgettext_lazy("preview", "Waiting"), "running": pgettext_lazy("preview", "Being computed"),
    "done": pgettext_lazy("preview", "Ready"), "failed": pgettext_lazy("preview", "Failed"),
    "interrupted": pgettext_lazy("preview", "Interrupted"),
}  # fmt: skip


@require_GET
def studio(request: HttpRequest) -> HttpResponse:
    """The clients whose strategy one may look after; with only one, its strategy."""
    viewer = narrowed(request, RIGHT)
    if len(viewer.client_ids) == 1:
        return HttpResponseRedirect(reverse("desk:strategy", args=viewer.client_ids))
    counted = visible(viewer, Preview.objects.all()).values_list("client_id").annotate(n=Count("pk")).order_by()
    counts = dict(counted)
    rows = [{"client": one, "previews": counts.get(one.pk, 0)} for one in visible(viewer, Client.objects.all())]
    return render(request, "desk/studio/clients.html", {"rows": rows})


def client_or_404(request: HttpRequest, client_id: int) -> tuple[Viewer, Client]:
    """Who looks, and a client whose policy they may look after. Refusals as `thing_or_404`."""
    viewer = ui.whole_viewer(request)
    client = get_object_or_404(visible(viewer, Client.objects.all()), pk=client_id)
    viewer.require(RIGHT, client.pk)
    return viewer, client


@require_GET
def in_force(request: HttpRequest, client_id: int) -> HttpResponse:
    """The strategy in force in words, and the drafts that were tried."""
    viewer, client = client_or_404(request, client_id)
    sort = sort_of(request, COLUMNS, "-asked")
    page = page_of(request, apply_sort(previews.previews(viewer, client.pk), sort), 20)
    context: dict[str, Any] = {
        "client": client, "page": page, "sort": sort, "columns": COLUMNS, "several": len(viewer.client_ids) > 1,
        "rows": [{"preview": one, "state": state_of(one), "state_word": STATES[state_of(one)]} for one in page],
    }  # fmt: skip
    try:
        policy = policy_for(client, clock.today())
    except PolicyError as error:
        context["unreadable"] = str(error)
    else:
        context |= {"policy": policy, "ladders": words.ladders(policy), "charter": words.charter(policy)}
    return render(request, "desk/studio/strategy.html", context)


@require_GET
def in_force_file(request: HttpRequest, client_id: int) -> HttpResponse:
    """The strategy in force as the file it is read from."""
    _viewer, client = client_or_404(request, client_id)
    return _toml(load.strategy_text(client.sector), client.sector)


def _toml(text: str, name: str) -> HttpResponse:
    response = HttpResponse(text, content_type="application/toml; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{slugify(name) or "strategia"}.toml"'
    return response


def state_of(preview: Preview) -> str:
    """Its state as of now: `interrupted` when nobody is at it any more."""
    return "interrupted" if previews.is_interrupted(preview) else preview.state


@require_GET
def preview(request: HttpRequest, pk: int) -> HttpResponse:
    """One preview: while it is computed how far it is, then who would get what."""
    viewer, found = thing_or_404(request, Preview.objects.select_related("client"), pk, RIGHT)
    state = state_of(found)
    at_work = state in ("waiting", "running")
    context: dict[str, Any] = {
        "preview": found, "state": state, "state_word": STATES[state], "at_work": at_work, "poll": POLL,
        "progress": lived.pace(found.done, found.customers, found.done, found.begun_at, clock.wall()),
        "may_delete": found.author == viewer.name or viewer.may("administer", found.client_id),
    }  # fmt: skip
    if state == "done":
        context |= _found(request, viewer, found)
    return render(request, "desk/studio/preview.html", context)


def _found(request: HttpRequest, viewer: Viewer, preview: Preview) -> dict[str, Any]:
    comparison = previews.comparison_of(preview)
    return {
        "comparison": comparison, "picture": compared.picture(comparison) if comparison.changed else None,
        "headline": compared.headline(comparison), "moves": page_of(request, compared.moves(comparison), 25),
        "cents": sum(move.cents for move in compared.moves(comparison)),
        "people": _people(viewer, comparison), "outdated": _is_outdated(preview),
    }  # fmt: skip


def _people(viewer: Viewer, comparison: Comparison) -> list[dict[str, Any]]:
    """The customers with the largest claims who would get something else."""
    ids = [row["customer_id"] for row in comparison.examples]
    known = visible(viewer, Customer.objects.filter(pk__in=ids)).in_bulk()
    return [
        {"customer": known[row["customer_id"]], "cents": row["cents"], "before": before, "after": after}
        for row in comparison.examples
        for before, after in [compared.sides(row)]
        if row["customer_id"] in known
    ]


def _is_outdated(preview: Preview) -> bool:
    """Whether the policy in force is another one by now."""
    try:
        now = policy_for(preview.client, preview.as_of).sha
    except PolicyError:
        return True
    then: str = preview.result.get("in_force", "")
    return now != then


@require_GET
def draft_file(request: HttpRequest, pk: int) -> HttpResponse:
    """The draft as its author wrote it."""
    _viewer, found = thing_or_404(request, Preview.objects.all(), pk, RIGHT)
    return _toml(found.draft, found.name)


@require_GET
def export(request: HttpRequest, pk: int, what: str, form: str) -> HttpResponse:
    """The moves or the customers as CSV or XLSX."""
    viewer, found = thing_or_404(request, Preview.objects.all(), pk, RIGHT)
    write = exports.FORMS.get(form)
    if write is None or what not in ("spostamenti", "clienti") or found.state != Preview.State.DONE:
        raise Http404
    comparison = previews.comparison_of(found)
    if what == "spostamenti":
        return write(f"prova-{pk}", compared.HEADS, compared.move_cells(compared.moves(comparison), exports.euro))
    people = _people(viewer, comparison)
    head = (_("Number"), _("Customer"), *compared.HEADS[:2], compared.HEADS[3])
    lines = [
        (
            one["customer"].number,
            one["customer"].name,
            str(one["before"]),
            str(one["after"]),
            exports.euro(one["cents"]),
        )
        for one in people
    ]
    return write(f"prova-{pk}-clienti", head, lines)
