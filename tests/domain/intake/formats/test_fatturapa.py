# SPDX-License-Identifier: Apache-2.0
"""The FatturaPA traps of formats.md, section 4 (1-6 and 15), one by one."""

import base64
from datetime import date

import pytest

from ascolto.domain.intake.documents import InvoiceDoc
from ascolto.domain.intake.reading import Reading, read
from tests.domain.intake.formats import making
from tests.domain.intake.formats.making import body, fattura, instalment, payment, plain


def only(data: bytes | str) -> InvoiceDoc:
    [doc] = read("a.xml", data.encode() if isinstance(data, str) else data).invoices
    return doc


def codes(reading: Reading) -> list[str]:
    return [problem.code for problem in reading.problems]


def test_a_plain_invoice_says_what_it_says() -> None:
    doc = only(plain(payments=payment(instalment(more="<IBAN>IT60 X054 2811 1010 0000 0123 456</IBAN>"))))
    assert (doc.format, doc.type, doc.number, doc.issued_on) == (
        "fatturapa-1.2",
        "TD01",
        "2026/15",
        date(2026, 4, 30),
    )
    assert (doc.currency, doc.total_cents, doc.due_cents, doc.total_computed) == ("EUR", 12200, 12200, False)
    assert (doc.seller.vat, doc.seller.name) == ("IT12345670017", "Luce e Gas Prova S.p.A.")
    assert (doc.buyer.vat, doc.buyer.tax_code, doc.buyer.name) == ("", "RSSMRA80A01H501U", "Carla Rossi")
    assert (doc.buyer.zip, doc.buyer.city, doc.seller.address) == ("00187", "Roma", "Via Roma 1")
    [rate] = doc.instalments
    assert (rate.due, rate.cents, rate.method) == (date(2026, 5, 31), 12200, "MP05")
    assert rate.iban == "IT60X0542811101000000123456"
    assert doc.pec == "carla@pec.example"
    assert doc.description == "Energia di marzo"


# Trap 1: totals, payments, due dates --------------------


@pytest.mark.parametrize(
    ("general", "goods", "total"),
    [
        ("", making.LINE + making.SUMMARY, 12200),
        ("<Arrotondamento>-0.30</Arrotondamento>", making.LINE + making.SUMMARY, 12170),
        ("", making.LINE + making.SUMMARY + making.SUMMARY, 24400),
        ("", making.LINE, 12200),  # no tax summary: lines with their VAT
        ("<DatiBollo><ImportoBollo>2.00</ImportoBollo></DatiBollo>", making.LINE + making.SUMMARY, 12200),
        (
            "<DatiBollo><ImportoBollo>2.00</ImportoBollo></DatiBollo><Arrotondamento>-0.01</Arrotondamento>",
            making.LINE + making.SUMMARY,
            12199,
        ),
    ],
)
def test_a_missing_total_is_computed_and_said(general: str, goods: str, total: int) -> None:
    reading = read("a.xml", plain(total=None, general=general, goods=goods))
    assert reading.invoices[0].total_cents == total
    assert reading.invoices[0].total_computed
    assert codes(reading) == ["total.computed"]


def test_without_total_summary_and_lines_there_is_no_invoice() -> None:
    reading = read("a.xml", plain(total=None, goods=""))
    assert reading.documents == ()
    assert codes(reading) == ["total.unknown"]


def test_no_payment_data_is_an_empty_list_and_legal() -> None:
    reading = read("a.xml", plain())
    assert reading.invoices[0].instalments == ()
    assert reading.problems == ()


def test_an_instalment_without_due_date_has_none() -> None:
    assert only(plain(payments=payment(instalment(due="")))).instalments[0].due is None


@pytest.mark.parametrize(
    ("more", "due", "days"),
    [
        ("<DataRiferimentoTerminiPagamento>2026-04-30</DataRiferimentoTerminiPagamento>"
         "<GiorniTerminiPagamento>60</GiorniTerminiPagamento>", date(2026, 6, 29), 60),
        ("<GiorniTerminiPagamento>60</GiorniTerminiPagamento>", None, 60),
        ("<DataRiferimentoTerminiPagamento>2026-04-30</DataRiferimentoTerminiPagamento>", None, None),
    ],
)  # fmt: skip
def test_terms_give_the_due_date_when_they_are_complete(more: str, due: date | None, days: int | None) -> None:
    [rate] = only(plain(payments=payment(instalment(due="", more=more)))).instalments
    assert (rate.due, rate.terms_days, rate.due_computed) == (due, days, due is not None)


