# SPDX-License-Identifier: Apache-2.0
"""A bank's list of entries (its CSV or XLSX export) as statements: one per account, the entries in the order of time.

The account stands above the table, in a column, or in the profile. Balances are told by lines ("Saldo iniziale"), by a
running column, or not at all; where they are, opening + entries = closing is checked, and a difference is shown.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise
from typing import Any, NamedTuple

from ..documents import Balance, Entry, StatementDoc
from ..problems import Findings
from ..profile import Profile
from .identifiers import iban_ok
from .table_columns import Style, to_cents, to_date
from .table_grid import Cell
from .values import in_units

FORMAT = "bank list"
_IBAN = re.compile(r"(?<![A-Z0-9])[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]){11,30}(?![A-Z0-9])")
_DAY = re.compile(r"[0-9]{1,2}[./-][0-9]{1,2}[./-][0-9]{2,4}|[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MONEY = re.compile(r"[-+(]?[0-9][0-9.,']*[.,][0-9]{2}\)?-?(?![0-9])")
_OPENING = re.compile(r"saldo (?:\w+ )?(?:iniziale|precedente|di apertura|apertura)|opening balance|brought forward")
_CLOSING = re.compile(r"saldo (?:\w+ )?(?:finale|di chiusura|chiusura|attuale)|closing balance|^saldo contabile\b")
_SOME = re.compile(r"saldo (?:\w+ )?al\b|balance (?:as of|at)\b")
_OTHER = re.compile(r"^saldo (?:liquido|disponibile)|^available balance")
_OUT = frozenset({"d", "dare", "-", "debit", "dbit", "dr", "addebito", "uscita", "u"})
_IN = frozenset({"a", "avere", "c", "+", "credit", "crdt", "cr", "accredito", "entrata", "e"})

Typed = Callable[[int, list[Cell]], dict[str, Any] | None]


class Layout(NamedTuple):
    """Where the fields are, how the amounts are written, and the row of the headers."""

    places: Mapping[str, int]
    style: str
    header_row: int


@dataclass(slots=True)
class _Told:
    """A balance line: which one, "" when only its day can tell."""

    which: str
    cents: int
    on: date | None
    row: int | None


def read(
    above: Sequence[list[Cell]],
    rows: Iterable[tuple[int, list[Cell], Typed]],
    layout: Layout,
    profile: Profile,
    findings: Findings,
) -> Iterator[StatementDoc]:
    """The statements of a bank's list; rows that cannot be read are told and left out, the others count."""
    told = [found for row in above if (found := _balance(row, None, layout))]
    entries: list[tuple[str, Entry, int | None]] = []
    for number, row, typed in rows:
        if _is_balance(row, layout):
            told += [found for found in (_balance(row, number, layout),) if found]
        elif entries and _goes_on(row, layout):
            entries[-1] = _longer(entries[-1], _words(row, layout))
        elif (values := typed(number, row)) is not None and (entry := _entry(values, number, findings)) is not None:
            entries.append((values.get("own_iban", ""), entry, values.get("running_cents")))
    account = _account(above) or "".join(profile.account.split()).upper()
    by_account: dict[str, list[tuple[Entry, int | None]]] = {} if entries else {account: []}
    for own, entry, running in entries:
        by_account.setdefault(own or account, []).append((entry, running))
    for name, lines in by_account.items():
        if not name:
            findings.add("bank.no_account", row=layout.header_row or None)
        yield _statement(name, lines, told if len(by_account) == 1 else [], layout, findings)


def _text(row: Sequence[Cell]) -> str:
    return " ".join(" ".join(str(cell).split()) for cell in row if str(cell).strip())


def _account(above: Sequence[list[Cell]]) -> str:
    """The IBAN that stands above the table."""
    for row in above:
        for cell in (*map(str, row), _text(row)):
            for match in _IBAN.finditer(cell.upper()):
                squeezed = "".join(match[0].split())
                for end in range(len(squeezed), 14, -1):  # words may follow it without a mark between
                    if iban_ok(squeezed[:end]):
                        return squeezed[:end]
    return ""


def _cell(row: Sequence[Cell], layout: Layout, field: str) -> str:
    place = layout.places.get(field, -1)
    return str(row[place]).strip() if 0 <= place < len(row) else ""


def _words(row: Sequence[Cell], layout: Layout) -> str:
    parts = (_cell(row, layout, field) for field in ("told", "told_more", "told_last"))
    return " ".join(" ".join(part.split()) for part in parts if part)


def _is_balance(row: Sequence[Cell], layout: Layout) -> bool:
    """A line of the table that tells a balance and no entry: by its first words, or by its description."""
    texts = [str(cell) for cell in row if isinstance(cell, str) and cell.strip()]
    heads = [_folded(text) for text in (*texts[:1], _words(row, layout))]
    return any(pattern.match(head) for head in heads for pattern in (_OPENING, _CLOSING, _SOME, _OTHER))


def _folded(text: str) -> str:
    return " ".join(text.casefold().replace(":", " ").split())


def _balance(row: Sequence[Cell], number: int | None, layout: Layout) -> _Told | None:
    """The balance that a line tells; None when it tells none, or not the booked one."""
    text = _folded(_text(row))
    found = next((name for name, pattern in (("opening", _OPENING), ("closing", _CLOSING), ("", _SOME))
                  if pattern.search(text)), None)  # fmt: skip
    cents = _amount(row, layout) if found is not None and not _OTHER.match(text) else None
    return None if found is None or cents is None else _Told(found, cents, _day(row), number)


