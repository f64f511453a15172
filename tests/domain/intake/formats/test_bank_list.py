# SPDX-License-Identifier: Apache-2.0
"""A bank's own CSV and XLSX: recognised by its columns, read as a statement, checked where it has balances."""

import io
import json
from datetime import date, timedelta

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ascolto.domain.intake import dryrun
from ascolto.domain.intake.documents import StatementDoc
from ascolto.domain.intake.profile import Profile
from ascolto.domain.intake.reading import Reading, read, suggest

IBAN = "IT60X0542811101000000123456"
TWO_COLUMNS = """Banca di Nessuno;;;;;
Intestatario: Acqua e Luce S.p.A.;;;;;
IBAN: IT60 X054 2811 1010 0000 0123 456;;;;;
;;;;;
Saldo iniziale al 31/10/2026;;;;;1.000,00
Data contabile;Data valuta;Dare;Avere;Descrizione;Descrizione estesa
03/11/2026;02/11/2026;;122,00;BONIFICO A VOSTRO FAVORE;Carla Bianchi saldo fatt. 2026/1
03/11/2026;02/11/2026;;122,00;BONIFICO A VOSTRO FAVORE;Carla Bianchi saldo fatt. 2026/1
14/11/2026;13/11/2026;-3,50;;COMMISSIONI;
;;;;;canone mensile
Saldo finale al 20/11/2026;;;;;1.240,50
"""
SIGNED = """Data,Valuta,Importo,Divisa,Causale,Ordinante,Saldo
11/20/2026,11/19/2026,"1,000.50",EUR,Invoice 7,Rossi Srl,"2,000.50"
11/13/2026,11/13/2026,-100.00,EUR,Fees,,1000.00
11/12/2026,11/12/2026,100.00,EUR,Invoice 6,Verdi,1100.00
"""


def codes(reading: Reading) -> list[str]:
    return [problem.code for problem in reading.problems]


def one(text: str | bytes, profile: Profile | None = None) -> StatementDoc:
    data = text if isinstance(text, bytes) else text.encode()
    [found] = read("banca.csv", data, profile).statements
    return found


def cents(doc: StatementDoc) -> list[int]:
    return [entry.cents for entry in doc.entries]


def test_two_columns_of_amounts_below_titles_with_balance_lines() -> None:
    reading = read("banca.csv", TWO_COLUMNS.encode())
    [doc] = reading.statements
    assert (doc.format, doc.account, cents(doc)) == ("bank list", IBAN, [12200, 12200, -350])
    assert doc.opening is not None
    assert doc.closing is not None
    assert (doc.opening.cents, doc.closing.cents, str(doc.closing.date)) == (100000, 124050, "2026-11-20")
    assert (str(doc.entries[0].booked_on), str(doc.entries[0].value_on)) == ("2026-11-03", "2026-11-02")
    assert codes(reading) == []


def test_the_description_is_joined_from_its_columns_and_from_the_line_that_goes_on() -> None:
    doc = one(TWO_COLUMNS)
    assert doc.entries[0].remittance == "BONIFICO A VOSTRO FAVORE Carla Bianchi saldo fatt. 2026/1"
    assert doc.entries[2].remittance == "COMMISSIONI canone mensile"


def test_one_signed_column_month_first_newest_first_with_a_running_balance() -> None:
    reading = read("banca.csv", SIGNED.encode())
    [doc] = reading.statements
    assert cents(doc) == [10000, -10000, 100050]
    assert [str(entry.booked_on) for entry in doc.entries] == ["2026-11-12", "2026-11-13", "2026-11-20"]
    assert (doc.opening and doc.opening.cents, doc.closing and doc.closing.cents) == (100000, 200050)
    assert doc.entries[0].counterparty == "Verdi"
    assert codes(reading) == ["bank.no_account"]


def test_the_order_of_days_is_that_of_its_own_column() -> None:
    text = (
        "Data contabile;Data valuta;Importo;Descrizione\n03/04/2026;04/13/2026;1,00;a\n13/04/2026;04/14/2026;1,00;b\n"
    )
    doc = one(text)
    assert [(str(e.booked_on), str(e.value_on)) for e in doc.entries] == [
        ("2026-04-03", "2026-04-13"),
        ("2026-04-13", "2026-04-14"),
    ]


def test_the_profile_names_the_account_that_the_list_does_not() -> None:
    profile = suggest(SIGNED.encode(), Profile(account="IT60 X054 2811 1010 0000 0123 456"))
    reading = read("banca.csv", SIGNED.encode(), profile)
    assert (reading.statements[0].account, codes(reading)) == (IBAN, [])


def test_a_column_of_accounts_makes_a_statement_for_each() -> None:
    other = "IT40S0542811101000000123456"
    text = f"IBAN;Data;Importo;Descrizione\n{IBAN};15/11/2026;1,00;a\n{other};15/11/2026;2,00;b\n{IBAN};16/11/2026;4,00;c\n"
    found = read("banca.csv", text.encode()).statements
    assert [(doc.account, cents(doc)) for doc in found] == [(IBAN, [100, 400]), (other, [200])]


def test_what_does_not_tie_is_shown_and_read_all_the_same() -> None:
    reading = read("banca.csv", TWO_COLUMNS.replace("1.240,50", "1.250,50").encode())
    assert (len(reading.statements[0].entries), codes(reading)) == (3, ["statement.unbalanced"])


