# SPDX-License-Identifier: Apache-2.0
"""The snapshot of a large client, taken by a process of its own: whole tables out of the database, facts as Parquet.

`extract`, asked of another process (records/apart.py), writes `<folder>/<table>/bucket=<n>/*.parquet` and the day's figures.
Whatever decides then, here or on other machines, reads the same files.
"""

import shutil
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from ascolto.domain.records.columns import Query, source, stream
from ascolto.domain.strategy import ledger_copy
from ascolto.domain.strategy.ledger_copy import Copy
from ascolto.engine import gather, running
from ascolto.engine.changes import CURRENT
from ascolto.engine.facts import SCHEMAS, Facts

OWNER = {"current": "current_customer"}
"""Column that tells the customer, where it is not `customer_id`."""


@dataclass(frozen=True)
class Job:
    """What to read (queries, and tables that were small enough to be made before), from where, into which folder."""

    url: str
    tables: Mapping[str, Query | pa.Table]
    folder: str
    buckets: int
    threads: int
    memory: str
    copy: Copy
    """What of the ledger need not be read again, and whereto the rest is added."""


def extract(job: Job) -> dict[str, Any]:
    """Carry the job out; returns rows and seconds per part. A folder that is there from before is emptied.

    Parts side by side, each reading its tables one after the other straight into where they are needed: the ledger, the
    people, and what was said and done. No table is ever held as it was read.
    """
    shutil.rmtree(job.folder, ignore_errors=True)
    folder = Path(job.folder)
    folder.mkdir(parents=True)
    with duckdb.connect(":memory:") as db, ThreadPoolExecutor(3) as pool:
        db.execute(
            f"SET threads = {job.threads}; SET enable_progress_bar = false; SET preserve_insertion_order = false"
        )
        db.execute(f"SET memory_limit = '{job.memory}'; SET temp_directory = '{folder / 'spill'}'")
        files: dict[str, list[str]] = {}
        parts = [_Part(db.cursor(), job, folder, files) for _ in range(4)]
        settled = pool.submit(_settled, parts[0])
        done = [settled, pool.submit(_ledger, parts[1], settled)]
        done += [pool.submit(work, part) for work, part in zip((_said, _people), parts[2:], strict=True)]
        seconds = {name: took for part in done for name, took in part.result().items()}
    client = job.tables["client"]
    assert isinstance(client, pa.Table)
    pq.write_table(client, folder / "client.parquet")
    rows = {name: count for part in parts for name, count in part.rows.items()}
    return {"rows": rows, "seconds": {name: round(took, 2) for name, took in seconds.items()}}


@dataclass
class _Part:
    """One part's own session of the common DuckDB, and the rows that it has read."""

    db: duckdb.DuckDBPyConnection
    job: Job
    folder: Path
    files: dict[str, list[str]]
    """The ledger's copy, of which two parts write one table each."""
    rows: dict[str, int] = field(default_factory=dict)

    @contextmanager
    def reading(self, *names: str) -> Iterator[None]:
        """Within, the tables named may be read, once each; they are counted as they pass."""
        with ExitStack() as stack:
            for name in names:
                self.db.register(name, self._table(name, stack))
            yield
            for name in names:
                self.db.unregister(name)

    def _table(self, name: str, stack: ExitStack) -> Any:
        table = self.job.tables[name]
        if isinstance(table, pa.Table):
            self.rows[name] = table.num_rows
            return table
        found = stack.enter_context(source(self.job.url))
        self.rows[name] = 0
        return pa.RecordBatchReader.from_batches(
            table.then(table.kept.empty_table()).schema, self._batches(name, found, table)
        )

    def _batches(self, name: str, found: Any, query: Query) -> Iterator[pa.RecordBatch]:
        for part in stream(found, query):
            self.rows[name] += part.num_rows
            yield from part.to_batches()

    def copy(self, name: str) -> None:
        """What is read or made under this name goes to the ledger's copy."""
        self.files[name] = ledger_copy.add(self.db, self.job.copy, name)

    def see(self, name: str) -> None:
        """From here on the name is all that the copy holds of it."""
        self.db.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS FROM {running.parquet(*self.files[name])}")

    def make(self, *names: str) -> None:
        """The stages that make these tables."""
        running.run(self.db, gather.stages(*names))

    def put(self, name: str) -> None:
        """The table or view as one folder per bucket of customers."""
        put(self.db, name, OWNER.get(name, "customer_id"), self.folder, self.job.buckets)

    def name(self, name: str) -> None:
        """What a stage makes, under its name, without putting it down."""
        for made, sql in gather.stages(name):
            self.db.execute(f"CREATE TEMP VIEW {made} AS {sql}")

    def pour(self, name: str) -> None:
        """What a stage makes straight into its folders, never a table."""
        self.name(name)
        self.put(name)
        self.db.execute(f"DROP VIEW {name}")


