# SPDX-License-Identifier: Apache-2.0
"""A partial dispute in a real browser: opened from the customer's page, taken in hand, closed, approved by another."""

from playwright.sync_api import Page, expect

from tests.e2e.conftest import Sit


def open_customer(page: Page, name: str) -> None:
    page.goto(f"/clienti/?q={name}")
    page.get_by_role("link", name=name, exact=True).click()
    expect(page.locator("h1")).to_have_text(name)


def test_a_partial_dispute_from_the_first_word_to_the_credit_note(sit: Sit) -> None:
    page = sit("ada")
    open_customer(page, "Dino Verdi")
    page.locator("button[popovertarget=case]").first.click()
    page.locator("#case-topic").select_option("amount")
    page.locator("#case-invoice").select_option(index=1)
    page.fill("#case-cents", "40,10")
    page.fill("#case-reason", "La lettura non è la mia")
    page.locator("#case").get_by_role("button", name="Apri", exact=True).click()
    page.goto("/pratiche/")
    card = page.locator(".case-card", has_text="La lettura non è la mia")
    expect(card).to_contain_text("scade tra")
    card.get_by_role("link").click()
    page.get_by_role("button", name="La prendo io").click()
    page.locator("#verdict").select_option("partial")
    page.fill("#granted", "30,00")
    page.fill("#outcome", "Lettura stimata: riconosciamo la differenza")
    page.locator("#close").get_by_role("button", name="Chiudi").click()
    expect(page.locator("main")).to_contain_text("Ragione in parte")
    page = sit("bruno")
    page.goto("/rinunce/")
    row = page.locator("[data-row]", has_text="Dino Verdi")
    expect(row).to_contain_text("30,00")
    row.get_by_role("button", name="Approva").click()
    expect(page.locator(".toasts")).to_contain_text("Approvata")


def test_the_board_fits_a_phone(sit: Sit) -> None:
    page = sit("ada")
    page.set_viewport_size({"width": 390, "height": 844})
    for address in ("/pratiche/", "/rinunce/"):
        page.goto(address)
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0
