# SPDX-License-Identifier: Apache-2.0
"""Whom a few lines could mean, by keys that are kept. Owns: the twin of `reach`, which walks columns of everybody.

For a person's deed on one line: what is looked up is a handful of keys (`found_by`), whatever the number of customers.
`Kept` is who keeps them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from ascolto.engine import found_by
from ascolto.engine.asked import Asked, asked
from ascolto.engine.book import Left
from ascolto.engine.evidence import Expected, Line
from ascolto.engine.match import CROWD
from ascolto.engine.names import FAMILY, RAREST, Said, few, in_order, is_like
from ascolto.engine.reach import awaited

Words = frozenset[str]
Owing = tuple[str, int, int]
"""`one` or `all`, an amount, and a customer who owes it in one item, or in all when that is more than one."""


class Kept(Protocol):
    """Who keeps the keys of one client."""

    @property
    def customers(self) -> int:
        """How many customers there are."""

    def owners(self, keys: Collection[str]) -> set[int]:
        """Whom any of the keys finds."""

    def counts(self, keys: Collection[str]) -> Mapping[str, int]:
        """By key, how many customers it finds; keys that find nobody are left out."""

    def several(self, keys: Sequence[str]) -> set[int]:
        """Whom two or more of the keys find; the keys that find fewest come first."""

    def names(self, customer_ids: Collection[int]) -> Mapping[int, str]:
        """Their names, words in order."""

    def owing(self, amounts: Collection[int]) -> list[Owing]:
        """Who owes such an amount."""


@dataclass(frozen=True)
class Near:
    """The customers whom lines could mean, and what a book must know of the others."""

    customer_ids: frozenset[int]
    left: Left


def near(kept: Kept, lines: Sequence[Line], known: Collection[int] = (), expected: Iterable[Expected] = ()) -> Near:
    """Whom `lines` could mean. `known`: those whom their accounts bring in, and what people said about payers."""
    keys = asked(lines)
    said = _said(kept, keys)
    reached = {*known, *kept.owners(found_by.asked_for(keys))}
    reached.update(c for one in said.values() for c in (*one.same, *one.alike, *one.told))
    owing = kept.owing(keys.amounts)
    _by_amount(reached, owing, awaited(lines, expected))
    outside: dict[str, dict[int, int]] = {"one": defaultdict(int), "all": defaultdict(int)}
    for what, cents, customer in owing:
        if customer not in reached:
            outside[what][cents] += 1
    left = Left(max(kept.customers - len(reached), 0), dict(outside["one"]), dict(outside["all"]), said)
    return Near(frozenset(reached), left)


def _by_amount(reached: set[int], owing: Sequence[Owing], expecting: Iterable[frozenset[int]]) -> None:
    """Those known by nothing but the amount, where so few of the others owe it that a line may bring them in; again,
    until nobody comes (as in `reach`)."""
    crowds: dict[tuple[str, int], set[int]] = defaultdict(set)
    for what, cents, customer in owing:
        crowds[what, cents].add(customer)
    told = [*crowds.values(), *expecting]
    while new := {c for some in told if 0 < len(others := some - reached) <= CROWD for c in others}:
        reached |= new


def _said(kept: Kept, keys: Asked) -> dict[int, Said]:
    """By line, whose names it says (as `names.Names.said`); lines that say nobody's are left out."""
    same = {payer: kept.owners([found_by.key(found_by.NAME, in_order(payer))]) for payer in keys.payers}
    sayings = {*(payer for payer, bearing in same.items() if not bearing), *(written for written, _payer in keys.texts)}
    counts = kept.counts({found_by.key(found_by.WORD, word) for said in sayings for word in said})
    sharing = {said: _sharing(kept, said, counts) for said in sayings}
    names = kept.names({c for some in sharing.values() for c in some})
    found: dict[int, dict[str, tuple[int, ...]]] = defaultdict(dict)
    for payer, lines in keys.payers.items():
        name = in_order(payer)
        alike = [] if same[payer] else [c for c in sharing[payer] if is_like(name, names[c])]
        for line in lines:
            found[line] |= {"same": few(same[payer]), "alike": few(alike)}
    for (written, payer_name), lines in keys.texts.items():
        told = [c for c in sharing[written] if names[c] != payer_name and _is_told(names[c], written)]
        for line in lines:
            found[line]["told"] = few(told)
    return {line: Said(**whose) for line, whose in found.items() if any(whose.values())}


def _is_told(name: str, written: Words) -> bool:
    """True when every word of a name of several words stands in a text."""
    return " " in name and written.issuperset(name.split(" "))


def _sharing(kept: Kept, said: Words, counts: Mapping[str, int]) -> set[int]:
    """Customers who share two of the rarest known words; else the rarest one, when few have it."""
    ranked = sorted((counts[key], key) for word in said if (key := found_by.key(found_by.WORD, word)) in counts)
    rarest = [key for _count, key in ranked[:RAREST]]
    both = kept.several(rarest) if len(rarest) > 1 else set()
    return both or (kept.owners(rarest[:1]) if rarest and ranked[0][0] <= FAMILY else set())