def _settled(part: _Part) -> dict[str, float]:
    """What settled each instalment, where the ledger sees it."""
    began = time.perf_counter()
    with part.reading("settled"):
        part.copy("settled")
    part.see("settled")
    with part.reading("span"):
        for name, sql in gather.stages("settlements"):
            part.db.execute(f"CREATE TABLE memory.{name} AS {sql}")
    return {"settled": time.perf_counter() - began}


def _ledger(part: _Part, settled: Future[Any]) -> dict[str, float]:
    """What is open, and the day's figures."""
    seconds, began = {}, time.perf_counter()
    with part.reading("documents"):
        part.db.execute("CREATE TABLE memory.documents AS FROM documents")
    with part.reading("items"):
        part.name("owed")
        part.copy("owed")
    part.see("owed")
    part.db.execute("DROP TABLE memory.documents")
    seconds["owed"], began = time.perf_counter() - began, time.perf_counter()
    settled.result()
    if part.job.copy.token:
        ledger_copy.finish(part.job.copy, part.files)
    with part.reading("span", "aside"):
        part.make("stock")
        part.db.execute("DROP TABLE memory.settlements")
        seconds["stock"], began = time.perf_counter() - began, time.perf_counter()
        with part.reading("covered", "presented"):
            part.pour("instalments")
        seconds["instalments"], began = time.perf_counter() - began, time.perf_counter()
        with part.reading("supplies"):
            part.make(*gather.LARGE_FIGURES)
    for name in gather.LARGE_FIGURES:
        pq.write_table(part.db.sql(f"FROM {name}").to_arrow_table(), part.folder / f"{name}.parquet")
    return seconds | {"figures": time.perf_counter() - began}


def _people(part: _Part) -> dict[str, float]:
    """Customers, and the answers that stand."""
    began = time.perf_counter()
    with part.reading("people_kept", "points", "paths"):
        part.pour("customers")
    _as_they_are(part, *OWNER)
    return {"people": time.perf_counter() - began}


def _said(part: _Part) -> dict[str, float]:
    """What was said and done."""
    began = time.perf_counter()
    _as_they_are(part, *gather.AS_THEY_ARE)
    return {"said": time.perf_counter() - began}


def _as_they_are(part: _Part, *names: str) -> None:
    for name in names:
        with part.reading(name):
            part.put(name)


def put(db: duckdb.DuckDBPyConnection, name: str, owner: str, folder: Path, buckets: int) -> None:
    """Write a table or view as `<folder>/<name>/bucket=<n>/*.parquet`, by the customer in column `owner`."""
    words = f"SELECT 1 FROM duckdb_columns() WHERE table_name = '{name}' AND data_type = 'VARCHAR'"  # noqa: S608
    plain = "" if db.execute(words).fetchone() else ", DICTIONARY_SIZE_LIMIT 1"  # numbers hardly ever come twice
    db.execute(
        f"COPY (SELECT *, {owner} % {buckets} AS bucket FROM {name}) TO '{folder / name}' "  # noqa: S608
        f"(FORMAT parquet, PARTITION_BY (bucket), COMPRESSION lz4_raw{plain})"
    )


def read_bucket(folder: str | Path, number: int) -> tuple[Facts, pa.Table]:
    """The facts of one bucket of customers, and the answers that stand."""
    kept = {**{name: schema for name, schema in SCHEMAS.items() if name != "client"}, "current": CURRENT}
    tables = {name: _bucket(Path(folder) / name / f"bucket={number}", schema) for name, schema in kept.items()}
    current = tables.pop("current")
    return Facts.from_arrow({**tables, "client": pq.read_table(Path(folder) / "client.parquet")}), current


def read_figures(folder: str | Path) -> dict[str, list[dict[str, Any]]]:
    """The rows of the day's figures, as the snapshot added them up."""
    return {name: pq.read_table(Path(folder) / f"{name}.parquet").to_pylist() for name in gather.LARGE_FIGURES}


def _bucket(place: Path, schema: Any) -> pa.Table:
    """A bucket without a row has left no folder."""
    return pq.read_table(place, partitioning=None) if place.exists() else schema.to_pyarrow().empty_table()
