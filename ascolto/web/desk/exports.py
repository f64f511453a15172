# SPDX-License-Identifier: Apache-2.0
"""A list as a file: CSV as spreadsheets in Italy open it, or XLSX. Text that looks like a formula stays text."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from io import BytesIO
from typing import Any

from django.http import HttpResponse
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font

from ascolto.web.tables import csv_response

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def xlsx_response(name: str, head: Sequence[Any], rows: Iterable[Sequence[Any]]) -> HttpResponse:
    """`name`.xlsx with one sheet; numbers and dates are real ones."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(name[:31])
    sheet.freeze_panes = "B2"
    titles = [WriteOnlyCell(sheet, value=str(word)) for word in head]
    for title in titles:
        title.font = Font(bold=True)
    sheet.append(titles)
    for row in rows:
        sheet.append([_cell(sheet, value) for value in row])
    file = BytesIO()
    book.save(file)
    response = HttpResponse(file.getvalue(), content_type=XLSX)
    response["Content-Disposition"] = f'attachment; filename="{name}.xlsx"'
    return response


def _cell(sheet: Any, value: Any) -> Any:
    """A cell; a text is declared a text, so that `=1+1` is read and not reckoned."""
    cell = WriteOnlyCell(sheet, value=value)
    if isinstance(value, str):
        cell.data_type = "s"
    return cell


def csv(name: str, head: Sequence[Any], rows: Iterable[Sequence[Any]]) -> HttpResponse:
    """`name`.csv, decimals with a comma."""
    return csv_response(name, head, ([_italian(value) for value in row] for row in rows))


def _italian(value: Any) -> Any:
    return str(value).replace(".", ",") if isinstance(value, Decimal) else value


def euro(cents: int) -> Decimal:
    """Cents as an amount with two decimals."""
    return Decimal(cents).scaleb(-2)


FORMS = {"csv": csv, "xlsx": xlsx_response}
