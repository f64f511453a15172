# SPDX-License-Identifier: Apache-2.0
"""Which column is which field: proposed from the headers, looked up from a profile.

A proposal is for a person to confirm on the mapping page; the dry run uses it as it is.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping

from rapidfuzz import fuzz

from ..profile import BANK, CUSTOMERS, OPEN_ITEMS, Profile
from .table_columns import to_date
from .table_fields import FIELDS, IDENTITIES, fields_of
from .table_grid import Cell, Grid

HEADER_SEARCH_ROWS = 30
_ALIKE = 87  # of 100; below, "Numero" and "Nome" begin to be taken for one another
_LEAST_FIELDS = 2
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")  # customerID, DueDate


def suggest(grid: Grid, profile: Profile | None = None) -> Profile:
    """A profile for this table: header row, kind of list and columns."""
    base = profile or Profile()
    row = header_row(grid) if base.header_row is None else base.header_row
    headers = headers_of(grid, row)
    kind, columns = _kind(headers, grid.rows[max(row - grid.first + 1, 0) :])
    return Profile(
        kind=kind,
        columns=columns,
        date_order=base.date_order,
        decimal=base.decimal,
        encoding=base.encoding,
        delimiter=base.delimiter,
        header_row=row,
        sheet=base.sheet or grid.sheet,
        defaults=base.defaults,
        account=base.account,
    )


def _kind(headers: list[str], body: list[list[Cell]]) -> tuple[str, dict[str, str | int]]:
    """What kind of list the headers speak of, and its columns."""
    open_items, customers, bank = (propose(headers, kind) for kind in (OPEN_ITEMS, CUSTOMERS, BANK))
    _value_or_currency(bank, headers, body)
    dated, counted = {"booked_on", "value_on"} & set(bank), {"entry_cents", "in_cents", "out_cents"} & set(bank)
    theirs = {"due_on", "invoice_number", *IDENTITIES} & set(open_items)
    if dated and counted and (not theirs or ("value_on" in bank and not {"due_on", "customer_name", "vat"} & theirs)):
        return BANK, bank
    if {"due_on", "open_cents", "amount_cents", "invoice_number"} & set(open_items):
        return OPEN_ITEMS, open_items
    return CUSTOMERS, customers


def _value_or_currency(columns: dict[str, str | int], headers: list[str], body: list[list[Cell]]) -> None:
    """ "Valuta" is the day of value in one bank's list and the currency in another's: its cells tell."""
    column = columns.get("value_on")
    if column is None or _folded(str(column)) not in {"valuta", "val"}:
        return
    place = column if isinstance(column, int) else headers.index(column)
    cells = [row[place] for row in body[:50] if place < len(row) and str(row[place]).strip()]
    if cells and not any(_is_day(cell) for cell in cells):
        columns["entry_currency"] = columns.pop("value_on")


def _is_day(cell: Cell) -> bool:
    try:
        to_date(cell, "dmy")
    except (ValueError, OverflowError):
        try:
            to_date(cell, "mdy")
        except (ValueError, OverflowError):
            return False
    return True


def header_row(grid: Grid) -> int:
    """The row (from 1) that names the most fields; 0 when none names two."""
    best, best_count = 0, _LEAST_FIELDS - 1
    for number, row in enumerate(grid.rows[:HEADER_SEARCH_ROWS], start=grid.first):
        named = [_shown(cell) for cell in row]
        count = max(len(propose(named, kind)) for kind in (OPEN_ITEMS, BANK)) if any(row) else 0
        if count > best_count:
            best, best_count = number, count
    return best


def headers_of(grid: Grid, row: int) -> list[str]:
    """The headers in a row (from 1); empty names for a list without headers."""
    if not row:
        return [""] * max(map(len, grid.rows), default=0)
    index = row - grid.first
    return [_shown(cell) for cell in grid.rows[index]] if 0 <= index < len(grid.rows) else []


def propose(headers: list[str], kind: str) -> dict[str, str | int]:
    """Field -> header, best pairs first, each used once; a header that stands twice is named by its
    number."""
    scores = [
        (_score(folded, spec.headers), field, index)
        for index, header in enumerate(headers)
        if (folded := _folded(header))
        for field, spec in fields_of(kind).items()
    ]
    taken: dict[str, int] = {}
    for score, field, index in sorted(scores, key=lambda found: (-found[0], found[2])):
        if score >= _ALIKE and field not in taken and index not in taken.values():
            taken[field] = index
    return {
        field: headers[index] if headers.count(headers[index]) == 1 else index
        for field, index in sorted(taken.items(), key=lambda pair: pair[1])
    }


def positions(columns: Mapping[str, str | int], headers: list[str]) -> tuple[dict[str, int], list[str]]:
    """Field -> column number for a profile, and the headers that this file does not have."""
    folded = [_folded(header) for header in headers]
    found: dict[str, int] = {}
    missing: list[str] = []
    for field, column in columns.items():
        if isinstance(column, int):
            found[field] = column
        elif column in headers:
            found[field] = headers.index(column)
        elif _folded(column) in folded:
            found[field] = folded.index(_folded(column))
        else:
            missing.append(column)
    return {field: index for field, index in found.items() if field in FIELDS}, missing


def _score(header: str, names: Iterable[str]) -> float:
    """Equal beats alike; alike tolerates a typing error or a plural, not another word."""
    best = 0.0
    for rank, name in enumerate(names):
        if header == name:
            return 200 - rank / 10
        if len(header) > 3 and len(name) > 3:
            best = max(best, fuzz.ratio(header, name) - rank / 100)
    return best


def _folded(header: str) -> str:
    """Lower case, no accents, no punctuation: "N.° Fattura" is "n fattura"."""
    plain = unicodedata.normalize("NFKD", _CAMEL.sub(" ", header).casefold())
    kept = "".join(
        char if char.isalnum() else " " for char in plain if not unicodedata.combining(char) and char not in "°º"
    )
    return " ".join(kept.split())


def _shown(cell: Cell) -> str:
    return " ".join(cell.split()) if isinstance(cell, str) else ("" if cell == "" else str(cell))
