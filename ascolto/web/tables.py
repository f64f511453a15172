# SPDX-License-Identifier: Apache-2.0
"""Sorting, paging and exporting a list by what its address says. The page decides the columns."""

import csv
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from io import StringIO
from typing import Any, TypeVar

from django.core.paginator import Page, Paginator
from django.db.models import F, Model, OrderBy, QuerySet
from django.http import HttpRequest, HttpResponse

T = TypeVar("T", bound=Model)
PER_PAGE = 50


@dataclass(frozen=True)
class Column:
    """One column. `order`: fields it sorts by (empty: not sortable). `number`: right-aligned, big first."""

    key: str
    label: Any
    order: tuple[str, ...] = ()
    number: bool = False


@dataclass(frozen=True)
class Sort:
    """What a list is sorted by; the tag `{% sort_head column sort %}` draws it."""

    key: str
    descending: bool
    fields: tuple[str, ...]


def sort_of(request: HttpRequest, columns: Sequence[Column], default: str) -> Sort:
    """Reads `?sort=key` or `?sort=-key`; an unknown or unsortable key falls to `default` (same notation)."""
    sortable = {column.key: column.order for column in columns if column.order}
    asked = request.GET.get("sort", default)
    if asked.lstrip("-") not in sortable:
        asked = default
    key = asked.lstrip("-")
    return Sort(key, asked.startswith("-"), sortable[key])


def apply_sort(rows: QuerySet[T], sort: Sort) -> QuerySet[T]:
    """Ordered by the sort, empty values last either way, ties by primary key so that pages never overlap."""
    return rows.order_by(*(_order(field, sort.descending) for field in sort.fields), "pk")


def _order(field: str, descending: bool) -> OrderBy:
    # "-name" inside a column's fields turns against the column's direction.
    down = descending != field.startswith("-")
    name = F(field.lstrip("-"))
    return name.desc(nulls_last=True) if down else name.asc(nulls_last=True)


def page_of(request: HttpRequest, rows: Any, per_page: int = PER_PAGE) -> Page[Any]:
    """The page that `?page=` names; out of range or nonsense falls to the nearest."""
    return Paginator(rows, per_page).get_page(request.GET.get("page"))


def csv_response(name: str, head: Sequence[Any], rows: Iterable[Sequence[Any]]) -> HttpResponse:
    """`name`.csv as a download; see `csv_text`."""
    response = HttpResponse(csv_text(head, rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def csv_text(head: Sequence[Any], rows: Iterable[Sequence[Any]]) -> str:
    """A list as Italian spreadsheets open it: semicolons, UTF-8 with a mark; formulas made harmless."""
    text = StringIO()
    write: Callable[[Iterable[Any]], Any] = csv.writer(text, delimiter=";").writerow
    write([str(cell) for cell in head])
    for row in rows:
        write([_harmless(cell) for cell in row])
    return "\ufeff" + text.getvalue()


def _harmless(cell: Any) -> Any:
    # A cell that begins like a formula would run in the reader's spreadsheet.
    if isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return "'" + cell
    return "" if cell is None else cell
