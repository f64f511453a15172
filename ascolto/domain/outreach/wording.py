# SPDX-License-Identifier: Apache-2.0
"""Our words: turns a template, a tone and the facts into a message, in Italian or English.

Owns the wordings (`wordings/*.toml`, data) and their one reader. A wording is checked when it is loaded:
both languages, no unknown placeholder, the three open doors (already paid, something wrong, a difficult
moment) in each one that asks for money. The tone asked for may be lower than the template's own and softens
it; it never hardens it. Does not do: decide who gets what (strategy), send (channels).
"""

from __future__ import annotations

import functools
import tomllib
from dataclasses import dataclass, replace
from importlib import resources
from typing import Any, Literal

from . import mail_html, mail_text, placeholders
from .composed import Block, BlockKind, Composed, common_words
from .facts import MessageFacts
from .placeholders import WordingError

LANGUAGES = ("it", "en")
Channel = Literal["email", "letter", "pec"]
_SPECIAL: dict[str, BlockKind] = {"@items": "items", "@payment": "payment"}
_WHEN = {
    "interest", "no_interest", "law_231", "law_legal", "consumer", "business", "public", "email", "letter",
    "granted", "indemnity", "bonus",
}  # fmt: skip


@dataclass(frozen=True)
class _Paragraph:
    kind: BlockKind
    text: str
    when: frozenset[str]


@dataclass(frozen=True)
class _Words:
    """One template in one language; texts by tone are ladders of (from this tone on, text)."""

    subject: tuple[tuple[int, str], ...]
    opening: tuple[tuple[int, str], ...]
    closing: tuple[tuple[int, str], ...]
    body: tuple[_Paragraph, ...]
    letter: tuple[_Paragraph, ...]


@dataclass(frozen=True)
class Template:
    """A wording: `tone` is the highest it speaks in; `step` is its family; `days_to_pay` when no date is
    given.
    """

    key: str
    version: str
    step: str
    tone: int
    days_to_pay: int
    asks_money: bool
    asks_promise: bool
    words: dict[str, _Words]


def compose(template: str, tone: int, language: str, facts: MessageFacts, *, channel: Channel = "email") -> Composed:
    """Write the message for these facts.

    A language that we do not have becomes Italian (the law's language here). Raises WordingError for an
    unknown template, a tone outside 0..5, or facts that lack something that the wording needs.
    """
    if not 0 <= tone <= 5:
        raise WordingError(f"tone {tone} is not between 0 and 5")
    form = load(template)
    language = language if language in LANGUAGES else "it"
    tone = min(tone, form.tone)
    words, common = form.words[language], common_words(language)
    values = placeholders.values(facts, language, form.days_to_pay)
    values["reach"] = placeholders.fill(_reach(common, facts, channel), values)
    truths = _truths(facts, channel)

    def say(text: str) -> str:
        return placeholders.fill(text, values)

    body = words.letter if channel == "letter" and words.letter else words.body
    blocks = [Block("text", _capital(say(_at(words.opening, tone)), language))]
    blocks += [Block(part.kind, say(part.text)) for part in body if part.when <= truths]
    draft = Composed(
        subject=say(_at(words.subject, tone)),
        text="",
        html="",
        template_version=form.version,
        template=form.key,
        tone=tone,
        language=language,
        greeting=say(_at(_ladder(common["greeting"]), tone)[facts.salutation]),
        blocks=tuple(blocks),
        closing=say(_at(words.closing or _ladder(common["closing"]), tone)),
        amount_cents=(facts.promise_cents or 0) if form.asks_promise else facts.payable_cents,
    )
    return replace(draft, text=mail_text.render(draft, facts), html=mail_html.render(draft, facts))


@functools.cache
def load(template: str) -> Template:
    """Read and check one template by its key; raises WordingError with the file and part when it is not
    fit.
    """
    file = resources.files(__package__) / "wordings" / f"{template}.toml"
    if template.startswith(("_", ".")) or not template.replace("_", "").isalnum() or not file.is_file():
        raise WordingError(f"no wording is called {template!r}")
    data = tomllib.loads(file.read_text("utf-8"))
    _known(data, {"version", "step", "tone", "days_to_pay", "asks_money", "asks_promise", *LANGUAGES}, template)
    return Template(
        key=template,
        version=data["version"],
        step=data["step"],
        tone=data["tone"],
        days_to_pay=data.get("days_to_pay", 10),
        asks_money=data.get("asks_money", True),
        asks_promise=data.get("asks_promise", False),
        words={language: _words(data[language], language, f"{template}.{language}") for language in LANGUAGES},
    )


