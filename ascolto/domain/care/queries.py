# SPDX-License-Identifier: Apache-2.0
"""Reading care cases."""

import datetime as dt

from django.db.models import Q, QuerySet, Sum

from ascolto.domain.access.models import Role
from ascolto.domain.access.prepared import how_many
from ascolto.domain.access.viewer import Viewer, visible
from ascolto.domain.care.models import CareCase, CaseEvent, CasePart, Evidence


def cases_of(viewer: Viewer, customer_id: int) -> QuerySet[CareCase]:
    """The customer's cases, open ones first, then the latest."""
    rows = visible(viewer, CareCase.objects.all()).filter(customer_id=customer_id).select_related("invoice", "owner")
    return rows.order_by("closed_on", "-opened_on", "-pk")


def open_cases(viewer: Viewer) -> QuerySet[CareCase]:
    """Cases that wait for an answer, the nearest deadline first."""
    rows = visible(viewer, CareCase.objects.all()).filter(closed_on__isnull=True)
    return rows.select_related("customer", "invoice", "owner").order_by("deadline_on", "pk")


def cases(viewer: Viewer) -> QuerySet[CareCase]:
    """Every case that the viewer may see, unordered."""
    return visible(viewer, CareCase.objects.all()).select_related("customer", "invoice", "owner", "client")


def late_cases(viewer: Viewer, as_of: dt.date) -> QuerySet[CareCase]:
    """Open cases whose deadline has passed, the longest first."""
    return open_cases(viewer).filter(deadline_on__lt=as_of)


def how_many_late(viewer: Viewer, as_of: dt.date) -> int:
    """How many of them there are."""
    return how_many(late_cases, viewer, as_of)


def story_of_case(viewer: Viewer, case: CareCase) -> QuerySet[CaseEvent]:
    """The case's story, oldest first; the client's people read only what is meant for them too."""
    rows = visible(viewer, CaseEvent.objects.all()).filter(case=case)
    if viewer.roles.get(case.client_id) == Role.CLIENT_VIEWER:
        rows = rows.exclude(visibility="internal", kind="note")
    return rows.order_by("at", "pk")


def parts_of_case(viewer: Viewer, case: CareCase) -> QuerySet[CasePart]:
    """What is contested."""
    return visible(viewer, CasePart.objects.all()).filter(case=case).select_related("invoice").order_by("pk")


def evidence_of(viewer: Viewer, case: CareCase) -> QuerySet[Evidence]:
    """The files of a case, without their content."""
    return visible(viewer, Evidence.objects.all()).filter(case=case).defer("content").order_by("pk")


def disputed_parts(client_id: int, as_of: dt.date) -> QuerySet[CasePart]:
    """Parts of the disputes of one client that are open on a day."""
    running = Q(case__closed_on__isnull=True) | Q(case__closed_on__gt=as_of)
    return CasePart.objects.filter(running, client_id=client_id, case__kind="dispute", case__opened_on__lte=as_of)


def contested_cents(client_id: int, as_of: dt.date, customer_ids: list[int] | None = None) -> dict[int, int]:
    """Contested cents by invoice id, of the disputes open on `as_of`; of some customers when they are named."""
    rows = disputed_parts(client_id, as_of)
    if customer_ids is not None:
        rows = rows.filter(case__client_id=client_id, case__customer_id__in=customer_ids)
    return dict(rows.values_list("invoice_id").annotate(cents=Sum("amount_cents")))


def our_disservice(client_id: int, as_of: dt.date) -> QuerySet[CareCase]:
    """Complaints about our own service that are open on a day: while one is, the customer is not pressed."""
    running = Q(closed_on__isnull=True) | Q(closed_on__gt=as_of)
    return CareCase.objects.filter(
        running, client_id=client_id, kind=CareCase.Kind.COMPLAINT, fault=CareCase.Fault.OURS, opened_on__lte=as_of
    )
