# SPDX-License-Identifier: Apache-2.0
"""UBL, CII, ZUGFeRD and the PDF that carries them: each says what it says, and what is none is refused."""

import io
from datetime import date

import pytest
from facturx.parse_xml import parse_ubl_cii_xml
from pypdf import PdfReader, PdfWriter

from ascolto.domain.intake.documents import Instalment, InvoiceDoc
from ascolto.domain.intake.formats.values import cents
from ascolto.domain.intake.reading import Reading, read
from tests.domain.intake.formats import making
from tests.domain.intake.formats.making_trade import CII_MONEY, MONEY, TAX, TRANSFER, cii, pdf, term, ubl

MAY, JUNE = date(2026, 5, 31), date(2026, 6, 30)
IBAN, REFERENCE = "IT60X0542811101000000123456", "RF18539007547034"


def codes(reading: Reading) -> list[str]:
    return [problem.code for problem in reading.problems]


def only(data: bytes) -> InvoiceDoc:
    reading = read("a", data)
    assert not reading.refused, reading.problems
    [doc] = reading.invoices
    return doc


def parts(doc: InvoiceDoc) -> list[tuple[date | None, int]]:
    return [(part.due, part.cents) for part in doc.instalments]


PLAIN = {
    "ubl-2.1": (ubl(), "", "RSSMRA80A01H501U"),
    "cii-d16b": (cii(), "DE136695976", ""),
    "zugferd-1.0": (cii(zugferd_1=True), "DE136695976", ""),
    "factur-x": (pdf(("factur-x.xml", cii())), "DE136695976", ""),
}


@pytest.mark.parametrize("format", PLAIN)
def test_a_plain_invoice_says_what_it_says(format: str) -> None:
    data, buyer_vat, buyer_code = PLAIN[format]
    doc = only(data)
    assert (doc.format, doc.type, doc.number, doc.issued_on) == (format, "380", "2026/15", date(2026, 4, 30))
    assert (doc.currency, doc.total_cents, doc.due_cents, doc.sign, doc.receivable) == ("EUR", 12200, 12200, 1, True)
    assert (doc.seller.vat, doc.seller.name) == ("IT12345670017", "Luce e Gas Prova S.p.A.")
    assert (doc.seller.address, doc.seller.zip, doc.seller.city) == ("Via Roma 1", "10121", "Torino")
    assert (doc.buyer.vat, doc.buyer.tax_code, doc.description) == (buyer_vat, buyer_code, "Energia di marzo")
    assert doc.instalments == (Instalment(MAY, 12200, "58", IBAN, REFERENCE),)
    assert (doc.withholding_cents, doc.split_payment) == (0, False)


@pytest.mark.parametrize("data", [ubl(), cii()], ids=["ubl", "cii"])
def test_the_oracle_reads_the_same(data: bytes) -> None:
    theirs, ours = parse_ubl_cii_xml(data, check_xsd=False, level="en16931"), only(data)
    assert (theirs["BT-1"], theirs["BT-2"], theirs["BT-3"], theirs["BT-5"]) == (
        ours.number, ours.issued_on, ours.type, ours.currency)  # fmt: skip
    assert (cents(theirs["BT-112"]), cents(theirs["BT-115"])) == (ours.total_cents, ours.due_cents)
    assert theirs["BT-9"] == ours.instalments[0].due
    assert theirs["BG-4"]["name"] == ours.seller.name


@pytest.mark.parametrize("customization", ["", "urn:oasis:names:tc:ubl:anything", "urn:xoev-de:kosit:xrechnung_3.0"])
def test_any_customization_of_ubl_is_read_or_none(customization: str) -> None:
    assert only(ubl(customization=customization)).total_cents == 12200


def test_the_envelope_of_peppol_is_opened() -> None:
    inside = ubl().decode().partition("?>")[2]
    envelope = f"<sh:StandardBusinessDocument xmlns:sh='urn:sbdh'><sh:StandardBusinessDocumentHeader/>{inside}"
    assert only(f"{envelope}</sh:StandardBusinessDocument>".encode()).number == "2026/15"


@pytest.mark.parametrize(
    ("data", "sign", "receivable"),
    [
        (ubl(root="CreditNote", type="381", due=""), -1, True),
        (ubl(root="CreditNote", type=None, due=""), -1, True),
        (ubl(type="381"), -1, True),
        (ubl(type="384"), 1, True),
        (ubl(type="389"), 1, True),
        (ubl(type="325"), 1, False),
        (cii(type="381"), -1, True),
        (cii(type="751"), 1, True),
        (cii(type="261", zugferd_1=True), -1, True),
    ],
)
def test_the_type_tells_the_sign_and_the_amounts_stay_as_written(data: bytes, sign: int, receivable: bool) -> None:
    doc = only(data)
    assert (doc.sign, doc.receivable, doc.total_cents, doc.signed_due_cents) == (sign, receivable, 12200, sign * 12200)


