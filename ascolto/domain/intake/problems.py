# SPDX-License-Identifier: Apache-2.0
"""What went wrong while reading, as a value.

Owns `Problem` (one trouble with its file, row and field) and `Findings`, the notebook in which a reader
writes its problems. A problem keeps a code and its parameters; the words come from `catalogue` and are said
in the language that is active when they are read, so that a stored problem can be shown in Italian today and
in English tomorrow.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from dataclasses import field as _field
from typing import Any, Literal

from django.utils.translation import gettext, gettext_lazy

from .catalogue import CATALOGUE

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Problem:
    """One trouble: an `error` says that something was refused, a `warning` that it was read all the same.

    `row` is the line of an XML file or the row of a table as a spreadsheet numbers it (from 1); None for a
    whole file."""

    file: str
    row: int | None
    field: str
    code: str
    params: Mapping[str, str] = _field(default_factory=dict)

    @property
    def severity(self) -> Severity:
        return CATALOGUE[self.code].severity

    @property
    def problem(self) -> str:
        """What is wrong, in the active language."""
        return _say(CATALOGUE[self.code].problem, self.params)

    @property
    def expected(self) -> str:
        """What would have been right, or what to do, in the active language."""
        return _say(CATALOGUE[self.code].expected, self.params)

    def as_json(self) -> dict[str, Any]:
        """The line of `ascolto import --dry-run --json`, in words."""
        return {
            "file": self.file,
            "row": self.row,
            "field": self.field,
            "problem": self.problem,
            "expected": self.expected,
            "severity": self.severity,
            "code": self.code,
        }

    def to_dict(self) -> dict[str, Any]:
        """For storing: without words. `from_dict` is its inverse."""
        return {
            "file": self.file,
            "row": self.row,
            "field": self.field,
            "code": self.code,
            "params": dict(self.params),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Problem:
        """The stored problem again; raises KeyError when a key is missing."""
        return cls(data["file"], data["row"], data["field"], data["code"], dict(data["params"]))

    def within(self, file: str) -> Problem:
        """The same problem, told of another file name."""
        return replace(self, file=file)


_ORDERS = {
    "dd/mm/yyyy": gettext_lazy("dd/mm/yyyy"),
    "mm/dd/yyyy": gettext_lazy("mm/dd/yyyy"),
    "yyyy-mm-dd": gettext_lazy("yyyy-mm-dd"),
}


def _say(msgid: str, params: Mapping[str, str]) -> str:
    """The sentence; the orders of a date are said as the reader's language writes them."""
    said = {name: str(_ORDERS[value]) if value in _ORDERS else value for name, value in params.items()}
    return gettext(msgid) % said if msgid else ""


class Refusal(Exception):
    """A whole document cannot be read. Raised inside a reader only; `reading` turns it into a `Problem`."""

    def __init__(self, code: str, *, row: int | None = None, field: str = "", **params: object) -> None:
        super().__init__(code)
        self.code, self.row, self.field, self.params = code, row, field, params


class Findings:
    """The notebook of one file: readers write here what troubles them and go on."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[Problem] = []
        self.errors = 0

    def add(self, code: str, *, row: int | None = None, field: str = "", **params: object) -> None:
        """Note one trouble; the severity is that of the catalogue."""
        short = {name: _short(value) for name, value in params.items()}
        problem = Problem(self.file, row, field, code, short)
        self.errors += problem.severity == "error"
        self.problems.append(problem)

    def refuse(self, refusal: Refusal) -> None:
        """Note a refusal that ended the reading of a document."""
        self.add(refusal.code, row=refusal.row, field=refusal.field, **refusal.params)


def _short(value: object, limit: int = 120) -> str:
    """Foreign text is quoted, never at length, and never with control characters."""
    text = "".join(char if char.isprintable() else " " for char in str(value)[: limit + 1])
    return text if len(text) <= limit else text[:limit] + "…"
