# SPDX-License-Identifier: Apache-2.0
"""Codes with right check digits, whole columns at a time: VAT numbers, tax codes, IBANs, creditor references.

The slow twin of each is in ascolto/demo/identifiers.py; a test compares them.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from ascolto.demo.identifiers import _ODD  # the table of DM 23-12-1976, typed once

from .columns import digits, fixed, letters

_MONTHS = np.frombuffer(b"ABCDEHLMPRST", np.uint8)
_RANK = np.zeros(256, np.int64)
_RANK[48:58], _RANK[65:91] = np.arange(10), np.arange(26)
_ODD_OF = np.array(_ODD)[_RANK]


def vat(serials: np.ndarray, office: int) -> np.ndarray:
    """Eleven digits each, as ASCII codes: seven of the holder, three of the office, the check digit."""
    body = np.hstack([digits(serials, 7), letters(f"{office:03d}", len(serials))])
    values = (body - 48).astype(np.int64)
    doubled = values[:, 1::2] * 2
    total = values[:, ::2].sum(1) + (doubled // 10 + doubled % 10).sum(1)
    return np.hstack([body, (-total % 10 + 48).astype(np.uint8)[:, None]])


def check_letter(body: np.ndarray) -> np.ndarray:
    """The last character of a tax code, and the first of an Italian account number."""
    total = _ODD_OF[body[:, ::2]].sum(1) + _RANK[body[:, 1::2]].sum(1)
    return (total % 26 + 65).astype(np.uint8)[:, None]


def tax_codes(names: np.ndarray, born: np.ndarray, woman: np.ndarray, places: np.ndarray) -> pa.Array:
    """Sixteen characters: six of the name, the day of birth, the place, the check letter."""
    months = born.astype("datetime64[M]")
    years = born.astype("datetime64[Y]").astype(np.int64) + 1970
    month = _MONTHS[months.astype(np.int64) % 12][:, None]
    day = (born - months).astype(np.int64) + 1 + 40 * woman
    body = np.hstack([names, digits(years % 100, 2), month, digits(day, 2), places])
    return fixed(body, check_letter(body))


def ibans(banks: np.ndarray, branches: np.ndarray, accounts: np.ndarray) -> pa.Array:
    """Italian IBANs: the national check letter, then the two digits of ISO 13616."""
    body = np.hstack([digits(banks, 5), digits(branches, 5), digits(accounts, 12)])
    letter = check_letter(body)
    rest = letter[:, 0].astype(np.int64) - 55
    for column in (body - 48).astype(np.int64).T:
        rest = (rest * 10 + column) % 97
    rest = (rest * 1_000_000 + 182900) % 97  # IT00, letters as two digits
    n = len(body)
    return fixed(letters("IT", n), digits(98 - rest, 2), letter, body)


def creditor_references(numbers: np.ndarray, width: int) -> np.ndarray:
    """ISO 11649 over `width` digits, as ASCII codes."""
    rest = (numbers % 97 * (1_000_000 % 97) + 271500) % 97  # RF00
    return np.hstack([letters("RF", len(numbers)), digits(98 - rest, 2), digits(numbers, width)])
