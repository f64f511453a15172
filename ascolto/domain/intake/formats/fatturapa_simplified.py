# SPDX-License-Identifier: Apache-2.0
"""One body of the simplified invoice (FSM10): VAT-inclusive lines, no document total, no payments."""

from __future__ import annotations

from datetime import date

from ..documents import InvoiceDoc
from ..problems import Findings
from .attachments import attachments
from .fatturapa_body import MAX_LINES, Header, general_data
from .fatturapa_codes import CREDIT_NOTES, SELF_BILLING
from .fields import amount, day, line
from .lines import MAX_LINES as MAX_DETAIL
from .lines import line_of
from .xml import Element, at, child, children, text


def read(body: Element, header: Header, findings: Findings) -> InvoiceDoc | None:
    """The invoice, or None when an error was found (and noted). The total is the sum of the Importo of the
    lines."""
    errors_before = findings.errors
    general = general_data(body, at(body, "DatiGenerali", "DatiGeneraliDocumento"), findings)
    rows = list(children(body, "DatiBeniServizi"))
    amounts = [amount(findings, row, "Importo") for row in rows]
    if all(cents is None for cents in amounts):
        findings.add("total.unknown", row=line(body), field="Importo")
    if findings.errors > errors_before or general is None:
        return None
    total_cents = sum(cents or 0 for cents in amounts)
    lines = tuple(text(row, "Descrizione") for row in rows[:MAX_LINES])
    return InvoiceDoc(
        file=findings.file,
        format=header.format,
        body=header.body,
        type=general.type,
        number=general.number,
        issued_on=general.issued_on,
        currency=general.currency,
        total_cents=total_cents,
        total_computed=True,
        due_cents=total_cents,
        seller=header.seller,
        buyer=header.buyer,
        withholding_cents=0,
        split_payment=False,
        split_vat_cents=0,
        sign=-1 if general.type in CREDIT_NOTES else 1,
        receivable=general.type not in SELF_BILLING,
        instalments=(),
        recipient_code=header.recipient_code,
        pec=header.pec,
        description=next(filter(None, lines), "")[:400],
        lines=lines,
        related=_related(body, findings),
        attachments=attachments(body, findings),
        row=line(body),
        detail=tuple(
            line_of(findings, row, text(row, "Descrizione"), text(row, "Importo"), "", "") for row in rows[:MAX_DETAIL]
        ),
    )


def _related(body: Element, findings: Findings) -> tuple[tuple[str, date | None], ...]:
    general = child(body, "DatiGenerali")
    blocks = children(general, "DatiFatturaRettificata") if general is not None else ()
    return tuple(
        (text(block, "NumeroFR"), day(findings, block, "DataFR", impossible="date.impossible_ignored"))
        for block in blocks
        if text(block, "NumeroFR")
    )