def money(*amounts: tuple[str, str]) -> str:
    return "".join(f'<cbc:{name}Amount currencyID="EUR">{value}</cbc:{name}Amount>' for name, value in amounts)


@pytest.mark.parametrize(
    ("amounts", "total", "due", "told"),
    [
        ((("TaxInclusive", "122"), ("Prepaid", "22"), ("Payable", "100")), 12200, 10000, []),
        ((("TaxInclusive", "122.00"), ("PayableRounding", "-0.02"), ("Payable", "121.98")), 12200, 12198, []),
        ((("TaxInclusive", "122.00"), ("Prepaid", "122.00"), ("Payable", "0.00")), 12200, 0, []),
        ((("TaxExclusive", "100.00"), ("Payable", "122.00")), 12200, 12200, ["total.computed"]),
        ((("Prepaid", "20.00"), ("Payable", "102.00")), 12200, 10200, ["total.computed"]),
        ((("TaxInclusive", "122.00"), ("Prepaid", "22.00")), 12200, 10000, []),
        ((("TaxExclusive", "90"), ("TaxInclusive", "122.00"), ("Payable", "122")), 12200, 12200, ["total.differs"]),
    ],
)
def test_what_is_left_to_pay_is_the_payable_amount(
    amounts: tuple[tuple[str, str], ...], total: int, due: int, told: list[str]
) -> None:
    reading = read("a", ubl(money=money(*amounts)))
    assert [(doc.total_cents, doc.due_cents) for doc in reading.invoices] == [(total, due)]
    assert parts(reading.invoices[0]) == ([(MAY, due)] if due else [])
    assert codes(reading) == told


def test_a_tax_told_again_in_the_currency_of_the_books_counts_once() -> None:
    again = TAX + '<cac:TaxTotal><cbc:TaxAmount currencyID="SEK">250.00</cbc:TaxAmount></cac:TaxTotal>'
    assert codes(read("a", ubl(tax=again))) == []


SPLIT = """<cac:TaxTotal><cbc:TaxAmount currencyID="EUR">22.00</cbc:TaxAmount><cac:TaxSubtotal>
<cbc:TaxAmount currencyID="EUR">22.00</cbc:TaxAmount><cac:TaxCategory><cbc:ID>B</cbc:ID></cac:TaxCategory>
</cac:TaxSubtotal></cac:TaxTotal>"""
CII_SPLIT = """<ram:ApplicableTradeTax><ram:CalculatedAmount>22.00</ram:CalculatedAmount>
<ram:CategoryCode>B</ram:CategoryCode></ram:ApplicableTradeTax>"""


@pytest.mark.parametrize(
    "data",
    [
        ubl(tax=SPLIT),
        ubl(tax=SPLIT, money=MONEY.replace("122.00", "100.00")),
        cii(tax=CII_SPLIT),
        cii(tax=CII_SPLIT, money=CII_MONEY.replace("<ram:DuePayableAmount>122", "<ram:DuePayableAmount>100")),
    ],
)
def test_split_vat_is_taken_once_whether_the_payable_amount_is_net_of_it_or_not(data: bytes) -> None:
    doc = only(data)
    assert (doc.split_payment, doc.split_vat_cents, doc.due_cents) == (True, 2200, 10000)


def test_withholding_reduces_what_is_due() -> None:
    kept = '<cac:WithholdingTaxTotal><cbc:TaxAmount currencyID="EUR">20.00</cbc:TaxAmount></cac:WithholdingTaxTotal>'
    doc = only(ubl(tax=TAX + kept))
    assert (doc.withholding_cents, doc.due_cents) == (2000, 10200)


def ubl_term(*fields: tuple[str, str]) -> str:
    return (
        f"<cac:PaymentTerms>{''.join(f'<cbc:{name}>{value}</cbc:{name}>' for name, value in fields)}</cac:PaymentTerms>"
    )


FIRST = (("Amount", "61.00"), ("PaymentDueDate", "2026-05-31"))
SECOND = (("Amount", "61.00"), ("InstallmentDueDate", "2026-06-30"))


