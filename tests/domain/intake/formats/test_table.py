# SPDX-License-Identifier: Apache-2.0
"""Lists in CSV and XLSX: a column proves its order of dates (trap 13), bad rows are told by their number."""

import io
import zipfile
from collections.abc import Sequence
from datetime import date, datetime

import openpyxl
import pytest

from ascolto.domain.intake.problems import Refusal
from ascolto.domain.intake.profile import Profile
from ascolto.domain.intake.reading import Reading, preview, read, suggest
from tests.domain.intake.formats import making

HEAD = "Codice cliente;Ragione sociale;N. fattura;Data scadenza;Importo residuo"


def listed(*rows: str, head: str = HEAD) -> bytes:
    return "\n".join((head, *rows)).encode() + b"\n"


def workbook(*rows: Sequence[object], title: str = "Scadenzario") -> bytes:
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.title = title
    for row in rows:
        book.active.append(list(row))
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def told(reading: Reading) -> list[tuple[int | None, str, str]]:
    return [(problem.row, problem.field, problem.code) for problem in reading.problems]


def dues(reading: Reading) -> list[date]:
    return [row.values["due_on"] for row in reading.open_items]


def test_an_italian_list_is_read_without_a_profile() -> None:
    reading = read(
        "scadenzario.csv",
        listed('C1;"Rossi; Carla";2026/15;31/05/2026;1.234,56', "C2;Bruno;16;01/06/2026;12,00"),
    )
    assert [row.values for row in reading.open_items] == [
        {
            "customer_number": "C1",
            "customer_name": "Rossi; Carla",
            "invoice_number": "2026/15",
            "due_on": date(2026, 5, 31),
            "open_cents": 123456,
        },
        {
            "customer_number": "C2",
            "customer_name": "Bruno",
            "invoice_number": "16",
            "due_on": date(2026, 6, 1),
            "open_cents": 1200,
        },
    ]
    assert [row.row for row in reading.open_items] == [2, 3]
    assert reading.problems == ()


def test_an_english_list_is_read_without_a_profile() -> None:
    head = "Customer No,Customer Name,Invoice No,Invoice Date,Due Date,Amount,Currency"
    reading = read("ar.csv", listed('77,Carla,INV-1,04/30/2026,05/31/2026,"1,234.56",USD', head=head))
    [row] = reading.open_items
    assert (row.values["issued_on"], row.values["due_on"]) == (date(2026, 4, 30), date(2026, 5, 31))
    assert (row.values["amount_cents"], row.values["currency"]) == (123456, "USD")


# Trap 13: the order of dates is decided for the column --------------------


@pytest.mark.parametrize(
    ("written", "read_as", "problems"),
    [
        (["03/04/2026", "13/04/2026"], [date(2026, 4, 3), date(2026, 4, 13)], []),
        (["03/04/2026", "04/13/2026"], [date(2026, 3, 4), date(2026, 4, 13)], []),
        (["03-04-26", "13-04-26"], [date(2026, 4, 3), date(2026, 4, 13)], []),
        (["03.04.2026", "13.04.2026 00:00:00"], [date(2026, 4, 3), date(2026, 4, 13)], []),
        (["2026-04-03", "2026-04-13"], [date(2026, 4, 3), date(2026, 4, 13)], []),
        (["20260403", "20260413"], [date(2026, 4, 3), date(2026, 4, 13)], []),
        (["3 aprile 2026", "13-apr-26"], [date(2026, 4, 3), date(2026, 4, 13)], []),
        (["03/04/2026", "05/06/2026"], [date(2026, 4, 3), date(2026, 6, 5)], ["column.dates_assumed"]),
        (["05/05/2026", "06/06/2026"], [date(2026, 5, 5), date(2026, 6, 6)], []),  # the order does not matter
    ],
)
def test_the_column_proves_its_order(written: list[str], read_as: list[date], problems: list[str]) -> None:
    reading = read("a.csv", listed(*(f"C{n};Carla;{n};{day};1,00" for n, day in enumerate(written))))
    assert dues(reading) == read_as
    assert [code for _, _, code in told(reading)] == problems


def test_a_cell_that_does_not_fit_the_order_of_its_column_is_an_error() -> None:
    days = ["13/04/2026", "14/04/2026", "04/15/2026", "03/04/2026"]
    reading = read("a.csv", listed(*(f"C{n};Carla;{n};{day};1,00" for n, day in enumerate(days))))
    assert dues(reading) == [date(2026, 4, 13), date(2026, 4, 14), date(2026, 4, 3)]
    assert told(reading) == [(1, "Data scadenza", "column.dates_mixed"), (4, "Data scadenza", "row.date")]