WITHHELD = "<DatiRitenuta><TipoRitenuta>RT01</TipoRitenuta><ImportoRitenuta>20.00</ImportoRitenuta></DatiRitenuta>"


@pytest.mark.parametrize(
    ("total", "instalments", "due", "told"),
    [
        ("122.00", ("122.00",), 10200, []),  # instalments = total
        ("122.00", ("102.00",), 10200, []),  # instalments = total - withholding
        ("122.00", ("51.00", "51.00"), 10200, []),
        ("122.00", ("99.00",), 10200, ["instalments.differ"]),
        ("102.00", ("102.00",), 10200, ["total.net"]),  # the total is net of the withholding already
        ("130.00", ("110.00",), 11000, ["total.differs"]),
    ],
)
def test_withholding_reduces_what_is_due_and_only_once(
    total: str, instalments: tuple[str, ...], due: int, told: list[str]
) -> None:
    paid = payment(*(instalment(cents=cents) for cents in instalments))
    reading = read("a.xml", plain(total=total, general=WITHHELD, payments=paid))
    assert reading.invoices[0].withholding_cents == 2000
    assert reading.invoices[0].due_cents == due
    assert codes(reading) == told


def test_several_withholdings_add_up() -> None:
    assert only(plain(general=WITHHELD + WITHHELD)).withholding_cents == 4000


# Trap 2: blocks, bodies, buyers, split payment, currencies --------------------


def test_every_payment_block_counts() -> None:
    blocks = payment(instalment("2026-05-31", "61.00")) + payment(
        instalment("2026-06-30", "31.00", "MP12"), instalment("2026-07-31", "30.00", "MP19"), terms="TP01"
    )
    rates = only(plain(payments=blocks)).instalments
    assert [(rate.due, rate.cents, rate.method, rate.terms) for rate in rates] == [
        (date(2026, 5, 31), 6100, "MP05", "TP02"),
        (date(2026, 6, 30), 3100, "MP12", "TP01"),
        (date(2026, 7, 31), 3000, "MP19", "TP01"),
    ]


def test_each_body_is_an_invoice() -> None:
    docs = read("a.xml", fattura(body(), body(number="16", type="TD04")).encode()).invoices
    assert [(doc.body, doc.number, doc.sign) for doc in docs] == [(1, "2026/15", 1), (2, "16", -1)]


def test_a_bad_body_is_refused_alone_and_all_its_errors_are_told() -> None:
    reading = read(
        "a.xml", fattura(body(), body(number="", date="2026-02-30", total="12.x"), body(number="17")).encode()
    )
    assert [doc.number for doc in reading.invoices] == ["2026/15", "17"]
    told = [(problem.code, problem.field, problem.severity) for problem in reading.problems]
    assert told == [
        ("date.impossible", "Data", "error"),
        ("invoice.missing", "Numero", "error"),
        ("amount.unreadable", "ImportoTotaleDocumento", "error"),
        ("invoice.body_refused", "FatturaElettronicaBody", "error"),
    ]


def test_an_impossible_due_date_refuses_the_invoice() -> None:
    reading = read("a.xml", plain(payments=payment(instalment(due="2026-02-30"))))
    assert reading.documents == ()
    assert [(p.code, p.field, p.params["value"]) for p in reading.problems] == [
        ("date.impossible", "DataScadenzaPagamento", "2026-02-30")
    ]


def test_a_problem_tells_the_line_of_the_file() -> None:
    lines = plain(payments=payment(instalment(due="2026-02-30"))).replace(b"><", b">\n<")
    [problem] = read("a.xml", lines).problems
    assert b"2026-02-30" in lines.splitlines()[(problem.row or 0) - 1]


def test_split_payment_takes_the_vat_away_from_what_is_due() -> None:
    split = making.SUMMARY.replace("</Imposta>", "</Imposta><EsigibilitaIVA>S</EsigibilitaIVA>")
    reading = read("a.xml", plain(goods=making.LINE + split, payments=payment(instalment(cents="100.00"))))
    [doc] = reading.invoices
    assert (doc.split_payment, doc.total_cents, doc.split_vat_cents, doc.due_cents) == (
        True,
        12200,
        2200,
        10000,
    )
    assert reading.problems == ()


@pytest.mark.parametrize("currency", ["USD", "GBP", "AED", "DKK"])
def test_other_currencies_keep_their_code(currency: str) -> None:
    assert only(plain(currency=currency)).currency == currency


