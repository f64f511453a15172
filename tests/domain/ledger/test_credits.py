# SPDX-License-Identifier: Apache-2.0
"""Credit notes and write-offs: asked for with a reason, approved within limits, posted once, undone by reversal."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from ascolto.domain.access.models import Client
from ascolto.domain.access.viewer import Viewer
from ascolto.domain.ledger.actions import apply_credit_notes, post_payment, reverse_payment
from ascolto.domain.ledger.credits import approve_credit, ask_credit, credit_requests, pending_cents, refuse_credit
from ascolto.domain.ledger.models import Allocation, CreditRequest, Payment
from ascolto.domain.portfolio.models import Customer, Instalment, Invoice
from ascolto.domain.records.errors import Refused

TODAY = dt.date(2026, 11, 20)


@pytest.fixture
def bill(carla: Customer) -> Invoice:
    invoice = Invoice.objects.create(
        client=carla.client, customer=carla, number="F1", issued_on=dt.date(2026, 9, 1), total_cents=60_000,
        payable_cents=60_000,
    )  # fmt: skip
    for n in (1, 2):
        Instalment.objects.create(
            client=carla.client, customer=carla, invoice=invoice, position=n, due_on=dt.date(2026, 9 + n, 1),
            amount_cents=30_000,
        )  # fmt: skip
    return invoice


def ask(
    bill: Invoice, cents: int, kind: str = "credit_note", actor: str = "ada", reason: str = "Lettura sbagliata"
) -> Any:
    return ask_credit(
        client=bill.client, invoice=bill, kind=kind, amount_cents=cents, reason=reason, actor=actor, as_of=TODAY
    )


def approve(request: CreditRequest, role: str = "credit_manager", actor: str = "bruno") -> CreditRequest:
    return approve_credit(request=request, role=role, actor=actor, as_of=TODAY)


def refusal(deed: Callable[[], Any]) -> str:
    with pytest.raises(Refused) as no:
        deed()
    return no.value.code


def test_what_is_asked_is_posted_when_it_is_approved(bill: Invoice, as_bruno: Viewer, as_dario: Viewer) -> None:
    request = ask(bill, 40_000)
    assert not Payment.objects.exists()
    assert pending_cents(bill.client_id, TODAY) == {bill.pk: 40_000}
    assert pending_cents(bill.client_id, TODAY - dt.timedelta(days=1)) == {}
    done = approve(request)
    assert done.payment is not None
    assert (done.payment.kind, done.payment.amount_cents) == ("credit_note", 40_000)
    assert list(Allocation.objects.order_by("pk").values_list("amount_cents", flat=True)) == [30_000, 10_000]
    assert pending_cents(bill.client_id, TODAY) == {}
    assert refusal(lambda: approve(request)) == "decided_already"
    assert (credit_requests(as_bruno).count(), credit_requests(as_dario).count()) == (1, 0)


@pytest.mark.parametrize(
    ("role", "actor", "kind", "cents", "may"),
    [
        ("operator", "bruno", "credit_note", 100, False),
        ("team_leader", "bruno", "credit_note", 50_000, True),
        ("team_leader", "bruno", "credit_note", 50_001, False),
        ("team_leader", "bruno", "write_off", 10_000, True),
        ("team_leader", "ada", "write_off", 100, False),
        ("credit_manager", "ada", "credit_note", 20_000, True),
        ("credit_manager", "ada", "credit_note", 20_001, False),
        ("client_viewer", "bruno", "credit_note", 100, False),
    ],
)
def test_who_approves_how_much(bill: Invoice, role: str, actor: str, kind: str, cents: int, may: bool) -> None:
    request = ask(bill, cents, kind)
    if may:
        assert approve(request, role, actor).status == "approved"
    else:
        assert refusal(lambda: approve(request, role, actor)) == "beyond_your_limit"
        assert not Payment.objects.exists()


def test_what_cannot_be_asked(bill: Invoice, altrove: Client) -> None:
    assert refusal(lambda: ask(bill, 100, reason=" ")) == "no_reason"
    assert refusal(lambda: ask(bill, 100, "gift")) == "unknown_kind"
    assert refusal(lambda: ask(bill, 0)) == "beyond_the_invoice"
    ask(bill, 40_000)
    assert refusal(lambda: ask(bill, 20_001)) == "beyond_the_invoice", "what is pending counts"
    bill.client = altrove
    assert refusal(
        lambda: ask_credit(client=Client.objects.get(slug="acqua"), invoice=bill, kind="write_off", amount_cents=1,
                           reason="x", actor="ada", as_of=TODAY)
    ) == "not_of_client"  # fmt: skip


def test_a_write_off_of_what_was_paid_meanwhile_is_refused_with_words(bill: Invoice) -> None:
    request = ask(bill, 60_000, "write_off")
    post_payment(
        client=bill.client, customer_id=bill.customer_id, amount_cents=30_000, paid_on=TODAY, parts=None,
        idempotency_key="p", actor="ada", as_of=TODAY,
    )  # fmt: skip
    assert refusal(lambda: approve(request)) == "nothing_open"
    assert (
        refusal(lambda: refuse_credit(request=request, role="credit_manager", why=" ", actor="b", as_of=TODAY))
        == "no_reason"
    )
    gone = refuse_credit(request=request, role="credit_manager", why="Pagata in parte", actor="bruno", as_of=TODAY)
    assert (gone.status, gone.why) == ("refused", "Pagata in parte")


def test_the_client_s_own_credit_note_settles_nothing_twice(bill: Invoice) -> None:
    done = approve(ask(bill, 5_000))
    notes = [
        Invoice.objects.create(
            client=bill.client, customer=bill.customer, kind="credit_note", number=f"NC{n}", issued_on=TODAY,
            total_cents=5_000, payable_cents=5_000,
        )
        for n in (1, 2)
    ]  # fmt: skip
    for _again in range(2):
        apply_credit_notes(client=bill.client, actor="night", as_of=TODAY)
    done.refresh_from_db()
    assert done.document == notes[0]
    assert list(Payment.objects.order_by("pk").values_list("credit_note__number", "amount_cents")) == [
        (None, 5_000), ("NC2", 5_000)
    ]  # fmt: skip


def test_an_approval_is_undone_by_its_reversal(bill: Invoice) -> None:
    done = approve(ask(bill, 30_000))
    assert done.payment is not None
    reverse_payment(payment=done.payment, reason="Concessa per errore", actor="bruno", as_of=TODAY)
    assert sum(Allocation.objects.values_list("amount_cents", flat=True)) == 0
