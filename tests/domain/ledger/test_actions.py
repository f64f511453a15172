# SPDX-License-Identifier: Apache-2.0
"""The verbs of the ledger: once each, within what is owed, and always with a way back."""

import datetime as dt
from typing import Any

import pytest

from ascolto.domain.access.models import Client
from ascolto.domain.access.viewer import Viewer
from ascolto.domain.ledger import queries
from ascolto.domain.ledger.actions import (
    apply_credit_notes,
    apply_on_account,
    post_payment,
    reverse_payment,
    write_off,
)
from ascolto.domain.ledger.check import differences, problems
from ascolto.domain.ledger.models import Allocation, BankStatement, Payment
from ascolto.domain.ledger.statements import EntryIn, StatementIn, differs_by, receive_statement
from ascolto.domain.portfolio.models import Customer, Invoice
from ascolto.domain.records.errors import Refused
from ascolto.domain.records.models import TrailEntry

FRIDAY = dt.date(2026, 11, 20)
TUESDAY = dt.date(2026, 11, 17)
BY = {"actor": "bruno@acqua.test", "as_of": FRIDAY}


def pay(customer: Customer, cents: int, key: str = "k", parts: Any = None, **other: Any) -> Payment:
    told = {
        "client": customer.client,
        "customer_id": customer.pk,
        "paid_on": TUESDAY,
        "parts": parts,
        **BY,
        **other,
    }
    return post_payment(amount_cents=cents, idempotency_key=key, **told)


def note(customer: Customer, number: str, cents: int, **fields: Any) -> Invoice:
    return Invoice.objects.create(
        client=customer.client, customer=customer, kind="credit_note", number=number, issued_on=TUESDAY,
        total_cents=cents, payable_cents=cents, **fields,
    )  # fmt: skip


def refused(do: Any) -> str:
    with pytest.raises(Refused) as refusal:
        do()
    return refusal.value.code


def test_without_parts_the_oldest_due_is_settled_first(carla: Customer, bill: Any, balance: Any) -> None:
    new, old = bill(carla, "2", 30_00, due="2026-10-01"), bill(carla, "1", 20_00, due="2026-08-01")
    pay(carla, 25_00)
    assert (balance(old), balance(new)) == (0, 25_00)


def test_the_same_key_is_the_same_payment(carla: Customer, bill: Any) -> None:
    rent = bill(carla, "1", 50_00)
    first = pay(carla, 20_00, parts=[(rent.pk, 20_00)])
    assert pay(carla, 20_00, parts=[(rent.pk, 20_00)]) == first
    assert refused(lambda: pay(carla, 21_00)) == "same_key_other_content"
    assert refused(lambda: pay(carla, 20_00, parts=[(rent.pk, 19_00)])) == "same_key_other_content"
    assert (Payment.objects.count(), Allocation.objects.count()) == (1, 1)


@pytest.mark.parametrize("cents", [0, -1])
def test_nothing_and_less_are_refused(carla: Customer, cents: int) -> None:
    assert refused(lambda: pay(carla, cents)) == "amount_not_positive"


def test_a_reversal_reopens_the_debt_and_is_there_once(carla: Customer, bill: Any, balance: Any) -> None:
    rent = bill(carla, "1", 50_00)
    payment = pay(carla, 50_00)
    twin = reverse_payment(payment=payment, reason="returned by the bank", paid_on=FRIDAY, **BY)
    assert reverse_payment(payment=payment, reason="again", **BY) == twin
    assert (twin.amount_cents, twin.paid_on, balance(rent)) == (-50_00, FRIDAY, 50_00)
    assert refused(lambda: reverse_payment(payment=twin, reason="undo the undo", **BY)) == "is_reversal"
    assert refused(lambda: reverse_payment(payment=payment, reason=" ", **BY)) == "no_reason"


def test_what_was_decided_before_did_not_know_the_payment(carla: Customer, bill: Any, as_bruno: Viewer) -> None:
    bill(carla, "1", 50_00)
    reverse_payment(payment=pay(carla, 50_00), reason="wrong", actor="x", as_of=FRIDAY + dt.timedelta(days=3))
    owed = {
        day: [i.balance_cents for i in queries.open_instalments(as_bruno, day)]
        for day in (TUESDAY, FRIDAY, FRIDAY + dt.timedelta(days=3))
    }
    assert list(owed.values()) == [[50_00], [], [50_00]]


def test_a_write_off_needs_a_reason_and_can_be_undone(carla: Customer, bill: Any, balance: Any) -> None:
    rent = bill(carla, "1", 50_00)
    told = {"client": carla.client, "instalment": rent, "amount_cents": 50_00, "idempotency_key": "w", **BY}
    assert refused(lambda: write_off(reason="", **told)) == "no_reason"
    given_up = write_off(reason="too small to ask for", **told)
    assert (given_up.kind, balance(rent)) == ("write_off", 0)
    reverse_payment(payment=given_up, reason="found them", **BY)
    assert balance(rent) == 50_00


def test_every_deed_is_in_the_trail(carla: Customer, bill: Any) -> None:
    bill(carla, "1", 50_00)
    reverse_payment(payment=pay(carla, 50_00), reason="wrong", **BY)
    assert list(TrailEntry.objects.order_by("pk").values_list("verb", "actor", "why")) == [
        ("money_posted", "bruno@acqua.test", ""),
        ("payment_reversed", "bruno@acqua.test", "wrong"),
    ]


