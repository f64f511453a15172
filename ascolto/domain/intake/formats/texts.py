# SPDX-License-Identifier: Apache-2.0
"""Bank files of plain text: their characters, their amounts with a decimal comma, their six-figure dates."""

from __future__ import annotations

import re
from datetime import date, timedelta

from ..problems import Findings

_AMOUNT = re.compile(r"([+-]?)([0-9]{1,15})?(?:[,.]([0-9]{0,6}))?")


def decoded(data: bytes) -> str:
    """The text: UTF-16 with its mark, else UTF-8, else windows-1252, in which no byte is impossible here."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def comma_amount(text: str) -> int | None:
    """ "1234,5" and "0," and "00012,50" to cents, rounded half-up; None when it is no amount."""
    match = _AMOUNT.fullmatch("".join(text.split()))
    if match is None or not (match[2] or match[3]):
        return None
    fraction = match[3] or ""
    cents = int(match[2] or "0") * 100 + int(fraction[:2].ljust(2, "0")) + (fraction[2:3] >= "5")
    return -cents if match[1] == "-" else cents


def short_date(text: str, pattern: str) -> date | None:
    """ "261124" as `pattern` "ymd", or "241126" as "dmy". Two-figure years are 1980 to 2079. Raises ValueError for a
    day that is none; None when nothing stands there."""
    if not text.strip(" 0"):
        return None
    part = {letter: int(text[2 * at : 2 * at + 2]) for at, letter in enumerate(pattern)}
    return date(part["y"] + (2000 if part["y"] < 80 else 1900), part["m"], part["d"])


def day_or_warn(text: str, pattern: str, row: int | None, field: str, findings: Findings) -> date | None:
    """As `short_date`; a day that does not exist (30 February in some banks' value dates) is left out and told."""
    try:
        return short_date(text, pattern)
    except ValueError:
        findings.add("date.impossible_ignored", row=row, field=field, value=text)
        return None


def near(month: int, day: int, to: date) -> date:
    """The day and month in the year that brings them closest to `to`: value 31 December, entry 2 January.

    Raises ValueError when no year near has that day."""
    found = []
    for year in (to.year - 1, to.year, to.year + 1):
        try:
            found.append(date(year, month, day))
        except ValueError:
            continue
    if not found:
        raise ValueError(f"{month}-{day}")
    return min(found, key=lambda day: abs(day - to) or timedelta(0))
