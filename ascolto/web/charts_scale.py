# SPDX-License-Identifier: Apache-2.0
"""Arithmetic of charts: scales, round tick marks, labels moved apart. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor, log10

Number = int | float


@dataclass(frozen=True)
class Scale:
    """Maps the span of `ticks` (first to last) to pixels `start`..`end`; call it with a value."""

    ticks: Sequence[Number]
    start: Number
    end: Number

    @classmethod
    def upright(cls, ticks: Sequence[Number], top: Number, foot: Number) -> "Scale":
        """A vertical scale: the first tick at `foot`, the last at `top`."""
        return cls(ticks, foot, top)

    def __call__(self, value: Number) -> float:
        low, high = self.ticks[0], self.ticks[-1]
        share = (value - low) / (high - low)
        return float(self.start + share * (self.end - self.start))


def nice_ticks(low: Number, high: Number, about: int = 4) -> list[Number]:
    """Round marks (1, 2, 2.5 or 5 times a power of ten) from at or under `low` to at or over `high`."""
    if high <= low:
        return [low, low + 1]
    rough = (high - low) / about
    power = 10 ** floor(log10(rough))
    step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= rough * 0.999)
    first = floor(low / step)
    marks: list[Number] = [first * step]
    while marks[-1] < high:
        marks.append((first + len(marks)) * step)
    return marks


def spread(wanted: Sequence[float], gap: float, top: float, foot: float) -> list[float]:
    """Positions near `wanted` (given from top to foot) at least `gap` apart, above `foot` where they fit.

    When they do not all fit between `top` and `foot` they keep the gap and run over the top.
    """
    placed: list[float] = []
    for y in wanted:
        placed.append(max(y, placed[-1] + gap if placed else top))
    limit = foot
    for i in range(len(placed) - 1, -1, -1):
        placed[i] = min(placed[i], limit)
        limit = placed[i] - gap
    return placed
