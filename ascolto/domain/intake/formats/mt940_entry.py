# SPDX-License-Identifier: Apache-2.0
"""One :61: of MT940 with its :86:: the money, its sign and days, and what the words tell about who and why.

Field 61 (SWIFT User Handbook): 6!n value date, [4!n] entry date, 2a mark, [1!a] funds code, 15d amount, 1!a3!c type,
16x reference, [//16x] reference of the bank, [34x] on the next line. RC takes a credit back, so it is money out; RD
takes a debit back, so it is money in.
"""

from __future__ import annotations

import re
from datetime import date

from ..documents import Entry
from ..problems import Findings
from .mt940_words import Words, words
from .texts import comma_amount, day_or_warn, near
from .values import squeezed

_ENTRY = re.compile(
    r"\s*(?P<value>[0-9]{6})(?P<entry>[0-9]{6}|[0-9]{4}|\s{0,6})\s*(?P<mark>R[CD]|E[CD]|[CD])\s*"
    r"(?P<funds>[A-Z])?\s*(?P<amount>[+-]?[0-9]+(?:[.,][0-9]*)?|[.,][0-9]+)\s*(?P<type>[A-Z][A-Z0-9]{3}|[A-Z])?"
    r"(?P<rest>.*)",
    re.IGNORECASE | re.DOTALL,
)
_SIGNS = {"C": 1, "RD": 1, "EC": 1, "D": -1, "RC": -1, "ED": -1}
_NO_REFERENCE = frozenset({"NONREF", "NOREF", "NOTPROVIDED", "KREF+", "EREF", ""})
_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}")


def entry(lines: list[str], told: list[str], row: int, currency: str, findings: Findings) -> Entry | None:
    """The entry, or None with an error noted when its money cannot be read."""
    match = _ENTRY.match(lines[0]) or _ENTRY.match("".join(lines))
    cents = comma_amount(match["amount"]) if match else None
    if match is None or cents is None:
        findings.add("entry.unreadable", row=row, field=":61:", value="".join(lines))
        return None
    mark = match["mark"].upper()
    value_on = day_or_warn(match["value"], "ymd", row, ":61:", findings)
    reference, bank_reference = _references(match["rest"])
    found = words(told)
    return Entry(
        booked_on=_booked(match["entry"].strip(), match["value"], value_on, row, findings),
        value_on=value_on,
        cents=_SIGNS[mark] * cents,
        currency=currency,
        reversal=mark in ("RC", "RD"),
        end_to_end_id=found.end_to_end_id or reference,
        remittance=_remittance(found, lines[1:]),
        creditor_reference=found.creditor_reference,
        counterparty=found.name,
        counterparty_iban=found.iban,
        bank_reference=bank_reference,
        mandate_id=found.mandate_id,
        return_reason=found.return_reason,
        transaction_code=(match["type"] or "").upper(),
        status="PDNG" if mark in ("EC", "ED") else "BOOK",
        row=row,
    )


def account_of(written: str, currency: str) -> tuple[str, str]:
    """The account of :25: without the currency that some banks hang on it, and that currency.

    An IBAN behind a bank's code stands alone; any other account is kept as it is written."""
    text = squeezed(written).strip("/")
    found = ""
    match = re.fullmatch(r"(.*[0-9])([A-Z]{3})", text)
    if match and (match[2] == currency or (not currency and match[2] in ("EUR", "USD", "GBP", "CHF"))):
        text, found = match[1], match[2]
    last = text.rpartition("/")[2]
    return (last if _IBAN.fullmatch(last) else text), found


def _booked(written: str, value: str, value_on: date | None, row: int, findings: Findings) -> date | None:
    """The entry date: month and day, in the year closest to the value date; None when the bank left it out."""
    if len(written) == 6:
        return day_or_warn(written, "ymd", row, ":61:", findings)
    if not written.strip("0"):
        return None
    month, day = int(written[:2]), int(written[2:])
    anchor = value_on or day_or_warn(value[:4] + "01", "ymd", row, ":61:", findings)
    try:
        return near(month, day, anchor) if anchor else None
    except ValueError:
        findings.add("date.impossible_ignored", row=row, field=":61:", value=written)
        return None


def _references(rest: str) -> tuple[str, str]:
    """The customer's and the bank's reference; what says that there is none is none."""
    own, _, bank = rest.partition("//")
    own, bank = " ".join(own.split()), " ".join(bank.split())
    return ("" if own.upper() in _NO_REFERENCE else own), ("" if bank.upper() in _NO_REFERENCE else bank)


def _remittance(found: Words, more: list[str]) -> str:
    """The words of :86:, and of the second line of :61: when they say something else."""
    added = " ".join(" ".join(more).split())
    return found.remittance if not added or added in found.remittance else f"{found.remittance} {added}".strip()
