# SPDX-License-Identifier: Apache-2.0
"""Interest and costs of a customer: seen before they are charged, charged by whoever may, withdrawn with a reason."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client as Browser

from ascolto.domain.access.models import Client, User
from ascolto.domain.ledger.actions import post_payment
from ascolto.domain.ledger.models import Charge, Payment
from ascolto.domain.portfolio.models import Customer, Instalment
from tests.web.test_cash import bill, signed_in, text


@pytest.fixture
def firm(carla: Customer) -> Customer:
    Customer.objects.filter(pk=carla.pk).update(kind="business")
    carla.refresh_from_db()
    return carla


@pytest.fixture
def rent(firm: Customer) -> Instalment:
    """A thousand euros, fifty days late: 10.40 % of it is 14.25, and 40.00 of flat sum."""
    return bill(firm, "2026/000123", 1_000_00)


def ticks(browser: Browser, firm: Customer) -> list[str]:
    page = browser.get(f"/clienti/{firm.pk}/interessi/").content.decode()
    return [part.split('"')[0] for part in page.split('name="wanted" value="')[1:]]


def test_what_is_shown_is_charged_told_and_withdrawn(bruno: User, firm: Customer, rent: Instalment) -> None:
    browser, url = signed_in(bruno), f"/clienti/{firm.pk}/interessi/"
    page = text(browser.get(url))
    for words in ("2026/000123", "€14.25", "€40.00", "50 days, €1,000.00 at 10.4%", "Nothing was charged"):
        assert words in page
    shown = ticks(browser, firm)
    assert shown == [f"{rent.invoice_id}:interest:1425", f"{rent.invoice_id}:flat_sum:4000"]
    page = text(browser.post(f"{url}richiedi/", {"wanted": shown, "due_on": "2026-12-20"}, follow=True))
    for words in (
        "Charged: €54.25",
        "INT 2026/000123",
        "SPE 2026/000123",
        "ECB-2026-H2",
        "D.Lgs. 231/2002",
        "still open",
    ):
        assert words in page
    assert ticks(browser, firm) == []
    assert "INT 2026/000123" in text(browser.get(f"/clienti/{firm.pk}/fatture/"))
    assert "Recovery costs" in text(browser.get(f"/clienti/{firm.pk}/estratto-conto/"))
    flat = Charge.objects.get(basis="flat_sum")
    assert "Say why" in text(browser.post(f"/interessi/{flat.pk}/ritira/", {"why": ""}, follow=True))
    page = text(browser.post(f"/interessi/{flat.pk}/ritira/", {"why": "agreed"}, follow=True))
    assert "withdrawn" in page
    assert Payment.objects.get().kind == "credit_note"


def test_amounts_that_changed_meanwhile_are_shown_again(bruno: User, firm: Customer, rent: Instalment) -> None:
    said = {"wanted": [f"{rent.invoice_id}:flat_sum:3999", "nonsense"], "due_on": "2026-12-20"}
    assert "changed meanwhile" in text(
        signed_in(bruno).post(f"/clienti/{firm.pk}/interessi/richiedi/", said, follow=True)
    )
    assert not Charge.objects.exists()


def test_a_household_is_asked_from_the_notice(bruno: User, carla: Customer) -> None:
    bill(carla, "2026/000123", 1_000_00)
    url = f"/clienti/{carla.pk}/interessi/"
    assert "Notice received on" in text(signed_in(bruno).get(url))
    assert ticks(signed_in(bruno), carla) == []
    assert "€0.88" in text(signed_in(bruno).get(f"{url}?notice_on=2026-10-31"))  # 20 days at 1.60
    assert "€2.19" in text(signed_in(bruno).get(f"{url}?from_due=1"))


def test_a_customer_with_nothing_overdue_has_nothing_to_charge(bruno: User, carla: Customer) -> None:
    assert "Nothing is overdue" in text(signed_in(bruno).get(f"/clienti/{carla.pk}/interessi/"))


def test_an_operator_sees_and_does_not_charge_and_a_stranger_finds_nothing(
    ada: User, bruno: User, dario: User, firm: Customer, rent: Instalment
) -> None:
    url = f"/clienti/{firm.pk}/interessi/"
    costs: dict[str, Any] = {"invoice_id": rent.invoice_id, "cents": "12", "reason": "x", "due_on": "2026-11-30"}
    signed_in(bruno).post(f"{url}spese/", costs)
    charge = Charge.objects.get()
    page = text(signed_in(ada).get(url))
    assert "€14.25" in page
    assert "Charge what is ticked" not in page
    for browser, status in ((signed_in(ada), 403), (signed_in(dario), 404)):
        for path, data in (
            (f"{url}richiedi/", {}),
            (f"{url}spese/", costs),
            (f"/interessi/{charge.pk}/ritira/", {"why": "x"}),
        ):
            assert browser.post(path, data).status_code == status, path
    assert signed_in(dario).get(url).status_code == 404
    assert Charge.objects.count() == 1


def test_costs_need_an_amount_and_words(bruno: User, acqua: Client, firm: Customer, rent: Instalment) -> None:
    url = f"/clienti/{firm.pk}/interessi/spese/"
    said = {"invoice_id": rent.invoice_id, "cents": "12,50", "reason": "Raccomandata", "due_on": "2026-11-30"}
    for wrong in ({"cents": "x"}, {"cents": "0"}, {"reason": ""}, {"due_on": "2026-11-19"}, {"due_on": ""}):
        signed_in(bruno).post(url, {**said, **wrong})
    assert not Charge.objects.exists()
    stranger = Customer.objects.create(client=acqua, number="C2", name="X", search_name="x")
    assert signed_in(bruno).post(url, {**said, "invoice_id": bill(stranger, "9", 1).invoice_id}).status_code == 404
    assert "Charged: €12.50" in text(signed_in(bruno).post(url, said, follow=True))


def test_it_speaks_italian(bruno: User, firm: Customer, rent: Instalment) -> None:
    page = text(signed_in(bruno, "it").get(f"/clienti/{firm.pk}/interessi/"))
    for words in (
        "Interessi e spese",
        "Importo forfettario",
        "50 giorni, 1.000,00 € al 10,4%",
        "Richiedi ciò che è spuntato",
    ):
        assert words in page


def test_what_was_paid_late_stands_below_unticked_and_can_be_charged(bruno: User, firm: Customer) -> None:
    item = bill(firm, "2026/000123", 1_000_00)
    post_payment(
        client=firm.client, customer_id=firm.pk, amount_cents=1_000_00, paid_on=dt.date(2026, 11, 10), parts=None,
        idempotency_key="k", actor="bruno@acqua.test", as_of=dt.date(2026, 11, 10),
    )  # fmt: skip
    browser, url = signed_in(bruno), f"/clienti/{firm.pk}/interessi/"
    page = text(browser.get(url))
    for words in ("Nothing is overdue", "Paid in full, but late", "€11.40", "40 days, €1,000.00 at 10.4%", "art. 1199"):
        assert words in page
    assert "checked" not in page
    [interest, _flat] = ticks(browser, firm)
    page = text(browser.post(f"{url}richiedi/", {"wanted": [interest], "due_on": "2026-12-20"}, follow=True))
    for words in ("Charged: €11.40", "INT 2026/000123"):
        assert words in page
    assert Charge.objects.get().of_invoice == item.invoice
    assert [tick.split(":")[1] for tick in ticks(browser, firm)] == ["flat_sum"]
