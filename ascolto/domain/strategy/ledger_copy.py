# SPDX-License-Identifier: Apache-2.0
"""A large client's ledger as columns, beside the nights' folders. Owns: what of it a night need not read again.

Rows only come in, under ids that rise while the client's row is held, and what was invoiced changes rarely (rewritten.py
marks it): so a night reads what came since the night before it, adds that, and works out balances from the whole. The
database signs each state of the copy with a token. What another token signed (a database brought back from a backup, a
folder of another one, a night that died before it had written) or what is not whole does not count: all is read again.
"""

import datetime as dt
import json
import os
import secrets
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from django.conf import settings
from django.db.models import BigIntegerField, ExpressionWrapper, F, Max, Q

from ascolto.domain.access.models import Client
from ascolto.domain.ledger.models import Allocation
from ascolto.domain.portfolio.identities import chunks
from ascolto.domain.portfolio.models import Instalment
from ascolto.domain.records.columns import Read, fetch
from ascolto.domain.strategy.models import LedgerKept, Rewritten
from ascolto.domain.strategy.snapshot import ledger_reads
from ascolto.engine import gather, running

PLACE = "ledger"
TABLES = ("owed", "settled")
KEPT = "kept.json"
MARKS = {"instalment_mark": Instalment, "allocation_mark": Allocation}
"""Up to where the copy goes, by the columns of `LedgerKept`."""
MANY = 20_000
"""Instalments of rewritten invoices from which reading all again is less work than looking them up."""
FILES = 30
"""So many files of a table become one."""


@dataclass(frozen=True)
class Copy:
    """What lies in `folder`: by table the files that hold what a night need not read, of which what belongs to the
    invoices `rewritten` no longer counts. `token` signs what the night makes of it."""

    folder: str
    token: str = ""
    files: Mapping[str, Sequence[str]] | None = None
    rewritten: Sequence[int] = ()


@dataclass(frozen=True)
class Since:
    """Which rows a night reads: of instalments and allocations those after the first and up to the second id, and
    the instalments named."""

    instalments: tuple[int, int]
    allocations: tuple[int, int]
    again: Sequence[int] = ()


def place_of(client_id: int) -> Path:
    """Where a client's copy lies."""
    return Path(settings.NIGHTS) / f"client={client_id}" / PLACE


def note(client: Client, folder: Path) -> tuple[Copy, Since]:
    """Sign what this night will have copied of the client's ledger, as it stands now. Hold the client's row."""
    last = {name: model._default_manager.aggregate(last=Max("pk"))["last"] or 0 for name, model in MARKS.items()}
    before = LedgerKept.objects.filter(client=client).first()
    files = _whole(folder, before.token) if before else None
    marked = dict(Rewritten.objects.filter(client=client).values_list("pk", "invoice_id"))
    for some in chunks(marked):  # those that we saw: one that comes in meanwhile is the next night's
        Rewritten.objects.filter(client=client, pk__in=some).delete()
    invoices = sorted(set(marked.values())) if files else []
    again = _instalments_of(client, invoices, last["instalment_mark"]) if len(invoices) <= MANY else []
    if max(len(invoices), len(again)) > MANY:
        files, invoices, again = None, [], []
    _tidy(folder, files)
    token = secrets.token_hex(16)
    marks = {name: (getattr(before, name) if files else 0, last[name]) for name in MARKS}
    LedgerKept.objects.update_or_create(client=client, defaults={**last, "token": token})
    since = Since(marks["instalment_mark"], marks["allocation_mark"], again)
    return Copy(str(folder), token, files, invoices), since


def forget(client: Client) -> None:
    """A client whose nights read everything has no copy, and what is rewritten need not be known."""
    LedgerKept.objects.filter(client=client).delete()
    Rewritten.objects.filter(client=client).delete()


def differing(kept: LedgerKept, folder: Path) -> int:
    """How many rows of a client's copy are not what the database holds, or lack; 0 too where no copy counts. What was
    rewritten since is the next night's, and not looked at."""
    files = _whole(folder, kept.token)
    if files is None:
        return 0
    marks = {"items": kept.instalment_mark, "settled": kept.allocation_mark}
    tables = ledger_reads(kept.client_id, dt.date.max)
    known = {
        name: fetch(replace(tables[name], rows=tables[name].rows.filter(pk__lte=last))) for name, last in marks.items()
    }
    marked = Rewritten.objects.filter(client_id=kept.client_id).values_list("invoice_id", flat=True)
    but = ", ".join(map(str, [*marked, 0]))
    with duckdb.connect(":memory:") as db:
        running.register(db, known | {"documents": fetch(tables["documents"])})
        for name, sql in gather.stages("owed"):
            db.execute(f"CREATE VIEW {name} AS {sql}")
        found = 0
        for name in TABLES:
            told = f" WHERE invoice_id NOT IN ({but})" if name == "owed" else ""
            ours, copied = f"FROM {name}{told}", f"FROM {running.parquet(*files[name])}{told}"
            for one, other in ((ours, copied), (copied, ours)):
                found += len(db.sql(f"{one} EXCEPT ALL {other}"))
    return found


