# SPDX-License-Identifier: Apache-2.0
"""Usury threshold (L. 108/1996, DL 70/2011). Owns: the threshold of an average rate (TEGM), with the late markup.

threshold = min(TEGM x 1.25 + 4, TEGM + 8), judged when the rate is agreed. A statutory rate is never usury: the
check is for agreed ones. Rates in basis points; the threshold in hundredths of a basis point, so that it is exact.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .rows import LawGap, Row

PARTS = 100  # hundredths of a basis point


@dataclass(frozen=True, kw_only=True)
class Average(Row):
    quarter: str  # '2026-Q3'
    category: str
    tegm_bp: int


@dataclass(frozen=True, kw_only=True)
class Markup(Row):
    category: str
    markup_bp: int


def threshold_parts(tegm_bp: int, markup_bp: int = 0) -> int:
    """The threshold in hundredths of a basis point: 1027 (10.27%) -> 168375 (16.8375%)."""
    average = tegm_bp + markup_bp
    return min(average * 125 + 400 * PARTS, (average + 800) * PARTS)


def average_of(rows: Sequence[Average], quarter: str, category: str) -> Average:
    """The average rate read for a quarter and class. Raises LawGap 'unknown_category'."""
    found = next((row for row in rows if (row.quarter, row.category) == (quarter, category)), None)
    if found is None:
        raise LawGap("unknown_category", quarter=quarter, category=category)
    return found
