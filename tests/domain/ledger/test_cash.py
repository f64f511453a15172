# SPDX-License-Identifier: Apache-2.0
"""Cash application: the sure lines settle, the others wait for a person, everything can be undone."""

import datetime as dt
from typing import Any

import pytest

from ascolto.domain.access.models import Client
from ascolto.domain.ledger.cash import (
    apply_cash,
    assign_line,
    confirm_match,
    reject_match,
    set_aside,
    set_bar,
    take_up,
    undo_payment,
)
from ascolto.domain.ledger.check import problems
from ascolto.domain.ledger.models import MatchProposal, Payment
from ascolto.domain.portfolio.models import Customer
from ascolto.domain.records.errors import Refused
from ascolto.domain.records.models import TrailEntry

FRIDAY = dt.date(2026, 11, 20)
BY = {"actor": "bruno@acqua.test", "as_of": FRIDAY}


def test_a_line_that_names_the_invoice_and_its_amount_settles_by_itself(
    acqua: Client, carla: Customer, bill: Any, bank: Any, balance: Any
) -> None:
    rent = bill(carla, "2026/000123", 50_00)
    [line] = bank({"cents": 50_00, "text": "SALDO FATTURA 2026/123"})
    report = apply_cash(client=acqua, **BY)
    assert (report.settled, report.waiting, report.customer_ids) == (1, 0, (carla.pk,))
    assert balance(rent) == 0
    payment = Payment.objects.get()
    assert (payment.idempotency_key, payment.paid_on, payment.known_on) == (
        f"line:{line.pk}:0",
        dt.date(2026, 11, 19),
        FRIDAY,
    )
    assert payment.reason == "number, amount_named"
    kept = MatchProposal.objects.get()
    assert (kept.status, kept.reasons[0]) == ("settled", ["number", {"number": "2026/000123"}])


def test_a_second_run_changes_nothing(acqua: Client, carla: Customer, elena: Customer, bill: Any, bank: Any) -> None:
    bill(carla, "2026/000123", 50_00)
    bill(elena, "2026/000124", 70_00)
    bank({"cents": 50_00, "text": "FT 2026/123"}, {"cents": 70_00, "name": "ELETTRA SRL"}, {"cents": 3_33})
    apply_cash(client=acqua, **BY)
    before = [list(model.objects.order_by("pk").values()) for model in (Payment, MatchProposal)]
    again = apply_cash(client=acqua, **BY)
    assert again.settled == 0
    assert [list(model.objects.order_by("pk").values()) for model in (Payment, MatchProposal)] == before


def test_what_one_line_teaches_serves_the_next(acqua: Client, carla: Customer, bill: Any, bank: Any) -> None:
    """Three payments name their bills; the fourth says nothing but comes from the same account, for the same sum."""
    for month in (7, 8, 9, 10):
        bill(carla, f"2026/00{month:02}00", 50_00, due=f"2026-{month:02}-15")
    named = [{"cents": 50_00, "text": f"FT 2026/00{m:02}00", "iban": "IT12X"} for m in (7, 8, 9)]
    bank({"cents": 50_00, "text": "grazie", "iban": "IT12X", "on": "2026-11-01"}, *named)
    assert apply_cash(client=acqua, **BY).settled == 4


def test_two_customers_about_equal_wait_for_a_person(
    acqua: Client, carla: Customer, elena: Customer, bill: Any, bank: Any
) -> None:
    bill(carla, "2026/000123", 50_00)
    bill(elena, "2026/000124", 50_00)
    bank({"cents": 100_00, "text": "FATTURE 2026/123 E 2026/124"})
    report = apply_cash(client=acqua, **BY)
    assert (report.settled, report.waiting) == (0, 1)
    assert MatchProposal.objects.filter(status="open").count() == 2


def test_a_person_confirms_with_one_click_and_twice_is_once(
    acqua: Client, carla: Customer, bill: Any, bank: Any, balance: Any
) -> None:
    rent = bill(carla, "2026/000123", 50_00)
    bank({"cents": 50_00, "name": "CARLA BIANCHI"})
    assert apply_cash(client=acqua, **BY).waiting == 1
    proposal = MatchProposal.objects.get()
    first = confirm_match(proposal=proposal, **BY)
    assert confirm_match(proposal=proposal, **BY) == first
    assert (balance(rent), Payment.objects.count()) == (0, 1)
    proposal.refresh_from_db()
    assert proposal.status == "confirmed"


def test_undo_reopens_the_debt_and_the_line_waits_for_a_person(
    acqua: Client, carla: Customer, bill: Any, bank: Any, balance: Any
) -> None:
    rent = bill(carla, "2026/000123", 50_00)
    [line] = bank({"cents": 50_00, "text": "FATTURA 2026/000123"})
    apply_cash(client=acqua, **BY)
    undo_payment(payment=Payment.objects.get(), reason="another customer's", **BY)
    assert balance(rent) == 50_00
    assert apply_cash(client=acqua, **BY).settled == 0, "sure as it is, it was undone: a person decides"
    waiting = MatchProposal.objects.get(status="open")
    assert ["undone_before", {}] in waiting.reasons
    again = confirm_match(proposal=waiting, **BY)
    assert (again.idempotency_key, balance(rent)) == (f"line:{line.pk}:1", 0)
    assert problems([acqua.pk]) == []


