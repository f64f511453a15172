# SPDX-License-Identifier: Apache-2.0
"""Interest, the charter's limits and early settlement on screen; a stranger finds nothing."""

import datetime as dt
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client as Browser
from django.urls import reverse

from ascolto.domain.access.models import User
from ascolto.domain.agreements.models import Plan
from ascolto.domain.mandates.models import Mandate
from ascolto.domain.portfolio.models import Customer, Instalment, Invoice

FIRST = "2026-12-07"


@pytest.fixture
def owes(carla: Customer) -> Customer:
    """Carla owes 300 euro; her client's charter asks the legal rate in plans and allows ten instalments."""
    own: dict[str, Any] = {"client": carla.client, "customer": carla}
    day = dt.date(2026, 10, 1)
    invoice = Invoice.objects.create(number="F1", issued_on=day, total_cents=30_000, payable_cents=30_000, **own)
    Instalment.objects.create(invoice=invoice, due_on=day, amount_cents=30_000, **own)
    Mandate.objects.create(
        client=carla.client, starts_on=day, signed_on=day, signed_by="Ing. Verdi",
        charter={"plans": {"interest": "legal", "max_months": 10}},
    )  # fmt: skip
    return carla


def test_from_the_builder_to_early_settlement(client: Browser, ada: User, dario: User, owes: Customer) -> None:
    client.force_login(ada)
    url = reverse("desk:plan_builder", args=[owes.pk])
    page = client.get(url, {"monthly_cents": "100", "first_on": FIRST}).content.decode()
    for said in ("10 rate", "carta", "Ing. Verdi", "1,6%", "LEG-2026-01-01", "P-1283", "di cui interessi"):
        assert said in page, said
    client.post(url, {"count": "3", "first_on": FIRST})
    plan = Plan.objects.get()
    assert (plan.interest_kind, plan.interest_cents > 0) == ("legal", True)
    accept = reverse("desk:plan_accept", args=[plan.pk])
    client.post(accept, {"how": "phone", "accepted_by": "Carla"})
    plan.refresh_from_db()
    assert plan.status == "approved", "interest is not agreed on the phone"
    settle = reverse("desk:plan_settle", args=[plan.pk])
    assert "non è in corso" in client.get(settle).content.decode()
    paper = SimpleUploadedFile("firmato.pdf", b"%PDF", "application/pdf")
    client.post(accept, {"how": "signed", "accepted_by": "Carla", "proof": paper})
    page = client.get(settle, {"by": "2026-12-20"}).content.decode()
    assert "300,39" in page, "thirty days at 1.60 % on 300.00"
    assert client.post(settle, {"by": "2026-12-20"}).status_code == 302
    plan.refresh_from_db()
    assert (plan.early_cents, plan.early_by) == (30_039, dt.date(2026, 12, 20))
    assert "300,39" in client.get(reverse("desk:customer_tab", args=[owes.pk, "accordi"])).content.decode()
    assert client.post(settle, {"by": "2030-01-01"}).status_code == 200
    statement = client.get(reverse("desk:statement", args=[owes.pk])).content.decode()
    assert "da scadere" in statement
    client.force_login(dario)
    assert client.get(settle).status_code == 404
    assert client.post(settle, {"by": "2026-12-01"}).status_code == 404


def test_a_charter_beyond_the_law_is_said_on_the_builder(client: Browser, ada: User, owes: Customer) -> None:
    Mandate.objects.update(charter={"plans": {"interest": "agreed", "interest_bp": 900}})
    client.force_login(ada)
    url = reverse("desk:plan_builder", args=[owes.pk])
    assert "usura" in client.get(url).content.decode()
    client.post(url, {"count": "3", "first_on": FIRST})
    assert not Plan.objects.exists()