@pytest.mark.parametrize(
    ("data", "expected", "told"),
    [
        (ubl(due="", terms=ubl_term(*FIRST) + ubl_term(*SECOND)), [(MAY, 6100), (JUNE, 6100)], []),
        # a total beside its parts (FormaPago of Peru) is not asked for twice
        (
            ubl(due="", terms=ubl_term(("Amount", "122.00")) + ubl_term(*FIRST) + ubl_term(*SECOND)),
            [(MAY, 6100), (JUNE, 6100)],
            [],
        ),
        (
            ubl(
                due="",
                terms=ubl_term(("PaymentPercent", "33.33"), ("PaymentDueDate", "2026-05-31"))
                + ubl_term(("PaymentPercent", "66.67"), ("PaymentDueDate", "2026-06-30")),
            ),
            [(MAY, 4066), (JUNE, 8134)],
            [],
        ),
        # the worked example of docs/algorithms/intake.md
        (
            ubl(
                due="",
                money=money(("TaxInclusive", "122"), ("Prepaid", "22"), ("Payable", "100")),
                terms=ubl_term(("PaymentPercent", "50"), FIRST[1]) + ubl_term(("PaymentPercent", "50.00"), SECOND[1]),
            ),
            [(MAY, 5000), (JUNE, 5000)],
            [],
        ),
        (ubl(terms=ubl_term(("Note", "30 giorni data fattura"))), [(MAY, 12200)], []),
        # two per cent off for who pays early: an offer, not an instalment
        (ubl(terms=ubl_term(("SettlementDiscountPercent", "2"), ("Amount", "119.56"))), [(MAY, 12200)], []),
        (
            ubl(due="", terms=ubl_term(FIRST[1]) + ubl_term(SECOND[1])),
            [(JUNE, 12200)],
            ["terms.undivided"],
        ),
        (
            ubl(root="CreditNote", type="381", due="", payment=TRANSFER.replace(
                "</cbc:PaymentMeansCode>", "</cbc:PaymentMeansCode><cbc:PaymentDueDate>2026-05-31</cbc:PaymentDueDate>")),
            [(MAY, 12200)],
            [],
        ),
        (ubl(due=""), [(None, 12200)], []),
        (ubl(due="", payment=""), [], []),
        (
            cii(terms="".join(term(day, f"<ram:PartialPaymentAmount>{cents}</ram:PartialPaymentAmount>")
                              for day, cents in (("20260531", "22.00"), ("20260630", "100.00")))),
            [(MAY, 2200), (JUNE, 10000)],
            [],
        ),
        (
            cii(terms=term("20260510", "<ram:ApplicableTradePaymentDiscountTerms/>") + term("20260531")),
            [(MAY, 12200)],
            [],
        ),
        # one term for both: the date is that of the whole, the discount has a period of its own
        (cii(terms=term("20260531", "<ram:ApplicableTradePaymentDiscountTerms/>")), [(MAY, 12200)], []),
        (ubl(due="", terms=ubl_term(("SettlementDiscountPercent", "2"), FIRST[1])), [(MAY, 12200)], []),
        (cii(means="", terms=term("", "<ram:ApplicableTradePaymentDiscountTerms/>")), [], []),
        (cii(terms=term("20260531") + term("20260630")), [(JUNE, 12200)], ["terms.undivided"]),
        (cii(terms=""), [(None, 12200)], []),
    ],
)  # fmt: skip
def test_payment_terms_are_instalments_when_they_add_up(
    data: bytes, expected: list[tuple[date | None, int]], told: list[str]
) -> None:
    reading = read("a", data)
    assert [parts(doc) for doc in reading.invoices] == [expected]
    assert codes(reading) == told


@pytest.mark.parametrize(
    "issued",
    [
        '<udt:DateTimeString format="102"> 20260430 </udt:DateTimeString>',
        '<udt:DateTimeString format="203">202604301200</udt:DateTimeString>',
        "<udt:DateTime>2026-04-30T00:00:00</udt:DateTime>",
        "<udt:Date>2026-04-30+02:00</udt:Date>",
        "20260430",
    ],
)
def test_every_date_container_is_opened(issued: str) -> None:
    assert only(cii(issued=issued)).issued_on == date(2026, 4, 30)


def test_an_account_that_is_no_iban_is_left_out_and_a_wrong_one_warns() -> None:
    assert (
        only(ubl(payment=TRANSFER.replace("IT60 X054 2811 1010 0000 0123 456", "12345678"))).instalments[0].iban == ""
    )
    assert codes(read("a", ubl(payment=TRANSFER.replace("IT60 X054", "IT61 X054")))) == ["iban.check_digit"]


