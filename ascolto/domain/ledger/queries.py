# SPDX-License-Identifier: Apache-2.0
"""Reads of the ledger; the first argument is the viewer. Owns: open items, a customer's money, lines that wait."""

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import F, QuerySet, Sum
from django.http import Http404

from ascolto.domain.access.prepared import asked
from ascolto.domain.access.viewer import Viewer, visible
from ascolto.domain.ledger.actions import SMALL
from ascolto.domain.ledger.matching import group_by_line
from ascolto.domain.ledger.models import Allocation, BankLine, LineAside, MatchProposal, Payment
from ascolto.domain.ledger.sums import live, spent_of_payment, unmatched, with_balance
from ascolto.domain.portfolio.models import Customer, Instalment


@dataclass(frozen=True)
class MoneyRow:
    """A payment as the customer page shows it. `undone`: its reversal, when there is one known by then."""

    payment: Payment
    allocations: tuple[Allocation, ...]
    on_account_cents: int
    undone: Payment | None


def open_instalments(viewer: Viewer, as_of: dt.date) -> QuerySet[Any]:
    """Instalments of invoices issued by `as_of` that still owe, as known that day; annotated `balance_cents`."""
    rows = visible(viewer, Instalment.objects.filter(invoice__issued_on__lte=as_of))
    return with_balance(rows, as_of).filter(balance_cents__gt=0)


def customer_money(viewer: Viewer, customer_id: int, as_of: dt.date) -> list[MoneyRow]:
    """Payments, credit notes and write-offs of one customer known by `as_of`, newest first. Stranger: Http404."""
    customer = visible(viewer, Customer.objects.all()).filter(pk=customer_id).first()
    if customer is None:
        raise Http404
    rows = Payment.objects.filter(client_id=customer.client_id, customer=customer, known_on__lte=as_of)
    payments = rows.select_related("bank_line", "credit_note", "reversed_by").order_by("-paid_on", "-pk")
    taken: dict[int, list[Allocation]] = defaultdict(list)
    allocations = Allocation.objects.filter(
        client_id=customer.client_id, payment__in=rows, known_on__lte=as_of, amount_cents__gt=0
    )
    for allocation in allocations.select_related("instalment__invoice").order_by("instalment__due_on", "pk"):
        taken[allocation.payment_id].append(allocation)
    return [_money_row(p, taken[p.pk], as_of) for p in payments if p.reverses_id is None]


def _money_row(payment: Payment, allocations: Sequence[Allocation], as_of: dt.date) -> MoneyRow:
    twin = getattr(payment, "reversed_by", None)
    undone = twin if twin is not None and twin.known_on <= as_of else None
    left = payment.amount_cents - sum(a.amount_cents for a in allocations)
    return MoneyRow(payment, tuple(allocations), 0 if undone else left, undone)


def on_account_cents(viewer: Viewer, customer_id: int, as_of: dt.date) -> int:
    """Money of a customer that settles nothing yet, as known on `as_of`."""
    rows = live(visible(viewer, Payment.objects.filter(customer_id=customer_id, known_on__lte=as_of)))
    left = rows.annotate(left=F("amount_cents") - spent_of_payment(as_of)).aggregate(cents=Sum("left"))
    return int(left["cents"] or 0)


def unmatched_lines(viewer: Viewer) -> QuerySet[Any]:
    """Lines of money in of which something waits for a person (`left_cents`), newest first."""
    rows = visible(viewer, BankLine.objects.filter(amount_cents__gt=0))
    return unmatched(rows).order_by("-booked_on", "-pk")


def outgoing_lines(viewer: Viewer) -> QuerySet[BankLine]:
    """Lines of money out (charges, returns) that nobody has set aside, newest first."""
    rows = visible(viewer, BankLine.objects.filter(amount_cents__lt=0))
    return unmatched(rows).order_by("-booked_on", "-pk")


def asides(viewer: Viewer) -> QuerySet[LineAside]:
    """Lines set aside, newest first, with their line."""
    rows = visible(viewer, LineAside.objects.filter(lifts__isnull=True, lifted_by__isnull=True))
    return rows.select_related("bank_line").order_by("-known_on", "-pk")


def settled_payments(viewer: Viewer) -> QuerySet[Payment]:
    """Standing payments made of bank lines, the latest first."""
    rows = live(visible(viewer, Payment.objects.filter(bank_line__isnull=False)))
    return rows.select_related("bank_line", "customer").order_by("-known_on", "-pk")


def payments_of_line(viewer: Viewer, line_id: int) -> list[Payment]:
    """The payments that stand on a line, in the order in which a person gave them, with what they settled."""
    rows = live(visible(viewer, Payment.objects.filter(bank_line_id=line_id))).select_related("customer")
    return list(rows.prefetch_related("allocations__instalment__invoice").order_by("pk"))


def small_differences(viewer: Viewer) -> QuerySet[Payment]:
    """Differences given up within the client's limit, not undone, the latest first."""
    rows = visible(viewer, Payment.objects.filter(kind=Payment.Kind.WRITE_OFF, idempotency_key__begins=SMALL))
    return live(rows).select_related("customer").order_by("-known_on", "-pk")


def proposals_of(viewer: Viewer, line_ids: Sequence[int]) -> dict[int, list[MatchProposal]]:
    """Open proposals of some lines, surest first, with their customers; one query."""
    return group_by_line(asked(_open_proposals, viewer, list(line_ids)))


def _open_proposals(viewer: Viewer, line_ids: list[int]) -> QuerySet[MatchProposal]:
    rows = visible(viewer, MatchProposal.objects.filter(bank_line_id__in=line_ids))
    return rows.filter(status=MatchProposal.Status.OPEN).select_related("customer")


def instalments_told(viewer: Viewer, instalment_ids: Sequence[int]) -> dict[int, Instalment]:
    """Instalments by id with their invoices and `balance_cents`, to put proposals into words; one query."""
    return {row.pk: row for row in asked(_owed, viewer, list(instalment_ids))}


def _owed(viewer: Viewer, instalment_ids: list[int]) -> QuerySet[Any]:
    rows = with_balance(visible(viewer, Instalment.objects.filter(pk__in=instalment_ids)))
    return rows.select_related("invoice")


def lines_told(keys: list[int]) -> QuerySet[Any]:
    """A question for what a page shows of `unmatched_lines`, by their keys alone: these were found through the viewer."""
    return unmatched(BankLine.objects.filter(pk__in=keys))


def payments_told(keys: list[int]) -> QuerySet[Payment]:
    """The same of `settled_payments`, with what they settled."""
    rows = Payment.objects.filter(pk__in=keys).select_related("bank_line", "customer")
    return rows.prefetch_related("allocations__instalment__invoice")
