# SPDX-License-Identifier: Apache-2.0
"""Bank statements in CBI "rendicontazione" (CBI-RND-001): RH, per statement 61, entries 62 with their 63, 64, and EF.

A group RH..EF is one bank; a file may hold several. The lines 63 of one entry are joined before they are understood.
A flow that is cut off refuses the file; a statement that does not tie is shown.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from ..documents import Balance, Entry, StatementDoc
from ..problems import Findings, Refusal
from . import cbi, tying
from .rh_words import words
from .texts import comma_amount, day_or_warn

_SIGNS = {"C": 1, "D": -1}


@dataclass(slots=True)
class _Statement:
    head: cbi.Record
    entries: list[tuple[cbi.Record, list[cbi.Record]]] = field(default_factory=list)
    end: cbi.Record | None = None


def read(flows: list[cbi.Flow], findings: Findings) -> Iterator[StatementDoc]:
    """One document for each 61..64; one with an unreadable amount is refused alone."""
    for flow in flows:
        cbi.check_count(flow, findings)
        statements = _statements(flow)
        stated = flow.announced(46, 52)
        if stated not in (None, 0, len(statements)) and flow.end:
            findings.add("rh.count", row=flow.end.row, field="EF", stated=stated, found=len(statements))
        for statement in statements:
            errors_before = findings.errors
            doc = _document(statement, findings)
            if findings.errors == errors_before:
                tying.check(doc, findings, "64")
                yield doc
            else:
                findings.add("statement.refused", row=doc.row, field="61", account=doc.account)


def _statements(flow: cbi.Flow) -> list[_Statement]:
    found: list[_Statement] = []
    for record in flow.body:
        open_one = found[-1] if found and found[-1].end is None else None
        if record.kind == "61":
            if open_one is not None:
                raise Refusal("statement.cut_off", row=record.row, field="64")
            found.append(_Statement(record))
        elif record.kind in ("62", "63") and open_one is None:
            raise Refusal("cbi.outside", row=record.row, field=record.kind, value=record.line.strip())
        elif open_one is None:
            continue
        elif record.kind == "62":
            open_one.entries.append((record, []))
        elif record.kind == "63" and open_one.entries:
            open_one.entries[-1][1].append(record)
        elif record.kind == "64":
            open_one.end = record
    if found and found[-1].end is None:
        raise Refusal("statement.cut_off", row=found[-1].head.row, field="64")
    return found


def _document(statement: _Statement, findings: Findings) -> StatementDoc:
    head, end = statement.head, statement.end
    currency = head.text(75, 77) or "EUR"
    closing = _balance(end, (14, 19), (20, 20), (21, 35), currency, findings) if end else None
    return StatementDoc(
        file=findings.file,
        format="CBI RH",
        identifier=head.text(4, 10),
        account=account(head),
        currency=currency,
        opening=_balance(head, (78, 83), (84, 84), (85, 99), currency, findings),
        closing=closing,
        entries=tuple(_entries(statement, currency, findings)),
        owner=head.text(34, 49),
        row=head.row,
    )


def account(head: cbi.Record) -> str:
    """The IBAN of record 61; its check digits are reckoned when the bank leaves them out (ISO 13616)."""
    cin, abi, cab, number = (head.cut(*at).strip() for at in ((52, 52), (53, 57), (58, 62), (63, 74)))
    country, check = head.cut(100, 101).strip(), head.cut(102, 103).strip()
    bban = f"{cin}{abi}{cab}{number.zfill(12)}".upper()
    if len(bban) != 23 or not bban.isalnum() or not bban.isascii():
        return f"{abi}{cab}{number}"
    country = country.upper() if country.isascii() and country.isalpha() else "IT"
    if not (check.isascii() and check.isdigit()):
        digits = "".join(str(int(char, 36)) for char in f"{bban}{country}00")
        check = f"{98 - int(digits) % 97:02d}"
    return f"{country}{check}{bban}"


Span = tuple[int, int]


def _balance(
    record: cbi.Record, on: Span, sign: Span, amount: Span, currency: str, findings: Findings
) -> Balance | None:
    cents = _money(record, sign, amount, findings)
    return None if cents is None else Balance(_day(record, on, findings), cents, currency)


def _money(record: cbi.Record, sign: Span, amount: Span, findings: Findings) -> int | None:
    cents, way = comma_amount(record.cut(*amount)), _SIGNS.get(record.cut(*sign))
    if cents is None or way is None or "," not in record.cut(*amount):
        value = record.cut(sign[0], amount[1]).strip()
        findings.add("amount.unreadable", row=record.row, field=record.kind, value=value)
        return None
    return way * cents


def _day(record: cbi.Record, at: Span, findings: Findings) -> date | None:
    return day_or_warn(record.cut(*at), "dmy", record.row, record.kind, findings)


def _entries(statement: _Statement, currency: str, findings: Findings) -> Iterator[Entry]:
    for record, more in statement.entries:
        cents = _money(record, (26, 26), (27, 41), findings)
        if cents is None:
            continue
        told = words(more)
        description = "" if record.text(78, 86) in ("NOTPROVIDE", "NONREF") else record.text(78, 120)
        yield Entry(
            booked_on=_day(record, (20, 25), findings),
            value_on=_day(record, (14, 19), findings),
            cents=cents,
            currency=currency,
            reversal=told.returned,
            end_to_end_id=told.end_to_end_id,
            remittance=" ".join(filter(None, (told.remittance, description))),
            creditor_reference=told.creditor_reference,
            counterparty=told.name,
            counterparty_iban=told.iban,
            bank_reference=record.text(62, 77),
            mandate_id=told.mandate_id,
            return_reason=told.return_reason,
            transaction_code=f"CBI/{record.text(42, 43)}/{record.text(44, 45)}".rstrip("/"),
            row=record.row,
        )
