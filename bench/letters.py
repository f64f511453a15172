# SPDX-License-Identifier: Apache-2.0

"""Letters as PDF, bundled for the print house: `python -m bench.letters [LETTERS [WORKERS]]` (default 10000 with 2).

Writes LETTERS reminders into a new SQLite database in a temporary folder, or into the one that `DATABASE_URL` names (made
for this), lets the real workers set and bundle them, and prints letters a second, processor, memory and bytes. It stops
with an error unless every letter stands in one bundle, on the pages that the manifest names.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import tempfile
import time
from pathlib import Path

from bench.send import _write


def main(letters: int = 10_000, workers: int = 2) -> None:
    with tempfile.TemporaryDirectory() as home:
        os.environ.setdefault("ASCOLTO_HOME", home)
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ascolto.config.settings")
        import django
        from django.core.management import call_command
        from django.db import connection

        django.setup()
        call_command("migrate", verbosity=0)
        print(f"{letters} letters on {connection.vendor}")
        _run(letters, workers, Path(home))


def _run(letters: int, workers: int, home: Path) -> None:
    from django.db import connection

    from ascolto.config.workers import Order, work_together
    from ascolto.domain.outreach.models import Bundle, BundledLetter, Message

    client_id = _write(letters, f"bench-{time.monotonic_ns()}", channel="letter")
    connection.close()
    order = Order((client_id,), letters, "", "", home / "sending", home / "bundles")
    before, wall = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    reports = work_together(order, workers, lambda counts: None)
    wall, after = time.perf_counter() - wall, resource.getrusage(resource.RUSAGE_CHILDREN)
    problems = [problem for report in reports for problem in report.problems]
    sent = Message.objects.filter(client_id=client_id, status=Message.Status.SENT).count()
    bundles = list(Bundle.objects.filter(client_id=client_id))
    places = BundledLetter.objects.filter(client_id=client_id).count()
    told = [json.loads((home / "bundles" / f"{one.name}.json").read_text()) for one in bundles]
    lines = {line["message_id"] for one in told for line in one["lines"]}
    assert (sent, places, len(lines), problems) == (letters, letters, letters, []), (
        sent,
        places,
        len(lines),
        problems[:3],
    )
    assert all(one.state == Bundle.State.MADE for one in bundles)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    pages = sum(line["pages"] for one in told for line in one["lines"])
    size = sum((home / "bundles" / f"{one.name}.pdf").stat().st_size for one in bundles)
    print(
        f"  {workers} workers: {wall:.1f} s, {letters / wall:.1f} letters a second; {cpu:.0f} s of processor "
        f"({letters / cpu:.1f} letters and {pages / cpu:.1f} pages a second of processor); largest worker "
        f"{after.ru_maxrss / 1024:.0f} MB; {len(bundles)} bundles, {sum(one.sheets for one in bundles)} sheets, "
        f"{size / 1e6:.0f} MB of PDF ({size / letters / 1000:.1f} kB a letter)",
        flush=True,
    )


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
