# SPDX-License-Identifier: Apache-2.0
"""Promises and plans on screen: built, approved, signed, listed; a stranger finds nothing."""

import datetime as dt
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from ascolto.domain.access.models import User
from ascolto.domain.agreements.models import Plan, Promise
from ascolto.domain.agreements.plans import accept_plan, end_plan, propose_plan
from ascolto.domain.outreach.models import Document
from ascolto.domain.portfolio.models import Customer, Instalment, Invoice
from ascolto.domain.records.models import TrailEntry
from ascolto.policies.load import plan_terms

TODAY = dt.date(2026, 11, 20)
FIRST = dt.date(2026, 12, 5)


@pytest.fixture
def owes(carla: Customer) -> Customer:
    """Carla owes 300 euro since October, and promised 50."""
    own: dict[str, Any] = {"client": carla.client, "customer": carla}
    invoice = Invoice.objects.create(
        number="F1", issued_on=dt.date(2026, 9, 1), total_cents=30_000, payable_cents=30_000, **own
    )
    Instalment.objects.create(invoice=invoice, due_on=dt.date(2026, 10, 1), amount_cents=30_000, **own)
    Promise.objects.create(
        amount_cents=5_000, made_on=TODAY, due_on=dt.date(2026, 11, 25), author="ada@acqua.test", **own
    )
    return carla


def plan_of(owes: Customer, **said: Any) -> Plan:
    usual: dict[str, Any] = {
        "count": 3,
        "first_on": FIRST,
        "role": "operator",
        "actor": "ada@acqua.test",
        "as_of": TODAY,
    }
    return propose_plan(customer=owes, terms=plan_terms(owes.client.sector), **{**usual, **said})


def test_ada_builds_a_plan_prints_it_and_records_the_signature(client: Browser, ada: User, owes: Customer) -> None:
    client.force_login(ada)
    url = reverse("desk:plan_builder", args=[owes.pk])
    page = client.get(url, {"monthly_cents": "100", "first_on": "2026-12-05"}).content.decode()
    assert "3 rate" in page
    assert "100,00" in page
    answer = client.post(
        url, {"count": "3", "monthly_cents": "100", "money_arrives": "il 27", "first_on": "2026-12-05"}
    )
    plan = Plan.objects.get()
    assert (answer.status_code, plan.status, plan.money_arrives) == (302, "approved", "il 27")
    pdf = client.get(reverse("desk:plan_paper", args=[plan.pk]))
    assert pdf.content.startswith(b"%PDF")
    accept = reverse("desk:plan_accept", args=[plan.pk])
    client.post(accept, {"how": "signed", "accepted_by": "Carla Bianchi"})
    plan.refresh_from_db()
    assert plan.status == "approved"  # signed, but where is the paper?
    assert not Document.objects.exists()
    paper = SimpleUploadedFile("firmato.pdf", b"%PDF-signed", "application/pdf")
    client.post(accept, {"how": "signed", "accepted_by": "Carla Bianchi", "proof": paper})
    plan.refresh_from_db()
    assert (plan.status, plan.proof and bytes(plan.proof.content)) == ("active", b"%PDF-signed")
    tab = client.get(reverse("desk:customer_tab", args=[owes.pk, "accordi"])).content.decode()
    assert "Piano di rientro" in tab
    assert "Concessioni" in tab


def test_a_plan_beyond_ada_is_approved_by_bruno(client: Browser, ada: User, bruno: User, owes: Customer) -> None:
    plan = plan_of(owes, count=8)
    approve = reverse("desk:plan_approve", args=[plan.pk])
    for user, status in ((ada, "proposed"), (bruno, "approved")):
        client.force_login(user)
        assert "Carla" in client.get("/promesse/?list=approve").content.decode() or user is bruno
        client.post(approve)
        plan.refresh_from_db()
        assert plan.status == status
    client.post(reverse("desk:plan_cancel", args=[plan.pk]), {"why": "ha pagato"})
    plan.refresh_from_db()
    assert plan.status == "cancelled"


@pytest.mark.parametrize("which", ["promises", "plans", "approve", "calendar", "operators", "nonsense"])
def test_the_lists_answer_with_something_and_with_nothing(
    client: Browser, ada: User, dario: User, owes: Customer, which: str
) -> None:
    plan_of(owes)
    client.force_login(ada)
    with CaptureQueriesContext(_connection()) as seen:
        assert client.get(f"/promesse/?list={which}&q=&status=pending").status_code == 200
    assert len(seen) <= 16
    client.force_login(dario)
    page = client.get(f"/promesse/?list={which}").content.decode()
    assert "Carla" not in page
    assert "50,00" not in page


def _connection() -> Any:
    from django.db import connection

    return connection


def test_the_export_holds_what_the_list_shows(client: Browser, ada: User, dario: User, owes: Customer) -> None:
    client.force_login(ada)
    assert "Carla Bianchi;50,00" in client.get("/promesse/csv/").content.decode()
    assert client.get("/promesse/xlsx/?list=plans").status_code == 200
    assert client.get("/promesse/pdf/").status_code == 404
    client.force_login(dario)
    assert "Carla" not in client.get("/promesse/csv/").content.decode()


def test_a_stranger_finds_no_plan_and_changes_nothing(client: Browser, dario: User, owes: Customer) -> None:
    plan = plan_of(owes)
    before = TrailEntry.objects.count()
    client.force_login(dario)
    assert client.get(reverse("desk:plan_builder", args=[owes.pk])).status_code == 404
    assert client.post(reverse("desk:plan_builder", args=[owes.pk]), {"count": "2"}).status_code == 404
    assert client.get(reverse("desk:plan_paper", args=[plan.pk])).status_code == 404
    for name in ("plan_approve", "plan_accept", "plan_cancel"):
        sent = {"how": "email", "accepted_by": "x", "why": "x"}
        assert client.post(reverse(f"desk:{name}", args=[plan.pk]), sent).status_code == 404
    assert TrailEntry.objects.count() == before


def test_a_running_plan_is_told_before_another_is_proposed_and_what_ended_says_why(
    client: Browser, ada: User, owes: Customer
) -> None:
    plan = plan_of(owes)
    accept_plan(plan=plan, how="phone", accepted_by="Carla", actor="ada@acqua.test", as_of=plan.proposed_on)
    client.force_login(ada)
    page = client.get(f"/clienti/{owes.pk}/piano/", {"monthly_cents": "1000"}).content.decode()
    for words in ("Un piano è già in corso", "entro quanto può pagare"):
        assert words in page
    tab = client.get(f"/clienti/{owes.pk}/accordi/").content.decode()
    assert "conta come saltata" in tab
    end_plan(plan, Plan.Status.BROKEN, plan.proposed_on, "system:day", "instalments were not paid in time")
    assert (
        "rate non pagate in tempo"
        in client.get(f"/clienti/{owes.pk}/accordi/", headers={"accept-language": "it"}).content.decode()
    )


def test_the_author_of_a_proposal_is_not_offered_to_approve_it(
    client: Browser, ada: User, bruno: User, owes: Customer
) -> None:
    plan_of(owes, count=8)
    for who, seen in ((ada, False), (bruno, True)):
        client.force_login(who)
        assert ("/approva/" in client.get(f"/clienti/{owes.pk}/accordi/").content.decode()) is seen
