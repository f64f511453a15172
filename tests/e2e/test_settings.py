# SPDX-License-Identifier: Apache-2.0
"""A client's settings in a real browser: a charter is agreed, refused with its reason, and told in its history."""

from playwright.sync_api import expect

from tests.e2e.conftest import Sit


def test_a_charter_is_agreed_and_told(sit: Sit) -> None:
    page = sit("bruno", allow=(422,))
    page.goto("/committenti/")
    if page.locator("[data-open]").count():
        page.locator("[data-open]").first.click()
    page.get_by_text("Concordare una nuova carta").click()
    page.locator("[name=max_tone]").select_option("3")
    page.locator("[name=service__late_cents]").fill("40")
    page.locator("[name=signed_by]").fill("Dott.ssa Neri")
    page.get_by_role("button", name="Vale da oggi").click()
    expect(page.locator("#charter")).to_contain_text("un indennizzo ha bisogno del suo termine")
    expect(page.locator("[name=max_tone]")).to_have_value("3")
    page.locator("[name=service__answer_days]").fill("20")
    page.get_by_role("button", name="Vale da oggi").click()
    expect(page.locator(".toasts")).to_contain_text("La carta vale da oggi")
    expect(page.locator("#charter")).to_contain_text("20 giorni")
    expect(page.locator("#history")).to_contain_text("firmata da Dott.ssa Neri")


def test_the_settings_and_a_case_fit_a_phone(sit: Sit) -> None:
    page = sit("bruno", width=390, height=844)
    page.goto("/committenti/")
    addresses = [page.url]
    page.goto("/pratiche/?view=table&all=1")
    addresses += [link.get_attribute("href") or "" for link in page.locator("[data-open]").all()[:1]]
    for address in addresses:
        page.goto(address)
        for fold in page.locator("main details > summary").all():
            fold.click()
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, address
