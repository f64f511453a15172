# SPDX-License-Identifier: Apache-2.0
"""The instalments of an invoice: every DettaglioPagamento of every DatiPagamento block, exactly as the file
says.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from ..documents import Instalment, InvoiceDoc
from ..problems import Findings
from .fatturapa_codes import PAYMENT_METHODS, PAYMENT_TERMS
from .fields import amount, code, day, line
from .identifiers import iban_ok
from .values import in_units
from .xml import Element, children, text

MAX_TERMS_DAYS = 3650


def instalments(body: Element, findings: Findings, due_cents: int) -> tuple[Instalment, ...]:
    """All instalments, in the order of the file; an empty tuple when the file has no DatiPagamento (legal).

    One without an amount asks for `due_cents`, the net to pay, when it is the only one; else it is left out."""
    blocks = [(block, list(children(block, "DettaglioPagamento"))) for block in children(body, "DatiPagamento")]
    alone = sum(len(rows) for _, rows in blocks) == 1
    return tuple(_all(blocks, due_cents if alone else None, findings))


def _all(blocks: list[tuple[Element, list[Element]]], whole: int | None, findings: Findings) -> Iterator[Instalment]:
    for block, rows in blocks:
        terms = code(block, "CondizioniPagamento")
        if terms and terms not in PAYMENT_TERMS:
            findings.add("code.unknown", row=line(block), field="CondizioniPagamento", value=terms)
        for row in rows:
            instalment = _instalment(row, terms, whole, findings)
            if instalment is not None:
                yield instalment


def _instalment(row: Element, terms: str, whole: int | None, findings: Findings) -> Instalment | None:
    method, iban = code(row, "ModalitaPagamento"), code(row, "IBAN")
    cents = amount(findings, row, "ImportoPagamento")
    if cents is None and not text(row, "ImportoPagamento"):
        findings.add("instalment.no_amount", row=line(row), field="ImportoPagamento")
        cents = whole
    if cents is None:
        return None
    if method not in PAYMENT_METHODS:
        findings.add("code.unknown", row=line(row), field="ModalitaPagamento", value=method)
    if iban and not iban_ok(iban):
        findings.add("iban.check_digit", row=line(row), field="IBAN", value=iban)
    due, days = day(findings, row, "DataScadenzaPagamento"), _days(row, findings)
    computed = due is None and days is not None and not text(row, "DataScadenzaPagamento")
    if computed:
        due = _after(day(findings, row, "DataRiferimentoTerminiPagamento"), days)
    return Instalment(
        due=due,
        cents=cents,
        method=method,
        iban=iban,
        payment_reference=text(row, "CodicePagamento"),
        terms=terms,
        due_computed=computed and due is not None,
        terms_days=days,
    )


def _days(row: Element, findings: Findings) -> int | None:
    """GiorniTerminiPagamento: whole days, not below zero and not beyond ten years."""
    written = text(row, "GiorniTerminiPagamento")
    if not written:
        return None
    if written.isascii() and written.isdigit() and int(written) <= MAX_TERMS_DAYS:
        return int(written)
    findings.add("days.unreadable", row=line(row), field="GiorniTerminiPagamento", value=written)
    return None


def _after(start: date | None, days: int | None) -> date | None:
    return start + timedelta(days=days) if start is not None and days is not None else None


def check_sum(doc: InvoiceDoc, findings: Findings, field: str = "DatiPagamento") -> None:
    """Say so when the instalments add up neither to the total nor to the net to pay."""
    paid = sum(instalment.cents for instalment in doc.instalments)
    sums = {
        doc.total_cents,
        doc.due_cents,
        doc.total_cents - doc.withholding_cents,
        doc.total_cents - doc.split_vat_cents,
    }
    if doc.instalments and all(abs(paid - expected) > 1 for expected in sums):
        findings.add(
            "instalments.differ",
            row=doc.row,
            field=field,
            paid=in_units(paid),
            total=in_units(doc.total_cents),
            due=in_units(doc.due_cents),
        )
