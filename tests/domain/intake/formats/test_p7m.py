# SPDX-License-Identifier: Apache-2.0
"""Signed envelopes in every dress that circulates (formats.md, trap 6)."""

import base64
import textwrap

import pytest
from asn1crypto import cms

from ascolto.domain.intake.reading import Reading, read
from tests.domain.intake.formats import making

XML = making.plain()
DER = making.signed(XML)
LINES = base64.encodebytes(DER)
PEM = b"-----BEGIN PKCS7-----\n" + LINES + b"-----END PKCS7-----\n"
MIME = b"MIME-Version: 1.0\nContent-Type: application/pkcs7-mime;\n smime-type=signed-data\n\n" + LINES


def codes(reading: Reading) -> list[str]:
    return [problem.code for problem in reading.problems]


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(DER, id="DER"),
        pytest.param(making.indefinite(DER), id="BER, indefinite length, octet string in pieces"),
        pytest.param(LINES, id="base64"),
        pytest.param(LINES.replace(b"\n", b"\r\n"), id="base64 with CRLF"),
        pytest.param(base64.b64encode(DER), id="base64 in one line"),
        pytest.param(base64.b64encode(DER).rstrip(b"="), id="base64 without padding"),
        pytest.param(PEM, id="PEM"),
        pytest.param(MIME, id="S/MIME"),
        pytest.param(making.signed(DER), id="envelope in an envelope"),
        pytest.param(making.signed(LINES), id="base64 in an envelope"),
        pytest.param(base64.encodebytes(making.indefinite(DER)), id="BER in base64"),
        pytest.param(XML, id="plain XML under the name of an envelope"),
        pytest.param(base64.encodebytes(XML), id="plain XML in base64"),
        pytest.param(DER + b"\r\n", id="with a line end after it"),
    ],
)
def test_the_invoice_is_found(data: bytes) -> None:
    reading = read("IT01234567890_1.xml.p7m", data)
    assert [doc.number for doc in reading.invoices] == ["2026/15"]
    assert reading.problems == ()


def test_the_content_tells_and_not_the_name() -> None:
    assert len(read("fattura.xml", DER).invoices) == 1


def test_an_expired_signer_is_a_warning() -> None:
    reading = read("old.p7m", making.signed(XML, expired=True))
    assert len(reading.invoices) == 1
    assert [(p.code, p.severity) for p in reading.problems] == [("p7m.expired", "warning")]


def test_a_changed_document_is_refused() -> None:
    changed = DER.replace(b"<ImportoTotaleDocumento>122.00", b"<ImportoTotaleDocumento>922.00")
    assert changed != DER
    reading = read("forged.p7m", changed)
    assert reading.documents == ()
    assert codes(reading) == ["p7m.tampered"]


def test_a_changed_signature_is_refused() -> None:
    signature = cms.ContentInfo.load(DER)["content"]["signer_infos"][0]["signature"].native
    forged = DER.replace(signature, signature[:-1] + bytes([signature[-1] ^ 1]))
    assert codes(read("forged.p7m", forged)) == ["p7m.tampered"]


def test_a_changed_document_with_the_right_digest_is_refused_by_its_signature() -> None:
    """The digest in the signed attributes can be forged too; the signature over them cannot."""
    other = making.signed(XML.replace(b"122.00", b"922.00"))
    forged = cms.ContentInfo.load(other)
    true_signature = cms.ContentInfo.load(DER)["content"]["signer_infos"][0]["signature"].native
    forged["content"]["signer_infos"][0]["signature"] = true_signature
    assert codes(read("forged.p7m", forged.dump(force=True))) == ["p7m.tampered"]


def test_a_cut_envelope_is_refused_wherever_it_is_cut() -> None:
    for cut in range(60, len(DER), 211):
        assert read("cut.p7m", DER[:cut]).documents == ()
        assert read("cut.p7m", DER[:cut]).refused


def test_a_signature_without_its_document_is_refused() -> None:
    detached = cms.ContentInfo.load(DER)
    detached["content"]["encap_content_info"] = {"content_type": "data"}
    assert codes(read("detached.p7m", detached.dump(force=True))) == ["p7m.empty"]


def test_envelopes_without_end_are_refused() -> None:
    data = XML
    for _ in range(7):
        data = making.signed(data)
    assert codes(read("nest.p7m", data)) == ["p7m.too_deep"]


def test_what_is_in_the_envelope_is_judged_like_any_file() -> None:
    assert codes(read("x.p7m", making.signed(b"<!DOCTYPE a><a/>"))) == ["xml.doctype"]
    assert codes(read("x.p7m", making.signed(textwrap.dedent("solo testo").encode()))) == ["file.unknown"]


def test_attributes_in_another_order_than_was_signed_are_still_the_signed_ones() -> None:
    attributes = cms.ContentInfo.load(DER)["content"]["signer_infos"][0]["signed_attrs"]
    parts = [attribute.dump() for attribute in attributes]
    assert b"".join(parts) in DER
    reading = read("ber.p7m", DER.replace(b"".join(parts), b"".join(reversed(parts))))
    assert (len(reading.invoices), codes(reading)) == (1, [])
