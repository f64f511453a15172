# SPDX-License-Identifier: Apache-2.0
"""What may hide in XML is refused; what real programs get wrong is read (formats.md, trap 4)."""

import pytest

from ascolto.domain.intake.formats import xml
from ascolto.domain.intake.problems import Findings, Refusal
from ascolto.domain.intake.reading import Reading, read
from tests.domain.intake.formats import making

BOMB = '<!DOCTYPE r [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>'
OUTSIDE = '<!DOCTYPE r SYSTEM "file:///etc/passwd">'
ROOT = "<p:FatturaElettronica"


def codes(reading: Reading) -> list[str]:
    return [problem.code for problem in reading.problems]


@pytest.mark.parametrize("doctype", [BOMB, OUTSIDE, "<!DOCTYPE p:FatturaElettronica>", "<!-- x --><!DOCTYPE r []>"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "iso-8859-1"])
def test_a_document_type_is_refused_in_any_encoding(doctype: str, encoding: str) -> None:
    label = "UTF-16" if encoding.startswith("utf-16") else encoding.removesuffix("-sig")
    text = making.fattura(declaration=f'<?xml version="1.0" encoding="{label}"?>{doctype}')
    reading = read("hostile.xml", text.encode(encoding))
    assert reading.documents == ()
    assert codes(reading) == ["xml.doctype"]


@pytest.mark.parametrize("encoding", ["utf-7", "cp037"])
def test_a_document_type_in_an_odd_encoding_yields_nothing(encoding: str) -> None:
    text = making.fattura(declaration=f'<?xml version="1.0" encoding="{encoding}"?>{BOMB}')
    reading = read("hostile.xml", text.encode(encoding))
    assert reading.documents == ()
    assert reading.refused


def test_an_invoice_that_only_speaks_of_a_doctype_is_read() -> None:
    goods = making.LINE.replace("Energia di marzo", "<![CDATA[<!DOCTYPE html> a corredo]]>") + making.SUMMARY
    [doc] = read("a.xml", making.plain(goods=goods)).invoices
    assert doc.description == "<!DOCTYPE html> a corredo"


def test_truncated_anywhere_it_is_refused_whole() -> None:
    whole = making.fattura(making.body(), making.body(number="16")).encode()
    for cut in range(40, len(whole) - 1, 97):
        reading = read("cut.xml", whole[:cut])
        assert reading.documents == ()
        assert codes(reading) == ["xml.malformed"]


@pytest.mark.parametrize(
    "attributes",
    [
        ' xmlns:ds="http://www.w3.org/2000/09/xmldsig#&quot;"',
        ' xmlns:xsi="http://some schema.xsd"',
        ' undeclared:schemaLocation="x"',
    ],
)
def test_a_namespace_that_is_none_is_read_by_local_names(attributes: str) -> None:
    reading = read("odd.xml", making.fattura(attributes=attributes).encode())
    assert [doc.number for doc in reading.invoices] == ["2026/15"]
    assert codes(reading) == ["xml.namespace"]


def test_a_truncated_file_is_refused_by_the_tolerant_reader_too() -> None:
    whole = making.fattura(attributes=' xmlns:xsi="http://some schema.xsd"').encode()
    assert codes(read("cut.xml", whole[:-30])) == ["xml.malformed"]


@pytest.mark.parametrize(
    ("declared", "actual"),
    [("LATIN1", "latin-1"), ("windows-1252", "cp1252"), ("ISO-8859-15", "iso-8859-15"), ("UTF-16", "utf-16")],
)
def test_declared_encodings_are_obeyed(declared: str, actual: str) -> None:
    text = making.fattura(
        declaration=f'<?xml version="1.0" encoding="{declared}"?>',
        buyer=making.BUYER.replace("Carla", "Niccolò"),
    )
    reading = read("old.xml", text.encode(actual))
    assert reading.invoices[0].buyer.name == "Niccolò Rossi"
    assert codes(reading) == []


@pytest.mark.parametrize(("declared", "actual"), [("UTF-8", "cp1252"), ("ISO-8859-1", "utf-8"), ("UTF-16", "utf-8")])
def test_a_wrong_declaration_is_seen_through(declared: str, actual: str) -> None:
    text = making.fattura(
        declaration=f'<?xml version="1.0" encoding="{declared}"?>',
        buyer=making.BUYER.replace("Carla", "Niccolò"),
    )
    assert read("liar.xml", text.encode(actual)).invoices[0].buyer.name == "Niccolò Rossi"


@pytest.mark.parametrize("before", [b"\xef\xbb\xbf", b"\n\n  ", b"\xef\xbb\xbf\r\n", b"\xef\xbb\xbf\xef\xbb\xbf"])
def test_what_stands_before_the_declaration_does_no_harm(before: bytes) -> None:
    assert len(read("bom.xml", before + making.plain()).invoices) == 1


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "file.empty"),
        (b" \r\n\t", "file.empty"),
        (b"\x00" * 64, "file.empty"),
        (making.plain().replace(b"Torino", b"To\x00rino"), "file.nul_bytes"),
        (making.plain() + b"<again/>", "xml.malformed"),
        (b"<Order xmlns='urn:oasis:names:specification:ubl:schema:xsd:Order-2'/>", "xml.other_root"),
        (b"<!DOCTYPE html><html><body>Errore 500</body></html>", "file.other_kind"),
        (b"<html><body>Errore 500</body></html>", "file.other_kind"),
        (b'{"fattura": 1}', "file.other_kind"),
        (b":20:STARTUMS\r\n:25:1234/5678\r\n:28C:1/1\r\n", "statement.cut_off"),
        (bytes(range(256)) * 4, "file.unknown"),
        (b"solo due parole senza tabella", "file.unknown"),
        (b"<FatturaElettronica/>", "invoice.missing"),
    ],
)
def test_what_is_no_file_of_ours_is_refused_in_plain_words(data: bytes, code: str) -> None:
    reading = read("odd.xml", data)
    assert reading.documents == ()
    assert codes(reading) == [code]


def test_too_large_is_refused_before_it_is_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xml, "MAX_XML_BYTES", 1000)
    assert codes(read("big.xml", making.plain())) == ["file.too_large"]


def test_a_deep_nest_is_refused_by_both_parsers() -> None:
    for root in ("<a>", '<a xmlns:x="no uri">'):
        deep = root + "<a>" * 5000 + "</a>" * 5001
        with pytest.raises(Refusal):
            xml.parse(deep.encode(), Findings("deep.xml"))


def test_a_comment_does_not_cut_a_value() -> None:
    assert read("c.xml", making.plain(number="20<!-- x -->26<?y?>/15")).invoices[0].number == "2026/15"
