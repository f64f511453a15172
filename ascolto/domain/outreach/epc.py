# SPDX-License-Identifier: Apache-2.0
"""The payment QR of the European Payments Council (EPC069-12, version 002): a credit transfer already
filled in.
"""

from __future__ import annotations

import unicodedata
from io import BytesIO

import segno

MAX_CENTS = 99_999_999_999
MAX_NAME = 70
MAX_TEXT = 140
MAX_REFERENCE = 25
MAX_BYTES = 331
MAX_VERSION = 13


class EpcError(ValueError):
    """A payment that the standard cannot carry; the message says which part."""


def svg(*, beneficiary: str, iban: str, cents: int, remittance: str = "", bic: str = "") -> bytes:
    """The QR as SVG bytes. EUR only; 0.01 to 999,999,999.99; error correction M as the standard asks.

    A remittance that is a valid creditor reference (RF, ISO 11649) goes into the structured field, other
    text into the free one, cut at 140 characters: a bank refuses more. Raises EpcError when no valid code
    can be made.
    """
    data = payload(beneficiary=beneficiary, iban=iban, cents=cents, remittance=remittance, bic=bic)
    code = segno.make_qr(data.encode("utf-8"), error="m", boost_error=False)
    assert isinstance(code.version, int)
    assert code.version <= MAX_VERSION, "331 bytes fit in version 13"
    out = BytesIO()
    code.save(out, kind="svg", border=0, xmldecl=False, svgns=True)
    return out.getvalue()


def payload(*, beneficiary: str, iban: str, cents: int, remittance: str = "", bic: str = "") -> str:
    """The text inside the QR: twelve lines in a fixed order, the first nine of them `BCD` .. purpose."""
    bare, name = "".join(iban.split()).upper(), clean(beneficiary)[:MAX_NAME].strip()
    if not iban_is_right(bare):
        raise EpcError("the IBAN is not valid")
    if not 1 <= cents <= MAX_CENTS:
        raise EpcError("the amount is outside 0.01 to 999,999,999.99 euros")
    if not name:
        raise EpcError("the beneficiary has no name")
    text = clean(remittance)
    reference = "".join(text.split()).upper()
    reference, text = (reference, "") if reference_is_right(reference) else ("", text[:MAX_TEXT].strip())
    code = bic.strip().upper()
    head = ["BCD", "002", "1", "SCT", code if len(code) in (8, 11) and code.isalnum() else ""]
    head += [name, bare, f"EUR{cents // 100}.{cents % 100:02d}", "", reference]
    room = MAX_BYTES - len("\n".join([*head, ""]).encode())
    return "\n".join([*head, _fit(text, room)]).rstrip("\n")


def _fit(text: str, room: int) -> str:
    """Cut to `room` bytes of UTF-8 without halving a letter."""
    return text.encode()[:room].decode(errors="ignore").strip()


def clean(text: str) -> str:
    """One line, no control characters: the fields of the code are separated by line ends."""
    kept = (" " if unicodedata.category(sign).startswith(("C", "Z")) else sign for sign in text)
    return " ".join("".join(kept).split())


def _mod_97(text: str) -> int:
    return int("".join(str(int(sign, 36)) for sign in text)) % 97


def iban_is_right(iban: str) -> bool:
    """Whether the check digits hold (ISO 13616)."""
    fit = iban.isascii() and iban.isalnum() and 15 <= len(iban) <= 34 and iban[:2].isalpha()
    return fit and iban[2:4].isdigit() and 2 <= int(iban[2:4]) <= 98 and _mod_97(iban[4:] + iban[:4]) == 1


def reference_is_right(text: str) -> bool:
    """Whether it is a creditor reference with the right check digits (ISO 11649)."""
    fit = text.isascii() and text.isalnum() and 5 <= len(text) <= MAX_REFERENCE and text.startswith("RF")
    return fit and text[2:4].isdigit() and _mod_97(text[4:] + text[:4]) == 1
