# SPDX-License-Identifier: Apache-2.0
"""UBL, CII and ZUGFeRD files for the reader tests, made from the specifications with the data of nobody."""

from __future__ import annotations

import io

from pypdf import PdfWriter

UBL_NS = "urn:oasis:names:specification:ubl:schema:xsd"
SELLER_TAX = """<cac:PartyTaxScheme><cbc:CompanyID>12345670017</cbc:CompanyID><cac:TaxScheme><cbc:ID>FC</cbc:ID></cac:TaxScheme>
</cac:PartyTaxScheme><cac:PartyTaxScheme><cbc:CompanyID>IT 12345670017</cbc:CompanyID>
<cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:PartyTaxScheme>"""
TRANSFER = """<cac:PaymentMeans><cbc:PaymentMeansCode>58</cbc:PaymentMeansCode><cbc:PaymentID>RF18539007547034</cbc:PaymentID>
<cac:PayeeFinancialAccount><cbc:ID>IT60 X054 2811 1010 0000 0123 456</cbc:ID></cac:PayeeFinancialAccount></cac:PaymentMeans>"""
MONEY = """<cbc:TaxExclusiveAmount currencyID="EUR">100</cbc:TaxExclusiveAmount>
<cbc:TaxInclusiveAmount currencyID="EUR">122.0</cbc:TaxInclusiveAmount>
<cbc:PayableAmount currencyID="EUR">122.00</cbc:PayableAmount>"""
TAX = '<cac:TaxTotal><cbc:TaxAmount currencyID="EUR">22.00</cbc:TaxAmount></cac:TaxTotal>'


def ubl(
    *,
    root: str = "Invoice",
    number: str = "2026/15",
    type: str | None = "380",
    due: str = "2026-05-31",
    currency: str = "EUR",
    more: str = "",
    seller: str = SELLER_TAX,
    customization: str = "urn:cen.eu:en16931:2017",
    payment: str = TRANSFER,
    terms: str = "",
    tax: str = TAX,
    money: str = MONEY,
) -> bytes:
    """One UBL invoice of 122.00 from Luce e Gas Prova to Carla; "" or None leaves an element out."""
    written = f"<cbc:{root}TypeCode>{type}</cbc:{root}TypeCode>" if type else ""
    day = f"<cbc:DueDate>{due}</cbc:DueDate>" if due else ""
    profile = f"<cbc:CustomizationID>{customization}</cbc:CustomizationID>" if customization else ""
    coin = f"<cbc:DocumentCurrencyCode>{currency}</cbc:DocumentCurrencyCode>" if currency else ""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><{root} xmlns="{UBL_NS}:{root}-2" '
        f'xmlns:cac="{UBL_NS}:CommonAggregateComponents-2" xmlns:cbc="{UBL_NS}:CommonBasicComponents-2">'
        f"{profile}<cbc:ID>{number}</cbc:ID><cbc:IssueDate>2026-04-30</cbc:IssueDate>{day}{written}"
        f"<cbc:Note>Energia di marzo</cbc:Note>{coin}{more}"
        f"<cac:AccountingSupplierParty><cac:Party><cac:PartyName><cbc:Name>Luce</cbc:Name></cac:PartyName>"
        f"<cac:PostalAddress><cbc:StreetName>Via Roma 1</cbc:StreetName><cbc:CityName>Torino</cbc:CityName>"
        f"<cbc:PostalZone>10121</cbc:PostalZone><cac:Country><cbc:IdentificationCode>IT</cbc:IdentificationCode>"
        f"</cac:Country></cac:PostalAddress>{seller}<cac:PartyLegalEntity><cbc:RegistrationName>Luce e Gas Prova S.p.A."
        f"</cbc:RegistrationName></cac:PartyLegalEntity></cac:Party></cac:AccountingSupplierParty>"
        f'<cac:AccountingCustomerParty><cac:Party><cbc:EndpointID schemeID="0201">UFABC1</cbc:EndpointID>'
        f'<cac:PartyIdentification><cbc:ID schemeID="0210">RSSMRA80A01H501U</cbc:ID></cac:PartyIdentification>'
        f"<cac:PartyName><cbc:Name>Carla Rossi</cbc:Name></cac:PartyName></cac:Party></cac:AccountingCustomerParty>"
        f"{payment}{terms}{tax}<cac:LegalMonetaryTotal>{money}</cac:LegalMonetaryTotal>"
        f"<cac:{root}Line><cbc:ID>1</cbc:ID><cac:Item><cbc:Name>Energia</cbc:Name></cac:Item></cac:{root}Line></{root}>"
    ).encode()


