# SPDX-License-Identifier: Apache-2.0
"""Letters: what is on the page, that words stay words, that the page may be read aloud and kept."""

import datetime as dt
import io
import re

import pypdf
import pytest

from ascolto.domain.outreach import letters, wording
from ascolto.domain.outreach.facts import Item, MessageFacts

from .conftest import facts


def letter(of: MessageFacts, template: str = "reminder_first", language: str = "it") -> bytes:
    return letters.render(wording.compose(template, 5, language, of, channel="letter"), of)


def words(pdf: bytes) -> str:
    pages = pypdf.PdfReader(io.BytesIO(pdf)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).replace("\u00a0", " ").split())


def test_everything_is_on_one_page() -> None:
    pdf = letter(facts())
    page = words(pdf)
    for said in (
        "Carla Bianchi", "Via Verdi 5", "20123 Milano MI", "20 novembre 2026", "Codice cliente C001",
        "2026/1042", "1.210,00 €", "794,50 €", "IT60 X054 2811 1010 0000 0123 456", "Ada Operatrice",
        "P. IVA 01234567897",
    ):  # fmt: skip
        assert said in page
    assert len(pypdf.PdfReader(io.BytesIO(pdf)).pages) == 1
    assert "recupero" not in page.lower()


@pytest.mark.parametrize(
    "evil",
    [
        '#panic("read as code")',
        '"; #read("/etc/passwd"); "',
        "*grassetto* _corsivo_ $x^2$ <etichetta> @rif \\ // commento",
        "#{1+1} `raw` = titolo",
        "]#set page(width: 1pt)[",
    ],
)
def test_words_are_never_read_as_code(evil: str) -> None:
    item = Item(
        invoice_number=evil,
        issued_on=dt.date(2026, 9, 1),
        due_on=dt.date(2026, 10, 1),
        amount_cents=1,
        balance_cents=1,
    )
    page = words(letter(facts(customer_name=evil, payment_reference=evil, items=(item,))))
    bare = re.sub(r"\s", "", page)
    assert bare.count(re.sub(r"\s", "", evil)) >= 3


def test_it_may_be_read_aloud_and_kept() -> None:
    reader = pypdf.PdfReader(io.BytesIO(letter(facts(), language="en")))
    root = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "en"
    assert reader.metadata is not None
    assert reader.metadata.title == wording.compose("reminder_first", 5, "en", facts()).subject
    meta = root["/Metadata"].get_data()
    assert b"pdfuaid:part>1<" in meta
    assert b"pdfaid:part>2<" in meta


def test_the_same_facts_give_the_same_bytes() -> None:
    assert letter(facts()) == letter(facts())


def test_a_long_account_runs_over_pages_with_its_heading() -> None:
    rows = tuple(
        Item(
            invoice_number=f"F{number}",
            issued_on=dt.date(2026, 1, 1),
            due_on=dt.date(2026, 2, 1),
            amount_cents=100,
            balance_cents=100,
        )
        for number in range(90)
    )
    pages = [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(letters.statement(facts(items=rows)))).pages]
    assert len(pages) == 3
    assert all("Scadenza" in page for page in pages)
    assert ["Totale" in page for page in pages] == [False, False, True]
    assert "Pagina 2 di 3" in pages[1].replace("\u00a0", " ")


def test_a_statement_with_nothing_open_says_so() -> None:
    page = words(letters.statement(facts(items=())))
    assert "Nessuna fattura aperta" in page
    assert "IBAN" not in page


@pytest.mark.parametrize("change", [{"client_iban": ""}, {"client_iban": "IT00X"}])
def test_without_a_good_iban_there_is_no_code(change: dict[str, str]) -> None:
    assert "Inquadri" in words(letter(facts()))
    assert "Inquadri" not in words(letter(facts(**change)))


@pytest.mark.parametrize("template", wording.keys())
@pytest.mark.parametrize("language", ["it", "en"])
def test_every_wording_can_be_a_letter(template: str, language: str) -> None:
    case = {"case_opened_on": dt.date(2026, 11, 2), "case_outcome": "La lettura era stimata."}
    assert letter(facts(customer_kind="business", **case), template, language).startswith(b"%PDF")