def test_a_rejected_customer_is_not_proposed_again(acqua: Client, carla: Customer, bill: Any, bank: Any) -> None:
    bill(carla, "2026/000123", 50_00)
    bank({"cents": 50_00, "name": "CARLA BIANCHI"})
    apply_cash(client=acqua, **BY)
    reject_match(proposal=MatchProposal.objects.get(), **BY)
    apply_cash(client=acqua, **BY)
    assert list(MatchProposal.objects.values_list("status", flat=True)) == ["rejected"]


def test_paying_the_same_bill_twice_waits_for_a_person(acqua: Client, carla: Customer, bill: Any, bank: Any) -> None:
    bill(carla, "2026/000123", 50_00)
    bank({"cents": 50_00, "text": "FT 2026/000123", "on": "2026-11-17"})
    bank({"cents": 50_00, "text": "FT 2026/000123", "on": "2026-11-19"})
    assert (apply_cash(client=acqua, **BY).settled, apply_cash(client=acqua, **BY).waiting) == (1, 1)
    waiting = MatchProposal.objects.get(status="open")
    assert ["already_paid", {"numbers": ["2026/000123"]}] in waiting.reasons
    assert waiting.parts == []


def test_the_same_line_in_an_overlapping_statement_waits(acqua: Client, carla: Customer, bill: Any, bank: Any) -> None:
    bill(carla, "2026/000123", 50_00)
    bill(carla, "2026/000124", 50_00)
    told = {"cents": 50_00, "text": "FT 2026/000123", "id": "CRO 1"}
    bank(told)
    bank(told, {"cents": 1})
    assert apply_cash(client=acqua, **BY).settled == 1


def test_two_equal_entries_of_one_statement_are_two_payments(
    acqua: Client, carla: Customer, bill: Any, bank: Any
) -> None:
    first, second = bill(carla, "2026/000123", 50_00), bill(carla, "2026/000124", 50_00)
    told = {"cents": 50_00, "text": "FT 2026/000123 2026/000124", "id": "CRO 1"}
    bank(told, told)
    assert apply_cash(client=acqua, **BY).settled == 2
    assert {first.pk, second.pk} == set(Payment.objects.values_list("allocations__instalment_id", flat=True))


def test_by_hand_the_parts_are_what_the_person_said(
    acqua: Client, carla: Customer, bill: Any, bank: Any, balance: Any
) -> None:
    old, new = bill(carla, "1", 50_00, due="2026-08-01"), bill(carla, "2", 80_00, due="2026-10-01")
    [line] = bank({"cents": 60_00})
    payment = assign_line(bank_line=line, customer=carla, parts=[(new.pk, 55_00)], **BY)
    assert (balance(old), balance(new), payment.amount_cents) == (50_00, 25_00, 60_00)


@pytest.mark.parametrize(
    ("code", "parts"),
    [
        ("beyond_instalment", [("old", 50_01)]),
        ("beyond_payment", [("old", 50_00), ("new", 50_00)]),
        ("instalment_twice", [("old", 10), ("old", 10)]),
        ("beyond_instalment", [("old", 0)]),
        ("not_open", [("elena", 10)]),
    ],
)
def test_by_hand_refusals(
    acqua: Client,
    carla: Customer,
    elena: Customer,
    bill: Any,
    bank: Any,
    code: str,
    parts: list[tuple[str, int]],
) -> None:
    items = {"old": bill(carla, "1", 50_00), "new": bill(carla, "2", 80_00), "elena": bill(elena, "3", 80_00)}
    [line] = bank({"cents": 60_00})
    with pytest.raises(Refused) as refusal:
        assign_line(bank_line=line, customer=carla, parts=[(items[n].pk, c) for n, c in parts], **BY)
    assert refusal.value.code == code
    assert not Payment.objects.exists()


def test_refusals_of_lines_that_do_not_wait(
    acqua: Client, altrove: Client, carla: Customer, bill: Any, bank: Any
) -> None:
    bill(carla, "1", 50_00)
    charge, paid, aside = bank({"cents": -2_00}, {"cents": 10_00}, {"cents": 11_00})
    stranger = Customer.objects.create(client=altrove, number="X", name="X", search_name="x")
    assign_line(bank_line=paid, customer=carla, parts=None, **BY)
    set_aside(bank_line=aside, reason="giroconto", **BY)
    for line, customer, code in (
        (charge, carla, "not_money_in"),
        (paid, carla, "line_settled"),
        (aside, carla, "line_aside"),
        (aside, stranger, "other_client"),
    ):
        with pytest.raises(Refused) as refusal:
            assign_line(bank_line=line, customer=customer, parts=None, **BY)
        assert refusal.value.code == code


