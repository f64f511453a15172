# SPDX-License-Identifier: Apache-2.0
"""Bank statements in camt.052, .053 and .054, every version, also in the CBI envelope.

Statements are found by local name wherever the envelope puts them. Money and its direction come from the
entry (Ntry), never from its transaction details. What does not add up is shown, not refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from ..documents import Balance, Entry, StatementDoc
from ..problems import Findings, Refusal
from . import tying
from .camt_entry import entry, money
from .fields import code, day, line
from .values import squeezed
from .xml import Element, at, child, children, name_of, text

STATEMENTS = {"Stmt": "camt.053", "Rpt": "camt.052", "Ntfctn": "camt.054"}
_NOT_STATEMENTS = frozenset({"NtfctnToRcv", "NtfctnToRcvCxlAdvc", "NtfctnToRcvStsRpt"})
_VERSION = re.compile(r"camt\.05[234]\.001\.\d\d|CBI[A-Za-z]+(?:\.\d\d){3}|CBI[A-Za-z]+\.\d{3}\.\d{3}\.\d\d")
_PART = "/SubTp"
"""Marks a balance of a part: of a page (INTM), of a pool. It counts only when there is no other."""
_OPENING = ("OPBD", "PRCD", f"OPBD{_PART}", f"PRCD{_PART}")
_CLOSING = ("CLBD", f"CLBD{_PART}")


def statements(root: Element) -> list[Element]:
    """The Stmt, Rpt and Ntfctn elements with an account or money; none when this is no camt document."""
    found = root.iter("{*}Stmt", "{*}Rpt", "{*}Ntfctn")
    return [element for element in found if is_statement(element)]


def is_statement(element: Element) -> bool:
    """Whether a Stmt, Rpt or Ntfctn is one of an account: other messages use the same names."""
    parent = element.getparent()
    other = parent is not None and name_of(parent) in _NOT_STATEMENTS
    return not other and any(child(element, name) is not None for name in ("Acct", "Bal", "Ntry"))


def is_camt(root: Element) -> bool:
    """Whether the document claims to be a statement, even if it holds none."""
    return any(
        name_of(element).startswith(("BkToCstmrStmt", "BkToCstmrAcctRpt", "BkToCstmrDbtCdtNtfctn"))
        for element in (root, *root, *(grandchild for kid in root for grandchild in kid))
    )


def read(elements: list[Element], findings: Findings) -> Iterator[StatementDoc]:
    """One statement for each element; one with an unreadable entry is refused alone."""
    if not elements:
        raise Refusal("statement.missing", field="Stmt")
    for element in elements:
        errors_before = findings.errors
        entries = tuple(filter(None, (entry(row, findings) for row in children(element, "Ntry"))))
        doc = document(element, entries, findings)
        if findings.errors == errors_before:
            check(doc, element, findings)
            yield doc
        elif len(elements) > 1:
            findings.add("statement.refused", row=line(element), field=name_of(element), account=doc.account)


def document(element: Element, entries: Sequence[Entry], findings: Findings) -> StatementDoc:
    """The statement around these entries."""
    account, balances = child(element, "Acct"), _balances(element, findings)
    currency = code(account, "Ccy") or next((balance.currency for _, balance in balances if balance.currency), "")
    currency = currency or next((row.currency for row in entries if row.currency), "")
    return StatementDoc(
        file=findings.file,
        format=_format(element),
        identifier=text(element, "Id"),
        account=_account(account),
        currency=currency,
        opening=_pick(balances, _OPENING, currency, latest=False),
        closing=_pick(balances, _CLOSING, currency, latest=True),
        entries=_with_currency(entries, currency),
        owner=text(account, "Ownr", "Nm") or text(account, "Ownr", "Pty", "Nm") or text(account, "Nm"),
        row=line(element),
    )


def _account(account: Element | None) -> str:
    paths = (("IBAN",), ("Othr", "Id"), ("BBAN",), ("PrtryAcct", "Id"), ("UPIC",))
    return next(filter(None, (squeezed(text(account, "Id", *path)) for path in paths)), "")


def _balances(element: Element, findings: Findings) -> list[tuple[str, Balance]]:
    return [found for row in children(element, "Bal") if (found := _balance(row, findings)) is not None]


def _balance(row: Element, findings: Findings) -> tuple[str, Balance] | None:
    kind = code(row, "Tp", "CdOrPrtry", "Cd") or code(row, "Tp", "CdOrPrtry", "Prtry") or code(row, "Tp", "Cd")
    amount = money(row, findings)
    if amount is None:
        return None
    direction = code(row, "CdtDbtInd")  # some banks leave it out: then the balance is a credit
    sign = -1 if direction == "DBIT" else 1
    on = day(findings, row, "Dt", "Dt") or day(findings, row, "Dt", "DtTm") or day(findings, row, "Dt")
    if at(row, "Tp", "SubTp") is not None:
        kind += _PART
    return kind, Balance(on, sign * amount, squeezed(_currency(row)))


def _currency(row: Element) -> str:
    amount = child(row, "Amt")
    return amount.get("Ccy", "") if amount is not None else ""


def _pick(balances: list[tuple[str, Balance]], kinds: tuple[str, ...], currency: str, latest: bool) -> Balance | None:
    """The first kind that the statement has, in its currency; the earliest opening, the latest closing."""
    for kind in kinds:
        found = [balance for name, balance in balances if name == kind]
        found = [balance for balance in found if balance.currency == currency] or found
        dated = sorted((balance for balance in found if balance.date), key=lambda balance: str(balance.date))
        if dated and latest:
            return next(balance for balance in dated if balance.date == dated[-1].date)
        if found:
            return dated[0] if dated else found[0]
    return None


def _with_currency(entries: Sequence[Entry], currency: str) -> Sequence[Entry]:
    if not isinstance(entries, tuple):
        return entries  # spooled, with their currency
    return tuple(row if row.currency else replace(row, currency=currency) for row in entries)


def check(doc: StatementDoc, element: Element, findings: Findings) -> None:
    """Opening and booked entries against closing, and the summary of the bank against what is there:
    warnings."""
    tying.check(doc, findings, "Bal")
    stated = text(element, "TxsSummry", "TtlNtries", "NbOfNtries")
    if stated.isdigit() and int(stated) != len(doc.entries):
        findings.add("statement.count", row=doc.row, field="NbOfNtries", stated=stated, found=len(doc.entries))
    undated = sum(row.booked_on is None for row in doc.entries)
    if undated:
        findings.add("statement.undated", row=doc.row, field="BookgDt", count=undated)


def _format(element: Element) -> str:
    """The version that the namespace names ("camt.053.001.08"), else the family."""
    names = [element.nsmap.get(element.prefix) or ""] + [uri for uri in element.nsmap.values() if uri]
    match = next(filter(None, (_VERSION.search(str(uri)) for uri in names)), None)
    return match[0] if match else STATEMENTS[name_of(element)]
