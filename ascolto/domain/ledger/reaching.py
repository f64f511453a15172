# SPDX-License-Identifier: Apache-2.0
"""Whom the waiting lines of a large client could mean. Owns: reading its open items and customers as columns.

Within the running transaction, or in a process of its own, which reads much faster and sees what was committed. What is worked out is the same: engine/reach.py.
"""

import datetime as dt
import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import duckdb
import pyarrow as pa
from django.db.models import BooleanField, ExpressionWrapper, Q

from ascolto.domain.ledger.models import Allocation
from ascolto.domain.portfolio.models import Account, Customer, Instalment, Invoice
from ascolto.domain.records import apart
from ascolto.domain.records.columns import Query, Read, fetch, query_of, stream_all
from ascolto.engine.evidence import Expected, Line
from ascolto.engine.reach import TABLES, Reach, reach

MEMORY = "3GB"
"""What may be used before it spills to disk."""


@dataclass(frozen=True)
class Job:
    """What is read, from where, and for which lines (`engine.reach.reach`)."""

    url: str
    tables: Mapping[str, Query]
    lines: Sequence[Line]
    known: Collection[int]
    expected: Sequence[Expected]


def reads(client_id: int, since: dt.date) -> dict[str, Read]:
    """Everything that is looked up. `since`: what was settled after this day is told even when nothing is left of it."""
    lately = ExpressionWrapper(Q(known_on__gt=since), BooleanField())
    rows = {
        "items": Instalment.objects.values_list("pk", "customer_id", "invoice_id", "amount_cents", "reference"),
        "settled": Allocation.objects.values_list("instalment_id", "amount_cents", lately),
        "documents": Invoice.objects.values_list("pk", "number", "reference"),
        "people": Customer.objects.values_list("pk", "number", "name", "tax_code", "vat"),
        "accounts": Account.objects.values_list("customer_id", "number"),
    }
    return {name: Read(found.filter(client_id=client_id).order_by(), TABLES[name]) for name, found in rows.items()}


def find_reach(
    client_id: int, since: dt.date, lines: Sequence[Line], known: Collection[int], expected: Sequence[Expected], *, alone: bool
) -> Reach:  # fmt: skip
    """Whom `lines` could mean. `alone`: nothing that this transaction has written matters, so another process may read."""
    tables = reads(client_id, since)
    if alone:
        told = {name: query_of(table) for name, table in tables.items()}
        found: Reach = apart.ask(carry_out, Job(apart.url(), told, lines, known, expected))
        return found
    return _work({name: fetch(table) for name, table in tables.items()}, lines, known, expected)


def carry_out(job: Job) -> Reach:
    """The job of the process beside."""
    return _work(stream_all(job.url, job.tables, os.cpu_count() or 1), job.lines, job.known, job.expected)


def _work(
    tables: Mapping[str, pa.Table], lines: Sequence[Line], known: Collection[int], expected: Sequence[Expected]
) -> Reach:
    with duckdb.connect(":memory:") as db:
        db.execute(f"SET enable_progress_bar = false; SET memory_limit = '{MEMORY}'")
        return reach(db, tables, lines, known, expected)
