# SPDX-License-Identifier: Apache-2.0
"""FatturaPA: the header and the way to each body, for every version that circulates (1.0, 1.1, 1.2.x,
simplified).

Owns the parties and the choice of body reader. A body that cannot be read is refused alone; the others count.
Source: Agenzia delle Entrate, technical specifications 1.9 (XSD 1.2.3), Schema_VFSM10 for the simplified
invoice.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..documents import InvoiceDoc, Party
from ..problems import Findings, Refusal
from . import fatturapa_body, fatturapa_simplified, parties
from .fatturapa_codes import FORMATS
from .fields import code, line
from .values import squeezed
from .xml import Element, at, child, children, name_of, text

ROOTS = frozenset({"FatturaElettronica", "FatturaElettronicaSemplificata"})
SIMPLIFIED = "fatturapa-simplified"


def read(root: Element, findings: Findings) -> Iterator[InvoiceDoc]:
    """The invoices of a document, one for each readable body. Raises `Refusal` when there is no header or
    body."""
    header, bodies = child(root, "FatturaElettronicaHeader"), list(children(root, "FatturaElettronicaBody"))
    if header is None or not bodies:
        missing = "FatturaElettronicaHeader" if header is None else "FatturaElettronicaBody"
        raise Refusal("invoice.missing", row=line(root), field=missing)
    format = _format(root, header, findings)
    seller = _party(header, "CedentePrestatore", findings)
    buyer = _party(header, "CessionarioCommittente", findings)
    reader = fatturapa_simplified.read if format == SIMPLIFIED else fatturapa_body.read
    for number, body in enumerate(bodies, start=1):
        doc = reader(body, fatturapa_body.Header(format, number, seller, buyer, *_recipient(header)), findings)
        if doc is not None:
            yield doc
        elif len(bodies) > 1:
            findings.add("invoice.body_refused", row=line(body), field="FatturaElettronicaBody", body=number)


def _format(root: Element, header: Element, findings: Findings) -> str:
    written = code(header, "DatiTrasmissione", "FormatoTrasmissione") or squeezed(root.get("versione", "")).upper()
    if name_of(root).endswith("Semplificata"):
        return SIMPLIFIED
    if written not in FORMATS:
        findings.add("code.unknown", row=line(header), field="FormatoTrasmissione", value=written)
    return FORMATS.get(written, "fatturapa-1.2")


def _recipient(header: Element) -> tuple[str, str]:
    sending = child(header, "DatiTrasmissione")
    return code(sending, "CodiceDestinatario"), squeezed(text(sending, "PECDestinatario"))


def _party(header: Element, role: str, findings: Findings) -> Party:
    """Seller or buyer in any layout: ordinary (DatiAnagrafici/Anagrafica), simplified seller (flat) or
    buyer."""
    element = child(header, role)
    if element is None:
        raise Refusal("invoice.missing", row=line(header), field=role)
    blocks = [element, *(block for path in _BLOCKS if (block := at(element, *path)) is not None)]
    seat = next((found for block in blocks if (found := child(block, "Sede")) is not None), None)
    party = Party(
        vat=_vat(_first(blocks, "IdFiscaleIVA", "IdPaese"), _first(blocks, "IdFiscaleIVA", "IdCodice")),
        tax_code=_first(blocks, "CodiceFiscale"),
        name=next(filter(None, map(_name, blocks)), ""),
        address=" ".join(filter(None, (text(seat, "Indirizzo"), text(seat, "NumeroCivico")))),
        zip=text(seat, "CAP"),
        city=text(seat, "Comune"),
        province=code(seat, "Provincia"),
        country=code(seat, "Nazione"),
    )
    parties.check(party, role, line(element), findings, _CODES)
    return party


_CODES = ("IdFiscaleIVA", "CodiceFiscale")
_BLOCKS = (
    ("DatiAnagrafici",),
    ("DatiAnagrafici", "Anagrafica"),
    ("IdentificativiFiscali",),
    ("AltriDatiIdentificativi",),
)


def _first(blocks: list[Element], *path: str) -> str:
    return next(filter(None, (code(block, *path) for block in blocks)), "")


def _vat(country: str, number: str) -> str:
    """Country and number; some programs write the country of an Italian number twice."""
    return number if country == "IT" and number.startswith("IT") else country + number


def _name(block: Element) -> str:
    return text(block, "Denominazione") or f"{text(block, 'Nome')} {text(block, 'Cognome')}".strip()
