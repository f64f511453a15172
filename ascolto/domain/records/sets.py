# SPDX-License-Identifier: Apache-2.0
"""Writes by the set: one sentence to the database however many rows, where Django would make an object, or a CASE, of each.

Owns no rule: callers hold the rows and the transaction. The values go through the fields, as with Django's own writes.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.db import connection, models
from django.db.models import QuerySet, Value


def update_each(
    model: type[models.Model], names: Sequence[str], rows: Mapping[int, Sequence[Any]], *,
    still: Mapping[str, Collection[Any]] | None = None, **same: Any,
) -> set[int]:  # fmt: skip
    """Give each row, by its key, its own (never null) values of the fields `names`; `same` is alike for all of them.

    Only rows that are `still` so: each of these fields (texts) holds one of the values named for it. Returns whose they were.
    """
    if not rows:
        return set()
    table, fields = model._meta.db_table, [_field(model, name) for name in names]
    told = [f"{field.column} = told.column{place}" for place, field in enumerate(fields, 2)]
    told += [f"{_field(model, name).column} = %s" for name in same]
    values = [_plain(_field(model, name), value) for name, value in same.items()]
    for own in rows.values():
        values += map(_plain, fields, own)
    marks = ", ".join([f"({int(key)}{', %s' * len(fields)})" for key in rows])
    sql = f"UPDATE {table} SET {', '.join(told)} FROM (VALUES {marks}) AS told WHERE {table}.id = told.column1"  # noqa: S608
    for name, allowed in (still or {}).items():
        # COALESCE: by their keys, never by an index of states, which is full of rows that were in them a moment ago.
        sql += f" AND COALESCE({table}.{_field(model, name).column}, '') IN ({', '.join(['%s'] * len(allowed))})"
        values += [_plain(_field(model, name), value) for value in allowed]
    with connection.cursor() as cursor:
        cursor.execute(f"{sql} RETURNING {table}.id", values)
        return {key for (key,) in cursor.fetchall()}


def add_for_each(rows: QuerySet[Any], model: type[models.Model], **columns: Any) -> None:
    """Add to the table of `model` one row for each of `rows`. `columns`: values, or expressions over that row; a field
    that is not named has its default.
    """
    told: dict[str, Any] = {}
    for field in model._meta.concrete_fields:
        if not field.primary_key:
            value = columns.pop(field.attname, field.get_default())
            told[str(field.column)] = value if hasattr(value, "resolve_expression") else Value(value, field)
    assert not columns, f"no such columns: {columns}"
    select, values = rows.values_list(*told.values()).query.get_compiler(connection=connection).as_sql()
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {model._meta.db_table} ({', '.join(told)}) {select}", values)


def _field(model: type[models.Model], name: str) -> models.Field[Any, Any]:
    field = model._meta.get_field(name)
    assert isinstance(field, models.Field)
    return field


def _plain(field: models.Field[Any, Any], value: Any) -> Any:
    return field.get_db_prep_save(value, connection)
