# SPDX-License-Identifier: Apache-2.0
"""The pages about collections: a mandate registered, a file looked at, made and downloaded, news placed, strangers out."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse

from ascolto.domain.access.models import User
from ascolto.domain.debits.models import BankNews, Collection, CollectionOrder, Creditor, DebitMandate
from ascolto.domain.portfolio.models import Customer
from tests.domain.debits.conftest import CREDITOR, HERS, OWN, owe, status
from tests.domain.intake.deliveries import take
from tests.domain.intake.formats.test_collections import flow, order

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(client: Browser, bruno: User) -> Browser:
    client.force_login(bruno)
    return client


def do(browser: Browser, name: str, pk: int, **said: Any) -> None:
    assert browser.post(reverse(f"desk:{name}", args=[pk]), said).status_code == 302


def page(browser: Browser, name: str = "debits", *args: Any, **query: str) -> str:
    answer = browser.get(reverse(f"desk:{name}", args=args), query)
    assert answer.status_code == 200
    return answer.content.decode()


def signed(browser: Browser, carla: Customer) -> DebitMandate:
    do(browser, "mandate_register", carla.pk, reference="UMR-1", iban=HERS, signed_on="2026-01-10", scheme="CORE",
       sequence="RCUR")  # fmt: skip
    return DebitMandate.objects.get()


def test_from_the_signed_mandate_to_the_file(browser: Browser, carla: Customer) -> None:
    item = owe(carla)
    assert "Ancora nulla di presentato" in page(browser)
    do(browser, "debits_codes", carla.client_id, creditor_id=CREDITOR, iban=OWN, cuc="A1B2C3D4")
    assert Creditor.objects.get().prenotice_days is None
    signed(browser, carla)
    assert "UMR-1" in page(browser, "customer_tab", carla.pk, "accordi")
    look = page(browser, due_by="2026-11-30")
    assert "1 rata, 123,45" in look.replace("\xa0", " ")
    assert not Collection.objects.exists(), "looking makes nothing"
    do(browser, "debits_make", carla.client_id, due_by="2026-11-30", form="cbi")
    made = Collection.objects.get()
    answer = browser.get(reverse("desk:debits_file", args=[made.pk]))
    assert f"ASC-{item.pk}-1".encode() in answer.content
    assert "attachment" in answer.headers["Content-Disposition"]
    assert "SDD CORE: presentato, non ancora pagato" in page(browser, "customer_tab", carla.pk, "fatture")
    assert "SDD CORE presentato" in page(browser, "customer", carla.pk)
    assert "Già presentata" in page(browser, due_by="2026-11-30")
    do(browser, "debits_cancel", made.pk, why="Data sbagliata")
    assert CollectionOrder.objects.get().state == "cancelled"


def test_an_unpaid_one_is_told_with_its_reason_and_what_to_do(browser: Browser, carla: Customer) -> None:
    owe(carla)
    take(carla.client, ("s.xml", status("E2E-1", "MD06")))
    news = BankNews.objects.get()
    assert "Non si è trovata la sua rata" in page(browser)
    item = carla.instalments.get()
    do(browser, "debits_assign", news.pk, instalment=str(item.pk))
    told = page(browser, "customer", carla.pk)
    assert "rimborso chiesto dal cliente" in told
    assert "Chiedere perché: il cliente lo ha stornato" in told
    assert "insoluto" in page(browser, "customer_tab", carla.pk, "fatture")


def test_a_code_of_the_bank_is_put_into_words_once(browser: Browser, carla: Customer) -> None:
    owe(carla)
    take(carla.client, ("r.txt", flow(order(1, 12345, cause="30010"), minus=12345).encode()))
    news = BankNews.objects.get()
    assert "30010" in page(browser)
    do(browser, "debits_teach", news.pk, outcome="returned", words="Insoluto alla scadenza")
    assert CollectionOrder.objects.get().state == "returned"
    assert "Insoluto alla scadenza" in page(browser, "customer", carla.pk)


def test_a_piece_that_is_not_ours_is_set_aside(browser: Browser, carla: Customer) -> None:
    take(carla.client, ("s.xml", status("E2E-1")))
    news = BankNews.objects.get()
    do(browser, "debits_aside", news.pk, why="")
    do(browser, "debits_assign", news.pk, instalment="")
    assert BankNews.objects.get().state == "waiting"
    do(browser, "debits_aside", news.pk, why="Di un'altra azienda")
    assert BankNews.objects.get().state == "aside"


def test_a_mandate_is_revoked_with_its_reason(browser: Browser, carla: Customer) -> None:
    mandate = signed(browser, carla)
    do(browser, "mandate_register", carla.pk, reference="UMR 2", iban="IT00", signed_on="ieri")
    do(browser, "mandate_revoke", mandate.pk, why="Ha cambiato banca")
    assert DebitMandate.objects.get().state == "revoked"
    assert "Ha cambiato banca" in page(browser, "customer_tab", carla.pk, "accordi")


def test_a_stranger_finds_nothing_and_an_operator_makes_no_file(
    client: Browser, browser: Browser, carla: Customer, dario: User, ada: User
) -> None:
    owe(carla)
    mandate = signed(browser, carla)
    take(carla.client, ("s.xml", status("E2E-1")))
    news = BankNews.objects.get()
    things = {"debits_make": carla.client_id, "debits_codes": carla.client_id, "debits_teach": news.pk, "debits_assign": news.pk,
              "debits_aside": news.pk, "mandate_register": carla.pk, "mandate_revoke": mandate.pk}  # fmt: skip
    said = {"instalment": "1", "why": "x", "outcome": "returned", "words": "x", "due_by": "2026-11-30", "form": "cbi"}
    client.force_login(dario)
    assert {name: client.post(reverse(f"desk:{name}", args=[pk]), said).status_code for name, pk in things.items()} == (
        dict.fromkeys(things, 404)
    )
    flow = Collection.objects.create(client=carla.client, kind="core", identifier="X", made_on=dt.date(2026, 11, 20),
                                     author="b", form="cbi", content=b"<x/>")  # fmt: skip
    assert client.get(reverse("desk:debits_file", args=[flow.pk])).status_code == 404
    assert client.post(reverse("desk:debits_cancel", args=[flow.pk]), {"why": "x"}).status_code == 404
    assert "Carla" not in client.get(reverse("desk:debits")).content.decode()
    client.force_login(ada)
    assert client.get(reverse("desk:debits")).status_code == 403
    assert client.post(reverse("desk:debits_make", args=[carla.client_id]), said).status_code == 403
