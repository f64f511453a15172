# SPDX-License-Identifier: Apache-2.0
"""Interest and expenses charged from a customer: real debts, settled in the client's order, withdrawn by a credit."""

import datetime as dt
from typing import Any

import pytest

from ascolto.domain.access.models import Client
from ascolto.domain.access.viewer import system_viewer
from ascolto.domain.ledger.account import account_of
from ascolto.domain.ledger.actions import apply_on_account, post_payment, reverse_payment, write_off
from ascolto.domain.ledger.charges import charge_costs, preview, raise_charges, withdraw_charge
from ascolto.domain.ledger.check import problems
from ascolto.domain.ledger.interest import reckon
from ascolto.domain.ledger.models import Allocation, Charge, Payment
from ascolto.domain.ledger.rules import set_rule
from ascolto.domain.portfolio.models import Customer, Instalment
from ascolto.domain.records.errors import Refused
from ascolto.engine.settling import BY_LAW, CAPITAL_FIRST

FRIDAY = dt.date(2026, 11, 20)
BRUNO = "bruno@acqua.test"
BY = {"actor": BRUNO, "as_of": FRIDAY}


@pytest.fixture
def firm(carla: Customer) -> Customer:
    Customer.objects.filter(pk=carla.pk).update(kind="business")
    carla.refresh_from_db()
    return carla


def by_law(client: Client, on: dt.date = FRIDAY) -> None:
    set_rule(client=client, order=BY_LAW, small_cents=0, small_permille=0, actor=BRUNO, as_of=on)


def charged(customer: Customer, item: Instalment, *bases: str, on: dt.date = FRIDAY, **how: Any) -> list[Charge]:
    """Charges what the preview shows of one invoice."""
    [shown] = [one for one in preview(customer, on, **how).items if one.invoice_id == item.invoice_id]
    cents = {"interest": shown.interest_cents, "flat_sum": shown.flat_sum_cents}
    return raise_charges(
        customer=customer, wanted=[(item.invoice_id, basis) for basis in bases],
        shown_cents=sum(cents[basis] for basis in bases), due_on=on, actor=BRUNO, as_of=on, **how,
    )  # fmt: skip


def pay(customer: Customer, cents: int, on: dt.date = FRIDAY, key: str = "k", parts: Any = None) -> Payment:
    return post_payment(
        client=customer.client, customer_id=customer.pk, amount_cents=cents, paid_on=on, parts=parts,
        idempotency_key=key, actor=BRUNO, as_of=on,
    )  # fmt: skip


def test_the_published_example_of_art_1194_comes_out_of_the_ledger_to_the_cent(
    acqua: Client, carla: Customer, bill: Any, balance: Any
) -> None:
    """A01: 10,000 from 1-1-2023 at the legal rate, 5,000 paid on 1-7-2023: interest 247.95, capital left 5,247.95."""
    first, paid_on, last = dt.date(2023, 1, 1), dt.date(2023, 7, 1), dt.date(2024, 1, 1)
    item = bill(carla, "1", 10_000_00, due="2023-01-01")
    by_law(acqua, first)
    [charge] = charged(carla, item, "interest", on=paid_on, from_due=True)
    assert charge.instalment.amount_cents == 247_95
    pay(carla, 5_000_00, paid_on)
    assert (balance(charge.instalment), balance(item)) == (0, 5_247_95)
    [later] = preview(carla, last, from_due=True).items
    assert later.charged_cents == 247_95
    assert balance(item) + later.interest_cents == 5_379_86, "due in all, rounded once"
    assert problems([acqua.pk]) == []


def test_a_firm_s_charge_keeps_the_rows_of_law_and_the_arithmetic(firm: Customer, bill: Any) -> None:
    item = bill(firm, "1", 10_000_00, due="2026-03-31")
    on = dt.date(2026, 9, 30)
    interest, flat = charged(firm, item, "interest", "flat_sum", on=on)
    assert (interest.instalment.amount_cents, flat.instalment.amount_cents) == (515_19, 40_00)
    assert {row["id"] for row in interest.rows} == {"ECB-2026-H1", "ECB-2026-H2", "M-STD-2013"}
    assert [row["id"] for row in flat.rows] == ["P-40"]
    assert all(row["article"] and row["source"] for row in (*interest.rows, *flat.rows))
    assert [(row["days"], row["rate_bp"]) for row in interest.worked] == [(91, 1015), (92, 1040)]
    assert (interest.instalment.invoice.number, flat.instalment.invoice.number) == ("INT 1", "SPE 1")


