# SPDX-License-Identifier: Apache-2.0
"""The language check: finds words that accuse or threaten, and offers better ones. Advice for people, law
for us.

Owns the lexicons (`lexicon/*.toml`, data). Every wording that we ship passes it; free text of operators is
checked with the same function before it leaves. It knows words, not meanings: a person has the last word on
free text.
"""

from __future__ import annotations

import functools
import re
import tomllib
from dataclasses import dataclass
from importlib import resources


@dataclass(frozen=True)
class Remark:
    """One place to say better: `text[start:end]` is `found`; `kind` is accusation, threat, pressure, cold
    or shouting; `suggestion` is what to say instead."""

    start: int
    end: int
    found: str
    kind: str
    suggestion: str


# Three words: names and firms come in capitals from many an accounting system.
_SHOUTING = (re.compile(r"!{2,}"), re.compile(r"\b[A-ZÀ-Ý]{4,}(?:\W+[A-ZÀ-Ý]{4,}){2,}\b"))


def check(text: str, language: str) -> list[Remark]:
    """All remarks on a text, in reading order; an empty list means that it may go. Unknown language:
    Italian.
    """
    spoken = text.replace("’", "'")  # same length, so that positions hold
    remarks = [
        Remark(match.start(), match.end(), text[match.start() : match.end()], kind, suggestion)
        for pattern, kind, suggestion in _lexicon(language if language in ("it", "en") else "it")
        for match in pattern.finditer(spoken)
    ]
    hint = "Write in a calm voice: no capitals, no repeated marks." if language == "en" else _CALM
    remarks += [
        Remark(match.start(), match.end(), match[0], "shouting", hint)
        for pattern in _SHOUTING
        for match in pattern.finditer(spoken)
    ]
    return sorted(_widest(remarks), key=lambda remark: remark.start)


_CALM = "Scriva con voce calma: niente maiuscole né segni ripetuti."


def _widest(remarks: list[Remark]) -> list[Remark]:
    """Of remarks that lie within each other only the widest is worth reading."""
    return [
        one
        for one in remarks
        if not any(
            (two.start <= one.start and one.end <= two.end) and (two.end - two.start > one.end - one.start)
            for two in remarks
        )
    ]


@functools.cache
def _lexicon(language: str) -> tuple[tuple[re.Pattern[str], str, str], ...]:
    text = (resources.files(__package__) / "lexicon" / f"{language}.toml").read_text("utf-8")
    return tuple((_pattern(entry["words"]), entry["kind"], entry["say"]) for entry in tomllib.loads(text)["entry"])


def _pattern(words: list[str]) -> re.Pattern[str]:
    """`*` stands for any ending; a blank for any white space."""
    forms = (re.escape(word.replace("’", "'")).replace(r"\*", r"\w*").replace(r"\ ", r"\s+") for word in words)
    return re.compile(rf"(?<!\w)(?:{'|'.join(forms)})(?!\w)", re.IGNORECASE)
