# SPDX-License-Identifier: Apache-2.0
"""A delivery taken over, followed at once by what it changes: cash matched, credit notes used, papers checked,
customers decided anew.

One transaction each; the right is import; a stranger gets Http404. The faces call these, never intake's own verbs.
"""

import datetime as dt
import hashlib
from collections.abc import Sequence
from functools import partial
from typing import Any

from django.db import transaction
from django.http import Http404

from ascolto.domain.access.models import Client
from ascolto.domain.access.viewer import Viewer, visible
from ascolto.domain.agreements.queries import expected_of
from ascolto.domain.debits.models import BankNews
from ascolto.domain.debits.settling import settle_collections
from ascolto.domain.intake import staging
from ascolto.domain.intake.models import Batch, StagedFile, StagedRow
from ascolto.domain.ledger.actions import apply_credit_notes
from ascolto.domain.ledger.cash import apply_cash
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


def deliver_notices(*, client: Client, files: Sequence[tuple[str, bytes]], actor: str, as_of: dt.date) -> bool:
    """Notices of SdI that came by certified mail: staged and accepted as any delivery. False when all are known.

    In the caller's transaction. With a doubt they wait on the imports page, as any other."""
    shas = {hashlib.sha256(content).hexdigest() for _name, content in files}
    known = StagedFile.objects.filter(client=client, sha__in=shas, rows__isnull=False)
    if set(known.values_list("sha", flat=True)) == shas:
        return False
    batch = staging.stage(client=client, files=files, actor=actor, as_of=as_of)
    wrong = batch.problems.filter(severity="error", solved=False)
    if batch.status == Batch.Status.STAGED and not wrong.exists():
        staging.accept(batch=batch, actor=actor, as_of=as_of)
    return True


def _allowed(viewer: Viewer, batch_id: int) -> Batch:
    batch = visible(viewer, Batch.objects.all()).filter(pk=batch_id).first()
    if batch is None:
        raise Http404
    viewer.require("import", batch.client_id)
    return batch


def _follow_up(batch: Batch, viewer: Viewer, as_of: dt.date) -> None:
    client = Client.objects.get(pk=batch.client_id)
    brought = _brought(batch)
    noted = apply_credit_notes(client=client, actor=viewer.name, as_of=as_of, customer_ids=brought)
    collected = settle_collections(client=client, actor=viewer.name, as_of=as_of)
    cash = apply_cash(client=client, actor=viewer.name, as_of=as_of, expected=partial(expected_of, client.pk))
    customers = {*brought, *noted, *cash.customer_ids, *collected}
    told = BankNews.objects.filter(client=client, batch_id=batch.pk, order__isnull=False)
    customers |= set(told.values_list("order__customer_id", flat=True))
    check_papers(client=client, as_of=as_of, actor=viewer.name, customer_ids=customers)
    reevaluate(client=client, customer_ids=customers, actor=viewer.name, as_of=as_of)


def _brought(batch: Batch) -> set[int]:
    """The customers whom the rows taken over are about: those of a list of customers, and those of the invoices."""
    rows = StagedRow.objects.filter(client=batch.client_id, batch=batch).order_by()
    made = rows.filter(status__in=(StagedRow.Status.TAKEN, StagedRow.Status.CHANGED), result_id__isnull=False)
    invoices = Invoice.objects.filter(pk__in=made.filter(kind__in=("invoice", "open_item")).values("result_id"))
    people = made.filter(kind="customer").values_list("result_id", flat=True)
    return {
        *filter(None, people),
        *invoices.filter(client=batch.client_id).order_by().values_list("customer_id", flat=True),
    }
