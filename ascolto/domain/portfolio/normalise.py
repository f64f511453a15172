# SPDX-License-Identifier: Apache-2.0
"""The one way to write names, codes, addresses and amounts that people write in many ways. Pure functions."""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

import phonenumbers

_MAILBOX = re.compile(r"[^\s@,;<>()\"]+@[^\s@,;<>()\"]+\.[^\s@,;<>()\".\d]{2,}")
_PERSON = re.compile(r"[A-Z]{6}[0-9LMNPQRSTUV]{2}[A-Z][0-9LMNPQRSTUV]{2}[A-Z][0-9LMNPQRSTUV]{3}[A-Z]")
_NOBODY = re.compile(r"(?:[A-Z]{2})?(?:0{7,}|9{7,}|X{7,})")
"""Codes that programs write for "has none": 00000000000, OO99999999999, XXXXXXX."""


def search_name(name: str) -> str:
    """Lower case, without accents, single blanks: what search compares."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    return " ".join("".join(char for char in plain if not unicodedata.combining(char)).split())[:200]


def vat(written: str) -> str:
    """Country and code without blanks or dots ("IT01234567890"); eleven bare digits are Italian. "" for a filler."""
    code = re.sub(r"[\s.\-/]", "", written).upper()
    if not code or _NOBODY.fullmatch(code):
        return ""
    return f"IT{code}"[:20] if len(code) == 11 and code.isdigit() else code[:20]


def tax_code(written: str) -> str:
    """Codice fiscale without blanks, in capitals. "" for a filler."""
    code = re.sub(r"[\s.\-/]", "", written).upper()
    code = code[2:] if len(code) == 13 and code.startswith("IT") else code
    return "" if _NOBODY.fullmatch(code) else code[:20]


def is_person(code: str) -> bool:
    """Whether a tax code is that of a person (sixteen characters), not of a body (eleven digits)."""
    return _PERSON.fullmatch(code) is not None


@lru_cache(maxsize=8192)
def phone(written: str, country: str = "IT") -> str:
    """E.164 ("+393331234567"); "" when it is no possible number of that country."""
    try:
        number = phonenumbers.parse(written.split("/")[0] if "+" in written else written, country or "IT")
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_valid_number(number):
        return ""
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def email(written: str) -> str:
    """One mailbox in lower case; "" when it is none."""
    text = written.strip().removeprefix("mailto:").lower()
    return text if len(text) <= 254 and _MAILBOX.fullmatch(text) and ".." not in text else ""


def address(*, street: str, postcode: str, city: str, province: str = "", country: str = "") -> str:
    """One line as on an envelope ("Via Verdi 5, 20123 Milano MI"); "" without a street or a city."""
    if not street or not city:
        return ""
    place = " ".join(filter(None, (postcode, city, province)))
    abroad = country if country not in {"", "IT"} else ""
    return ", ".join(filter(None, (street, place, abroad)))[:300]


def distributed(cents: Sequence[int], total_cents: int) -> list[int]:
    """`cents` scaled so that they add up to `total_cents`, each rounded down and the last taking what is left.

    Worked example: 50.00 and 50.01 of an invoice of 100.01 of which 82.01 is due give 41.00 and 41.01.
    Raises ValueError when the amounts do not add up to something positive.
    """
    whole = sum(cents)
    if whole <= 0 or total_cents < 0:
        raise ValueError("nothing to distribute")
    parts = [part * total_cents // whole for part in cents]
    parts[-1] += total_cents - sum(parts)
    return parts


def payable_parts(cents: Sequence[int], *, total_cents: int, split_vat_cents: int, withholding_cents: int) -> list[int]:
    """What each instalment of a document really asks for, in cents, position by position; zero for nothing.

    Split payment (DPR 633/72 art. 17-ter) and withholding (DPR 600/73 art. 25) are paid to the State, not to the
    seller. A file whose instalments add up to the net already is kept; one that adds up to the total, or to the total
    less one of the two, is reduced; any other sum is kept as the document says it.
    """
    net = total_cents - split_vat_cents - withholding_cents
    asked = sum(cents)
    if asked <= 0 or net <= 0:
        return [0 for _ in cents]
    gross = {total_cents, total_cents - withholding_cents, total_cents - split_vat_cents}
    reduce = abs(asked - net) > 1 and any(abs(asked - sum_) <= 1 for sum_ in gross)
    kept = [max(part, 0) for part in cents]
    return distributed(kept, net if reduce else asked) if reduce or min(cents) < 0 else kept
