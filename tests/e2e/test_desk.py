# SPDX-License-Identifier: Apache-2.0
"""Ada's day at the desk, in a real browser: the list, the keyboard, the call, the next customer, and the ways back."""

import re

from playwright.sync_api import Page, Route, expect

from tests.e2e.conftest import Sit, sign_in, tab_to


def names(page: Page) -> list[str]:
    """The customers of the list, in the order shown."""
    return page.locator("[data-row] th a").all_inner_texts()


def heading(page: Page) -> str:
    return page.locator("h1").inner_text()


def open_customer(page: Page, name: str) -> None:
    page.goto(f"/clienti/?q={name}")
    page.get_by_role("link", name=name, exact=True).click()
    expect(page.locator("h1")).to_have_text(name)


def test_ada_signs_in_and_stands_before_her_day(sit: Sit) -> None:
    page = sit(None)
    page.goto("/")
    expect(page.locator("h1")).to_have_text("Benvenuti")
    sign_in(page, "ada")
    expect(page.locator("h1")).to_have_text("La mia giornata")
    expect(page.locator("html")).to_have_attribute("lang", "it")
    assert len(names(page)) >= 8
    expect(page.locator("[data-row] .why-cell .reason").first).to_contain_text("Scadut")


def test_a_wrong_password_is_told_in_words(sit: Sit) -> None:
    page = sit(None)
    page.goto("/accounts/login/")
    page.fill("input[name=login]", "ada@acqua.test")
    page.fill("input[name=password]", "un-altra-parola")
    page.get_by_role("button", name="Accedi").click()
    expect(page.get_by_role("alert")).to_be_visible()


def test_the_list_is_walked_with_j_and_k_and_opened_with_enter(sit: Sit) -> None:
    page = sit("ada")
    page.goto("/")
    shown = names(page)
    current = page.locator("[data-row][aria-current] th a")
    for key, expected in (("j", 0), ("j", 1), ("j", 2), ("k", 1)):
        page.keyboard.press(key)
        expect(current).to_have_text(shown[expected])
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text(shown[1])
    page.wait_for_load_state()
    page.keyboard.press("b")
    expect(page.locator("h1")).to_have_text("La mia giornata")
    expect(current).to_have_text(shown[1])


def test_a_call_is_recorded_with_the_keyboard_alone_and_the_next_customer_stands_ready(sit: Sit) -> None:
    page = sit("ada")
    page.goto("/")
    first, second = names(page)[:2]
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text(first)
    page.keyboard.press("c")
    expect(page.locator("#call")).to_be_visible()
    page.keyboard.press("1")
    expect(page.locator("[name=outcome][value=right_party]")).to_be_checked()
    tab_to(page, "reason")
    page.keyboard.press("ArrowDown")
    expect(page.locator("[name=reason][value=forgot]")).to_be_checked()
    expect(page.locator("[name=fault][value=theirs]")).to_be_checked()
    tab_to(page, "emotion")
    page.keyboard.press("Space")
    tab_to(page, "solution")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(page.locator("[name=solution][value=new_date]")).to_be_checked()
    tab_to(page, "promise_cents")
    page.keyboard.type("50,00")
    tab_to(page, "promise_on")
    while page.evaluate("document.activeElement.dataset.value") != "2026-11-27":
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("[name=promise_on]")).to_have_value("2026-11-27")
    page.keyboard.press("Control+Enter")
    expect(page.locator("h1")).to_have_text(second)
    assert "/chiamata/" in page.url
    expect(page.locator("#toasts")).to_contain_text(f"Chiamata con {first} registrata, con la promessa.")

    open_customer(page, first)
    expect(page.locator(".recommend-kicker")).to_have_text("Oggi nulla da fare")
    expect(page.locator(".customer-head .headline")).to_contain_text("50,00 €")
    expect(page.locator("#story")).to_contain_text("Promessi 50,00 € entro il 27/11/2026")
    expect(page.locator("#story")).to_contain_text("Dimenticanza")
    page.goto("/")
    assert first not in names(page)


