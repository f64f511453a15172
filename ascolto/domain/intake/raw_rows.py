# SPDX-License-Identifier: Apache-2.0
"""The cells of a list as a person would write them, by our field names: to mend the rows that could not be read."""

import datetime as dt
from collections.abc import Collection, Mapping
from typing import Any

from ascolto.domain.intake.documents import CustomerRow, OpenItemRow
from ascolto.domain.intake.formats import table, table_mapping
from ascolto.domain.intake.formats.table_columns import amount_style, date_order, to_cents, to_date
from ascolto.domain.intake.formats.table_fields import FIELDS, fields_of
from ascolto.domain.intake.formats.table_grid import Cell
from ascolto.domain.intake.formats.values import in_units
from ascolto.domain.intake.problems import Findings, Problem, Refusal
from ascolto.domain.intake.profile import Profile
from ascolto.domain.intake.reading import read


def raw_rows(data: bytes, profile: Profile, wanted: Collection[int]) -> dict[int, dict[str, str]]:
    """Row number -> field -> text, for the rows `wanted`. What reads well is written dd/mm/yyyy and 1234,56."""
    if not wanted:
        return {}
    try:
        grid = table.grid_of(data, profile, Findings(""))
    except Refusal:
        return {}
    used = profile if profile.columns else table_mapping.suggest(grid, profile)
    header_row = table_mapping.header_row(grid) if used.header_row is None else used.header_row
    places, _missing = table_mapping.positions(used.columns, table_mapping.headers_of(grid, header_row))
    body = grid.rows[max(header_row - grid.first + 1, 0) :]
    hows = {field: _how(field, [row[at] for row in body if at < len(row)], used) for field, at in places.items()}
    return {
        number: {
            field: text
            for field, at in places.items()
            if at < len(row) and (text := _shown(row[at], FIELDS[field].type, hows[field]))
        }
        for number, row in enumerate(grid.rows, start=grid.first)
        if number in wanted
    }


def _how(field: str, cells: list[Cell], profile: Profile) -> str:
    if FIELDS[field].type == "date":
        found = date_order(cells, profile.date_order)
        return found.order if found else "dmy"
    return amount_style(cells, profile.decimal).style if FIELDS[field].type == "money" else ""


def _shown(cell: Cell, kind: str, how: str) -> str:
    try:
        if kind == "date" and cell != "":
            return to_date(cell, how).strftime("%d/%m/%Y")  # type: ignore[arg-type]
        if kind == "money" and cell != "":
            return in_units(to_cents(cell, how)).replace(".", ",")  # type: ignore[arg-type]
    except (ValueError, OverflowError):
        pass
    return " ".join(str(int(cell) if isinstance(cell, float) and cell.is_integer() else cell).split())


def shown(values: Mapping[str, Any]) -> dict[str, str]:
    """Typed values of a good row as text, as in `raw_rows`."""
    return {name: _text(name, value) for name, value in values.items()}


def _text(name: str, value: Any) -> str:
    if isinstance(value, dt.date):
        return value.strftime("%d/%m/%Y")
    return in_units(value).replace(".", ",") if name.endswith("_cents") else str(value)


def reread(kind: str, cells: Mapping[str, str]) -> tuple[OpenItemRow | CustomerRow | None, list[Problem]]:
    """One row typed by a person, through the same reader as any list: dd/mm/yyyy, comma or point. The row is None when
    something is still wrong with it."""
    fields = [name for name in fields_of(kind) if cells.get(name, "").strip()]
    line = ";".join('"' + " ".join(cells[name].split()).replace('"', '""') + '"' for name in fields)
    if not fields:
        return None, [Problem("", None, "", "row.no_identity")]
    columns: dict[str, str | int] = {name: name for name in fields}
    profile = Profile(kind=kind, columns=columns, date_order="dmy", encoding="utf-8", delimiter=";", header_row=1)
    reading = read("", f"{';'.join(fields)}\n{line}\n".encode(), profile)
    rows: list[OpenItemRow | CustomerRow] = [*reading.open_items, *reading.customers]
    problems = [found for found in reading.problems if not found.code.startswith("column.")]
    return (rows[0] if rows else None), problems


def detected(data: bytes, profile: Profile) -> dict[str, str]:
    """Field -> how its column writes: dmy, mdy, ymd, comma or point; only dates and amounts."""
    try:
        grid = table.grid_of(data, profile, Findings(""))
    except Refusal:
        return {}
    header_row = table_mapping.header_row(grid) if profile.header_row is None else profile.header_row
    places, _missing = table_mapping.positions(profile.columns, table_mapping.headers_of(grid, header_row))
    body = grid.rows[max(header_row - grid.first + 1, 0) :]
    found = {field: _how(field, [row[at] for row in body if at < len(row)], profile) for field, at in places.items()}
    return {field: how for field, how in found.items() if how}
