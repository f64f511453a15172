# SPDX-License-Identifier: Apache-2.0
"""Reading the contact log, the outbox and the documents kept as sent."""

from django.db.models import Count, QuerySet

from ascolto.domain.access.viewer import Viewer, visible
from ascolto.domain.outreach.models import Contact, Document, Message


def contacts_of(viewer: Viewer, customer_id: int) -> QuerySet[Contact]:
    """Everything that passed between us and the customer, and what was taken back, the latest first."""
    rows = visible(viewer, Contact.log.all()).filter(customer_id=customer_id)
    return rows.select_related("operator", "message").defer(*UNREAD).order_by("-at", "-pk")


UNREAD = ("message__text", "message__html", "message__facts")
"""The bodies of messages, which only the message's own page needs."""


def messages(viewer: Viewer) -> QuerySet[Message]:
    """The outbox, the latest first; without the bodies, which only the message's own page needs."""
    rows = visible(viewer, Message.objects.all()).select_related("customer")
    return rows.defer("text", "html", "facts").order_by("-queued_at", "-pk")


def messages_of(viewer: Viewer, customer_id: int) -> QuerySet[Message]:
    """The customer's messages that are not yet, or never will be, in the contact log."""
    return messages(viewer).filter(customer_id=customer_id, contact__isnull=True)


def message_counts(viewer: Viewer) -> dict[str, int]:
    """How many messages stand in each status."""
    rows = visible(viewer, Message.objects.all()).order_by().values_list("status").annotate(Count("pk"))
    return dict(rows)


def documents_of(viewer: Viewer, customer_id: int) -> QuerySet[Document]:
    """Letters and other files kept exactly as sent, the latest first; without their content."""
    rows = visible(viewer, Document.objects.all()).filter(customer_id=customer_id)
    return rows.defer("content").select_related("message").order_by("-made_at", "-pk")
