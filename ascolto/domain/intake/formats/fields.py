# SPDX-License-Identifier: Apache-2.0
"""Typed fields of an XML document: the value, or None and a problem with its line and field name."""

from __future__ import annotations

from datetime import date

from ..problems import Findings
from .values import cents, comma_cents, looks_like_date, squeezed, xs_date
from .xml import Element, at, text

_EARLIEST, _LATEST = date(1990, 1, 1), date(2100, 1, 1)


def amount(findings: Findings, parent: Element | None, *path: str) -> int | None:
    """Cents; None when absent or empty, None and an error when it is no amount."""
    found = at(parent, *path)
    written = squeezed(found.text) if found is not None and found.text else ""
    if found is None or not written:
        return None
    try:
        return cents(written)
    except ValueError:
        pass
    with_comma = comma_cents(written)
    code = "amount.comma" if with_comma is not None else "amount.unreadable"
    findings.add(code, row=line(found), field=path[-1], value=written)
    return with_comma


def day(findings: Findings, parent: Element | None, *path: str, impossible: str = "date.impossible") -> date | None:
    """A date; None when absent or empty, None and a problem when it is none (30 February has a code of its
    own)."""
    found = at(parent, *path)
    written = text(found)
    return day_of(findings, found, written, path[-1], impossible) if written else None


def day_of(
    findings: Findings, found: Element | None, written: str, field: str, impossible: str = "date.impossible"
) -> date | None:
    """The date that was written in an element, as `day` reads it."""
    try:
        value = xs_date(written)
    except ValueError:
        code = impossible if looks_like_date(written) else "date.unreadable"
        findings.add(code, row=line(found), field=field, value=written)
        return None
    if not _EARLIEST <= value <= _LATEST:
        findings.add("date.implausible", row=line(found), field=field, value=written)
    return value if value.year > 1 else None  # 0001-01-01 is how .NET programs write "no date"


def code(parent: Element | None, *path: str) -> str:
    """A code or identifier: without any blank, in capitals."""
    return squeezed(text(parent, *path)).upper()


def line(element: Element | None) -> int | None:
    """The line of an element in its file."""
    found: int | None = element.sourceline if element is not None else None  # type: ignore[assignment]
    return found
