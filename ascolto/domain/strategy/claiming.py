# SPDX-License-Identifier: Apache-2.0
"""Claiming interest and expenses as deeds of a viewer, followed at once by a new decision. The right is claim.

One transaction each; a stranger gets Http404. The faces call these, never the ledger.
"""

import datetime as dt
from collections.abc import Iterable

from django.db import transaction
from django.http import Http404

from ascolto.domain.access.viewer import Viewer, visible
from ascolto.domain.ledger import claims
from ascolto.domain.ledger.actions import apply_on_account
from ascolto.domain.ledger.models import Claim, Payment
from ascolto.domain.portfolio.models import Customer, Invoice
from ascolto.domain.strategy.actions import reevaluate


def preview(
    viewer: Viewer, customer_id: int, as_of: dt.date, *, notice_on: dt.date | None = None, from_due: bool = False
) -> claims.Preview:
    """What may be claimed of a customer today, invoice by invoice. Right: see."""
    return claims.preview(_customer(viewer, customer_id, "see"), as_of, notice_on=notice_on, from_due=from_due)


def claims_of(viewer: Viewer, customer_id: int) -> list[tuple[Claim, bool]]:
    """Every claim of a customer, the latest first, and whether it was withdrawn."""
    rows = visible(viewer, Claim.objects.filter(instalment__customer_id=customer_id))
    found = list(rows.select_related("instalment__invoice", "of_invoice").order_by("-pk"))
    gone = set(claims.withdrawn_ids(found[0].client_id, customer_id)) if found else set()
    return [(claim, claim.pk in gone) for claim in found]


@transaction.atomic
def claim_interest(
    viewer: Viewer, customer_id: int, *, wanted: Iterable[tuple[int, str]], shown_cents: int, due_on: dt.date,
    as_of: dt.date, notice_on: dt.date | None = None, from_due: bool = False,
) -> list[Claim]:  # fmt: skip
    """Claim interest and flat sums as previewed. Money that lies on account settles them at once, by the client's
    order. Refused as ledger.claims.claim_interest."""
    customer = _customer(viewer, customer_id, "claim")
    made = claims.claim_interest(
        customer=customer, wanted=wanted, shown_cents=shown_cents, due_on=due_on, actor=viewer.name, as_of=as_of,
        notice_on=notice_on, from_due=from_due,
    )  # fmt: skip
    _follow(customer, viewer, as_of)
    return made


@transaction.atomic
def claim_costs(
    viewer: Viewer, customer_id: int, *, invoice_id: int, cents: int, reason: str, due_on: dt.date, as_of: dt.date
) -> Claim:
    """Claim costs with their proof. Refused as ledger.claims.claim_costs."""
    customer = _customer(viewer, customer_id, "claim")
    invoice = visible(viewer, Invoice.objects.filter(customer=customer, pk=invoice_id)).first()
    if invoice is None:
        raise Http404
    made = claims.claim_costs(
        customer=customer, invoice=invoice, cents=cents, reason=reason, due_on=due_on, actor=viewer.name, as_of=as_of
    )
    _follow(customer, viewer, as_of)
    return made


@transaction.atomic
def withdraw_claim(viewer: Viewer, claim_id: int, *, why: str, as_of: dt.date) -> Payment:
    """Take a claim back; money that had settled it settles what else is open. Refused as ledger.claims.withdraw_claim."""
    claim = visible(
        viewer, Claim.objects.select_related("client", "instalment__customer__client", "instalment__invoice")
    )
    found = claim.filter(pk=claim_id).first()
    if found is None:
        raise Http404
    viewer.require("claim", found.client_id)
    credit = claims.withdraw_claim(claim=found, why=why, actor=viewer.name, as_of=as_of)
    _follow(found.instalment.customer, viewer, as_of)
    return credit


def _follow(customer: Customer, viewer: Viewer, as_of: dt.date) -> None:
    apply_on_account(client=customer.client, actor=viewer.name, as_of=as_of, customer_ids=[customer.pk])
    reevaluate(client=customer.client, customer_ids={customer.pk}, actor=viewer.name, as_of=as_of)


def _customer(viewer: Viewer, customer_id: int, right: str) -> Customer:
    found = visible(viewer, Customer.objects.select_related("client")).filter(pk=customer_id).first()
    if found is None:
        raise Http404
    viewer.require(right, found.client_id)
    return found
