# SPDX-License-Identifier: Apache-2.0
"""Documents a second of CPU that the readers take. Prints: `python bench/intake_formats.py`."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from django.conf import settings  # noqa: E402

settings.configure(USE_I18N=False)

from ascolto.domain.intake.reading import read  # noqa: E402
from tests.domain.intake.formats import making, making_trade  # noqa: E402
from tests.domain.intake.formats.test_sdi import scarto  # noqa: E402

ENTRY = """<Ntry><Amt Ccy="EUR">12.34</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts>
<BookgDt><Dt>2026-05-04</Dt></BookgDt><ValDt><Dt>2026-05-04</Dt></ValDt><NtryDtls><TxDtls>
<Refs><EndToEndId>NOTPROVIDED</EndToEndId></Refs><RltdPties><Dbtr><Nm>Carla Rossi</Nm></Dbtr></RltdPties>
<RmtInf><Ustrd>Fattura 2026/15</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>"""


def statement(entries: int) -> bytes:
    """A camt.053 with that many entries."""
    return (
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt><Stmt><Id>1</Id>'
        f"<Acct><Id><IBAN>IT60X0542811101000000123456</IBAN></Id><Ccy>EUR</Ccy></Acct>{ENTRY * entries}"
        "</Stmt></BkToCstmrStmt></Document>"
    ).encode()


def table(rows: int) -> bytes:
    """A CSV of open items with that many rows."""
    head = "Codice cliente;Ragione sociale;Numero fattura;Data scadenza;Importo residuo\n"
    return (head + "".join(f"C{n};Carla {n};F{n};{n % 28 + 1:02d}/05/2026;1.234,56\n" for n in range(rows))).encode()


def measure(name: str, unit: str, count: int, work: Callable[[], object]) -> None:
    """The best of three runs, by CPU time of this process."""
    best = min(_cpu(work) for _ in range(3))
    print(f"{name:34} {count / best:10,.0f} {unit}/s of CPU   ({count} in {best:.3f} s)")


def _cpu(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def main() -> None:
    """Warm up once, then measure each format."""
    lines = making.LINE * 5 + making.SUMMARY
    paid = making.payment(making.instalment(cents="61.00"), making.instalment(cents="61.00"))
    invoice = making.fattura(making.body(goods=lines, payments=paid)).encode()
    envelope, armour = making.signed(invoice), 500
    read("warm", invoice)
    print(f"one plain FatturaPA here has {len(invoice):,} bytes, 5 lines, 2 instalments")
    measure("FatturaPA, plain", "documents", 2000, lambda: [read("f", invoice) for _ in range(2000)])
    measure(
        "FatturaPA in .p7m (verified)",
        "documents",
        armour,
        lambda: [read("f", envelope) for _ in range(armour)],
    )
    for name, data, count in (
        ("UBL", making_trade.ubl(), 2000),
        ("CII", making_trade.cii(), 2000),
        ("Factur-X in PDF", making_trade.pdf(("factur-x.xml", making_trade.cii())), 300),
        ("SdI notice", scarto(), 2000),
    ):
        measure(name, "documents", count, lambda data=data, count=count: [read("f", data) for _ in range(count)])
    bank, items = statement(20_000), table(50_000)
    measure("camt.053", "entries", 20_000, lambda: read("f", bank))
    measure("open items in CSV", "rows", 50_000, lambda: read("f", items))


if __name__ == "__main__":
    main()
