# SPDX-License-Identifier: Apache-2.0
"""The policy as nouns. Owns: ladder, segments, score card, priority, tone, charter, and the strictest rule of each.

Frozen, parsed once, hashed (`Policy.sha`): a run keeps the hash that it used. Law and charter can only make a
strategy stricter, never looser. Files are read by `ascolto.policies.load`; nothing here touches a disk.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

from .calendar import Calendar
from .clocks import ServiceTerms
from .conduct import ContactLaw, KindRules, minutes, strictest
from .facts import CHANNELS, KINDS, PRIORITY_PARTS, SCORE_PARTS
from .plan import PlanRules
from .reading import PolicyError, read

PHASES = ("thanks", "courtesy", "before_due", "reminder", "call", "formal", "legal_gate")
ANCHORS = ("issued", "due", "last_contact", "broken", "settled", "kept", "plan_half", "plan_done", "review")
OF_PLANS = ("plan_half", "plan_done")
THANKED = ("settled", "kept", *OF_PLANS)
DUNNING = ("before_due", "reminder", "call", "formal", "legal_gate")
INVOICE_PHASES = ("courtesy", "before_due")
HUMAN_CHANNELS = ("phone", "visit")
OPS = ("min", "max", "in", "is")
CENTURY = 36_525
"""Days; who counts farther has mistyped."""

# The facts that conditions may speak of.
NUMBER_FACTS = (
    "balance_cents", "overdue_cents", "disputed_cents", "claim_cents", "overdue_count", "max_overdue_days",
    "days_late_weighted", "open_days_late_weighted", "broken_promises", "kept_promises", "punctual_streak",
    "closed_count", "known_days", "score",
)  # fmt: skip
WORD_FACTS = ("kind", "language", "trend", "last_reason", "last_fault", "segment")
YES_NO_FACTS = ("vulnerable", "active", "opted_courtesy")


@dataclass(frozen=True)
class Condition:
    """One fact compared with one value. A fact that is not known satisfies no condition."""

    fact: str
    op: str
    value: Any


def conditions(when: Mapping[str, Any], where: str) -> tuple[Condition, ...]:
    """`{broken_promises_min = 2, last_reason_in = ["unwilling"]}` -> conditions that must all hold."""
    if not isinstance(when, Mapping):
        raise PolicyError(f"{where}: expected a table, got {when!r}")
    return tuple(_condition(key, value, where) for key, value in when.items())


def _condition(key: str, value: Any, where: str) -> Condition:
    fact, _, op = key.rpartition("_")
    wanted = {"min": NUMBER_FACTS, "max": NUMBER_FACTS, "in": WORD_FACTS, "is": YES_NO_FACTS}.get(op, ())
    if fact not in wanted:
        raise PolicyError(f"{where}: unknown condition '{key}'")
    kinds: dict[str, type] = {"min": int, "max": int, "in": list, "is": bool}
    if kinds[op] is not type(value):
        raise PolicyError(f"{where}.{key}: a value of another type, {value!r}")
    return Condition(fact, op, tuple(value) if isinstance(value, list) else value)


@dataclass(frozen=True)
class Rung:
    """One step of the ladder. Days count from the anchor; `until_days` is the last one that still makes sense."""

    step: str
    phase: str
    anchor: str
    from_days: int
    channels: tuple[str, ...]
    tone: int
    until_days: int | None = None
    after: tuple[str, ...] = ()  # any of these done in the same cycle opens the gate
    after_days: int = 0
    min_cents: int = 0
    kinds: tuple[str, ...] = ()
    segments: tuple[str, ...] = ()
    when: tuple[Condition, ...] = ()
    invoice: tuple[str, ...] = ()  # 'first', 'large', 'opted', 'any': which invoices a courtesy step speaks of
    opted: bool = False  # customers who asked for it get it whatever their segment
    min_tone: int = 0  # below this tone the step is no longer itself: a person decides
    template: str | None = None
    script: str | None = None
    priority: int = 0
    spacing: bool = True  # respects the minimum days between contacts
    legal: tuple[str, ...] = ()  # rows of law that set its timing
    why: str = ""

    def __post_init__(self) -> None:
        _check(self.phase in PHASES, f"phase '{self.phase}'")
        _check(self.anchor in ANCHORS, f"anchor '{self.anchor}'")
        _check(bool(self.channels) and set(self.channels) <= set(CHANNELS), f"channels {self.channels}")
        counted = (self.from_days, self.until_days or 0, self.after_days)
        _check(all(abs(days) <= CENTURY for days in counted), f"{self.step}: days beyond a century")
        _check(0 <= self.min_tone <= self.tone <= 5, f"tone {self.tone}, min_tone {self.min_tone}")
        _check(set(self.kinds) <= set(KINDS), f"kinds {self.kinds}")
        _check(set(self.invoice) <= {"first", "large", "opted", "any"}, f"invoice {self.invoice}")
        _check((self.phase in INVOICE_PHASES) == self.is_invoice, f"{self.phase} anchored to {self.anchor}")
        _check((self.phase == "thanks") == (self.anchor in THANKED), f"{self.phase}: {self.anchor}")
        human = set(self.channels) & set(HUMAN_CHANNELS)
        _check(not human or self.script is not None, f"{self.step}: a voice channel needs a script")
        _check(set(self.channels) == human or self.template is not None, f"{self.step}: a message needs a template")

    @property
    def is_invoice(self) -> bool:
        """Speaks of an invoice not yet due (its cycle is the invoice or the due date), not of arrears."""
        return self.anchor == "issued" or self.phase == "before_due"

    @property
    def is_dunning(self) -> bool:
        return self.phase in DUNNING


@dataclass(frozen=True)
class Ladder:
    """Rungs for some kinds of customers, worst first: the first that matches is the step."""

    name: str
    kinds: tuple[str, ...]
    rung: tuple[Rung, ...]

    def __post_init__(self) -> None:
        steps = [rung.step for rung in self.rung]
        _check(len(set(steps)) == len(steps), f"ladder {self.name}: a step twice")
        _check(set(self.kinds) <= set(KINDS), f"ladder {self.name}: kinds {self.kinds}")
        for rung in self.rung:
            _check(set(rung.after) <= set(steps), f"{rung.step}: after {rung.after}, which is no step of the ladder")


@dataclass(frozen=True)
class Segment:
    name: str
    when: tuple[Condition, ...] = ()
    why: str = ""


@dataclass(frozen=True)
class ScorePart:
    """Points for one fact: those of the first band whose upper bound is not exceeded, else `beyond`."""

    part: str
    fact: str
    bands: tuple[tuple[int, int], ...] = ()
    beyond: int = 0
    words: tuple[tuple[str, int], ...] = ()  # for a fact that is a word, e.g. the trend
    unknown: int = 0

    def __post_init__(self) -> None:
        _check(self.part in SCORE_PARTS, f"score part '{self.part}'")
        _check(self.fact in NUMBER_FACTS + WORD_FACTS, f"score fact '{self.fact}'")


@dataclass(frozen=True)
class Score:
    base: int
    part: tuple[ScorePart, ...]


@dataclass(frozen=True)
class Priority:
    """Points, higher first: rung + money + age + risk + promise + reason, kept within 0-1000."""

    money: tuple[tuple[int, int], ...]
    money_beyond: int
    age: tuple[tuple[int, int], ...]
    age_beyond: int
    risk_per_mille: int  # of (1000 - score)
    promise: int  # when a promise was broken and money is still due
    reasons: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class ToneRule:
    """A gentler voice: the first that matches lowers the ladder's tone by `by`."""

    name: str
    by: int
    when: tuple[Condition, ...]


