# SPDX-License-Identifier: Apache-2.0
"""Every main page for people who see little, use no pointer, or hold a phone (WCAG 2.2 AA).

axe-core wide in light and narrow in dark; no sideways scroll at 360 px; the keyboard reaches the primary action
and always shows where it stands.
"""

from collections.abc import Callable
from typing import Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.domain.intake.deliveries import csv
from tests.e2e.conftest import Sit
from tests.e2e.test_back_office import BAD, GOOD, HEADERS, bring

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
RULES = {"runOnly": {"type": "tag", "values": TAGS}}
SEEN: tuple[tuple[Literal["light", "dark"], int], ...] = (("light", 1440), ("dark", 390))
"""Both themes and both widths in two looks: colours do not depend on the width, nor names on the colours."""
BAD_ENOUGH = {"serious", "critical"}


def customer(page: Page, rest: str = "") -> None:
    page.goto("/clienti/?q=fontana")
    page.get_by_role("link", name="Marco Fontana", exact=True).click()
    expect(page.locator("h1")).to_have_text("Marco Fontana")
    if rest:
        page.goto(f"{page.url}{rest}")


def first_of(address: str, row: str = "[data-row] a[data-open]") -> Callable[[Page], None]:
    def go(page: Page) -> None:
        page.goto(address)
        page.locator(row).first.click()
        page.wait_for_load_state()

    return go


def mapping(page: Page) -> None:
    bring(page, "aperte.csv", csv(HEADERS, GOOD, BAD), "text/csv")
    page.get_by_role("link", name="Abbina le colonne").click()
    page.wait_for_load_state()


def call_with_answers(page: Page) -> None:
    """The call page with what depends on the answers opened."""
    customer(page, "chiamata/")
    for field, value in (("outcome", "right_party"), ("reason", "dispute"), ("emotion", "angry")):
        page.locator(f"[name={field}][value={value}]").check(force=True)


PAGES: dict[str, tuple[str | None, str | Callable[[Page], None]]] = {
    "sign-in": (None, "/accounts/login/"),
    "my day": ("ada", "/"),
    "waiting": ("ada", "/?list=waiting"),
    "nobody found": ("ada", "/?q=zzz"),
    "customers": ("bruno", "/clienti/"),
    "customer": ("ada", customer),
    "customer's invoices": ("ada", lambda page: customer(page, "fatture/")),
    "why": ("ada", lambda page: customer(page, "perche/")),
    "call": ("ada", call_with_answers),
    "imports": ("bruno", "/importazioni/"),
    "delivery": ("bruno", first_of("/importazioni/")),
    "mapping": ("bruno", mapping),
    "cash": ("bruno", "/incassi/"),
    "cash line": ("bruno", first_of("/incassi/")),
    "cockpit": ("elena", "/cruscotto/"),
    "rows": ("elena", first_of("/cruscotto/", "tbody a[href*='/cruscotto/righe/']")),
    "messages": ("bruno", "/messaggi/?status=all"),
    "message": ("bruno", first_of("/messaggi/?status=all")),
    "actions": ("elena", "/cruscotto/azioni/"),
}
"""Each main page: who looks, and how they get there."""


def arrive(sit: Sit, name: str) -> Page:
    person, way = PAGES[name]
    page = sit(person)
    if isinstance(way, str):
        page.goto(way)
    else:
        way(page)
    return page


@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing_serious_and_no_page_scrolls_sideways(sit: Sit, name: str) -> None:
    page = arrive(sit, name)
    page.emulate_media(reduced_motion="reduce")
    found: list[str] = []
    for scheme, width in SEEN:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        violations = Axe().run(page, options=RULES).response["violations"]
        found += [_told(violation, scheme, width) for violation in violations if violation["impact"] in BAD_ENOUGH]
    page.set_viewport_size({"width": 360, "height": 800})
    assert not found, "\n".join(found)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360, _widest(page)


def _told(violation: dict[str, Any], scheme: str, width: int) -> str:
    where = "; ".join(f"{node['target']} {node['html'][:160]}" for node in violation["nodes"][:4])
    return f"{scheme} {width}: {violation['id']} ({violation['impact']}): {violation['help']}: {where}"


def _widest(page: Page) -> str:
    """What stands out at the right, for the one who mends it."""
    return str(
        page.evaluate(
            """() => [...document.querySelectorAll("body *")].filter(e => e.getBoundingClientRect().right > 361
                && !e.closest(".table-wrap, .tabs, [popover]")).map(e => e.outerHTML.slice(0, 120)).slice(0, 5)"""
        )
    )
