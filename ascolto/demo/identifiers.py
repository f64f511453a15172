# SPDX-License-Identifier: Apache-2.0
"""Codes of nobody with valid check digits: VAT numbers, tax codes, IBANs, creditor references, phone numbers.

Phone numbers begin with a zero after the district code, which no Italian subscriber has; bank codes are not assigned;
mail addresses live under example.test (RFC 2606).
"""

from __future__ import annotations

import unicodedata
from datetime import date

_MONTHS = "ABCDEHLMPRST"
# DM 23-12-1976: values of characters at odd places; digits count as the letters A-J.
_ODD = (1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23)
UNASSIGNED_BANKS = ("09981", "09982", "09983", "09984", "09985")


def vat_number(serial: int, office: int = 36) -> str:
    """Eleven digits: seven of the holder, three of the office, one check digit (DM 23-12-1976, art. 8)."""
    body = f"{serial:07d}{office:03d}"
    odd = sum(int(char) for char in body[::2])
    even = sum(sum(divmod(2 * int(char), 10)) for char in body[1::2])
    return f"{body}{-(odd + even) % 10}"


def tax_code(surname: str, first: str, born_on: date, woman: bool, place: str) -> str:
    """A person's sixteen characters (DM 23-12-1976)."""
    day = born_on.day + (40 if woman else 0)
    body = f"{_surname(surname)}{_first(first)}{born_on:%y}{_MONTHS[born_on.month - 1]}{day:02d}{place}"
    return body + _check_letter(body)


def iban(bank: str, branch: str, account: int) -> str:
    """An Italian IBAN: national check letter first, then the two digits of ISO 13616."""
    body = f"{bank}{branch}{account:012d}"
    bban = _check_letter(body) + body
    rest = int("".join(str(int(char, 36)) for char in f"{bban}IT00")) % 97
    return f"IT{98 - rest:02d}{bban}"


def creditor_reference(text: str) -> str:
    """ISO 11649: `RF`, two check digits, the letters and digits of `text` (21 at most)."""
    body = "".join(char for char in text.upper() if char.isalnum())[:21]
    rest = int("".join(str(int(char, 36)) for char in f"{body}RF00")) % 97
    return f"RF{98 - rest:02d}{body}"


def phone_number(serial: int) -> str:
    """A number that rings nowhere."""
    return f"+390200{serial % 1_000_000:06d}"


def plain(text: str) -> str:
    """Lower case without accents, letters and digits only, for mail addresses."""
    bare = unicodedata.normalize("NFD", text.lower())
    return "".join(char for char in bare if char.isascii() and char.isalnum())


def _surname(text: str) -> str:
    consonants, vowels = _split(text)
    return (consonants + vowels + "XXX")[:3]


def _first(text: str) -> str:
    consonants, vowels = _split(text)
    if len(consonants) > 3:
        return consonants[0] + consonants[2] + consonants[3]
    return (consonants + vowels + "XXX")[:3]


def _split(text: str) -> tuple[str, str]:
    letters = [char for char in plain(text).upper() if char.isalpha()]
    return "".join(c for c in letters if c not in "AEIOU"), "".join(c for c in letters if c in "AEIOU")


def _check_letter(body: str) -> str:
    ranks = [int(char) if char.isdigit() else ord(char) - 65 for char in body]
    return chr(65 + (sum(_ODD[rank] for rank in ranks[::2]) + sum(ranks[1::2])) % 26)
