# SPDX-License-Identifier: Apache-2.0
"""Sorting, paging and exporting a list by what its address says. The page decides the columns."""

import csv
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from io import StringIO
from typing import Any, TypeVar

from django.core.exceptions import FieldDoesNotExist
from django.core.paginator import Page, Paginator
from django.db.models import F, Model, OrderBy, QuerySet
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse

from ascolto.domain.access.prepared import asked

T = TypeVar("T", bound=Model)
PER_PAGE = 50
MOST_COUNTED = 2_000
"""Rows of a list that are counted and paged through; what lies beyond is for a filter or the export."""


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
    return rows.order_by(*(_order(rows.model, field, sort.descending) for field in sort.fields), "pk")


def _order(model: type[Model], field: str, descending: bool) -> OrderBy:
    # "-name" inside a column's fields turns against the column's direction.
    down = descending != field.startswith("-")
    name = F(field.lstrip("-"))
    # Where nothing is ever empty the order is the index's own, and the database need not sort.
    last = None if _never_empty(model, field.lstrip("-")) else True
    return name.desc(nulls_last=last) if down else name.asc(nulls_last=last)


def _never_empty(model: type[Model], path: str) -> bool:
    """Whether the field, and each relation on the way to it, always has a value."""
    try:
        for name in path.split("__"):
            field: Any = model._meta.get_field(name)
            if field.null:
                return False
            model = field.related_model or model
    except (FieldDoesNotExist, AttributeError):
        return False
    return True


class Capped(Paginator):  # type: ignore[type-arg]  # generic only for the type checker
    """Pages of a query that counts at most MOST_COUNTED rows; `more` when there are others.

    A page is found by its keys first, in the order of an index; what stands beside a row (other tables, the last
    contact) is then fetched for the rows of the page alone: from `told`, where they need not be looked for a second time.
    """

    known: int | None = None
    told: Callable[[list[int]], QuerySet[Any]] | None = None
    first: list[int] | None = None

    @cached_property
    def _counted(self) -> int:
        if self.known is not None:
            return self.known
        rows: Any = self.object_list
        return int(rows.order_by().values("pk")[: MOST_COUNTED + 1].count())

    @cached_property
    def count(self) -> int:
        return min(self._counted, MOST_COUNTED)

    def page(self, number: int | str) -> Page[Any]:
        number = self.validate_number(number)
        first = (number - 1) * self.per_page
        rows: Any = self.object_list
        if not self.more:
            rows = rows.order_by(*map(_sorted_at_hand, rows.query.order_by))
        if number == 1 and self.first is not None:
            keys = self.first[: self.per_page]
        else:
            keys = list(rows.values_list("pk", flat=True)[first : first + self.per_page])
        told = asked(self.told, keys) if self.told else rows.order_by().filter(pk__in=keys)
        found = {row.pk: row for row in told}
        return Page([found[key] for key in keys if key in found], number, self)

    @property
    def more(self) -> bool:
        return self._counted > MOST_COUNTED


def _sorted_at_hand(order: Any) -> Any:
    """The same order in a form that no index has. Of a few rows among a million the database then finds the few and sorts
    them, where it would else walk the million in the order asked for."""
    if not isinstance(order, OrderBy) or not isinstance(order.expression, F):
        return order
    turned = order.copy()
    turned.set_source_expressions([Coalesce(order.expression, order.expression)])
    return turned


def page_of(
    request: HttpRequest,
    rows: Any,
    per_page: int = PER_PAGE,
    known: int | None = None,
    told: Callable[[list[int]], QuerySet[Any]] | None = None,
    first: list[int] | None = None,
) -> Page[Any]:
    """The page that `?page=` names; out of range or nonsense falls to the nearest. `known`: how many rows there are, where
    somebody has counted them; one page more or less does no harm. `told`: a question for what the page shows, of the keys
    of `rows` without its filters, lest the database take another way than the keys. `first`: the keys of the first page,
    where somebody has fetched them."""
    pages = Capped(rows, per_page) if isinstance(rows, QuerySet) else Paginator(rows, per_page)
    if isinstance(pages, Capped):
        pages.known, pages.told, pages.first = known, told, first
    return pages.get_page(request.GET.get("page"))


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
