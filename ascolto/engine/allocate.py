# SPDX-License-Identifier: Apache-2.0
"""Which open items of one customer an amount settles. Owns: the order of settlement.

First the debt that the payer named (art. 1193 c.c.: who pays says which); inside it, and then among the others, in the
client's order of expenses, interest and capital (art. 1194); among equals the oldest due date. What is left stays on
account. Whole cents; nothing is ever over-settled.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations

from .settling import CAPITAL, USUAL, Rule

FEW = 4
"""Items in the largest combination tried for an exact amount; beyond it sums agree by accident."""
OLDEST = 12
"""Oldest items among which combinations are tried."""


@dataclass(slots=True)
class Item:
    """An open instalment. `balance_cents` falls as a run settles it; `amount_cents`: what it was for (0: not known).

    `kind` is capital, or interest or expenses charged about the invoice `of_invoice_id`.
    """

    instalment_id: int
    invoice_id: int
    customer_id: int
    number: str
    due_on: date
    balance_cents: int
    currency: str = "EUR"
    references: tuple[str, ...] = ()
    amount_cents: int = 0
    kind: str = CAPITAL
    of_invoice_id: int = 0


@dataclass(frozen=True, slots=True)
class Split:
    """`parts`: (instalment id, cents) in the order of settlement. `on_account_cents`: what no item took. `small`: what
    the parts leave open and the client's rule gives up."""

    parts: tuple[tuple[int, int], ...]
    on_account_cents: int
    small: tuple[tuple[int, int], ...] = ()


def allocate(amount_cents: int, items: Iterable[Item], named: Collection[int] = (), rule: Rule = USUAL) -> Split:
    """Split `amount_cents` (> 0) over the open `items` of one customer; `named` are instalment ids to settle first."""
    assert amount_cents > 0, "nothing to allocate"
    left, parts = amount_cents, []
    for item in in_order(items, named, rule):
        cents = min(left, item.balance_cents)
        if cents > 0:
            parts.append((item.instalment_id, cents))
            left -= cents
    return Split(tuple(parts), left)


def in_order(items: Iterable[Item], named: Collection[int] = (), rule: Rule = USUAL) -> list[Item]:
    """Items as an amount settles them. A named debt comes with what was charged about it, as far as the client's order
    puts that before the capital."""
    items = sorted(items, key=lambda i: (i.instalment_id not in named, i.due_on, i.instalment_id))
    if all(item.kind == CAPITAL for item in items):
        return items
    debts = {item.invoice_id for item in items if item.instalment_id in named}

    def place(item: Item) -> tuple[bool, int, date, int]:
        before = rule.rank(item.kind) < rule.rank(CAPITAL) and item.of_invoice_id in debts
        return not (item.instalment_id in named or before), rule.rank(item.kind), item.due_on, item.instalment_id

    return sorted(items, key=place)


def fit(wanted: Sequence[tuple[int, int]], balances: Mapping[int, int]) -> list[tuple[int, int]]:
    """`wanted` parts, each cut down to what its instalment still owes; those owing nothing fall out."""
    cut = ((instalment, min(cents, balances.get(instalment, 0))) for instalment, cents in wanted)
    return [(instalment, cents) for instalment, cents in cut if cents > 0]


def within(parts: Sequence[tuple[int, int]], amount_cents: int) -> list[tuple[int, int]]:
    """The first `parts` that an amount can pay, the last of them cut."""
    kept, left = [], amount_cents
    for instalment, cents in parts:
        if left > 0:
            kept.append((instalment, min(cents, left)))
            left -= min(cents, left)
    return kept


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
