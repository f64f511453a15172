# SPDX-License-Identifier: Apache-2.0
"""Cash to match: it tells why, one click settles, one undoes; a colleague is refused, a stranger finds nothing."""

import datetime as dt
import subprocess
from pathlib import Path
from typing import Any

import pytest
from django.test import Client as Browser

import ascolto.web
from ascolto.domain.access.models import Client, User
from ascolto.domain.ledger.cash import apply_cash
from ascolto.domain.ledger.models import BankLine, LineAside, MatchProposal, Payment
from ascolto.domain.ledger.statements import EntryIn, StatementIn, receive_statement
from ascolto.domain.portfolio.models import Customer, Instalment, Invoice

FRIDAY = dt.date(2026, 11, 20)
PAGE = "/incassi/"


def bill(customer: Customer, number: str, cents: int) -> Instalment:
    invoice = Invoice.objects.create(
        client=customer.client, customer=customer, number=number, issued_on=dt.date(2026, 9, 1), total_cents=cents,
        payable_cents=cents,
    )  # fmt: skip
    return Instalment.objects.create(
        client=customer.client,
        customer=customer,
        invoice=invoice,
        due_on=dt.date(2026, 10, 1),
        amount_cents=cents,
    )


def bank(client: Client, *entries: tuple[int, str, str], number: str = "1") -> list[BankLine]:
    read = tuple(
        EntryIn(booked_on=dt.date(2026, 11, 19), amount_cents=cents, payer_name=name, remittance=text)
        for cents, name, text in entries
    )
    statement = StatementIn("IT60X0542811101000000123456", number, "EUR", None, None, None, None, read)
    receive_statement(client=client, statement=statement, batch_id=None, actor="t", as_of=FRIDAY)
    apply_cash(client=client, actor="t", as_of=FRIDAY)
    return list(BankLine.objects.filter(statement__number=number).order_by("position"))


@pytest.fixture
def rent(carla: Customer) -> Instalment:
    return bill(carla, "2026/000123", 50_00)


@pytest.fixture
def line(acqua: Client, rent: Instalment) -> BankLine:
    """Fifty euros from somebody of Carla's name: likely, not sure."""
    return bank(acqua, (50_00, "CARLA BIANCHI", "=1+1 grazie"))[0]


def signed_in(user: User, language: str = "en") -> Browser:
    browser = Browser(headers={"accept-language": language})
    browser.force_login(user)
    return browser


def text(response: Any) -> str:
    return " ".join(response.content.decode().split())


def test_the_page_says_who_and_why_and_how_sure(bruno: User, line: BankLine) -> None:
    page = text(signed_in(bruno).get(PAGE))
    for words in (
        "Carla Bianchi",
        "the amount is exactly one open instalment",
        "settles 2026/000123",
        "Very likely · 88%",
    ):
        assert words in page


def test_the_page_speaks_italian(bruno: User, line: BankLine) -> None:
    page = text(signed_in(bruno, "it").get(PAGE))
    for words in ("Da abbinare", "Molto probabile", "salda 2026/000123", "Conferma"):
        assert words in page


def test_one_click_settles_and_one_undoes(bruno: User, line: BankLine, rent: Instalment) -> None:
    browser = signed_in(bruno)
    proposal = MatchProposal.objects.get()
    after = browser.post(f"/incassi/proposte/{proposal.pk}/conferma/", follow=True)
    assert "matched to Carla Bianchi" in text(after)
    payment = Payment.objects.get()
    assert (payment.author, payment.allocations.get().instalment) == (bruno.email, rent)
    undone = browser.post(f"/incassi/pagamenti/{payment.pk}/annulla/", follow=True)
    assert "is open again" in text(undone)
    assert "it was matched and undone before" in text(browser.get(PAGE))


def test_nothing_waiting_says_so(bruno: User) -> None:
    assert "Everything is matched" in text(signed_in(bruno).get(PAGE))


