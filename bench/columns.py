# SPDX-License-Identifier: Apache-2.0
"""Ways from rows to columns and back: `DATABASE_URL=... python -m bench.columns` on a world of bench.world.

Reads the settlements (four columns) and writes 100,000 answers with each way that the machine has; seconds of
processor and of clock per million rows. DuckDB's own scanner is tried where its extension is installed.
"""

from __future__ import annotations

import io
import os
import time
from collections.abc import Callable
from typing import Any

import pyarrow as pa

WRITTEN = 100_000


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ascolto.config.settings")
    import django

    django.setup()
    from django.db import connection, transaction

    from ascolto.domain.access.models import Client
    from ascolto.domain.records.columns import fetch, query_of, source, stream
    from ascolto.domain.strategy.night import url
    from ascolto.domain.strategy.snapshot import ledger_reads

    read = ledger_reads(Client.objects.order_by("pk").first().pk, django.utils.timezone.now().date())["settled"]
    query, vendor = query_of(read), connection.vendor

    def by_adbc() -> int:
        with source(url()) as found:
            return sum(batch.num_rows for batch in stream(found, query))

    ways: dict[str, Callable[[], int]] = {
        "fetch (Django, tuples, Arrow)": lambda: fetch(read).num_rows,
        "cursor.fetchall, no Arrow": lambda: _fetchall(connection, query.sql),
        "stream (ADBC)": by_adbc,
    }
    if vendor == "postgresql":
        ways["COPY TO csv, pyarrow.csv"] = lambda: _copy_out(connection, query.sql)
    ways["DuckDB's scanner"] = lambda: _scanner(vendor, url(), query.sql)
    print(f"reading on {vendor}:")
    for name, way in ways.items():
        _timed(name, way)
    print(f"writing {WRITTEN:,} answers on {vendor}:")
    for name, way in _writers(vendor).items():
        with transaction.atomic():
            _timed(name, way)
            transaction.set_rollback(True)


def _timed(name: str, way: Callable[[], int]) -> None:
    busy, began = time.process_time(), time.perf_counter()
    try:
        rows = way()
    except (ImportError, OSError) as error:
        print(f"  {name:32} not here ({error})")
        return
    busy, took = time.process_time() - busy, time.perf_counter() - began
    print(
        f"  {name:32} {rows:>10,} rows  {busy * 1e6 / rows:6.2f} s of processor, {took * 1e6 / rows:6.2f} s per million"
    )


def _fetchall(connection: Any, sql: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return len(cursor.fetchall())


def _copy_out(connection: Any, sql: str) -> int:
    from pyarrow import csv

    with connection.cursor() as cursor, cursor.copy(f"COPY ({sql}) TO STDOUT (FORMAT csv)") as copy:
        text = b"".join(bytes(part) for part in copy)
    return int(csv.read_csv(io.BytesIO(text), csv.ReadOptions(autogenerate_column_names=True)).num_rows)


def _scanner(vendor: str, url: str, sql: str) -> int:
    import duckdb

    name = "sqlite" if vendor == "sqlite" else "postgres"
    db = duckdb.connect(config={"autoinstall_known_extensions": "false"})
    try:
        db.execute(f"LOAD {name}")
    except duckdb.Error as error:
        raise ImportError(str(error).splitlines()[0]) from error
    db.execute(f"ATTACH '{url}' AS there (TYPE {name}, READ_ONLY)")
    return int(db.sql(f"SELECT * FROM {name}_query('there', $${sql}$$)").to_arrow_table().num_rows)


def _writers(vendor: str) -> dict[str, Callable[[], int]]:
    from ascolto.domain.access.models import Client
    from ascolto.domain.portfolio.models import Customer
    from ascolto.domain.records.columns import insert
    from ascolto.domain.strategy.models import Decision, Run

    client, run = Client.objects.order_by("pk").first(), Run.objects.order_by("pk").first()
    ids = list(Customer.objects.filter(client=client).values_list("pk", flat=True)[:WRITTEN])
    day = run.as_of
    plain = {"client_id": client.pk, "run_id": run.pk, "decided_on": day, "superseded_on": day, "answer": "wait", "ladder": "bench",
             "step": "", "cycle": "", "channel": "", "template": "", "script": "", "priority": 0, "rule": "not_yet",
             "balance_cents": 0, "overdue_cents": 0, "score": 0, "segment": "", "fingerprint": "0" * 32}  # fmt: skip
    facts = '{"balance_cents": 12300, "claim_cents": 12300, "overdue_count": 1, "segment": "usual", "score": 640}'

    def by_insert() -> int:
        columns = {name: pa.array([value] * len(ids)) for name, value in plain.items()}
        insert(Decision, pa.table({**columns, "customer_id": ids, "facts": pa.array([facts] * len(ids))}))
        return len(ids)

    def by_objects() -> int:
        Decision.objects.bulk_create(
            [Decision(**plain, customer_id=pk, facts={"balance_cents": 12300}) for pk in ids], batch_size=500
        )
        return len(ids)

    how = "COPY" if vendor == "postgresql" else "executemany"
    return {f"insert ({how} from columns)": by_insert, "bulk_create (objects)": by_objects}


if __name__ == "__main__":
    main()
