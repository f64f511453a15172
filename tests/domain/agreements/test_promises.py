# SPDX-License-Identifier: Apache-2.0
"""A promise is judged by cash alone: tolerance, grace, and what was known on the day."""

import datetime as dt
from typing import Any

import pytest
from django.test.utils import CaptureQueriesContext

from ascolto.domain.access.models import Client
from ascolto.domain.agreements.models import Promise
from ascolto.domain.agreements.promises import judge_promises, take_promise
from ascolto.domain.agreements.queries import expected_of
from ascolto.domain.ledger.models import Payment
from ascolto.domain.outreach.models import Contact
from ascolto.domain.portfolio.models import Customer, Instalment, Invoice
from ascolto.domain.records.errors import Refused
from ascolto.domain.records.models import TrailEntry
from ascolto.engine.evidence import Expected

MADE = dt.date(2026, 11, 2)
DUE = dt.date(2026, 11, 10)


@pytest.fixture
def owes(carla: Customer) -> Customer:
    """Carla owes 300 euro since October."""
    return owing(carla, "F1")


def owing(customer: Customer, number: str, cents: int = 30_000) -> Customer:
    invoice = Invoice.objects.create(
        client=customer.client,
        customer=customer,
        number=number,
        issued_on=dt.date(2026, 9, 1),
        total_cents=cents,
        payable_cents=cents,
    )
    Instalment.objects.create(
        client=customer.client,
        customer=customer,
        invoice=invoice,
        due_on=dt.date(2026, 10, 1),
        amount_cents=cents,
    )
    return customer


def promise(customer: Customer, **said: Any) -> Promise:
    usual = {"amount_cents": 10_000, "due_on": DUE, "as_of": MADE, "actor": "ada"}
    return take_promise(client=customer.client, customer=customer, **{**usual, **said})  # type: ignore[arg-type]


def pay(customer: Customer, cents: int, paid_on: dt.date, known_on: dt.date | None = None, **more: Any) -> Payment:
    return Payment.objects.create(
        client=customer.client, customer=customer, paid_on=paid_on, known_on=known_on or paid_on, amount_cents=cents,
        idempotency_key=f"{Payment.objects.count()}", author="bank", **more,
    )  # fmt: skip


def judge(customer: Customer, as_of: dt.date) -> dict[str, int]:
    return judge_promises(client=customer.client, as_of=as_of, actor="system:day")


@pytest.mark.parametrize(
    ("paid_cents", "paid_on", "as_of", "verdict"),
    [
        (10_000, dt.date(2026, 11, 10), dt.date(2026, 11, 10), "kept"),  # to the cent, on the day
        (9_500, dt.date(2026, 11, 10), dt.date(2026, 11, 10), "kept"),  # 95 % is kept
        (9_499, dt.date(2026, 11, 10), dt.date(2026, 11, 14), "partly"),  # a cent less is not
        (10_000, dt.date(2026, 11, 13), dt.date(2026, 11, 14), "kept"),  # within the grace
        (10_000, dt.date(2026, 11, 14), dt.date(2026, 11, 14), "broken"),  # a day after it
        (10_000, dt.date(2026, 11, 1), dt.date(2026, 11, 14), "broken"),  # before it was promised
        (10_000, dt.date(2026, 11, 2), dt.date(2026, 11, 3), "kept"),  # early is known early
        (0, dt.date(2026, 11, 10), dt.date(2026, 11, 13), "pending"),  # the grace has not passed
        (5_000, dt.date(2026, 11, 10), dt.date(2026, 11, 13), "pending"),
        (0, dt.date(2026, 11, 10), dt.date(2026, 11, 14), "broken"),
        (0, dt.date(2026, 11, 10), dt.date(2026, 12, 24), "broken"),  # missed nights are caught up
    ],
)
def test_the_verdict(owes: Customer, paid_cents: int, paid_on: dt.date, as_of: dt.date, verdict: str) -> None:
    said = promise(owes)
    if paid_cents:
        pay(owes, paid_cents, paid_on)
    judge(owes, as_of)
    said.refresh_from_db()
    assert said.status == verdict
    assert said.judged_on == (None if verdict == "pending" else as_of)


def test_a_verdict_is_said_once_and_leaves_a_trail(owes: Customer) -> None:
    promise(owes)
    pay(owes, 4_000, DUE)
    assert judge(owes, dt.date(2026, 11, 14)) == {"partly": 1}
    assert judge(owes, dt.date(2026, 11, 15)) == {}
    entry = TrailEntry.objects.get(verb="promise_judged")
    assert entry.data == {"status": "partly", "paid_cents": 4_000}


def test_only_cash_counts(owes: Customer) -> None:
    said = promise(owes)
    pay(owes, 10_000, DUE, kind="write_off", reason="small")
    judge(owes, dt.date(2026, 11, 14))
    said.refresh_from_db()
    assert said.status == "broken"


