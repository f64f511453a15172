# SPDX-License-Identifier: Apache-2.0
"""One bank line for several customers: never more than its amount, what is left waits, each part has its undo."""

import datetime as dt
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from ascolto.domain.access.models import Client
from ascolto.domain.access.viewer import Viewer
from ascolto.domain.ledger import guards
from ascolto.domain.ledger.cash import (
    apply_cash,
    assign_line,
    confirm_match,
    set_aside,
    take_up,
    undo_line,
    undo_payment,
)
from ascolto.domain.ledger.check import problems
from ascolto.domain.ledger.models import BankLine, MatchProposal, Payment
from ascolto.domain.ledger.queries import unmatched_lines
from ascolto.domain.ledger.sums import unmatched
from ascolto.domain.portfolio.models import Customer
from ascolto.domain.records.errors import Refused

FRIDAY = dt.date(2026, 11, 20)
BY = {"actor": "bruno@acqua.test", "as_of": FRIDAY}


@pytest.fixture
def holding(bank: Any) -> BankLine:
    """A hundred and fifty euros of somebody who pays for others."""
    return bank({"cents": 150_00, "name": "FINANZIARIA ALTA SPA", "iban": "IT77H", "e2e": "E2E-H", "text": "SALDO"})[0]


def left(line: BankLine) -> int:
    found = unmatched(BankLine.objects.filter(pk=line.pk)).first()
    return found.left_cents if found else 0


def test_a_line_is_split_and_what_is_left_waits_in_sight(
    acqua: Client, carla: Customer, elena: Customer, bill: Any, balance: Any, holding: BankLine, as_bruno: Viewer
) -> None:
    one, two = bill(carla, "2026/000123", 50_00), bill(elena, "2026/000124", 70_00)
    assign_line(bank_line=holding, customer=carla, parts=[(one.pk, 50_00)], amount_cents=50_00, **BY)
    assert (balance(one), left(holding)) == (0, 100_00)
    assert [line.pk for line in unmatched_lines(as_bruno)] == [holding.pk]
    assign_line(bank_line=holding, customer=elena, parts=[(two.pk, 70_00)], amount_cents=70_00, **BY)
    assert (balance(two), left(holding)) == (0, 30_00)
    last = assign_line(bank_line=holding, customer=elena, parts=[], **BY)
    assert (last.amount_cents, left(holding)) == (30_00, 0)
    assert [p.idempotency_key for p in Payment.objects.order_by("pk")] == [f"line:{holding.pk}:{n}" for n in range(3)]
    assert problems([acqua.pk]) == []


def test_never_beyond_the_line(acqua: Client, carla: Customer, elena: Customer, holding: BankLine) -> None:
    assign_line(bank_line=holding, customer=carla, parts=[], amount_cents=100_00, **BY)
    for cents in (50_01, 0, -1):
        with pytest.raises(Refused) as no:
            assign_line(bank_line=holding, customer=elena, parts=[], amount_cents=cents, **BY)
        assert no.value.code == "beyond_the_line"
    assign_line(bank_line=holding, customer=elena, parts=[], amount_cents=50_00, **BY)
    with pytest.raises(Refused) as no:
        assign_line(bank_line=holding, customer=elena, parts=[], amount_cents=1, **BY)
    assert no.value.code == "line_settled"


def test_the_database_holds_it_whoever_asks(acqua: Client, altrove: Client, carla: Customer, holding: BankLine) -> None:
    assign_line(bank_line=holding, customer=carla, parts=[], amount_cents=100_00, **BY)
    told: dict[str, Any] = {
        "customer": carla,
        "paid_on": FRIDAY,
        "known_on": FRIDAY,
        "author": "x",
        "bank_line": holding,
    }
    for cents, client in ((50_01, acqua), (1, altrove)):
        with pytest.raises(DatabaseError, match="beyond the bank line"), transaction.atomic():
            Payment.objects.create(client=client, amount_cents=cents, idempotency_key=f"b{cents}", **told)
    Payment.objects.create(client=acqua, amount_cents=50_00, idempotency_key="fits", **told)
    assert "payments_within_line" not in guards.missing(connection)


