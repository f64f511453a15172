# SPDX-License-Identifier: Apache-2.0
"""Running expressions in the process. Owns: their compilation, once each, and the thread's DuckDB.

An expression is compiled stage by stage, because planning one sentence of a quarter of a megabyte costs more than
running it on 2,000 customers; of many thousands, putting tables down costs more, and the stages are asked `together`.
Dates and whatever depends on them come as rows, so a year of days runs the same text.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import duckdb
import ibis

Stage = tuple[str, str]
"""Name of the table that it makes, and its SQL."""
Keep = Callable[[str, Any], Any]
"""Puts a table down under a name and gives it to be picked up again."""
Stages = tuple[Stage, ...]

KEPT = 256
"""Compiled texts that are kept: drafts of policies come and go, and the oldest text is forgotten."""

_compiled: dict[str, Stages] = {}
_local = threading.local()


def compiled(key: str, schemas: Mapping[str, ibis.Schema], build: Callable[[Mapping[str, Any], Keep], None]) -> Stages:
    """The stages that `build(tables, keep)` puts down, made once per `key`; `tables` are unbound, by name."""
    if key not in _compiled:
        stages: list[Stage] = []
        dialect = key.rsplit(":", 1)[-1]

        def put_down(name: str, table: Any) -> Any:
            stages.append((name, in_order(str(ibis.to_sql(table, dialect=dialect, pretty=False)))))
            return ibis.table(table.schema(), name=name)

        build({name: ibis.table(schema, name=name) for name, schema in schemas.items()}, put_down)
        learn(key, tuple(stages))
    return _compiled[key]


def in_order(sql: str) -> str:
    """The same sentence in every process: Ibis names what it leaves out in the order of a set."""
    return re.sub(
        r"(EXCLUDE|EXCEPT) \(([^()]*)\)", lambda left: f"{left[1]} ({', '.join(sorted(left[2].split(', ')))})", sql
    )


def learn(key: str, stages: Stages) -> None:
    """Keep stages that were compiled, here or by another process of the same house."""
    while len(_compiled) >= KEPT:
        _compiled.pop(next(iter(_compiled)), None)
    _compiled[key] = stages


def connection() -> duckdb.DuckDBPyConnection:
    """The thread's own database in memory."""
    if not hasattr(_local, "connection"):
        _local.connection = duckdb.connect(":memory:")
        _local.connection.execute("SET enable_progress_bar = false")
    found: duckdb.DuckDBPyConnection = _local.connection
    return found


def parquet(*files: object) -> str:
    """These files, or all that a pattern with `*` means, as a sentence reads them; folders are no columns."""
    named = ", ".join("'" + str(file).replace("'", "''") + "'" for file in files)
    return f"read_parquet([{named}], hive_partitioning = false)"


def register(db: duckdb.DuckDBPyConnection, tables: Mapping[str, Any]) -> None:
    """Make Arrow tables known by name."""
    for name, table in tables.items():
        db.register(name, table)


def run(db: duckdb.DuckDBPyConnection, stages: Iterable[Stage], optimized: Sequence[str] | None = None) -> None:
    """Make each stage's table. On small worlds the optimizer costs more than it saves where nothing is joined:
    `optimized` then names the stages that are worth it (None: all)."""
    for name, sql in stages:
        worth = optimized is None or name in optimized
        db.execute("PRAGMA enable_optimizer" if worth else "PRAGMA disable_optimizer")
        db.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {sql}")
    db.execute("PRAGMA enable_optimizer")


def together(stages: Sequence[Stage]) -> str:
    """The last stage as one sentence, with those before it inside, each made once and kept no longer than it is read."""
    *before, (_last, sql) = stages
    inside = ", ".join(f"{name} AS MATERIALIZED ({text})" for name, text in before)
    return f"WITH {inside} {sql}" if inside else sql


def ask(db: duckdb.DuckDBPyConnection, sql: str, optimized: bool = True) -> Any:
    """The rows of one stage as an Arrow table, without putting them down first."""
    db.execute("PRAGMA enable_optimizer" if optimized else "PRAGMA disable_optimizer")
    result = db.execute(sql).to_arrow_table()
    db.execute("PRAGMA enable_optimizer")
    return result


def forget(db: duckdb.DuckDBPyConnection, made: Iterable[str], registered: Iterable[str] = ()) -> None:
    """Nothing of a client stays behind."""
    for name in made:
        db.execute(f"DROP TABLE IF EXISTS {name}")
    for name in registered:
        db.unregister(name)
