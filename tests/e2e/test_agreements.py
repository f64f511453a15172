# SPDX-License-Identifier: Apache-2.0
"""A plan from the first question to the signature, and the lawyer's file, in a real browser."""

import io
import zipfile

import pypdf
from playwright.sync_api import expect

from tests.e2e.conftest import Sit
from tests.e2e.test_cases import open_customer


def test_a_plan_from_the_question_to_the_signature(sit: Sit) -> None:
    page = sit("bruno")
    open_customer(page, "Fabio Gallo")
    page.goto(page.url.rstrip("/") + "/accordi/")
    page.get_by_role("link", name="Costruisci un piano").click()
    page.fill("#monthly", "150,00")
    page.get_by_role("button", name="Mostra le alternative").click()
    way = page.locator(".ways .card").first
    expect(way).to_contain_text("€")
    way.get_by_role("button", name="Proponi questa").click()
    expect(page.locator("main")).to_contain_text("Da accettare")
    shown = page.get_by_role("link", name="PDF da firmare").get_attribute("href") or ""
    paper = " ".join(one.extract_text() for one in pypdf.PdfReader(io.BytesIO(page.request.get(shown).body())).pages)
    assert "Fabio Gallo" in paper
    page.locator("select[name=how]").select_option("signed")
    page.locator("input[name=proof]").set_input_files(
        {"name": "firmato.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4 firmato"}
    )
    page.get_by_role("button", name="Registra l'accettazione").click()
    expect(page.locator("main")).to_contain_text("In corso")


def test_the_lawyers_file_is_one_click(sit: Sit) -> None:
    page = sit("bruno")
    open_customer(page, "Marco Fontana")
    page.goto(page.url.rstrip("/") + "/documenti/")
    page.get_by_role("button", name="Fascicolo").click()
    with page.expect_download() as going:
        page.get_by_role("link", name=".zip").first.click()
    with zipfile.ZipFile(io.BytesIO(going.value.path().read_bytes())) as pack:
        names = pack.namelist()
    assert any(name.endswith(".pdf") for name in names)
    assert len(names) > 2
