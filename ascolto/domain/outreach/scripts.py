# SPDX-License-Identifier: Apache-2.0
"""What to say on the phone: the six stages of the guided conversation, and the answers for delicate
moments.

Owns the reader of `wordings/call_*.toml` and `_answers.toml`. The first question is *why*, and it is an
open one. A script is a help for a person who listens, not a text to be read aloud.
"""

from __future__ import annotations

import functools
import tomllib
from dataclasses import dataclass
from importlib import resources
from typing import Any

from . import placeholders
from .facts import MessageFacts
from .placeholders import WordingError

STAGES = ("welcome", "listen", "explain", "solve", "confirm", "thank")
EMOTIONS = ("angry", "worried", "ashamed", "confused", "indifferent", "cooperative")
LANGUAGES = ("it", "en")
_LINES = {"say", "ask", "do"}
_DAYS_TO_PAY = 10


@dataclass(frozen=True)
class Stage:
    """One stage: what to say, what to ask (open questions), what to mind."""

    name: str
    say: tuple[str, ...]
    ask: tuple[str, ...]
    do: tuple[str, ...]


@dataclass(frozen=True)
class Answer:
    """The standard answer to an emotion: the way to take (`do`) and words to say."""

    emotion: str
    do: str
    say: tuple[str, ...]


@dataclass(frozen=True)
class Script:
    """A conversation laid out, with this customer's facts in it."""

    key: str
    version: str
    tone: int
    language: str
    stages: tuple[Stage, ...]
    answers: tuple[Answer, ...]


def script(key: str, tone: int, language: str, facts: MessageFacts) -> Script:
    """The script `key` for these facts; lines that the facts cannot fill (no promise, no number) are left
    out.

    Another language becomes Italian. Raises WordingError for an unknown script or a tone outside 0..5.
    """
    if not 0 <= tone <= 5:
        raise WordingError(f"tone {tone} is not between 0 and 5")
    data, language = _load(key), language if language in LANGUAGES else "it"
    values = placeholders.values(facts, language, _DAYS_TO_PAY)

    def lines(texts: list[str]) -> tuple[str, ...]:
        known = (text for text in texts if all(values.get(name) for name in placeholders.names_in(text)))
        return tuple(placeholders.fill(text, values) for text in known)

    stages = (
        Stage(name, *(lines(data[language][name].get(kind, [])) for kind in ("say", "ask", "do"))) for name in STAGES
    )
    return Script(key, data["version"], min(tone, data["tone"]), language, tuple(stages), answers(language))


@functools.cache
def keys() -> tuple[str, ...]:
    """The keys of all phone scripts."""
    files = (resources.files(__package__) / "wordings").iterdir()
    return tuple(sorted(file.name.removesuffix(".toml") for file in files if file.name.startswith("call_")))


@functools.cache
def answers(language: str) -> tuple[Answer, ...]:
    """The standard answers, one for each emotion."""
    data = _read("_answers")[language if language in LANGUAGES else "it"]
    return tuple(Answer(emotion, data[emotion]["do"], tuple(data[emotion]["say"])) for emotion in EMOTIONS)


@functools.cache
def _load(key: str) -> dict[str, Any]:
    if key not in keys():
        raise WordingError(f"no script is called {key!r}")
    data = _read(key)
    for language in LANGUAGES:
        for name in STAGES:
            _check(data[language].get(name, {}), f"{key}.{language}.{name}")
        if not data[language]["listen"].get("ask"):
            raise WordingError(f"{key}.{language}: to listen one must ask")
    return data


def _check(stage: dict[str, list[str]], where: str) -> None:
    if not stage or set(stage) - _LINES:
        raise WordingError(f"{where}: a stage has say, ask or do, and nothing else")
    for text in (text for texts in stage.values() for text in texts):
        placeholders.check(text, where)


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((resources.files(__package__) / "wordings" / f"{name}.toml").read_text("utf-8"))
