# SPDX-License-Identifier: Apache-2.0
"""One ordinary FatturaElettronicaBody to an `InvoiceDoc`.

Owns the totals (stated or computed), withholding, split payment and the references by which a customer finds
the invoice again. All problems of a body are told at once; one error refuses the body.
"""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

from ..documents import InvoiceDoc, InvoiceLine, Party
from ..problems import Findings
from . import fatturapa_payment, fatturapa_totals
from . import lines as lines_of
from .attachments import attachments
from .fatturapa_codes import CREDIT_NOTES, DOCUMENT_TYPES, SELF_BILLING
from .fields import code, day, line
from .xml import Element, at, child, children, text

MAX_LINES = 50
_ORDERS = ("DatiOrdineAcquisto", "DatiContratto", "DatiConvenzione", "DatiRicezione", "DatiFattureCollegate")


class Header(NamedTuple):
    """What all bodies of a file share, and which body this is (from 1)."""

    format: str
    body: int
    seller: Party
    buyer: Party
    recipient_code: str
    pec: str


class General(NamedTuple):
    """DatiGeneraliDocumento of either layout, complete."""

    type: str
    number: str
    issued_on: date
    currency: str


def read(body: Element, header: Header, findings: Findings) -> InvoiceDoc | None:
    """The invoice, or None when an error was found (and noted)."""
    errors_before = findings.errors
    data = at(body, "DatiGenerali", "DatiGeneraliDocumento")
    general = general_data(body, data, findings)
    sums = fatturapa_totals.totals(body, data, findings)
    instalments = fatturapa_payment.instalments(body, findings, sums.due_cents if sums else 0)
    if findings.errors > errors_before or general is None or sums is None:
        return None
    lines = tuple(text(row, "Descrizione") for row in fatturapa_totals.goods_lines(body)[:MAX_LINES])
    doc = InvoiceDoc(
        file=findings.file,
        format=header.format,
        body=header.body,
        type=general.type,
        number=general.number,
        issued_on=general.issued_on,
        currency=general.currency,
        total_cents=sums.total_cents,
        total_computed=sums.computed,
        due_cents=sums.due_cents,
        seller=header.seller,
        buyer=header.buyer,
        withholding_cents=sums.withholding_cents,
        split_payment=sums.split_payment,
        split_vat_cents=sums.split_vat_cents,
        sign=-1 if general.type in CREDIT_NOTES else 1,
        receivable=general.type not in SELF_BILLING,
        instalments=instalments,
        recipient_code=header.recipient_code,
        pec=header.pec,
        description=_description(data, lines),
        lines=lines,
        **_references(body, findings),
        attachments=attachments(body, findings),
        row=line(body),
        detail=tuple(_line(row, findings) for row in fatturapa_totals.goods_lines(body)[: lines_of.MAX_LINES]),
    )
    fatturapa_payment.check_sum(doc, findings)
    return doc


def _line(row: Element, findings: Findings) -> InvoiceLine:
    period = (text(row, "DataInizioPeriodo"), text(row, "DataFinePeriodo"))
    return lines_of.line_of(findings, row, text(row, "Descrizione"), text(row, "PrezzoTotale"), *period)


def general_data(body: Element, data: Element | None, findings: Findings) -> General | None:
    """Type, number, date and currency; every one that is missing is told."""
    if data is None:
        findings.add("invoice.missing", row=line(body), field="DatiGeneraliDocumento")
        return None
    kind, number, issued_on = code(data, "TipoDocumento"), text(data, "Numero"), day(findings, data, "Data")
    for field, value in (("TipoDocumento", kind), ("Numero", number), ("Data", text(data, "Data"))):
        if not value:
            findings.add("invoice.missing", row=line(data), field=field)
    if kind and kind not in DOCUMENT_TYPES:
        findings.add("code.unknown", row=line(data), field="TipoDocumento", value=kind)
    currency = code(data, "Divisa")
    if not currency:
        findings.add("currency.assumed", row=line(data), field="Divisa")
    if issued_on is None or not kind or not number:
        return None
    return General(kind, number, issued_on, currency or "EUR")


def _description(data: Element | None, lines: tuple[str, ...]) -> str:
    reasons = " ".join(text(reason) for reason in children(data, "Causale")) if data is not None else ""
    return (reasons.strip() or next(filter(None, lines), ""))[:400]


def _references(body: Element, findings: Findings) -> dict[str, Any]:
    """Purchase order, contract, CIG, CUP and the invoices that this one refers to."""
    general = child(body, "DatiGenerali")
    blocks = [(name, block) for name in _ORDERS for block in (children(general, name) if general is not None else ())]
    related = tuple(
        (text(block, "IdDocumento"), day(findings, block, "Data", impossible="date.impossible_ignored"))
        for name, block in blocks
        if name == "DatiFattureCollegate" and text(block, "IdDocumento")
    )
    first = {name: text(block, "IdDocumento") for name, block in reversed(blocks)}
    return {
        "purchase_order": first.get("DatiOrdineAcquisto", ""),
        "contract": first.get("DatiContratto", "") or first.get("DatiConvenzione", ""),
        "cig": next(filter(None, (code(block, "CodiceCIG") for _, block in blocks)), ""),
        "cup": next(filter(None, (code(block, "CodiceCUP") for _, block in blocks)), ""),
        "related": related,
    }
