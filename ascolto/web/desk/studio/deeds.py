# SPDX-License-Identifier: Apache-2.0
"""Trying a draft out: write or bring it, ask for its preview, ask again, delete it. What was typed is never lost."""

import datetime as dt
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from ascolto.domain.access.models import Client
from ascolto.domain.access.viewer import Viewer, visible
from ascolto.domain.records import clock
from ascolto.domain.strategy import studio as previews
from ascolto.domain.strategy.draft_words import Trouble
from ascolto.domain.strategy.drafts import LARGEST, BadDraft
from ascolto.domain.strategy.models import Preview
from ascolto.policies import load
from ascolto.web import ui
from ascolto.web.desk.page import attempt, thing_or_404
from ascolto.web.desk.studio.views import RIGHT, client_or_404


@require_http_methods(["GET", "POST"])
def draft(request: HttpRequest, client_id: int) -> HttpResponse:
    """The draft to be edited (the strategy in force, or an earlier one: `?from=`); posted, its preview."""
    viewer, client = client_or_404(request, client_id)
    tomorrow = (clock.today() + dt.timedelta(days=1)).isoformat()
    if request.method == "GET":
        text, day = _earlier(request, viewer, client) or (load.strategy_text(client.sector), tomorrow)
        return _form(request, client, text, day)
    text, day = request.POST.get("draft", "").replace("\r\n", "\n"), request.POST.get("as_of", "")
    try:
        text = _brought(request.FILES.get("file")) or text
        asked = previews.ask_preview(client=client, text=text, as_of=_day(day), actor=viewer.name)
    except BadDraft as no:
        return _form(request, client, text, day or tomorrow, no.trouble)
    return HttpResponseRedirect(reverse("desk:preview", args=[asked.pk]))


def _earlier(request: HttpRequest, viewer: Viewer, client: Client) -> tuple[str, str] | None:
    asked = request.GET.get("from", "")
    if not asked.isdecimal() or len(asked) > 18:
        return None
    found = get_object_or_404(visible(viewer, Preview.objects.filter(client=client)), pk=int(asked))
    return found.draft, found.as_of.isoformat()


def _brought(file: Any) -> str:
    """The text of an uploaded draft; empty without one. Raises BadDraft."""
    if file is None:
        return ""
    name = file.name or "draft.toml"
    if (file.size or 0) > LARGEST:
        raise BadDraft(Trouble(name, _("This is too long for a strategy."), expected=_("a TOML file of a strategy")))
    try:
        text: str = file.read().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        wanted = _("a TOML file of a strategy")
        raise BadDraft(Trouble(name, _("This is no text in UTF-8."), expected=wanted)) from error
    return text.replace("\r\n", "\n")


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        trouble = Trouble(_("Day"), _("This is no day: %(text)s.") % {"text": text or "–"}, expected="2026-11-21")
        raise BadDraft(trouble) from error


def _form(request: HttpRequest, client: Client, text: str, day: str, trouble: Trouble | None = None) -> HttpResponse:
    context: dict[str, Any] = {"client": client, "text": text, "day": day, "trouble": trouble}
    return render(request, "desk/studio/draft.html", context, status=422 if trouble else 200)


@require_POST
def ask_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Compute once more what failed or was interrupted."""
    viewer, found = thing_or_404(request, Preview.objects.select_related("client"), pk, RIGHT)
    attempt(request, lambda: previews.ask_again(preview=found, actor=viewer.name))
    return HttpResponseRedirect(reverse("desk:preview", args=[pk]))


@require_POST
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Forget a preview; its draft can be downloaded before."""
    viewer, found = thing_or_404(request, Preview.objects.all(), pk, RIGHT)
    client_id = found.client_id

    def forget() -> bool:
        previews.delete_preview(preview=found, viewer=viewer, actor=viewer.name)
        return True

    if attempt(request, forget) is None:
        return HttpResponseRedirect(reverse("desk:preview", args=[pk]))
    ui.toast(request, _("The preview is deleted."))
    return HttpResponseRedirect(reverse("desk:strategy", args=[client_id]))
