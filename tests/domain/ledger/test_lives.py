# SPDX-License-Identifier: Apache-2.0
"""Random lives: whatever is paid, undone, credited or written off in whatever order, the books balance."""

import datetime as dt
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ascolto.domain.access.models import Client
from ascolto.domain.access.viewer import system_viewer
from ascolto.domain.ledger.account import account_of
from ascolto.domain.ledger.actions import (
    apply_credit_notes,
    apply_on_account,
    post_payment,
    reverse_payment,
    write_off,
)
from ascolto.domain.ledger.cash import assign_line, undo_line
from ascolto.domain.ledger.charges import charge_costs, withdraw_charge
from ascolto.domain.ledger.check import problems
from ascolto.domain.ledger.models import Allocation, BankLine, Charge, Payment
from ascolto.domain.ledger.rules import set_rule
from ascolto.domain.ledger.statements import EntryIn, StatementIn, receive_statement
from ascolto.domain.ledger.sums import live, with_balance
from ascolto.domain.portfolio.models import Customer, Instalment, Invoice
from ascolto.domain.records.errors import Refused
from ascolto.engine.settling import BY_LAW, CAPITAL_FIRST

FRIDAY = dt.date(2026, 11, 20)
DEEDS = st.lists(
    st.tuples(
        st.sampled_from(
            [
                "invoice",
                "pay",
                "pay_to",
                "undo",
                "credit",
                "on_account",
                "write_off",
                "charge",
                "withdraw",
                "rule",
                "line",
            ]
        ),
        st.integers(1, 100_00),
        st.integers(0, 5),
    ),
    min_size=1,
    max_size=12,
)


class Life:
    """One client's ledger, lived deed by deed."""

    def __init__(self, client: Client, customer: Customer) -> None:
        self.client, self.customer, self.number = client, customer, 0

    @property
    def by(self) -> dict[str, Any]:
        """Every deed is done on a day of its own."""
        return {"actor": "x", "as_of": FRIDAY + dt.timedelta(days=self.number)}

    def do(self, deed: str, cents: int, pick: int) -> None:
        self.number += 1
        getattr(self, deed)(cents, pick)

    def invoice(self, cents: int, pick: int, kind: str = "invoice") -> Invoice:
        day = FRIDAY - dt.timedelta(days=10 * pick)
        invoice = Invoice.objects.create(
            client=self.client, customer=self.customer, kind=kind, number=f"{kind} {self.number}", issued_on=day,
            total_cents=cents, payable_cents=cents,
        )  # fmt: skip
        if kind == "invoice":
            Instalment.objects.create(
                client=self.client, customer=self.customer, invoice=invoice, due_on=day, amount_cents=cents
            )
        return invoice

    def pay(self, cents: int, _pick: int, parts: Any = None) -> None:
        post_payment(
            client=self.client, customer_id=self.customer.pk, amount_cents=cents, paid_on=FRIDAY, parts=parts,
            idempotency_key=str(self.number), **self.by,
        )  # fmt: skip

    def pay_to(self, cents: int, pick: int) -> None:
        self.pay(cents, pick, [(i.pk, cents) for i in self.instalments()[pick : pick + 1]])

    def undo(self, _cents: int, pick: int) -> None:
        for payment in Payment.objects.order_by("-pk")[pick : pick + 1]:
            reverse_payment(payment=payment, reason="wrong", **self.by)

    def credit(self, cents: int, pick: int) -> None:
        self.invoice(cents, pick, kind="credit_note")
        apply_credit_notes(client=self.client, **self.by)

    def on_account(self, _cents: int, _pick: int) -> None:
        apply_on_account(client=self.client, **self.by)

    def write_off(self, cents: int, pick: int) -> None:
        for instalment in self.instalments()[pick : pick + 1]:
            write_off(
                client=self.client, instalment=instalment, amount_cents=cents, reason="small",
                idempotency_key=str(self.number), **self.by,
            )  # fmt: skip

    def charge(self, cents: int, pick: int) -> None:
        for invoice in Invoice.objects.filter(kind="invoice").order_by("pk")[pick : pick + 1]:
            charge_costs(
                customer=self.customer,
                invoice=invoice,
                cents=cents,
                reason="letter",
                due_on=self.by["as_of"],
                **self.by,
            )

    def withdraw(self, _cents: int, pick: int) -> None:
        for charge in Charge.objects.order_by("pk")[pick : pick + 1]:
            withdraw_charge(charge=charge, why="agreed", **self.by)

    def rule(self, cents: int, pick: int) -> None:
        """From here on by law, or capital first; what lacks up to a tenth is given up, or nothing."""
        order = BY_LAW if pick % 2 else CAPITAL_FIRST
        set_rule(client=self.client, order=order, small_cents=cents, small_permille=100 * (pick > 2), **self.by)

    def line(self, cents: int, pick: int) -> None:
        """A part of a bank line of a hundred euros; a part too much is refused."""
        known = BankLine.objects.filter(client=self.client).first()
        if known is None:
            entry = EntryIn(booked_on=FRIDAY, amount_cents=100_00)
            told = StatementIn(self.client.iban, "1", "EUR", None, None, None, None, (entry,))
            statement = receive_statement(client=self.client, statement=told, batch_id=None, **self.by)
            known = BankLine.objects.get(statement=statement)
        if pick > 3:
            undo_line(bank_line=known, reason="wrong", **self.by)
        else:
            assign_line(bank_line=known, customer=self.customer, parts=None, amount_cents=cents, **self.by)

    def instalments(self) -> list[Instalment]:
        return list(with_balance(Instalment.objects.filter(client=self.client)).order_by("pk"))


@pytest.mark.django_db
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(deeds=DEEDS)
def test_the_books_always_balance_and_reversing_everything_gives_back_all(
    acqua: Client, carla: Customer, deeds: list[tuple[str, int, int]]
) -> None:
    from django.db import transaction

    with transaction.atomic():
        _live(Life(acqua, carla), deeds)
        transaction.set_rollback(True)


def _live(life: Life, deeds: list[tuple[str, int, int]]) -> None:
    for deed in deeds:
        before = [i.balance_cents for i in life.instalments()]
        try:
            life.do(*deed)
        except Refused:
            assert [i.balance_cents for i in life.instalments()] == before, "a refusal leaves no trace"
        assert problems([life.client.pk]) == []
        money = sum(p.amount_cents for p in Payment.objects.all())
        assert 0 <= sum(a.amount_cents for a in Allocation.objects.all()) <= money
    _as_of_any_day(life)
    for payment in live(Payment.objects.all()):
        reverse_payment(payment=payment, reason="all back", **life.by)
    assert problems([life.client.pk]) == []
    assert sum(a.amount_cents for a in Allocation.objects.all()) == 0
    assert sum(p.amount_cents for p in Payment.objects.all()) == 0
    assert all(i.balance_cents == i.amount_cents for i in life.instalments())
    _as_of_any_day(life)


def _as_of_any_day(life: Life) -> None:
    """On every day the account ties: what moved is what was left, and what was told of a day stays true of it."""
    viewer, balance = system_viewer("x", [life.client.pk]), 0
    whole = account_of(viewer, life.customer.pk, FRIDAY + dt.timedelta(days=life.number))
    assert whole.closing_cents == whole.open_cents - whole.on_account_cents
    for on in sorted({line.on for line in whole.movements}):
        told = account_of(viewer, life.customer.pk, on)
        balance += sum(line.cents for line in whole.movements if line.on == on)
        assert told.closing_cents == balance == told.open_cents - told.on_account_cents
