# SPDX-License-Identifier: Apache-2.0
"""The points card. Owns: the score 0-1000 (1000 = pays as agreed) and its parts, each a column of its own.

Transparent on purpose: base + the points of each part = score (kept within 0-1000), so that a page can show the sum.
"""

from __future__ import annotations

from typing import Any

import ibis

from .columns import banded, first_true
from .facts import SCORE_PARTS
from .policy import Policy, ScorePart

LOWEST, HIGHEST = 0, 1000


def with_score(table: Any, policy: Policy) -> Any:
    """Adds `points_<part>` for every part of the card, `score_base` and `score`."""
    card = policy.strategy.score
    known = {part.part: part for part in card.part}
    points = {f"points_{name}": _points(table, known.get(name)) for name in SCORE_PARTS}
    table = table.mutate(score_base=ibis.literal(card.base, "int64"), **points)
    sum_ = table.score_base
    for name in SCORE_PARTS:
        sum_ = sum_ + table[f"points_{name}"]
    return table.mutate(score=ibis.least(ibis.greatest(sum_, LOWEST), HIGHEST))


def _points(table: Any, part: ScorePart | None) -> Any:
    if part is None:
        return ibis.literal(0, "int64")
    fact = table[part.fact]
    if part.words:
        branches = [(fact == word, ibis.literal(points, "int64")) for word, points in part.words]
        return first_true(branches, part.unknown).cast("int64")
    return fact.isnull().ifelse(part.unknown, banded(fact, part.bands, part.beyond)).cast("int64")
