# SPDX-License-Identifier: Apache-2.0
"""A delivery taken over is followed up for those whom it is about, however many others the client has."""

from typing import Any

import pytest
from django.db import connection
from django.http import Http404
from django.test.utils import CaptureQueriesContext

from ascolto.domain.access.models import Client
from ascolto.domain.access.viewer import Viewer
from ascolto.domain.care.models import Gap
from ascolto.domain.ledger.actions import apply_credit_notes
from ascolto.domain.ledger.models import Payment
from ascolto.domain.portfolio.models import Customer, Instalment, Invoice
from ascolto.domain.strategy import reactions
from ascolto.domain.strategy.models import Decision
from ascolto.domain.strategy.papers import check_papers
from tests.domain.intake.deliveries import TODAY, invoice, stage

pytestmark = pytest.mark.django_db


def owing(client: Client, number: str, kind: str = "invoice", **said: Any) -> Customer:
    """A public body with an open document, written by nobody's delivery."""
    one = Customer.objects.create(
        client=client, number=number, name="Comune", kind="public", search_name="comune", **said
    )
    paper = Invoice.objects.create(
        client=client, customer=one, kind=kind, number=number, issued_on=TODAY, total_cents=1_000, payable_cents=1_000
    )
    if kind == "invoice":
        Instalment.objects.create(client=client, customer=one, invoice=paper, due_on=TODAY, amount_cents=1_000)
    return one


def test_whom_a_delivery_is_about_is_looked_at_and_decided_and_nobody_else(acqua: Client, as_bruno: Viewer) -> None:
    town = owing(acqua, "T1")
    batch = stage(acqua, ("a.xml", invoice()))
    reactions.accept_batch(as_bruno, batch.pk, as_of=TODAY)
    carla = Customer.objects.get(client=acqua, name="Carla Bianchi")
    assert set(Decision.objects.values_list("customer_id", flat=True)) == {carla.pk}
    assert not Gap.objects.filter(customer=town).exists()
    check_papers(client=acqua, as_of=TODAY, actor="night")
    assert Gap.objects.filter(customer=town).exists(), "the night looks at everybody"


def test_a_credit_note_of_the_delivery_is_used_and_another_waits_for_the_night(acqua: Client, as_bruno: Viewer) -> None:
    owing(acqua, "N1", kind="credit_note")
    first = stage(acqua, ("a.xml", invoice()))
    reactions.accept_batch(as_bruno, first.pk, as_of=TODAY)
    note = stage(acqua, ("b.xml", invoice(number="2026/2").replace(b"TD01", b"TD04")))
    reactions.accept_batch(as_bruno, note.pk, as_of=TODAY)
    [used] = Payment.objects.filter(kind="credit_note")
    assert used.customer.name == "Carla Bianchi"
    assert len(apply_credit_notes(client=acqua, actor="night", as_of=TODAY)) == 1


def test_ten_times_the_customers_cost_a_delivery_no_more_queries(acqua: Client, as_bruno: Viewer) -> None:
    def taken_over(number: str) -> int:
        batch = stage(acqua, (f"{number}.xml", invoice(number=number)))
        with CaptureQueriesContext(connection) as told:
            reactions.accept_batch(as_bruno, batch.pk, as_of=TODAY)
        return len(told)

    taken_over("2026/1")
    few = taken_over("2026/2")
    for n in range(40):
        owing(acqua, f"T{n}")
    assert taken_over("2026/3") <= few


def test_a_stranger_takes_nothing_over(acqua: Client, as_dario: Viewer) -> None:
    batch = stage(acqua, ("a.xml", invoice()))
    with pytest.raises(Http404):
        reactions.accept_batch(as_dario, batch.pk, as_of=TODAY)
    assert not Invoice.objects.exists()
