# SPDX-License-Identifier: Apache-2.0
"""A call recorded by mistake: one key takes it back with everything that came of it, and nothing counts it any more."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client as Browser

from ascolto.domain.access.models import Client, Membership, User
from ascolto.domain.access.viewer import Viewer, viewer_of
from ascolto.domain.agreements.models import Promise
from ascolto.domain.care.models import CareCase
from ascolto.domain.ledger.models import BankStatement
from ascolto.domain.outreach.models import Contact
from ascolto.domain.portfolio.models import ContactPoint, Customer, Hold, Instalment, Invoice
from ascolto.domain.records import clock
from ascolto.domain.records.errors import Refused
from ascolto.domain.records.models import TrailEntry
from ascolto.domain.strategy import figures, worklist
from ascolto.domain.strategy.actions import decide_client
from ascolto.domain.strategy.models import Action, Decision
from ascolto.domain.strategy.reactions import Call, finish_call
from ascolto.domain.strategy.takeback import take_back_call

TODAY = dt.date(2026, 11, 20)
WEEK = dt.timedelta(days=7)


@pytest.fixture
def bill(carla: Customer) -> Invoice:
    """Carla has owed 120 euro for forty days, and yesterday's bank statement is in."""
    acqua = carla.client
    invoice = Invoice.objects.create(
        client=acqua, customer=carla, number="2026/77", issued_on=dt.date(2026, 9, 10), total_cents=12_000,
        payable_cents=12_000,
    )  # fmt: skip
    Instalment.objects.create(
        client=acqua, customer=carla, invoice=invoice, due_on=dt.date(2026, 10, 11), amount_cents=12_000
    )
    BankStatement.objects.create(client=acqua, iban=acqua.iban, closing_on=dt.date(2026, 11, 19), content_sha="s")
    decide_client(client=acqua, as_of=TODAY, actor="system:day")
    return invoice


def answer(carla: Customer) -> tuple[str, str, str]:
    now = Decision.objects.get(customer=carla, superseded_on=None)
    return now.answer, now.step, now.rule


def called(viewer: Viewer, carla: Customer, **said: Any) -> Contact:
    return finish_call(viewer, carla.pk, Call(**{"outcome": "right_party", "reason": "forgot", **said}))


def test_the_toast_undoes_the_call_and_its_promise(client: Browser, ada: User, carla: Customer, bill: Invoice) -> None:
    client.force_login(ada)
    said = {"key": "k", "outcome": "right_party", "reason": "forgot", "then": "stay", "promise_cents": "120",
            "promise_on": "2026-11-27"}  # fmt: skip
    page = client.post(f"/clienti/{carla.pk}/chiamata/", said, follow=True)
    contact = Contact.objects.get(human=True)
    undo = f"/conversazioni/{contact.pk}/annulla/"
    assert f'action="{undo}"' in page.content.decode()
    again = client.post(undo, follow=True)
    assert again.redirect_chain == [(f"/clienti/{carla.pk}/chiamata/", 302)]
    assert Promise.objects.get().status == "withdrawn"
    story = client.get(f"/clienti/{carla.pk}/").content.decode()
    assert "revocata" in story
    assert undo not in story


def test_everything_is_as_before_the_call(as_ada: Viewer, carla: Customer, bill: Invoice) -> None:
    before = answer(carla)
    earlier = called(as_ada, carla, promise_cents=5_000, promise_on=TODAY + WEEK)
    contact = called(as_ada, carla, reason="dispute", dispute_invoice_id=bill.pk, promise_cents=9_000,
                     promise_on=TODAY + 2 * WEEK, next_step="wait_payment", next_on=TODAY + WEEK)  # fmt: skip
    take_back_call(as_ada, contact.pk, as_of=TODAY, why="un altro cliente")
    first = Promise.objects.get(contact=earlier)
    assert (first.status, first.judged_on) == ("pending", None)
    assert Promise.objects.get(contact=contact).status == "withdrawn"
    assert CareCase.objects.get().closed_on == TODAY
    assert Hold.objects.get().until_on == TODAY - dt.timedelta(days=1)
    take_back_call(as_ada, earlier.pk, as_of=TODAY)
    assert answer(carla) == before
    assert [a.step for a in Action.objects.filter(status="planned")] == [before[1]]
    assert TrailEntry.objects.filter(verb="contact_taken_back", why="un altro cliente").exists()
    assert Contact.log.filter(human=True).count() == 2


def test_no_figure_and_no_cap_counts_it(as_ada: Viewer, carla: Customer, bill: Invoice) -> None:
    contact = called(as_ada, carla, solution="new_date")
    counted = figures._contacts(carla.client_id, TODAY - WEEK, TODAY)
    assert (counted["contacts_right_party"], counted["contacts_solved"]) == (1, 1)
    assert worklist.talks_counted(carla.client_id, carla.pk, TODAY) == (1, 1)
    take_back_call(as_ada, contact.pk, as_of=TODAY)
    counted = figures._contacts(carla.client_id, TODAY - WEEK, TODAY)
    assert (counted["contact_attempts"], counted["contacts_right_party"], counted["contacts_solved"]) == (0, 0, 0)
    assert worklist.talks_counted(carla.client_id, carla.pk, TODAY) == (0, 0)
    assert worklist.list_counts(as_ada, TODAY, "all")["done"] == 0


def test_a_number_doubted_by_mistake_is_trusted_again(as_ada: Viewer, carla: Customer, bill: Invoice) -> None:
    Action.objects.update(channel="phone", message=None)
    contact = called(as_ada, carla, outcome="wrong_number", reason="")
    assert not ContactPoint.objects.get(channel="phone").verified
    take_back_call(as_ada, contact.pk, as_of=TODAY)
    assert ContactPoint.objects.get(channel="phone").verified


def test_who_may_not_and_when_it_is_too_late(
    as_ada: Viewer, as_bruno: Viewer, carla: Customer, bill: Invoice, acqua: Client
) -> None:
    colleague = User.objects.create_user("eva@acqua.test", "x", name="Eva")
    Membership.objects.create(user=colleague, client=acqua, role="operator")
    hers, late, twice = (called(as_ada, carla) for _n in range(3))
    judged = called(as_ada, carla, promise_cents=5_000, promise_on=TODAY + WEEK)
    Promise.objects.update(status="kept", judged_on=TODAY, paid_cents=5_000)
    refused = {}
    for name, viewer, contact, on in (
        ("colleague", viewer_of(colleague, TODAY), hers, TODAY),
        ("late", as_ada, late, TODAY + dt.timedelta(days=1)),
        ("judged", as_ada, judged, TODAY),
    ):
        with pytest.raises(Refused) as no:
            take_back_call(viewer, contact.pk, as_of=on)
        refused[name] = no.value.code
    take_back_call(as_bruno, twice.pk, as_of=TODAY)
    with pytest.raises(Refused) as no:
        take_back_call(as_bruno, twice.pk, as_of=TODAY)
    assert refused | {"twice": no.value.code} == {
        "colleague": "not_yours", "late": "another_day", "judged": "judged_already", "twice": "taken_back_already"
    }  # fmt: skip
    assert Contact.objects.count() == 3
    assert clock.today() == TODAY
