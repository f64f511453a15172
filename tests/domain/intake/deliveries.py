# SPDX-License-Identifier: Apache-2.0
"""Deliveries for the staging tests: Acqua's invoices to people of nobody, statements and lists."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from ascolto.domain.access.models import Client
from ascolto.domain.intake import staging
from ascolto.domain.intake.models import Batch
from tests.domain.intake.formats.making import body, fattura, instalment, payment

TODAY = dt.date(2026, 11, 20)
ACQUA = "01234567897"
CARLA, DINO = "BNCCRL80A41F205X", "VRDDNI70A01F205K"


def party(
    role: str,
    *,
    vat: str = "",
    tax_code: str = "",
    name: str,
    street: str = "Via Verdi 5",
    city: str = "Milano",
) -> str:
    """Seller or buyer of an ordinary invoice."""
    codes = f"<IdFiscaleIVA><IdPaese>IT</IdPaese><IdCodice>{vat}</IdCodice></IdFiscaleIVA>" if vat else ""
    codes += f"<CodiceFiscale>{tax_code}</CodiceFiscale>" if tax_code else ""
    seat = f"<Sede><Indirizzo>{street}</Indirizzo><CAP>20123</CAP><Comune>{city}</Comune><Nazione>IT</Nazione></Sede>"
    return (
        f"<{role}><DatiAnagrafici>{codes}<Anagrafica><Denominazione>{name}</Denominazione></Anagrafica></DatiAnagrafici>"
        f"{seat if street else ''}</{role}>"
    )


def invoice(
    *,
    number: str = "2026/1",
    date: str = "2026-10-01",
    total: str = "122.00",
    payments: str | None = None,
    seller_vat: str = ACQUA,
    buyer_vat: str = "",
    buyer_code: str = CARLA,
    buyer_name: str = "Carla Bianchi",
    street: str = "Via Verdi 5",
    versione: str = "FPR12",
    **wishes: Any,
) -> bytes:
    """One FatturaPA file of Acqua: 122.00 to Carla, due on 31 October, unless it says otherwise."""
    paid = payment(instalment("2026-10-31", total)) if payments is None else payments
    xml = fattura(
        body(number=number, date=date, total=total, payments=paid, **wishes),
        versione=versione,
        seller=party("CedentePrestatore", vat=seller_vat, name="Acqua e Luce S.p.A."),
        buyer=party("CessionarioCommittente", vat=buyer_vat, tax_code=buyer_code, name=buyer_name, street=street),
    )
    return xml.encode()


def stage(client: Client, *files: tuple[str, bytes], profile: Any = None) -> Batch:
    """A delivery brought by Bruno."""
    return staging.stage(client=client, files=files, profile=profile, actor="bruno@acqua.test", as_of=TODAY)


def take(client: Client, *files: tuple[str, bytes], profile: Any = None) -> Batch:
    """A delivery brought and accepted by Bruno."""
    batch = stage(client, *files, profile=profile)
    staging.accept(batch=batch, actor="bruno@acqua.test", as_of=TODAY)
    batch.refresh_from_db()
    return batch


def csv(*rows: Sequence[str]) -> bytes:
    """A list as Italian programs write it."""
    return "\r\n".join(";".join(f'"{cell}"' for cell in row) for row in rows).encode()


def problems(batch: Batch) -> list[str]:
    """The codes of what is still wrong or doubtful."""
    return [found.problem[0] for found in batch.problems.filter(solved=False).order_by("pk")]


def errors(batch: Batch) -> list[str]:
    """The codes of what is still wrong."""
    return [found.problem[0] for found in batch.problems.filter(solved=False, severity="error").order_by("pk")]


def statuses(batch: Batch) -> list[str]:
    """The status of every row, in the order of the files."""
    return list(batch.rows.order_by("pk").values_list("status", flat=True))


def camt(*entries: tuple[str, str, str], opening: str = "1000.00", iban: str = "IT60X0542811101000000123456") -> bytes:
    """A camt.053 of one account; entries are (date, signed amount, remittance)."""
    rows, closing = "", float(opening)
    for on, amount, text in entries:
        closing += float(amount)
        way = "DBIT" if amount.startswith("-") else "CRDT"
        rows += (
            f'<Ntry><Amt Ccy="EUR">{amount.lstrip("-")}</Amt><CdtDbtInd>{way}</CdtDbtInd><Sts>BOOK</Sts>'
            f"<BookgDt><Dt>{on}</Dt></BookgDt><ValDt><Dt>{on}</Dt></ValDt><NtryDtls><TxDtls><RmtInf><Ustrd>{text}</Ustrd>"
            "</RmtInf></TxDtls></NtryDtls></Ntry>"
        )
    balances = "".join(
        f'<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">{value}</Amt><CdtDbtInd>CRDT</CdtDbtInd>'
        f"<Dt><Dt>2026-11-19</Dt></Dt></Bal>"
        for code, value in (("OPBD", opening), ("CLBD", f"{closing:.2f}"))
    )
    return (
        '<?xml version="1.0"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"><BkToCstmrStmt><GrpHdr>'
        "<MsgId>1</MsgId></GrpHdr><Stmt><Id>S1</Id><Acct><Id><IBAN>"
        f"{iban}</IBAN></Id><Ccy>EUR</Ccy></Acct>{balances}{rows}</Stmt></BkToCstmrStmt></Document>"
    ).encode()
