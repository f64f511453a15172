# SPDX-License-Identifier: Apache-2.0
"""Saved views on the lists of the desk: name what one sees, choose it again in one click, open the page with it."""

from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from ascolto.domain.access import views as verbs
from ascolto.domain.access.models import SavedView
from ascolto.domain.access.prepared import asked
from ascolto.web import ui
from ascolto.web.desk.page import attempt


@dataclass(frozen=True)
class Listing:
    """A list that can be seen in several ways: where it is, and what of its address makes a way of seeing it."""

    url_name: str
    keys: tuple[str, ...]


PAGES = {
    "my_day": Listing(
        "desk:my_day",
        ("list", "q", "operator", "step", "rule", "segment", "amount", "tone", "city", "sort", "col"),
    ),
    "customers": Listing("desk:customers", ("q", "overdue", "sort")),
    "blocked": Listing("desk:blocked", ("q", "check", "effect", "who", "how", "sort")),
}


def views_for(request: HttpRequest, page: str, **more: list[str]) -> dict[str, Any]:
    """What desk/saved_views.html shows: the person's views, which one this is, and what would be kept now."""
    query = _kept(page, request.GET, more)
    here = _kept(page, request.GET, {})
    views = _views(request, page)
    same = next((view.pk for view in views if here and here in (view.query, _without_columns(view.query))), None)
    return {"page": page, "views": views, "query": query, "here": same}


def _views(request: HttpRequest, page: str) -> list[SavedView]:
    """The person's views of a page, asked for once."""
    if not hasattr(request, "_ascolto_views"):
        request._ascolto_views = asked(verbs.views_of, ui.whole_viewer(request), page=page)  # type: ignore[attr-defined]
    found: list[SavedView] = request._ascolto_views  # type: ignore[attr-defined]
    return found


def _kept(page: str, asked: QueryDict, more: dict[str, list[str]]) -> str:
    """The part of an address that is a way of seeing, always in the same order; `more` replaces what it says of a key."""
    query = QueryDict(mutable=True)
    for key in PAGES[page].keys:
        values = more.get(key) or [value for value in asked.getlist(key) if value]
        if values:
            query.setlist(key, values)
    return query.urlencode()


def _without_columns(query: str) -> str:
    parts = QueryDict(query, mutable=True)
    parts.pop("col", None)
    return parts.urlencode()


def opening(request: HttpRequest, page: str) -> HttpResponse | None:
    """To the default view, when the page is asked for without saying how; None when it is to be shown as asked."""
    if request.GET:
        return None
    default = next((view for view in _views(request, page) if view.is_default and view.query), None)
    return HttpResponseRedirect(f"{request.path}?{default.query}") if default else None


@require_POST
def save(request: HttpRequest, page: str) -> HttpResponse:
    """Keep what one sees under a name; without one it says so."""
    if page not in PAGES:
        raise Http404
    viewer = ui.whole_viewer(request)
    query = _kept(page, QueryDict(request.POST.get("query", "")[:2000]), {})
    name, default = request.POST.get("name", "")[:200], bool(request.POST.get("default"))
    kept = attempt(
        request,
        lambda: verbs.save_view(
            viewer=viewer, page=page, name=name, query=query, default=default, actor=viewer.name
        ),
    )  # fmt: skip
    if kept is not None:
        ui.toast(request, _("View “%(name)s” saved.") % {"name": kept.name})
    return _to(page, query)


@require_POST
def choose(request: HttpRequest, pk: int) -> HttpResponse:
    """Open the page with this view, or no longer."""
    viewer, view = _mine(request, pk)
    verbs.set_default_view(view=view, default=bool(request.POST.get("default")), actor=viewer.name)
    return _to(view.page, view.query)


@require_POST
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Forget a view."""
    viewer, view = _mine(request, pk)
    verbs.delete_view(view=view, actor=viewer.name)
    ui.toast(request, _("View “%(name)s” deleted.") % {"name": view.name})
    return _to(view.page, view.query)


def _mine(request: HttpRequest, pk: int) -> tuple[Any, SavedView]:
    """A view of somebody else does not exist."""
    viewer = ui.whole_viewer(request)
    return viewer, get_object_or_404(verbs.views_of(viewer), pk=pk)


def _to(page: str, query: str) -> HttpResponse:
    where = reverse(PAGES[page].url_name)
    return HttpResponseRedirect(f"{where}?{query}" if query else where)
