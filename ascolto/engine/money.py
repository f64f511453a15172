# SPDX-License-Identifier: Apache-2.0
"""Whole-number arithmetic. Owns: division and rounding, for Python integers and for columns alike.

Money is integer cents. Databases differ on decimal division, `int // 0` and rounding to places, so the engine
divides whole numbers with an explicit guard and rounds once, half-up, in integers. The forms below use only
`%`, `-`, `//` on values where the division is exact, hence they mean the same on every engine.
"""

from __future__ import annotations

from typing import Any


def floor_div(a: Any, b: Any) -> Any:
    """Floor of a / b for a >= 0 and b > 0; exact also where `//` goes through floats (the dividend is a multiple)."""
    return (a - a % b) // b


def half_up(a: int, b: int) -> int:
    """a / b rounded half-up (0.5 -> 1, -0.5 -> 0 as in "towards plus infinity"), in integers. b > 0."""
    assert b > 0, "division by nothing"
    return (2 * a + b) // (2 * b)


def half_up_column(a: Any, b: Any) -> Any:
    """Column a / b rounded half-up, null where b is null or not positive. a >= 0."""
    safe = (b > 0).ifelse(b, None)
    return floor_div(2 * a + safe, 2 * safe)
