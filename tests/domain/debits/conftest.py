# SPDX-License-Identifier: Apache-2.0
"""Acqua as its bank knows it, Carla's mandate and invoices, and what banks write."""

import datetime as dt
from typing import Any

import pytest

from ascolto.domain.access.models import Client
from ascolto.domain.debits.mandates import register_mandate, set_creditor
from ascolto.domain.debits.models import Creditor, DebitMandate
from ascolto.domain.portfolio.models import Customer, Instalment, Invoice

TODAY = dt.date(2026, 11, 20)
CREDITOR = "IT91ZZZ0000001234567897"
OWN, HERS = "IT60X0542811101000000123456", "IT40S0542811101000000123456"
BRUNO = "bruno@acqua.test"


@pytest.fixture
def creditor(acqua: Client) -> Creditor:
    return set_creditor(client=acqua, creditor_id=CREDITOR, iban=OWN, cuc="A1B2C3D4", bic="BPMOIT22XXX", actor=BRUNO)


@pytest.fixture
def mandate(carla: Customer) -> DebitMandate:
    return register_mandate(
        customer=carla, iban=HERS, reference="UMR-1", signed_on=dt.date(2026, 1, 10), actor=BRUNO, as_of=TODAY
    )


def owe(
    customer: Customer, number: str = "2026/15", cents: int = 12345, due: str = "2026-11-10", **more: Any
) -> Instalment:
    """One invoice of the customer with one instalment."""
    issued = dt.date.fromisoformat(due) - dt.timedelta(days=30)
    found = Invoice.objects.create(
        client=customer.client, customer=customer, number=number, issued_on=issued, total_cents=cents, payable_cents=cents,
        **more,
    )  # fmt: skip
    return Instalment.objects.create(
        client=customer.client, customer=customer, invoice=found, due_on=dt.date.fromisoformat(due), amount_cents=cents
    )


def status(number: str, code: str = "AM04", verdict: str = "RJCT", cents: str = "123.45") -> bytes:
    """What the bank says of one direct debit."""
    return (
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.03"><CstmrPmtStsRpt><GrpHdr><MsgId>R1</MsgId>'
        "</GrpHdr><OrgnlGrpInfAndSts><OrgnlMsgId>X</OrgnlMsgId></OrgnlGrpInfAndSts><OrgnlPmtInfAndSts><TxInfAndSts>"
        f"<OrgnlEndToEndId>{number}</OrgnlEndToEndId><TxSts>{verdict}</TxSts><StsRsnInf><Rsn><Cd>{code}</Cd></Rsn>"
        f'</StsRsnInf><OrgnlTxRef><Amt><InstdAmt Ccy="EUR">{cents}</InstdAmt></Amt></OrgnlTxRef></TxInfAndSts>'
        "</OrgnlPmtInfAndSts></CstmrPmtStsRpt></Document>"
    ).encode()


def bank(*entries: tuple[str, str, str, str], reason: str = "") -> bytes:
    """A camt.053 whose entries are (date, signed amount, end-to-end id, words)."""
    rows = ""
    for on, amount, name, text in entries:
        out = amount.startswith("-")
        back = f"<RtrInf><Rsn><Cd>{reason}</Cd></Rsn></RtrInf>" if reason and out else ""
        rows += (
            f'<Ntry><Amt Ccy="EUR">{amount.lstrip("-")}</Amt><CdtDbtInd>{"DBIT" if out else "CRDT"}</CdtDbtInd>'
            f"{'<RvslInd>true</RvslInd>' if back else ''}<Sts>BOOK</Sts><BookgDt><Dt>{on}</Dt></BookgDt><ValDt><Dt>{on}</Dt>"
            f"</ValDt><NtryDtls><TxDtls><Refs><EndToEndId>{name}</EndToEndId></Refs><RmtInf><Ustrd>{text}</Ustrd></RmtInf>"
            f"{back}</TxDtls></NtryDtls></Ntry>"
        )
    return (
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"><BkToCstmrStmt><GrpHdr><MsgId>1</MsgId></GrpHdr>'
        f"<Stmt><Id>S</Id><Acct><Id><IBAN>{OWN}</IBAN></Id><Ccy>EUR</Ccy></Acct>{rows}</Stmt></BkToCstmrStmt></Document>"
    ).encode()
