# SPDX-License-Identifier: Apache-2.0
"""Which open items of one customer an amount settles. Owns: the order of settlement.

First what the payer named, then the oldest due date (art. 1193 c.c.: who pays says which debt; else the debt that
is due, and among equals the oldest). What is left stays on account. Whole cents; nothing is ever over-settled.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations

FEW = 4
"""Items in the largest combination tried for an exact amount; beyond it sums agree by accident."""
OLDEST = 12
"""Oldest items among which combinations are tried."""


@dataclass(slots=True)
class Item:
    """An open instalment. `balance_cents` falls as a run settles it; `amount_cents`: what it was for (0: not known)."""

    instalment_id: int
    invoice_id: int
    customer_id: int
    number: str
    due_on: date
    balance_cents: int
    currency: str = "EUR"
    references: tuple[str, ...] = ()
    amount_cents: int = 0


@dataclass(frozen=True, slots=True)
class Split:
    """`parts`: (instalment id, cents) in the order of settlement. `on_account_cents`: what no item took."""

    parts: tuple[tuple[int, int], ...]
    on_account_cents: int


def allocate(amount_cents: int, items: Iterable[Item], named: Collection[int] = ()) -> Split:
    """Split `amount_cents` (> 0) over the open `items` of one customer; `named` are instalment ids to settle first."""
    assert amount_cents > 0, "nothing to allocate"
    left, parts = amount_cents, []
    for item in sorted(items, key=lambda i: (i.instalment_id not in named, i.due_on, i.instalment_id)):
        cents = min(left, item.balance_cents)
        if cents > 0:
            parts.append((item.instalment_id, cents))
            left -= cents
    return Split(tuple(parts), left)


def fit(wanted: Sequence[tuple[int, int]], balances: Mapping[int, int]) -> list[tuple[int, int]]:
    """`wanted` parts, each cut down to what its instalment still owes; those owing nothing fall out."""
    cut = ((instalment, min(cents, balances.get(instalment, 0))) for instalment, cents in wanted)
    return [(instalment, cents) for instalment, cents in cut if cents > 0]


def exact_items(amount_cents: int, items: Iterable[Item]) -> tuple[Item, ...]:
    """The fewest and oldest open items whose balances make exactly `amount_cents`; empty when none do.

    All of them first, then one, then up to `FEW` of the `OLDEST`: pairs are summed once and met in the middle.
    """
    open_items = sorted((i for i in items if i.balance_cents > 0), key=lambda i: (i.due_on, i.instalment_id))
    if sum(i.balance_cents for i in open_items) == amount_cents:
        return tuple(open_items)
    for one in open_items:
        if one.balance_cents == amount_cents:
            return (one,)
    small = [i for i in open_items if i.balance_cents < amount_cents][:OLDEST]
    chosen = _few(amount_cents, [i.balance_cents for i in small])
    return tuple(small[at] for at in chosen)


def _few(amount_cents: int, cents: Sequence[int]) -> tuple[int, ...]:
    """Places of the fewest (2 to `FEW`), then earliest, numbers that make `amount_cents`."""
    pairs: dict[int, list[tuple[int, int]]] = {}
    for pair in combinations(range(len(cents)), 2):
        pairs.setdefault(cents[pair[0]] + cents[pair[1]], []).append(pair)
    if amount_cents in pairs:
        return pairs[amount_cents][0]
    threes = ((a, *pair) for a, one in enumerate(cents) for pair in pairs.get(amount_cents - one, ()) if pair[0] > a)
    if three := min(threes, default=()):
        return three
    fours = (
        (*first, *pair)
        for total, some in pairs.items()
        for first in some
        for pair in pairs.get(amount_cents - total, ())
        if pair[0] > first[1]
    )
    return min(fours, default=())
