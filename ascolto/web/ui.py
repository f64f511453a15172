# SPDX-License-Identifier: Apache-2.0
"""The shell around every page: who looks, where they can go, display choices, toasts. No rule, no write.

`page_context` is the context processor; `NAV` is the one list of places a person can go.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import NoReverseMatch, get_script_prefix, get_urlconf, reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from ascolto.domain.access.models import Client
from ascolto.domain.access.prepared import asked
from ascolto.domain.access.viewer import Viewer, viewer_of, visible
from ascolto.domain.records import clock

CHOICES = {"theme": ("auto", "light", "dark"), "density": ("cosy", "compact"), "keys": ("on", "off")}
"""Display choices a person keeps in a cookie; the first of each is the default."""
CLIENT_KEY = "chosen_client"
"""Session key of the client somebody with several clients is looking at; absent = all of them."""
NOBODY = Viewer(name="", roles={})


@dataclass(frozen=True)
class Place:
    """One item of the rail. `key` is the letter after g; `right` must be held at one client at least."""

    url_name: str
    label: Any
    icon: str
    key: str
    right: str = "see"


NAV = (
    Place("desk:my_day", _("My day"), "list-todo", "d", "record_contact"),
    Place("desk:customers", _("Customers"), "users", "c"),
    Place("desk:agreements", _("Promises and plans"), "handshake", "r"),
    Place("desk:cash", _("To match"), "hand-coins", "m", "confirm_cash"),
    Place("desk:debits", _("Debits"), "landmark", "e", "import"),
    Place("desk:imports", _("Imports"), "upload", "i", "import"),
    Place("desk:cases", _("Cases"), "file-warning", "p"),
    Place("desk:blocked", _("Blocked by us"), "circle-alert", "b", "mend"),
    Place("desk:messages", _("Messages"), "send", "o", "record_contact"),
    Place("insight:cockpit", _("Cockpit"), "gauge", "k", "cockpit"),
    Place("insight:actions", _("Actions of the day"), "workflow", "a", "cockpit"),
    Place("desk:studio", _("Strategy"), "git-compare", "s", "policy"),
    Place("desk:settings", _("Clients"), "settings", "t", "policy"),
    Place("desk:nights", _("Nights"), "moon", "n", "policy"),
    Place("desk:law", _("Law"), "scale", "l"),
)


def viewer(request: HttpRequest) -> Viewer:
    """Whose eyes this request sees with, narrowed to the chosen client; worked out once per request."""
    if not hasattr(request, "_ascolto_viewer"):
        request._ascolto_viewer = _viewer(request)  # type: ignore[attr-defined]
    found: Viewer = request._ascolto_viewer  # type: ignore[attr-defined]
    return found


def _viewer(request: HttpRequest) -> Viewer:
    whole = whole_viewer(request)
    chosen: int = request.session.get(CLIENT_KEY, 0) if hasattr(request, "session") else 0
    if chosen in whole.roles:
        return Viewer(name=whole.name, roles={chosen: whole.roles[chosen]}, user_id=whole.user_id)
    return whole


def whole_viewer(request: HttpRequest) -> Viewer:
    """The same person with all of their clients, whichever is chosen; asked once per request."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return NOBODY
    if not hasattr(request, "_ascolto_whole"):
        request._ascolto_whole = viewer_of(user, clock.today())  # type: ignore[attr-defined]
    found: Viewer = request._ascolto_whole  # type: ignore[attr-defined]
    return found


def path_or_none(url_name: str, *args: Any) -> str | None:
    """URL of `url_name`, or None while no such page exists."""
    try:
        return reverse(url_name, args=args)
    except NoReverseMatch:
        return None


def path_to(url_name: str, pk: int) -> str:
    """URL of a page that takes one number. Lists ask for hundreds: the way round the number is worked out once."""
    return path_with(url_name)(pk)


def path_with(url_name: str) -> Callable[[int], str]:
    """The same for all the rows of a page."""
    before, after = _around(url_name, get_urlconf(), get_script_prefix())
    return lambda pk: f"{before}{pk}{after}"


@lru_cache(maxsize=200)
def _around(url_name: str, urlconf: str | None, prefix: str) -> list[str]:
    mark = 9_073_199_254_740_991
    return reverse(url_name, args=[mark]).split(str(mark))


def may_go(eyes: Viewer, place: Place) -> bool:
    """True when the place's right is held at any of the viewer's clients."""
    return any(eyes.may(place.right, client_id) for client_id in eyes.client_ids)


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """The places that exist and that this person may see: `place`, `url`, `here`."""
    eyes = viewer(request)
    found = [(place, path_or_none(place.url_name)) for place in NAV if may_go(eyes, place)]
    items = [(place, url) for place, url in found if url]
    # The longest address that begins the path is where we are: /customers/7/ lies under /customers/.
    under = [url for _place, url in items if request.path.startswith(url) and (url != "/" or request.path == "/")]
    here = max(under, key=len, default=None)
    return [{"place": place, "url": url, "here": url == here} for place, url in items]


def choice(request: HttpRequest, name: str) -> str:
    """The person's choice for `theme`, `density` or `keys`; an unknown cookie value falls to the default."""
    value = request.COOKIES.get(f"ascolto_{name}", "")
    return value if value in CHOICES[name] else CHOICES[name][0]


def toast(request: HttpRequest, text: str, *, undo: str = "", problem: bool = False) -> None:
    """Say on the next page what was done. `undo`: an address that takes a POST. `problem`: ours."""
    tags = json.dumps({"undo": undo, "problem": problem})
    messages.add_message(request, messages.ERROR if problem else messages.SUCCESS, text, extra_tags=tags)


def toasts(request: HttpRequest) -> Iterator[dict[str, Any]]:
    """Pending messages as `text, undo, problem`; plain django.contrib.messages pass as well."""
    for message in messages.get_messages(request):
        extra: dict[str, Any] = {}
        if (message.extra_tags or "").startswith("{"):
            extra = json.loads(message.extra_tags or "{}")
        problem = extra.get("problem", message.level >= messages.WARNING)
        yield {"text": message.message, "undo": extra.get("undo", ""), "problem": problem}


def page_context(request: HttpRequest) -> dict[str, Any]:
    """Context processor. `shell`: what base.html needs, worked out only when a template asks for it."""
    return {"shell": SimpleLazyObject(lambda: _shell(request))}


def clients(request: HttpRequest) -> list[Client]:
    """All of the person's clients; asked once per request."""
    if not hasattr(request, "_ascolto_clients"):
        request._ascolto_clients = asked(_clients, whole_viewer(request))  # type: ignore[attr-defined]
    found: list[Client] = request._ascolto_clients  # type: ignore[attr-defined]
    return found


def _clients(whole: Viewer) -> QuerySet[Client]:
    return visible(whole, Client.objects.all())


def _shell(request: HttpRequest) -> dict[str, Any]:
    known = clients(request)
    chosen = viewer(request).client_ids
    return {
        "nav": navigation(request),
        "clients": known,
        "client": next((c for c in known if chosen == (c.pk,)), None),
        "language": (get_language() or "it")[:2],
        "languages": [("it", "Italiano"), ("en", "English")],
        "today": clock.today(),
        "demo": bool(getattr(settings, "DEMO", False)),
        "search_url": path_or_none("desk:customers"),
        "password_url": path_or_none("account_change_password"),
        **{name: choice(request, name) for name in CHOICES},
    }