def narrowed(tables: Mapping[str, Any], client_id: int, since: Since) -> dict[str, Any]:
    """The reads of the ledger (snapshot.ledger_reads), of what is new in place of everything."""
    found: dict[str, Any] = {}
    for name, (first, last) in {"items": since.instalments, "settled": since.allocations}.items():
        read: Read = tables[name]
        found[name] = replace(read, rows=read.rows.filter(pk__lte=last))
        if first:
            # By the id alone: asked by the client too, SQLite would walk all of its rows.
            whose = ExpressionWrapper(F("client_id") + 0, output_field=BigIntegerField())
            mine = read.rows.model._default_manager.alias(whose=whose)
            new = Q(pk__gt=first, pk__lte=last) | Q(pk__in=since.again if name == "items" else [])
            found[name] = replace(read, rows=mine.filter(new, whose=client_id).values_list(*_columns(read)))
    if since.instalments[0]:
        rows = found["items"].rows
        told = ("invoice_id", *(f"invoice__{name}" for name in _columns(tables["documents"])[1:]))
        found["documents"] = replace(tables["documents"], rows=rows.values_list(*told).distinct())
    return found


def _columns(read: Read) -> list[str]:
    return list(read.rows.query.values_select)


def add(db: duckdb.DuckDBPyConnection, copy: Copy, name: str) -> list[str]:
    """Write the rows of `name` beside what was copied of it before; returns the files that together hold it all."""
    folder = Path(copy.folder)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    files, new = list((copy.files or {}).get(name, ())), folder / f"{name}-{copy.token}.parquet"
    count = _put(db, f"FROM {name}", new)
    if copy.rewritten and name == "owed":
        kept, wrong = folder / f"{name}-{copy.token}-kept.parquet", ", ".join(map(str, copy.rewritten))
        _put(db, f"FROM {running.parquet(*files)} WHERE invoice_id NOT IN ({wrong})", kept)
        files = [str(kept)]
    if count or not files:
        files.append(str(new))
    if len(files) > FILES:
        whole = folder / f"{name}-{copy.token}-whole.parquet"
        _put(db, f"FROM {running.parquet(*files)}", whole)
        files = [str(whole)]
    return files


def finish(copy: Copy, files: Mapping[str, Sequence[str]]) -> None:
    """From now on these files are the copy that the token signs."""
    told = {name: {str(file): pq.read_metadata(file).num_rows for file in files[name]} for name in TABLES}
    for file in (file for own in told.values() for file in own):
        _to_disk(Path(file))
    new = Path(copy.folder) / f"{KEPT}.{copy.token}"
    new.write_text(json.dumps({"token": copy.token, "files": told}))
    _to_disk(new)
    new.rename(Path(copy.folder) / KEPT)


def _put(db: duckdb.DuckDBPyConnection, rows: str, file: Path) -> int:
    place = str(file).replace("'", "''")
    found = db.execute(
        f"COPY ({rows}) TO '{place}' (FORMAT parquet, PARQUET_VERSION v2, COMPRESSION lz4_raw)"
    ).fetchone()
    return int(found[0]) if found else 0


def _to_disk(file: Path) -> None:
    with file.open("rb") as written:
        os.fsync(written.fileno())


def _whole(folder: Path, token: str) -> dict[str, list[str]] | None:
    """The copy's files by table, when it is the one that `token` signs and nothing of it is missing."""
    try:
        told = json.loads((folder / KEPT).read_text())
        if told["token"] != token:
            return None
        for own in told["files"].values():
            for file, rows in own.items():
                if pq.read_metadata(file).num_rows != rows:
                    return None
        return {name: list(told["files"][name]) for name in TABLES}
    except (OSError, ValueError, KeyError, pa.ArrowException):
        return None


def _tidy(folder: Path, files: Mapping[str, Sequence[str]] | None) -> None:
    """What does not belong to the copy goes."""
    if files is None:
        shutil.rmtree(folder, ignore_errors=True)
        return
    ours = {folder / KEPT, *(Path(file) for own in files.values() for file in own)}
    for other in set(folder.iterdir()) - ours:
        other.unlink(missing_ok=True)


def _instalments_of(client: Client, invoices: Sequence[int], last: int) -> list[int]:
    rows = Instalment.objects.filter(client=client, pk__lte=last)
    return [pk for some in chunks(invoices) for pk in rows.filter(invoice__in=some).values_list("pk", flat=True)]
