# SPDX-License-Identifier: Apache-2.0
"""Leaving a customer, or one invoice, alone for a dated interval, with who said so and why."""

import datetime as dt

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from ascolto.domain.access.viewer import Viewer, visible
from ascolto.domain.portfolio.models import Customer, Hold, Invoice
from ascolto.domain.records.actions import record
from ascolto.domain.records.errors import Refused


@transaction.atomic
def place_hold(
    *,
    customer: Customer,
    reason: str,
    from_on: dt.date,
    until_on: dt.date | None,
    actor: str,
    as_of: dt.date,
    invoice: Invoice | None = None,
) -> Hold:
    """Hold `customer` (or only `invoice`) from `from_on` to `until_on` included; None: until somebody lifts
    it.

    Refused: `no_reason`, `ends_before_start`, `already_over` (an interval wholly before `as_of`),
    `not_of_customer`, `held_already` (the same thing is held over the whole interval).
    """
    Customer.objects.select_for_update().get(pk=customer.pk)
    if not reason.strip():
        raise Refused("no_reason", _("Say why: whoever comes next must understand the hold."))
    if until_on is not None and until_on < from_on:
        raise Refused("ends_before_start", _("The hold ends before it starts."))
    if until_on is not None and until_on < as_of:
        raise Refused("already_over", _("This hold would be over already."))
    if invoice is not None and (invoice.customer_id, invoice.client_id) != (customer.pk, customer.client_id):
        raise Refused("not_of_customer", _("This invoice belongs to another customer."))
    if _covered(customer, invoice, from_on, until_on):
        raise Refused("held_already", _("It is held already for all of these days."))
    hold = Hold.objects.create(
        client_id=customer.client_id, customer=customer, invoice=invoice, reason=reason.strip(), author=actor,
        from_on=from_on, until_on=until_on,
    )  # fmt: skip
    record("hold_placed", actor=actor, client_id=hold.client_id, subject=hold, why=hold.reason)
    return hold


def _covered(customer: Customer, invoice: Invoice | None, from_on: dt.date, until_on: dt.date | None) -> bool:
    longer = Q(until_on__isnull=True) if until_on is None else Q(until_on__isnull=True) | Q(until_on__gte=until_on)
    return Hold.objects.filter(
        longer, client_id=customer.client_id, customer=customer, invoice=invoice, from_on__lte=from_on
    ).exists()


@transaction.atomic
def lift_hold(*, hold: Hold, actor: str, as_of: dt.date, why: str = "") -> Hold:
    """End `hold` so that `as_of` is free again: its last day becomes the day before. The row stays, with its
    trail.

    Refused: `already_over`.
    """
    kept = Hold.objects.select_for_update().get(pk=hold.pk)
    if kept.until_on is not None and kept.until_on < as_of:
        raise Refused("already_over", _("This hold is over already."))
    was = kept.until_on.isoformat() if kept.until_on else None
    kept.until_on = as_of - dt.timedelta(days=1)
    kept.save(update_fields=["until_on"])
    record("hold_lifted", actor=actor, client_id=kept.client_id, subject=kept, why=why, data={"until_on": was})
    return kept


def current_holds(viewer: Viewer, as_of: dt.date) -> QuerySet[Hold]:
    """Holds in force on `as_of`, of the customers whom the viewer may see."""
    alive = Q(until_on__isnull=True) | Q(until_on__gte=as_of)
    return visible(viewer, Hold.objects.all()).filter(alive, from_on__lte=as_of)