def _amount(row: Sequence[Cell], layout: Layout) -> int | None:
    """The last amount of a line; what stands in the column of money out is negative."""
    style: Style = "point" if layout.style == "point" else "comma"
    out = layout.places.get("out_cents", -1)
    for place in range(len(row) - 1, -1, -1):
        cell = row[place]
        written = cell if isinstance(cell, int | float) and not isinstance(cell, bool) else None
        match = None if written is not None else _last(_MONEY, _DAY.sub(" ", str(cell)))
        try:
            cents = to_cents(match if written is None else written, style) if match or written is not None else None
        except (ValueError, OverflowError):
            continue
        if cents is not None:
            return -abs(cents) if place == out else cents
    return None


def _last(pattern: re.Pattern[str], text: str) -> str:
    return next(reversed([match[0] for match in pattern.finditer(text)]), "")


def _day(row: Sequence[Cell]) -> date | None:
    for cell in row:
        if isinstance(cell, date):
            return to_date(cell, "dmy")
        if isinstance(cell, str) and (match := _DAY.search(cell)):
            try:
                return to_date(match[0], "dmy")
            except ValueError:
                continue
    return None


def _goes_on(row: Sequence[Cell], layout: Layout) -> bool:
    """A line of nothing but description: the words of the entry above, broken by the bank."""
    others = set(layout.places) - {"told", "told_more", "told_last"}
    return bool(_words(row, layout)) and not any(_cell(row, layout, field) for field in others)


def _longer(found: tuple[str, Entry, int | None], words: str) -> tuple[str, Entry, int | None]:
    account, entry, running = found
    return account, replace(entry, remittance=f"{entry.remittance} {words}".strip()), running


def _entry(values: Mapping[str, Any], number: int, findings: Findings) -> Entry | None:
    cents = _signed(values, number, findings)
    if cents is None:
        return None
    booked, value = values.get("booked_on"), values.get("value_on")
    if booked is None and value is None:
        findings.add("row.no_date", row=number)
        return None
    parts = [str(values[field]) for field in ("told", "told_more", "told_last") if values.get(field)]
    return Entry(
        booked_on=booked or value,
        value_on=value,
        cents=cents,
        currency=str(values.get("entry_currency") or "EUR"),
        remittance=" ".join(dict.fromkeys(parts)),
        counterparty=str(values.get("payer_name") or ""),
        counterparty_iban=str(values.get("payer_iban") or ""),
        end_to_end_id=str(values.get("end_to_end_id") or ""),
        bank_reference=str(values.get("bank_reference") or ""),
        row=number,
    )


def _signed(values: Mapping[str, Any], number: int, findings: Findings) -> int | None:
    """One signed column, or one for each direction (money out is written with or without its minus)."""
    one, into, out = (values.get(field) for field in ("entry_cents", "in_cents", "out_cents"))
    if into and out:
        findings.add("bank.both_ways", row=number)
        return None
    if one is None:
        if into is None and out is None:
            findings.add("bank.no_cents", row=number)
            return None
        return -abs(out) if out else into or 0
    way = _folded(str(values.get("direction") or ""))
    if way and way not in _OUT | _IN:
        findings.add("entry.direction", row=number, field="direction", value=way)
        return None
    return int(-abs(one) if way in _OUT else abs(one) if way in _IN else one)


def _statement(
    account: str, found: list[tuple[Entry, int | None]], told: Sequence[_Told], layout: Layout, findings: Findings
) -> StatementDoc:
    found = _in_time(found)
    entries = tuple(entry for entry, _running in found)
    currency = Counter(entry.currency for entry in entries).most_common(1)[0][0] if entries else "EUR"
    opening, closing = _balances(found, told, currency, findings)
    moved = sum(entry.cents for entry in entries)
    if opening is not None and closing is not None and opening.cents + moved != closing.cents:
        findings.add(
            "statement.unbalanced",
            row=layout.header_row or None,
            computed=in_units(opening.cents + moved),
            closing=in_units(closing.cents),
        )
    return StatementDoc(
        findings.file, FORMAT, "", account, currency, opening, closing, entries, row=layout.header_row or None
    )


def _in_time(found: list[tuple[Entry, int | None]]) -> list[tuple[Entry, int | None]]:
    """Oldest first. Many banks write the newest first: the days tell, and within one day the running balance."""
    days = [entry.booked_on or date.min for entry, _running in found]
    falls = sum(a > b for a, b in pairwise(days))
    rises = sum(a < b for a, b in pairwise(days))
    backwards = falls > rises or (falls == rises and _breaks(found[::-1]) < _breaks(found))
    return found[::-1] if backwards else found


def _breaks(found: Sequence[tuple[Entry, int | None]]) -> int:
    pairs = pairwise(found)
    return sum(a is not None and b is not None and a + entry.cents != b for (_, a), (entry, b) in pairs)


def _balances(
    found: Sequence[tuple[Entry, int | None]], told: Sequence[_Told], currency: str, findings: Findings
) -> tuple[Balance | None, Balance | None]:
    """Opening and closing: as lines tell them, else from the running column."""
    first = found[0][0].booked_on if found else None
    last = found[-1][0].booked_on if found else None
    opening = closing = None
    for one in told:
        which = one.which or ("opening" if one.on and first and one.on <= first else "closing")
        if which == "opening" and opening is None:
            opening = Balance(one.on or first, one.cents, currency)
        elif which == "closing":
            closing = Balance(one.on or last, one.cents, currency)
    for (_entry_before, before), (entry, after) in pairwise(found):
        if before is not None and after is not None and before + entry.cents != after:
            findings.add("bank.running", row=entry.row, computed=in_units(before + entry.cents), stated=in_units(after))
            break
    if found and opening is None and found[0][1] is not None:
        opening = Balance(first, found[0][1] - found[0][0].cents, currency)
    if found and closing is None and found[-1][1] is not None:
        closing = Balance(last, found[-1][1], currency)
    return opening, closing
