# SPDX-License-Identifier: Apache-2.0
"""Giving something up with four eyes: asked for with a reason, approved within the limits of the role, then posted.

The limits are data (policies/approvals.toml). An approval is undone like any entry: by its reversal.
"""

import datetime as dt

from django.db import transaction
from django.db.models import QuerySet, Sum
from django.utils.translation import gettext as _

from ascolto.domain.access.models import Client
from ascolto.domain.access.viewer import Viewer, visible
from ascolto.domain.ledger.actions import lock, post_payment
from ascolto.domain.ledger.credit_models import CreditRequest
from ascolto.domain.ledger.sums import items_of
from ascolto.domain.portfolio.models import Instalment, Invoice
from ascolto.domain.records.actions import record
from ascolto.domain.records.errors import Refused
from ascolto.policies import load


@transaction.atomic
def ask_credit(
    *, client: Client, invoice: Invoice, kind: str, amount_cents: int, reason: str, actor: str, as_of: dt.date,
    case_id: int | None = None,
) -> CreditRequest:  # fmt: skip
    """Ask for a credit note or a write-off of `amount_cents` of `invoice`; nothing is posted yet.

    Refused: `unknown_kind`, `no_reason`, `not_of_client`, `beyond_the_invoice` (a credit note beyond the document, a
    write-off beyond what is open; what is pending already counts).
    """
    lock(client)
    if kind not in CreditRequest.Kind.values:
        raise Refused("unknown_kind", _("It must be a credit note or a write-off."))
    if not reason.strip():
        raise Refused("no_reason", _("Say why it is given up: whoever approves must understand it."))
    if invoice.client_id != client.pk:
        raise Refused("not_of_client", _("This invoice belongs to another client."))
    pending = CreditRequest.objects.filter(client=client, invoice=invoice, status=CreditRequest.Status.PENDING)
    waiting = pending.aggregate(cents=Sum("amount_cents"))["cents"] or 0
    most = invoice.payable_cents if kind == CreditRequest.Kind.CREDIT_NOTE else sum(_open(invoice).values())
    if not 0 < amount_cents <= most - waiting:
        raise Refused("beyond_the_invoice", _("The amount is more than can be given up of this invoice."))
    asked = CreditRequest.objects.create(
        client=client, customer_id=invoice.customer_id, invoice=invoice, kind=kind, amount_cents=amount_cents,
        reason=reason.strip()[:300], asked_by=actor, asked_on=as_of, case_id=case_id,
    )  # fmt: skip
    record(
        f"{kind}_asked", actor=actor, client_id=client.pk, subject=asked, why=asked.reason, data={"cents": amount_cents}
    )
    return asked


def _open(invoice: Invoice) -> dict[int, int]:
    """Open cents by instalment of the invoice, the first due first."""
    own = list(
        Instalment.objects.filter(client_id=invoice.client_id, invoice=invoice)
        .order_by("due_on", "pk")
        .values_list("pk", flat=True)
    )
    open_ = {
        i.instalment_id: i.balance_cents for i in items_of(invoice.client_id, invoice.customer_id, invoice.currency)
    }
    return {pk: open_[pk] for pk in own if open_.get(pk, 0) > 0}


def may_decide(role: str, request: CreditRequest, actor: str, as_of: dt.date) -> bool:
    """True when a role may approve this request on the day; one's own only up to the smaller limit."""
    for limit in load.approval_limits():
        if (limit.role, limit.kind) == (role, request.kind) and limit.valid_from <= as_of <= limit.valid_to:
            return request.amount_cents <= (limit.alone_cents if request.asked_by == actor else limit.limit_cents)
    return False


@transaction.atomic
def approve_credit(*, request: CreditRequest, role: str, actor: str, as_of: dt.date) -> CreditRequest:
    """Approve a pending request and post it: on its invoice first, what the invoice no longer owes stays on account.

    Refused: `decided_already`, `beyond_your_limit`, `nothing_open` (a write-off of what has been paid meanwhile).
    """
    client = lock(request.client)
    kept = _pending(request)
    if not may_decide(role, kept, actor, as_of):
        raise Refused(
            "beyond_your_limit", _("This amount, or a request of one's own, needs somebody with a higher limit.")
        )
    left, parts = kept.amount_cents, []
    for instalment, cents in _open(kept.invoice).items():
        taken = min(cents, left)
        if taken:
            parts.append((instalment, taken))
            left -= taken
    if left and kept.kind == CreditRequest.Kind.WRITE_OFF:
        raise Refused(
            "nothing_open", _("Part of this was paid meanwhile: refuse the request and ask for what is left.")
        )
    kept.payment = post_payment(
        client=client, customer_id=kept.customer_id, amount_cents=kept.amount_cents, paid_on=as_of, parts=parts,
        idempotency_key=f"credit_request:{kept.pk}", actor=actor, as_of=as_of, kind=kept.kind,
        currency=kept.invoice.currency, reason=kept.reason,
    )  # fmt: skip
    kept.status, kept.decided_by, kept.decided_on = CreditRequest.Status.APPROVED, actor, as_of
    kept.save()
    record(f"{kept.kind}_approved", actor=actor, client_id=client.pk, subject=kept, why=kept.reason)
    return kept


@transaction.atomic
def refuse_credit(*, request: CreditRequest, role: str, why: str, actor: str, as_of: dt.date) -> CreditRequest:
    """Refuse a pending request, with words. Refused: `decided_already`, `no_reason`, `beyond_your_limit`."""
    lock(request.client)
    kept = _pending(request)
    if not why.strip():
        raise Refused("no_reason", _("Say why it is refused: who asked must be able to explain it."))
    if not may_decide(role, kept, actor, as_of) and kept.asked_by != actor:
        raise Refused(
            "beyond_your_limit", _("This amount, or a request of one's own, needs somebody with a higher limit.")
        )
    kept.status, kept.decided_by, kept.decided_on = CreditRequest.Status.REFUSED, actor, as_of
    kept.why = why.strip()[:300]
    kept.save()
    record(f"{kept.kind}_refused", actor=actor, client_id=kept.client_id, subject=kept, why=kept.why)
    return kept


def _pending(request: CreditRequest) -> CreditRequest:
    kept = CreditRequest.objects.select_for_update().select_related("invoice").get(pk=request.pk)
    if kept.status != CreditRequest.Status.PENDING:
        raise Refused("decided_already", _("This request was decided already."))
    return kept


def credit_requests(viewer: Viewer) -> QuerySet[CreditRequest]:
    """Requests of the viewer's clients, those to approve first, then the latest."""
    rows = visible(viewer, CreditRequest.objects.all()).select_related("customer", "invoice", "payment", "client")
    return rows.order_by("decided_on", "-asked_on", "-pk")


def pending_cents(client_id: int, as_of: dt.date, customer_ids: list[int] | None = None) -> dict[int, int]:
    """Cents by invoice id that a request asked for by `as_of` and not decided then may still give up."""
    rows = CreditRequest.objects.filter(client_id=client_id, asked_on__lte=as_of).exclude(decided_on__lte=as_of)
    if customer_ids is not None:
        rows = rows.filter(customer_id__in=customer_ids)
    return dict(rows.values_list("invoice_id").annotate(cents=Sum("amount_cents")))
