# SPDX-License-Identifier: Apache-2.0
"""The lines that may wait: the database keeps the few, and those who wait are the same as by asking every line."""

import datetime as dt
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ascolto.domain.access.models import Client
from ascolto.domain.ledger import guards, waiting
from ascolto.domain.ledger.cash import apply_cash, assign_line, set_aside, take_up, undo_payment
from ascolto.domain.ledger.models import BankLine, LineAside, Payment, WaitingLine
from ascolto.domain.ledger.sums import live, unmatched
from ascolto.domain.portfolio.models import Customer
from ascolto.domain.records.errors import Refused

FRIDAY = dt.date(2026, 11, 20)
BY = {"actor": "bruno@acqua.test", "as_of": FRIDAY}
DEEDS = st.lists(
    st.tuples(st.sampled_from(["apply", "assign", "undo", "aside", "take_up"]), st.integers(0, 3)), max_size=8
)


def kept() -> set[int]:
    return set(WaitingLine.objects.values_list("bank_line_id", flat=True))


def asked_of_every_line() -> set[int]:
    """The slow twin: something of the line is nobody's and nobody set it aside."""
    aside = set(LineAside.objects.filter(lifts=None, lifted_by=None).values_list("bank_line_id", flat=True))
    taken = {line.pk: sum(p.amount_cents for p in line.payments.all()) for line in BankLine.objects.all()}
    return {line.pk for line in BankLine.objects.all() if taken[line.pk] != line.amount_cents} - aside


def waits() -> set[int]:
    return set(unmatched(BankLine.objects.all()).values_list("pk", flat=True))


def test_a_line_waits_until_it_is_paid_and_again_when_that_is_undone(
    acqua: Client, carla: Customer, bill: Any, bank: Any
) -> None:
    bill(carla, "2026/000123", 50_00)
    [line, out] = bank({"cents": 50_00, "text": "SALDO FATTURA 2026/123"}, {"cents": -3_00})
    assert kept() == {line.pk, out.pk}
    apply_cash(client=acqua, **BY)
    assert kept() == waits() == {out.pk}
    undo_payment(payment=Payment.objects.get(), reason="wrong", **BY)
    assert kept() == waits() == {line.pk, out.pk}


def test_a_line_set_aside_waits_no_more_until_it_is_taken_up(acqua: Client, carla: Customer, bank: Any) -> None:
    [line] = bank({"cents": 7_77})
    aside = set_aside(bank_line=line, reason="of the bank", **BY)
    assert kept() == set()
    take_up(aside=aside, **BY)
    assert kept() == waits() == {line.pk}


@pytest.mark.django_db
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(deeds=DEEDS)
def test_whatever_is_done_none_that_waits_is_missing(
    acqua: Client, carla: Customer, bill: Any, bank: Any, deeds: list[tuple[str, int]]
) -> None:
    with transaction.atomic():
        bill(carla, "2026/000123", 50_00)
        lines = bank({"cents": 50_00, "text": "FT 2026/123"}, {"cents": 8_00}, {"cents": 9_00}, {"cents": -2_00})
        for deed, pick in deeds:
            try:
                with transaction.atomic():
                    _do(deed, pick, acqua, carla, lines)
            except Refused:
                pass
            assert waits() == asked_of_every_line() <= kept()
        before = kept()
        waiting.fill(connection)
        assert kept() <= before
        assert waits() == asked_of_every_line()
        transaction.set_rollback(True)


def _do(deed: str, pick: int, client: Client, customer: Customer, lines: list[BankLine]) -> None:
    if deed == "apply":
        apply_cash(client=client, **BY)
    elif deed == "assign":
        assign_line(bank_line=lines[pick], customer=customer, parts=None, **BY)
    elif deed == "aside":
        set_aside(bank_line=lines[pick], reason="r", **BY)
    elif deed == "undo":
        for payment in live(Payment.objects.order_by("pk"))[pick : pick + 1]:
            undo_payment(payment=payment, reason="r", **BY)
    else:
        for aside in LineAside.objects.filter(lifts=None, lifted_by=None).order_by("pk")[pick : pick + 1]:
            take_up(aside=aside, **BY)


def test_a_trigger_that_is_gone_is_told(db: None) -> None:
    waiting.remove(connection)
    assert set(waiting.TRIGGERS) <= set(guards.missing(connection))
    waiting.install(connection)
    assert guards.missing(connection) == []
