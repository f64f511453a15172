# SPDX-License-Identifier: Apache-2.0

"""E-mails through a local sink: `python -m bench.send [MESSAGES [WORKERS...]] [--sink aiosmtpd]` (default 100000, 1 and 2 workers).

Writes MESSAGES reminders into a new SQLite database in a temporary folder, or into the one that `DATABASE_URL` names (its
outbox must be empty: it is left full of sent messages, so name one made for this), starts a counting mail server in a
process of its own on loopback, and lets the real workers empty the outbox. Prints messages a second, processor, memory,
and what the sink takes from a bare client that has nothing else to do: the ceiling. It stops with an error unless every
message arrived exactly once.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import smtplib
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import contextmanager
from pathlib import Path
from typing import Any

CHUNK = 2000
UNLIMITED = 'version = 2026-11-26\nbackoff_minutes = [5]\ngreylist_minutes = [5]\npause_minutes = [1]\n[[provider]]\nname = "other"\nconfidence = "MEM"\n'
CLIENT = """
import smtplib, sys
port, count = int(sys.argv[1]), int(sys.argv[2])
server = smtplib.SMTP("127.0.0.1", port)
server.ehlo()
text = b"Message-ID: <%d.%d@bare>\\r\\n" + sys.stdin.buffer.read() + b"\\r\\n.\\r\\n"
for number in range(count):
    server.send("MAIL FROM:<a@b.test>\\r\\nRCPT TO:<c@d.test>\\r\\nDATA\\r\\n")
    assert [server.getreply()[0] for _word in range(3)] == [250, 250, 354]
    server.send(text % (port, number))
    assert server.getreply()[0] == 250