# --- credit notes and money on account ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "left"),
    [
        ({}, (0, 80_00)),
        ({"description": "Storno fattura 2"}, (50_00, 30_00)),
        ({"reference": "2"}, (50_00, 30_00)),
    ],
    ids=["the oldest", "named in the description", "named by reference"],
)
def test_a_credit_note_settles_what_it_names_else_the_oldest(
    acqua: Client, carla: Customer, bill: Any, balance: Any, fields: dict[str, str], left: tuple[int, int]
) -> None:
    old, new = bill(carla, "1", 50_00, due="2026-08-01"), bill(carla, "2", 80_00, due="2026-10-01")
    note(carla, "NC1", 50_00, **fields)
    assert apply_credit_notes(client=acqua, **BY) == [carla.pk]
    assert apply_credit_notes(client=acqua, **BY) == []
    assert (balance(old), balance(new)) == left
    assert Payment.objects.get().idempotency_key == f"credit_note:{Invoice.objects.get(kind='credit_note').pk}"


def test_two_notes_of_one_run_see_each_other(acqua: Client, carla: Customer, bill: Any, balance: Any) -> None:
    rent = bill(carla, "1", 50_00)
    note(carla, "NC1", 30_00)
    note(carla, "NC2", 30_00)
    apply_credit_notes(client=acqua, **BY)
    assert balance(rent) == 0
    assert problems([acqua.pk]) == []


def test_what_finds_nothing_open_waits_on_account_for_the_next_invoice(
    acqua: Client, carla: Customer, elena: Customer, bill: Any, balance: Any, as_bruno: Viewer
) -> None:
    note(carla, "NC1", 30_00)
    apply_credit_notes(client=acqua, **BY)
    pay(carla, 10_00)
    assert queries.on_account_cents(as_bruno, carla.pk, FRIDAY) == 40_00
    rent, other = bill(carla, "1", 100_00), bill(elena, "2", 100_00)
    assert apply_on_account(client=acqua, **BY) == [carla.pk]
    assert apply_on_account(client=acqua, **BY) == []
    assert (balance(rent), balance(other)) == (60_00, 100_00)
    assert queries.on_account_cents(as_bruno, carla.pk, FRIDAY) == 0


def test_money_taken_back_is_not_on_account(acqua: Client, carla: Customer, bill: Any, as_bruno: Viewer) -> None:
    reverse_payment(payment=pay(carla, 10_00), reason="returned", **BY)
    bill(carla, "1", 100_00)
    assert queries.on_account_cents(as_bruno, carla.pk, FRIDAY) == 0
    assert apply_on_account(client=acqua, **BY) == []


def test_the_customers_money_as_the_page_shows_it(
    carla: Customer, bill: Any, as_bruno: Viewer, as_dario: Viewer, django_assert_max_num_queries: Any
) -> None:
    rent = bill(carla, "1", 50_00)
    reverse_payment(payment=pay(carla, 50_00, "a"), reason="wrong", **BY)
    pay(carla, 60_00, "b")
    with django_assert_max_num_queries(3):
        rows = queries.customer_money(as_bruno, carla.pk, FRIDAY)
    assert [(r.on_account_cents, r.undone is not None, [a.instalment_id for a in r.allocations]) for r in rows] == [
        (10_00, False, [rent.pk]),
        (0, True, [rent.pk]),
    ]
    from django.http import Http404

    with pytest.raises(Http404):
        queries.customer_money(as_dario, carla.pk, FRIDAY)


# --- statements -----------------------------------------------------------------------------------------------

ENTRY = EntryIn(booked_on=TUESDAY, amount_cents=50_00, remittance="x", payer_iban="it60 x054 2811")


def statement(number: str, opening: int | None, closing: int | None, *entries: EntryIn) -> StatementIn:
    return StatementIn("IT60X", number, "EUR", TUESDAY, opening, TUESDAY, closing, entries)


def test_the_same_statement_twice_is_recognised_and_two_equal_entries_are_two(acqua: Client) -> None:
    told = {"client": acqua, "statement": statement("1", 0, 100_00, ENTRY, ENTRY), "batch_id": 7, **BY}
    kept = receive_statement(**told)
    assert kept is not None
    assert [line.payer_iban for line in kept.lines.all()] == ["IT60X0542811", "IT60X0542811"]
    assert receive_statement(**told) is None
    assert (BankStatement.objects.count(), kept.entries, kept.batch_id) == (1, 2, 7)


@pytest.mark.parametrize(("closing", "differs"), [(50_00, 0), (51_00, 1_00), (None, 0)])
def test_a_statement_that_does_not_tie_is_kept_and_shown(acqua: Client, closing: int | None, differs: int) -> None:
    told = statement("1", 0, closing, ENTRY)
    assert differs_by(told) == differs
    receive_statement(client=acqua, statement=told, batch_id=None, **BY)
    assert len(differences([acqua.pk])) == (1 if differs else 0)
    assert problems([acqua.pk]) == [], "it is the bank's, not ours"


def test_a_missing_statement_is_noticed(acqua: Client, altrove: Client) -> None:
    receive_statement(client=acqua, statement=statement("1", 0, 50_00, ENTRY), batch_id=None, **BY)
    receive_statement(client=altrove, statement=statement("2", 99_00, 149_00, ENTRY), batch_id=None, **BY)
    assert differences([acqua.pk, altrove.pk]) == []
    receive_statement(client=acqua, statement=statement("3", 80_00, 130_00, ENTRY), batch_id=None, **BY)
    assert "3" in differences([acqua.pk])[0]


def test_a_very_long_name_loses_its_tail_not_its_line(acqua: Client) -> None:
    long = EntryIn(booked_on=TUESDAY, amount_cents=1, payer_name="N" * 300, bank_reference="R" * 300)
    kept = receive_statement(client=acqua, statement=statement("1", None, None, long), batch_id=None, **BY)
    assert kept is not None
    assert len(kept.lines.get().payer_name) == 200
