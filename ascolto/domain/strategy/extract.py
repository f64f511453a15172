# SPDX-License-Identifier: Apache-2.0
"""The snapshot of a large client, taken by a process of its own: whole tables out of the database, facts as Parquet.

`python -m ascolto.domain.strategy.extract` reads a job from its input and writes `<folder>/<table>/bucket=<n>/*.parquet`
and `<folder>/figures.json`. It never opens Django's connection (see records/columns.py). Whatever decides then, here
or on other machines, reads the same files.
"""

import json
import pickle
import shutil
import sys
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from ascolto.domain.records.columns import Query, source, stream
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


def extract(job: Job) -> dict[str, Any]:
    """Carry the job out; returns rows and seconds per step. A folder that is there from before is emptied."""
    shutil.rmtree(job.folder, ignore_errors=True)
    folder = Path(job.folder)
    folder.mkdir(parents=True)
    db = duckdb.connect(":memory:")
    db.execute(f"SET threads = {job.threads}; SET enable_progress_bar = false")
    db.execute(f"SET memory_limit = '{job.memory}'")
    db.execute(f"SET temp_directory = '{folder / 'spill'}'")
    seconds, began = {}, time.perf_counter()
    rows = _read(db, job)
    seconds["read"], began = time.perf_counter() - began, time.perf_counter()
    running.run(db, gather.facts_stages())
    seconds["gather"], began = time.perf_counter() - began, time.perf_counter()
    names = [*(name for name in SCHEMAS if name != "client"), *OWNER]
    for name in names:
        _put(db, name, OWNER.get(name, "customer_id"), folder, job.buckets)
    client = job.tables["client"]
    assert isinstance(client, pa.Table)
    pq.write_table(client, folder / "client.parquet")
    seconds["write"], began = time.perf_counter() - began, time.perf_counter()
    running.run(db, gather.figures_stages()[2:])
    figures = {name: db.sql(f"FROM {name}").to_arrow_table().to_pylist() for name in gather.FIGURES}
    (folder / "figures.json").write_text(json.dumps(figures))
    seconds["figures"] = time.perf_counter() - began
    return {"rows": rows, "seconds": {step: round(took, 2) for step, took in seconds.items()}}


def _read(db: duckdb.DuckDBPyConnection, job: Job) -> dict[str, int]:
    """Every table known to DuckDB by name, where it lies; as many read at a time as there are threads."""

    def read(table: Query | pa.Table) -> pa.Table:
        if isinstance(table, pa.Table):
            return table
        with source(job.url) as found:
            return pa.concat_tables([table.then(table.kept.empty_table()), *stream(found, table)])

    with ThreadPoolExecutor(job.threads) as pool:
        tables = dict(zip(job.tables, pool.map(read, job.tables.values()), strict=True))
    running.register(db, tables)
    return {name: table.num_rows for name, table in tables.items()}


def _put(db: duckdb.DuckDBPyConnection, name: str, owner: str, folder: Path, buckets: int) -> None:
    db.execute(
        f"COPY (SELECT *, {owner} % {buckets} AS bucket FROM {name}) TO '{folder / name}' "  # noqa: S608
        "(FORMAT parquet, PARTITION_BY (bucket), COMPRESSION lz4_raw)"
    )


def read_bucket(folder: str | Path, number: int) -> tuple[Facts, pa.Table]:
    """The facts of one bucket of customers, and the answers that stand."""
    kept = {**{name: schema for name, schema in SCHEMAS.items() if name != "client"}, "current": CURRENT}
    tables = {name: _bucket(Path(folder) / name / f"bucket={number}", schema) for name, schema in kept.items()}
    current = tables.pop("current")
    return Facts.from_arrow({**tables, "client": pq.read_table(Path(folder) / "client.parquet")}), current


def _bucket(place: Path, schema: Any) -> pa.Table:
    """A bucket without a row has left no folder."""
    return pq.read_table(place, partitioning=None) if place.exists() else schema.to_pyarrow().empty_table()


if __name__ == "__main__":
    import django

    django.setup()
    print(json.dumps(extract(pickle.load(sys.stdin.buffer))))  # noqa: S301 - written by the process that started us
