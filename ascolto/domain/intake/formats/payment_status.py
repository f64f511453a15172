# SPDX-License-Identifier: Apache-2.0
"""What the bank says about direct debits: pain.002, also as CBISDDStsRptLogMsg in the CBI envelope.

A transaction is found wherever the envelope puts it (TxInfAndSts). Its reason code is kept as it is and put into words
by policies/bank/return_codes.toml; a code that is not there waits for a person.
"""

from __future__ import annotations

from ..documents import Collection, CollectionDoc
from ..problems import Findings, Refusal
from .fields import amount, code, day, line
from .values import squeezed
from .xml import Element, name_of, text

_OUTCOMES = {
    "RJCT": "rejected", "ACCP": "accepted", "ACTC": "accepted", "ACSP": "accepted", "ACSC": "settled", "ACCC": "settled",
    "PDNG": "pending", "CANC": "recalled", "RVRD": "returned", "RTRD": "returned",
}  # fmt: skip


def is_status(root: Element) -> bool:
    """Whether the document is a payment status report."""
    found = (name_of(element) for element in root.iter() if isinstance(element.tag, str))
    return any(name in ("CstmrPmtStsRpt", "TxInfAndSts", "OrgnlGrpInfAndSts") for name in found)


def read(root: Element, findings: Findings) -> CollectionDoc:
    """The statuses of one file. Raises `Refusal` when it has none at all."""
    group = next(root.iter("{*}OrgnlGrpInfAndSts"), None)
    orders = tuple(_order(element, findings) for element in root.iter("{*}TxInfAndSts"))
    whole = code(group, "GrpSts")
    if not orders and not whole:
        raise Refusal("collection.no_status", row=line(root), field="TxInfAndSts")
    return CollectionDoc(
        file=findings.file,
        format="CBI SDD status" if b"CBI" in str(root.nsmap).encode() or "CBI" in name_of(root) else "pain.002",
        identifier=text(group, "OrgnlMsgId"),
        sender="",
        orders=orders,
        outcome=_OUTCOMES.get(whole, "unknown") if whole else "",
        row=line(root),
    )


def _order(element: Element, findings: Findings) -> Collection:
    status = code(element, "TxSts")
    reason = code(element, "StsRsnInf", "Rsn", "Cd") or code(element, "StsRsnInf", "Rsn", "Prtry")
    outcome = _OUTCOMES.get(status, "unknown")
    if outcome == "unknown":
        findings.add("code.unknown", row=line(element), field="TxSts", value=status)
    reference = ("OrgnlTxRef",)
    return Collection(
        number=text(element, "OrgnlEndToEndId") or text(element, "OrgnlInstrId"),
        cents=amount(findings, element, *reference, "Amt", "InstdAmt"),
        due_on=day(findings, element, *reference, "ReqdColltnDt", impossible="date.impossible_ignored"),
        customer=text(element, *reference, "Dbtr", "Nm") or text(element, *reference, "Dbtr", "Pty", "Nm"),
        mandate_id=squeezed(text(element, *reference, "MndtRltdInf", "MndtId")),
        reference=text(element, *reference, "RmtInf", "Ustrd"),
        outcome=outcome,
        code=reason or status,
        row=line(element),
    )
