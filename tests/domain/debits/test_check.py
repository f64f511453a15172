# SPDX-License-Identifier: Apache-2.0
"""What was presented against the money of the ledger: it holds through a collection's whole life, and a break is found."""

import datetime as dt

import pytest

from ascolto.domain.access.viewer import Viewer
from ascolto.domain.debits.check import problems
from ascolto.domain.debits.models import Collection, CollectionOrder, Creditor, DebitMandate
from ascolto.domain.debits.outcomes import order_key
from ascolto.domain.ledger.actions import post_payment
from ascolto.domain.ledger.models import BankLine, LineAside, Payment
from ascolto.domain.portfolio.models import Customer
from ascolto.domain.strategy import cash
from tests.domain.debits.conftest import TODAY, bank, owe
from tests.domain.debits.test_collecting import collect
from tests.domain.debits.test_outcomes import bring

pytestmark = pytest.mark.django_db


@pytest.fixture
def flow(carla: Customer, creditor: Creditor, mandate: DebitMandate, as_bruno: Viewer) -> Collection:
    """Two instalments of Carla, 10.00 and 20.00, in one SDD file."""
    owe(carla, "F1", 1000)
    owe(carla, "F2", 2000)
    [made] = collect(as_bruno, carla)
    return made


def credited(flow: Collection, as_bruno: Viewer) -> None:
    bring(
        as_bruno, flow.client, bank(("2026-11-24", "30.00", "NOTPROVIDED", f"ACCREDITO SDD DISTINTA {flow.identifier}"))
    )


def test_a_file_that_is_credited_whole_and_partly_comes_back_holds(flow: Collection, as_bruno: Viewer) -> None:
    assert problems([flow.client_id]) == []
    credited(flow, as_bruno)
    assert problems([flow.client_id]) == []
    first = flow.orders.get(amount_cents=1000)
    back = bank(("2026-11-27", "-10.00", first.end_to_end_id, "INSOLUTO"), reason="AM04")
    bring(as_bruno, flow.client, back, "c.xml")
    assert problems([flow.client_id]) == []


def test_orders_paid_one_by_one_hold_and_a_second_payment_of_one_is_found(flow: Collection, as_bruno: Viewer) -> None:
    first = flow.orders.get(amount_cents=1000)
    bring(as_bruno, flow.client, bank(("2026-11-24", "10.00", first.end_to_end_id, "SDD")))
    assert Payment.objects.count() == 1
    assert problems([flow.client_id]) == []
    post_payment(
        client=flow.client, customer_id=first.customer_id, amount_cents=1000, paid_on=TODAY, parts=[],
        idempotency_key=order_key(first), actor="b", as_of=TODAY,
    )  # fmt: skip
    found = problems([flow.client_id])
    assert any(first.end_to_end_id in problem and "2000" in problem for problem in found), found
    assert any(flow.identifier in problem for problem in found), "and no credit of the bank is behind it"


def test_an_order_that_came_back_while_its_payment_stands_is_found(flow: Collection, as_bruno: Viewer) -> None:
    credited(flow, as_bruno)
    CollectionOrder.objects.filter(pk=flow.orders.get(amount_cents=2000).pk).update(state="returned")
    [found] = problems([flow.client_id])
    assert "2000" in found


def test_a_credit_of_a_file_taken_up_again_is_found(flow: Collection, as_bruno: Viewer) -> None:
    credited(flow, as_bruno)
    aside = LineAside.objects.get(bank_line=BankLine.objects.get(amount_cents=3000))
    cash.take_up(as_bruno, aside.pk, dt.date(2026, 11, 24))
    [found] = problems([flow.client_id])
    assert (flow.identifier in found, "3000" in found) == (True, True)


def test_an_order_of_another_customer_is_found_and_other_clients_are_not_asked(
    flow: Collection, carla: Customer
) -> None:
    other = Customer.objects.create(client=carla.client, number="C2", name="Ugo", search_name="ugo", kind="consumer")
    CollectionOrder.objects.filter(amount_cents=1000).update(customer=other)
    assert len(problems([carla.client_id])) == 1
    assert problems([carla.client_id + 1]) == []
