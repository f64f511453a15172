# SPDX-License-Identifier: Apache-2.0
"""Lines of bills beside the two years: what was too old when billed, what is near, and whom the rule concerns."""

import datetime as dt
from typing import Any

import pytest

from ascolto.domain.access.viewer import Viewer
from ascolto.domain.ledger.consumption import lines_of, service_of, told
from ascolto.domain.portfolio.models import Customer, Invoice, InvoiceLine

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 11, 20)


def line(
    customer: Customer, start: str, end: str, *, issued: str = "2026-11-01", words: str = "Energia", **more: Any
) -> InvoiceLine:
    found = Invoice.objects.create(
        client=customer.client, customer=customer, number=f"{start} {issued} {words}", issued_on=dt.date.fromisoformat(issued),
        total_cents=73000, payable_cents=73000, **more,
    )  # fmt: skip
    return InvoiceLine.objects.create(
        client=customer.client, invoice=found, position=1, description=words, amount_cents=73000,
        period_from=dt.date.fromisoformat(start), period_to=dt.date.fromisoformat(end),
    )  # fmt: skip


def test_the_days_over_two_years_old_when_billed_are_prescribed_with_their_cents(carla: Customer) -> None:
    found = line(carla, "2024-01-01", "2024-12-30")
    said = told(found, found.invoice, carla, TODAY)
    assert said.verdict is not None
    assert said.row is not None
    days = (said.verdict.prescribed_to - dt.date(2024, 1, 1)).days + 1  # type: ignore[operator]
    assert (said.flag, said.row.sector, said.sure) == ("prescribed", "electricity", True)
    assert said.verdict.prescribed_cents == (2 * 73000 * days + 365) // (2 * 365)


@pytest.mark.parametrize(
    ("start", "end", "issued", "flag"),
    [
        ("2026-08-01", "2026-09-30", "2026-10-15", ""),
        ("2024-12-01", "2025-01-31", "2025-03-01", "near"),
        ("2024-06-01", "2024-07-31", "2024-09-01", "past"),
    ],
)
def test_a_term_that_is_near_or_past_is_told(carla: Customer, start: str, end: str, issued: str, flag: str) -> None:
    found = line(carla, start, end, issued=issued)
    assert told(found, found.invoice, carla, TODAY).flag == flag


def test_the_rule_is_for_supplies_and_not_for_public_offices(carla: Customer) -> None:
    found = line(carla, "2023-01-01", "2023-03-31")
    carla.kind = "public"
    assert told(found, found.invoice, carla, TODAY).flag == ""
    carla.kind = "business"
    assert (told(found, found.invoice, carla, TODAY).flag, told(found, found.invoice, carla, TODAY).sure) == (
        "prescribed",
        False,
    )
    carla.client.sector = "b2b_services"
    assert told(found, found.invoice, carla, TODAY).flag == ""
    carla.client.sector = "utility"
    note = line(carla, "2023-01-01", "2023-03-31", words="Gas", kind="credit_note")
    assert told(note, note.invoice, carla, TODAY).flag == ""


def test_the_supply_is_told_by_the_words() -> None:
    assert [service_of([words]) for words in ("Consumo gas metano", "Servizio idrico", "Energia", "")] == [
        "gas", "water", "electricity", "electricity",
    ]  # fmt: skip


def test_only_what_is_owed_is_flagged_and_a_stranger_sees_no_line(
    carla: Customer, as_bruno: Viewer, as_dario: Viewer
) -> None:
    old = line(carla, "2023-01-01", "2023-03-31")
    owed = lines_of(as_bruno, [old.invoice], carla, TODAY, {old.invoice_id})
    paid = lines_of(as_bruno, [old.invoice], carla, TODAY, ())
    assert ([t.flag for t in owed[old.invoice_id]], [t.flag for t in paid[old.invoice_id]]) == (["prescribed"], [""])
    assert lines_of(as_dario, [old.invoice], carla, TODAY, {old.invoice_id}) == {}
