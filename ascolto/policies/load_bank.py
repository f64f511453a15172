# SPDX-License-Identifier: Apache-2.0
"""The reader of what banks' codes mean. Owns: `bank/return_codes.toml`, parsed once; unknown keys are refused."""

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
