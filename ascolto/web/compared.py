# SPDX-License-Identifier: Apache-2.0
"""A comparison of two policies in words, for the page, the files and the command line: moves, steps, the answer."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from ascolto.engine.compare import SIDES, Comparison
from ascolto.web import charts_pairs, codes
from ascolto.web.charts_draw import Chart
from ascolto.web.formats import MINUS, number

HALF = len(SIDES)
ANSWERS = {"act": gettext_lazy("Something is done"), "wait": gettext_lazy("Waits"), "blocked": gettext_lazy("Blocked")}
HEADS = (gettext_lazy("In force"), gettext_lazy("Draft"), gettext_lazy("Customers"), gettext_lazy("May be asked for"))


@dataclass(frozen=True)
class Told:
    """One side of a move: what a customer gets, in words. `tone` and `channel` only where something is done."""

    words: str
    tone: int | None
    channel: str

    def __str__(self) -> str:
        tone = _("tone %(n)s") % {"n": self.tone}  # within an f-string no tool would find it
        return self.words if self.tone is None else f"{self.words}, {tone}"


@dataclass(frozen=True)
class Move:
    """Customers who get one thing under the policy in force and another under the draft."""

    before: Told
    after: Told
    customers: int
    cents: int


def told(answer: str, step: str | None, channel: str | None, tone: int | None, rule: str | None) -> Told:
    """`act, reminder_1, email, 1` -> First reminder · E-mail; `wait, call, phone, 2, spacing` -> Waits: too soon after
    the last contact (Call · Phone)."""
    what = " · ".join(str(word) for word in (codes.step(step), codes.channel(channel)) if word)
    if answer == "act":
        return Told(what, tone, channel or "")
    why = f"{ANSWERS.get(answer, answer)}: {str(codes.word(codes.RULES, rule)).lower()}"
    return Told(f"{why} ({what})" if what else why, tone, "")


def moves(found: Comparison) -> list[Move]:
    """What changes and for how many, the most frequent first."""
    changed = [
        Move(told(*move[:HALF]), told(*move[HALF:]), customers, cents)
        for move, (customers, cents) in found.moves.items()
        if move[:HALF] != move[HALF:]
    ]
    return sorted(changed, key=lambda one: (-one.customers, -one.cents, str(one.before), str(one.after)))


def sides(row: Any) -> tuple[Told, Told]:
    """The two sides of an example."""
    before, after = (told(*(row[f"{name}_{side}"] for name in SIDES)) for side in ("before", "after"))
    return before, after


def by_channel(found: Comparison) -> list[tuple[str, int, int]]:
    """(channel, before, after) of what is done, the most frequent first."""
    before, after = Counter[str](), Counter[str]()
    for (_step, channel), was, would in found.steps():
        before[channel] += was
        after[channel] += would
    return [(channel, before[channel], after[channel]) for channel in sorted(before, key=lambda c: (-before[c], c))]


def headline(found: Comparison) -> str:
    """What the comparison says, in a sentence."""
    if not found.customers:
        return _("There is no customer yet to try it on")
    if not found.changed:
        return _("The draft changes nothing: every customer would get the same")
    more = [(str(codes.channel(channel)), would - was) for channel, was, would in by_channel(found) if was != would]
    if not more:
        return ngettext(
            "As many contacts on each channel; %(n)s customer would get something else",
            "As many contacts on each channel; %(n)s customers would get something else",
            found.changed,
        ) % {"n": number(found.changed)}
    largest = sorted(more, key=lambda one: -abs(one[1]))[:3]
    return _("With the draft: %(changes)s") % {"changes": ", ".join(f"{name} {signed(by)}" for name, by in largest)}


def signed(by: int) -> str:
    """+12, −3."""
    return f"+{number(by)}" if by > 0 else f"{MINUS}{number(-by)}" if by else "0"


def picture(found: Comparison) -> Chart:
    """Steps and channels, in force against draft."""
    rows = [
        charts_pairs.Pair(f"{codes.step(step)} · {codes.channel(channel)}", was, would)
        for (step, channel), was, would in found.steps()
    ]
    return charts_pairs.pairs(headline(found), rows, number, names=(_("in force"), _("draft")))


def move_cells(rows: Sequence[Move], euro: Any) -> list[list[Any]]:
    """The moves as rows of a file, in the order of HEADS; `euro` writes cents."""
    return [[str(move.before), str(move.after), move.customers, euro(move.cents)] for move in rows]
