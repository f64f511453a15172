# SPDX-License-Identifier: Apache-2.0
"""Bruno's work in a real browser: deliveries brought, corrected and accepted, cash confirmed, messages, figures."""

import re

from playwright.sync_api import Page, expect

from tests.domain.intake.deliveries import csv, invoice
from tests.e2e.conftest import Sit
from tests.e2e.world import vat

HEADERS = ("Cod. soggetto", "Intestatario", "N. doc.", "Emissione", "Da pagare entro", "Euro")
GOOD = ("C077", "Rossi Impianti S.r.l.", "F77", "15/10/2026", "31/10/2026", "1.100,00")
BAD = ("C077", "Rossi Impianti S.r.l.", "F78", "15/10/2026", "31/13/2026", "50,00")
FIELDS = ("customer_number", "customer_name", "invoice_number", "issued_on", "due_on", "amount_cents")


def bring(page: Page, name: str, content: bytes, kind: str, client: str = "Acqua e Luce S.p.A.") -> None:
    """Choose one file on the imports page and read it."""
    page.goto("/importazioni/")
    page.select_option("select[name=client]", label=client)
    page.set_input_files("#bring-files", {"name": name, "mimeType": kind, "buffer": content})
    page.get_by_role("button", name="Leggi i file").click()
    expect(page.locator("h1")).to_contain_text("Consegna")


def choose(page: Page, name: str, value: str) -> None:
    """One choice of the mapping, until the preview shows it: a preview under way is dropped with a word on the console."""
    with page.expect_response(re.compile(f"/colonne/.*{name}={value}")):
        page.select_option(f"[name={name}]", value)
    expect(page.locator(".htmx-request")).to_have_count(0)


def accept(page: Page) -> None:
    page.get_by_role("button", name="Accetta", exact=True).click()
    page.get_by_role("button", name="Accetta la consegna").click()
    expect(page.locator("#toasts")).to_contain_text("Accettata")


def test_an_invoice_of_their_own_is_read_reported_accepted_and_stands_on_the_customer_page(sit: Sit) -> None:
    page = sit("bruno")
    xml = invoice(number="2026/900", total="210.00", seller_vat=vat("acqua"), buyer_code="", buyer_vat="00743110157",
                  buyer_name="Officine Nuove S.r.l.")  # fmt: skip
    bring(page, "fattura.xml", xml, "text/xml")
    expect(page.locator(".delivery-figures")).to_contain_text("210,00 €")
    page.keyboard.press("a")
    expect(page.locator("#accept")).to_be_visible()
    page.keyboard.press("Escape")
    accept(page)
    page.goto("/clienti/?q=officine")
    page.get_by_role("link", name="Officine Nuove S.r.l.").click()
    expect(page.locator(".customer-head .headline")).to_contain_text("210,00 €")
    expect(page.locator(".recommend h2")).not_to_be_empty()


def test_the_columns_of_a_list_are_mapped_once_with_a_preview_and_the_wrong_row_is_mended(sit: Sit) -> None:
    page = sit("bruno", allow=(422,))
    bring(page, "aperte.csv", csv(HEADERS, GOOD, BAD), "text/csv")
    page.get_by_role("link", name="Abbina le colonne").click()
    choose(page, "kind", "open_items")
    for index, field in enumerate(FIELDS):
        choose(page, f"col_{index}", field)
    expect(page.locator("main")).to_contain_text("1.100,00")
    expect(page.locator("main")).to_contain_text("31/13/2026")
    page.fill("[name=name]", "Gestionale di prova")
    page.get_by_role("button", name="Salva e leggi l'elenco").click()
    expect(page.locator("#toasts")).to_contain_text("Colonne salvate")
    expect(page.locator("#problems")).to_contain_text("31/13/2026")
    page.get_by_role("link", name="Correggi").click()
    expect(page.locator("#problems").get_by_label("Scadenza")).to_be_focused()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("31/12/2026")
    page.keyboard.press("Enter")
    expect(page.locator("#toasts")).to_contain_text("Corretta: la riga è pronta.")
    accept(page)
    page.goto("/clienti/?q=F78")
    expect(page.locator("[data-row] th a")).to_have_text(["Rossi Impianti S.r.l."])

    bring(page, "di-nuovo.csv", csv(HEADERS, (*GOOD[:2], "F79", *GOOD[3:])), "text/csv")
    expect(page.get_by_role("link", name="Abbina le colonne")).to_have_count(0)
    expect(page.locator(".delivery-figures")).to_contain_text("1.100,00 €")