def test_a_line_set_aside_is_left_alone_until_it_is_taken_up(
    acqua: Client, carla: Customer, bill: Any, bank: Any
) -> None:
    bill(carla, "2026/000123", 50_00)
    [line] = bank({"cents": 50_00, "name": "CARLA BIANCHI"})
    aside = set_aside(bank_line=line, reason="giroconto", **BY)
    assert set_aside(bank_line=line, reason="twice", **BY) == aside
    assert apply_cash(client=acqua, **BY).waiting == 0
    take_up(aside=aside, **BY)
    assert MatchProposal.objects.get().customer == carla
    assert apply_cash(client=acqua, **BY).waiting == 1


def test_money_of_one_client_never_meets_invoices_of_another(
    acqua: Client, altrove: Client, carla: Customer, bill: Any, bank: Any
) -> None:
    bill(carla, "2026/000123", 50_00)
    bank({"cents": 50_00, "text": "FT 2026/000123"}, client=altrove)
    assert apply_cash(client=altrove, **BY).settled == 0
    assert not MatchProposal.objects.exists()


def test_another_currency_does_not_settle(acqua: Client, carla: Customer, bill: Any, bank: Any, balance: Any) -> None:
    rent = bill(carla, "2026/000123", 50_00, currency="USD")
    bank({"cents": 50_00, "text": "FT 2026/000123"})
    assert (apply_cash(client=acqua, **BY).settled, balance(rent)) == (0, 50_00)


def test_a_confirmation_costs_a_handful_of_queries(
    acqua: Client, carla: Customer, bill: Any, bank: Any, django_assert_max_num_queries: Any
) -> None:
    bill(carla, "2026/000123", 50_00)
    bank({"cents": 50_00, "name": "CARLA BIANCHI"})
    apply_cash(client=acqua, **BY)
    proposal = MatchProposal.objects.select_related("client").get()
    with django_assert_max_num_queries(13):  # two of them are the savepoint of the test's own transaction
        confirm_match(proposal=proposal, **BY)


def test_what_a_person_confirmed_is_known_next_time_and_unlearnt_by_the_undo(
    acqua: Client, carla: Customer, bill: Any, bank: Any
) -> None:
    """Carla's daughter pays: nobody knew her account, then Bruno says so, then takes it back."""
    for month, number in ((9, "2026/000123"), (10, "2026/000124"), (11, "2026/000125")):
        bill(carla, number, month * 10_00, due=f"2026-{month:02}-01")
    [first] = bank({"cents": 90_00, "name": "GIULIA NERI", "iban": "ITDAUGHTER"})
    payment = assign_line(bank_line=first, customer=carla, parts=None, **BY)
    bank({"cents": 100_00, "name": "GIULIA NERI", "iban": "ITDAUGHTER"})
    assert apply_cash(client=acqua, **BY).settled == 1
    settled = MatchProposal.objects.get(status="settled")
    assert ["taught", {"who": "bruno@acqua.test"}] in settled.reasons
    bank({"cents": 110_00, "name": "GIULIA NERI", "iban": "ITOTHER"})
    apply_cash(client=acqua, **BY)
    by_name = MatchProposal.objects.get(status="open")
    assert ["taught_name", {"who": "bruno@acqua.test"}] in by_name.reasons
    undo_payment(payment=payment, reason="not her", **BY)
    apply_cash(client=acqua, **BY)
    by_name.refresh_from_db()
    assert "taught_name" not in dict(by_name.reasons)


def test_a_payer_whom_a_person_ruled_out_asks_for_a_person_next_time(
    acqua: Client, carla: Customer, bill: Any, bank: Any
) -> None:
    for number in ("2026/000123", "2026/000124", "2026/000125", "2026/000126"):
        bill(carla, number, 50_00)
    paid = [{"cents": 50_00, "text": f"FT 2026/00012{n}", "iban": "IT12X"} for n in (3, 4)]
    bank(*paid)
    apply_cash(client=acqua, **BY)
    bank({"cents": 77_00, "name": "X", "iban": "IT12X"})
    apply_cash(client=acqua, **BY)
    reject_match(proposal=MatchProposal.objects.get(status="open"), **BY)
    bank({"cents": 50_00, "name": "CARLA BIANCHI", "iban": "IT12X"}, {"cents": 50_00, "text": "FT 2026/000125"})
    assert apply_cash(client=acqua, **BY).settled == 1
    waiting = MatchProposal.objects.get(status="open")
    assert (waiting.confidence_permille, ["refused_before", {}] in waiting.reasons) == (900, True)


def test_the_client_sets_how_sure_is_sure(acqua: Client, carla: Customer, bill: Any, bank: Any) -> None:
    bill(carla, "2026/000123", 50_00)
    bank({"cents": 50_00, "name": "CARLA BIANCHI"})
    assert apply_cash(client=acqua, **BY).settled == 0
    set_bar(client=acqua, permille=880, actor="bruno@acqua.test")
    assert apply_cash(client=acqua, **BY).settled == 1
    assert TrailEntry.objects.get(verb="cash_bar_set").data == {"from": 950, "to": 880}
    for wrong in (849, 1000):
        with pytest.raises(Refused) as refusal:
            set_bar(client=acqua, permille=wrong, actor="bruno@acqua.test")
        assert refusal.value.code == "bar_out_of_range"
