# SPDX-License-Identifier: Apache-2.0
"""`ascolto import FILE... --dry-run --json`: what would be imported, as JSON lines. No database, no client.

Amounts are whole hundredths of the currency, dates ISO 8601. Exit codes: 0 everything was read (warnings or
not), 1 some rows or files were refused, 2 misuse.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any, TextIO

from . import notice_words
from .documents import (
    Balance,
    CollectionDoc,
    Document,
    Instalment,
    InvoiceDoc,
    OpenItemRow,
    Party,
    SdiNoticeDoc,
    StatementDoc,
)
from .profile import Profile
from .reading import read

EXIT_READ, EXIT_REFUSED, EXIT_MISUSE = 0, 1, 2


def run(paths: Iterable[str | Path], profile: Profile | None = None, out: TextIO | None = None) -> int:
    """Read the files one by one and write a line for each document and each problem; the exit code."""
    stream, status, any_path = out or sys.stdout, EXIT_READ, False
    for path in paths:
        any_path = True
        reading = read(str(path), Path(path), profile)
        for doc in reading.documents:
            _write(stream, as_json(doc))
        for problem in reading.problems:
            _write(stream, problem.as_json())
        status = EXIT_REFUSED if reading.refused else status
    return status if any_path else EXIT_MISUSE


def as_json(doc: Document) -> dict[str, Any]:
    """One document as plain data for a JSON line."""
    if isinstance(doc, InvoiceDoc):
        return _invoice(doc)
    if isinstance(doc, SdiNoticeDoc):
        return _notice(doc)
    if isinstance(doc, StatementDoc):
        return _statement(doc)
    if isinstance(doc, CollectionDoc):
        return _collection(doc)
    kind = "open_item" if isinstance(doc, OpenItemRow) else "customer"
    return {
        "file": doc.file,
        "kind": kind,
        "row": doc.row,
        **{name: _plain(value) for name, value in doc.values.items()},
    }


def _invoice(doc: InvoiceDoc) -> dict[str, Any]:
    return {
        "file": doc.file,
        "kind": "invoice",
        "format": doc.format,
        "type": doc.type,
        "number": doc.number,
        "date": doc.issued_on.isoformat(),
        "currency": doc.currency,
        "total_cents": doc.total_cents,
        "seller": _party(doc.seller),
        "buyer": _party(doc.buyer),
        "withholding_cents": doc.withholding_cents,
        "split_payment": doc.split_payment,
        "instalments": [_instalment(instalment) for instalment in doc.instalments],
        "body": doc.body,
        "total_computed": doc.total_computed,
        "due_cents": doc.due_cents,
        "sign": doc.sign,
        "receivable": doc.receivable,
        "recipient_code": doc.recipient_code,
        "pec": doc.pec,
        "purchase_order": doc.purchase_order,
        "contract": doc.contract,
        "cig": doc.cig,
        "cup": doc.cup,
        "related": [{"number": number, "date": _plain(on)} for number, on in doc.related],
        "description": doc.description,
        "lines": [
            {
                "description": found.description,
                "cents": found.cents,
                "from": _plain(found.start),
                "to": _plain(found.end),
            }
            for found in doc.detail
        ],
        "attachments": [
            {
                "name": found.name,
                "format": found.format,
                "bytes": found.size_bytes,
                "refused": found.refusal or None,
            }
            for found in doc.attachments
        ],
    }


def _party(party: Party) -> dict[str, Any]:
    return {
        "vat": party.vat or None,
        "tax_code": party.tax_code or None,
        "name": party.name,
        "address": party.address,
        "zip": party.zip,
        "city": party.city,
        "province": party.province,
        "country": party.country,
    }


def _instalment(instalment: Instalment) -> dict[str, Any]:
    return {
        "due": _plain(instalment.due),
        "cents": instalment.cents,
        "method": instalment.method,
        "iban": instalment.iban or None,
        "payment_reference": instalment.payment_reference or None,
        "terms": instalment.terms or None,
        "due_computed": instalment.due_computed,
    }


def _notice(doc: SdiNoticeDoc) -> dict[str, Any]:
    return {
        "file": doc.file,
        "kind": "sdi_notice",
        "format": doc.format,
        "type": doc.type,
        "invoice_file": doc.invoice_file or None,
        "sdi_id": doc.sdi_id or None,
        "date": _plain(doc.on),
        "outcome": doc.outcome or None,
        "meaning": str(notice_words.meaning(doc.outcome)),
        "number": doc.number or None,
        "year": doc.year,
        "errors": [{"code": code, "text": words} for code, words in doc.errors],
        "text": doc.text,
        "recipient": doc.recipient,
    }


def _statement(doc: StatementDoc) -> dict[str, Any]:
    return {
        "file": doc.file,
        "kind": "statement",
        "account": doc.account,
        "currency": doc.currency,
        "opening": _balance(doc.opening),
        "closing": _balance(doc.closing),
        "entries": len(doc.entries),
        "credits_cents": doc.credits_cents,
        "debits_cents": doc.debits_cents,
        "format": doc.format,
        "identifier": doc.identifier,
        "owner": doc.owner,
    }


def _collection(doc: CollectionDoc) -> dict[str, Any]:
    return {
        "file": doc.file,
        "kind": "collection",
        "format": doc.format,
        "identifier": doc.identifier,
        "sender": doc.sender,
        "outcome": doc.outcome or None,
        "orders": len(doc.orders),
        "cents": sum(abs(order.cents or 0) for order in doc.orders),
        "items": [{name: _plain(value) for name, value in asdict(order).items()} for order in doc.orders],
    }


def _balance(balance: Balance | None) -> dict[str, Any] | None:
    return None if balance is None else {"date": _plain(balance.date), "cents": balance.cents}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _write(stream: TextIO, line: Mapping[str, Any]) -> None:
    stream.write(json.dumps(line, ensure_ascii=False) + "\n")
