# SPDX-License-Identifier: Apache-2.0
"""Bank statements: entries a minute from file to ledger for each format, and the peak memory of a large camt dry run.

Prints: `.venv/bin/python -m bench.statements 50000`. Uses a database of its own in a temporary folder (SQLite), or
the one of DATABASE_URL, which must be empty.
"""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

NTRY = """<Ntry><Amt Ccy="EUR">12.34</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts><BookgDt><Dt>2026-11-20</Dt></BookgDt>
<ValDt><Dt>2026-11-20</Dt></ValDt><NtryDtls><TxDtls><Refs><EndToEndId>E2E-{n}</EndToEndId></Refs><RltdPties><Dbtr>
<Nm>Carla Rossi</Nm></Dbtr></RltdPties><RmtInf><Ustrd>Fattura 2026/{n}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>
"""


def camt(entries: int) -> bytes:
    """A camt.053 with so many entries."""
    body = "".join(NTRY.format(n=n) for n in range(entries))
    head = '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt><Stmt><Id>1</Id><Acct><Id>'
    account = "<IBAN>IT60X0542811101000000123456</IBAN></Id><Ccy>EUR</Ccy></Acct>"
    return f"{head}{account}{body}</Stmt></BkToCstmrStmt></Document>".encode()


def mt940(entries: int) -> bytes:
    """The same in MT940."""
    body = "".join(f":61:2611201120C12,34NTRFE2E-{n}//B{n}\n:86:Fattura 2026/{n}\n" for n in range(entries))
    total = entries * 1234
    closing = f":62F:C261120EUR{total // 100},{total % 100:02d}\n-\n"
    return f":20:X\n:25:IT60X0542811101000000123456\n:28C:1\n:60F:C261120EUR0,00\n{body}{closing}".encode()


def main(entries: int) -> None:
    """Each format once, through staging and acceptance; then a dry run of twice and eight times the size."""
    with tempfile.TemporaryDirectory() as home:
        os.environ["ASCOLTO_HOME"] = home
        _set_up()
        for name, data in (("camt.053", camt(entries)), ("MT940", mt940(entries))):
            cpu, wall = _into_ledger(name, data, entries)
            print(f"{name:10} {entries / cpu * 60:10,.0f} entries a minute of CPU, {entries / wall * 60:,.0f} of clock")
        for times in (2, 8):
            path = Path(home) / "large.xml"
            path.write_bytes(camt(entries * times))
            run = subprocess.run(
                [sys.executable, "-m", "bench.statements", "--dry-run", path], capture_output=True, check=True
            )
            print(f"dry run of {path.stat().st_size / 1e6:.0f} MB: {run.stdout.decode().strip()}")


def _set_up() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ascolto.config.settings")
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)


def _into_ledger(name: str, data: bytes, entries: int) -> tuple[float, float]:
    from ascolto.domain.access.models import Client
    from ascolto.domain.intake import staging
    from ascolto.domain.ledger.models import BankLine
    from ascolto.domain.records import clock

    client = Client.objects.create(slug=name.lower().replace(".", "-"), name=name)
    cpu, wall = time.process_time(), time.perf_counter()
    batch = staging.stage(client=client, files=[("f", data)], actor="bench", as_of=clock.today())
    if batch.status == batch.Status.STAGED:
        staging.accept(batch=batch, actor="bench", as_of=clock.today())
    spent = time.process_time() - cpu, time.perf_counter() - wall
    assert BankLine.objects.filter(client=client).count() == entries
    return spent


def _dry_run(path: str) -> None:
    from django.conf import settings

    settings.configure(USE_I18N=False)
    from ascolto.domain.intake import dryrun

    dryrun.run([path], out=io.StringIO())
    # Not ru_maxrss: that one begins with the memory of the process which started this one.
    status = Path("/proc/self/status").read_text()
    peak_kb = int(status.partition("VmHWM:")[2].split()[0])
    print(f"peak {peak_kb / 1024:.0f} MB, {time.process_time():.1f} s of CPU")


if __name__ == "__main__":
    if sys.argv[1] == "--dry-run":
        _dry_run(sys.argv[2])
    else:
        main(int(sys.argv[1]))