def test_split_by_hand(bruno: User, carla: Customer, line: BankLine, rent: Instalment) -> None:
    other = bill(carla, "2026/000777", 80_00)
    browser = signed_in(bruno)
    form = text(browser.get(f"/incassi/{line.pk}/?customer={carla.pk}"))
    assert f'name="part-{other.pk}"' in form
    data = {"customer": carla.pk, f"part-{rent.pk}": "", f"part-{other.pk}": "49,90"}
    browser.post(f"/incassi/{line.pk}/assegna/", data)
    payment = Payment.objects.get()
    assert list(payment.allocations.values_list("instalment_id", "amount_cents")) == [(other.pk, 49_90)]


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("cinquanta", "is not an amount"),
        ("50,01", "more than its instalment"),
        ("1.000.000", "more than its instalment"),
    ],
)
def test_a_wrong_amount_is_refused_in_words(
    bruno: User, carla: Customer, line: BankLine, rent: Instalment, said: str, answer: str
) -> None:
    data = {"customer": carla.pk, f"part-{rent.pk}": said}
    assert answer in text(signed_in(bruno).post(f"/incassi/{line.pk}/assegna/", data, follow=True))
    assert not Payment.objects.exists()


def test_money_out_is_not_customer_money_and_can_be_set_aside_and_taken_up(bruno: User, acqua: Client) -> None:
    [charge] = bank(acqua, (-2_50, "", "COMMISSIONI"))
    browser = signed_in(bruno)
    assert "COMMISSIONI" in text(browser.get(PAGE + "?tab=out"))
    assert "COMMISSIONI" not in text(browser.get(PAGE))
    browser.post(f"/incassi/{charge.pk}/accantona/", {"reason": "Spese bancarie"})
    assert "COMMISSIONI" not in text(browser.get(PAGE + "?tab=out"))
    assert "Spese bancarie" in text(browser.get(PAGE + "?tab=aside"))
    browser.post(f"/incassi/accantonati/{LineAside.objects.get(lifts=None).pk}/riprendi/")
    assert "COMMISSIONI" in text(browser.get(PAGE + "?tab=out"))


def test_the_search_and_the_filter_and_the_total_follow_each_other(bruno: User, acqua: Client, line: BankLine) -> None:
    bank(acqua, (7_77, "NESSUNO", "boh"), (10_00, "", "altro"), number="2")
    browser = signed_in(bruno)
    for query, shown, hidden in (
        ("q=nessuno", "NESSUNO", "CARLA"),
        ("q=7,77", "NESSUNO", "CARLA"),
        ("sure=850", "CARLA", "NESSUNO"),
        ("sure=0", "NESSUNO", "CARLA"),
    ):
        page = text(browser.get(f"{PAGE}?{query}"))
        assert shown in page
        assert hidden not in page
    assert "Total: 3" in text(browser.get(PAGE))
    assert "Nothing matches this search" in text(browser.get(PAGE + "?q=zzz"))


def test_the_export_defuses_formulas(bruno: User, line: BankLine) -> None:
    BankLine.objects.bulk_create(
        [
            BankLine(
                client=line.client,
                statement=line.statement,
                position=9,
                booked_on=FRIDAY,
                amount_cents=1,
                remittance="=cmd()",
            )
        ]
    )
    csv = signed_in(bruno).get("/incassi/esporta.csv").content.decode()
    assert "'=cmd()" in csv
    assert "'=1+1 grazie;Carla Bianchi" in csv


def test_who_may_see_but_not_confirm_is_refused(ada: User, line: BankLine) -> None:
    browser = signed_in(ada)
    assert browser.get(PAGE).status_code == 403
    assert browser.post(f"/incassi/proposte/{MatchProposal.objects.get().pk}/conferma/").status_code == 403
    assert not Payment.objects.exists()


def test_a_stranger_finds_nothing(dario: User, carla: Customer, line: BankLine, bruno: User) -> None:
    proposal = MatchProposal.objects.get()
    signed_in(bruno).post(f"/incassi/proposte/{proposal.pk}/conferma/")
    payment = Payment.objects.get()
    aside = LineAside.objects.create(client=line.client, bank_line=line, reason="x", author="x", known_on=FRIDAY)
    browser = signed_in(dario)
    assert "CARLA" not in text(browser.get(PAGE))
    assert "CARLA" not in browser.get("/incassi/esporta.csv").content.decode()
    assert browser.get(f"/incassi/{line.pk}/").status_code == 404
    for path, data in (
        (f"/incassi/proposte/{proposal.pk}/conferma/", {}),
        (f"/incassi/proposte/{proposal.pk}/escludi/", {}),
        (f"/incassi/{line.pk}/assegna/", {"customer": carla.pk}),
        (f"/incassi/{line.pk}/accantona/", {"reason": "mine"}),
        (f"/incassi/pagamenti/{payment.pk}/annulla/", {}),
        (f"/incassi/accantonati/{aside.pk}/riprendi/", {}),
    ):
        assert browser.post(path, data).status_code == 404, path
    assert Payment.objects.count() == 1


