# SPDX-License-Identifier: Apache-2.0
"""A customer's account over time: what was invoiced, what came in, what is left. Reads only.

Opening + movements = closing, and closing = open instalments − money on account, to the cent and as of any day. An
invoice counts from its issue, a payment from the day we knew of it: what was told on a day stays true of that day.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import Sum
from django.http import Http404

from ascolto.domain.access.viewer import Viewer, visible
from ascolto.domain.ledger.models import Allocation, Payment
from ascolto.domain.ledger.sums import with_balance
from ascolto.domain.portfolio.models import Customer, Instalment, Invoice


@dataclass(frozen=True)
class Movement:
    """One line. `kind`: invoice, interest, expenses, money, credit_note, write_off or reversed; `cents` is signed, what
    it adds to the balance; `value_on` is the day the customer paid.
    """

    on: dt.date
    kind: str
    document: str
    value_on: dt.date
    cents: int
    balance_cents: int


@dataclass(frozen=True)
class OpenItem:
    """An instalment that still owes on the day; `days` past due (negative: before)."""

    instalment_id: int
    invoice_id: int
    number: str
    issued_on: dt.date
    due_on: dt.date
    amount_cents: int
    balance_cents: int
    days: int


@dataclass(frozen=True)
class Account:
    """The account between two days, both counted, in one currency; cents. `others`: currencies told apart."""

    customer: Customer
    from_on: dt.date | None
    as_of: dt.date
    currency: str
    opening_cents: int
    movements: tuple[Movement, ...]
    items: tuple[OpenItem, ...]
    on_account_cents: int
    others: tuple[str, ...] = ()

    @property
    def closing_cents(self) -> int:
        return self.opening_cents + sum(line.cents for line in self.movements)

    @property
    def open_cents(self) -> int:
        return sum(item.balance_cents for item in self.items)

    @property
    def overdue_cents(self) -> int:
        return sum(item.balance_cents for item in self.items if item.days > 0)


def account_of(
    viewer: Viewer, customer_id: int, as_of: dt.date, *, from_on: dt.date | None = None, currency: str = "EUR"
) -> Account:
    """The account as known on `as_of`; from the beginning without `from_on`. Stranger: Http404."""
    customer = visible(viewer, Customer.objects.select_related("client")).filter(pk=customer_id).first()
    if customer is None:
        raise Http404
    own: dict[str, Any] = {"client_id": customer.client_id, "customer": customer}
    issued = Instalment.objects.filter(**own, invoice__issued_on__lte=as_of, invoice__currency=currency)
    paid = Payment.objects.filter(**own, known_on__lte=as_of, currency=currency)
    lines = sorted([*_invoiced(issued), *_paid(paid)], key=lambda line: (line[0], line[1] not in ISSUED, line[2]))
    before = [line for line in lines if from_on is not None and line[0] < from_on]
    opening = sum(line[4] for line in before)
    settled = Allocation.objects.filter(client_id=customer.client_id, instalment__in=issued, known_on__lte=as_of)
    used = settled.aggregate(s=Sum("amount_cents"))["s"] or 0
    received = paid.aggregate(s=Sum("amount_cents"))["s"] or 0
    others = Instalment.objects.filter(**own, invoice__issued_on__lte=as_of).exclude(invoice__currency=currency)
    return Account(
        customer=customer, from_on=from_on, as_of=as_of, currency=currency, opening_cents=opening,
        movements=_running(lines[len(before) :], opening), items=_open(issued, as_of), on_account_cents=received - used,
        others=tuple(others.order_by("invoice__currency").values_list("invoice__currency", flat=True).distinct()),
    )  # fmt: skip


ISSUED = ("invoice", *Invoice.CHARGES)
_Line = tuple[dt.date, str, str, dt.date, int]


def _invoiced(issued: Any) -> list[_Line]:
    by = ("invoice__issued_on", "invoice__number", "invoice_id", "invoice__kind")
    rows = issued.order_by(*by).values_list(*by).annotate(cents=Sum("amount_cents"))
    return [
        (on, kind if kind in Invoice.CHARGES else "invoice", number, on, cents) for on, number, _pk, kind, cents in rows
    ]


def _paid(paid: Any) -> list[_Line]:
    told = ("kind", "reverses_id", "credit_note__number", "bank_line__remittance", "reason")
    rows = paid.order_by("known_on", "pk").values_list("known_on", "paid_on", "amount_cents", *told)
    return [
        (on, "reversed" if reverses else kind, _said(kind, reverses, note, text, reason), value_on, -cents)
        for on, value_on, cents, kind, reverses, note, text, reason in rows
    ]


def _said(kind: str, reverses: int | None, note: str | None, text: str | None, reason: str) -> str:
    """The number of a credit note, the payer's own words for money, the reason of everything else."""
    return note or ((text or "") if kind == "money" and not reverses else reason)


def _running(lines: list[_Line], opening: int) -> tuple[Movement, ...]:
    told, balance = [], opening
    for on, kind, document, value_on, cents in lines:
        balance += cents
        told.append(Movement(on, kind, document, value_on, cents, balance))
    return tuple(told)


def _open(issued: Any, as_of: dt.date) -> tuple[OpenItem, ...]:
    rows = with_balance(issued, as_of).filter(balance_cents__gt=0).select_related("invoice").order_by("due_on", "pk")
    return tuple(
        OpenItem(
            row.pk, row.invoice_id, row.invoice.number, row.invoice.issued_on, row.due_on, row.amount_cents,
            row.balance_cents, (as_of - row.due_on).days,
        )
        for row in rows
    )  # fmt: skip
