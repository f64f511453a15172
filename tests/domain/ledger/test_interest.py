# SPDX-License-Identifier: Apache-2.0
"""A customer's late interest: who owes by which law, part payments, flat sums, what a stranger sees."""

import datetime as dt
from collections.abc import Callable

import pytest
from django.http import Http404

from ascolto.domain.access.viewer import Viewer
from ascolto.domain.ledger.interest import interest_as_of
from ascolto.domain.ledger.models import Allocation, Payment
from ascolto.domain.portfolio.models import Customer, Instalment

TODAY = dt.date(2026, 11, 20)
Bill = Callable[..., Instalment]


@pytest.fixture
def firm(carla: Customer) -> Customer:
    Customer.objects.filter(pk=carla.pk).update(kind="business")
    carla.refresh_from_db()
    return carla


def pay(instalment: Instalment, cents: int, on: str, known: str | None = None) -> None:
    day, seen = dt.date.fromisoformat(on), dt.date.fromisoformat(known or on)
    payment = Payment.objects.create(
        client=instalment.client, customer=instalment.customer, paid_on=day, known_on=seen, amount_cents=cents,
        idempotency_key=f"t:{on}:{cents}", author="a",
    )  # fmt: skip
    Allocation.objects.create(
        client=instalment.client, payment=payment, instalment=instalment, amount_cents=cents, paid_on=day,
        known_on=seen, author="a",
    )  # fmt: skip


def test_a_firm_owes_231_from_the_due_date_and_one_flat_sum_per_invoice(
    firm: Customer, bill: Bill, as_bruno: Viewer
) -> None:
    bill(firm, "1", 10_000_00, 10_000_00, due="2026-03-31")
    found = interest_as_of(as_bruno, firm.pk, dt.date(2026, 9, 30))
    first, second = found.lines
    assert (first.regime, first.interest_cents, first.days) == ("dlgs231", 515_19, 183)
    assert second.due_on == dt.date(2026, 4, 30)
    assert found.fixed_sum_cents == 40_00
    assert found.interest_cents == first.interest_cents + second.interest_cents
    assert {row.id for row in found.rows} == {"ECB-2026-H1", "ECB-2026-H2", "M-STD-2013", "P-40"}


def test_a_household_owes_legal_interest_only_from_the_notice_or_by_contract(
    carla: Customer, bill: Bill, as_ada: Viewer
) -> None:
    bill(carla, "1", 10_000_00, due="2026-01-01")
    silent = interest_as_of(as_ada, carla.pk, TODAY)
    assert (silent.interest_cents, silent.fixed_sum_cents, silent.lines[0].runs_from) == (0, 0, None)
    assert silent.lines[0].if_from_due_cents == 141_59  # 323 days at 1.60
    assert len(silent.warnings) == 1
    by_contract = interest_as_of(as_ada, carla.pk, TODAY, from_due=True)
    assert (by_contract.interest_cents, by_contract.warnings) == (141_59, ())
    noticed = interest_as_of(as_ada, carla.pk, TODAY, notice_on=dt.date(2026, 11, 10))
    assert (noticed.lines[0].runs_from, noticed.interest_cents) == (dt.date(2026, 11, 10), 4_38)


def test_a_rent_of_a_firm_is_no_commercial_transaction(firm: Customer, bill: Bill, as_bruno: Viewer) -> None:
    bill(firm, "1", 100_00, kind="rent")
    assert interest_as_of(as_bruno, firm.pk, TODAY).lines[0].regime == "legal"


def test_what_was_paid_late_bears_interest_until_that_day(firm: Customer, bill: Bill, as_bruno: Viewer) -> None:
    due = bill(firm, "1", 10_000_00, due="2026-03-31")
    pay(due, 4_000_00, "2026-06-30")
    pay(due, 1_000_00, "2026-09-30", known="2026-10-05")  # not known yet
    found = interest_as_of(as_bruno, firm.pk, dt.date(2026, 9, 30))
    # 4,000 for 91 days at 10.15; 6,000 for 91 at 10.15 and 92 at 10.40
    assert found.interest_cents == round((10_000_00 * 91 * 0.1015 + 6_000_00 * 92 * 0.1040) / 365)


def test_past_the_last_row_it_says_why_instead_of_a_figure(firm: Customer, bill: Bill, as_bruno: Viewer) -> None:
    bill(firm, "1", 100_00)
    found = interest_as_of(as_bruno, firm.pk, dt.date(2027, 1, 2))
    assert found.lines == ()
    assert "31/12/2026" in found.gap


def test_what_is_not_yet_due_bears_nothing_and_a_stranger_sees_no_customer(
    firm: Customer, bill: Bill, as_bruno: Viewer, as_dario: Viewer
) -> None:
    bill(firm, "1", 100_00, due="2026-12-01")
    assert interest_as_of(as_bruno, firm.pk, TODAY).lines == ()
    with pytest.raises(Http404):
        interest_as_of(as_dario, firm.pk, TODAY)
