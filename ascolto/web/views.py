# SPDX-License-Identifier: Apache-2.0
"""Display choices of a person: language, theme, density, single-letter keys (cookies), client (session)."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.templatetags.static import static
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from ascolto.web import ui

COOKIE_AGE_SECONDS = 365 * 24 * 3600


@login_not_required
def favicon(request: HttpRequest) -> HttpResponse:
    """What browsers ask for by themselves, on pages that name no icon."""
    return HttpResponseRedirect(static("ascolto/mark.svg"))


@login_not_required
@require_POST
def preferences(request: HttpRequest) -> HttpResponse:
    """POST `theme`, `density`, `keys`, `language` or `client`; back to `next`. Unknown values are ignored."""
    response = HttpResponseRedirect(_back(request))
    for name, allowed in ui.CHOICES.items():
        if request.POST.get(name) in allowed:
            _keep(response, f"ascolto_{name}", request.POST[name])
    if request.POST.get("language") in dict(settings.LANGUAGES):
        _keep(response, settings.LANGUAGE_COOKIE_NAME, request.POST["language"])
    if "client" in request.POST:
        _look_at(request, request.POST["client"])
    return response


def _look_at(request: HttpRequest, client_id: str) -> None:
    """Narrow the viewer to one of their clients; anything else widens it to all."""
    request.session.pop(ui.CLIENT_KEY, None)
    if client_id.isdecimal() and int(client_id) in ui.whole_viewer(request).roles:
        request.session[ui.CLIENT_KEY] = int(client_id)


def _keep(response: HttpResponse, name: str, value: str) -> None:
    secure = settings.SESSION_COOKIE_SECURE
    response.set_cookie(name, value, max_age=COOKIE_AGE_SECONDS, samesite="Lax", secure=secure, httponly=True)


def _back(request: HttpRequest) -> str:
    target = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    return target if safe else "/"
