# SPDX-License-Identifier: Apache-2.0
"""The outbox as people see it: every message with its true status, as it was sent, and the doubtful ones to resolve."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_GET, require_POST

from ascolto.domain.outreach import outbox, queries
from ascolto.domain.outreach.models import Document, Message, Receipt
from ascolto.domain.records import clock
from ascolto.domain.strategy.models import Action
from ascolto.web import ui
from ascolto.web.desk.page import attempt, back_to, thing_or_404
from ascolto.web.tables import Column, apply_sort, page_of, sort_of

COLUMNS = (
    Column("customer", gettext_lazy("Customer"), ("customer__search_name",)),
    Column("subject", gettext_lazy("Message"), ("subject",)),
    Column("channel", gettext_lazy("Channel"), ("channel",)),
    Column("tone", gettext_lazy("Tone"), ("tone",), number=True),
    Column("status", gettext_lazy("Status"), ("status",)),
    Column("queued", gettext_lazy("Written"), ("queued_at",), number=True),
    Column("sent", gettext_lazy("Sent"), ("sent_at",), number=True),
)
GROUPS = {
    "doubtful": ("doubtful",),
    "waiting": ("queued", "claimed", "sending"),
    "sent": ("sent", "delivered"),
    "failed": ("failed",),
    "withdrawn": ("withdrawn",),
}
GROUP_WORDS = {
    "doubtful": gettext_lazy("Doubtful"), "waiting": gettext_lazy("To be sent"), "sent": gettext_lazy("Sent"),
    "failed": gettext_lazy("Failed"), "withdrawn": gettext_lazy("Withdrawn"),
}  # fmt: skip
LOOKED_AT = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; frame-ancestors 'self'; sandbox"
"""A message as sent is looked at without scripts, without the network and without our cookies."""


@require_GET
def messages(request: HttpRequest) -> HttpResponse:
    """The outbox, by group of statuses."""
    viewer = ui.viewer(request)
    counts = queries.message_counts(viewer)
    grouped = {name: sum(counts.get(status, 0) for status in group) for name, group in GROUPS.items()}
    asked = request.GET.get("status", "")
    here = asked if asked in GROUPS else "doubtful" if grouped["doubtful"] else ""
    rows = queries.messages(viewer)
    rows = rows.filter(status__in=GROUPS[here]) if here else rows
    text = request.GET.get("q", "").strip()[:100]
    rows = rows.filter(customer__search_name__contains=text.lower()) if text else rows
    sort = sort_of(request, COLUMNS, "-queued")
    tabs: list[dict[str, Any]] = [
        {"label": word, "url": f"?status={name}", "here": name == here, "count": grouped[name]}
        for name, word in GROUP_WORDS.items()
    ]
    tabs.append({"label": _("All"), "url": "?status=all", "here": not here, "count": sum(grouped.values())})
    context = {
        "page": page_of(request, apply_sort(rows, sort)),
        "sort": sort,
        "columns": COLUMNS,
        "tabs": tabs,
        "here": here,
        "text": text,
    }
    return render(request, "desk/messages.html", context)


@require_GET
def message(request: HttpRequest, pk: int) -> HttpResponse:
    """One message: what it said, to whom, in which status, why it was written, and its documents."""
    viewer, found = thing_or_404(request, Message.objects.select_related("customer", "client", "bundled__bundle"), pk)
    action = Action.objects.filter(client=found.client, message=found).select_related("decision").first()
    context = {
        "message": found, "action": action, "documents": found.documents.defer("content"),
        "receipts": found.receipts.defer("content").order_by("at", "pk"),
        "may_resolve": found.status == "doubtful" and viewer.may("record_contact", found.client_id),
    }  # fmt: skip
    return render(request, "desk/message.html", context)


@require_GET
@xframe_options_sameorigin
def message_body(request: HttpRequest, pk: int) -> HttpResponse:
    """The HTML of a message exactly as sent, in a sandbox."""
    _viewer, found = thing_or_404(request, Message.objects.all(), pk)
    response = HttpResponse(found.html or format_html("<pre>{}</pre>", found.text))
    response.headers["Content-Security-Policy"] = LOOKED_AT
    return response


@require_POST
def resolve(request: HttpRequest, pk: int) -> HttpResponse:
    """A person says whether a doubtful message left: `was_sent` yes or no."""
    viewer, found = thing_or_404(request, Message.objects.all(), pk, "record_contact")
    sent = request.POST.get("was_sent") == "yes"
    done = attempt(
        request,
        lambda: outbox.resolve_doubtful(
            client_id=found.client_id, message_id=pk, really_sent=sent, actor=viewer.name, now=clock.now()
        ),
    )
    if done is not None:
        ui.toast(request, _("Noted as sent.") if sent else _("It goes out again."))
    return back_to(request, reverse("desk:messages"))


@require_GET
def document(request: HttpRequest, pk: int) -> HttpResponse:
    """A document exactly as kept, as a download."""
    _viewer, found = thing_or_404(request, Document.objects.all(), pk)
    response = HttpResponse(bytes(found.content), content_type=found.media_type)
    name = found.name.replace('"', "").replace("\r", "").replace("\n", "")
    kind = "inline" if request.GET.get("view") and found.media_type == "application/pdf" else "attachment"
    response["Content-Disposition"] = f'{kind}; filename="{name}"'
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


@require_GET
def receipt(request: HttpRequest, pk: int) -> HttpResponse:
    """A receipt exactly as it came, signature and all, as a download."""
    _viewer, found = thing_or_404(request, Receipt.objects.all(), pk)
    response = HttpResponse(bytes(found.content), content_type="message/rfc822")
    response["Content-Disposition"] = f'attachment; filename="ricevuta-{found.pk}-{found.what}.eml"'
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
