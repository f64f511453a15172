# SPDX-License-Identifier: Apache-2.0
"""How a client wants money settled. Owns: the order of capital, interest and expenses, and the small difference.

Art. 1194 c.c.: a payment goes to expenses, then interest, then capital, unless the creditor agrees otherwise. What a
client chooses instead is its consent. Nothing is ever given up unless the client set a limit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

CAPITAL, INTEREST, EXPENSES = "capital", "interest", "expenses"
CAPITAL_FIRST = (CAPITAL, INTEREST, EXPENSES)
BY_LAW = (EXPENSES, INTEREST, CAPITAL)


@dataclass(frozen=True, slots=True)
class Rule:
    """`order`: what an amount settles first. A small difference is at most `cents` and at most `permille` of what was
    asked: both must hold, so either at zero means that nothing is given up."""

    order: tuple[str, ...] = CAPITAL_FIRST
    cents: int = 0
    permille: int = 0

    def __post_init__(self) -> None:
        assert sorted(self.order) == sorted(CAPITAL_FIRST), "an order names each kind of debt once"

    def rank(self, kind: str) -> int:
        """Where a kind of debt comes in the order."""
        return self.order.index(kind)

    def is_small(self, asked_cents: int, differs_cents: int) -> bool:
        """True when a difference (either way, not none) from what was asked is within the limit."""
        return 0 < abs(differs_cents) <= min(self.cents, asked_cents * self.permille // 1000)


USUAL = Rule()
"""Where the client said nothing: capital first, nothing given up."""


def small_differences(
    parts: Iterable[tuple[int, int]], balances: Mapping[int, int], rule: Rule
) -> tuple[tuple[int, int], ...]:
    """(instalment id, cents) that an underpayment may leave out: what `parts` leave open of instalments they nearly
    settle, `balances` before them; together never more than the limit in cents, else none."""
    if not rule.cents or not rule.permille:
        return ()
    short = [(i, balances[i] - cents) for i, cents in parts if rule.is_small(balances[i], balances[i] - cents)]
    return tuple(short) if sum(cents for _i, cents in short) <= rule.cents else ()