def test_a_customer_of_another_client_cannot_be_given_the_line(bruno: User, altrove: Client, line: BankLine) -> None:
    stranger = Customer.objects.create(client=altrove, number="X", name="X", search_name="x")
    assert signed_in(bruno).post(f"/incassi/{line.pk}/assegna/", {"customer": stranger.pk}).status_code == 404


def test_a_get_changes_nothing(bruno: User, line: BankLine) -> None:
    assert signed_in(bruno).get(f"/incassi/proposte/{MatchProposal.objects.get().pk}/conferma/").status_code == 405


def test_the_way_back_stays_in_the_house(bruno: User, line: BankLine) -> None:
    data = {"next": "https://elsewhere.test/"}
    answer = signed_in(bruno).post(f"/incassi/proposte/{MatchProposal.objects.get().pk}/conferma/", data)
    assert answer["Location"] == PAGE


@pytest.mark.parametrize("tab", ["waiting", "settled", "out", "aside"])
def test_more_rows_cost_no_more_queries(
    bruno: User, acqua: Client, carla: Customer, django_assert_max_num_queries: Any, tab: str
) -> None:
    for n in range(12):
        bill(carla, f"2026/00{n:04}", 10_00 + n)
    named = [(10_00 + n, "X", f"FT 2026/00{n:04}") for n in range(6)]
    bank(
        acqua,
        *named,
        *[(10_00 + n, "CARLA BIANCHI", "") for n in range(6, 12)],
        *[(-n, "", "c") for n in range(1, 7)],
    )
    for row in BankLine.objects.filter(amount_cents__lt=-3):
        LineAside.objects.create(client=acqua, bank_line=row, reason="x", author="x", known_on=FRIDAY)
    browser = signed_in(bruno)
    with django_assert_max_num_queries(20):
        page = browser.get(f"{PAGE}?tab={tab}")
    assert page.content.count(b"data-row") >= 3


@pytest.fixture(autouse=True, scope="session")
def italian() -> None:
    """The page is read in Italian too: its words must be compiled."""
    for words in Path(ascolto.web.__file__).parent.glob("**/locale/it/LC_MESSAGES/django.po"):
        subprocess.run(["msgfmt", "-o", str(words.with_suffix(".mo")), str(words)], check=True)


def test_the_credit_manager_sets_how_sure_is_sure_and_others_do_not(
    bruno: User, dario: User, acqua: Client, line: BankLine
) -> None:
    browser, url = signed_in(bruno), f"/incassi/soglia/{acqua.pk}/"
    assert "Settled without asking" in text(browser.get(PAGE))
    assert "Choose a sureness" in text(browser.post(url, {"percent": "12"}, follow=True))
    assert "is matched without asking from 97,5%" in text(browser.post(url, {"percent": "97,5"}, follow=True))
    acqua.refresh_from_db()
    assert acqua.auto_settle_permille == 975
    assert signed_in(dario).post(url, {"percent": "90"}).status_code == 404


