# SPDX-License-Identifier: Apache-2.0
"""The reader of what banks' codes mean. Owns: `bank/*.toml`, parsed once; unknown keys are refused."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path

from ascolto.engine.reading import PolicyError, read

FOLLOWS = frozenset(
    {
        "retry", "ask_account", "ask_customer", "other_method", "mend_ours", "open_dispute", "reopen", "stop_contacts",
    }
)  # fmt: skip
"""What a return asks for. The debt is open again in each case."""


@dataclass(frozen=True)
class ReturnCode:
    """One code: its words in both languages, what follows, and how far we may rely on it."""

    code: str
    en: str
    it: str
    follows: str
    source: str
    confidence: str

    def words(self, language: str) -> str:
        """The meaning in "it" or "en"."""
        return self.en if language.startswith("en") else self.it


@dataclass(frozen=True)
class _ReturnCodes:
    version: date
    row: tuple[ReturnCode, ...]


@lru_cache
def return_codes() -> dict[str, ReturnCode]:
    """Code -> its row. Raises PolicyError for a code that stands twice or asks for something unknown."""
    where = "bank/return_codes.toml"
    with (Path(__file__).parent / where).open("rb") as file:
        rows = read(_ReturnCodes, tomllib.load(file), where).row
    found = {row.code: row for row in rows}
    if len(found) != len(rows):
        raise PolicyError(f"{where}: a code stands twice")
    for row in rows:
        if row.follows not in FOLLOWS:
            raise PolicyError(f"{where}: {row.code}: unknown follows '{row.follows}'")
    return found


OUTCOMES = frozenset({"requested", "accepted", "pending", "settled", "returned", "rejected", "recalled", "unknown"})
"""What a flow or a report can say of one order; `unknown` is for a person."""


@dataclass(frozen=True)
class Rest:
    """How many days after its day an unanswered collection of this kind rests its instalment."""

    kind: str
    days: int
    why: str
    source: str
    confidence: str


@dataclass(frozen=True)
class MandateRules:
    """When an SDD mandate lapses, what it must be told before, and which reasons end it."""

    lapses_months: int
    prenotice_days: int
    lead_days: int
    stops: tuple[str, ...]
    source: str
    confidence: str


@dataclass(frozen=True)
class Causale:
    """One verified causale of a CBI flow."""

    kind: str
    code: str
    outcome: str


@dataclass(frozen=True)
class Collections:
    """`bank/collections.toml`, parsed."""

    version: date
    rest: tuple[Rest, ...]
    mandate: MandateRules
    causale: tuple[Causale, ...]

    def rest_days(self, kind: str) -> int:
        """Raises KeyError for a kind without a row."""
        return {row.kind: row.days for row in self.rest}[kind]

    def outcome(self, kind: str, code: str) -> str:
        """What a causale means by the verified rows; "unknown" for any other."""
        return next((row.outcome for row in self.causale if (row.kind, row.code) == (kind, code)), "unknown")


@lru_cache
def collections() -> Collections:
    """The rules of collections. Raises PolicyError for an outcome that is none."""
    where = "bank/collections.toml"
    with (Path(__file__).parent / where).open("rb") as file:
        found = read(Collections, tomllib.load(file), where)
    wrong = [row.outcome for row in found.causale if row.outcome not in OUTCOMES]
    if wrong:
        raise PolicyError(f"{where}: unknown outcome '{wrong[0]}'")
    return found
