# SPDX-License-Identifier: Apache-2.0
"""Whose name a bank line says. Owns: names as they are compared, and finding the customers who bear one.

A name is the set of its words, in order of the alphabet; misspelt ones are looked for among those who share two of the
rarest words said, and a name counts as told by a text when every word of it stands there.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations

from rapidfuzz import fuzz

from ascolto.engine import remittance as text
from ascolto.engine.evidence import Line, Person

FAMILY = 50
"""A single word that more customers have than this does not bring them in by a misspelt name."""
NAMESAKES = 20
"""A name that more customers than this have says nothing."""
RAREST = 4
"""Known words of a saying that are looked at, the rarest first."""
LIKE_NAME = 85
"""Likeness of two names with their words in order, out of 100."""

FORMS = frozenset(
    [
        "SRL",
        "SPA",
        "SAS",
        "SNC",
        "SS",
        "SRLS",
        "SOC",
        "COOP",
        "SOCIETA",
        "DI",
        "IL",
        "LA",
        "SIG",
        "SIGRA",
        "DITTA",
        "RL",
        "PA",
    ]
)
"""Legal forms and titles: half of all firms have one, so they say nothing."""
WORD = r"[A-Z0-9]+"
_WORD = re.compile(WORD)


@dataclass(frozen=True, slots=True)
class Said:
    """Customers whose name the payer's name is, whose it is nearly, and whose name stands in the text beside it."""

    same: tuple[int, ...] = ()
    alike: tuple[int, ...] = ()
    told: tuple[int, ...] = ()


NOTHING = Said()


def words(name: str) -> set[str]:
    """The words of a name that say something, folded."""
    return set(_said(name))


def _said(name: str) -> Iterator[str]:
    return (word for word in _WORD.findall(text.fold(name)) if len(word) > 1 and word not in FORMS)


def in_order(said: Iterable[str]) -> str:
    """A name as it is compared: its words in order."""
    return " ".join(sorted(said))


def is_like(payer: str, name: str) -> bool:
    """True when two names, their words in order, are nearly the same."""
    return fuzz.ratio(payer, name) >= LIKE_NAME


def few(customer_ids: Iterable[int]) -> tuple[int, ...]:
    """Those who bear a name, in order; nobody when they are too many for it to say something."""
    found = tuple(sorted(customer_ids))
    return found if len(found) <= NAMESAKES else ()


class Names:
    """The names of all customers, by word and as a whole."""

    def __init__(self, people: Iterable[Person]) -> None:
        self.in_order: dict[int, str] = {}
        self.by_name: dict[str, list[int]] = defaultdict(list)
        self.by_word: dict[str, set[int]] = defaultdict(set)
        for person in people:
            said = words(person.name)
            name = self.in_order[person.customer_id] = in_order(said)
            self.by_name[name].append(person.customer_id)
            for word in said:
                self.by_word[word].add(person.customer_id)

    def said(self, line: Line) -> Said:
        """Whose names a line says."""
        payer, written = words(line.payer_name), words(line.remittance)
        name = in_order(payer)
        same = self.by_name.get(name, ()) if name else ()
        alike = [c for c in self._sharing(payer) if is_like(name, self.in_order[c])] if name and not same else ()
        told = [c for c in self._sharing(written) if self.in_order[c] != name and self._is_told(c, written)]
        return Said(few(same), few(alike), few(told))

    def _sharing(self, said: set[str]) -> set[int]:
        """Customers who share two of the rarest known words; else the rarest one, when few have it (a misspelling)."""
        known = [(len(self.by_word[word]), word) for word in said if word in self.by_word]
        rarest = [self.by_word[word] for _count, word in sorted(known)[:RAREST]]
        both = set().union(*(a & b for a, b in combinations(rarest, 2)))
        return both or (rarest[0] if rarest and len(rarest[0]) <= FAMILY else set())

    def _is_told(self, customer_id: int, written: set[str]) -> bool:
        """True when every word of a name of several words stands in a text."""
        name = self.in_order[customer_id].split(" ")
        return len(name) > 1 and written.issuperset(name)
