# SPDX-License-Identifier: Apache-2.0
"""Check digits of Italian VAT numbers, tax codes and of IBANs. A wrong one is a warning, never a refusal."""

from __future__ import annotations

import re
from functools import lru_cache

_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)
_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}")
_PERSON = re.compile(r"[A-Z]{6}[0-9LMNPQRSTUV]{2}[A-EHLMPRST][0-9LMNPQRSTUV]{2}[A-Z][0-9LMNPQRSTUV]{3}[A-Z]")
# Values of the characters at odd places (DM 23-12-1976, art. 7); digits count as the letters A-J.
_ODD = (1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23)


@lru_cache(maxsize=4096)
def italian_vat_ok(code: str) -> bool:
    """Eleven digits whose last is the Luhn check digit of the others (DM 23-12-1976, art. 8)."""
    if len(code) != 11 or not (code.isascii() and code.isdigit()):
        return False
    digits = [int(char) for char in code]
    return (sum(digits[::2]) + sum(_DOUBLED[digit] for digit in digits[1::2])) % 10 == 0


@lru_cache(maxsize=4096)
def tax_code_ok(code: str) -> bool:
    """A person's sixteen characters (omocodia included) or a firm's eleven digits."""
    if len(code) == 11:
        return italian_vat_ok(code)
    if _PERSON.fullmatch(code) is None:
        return False
    ranks = [int(char) if char.isdigit() else ord(char) - 65 for char in code]
    return (sum(_ODD[rank] for rank in ranks[:15:2]) + sum(ranks[1:15:2])) % 26 == ranks[15]


def looks_like_iban(text: str) -> bool:
    """Country, two digits and the account: the form alone."""
    return _IBAN.fullmatch(text) is not None


@lru_cache(maxsize=4096)
def iban_ok(iban: str) -> bool:
    """ISO 13616: remainder 1 modulo 97, and no check digits 00, 01, 99."""
    if _IBAN.fullmatch(iban) is None or iban[2:4] in {"00", "01", "99"}:
        return False
    return int("".join(str(int(char, 36)) for char in iban[4:] + iban[:4])) % 97 == 1