def test_a_line_goes_to_several_customers_by_hand_and_each_part_has_its_undo(
    bruno: User, acqua: Client, carla: Customer, line: BankLine, rent: Instalment
) -> None:
    other = Customer.objects.create(client=acqua, number="C2", name="Elettra", search_name="elettra")
    browser, url = signed_in(bruno), f"/incassi/{line.pk}/assegna/"
    said = {"customer": carla.pk, f"part-{rent.pk}": "30,00", "extra": "5", "rest": "waits"}
    page = text(browser.post(url, said, follow=True))
    assert "Still to give" in page
    assert "€15.00" in page
    assert "left of €50.00" in text(browser.get(PAGE))
    again = text(browser.get(f"/incassi/{line.pk}/?customer={other.pk}"))
    assert "Nothing is open" in again
    assert "all that is left" in again.lower()
    too_much = browser.post(url, {"customer": other.pk, "extra": "15,01", "rest": "waits"}, follow=True)
    assert "no more than what is left of the line" in text(too_much)
    assert "how much of the line" in text(browser.post(url, {"customer": other.pk, "rest": "waits"}, follow=True))
    browser.post(url, {"customer": other.pk})
    assert sorted(p.amount_cents for p in Payment.objects.all()) == [15_00, 35_00]
    first = Payment.objects.get(customer=carla)
    page = text(browser.post(f"/incassi/pagamenti/{first.pk}/annulla/", {"next": f"/incassi/{line.pk}/"}, follow=True))
    assert "€35.00" in page
    undone = text(browser.post(f"/incassi/{line.pk}/annulla/", {"reason": "wrong"}, follow=True))
    assert "1 match undone" in undone
    assert sum(p.amount_cents for p in Payment.objects.all()) == 0


def test_the_credit_manager_says_how_money_settles_and_what_is_small(
    bruno: User, ada: User, dario: User, acqua: Client, carla: Customer, rent: Instalment
) -> None:
    browser, url = signed_in(bruno), f"/incassi/regola/{acqua.pk}/"
    said = {"order": "expenses,interest,capital", "small": "0,50", "share": "1"}
    assert "Saved" in text(browser.post(url, said, follow=True))
    page = text(browser.get(PAGE))
    assert '<option value="expenses,interest,capital" selected>' in page
    assert 'name="small" inputmode="decimal" size="6" value="0.50"' in page
    assert 'name="share" inputmode="decimal" size="5" value="1.0"' in page
    for wrong, words in (
        ({**said, "order": "capital"}, "each once"),
        ({**said, "small": "101"}, "at most 100"),
        ({**said, "small": "x"}, "is not an amount"),
    ):
        assert words in text(browser.post(url, wrong, follow=True))
    assert signed_in(ada).post(url, said).status_code == 403
    assert signed_in(dario).post(url, said).status_code == 404
    bank(acqua, (49_60, "CARLA BIANCHI", "FATTURA 2026/000123"), number="2")
    listed = text(browser.get(f"{PAGE}?tab=small"))
    assert "Carla Bianchi" in listed
    assert "€0.40" in listed
    assert "Carla Bianchi" in browser.get("/incassi/esporta.csv?tab=small").content.decode()
    small = Payment.objects.get(kind="write_off")
    browser.post(f"/incassi/pagamenti/{small.pk}/annulla/")
    assert "No small difference" in text(browser.get(f"{PAGE}?tab=small"))


def test_the_split_tells_what_goes_to_interest_and_capital(
    bruno: User, acqua: Client, carla: Customer, rent: Instalment
) -> None:
    Customer.objects.filter(pk=carla.pk).update(kind="business")
    carla.refresh_from_db()
    browser = signed_in(bruno)
    browser.post(f"/incassi/regola/{acqua.pk}/", {"order": "expenses,interest,capital", "small": "0", "share": "0"})
    costs = {"invoice_id": rent.invoice_id, "cents": "12", "reason": "Raccomandata", "due_on": "2026-11-30"}
    browser.post(f"/clienti/{carla.pk}/interessi/spese/", costs)
    [line] = bank(acqua, (30_00, "CARLA BIANCHI", "acconto"), number="2")
    page = text(browser.get(f"/incassi/{line.pk}/?customer={carla.pk}"))
    assert "SPE 2026/000123" in page
    assert page.index("SPE 2026/000123<small>") < page.index('<th scope="row">2026/000123')
    browser.post(f"/incassi/{line.pk}/assegna/", {"customer": carla.pk, "rest": ""})
    Payment.objects.get(bank_line=line)
    browser.post(f"/incassi/{line.pk}/annulla/", {"reason": "to split"})
    parts = {f"part-{i.pk}": "12" if i.invoice.kind == "expenses" else "18" for i in Instalment.objects.all()}
    browser.post(f"/incassi/{line.pk}/assegna/", {"customer": carla.pk, **parts})
    page = text(browser.get(f"/incassi/{line.pk}/"))
    assert "Recovery costs" in page
    assert "Capital" in page
