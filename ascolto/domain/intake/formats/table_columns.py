# SPDX-License-Identifier: Apache-2.0
"""How one column writes its dates and amounts: decided for the column, never for the cell.

A list of due dates in which 03/04 is read as 3 April and 04/13 as 13 April is damaged without a word. So all
cells of a column testify, the order that they prove is used for all, and a cell that does not fit it is an
error.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Literal, NamedTuple

from .values import cents

Order = Literal["dmy", "mdy", "ymd"]
Style = Literal["comma", "point"]

_NUMERIC = re.compile(r"([0-9]{1,4})[./\- ]([0-9]{1,2})[./\- ]([0-9]{1,4})(?:[T ,]+[0-9:.,]+(?: ?[AaPp][Mm])?Z?)?")
_COMPACT = re.compile(r"([0-9]{8})(?:\.0)?")  # some programs write 20260131.0
_NAMED = re.compile(r"([0-9]{1,2})[./\- ]+([A-Za-zàèéìòù]{3,9})\.?[./\- ,]+([0-9]{2,4})")
_MONTHS = {
    name: number
    for number, names in enumerate(
        [
            "gen jan",
            "feb",
            "mar",
            "apr",
            "mag may",
            "giu jun",
            "lug jul",
            "ago aug",
            "set sep",
            "ott oct",
            "nov",
            "dic dec",
        ],
        start=1,
    )
    for name in names.split()
}
_EXCEL_EPOCH = date(1899, 12, 30)
_EXCEL_SERIALS = range(20_000, 80_000)  # 1954 .. 2119
_MONEY_NOISE = re.compile(r"[€$£\s\u00a0\u202f']|EUR|USD|GBP|CHF", re.IGNORECASE)
_GROUPED = {
    "comma": re.compile(r"[0-9]{1,3}(\.[0-9]{3})+(,[0-9]*)?"),
    "point": re.compile(r"[0-9]{1,3}(,[0-9]{3})+(\.[0-9]*)?"),
}
_PLAIN = {"comma": re.compile(r"[0-9]*(,[0-9]*)?"), "point": re.compile(r"[0-9]*(\.[0-9]*)?")}


class Dates(NamedTuple):
    """The order of a column and how it came to be known."""

    order: Order
    proof: Literal["given", "proved", "neighbour", "assumed", "mixed"]
    swapped: bool = False


class Amounts(NamedTuple):
    """The decimal style of a column and how it came to be known."""

    style: Style
    proof: Literal["given", "proved", "assumed", "mixed"]


def date_order(cells: Iterable[object], given: str = "auto") -> Dates | None:
    """The order that the cells of a column prove; None when they prove nothing (and the neighbours may)."""
    cells = list(cells)
    votes = _votes(cell for cell in cells if isinstance(cell, str))
    swapped = _swapped_by_a_spreadsheet(cells)
    if given != "auto":
        return Dates(given, "given", swapped)  # type: ignore[arg-type]
    if not any(votes.values()):
        return None
    order: Order = max(("dmy", "mdy"), key=lambda name: votes[name])
    return Dates(order, "mixed" if votes["dmy"] and votes["mdy"] else "proved", swapped)


def _votes(cells: Iterable[str]) -> dict[str, int]:
    votes = {"dmy": 0, "mdy": 0}
    for cell in cells:
        match = _NUMERIC.fullmatch(cell.strip())
        if match and len(match[1]) <= 2 and len(match[3]) in {2, 4}:
            votes["dmy"] += int(match[1]) > 12 >= int(match[2])
            votes["mdy"] += int(match[2]) > 12 >= int(match[1])
    return votes


def _swapped_by_a_spreadsheet(cells: list[object]) -> bool:
    """Real dates that all have a day up to 12 beside text dates that all have one above: a program with the
    other date order has turned what it could turn, and left the rest as text."""
    real = [cell.day for cell in cells if isinstance(cell, date)]
    left = [match for cell in cells if isinstance(cell, str) and (match := _NUMERIC.fullmatch(cell.strip()))]
    return bool(real and left) and max(real) <= 12 and all(int(m[1]) > 12 or int(m[2]) > 12 for m in left)


def ambiguous(cells: Iterable[object]) -> bool:
    """Whether any cell depends on the order at all."""
    matches = (_NUMERIC.fullmatch(cell.strip()) for cell in cells if isinstance(cell, str))
    return any(match and len(match[1]) <= 2 and match[1] != match[2] for match in matches)


def to_date(cell: object, order: Order) -> date:
    """One cell to a date in the order of its column. Raises ValueError."""
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return _from_number(float(cell))
    text = str(cell).strip()
    if match := _COMPACT.fullmatch(text):
        return _from_compact(match[1], order)
    if match := _NUMERIC.fullmatch(text):
        return _from_parts(match[1], match[2], match[3], order)
    if match := _NAMED.fullmatch(text):
        return date(_year(match[3]), _MONTHS.get(match[2].lower()[:3], 0), int(match[1]))
    raise ValueError(text)


def _from_number(number: float) -> date:
    """A serial of Excel, or the eight digits 20260131 that a program wrote as a number."""
    if int(number) in _EXCEL_SERIALS:
        return _EXCEL_EPOCH + timedelta(days=int(number))
    text = str(int(number))
    if number == int(number) and _COMPACT.fullmatch(text):
        return _from_compact(text, "ymd")
    raise ValueError(str(number))


def _from_compact(text: str, order: Order) -> date:
    if text[:2] in {"19", "20"} and 1 <= int(text[4:6]) <= 12:
        return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    return _from_parts(text[:2], text[2:4], text[4:], "dmy" if order == "ymd" else order)


def _from_parts(first: str, second: str, third: str, order: Order) -> date:
    if len(first) == 4 or (order == "ymd" and len(third) <= 2):
        return date(_year(first), int(second), int(third))
    day, month = (second, first) if order == "mdy" else (first, second)
    return date(_year(third), int(month), int(day))


def _year(text: str) -> int:
    """Two digits mean this century; three or one mean nothing."""
    if len(text) not in {2, 4}:
        raise ValueError(text)
    return int(text) + (2000 if len(text) == 2 else 0)


def amount_style(cells: Iterable[object], given: str = "auto") -> Amounts:
    """The decimal style that the cells of a column prove; the Italian one, said to be assumed, when none
    does."""
    if given != "auto":
        return Amounts(given, "given")  # type: ignore[arg-type]
    votes, doubtful = {"comma": 0, "point": 0}, 0
    for cell in cells:
        if isinstance(cell, str):
            vote = _style_of(_bare(cell)[1])
            doubtful += vote == "either"
            if vote in votes:
                votes[vote] += 1
    style: Style = "point" if votes["point"] > votes["comma"] else "comma"
    if votes["comma"] and votes["point"]:
        return Amounts(style, "mixed")
    return Amounts(style, "assumed" if doubtful and not any(votes.values()) else "proved")


def _style_of(text: str) -> str:
    """What one amount proves: "comma", "point", "either" (1.234) or nothing."""
    dot, comma = text.rfind("."), text.rfind(",")
    if dot < 0 and comma < 0:
        return ""
    if dot >= 0 and comma >= 0:
        return "comma" if comma > dot else "point"
    mark, other = (".", ",") if dot >= 0 else (",", ".")
    names = {".": "point", ",": "comma"}
    if text.count(mark) > 1:
        return names[other]
    whole, _, decimals = text.partition(mark)
    if len(decimals) == 3 and whole not in {"", "0"} and len(whole) <= 3:
        return "either"
    return names[mark]


def to_cents(cell: object, style: Style) -> int:
    """One cell to cents in the style of its column. Raises ValueError."""
    if isinstance(cell, bool) or not isinstance(cell, str | int | float):
        raise ValueError(str(cell))
    if not isinstance(cell, str):
        return cents(f"{cell:.6f}" if isinstance(cell, float) else str(cell))
    sign, text = _bare(cell)
    if not any(char.isdigit() for char in text):
        raise ValueError(cell)
    if not (_GROUPED[style].fullmatch(text) or _PLAIN[style].fullmatch(text)):
        raise ValueError(cell)
    plain = text.replace(".", "").replace(",", ".") if style == "comma" else text.replace(",", "")
    return sign * cents(plain)


def _bare(written: str) -> tuple[int, str]:
    """Sign and digits: "(1.234,56)", "1.234,56-" and "- € 1.234,56" are all negative."""
    text = _MONEY_NOISE.sub("", written).replace("\u2212", "-")
    negative = text.startswith("(") and text.endswith(")")
    text = text[1:-1] if negative else text
    if text.startswith("-") or text.endswith("-"):
        negative, text = not negative, text.strip("-")
    return (-1 if negative else 1), text.removeprefix("+")
