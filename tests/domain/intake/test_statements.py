# SPDX-License-Identifier: Apache-2.0
"""Bank statements through staging: lines in the ledger, once; cash is matched later."""

import pytest

from ascolto.domain.access.models import Client
from ascolto.domain.intake import staging
from ascolto.domain.intake.statements import from_json, of_statement, to_json
from ascolto.domain.ledger.actions import post_payment
from ascolto.domain.ledger.models import BankLine, BankStatement, Payment
from ascolto.domain.portfolio.models import Instalment, Invoice
from tests.domain.intake.deliveries import TODAY, camt, invoice, problems, stage, statuses, take

pytestmark = pytest.mark.django_db

LINES = (
    ("2026-11-18", "122.00", "FATT 2026/1"),
    ("2026-11-18", "122.00", "FATT 2026/1"),
    ("2026-11-19", "-3.50", "SPESE"),
)


def test_an_accepted_statement_gives_its_lines_and_settles_nothing(acqua: Client) -> None:
    batch = stage(acqua, ("c.xml", camt(*LINES)))
    assert (batch.report["effect"]["bank_lines_new"], batch.report["effect"]["bank_credits_cents"]) == (3, 24400)
    staging.accept(batch=batch, actor="bruno@acqua.test", as_of=TODAY)
    assert list(BankLine.objects.order_by("position").values_list("amount_cents", flat=True)) == [12200, 12200, -350]
    assert (BankStatement.objects.get().opening_cents, Payment.objects.count()) == (100000, 0)


def test_the_same_statement_in_another_file_is_known(acqua: Client) -> None:
    take(acqua, ("c.xml", camt(*LINES)))
    again = take(acqua, ("d.xml", camt(*LINES) + b"\n"))
    assert (statuses(again), BankLine.objects.count()) == (["known"], 3)


def test_a_statement_that_does_not_tie_is_shown_and_not_refused(acqua: Client) -> None:
    batch = take(acqua, ("c.xml", camt(*LINES).replace(b">1240.50<", b">9999.00<")))
    assert (statuses(batch), problems(batch)) == (["taken"], ["statement.unbalanced"])


def test_a_statement_waits_in_staging_without_loss(acqua: Client) -> None:
    from ascolto.domain.intake.reading import read

    statement = of_statement(read("c.xml", camt(*LINES)).statements[0])
    assert from_json(to_json(statement)) == statement
    assert len(statement.entries) == 3


def test_a_change_below_what_was_paid_is_refused_until_the_payment_is_undone(acqua: Client) -> None:
    take(acqua, ("a.xml", invoice()))
    item = Instalment.objects.get()
    payment = post_payment(
        client=acqua, customer_id=item.customer_id, amount_cents=10000, paid_on=TODAY, parts=[(item.pk, 10000)],
        idempotency_key="k1", actor="bruno@acqua.test", as_of=TODAY,
    )  # fmt: skip
    batch = take(acqua, ("b.xml", invoice(total="50.00")))
    assert (statuses(batch), "invoice.below_paid" in problems(batch)) == (["wrong"], True)
    assert (Invoice.objects.get().version, Instalment.objects.get().amount_cents) == (1, 12200)
    from ascolto.domain.ledger.actions import reverse_payment

    reverse_payment(payment=payment, reason="Sbagliato", actor="bruno@acqua.test", as_of=TODAY)
    staging.retry(batch=batch, actor="bruno@acqua.test", as_of=TODAY)
    assert (Invoice.objects.get().version, Instalment.objects.get().amount_cents) == (2, 5000)


def test_a_change_above_what_was_paid_keeps_the_payment(acqua: Client) -> None:
    take(acqua, ("a.xml", invoice()))
    item = Instalment.objects.get()
    post_payment(
        client=acqua, customer_id=item.customer_id, amount_cents=10000, paid_on=TODAY, parts=[(item.pk, 10000)],
        idempotency_key="k1", actor="bruno@acqua.test", as_of=TODAY,
    )  # fmt: skip
    take(acqua, ("b.xml", invoice(total="110.00")))
    assert Instalment.objects.get(pk=item.pk).amount_cents == 11000
