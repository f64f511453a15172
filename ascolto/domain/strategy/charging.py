# SPDX-License-Identifier: Apache-2.0
"""Chargeing interest and expenses as deeds of a viewer, followed at once by a new decision. The right is charge.

One transaction each; a stranger gets Http404. The faces call these, never the ledger.
"""

import datetime as dt
from collections.abc import Iterable

from django.db import transaction
from django.http import Http404

from ascolto.domain.access.viewer import Viewer, visible
from ascolto.domain.agreements.owing import set_aside
from ascolto.domain.ledger import charges
from ascolto.domain.ledger.actions import apply_on_account
from ascolto.domain.ledger.models import Charge, Payment
from ascolto.domain.portfolio.models import Customer, Instalment, Invoice
from ascolto.domain.strategy.actions import reevaluate


def preview(
    viewer: Viewer, customer_id: int, as_of: dt.date, *, notice_on: dt.date | None = None, from_due: bool = False
) -> charges.Preview:
    """What may be charged of a customer today, invoice by invoice. Right: see."""
    return charges.preview(_customer(viewer, customer_id, "see"), as_of, notice_on=notice_on, from_due=from_due)


def charges_of(viewer: Viewer, customer_id: int) -> list[tuple[Charge, bool]]:
    """Every charge of a customer, the latest first, and whether it was withdrawn."""
    items = visible(viewer, Instalment.objects.filter(customer_id=customer_id))
    rows = visible(viewer, Charge.objects.filter(instalment__in=items))
    found = list(rows.select_related("instalment__invoice", "of_invoice").order_by("-pk"))
    gone = set(charges.withdrawn_ids(found[0].client_id, customer_id)) if found else set()
    return [(charge, charge.pk in gone) for charge in found]


@transaction.atomic
def raise_charges(
    viewer: Viewer, customer_id: int, *, wanted: Iterable[tuple[int, str]], shown_cents: int, due_on: dt.date,
    as_of: dt.date, notice_on: dt.date | None = None, from_due: bool = False,
) -> list[Charge]:  # fmt: skip
    """Charge interest and flat sums as previewed. Money that lies on account settles them at once, by the client's
    order. Refused as ledger.charges.raise_charges."""
    customer = _customer(viewer, customer_id, "charge")
    made = charges.raise_charges(
        customer=customer, wanted=wanted, shown_cents=shown_cents, due_on=due_on, actor=viewer.name, as_of=as_of,
        notice_on=notice_on, from_due=from_due,
    )  # fmt: skip
    _follow(customer, viewer, as_of)
    return made


@transaction.atomic
def charge_costs(
    viewer: Viewer, customer_id: int, *, invoice_id: int, cents: int, reason: str, due_on: dt.date, as_of: dt.date
) -> Charge:
    """Charge costs with their proof. Refused as ledger.charges.charge_costs."""
    customer = _customer(viewer, customer_id, "charge")
    invoice = visible(viewer, Invoice.objects.filter(customer=customer, pk=invoice_id)).first()
    if invoice is None:
        raise Http404
    made = charges.charge_costs(
        customer=customer, invoice=invoice, cents=cents, reason=reason, due_on=due_on, actor=viewer.name, as_of=as_of
    )
    _follow(customer, viewer, as_of)
    return made


@transaction.atomic
def withdraw_charge(viewer: Viewer, charge_id: int, *, why: str, as_of: dt.date) -> Payment:
    """Take a charge back; money that had settled it settles what else is open. Refused as ledger.charges.withdraw_charge."""
    charge = visible(
        viewer, Charge.objects.select_related("client", "instalment__customer__client", "instalment__invoice")
    )
    found = charge.filter(pk=charge_id).first()
    if found is None:
        raise Http404
    viewer.require("charge", found.client_id)
    credit = charges.withdraw_charge(charge=found, why=why, actor=viewer.name, as_of=as_of)
    _follow(found.instalment.customer, viewer, as_of)
    return credit


def _follow(customer: Customer, viewer: Viewer, as_of: dt.date) -> None:
    apart = set_aside(customer.client_id)
    apply_on_account(client=customer.client, actor=viewer.name, as_of=as_of, customer_ids=[customer.pk], aside=apart)
    reevaluate(client=customer.client, customer_ids={customer.pk}, actor=viewer.name, as_of=as_of)


def _customer(viewer: Viewer, customer_id: int, right: str) -> Customer:
    found = visible(viewer, Customer.objects.select_related("client")).filter(pk=customer_id).first()
    if found is None:
        raise Http404
    viewer.require(right, found.client_id)
    return found
