# SPDX-License-Identifier: Apache-2.0
"""What derives from allocations: balances of instalments, what a payment has left, which payments stand."""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import BigIntegerField, Exists, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from ascolto.domain.ledger.models import Allocation, BankLine, Charge, LineAside, Payment
from ascolto.domain.portfolio.identities import chunks
from ascolto.domain.portfolio.models import Instalment, Invoice
from ascolto.engine.allocate import Item
from ascolto.engine.settling import CAPITAL, EXPENSES, INTEREST

DEBT_OF: dict[str, str] = {Invoice.Kind.INTEREST: INTEREST, Invoice.Kind.EXPENSES: EXPENSES}
"""What a document of each kind is for the order of settlement; all others are capital."""


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
    found = with_balance(rows).filter(wanted).order_by("due_on", "pk")
    return _as_items(client_id, found.values_list("balance_cents", *_TOLD))


def items_owing(client_id: int, balances: Mapping[int, int]) -> list[Item]:
    """The instalments that stand in `balances`, with what each still owes, oldest due first."""
    rows: list[tuple[Any, ...]] = []
    for some in chunks(balances):
        told = Instalment.objects.filter(client_id=client_id, pk__in=some).values_list(*_TOLD)
        rows += ((balances[row[0]], *row) for row in told)
    return sorted(_as_items(client_id, rows), key=lambda item: (item.due_on, item.instalment_id))


_TOLD = (
    "pk", "invoice_id", "customer_id", "invoice__number", "due_on", "invoice__currency", "amount_cents", "invoice__kind",
    "reference", "invoice__reference",
)  # fmt: skip


def _as_items(client_id: int, rows: Iterable[tuple[Any, ...]]) -> list[Item]:
    items = [
        Item(
            pk, invoice, customer, number, due_on, cents, currency, tuple(dict.fromkeys(filter(None, said))), amount,
            DEBT_OF.get(kind, CAPITAL),
        )
        for cents, pk, invoice, customer, number, due_on, currency, amount, kind, *said in rows
    ]  # fmt: skip
    _tie_charges(client_id, [item for item in items if item.kind != CAPITAL])
    return items


def _tie_charges(client_id: int, charges: list[Item]) -> None:
    """Each charge knows the invoice that it is about."""
    if charges:
        about = dict(Charge.objects.filter(client_id=client_id).values_list("instalment_id", "of_invoice_id"))
        for item in charges:
            item.of_invoice_id = about.get(item.instalment_id, 0)


def items_of(client_id: int, customer_id: int, currency: str) -> list[Item]:
    """What one customer owes now in one currency, oldest due first."""
    return open_items(client_id, [customer_id], currency)


def assigned_of_line() -> Coalesce:
    """Expression on BankLine: cents of it that standing payments have; a reversal is a negative payment of the line."""
    rows = Payment.objects.filter(client_id=OuterRef("client_id"), bank_line_id=OuterRef("pk"))
    summed = rows.order_by().values("bank_line_id").annotate(total=Sum("amount_cents")).values("total")
    return Coalesce(Subquery(summed, output_field=BigIntegerField()), 0, output_field=BigIntegerField())


def unmatched(rows: QuerySet[BankLine]) -> QuerySet[Any]:
    """Bank lines of `rows` (either sign) of which something is nobody's yet and that nobody set aside; annotated
    `left_cents`."""
    left = rows.annotate(left_cents=F("amount_cents") - assigned_of_line()).exclude(left_cents=0)
    aside = LineAside.objects.filter(client_id=OuterRef("client_id"), bank_line_id=OuterRef("pk"))
    # Of the few that may wait (waiting.py), those that do; each asks for its own asides, which are many in all.
    return left.filter(~Exists(aside.filter(lifts__isnull=True, lifted_by__isnull=True)), waiting__isnull=False)
