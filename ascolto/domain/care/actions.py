# SPDX-License-Identifier: Apache-2.0
"""Opening and closing disputes, complaints and requests."""

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from ascolto.domain.access.models import Client
from ascolto.domain.care.models import CareCase
from ascolto.domain.portfolio.models import Customer, Invoice
from ascolto.domain.records.actions import record
from ascolto.domain.records.errors import Refused

ANSWER_DAYS = 30
"""Calendar days to answer when nobody sets a deadline: TIQV 399/2025/R/com, written complaints and
information
requests; taken as our own standard for disputes and other sectors too."""


@transaction.atomic
def open_case(
    *,
    client: Client,
    customer: Customer,
    kind: str,
    reason: str,
    actor: str,
    as_of: dt.date,
    invoice: Invoice | None = None,
    disputed_cents: int = 0,
    deadline_on: dt.date | None = None,
) -> CareCase:
    """Open a case. A dispute names its invoice and the part that is contested (cents; 0 means the whole
    document).

    Refused: `unknown_kind`, `no_reason`, `not_of_client`, `not_of_customer`, `no_invoice`,
    `beyond_the_invoice`,
    `open_already` (one open dispute per invoice), `deadline_in_the_past`.
    """
    kept = Customer.objects.select_for_update().filter(pk=customer.pk, client=client).first()
    if kept is None:
        raise Refused("not_of_client", _("This customer belongs to another client."))
    if kind not in CareCase.Kind.values:
        raise Refused("unknown_kind", _("It must be a dispute, a complaint or a request."))
    if not reason.strip():
        raise Refused("no_reason", _("Write what the customer says, in their words."))
    if invoice is not None and (invoice.customer_id, invoice.client_id) != (kept.pk, client.pk):
        raise Refused("not_of_customer", _("This invoice belongs to another customer."))
    deadline = deadline_on or as_of + dt.timedelta(days=ANSWER_DAYS)
    if deadline < as_of:
        raise Refused("deadline_in_the_past", _("The deadline lies in the past."))
    cents = _disputed(client, invoice, disputed_cents) if kind == CareCase.Kind.DISPUTE else 0
    case = CareCase.objects.create(
        client=client, customer=kept, invoice=invoice, kind=kind, reason=reason.strip(), disputed_cents=cents,
        opened_on=as_of, deadline_on=deadline, author=actor,
    )  # fmt: skip
    record(
        "case_opened",
        actor=actor,
        client_id=client.pk,
        subject=case,
        why=case.reason,
        data={"kind": kind, "cents": cents},
    )
    return case


def _disputed(client: Client, invoice: Invoice | None, cents: int) -> int:
    """The contested cents, checked against the document."""
    if invoice is None:
        raise Refused("no_invoice", _("Say which invoice is disputed: only that part leaves the reminders."))
    if not 0 <= cents <= invoice.payable_cents:
        raise Refused("beyond_the_invoice", _("The disputed part is more than the invoice."))
    if CareCase.objects.filter(client=client, invoice=invoice, kind="dispute", closed_on__isnull=True).exists():
        raise Refused("open_already", _("This invoice is already under dispute."))
    return cents or invoice.payable_cents


@transaction.atomic
def close_case(*, case: CareCase, outcome: str, actor: str, as_of: dt.date) -> CareCase:
    """Close `case` with its outcome in words. Refused: `no_outcome`, `closed_already`."""
    kept = CareCase.objects.select_for_update().get(pk=case.pk)
    if not outcome.strip():
        raise Refused("no_outcome", _("Write how it ended: the customer will be told."))
    if kept.closed_on is not None:
        raise Refused("closed_already", _("This case is closed already."))
    kept.closed_on, kept.outcome = as_of, outcome.strip()
    kept.save(update_fields=["closed_on", "outcome"])
    record("case_closed", actor=actor, client_id=kept.client_id, subject=kept, why=kept.outcome)
    return kept
