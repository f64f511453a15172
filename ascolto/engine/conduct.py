# SPDX-License-Identifier: Apache-2.0
"""Rules of conduct towards a person, per kind of customer. Owns: phone windows, caps, spacing, and "the stricter wins".

Law rows keep their source, article and confidence, so that every refusal can show where it comes from.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Protocol

from .reading import PolicyError

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_MINUTES = 24 * 60
CAPS = ("day_conversations", "week_conversations", "day_attempts", "week_attempts", "week_messages", "week_contacts")
LAW_CODES = ("phone_window", "no_holidays", "day_conversations", "week_conversations", "note")

Window = tuple[int, int]  # minutes of the day: from included, to excluded (the strict reading); empty when to <= from


@dataclass(frozen=True)
class LawRule:
    """One row of contact law or code of conduct."""

    id: str
    code: str
    kinds: tuple[str, ...]
    binding: str
    article: str
    source: str
    confidence: str
    channels: tuple[str, ...] = ("phone",)
    days: tuple[str, ...] = ()
    start: str | None = None
    end: str | None = None
    value: int | None = None
    in_force: str = ""
    text: str = ""

    def __post_init__(self) -> None:
        if self.code not in LAW_CODES:
            raise PolicyError(f"rule {self.id}: unknown code '{self.code}'")
        if self.confidence not in ("SRC", "SRC2", "MIX", "MEM"):
            raise PolicyError(f"rule {self.id}: confidence '{self.confidence}'")
        if not set(self.days) <= set(WEEKDAYS):
            raise PolicyError(f"rule {self.id}: days {self.days}")


@dataclass(frozen=True)
class ContactLaw:
    """policies/law/it/contact.toml."""

    version: str
    rule: tuple[LawRule, ...]

    def of(self, kind: str, code: str) -> Iterable[LawRule]:
        return (rule for rule in self.rule if rule.code == code and kind in rule.kinds)


@dataclass(frozen=True)
class KindRules:
    """What binds towards one kind of customer; None = no rule of this source."""

    kind: str
    phone_days: tuple[str, ...] | None = None
    phone_from: str | None = None
    phone_to: str | None = None
    day_conversations: int | None = None
    week_conversations: int | None = None
    day_attempts: int | None = None
    week_attempts: int | None = None
    week_messages: int | None = None
    week_contacts: int | None = None  # conversations and messages together
    spacing_days: int = 0
    windows: tuple[Window, ...] = ()  # by weekday; filled by `strictest`

    def cap(self, name: str) -> int:
        """The cap as a number; one that nobody reaches when there is none."""
        value: int | None = getattr(self, name)
        return 1_000_000 if value is None else value


class CharterLike(Protocol):
    @property
    def phone_from(self) -> str | None: ...
    @property
    def phone_to(self) -> str | None: ...
    @property
    def max_contacts_week(self) -> int | None: ...


def minutes(clock: str) -> int:
    """'08:30' -> 510. Raises PolicyError on anything else."""
    hours, _, rest = clock.partition(":")
    if not (hours.isdigit() and rest.isdigit() and int(hours) <= 24 and int(rest) < 60):
        raise PolicyError(f"not a time of day: '{clock}'")
    return int(hours) * 60 + int(rest)


def strictest(kind: str, law: ContactLaw, own: KindRules | None, charter: CharterLike) -> KindRules:
    """Law, strategy and charter folded into one set: windows intersect, caps take the least, spacing the most."""
    own = own or KindRules(kind)
    caps = {name: getattr(own, name) for name in CAPS}
    for code in ("day_conversations", "week_conversations"):
        caps[code] = _least([caps[code], *(rule.value for rule in law.of(kind, code))])
    caps["week_contacts"] = _least([caps["week_contacts"], charter.max_contacts_week])
    windows = tuple(_window(day, kind, law, own, charter) for day in WEEKDAYS)
    return replace(own, windows=windows, **caps)


def _least(values: Iterable[int | None]) -> int | None:
    known = [value for value in values if value is not None]
    return min(known) if known else None


def _window(day: str, kind: str, law: ContactLaw, own: KindRules, charter: CharterLike) -> Window:
    """The intersection of every window that speaks of this weekday; a day that a law's windows leave out is closed."""
    spans: list[Window] = []
    legal = list(law.of(kind, "phone_window"))
    if legal:
        spans += [_span(rule.start, rule.end) for rule in legal if day in rule.days] or [(0, 0)]
    if own.phone_days is not None and day not in own.phone_days:
        spans.append((0, 0))
    spans += [_span(own.phone_from, own.phone_to), _span(charter.phone_from, charter.phone_to)]
    return max(span[0] for span in spans), min(span[1] for span in spans)


def _span(start: str | None, end: str | None) -> Window:
    return (minutes(start) if start else 0, minutes(end) if end else DAY_MINUTES)
