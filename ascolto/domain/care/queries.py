# SPDX-License-Identifier: Apache-2.0
"""Reading care cases."""

from django.db.models import QuerySet

from ascolto.domain.access.viewer import Viewer, visible
from ascolto.domain.care.models import CareCase


def cases_of(viewer: Viewer, customer_id: int) -> QuerySet[CareCase]:
    """The customer's cases, open ones first, then the latest."""
    rows = visible(viewer, CareCase.objects.all()).filter(customer_id=customer_id).select_related("invoice")
    return rows.order_by("closed_on", "-opened_on", "-pk")


def open_cases(viewer: Viewer) -> QuerySet[CareCase]:
    """Cases that wait for an answer, the nearest deadline first."""
    rows = visible(viewer, CareCase.objects.all()).filter(closed_on__isnull=True)
    return rows.select_related("customer", "invoice").order_by("deadline_on", "pk")