def test_nothing_is_charged_twice_and_charges_bear_no_interest(firm: Customer, bill: Any) -> None:
    item = bill(firm, "1", 10_000_00, due="2026-03-31")
    charged(firm, item, "interest", "flat_sum", on=dt.date(2026, 9, 30))
    [again] = preview(firm, dt.date(2026, 9, 30)).items
    assert (again.interest_cents, again.flat_sum_cents, again.charged_cents) == (0, 0, 555_19)
    with pytest.raises(Refused) as no:
        charged(firm, item, "interest", "flat_sum", on=dt.date(2026, 9, 30))
    assert no.value.code == "nothing_to_charge"
    later = preview(firm, dt.date(2026, 10, 30)).items
    assert [one.number for one in later] == ["1"], "the charge itself is overdue by now and bears nothing"
    [more] = charged(firm, item, "interest", on=dt.date(2026, 10, 30))
    assert more.instalment.invoice.number == "INT 1/2"
    whole = reckon(firm, dt.date(2026, 10, 30)).interest_cents
    assert more.instalment.amount_cents == whole - 515_19


def test_in_the_client_s_order_and_the_named_debt_with_what_belongs_to_it(
    acqua: Client, firm: Customer, bill: Any, balance: Any
) -> None:
    old, new = bill(firm, "1", 100_00, due="2026-03-31"), bill(firm, "2", 200_00, due="2026-05-31")
    [interest, flat] = charged(firm, new, "interest", "flat_sum")
    pay(firm, 50_00)
    assert (balance(old), balance(flat.instalment)) == (50_00, 40_00), "capital only, until the client says otherwise"
    by_law(acqua)
    pay(firm, 45_00, key="second")
    assert balance(flat.instalment) == 0
    assert balance(interest.instalment) == interest.instalment.amount_cents - 5_00
    assert (balance(old), problems([acqua.pk])) == (50_00, [])


def test_a_withdrawn_charge_owes_nothing_and_its_money_serves_what_is_open(
    acqua: Client, firm: Customer, bill: Any, balance: Any
) -> None:
    item = bill(firm, "1", 100_00, due="2026-03-31")
    [flat] = charged(firm, item, "flat_sum")
    by_law(acqua)
    pay(firm, 30_00)
    assert (balance(flat.instalment), balance(item)) == (10_00, 100_00)
    credit = withdraw_charge(charge=flat, why="agreed on the phone", **BY)
    assert withdraw_charge(charge=flat, why="twice is once", **BY) == credit
    assert (balance(flat.instalment), credit.kind) == (0, "credit_note")
    apply_on_account(client=acqua, **BY)
    assert (balance(item), problems([acqua.pk])) == (70_00, [])
    assert preview(firm, FRIDAY).items[0].flat_sum_cents == 40_00, "it may be charged again"
    reverse_payment(payment=credit, reason="not agreed after all", **BY)
    assert (balance(flat.instalment), preview(firm, FRIDAY).items[0].flat_sum_cents) == (40_00, 0)
    second = withdraw_charge(charge=flat, why="now really", **BY)
    assert second.pk != credit.pk
    account = account_of(system_viewer("x", [acqua.pk]), firm.pk, FRIDAY)
    assert account.closing_cents == account.open_cents - account.on_account_cents == 70_00
    assert [line.kind for line in account.movements].count("expenses") == 1


def test_a_write_off_of_a_charge_is_undone_when_the_charge_is_withdrawn(
    acqua: Client, firm: Customer, bill: Any, balance: Any
) -> None:
    [flat] = charged(firm, bill(firm, "1", 100_00, due="2026-03-31"), "flat_sum")
    write_off(client=acqua, instalment=flat.instalment, amount_cents=10_00, reason="x", idempotency_key="w", **BY)
    withdraw_charge(charge=flat, why="agreed", **BY)
    assert (balance(flat.instalment), problems([acqua.pk])) == (0, [])
    assert sum(p.amount_cents for p in Payment.objects.filter(kind="write_off")) == 0