@pytest.mark.parametrize(
    ("type", "sign", "receivable", "owed"),
    [
        *((code, 1, True, 12200) for code in ("TD01", "TD02", "TD03", "TD05", "TD06", "TD24", "TD25", "TD26")),
        ("TD04", -1, True, -12200),
        *((code, 1, False, 12200) for code in ("TD16", "TD17", "TD18", "TD19", "TD20", "TD21", "TD22", "TD23")),
        *((code, 1, False, 12200) for code in ("TD27", "TD28", "TD29")),
    ],
)
def test_the_type_tells_sign_and_receivable(type: str, sign: int, receivable: bool, owed: int) -> None:
    reading = read("a.xml", plain(type=type))
    [doc] = reading.invoices
    assert (doc.sign, doc.receivable, doc.signed_due_cents) == (sign, receivable, owed)
    assert reading.problems == ()


def test_a_credit_note_with_negative_amounts_is_still_a_credit() -> None:
    goods = making.LINE + making.SUMMARY.replace("100.00", "-100.00").replace("22.00</Imp", "-22.00</Imp")
    assert only(plain(type="TD04", total="-122.00", goods=goods)).signed_due_cents == -12200


@pytest.mark.parametrize(
    ("wishes", "field"),
    [
        ({"type": "TD99"}, "TipoDocumento"),
        ({"payments": payment(instalment(method="MP99"))}, "ModalitaPagamento"),
    ],
)
def test_an_unknown_code_only_warns(wishes: dict[str, str], field: str) -> None:
    reading = read("a.xml", plain(**wishes))
    assert len(reading.invoices) == 1
    assert [(p.code, p.field, p.severity) for p in reading.problems] == [("code.unknown", field, "warning")]


def test_a_wrong_check_digit_only_warns() -> None:
    reading = read("a.xml", fattura(seller=making.SELLER.replace("12345670017", "12345670018")).encode())
    assert len(reading.invoices) == 1
    assert codes(reading) == ["vat.check_digit"]


# Trap 3: dates with zones, blanks --------------------


@pytest.mark.parametrize(
    "written", ["2014-12-18+01:00", "  2014-12-18 ", "2014-12-18Z", "\n2014-12-18\n", "2014-12-18T00:00:00"]
)
def test_zones_and_blanks_do_not_change_a_date(written: str) -> None:
    doc = only(plain(date=written, payments=payment(instalment(due=written))))
    assert doc.issued_on == doc.instalments[0].due == date(2014, 12, 18)


def test_blanks_in_identifiers_go() -> None:
    seller = making.SELLER.replace("12345670017", " 12345670017 \n").replace("<IdPaese>IT", "<IdPaese> it ")
    doc = only(fattura(body(number="  15 / A "), seller=seller))
    assert doc.seller.vat == "IT12345670017"
    assert doc.number == "15 / A"


def test_the_empty_date_of_dotnet_is_no_date() -> None:
    assert only(plain(payments=payment(instalment(due="0001-01-01")))).instalments[0].due is None


# Trap 5: versions and the simplified invoice --------------------


@pytest.mark.parametrize(
    ("versione", "namespace", "format"),
    [
        ("FPA12", making.NS12, "fatturapa-1.2"),
        ("SDI11", "http://www.fatturapa.gov.it/sdi/fatturapa/v1.1", "fatturapa-1.1"),
        ("1.1", "http://www.fatturapa.gov.it/sdi/fatturapa/v1.1", "fatturapa-1.1"),
        ("SDI10", "http://www.fatturapa.gov.it/sdi/fatturapa/v1.0", "fatturapa-1.0"),
    ],
)
def test_every_version_is_read(versione: str, namespace: str, format: str) -> None:
    assert only(fattura(versione=versione, namespace=namespace)).format == format


def test_children_may_carry_the_namespace_or_none() -> None:
    text = fattura().replace("p:FatturaElettronica", "FatturaElettronica").replace("xmlns:p=", "xmlns=")
    assert only(text).total_cents == 12200
    assert only(text.replace(f' xmlns="{making.NS12}"', "")).total_cents == 12200


