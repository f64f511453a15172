# SPDX-License-Identifier: Apache-2.0
"""Lists of open items, of customers and of a bank's entries in CSV, XLSX, XLS or ODS, read through a mapping profile.

Good rows count; a bad one is told with its row as the spreadsheet shows it, its field, its value and what was
expected. Totals and blank rows are no data.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from ..documents import CustomerRow, OpenItemRow, StatementDoc
from ..problems import Findings, Refusal
from ..profile import BANK, OPEN_ITEMS, Profile
from . import table_bank, table_mapping
from .identifiers import iban_ok, italian_vat_ok, tax_code_ok
from .table_columns import Amounts, Dates, ambiguous, amount_style, date_order, to_cents, to_date
from .table_fields import FIELDS, IDENTITIES
from .table_grid import Cell, Grid, from_spreadsheet, from_text, is_spreadsheet
from .values import squeezed

_NUMBER_WITH_NOUGHT = re.compile(r"[0-9]{5,}\.0")
_TOTALS = (
    "totale",
    "totali",
    "total",
    "totals",
    "subtotale",
    "somma",
    "grand total",
    "saldo totale",
    "riporto",
)


class Column(NamedTuple):
    """One mapped column: where it is, its header, and how the whole column writes."""

    place: int
    header: str
    dates: Dates | None
    amounts: Amounts | None


def grid_of(data: bytes, profile: Profile, findings: Findings) -> Grid:
    """The cells of a table, by content. Raises `Refusal`."""
    return (from_spreadsheet if is_spreadsheet(data) else from_text)(data, profile, findings)


def read(
    data: bytes, profile: Profile | None, findings: Findings
) -> Iterator[OpenItemRow | CustomerRow | StatementDoc]:
    """The good rows; those of a bank's list as statements. Raises `Refusal` when the file is no table that the profile (or a guess) fits."""
    grid = grid_of(data, profile or Profile(), findings)
    used = profile if profile is not None and profile.columns else table_mapping.suggest(grid, profile)
    header_row = table_mapping.header_row(grid) if used.header_row is None else used.header_row
    headers = table_mapping.headers_of(grid, header_row)
    if not used.columns:
        is_table = is_spreadsheet(data) or sum(len(row) > 1 for row in grid.rows) * 2 > len(grid.rows)
        raise Refusal("table.no_headers" if is_table else "file.unknown")
    positions, missing = table_mapping.positions(used.columns, headers)
    _check_columns(used, positions, missing, header_row, findings)
    body = grid.rows[max(header_row - grid.first + 1, 0) :]
    if not any(_filled(cell) for row in body for cell in row):
        raise Refusal("table.empty")
    columns = _columns(positions, headers, body, used, findings, header_row)
    width = max(len(headers), *(column.place + 1 for column in columns.values()))
    rows = list(enumerate(body, start=max(header_row + 1, grid.first)))
    if used.kind == BANK:
        above = [row for row in grid.rows[: max(header_row - grid.first, 0)] if any(map(_filled, row))]
        styles = [column.amounts.style for column in columns.values() if column.amounts]
        layout = table_bank.Layout(
            {field: column.place for field, column in columns.items()}, styles[0] if styles else "comma", header_row
        )
        typed = ((number, row, lambda n, r: _row(n, r, columns, used, width, findings)) for number, row in rows)
        yield from table_bank.read(above, typed, layout, used, findings)
        return
    make = OpenItemRow if used.kind == OPEN_ITEMS else CustomerRow
    for number, row in rows:
        values = _row(number, row, columns, used, width, findings)
        if values is not None:
            yield make(findings.file, number, values)


def _check_columns(
    profile: Profile, positions: dict[str, int], missing: list[str], header_row: int, findings: Findings
) -> None:
    """A profile that does not fit refuses the file: half a list would be worse than none."""
    if missing:
        raise Refusal("table.no_column", row=header_row or None, field=missing[0], columns=", ".join(missing))
    known = set(positions) | set(profile.defaults)
    if profile.kind == BANK:
        if not known & {"booked_on", "value_on"}:
            raise Refusal("bank.no_day", row=header_row or None)
        if not known & {"entry_cents", "in_cents", "out_cents"}:
            raise Refusal("bank.no_amount", row=header_row or None)
        return
    if not known & set(IDENTITIES):
        raise Refusal("table.no_identity", row=header_row or None)
    if profile.kind == OPEN_ITEMS and not known & {"amount_cents", "open_cents"}:
        raise Refusal("table.no_amount", row=header_row or None)
    if profile.kind == OPEN_ITEMS and not known & {"due_on", "issued_on"}:
        raise Refusal("table.no_date", row=header_row or None)


def _columns(
    positions: dict[str, int],
    headers: list[str],
    body: list[list[Cell]],
    profile: Profile,
    findings: Findings,
    row: int,
) -> dict[str, Column]:
    """Each column with its date order and decimal style; an undecided date column follows its neighbours."""
    cells = {field: [line[index] for line in body if index < len(line)] for field, index in positions.items()}
    dates = {field: date_order(cells[field], profile.date_order) for field in positions if FIELDS[field].type == "date"}
    proved = next((found.order for found in dates.values() if found and found.proof == "proved"), None)
    for field, found in dates.items():
        if found is None:
            dates[field] = Dates(proved or "dmy", "neighbour" if proved else "assumed")
    columns = {
        field: Column(
            index,
            headers[index] if index < len(headers) else str(index),
            dates.get(field),
            amount_style(cells[field], profile.decimal) if FIELDS[field].type == "money" else None,
        )
        for field, index in positions.items()
    }
    for field, column in columns.items():
        _tell_column(column, cells[field], findings, row)
    return columns


