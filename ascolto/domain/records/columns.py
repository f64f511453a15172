# SPDX-License-Identifier: Apache-2.0
"""Rows as columns. Owns: the two ways out of the database (docs/decisions/0022), the one way in.

`fetch` goes by Django's own connection and sees what the running transaction has written; `stream` opens a connection
of its own, by ADBC, and makes no Python object of a row: for whole tables, in a process that has nothing else open
(a second SQLite library in one process would drop the locks of the first). Both run the same query.
"""

from __future__ import annotations

import datetime as dt
import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any

import pyarrow as pa
from django.db import connection, models

CHUNK = 50_000
BATCH = 16_384
"""Rows that SQLite hands over at a time: small enough that their memory is used again."""
PATIENCE_MS = 60_000


def as_it_is(table: pa.Table) -> pa.Table:
    return table


@dataclass(frozen=True)
class Read:
    """A query (`values_list`), the name and type of each column that it selects, and what to make of them."""

    rows: models.QuerySet[Any, Any]
    kept: pa.Schema
    then: Callable[[pa.Table], pa.Table] = as_it_is


def fetch(read: Read) -> pa.Table:
    """What is read, in the running transaction."""
    rows = iter(read.rows.iterator(chunk_size=CHUNK))
    batches = []
    while part := list(islice(rows, CHUNK)):
        columns = [
            pa.array(column, field.type) for column, field in zip(zip(*part, strict=True), read.kept, strict=True)
        ]
        batches.append(pa.record_batch(columns, schema=read.kept))
    return read.then(pa.Table.from_batches(batches, read.kept))


@dataclass(frozen=True)
class Query:
    """A read as text, to be run elsewhere: what `stream` needs, and can be sent to another process."""

    sql: str
    kept: pa.Schema
    then: Callable[[pa.Table], pa.Table]


def query_of(read: Read) -> Query:
    """The read as one sentence with its values written out. On SQLite, which has no types to tell, a null text is
    sent as an empty one, so that the first rows never mislead about a column."""
    sql, values = read.rows.query.get_compiler(connection=connection).as_sql()
    text = sql.replace("%%", "\0") % tuple(literal(value) for value in values)
    text = text.replace("\0", "%")
    names = read.kept.names
    if connection.vendor == "sqlite":
        told = [f"COALESCE({name}, '') AS {name}" if _is_text(read.kept.field(name).type) else name for name in names]
        text = f"WITH t({', '.join(names)}) AS ({text}) SELECT {', '.join(told)} FROM t"  # noqa: S608
    return Query(text, read.kept, read.then)


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_date(kind) or pa.types.is_timestamp(kind))


def literal(value: Any) -> str:
    """A value as SQL. Only what our own queries bind: numbers, days, moments and words."""
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return str(int(value)) if connection.vendor == "sqlite" else str(value).upper()
    if isinstance(value, int):
        return str(value)
    if isinstance(value, dt.date | dt.datetime):
        return f"'{value.isoformat(' ') if isinstance(value, dt.datetime) else value.isoformat()}'"
    assert isinstance(value, str), f"no literal for {type(value).__name__}"
    return "'" + value.replace("'", "''") + "'"


@contextmanager
def source(url: str) -> Iterator[Any]:
    """A connection of one's own to the database at `url` (a path: SQLite; else a PostgreSQL address)."""
    if url.startswith("postgres"):
        import adbc_driver_postgresql.dbapi as driver
    else:
        import adbc_driver_sqlite.dbapi as driver

        url = f"file:{url}?mode=ro"
    with closing(driver.connect(url)) as found:
        if not url.startswith("postgres"):
            with closing(found.cursor()) as cursor:  # who closes last tidies up, and locks the file meanwhile
                cursor.execute(f"PRAGMA busy_timeout = {PATIENCE_MS}")
                cursor.fetchall()
        yield found


def stream(found: Any, query: Query) -> Iterator[pa.Table]:
    """The rows of `query` in batches, in the types that were agreed."""
    with closing(found.cursor()) as cursor:
        cursor.adbc_statement.set_options(**_batches(found))
        cursor.execute(query.sql)
        for batch in cursor.fetch_record_batch():
            yield query.then(_typed(pa.Table.from_batches([batch]), query.kept))


