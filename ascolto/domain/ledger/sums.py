# SPDX-License-Identifier: Apache-2.0
"""What derives from allocations: balances of instalments, what a payment has left, which payments stand."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.db.models import BigIntegerField, Exists, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from ascolto.domain.ledger.models import Allocation, BankLine, LineAside, Payment
from ascolto.domain.portfolio.models import Instalment
from ascolto.engine.allocate import Item


def _total(rows: QuerySet[Allocation], by: str, counted: Q | None = None) -> Coalesce:
    summed = rows.order_by().values(by).annotate(total=Sum("amount_cents", filter=counted)).values("total")
    return Coalesce(Subquery(summed, output_field=BigIntegerField()), 0, output_field=BigIntegerField())


def settled_of_instalment(as_of: dt.date | None = None) -> Coalesce:
    """Expression on Instalment: cents settled, as known on `as_of` (None: all that is written)."""
    rows = Allocation.objects.filter(client_id=OuterRef("client_id"), instalment_id=OuterRef("pk"))
    return _total(rows if as_of is None else rows.filter(known_on__lte=as_of), "instalment_id")


def paid_by(as_of: dt.date) -> Coalesce:
    """Expression on Instalment: cents settled by what was paid up to `as_of`, whenever we learnt of it (figures)."""
    rows = Allocation.objects.filter(client_id=OuterRef("client_id"), instalment_id=OuterRef("pk"))
    # The day stands in the sum, not in the search: SQLite would else walk the index by date for every instalment.
    return _total(rows, "instalment_id", Q(paid_on__lte=as_of))


def spent_of_payment(as_of: dt.date | None = None) -> Coalesce:
    """Expression on Payment: cents of it that its allocations have taken."""
    rows = Allocation.objects.filter(client_id=OuterRef("client_id"), payment_id=OuterRef("pk"))
    return _total(rows if as_of is None else rows.filter(known_on__lte=as_of), "payment_id")


def with_balance(rows: QuerySet[Instalment], as_of: dt.date | None = None) -> QuerySet[Any]:
    """`rows` annotated `balance_cents`."""
    return rows.annotate(balance_cents=F("amount_cents") - settled_of_instalment(as_of))


def live(rows: QuerySet[Payment]) -> QuerySet[Payment]:
    """Payments that stand: no reversals, and none reversed.

    A reversal is told by its sign: asked for `reverses IS NULL`, SQLite would walk that index, which is nearly
    the whole table, instead of the one that the caller's filter is for.
    """
    return rows.filter(amount_cents__gt=0, reversed_by__isnull=True)


def open_items(
    client_id: int,
    customer_ids: Iterable[int] | None = None,
    currency: str | None = None,
    paid_lately: Q | None = None,
) -> list[Item]:
    """What is open now of a client (or of some customers), as the engine wants it, oldest due first.

    `paid_lately`: a condition under which instalments with nothing left are told as well.
    """
    rows = Instalment.objects.filter(client_id=client_id)
    if customer_ids is not None:
        rows = rows.filter(customer_id__in=list(customer_ids))
    if currency is not None:
        rows = rows.filter(invoice__currency=currency)
    wanted = Q(balance_cents__gt=0)
    if paid_lately is not None:
        wanted |= Q(pk__in=Instalment.objects.filter(paid_lately, client_id=client_id).values("pk"))
    columns = (
        "pk",
        "invoice_id",
        "customer_id",
        "invoice__number",
        "due_on",
        "balance_cents",
        "invoice__currency",
        "amount_cents",
    )
    found = with_balance(rows).filter(wanted).order_by("due_on", "pk")
    return [
        Item(pk, invoice, customer, number, due_on, cents, currency, tuple(dict.fromkeys(filter(None, said))), amount)
        for pk, invoice, customer, number, due_on, cents, currency, amount, *said in found.values_list(
            *columns, "reference", "invoice__reference"
        )
    ]


def items_of(client_id: int, customer_id: int, currency: str) -> list[Item]:
    """What one customer owes now in one currency, oldest due first."""
    return open_items(client_id, [customer_id], currency)


def unmatched(rows: QuerySet[BankLine]) -> QuerySet[BankLine]:
    """Bank lines of `rows` that no standing payment is made of and that nobody set aside (either sign)."""
    own = {"client_id": OuterRef("client_id"), "bank_line_id": OuterRef("pk")}
    paid = live(Payment.objects.filter(**own))
    aside = LineAside.objects.filter(lifts__isnull=True, lifted_by__isnull=True).values("bank_line_id")
    # Of the few that may wait (waiting.py), those that do.
    return rows.filter(waiting__isnull=False).filter(~Exists(paid)).exclude(pk__in=aside)
