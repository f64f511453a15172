# SPDX-License-Identifier: Apache-2.0
"""The file of a collection: pain.008.001.02 or .08 as sepaxml writes it, and the CBI envelope of Italian banks.

Pure but for the library: plain values in, bytes out, the same bytes for the same values. What leaves was checked: against
the schema (pain.008), and in every form against its own counts and sums. The CBI form was built from published files of
banks' customers; its schema is not public, so only its content is checked.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import sepaxml
from lxml import etree

FORMS = {"pain.08": "pain.008.001.08", "pain.02": "pain.008.001.02", "cbi": "pain.008.001.08"}
"""Our name of a form -> the ISO message that it is, or is made from."""
CBI = "urn:CBI:xsd:CBISDDReqLogMsg.00.01.01"
Element = Any


class MessageError(ValueError):
    """The file would not be right; says what is wrong with it."""


@dataclass(frozen=True)
class Debit:
    """One order as it is written."""

    end_to_end_id: str
    cents: int
    collect_on: dt.date
    sequence: str
    mandate_id: str
    signed_on: dt.date
    holder: str
    iban: str
    text: str


@dataclass(frozen=True)
class Header:
    """Who asks, through which account, in which scheme."""

    identifier: str
    made_at: dt.datetime
    name: str
    creditor_id: str
    iban: str
    scheme: str
    bic: str = ""
    cuc: str = ""


def write(form: str, header: Header, debits: Sequence[Debit]) -> bytes:
    """The file. Raises MessageError when it cannot be right."""
    if form == "pain.02" and not header.bic:
        raise MessageError("pain.008.001.02 needs the BIC of the creditor's bank")
    if form == "cbi" and not header.cuc:
        raise MessageError("the CBI envelope needs the CUC code")
    root = _iso(FORMS[form], header, debits)
    if form == "cbi":
        root = _enveloped(root, header)
    else:
        try:
            _schema(FORMS[form]).assertValid(root)
        except etree.DocumentInvalid as wrong:
            raise MessageError(str(wrong)) from wrong
    check(root, debits)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8"))


def check(root: Element, debits: Sequence[Debit]) -> None:
    """Counts, sums and identifiers of what was written against what was to be written. Raises MessageError."""
    orders = list(root.iter("{*}DrctDbtTxInf"))
    written = [(_said(order, "EndToEndId"), _cents(_said(order, "InstdAmt"))) for order in orders]
    if sorted(written) != sorted((one.end_to_end_id, one.cents) for one in debits):
        raise MessageError("the orders written are not those asked for")
    if len({name for name, _amount in written}) != len(written):
        raise MessageError("an EndToEndId stands twice")
    for holder in (root.find(".//{*}GrpHdr"), *root.iter("{*}PmtInf")):
        inside = orders if holder.tag.endswith("}GrpHdr") else list(holder.iter("{*}DrctDbtTxInf"))
        stated = (_direct(holder, "NbOfTxs"), _direct(holder, "CtrlSum"))
        if stated[0] and int(stated[0]) != len(inside):
            raise MessageError(f"NbOfTxs says {stated[0]}, there are {len(inside)}")
        total = sum(_cents(_said(order, "InstdAmt")) for order in inside)
        if stated[1] and _cents(stated[1]) != total:
            raise MessageError(f"CtrlSum says {stated[1]}, the orders make {total} cents")
    if any(order.find(".//{*}InstdAmt").get("Ccy") != "EUR" for order in orders):
        raise MessageError("direct debits are in EUR")


def _iso(schema: str, header: Header, debits: Sequence[Debit]) -> Element:
    """As sepaxml writes it, with our own identifiers and time instead of its random ones."""
    config = {"name": header.name, "IBAN": header.iban, "batch": True, "creditor_id": header.creditor_id,
              "currency": "EUR", "instrument": header.scheme}  # fmt: skip
    message = sepaxml.SepaDD(config | ({"BIC": header.bic} if header.bic else {}), schema=schema, clean=True)
    for one in debits:
        message.add_payment(
            {"name": one.holder, "IBAN": one.iban, "amount": one.cents, "type": one.sequence,
             "collection_date": one.collect_on, "mandate_id": one.mandate_id, "mandate_date": one.signed_on,
             "description": one.text, "endtoend_id": one.end_to_end_id}
        )  # fmt: skip
    root: Element = etree.fromstring(message.export(validate=False))
    head = root.find(".//{*}GrpHdr")
    head.find("{*}MsgId").text = header.identifier
    head.find("{*}CreDtTm").text = header.made_at.strftime("%Y-%m-%dT%H:%M:%S")
    for number, block in enumerate(root.iter("{*}PmtInf"), start=1):
        block.find("{*}PmtInfId").text = f"{header.identifier[:31]}-{number}"
    return root


@lru_cache
def _schema(name: str) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(Path(sepaxml.__file__).parent / "schemas" / f"{name}.xsd"))


def _enveloped(root: Element, header: Header) -> Element:
    """The CBI logical message: same content under its own root, the bank by its ABI code, the sender by its CUC."""
    message: Element = etree.Element(f"{{{CBI}}}CBISDDReqLogMsg", nsmap={None: CBI})  # type: ignore[dict-item]
    for part in root[0]:
        message.append(_renamed(part))
    sender = message.find(".//{*}InitgPty/{*}Id/{*}OrgId/{*}Othr")
    sender.find("{*}Id").text = header.cuc
    etree.SubElement(sender, f"{{{CBI}}}Issr").text = "CBI"
    for agent in message.iter(f"{{{CBI}}}CdtrAgt"):
        bank = agent.find("{*}FinInstnId")
        bank.clear()
        member = etree.SubElement(etree.SubElement(bank, f"{{{CBI}}}ClrSysMmbId"), f"{{{CBI}}}MmbId")
        member.text = header.iban[5:10]
    for order in message.iter(f"{{{CBI}}}DrctDbtTxInf"):
        order.remove(order.find("{*}DbtrAgt"))
        named = order.find("{*}PmtId")
        instruction: Element = etree.Element(f"{{{CBI}}}InstrId")
        instruction.text = named.find("{*}EndToEndId").text
        named.insert(0, instruction)
    return message


def _renamed(element: Element) -> Element:
    copy: Element = etree.Element(f"{{{CBI}}}{etree.QName(element).localname}", dict(element.attrib))
    copy.text = element.text
    for child in element:
        copy.append(_renamed(child))
    return copy


def _said(element: Element, name: str) -> str:
    return str(element.findtext(f".//{{*}}{name}") or "")


def _direct(element: Element, name: str) -> str:
    return str(element.findtext(f"{{*}}{name}") or "")


def _cents(text: str) -> int:
    whole, _, rest = text.partition(".")
    return int(whole or 0) * 100 + int(rest[:2].ljust(2, "0") or 0)