def stream_all(url: str, tables: Mapping[str, Query | pa.Table], threads: int) -> dict[str, pa.Table]:
    """The rows of each, as many read at a time as there are threads; what was made before is handed through."""

    def read(table: Query | pa.Table) -> pa.Table:
        if isinstance(table, pa.Table):
            return table
        with source(url) as found:
            return pa.concat_tables([table.then(table.kept.empty_table()), *stream(found, table)])

    with ThreadPoolExecutor(threads) as pool:
        return dict(zip(tables, pool.map(read, tables.values()), strict=True))


def _batches(found: Any) -> dict[str, str]:
    vendor = found.adbc_get_info()["vendor_name"]
    return {"adbc.sqlite.query.batch_rows": str(BATCH)} if vendor == "SQLite" else {}


def _typed(table: pa.Table, kept: pa.Schema) -> pa.Table:
    columns = []
    for column, field in zip(table.columns, kept, strict=True):
        if _is_text(field.type) and pa.types.is_string(column.type) and not pa.types.is_string(field.type):
            import pyarrow.compute as pc

            column = pc.if_else(pc.equal(column, ""), pa.scalar(None, pa.string()), column)
            if pa.types.is_timestamp(field.type):
                column = column.cast(pa.timestamp("us"))
        columns.append(column.cast(field.type))
    return pa.Table.from_arrays(columns, schema=kept)


def insert(model: type[models.Model], rows: pa.Table) -> None:
    """Add `rows` (named by column) to the table of `model`, in the running transaction: COPY, or executemany."""
    if not rows.num_rows:
        return
    table, names = model._meta.db_table, rows.column_names
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            said = f"COPY {table} ({', '.join(names)}) FROM STDIN (FORMAT csv)"
            with connection.wrap_database_errors, cursor.copy(said) as copy:
                for text in _as_csv(rows):
                    copy.write(text)
            return
        marks = f"({', '.join('%s' for _name in names)})"
        sql = f"INSERT INTO {table} ({', '.join(names)}) VALUES "  # noqa: S608
        for batch in rows.to_batches(max_chunksize=CHUNK):
            plain = list(zip(*map(_plain, batch.columns), strict=True))
            if not connection.savepoint_ids:
                cursor.executemany(sql + marks, plain)
                continue
            # Within a savepoint SQLite walks, for each statement, all that the savepoint could take back.
            together = (connection.features.max_query_params or 999) // len(names)
            for start in range(0, len(plain), together):
                some = plain[start : start + together]
                cursor.execute(sql + ", ".join([marks] * len(some)), list(chain.from_iterable(some)))


def as_columns(rows: Sequence[models.Model]) -> pa.Table:
    """New rows of one model as `insert` wants them; the database numbers them. Nothing else is done to them, whatever
    `save` would do."""
    model = type(rows[0])
    columns = {}
    for field in model._meta.concrete_fields:
        if not field.primary_key:
            values = [getattr(row, field.attname) for row in rows]
            if isinstance(field, models.JSONField):
                values = [json.dumps(value, cls=field.encoder) for value in values]
            columns[field.column] = pa.array(values, _kind(field))
    return pa.table(columns)


def _kind(field: models.Field[Any, Any]) -> pa.DataType:
    kinds = {"DateField": pa.date32(), "DateTimeField": pa.timestamp("us", "UTC"), "BooleanField": pa.bool_()}
    wanted = field.target_field if isinstance(field, models.ForeignKey) else field
    number = isinstance(wanted, models.IntegerField | models.AutoField)
    return kinds.get(wanted.get_internal_type(), pa.int64() if number else pa.string())


def _as_csv(rows: pa.Table) -> Iterator[bytes]:
    """Every value in quotes and a null bare, so that an empty word stays a word."""
    from pyarrow import csv

    for batch in rows.to_batches(max_chunksize=CHUNK):
        sink = io.BytesIO()
        csv.write_csv(batch, sink, csv.WriteOptions(include_header=False, quoting_style="all_valid"))
        yield sink.getvalue()


def _plain(column: pa.Array) -> list[Any]:
    """Values as SQLite keeps them: days and moments as text."""
    if pa.types.is_timestamp(column.type):
        return [None if at is None else str(at.replace(tzinfo=None)) for at in column.to_pylist()]
    return list((column.cast(pa.string()) if pa.types.is_date(column.type) else column).to_pylist())