def test_references_and_attachments_are_kept() -> None:
    more = (
        "<cac:OrderReference><cbc:ID>PO-7</cbc:ID></cac:OrderReference><cac:BillingReference><cac:InvoiceDocumentReference>"
        "<cbc:ID>2026/3</cbc:ID><cbc:IssueDate>2026-02-30</cbc:IssueDate></cac:InvoiceDocumentReference></cac:BillingReference>"
        "<cac:OriginatorDocumentReference><cbc:ID>Z8A1B2C3D4</cbc:ID></cac:OriginatorDocumentReference>"
        "<cac:AdditionalDocumentReference><cbc:ID>1</cbc:ID><cac:Attachment><cbc:EmbeddedDocumentBinaryObject "
        'mimeCode="application/pdf" filename="a.pdf">JVBERi0=</cbc:EmbeddedDocumentBinaryObject></cac:Attachment>'
        "</cac:AdditionalDocumentReference>"
    )
    doc = only(ubl(more=more))
    assert (doc.purchase_order, doc.cig, doc.recipient_code, doc.related) == (
        "PO-7", "Z8A1B2C3D4", "UFABC1", (("2026/3", None),))  # fmt: skip
    assert [(found.name, found.format, found.content) for found in doc.attachments] == [("a.pdf", "PDF", b"%PDF-")]


def test_the_currency_of_the_amounts_stands_in_for_a_missing_one() -> None:
    assert only(ubl(currency="", money=MONEY.replace("EUR", "DKK"), tax="")).currency == "DKK"


@pytest.mark.parametrize(
    ("data", "code", "field"),
    [
        (ubl(number=""), "invoice.missing", "ID"),
        (ubl(money=""), "total.unknown", "LegalMonetaryTotal"),
        (ubl(money=MONEY.replace("122.0<", "1,220.00<")), "amount.unreadable", "TaxInclusiveAmount"),
        (ubl(due="2026-02-30"), "date.impossible", "DueDate"),
        (ubl().replace(b"AccountingCustomerParty", b"Somebody"), "invoice.missing", "AccountingCustomerParty"),
        (cii(issued=""), "invoice.missing", "IssueDateTime"),
        (cii(issued="20260230"), "date.impossible", "IssueDateTime"),
        (cii(money=""), "total.unknown", "SpecifiedTradeSettlementHeaderMonetarySummation"),
        (cii().replace(b"BuyerTradeParty", b"Somebody"), "invoice.missing", "BuyerTradeParty"),
        (cii().replace(b"ApplicableHeaderTradeSettlement", b"Else"), "invoice.missing", "ApplicableHeaderTradeSettlement"),
        (ubl()[:-20], "xml.malformed", ""),
        (cii().replace(b"<rsm:Cross", b"<!DOCTYPE a><rsm:Cross", 1), "xml.doctype", ""),
        (b"<Invoice><Total>1</Total></Invoice>", "xml.other_root", "Invoice"),
        (b"<Order xmlns='urn:oasis:names:specification:ubl:schema:xsd:Order-2'/>", "xml.other_root", "Order"),
        (pdf(), "invoice.pdf_plain", ""),
        (pdf(("photo.png", b"x")), "invoice.pdf_plain", ""),
        (pdf(("order-x.xml", b"<a/>")), "invoice.pdf_order", ""),
        (pdf(("factur-x.xml", cii()[:-9])), "xml.malformed", ""),
        (pdf(("factur-x.xml", cii()), password="x"), "pdf.locked", ""),
        (b"%PDF-1.7\nnothing", "pdf.broken", ""),
    ],
)  # fmt: skip
def test_what_is_incomplete_or_no_invoice_is_refused(data: bytes, code: str, field: str) -> None:
    reading = read("a", data)
    assert reading.documents == ()
    assert (code, field) in [(problem.code, problem.field) for problem in reading.problems]
    assert reading.refused


@pytest.mark.parametrize(
    ("embedded", "format"),
    [
        ((("zugferd-invoice.xml", cii()),), "factur-x"),
        ((("ZUGFeRD-invoice.xml", cii(zugferd_1=True)),), "zugferd-1.0"),
        ((("xrechnung.xml", ubl()),), "ubl-2.1"),
        ((("readings.xml", b"<a/>"), ("factur-x.xml", cii())), "factur-x"),
        ((("IT12345670017_1.xml", making.plain()),), "fatturapa-1.2"),
    ],
)
def test_the_invoice_in_a_pdf_is_found_by_its_name(embedded: tuple[tuple[str, bytes], ...], format: str) -> None:
    data = pdf(*embedded)
    assert only(data).format == format
    assert [doc.number for doc in read("z", making.zipped(("a.pdf", data))).invoices] == ["2026/15"]


def test_a_pdf_that_is_only_locked_against_changes_is_read() -> None:
    writer, target = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf(("factur-x.xml", cii()))))), io.BytesIO()
    writer.encrypt("", "owner", algorithm="RC4-128")
    writer.write(target)
    assert only(target.getvalue()).number == "2026/15"
