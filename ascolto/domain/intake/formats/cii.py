# SPDX-License-Identifier: Apache-2.0
"""UN/CEFACT Cross Industry Invoice (D16B and later: XRechnung, Factur-X, ZUGFeRD 2, every profile) and ZUGFeRD 1.

ZUGFeRD 1 (CrossIndustryDocument, D13B) says the same with other element names; each step down names both.
Source: UN/CEFACT SCRDM CII D16B; CEN/TS 16931-3-3; Factur-X 1.0 for the extended profile (partial amounts).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import islice
from typing import Any

from ..documents import Attachment, InvoiceDoc, InvoiceLine, Party
from ..problems import Findings
from . import fatturapa_payment, parties, trade
from .attachments import judged
from .fields import amount, code, day_of, line
from .lines import MAX_LINES, line_of
from .xml import Element, at, child, children, name_of, text

FORMAT = "cii-d16b"
ROOTS = {"CrossIndustryInvoice": FORMAT, "CrossIndustryDocument": "zugferd-1.0"}
_DOCUMENT = ("ExchangedDocument", "HeaderExchangedDocument")
_TRADE = ("SupplyChainTradeTransaction", "SpecifiedSupplyChainTradeTransaction")
_AGREEMENT = ("ApplicableHeaderTradeAgreement", "ApplicableSupplyChainTradeAgreement")
_SETTLEMENT = ("ApplicableHeaderTradeSettlement", "ApplicableSupplyChainTradeSettlement")
_MONEY = ("SpecifiedTradeSettlementHeaderMonetarySummation", "SpecifiedTradeSettlementMonetarySummation")


def read(root: Element, findings: Findings) -> Iterator[InvoiceDoc]:
    """The invoice, unless an error was found (and noted)."""
    errors_before = findings.errors
    header, deal = _either(root, _DOCUMENT), _either(root, _TRADE)
    agreement, settlement = _either(deal, _AGREEMENT), _either(deal, _SETTLEMENT)
    for field, part in ((_DOCUMENT[0], header), (_AGREEMENT[0], agreement), (_SETTLEMENT[0], settlement)):
        if part is None:
            findings.add("invoice.missing", row=line(root), field=field)
    if header is None or deal is None or agreement is None or settlement is None:
        return
    number, issued_on, kind = text(header, "ID"), _day(header, "IssueDateTime", findings), code(header, "TypeCode")
    for field, missing in (("ID", not number), ("IssueDateTime", not _written(header, "IssueDateTime"))):
        if missing:
            findings.add("invoice.missing", row=line(header), field=field)
    if kind and kind not in trade.DOCUMENT_TYPES:
        findings.add("code.unknown", row=line(header), field="TypeCode", value=kind)
    seller, buyer = _party(agreement, "SellerTradeParty", findings), _party(agreement, "BuyerTradeParty", findings)
    currency, money = _currency(settlement, findings), _either(settlement, _MONEY)
    sums = _sums(settlement, money, currency, findings)
    total = trade.totals(sums, findings, line(money), _MONEY[0])
    means = _means(settlement, findings)
    terms = _terms(settlement, means, findings)
    if findings.errors > errors_before or issued_on is None or total is None or seller is None or buyer is None:
        return
    lines = tuple(map(_item, islice(children(deal, "IncludedSupplyChainTradeLineItem"), trade.MAX_LINES)))
    notes = " ".join(text(note, "Content") for note in children(header, "IncludedNote")).strip()
    doc = InvoiceDoc(
        file=findings.file,
        format=ROOTS[name_of(root)],
        body=1,
        type=kind or "380",
        number=number,
        issued_on=issued_on,
        currency=currency,
        total_cents=total.total_cents,
        total_computed=total.computed,
        due_cents=total.due_cents,
        seller=seller,
        buyer=buyer,
        withholding_cents=0,
        split_payment=sums.split,
        split_vat_cents=sums.split_vat,
        sign=-1 if kind in trade.CREDIT_NOTES else 1,
        receivable=kind not in trade.NO_RECEIVABLE,
        instalments=trade.instalments(terms, means, None, total.payable_cents, findings, line(settlement)),
        description=(notes or next(filter(None, lines), ""))[:400],
        lines=lines,
        **_references(agreement, settlement, findings),
        attachments=_attachments(agreement, findings),
        row=line(root),
        detail=tuple(
            _line(row, settlement, findings)
            for row in islice(children(deal, "IncludedSupplyChainTradeLineItem"), MAX_LINES)
        ),
    )
    fatturapa_payment.check_sum(doc, findings, "SpecifiedTradePaymentTerms")
    yield doc


def _either(parent: Element | None, names: tuple[str, ...]) -> Element | None:
    """The first child that bears one of these names."""
    if parent is None:
        return None
    return next((found for name in names if (found := child(parent, name)) is not None), None)


def _written(parent: Element | None, name: str) -> tuple[Element, str] | None:
    """A date as ISO text: DateTimeString in format 102 (or longer ones that begin so), a Date, or bare text."""
    holder = at(parent, name)
    if holder is None:
        return None
    found = next((part for part in holder.iterchildren() if name_of(part).startswith("Date")), holder)
    written = text(found)
    if len(written) in (8, 12, 14) and written.isascii() and written.isdigit():
        written = f"{written[:4]}-{written[4:6]}-{written[6:8]}"
    return (found, written) if written else None


def _day(parent: Element | None, name: str, findings: Findings, impossible: str = "date.impossible") -> date | None:
    found = _written(parent, name)
    return day_of(findings, *found, name, impossible) if found else None


def _currency(settlement: Element, findings: Findings) -> str:
    found = code(settlement, "InvoiceCurrencyCode")
    if not found:
        findings.add("currency.assumed", row=line(settlement), field="InvoiceCurrencyCode")
    return found or "EUR"


def _sums(settlement: Element, money: Element | None, currency: str, findings: Findings) -> trade.Sums:
    taxes = list(children(money, "TaxTotalAmount")) if money is not None else []
    ours = next((tax for tax in taxes if tax.get("currencyID", currency).strip().upper() == currency), None)
    split = [
        amount(findings, part, "CalculatedAmount") or 0
        for part in children(settlement, "ApplicableTradeTax")
        if code(part, "CategoryCode") == trade.SPLIT_PAYMENT
    ]
    return trade.Sums(
        inclusive=amount(findings, money, "GrandTotalAmount"),
        exclusive=amount(findings, money, "TaxBasisTotalAmount"),
        tax=amount(findings, ours) if ours is not None else None,
        prepaid=amount(findings, money, "TotalPrepaidAmount"),
        rounding=amount(findings, money, "RoundingAmount"),
        payable=amount(findings, money, "DuePayableAmount"),
        split=bool(split),
        split_vat=sum(split),
    )


def _means(settlement: Element, findings: Findings) -> trade.Means:
    """The first way to pay; several in one invoice are alternatives."""
    block, reference = child(settlement, "SpecifiedTradeSettlementPaymentMeans"), text(settlement, "PaymentReference")
    if block is None:
        return trade.Means(reference=reference)
    written = code(block, "PayeePartyCreditorFinancialAccount", "IBANID")
    return trade.Means(code(block, "TypeCode"), trade.account(written, findings, line(block)), reference)


def _terms(settlement: Element, means: trade.Means, findings: Findings) -> list[trade.Term]:
    """Every payment term with a date or a part. A discount for early payment is an offer: its term counts only for
    the date by which all is due, when no other term tells one."""
    found: list[trade.Term] = []
    offers: list[trade.Term] = []
    for block in children(settlement, "SpecifiedTradePaymentTerms"):
        due, cents = _day(block, "DueDateDateTime", findings), amount(findings, block, "PartialPaymentAmount")
        share = amount(findings, block, "PartialPaymentPercent")
        if child(block, "ApplicableTradePaymentDiscountTerms") is not None and cents is None:
            offers.append(trade.Term(due, None, None, means))
        elif due or cents is not None or share is not None:
            found.append(trade.Term(due, cents, share, means))
    return found or offers


def _party(agreement: Element, role: str, findings: Findings) -> Party | None:
    element = child(agreement, role)
    if element is None:
        findings.add("invoice.missing", row=line(agreement), field=role)
        return None
    seat = child(element, "PostalTradeAddress")
    numbers = {
        found.get("schemeID", "").upper(): code(found)
        for block in children(element, "SpecifiedTaxRegistration")
        if (found := child(block, "ID")) is not None
    }
    party = Party(
        vat=numbers.get("VA", ""),
        tax_code=numbers.get("FC", ""),
        name=text(element, "Name")
        or text(element, "SpecifiedLegalOrganization", "TradingBusinessName")
        or text(element, "DefinedTradeContact", "PersonName"),
        address=" ".join(filter(None, (text(seat, name) for name in ("LineOne", "LineTwo", "LineThree")))),
        zip=text(seat, "PostcodeCode"),
        city=text(seat, "CityName"),
        province=text(seat, "CountrySubDivisionName"),
        country=code(seat, "CountryID"),
    )
    parties.check(party, role, line(element), findings, ("SpecifiedTaxRegistration", "SpecifiedTaxRegistration"))
    return party


def _item(row: Element) -> str:
    note = at(row, "AssociatedDocumentLineDocument", "IncludedNote", "Content")
    return text(row, "SpecifiedTradeProduct", "Name") or text(note)


def _line(row: Element, settlement: Element, findings: Findings) -> InvoiceLine:
    """A line without a period of its own was consumed in that of the document."""
    own = at(row, "SpecifiedLineTradeSettlement")
    period = at(own, "BillingSpecifiedPeriod")
    period = at(settlement, "BillingSpecifiedPeriod") if period is None else period
    days = [found[1] if (found := _written(period, name)) else "" for name in ("StartDateTime", "EndDateTime")]
    sums = at(own, "SpecifiedTradeSettlementLineMonetarySummation")
    sums = at(own, "SpecifiedTradeSettlementMonetarySummation") if sums is None else sums
    return line_of(findings, row, _item(row), text(sums, "LineTotalAmount"), *days)


def _references(agreement: Element, settlement: Element, findings: Findings) -> dict[str, Any]:
    """Order, contract, tender (CIG), project (CUP), the buyer's mailbox, and the invoices that this one corrects."""
    related = tuple(
        (_reference(block), _day(block, "FormattedIssueDateTime", findings, "date.impossible_ignored"))
        for block in children(settlement, "InvoiceReferencedDocument")
        if _reference(block)
    )
    tenders = (
        code(block, "IssuerAssignedID")
        for block in children(agreement, "AdditionalReferencedDocument")
        if code(block, "TypeCode") == "50"
    )
    return {
        "purchase_order": _reference(child(agreement, "BuyerOrderReferencedDocument")),
        "contract": _reference(child(agreement, "ContractReferencedDocument")),
        "cig": trade.tender(next(tenders, "")),
        "cup": trade.project(code(agreement, "SpecifiedProcuringProject", "ID")),
        "related": related,
    }


def _reference(block: Element | None) -> str:
    return text(block, "IssuerAssignedID") or text(block, "ID")


def _attachments(agreement: Element, findings: Findings) -> tuple[Attachment, ...]:
    found = []
    for block in children(agreement, "AdditionalReferencedDocument"):
        for binary in children(block, "AttachmentBinaryObject"):
            name = binary.get("filename", "") or _reference(block)
            kind = binary.get("mimeCode", "").rpartition("/")[2].upper()
            found.append(judged(name, kind, binary.text or "", findings, line(block), "AttachmentBinaryObject"))
    return tuple(found)