SIMPLIFIED = """<n:FatturaElettronicaSemplificata versione="FSM10"
 xmlns:n="http://ivaservizi.agenziaentrate.gov.it/docs/xsd/fatture/v1.0"><FatturaElettronicaHeader><DatiTrasmissione>
<FormatoTrasmissione>FSM10</FormatoTrasmissione></DatiTrasmissione><CedentePrestatore><IdFiscaleIVA><IdPaese>IT</IdPaese>
<IdCodice>12345670017</IdCodice></IdFiscaleIVA><Nome>Ada</Nome><Cognome>Prova</Cognome><Sede><Comune>Torino</Comune></Sede>
</CedentePrestatore><CessionarioCommittente><IdentificativiFiscali><CodiceFiscale>RSSMRA80A01H501U</CodiceFiscale>
</IdentificativiFiscali><AltriDatiIdentificativi><Denominazione>Rossi</Denominazione><Sede><Comune>Roma</Comune></Sede>
</AltriDatiIdentificativi></CessionarioCommittente></FatturaElettronicaHeader><FatturaElettronicaBody><DatiGenerali>
<DatiGeneraliDocumento><TipoDocumento>TD08</TipoDocumento><Divisa>EUR</Divisa><Data>2026-03-01</Data><Numero>7</Numero>
</DatiGeneraliDocumento><DatiFatturaRettificata><NumeroFR>5</NumeroFR><DataFR>2026-02-01</DataFR></DatiFatturaRettificata>
</DatiGenerali><DatiBeniServizi><Descrizione>Pranzo</Descrizione><Importo>61.00</Importo></DatiBeniServizi>
<DatiBeniServizi><Descrizione>Vino</Descrizione><Importo>12.345</Importo></DatiBeniServizi></FatturaElettronicaBody>
</n:FatturaElettronicaSemplificata>"""


def test_the_simplified_invoice_adds_up_its_lines() -> None:
    doc = only(SIMPLIFIED)
    assert (doc.format, doc.type, doc.sign, doc.total_cents) == ("fatturapa-simplified", "TD08", -1, 7335)
    assert (doc.seller.name, doc.buyer.name, doc.buyer.city) == ("Ada Prova", "Rossi", "Roma")
    assert doc.buyer.tax_code == "RSSMRA80A01H501U"
    assert doc.instalments == ()
    assert doc.related == (("5", date(2026, 2, 1)),)


# References --------------------


def test_references_by_which_a_customer_finds_the_invoice() -> None:
    references = (
        "<DatiOrdineAcquisto><IdDocumento>ODA 12</IdDocumento><CodiceCUP>C12</CodiceCUP><CodiceCIG>Z1234"
        "</CodiceCIG></DatiOrdineAcquisto><DatiContratto><IdDocumento>CTR 1</IdDocumento></DatiContratto>"
        "<DatiFattureCollegate><IdDocumento>14</IdDocumento><Data>2026-02-30</Data></DatiFattureCollegate>"
    )
    code = "<CodicePagamento>302000002026001548</CodicePagamento>"
    reading = read("a.xml", plain(references=references, payments=payment(instalment(more=code))))
    [doc] = reading.invoices
    assert (doc.purchase_order, doc.contract, doc.cig, doc.cup) == ("ODA 12", "CTR 1", "Z1234", "C12")
    assert doc.related == (("14", None),)
    assert doc.instalments[0].payment_reference == "302000002026001548"
    assert codes(reading) == ["date.impossible_ignored"]


# Trap 15: attachments --------------------

VIRUS = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTI" + b"VIRUS-TEST-FILE!$H+H*"


def attached(name: str, content: bytes) -> bytes:
    encoded = base64.encodebytes(content).decode()
    return plain(
        attachments=f"<Allegati><NomeAttachment>{name}</NomeAttachment><Attachment>{encoded}</Attachment></Allegati>"
    )


@pytest.mark.parametrize(
    ("name", "content", "refusal"),
    [
        ("fattura.pdf", b"%PDF-1.7 " + b"x" * 300, ""),
        ("eicar.txt", VIRUS, "attachment.virus"),
        ("eicar.zip", making.zipped(("eicar.com", VIRUS)), "attachment.virus"),
        ("fattura.pdf", b"MZ\x90\x00" + b"\x00" * 64, "attachment.program"),
        ("fattura.pdf.exe", b"anything", "attachment.program"),
        ("vuoto.txt", b"", "attachment.empty"),
    ],
)
def test_a_bad_attachment_is_refused_and_the_invoice_stays(name: str, content: bytes, refusal: str) -> None:
    reading = read("a.xml", attached(name, content))
    [attachment] = reading.invoices[0].attachments
    assert (attachment.name, attachment.refusal) == (name, refusal)
    assert attachment.content == (b"" if refusal else content)
    assert [(p.code, p.severity) for p in reading.problems] == ([(refusal, "warning")] if refusal else [])


