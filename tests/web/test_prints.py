# SPDX-License-Identifier: Apache-2.0
"""The page of the print bundles: what is still here, its files, and a person's word that it was handed over."""

import io
from pathlib import Path
from typing import Any

import pytest
from django.test import Client as Browser
from pypdf import PdfReader

from ascolto.domain.access.models import Client, User
from ascolto.domain.outreach import bundles
from ascolto.domain.outreach.actions import queue_messages
from ascolto.domain.outreach.looking import go_all
from ascolto.domain.outreach.models import Bundle, Message
from ascolto.domain.portfolio.models import Customer
from ascolto.domain.records import clock
from tests.domain.outreach.conftest import facts

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def bundle(carla: Customer, settings: Any, tmp_path: Path) -> Bundle:
    """Two letters to Carla in one bundle, files and all."""
    settings.PRINT_FOLDER = tmp_path
    letters(carla, "1", "2")
    bundles.make_bundles(worker="w", client_ids=[carla.client_id], folder=bundles.folder(), allow=go_all)
    return Bundle.objects.get()


def letters(carla: Customer, *keys: str) -> None:
    now = clock.now()
    queue_messages(
        Message(
            client_id=carla.client_id, customer=carla, channel="letter", to_name="Carla Bianchi", to_value="Via Verdi 5",
            template="reminder_first", template_version="1", tone=1, language="it", step="reminder_1", subject="Un promemoria",
            text="t", facts=facts().to_dict(), idempotency_key=key, queued_at=now, not_before=now,
        )
        for key in keys
    )  # fmt: skip


def test_what_is_to_be_handed_over_and_what_waits(
    client: Browser, bruno: User, bundle: Bundle, carla: Customer
) -> None:
    letters(carla, "3")
    client.force_login(bruno)
    page = client.get("/messaggi/stampa/").content.decode()
    assert bundle.name in page
    assert "1 lettera attende il prossimo lotto" in page
    assert "Segna consegnato" in page


def test_handed_over_and_undone(client: Browser, bruno: User, bundle: Bundle) -> None:
    client.force_login(bruno)
    page = client.post(f"/messaggi/stampa/{bundle.pk}/consegna/", follow=True).content.decode()
    assert f"/messaggi/stampa/{bundle.pk}/annulla/" in page, "the toast can undo it"
    assert "Nessun lotto da consegnare" in page
    assert bundle.name in client.get("/messaggi/stampa/?state=handed_over").content.decode()
    assert Bundle.objects.get().handed_over_by == bruno.email
    again = client.post(f"/messaggi/stampa/{bundle.pk}/consegna/", follow=True).content.decode()
    assert "Si può consegnare solo un lotto preparato" in again
    client.post(f"/messaggi/stampa/{bundle.pk}/annulla/")
    assert (Bundle.objects.get().state, Bundle.objects.get().handed_over_at) == ("made", None)


def test_an_operator_sees_and_does_not_hand_over(client: Browser, ada: User, bundle: Bundle) -> None:
    client.force_login(ada)
    for address in ("/messaggi/stampa/", f"/messaggi/stampa/{bundle.pk}/"):
        page = client.get(address).content.decode()
        assert bundle.name in page
        assert "Segna consegnato" not in page
    assert client.post(f"/messaggi/stampa/{bundle.pk}/consegna/").status_code == 403
    assert client.post(f"/messaggi/stampa/{bundle.pk}/annulla/").status_code == 403
    assert Bundle.objects.get().state == "made"


def test_the_bundle_names_its_letters_and_gives_its_files(client: Browser, bruno: User, bundle: Bundle) -> None:
    client.force_login(bruno)
    page = client.get(f"/messaggi/stampa/{bundle.pk}/").content.decode()
    message = Message.objects.first()
    assert message is not None
    assert f"/messaggi/{message.pk}/" in page
    pdf = client.get(f"/messaggi/stampa/{bundle.pk}/pdf/")
    assert len(PdfReader(io.BytesIO(pdf.content)).pages) == bundle.pages
    assert bundle.name in pdf.headers["Content-Disposition"]
    assert b"Carla Bianchi" in client.get(f"/messaggi/stampa/{bundle.pk}/csv/").content
    assert client.get(f"/messaggi/stampa/{bundle.pk}/json/").json()["letters"] == 2
    assert client.get(f"/messaggi/stampa/{bundle.pk}/exe/").status_code == 404
    assert bundle.name in client.get(f"/messaggi/{message.pk}/").content.decode(), "the message says where it lies"


def test_a_message_in_no_bundle_says_nothing_of_one(client: Browser, bruno: User, carla: Customer) -> None:
    letters(carla, "1")
    client.force_login(bruno)
    page = client.get(f"/messaggi/{Message.objects.get().pk}/")
    assert page.status_code == 200
    assert "/messaggi/stampa/" not in page.content.decode()


def test_nothing_yet_is_said_with_what_to_do(client: Browser, bruno: User) -> None:
    client.force_login(bruno)
    assert "ascolto send" in client.get("/messaggi/stampa/").content.decode()
    assert "Ancora nessun lotto" in client.get("/messaggi/stampa/?state=handed_over").content.decode()


def test_the_list_costs_the_same_for_one_and_for_many(
    client: Browser, bruno: User, acqua: Client, django_assert_max_num_queries: Any
) -> None:
    Bundle.objects.bulk_create(
        Bundle(client=acqua, number=n, duplex=True, state="made", made_at=clock.now(), letters=1, pages=2, sheets=1)
        for n in range(1, 61)
    )
    client.force_login(bruno)
    with django_assert_max_num_queries(12):
        assert client.get("/messaggi/stampa/").status_code == 200