def test_one_part_is_undone_or_all_of_it(
    acqua: Client, carla: Customer, elena: Customer, bill: Any, balance: Any, holding: BankLine
) -> None:
    one, two = bill(carla, "2026/000123", 50_00), bill(elena, "2026/000124", 100_00)
    first = assign_line(bank_line=holding, customer=carla, parts=[(one.pk, 50_00)], amount_cents=50_00, **BY)
    assign_line(bank_line=holding, customer=elena, parts=[(two.pk, 100_00)], **BY)
    undo_payment(payment=first, reason="wrong company", **BY)
    assert (balance(one), balance(two), left(holding)) == (50_00, 0, 50_00)
    assign_line(bank_line=holding, customer=carla, parts=None, **BY)
    assert len(undo_line(bank_line=holding, reason="all wrong", **BY)) == 2
    assert (balance(one), balance(two), left(holding)) == (50_00, 100_00, 150_00)
    assert undo_line(bank_line=holding, reason="twice", **BY) == []
    assert (problems([acqua.pk]), sum(p.amount_cents for p in Payment.objects.all())) == ([], 0)


def test_the_night_proposes_for_what_is_left_and_settles_nothing_of_a_line_that_a_person_split(
    acqua: Client, carla: Customer, elena: Customer, bill: Any, holding: BankLine
) -> None:
    bill(carla, "2026/000123", 50_00)
    bill(elena, "2026/000124", 100_00)
    assign_line(bank_line=holding, customer=carla, parts=None, amount_cents=50_00, **BY)
    [open_] = MatchProposal.objects.filter(bank_line=holding, status="open")
    assert (open_.customer, open_.parts) == (elena, [[open_.parts[0][0], 100_00]])
    assert ["partly_assigned", {}] in open_.reasons
    assert apply_cash(client=acqua, **BY).settled == 0
    assert confirm_match(proposal=open_, **BY).amount_cents == 100_00
    assert (left(holding), problems([acqua.pk])) == (0, [])


def test_what_is_left_may_be_set_aside_and_taken_up_again(
    acqua: Client, carla: Customer, bill: Any, balance: Any, holding: BankLine
) -> None:
    item = bill(carla, "2026/000123", 50_00)
    assign_line(bank_line=holding, customer=carla, parts=None, amount_cents=50_00, **BY)
    aside = set_aside(bank_line=holding, reason="a loan of the holding", **BY)
    assert (left(holding), balance(item)) == (0, 0)
    with pytest.raises(Refused) as no:
        assign_line(bank_line=holding, customer=carla, parts=[], **BY)
    assert no.value.code == "line_aside"
    take_up(aside=aside, **BY)
    assert left(holding) == 100_00


def test_a_return_takes_back_all_that_was_made_of_the_line(
    acqua: Client, carla: Customer, elena: Customer, bill: Any, bank: Any, balance: Any, holding: BankLine
) -> None:
    one, two = bill(carla, "2026/000123", 50_00), bill(elena, "2026/000124", 100_00)
    assign_line(bank_line=holding, customer=carla, parts=[(one.pk, 50_00)], amount_cents=50_00, **BY)
    assign_line(bank_line=holding, customer=elena, parts=None, **BY)
    bank({"cents": -50_00, "e2e": "E2E-H", "code": "AM04"}, {"cents": -150_00, "e2e": "E2E-H", "code": "AM04"})
    report = apply_cash(client=acqua, **BY)
    assert set(report.customer_ids) == {carla.pk, elena.pk}
    assert (balance(one), balance(two), problems([acqua.pk])) == (50_00, 100_00, [])
    assert unmatched(BankLine.objects.filter(amount_cents__lt=0)).get().amount_cents == -50_00, (
        "a part waits for a person"
    )
