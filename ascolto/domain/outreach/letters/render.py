# SPDX-License-Identifier: Apache-2.0
"""Fills the page with a composed letter, or with a statement of account, and returns the PDF."""

from __future__ import annotations

import datetime as dt
import functools
import json
from importlib import resources
from typing import Any

import typst

from .. import epc, formats, mail_text
from ..composed import Block, Composed, common_words, label
from ..facts import MessageFacts
from ..placeholders import fill

STANDARDS: list[Any] = ["a-2a", "ua-1"]
"""PDF/A-2a to be kept for years, PDF/UA-1 to be read aloud. Typst refuses to make a file that does not
comply.
"""


def render(composed: Composed, facts: MessageFacts) -> bytes:
    """The letter as PDF bytes: address for a windowed envelope, body, table, payment box with its QR."""
    return _compile(_data(composed, facts))


def statement(facts: MessageFacts, language: str = "it") -> bytes:
    """The statement of account as PDF bytes: every open item, the total, how to pay; it asks for nothing."""
    bare = Composed(
        subject="", text="", html="", template_version="", template="statement", tone=0, language=language,
        greeting="", blocks=(Block("items"), Block("payment")), closing="", amount_cents=facts.payable_cents,
    )  # fmt: skip
    data = _data(bare, facts)
    data["subject"] = mail_text.items_title(bare, facts, "statement_title")
    data["items_title"] = facts.customer_name
    return _compile(data)


def _compile(data: dict[str, Any]) -> bytes:
    year, month, day = data["date"]
    moment = dt.datetime(year, month, day, 12, tzinfo=dt.UTC)  # the same facts give the same bytes
    pdf = _compiler().compile(
        input=_page(),
        format="pdf",
        sys_inputs={"data": json.dumps(data)},
        pdf_standards=STANDARDS,
        timestamp=moment,
    )
    assert isinstance(pdf, bytes), "a PDF is one file"
    return pdf


@functools.cache
def _compiler() -> typst.Compiler:
    """One compiler for the process. Only the fonts inside Typst are used: every machine prints the same
    page.
    """
    return typst.Compiler(ignore_system_fonts=True)


@functools.cache
def _page() -> bytes:
    return (resources.files(__package__) / "letter.typ").read_bytes()


def _data(composed: Composed, facts: MessageFacts) -> dict[str, Any]:
    """Everything the page shows, as plain JSON values."""
    language, money = composed.language, formats.money
    return {
        "language": language,
        "words": {**common_words(language)["words"]},
        "subject": composed.subject,
        "date": [facts.as_of.year, facts.as_of.month, facts.as_of.day],
        "date_line": formats.long_day(facts.as_of, language),
        "client": {
            "name": facts.client_name,
            "lines": _lines(*facts.client_address, facts.client_phone, facts.client_email),
            "footer": " · ".join(_lines(facts.client_name, facts.client_footer)),
        },
        "reference": _reference(facts, language),
        "address": _lines(facts.customer_name, *facts.customer_address),
        "greeting": composed.greeting,
        "blocks": [{"kind": block.kind, "text": block.text} for block in composed.blocks],
        "items_title": mail_text.items_title(composed, facts),
        "items": [
            [
                mail_text.item_name(item, language),
                formats.day(item.issued_on, language),
                formats.day(item.due_on, language),
                money(item.amount_cents, item.currency, language),
                money(item.balance_cents, item.currency, language),
            ]
            for item in facts.items
        ],
        "totals": mail_text.totals(composed, facts),
        "payment": mail_text.payment_rows(composed, facts),
        "qr": _qr(composed, facts),
        "closing": composed.closing,
        "signer": facts.operator_name if composed.closing else "",
    }


def _qr(composed: Composed, facts: MessageFacts) -> str:
    """The payment QR as SVG text; empty when the standard cannot carry this payment (not euros, no valid
    IBAN).
    """
    if facts.currency != "EUR" or not facts.client_iban:
        return ""
    try:
        return epc.svg(
            beneficiary=facts.client_beneficiary or facts.client_name,
            iban=facts.client_iban,
            bic=facts.client_bic,
            cents=composed.amount_cents,
            remittance=facts.payment_reference,
        ).decode()
    except epc.EpcError:
        return ""


def _reference(facts: MessageFacts, language: str) -> list[str]:
    if not facts.customer_number:
        return []
    return [fill(label(language, "our_reference"), {"customer_number": facts.customer_number})]


def _lines(*lines: str) -> list[str]:
    return [line for line in lines if line]
