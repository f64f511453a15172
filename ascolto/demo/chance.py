# SPDX-License-Identifier: Apache-2.0
"""Chance without a memory: every roll is a hash of its key, so that the same story is told each time.

A roll depends on what it is about (customer, bill, day, what happened) and on nothing else: no order of calls, no
state, no clock. Whoever adds a roll in one place changes no other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import TypeVar

T = TypeVar("T")
_SCALE = float(1 << 64)


def unit(*key: object) -> float:
    """A number in [0, 1) that belongs to `key`."""
    digest = blake2b("\x1f".join(map(str, key)).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / _SCALE


def happens(probability: float, *key: object) -> bool:
    """True for the share `probability` of all keys."""
    return unit(*key) < probability


def between(low: int, high: int, *key: object) -> int:
    """A whole number from `low` to `high`, both included."""
    return low + int(unit(*key) * (high - low + 1))


def pick(options: Sequence[T], *key: object) -> T:
    """One of the options, all alike."""
    return options[int(unit(*key) * len(options))]


def weighted(weights: Mapping[T, int], *key: object) -> T:
    """One of the options, in proportion to its weight."""
    rest = unit(*key) * sum(weights.values())
    for option, weight in weights.items():
        rest -= weight
        if rest < 0:
            return option
    return list(weights)[-1]