@functools.cache
def keys() -> tuple[str, ...]:
    """The keys of all written templates (phone scripts are in `scripts`)."""
    files = (resources.files(__package__) / "wordings").iterdir()
    names = sorted(file.name.removesuffix(".toml") for file in files if file.name.endswith(".toml"))
    return tuple(name for name in names if not name.startswith(("_", "call_")))


def _words(data: dict[str, Any], language: str, where: str) -> _Words:
    _known(data, {"subject", "opening", "closing", "body", "letter"}, where)
    words = _Words(
        subject=_ladder(data["subject"]),
        opening=_ladder(data["opening"]),
        closing=_ladder(data.get("closing", {})),
        body=tuple(_paragraphs(data["body"], language, where)),
        letter=tuple(_paragraphs(data.get("letter", []), language, where)),
    )
    for _tone, text in (*words.subject, *words.opening, *words.closing):
        placeholders.check(text, where)
    if not (words.subject[0][0] == words.opening[0][0] == 0):
        raise WordingError(f"{where}: subject and opening start at tone 0, so that a template can soften")
    return words


def _paragraphs(parts: list[Any], language: str, where: str) -> list[_Paragraph]:
    found: list[_Paragraph] = []
    for part in parts:
        if isinstance(part, str) and part.startswith("@") and part not in _SPECIAL:
            snippets = common_words(language)["snippets"]
            if part[1:] not in snippets:
                raise WordingError(f"{where}: no snippet is called {part}")
            found += _paragraphs(snippets[part[1:]], language, where)
        else:
            found.append(_paragraph(part, where))
    return found


def _paragraph(part: Any, where: str) -> _Paragraph:
    if isinstance(part, str):
        part = {"say": part}
    _known(part, {"say", "point", "when"}, where)
    text = part.get("say", part.get("point", ""))
    when = frozenset(part.get("when", "").split())
    if when - _WHEN:
        raise WordingError(f"{where}: unknown condition {' '.join(sorted(when - _WHEN))}")
    if text in _SPECIAL:
        return _Paragraph(_SPECIAL[text], "", when)
    placeholders.check(text, where)
    return _Paragraph("point" if "point" in part else "text", text, when)


def _known(data: dict[str, Any], known: set[str], where: str) -> None:
    if set(data) - known:
        raise WordingError(f"{where}: unknown {', '.join(sorted(set(data) - known))}")


def _ladder(by_tone: dict[str, Any]) -> tuple[tuple[int, Any], ...]:
    return tuple(sorted((int(tone), words) for tone, words in by_tone.items()))


def _at(ladder: tuple[tuple[int, Any], ...], tone: int) -> Any:
    return [words for start, words in ladder if start <= tone][-1]


def _reach(common: dict[str, Any], facts: MessageFacts, channel: str) -> str:
    parts = [channel]
    if channel == "letter" and facts.client_email:
        parts.append("email")
    if facts.client_phone:
        parts.append("phone")
    way = "_".join(parts)
    if way not in common["reach"]:
        raise WordingError("the client has neither phone nor e-mail: a customer must be able to answer")
    text: str = common["reach"][way]
    return text


def _truths(facts: MessageFacts, channel: str) -> set[str]:
    asked = "interest" if facts.interest_cents or facts.costs_cents else "no_interest"
    told = {
        "granted": facts.case_granted_cents, "indemnity": facts.case_indemnity_cents, "bonus": facts.bonus_isee_cents,
    }  # fmt: skip
    return {
        *(word for word, cents in told.items() if cents),
        asked,
        f"law_{facts.applicable_interest_law}",
        facts.customer_kind,
        "letter" if channel == "letter" else "email",
    }


def _capital(text: str, language: str) -> str:
    """After a greeting that ends with a comma Italian goes on in lower case, English starts anew."""
    return text[:1].upper() + text[1:] if language == "en" else text
