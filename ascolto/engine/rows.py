# SPDX-License-Identifier: Apache-2.0
"""A row of law. Owns: what every dated rule carries (article, source, validity, how sure we are) and how one is found.

A rule is data: an amount or a deadline keeps the row it came from, so that it can be opened and shown. Past the last
row the engine refuses (`LawGap`): it never extends a table by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any, TypeVar

from .reading import PolicyError

CONFIDENCES = ("SRC", "SRC2", "MIX", "MEM")


class LawGap(LookupError):
    """What was asked has no answer in the law that is known. `code` is stable, `facts` fill the words on screen."""

    def __init__(self, code: str, **facts: Any) -> None:
        super().__init__(f"{code}: {facts}")
        self.code = code
        self.facts = facts


@dataclass(frozen=True, kw_only=True)
class Row:
    """One rule with its provenance. No dates: in force for as long as we look."""

    id: str
    article: str
    source: str
    confidence: str
    text: str = ""
    title: str = ""
    valid_from: date | None = None
    valid_to: date | None = None
    provisional: bool = False  # not yet published: the result says so

    def __post_init__(self) -> None:
        if self.confidence not in CONFIDENCES:
            raise PolicyError(f"row {self.id}: confidence '{self.confidence}'")
        if self.valid_from and self.valid_to and self.valid_to < self.valid_from:
            raise PolicyError(f"row {self.id}: ends before it starts")

    def covers(self, day: date) -> bool:
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day <= self.valid_to)

    @property
    def from_memory(self) -> bool:
        """Shown as 'to be checked' wherever it is used."""
        return self.confidence == "MEM"


@dataclass(frozen=True, kw_only=True)
class Note(Row):
    """A rule that only its words hold."""


@dataclass(frozen=True, kw_only=True)
class Rule(Row):
    """A rule that is no table of its own: who is protected, what a text must say, where interest starts."""

    group: str
    sector: str = "all"
    cents: int | None = None
    days: int | None = None


@dataclass(frozen=True, kw_only=True)
class Bonus(Row):
    """Up to which ISEE the social bonus is due; with four children or more up to another one."""

    isee_cents: int
    family_isee_cents: int


R = TypeVar("R", bound=Row)


def row_on(rows: Iterable[R], day: date, table: str) -> R:
    """The row in force on `day`. Raises LawGap 'before_table' or 'past_table' with the table's ends."""
    known = list(rows)
    for row in known:
        if row.covers(day):
            return row
    starts, ends = table_start(known), table_end(known)
    code = "before_table" if starts is not None and day < starts else "past_table"
    raise LawGap(code, table=table, day=day, starts=starts, ends=ends)


def table_start(rows: Iterable[Row]) -> date | None:
    """The first day that a dated table knows; None when it has always held."""
    days = [row.valid_from for row in rows]
    return None if None in days else min((day for day in days if day), default=None)


def table_end(rows: Sequence[Row]) -> date | None:
    """The last day that a dated table knows; None when some row is open-ended."""
    days = [row.valid_to for row in rows]
    return None if None in days else max((day for day in days if day), default=None)


def in_sequence(rows: Sequence[Row]) -> bool:
    """True when the rows follow each other without a gap and without an overlap."""
    pairs = pairwise(rows)
    return all(a.valid_to and b.valid_from and (b.valid_from - a.valid_to).days == 1 for a, b in pairs)


def origin(row: Row) -> dict[str, Any]:
    """Where a figure comes from, as plain values: what is stored beside it and shown when it is opened."""
    return {
        "id": row.id, "article": row.article, "source": row.source, "confidence": row.confidence,
        "valid_from": row.valid_from and row.valid_from.isoformat(),
        "valid_to": row.valid_to and row.valid_to.isoformat(), "text": row.text,
        "provisional": row.provisional,
    }  # fmt: skip
