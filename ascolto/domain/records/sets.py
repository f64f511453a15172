# SPDX-License-Identifier: Apache-2.0
"""Writes by the set: one sentence to the database however many rows, where Django would make an object, or a CASE, of each.

Owns no rule: callers hold the rows and the transaction. The values go through the fields, as with Django's own writes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection, models
from django.db.models import QuerySet, Value


def update_each(
    model: type[models.Model], names: Sequence[str], rows: Mapping[int, Sequence[Any]], **same: Any
) -> None:
    """Give each row, by its key, its own (never null) values of the fields `names`; `same` is alike for all of them."""
    if not rows:
        return
    fields = [model._meta.get_field(name) for name in names]
    told = [f"{field.column} = told.column{place}" for place, field in enumerate(fields, 2)]
    told += [f"{model._meta.get_field(name).column} = %s" for name in same]
    values = [_plain(model._meta.get_field(name), value) for name, value in same.items()]
    for key, own in rows.items():
        values += [key, *(_plain(field, value) for field, value in zip(fields, own, strict=True))]
    marks = ", ".join([f"(%s{', %s' * len(fields)})"] * len(rows))
    table = model._meta.db_table
    sql = f"UPDATE {table} SET {', '.join(told)} FROM (VALUES {marks}) AS told WHERE {table}.id = told.column1"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(sql, values)


def add_for_each(rows: QuerySet[Any], model: type[models.Model], **columns: Any) -> None:
    """Add to the table of `model` one row for each of `rows`. `columns`: values, or expressions over that row; a field
    that is not named has its default.
    """
    told: dict[str, Any] = {}
    for field in model._meta.concrete_fields:
        if not field.primary_key:
            value = columns.pop(field.attname, field.get_default())
            told[field.column] = value if hasattr(value, "resolve_expression") else Value(value, field)
    assert not columns, f"no such columns: {columns}"
    select, values = rows.values_list(*told.values()).query.get_compiler(connection=connection).as_sql()
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {model._meta.db_table} ({', '.join(told)}) {select}", values)


def _plain(field: Any, value: Any) -> Any:
    return field.get_db_prep_save(value, connection)