server.quit()
"""


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.send", description=__doc__)
    parser.add_argument("messages", nargs="?", type=int, default=100_000)
    parser.add_argument("workers", nargs="*", type=int)
    parser.add_argument(
        "--sink", default="", choices=["", "aiosmtpd"], help="which mail server; default: our own, the fastest"
    )
    options = parser.parse_args()
    messages, workers, kind = options.messages, options.workers or (1, 2), options.sink
    with tempfile.TemporaryDirectory() as home:
        os.environ.setdefault("ASCOLTO_HOME", home)
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ascolto.config.settings")
        os.environ["ASCOLTO_PROVIDERS"] = str(Path(home) / "providers.toml")
        Path(home, "providers.toml").write_text(UNLIMITED)
        import django
        from django.core.management import call_command
        from django.db import connection

        django.setup()
        call_command("migrate", verbosity=0)
        print(f"{messages} messages on {connection.vendor}")
        ceiling = _ceiling(min(messages, 20_000), kind)
        for count in workers:
            _run(messages, count, Path(home), ceiling, kind)


def _run(messages: int, workers: int, home: Path, ceiling: float, kind: str) -> None:
    from django.db import connection

    from ascolto.config.workers import Order, work_together
    from ascolto.domain.outreach.models import Message

    client_id = _write(messages, f"bench-{workers}-{time.monotonic_ns()}")
    connection.close()
    with sink(kind) as (port, counts):
        url = f"smtp://127.0.0.1:{port}?from=crediti@acqua.test"
        order = Order((client_id,), messages, url, "", home / "sending", None)
        before, wall = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        done: Counter[str] = Counter()
        reports = work_together(order, workers, done.update)
        wall, after = time.perf_counter() - wall, resource.getrusage(resource.RUSAGE_CHILDREN)
    problems = [problem for report in reports for problem in report.problems]
    sent = Message.objects.filter(client_id=client_id, status=Message.Status.SENT).count()
    assert (counts["arrived"], counts["different"], sent, problems) == (messages, messages, messages, []), (
        counts,
        sent,
        problems[:3],
    )
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    rate = messages / wall
    print(
        f"  {workers} workers: {wall:.1f} s, {rate:.0f} messages a second ({rate / ceiling:.0%} of the sink's ceiling); "
        f"{cpu:.0f} s of processor in the workers ({messages / cpu:.0f} a second of processor), "
        f"{counts['cpu_seconds']} s in the sink; largest worker {after.ru_maxrss / 1024:.0f} MB; "
        f"{counts['connections']} connections",
        flush=True,
    )


def _ceiling(count: int, kind: str) -> float:
    """What the sink takes from bare clients that send one prepared text over and over, two at once."""
    text = (
        b"From: a@b.test\r\nTo: c@d.test\r\nSubject: x\r\n\r\n"
        + b"a line of about forty-eight characters, or so\r\n" * 185
    )
    with sink(kind) as (port, counts):
        begun = time.perf_counter()
        bare = [
            subprocess.Popen([sys.executable, "-c", CLIENT, str(port), str(count // 2)], stdin=subprocess.PIPE)
            for _number in range(2)
        ]
        for client in bare:
            assert client.stdin is not None
            client.stdin.write(text)
            client.stdin.close()
        assert [client.wait() for client in bare] == [0, 0]
        seconds = time.perf_counter() - begun
    assert counts["arrived"] == count // 2 * 2
    print(
        f"  the sink's ceiling: {count / seconds:.0f} messages of {len(text) / 1000:.0f} kB a second from two bare clients"
    )
    return count / seconds


@contextmanager
def sink(kind: str = "") -> Any:
    """The sink in its own process; its counts are filled in when it has stopped."""
    server = subprocess.Popen(
        [sys.executable, "-m", "bench.sink", *([kind] if kind else [])], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        cwd=Path(__file__).resolve().parents[1],
    )  # fmt: skip
    assert server.stdin is not None
    assert server.stdout is not None
    counts: dict[str, Any] = {}
    try:
        port = int(server.stdout.readline())
        smtplib.SMTP("127.0.0.1", port).quit()
        yield port, counts
    finally:
        server.stdin.close()
        counts.update(json.loads(server.stdout.readline()))
        server.wait()


def _write(messages: int, slug: str, channel: str = "email") -> int:
    """A client with one customer per message, each with a reminder of two invoices waiting."""
    import datetime as dt

    from ascolto.domain.access.models import Client
    from ascolto.domain.outreach import wording
    from ascolto.domain.outreach.actions import queue_messages
    from ascolto.domain.outreach.facts import Item, MessageFacts
    from ascolto.domain.outreach.models import Message
    from ascolto.domain.portfolio.models import Customer
    from ascolto.domain.records import clock

    client = Client.objects.create(slug=slug, name="Acqua e Luce S.p.A.", sector="utility")
    now = clock.now()
    for start in range(0, messages, CHUNK):
        people = Customer.objects.bulk_create(
            Customer(client=client, number=f"C{n:06d}", name=f"Carla Bianchi {n}", search_name=f"carla bianchi {n}")
            for n in range(start, min(start + CHUNK, messages))
        )
        batch = []
        for n, person in enumerate(people, start):
            items = tuple(
                Item(
                    invoice_number=f"2026/{n}{k}", issued_on=dt.date(2026, 8, 31), due_on=dt.date(2026, 9, 30),
                    amount_cents=18_450 + n, balance_cents=18_450 + n,
                )
                for k in range(2)
            )  # fmt: skip
            facts = MessageFacts(
                client_name=client.name, client_address=("Via Roma 1", "20121 Milano"), client_phone="800 123 456",
                client_email="clienti@acqua.test", client_iban="IT60X0542811101000000123456",
                customer_name=person.name, customer_number=person.number, salutation="person",
                customer_address=(f"Via Verdi {n % 300 + 1}", f"{20121 + n % 60} Milano MI"), items=items,
                total_cents=sum(item.balance_cents for item in items), as_of=now.date(),
                payment_reference=f"{person.number} 2026/{n}0 2026/{n}1", operator_name="Ada Operatrice",
            )  # fmt: skip
            words = wording.compose("reminder_first", 1, "it", facts, channel=channel)  # type: ignore[arg-type]
            batch.append(
                Message(
                    client=client, customer=person, channel=channel, to_name=person.name,
                    to_value=f"carla{n}@example.test" if channel == "email" else ", ".join(facts.customer_address),
                    template="reminder_first", template_version=words.template_version, tone=1, language="it",
                    step="reminder_1", subject=words.subject, text=words.text, html=words.html, facts=facts.to_dict(),
                    idempotency_key=f"bench:{n}", queued_at=now, not_before=now,
                )
            )  # fmt: skip
        queue_messages(batch)
    return client.pk


if __name__ == "__main__":
    main()
