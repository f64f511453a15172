# SPDX-License-Identifier: Apache-2.0
"""Small verbs to tell a ledger story with: bill, bank, balance."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.db.models import Sum

from ascolto.domain.access.models import Client
from ascolto.domain.ledger.models import Allocation, BankLine
from ascolto.domain.ledger.statements import EntryIn, StatementIn, receive_statement
from ascolto.domain.portfolio.models import Customer, Instalment, Invoice

FRIDAY = dt.date(2026, 11, 20)


@pytest.fixture
def bill() -> Callable[..., Instalment]:
    """`bill(carla, "2026/100", 50_00, due="2026-10-01")`: one invoice with one instalment, or several `cents`."""

    def make(customer: Customer, number: str, *cents: int, due: str = "2026-10-01", **fields: Any) -> Instalment:
        day = dt.date.fromisoformat(due)
        invoice = Invoice.objects.create(
            client=customer.client,
            customer=customer,
            number=number,
            issued_on=day - dt.timedelta(days=30),
            total_cents=sum(cents),
            payable_cents=sum(cents),
            **fields,
        )
        rows = [
            Instalment.objects.create(
                client=customer.client,
                customer=customer,
                invoice=invoice,
                position=n,
                amount_cents=amount,
                due_on=day + dt.timedelta(days=30 * (n - 1)),
            )
            for n, amount in enumerate(cents, start=1)
        ]
        return rows[0]

    return make


@pytest.fixture
def bank(acqua: Client) -> Callable[..., list[BankLine]]:
    """`bank({"cents": 50_00, "text": "FT 2026/100"}, ...)`: the lines of one statement of Acqua's account."""
    numbers = iter(range(1, 1000))

    def make(*entries: dict[str, Any], client: Client = acqua) -> list[BankLine]:
        read = tuple(
            EntryIn(
                booked_on=dt.date.fromisoformat(e.get("on", "2026-11-19")),
                amount_cents=e["cents"],
                currency=e.get("currency", "EUR"),
                remittance=e.get("text", ""),
                payer_name=e.get("name", ""),
                payer_iban=e.get("iban", ""),
                reference=e.get("reference", ""),
                bank_reference=e.get("id", ""),
                end_to_end_id=e.get("e2e", ""),
                return_code=e.get("code"),
            )
            for e in entries
        )
        statement = StatementIn("IT60X0542811101000000123456", str(next(numbers)), "EUR", None, None, None, None, read)
        kept = receive_statement(client=client, statement=statement, batch_id=None, actor="test", as_of=FRIDAY)
        assert kept is not None
        return list(BankLine.objects.filter(statement=kept).order_by("position"))

    return make


@pytest.fixture
def balance() -> Callable[[Instalment], int]:
    """What an instalment still owes, in cents, added up from its allocations."""

    def of(instalment: Instalment) -> int:
        settled = Allocation.objects.filter(instalment=instalment).aggregate(cents=Sum("amount_cents"))["cents"]
        return instalment.amount_cents - (settled or 0)

    return of


@pytest.fixture
def elena(acqua: Client) -> Customer:
    """Another customer of Acqua: a firm."""
    return Customer.objects.create(
        client=acqua, number="C002", name="Elettra S.r.l.", search_name="elettra s.r.l.", kind="business"
    )