def test_an_undecided_column_follows_its_neighbour_and_says_so() -> None:
    head = "Codice cliente;Numero fattura;Data fattura;Data scadenza;Importo"
    reading = read("a.csv", listed("C1;1;04/13/2026;05/06/2026;1,00", "C1;2;04/14/2026;06/07/2026;1,00", head=head))
    assert dues(reading) == [date(2026, 5, 6), date(2026, 6, 7)]
    assert told(reading) == [(1, "Data scadenza", "column.dates_neighbour")]


def test_the_order_of_the_profile_rules() -> None:
    data = listed("C1;Carla;1;03/04/2026;1,00")
    profile = suggest(data)
    american = Profile.from_dict({**profile.to_dict(), "date_order": "mdy"})
    assert dues(read("a.csv", data, american)) == [date(2026, 3, 4)]
    assert read("a.csv", data, american).problems == ()


def test_dates_that_a_spreadsheet_has_swapped_are_told() -> None:
    """Opened with the other order: 3 April became a real 4 March, 13 April stayed text."""
    rows = [["C1", "Carla", "1", datetime(2026, 3, 4), 1.0], ["C2", "Carla", "2", "13/04/2026", 1.0]]
    reading = read("a.xlsx", workbook(HEAD.split(";"), *rows))
    assert (1, "Data scadenza", "column.dates_swapped") in told(reading)


# Amounts --------------------


@pytest.mark.parametrize(
    ("written", "amounts", "problems"),
    [
        (["1.234,56", "1.234"], [123456, 123400], []),
        (["1,234.56", "1,234"], [123456, 123400], []),
        (["1234.5", "1.234"], [123450, 123], []),  # the point is proved to be decimal: 1.234 is 1.23
        (["1.234.567", "10"], [123456700, 1000], []),
        (["1.234", "5.678"], [123400, 567800], ["column.amounts_assumed"]),
        (["0.123", "2.50"], [12, 250], []),
        (["€ 12,50", "12,50 EUR"], [1250, 1250], []),
        (["(12,50)", "12,50-"], [-1250, -1250], []),
        (["1 234,56", "1\u00a0234,56"], [123456, 123456], []),
        (["1'234.50", "-3.00"], [123450, -300], []),
    ],
)
def test_the_column_proves_its_decimals(written: list[str], amounts: list[int], problems: list[str]) -> None:
    rows = [f'C{n};Carla;{n};13/04/2026;"{cell}"' for n, cell in enumerate(written)]
    reading = read("a.csv", listed(*rows))
    assert [row.values["open_cents"] for row in reading.open_items] == amounts
    assert [code for _, _, code in told(reading)] == problems


def test_an_amount_in_the_other_style_is_an_error() -> None:
    rows = [f'C{n};Carla;{n};13/04/2026;"{cell}"' for n, cell in enumerate(["1,50", "2,50", "1234.56"])]
    reading = read("a.csv", listed(*rows))
    assert [row.values["open_cents"] for row in reading.open_items] == [150, 250]
    assert told(reading) == [
        (1, "Importo residuo", "column.amounts_mixed"),
        (4, "Importo residuo", "row.amount"),
    ]


def test_exports_of_statistics_programs_are_read() -> None:
    head = "cust_number,name_customer,document_create_date,due_in_date,total_open_amount,invoice_id"
    [row] = read("ar.csv", listed("200769623,WAL-MAR,20200125,20200210.0,54273.28,1930438491.0", head=head)).open_items
    assert (row.values["due_on"], row.values["amount_cents"]) == (date(2020, 2, 10), 5427328)
    assert (row.values["invoice_number"], row.values["customer_number"]) == ("1930438491", "200769623")


def test_headers_in_one_word_are_understood() -> None:
    data = listed(
        "0379-NEVHP,611365,1/2/2013,2/15/2013,55.94",
        head="customerID,invoiceNumber,InvoiceDate,DueDate,InvoiceAmount",
    )
    [row] = read("ar.csv", data).open_items
    assert (row.values["issued_on"], row.values["due_on"]) == (date(2013, 1, 2), date(2013, 2, 15))


# Rows --------------------


def test_bad_rows_are_told_as_the_spreadsheet_numbers_them_and_good_ones_count() -> None:
    reading = read(
        "a.csv",
        listed(
            "C1;Carla;1;13/04/2026;1,00",
            "",
            "C2;Bruno;2;30/02/2026;1,00",
            "C3;Dario;3;13/04/2026;dieci",
            ";;4;13/04/2026;1,00",
            "C5;Ada;;13/04/2026;1,00",
            "C6;Ada;6;;1,00",
            "C7;Ada;7;13/04/2026;",
            "C8;Ada;8;13/04/2026;1,00;di troppo",
        ),
    )
    assert [row.row for row in reading.open_items] == [2]
    assert told(reading) == [
        (4, "Data scadenza", "row.date"),
        (5, "Importo residuo", "row.amount"),
        (6, "", "row.no_identity"),
        (7, "", "row.no_number"),
        (8, "", "row.no_date"),
        (9, "", "row.no_amount"),
        (10, "", "row.too_wide"),
    ]


