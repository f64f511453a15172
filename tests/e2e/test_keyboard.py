# SPDX-License-Identifier: Apache-2.0
"""Without a pointer: Tab reaches the primary action and always shows where it stands; on a phone the menu opens."""

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import Sit
from tests.e2e.test_access import arrive

STOP = """() => {
    const here = document.activeElement;
    if (!here || here === document.body) return null;
    const ring = (e) => { const s = getComputedStyle(e);
        return (s.outlineStyle !== "none" && parseFloat(s.outlineWidth) > 0) || s.boxShadow.includes("inset"); };
    const carriers = [here, here.closest("label"), ...here.children, here.parentElement].filter(Boolean);
    return {primary: here.matches(".primary"), ring: carriers.some(ring), html: here.outerHTML.slice(0, 140)};
}"""


@pytest.mark.parametrize("name", ["sign-in", "my day", "customer", "call", "imports", "cash line"])
def test_tab_reaches_the_primary_action_and_the_focus_is_always_seen(sit: Sit, name: str) -> None:
    page = arrive(sit, name)
    page.evaluate("document.activeElement.blur()")
    primary = False
    for _press in range(90):
        page.keyboard.press("Tab")
        stop = page.evaluate(STOP)
        if stop is None:
            continue
        assert stop["ring"], f"the focus is not seen on {stop['html']}"
        primary = primary or stop["primary"]
        if primary and name != "call":
            break
    assert primary, "Tab does not reach the primary action"


def test_the_first_tab_leads_past_the_menu(sit: Sit) -> None:
    page = sit("ada")
    page.goto("/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Vai al contenuto")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


def test_on_a_phone_the_menu_opens_and_the_day_can_be_worked(sit: Sit) -> None:
    page = sit("ada", width=390, height=844)
    page.goto("/")
    expect(page.locator("#rail")).to_be_hidden()
    page.get_by_role("button", name="Menu").click()
    page.locator("#rail").get_by_role("link", name="Clienti").click()
    expect(page.locator("h1")).to_have_text("Clienti")
    page.goto("/")
    page.get_by_role("link", name="Inizia a chiamare").click()
    expect(page.locator("#call")).to_be_visible()
    for button in page.locator("#call .choices label:visible").all():
        box = button.bounding_box()
        assert box is not None
        assert box["height"] >= 44
