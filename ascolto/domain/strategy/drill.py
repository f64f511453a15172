# SPDX-License-Identifier: Apache-2.0
"""The rows behind each figure of the cockpit. First argument: whose eyes look; then the client and the day."""

import datetime as dt
from typing import Any

from django.db.models import F, QuerySet

from ascolto.domain.access.viewer import Viewer, visible
from ascolto.domain.agreements.models import Promise
from ascolto.domain.ledger.sums import paid_by
from ascolto.domain.outreach.models import Contact
from ascolto.domain.portfolio.models import Instalment
from ascolto.domain.strategy.figures import BUCKETS, legal_customers
from ascolto.domain.strategy.models import Action, DailyFigures, Decision
from ascolto.domain.strategy.snapshot import PERIOD_DAYS


def figures_on(viewer: Viewer, client_id: int, as_of: dt.date) -> DailyFigures | None:
    """The last figures measured up to `as_of`."""
    return _kept(viewer, client_id).filter(as_of__lte=as_of).order_by("-as_of").first()


def figures_by_month(viewer: Viewer, client_id: int, as_of: dt.date, months: int = 12) -> list[DailyFigures]:
    """The last figures of each of the latest months, oldest first: at most `months` rows, two queries."""
    since = as_of - dt.timedelta(days=31 * months)
    kept = _kept(viewer, client_id)
    days = kept.filter(as_of__gt=since, as_of__lte=as_of).order_by("as_of").values_list("as_of", flat=True)
    latest = {(day.year, day.month): day for day in days}
    return list(kept.filter(as_of__in=list(latest.values())[-months:]).order_by("as_of"))


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


OWE_MOST = 200
"""How many customers of a large client the lists behind a figure show; their exports have all."""


def those_who_owe_most(viewer: Viewer, client_id: int, most: int) -> list[int]:
    """Ids of the customers with the most overdue, then with the most open, by the answers in force."""
    current = Decision.objects.filter(client_id=client_id, superseded_on__isnull=True)
    rows = visible(viewer, current).order_by("-overdue_cents", "pk")
    return list(rows.values_list("customer_id", flat=True)[:most])


def legal_rows(viewer: Viewer, client_id: int, as_of: dt.date) -> QuerySet[Instalment, Any]:
    """Overdue instalments of those customers."""
    return overdue_rows(viewer, client_id, as_of).filter(customer__in=legal_customers(client_id, as_of))
