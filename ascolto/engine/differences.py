# SPDX-License-Identifier: Apache-2.0
"""Why a payment may be a little less than what it pays. Owns: withholding tax, a discount taken, the bank's fee.

Whole cents; the difference must be exact to the cent where a rule gives it (one cent of rounding is allowed).
"""

from __future__ import annotations

from typing import Any

WITHHOLDING = ((20, 22), (4, 22), (4, 10), (11, 22))
"""Tax withheld and VAT, in per cent of the amount before VAT.

20 % of professional fees (DPR 600/1973 art. 25), 4 % of works and services for a block of flats (art. 25-ter, VAT 22
or 10 %), 11 % kept by the bank on transfers for building bonuses (DL 78/2010 art. 25 as of 1 March 2024).
"""
DISCOUNTS = (1, 2, 3, 5)
"""Per cent: what is usual for paying early."""
FEE_CENTS = 350
"""The most that a transfer costs and a bank or a payer takes off."""


def difference(asked_cents: int, paid_cents: int) -> tuple[str, dict[str, Any]] | None:
    """Why `paid_cents` (> 0) is less than `asked_cents`, as a reason; None when no rule explains it."""
    missing = asked_cents - paid_cents
    if paid_cents <= 0 or missing <= 0:
        return None
    for percent, vat in WITHHOLDING:
        if abs(missing * (100 + vat) - asked_cents * percent) <= 100 + vat:
            return "amount_less_withholding", {"cents": missing, "percent": percent}
    for percent in DISCOUNTS:
        if abs(missing * 100 - asked_cents * percent) <= 100:
            return "amount_less_discount", {"cents": missing, "percent": percent}
    if missing <= FEE_CENTS and missing * 10 <= asked_cents:
        return "amount_less_fee", {"cents": missing}
    return None
