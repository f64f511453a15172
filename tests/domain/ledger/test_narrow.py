# SPDX-License-Identifier: Apache-2.0
"""Cash application on a narrow book: the database tells whom lines could mean, and every line gets the same."""

import datetime as dt
from typing import Any

import pytest
from django.db import transaction

from ascolto.domain.access.models import Client
from ascolto.domain.ledger import book
from ascolto.domain.ledger.cash import apply_cash, assign_line, reject_match, set_aside, take_up, undo_payment
from ascolto.domain.ledger.models import Allocation, BankLine, MatchProposal, Payment
from ascolto.domain.ledger.reaching import find_reach
from ascolto.domain.portfolio.models import Account, Customer
from ascolto.engine.evidence import Expected

FRIDAY = dt.date(2026, 11, 20)
BY = {"actor": "bruno@acqua.test", "as_of": FRIDAY}
LINES: list[dict[str, Any]] = [
    {"cents": 50_00, "text": "SALDO FATTURA 2026/123", "iban": "IT12X", "name": "CARLA BIANCHI"},
    {"cents": 70_00, "text": "FT 2026/000124", "iban": "IT12X"},
    {"cents": 70_00, "text": "FT 2026/000124 di nuovo"},
    {"cents": 61_00, "iban": "IT12X", "name": "ELETTRA SRL"},
    {"cents": 33_00, "name": "ROSSI MARIO"},
    {"cents": 44_00, "text": "pago RF18 5390 0754 7034"},
    {"cents": 20_00, "text": "utenza IT001E00012345"},
    {"cents": 12_34, "text": "RATA"},
    {"cents": 9_99},
    {"cents": 50_00, "text": "SALDO FATTURA 2026/123", "iban": "IT12X", "name": "CARLA BIANCHI"},
]


def rows() -> list[Any]:
    """Everything that cash application writes, but for the ids that the database gave."""
    paid = ("bank_line", "customer", "kind", "amount_cents", "currency", "paid_on", "known_on", "reason", "author")
    taken = ("payment__bank_line", "instalment", "amount_cents", "paid_on", "known_on", "reason", "author")
    said = ("bank_line", "customer", "parts", "confidence_permille", "reasons", "status")
    return [
        list(Payment.objects.order_by("bank_line", "kind", "amount_cents").values_list(*paid)),
        list(Allocation.objects.order_by("payment__bank_line", "instalment", "amount_cents").values_list(*taken)),
        list(MatchProposal.objects.order_by("bank_line", "customer").values_list(*said)),
    ]


def world(carla: Customer, elena: Customer, bill: Any, bank: Any) -> list[BankLine]:
    Account.objects.create(client=carla.client, customer=elena, number="IT001E00012345")
    bill(carla, "2026/000123", 50_00)
    bill(carla, "2026/000124", 70_00, 61_00)
    bill(elena, "FPR 45/26", 61_00, reference="RF18539007547034")
    bill(elena, "2026/000200", 44_00)
    for n in range(5):
        one = Customer.objects.create(
            client=carla.client, number=f"R{n}", name="Mario Rossi", search_name="mario rossi"
        )
        bill(one, f"2026/0003{n}0", 33_00)
    return list(bank(*LINES))


def lived(
    few: int, small: int, monkeypatch: pytest.MonkeyPatch, lines: list[BankLine], client: Client, carla: Customer
) -> Any:
    """What stands after a night, what people said of its lines, and another night; nothing of it stays."""
    monkeypatch.setattr(book, "FEW", few)
    monkeypatch.setattr(book, "SMALL", small)
    expected = [Expected(carla.pk, "plan", 12_34, FRIDAY)]
    with transaction.atomic():
        apply_cash(client=client, expected=expected, **BY)
        first = rows()
        reject_match(proposal=MatchProposal.objects.filter(status="open").earliest("bank_line", "customer"), **BY)
        assign_line(bank_line=lines[8], customer=carla, parts=None, amount_cents=5_00, expected=expected, **BY)
        undo_payment(payment=Payment.objects.filter(bank_line=lines[0], amount_cents__gt=0).get(), reason="r", **BY)
        take_up(aside=set_aside(bank_line=lines[2], reason="r", **BY), **BY)
        report = apply_cash(client=client, expected=expected, **BY)
        found = (first, rows(), report.settled, report.waiting)
        transaction.set_rollback(True)
    return found


def test_the_night_and_what_people_say_are_the_same_on_a_narrow_book(
    acqua: Client, carla: Customer, elena: Customer, bill: Any, bank: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = world(carla, elena, bill, bank)
    whole = lived(20_000, 1_000, monkeypatch, lines, acqua, carla)
    narrow = lived(0, 1_000, monkeypatch, lines, acqua, carla)
    kept = lived(20_000, 0, monkeypatch, lines, acqua, carla)
    assert whole == narrow
    assert whole == kept
    assert len(whole[0][0]) > 2, "something settled"
    assert len(whole[0][2]) > len(whole[0][0]), "and something waits"


def test_only_whom_a_line_could_mean_is_brought_in_and_nobody_of_another_client(
    acqua: Client, altrove: Client, carla: Customer, elena: Customer, bill: Any, bank: Any
) -> None:
    bill(carla, "2026/000123", 50_00)
    bill(elena, "2026/000999", 70_00)
    dario = Customer.objects.create(client=altrove, number="D1", name="Dario Neri", search_name="dario neri")
    bill(dario, "2026/000123", 50_00)
    [line] = bank({"cents": 50_00, "text": "FT 2026/123 DARIO NERI"})
    said = [book.line_of(line, line.amount_cents)]
    found = find_reach(acqua.pk, FRIDAY, said, [], [], alone=False)
    assert [person.customer_id for person in found.people] == [carla.pk]
    assert list(found.balances.values()) == [50_00]
    assert found.left.customers == 1
