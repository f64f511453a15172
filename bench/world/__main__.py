# SPDX-License-Identifier: Apache-2.0
"""`python -m bench.world`: makes the world that was asked for and tells what it cost."""

import argparse
import datetime as dt
import os
import resource
import sys
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any


def main() -> int:
    options = _arguments().parse_args()
    scheme, _, rest = options.to.partition("://")
    database = options.to if scheme != "parquet" else "sqlite://:memory:"
    os.environ["DATABASE_URL"] = database
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ascolto.config.settings")
    import django

    django.setup()
    from bench.world import targets
    from bench.world.build import build
    from bench.world.shape import Spec

    if options.churn:
        return _churn(options, scheme)
    spec = Spec(options.customers, options.as_of, options.seed, options.clients)
    started = time.perf_counter()
    if scheme == "parquet":
        counts = _count(targets.to_parquet(Path(rest), build(spec)))
        size = sum(file.stat().st_size for file in Path(rest).rglob("*.parquet"))
    else:
        counts = _load(spec)
        size = _size()
    for table, count in counts.items():
        print(f"{table:28} {count:>12,}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{sum(counts.values()):,} rows in {time.perf_counter() - started:.1f} s ({time.process_time():.1f} s of processor), "
          f"{size / 1e6:,.0f} MB stored, {peak:,} MB at most in memory")  # fmt: skip
    return 0


def _churn(options: argparse.Namespace, scheme: str) -> int:
    """A next day of the world in a database."""
    if scheme == "parquet":
        sys.exit("bench.world: a next day needs a database; Parquet files are not added to.")
    from bench.world.churn import churn

    on, counts = churn(options.churn, options.day, options.seed, options.as_of)
    print(f"{on}: " + ", ".join(f"{count:,} {name}" for name, count in counts.items()))
    return 0


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bench.world", description=__doc__)
    parser.add_argument("--to", required=True, help="sqlite:////file, postgres://..., or parquet:///folder")
    parser.add_argument("--customers", type=int, default=10_000)
    parser.add_argument("--clients", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--as-of", type=dt.date.fromisoformat, default=dt.date(2026, 11, 20))
    parser.add_argument(
        "--churn", type=float, help="share of the customers of whom something is new: adds a day to a world"
    )
    parser.add_argument("--day", type=int, default=1, help="which bank day after --as-of")
    return parser


def _load(spec: Any) -> Counter[str]:
    from django.db import connection

    from ascolto.config.commands.say import prepare_database
    from bench.world import targets
    from bench.world.build import build

    prepare_database()
    targets.refuse_inhabited()
    if connection.vendor != "sqlite":
        counts = _count(targets.to_database(connection, build(spec)))
        _follow(spec.as_of)
        return counts
    _pragmas("foreign_keys=OFF", "journal_mode=OFF", "synchronous=OFF", "locking_mode=EXCLUSIVE", "cache_size=-1000000",
             "threads=2", "temp_store=FILE")  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("BEGIN EXCLUSIVE")
        counts = _count(targets.to_database(connection, build(spec)))
        cursor.execute("COMMIT")
    _follow(spec.as_of)
    _pragmas("locking_mode=NORMAL", "synchronous=FULL", "journal_mode=WAL", "wal_checkpoint(TRUNCATE)")
    return counts


def _follow(as_of: dt.date) -> None:
    """What the house derives by itself when rows come in one after another: the lines that wait, the money left, the calls of
    the day, the terms of search, the keys by which a line finds its customer."""
    from django.db import connection

    from ascolto.domain.access.models import Client
    from ascolto.domain.ledger import keys, resting, waiting
    from ascolto.domain.ledger.book import is_small
    from ascolto.domain.portfolio.indexing import rebuild
    from ascolto.domain.strategy import calling

    waiting.fill(connection)
    resting.fill(connection)
    calling.fill(connection)
    for pk in Client.objects.values_list("pk", flat=True):
        rebuild(pk)
        if not is_small(pk):
            keys.rewrite(pk, as_of)


def _pragmas(*words: str) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        for word in words:
            cursor.execute(f"PRAGMA {word}")
            cursor.fetchall()


def _count(written: Iterable[Any]) -> Counter[str]:
    counts: Counter[str] = Counter()
    started = time.perf_counter()
    for part in written:
        counts[part.table] += part.count
        if part.table == "portfolio_customer":
            print(f"  {time.perf_counter() - started:7.1f} s  {counts[part.table]:>10,} customers", file=sys.stderr)
    return counts


def _size() -> int:
    from django.db import connection

    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()")
        else:
            cursor.execute("SELECT pg_database_size(current_database())")
        return int(cursor.fetchone()[0])


if __name__ == "__main__":
    sys.exit(main())
