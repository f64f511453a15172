# SPDX-License-Identifier: Apache-2.0
"""The small values that XML files write: amounts, dates, codes. Decimal text to whole cents, never through a
float.
"""

from __future__ import annotations

import re
from datetime import date

_AMOUNT = re.compile(r"([+-]?)([0-9]{0,15})(?:\.([0-9]{0,18}))?")
_COMMA = re.compile(r"[+-]?[0-9]{1,15},[0-9]{2}")
_DATE = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?: ?Z| ?[+-][0-9]{2}:[0-9]{2}|[T ][0-9:.]+(?:Z|[+-][0-9]{2}:?[0-9]{2})?)?"
)


def cents(text: str) -> int:
    """Decimal text ("1234.565") to cents (123457), half-up away from zero. Raises ValueError on anything
    else."""
    match = _AMOUNT.fullmatch(text)
    if match is None or not (match[2] or match[3]):
        raise ValueError(text)
    whole, fraction = match[2] or "0", match[3] or ""
    amount = int(whole) * 100 + int(fraction[:2].ljust(2, "0")) + (fraction[2:3] >= "5")
    return -amount if match[1] == "-" else amount


def comma_cents(text: str) -> int | None:
    """ "12,50" to 1250: the decimal comma that XML does not allow but some programs write. None when it is
    not that."""
    return cents(text.replace(",", ".")) if _COMMA.fullmatch(text) else None


def xs_date(text: str) -> date:
    """An xs:date or xs:dateTime to its date, as written: the zone shifts no day. Raises ValueError."""
    match = _DATE.fullmatch(text)
    if match is None:
        raise ValueError(text)
    return date(int(match[1]), int(match[2]), int(match[3]))


def looks_like_date(text: str) -> bool:
    """Whether the text has the form of a date, be it possible or not (30 February has)."""
    return _DATE.fullmatch(text) is not None


def squeezed(text: str) -> str:
    """The text without any blank, for identifiers."""
    return "".join(text.split())


def in_units(amount_cents: int) -> str:
    """Cents as plain decimal text for messages: 123457 is "1234.57"."""
    sign, rest = ("-" if amount_cents < 0 else ""), abs(amount_cents)
    return f"{sign}{rest // 100}.{rest % 100:02d}"