def test_the_fault_follows_a_reason_chosen_before_the_page_was_complete(sit: Sit) -> None:
    page = sit("ada")
    late: list[Route] = []
    page.route("**/desk/call*.js", lambda route: late.append(route))
    page.goto("/", wait_until="load")
    page.locator("[data-row] [data-open]").first.click()
    page.wait_for_load_state()
    page.keyboard.press("c")
    page.wait_for_url("**/chiamata/**", wait_until="commit")
    page.locator("[name=outcome][value=right_party]").check(force=True)
    page.locator("[name=reason][value=forgot]").check(force=True)
    expect(page.locator("[name=fault][value=theirs]")).not_to_be_checked()
    late[0].continue_()
    expect(page.locator("[name=fault][value=theirs]")).to_be_checked()


def test_a_form_sent_twice_records_once(sit: Sit) -> None:
    page = sit("ada")
    open_customer(page, "Enza Neri")
    page.keyboard.press("c")
    page.locator("[name=outcome][value=no_answer]").check(force=True)
    page.evaluate(
        """async () => {
            const form = document.getElementById("call");
            const send = () => fetch(form.action, {method: "POST", body: new FormData(form)});
            await Promise.all([send(), send()]);
        }"""
    )
    page.get_by_role("button", name="Registra e resta").dblclick()
    expect(page.locator(".customer-head h1")).to_have_text("Enza Neri")
    page.get_by_role("link", name="Conversazioni", exact=True).click()
    expect(page.locator("#story .event")).to_have_count(1)
    expect(page.locator("#story")).to_contain_text("Nessuna risposta")


def test_a_call_recorded_by_mistake_is_undone_with_one_key(sit: Sit) -> None:
    page = sit("ada")
    open_customer(page, "Lia Moretti")
    page.keyboard.press("c")
    page.locator("[name=outcome][value=right_party]").check(force=True)
    page.locator("[name=reason][value=forgot]").check(force=True)
    page.get_by_role("button", name="Registra e resta").click()
    expect(page.locator("#toasts")).to_contain_text("Annulla")
    page.keyboard.press("u")
    expect(page.locator("#toasts")).to_contain_text("Telefonata revocata")
    open_customer(page, "Lia Moretti")
    expect(page.locator("#story")).to_contain_text("revocata")


def test_a_call_without_its_reason_comes_back_and_says_what_to_mend(sit: Sit) -> None:
    page = sit("ada", allow=(422,))
    open_customer(page, "Gina Conti")
    page.keyboard.press("c")
    page.locator("[name=outcome][value=right_party]").check(force=True)
    page.locator("#id_note").fill("Ha chiesto di risentirci")
    page.get_by_role("button", name="Registra e resta").click()
    expect(page.locator(".wrap-up [role=alert]")).to_contain_text("la prima domanda è perché")
    expect(page.locator("#id_note")).to_have_value("Ha chiesto di risentirci")
    page.locator("[name=reason][value=lost_invoice]").check(force=True)
    page.get_by_role("button", name="Registra e resta").click()
    expect(page.locator("#story")).to_contain_text("Fattura non ricevuta")


def test_what_was_not_asked_about_is_not_shown(sit: Sit) -> None:
    page = sit("ada")
    open_customer(page, "Gina Conti")
    page.keyboard.press("c")
    expect(page.locator(".when-spoke")).to_be_visible()
    page.locator("[name=outcome][value=busy]").check(force=True)
    expect(page.locator(".when-spoke")).to_be_hidden()
    page.locator("[name=outcome][value=right_party]").check(force=True)
    expect(page.locator(".disputed")).to_be_hidden()
    page.locator("[name=reason][value=dispute]").check(force=True)
    expect(page.locator("#id_dispute_invoice")).to_be_visible()
    page.locator("[name=emotion][value=angry]").check(force=True)
    expect(page.locator(".answer[data-of=angry]")).to_be_visible()
    page.locator("#id_note").fill("È un moroso")
    expect(page.locator("#remarks .remark")).to_be_visible()


def test_leaving_alone_is_undone_with_one_key(sit: Sit) -> None:
    page = sit("ada")
    open_customer(page, "Lia Moretti")
    page.get_by_role("button", name="Sospendi i contatti").click()
    page.locator("#hold-reason").fill("È in ospedale")
    page.locator("#hold-reason").press("Enter")
    expect(page.locator("#toasts")).to_contain_text("Lia Moretti: contatti sospesi.")
    expect(page.locator(".recommend")).to_contain_text("È in ospedale")
    page.keyboard.press("u")
    expect(page.locator("#toasts")).to_contain_text("Sospensione revocata.")
    expect(page.locator(".recommend-kicker")).to_have_text("Prossimo passo")