def test_a_total_is_no_row() -> None:
    reading = read("a.csv", listed("C1;Carla;1;13/04/2026;1,00", "TOTALE;;;;1,00"))
    assert len(reading.open_items) == 1
    assert told(reading) == [(3, "", "row.total")]
    assert not reading.refused


def test_a_title_above_the_headers_is_skipped() -> None:
    data = b"Scadenzario al 30/04/2026;;;;\n;;;;\n" + listed("C1;Carla;1;13/04/2026;1,00")
    assert [row.row for row in read("a.csv", data).open_items] == [4]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "cp850", "mac_roman", "utf-16", "utf-16-le"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
def test_any_encoding_and_delimiter(encoding: str, delimiter: str) -> None:
    text = "Codice cliente;Ragione sociale;Città;N. fattura;Data scadenza;Importo residuo\n" + "".join(
        f"C{n};Niccolò Però Società;Forlì;{n};13/04/2026;1.00\n" for n in range(5)
    )
    rows = read("a.csv", text.replace(";", delimiter).encode(encoding)).open_items
    assert {(row.values["customer_name"], row.values["city"]) for row in rows} == {("Niccolò Però Società", "Forlì")}


def test_the_separator_line_of_excel_is_obeyed_and_rows_keep_their_numbers() -> None:
    assert [row.row for row in read("a.csv", b"sep=;\n" + listed("C1;Carla;1;13/04/2026;1,00")).open_items] == [3]


# Spreadsheets --------------------


def test_a_workbook_with_real_dates_numbers_and_texts() -> None:
    head = ["Partita IVA", "CAP", "N. fattura", "Scadenza", "Importo"]
    reading = read(
        "a.xlsx",
        workbook(
            head,
            [12345670017, 187, 1024, datetime(2026, 5, 31), 1234.565],
            ["12345670017", "00187", "1025", 46173, "1.234,56"],
            ["12345670017", "00187", "1026", "31/05/2026", "12,5"],
        ),
    )
    assert [row.values for row in reading.open_items] == [
        {
            "vat": "12345670017",
            "zip": "00187",
            "invoice_number": "1024",
            "due_on": date(2026, 5, 31),
            "amount_cents": 123457,
        },
        {
            "vat": "12345670017",
            "zip": "00187",
            "invoice_number": "1025",
            "due_on": date(2026, 5, 31),
            "amount_cents": 123456,
        },
        {
            "vat": "12345670017",
            "zip": "00187",
            "invoice_number": "1026",
            "due_on": date(2026, 5, 31),
            "amount_cents": 1250,
        },
    ]


def test_the_sheet_of_the_profile_or_a_clear_word() -> None:
    data = workbook(HEAD.split(";"), ["C1", "Carla", "1", "13/04/2026", 1])
    assert len(read("a.xlsx", data, Profile(sheet="Scadenzario")).open_items) == 1
    [problem] = read("a.xlsx", data, Profile(sheet="Altro")).problems
    assert (problem.code, problem.params["sheets"]) == ("table.no_sheet", "Scadenzario")


def test_one_cell_at_the_far_corner_does_not_ask_for_a_whole_sheet_of_memory() -> None:
    source = workbook(HEAD.split(";"), ["C1", "Carla", "1", "13/04/2026", 1])
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(source)) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(b'r="E2"', b'r="XFD1048576"'))
    assert [p.code for p in read("a.xlsx", target.getvalue()).problems] == ["table.too_long"]


@pytest.mark.parametrize(
    ("members", "kind"),
    [(("xl/workbook.bin",), "XLSB"), (("mimetype", "content.xml"), "OpenDocument")],
)
def test_other_spreadsheets_are_refused_by_name(members: tuple[str, ...], kind: str) -> None:
    [problem] = read("a.ods", making.zipped(*((name, b"x") for name in members))).problems
    assert (problem.code, problem.params) == ("file.other_kind", {"kind": kind})


def test_a_workbook_bomb_is_refused() -> None:
    source = workbook(HEAD.split(";"))
    target = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(source)) as old,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            new.writestr(name, old.read(name))
        new.writestr("xl/media/zeros.bin", bytes(30 * 1024 * 1024))
    assert [p.code for p in read("bomb.xlsx", target.getvalue()).problems] == ["zip.bomb"]


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(workbook(["a", "b"])[:-200], id="cut"),
        pytest.param(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, id="OLE without a workbook"),
        pytest.param(making.zipped(("xl/workbook.xml", b"<x/>"), ("[Content_Types].xml", b"<x/>")), id="hollow"),
        pytest.param(workbook(), id="empty"),
        pytest.param(workbook(["uno", "due"], ["tre", "quattro"]), id="no known header"),
    ],
)
def test_what_is_no_list_is_refused(data: bytes) -> None:
    reading = read("a.xlsx", data)
    assert reading.documents == ()
    assert reading.refused