def test_money_not_yet_known_does_not_count_and_returned_money_never_did(owes: Customer) -> None:
    said = promise(owes)
    paid = pay(owes, 10_000, DUE, known_on=dt.date(2026, 11, 12))
    assert judge(owes, dt.date(2026, 11, 11)) == {}
    pay(owes, -10_000, DUE, known_on=dt.date(2026, 11, 12), reverses=paid)
    judge(owes, dt.date(2026, 11, 14))
    said.refresh_from_db()
    assert (said.status, said.paid_cents) == ("broken", 0)


def test_many_promises_take_two_reads(owes: Customer, django_assert_max_num_queries: Any) -> None:
    promise(owes)
    for number in range(30):
        other = Customer.objects.create(client=owes.client, number=f"N{number}", name="x", search_name="x")
        promise(owing(other, f"G{number}"))
    with CaptureQueriesContext(_connection()) as seen:
        judge(owes, dt.date(2026, 11, 5))
    assert len([q for q in seen if q["sql"].startswith("SELECT")]) == 2


def _connection() -> Any:
    from django.db import connection

    return connection


def test_a_new_promise_supersedes_the_pending_one(owes: Customer) -> None:
    first = promise(owes)
    second = promise(owes, amount_cents=20_000, as_of=dt.date(2026, 11, 5))
    first.refresh_from_db()
    assert (first.status, first.judged_on, second.status) == ("superseded", dt.date(2026, 11, 5), "pending")


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"amount_cents": 0}, "not_positive"),
        ({"amount_cents": -5}, "not_positive"),
        ({"amount_cents": 30_001}, "more_than_owed"),
        ({"due_on": dt.date(2026, 11, 1)}, "in_the_past"),
        ({"due_on": dt.date(2062, 11, 10)}, "too_far"),
    ],
)
def test_a_promise_that_makes_no_sense_is_refused(owes: Customer, said: dict[str, Any], code: str) -> None:
    kept = promise(owes)
    with pytest.raises(Refused) as no:
        promise(owes, **said)
    assert no.value.code == code
    kept.refresh_from_db()
    assert kept.status == "pending"


def test_a_promise_of_another_client_is_refused(owes: Customer, altrove: Client) -> None:
    with pytest.raises(Refused) as no:
        take_promise(client=altrove, customer=owes, amount_cents=1, due_on=DUE, actor="dario", as_of=MADE)
    assert no.value.code == "not_of_client"


def test_cash_application_is_told_what_a_promise_still_lacks(owes: Customer, altrove: Client) -> None:
    promise(owes)
    assert expected_of(owes.client_id) == [Expected(owes.pk, "promise", 10_000, DUE)]
    assert expected_of(altrove.pk) == []
    pay(owes, 9_000, MADE - dt.timedelta(days=1))
    half = pay(owes, 4_000, MADE)
    assert [said.amount_cents for said in expected_of(owes.client_id)] == [6_000], "what came before does not count"
    assert expected_of(owes.client_id, {6_000, 1}) == expected_of(owes.client_id)
    assert expected_of(owes.client_id, {10_000}) == [], "a part of it has come"
    pay(owes, 6_000, DUE)
    assert expected_of(owes.client_id) == []
    Payment.objects.create(
        client=owes.client, customer=owes, paid_on=DUE, known_on=DUE, amount_cents=-4_000, idempotency_key="r",
        author="bank", reverses=half,
    )  # fmt: skip
    assert [said.amount_cents for said in expected_of(owes.client_id)] == [4_000], "what went back is missing again"
    judge(owes, dt.date(2026, 11, 20))
    assert expected_of(owes.client_id) == []


@pytest.mark.parametrize("channel", Promise.Channel.values)
def test_a_promise_comes_by_any_channel_with_who_said_it(owes: Customer, channel: str) -> None:
    taken = promise(owes, channel=channel, said_by=" Carla Bianchi ", words="pago venerdì")
    taken.refresh_from_db()
    assert (taken.channel, taken.who_said, taken.what_said) == (channel, "Carla Bianchi", "pago venerdì")
    assert judge(owes, dt.date(2026, 11, 14)) == {"broken": 1}, "whichever way it came, money judges it"


def test_a_promise_in_a_message_is_told_by_the_message(acqua: Client, owes: Customer) -> None:
    """What the inbox will call: the incoming message is the conversation."""
    message = Contact.objects.create(
        client=acqua, customer=owes, channel="email", direction="in", outcome="received", human=False,
        at=dt.datetime(2026, 11, 2, 9, tzinfo=dt.UTC), on_date=MADE, person="Carla", note="Pago 100 euro il 10.",
    )  # fmt: skip
    taken = promise(owes, channel="email", contact=message)
    assert (taken.who_said, taken.what_said) == ("Carla", "Pago 100 euro il 10.")


def test_no_promise_comes_by_a_way_that_nobody_knows(owes: Customer) -> None:
    with pytest.raises(Refused) as no:
        promise(owes, channel="pigeon")
    assert no.value.code == "unknown_channel"
    assert not Promise.objects.exists()