def _tell_column(column: Column, cells: list[Cell], findings: Findings, row: int) -> None:
    where: dict[str, Any] = {"row": row or None, "field": column.header}
    if column.dates is not None:
        order = {"dmy": "dd/mm/yyyy", "mdy": "mm/dd/yyyy", "ymd": "yyyy-mm-dd"}[column.dates.order]
        if column.dates.swapped:
            findings.add("column.dates_swapped", **where)
        if column.dates.proof == "mixed":
            findings.add("column.dates_mixed", order=order, **where)
        elif column.dates.proof in {"assumed", "neighbour"} and ambiguous(cells):
            findings.add(f"column.dates_{column.dates.proof}", order=order, **where)
    if column.amounts is not None and column.amounts.proof in {"mixed", "assumed"}:
        style = {"comma": "1.234,56", "point": "1,234.56"}[column.amounts.style]
        findings.add(f"column.amounts_{column.amounts.proof}", style=style, **where)


def _row(
    number: int, row: list[Cell], columns: dict[str, Column], profile: Profile, width: int, findings: Findings
) -> dict[str, Any] | None:
    """The typed values of a row; None for a blank row, a total, or a row with an error (which is noted)."""
    if not any(_filled(cell) for cell in row):
        return None
    cells = {field: row[column.place] if column.place < len(row) else "" for field, column in columns.items()}
    if _is_total(row, cells):
        findings.add("row.total", row=number)
        return None
    errors_before = findings.errors
    if any(_filled(cell) for cell in row[width:]):
        findings.add("row.too_wide", row=number, columns=width)
    values: dict[str, Any] = {}
    for field, cell in cells.items():
        cell = cell if _filled(cell) else profile.defaults.get(field, "")
        value = _value(field, cell, columns[field], number, findings) if _filled(cell) else None
        if value is not None:
            values[field] = value
    for field, default in profile.defaults.items():
        values.setdefault(field, default)
    if findings.errors == errors_before:  # an unreadable cell is told once, not also as a missing one
        _require(values, profile, number, findings)
    return values if findings.errors == errors_before else None


def _value(field: str, cell: Cell, column: Column, number: int, findings: Findings) -> Any:
    kind: str = FIELDS[field].type
    where: dict[str, Any] = {"row": number, "field": column.header}
    try:
        if kind == "date":
            assert column.dates is not None
            return to_date(cell, column.dates.order)
        if kind == "money":
            assert column.amounts is not None
            return to_cents(cell, column.amounts.style)
        if kind == "number":
            return int(str(_integral(cell)).strip())
    except (ValueError, OverflowError):
        code = {"date": "row.date", "money": "row.amount", "number": "row.number"}[kind]
        order = column.dates.order if column.dates else ""
        findings.add(
            code,
            value=cell,
            order={"dmy": "dd/mm/yyyy", "mdy": "mm/dd/yyyy"}.get(order, "yyyy-mm-dd"),
            **where,
        )
        return None
    text = " ".join(str(_integral(cell)).split())
    if field == "invoice_number" or kind in {"text", "email"}:
        return text
    return _checked(field, _padded(field, squeezed(text), cell), where, findings)


def _integral(cell: Cell) -> Cell:
    """1024.0 in a spreadsheet is the number 1024, and so is the 1930438491.0 of a statistics program."""
    if isinstance(cell, str) and _NUMBER_WITH_NOUGHT.fullmatch(cell.strip()):
        return cell.strip().removesuffix(".0")
    return int(cell) if isinstance(cell, float) and cell.is_integer() else cell


def _padded(field: str, text: str, cell: Cell) -> str:
    """The zeros that a spreadsheet takes from a VAT number or a postal code when it makes a number of it."""
    width = {"vat": 11, "tax_code": 11, "zip": 5}.get(field, 0)
    return text.zfill(width) if not isinstance(cell, str) and text.isdigit() else text


def _checked(field: str, text: str, where: dict[str, Any], findings: Findings) -> str:
    """Identifiers in capitals; a wrong check digit only warns."""
    if field not in {
        "vat",
        "tax_code",
        "iban",
        "own_iban",
        "payer_iban",
        "currency",
        "entry_currency",
        "province",
        "country",
    }:
        return text
    text = text.upper()
    national = text.removeprefix("IT")
    wrong = (
        (field == "vat" and national.isdigit() and not italian_vat_ok(national))
        or (field == "tax_code" and not tax_code_ok(text))
        or (field in {"iban", "payer_iban"} and not iban_ok(text))
    )
    if wrong:
        findings.add(f"{field.removeprefix('payer_')}.check_digit", value=text, **where)
    return text


def _require(values: dict[str, Any], profile: Profile, number: int, findings: Findings) -> None:
    if profile.kind == BANK:
        return  # table_bank knows which of its rows are entries
    if not any(values.get(field) for field in IDENTITIES):
        findings.add("row.no_identity", row=number)
    if profile.kind != OPEN_ITEMS:
        return
    if not {"amount_cents", "open_cents"} & set(values):
        findings.add("row.no_amount", row=number)
    if not {"due_on", "issued_on"} & set(values):
        findings.add("row.no_date", row=number)
    if not {"invoice_number", "reference"} & set(values):
        findings.add("row.no_number", row=number)


def _is_total(row: list[Cell], cells: dict[str, Cell]) -> bool:
    """A row that sums up: it says so in its first words, and has neither date nor document of its own."""
    first = next((str(cell).strip().casefold() for cell in row if _filled(cell)), "")
    own = any(_filled(cells.get(field, "")) for field in ("invoice_number", "due_on", "issued_on", "booked_on"))
    return first.startswith(_TOTALS) and not own


def _filled(cell: Cell) -> bool:
    return bool(cell.strip()) if isinstance(cell, str) else cell is not None
