# SPDX-License-Identifier: Apache-2.0
"""FatturaPA 1.2.x as a billing system writes it: one document per file, a zip per billing run. Same in, same bytes out.

Source: Agenzia delle Entrate, technical specifications 1.9, XSD 1.2.3. Not written: attachments, transport data.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Iterator
from datetime import date
from itertools import groupby

from lxml import etree

from ascolto.demo.billing import Bill, Due
from ascolto.demo.clients import DemoClient
from ascolto.demo.population import Person

NAMESPACE = "http://ivaservizi.agenziaentrate.gov.it/docs/xsd/fatture/v1.2"
_ZIP_DATE = (2026, 1, 1, 0, 0, 0)


def document(client: DemoClient, bill: Bill) -> bytes:
    """One invoice or credit note."""
    version = "FPA12" if bill.person.kind == "public" else "FPR12"
    root = etree.Element(f"{{{NAMESPACE}}}FatturaElettronica", {"versione": version}, nsmap={"p": NAMESPACE})
    header = _in(root, "FatturaElettronicaHeader")
    _sending(header, client, bill, version)
    _seller(header, client)
    _buyer(header, bill.person)
    body = _in(root, "FatturaElettronicaBody")
    _general(_in(body, "DatiGenerali"), bill)
    _goods(_in(body, "DatiBeniServizi"), bill)
    _payments(body, client, bill)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8"))


def file_name(client: DemoClient, bill: Bill) -> str:
    """As the exchange system wants it: country, VAT number, progressive."""
    return f"IT{client.vat}_{_progressive(bill)}.xml"


def archive(files: Iterable[tuple[str, bytes]]) -> bytes:
    """A zip whose bytes depend on its content only."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in files:
            package.writestr(zipfile.ZipInfo(name, _ZIP_DATE), content, zipfile.ZIP_DEFLATED, 6)
    return out.getvalue()


def _progressive(bill: Bill) -> str:
    digits = "".join(char for char in bill.number if char.isdigit())
    return f"{bill.number[0]}{int(digits):09d}"[:10]


def _sending(header: etree._Element, client: DemoClient, bill: Bill, version: str) -> None:
    data = _in(header, "DatiTrasmissione")
    sender = _in(data, "IdTrasmittente")
    _in(sender, "IdPaese", "IT"), _in(sender, "IdCodice", client.vat)
    _in(data, "ProgressivoInvio", _progressive(bill))
    _in(data, "FormatoTrasmissione", version)
    _in(data, "CodiceDestinatario", bill.person.recipient_code)
    if bill.person.pec and bill.person.recipient_code == "0000000":
        _in(data, "PECDestinatario", bill.person.pec)


def _seller(header: etree._Element, client: DemoClient) -> None:
    seller = _in(header, "CedentePrestatore")
    data = _in(seller, "DatiAnagrafici")
    _vat(data, client.vat)
    _in(_in(data, "Anagrafica"), "Denominazione", client.name)
    _in(data, "RegimeFiscale", "RF01")
    _seat(seller, client.street, client.postcode, client.city, client.province)


def _buyer(header: etree._Element, person: Person) -> None:
    buyer = _in(header, "CessionarioCommittente")
    data = _in(buyer, "DatiAnagrafici")
    if person.vat:
        _vat(data, person.vat)
    if person.tax_code:
        _in(data, "CodiceFiscale", person.tax_code)
    identity = _in(data, "Anagrafica")
    if person.kind == "consumer":
        first, _, last = person.name.partition(" ")
        _in(identity, "Nome", first), _in(identity, "Cognome", last)
    else:
        _in(identity, "Denominazione", person.name)
    _seat(buyer, person.street, person.postcode, person.city, person.province)


def _general(general: etree._Element, bill: Bill) -> None:
    data = _in(general, "DatiGeneraliDocumento")
    _in(data, "TipoDocumento", bill.type), _in(data, "Divisa", "EUR")
    _in(data, "Data", bill.issued_on.isoformat()), _in(data, "Numero", bill.number)
    if bill.withholding_cents:
        held = _in(data, "DatiRitenuta")
        _in(held, "TipoRitenuta", "RT02"), _in(held, "ImportoRitenuta", _euro(bill.withholding_cents))
        _in(held, "AliquotaRitenuta", _euro(bill.withholding_permille * 10)), _in(held, "CausalePagamento", "W")
    _in(data, "ImportoTotaleDocumento", _euro(bill.total_cents))
    _in(data, "Causale", bill.description[:200])
    if bill.order:
        order = _in(general, "DatiOrdineAcquisto")
        _in(order, "IdDocumento", bill.order)
        if bill.cig:
            _in(order, "CodiceCIG", bill.cig)
    if bill.account.number:
        _in(_in(general, "DatiContratto"), "IdDocumento", bill.account.number[:20])
    if bill.related:
        _related(general, *bill.related)


def _related(general: etree._Element, number: str, on: date) -> None:
    related = _in(general, "DatiFattureCollegate")
    _in(related, "IdDocumento", number), _in(related, "Data", on.isoformat())


def _goods(goods: etree._Element, bill: Bill) -> None:
    for number, (text, cents) in enumerate(bill.lines, start=1):
        row = _in(goods, "DettaglioLinee")
        _in(row, "NumeroLinea", str(number)), _in(row, "Descrizione", text)
        _in(row, "Quantita", "1.00"), _in(row, "PrezzoUnitario", _euro(cents)), _in(row, "PrezzoTotale", _euro(cents))
        _in(row, "AliquotaIVA", _euro(bill.vat_rate * 100))
        if bill.withholding_cents:
            _in(row, "Ritenuta", "SI")
    total = _in(goods, "DatiRiepilogo")
    _in(total, "AliquotaIVA", _euro(bill.vat_rate * 100)), _in(total, "ImponibileImporto", _euro(bill.net_cents))
    _in(total, "Imposta", _euro(bill.vat_cents)), _in(total, "EsigibilitaIVA", "S" if bill.split_payment else "I")


def _payments(body: etree._Element, client: DemoClient, bill: Bill) -> None:
    blocks: Iterator[tuple[int, Iterator[Due]]] = groupby(bill.dues, key=lambda due: due.block)
    for block, dues in blocks:
        data = _in(body, "DatiPagamento")
        _in(
            data,
            "CondizioniPagamento",
            "TP02" if len(bill.dues) == 1 else "TP03" if block == 0 and len(bill.dues) == 4 else "TP01",
        )
        for due in dues:
            row = _in(data, "DettaglioPagamento")
            _in(row, "Beneficiario", client.name[:200]), _in(row, "ModalitaPagamento", due.method)
            _in(row, "DataScadenzaPagamento", due.due_on.isoformat()), _in(row, "ImportoPagamento", _euro(due.cents))
            if due.method == "MP05":
                _in(row, "IBAN", client.iban)
            _in(row, "CodicePagamento", due.reference)


def _vat(data: etree._Element, vat: str) -> None:
    holder = _in(data, "IdFiscaleIVA")
    _in(holder, "IdPaese", "IT"), _in(holder, "IdCodice", vat)


def _seat(party: etree._Element, street: str, postcode: str, city: str, province: str) -> None:
    seat = _in(party, "Sede")
    _in(seat, "Indirizzo", street), _in(seat, "CAP", postcode), _in(seat, "Comune", city)
    _in(seat, "Provincia", province), _in(seat, "Nazione", "IT")


def _euro(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02d}"


def _in(parent: etree._Element, name: str, value: str | None = None) -> etree._Element:
    element = etree.SubElement(parent, name)
    element.text = value
    return element
