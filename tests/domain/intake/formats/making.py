# SPDX-License-Identifier: Apache-2.0
"""Files for the reader tests, made from the specifications with the data of nobody."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, datetime, timedelta
from functools import cache

from asn1crypto import cms
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs7

NS12 = "http://ivaservizi.agenziaentrate.gov.it/docs/xsd/fatture/v1.2"

SELLER = """<CedentePrestatore><DatiAnagrafici><IdFiscaleIVA><IdPaese>IT</IdPaese>
<IdCodice>12345670017</IdCodice></IdFiscaleIVA>
<Anagrafica><Denominazione>Luce e Gas Prova S.p.A.</Denominazione></Anagrafica></DatiAnagrafici>
<Sede><Indirizzo>Via Roma</Indirizzo><NumeroCivico>1</NumeroCivico><CAP>10121</CAP><Comune>Torino</Comune>
<Provincia>TO</Provincia><Nazione>IT</Nazione></Sede></CedentePrestatore>"""
BUYER = """<CessionarioCommittente><DatiAnagrafici><CodiceFiscale>RSSMRA80A01H501U</CodiceFiscale>
<Anagrafica><Nome>Carla</Nome><Cognome>Rossi</Cognome></Anagrafica></DatiAnagrafici>
<Sede><Indirizzo>Via Po 2</Indirizzo><CAP>00187</CAP><Comune>Roma</Comune><Nazione>IT</Nazione></Sede>
</CessionarioCommittente>"""
SUMMARY = """<DatiRiepilogo><AliquotaIVA>22.00</AliquotaIVA><ImponibileImporto>100.00</ImponibileImporto>
<Imposta>22.00</Imposta></DatiRiepilogo>"""
LINE = """<DettaglioLinee><NumeroLinea>1</NumeroLinea><Descrizione>Energia di marzo</Descrizione>
<PrezzoUnitario>100.00</PrezzoUnitario><PrezzoTotale>100.00</PrezzoTotale><AliquotaIVA>22.00</AliquotaIVA>
</DettaglioLinee>"""


def instalment(due: str = "2026-05-31", cents: str = "122.00", method: str = "MP05", more: str = "") -> str:
    """One DettaglioPagamento; an empty `due` leaves the element out."""
    day = f"<DataScadenzaPagamento>{due}</DataScadenzaPagamento>" if due else ""
    return (
        f"<DettaglioPagamento><ModalitaPagamento>{method}</ModalitaPagamento>{day}"
        f"<ImportoPagamento>{cents}</ImportoPagamento>{more}</DettaglioPagamento>"
    )


def payment(*instalments: str, terms: str = "TP02") -> str:
    """One DatiPagamento block."""
    inside = f"<CondizioniPagamento>{terms}</CondizioniPagamento>{''.join(instalments)}"
    return f"<DatiPagamento>{inside}</DatiPagamento>"


def body(
    *,
    number: str = "2026/15",
    date: str = "2026-04-30",
    type: str = "TD01",
    total: str | None = "122.00",
    currency: str = "EUR",
    general: str = "",
    references: str = "",
    goods: str = LINE + SUMMARY,
    payments: str = "",
    attachments: str = "",
) -> str:
    """One ordinary FatturaElettronicaBody."""
    stated = f"<ImportoTotaleDocumento>{total}</ImportoTotaleDocumento>" if total is not None else ""
    return (
        f"<FatturaElettronicaBody><DatiGenerali><DatiGeneraliDocumento><TipoDocumento>{type}</TipoDocumento>"
        f"<Divisa>{currency}</Divisa><Data>{date}</Data><Numero>{number}</Numero>{general}{stated}"
        f"</DatiGeneraliDocumento>{references}</DatiGenerali><DatiBeniServizi>{goods}</DatiBeniServizi>"
        f"{payments}{attachments}</FatturaElettronicaBody>"
    )


def fattura(
    *bodies: str,
    versione: str = "FPR12",
    namespace: str = NS12,
    seller: str = SELLER,
    buyer: str = BUYER,
    attributes: str = "",
    declaration: str = '<?xml version="1.0" encoding="UTF-8"?>',
) -> str:
    """A whole ordinary file; without bodies it gets one."""
    return (
        f'{declaration}<p:FatturaElettronica versione="{versione}" xmlns:p="{namespace}"{attributes}>'
        f"<FatturaElettronicaHeader><DatiTrasmissione><FormatoTrasmissione>{versione}</FormatoTrasmissione>"
        f"<CodiceDestinatario>0000000</CodiceDestinatario><PECDestinatario>carla@pec.example</PECDestinatario>"
        f"</DatiTrasmissione>{seller}{buyer}</FatturaElettronicaHeader>"
        f"{''.join(bodies) or body()}</p:FatturaElettronica>"
    )


def plain(**wishes: str) -> bytes:
    """A file with one body, as bytes."""
    return fattura(body(**wishes)).encode()


def zipped(*members: tuple[str, bytes]) -> bytes:
    """A zip with these members."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return target.getvalue()


@cache
def _signer(expired: bool) -> tuple[rsa.RSAPrivateKey, x509.Certificate]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Ada Prova")])
    until = datetime.now(UTC) + timedelta(days=-1 if expired else 365)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 7, until - timedelta(days=900), until)
    return key, builder.sign(key, hashes.SHA256())


def signed(content: bytes, *, expired: bool = False) -> bytes:
    """A CAdES-like DER envelope around the content, with a certificate of our own."""
    key, certificate = _signer(expired)
    builder = pkcs7.PKCS7SignatureBuilder().set_data(content).add_signer(certificate, key, hashes.SHA256())
    return builder.sign(serialization.Encoding.DER, [pkcs7.PKCS7Options.Binary])


def indefinite(der: bytes, pieces: int = 7) -> bytes:
    """The same envelope as BER: indefinite lengths, and the content as octet strings in pieces."""
    data = cms.ContentInfo.load(der)["content"]
    content = data["encap_content_info"]["content"].native
    size = max(1, len(content) // pieces)
    octets = b"".join(_primitive(0x04, content[start : start + size]) for start in range(0, len(content), size))
    encapsulated = _open(0x30, data["encap_content_info"]["content_type"].dump() + _open(0xA0, _open(0x24, octets)))
    rest = data["certificates"].dump() + data["signer_infos"].dump()
    inner = data["version"].dump() + data["digest_algorithms"].dump() + encapsulated + rest
    return _open(0x30, cms.ContentType("signed_data").dump() + _open(0xA0, _open(0x30, inner)))


def _open(tag: int, content: bytes) -> bytes:
    return bytes([tag, 0x80]) + content + b"\x00\x00"


def _primitive(tag: int, content: bytes) -> bytes:
    size = len(content).to_bytes(4, "big")
    return bytes([tag, 0x84]) + size + content
