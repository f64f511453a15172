# SPDX-License-Identifier: Apache-2.0
"""Reading promises."""

from django.db.models import QuerySet

from ascolto.domain.access.viewer import Viewer, visible
from ascolto.domain.agreements.models import Promise


def promises_of(viewer: Viewer, customer_id: int) -> QuerySet[Promise]:
    """The customer's promises, the latest first."""
    return visible(viewer, Promise.objects.all()).filter(customer_id=customer_id).order_by("-made_on", "-pk")


def pending_promises(viewer: Viewer) -> QuerySet[Promise]:
    """Promises that nobody can judge yet, the nearest day first."""
    return visible(viewer, Promise.objects.all()).filter(status=Promise.Status.PENDING).order_by("due_on", "pk")
