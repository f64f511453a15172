# SPDX-License-Identifier: Apache-2.0
"""Where rows go: a database that Django has migrated (SQLite or PostgreSQL), or folders of Parquet files.

A database is loaded bare: its secondary indexes, its guards and, on PostgreSQL, the constraints that others than the
primary key are, are taken down before and put up again after, from what the database itself says of them.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow.csv
import pyarrow.parquet
from django.db.backends.base.base import BaseDatabaseWrapper

from ascolto.domain.access.models import Client

from . import columns
from .tables import Rows

FILE_ROWS = 250_000
"""Rows of one Parquet file at most."""


def to_parquet(folder: Path, made: Iterable[Rows]) -> Iterator[Rows]:
    """One folder per table, its files numbered in the order of the rows."""
    files: dict[str, int] = {}
    for part in made:
        home = folder / part.table
        home.mkdir(parents=True, exist_ok=True)
        table = part.arrow()
        for start in range(0, part.count, FILE_ROWS):
            number = files[part.table] = files.get(part.table, 0) + 1
            pyarrow.parquet.write_table(
                table.slice(start, FILE_ROWS), home / f"{number:05d}.parquet", compression="zstd"
            )
        yield part


def to_database(connection: BaseDatabaseWrapper, made: Iterable[Rows]) -> Iterator[Rows]:
    """Yields what has been written. Refuses a database in which somebody lives already."""
    refuse_inhabited()
    connection.ensure_connection()
    insert = {"sqlite": _into_sqlite, "postgresql": _into_postgres}[connection.vendor]
    with connection.cursor() as cursor, bare(connection):
        for part in made:
            insert(cursor, part)
            yield part
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def refuse_inhabited() -> None:
    """Nobody's rows are added to."""
    if Client.objects.exists():
        raise SystemExit("bench.world: this database is not empty; give another one.")


@contextmanager
def bare(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """The database without what slows a load; put up again even when the load fails."""
    take = {"sqlite": _sqlite_parts, "postgresql": _postgres_parts}[connection.vendor]
    with connection.cursor() as cursor:
        down, up = take(cursor)
        for statement in down:
            cursor.execute(statement)
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            for statement in up:
                cursor.execute(statement)


def _sqlite_parts(cursor: Any) -> tuple[list[str], list[str]]:
    cursor.execute(
        "SELECT type, name, sql FROM sqlite_master WHERE type IN ('index', 'trigger') AND sql IS NOT NULL ORDER BY tbl_name, name"
    )
    parts = cursor.fetchall()
    up = [sql for _, _, sql in parts]
    return ["PRAGMA ignore_check_constraints = ON", *(f'DROP {kind} "{name}"' for kind, name, _ in parts)], [
        *up, "PRAGMA ignore_check_constraints = OFF",
    ]  # fmt: skip


def _into_sqlite(cursor: Any, part: Rows) -> None:
    """Constants stand in the statement, so that only what differs is bound."""
    bound, marks = [], []
    for column in part.columns.values():
        if isinstance(column, columns.VECTORS):
            bound.append(columns.to_python(column))
            marks.append("?")
        else:
            marks.append(_literal(columns.constant(column)))
    names = ", ".join(f'"{name}"' for name in part.columns)
    cursor.connection.executemany(
        f'INSERT INTO "{part.table}" ({names}) VALUES ({", ".join(marks)})', zip(*bound, strict=True)
    )


def _literal(value: Any) -> str:
    if value is None:
        return "NULL"
    return str(value) if isinstance(value, int) else "'" + str(value).replace("'", "''") + "'"


def _postgres_parts(cursor: Any) -> tuple[list[str], list[str]]:
    cursor.execute(
        "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint "
        "WHERE contype IN ('f', 'u') AND connamespace = 'public'::regnamespace ORDER BY contype DESC, conname"
    )
    constraints = cursor.fetchall()
    cursor.execute(
        "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' AND indexname NOT IN "
        "(SELECT conindid::regclass::text FROM pg_constraint WHERE contype IN ('p', 'u', 'x')) ORDER BY indexname"
    )
    indexes = cursor.fetchall()
    cursor.execute(
        "SELECT tgrelid::regclass::text, tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal ORDER BY tgname"
    )
    triggers = cursor.fetchall()
    down = [f'ALTER TABLE {table} DROP CONSTRAINT "{name}"' for table, name, _ in reversed(constraints)]
    down += [f'DROP INDEX "{name}"' for name, _ in indexes] + [
        f'DROP TRIGGER "{name}" ON {table}' for table, name, _ in triggers
    ]
    up = ["SET maintenance_work_mem = '512MB'", *(text for _, text in indexes)]
    up += [f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {text}' for table, name, text in constraints]
    up += [text for *_, text in triggers]
    return down, [*up, *_sequences(cursor)]


def _sequences(cursor: Any) -> list[str]:
    """Every sequence goes on after the highest id."""
    cursor.execute(
        "SELECT table_name FROM information_schema.columns WHERE table_schema = 'public' AND column_name = 'id' AND is_identity = 'YES'"
    )
    return [
        f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), COALESCE(MAX(id), 0) + 1, false) FROM {table}"
        for (table,) in cursor.fetchall()
    ]


def _into_postgres(cursor: Any, part: Rows) -> None:
    """COPY of CSV: null is nothing at all, an empty text is a pair of quotes."""
    options = pyarrow.csv.WriteOptions(include_header=False, quoting_style="all_valid")
    names = ", ".join(f'"{name}"' for name in part.columns)
    with cursor.copy(f'COPY "{part.table}" ({names}) FROM STDIN (FORMAT csv)') as copy:
        for batch in part.arrow().to_batches(max_chunksize=50_000):
            buffer = io.BytesIO()
            pyarrow.csv.write_csv(pyarrow.table(batch.columns, schema=batch.schema), buffer, options)
            copy.write(buffer.getbuffer())