@dataclass(frozen=True)
class Limits:
    fresh_days: int  # working days that bank data may be old
    reason_days: int  # for how long the last reason still speaks
    call_days: int  # calling days without an answer after which the ladder goes on in writing
    late_tolerance_days: int  # a delay up to this is no delay
    trend_days: int  # a change of the weighted delay smaller than this is none
    thanks_gap_days: int
    min_cents: int
    large_cents: int
    ageing: tuple[int, ...]
    message_days: tuple[str, ...]


@dataclass(frozen=True)
class Hardship:
    """What a hardship path allows: how long it may pause, and the softer cadence that follows until its review."""

    steps: tuple[str, ...] = ()  # the only dunning steps that may still be taken
    channels: tuple[str, ...] = ("phone", "email", "letter")
    max_tone: int = 1
    spacing_days: int = 14
    pause_days: int = 60  # the longest pause that a person may agree
    review_days: int = 120  # the review comes at the latest so many days from the start
    template: str | None = None  # what a message says instead of the rung's own words
    why: str = ""

    def __post_init__(self) -> None:
        _check(set(self.channels) <= set(CHANNELS), f"hardship channels {self.channels}")
        _check(0 <= self.max_tone <= 5, f"hardship tone {self.max_tone}")
        _check(0 < self.pause_days < self.review_days, "hardship: the review comes after the longest pause")

    def allows(self, rung: Rung) -> bool:
        """True for a gentle step that the path names, and for the conversation that reviews the path."""
        return rung.step in self.steps or rung.anchor == "review"


