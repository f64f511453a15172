# SPDX-License-Identifier: Apache-2.0
"""Money on account: the database keeps the few payments that may have some, and misses none."""

import datetime as dt
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ascolto.domain.access.models import Client
from ascolto.domain.ledger import guards, resting
from ascolto.domain.ledger.actions import apply_on_account, post_payment, reverse_payment, write_off
from ascolto.domain.ledger.models import Allocation, MoneyLeft, Payment
from ascolto.domain.portfolio.models import Customer
from ascolto.domain.records.errors import Refused

FRIDAY = dt.date(2026, 11, 20)
BY = {"actor": "bruno@acqua.test", "as_of": FRIDAY}
DEEDS = st.lists(st.tuples(st.sampled_from(["pay", "bill", "use", "undo", "write off"]), st.integers(1, 4)), max_size=8)


def kept() -> set[int]:
    return set(MoneyLeft.objects.values_list("payment_id", flat=True))


def asked_of_every_payment() -> set[int]:
    """The slow twin: standing payments of which allocations leave something."""
    spent = dict.fromkeys(Payment.objects.values_list("pk", flat=True), 0)
    for payment_id, cents in Allocation.objects.values_list("payment_id", "amount_cents"):
        spent[payment_id] += cents
    standing = Payment.objects.filter(amount_cents__gt=0, reversed_by=None)
    return {payment.pk for payment in standing if payment.amount_cents > spent[payment.pk]}


def pay(client: Client, customer: Customer, cents: int, key: str, **by: Any) -> Payment:
    return post_payment(
        client=client, customer_id=customer.pk, amount_cents=cents, paid_on=FRIDAY, parts=None, idempotency_key=key, **BY
    )  # fmt: skip


def test_what_is_paid_too_much_rests_until_the_next_bill_takes_it(acqua: Client, carla: Customer, bill: Any) -> None:
    bill(carla, "2026/1", 50_00)
    payment = pay(acqua, carla, 80_00, "k")
    assert kept() == {payment.pk}
    bill(carla, "2026/2", 30_00)
    assert apply_on_account(client=acqua, **BY) == [carla.pk]
    assert kept() == set()


def test_what_was_paid_exactly_does_not_rest_nor_does_what_was_undone(
    acqua: Client, carla: Customer, bill: Any
) -> None:
    bill(carla, "2026/1", 50_00)
    payment = pay(acqua, carla, 50_00, "k")
    assert kept() == set()
    reverse_payment(payment=payment, reason="another's", **BY)
    assert kept() == set()
    assert apply_on_account(client=acqua, **BY) == []


@pytest.mark.django_db
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(deeds=DEEDS)
def test_whatever_is_done_no_money_left_is_missed(
    acqua: Client, carla: Customer, bill: Any, deeds: list[tuple[str, int]]
) -> None:
    with transaction.atomic():
        for n, (deed, pick) in enumerate(deeds):
            try:
                with transaction.atomic():
                    _do(deed, n, pick, acqua, carla, bill)
            except Refused:
                pass
            assert asked_of_every_payment() <= kept()
        before = kept()
        resting.fill(connection)
        assert asked_of_every_payment() == kept() <= before
        transaction.set_rollback(True)


def _do(deed: str, n: int, pick: int, client: Client, customer: Customer, bill: Any) -> None:
    if deed == "bill":
        bill(customer, f"2026/{n}", pick * 10_00)
    elif deed == "pay":
        pay(client, customer, pick * 7_00, f"k{n}")
    elif deed == "use":
        apply_on_account(client=client, **BY)
    elif deed == "undo":
        for payment in Payment.objects.filter(amount_cents__gt=0, reversed_by=None).order_by("pk")[:1]:
            reverse_payment(payment=payment, reason="r", **BY)
    else:
        item = bill(customer, f"2026/w{n}", pick * 10_00)
        write_off(client=client, instalment=item, amount_cents=5_00, reason="r", idempotency_key=f"w{n}", **BY)


def test_a_trigger_that_is_gone_is_told(db: None) -> None:
    resting.remove(connection)
    assert set(resting.TRIGGERS) <= set(guards.missing(connection))
    resting.install(connection)
    assert guards.missing(connection) == []
