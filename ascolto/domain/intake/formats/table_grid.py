# SPDX-License-Identifier: Apache-2.0
"""Bytes to cells: CSV in whatever encoding and delimiter, XLSX and XLS. Cells keep the type that the
file gives.

Rows stay where they are, blank ones too, so that a problem can name the row that a person sees in the
spreadsheet.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

import python_calamine
from charset_normalizer import from_bytes

from ..problems import Findings, Refusal
from ..profile import Profile
from . import archive

MAX_TABLE_BYTES = 50 * 1024 * 1024
MAX_EXPANDED_BYTES = 200 * 1024 * 1024
MAX_ROWS = 500_000
MAX_COLUMNS = 500
MAX_CELLS = 10_000_000
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_CELL = re.compile(rb"""\sr\s*=\s*["']([A-Z]{1,6})([0-9]{1,12})["']""")
_ROW = re.compile(rb"""<(?:\w+:)?row\s[^>]*?\br\s*=\s*["']([0-9]{1,12})["']""")
_DELIMITERS = (";", ",", "\t", "|")
_SAMPLE_LINES = 60
_CODEPAGES = ("cp1252", "cp850", "mac_roman")  # the first wins a draw
_WESTERN = frozenset("àèéìòùÀÈÉÌÒÙáíóúäöüßçñâêîôûëïÄÖÜÁÍÓÚÇÑ€°’“”«»§–")

Cell = str | int | float | bool | date | datetime | time | timedelta


class Grid(NamedTuple):
    """Rows of cells; `row(i)` of a spreadsheet is `rows[i - first]`."""

    rows: list[list[Cell]]
    first: int = 1
    sheet: str = ""
    sheets: tuple[str, ...] = ()
    delimiter: str = ""
    encoding: str = ""


def is_spreadsheet(data: bytes) -> bool:
    """By content: an OLE file, or a zip with the parts of a workbook or an OpenDocument sheet."""
    return data.startswith(OLE) or (archive.is_zip(data) and _workbook_kind(data) != "")


def from_spreadsheet(data: bytes, profile: Profile, findings: Findings) -> Grid:
    """The chosen sheet, or the first with data. Raises `Refusal`."""
    if len(data) > MAX_TABLE_BYTES:
        raise Refusal("file.too_large", limit=MAX_TABLE_BYTES // 1024**2)
    if archive.is_zip(data):
        _check_workbook(data)
    try:
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
        sheets = tuple(book.sheet_names)
        if profile.sheet and profile.sheet not in sheets:
            raise Refusal("table.no_sheet", field="sheet", value=profile.sheet, sheets=", ".join(sheets))
        for name in (profile.sheet,) if profile.sheet else sheets:
            sheet = book.get_sheet_by_name(name)
            rows = sheet.to_python(skip_empty_area=False, nrows=MAX_ROWS + 1)
            if any(cell != "" for row in rows for cell in row):
                return Grid(_bounded(rows), 1, name, sheets)
    except python_calamine.PasswordError as error:
        raise Refusal("table.password") from error
    except (python_calamine.CalamineError, OSError, ValueError, OverflowError) as error:
        raise Refusal("table.broken") from error
    raise Refusal("table.empty")


def from_text(data: bytes, profile: Profile, findings: Findings) -> Grid:
    """The rows of a CSV. Raises `Refusal` when it is no text, or no table."""
    if len(data) > MAX_TABLE_BYTES:
        raise Refusal("file.too_large", limit=MAX_TABLE_BYTES // 1024**2)
    encoding = _encoding(data) if profile.encoding == "auto" else profile.encoding
    try:
        text = data.decode(encoding).lstrip("\ufeff")
    except (UnicodeDecodeError, LookupError) as error:
        raise Refusal("table.encoding", field="encoding", value=encoding) from error
    if "\x00" in text:
        raise Refusal("file.nul_bytes")
    text, delimiter = _delimiter(text, profile)
    try:
        rows: list[list[Cell]] = [list(row) for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)]
    except csv.Error as error:
        raise Refusal("table.broken") from error
    if not any(any(row) for row in rows):
        raise Refusal("table.empty")
    return Grid(_bounded(rows), 1, "", (), delimiter, encoding)


def _workbook_kind(data: bytes) -> str:
    """What a zip of a spreadsheet program is; "" for any other zip."""
    names = archive.names(data)
    if "xl/workbook.bin" in names:
        return "XLSB"
    if {"content.xml", "mimetype"} <= names:
        return "OpenDocument"
    return "XLSX" if "xl/workbook.xml" in names else ""


def _check_workbook(data: bytes) -> None:
    """Before the library opens it: no bomb in the zip, and none in the cells (one cell at XFD1048576 makes
    the library ask for the memory of a whole sheet). Raises `Refusal`."""
    if (kind := _workbook_kind(data)) != "XLSX":
        raise Refusal("file.other_kind", kind=kind)
    quiet = Findings("")
    for _, content in archive.members(data, quiet, archive.Budget(MAX_EXPANDED_BYTES)):
        if _extent(content) > MAX_CELLS:
            raise Refusal("table.too_long", limit=MAX_ROWS)
    if quiet.errors:
        raise Refusal("table.broken")


def _extent(part: bytes) -> int:
    """How many cells the rectangle around all cells of a sheet has."""
    if part.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise Refusal("table.broken")  # a part in UTF-16 could hide its cells from this look
    cells = _CELL.findall(part)
    rows = [int(row) for row in {row for _, row in cells} | set(_ROW.findall(part))]
    columns = [_column(letters) for letters in {letters for letters, _ in cells}] or [1]
    return (max(rows) - min(rows) + 1) * (max(columns) - min(columns) + 1) if rows else 0


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _bounded(rows: list[list[Cell]]) -> list[list[Cell]]:
    if len(rows) > MAX_ROWS:
        raise Refusal("table.too_long", limit=MAX_ROWS)
    if any(len(row) > MAX_COLUMNS for row in rows):
        return [row[:MAX_COLUMNS] for row in rows]
    return rows


def _encoding(data: bytes) -> str:
    """Byte order marks first, then UTF-8, then the old code pages; windows-1252 when nothing speaks for
    another."""
    for mark, name in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if data.startswith(mark):
            return name
    head = data[:4096]
    if head.count(b"\x00") > len(head) // 4:
        return "utf-16-le" if head[1:2] == b"\x00" else "utf-16-be"
    if _decodes(data, "utf-8"):
        return "utf-8"
    sample = data[:200_000]
    best = max(_CODEPAGES, key=lambda name: _likelihood(sample, name))
    if _likelihood(sample, best) < 0:
        guess = from_bytes(sample).best()
        best = guess.encoding if guess is not None else best
    return best if _decodes(data, best) else "latin-1"


def _likelihood(sample: bytes, encoding: str) -> int:
    """Letters that western names are written with, less the signs that come out of a wrong code page."""
    signs = [char for char in sample.decode(encoding, "replace") if ord(char) > 127]
    return sum(1 if char in _WESTERN else -1 for char in signs)


def _decodes(data: bytes, encoding: str) -> bool:
    try:
        data.decode(encoding)
    except (UnicodeDecodeError, LookupError):
        return False
    return True


def _delimiter(text: str, profile: Profile) -> tuple[str, str]:
    """The delimiter that gives the most lines the same number of columns; Excel's own "sep=;" line is
    obeyed."""
    first, _, rest = text.partition("\n")
    if first.strip().lower().startswith("sep=") and len(first.strip()) == 5:
        # The line stays, empty, so that row numbers remain those of the file.
        return "\n" + rest, first.strip()[4]
    if profile.delimiter != "auto":
        return text, profile.delimiter[:1] or ";"
    lines = [line for line in text.splitlines()[:_SAMPLE_LINES] if line.strip()]
    return text, max(_DELIMITERS, key=lambda delimiter: _regularity(lines, delimiter))


def _regularity(lines: list[str], delimiter: str) -> tuple[int, int]:
    """How many lines share the commonest column count above one, and that count."""
    try:
        counts = Counter(len(row) for row in csv.reader(lines, delimiter=delimiter) if len(row) > 1)
    except csv.Error:
        return (0, 0)
    columns, share = max(counts.items(), key=lambda pair: (pair[1], pair[0]), default=(0, 0))
    return (share, columns)
