# SPDX-License-Identifier: Apache-2.0
"""Whatever the bytes, the answer is documents or problems, never an exception, and never half a document."""

import io
import json
import zipfile
from collections.abc import Callable

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ascolto.domain.intake import dryrun
from ascolto.domain.intake.reading import Reading, read
from tests.domain.debits.conftest import status
from tests.domain.intake.formats import making
from tests.domain.intake.formats.making_trade import cii, pdf, ubl
from tests.domain.intake.formats.test_camt import balance, camt, entry, stmt
from tests.domain.intake.formats.test_collections import flow, order
from tests.domain.intake.test_lines import FEB, JAN, goods


def workbook() -> bytes:
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in (["Codice cliente", "N. fattura", "Scadenza", "Importo"], ["C1", "1", "31/05/2026", 12.5]):
        book.active.append(row)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def within(part: str) -> tuple[bytes, Callable[[bytes], bytes]]:
    """A part of the workbook, and how to put a damaged one back."""
    source = workbook()

    def put(damaged: bytes) -> bytes:
        target = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(source)) as old, zipfile.ZipFile(target, "w") as new:
            for name in old.namelist():
                new.writestr(name, damaged if name == part else old.read(name))
        return target.getvalue()

    with zipfile.ZipFile(io.BytesIO(source)) as opened:
        return opened.read(part), put


def same(data: bytes) -> bytes:
    return data


PAID = making.payment(making.instalment(), making.instalment())
SOURCES: dict[str, tuple[bytes, Callable[[bytes], bytes]]] = {
    "invoice": (making.fattura(making.body(payments=PAID), making.body(number="2")).encode(), same),
    "invoice with an odd namespace": (making.fattura(attributes=' xmlns:x="no uri"').encode(), same),
    "UBL": (ubl(), same),
    "CII": (cii(), same),
    "PDF with an invoice": (pdf(("factur-x.xml", cii())), same),
    "envelope": (making.signed(making.plain()), same),
    "signed content": (making.plain(), making.signed),
    "BER envelope": (making.indefinite(making.signed(making.plain())), same),
    "batch": (making.zipped(("a.xml", making.plain()), ("b.xml", making.plain())), same),
    "batch member": (making.plain(), lambda data: making.zipped(("a.xml", data))),
    "statement": (camt(stmt(balance("OPBD", "1.00"), balance("CLBD", "2.00"), entry(), entry())), same),
    "list": (
        b"Codice cliente;N. fattura;Scadenza;Importo\nC1;1;31/05/2026;1.234,56\nC2;2;01/06/2026;1,00\n",
        same,
    ),
    "bank list": (
        b"Conto IT60X0542811101000000123456\nSaldo iniziale;;;1,00\nData contabile;Data valuta;Dare;Avere;Descrizione;Saldo\n"
        b"31/05/2026;30/05/2026;;1.234,56;Rossi;1.235,56\n01/06/2026;01/06/2026;1,00;;Spese;1.234,56\nSaldo finale;;;1,00\n",
        same,
    ),
    "RiBa": (flow(order(1, 12345), order(2, 200000, "30010"), minus=212345).encode(), same),
    "status of debits": (status("ASC-1-1"), same),
    "bill with periods": (
        making.fattura(making.body(goods=goods(("Energia", "60.00", JAN), ("Gas", "40.00", FEB)))).encode(),
        same,
    ),
    "workbook": (workbook(), same),
    **{
        part: within(part)
        for part in ("xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/styles.xml", "[Content_Types].xml")
    },
}


@st.composite
def damage(draw: st.DrawFn, data: bytes) -> bytes:
    """A few bytes changed, cut out, put in, or the end cut off."""
    damaged = bytearray(data)
    for _ in range(draw(st.integers(1, 5))):
        place = draw(st.integers(0, max(len(damaged) - 1, 0)))
        length = draw(st.integers(0, 12))
        damaged[place : place + length] = draw(st.binary(max_size=12))
    return bytes(damaged[: draw(st.integers(0, len(damaged)))]) if draw(st.booleans()) else bytes(damaged)


def check(reading: Reading) -> None:
    for doc in reading.documents:
        assert json.dumps(dryrun.as_json(doc))
    for problem in reading.problems:
        assert problem.problem
    assert reading.documents or reading.problems or not reading.sha256


@pytest.mark.parametrize("source", SOURCES)
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(choice=st.data())
def test_damaged_files(source: str, choice: st.DataObject) -> None:
    data, wrap = SOURCES[source]
    check(read("damaged", wrap(choice.draw(damage(data)))))


STARTS = [b"", b"<", b"\x30\x82", b"PK\x03\x04", b"MII", b"\xff\xfe", b"a;b\n"]
STARTS.append(b"\x30\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02")


@settings(max_examples=300)
@given(st.binary(max_size=400), st.sampled_from(STARTS))
def test_any_bytes(data: bytes, start: bytes) -> None:
    reading = read("any", start + data)
    assert not reading.invoices
    check(reading)


cell = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=12)


HEADS = (
    "Codice cliente;N. fattura;Scadenza;Importo",
    "Data contabile;Avere;Descrizione;Saldo",
    "Data;Importo;Segno;IBAN",
)


@settings(max_examples=300)
@given(st.lists(st.lists(cell, min_size=4, max_size=5), max_size=5), st.sampled_from(HEADS))
def test_any_cells(rows: list[list[str]], head: str) -> None:
    lines = [head, *(";".join(row) for row in rows)]
    reading = read("any.csv", "\n".join(lines).encode())
    for doc in reading.documents:
        assert json.dumps(dryrun.as_json(doc))
    for problem in reading.problems:
        assert problem.problem
