# SPDX-License-Identifier: Apache-2.0
"""A bank statement per bank day: camt.053 in version 02, in version 08, and in the CBI wrapping of Italian banks.

Sources: ISO 20022 camt.053.001.02 and .08; CBI, CBIBdyBkToCstmrStmtReq.00.01.02. Same in, same bytes out.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from lxml import etree

from ascolto.demo.bank import Movement
from ascolto.demo.clients import DemoClient

_CBI = "urn:CBI:xsd:{}.00.01.02"
_WRAP = ("CBIBdyBkToCstmrStmtReq", "CBIEnvelBkToCstmrStmtReqLogMsg", "CBIBkToCstmrStmtReqLogMsg", "CBIDlyStmtReqLogMsg")


def statement(client: DemoClient, day: date, opening_cents: int, movements: Sequence[Movement]) -> bytes:
    """The statement of `day`; the closing balance is the opening one plus the movements."""
    root, message, namespace = _envelope(client.bank_format)
    modern = client.bank_format == "v08"
    head = _in(message, namespace, "GrpHdr")
    _in(head, namespace, "MsgId", f"{client.series}{day:%Y%m%d}"), _in(head, namespace, "CreDtTm", f"{day}T22:30:00")
    stmt = _in(message, namespace, "Stmt")
    _in(stmt, namespace, "Id", f"{client.slug}-{day}"), _in(stmt, namespace, "ElctrncSeqNb", f"{day:%y%j}")
    _in(stmt, namespace, "CreDtTm", f"{day}T22:30:00")
    account = _in(stmt, namespace, "Acct")
    _in(_in(account, namespace, "Id"), namespace, "IBAN", client.iban), _in(account, namespace, "Ccy", "EUR")
    _in(_in(account, namespace, "Ownr"), namespace, "Nm", client.name)
    closing_cents = opening_cents + sum(movement.cents for movement in movements)
    for code, cents in (("OPBD", opening_cents), ("CLBD", closing_cents)):
        _balance(stmt, namespace, code, cents, day)
    for movement in movements:
        _entry(stmt, namespace, movement, modern)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8"))


def _envelope(dialect: str) -> tuple[etree._Element, etree._Element, str]:
    """Root, the element that holds GrpHdr and Stmt, and the namespace of both."""
    if dialect != "cbi":
        namespace = f"urn:iso:std:iso:20022:tech:xsd:camt.053.001.{dialect[1:]}"
        root = etree.Element(f"{{{namespace}}}Document", nsmap=_default(namespace))
        return root, _in(root, namespace, "BkToCstmrStmt"), namespace
    body, log, daily = (_CBI.format(name) for name in (_WRAP[0], _WRAP[2], _WRAP[3]))
    root = etree.Element(f"{{{body}}}{_WRAP[0]}", nsmap={"BODY": body, "LMSG": log, "DLST": daily})
    facts = _in(root, body, "PhyMsgInf")
    _in(facts, body, "PhyMsgTpCd", "RND-DLST-01"), _in(facts, body, "NbOfLogMsg", "1")
    outer = _in(_in(root, body, _WRAP[1]), body, _WRAP[2])
    return root, _in(outer, log, _WRAP[3]), daily


def _default(namespace: str) -> Any:
    """The stubs of lxml know no namespace without a prefix."""
    return {None: namespace}


def _balance(stmt: etree._Element, namespace: str, code: str, cents: int, day: date) -> None:
    balance = _in(stmt, namespace, "Bal")
    _in(_in(_in(balance, namespace, "Tp"), namespace, "CdOrPrtry"), namespace, "Cd", code)
    _amount(balance, namespace, cents)
    _in(_in(balance, namespace, "Dt"), namespace, "Dt", day.isoformat())


def _entry(stmt: etree._Element, namespace: str, movement: Movement, modern: bool) -> None:
    entry = _in(stmt, namespace, "Ntry")
    _in(entry, namespace, "NtryRef", movement.id)
    _amount(entry, namespace, movement.cents)
    status = _in(entry, namespace, "Sts", None if modern else "BOOK")
    if modern:
        _in(status, namespace, "Cd", "BOOK")
    for name in ("BookgDt", "ValDt"):
        _in(_in(entry, namespace, name), namespace, "Dt", movement.on.isoformat())
    _in(entry, namespace, "AcctSvcrRef", movement.id)
    _family(_in(entry, namespace, "BkTxCd"), namespace, movement)
    _details(_in(_in(entry, namespace, "NtryDtls"), namespace, "TxDtls"), namespace, movement, modern)


def _family(code: etree._Element, namespace: str, movement: Movement) -> None:
    domain = _in(code, namespace, "Domn")
    _in(domain, namespace, "Cd", "PMNT")
    family = _in(domain, namespace, "Fmly")
    group = {"UPDD": "IDDT", "CHRG": "MDOP"}.get(movement.family, movement.family)
    detail = {"RCDT": "ESCT", "RDDT": "ESDD", "UPDD": "UPDD", "CHRG": "CHRG", "ICDT": "ESCT"}[movement.family]
    _in(family, namespace, "Cd", group), _in(family, namespace, "SubFmlyCd", detail)


def _details(details: etree._Element, namespace: str, movement: Movement, modern: bool) -> None:
    refs = _in(details, namespace, "Refs")
    (
        _in(refs, namespace, "AcctSvcrRef", movement.id),
        _in(refs, namespace, "EndToEndId", movement.end_to_end or "NOTPROVIDED"),
    )
    if modern:
        _amount(details, namespace, movement.cents)
    if movement.payer:
        _party(_in(details, namespace, "RltdPties"), namespace, movement, modern)
    if movement.reference or movement.text:
        remittance = _in(details, namespace, "RmtInf")
        if movement.text:
            _in(remittance, namespace, "Ustrd", movement.text[:140])
        if movement.reference:
            _reference(_in(remittance, namespace, "Strd"), namespace, movement.reference)
    if movement.return_reason:
        _in(_in(_in(details, namespace, "RtrInf"), namespace, "Rsn"), namespace, "Cd", movement.return_reason)


def _party(parties: etree._Element, namespace: str, movement: Movement, modern: bool) -> None:
    role = "Dbtr" if movement.cents > 0 or movement.return_reason else "Cdtr"
    party = _in(parties, namespace, role)
    _in(_in(party, namespace, "Pty") if modern else party, namespace, "Nm", movement.payer[:70])
    if movement.iban:
        _in(_in(_in(parties, namespace, f"{role}Acct"), namespace, "Id"), namespace, "IBAN", movement.iban)


def _reference(structured: etree._Element, namespace: str, reference: str) -> None:
    info = _in(structured, namespace, "CdtrRefInf")
    kind = _in(info, namespace, "Tp")
    _in(_in(kind, namespace, "CdOrPrtry"), namespace, "Cd", "SCOR"), _in(kind, namespace, "Issr", "ISO")
    _in(info, namespace, "Ref", reference)


def _amount(parent: etree._Element, namespace: str, cents: int) -> None:
    _in(parent, namespace, "Amt", f"{abs(cents) // 100}.{abs(cents) % 100:02d}").set("Ccy", "EUR")
    _in(parent, namespace, "CdtDbtInd", "CRDT" if cents >= 0 else "DBIT")


def _in(parent: etree._Element, namespace: str, name: str, value: str | None = None) -> etree._Element:
    element = etree.SubElement(parent, f"{{{namespace}}}{name}")
    element.text = value
    return element
