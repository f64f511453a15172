# SPDX-License-Identifier: Apache-2.0
"""What the desk's views share: the viewer, one customer or 404, a polite answer to a refusal, safe ways back."""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.utils.http import url_has_allowed_host_and_scheme

from ascolto.domain.access.prepared import asked
from ascolto.domain.access.viewer import Viewer, visible
from ascolto.domain.portfolio.models import Customer
from ascolto.domain.records.errors import Refused
from ascolto.web import ui

CALLS_KEY = "my_day_calls"
"""Session key of the last list to call: its customers in the order they were shown."""
DAY_COOKIE = "ascolto_day"
"""The last work list's address, behind its person's number. No session: who only looks from list to list writes nothing,
and waits for nobody who writes."""


def customer_or_404(request: HttpRequest, pk: int, right: str = "see") -> tuple[Viewer, Customer]:
    """Who looks, and the customer. Http404 for a stranger, PermissionDenied for a colleague without `right`."""
    viewer = ui.whole_viewer(request)
    for customer in asked(_customers, viewer, pk):
        viewer.require(right, customer.client_id)
        return viewer, customer
    raise Http404


def _customers(viewer: Viewer, pk: int) -> QuerySet[Customer]:
    return visible(viewer, Customer.objects.filter(pk=pk).select_related("client", "operator"))


def thing_or_404(request: HttpRequest, rows: QuerySet[Any], pk: int, right: str = "see") -> tuple[Viewer, Any]:
    """Who looks, and a row of a tenant's table. Refusals as `customer_or_404`."""
    viewer = ui.whole_viewer(request)
    thing: Model = get_object_or_404(visible(viewer, rows), pk=pk)
    viewer.require(right, thing.client_id)  # type: ignore[attr-defined]
    return viewer, thing


def narrowed(request: HttpRequest, right: str) -> Viewer:
    """The viewer, with only the clients at which they hold `right`. PermissionDenied when there is none."""
    viewer = ui.viewer(request)
    roles = {pk: role for pk, role in viewer.roles.items() if viewer.may(right, pk)}
    if not roles:
        raise PermissionDenied(right)
    return Viewer(name=viewer.name, roles=roles, user_id=viewer.user_id)


def attempt(request: HttpRequest, deed: Callable[[], Any]) -> Any:
    """The result of `deed`; when it is refused, None, and the refusal is said in a toast."""
    try:
        return deed()
    except Refused as no:
        ui.toast(request, no.message, problem=True)
        return None


def back_to(request: HttpRequest, fallback: str) -> HttpResponse:
    """To the address in `next` when it is ours, else to `fallback`."""
    target = request.POST.get("next") or request.GET.get("next") or ""
    safe = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    return HttpResponseRedirect(target if safe else fallback)


def day_of(request: HttpRequest) -> dict[str, Any]:
    """The last work list of this person: `url` and `ids`."""
    whose, _colon, url = request.COOKIES.get(DAY_COOKIE, "").partition(":")
    safe = whose == str(request.user.pk) and url_has_allowed_host_and_scheme(url, None)
    return {"url": url if safe else "/", "ids": request.session.get(CALLS_KEY, [])}


def remember_day(request: HttpRequest, response: HttpResponse, calls: list[int] | None) -> None:
    """Keep where the person is, so that coming back finds the same list, and going on the same order (`calls`)."""
    kept = f"{request.user.pk}:{request.get_full_path()}"
    if request.COOKIES.get(DAY_COOKIE) != kept:
        response.set_cookie(DAY_COOKIE, kept, samesite="Lax", secure=request.is_secure(), httponly=True)
    if calls is not None and request.session.get(CALLS_KEY) != calls:
        request.session[CALLS_KEY] = calls