def test_a_customer_is_found_by_name_invoice_and_phone(sit: Sit) -> None:
    page = sit("ada")
    page.goto("/")
    for words in ("fontana", "2026/108", "0200001007", "marco.fontana@example.test"):
        page.keyboard.press("/")
        page.keyboard.type(words)
        page.keyboard.press("Enter")
        page.wait_for_url(re.compile("/clienti/"))
        expect(page.locator("[data-row] th a")).to_have_text(["Marco Fontana"])
        page.goto("/")


def test_filter_and_sort_change_the_list_in_place_and_are_kept_on_the_way_back(sit: Sit) -> None:
    page = sit("ada")
    page.goto("/")
    before = len(names(page))
    page.get_by_role("link", name="Scaduto").click()
    page.wait_for_url(re.compile("sort=-?overdue"))
    amounts = page.locator("[data-row] .money.strong").all_inner_texts()
    cents = [int(re.sub(r"\D", "", text)) for text in amounts]
    assert cents == sorted(cents, reverse=True)
    search = page.locator("form.filters [name=q]")
    search.fill("marco")
    expect(page.locator("[data-row] th a")).to_have_text(["Marco Fontana"])
    page.wait_for_url(re.compile("q=marco"))
    assert "sort=" in page.url
    page.get_by_role("link", name="Marco Fontana", exact=True).click()
    expect(page.locator("h1")).to_have_text("Marco Fontana")
    page.keyboard.press("b")
    expect(page.locator("form.filters [name=q]")).to_have_value("marco")
    expect(page.locator("[data-row] th a")).to_have_text(["Marco Fontana"])
    page.get_by_role("link", name="Togli i filtri").click()
    expect(page.locator("[data-row]")).to_have_count(before)


def test_the_decision_is_explained_from_its_own_page(sit: Sit) -> None:
    page = sit("ada")
    open_customer(page, "Marco Fontana")
    page.get_by_role("link", name="Perché? Tutto il ragionamento").click()
    text = page.locator("main").inner_text()
    assert "530,00" in text
    expect(page.locator(".rung.here")).to_be_visible()
    expect(page.locator(".checks .passed").first).to_be_visible()
    expect(page.locator(".score-list").first).to_be_visible()


def test_english_and_dark_are_one_click_away_and_stay(sit: Sit) -> None:
    page = sit("ada")
    page.goto("/")
    page.locator("button.person").click()
    page.get_by_role("button", name="English").click()
    expect(page.locator("h1")).to_have_text("My day")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    light = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    page.locator("button.person").click()
    page.get_by_role("button", name="Dark").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert page.evaluate("getComputedStyle(document.documentElement).backgroundColor") != light
    page.goto("/clienti/")
    expect(page.locator("h1")).to_have_text("Customers")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def test_the_help_shows_the_keys_and_escape_closes_it(sit: Sit) -> None:
    page = sit("ada")
    page.goto("/")
    page.keyboard.press("?")
    expect(page.locator("#keyboard-help")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#keyboard-help")).to_be_hidden()
    page.keyboard.press("g")
    page.keyboard.press("c")
    expect(page.locator("h1")).to_have_text("Clienti")


def test_dario_of_another_client_finds_nothing_at_carlas_address(sit: Sit) -> None:
    page = sit("ada")
    open_customer(page, "Carla Bianchi")
    address = page.url
    stranger = sit("dario", allow=(404,))
    for path in (address, f"{address}perche/", f"{address}chiamata/", f"{address}fatture/"):
        answer = stranger.goto(path)
        assert answer is not None
        assert answer.status == 404
        assert "Carla" not in stranger.content()
    stranger.goto("/clienti/?q=bianchi")
    assert "Carla" not in stranger.locator("main").inner_text()


def test_elena_of_the_client_sees_the_figures_and_cannot_record_a_call(sit: Sit) -> None:
    page = sit("elena", allow=(403,))
    page.goto("/")
    expect(page.locator("h1")).to_have_text("Cruscotto")
    open_customer(page, "Carla Bianchi")
    expect(page.get_by_role("link", name="Registra chiamata")).to_have_count(0)
    answer = page.goto(f"{page.url}chiamata/")
    assert answer is not None
    assert answer.status == 403
    expect(page.locator("main")).to_be_visible()
