# SPDX-License-Identifier: Apache-2.0
"""The same work in a browser that runs no script: slower under the fingers, and complete."""

from playwright.sync_api import expect

from tests.domain.intake.deliveries import invoice
from tests.e2e.conftest import Sit
from tests.e2e.world import vat


def test_a_call_with_its_promise_is_recorded(sit: Sit) -> None:
    page = sit("ada", javascript=False)
    page.goto("/")
    page.get_by_role("link", name="Registra una chiamata con Dino Verdi").click()
    page.locator("[name=outcome][value=right_party]").check(force=True)
    page.locator("[name=reason][value=temporary_difficulty]").check(force=True)
    page.locator("[name=reason_detail][value=waiting_for_money]").check(force=True)
    page.locator("[name=solution][value=new_date]").check(force=True)
    page.fill("#id_promise_cents", "340,10")
    page.fill("#id_promise_on", "2026-11-30")
    page.get_by_role("button", name="Registra e passa al prossimo").click()
    expect(page.locator("#toasts")).to_contain_text("Chiamata con Dino Verdi registrata, con la promessa.")
    page.goto("/clienti/?q=dino")
    page.get_by_role("link", name="Dino Verdi").click()
    expect(page.locator("#story")).to_contain_text("Promessi 340,10 € entro il 30/11/2026")


def test_the_list_is_filtered_sorted_and_paged_by_plain_addresses(sit: Sit) -> None:
    page = sit("ada", javascript=False)
    page.goto("/")
    page.locator("form.filters [name=q]").fill("fabio")
    page.locator("form.filters").get_by_role("button", name="Applica").click()
    expect(page.locator("[data-row] th a")).to_have_text(["Fabio Gallo"])
    page.get_by_role("link", name="Cliente", exact=True).click()
    assert "sort=" in page.url
    assert "q=fabio" in page.url


def test_dialogs_open_and_a_hold_is_placed_and_undone(sit: Sit) -> None:
    page = sit("ada", javascript=False)
    page.goto("/clienti/?q=ivan")
    page.get_by_role("link", name="Ivan Rizzo").click()
    page.get_by_role("button", name="Sospendi i contatti").click()
    page.fill("#hold-reason", "Richiama lui lunedì")
    page.locator("#hold").get_by_role("button", name="Sospendi i contatti").click()
    page.locator("#toasts").get_by_role("button", name="Annulla").click()
    expect(page.locator("#toasts")).to_contain_text("Sospensione revocata.")


def test_cash_is_confirmed_and_undone(sit: Sit) -> None:
    page = sit("bruno", javascript=False)
    page.goto("/incassi/")
    page.get_by_role("button", name="Conferma per Rita Bruno").click()
    expect(page.locator("#toasts")).to_contain_text("118,30 € abbinati a Rita Bruno.")
    page.locator("#toasts").get_by_role("button", name="Annulla").click()
    expect(page.locator("#toasts")).to_contain_text("118,30 € torna da abbinare.")


def test_an_invoice_is_brought_and_accepted(sit: Sit) -> None:
    page = sit("bruno", javascript=False)
    page.goto("/importazioni/")
    page.select_option("select[name=client]", label="Acqua e Luce S.p.A.")
    xml = invoice(number="2026/901", total="55.00", seller_vat=vat("acqua"))
    page.set_input_files("#bring-files", {"name": "a.xml", "mimeType": "text/xml", "buffer": xml})
    page.get_by_role("button", name="Leggi i file").click()
    expect(page.locator(".delivery-figures")).to_contain_text("55,00 €")
    page.get_by_role("button", name="Accetta", exact=True).click()
    page.get_by_role("button", name="Accetta la consegna").click()
    expect(page.locator("#toasts")).to_contain_text("Accettata")
