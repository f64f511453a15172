# SPDX-License-Identifier: Apache-2.0
"""The client's rule of settling: dated, recorded; small differences given up within it, listed and undone."""

import datetime as dt
from typing import Any

import pytest

from ascolto.domain.access.models import Client
from ascolto.domain.access.viewer import Viewer
from ascolto.domain.ledger.actions import post_payment, reverse_payment
from ascolto.domain.ledger.cash import apply_cash
from ascolto.domain.ledger.check import problems
from ascolto.domain.ledger.models import CashRule, Payment
from ascolto.domain.ledger.queries import small_differences
from ascolto.domain.ledger.rules import rule_on, set_rule
from ascolto.domain.portfolio.models import Customer
from ascolto.domain.records.errors import Refused
from ascolto.domain.records.models import TrailEntry
from ascolto.engine.settling import BY_LAW, CAPITAL_FIRST, USUAL, Rule

FRIDAY = dt.date(2026, 11, 20)
BY = {"actor": "bruno@acqua.test", "as_of": FRIDAY}


def limit(client: Client, cents: int = 50, permille: int = 10) -> None:
    set_rule(client=client, order=CAPITAL_FIRST, small_cents=cents, small_permille=permille, **BY)


def test_a_rule_holds_from_its_day_on_and_the_trail_tells_what_was_before(acqua: Client, altrove: Client) -> None:
    assert rule_on(acqua.pk, FRIDAY) == USUAL
    set_rule(client=acqua, order=BY_LAW, small_cents=0, small_permille=0, **BY)
    set_rule(client=acqua, order=BY_LAW, small_cents=0, small_permille=0, **BY)
    assert CashRule.objects.count() == 1, "the same again is nothing new"
    assert rule_on(acqua.pk, FRIDAY - dt.timedelta(days=1)) == USUAL
    assert rule_on(acqua.pk, FRIDAY + dt.timedelta(days=400)) == Rule(BY_LAW)
    limit(acqua)
    assert rule_on(acqua.pk, FRIDAY) == Rule(cents=50, permille=10)
    assert rule_on(altrove.pk, FRIDAY) == USUAL
    told = TrailEntry.objects.filter(verb="cash_rule_set").order_by("pk").first()
    assert told is not None
    assert told.data["to"]["order"] == list(BY_LAW)


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"order": ("capital", "interest")}, "unknown_order"),
        ({"order": ("capital", "interest", "interest")}, "unknown_order"),
        ({"small_cents": 100_01}, "not_small"),
        ({"small_permille": 101}, "not_small"),
        ({"small_cents": -1}, "not_small"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(acqua: Client, said: dict[str, Any], code: str) -> None:
    asked: dict[str, Any] = {"order": CAPITAL_FIRST, "small_cents": 0, "small_permille": 0, **said}
    with pytest.raises(Refused) as no:
        set_rule(client=acqua, **asked, **BY)
    assert no.value.code == code
    assert not CashRule.objects.exists()


@pytest.mark.parametrize(("paid", "left"), [(49_50, 0), (49_49, 51), (49_99, 0), (30_00, 20_00)])
def test_an_underpayment_closes_within_the_limit_and_never_beyond(
    acqua: Client, carla: Customer, bill: Any, balance: Any, paid: int, left: int
) -> None:
    limit(acqua)
    item = bill(carla, "2026/000123", 50_00)
    post_payment(
        client=acqua, customer_id=carla.pk, amount_cents=paid, paid_on=FRIDAY, parts=None, idempotency_key="k", **BY
    )
    assert (balance(item), problems([acqua.pk])) == (left, [])


def test_without_a_rule_a_cent_stays_open(acqua: Client, carla: Customer, bill: Any, balance: Any) -> None:
    item = bill(carla, "2026/000123", 50_00)
    post_payment(
        client=acqua, customer_id=carla.pk, amount_cents=49_99, paid_on=FRIDAY, parts=None, idempotency_key="k", **BY
    )
    assert balance(item) == 1


def test_the_night_gives_up_within_the_limit_and_leaves_too_much_on_account_without_asking(
    acqua: Client, carla: Customer, elena: Customer, bill: Any, bank: Any, balance: Any, as_bruno: Viewer,
    as_dario: Viewer,
) -> None:  # fmt: skip
    limit(acqua)
    less, more = bill(carla, "2026/000123", 50_00), bill(elena, "2026/000124", 60_00)
    bank(
        {"cents": 49_60, "text": "FT 2026/000123", "name": "CARLA BIANCHI"},
        {"cents": 60_40, "name": "ELETTRA SRL", "text": "SALDO FATTURA 2026/000124"},
    )
    assert apply_cash(client=acqua, **BY).settled == 2
    assert (balance(less), balance(more)) == (0, 0)
    [given] = small_differences(as_bruno)
    assert (given.amount_cents, given.customer, given.kind) == (40, carla, "write_off")
    assert not small_differences(as_dario).exists()
    assert problems([acqua.pk]) == []


def test_what_was_given_up_comes_back_with_its_payment_or_by_itself(
    acqua: Client, carla: Customer, bill: Any, balance: Any, as_bruno: Viewer
) -> None:
    limit(acqua)
    item = bill(carla, "2026/000123", 50_00)
    told = {"client": acqua, "customer_id": carla.pk, "paid_on": FRIDAY, "parts": None, **BY}
    payment = post_payment(amount_cents=49_60, idempotency_key="k", **told)
    reverse_payment(payment=small_differences(as_bruno).get(), reason="ask after all", **BY)
    assert balance(item) == 40
    reverse_payment(payment=payment, reason="wrong", **BY)
    assert balance(item) == 50_00
    again = post_payment(amount_cents=49_60, idempotency_key="again", **told)
    assert balance(item) == 0
    reverse_payment(payment=again, reason="wrong", **BY)
    assert (balance(item), small_differences(as_bruno).count(), problems([acqua.pk])) == (50_00, 0, [])
    assert sum(p.amount_cents for p in Payment.objects.all()) == 0
