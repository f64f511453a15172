# SPDX-License-Identifier: Apache-2.0
"""What the database itself refuses, whoever asks: changed rows, allocations beyond payment or instalment."""

import datetime as dt
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from ascolto.domain.access.models import Client
from ascolto.domain.ledger import guards
from ascolto.domain.ledger.actions import post_payment, reverse_payment
from ascolto.domain.ledger.check import problems, verdicts
from ascolto.domain.ledger.models import Allocation, LineAside, Payment
from ascolto.domain.portfolio.models import Customer, Instalment

FRIDAY = dt.date(2026, 11, 20)
BY = {"actor": "x", "as_of": FRIDAY}


@pytest.fixture
def story(acqua: Client, carla: Customer, bill: Any, bank: Any) -> tuple[Payment, Instalment]:
    """Fifty euros owed, thirty paid and settled, one line set aside."""
    rent = bill(carla, "1", 50_00)
    [line] = bank({"cents": 1})
    LineAside.objects.create(client=acqua, bank_line=line, reason="x", author="x", known_on=FRIDAY)
    payment = post_payment(
        client=acqua, customer_id=carla.pk, amount_cents=30_00, paid_on=FRIDAY, parts=[(rent.pk, 30_00)],
        idempotency_key="k", **BY,
    )  # fmt: skip
    return payment, rent


TABLES = ("bankstatement", "bankline", "payment", "allocation", "lineaside")


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("verb", ["UPDATE ledger_{} SET client_id = client_id", "DELETE FROM ledger_{}"])
def test_rows_are_added_and_never_changed(story: Any, table: str, verb: str) -> None:
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(verb.format(table))


def allocate(payment: Payment, instalment: Instalment, cents: int, reverses: Allocation | None = None) -> None:
    with transaction.atomic():
        Allocation.objects.create(
            client_id=payment.client_id, payment=payment, instalment=instalment, amount_cents=cents, paid_on=FRIDAY,
            known_on=FRIDAY, author="x", reverses=reverses,
        )  # fmt: skip


def test_not_beyond_the_payment(story: Any, carla: Customer, bill: Any) -> None:
    payment, _rent = story
    with pytest.raises(DatabaseError, match="beyond the payment"):
        allocate(payment, bill(carla, "2", 50_00), 1)


def test_not_beyond_the_instalment(story: Any, acqua: Client, carla: Customer) -> None:
    _payment, rent = story
    rich = post_payment(
        client=acqua,
        customer_id=carla.pk,
        amount_cents=90_00,
        paid_on=FRIDAY,
        parts=[],
        idempotency_key="r",
        **BY,
    )
    with pytest.raises(DatabaseError, match="beyond the instalment"):
        allocate(rich, rent, 20_01)
    allocate(rich, rent, 20_00)


def test_not_below_zero(story: Any) -> None:
    payment, rent = story
    first = Allocation.objects.get()
    with pytest.raises(DatabaseError, match="beyond the"):
        allocate(payment, rent, -30_01, reverses=first)


def test_an_undone_payment_settles_nothing_more(story: Any) -> None:
    payment, rent = story
    reverse_payment(payment=payment, reason="wrong", **BY)
    with pytest.raises(DatabaseError, match="beyond the payment"):
        allocate(payment, rent, 1)


def test_not_across_clients(story: Any, altrove: Client) -> None:
    payment, _rent = story
    stranger = Customer.objects.create(client=altrove, number="X", name="X", search_name="x")
    invoice = stranger.invoices.create(client=altrove, number="1", issued_on=FRIDAY, total_cents=1, payable_cents=1)
    theirs = Instalment.objects.create(
        client=altrove, customer=stranger, invoice=invoice, due_on=FRIDAY, amount_cents=1_00
    )
    with pytest.raises(DatabaseError, match="beyond the"):
        allocate(payment, theirs, 1)


def test_an_invoice_does_not_shrink_below_what_was_paid(story: Any) -> None:
    _payment, rent = story
    with pytest.raises(DatabaseError, match="below what was allocated"), transaction.atomic():
        Instalment.objects.filter(pk=rent.pk).update(amount_cents=29_99)
    Instalment.objects.filter(pk=rent.pk).update(amount_cents=30_00)


def test_a_payment_is_reversed_once_and_posted_once(story: Any, acqua: Client, carla: Customer) -> None:
    payment, _rent = story
    told = {"client": acqua, "customer": carla, "paid_on": FRIDAY, "known_on": FRIDAY, "author": "x"}
    with pytest.raises(IntegrityError), transaction.atomic():
        Payment.objects.create(amount_cents=1, idempotency_key="k", **told)
    with pytest.raises(IntegrityError), transaction.atomic():
        Payment.objects.create(amount_cents=-1, idempotency_key="negative without a reversal", **told)
    with pytest.raises(IntegrityError), transaction.atomic():
        Payment.objects.create(amount_cents=1, kind="write_off", idempotency_key="without a reason", **told)
    reverse_payment(payment=payment, reason="wrong", **BY)
    with pytest.raises(IntegrityError), transaction.atomic():
        Payment.objects.create(amount_cents=-30_00, idempotency_key="twice", reverses=payment, **told)


def test_the_check_says_what_the_database_cannot_see(
    story: Any, acqua: Client, carla: Customer, elena: Customer
) -> None:
    assert problems([acqua.pk]) == []
    told = {"client": acqua, "paid_on": FRIDAY, "known_on": FRIDAY, "author": "x"}
    payment, _rent = story
    Payment.objects.create(amount_cents=-29_00, idempotency_key="half", reverses=payment, customer=carla, **told)
    line = LineAside.objects.get().bank_line
    guards.remove_latest(connection)
    for key in "ab":
        Payment.objects.create(amount_cents=1, idempotency_key=key, bank_line=line, customer=elena, **told)
    found = " ".join(problems([acqua.pk]))
    for words in ("not the negative", "was undone but 3000 cents", "of 1 cents has standing payments of 2 cents"):
        assert words in found


def test_the_check_looks_at_every_day_and_not_only_at_today(story: Any, acqua: Client) -> None:
    payment, rent = story
    first = Allocation.objects.get()
    Allocation.objects.create(
        client=acqua, payment=payment, instalment=rent, amount_cents=-30_00, paid_on=FRIDAY, author="x", reverses=first,
        known_on=FRIDAY - dt.timedelta(days=1),
    )  # fmt: skip
    found = dict(verdicts([acqua.pk]))
    broken = [words for words, problems in found.items() if problems]
    assert broken == ["This held on every day, not only today"]
    assert "On 2026-11-19 instalment" in found[broken[0]][0]


def test_the_check_misses_a_guard_that_somebody_took_away(acqua: Client) -> None:
    assert guards.missing(connection) == []
    guards.remove_later(connection)
    assert "lineaside" in " ".join(problems([acqua.pk]))


@pytest.fixture(autouse=True)
def in_english() -> Any:
    from django.utils.translation import override

    with override("en"):
        yield
