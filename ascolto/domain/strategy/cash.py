# SPDX-License-Identifier: Apache-2.0
"""What a person says about cash, followed at once by a new decision for the customers concerned.

One transaction each; the right is confirm_cash; a stranger gets Http404. The faces call these, never the ledger.
"""

import datetime as dt
from collections.abc import Sequence
from functools import partial
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import Http404

from ascolto.domain.access.models import Client
from ascolto.domain.access.viewer import Viewer, visible
from ascolto.domain.agreements.queries import expected_of
from ascolto.domain.ledger import cash, rules
from ascolto.domain.ledger.models import BankLine, LineAside, MatchProposal, Payment
from ascolto.domain.portfolio.models import Customer
from ascolto.domain.strategy.actions import reevaluate
from ascolto.engine.settling import Rule

M = TypeVar("M", bound=Model)


@transaction.atomic
def confirm_cash(viewer: Viewer, proposal_id: int, as_of: dt.date) -> Payment:
    """The proposal is right: settle it. Refused as ledger.cash.confirm_match."""
    proposal = _allowed(viewer, MatchProposal.objects.all(), proposal_id)
    payment = cash.confirm_match(proposal=proposal, actor=viewer.name, as_of=as_of)
    _decide(payment, viewer, as_of)
    return payment


@transaction.atomic
def reject_cash(viewer: Viewer, proposal_id: int, as_of: dt.date) -> MatchProposal:
    """The line is not this customer's. Nothing of the customer changes, so nothing is decided anew."""
    proposal = _allowed(viewer, MatchProposal.objects.all(), proposal_id)
    return cash.reject_match(proposal=proposal, actor=viewer.name, as_of=as_of)


@transaction.atomic
def assign_cash(
    viewer: Viewer, line_id: int, customer_id: int, parts: Sequence[tuple[int, int]] | None, as_of: dt.date,
    amount_cents: int | None = None,
) -> Payment:  # fmt: skip
    """The line is this customer's, or `amount_cents` of it, split as told (None: in the client's order). Refused as
    ledger.cash.assign_line."""
    line = _allowed(viewer, BankLine.objects.all(), line_id)
    customer = _allowed(viewer, Customer.objects.all(), customer_id)
    payment = cash.assign_line(
        bank_line=line, customer=customer, parts=parts, actor=viewer.name, as_of=as_of, amount_cents=amount_cents,
        expected=partial(expected_of, line.client_id),
    )  # fmt: skip
    _decide(payment, viewer, as_of)
    return payment


@transaction.atomic
def undo_cash(viewer: Viewer, payment_id: int, reason: str, as_of: dt.date) -> Payment:
    """Take a payment back: its debt is open again, its line waits. Returns the reversal."""
    payment = _allowed(viewer, Payment.objects.all(), payment_id)
    expected = partial(expected_of, payment.client_id)
    twin = cash.undo_payment(payment=payment, reason=reason, actor=viewer.name, as_of=as_of, expected=expected)
    _decide(payment, viewer, as_of)
    return twin


@transaction.atomic
def undo_line(viewer: Viewer, line_id: int, reason: str, as_of: dt.date) -> list[Payment]:
    """Take back all that was made of a line, of however many customers. Returns what was undone."""
    line = _allowed(viewer, BankLine.objects.all(), line_id)
    expected = partial(expected_of, line.client_id)
    undone = cash.undo_line(bank_line=line, reason=reason, actor=viewer.name, as_of=as_of, expected=expected)
    customers = {payment.customer_id for payment in undone}
    reevaluate(client=line.client, customer_ids=customers, actor=viewer.name, as_of=as_of)
    return undone


@transaction.atomic
def set_aside(viewer: Viewer, line_id: int, reason: str, as_of: dt.date) -> LineAside:
    """The line is no customer's money. Refused as ledger.cash.set_aside."""
    line = _allowed(viewer, BankLine.objects.all(), line_id)
    return cash.set_aside(bank_line=line, reason=reason, actor=viewer.name, as_of=as_of)


@transaction.atomic
def take_up(viewer: Viewer, aside_id: int, as_of: dt.date) -> LineAside:
    """Undo of `set_aside`: the line waits again."""
    aside = _allowed(viewer, LineAside.objects.all(), aside_id)
    return cash.take_up(aside=aside, actor=viewer.name, as_of=as_of)


@transaction.atomic
def set_bar(viewer: Viewer, client_id: int, permille: int) -> Client:
    """How sure a match of this client must be to settle without a person. The right is `policy`."""
    return cash.set_bar(client=_client(viewer, client_id), permille=permille, actor=viewer.name)


@transaction.atomic
def set_rule(
    viewer: Viewer, client_id: int, order: Sequence[str], small_cents: int, small_permille: int, as_of: dt.date
) -> Rule:
    """What money of this client settles first, and which difference is small. The right is `policy`. Refused as
    ledger.rules.set_rule."""
    client = _client(viewer, client_id)
    return rules.set_rule(
        client=client, order=order, small_cents=small_cents, small_permille=small_permille, actor=viewer.name,
        as_of=as_of,
    )  # fmt: skip


def _client(viewer: Viewer, client_id: int) -> Client:
    client = Client.objects.filter(pk=client_id, pk__in=viewer.client_ids).first()
    if client is None:
        raise Http404
    viewer.require("policy", client.pk)
    return client


def _decide(payment: Payment, viewer: Viewer, as_of: dt.date) -> None:
    reevaluate(client=payment.client, customer_ids=[payment.customer_id], actor=viewer.name, as_of=as_of)


def _allowed(viewer: Viewer, rows: QuerySet[M], pk: int) -> M:
    """The row, if the viewer may see it (else 404) and may confirm cash there (else 403)."""
    found: Any = visible(viewer, rows).select_related("client").filter(pk=pk).first()
    if found is None:
        raise Http404
    viewer.require("confirm_cash", found.client_id)
    row: M = found
    return row