def test_a_file_that_cannot_be_read_says_so_and_nothing_is_taken(sit: Sit) -> None:
    page = sit("bruno")
    bring(page, "rotta.xml", b"<p:FatturaElettronica><non chiusa", "text/xml")
    expect(page.locator("#problems")).to_contain_text("rotta.xml")
    expect(page.locator(".delivery-figures")).to_contain_text("Nuove fatture0")


def test_cash_is_confirmed_with_its_key_and_undone(sit: Sit) -> None:
    page = sit("bruno")
    page.goto("/incassi/")
    row = page.locator("[data-row]", has_text="Olga Marino")
    expect(row).to_contain_text("88%")
    before = page.locator("[data-row]").count()
    while "Olga Marino" not in (page.locator("[data-row][aria-current]").all_inner_texts() or [""])[0]:
        page.keyboard.press("j")
    page.keyboard.press("c")
    expect(page.locator("#toasts")).to_contain_text("93,15 € abbinati a Olga Marino.")
    expect(page.locator("[data-row]")).to_have_count(before - 1)
    page.keyboard.press("u")
    expect(page.locator("#toasts")).to_contain_text("93,15 € torna da abbinare.")
    expect(page.locator("[data-row]")).to_have_count(before)


def test_confirmed_cash_takes_the_customer_off_the_call_list_at_once(sit: Sit) -> None:
    page = sit("bruno")
    page.goto("/clienti/?q=greco")
    page.get_by_role("link", name="Pino Greco").click()
    expect(page.locator(".recommend-kicker")).to_have_text("Prossimo passo")
    address = page.url
    page.goto("/incassi/")
    page.get_by_role("button", name="Conferma per Pino Greco").click()
    expect(page.locator("#toasts")).to_contain_text("64,80 € abbinati a Pino Greco.")
    page.goto(address)
    expect(page.locator(".recommend-kicker")).to_have_text("Oggi nulla da fare")
    expect(page.locator("#story")).to_contain_text("64,80 €")


def test_the_figures_lead_to_their_rows_and_the_rows_to_a_file(sit: Sit) -> None:
    page = sit("bruno")
    page.goto("/cruscotto/")
    page.get_by_role("link", name="Acqua e Luce S.p.A.").click()
    expect(page.locator(".figure").first).to_be_visible()
    assert page.locator(".chart svg").count() >= 2
    page.locator("tbody a[href*='/cruscotto/righe/']").first.click()  # ages with nothing in them are no links
    page.wait_for_url("**/cruscotto/righe/**")
    shown = page.locator("[data-row] th a").first.inner_text()
    with page.expect_download() as going:
        page.get_by_role("link", name="Esporta CSV").click()
    assert shown in going.value.path().read_text(encoding="utf-8-sig")
    page.locator("[data-row] th a").first.click()
    expect(page.locator(".customer-head")).to_be_visible()


def test_the_message_of_which_nobody_knows_is_resolved_by_a_person(sit: Sit) -> None:
    page = sit("bruno")
    page.goto("/messaggi/")
    row = page.locator("[data-row]", has_text="Sara Ferri")
    expect(row).to_have_count(1)
    row.locator("a[data-open]").click()
    letter = page.frame_locator("iframe.message-body")
    expect(letter.locator("body")).to_contain_text("Sara Ferri")
    page.get_by_role("button", name="È arrivato").click()
    expect(page.locator("#toasts")).to_contain_text("Segnato come inviato.")
    expect(page.get_by_role("link", name=re.compile("^Dubbi"))).to_contain_text("0")


def test_one_of_two_clients_is_chosen_and_the_lists_follow(sit: Sit) -> None:
    page = sit("bruno")
    page.goto("/clienti/?q=bianchi")
    expect(page.get_by_role("link", name="Carla Bianchi")).to_be_visible()
    page.get_by_role("button", name="Scegli il committente").click()
    page.get_by_role("button", name="Altrove S.r.l.").click()
    page.goto("/clienti/")
    expect(page.locator("[data-row] th a")).to_have_text(["Tina Lupo"])
    page.get_by_role("button", name="Scegli il committente").click()
    page.locator("#clients").get_by_role("button", name="Tutti i committenti").click()
    page.goto("/clienti/")
    expect(page.get_by_role("link", name="Carla Bianchi")).to_be_visible()
