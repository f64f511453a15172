# SPDX-License-Identifier: Apache-2.0
"""How amounts, days and IBANs are written for the customer, in Italian and in English."""

from __future__ import annotations

from datetime import date

_MONTHS_EN = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
# fmt: off
_MONTHS_IT = (
    "gennaio", "febbraio", "marzo", "aprile", "maggio", "giugno",
    "luglio", "agosto", "settembre", "ottobre", "novembre", "dicembre",
)
# fmt: on
_SIGNS = {"EUR": "€", "GBP": "£", "USD": "$"}
_NBSP = "\u00a0"


def money(cents: int, currency: str, language: str) -> str:
    """`1.234,56 €` in Italian, `€1,234.56` in English; a minus sign before a credit."""
    whole, rest = divmod(abs(cents), 100)
    sign = _SIGNS.get(currency, currency)
    minus = "−" if cents < 0 else ""
    if language == "it":
        return f"{minus}{whole:,}".replace(",", ".") + f",{rest:02d}{_NBSP}{sign}"
    gap = "" if len(sign) == 1 else _NBSP
    return f"{minus}{sign}{gap}{whole:,}.{rest:02d}"


def day(value: date, language: str) -> str:
    """`22/11/2026` in Italian, `22 Nov 2026` in English."""
    if language == "it":
        return f"{value.day:02d}/{value.month:02d}/{value.year}"
    return f"{value.day} {_MONTHS_EN[value.month - 1]} {value.year}"


def long_day(value: date, language: str) -> str:
    """The date of a letter: `22 novembre 2026`, `22 Nov 2026`."""
    if language == "it":
        return f"{value.day}{_NBSP}{_MONTHS_IT[value.month - 1]} {value.year}"
    return day(value, language)


def iban(value: str) -> str:
    """An IBAN in groups of four, as people read it aloud."""
    bare = "".join(value.split()).upper()
    return " ".join(bare[i : i + 4] for i in range(0, len(bare), 4))