@dataclass(frozen=True)
class Charter:
    """The client's own rules of interaction, signed in the mandate. Only ever stricter than law and strategy."""

    channels: tuple[str, ...] | None = None
    max_tone: int | None = None
    phone_from: str | None = None  # 'HH:MM'
    phone_to: str | None = None
    max_contacts_week: int | None = None
    no_contact_months: tuple[int, ...] = ()
    no_contact_days: tuple[str, ...] = ()  # 'MM-DD'
    min_cents: int = 0
    plans: PlanRules | None = None  # in the place of our terms of plans
    legal_share_bp: int | None = None  # the most of the credit stock that may be with lawyers
    service: ServiceTerms | None = None  # our answers to customers: a promise beside the law's clock
    version: str = ""

    def __post_init__(self) -> None:
        share, tone, week = self.legal_share_bp, self.max_tone, self.max_contacts_week
        _check(share is None or 0 <= share <= 10_000, f"legal_share_bp {share}: between 0 and 10000")
        _check(self.channels is None or set(self.channels) <= set(CHANNELS), f"channels {self.channels}")
        _check(tone is None or 0 <= tone <= 5, f"max_tone {tone}: between 0 and 5")
        _check(week is None or 0 <= week <= 100, f"max_contacts_week {week}: between 0 and 100")
        _check(set(self.no_contact_months) <= set(range(1, 13)), f"no_contact_months {self.no_contact_months}")
        _check(all(_is_day(day) for day in self.no_contact_days), f"no_contact_days {self.no_contact_days}: 'MM-DD'")
        _check(0 <= self.min_cents <= 10**9, f"min_cents {self.min_cents}")
        opens, closes = minutes(self.phone_from or "00:00"), minutes(self.phone_to or "24:00")
        _check(opens < closes, f"phone_from {self.phone_from} is not before phone_to {self.phone_to}")

    def closes(self, day: date) -> bool:
        return day.month in self.no_contact_months or f"{day:%m-%d}" in self.no_contact_days


@dataclass(frozen=True)
class Strategy:
    """One file of policies/strategy, as written."""

    name: str
    version: date
    title: str
    source: str
    why: str
    limits: Limits
    ladder: tuple[Ladder, ...]
    segment: tuple[Segment, ...]
    score: Score
    priority: Priority
    tone: tuple[ToneRule, ...]
    contact: tuple[KindRules, ...] = ()
    scripts: tuple[tuple[str, str], ...] = ()  # reason -> script, for voices
    hardship: Hardship = field(default_factory=Hardship)

    def __post_init__(self) -> None:
        kinds = [kind for ladder in self.ladder for kind in ladder.kinds]
        _check(sorted(kinds) == sorted(KINDS), f"ladders must cover each kind once, got {kinds}")
        _check(bool(self.segment) and not self.segment[-1].when, "the last segment must take everybody")
        names = {segment.name for segment in self.segment}
        for ladder in self.ladder:
            for rung in ladder.rung:
                _check(set(rung.segments) <= names, f"{rung.step}: segments {rung.segments}")
                gentle = not self.hardship.allows(rung) or rung.min_tone <= self.hardship.max_tone
                _check(gentle, f"hardship: {rung.step} cannot be said as softly as tone {self.hardship.max_tone}")


@dataclass(frozen=True)
class Policy:
    """Strategy + law + charter: all that `decide` obeys."""

    strategy: Strategy
    law: ContactLaw
    calendar: Calendar
    charter: Charter = field(default_factory=Charter)

    @property
    def name(self) -> str:
        return self.strategy.name

    @property
    def version(self) -> str:
        return self.strategy.version.isoformat()

    @cached_property
    def sha(self) -> str:
        """Content hash of everything that can change an answer."""
        holidays = sorted(self.calendar.holidays)
        content = repr((self.strategy, self.law, holidays, self.charter))
        return hashlib.sha256(content.encode()).hexdigest()

    @cached_property
    def rules(self) -> dict[str, KindRules]:
        """Per kind of customer, the strictest of law, strategy and charter."""
        own = {rules.kind: rules for rules in self.strategy.contact}
        return {kind: strictest(kind, self.law, own.get(kind), self.charter) for kind in KINDS}

    @property
    def min_cents(self) -> int:
        return max(self.strategy.limits.min_cents, self.charter.min_cents)

    def ladder_of(self, kind: str) -> Ladder:
        return next(ladder for ladder in self.strategy.ladder if kind in ladder.kinds)


def strategy_from_dict(data: Mapping[str, Any], where: str) -> Strategy:
    """Reads a strategy; `when` tables become conditions. Raises PolicyError with file and key."""
    return read(Strategy, _with_conditions(data, where), where)


def _with_conditions(node: Any, where: str) -> Any:
    if isinstance(node, Mapping):
        return {
            key: conditions(value, f"{where}.when") if key == "when" else _with_conditions(value, f"{where}.{key}")
            for key, value in node.items()
        }
    if isinstance(node, list):
        return [_with_conditions(item, f"{where}[{n}]") for n, item in enumerate(node)]
    return node


def _is_day(text: str) -> bool:
    """'MM-DD' of a leap year: the 29th of February may be named."""
    try:
        date.fromisoformat(f"2024-{text}")
    except ValueError:
        return False
    return len(text) == 5


def _check(good: bool, message: str) -> None:
    if not good:
        raise PolicyError(message)


assert set(PRIORITY_PARTS) == {"base", "money", "age", "risk", "promise", "reason"}
