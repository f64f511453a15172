# SPDX-License-Identifier: Apache-2.0
"""A delivery taken over, followed at once by what it changes: cash matched, credit notes used, papers checked,
customers decided anew.

One transaction each; the right is import; a stranger gets Http404. The faces call these, never intake's own verbs.
"""

import datetime as dt
from typing import Any

from django.db import transaction
from django.http import Http404

from ascolto.domain.access.models import Client
from ascolto.domain.access.viewer import Viewer, visible
from ascolto.domain.intake import staging
from ascolto.domain.intake.models import Batch
from ascolto.domain.ledger.actions import apply_credit_notes
from ascolto.domain.ledger.cash import apply_cash
from ascolto.domain.ledger.models import Payment
from ascolto.domain.portfolio.models import Invoice
from ascolto.domain.strategy.actions import reevaluate
from ascolto.domain.strategy.papers import check_papers


@transaction.atomic
def accept_batch(viewer: Viewer, batch_id: int, *, as_of: dt.date) -> dict[str, Any]:
    """Accept a waiting delivery and follow it up; of one that policy accepted already, only the follow-up.

    Returns the report of the delivery. Refused as `staging.accept`.
    """
    batch = _allowed(viewer, batch_id)
    if batch.status != Batch.Status.ACCEPTED:
        staging.accept(batch=batch, actor=viewer.name, as_of=as_of)
    _follow_up(batch, viewer, as_of)
    batch.refresh_from_db()
    report: dict[str, Any] = batch.report
    return report


@transaction.atomic
def retry_batch(viewer: Viewer, batch_id: int, *, as_of: dt.date) -> dict[str, int]:
    """Take over the rows corrected since, and follow up. Refused as `staging.retry`."""
    batch = _allowed(viewer, batch_id)
    taken = staging.retry(batch=batch, actor=viewer.name, as_of=as_of)
    _follow_up(batch, viewer, as_of)
    return taken


def _allowed(viewer: Viewer, batch_id: int) -> Batch:
    batch = visible(viewer, Batch.objects.all()).filter(pk=batch_id).first()
    if batch is None:
        raise Http404
    viewer.require("import", batch.client_id)
    return batch


def _follow_up(batch: Batch, viewer: Viewer, as_of: dt.date) -> None:
    client = Client.objects.get(pk=batch.client_id)
    apply_credit_notes(client=client, actor=viewer.name, as_of=as_of)
    cash = apply_cash(client=client, actor=viewer.name, as_of=as_of)
    customers = set(cash.customer_ids)
    customers |= set(Invoice.objects.filter(client=client, batch_id=batch.pk).values_list("customer_id", flat=True))
    noted = Payment.objects.filter(client=client, known_on=as_of, kind=Payment.Kind.CREDIT_NOTE)
    customers |= set(noted.values_list("customer_id", flat=True))
    customers |= check_papers(client=client, as_of=as_of, actor=viewer.name).customer_ids
    reevaluate(client=client, customer_ids=customers, actor=viewer.name, as_of=as_of)
