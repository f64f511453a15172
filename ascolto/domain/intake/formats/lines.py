# SPDX-License-Identifier: Apache-2.0
"""The lines of an invoice with what they are for and when it was consumed: a trouble in one never refuses the invoice."""

from __future__ import annotations

from datetime import date

from ..documents import InvoiceLine
from ..problems import Findings
from .fields import line as row_of
from .values import cents, squeezed, xs_date
from .xml import Element

MAX_LINES = 500


def line_of(findings: Findings, row: Element, description: str, amount: str, start: str, end: str) -> InvoiceLine:
    """One line as written; a period that is none is told and left out."""
    begins, ends = _day(findings, row, start), _day(findings, row, end)
    if begins and ends and begins > ends:
        findings.add("line.period", row=row_of(row), value=f"{start} – {end}")
        begins = ends = None
    return InvoiceLine(description[:300], _cents(amount), begins, ends)


def _day(findings: Findings, row: Element, written: str) -> date | None:
    text = "".join(written.split())
    if not text:
        return None
    try:
        return _compact(text) if len(text) == 8 and text.isascii() and text.isdigit() else xs_date(text)
    except ValueError:
        findings.add("line.period", row=row_of(row), value=written)
        return None


def _compact(text: str) -> date:
    return date(int(text[:4]), int(text[4:6]), int(text[6:]))


def _cents(written: str) -> int | None:
    try:
        return cents(squeezed(written))
    except ValueError:
        return None