def test_costs_need_words_and_an_invoice_of_the_customer(
    acqua: Client, carla: Customer, elena: Customer, bill: Any, balance: Any
) -> None:
    mine, theirs = bill(carla, "1", 100_00), bill(elena, "2", 100_00)
    said: dict[str, Any] = {"customer": carla, "cents": 12_50, "due_on": FRIDAY, **BY}
    made = charge_costs(invoice=mine.invoice, reason="Raccomandata n. 7", **said)
    assert (made.basis, balance(made.instalment), made.instalment.invoice.kind) == ("costs", 12_50, "expenses")
    for wrong, code in (
        ({"invoice": theirs.invoice, "reason": "x"}, "not_of_customer"),
        ({"invoice": made.instalment.invoice, "reason": "x"}, "not_of_customer"),
        ({"invoice": mine.invoice, "reason": " "}, "no_reason"),
        ({"invoice": mine.invoice, "reason": "x", "cents": 0}, "amount_not_positive"),
        ({"invoice": mine.invoice, "reason": "x", "due_on": FRIDAY - dt.timedelta(days=1)}, "due_in_the_past"),
    ):
        with pytest.raises(Refused) as no:
            charge_costs(**{**said, **wrong})
        assert no.value.code == code
    with pytest.raises(Refused) as no:
        withdraw_charge(charge=made, why=" ", **BY)
    assert no.value.code == "no_reason"
    assert Charge.objects.count() == 1


def test_what_the_person_saw_is_what_is_charged_and_past_the_table_nothing(firm: Customer, bill: Any) -> None:
    item = bill(firm, "1", 100_00, due="2026-03-31")
    asked: dict[str, Any] = {"customer": firm, "wanted": [(item.invoice_id, "flat_sum")], "actor": BRUNO}
    with pytest.raises(Refused) as no:
        raise_charges(shown_cents=39_99, due_on=FRIDAY, as_of=FRIDAY, **asked)
    assert no.value.code == "changed_meanwhile"
    late = dt.date(2027, 1, 2)
    with pytest.raises(Refused) as no:
        raise_charges(shown_cents=40_00, due_on=late, as_of=late, **asked)
    assert no.value.code == "no_law"
    assert not Charge.objects.exists()


def test_a_household_owes_no_flat_sum_and_no_interest_before_the_notice(carla: Customer, bill: Any) -> None:
    bill(carla, "1", 100_00, due="2026-03-31")
    [item] = preview(carla, FRIDAY).items
    assert (item.interest_cents, item.flat_sum_cents) == (0, 0)
    [noticed] = preview(carla, FRIDAY, notice_on=dt.date(2026, 4, 30)).items
    assert noticed.interest_cents == 89  # 204 days at 1.60


def test_a_payment_that_named_the_charge_is_told_by_its_allocations(acqua: Client, firm: Customer, bill: Any) -> None:
    item = bill(firm, "1", 100_00, due="2026-03-31")
    [flat] = charged(firm, item, "flat_sum")
    set_rule(client=acqua, order=CAPITAL_FIRST, small_cents=0, small_permille=0, **BY)
    pay(firm, 40_00, parts=[(flat.instalment_id, 40_00)])
    assert Allocation.objects.get().instalment == flat.instalment