def test_a_running_balance_that_does_not_follow_names_its_row() -> None:
    reading = read("banca.csv", SIGNED.replace("1000.00", "999.00").encode())
    assert [(p.code, p.row) for p in reading.problems if p.code == "bank.running"] == [("bank.running", 3)]


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("31/11/2026;30/11/2026;;5,00;x;", "row.date"),
        ("15/11/2026;15/11/2026;;cinque;x;", "row.amount"),
        ("15/11/2026;15/11/2026;4,00;5,00;x;", "bank.both_ways"),
        ("15/11/2026;15/11/2026;;;x;", "bank.no_cents"),
        (";;;5,00;x;", "row.no_date"),
    ],
)
def test_a_wrong_row_is_told_and_the_others_count(row: str, code: str) -> None:
    reading = read("banca.csv", TWO_COLUMNS.replace("Saldo finale", f"{row}\nSaldo finale").encode())
    assert (len(reading.statements[0].entries), [p.code for p in reading.problems if p.severity == "error"]) == (
        3,
        [code],
    )


def test_a_sign_in_a_column_of_its_own() -> None:
    text = "Data;Importo;Segno;Descrizione\n15/11/2026;5,00;D;a\n16/11/2026;7,00;A;b\n17/11/2026;1,00;?;c\n"
    reading = read("banca.csv", text.encode())
    assert (cents(reading.statements[0]), "entry.direction" in codes(reading)) == ([-500, 700], True)


def test_valuta_is_a_currency_where_its_cells_are() -> None:
    doc = one("Data;Valuta;Importo;Descrizione\n15/11/2026;USD;5,00;a\n")
    assert (doc.currency, doc.entries[0].value_on) == ("USD", None)


def test_a_spreadsheet_with_real_dates_and_numbers_goes_the_same_way() -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in (
        ["Movimenti del conto", None, None, None],
        [f"Conto {IBAN} - EUR", None, None, None],
        ["Data operazione", "Data valuta", "Descrizione", "Importo"],
        [date(2026, 11, 4), date(2026, 11, 4), "Bonifico di Rossi", 1234.56],
        [date(2026, 11, 5), date(2026, 11, 5), "Imposta di bollo", -8.9],
    ):
        book.active.append(row)
    target = io.BytesIO()
    book.save(target)
    doc = one(target.getvalue())
    assert (doc.account, cents(doc)) == (IBAN, [123456, -890])


def test_a_list_of_open_items_stays_one() -> None:
    for headers in ("Cliente;Data;Importo;Saldo", "Numero fattura;Data;Scadenza;Importo;Codice cliente"):
        assert suggest(f"{headers}\n".encode()).kind == "open_items"
    assert suggest(b"Codice cliente;Ragione sociale;Indirizzo;CAP\n").kind == "customers"


def test_a_list_without_day_or_amount_is_refused() -> None:
    columns = {"told": "Descrizione", "entry_cents": "Importo"}
    text = b"Data;Descrizione;Importo\n15/11/2026;a;1,00\n"
    assert codes(read("b.csv", text, Profile(kind="bank", columns=columns))) == ["bank.no_day"]
    without = Profile(kind="bank", columns={"booked_on": "Data"})
    assert codes(read("b.csv", text, without)) == ["bank.no_amount"]


def test_the_dry_run_tells_it_as_any_statement(tmp_path: object) -> None:
    out = io.StringIO()
    path = f"{tmp_path}/banca.csv"
    with open(path, "w") as file:
        file.write(TWO_COLUMNS)
    assert dryrun.run([path], out=out) == 0
    told = json.loads(out.getvalue())
    assert (told["kind"], told["format"], told["entries"], told["credits_cents"]) == (
        "statement",
        "bank list",
        3,
        24400,
    )
    assert told["closing"] == {"date": "2026-11-20", "cents": 124050}


amounts = st.lists(st.integers(-10_000_000, 10_000_000).filter(bool), min_size=1, max_size=12)


@given(amounts, st.integers(-1_000_000, 1_000_000), st.booleans(), st.booleans())
def test_whatever_a_bank_writes_is_what_is_read(moves: list[int], start: int, split: bool, newest_first: bool) -> None:
    """Written in two columns or in one, upwards or downwards, with a running balance: the same entries, and it ties."""
    balance, rows = start, []
    for number, move in enumerate(moves):
        balance += move
        on = date(2026, 1, 20) + timedelta(days=number)
        said = [_italian(-move) if move < 0 else "", _italian(move) if move > 0 else ""] if split else [_italian(move)]
        rows.append([on.strftime("%d/%m/%Y"), *said, f"riga {number}", _italian(balance)])
    head = ["Data contabile", *(["Uscite", "Entrate"] if split else ["Importo"]), "Descrizione", "Saldo"]
    lines = [head, *(rows[::-1] if newest_first else rows)]
    reading = read("b.csv", "\n".join(";".join(row) for row in lines).encode(), None)
    [doc] = reading.statements
    assert cents(doc) == moves
    assert (doc.opening and doc.opening.cents, doc.closing and doc.closing.cents) == (start, balance)
    assert set(codes(reading)) <= {"bank.no_account", "column.amounts_assumed"}


def _italian(amount: int) -> str:
    sign, rest = ("-" if amount < 0 else ""), abs(amount)
    return f"{sign}{rest // 100:,}".replace(",", ".") + f",{rest % 100:02d}"
