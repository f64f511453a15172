# SPDX-License-Identifier: Apache-2.0
"""The rows behind each figure of the cockpit. First argument: whose eyes look; then the client and the day."""

import datetime as dt
from typing import Any

from django.db.models import Count, F, QuerySet

from ascolto.domain.access.viewer import Viewer, visible
from ascolto.domain.agreements.models import Promise
from ascolto.domain.ledger.sums import paid_by
from ascolto.domain.outreach.models import Contact
from ascolto.domain.portfolio.models import Instalment
from ascolto.domain.strategy.figures import BUCKETS, legal_customers
from ascolto.domain.strategy.models import Action, DailyFigures
from ascolto.domain.strategy.snapshot import PERIOD_DAYS


def figures_on(viewer: Viewer, client_id: int, as_of: dt.date) -> DailyFigures | None:
    """The last figures measured up to `as_of`."""
    return _kept(viewer, client_id).filter(as_of__lte=as_of).order_by("-as_of").first()


def figures_by_month(viewer: Viewer, client_id: int, as_of: dt.date, months: int = 12) -> list[DailyFigures]:
    """The last figures of each of the latest months, oldest first: at most `months` rows, one query."""
    since = as_of - dt.timedelta(days=31 * months)
    latest: dict[tuple[int, int], DailyFigures] = {}
    for row in _kept(viewer, client_id).filter(as_of__gt=since, as_of__lte=as_of).order_by("as_of"):
        latest[row.as_of.year, row.as_of.month] = row
    return list(latest.values())[-months:]


def _kept(viewer: Viewer, client_id: int) -> QuerySet[DailyFigures]:
    return visible(viewer, DailyFigures.objects.filter(client_id=client_id))


def open_rows(viewer: Viewer, client_id: int, as_of: dt.date) -> QuerySet[Instalment, Any]:
    """Open instalments on `as_of`, annotated with `open_cents`; the customer and the invoice come along."""
    settled = paid_by(as_of)
    items = visible(viewer, Instalment.objects.filter(client_id=client_id, invoice__issued_on__lte=as_of))
    return (
        items.annotate(open_cents=F("amount_cents") - settled).filter(open_cents__gt=0)
        .select_related("customer", "invoice")
    )  # fmt: skip


def overdue_rows(
    viewer: Viewer, client_id: int, as_of: dt.date, bucket: int | None = None
) -> QuerySet[Instalment, Any]:
    """Those past their due date, or only one ageing bucket (0: not due yet)."""
    rows = open_rows(viewer, client_id, as_of)
    if bucket is None:
        return rows.filter(due_on__lt=as_of)
    if bucket < len(BUCKETS):
        rows = rows.filter(due_on__gte=as_of - dt.timedelta(days=BUCKETS[bucket]))
    if bucket > 0:
        rows = rows.filter(due_on__lt=as_of - dt.timedelta(days=BUCKETS[bucket - 1]))
    return rows


def promise_rows(viewer: Viewer, client_id: int, as_of: dt.date) -> QuerySet[Promise]:
    """Promises judged in the period."""
    since = as_of - dt.timedelta(days=PERIOD_DAYS)
    judged = Promise.objects.filter(client_id=client_id, judged_on__gt=since, judged_on__lte=as_of)
    return visible(viewer, judged.exclude(status=Promise.Status.SUPERSEDED)).select_related("customer")


def contact_rows(viewer: Viewer, client_id: int, as_of: dt.date) -> QuerySet[Contact]:
    """Human contacts of the period."""
    since = as_of - dt.timedelta(days=PERIOD_DAYS)
    calls = Contact.objects.filter(client_id=client_id, human=True, on_date__gt=since, on_date__lte=as_of)
    return visible(viewer, calls).select_related("customer", "operator")


def action_rows(viewer: Viewer, client_id: int, as_of: dt.date) -> QuerySet[Action]:
    """Actions planned on the day."""
    planned = Action.objects.filter(client_id=client_id, planned_on=as_of)
    return visible(viewer, planned).select_related("customer", "decision")


def reasons(viewer: Viewer, client_id: int, as_of: dt.date) -> list[tuple[str, str, int]]:
    """(reason, fault, conversations) of the period, the most frequent first."""
    said = contact_rows(viewer, client_id, as_of).exclude(reason="")
    found = said.order_by().values_list("reason", "fault").annotate(count=Count("pk"))
    return sorted(found, key=lambda row: (-row[2], row[0]))


def legal_rows(viewer: Viewer, client_id: int, as_of: dt.date) -> QuerySet[Instalment, Any]:
    """Overdue instalments of those customers."""
    return overdue_rows(viewer, client_id, as_of).filter(customer__in=legal_customers(client_id, as_of))
