# SPDX-License-Identifier: Apache-2.0
"""A real browser, a real server, a small portfolio. Each test file gets its own copy of the world and its own server.

The server is the product's own (`ascolto serve`) in a process of its own, on SQLite or on the PostgreSQL of
DATABASE_URL; the tests see nothing but the pages. A console error, a refusal of the content security policy, an
uncaught error of a script or a 5xx answer fails the test in which it happened.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.e2e.house import House, Worlds
from tests.e2e.world import PASSWORD, PEOPLE

CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
QUIET = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
PATIENCE_MS = 20_000
"""How long a page may take on a busy machine before the test gives up; no test asks how long it took."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything below this folder is a browser test."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.e2e)


@pytest.fixture(scope="session")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worlds]:
    """The world, built once for all workers of this run."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base
    found = Worlds(shared, os.environ.get("DATABASE_URL", ""))
    found.enter()
    yield found
    found.leave()


@pytest.fixture(scope="module")
def house(worlds: Worlds, browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A server with a fresh copy of the world, for one test file."""
    with worlds.copy(tmp_path_factory.mktemp("house")) as house:
        yield house


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium of this machine; without it the tests are skipped, or fail where everything is required."""
    path = next((found for name in CHROMIUM if (found := shutil.which(name))), None)
    if path is None:
        missing = f"no Chromium on this machine (looked for {', '.join(CHROMIUM)})"
        if os.environ.get("ASCOLTO_REQUIRE_ALL") == "1":
            pytest.fail(missing)
        pytest.skip(missing)
    with sync_playwright() as playwright:
        expect.set_options(timeout=PATIENCE_MS)
        chromium = playwright.chromium.launch(executable_path=path, args=list(QUIET))
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def passes() -> dict[str, Any]:
    """The cookies of who has signed in already."""
    return {}


Sit = Callable[..., Page]


@pytest.fixture
def sit(browser: Browser, house: House, passes: dict[str, Any]) -> Iterator[Sit]:
    """`sit("ada", javascript=False, width=390, allow=(404,))`: a page at which that person has signed in."""
    contexts, trouble = [], []

    def watch(page: Page, allow: tuple[int, ...]) -> None:
        def console(message: Any) -> None:
            allowed = any(f"status of {status} " in message.text for status in allow)
            if message.type == "error" and not allowed:
                trouble.append(f"console: {message.text} ({page.url})")

        page.on("console", console)
        page.on("pageerror", lambda error: trouble.append(f"script: {error} ({page.url})"))
        page.on(
            "response", lambda answer: trouble.append(f"{answer.status} {answer.url}") if answer.status >= 500 else None
        )

    def seat(
        person: str | None,
        *,
        javascript: bool = True,
        width: int = 1440,
        height: int = 1000,
        allow: tuple[int, ...] = (),
    ) -> Page:
        context = browser.new_context(
            base_url=house.url, locale="it-IT", timezone_id="Europe/Rome", java_script_enabled=javascript,
            viewport={"width": width, "height": height}, storage_state=passes.get(person or ""),
        )  # fmt: skip
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        page = context.new_page()
        watch(page, allow)
        if person and person not in passes:
            sign_in(page, person)
            passes[person] = context.storage_state()
        return page

    yield seat
    for context in contexts:
        context.close()
    assert not trouble, "\n".join([*trouble, house.last_words()])


def sign_in(page: Page, person: str) -> None:
    """Sign in through the form, as people do."""
    page.goto("/accounts/login/")
    page.fill("input[name=login]", PEOPLE[person][0])
    page.fill("input[name=password]", PASSWORD)
    page.get_by_role("button", name="Accedi").click()
    page.wait_for_url(lambda url: "login" not in url)


def tab_to(page: Page, name: str, most: int = 60) -> None:
    """Press Tab until the field called `name` has the focus; fails when the keyboard does not get there."""
    for _press in range(most):
        if page.evaluate("document.activeElement && document.activeElement.name") == name:
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab never reaches “{name}”")
