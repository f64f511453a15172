# SPDX-License-Identifier: Apache-2.0
"""UBL Invoice and CreditNote (2.0 to 2.3): Peppol BIS, XRechnung, EN 16931 and any other customization or none.

Source: OASIS UBL 2.1; CEN/TS 16931-3-2 for what each element means. Names are local names, so an envelope of Peppol
(StandardBusinessDocument) changes nothing.
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
from .fields import amount, code, day, line
from .lines import MAX_LINES, line_of
from .xml import Element, at, child, children, name_of, text

ROOTS = frozenset({"Invoice", "CreditNote"})
ENVELOPE = "StandardBusinessDocument"
FORMAT = "ubl-2.1"
_DEFAULT_TYPE = {"Invoice": "380", "CreditNote": "381"}
_VAT = frozenset({"VAT", "VA", "63", "IVA", "TVA", "UST", "GST"})  # 63 is VAT in the lists of OIOUBL
_TAX_CODE_SCHEMES = frozenset({"0210", "9907", "IT:CF"})
_OFFICE_SCHEMES = frozenset({"0201", "9921", "IT:IPA"})
_PEC_SCHEME = "0202"


def unwrapped(root: Element) -> Element:
    """What the envelope of Peppol carries; any other root as it is."""
    if name_of(root) != ENVELOPE:
        return root
    return next((part for part in root.iterchildren() if name_of(part) != f"{ENVELOPE}Header"), root)


def is_ubl(root: Element) -> bool:
    """By the namespace, or by a seller where the namespace got lost: others call their root Invoice too."""
    if name_of(root) not in ROOTS:
        return False
    return "specification:ubl" in str(root.tag) or child(root, "AccountingSupplierParty") is not None


def read(root: Element, findings: Findings) -> Iterator[InvoiceDoc]:
    """The invoice, unless an error was found (and noted)."""
    errors_before = findings.errors
    kind = code(root, f"{name_of(root)}TypeCode") or _DEFAULT_TYPE[name_of(root)]
    number, issued_on = text(root, "ID"), day(findings, root, "IssueDate")
    for field, value in (("ID", number), ("IssueDate", text(root, "IssueDate"))):
        if not value:
            findings.add("invoice.missing", row=line(root), field=field)
    if kind not in trade.DOCUMENT_TYPES:
        findings.add("code.unknown", row=line(root), field=f"{name_of(root)}TypeCode", value=kind)
    seller, buyer = _party(root, "AccountingSupplierParty", findings), _party(root, "AccountingCustomerParty", findings)
    currency = _currency(root, findings)
    sums = _sums(root, currency, findings)
    total = trade.totals(sums, findings, line(child(root, "LegalMonetaryTotal")), "LegalMonetaryTotal")
    means, due_on = _means(root, findings), day(findings, root, "DueDate")
    terms = _terms(root, means, findings)
    if findings.errors > errors_before or issued_on is None or total is None or seller is None or buyer is None:
        return
    lines = tuple(_item(row) for row in islice(children(root, f"{name_of(root)}Line"), trade.MAX_LINES))
    usual = next(iter(means.values()), trade.Means())
    doc = InvoiceDoc(
        file=findings.file,
        format=FORMAT,
        body=1,
        type=kind,
        number=number,
        issued_on=issued_on,
        currency=currency,
        total_cents=total.total_cents,
        total_computed=total.computed,
        due_cents=total.due_cents,
        seller=seller,
        buyer=buyer,
        withholding_cents=sums.withholding,
        split_payment=sums.split,
        split_vat_cents=sums.split_vat,
        sign=-1 if kind in trade.CREDIT_NOTES or name_of(root) == "CreditNote" else 1,
        receivable=kind not in trade.NO_RECEIVABLE,
        instalments=trade.instalments(terms, usual, due_on, total.payable_cents, findings, line(root)),
        **_addresses(root),
        description=(" ".join(map(text, children(root, "Note"))).strip() or next(filter(None, lines), ""))[:400],
        lines=lines,
        **_references(root, findings),
        attachments=_attachments(root, findings),
        row=line(root),
        detail=tuple(_line(row, root, findings) for row in islice(children(root, f"{name_of(root)}Line"), MAX_LINES)),
    )
    fatturapa_payment.check_sum(doc, findings, "PaymentTerms")
    yield doc


def _currency(root: Element, findings: Findings) -> str:
    """BT-5; where it is missing, the one that the amount to pay is written in."""
    payable = at(root, "LegalMonetaryTotal", "PayableAmount")
    found = code(root, "DocumentCurrencyCode") or (payable.get("currencyID", "") if payable is not None else "")
    if not found:
        findings.add("currency.assumed", row=line(root), field="DocumentCurrencyCode")
    return found.strip().upper() or "EUR"


def _sums(root: Element, currency: str, findings: Findings) -> trade.Sums:
    money = child(root, "LegalMonetaryTotal")
    inclusive, exclusive, prepaid, rounding, payable = (
        amount(findings, money, name)
        for name in (
            "TaxInclusiveAmount",
            "TaxExclusiveAmount",
            "PrepaidAmount",
            "PayableRoundingAmount",
            "PayableAmount",
        )
    )
    taxes = [tax for tax in children(root, "TaxTotal") if _in(child(tax, "TaxAmount"), currency)]
    split = [
        amount(findings, part, "TaxAmount") or 0
        for tax in taxes
        for part in children(tax, "TaxSubtotal")
        if code(part, "TaxCategory", "ID") == trade.SPLIT_PAYMENT
    ]
    tax_cents = [amount(findings, tax, "TaxAmount") or 0 for tax in taxes]
    withholding = sum(amount(findings, tax, "TaxAmount") or 0 for tax in children(root, "WithholdingTaxTotal"))
    return trade.Sums(
        inclusive,
        exclusive,
        sum(tax_cents) if tax_cents else None,
        prepaid,
        rounding,
        payable,
        withholding,
        bool(split),
        sum(split),
    )


def _in(amount_element: Element | None, currency: str) -> bool:
    """Whether a tax is told in the currency of the document: it may be told again in that of the books (BT-6)."""
    return amount_element is not None and amount_element.get("currencyID", currency).strip().upper() == currency


def _means(root: Element, findings: Findings) -> dict[str, trade.Means]:
    """Every way to pay, by the id to which terms refer. The first one counts when nothing refers."""
    found: dict[str, trade.Means] = {}
    for place, block in enumerate(children(root, "PaymentMeans")):
        row = line(block)
        means = trade.Means(
            code(block, "PaymentMeansCode"),
            trade.account(code(block, "PayeeFinancialAccount", "ID"), findings, row),
            text(block, "PaymentID"),
            day(findings, block, "PaymentDueDate"),
        )
        found.setdefault(text(block, "ID") or f" {place}", means)
    return found


def _terms(root: Element, means: dict[str, trade.Means], findings: Findings) -> list[trade.Term]:
    """Every PaymentTerms with a date, an amount or a share. A discount for early payment is an offer: its term counts
    only for the date by which all is due, when no other term tells one."""
    usual = next(iter(means.values()), trade.Means())
    found: list[trade.Term] = []
    offers: list[trade.Term] = []
    for block in children(root, "PaymentTerms"):
        way = means.get(text(block, "PaymentMeansID"), usual)
        due = day(findings, block, "PaymentDueDate") or day(findings, block, "InstallmentDueDate")
        cents, share = amount(findings, block, "Amount"), amount(findings, block, "PaymentPercent")
        if text(block, "SettlementDiscountPercent"):
            offers.append(trade.Term(due or way.due, None, None, way))
        elif due or cents is not None or share is not None:
            found.append(trade.Term(due or way.due, cents, share, way))
    return found or offers


def _party(root: Element, role: str, findings: Findings) -> Party | None:
    holder = child(root, role)
    element = child(holder, "Party") if holder is not None else None
    if element is None:
        findings.add("invoice.missing", row=line(holder if holder is not None else root), field=role)
        return None
    seat = child(element, "PostalAddress")
    vat, tax_code = _registrations(element)
    party = Party(
        vat=vat,
        tax_code=tax_code,
        name=_name(element),
        address=_street(seat),
        zip=text(seat, "PostalZone"),
        city=text(seat, "CityName"),
        province=text(seat, "CountrySubentity"),
        country=code(seat, "Country", "IdentificationCode"),
    )
    parties.check(party, role, line(element), findings, ("PartyTaxScheme/CompanyID", "PartyTaxScheme/CompanyID"))
    return party


def _registrations(party: Element) -> tuple[str, str]:
    """VAT number (scheme VAT, or the only one when the scheme is not said) and tax code (any other scheme)."""
    vat = tax_code = ""
    for block in children(party, "PartyTaxScheme"):
        number, scheme = code(block, "CompanyID"), code(block, "TaxScheme", "ID")
        if scheme in _VAT or (not scheme and not vat):
            vat = vat or number
        else:
            tax_code = tax_code or number
    for block in children(party, "PartyIdentification"):
        found = child(block, "ID")
        if not tax_code and found is not None and found.get("schemeID", "").upper() in _TAX_CODE_SCHEMES:
            tax_code = code(found)
    return vat, tax_code


def _name(party: Element) -> str:
    """The registered name (BT-27, BT-44), else the trading name, else the person."""
    person = child(party, "Person")
    return (
        text(party, "PartyLegalEntity", "RegistrationName")
        or text(party, "PartyName", "Name")
        or f"{text(person, 'FirstName')} {text(person, 'FamilyName')}".strip()
        or text(party, "Contact", "Name")
    )


def _street(seat: Element | None) -> str:
    parts = [text(seat, "StreetName"), text(seat, "BuildingNumber"), text(seat, "AdditionalStreetName")]
    return " ".join(filter(None, parts)) or text(seat, "AddressLine", "Line")


def _addresses(root: Element) -> dict[str, Any]:
    """The public office and the certified mailbox of the buyer, when its electronic address is one."""
    endpoint = at(root, "AccountingCustomerParty", "Party", "EndpointID")
    scheme = endpoint.get("schemeID", "").upper() if endpoint is not None else ""
    return {
        "recipient_code": code(endpoint) if scheme in _OFFICE_SCHEMES else "",
        "pec": text(endpoint) if scheme == _PEC_SCHEME else "",
    }


def _item(row: Element) -> str:
    return text(row, "Item", "Name") or text(row, "Item", "Description")


def _line(row: Element, root: Element, findings: Findings) -> InvoiceLine:
    """A line without a period of its own was consumed in that of the document."""
    period = at(row, "InvoicePeriod")
    period = at(root, "InvoicePeriod") if period is None else period
    days = (text(period, "StartDate"), text(period, "EndDate"))
    return line_of(findings, row, _item(row), text(row, "LineExtensionAmount"), *days)


def _references(root: Element, findings: Findings) -> dict[str, Any]:
    """Order, contract, tender (CIG), project (CUP), and the invoices that this one corrects."""
    related: list[tuple[str, date | None]] = []
    for block in children(root, "BillingReference"):
        before = at(block, "InvoiceDocumentReference")
        if text(before, "ID"):
            on = day(findings, before, "IssueDate", impossible="date.impossible_ignored")
            related.append((text(before, "ID"), on))
    return {
        "purchase_order": text(root, "OrderReference", "ID"),
        "contract": text(root, "ContractDocumentReference", "ID"),
        "cig": trade.tender(code(root, "OriginatorDocumentReference", "ID")),
        "cup": trade.project(code(root, "ProjectReference", "ID")),
        "related": tuple(related),
    }


def _attachments(root: Element, findings: Findings) -> tuple[Attachment, ...]:
    found = []
    for block in children(root, "AdditionalDocumentReference"):
        binary = at(block, "Attachment", "EmbeddedDocumentBinaryObject")
        if binary is not None:
            name = binary.get("filename", "") or text(block, "ID")
            kind = binary.get("mimeCode", "").rpartition("/")[2].upper()
            found.append(judged(name, kind, binary.text or "", findings, line(block), "AdditionalDocumentReference"))
    return tuple(found)