# Profiles --------------------


def test_a_profile_maps_headers_numbers_and_defaults() -> None:
    data = listed("C1;x;1;13/04/2026;1,00", head="Alfa;Beta;Gamma;Delta;Epsilon")
    profile = Profile(
        columns={"customer_number": "alfa", "invoice_number": 2, "due_on": "Delta", "open_cents": "Epsilon"},
        header_row=1,
        defaults={"currency": "EUR"},
    )
    [row] = read("a.csv", data, profile).open_items
    assert row.values == {
        "customer_number": "C1",
        "invoice_number": "1",
        "due_on": date(2026, 4, 13),
        "open_cents": 100,
        "currency": "EUR",
    }


def test_a_list_without_headers_is_read_by_column_numbers() -> None:
    profile = Profile(columns={"customer_number": 0, "invoice_number": 1, "due_on": 2, "open_cents": 3}, header_row=0)
    rows = read("a.csv", b"C1;1;13/04/2026;1,00\nC2;2;14/04/2026;2,00\n", profile).open_items
    assert [(row.row, row.values["customer_number"]) for row in rows] == [(1, "C1"), (2, "C2")]


@pytest.mark.parametrize(
    ("columns", "code"),
    [
        ({"customer_number": "Codice cliente", "due_on": "Scaduto il"}, "table.no_column"),
        (
            {"invoice_number": "N. fattura", "due_on": "Data scadenza", "open_cents": "Importo residuo"},
            "table.no_identity",
        ),
        ({"customer_number": "Codice cliente", "due_on": "Data scadenza"}, "table.no_amount"),
        ({"customer_number": "Codice cliente", "open_cents": "Importo residuo"}, "table.no_date"),
    ],
)
def test_a_profile_that_does_not_fit_refuses_the_file(columns: dict[str, str | int], code: str) -> None:
    reading = read("a.csv", listed("C1;Carla;1;13/04/2026;1,00"), Profile(columns=columns))
    assert [p.code for p in reading.problems] == [code]
    assert reading.documents == ()


def test_a_profile_goes_to_data_and_back_and_refuses_what_it_does_not_know() -> None:
    profile = Profile(columns={"due_on": "Scadenza"}, date_order="dmy", defaults={"currency": "EUR"})
    assert Profile.from_dict(profile.to_dict()) == profile
    for wrong in ({"colour": "red"}, {"date_order": "xyz"}, {"kind": "invoices"}, {"decimal": "both"}):
        with pytest.raises(ValueError):
            Profile.from_dict(wrong)


def test_a_customer_list_is_known_by_its_headers() -> None:
    head = "Codice;Ragione Sociale;P.IVA;Cod. Fiscale;E-mail;PEC;Telefono;Indirizzo;CAP;Città;Prov.;Lingua"
    data = listed("C1;Carla;IT12345670017;;carla@example.test;;02 1234;Via Po 2;00187;Roma;rm;it", head=head)
    assert suggest(data).kind == "customers"
    [row] = read("clienti.csv", data).customers
    assert row.values == {
        "customer_number": "C1",
        "customer_name": "Carla",
        "vat": "IT12345670017",
        "email": "carla@example.test",
        "phone": "02 1234",
        "address": "Via Po 2",
        "zip": "00187",
        "city": "Roma",
        "province": "RM",
        "language": "it",
    }


def test_a_wrong_check_digit_in_a_row_only_warns() -> None:
    head = "Partita IVA;N. fattura;Scadenza;Importo;IBAN"
    reading = read("a.csv", listed("12345670018;1;13/04/2026;1,00;IT00X0542811101000000123456", head=head))
    assert len(reading.open_items) == 1
    assert [code for _, _, code in told(reading)] == ["vat.check_digit", "iban.check_digit"]


def test_the_preview_shows_the_first_rows_raw_and_typed_with_their_problems() -> None:
    data = listed(*(f"C{n};Carla;{n};{'13/04/2026' if n != 1 else 'domani'};1,00" for n in range(9)))
    shown = preview(data, suggest(data), limit=3)
    assert shown.headers == tuple(HEAD.split(";"))
    assert [row[0] for row in shown.raw_rows] == ["C0", "C1", "C2"]
    assert [doc.row for doc in shown.documents] == [2, 4]  # type: ignore[union-attr]
    assert [(p.row, p.code) for p in shown.problems] == [(3, "row.date")]


def test_a_preview_of_no_table_is_a_problem() -> None:
    assert [p.code for p in preview(workbook(), Profile()).problems] == ["table.empty"]
    with pytest.raises(Refusal):
        suggest(workbook())
