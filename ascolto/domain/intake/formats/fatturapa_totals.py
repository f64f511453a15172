# SPDX-License-Identifier: Apache-2.0
"""What an ordinary invoice amounts to: the total as stated or computed, and the part that the customer pays.

Split payment (DPR 633/72 art. 17-ter) and withholding (DPR 600/73 art. 25) go from the customer to the State.
"""

from __future__ import annotations

from typing import NamedTuple

from ..problems import Findings
from .fatturapa_codes import SPLIT_PAYMENT
from .fields import amount, code, line
from .values import in_units
from .xml import Element, children, text


class Totals(NamedTuple):
    """What the document amounts to, and what of it the customer pays to the seller."""

    total_cents: int
    computed: bool
    due_cents: int
    withholding_cents: int
    split_payment: bool
    split_vat_cents: int


def totals(body: Element, data: Element | None, findings: Findings) -> Totals | None:
    """The total as stated; else the sum of the tax summaries and the rounding of the document (specifications
    1.9, 2.1.1.9 and 2.2.2): stamp duty that the customer pays is a line and so in the summaries already."""
    split, split_vat, summary = False, 0, 0
    rows = [row for goods in children(body, "DatiBeniServizi") for row in children(goods, "DatiRiepilogo")]
    for row in rows:
        taxable, tax = amount(findings, row, "ImponibileImporto") or 0, amount(findings, row, "Imposta") or 0
        summary += taxable + tax
        if code(row, "EsigibilitaIVA") == SPLIT_PAYMENT:
            split, split_vat = True, split_vat + tax
    summary += amount(findings, data, "Arrotondamento") or 0
    withholding = _withholding(data, findings)
    stated = amount(findings, data, "ImportoTotaleDocumento")
    if stated is None and text(data, "ImportoTotaleDocumento"):
        return None
    if stated is None:
        total = _computed(body, data, summary if rows else None, findings)
        return Totals(total, True, total - split_vat - withholding, withholding, split, split_vat)
    due = stated - split_vat - withholding
    if rows and abs(stated - summary) > 1:
        due = _compare(stated, summary, split_vat, withholding, data, findings)
    return Totals(stated, False, due, withholding, split, split_vat)


def _compare(
    stated: int, summary: int, split_vat: int, withholding: int, data: Element | None, findings: Findings
) -> int:
    """The net to pay when the stated total is not the sum of the tax summary. Some programs state a total
    from which withholding or split-payment VAT is already taken: it must not be taken twice."""
    for taken in (withholding, split_vat, split_vat + withholding):
        if taken and abs(stated + taken - summary) <= 1:
            _tell(findings, "total.net", data, stated=in_units(stated), summary=in_units(summary))
            return stated + taken - split_vat - withholding
    if stated - summary != _stamp(data, findings):
        _tell(findings, "total.differs", data, stated=in_units(stated), summary=in_units(summary))
    return stated - split_vat - withholding


def _computed(body: Element, data: Element | None, summary: int | None, findings: Findings) -> int:
    """A total that the file does not state; an error when there is nothing to add up."""
    if summary is None and not goods_lines(body):
        _tell(findings, "total.unknown", data)
        return 0
    if summary is None:
        summary = sum(_with_tax(row, findings) for row in goods_lines(body))
    _tell(findings, "total.computed", data, total=in_units(summary))
    return summary


def _with_tax(row: Element, findings: Findings) -> int:
    """A line with its VAT, rounded half-up to the cent (rate in hundredths of a per cent)."""
    net, rate = amount(findings, row, "PrezzoTotale") or 0, amount(findings, row, "AliquotaIVA") or 0
    tax = (abs(net) * rate + 5000) // 10000
    return net + (tax if net >= 0 else -tax)


def _withholding(data: Element | None, findings: Findings) -> int:
    if data is None:
        return 0
    return sum(amount(findings, row, "ImportoRitenuta") or 0 for row in children(data, "DatiRitenuta"))


def _stamp(data: Element | None, findings: Findings) -> int:
    return amount(findings, data, "DatiBollo", "ImportoBollo") or 0


def goods_lines(body: Element) -> list[Element]:
    """Every DettaglioLinee."""
    return [row for goods in children(body, "DatiBeniServizi") for row in children(goods, "DettaglioLinee")]


def _tell(findings: Findings, problem: str, data: Element | None, **params: str) -> None:
    findings.add(problem, row=line(data), field="ImportoTotaleDocumento", **params)
