# SPDX-License-Identifier: Apache-2.0
"""The shape of every table, read from the models: which columns, of which kind, and what stands where we say nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from django.db import models

from .columns import VECTORS, Column, to_arrow

KINDS: tuple[tuple[type[models.Field[Any, Any]], pa.DataType], ...] = (
    (models.BooleanField, pa.bool_()),
    (models.DateTimeField, pa.timestamp("us", "UTC")),
    (models.DateField, pa.date32()),
    (models.IntegerField, pa.int64()),
    (models.ForeignKey, pa.int64()),
    (models.BinaryField, pa.binary()),
    (models.Field, pa.string()),
)


@dataclass(frozen=True)
class Rows:
    """Rows of one table, whole columns in the order of the model."""

    model: type[models.Model]
    count: int
    columns: dict[str, Column]

    @property
    def table(self) -> str:
        return str(self.model._meta.db_table)

    def arrow(self) -> pa.Table:
        kinds = kinds_of(self.model)
        arrays = [to_arrow(column, kinds[name], self.count) for name, column in self.columns.items()]
        return pa.Table.from_arrays(arrays, schema=pa.schema([(name, kinds[name]) for name in self.columns]))


def kinds_of(model: type[models.Model]) -> dict[str, pa.DataType]:
    """Column -> Arrow type."""
    return {field.column: _kind(field) for field in model._meta.concrete_fields}


def _kind(field: Any) -> pa.DataType:
    return next(kind for cls, kind in KINDS if isinstance(field, cls))


def rows(model: type[models.Model], **columns: Column) -> Rows:
    """Rows of `model`; a column that is not named has the model's default, else null, else no text."""
    fields = {field.column: field for field in model._meta.concrete_fields}
    unknown = set(columns) - set(fields)
    assert not unknown, f"{model.__name__} has no {sorted(unknown)}"
    counts = {len(column) for column in columns.values() if isinstance(column, VECTORS)}
    assert len(counts) == 1, f"{model.__name__}: columns of {sorted(counts)} rows"
    whole = {name: columns[name] if name in columns else _default(field) for name, field in fields.items()}
    return Rows(model, counts.pop(), whole)


def _default(field: Any) -> Any:
    if isinstance(field, models.JSONField):
        return {dict: "{}", list: "[]"}[field.default]
    if field.has_default():
        return field.get_default()
    if field.null:
        return None
    assert field.blank, f"{field} must be said"
    return ""


def ordered(model: type[models.Model], values: Mapping[str, Any]) -> list[Any]:
    """Values in the order of the model's columns."""
    return [values[field.column] for field in model._meta.concrete_fields]
