# SPDX-License-Identifier: Apache-2.0
"""Columns as they are made (numpy, Arrow, a choice among words, a constant), and as Arrow or Python wants them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

FIRST_DAY = np.datetime64("1900-01-01")
ISO = np.array([*np.arange(FIRST_DAY, np.datetime64("2101-01-01")).astype(str).tolist(), None], dtype=object)
"""Every day as text; the last place stands for no day."""


@dataclass(frozen=True)
class Choice:
    """One of `words` per row: far cheaper than a text per row."""

    words: Sequence[str]
    codes: np.ndarray

    def __len__(self) -> int:
        return len(self.codes)

    def objects(self) -> np.ndarray:
        """The words themselves, every row the same Python object as its word."""
        return np.array(self.words, dtype=object)[self.codes]

    def arrow(self) -> pa.Array:
        return pa.array(self.words, pa.string()).take(pa.array(self.codes))

    def at(self, rows: np.ndarray) -> Choice:
        return Choice(self.words, self.codes[rows])


Column = Any  # np.ndarray | pa.Array | Choice | a constant
VECTORS = (np.ndarray, pa.Array, pa.ChunkedArray, Choice)


def digits(values: np.ndarray, width: int) -> np.ndarray:
    """The decimal digits of each value as a row of ASCII codes, zeros in front."""
    powers = 10 ** np.arange(width - 1, -1, -1, dtype=np.int64)
    return (np.asarray(values, np.int64)[:, None] // powers % 10 + 48).astype(np.uint8)


def letters(text: str, rows: int) -> np.ndarray:
    """The same text on every row, as ASCII codes."""
    return np.broadcast_to(np.frombuffer(text.encode("ascii"), np.uint8), (rows, len(text)))


def fixed(*parts: np.ndarray) -> pa.Array:
    """Texts of one length, from matrices of ASCII codes side by side."""
    matrix = np.ascontiguousarray(np.hstack(parts))
    rows, width = matrix.shape
    offsets = np.arange(rows + 1, dtype=np.int32) * width
    return pa.StringArray.from_buffers(rows, pa.py_buffer(offsets), pa.py_buffer(matrix))


def joined(*parts: Any) -> pa.Array:
    """Texts put together from words, Arrow texts, whole numbers and days."""
    return pc.binary_join_element_wise(*[text(part) for part in parts], "")


def text(part: Any) -> Any:
    if isinstance(part, Choice):
        return part.arrow()
    if isinstance(part, np.ndarray):
        return pa.array(ISO[_places(part)]) if part.dtype.kind == "M" else pa.array(part).cast(pa.string())
    return part


def json_days(days: np.ndarray) -> pa.Array:
    """Days as JSON: a text, or null."""
    quote = pa.scalar('"')
    return pc.if_else(pa.array(np.isnat(days)), "null", joined(quote, days, quote))


def nullable(values: np.ndarray, known: np.ndarray) -> pa.Array:
    """Whole numbers, null where not `known`."""
    return pa.array(np.asarray(values, np.int64), mask=~known)


def _places(days: np.ndarray) -> np.ndarray:
    """Places in ISO; no day is the last."""
    numbers = (days.astype("datetime64[D]") - FIRST_DAY).astype(np.int64)
    return np.where(np.isnat(days), len(ISO) - 1, numbers)


def to_arrow(column: Column, kind: pa.DataType, rows: int) -> pa.Array:
    """The column as an Arrow array of `kind`."""
    if isinstance(column, Choice):
        return column.arrow()
    if isinstance(column, VECTORS):
        array = column if isinstance(column, pa.Array) else pa.array(column)
        return array if array.type == kind else array.cast(kind)
    return pa.repeat(pa.scalar(column, kind), rows) if column is not None else pa.nulls(rows, kind)


def to_python(column: Column) -> Any:
    """The column as a list of what SQLite keeps: whole numbers, texts, ISO days and UTC moments."""
    if isinstance(column, Choice):
        return column.objects().tolist()
    if isinstance(column, np.ndarray):
        if column.dtype.kind == "M":
            return moments(column) if column.dtype == "datetime64[s]" else ISO[_places(column)].tolist()
        return (column.astype(np.int8) if column.dtype.kind == "b" else column).tolist()
    return column.to_pylist()


_TIMES = np.array([f" {s // 3600:02d}:{s // 60 % 60:02d}:{s % 60:02d}" for s in range(86_400)], dtype=object)


def moments(column: np.ndarray) -> list[str]:
    """UTC moments as Django writes them into SQLite."""
    days = column.astype("datetime64[D]")
    return (ISO[_places(days)] + _TIMES[(column - days).astype(np.int64)]).tolist()


def constant(value: Any) -> Any:
    """A constant as SQLite keeps it."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).strftime("%Y-%m-%d %H:%M:%S")
    return value.isoformat() if isinstance(value, dt.date) else value
