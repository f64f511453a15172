# SPDX-License-Identifier: Apache-2.0
"""A message in one piece, and the phrases that all messages share (`wordings/_common.toml`)."""

from __future__ import annotations

import functools
import tomllib
from dataclasses import dataclass
from importlib import resources
from typing import Any, Literal

BlockKind = Literal["text", "point", "items", "payment"]


@dataclass(frozen=True)
class Block:
    """One piece of a body: a paragraph, a point of a list, or the place of the table or payment box."""

    kind: BlockKind
    text: str = ""


@dataclass(frozen=True)
class Composed:
    """A message ready to leave: `tone` is the tone really used, `amount_cents` is what it asks to pay;
    a letter is set from greeting, blocks and closing.
    """

    subject: str
    text: str
    html: str
    template_version: str
    template: str
    tone: int
    language: str
    greeting: str
    blocks: tuple[Block, ...]
    closing: str
    amount_cents: int


@functools.cache
def common_words(language: str) -> dict[str, Any]:
    """Greetings, closings, ways to answer and table words of a language."""
    text = (resources.files(__package__) / "wordings" / "_common.toml").read_text("utf-8")
    words: dict[str, Any] = tomllib.loads(text)[language]
    return words


def label(language: str, key: str) -> str:
    """One word of a table or of a box."""
    word: str = common_words(language)["words"][key]
    return word
