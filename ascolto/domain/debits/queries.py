# SPDX-License-Identifier: Apache-2.0
"""Reading mandates, collections and what waits for a person; what of them a decision must know."""

import datetime as dt
from collections.abc import Sequence

from django.db.models import Count, Q, QuerySet, Sum

from ascolto.domain.access.viewer import Viewer, visible
from ascolto.domain.debits.models import BankNews, Collection, CollectionOrder, DebitMandate
from ascolto.policies.load_bank import collections

State = CollectionOrder.State


def mandates_of(viewer: Viewer, customer_id: int) -> QuerySet[DebitMandate]:
    """The customer's mandates, the active one first."""
    return (
        visible(viewer, DebitMandate.objects.all())
        .filter(customer_id=customer_id)
        .order_by("state", "-signed_on", "-pk")
    )


def flows(viewer: Viewer) -> QuerySet[Collection]:
    """Collections with the count and sum of their orders and of those that came back, the latest first."""
    failed = Q(orders__state__in=(State.RETURNED, State.REJECTED))
    rows = visible(viewer, Collection.objects.all()).defer("content").select_related("client")
    return rows.annotate(
        n=Count("orders"), cents=Sum("orders__amount_cents"), pending=Count("orders", filter=Q(orders__state="presented")),
        failed=Count("orders", filter=failed), failed_cents=Sum("orders__amount_cents", filter=failed),
    ).order_by("-made_on", "-pk")  # fmt: skip


def orders_of_customer(viewer: Viewer, customer_id: int) -> QuerySet[CollectionOrder]:
    """What was asked of a customer through the bank, the latest first."""
    rows = visible(viewer, CollectionOrder.objects.all()).filter(customer_id=customer_id)
    return rows.select_related("collection", "instalment__invoice", "mandate", "client").order_by("-collect_on", "-pk")


def waiting_news(viewer: Viewer) -> QuerySet[BankNews]:
    """What banks said and nobody could place, oldest first."""
    rows = visible(viewer, BankNews.objects.all()).filter(state=BankNews.State.WAITING)
    return rows.select_related("client").order_by("pk")


def rests_until(order_kind: str, collect_on: dt.date) -> dt.date:
    """The last day on which a collection that nobody answered keeps its instalment from being asked for."""
    return collect_on + dt.timedelta(days=collections().rest_days(order_kind))


def collected_until(client_id: int, as_of: dt.date, customer_ids: Sequence[int] | None = None) -> dict[int, dt.date]:
    """By instalment, the last day on which a collection presented to the bank rests it; over ones are left out."""
    rows = CollectionOrder.objects.filter(client_id=client_id, state=State.PRESENTED, collection__made_on__lte=as_of)
    if customer_ids is not None:
        rows = rows.filter(customer_id__in=list(customer_ids))
    found = {}
    for item, kind, on in rows.values_list("instalment_id", "collection__kind", "collect_on"):
        until = rests_until(kind, on)
        if until >= as_of:
            found[item] = until
    return found
