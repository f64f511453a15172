# SPDX-License-Identifier: Apache-2.0
"""One Ntry of a camt statement: the money, its direction and dates, and what its details tell about who and
why.

ISO 20022 usage rule for RvslInd: with CRDT and RvslInd the original operation was a debit, with DBIT a
credit. So CdtDbtInd is the direction in which this entry moves the money, and the reversal flag never turns
it round.
"""

from __future__ import annotations

from datetime import date

from ..documents import Entry, EntryDetail
from ..problems import Findings
from .fields import amount, code, day, line
from .values import squeezed
from .xml import Element, at, child, children, text

_NO_REFERENCE = frozenset({"NOTPROVIDED", "NOT PROVIDED", "NOTPROVIDED.", "NONREF", "NON FORNITO", "NOTAVAILABLE"})
_SIGNS = {"CRDT": 1, "DBIT": -1}


def entry(row: Element, findings: Findings) -> Entry | None:
    """The entry, or None with an error noted when its money cannot be read."""
    cents, sign = money(row, findings), _SIGNS.get(code(row, "CdtDbtInd"))
    if sign is None:
        findings.add("entry.direction", row=line(row), field="CdtDbtInd", value=text(row, "CdtDbtInd"))
    if cents is None or sign is None:
        return None
    reversal = text(row, "RvslInd").lower() in {"true", "1"}
    role = "Dbtr" if (sign > 0) != reversal else "Cdtr"
    details = tuple(_detail(element, role, findings) for element in _transactions(row))
    only = details[0] if len(details) == 1 else EntryDetail()
    return Entry(
        booked_on=_date(row, "BookgDt", "date.impossible", findings),
        value_on=_date(row, "ValDt", "date.impossible_ignored", findings),
        cents=sign * cents,
        currency=_currency(row),
        status=code(row, "Sts", "Cd") or code(row, "Sts") or "BOOK",
        reversal=reversal,
        end_to_end_id=only.end_to_end_id,
        remittance=_remittance(row, details),
        creditor_reference=only.creditor_reference,
        counterparty=only.counterparty,
        counterparty_iban=only.counterparty_iban,
        bank_reference=text(row, "AcctSvcrRef") or only.bank_reference or text(row, "NtryRef"),
        mandate_id=only.mandate_id,
        return_reason=only.return_reason,
        transaction_code=_transaction_code(row),
        details=details,
        row=line(row),
    )


def money(row: Element, findings: Findings) -> int | None:
    """The Amt of an entry or balance in hundredths, unsigned by CdtDbtInd; None with an error when there is
    none."""
    cents = amount(findings, row, "Amt")
    if cents is None and not text(row, "Amt"):
        findings.add("entry.no_amount", row=line(row), field="Amt")
    elif cents is not None and cents < 0:
        findings.add("entry.negative", row=line(row), field="Amt", value=text(row, "Amt"))
    return cents


def _currency(row: Element) -> str:
    found = child(row, "Amt")
    return squeezed(found.get("Ccy", "")).upper() if found is not None else ""


def _date(row: Element, name: str, impossible: str, findings: Findings) -> date | None:
    """The date of a choice Dt | DtTm, or of an older element that holds it directly."""
    for path in ((name, "Dt"), (name, "DtTm"), (name,)):
        if text(row, *path):
            return day(findings, row, *path, impossible=impossible)
    return None


def _transactions(row: Element) -> list[Element]:
    """TxDtls inside NtryDtls, or directly under Ntry as camt.05x.001.01 has them."""
    nested = [found for block in children(row, "NtryDtls") for found in children(block, "TxDtls")]
    return nested or list(children(row, "TxDtls"))


def _detail(element: Element, role: str, findings: Findings) -> EntryDetail:
    refs, parties = child(element, "Refs"), child(element, "RltdPties")
    other = "Cdtr" if role == "Dbtr" else "Dbtr"
    who = role if _party(parties, role) or at(parties, f"{role}Acct") is not None else other
    return EntryDetail(
        cents=_detail_cents(element),
        end_to_end_id=_reference(text(refs, "EndToEndId")),
        remittance=_unstructured(element) or text(element, "AddtlTxInf"),
        creditor_reference=_creditor_reference(element),
        counterparty=_party(parties, who) or _party(parties, f"Ultmt{who}"),
        counterparty_iban=_account(parties, f"{who}Acct"),
        bank_reference=_reference(text(refs, "AcctSvcrRef")) or _reference(text(refs, "TxId")),
        mandate_id=_reference(text(refs, "MndtId")),
        return_reason=code(element, "RtrInf", "Rsn", "Cd") or code(element, "RtrInf", "RtrRsn", "Cd"),
    )


def _detail_cents(element: Element) -> int | None:
    """Informative only: an unreadable one is nobody's loss."""
    quiet = Findings("")
    return amount(quiet, element, "Amt") or amount(quiet, element, "AmtDtls", "TxAmt", "Amt")


def _party(parties: Element | None, role: str) -> str:
    return text(parties, role, "Nm") or text(parties, role, "Pty", "Nm")


def _account(parties: Element | None, role: str) -> str:
    return squeezed(text(parties, role, "Id", "IBAN") or text(parties, role, "Id", "Othr", "Id"))


def _unstructured(element: Element) -> str:
    return " ".join(
        part for block in children(element, "RmtInf") for row in children(block, "Ustrd") if (part := text(row))
    )


def _creditor_reference(element: Element) -> str:
    """ISO 11649 (RF...) or national reference: CdtrRefInf/Ref, or CdtrRef in the first versions."""
    for block in children(element, "RmtInf"):
        for structured in children(block, "Strd"):
            found = text(structured, "CdtrRefInf", "Ref") or text(structured, "CdtrRefInf", "CdtrRef")
            if found:
                return squeezed(found)
    return ""


def _reference(written: str) -> str:
    return "" if written.upper() in _NO_REFERENCE else written


def _remittance(row: Element, details: tuple[EntryDetail, ...]) -> str:
    """The words of the entry: those of its only transaction and what the bank adds, said once."""
    told = [details[0].remittance] if len(details) == 1 else []
    added = text(row, "AddtlNtryInf")
    if added and not any(added in part for part in told):
        told.append(added)
    return " ".join(filter(None, told))


def _transaction_code(row: Element) -> str:
    domain = at(row, "BkTxCd", "Domn")
    parts = (code(domain, "Cd"), code(domain, "Fmly", "Cd"), code(domain, "Fmly", "SubFmlyCd"))
    return "/".join(filter(None, parts)) or text(row, "BkTxCd", "Prtry", "Cd")