CII_NS = (
    'xmlns:rsm="urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100" '
    'xmlns:ram="urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100" '
    'xmlns:udt="urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100"'
)
CII_MEANS = """<ram:SpecifiedTradeSettlementPaymentMeans><ram:TypeCode>58</ram:TypeCode>
<ram:PayeePartyCreditorFinancialAccount><ram:IBANID>IT60X0542811101000000123456</ram:IBANID>
</ram:PayeePartyCreditorFinancialAccount></ram:SpecifiedTradeSettlementPaymentMeans>"""
CII_MONEY = """<ram:TaxBasisTotalAmount>100.00</ram:TaxBasisTotalAmount>
<ram:TaxTotalAmount currencyID="SEK">250.00</ram:TaxTotalAmount><ram:TaxTotalAmount currencyID="EUR">22.00</ram:TaxTotalAmount>
<ram:GrandTotalAmount>122.00</ram:GrandTotalAmount><ram:DuePayableAmount>122.00</ram:DuePayableAmount>"""
# ZUGFeRD 1 names the same parts otherwise.
_ZUGFERD_1 = (
    ("CrossIndustryInvoice", "CrossIndustryDocument"),
    ("rsm:ExchangedDocument>", "rsm:HeaderExchangedDocument>"),
    ("rsm:SupplyChainTradeTransaction>", "rsm:SpecifiedSupplyChainTradeTransaction>"),
    ("ApplicableHeaderTrade", "ApplicableSupplyChainTrade"),
    ("SpecifiedTradeSettlementHeaderMonetarySummation", "SpecifiedTradeSettlementMonetarySummation"),
)


def term(due: str = "20260531", more: str = "") -> str:
    """One SpecifiedTradePaymentTerms; an empty `due` leaves the date out."""
    day = '<ram:DueDateDateTime><udt:DateTimeString format="102">{}</udt:DateTimeString></ram:DueDateDateTime>'
    return f"<ram:SpecifiedTradePaymentTerms>{day.format(due) if due else ''}{more}</ram:SpecifiedTradePaymentTerms>"


def cii(
    *,
    type: str = "380",
    issued: str = '<udt:DateTimeString format="102">20260430</udt:DateTimeString>',
    means: str = CII_MEANS,
    terms: str | None = None,
    money: str = CII_MONEY,
    tax: str = "",
    agreement: str = "",
    zugferd_1: bool = False,
) -> bytes:
    """One CII invoice of 122.00 from Luce e Gas Prova to Carla's company."""
    text = (
        f"<rsm:CrossIndustryInvoice {CII_NS}><rsm:ExchangedDocument><ram:ID>2026/15</ram:ID><ram:TypeCode>{type}"
        f"</ram:TypeCode><ram:IssueDateTime>{issued}</ram:IssueDateTime><ram:IncludedNote><ram:Content>Energia di marzo"
        f"</ram:Content></ram:IncludedNote></rsm:ExchangedDocument><rsm:SupplyChainTradeTransaction>"
        f"<ram:ApplicableHeaderTradeAgreement><ram:SellerTradeParty><ram:Name>Luce e Gas Prova S.p.A.</ram:Name>"
        f"<ram:PostalTradeAddress><ram:PostcodeCode>10121</ram:PostcodeCode><ram:LineOne>Via Roma 1</ram:LineOne>"
        f"<ram:CityName>Torino</ram:CityName><ram:CountryID>IT</ram:CountryID></ram:PostalTradeAddress>"
        f'<ram:SpecifiedTaxRegistration><ram:ID schemeID="FC">12345670017</ram:ID></ram:SpecifiedTaxRegistration>'
        f'<ram:SpecifiedTaxRegistration><ram:ID schemeID="VA">IT12345670017</ram:ID></ram:SpecifiedTaxRegistration>'
        f"</ram:SellerTradeParty><ram:BuyerTradeParty><ram:Name>Carla Rossi GmbH</ram:Name>"
        f'<ram:SpecifiedTaxRegistration><ram:ID schemeID="VA">DE136695976</ram:ID></ram:SpecifiedTaxRegistration>'
        f"</ram:BuyerTradeParty>{agreement}</ram:ApplicableHeaderTradeAgreement><ram:ApplicableHeaderTradeSettlement>"
        f"<ram:PaymentReference>RF18539007547034</ram:PaymentReference><ram:InvoiceCurrencyCode>EUR"
        f"</ram:InvoiceCurrencyCode>{means}{tax}{term() if terms is None else terms}"
        f"<ram:SpecifiedTradeSettlementHeaderMonetarySummation>{money}"
        f"</ram:SpecifiedTradeSettlementHeaderMonetarySummation></ram:ApplicableHeaderTradeSettlement>"
        f"</rsm:SupplyChainTradeTransaction></rsm:CrossIndustryInvoice>"
    )
    for new, old in _ZUGFERD_1 if zugferd_1 else ():
        text = text.replace(new, old)
    return text.encode()


def pdf(*embedded: tuple[str, bytes], password: str = "") -> bytes:
    """A blank page with these files in it."""
    writer, target = PdfWriter(), io.BytesIO()
    writer.add_blank_page(200, 200)
    for name, content in embedded:
        writer.add_attachment(name, content)
    if password:
        writer.encrypt(password, algorithm="RC4-128")
    writer.write(target)
    return target.getvalue()