def test_an_attachment_that_is_no_base64_is_left_out() -> None:
    data = plain(attachments="<Allegati><NomeAttachment>x</NomeAttachment><Attachment>§§</Attachment></Allegati>")
    assert codes(read("a.xml", data)) == ["attachment.unreadable"]


def test_a_large_attachment_does_not_stop_the_reader() -> None:
    content = b"%PDF" + b"\x01" * (11 * 1024 * 1024)
    assert only(attached("grande.pdf", content)).attachments[0].size_bytes == len(content)


@pytest.mark.parametrize(
    ("written", "cents", "told"),
    [
        ("1000", 100_000, []),
        ("1000.0", 100_000, []),
        (" +1000.005 ", 100_001, []),
        ("1000,00", 100_000, ["amount.comma"]),
        ("1,000.00", None, ["amount.unreadable"]),
        ("1.000,00", None, ["amount.unreadable"]),
        ("1e3", None, ["amount.unreadable"]),
    ],
)
def test_an_amount_is_read_as_it_is_written_or_not_at_all(written: str, cents: int | None, told: list[str]) -> None:
    reading = read("a.xml", making.plain(total=written, goods=""))
    assert [doc.total_cents for doc in reading.invoices] == ([] if cents is None else [cents])
    assert [problem.code for problem in reading.problems] == told


@pytest.mark.parametrize("written", ["2014-12-18 +01:00", "2014-12-18 Z", "2014-12-18T23:59:59.000+01:00"])
def test_a_blank_before_the_zone_does_no_harm(written: str) -> None:
    assert read("a.xml", making.plain(date=written)).invoices[0].issued_on == date(2014, 12, 18)


@pytest.mark.parametrize(
    ("country", "number", "vat"),
    [
        ("IT", "IT12345670017", "IT12345670017"),
        ("it", " 12345670017 ", "IT12345670017"),
        ("DE", "136695976", "DE136695976"),
    ],
)
def test_the_country_of_a_vat_number_stands_once(country: str, number: str, vat: str) -> None:
    code = f"<IdFiscaleIVA><IdPaese>{country}</IdPaese><IdCodice>{number}</IdCodice></IdFiscaleIVA>"
    buyer = making.BUYER.replace("<CodiceFiscale>RSSMRA80A01H501U</CodiceFiscale>", code)
    reading = read("a.xml", making.fattura(buyer=buyer).encode())
    assert (reading.invoices[0].buyer.vat, reading.problems) == (vat, ())


@pytest.mark.parametrize("after", [b"\x00" * 40, b"\x1a", b"\r\n\x1a\x00"])
def test_padding_after_the_document_does_no_harm(after: bytes) -> None:
    assert len(read("a.xml", making.plain() + after).invoices) == 1


EMPTY = ("<DatiPagamento/>", making.payment(), making.payment(making.instalment(due="", more="<IBAN/>")))


@pytest.mark.parametrize("payments", EMPTY)
def test_empty_elements_say_nothing(payments: str) -> None:
    reading = read("a.xml", making.plain(total="", payments=payments))
    assert [(doc.total_cents, doc.total_computed) for doc in reading.invoices] == [(12200, True)]
    assert [problem.code for problem in reading.problems] == ["total.computed"]


def test_a_thousand_lines_are_read_and_some_are_kept() -> None:
    [doc] = read("a.xml", making.plain(goods=making.LINE * 5000 + making.SUMMARY)).invoices
    assert (doc.total_cents, len(doc.lines)) == (12200, 50)


NO_AMOUNT = making.instalment(cents="")


@pytest.mark.parametrize(
    ("payments", "cents"),
    [
        (making.payment(NO_AMOUNT), [12200]),
        (making.payment(making.instalment(), NO_AMOUNT), [12200]),
        (making.payment(making.instalment(cents="12.x")), None),
    ],
)
def test_a_payment_without_amount_asks_for_the_whole_only_when_it_is_alone(
    payments: str, cents: list[int] | None
) -> None:
    reading = read("a.xml", making.plain(payments=payments))
    assert [[part.cents for part in doc.instalments] for doc in reading.invoices] == ([] if cents is None else [cents])
    assert [problem.code for problem in reading.problems] == [
        "amount.unreadable" if cents is None else "instalment.no_amount"
    ]
