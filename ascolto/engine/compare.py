# SPDX-License-Identifier: Apache-2.0
"""Two sets of answers side by side. Owns: who would get something else, counted and by example.

Both are answers for the same customers on the same day, in the same order (`decide_arrow`). Cents are what may be asked for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

SIDES = ("answer", "step", "channel", "tone", "rule")
"""What makes an answer another one to the customer."""
EXAMPLES = 100

Move = tuple[Any, ...]
"""The `SIDES` before, then those after."""


@dataclass
class Comparison:
    """`moves`: customers and cents by what they get before and after; `examples`: those who would get something
    else, the largest claims first."""

    customers: int = 0
    moves: dict[Move, tuple[int, int]] = field(default_factory=dict)
    examples: list[Mapping[str, Any]] = field(default_factory=list)

    @property
    def changed(self) -> int:
        """Customers who would get something else."""
        half = len(SIDES)
        return sum(count for move, (count, _cents) in self.moves.items() if move[:half] != move[half:])

    def add(self, other: Comparison) -> None:
        """Count in what was compared of other customers."""
        self.customers += other.customers
        for move, (count, cents) in other.moves.items():
            here = self.moves.get(move, (0, 0))
            self.moves[move] = (here[0] + count, here[1] + cents)
        self.examples = _largest([*self.examples, *other.examples])

    def as_dict(self) -> dict[str, Any]:
        """As it is kept."""
        moves = [[*move, count, cents] for move, (count, cents) in self.moves.items()]
        return {"customers": self.customers, "moves": moves, "examples": [dict(row) for row in self.examples]}

    @classmethod
    def from_dict(cls, kept: Mapping[str, Any]) -> Comparison:
        """The same as it was."""
        moves = {tuple(move): (count, cents) for *move, count, cents in kept["moves"]}
        return cls(kept["customers"], moves, list(kept["examples"]))

    def steps(self) -> list[tuple[tuple[str, str], int, int]]:
        """((step, channel), customers before, after) of what would be done, the most frequent first."""
        half, before, after = len(SIDES), Counter[tuple[str, str]](), Counter[tuple[str, str]]()
        for move, (count, _cents) in self.moves.items():
            for side, counts in ((move[:half], before), (move[half:], after)):
                if side[0] == "act":
                    counts[side[1], side[2]] += count
        named = sorted({*before, *after}, key=lambda step: (-max(before[step], after[step]), step))
        return [(step, before[step], after[step]) for step in named]


def compare(before: pa.Table, after: pa.Table) -> Comparison:
    """What changes from `before` to `after`."""
    assert before["customer_id"].equals(after["customer_id"]), "not the same customers"
    beside = pa.table(
        {
            "customer_id": before["customer_id"], "cents": after["claim_cents"],
            **{f"{name}_before": before[name] for name in SIDES}, **{f"{name}_after": after[name] for name in SIDES},
        }
    )  # fmt: skip
    keys = [f"{name}_{side}" for side in ("before", "after") for name in SIDES]
    counted = beside.group_by(keys).aggregate([("cents", "count"), ("cents", "sum")]).to_pylist()
    moves = {tuple(row[key] for key in keys): (row["cents_count"], row["cents_sum"]) for row in counted}
    return Comparison(beside.num_rows, moves, _largest(beside.filter(_differs(beside)).to_pylist()))


def _differs(beside: pa.Table) -> Any:
    differs = pa.array([False] * beside.num_rows, pa.bool_())
    for name in SIDES:
        empty = "" if pa.types.is_string(beside[f"{name}_before"].type) else -1
        before, after = (pc.fill_null(beside[f"{name}_{side}"], empty) for side in ("before", "after"))
        differs = pc.or_(differs, pc.not_equal(before, after))
    return differs


def _largest(rows: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return sorted(rows, key=lambda row: (-row["cents"], row["customer_id"]))[:EXAMPLES]


def total(parts: Sequence[Comparison]) -> Comparison:
    """One comparison of many."""
    whole = Comparison()
    for part in parts:
        whole.add(part)
    return whole
