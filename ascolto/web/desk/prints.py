# SPDX-License-Identifier: Apache-2.0
"""The print house's bundles as people see them: what is made, what was handed over, which letters are inside."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from ascolto.domain.access.viewer import visible
from ascolto.domain.outreach import bundles, print_files, print_house
from ascolto.domain.outreach.models import Bundle, BundledLetter
from ascolto.domain.records import clock
from ascolto.web import ui
from ascolto.web.desk.page import attempt, back_to, thing_or_404
from ascolto.web.tables import page_of

TYPES = {"pdf": "application/pdf", "csv": "text/csv; charset=utf-8", "json": "application/json"}
GROUPS = {"here": ("making", "made"), "handed_over": ("handed_over",)}
GROUP_WORDS = {"here": gettext_lazy("To be handed over"), "handed_over": gettext_lazy("Handed over")}


@require_GET
def prints(request: HttpRequest) -> HttpResponse:
    """The bundles by state, the latest first; those still in the house are what one comes for."""
    viewer = ui.viewer(request)
    rows, counts = print_house.bundles(viewer), print_house.bundle_counts(viewer)
    grouped = {name: sum(counts.get(state, 0) for state in states) for name, states in GROUPS.items()}
    asked = request.GET.get("state", "")
    here = asked if asked in GROUPS else "here"
    tabs: list[dict[str, Any]] = [
        {"label": word, "url": f"?state={name}", "here": name == here, "count": grouped[name]}
        for name, word in GROUP_WORDS.items()
    ]
    context = {
        "page": page_of(request, rows.filter(state__in=GROUPS[here])), "tabs": tabs, "here": here,
        "waiting": print_house.letters_waiting(viewer, clock.now()),
        "senders": [pk for pk in viewer.client_ids if viewer.may("send", pk)], "several": len(viewer.client_ids) > 1,
    }  # fmt: skip
    return render(request, "desk/prints.html", context)


@require_GET
def bundle(request: HttpRequest, pk: int) -> HttpResponse:
    """One bundle: its figures and its letters, each with the pages it stands on."""
    viewer, found = thing_or_404(request, Bundle.objects.select_related("client"), pk)
    places = visible(viewer, BundledLetter.objects.filter(bundle=found)).select_related("message__customer")
    context = {
        "bundle": found, "page": page_of(request, places.defer("message__text", "message__html", "message__facts").order_by("position")),
        "may_send": viewer.may("send", found.client_id),
    }  # fmt: skip
    return render(request, "desk/bundle.html", context)


@require_GET
def bundle_file(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    """The PDF or the manifest, as a download."""
    _viewer, found = thing_or_404(request, Bundle.objects.select_related("client"), pk)
    if kind not in TYPES:
        raise Http404
    response = HttpResponse(print_files.content(found, bundles.folder(), kind), content_type=TYPES[kind])
    response["Content-Disposition"] = f'attachment; filename="{found.name}.{kind}"'
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


@require_POST
def hand_over(request: HttpRequest, pk: int) -> HttpResponse:
    """The print house has the bundle; the toast can undo it."""
    viewer, found = thing_or_404(request, Bundle.objects.all(), pk, "send")
    done = attempt(
        request,
        lambda: print_house.hand_over_bundle(
            client_id=found.client_id, bundle_id=pk, actor=viewer.name, now=clock.now()
        ),
    )
    if done is not None:
        text = _("Bundle %(name)s is handed over.") % {"name": done.name}
        ui.toast(request, text, undo=reverse("desk:take_back_bundle", args=[pk]))
    return back_to(request, reverse("desk:prints"))


@require_POST
def take_back(request: HttpRequest, pk: int) -> HttpResponse:
    """It was not handed over after all."""
    viewer, found = thing_or_404(request, Bundle.objects.all(), pk, "send")
    done = attempt(
        request,
        lambda: print_house.take_back_bundle(client_id=found.client_id, bundle_id=pk, actor=viewer.name),
    )
    if done is not None:
        ui.toast(request, _("Bundle %(name)s is still to be handed over.") % {"name": done.name})
    return back_to(request, reverse("desk:prints"))