def test_what_was_paid_late_in_full_is_charged_to_the_day_of_the_payment(
    acqua: Client, firm: Customer, bill: Any, balance: Any
) -> None:
    """10,000 due 31-3-2026, paid on 30-9-2026: 91 days at 10.15 and 92 at 10.40, and the flat sum (art. 6)."""
    item = bill(firm, "1", 10_000_00, due="2026-03-31")
    pay(firm, 10_000_00, dt.date(2026, 9, 30))
    shown = preview(firm, FRIDAY)
    assert shown.items == ()
    [late] = shown.paid_late
    assert (late.interest_cents, late.flat_sum_cents, late.until) == (515_19, 40_00, dt.date(2026, 9, 30))
    interest, flat = raise_charges(
        customer=firm, wanted=[(item.invoice_id, "interest"), (item.invoice_id, "flat_sum")], shown_cents=555_19,
        due_on=FRIDAY, **BY,
    )  # fmt: skip
    assert {row["id"] for row in interest.rows} == {"ECB-2026-H1", "ECB-2026-H2", "M-STD-2013"}
    assert (interest.reckoned_on, [row["id"] for row in flat.rows]) == (dt.date(2026, 9, 30), ["P-40"])
    assert (balance(item), balance(interest.instalment), problems([acqua.pk])) == (0, 515_19, [])
    assert preview(firm, FRIDAY).paid_late == (), "nothing is charged twice"
    withdraw_charge(charge=interest, why="agreed", **BY)
    assert [one.interest_cents for one in preview(firm, FRIDAY).paid_late] == [515_19]


def test_paid_in_time_credited_or_long_ago_bears_nothing(acqua: Client, firm: Customer, bill: Any) -> None:
    in_time = bill(firm, "1", 100_00, due="2026-03-31")
    pay(firm, 100_00, dt.date(2026, 3, 31), parts=[(in_time.pk, 100_00)])
    credited = bill(firm, "2", 100_00, due="2026-03-31")
    post_payment(
        client=acqua, customer_id=firm.pk, amount_cents=100_00, paid_on=FRIDAY, parts=[(credited.pk, 100_00)],
        idempotency_key="note", actor=BRUNO, as_of=FRIDAY, kind=Payment.Kind.CREDIT_NOTE, reason="our mistake",
    )  # fmt: skip
    given_up = bill(firm, "3", 100_00, due="2026-03-31")
    write_off(client=acqua, instalment=given_up, amount_cents=100_00, reason="x", idempotency_key="w", **BY)
    old = bill(firm, "4", 100_00, due="2021-03-31")
    pay(firm, 100_00, dt.date(2021, 11, 19), key="old", parts=[(old.pk, 100_00)])
    assert preview(firm, FRIDAY).paid_late == ()
    assert [one.number for one in preview(firm, FRIDAY - dt.timedelta(days=1)).paid_late] == ["4"], (
        "five years, no more"
    )


def test_the_part_that_a_credit_note_took_off_bears_no_interest(acqua: Client, firm: Customer, bill: Any) -> None:
    item = bill(firm, "1", 1_000_00, due="2026-09-30")
    post_payment(
        client=acqua, customer_id=firm.pk, amount_cents=900_00, paid_on=FRIDAY, parts=[(item.pk, 900_00)],
        idempotency_key="note", actor=BRUNO, as_of=FRIDAY, kind=Payment.Kind.CREDIT_NOTE, reason="our mistake",
    )  # fmt: skip
    [left] = preview(firm, FRIDAY).items
    assert left.interest_cents == 145  # 100 x 51 days at 10.40


def test_a_reversed_payment_makes_it_overdue_again_and_what_was_charged_counts(
    firm: Customer, bill: Any, balance: Any
) -> None:
    item = bill(firm, "1", 10_000_00, due="2026-03-31")
    payment = pay(firm, 10_000_00, dt.date(2026, 9, 30))
    raise_charges(customer=firm, wanted=[(item.invoice_id, "interest")], shown_cents=515_19, due_on=FRIDAY, **BY)
    reverse_payment(payment=payment, reason="returned", **BY)
    [again] = preview(firm, FRIDAY).items
    assert (again.charged_cents, again.interest_cents) == (515_19, 145_32)  # 51 days more at 10.40


def test_a_household_that_paid_late_owes_from_the_notice_only(carla: Customer, bill: Any) -> None:
    bill(carla, "1", 1_000_00, due="2026-03-31")
    pay(carla, 1_000_00, dt.date(2026, 6, 30))
    assert preview(carla, FRIDAY).paid_late == ()
    [late] = preview(carla, FRIDAY, notice_on=dt.date(2026, 4, 30)).paid_late
    assert (late.interest_cents, late.flat_sum_cents) == (2_67, 0)  # 61 days at 1.60
    assert preview(carla, FRIDAY, notice_on=dt.date(2026, 7, 1)).paid_late == (), "the notice came after the money"
