# SPDX-License-Identifier: Apache-2.0
"""Small words for Ibis tables. Owns: portable forms of what engines spell differently; no rule of credit lives here.

Days are whole numbers since 1970-01-01, so that no engine's date arithmetic is trusted. Two numbers that order
together travel as one (`packed`): an exact "first by date, then by id" in a single pass on every engine.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import ibis

from .calendar import EPOCH

if TYPE_CHECKING:
    from .policy import Condition

FAR = 3_000_000  # a day that never comes (year 10183)
PACK = 100_000_000_000  # ids stay below this


def day(column: Any) -> Any:
    """Date column -> days since 1970-01-01."""
    return column.delta(ibis.date(EPOCH.isoformat()), unit="day")


def as_date(column: Any) -> Any:
    """Days since 1970-01-01 -> date column."""
    # As a product: `as_interval` is spelled as a text on Spark and read row by row, a hundred times slower on Sail.
    moment = ibis.date(EPOCH.isoformat()) + ibis.interval(days=1) * column  # a timestamp on some engines
    return moment.cast("timestamp").cast("date")


def packed(first: Any, second: Any) -> Any:
    return first * PACK + second


def unpacked_first(column: Any) -> Any:
    return (column - column % PACK) // PACK


def unpacked_second(column: Any) -> Any:
    return column % PACK


def total(column: Any, where: Any) -> Any:
    """Sum of whole numbers; 0 when there is nothing. Engines widen it: `narrow` brings it back to 64 bits."""
    return column.sum(where=where).fill_null(0)


def narrow(column: Any) -> Any:
    """Back to 64 bits (two casts, because Ibis drops one that looks idle; a decimal of 38 digits would cost three times
    the sum itself). Beyond 10^18 it is an error."""
    return column.cast("decimal(18, 0)").cast("int64")


def count(condition: Any) -> Any:
    """How many rows satisfy it; 0 when none."""
    return condition.count(where=condition)


def yes(condition: Any) -> Any:
    """Unknown is no."""
    return condition.fill_null(False)


def least(columns: Sequence[Any]) -> Any:
    """The smallest that is known, null when none is."""
    beyond = ibis.literal(FAR * PACK, "int64")
    filled = [column.fill_null(beyond) for column in columns]
    smallest = ibis.least(*filled) if len(filled) > 1 else filled[0]
    return smallest.nullif(beyond)


def greatest(columns: Sequence[Any]) -> Any:
    """The greatest that is known, null when none is. For numbers above -1."""
    filled = [column.fill_null(-1) for column in columns]
    largest = ibis.greatest(*filled) if len(filled) > 1 else filled[0]
    return largest.nullif(-1)


def all_of(parts: Iterable[Any]) -> Any:
    result: Any = ibis.literal(True)
    for part in parts:
        result = result & part
    return result


def first_true(branches: Sequence[tuple[Any, Any]], otherwise: Any) -> Any:
    """First branch whose condition holds."""
    return ibis.cases(*branches, else_=otherwise) if branches else otherwise


def banded(column: Any, bands: Sequence[tuple[int, int]], beyond: int) -> Any:
    """Points of the first band whose upper bound is not exceeded."""
    return first_true([(column <= upper, ibis.literal(points, "int64")) for upper, points in bands], beyond).cast(
        "int64"
    )


def met(table: Any, conditions: Iterable[Condition]) -> Any:
    """All conditions of a policy hold in the row."""
    return all_of(_met(table[c.fact], c.op, c.value) for c in conditions)


def _met(column: Any, op: str, value: Any) -> Any:
    if op == "in":
        return yes(column.isin(list(value)))
    if op == "is":
        return yes(column == value)
    return yes(column >= value if op == "min" else column <= value)


def beside(table: Any, *others: Any, on: Sequence[str] = ("customer_id",)) -> Any:
    """Left joins that add the columns of `others` and nothing else; at most one row of each per key."""
    joined, keys = table, []
    for n, other in enumerate(others):
        names = {f"_{n}_{name}": name for name in on}
        renamed = other.rename(names)
        joined = joined.left_join(renamed, [table[name] == renamed[key] for key, name in names.items()])
        keys += list(names)
    return joined.drop(*keys)


def without(table: Any, *prefixes: str) -> Any:
    """Drops the columns whose names begin so: what later steps do not read only costs."""
    return table.drop(*[name for name in table.columns if name.startswith(prefixes)])
