# SPDX-License-Identifier: Apache-2.0
"""A hold is a dated interval with a reason and an author; lifting ends it without forgetting it."""

import datetime as dt
from typing import Any

import pytest

from ascolto.domain.access.viewer import Viewer
from ascolto.domain.portfolio.holds import current_holds, lift_hold, place_hold
from ascolto.domain.portfolio.models import Customer, Hold, Invoice
from ascolto.domain.records.errors import Refused
from ascolto.domain.records.models import TrailEntry

TODAY = dt.date(2026, 11, 20)
TOMORROW = dt.date(2026, 11, 21)


def held(customer: Customer, **said: Any) -> Hold:
    usual: dict[str, Any] = {
        "reason": "Lutto in famiglia",
        "from_on": TODAY,
        "until_on": dt.date(2026, 12, 4),
        "actor": "ada",
        "as_of": TODAY,
    }
    return place_hold(customer=customer, **{**usual, **said})


@pytest.mark.parametrize(
    ("on", "count"),
    [(dt.date(2026, 11, 19), 0), (TODAY, 1), (dt.date(2026, 12, 4), 1), (dt.date(2026, 12, 5), 0)],
)
def test_both_ends_are_held(carla: Customer, as_ada: Viewer, on: dt.date, count: int) -> None:
    held(carla)
    assert current_holds(as_ada, on).count() == count


def test_lifted_today_is_free_today(carla: Customer, as_ada: Viewer) -> None:
    hold = held(carla, until_on=None)
    lift_hold(hold=hold, actor="bruno", as_of=TODAY, why="Ha chiamato lei")
    assert not current_holds(as_ada, TODAY).exists()
    assert [entry.why for entry in TrailEntry.objects.order_by("pk")] == [
        "Lutto in famiglia",
        "Ha chiamato lei",
    ]
    with pytest.raises(Refused) as twice:
        lift_hold(hold=hold, actor="bruno", as_of=TODAY)
    assert twice.value.code == "already_over"


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"reason": " "}, "no_reason"),
        ({"until_on": dt.date(2026, 11, 19)}, "ends_before_start"),
        ({"from_on": dt.date(2026, 11, 1), "until_on": dt.date(2026, 11, 19)}, "already_over"),
    ],
)
def test_what_cannot_be_is_refused(carla: Customer, said: dict[str, Any], code: str) -> None:
    with pytest.raises(Refused) as no:
        held(carla, **said)
    assert no.value.code == code
    assert not Hold.objects.exists()


def test_what_is_held_already_is_not_held_twice_but_may_be_held_longer(carla: Customer) -> None:
    held(carla)
    with pytest.raises(Refused) as no:
        held(carla, from_on=TOMORROW)
    assert no.value.code == "held_already"
    held(carla, until_on=None)
    assert Hold.objects.count() == 2


def test_one_invoice_is_held_apart_from_the_customer(carla: Customer) -> None:
    bill = Invoice.objects.create(
        client=carla.client, customer=carla, number="F1", issued_on=TODAY, total_cents=1, payable_cents=1
    )
    other = Customer.objects.create(client=carla.client, number="C2", name="Altra", search_name="altra")
    held(carla, invoice=bill)
    held(carla)
    with pytest.raises(Refused) as no:
        held(other, invoice=bill)
    assert no.value.code == "not_of_customer"
