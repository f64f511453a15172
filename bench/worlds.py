# SPDX-License-Identifier: Apache-2.0

"""Random but believable facts for benchmarks: seeded, of any size, made with numpy so that making them costs little."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from ascolto.domain.strategy import extract
from ascolto.engine.facts import CHANNELS, OUR_PAPERS, OUR_SERVICE, SCHEMAS, Facts

EPOCH = np.datetime64("1970-01-01")
STEPS = ("reminder_1", "call", "reminder_2", "formal_notice", "legal_gate")


def world(customers: int, as_of: date, seed: int = 1, per_customer: int = 6) -> Facts:
    """About `per_customer` instalments each (open and closed), with contacts, promises, holds, actions, payments."""
    rng = np.random.default_rng(seed)
    today = np.datetime64(as_of)
    ids = np.arange(1, customers + 1)
    tables = {"customers": _customers(rng, ids, today)}
    n = customers * per_customer
    owner = np.repeat(ids, per_customer)
    due = today + (30 - rng.integers(0, 60, n) - np.tile(np.arange(per_customer), customers) * 60)
    amount = rng.integers(1500, 90000, n)
    delay = rng.integers(-5, 40, n) * (rng.random(n) < 0.5)
    closed = due + delay
    is_open = (closed > today) | (rng.random(n) < 0.06)
    tables["instalments"] = _table("instalments", n, instalment_id=np.arange(n) + 1, customer_id=owner,
        invoice_id=np.arange(n) + 1, issued_on=due - 20, due_on=due, amount_cents=amount,
        balance_cents=np.where(is_open, amount, 0), disputed_cents=np.where(is_open & (rng.random(n) < 0.05), amount // 2, 0),
        closed_on=pa.array(closed, mask=is_open), planned_until=_some(rng, 0.01, today + rng.integers(-3, 30, n)),
        collected_until=_some(rng, 0.02, today + rng.integers(-3, 10, n)))  # fmt: skip
    tables["contacts"] = _contacts(rng, customers, today)
    m = max(customers // 8, 1)
    made = today - rng.integers(0, 200, m)
    tables["promises"] = _table("promises", m, promise_id=np.arange(m) + 1, customer_id=rng.integers(1, customers + 1, m),
        made_on=made, due_on=made + 10, amount_cents=rng.integers(1000, 50000, m), grace_days=np.full(m, 3),
        status=rng.choice(["pending", "kept", "broken", "partly", "plan_half", "plan_done"], m),
        judged_on=_some(rng, 0.9, np.minimum(made + 14, today)))  # fmt: skip
    h = max(customers // 50, 1)
    tables["holds"] = _table("holds", h, hold_id=np.arange(h) + 1, customer_id=rng.integers(1, customers + 1, h),
        invoice_id=pa.array(rng.integers(1, n, h), mask=rng.random(h) < 0.5), from_on=today - rng.integers(0, 30, h),
        until_on=today + rng.integers(-5, 30, h), reason=rng.choice(["complaint", OUR_SERVICE, OUR_PAPERS], h))  # fmt: skip
    open_rows = np.flatnonzero(is_open & (due < today))
    chosen = open_rows[rng.random(len(open_rows)) < 0.6]
    tables["actions"] = _table("actions", len(chosen), action_id=np.arange(len(chosen)) + 1, customer_id=owner[chosen],
        cycle=np.array([f"arrears:{d}" for d in due[chosen]], dtype=object), step=rng.choice(STEPS, len(chosen)),
        channel=np.full(len(chosen), "email"), status=np.full(len(chosen), "done"), planned_on=due[chosen] + 6,
        done_on=np.minimum(due[chosen] + 6, today))  # fmt: skip
    paid = np.flatnonzero(~is_open)
    tables["payments"] = _table("payments", len(paid), payment_id=paid + 1, customer_id=owner[paid], paid_on=closed[paid],
        known_on=closed[paid], cents=amount[paid])  # fmt: skip
    tables["client"] = pa.Table.from_pylist([{"bank_fresh_on": as_of - timedelta(days=1)}])
    return Facts.from_arrow(tables)


def lay_down(facts: Facts, folder: Path, buckets: int) -> None:
    """The facts as a night's snapshot leaves them, written by its own hand."""
    db = duckdb.connect(":memory:")
    folder.mkdir(parents=True)
    for name, table in facts.items():
        if name == "client":
            pq.write_table(table, folder / "client.parquet")
        else:
            db.register(name, table)
            extract.put(db, name, "customer_id", folder, buckets)


def _customers(rng: np.random.Generator, ids: np.ndarray, today: Any) -> pa.Table:
    n = len(ids)
    flag = {name: rng.random(n) < share for name, share in {"vulnerable": 0.05, "active": 0.97, "opted_courtesy": 0.1,
            "email_ok": 0.8, "phone_ok": 0.9, "post_ok": 0.95, "pec_ok": 0.2}.items()}  # fmt: skip
    path = rng.random(n) >= 0.02  # one in fifty is on a hardship path, resting or in the softer cadence
    return _table("customers", n, customer_id=ids, kind=rng.choice(["consumer", "business", "public"], n, p=[0.8, 0.18, 0.02]),
        language=np.full(n, "it"), preferred_channel=_some(rng, 0.1, rng.choice(list(CHANNELS), n)), patron_day=np.full(n, "12-07"),
        path_id=pa.array(ids, mask=path), path_pause_until=pa.array(today + rng.integers(-60, 20, n), mask=path),
        path_review_on=pa.array(today + rng.integers(-5, 60, n), mask=path), **flag)  # fmt: skip


def _contacts(rng: np.random.Generator, customers: int, today: Any) -> pa.Table:
    n = customers * 3
    return _table("contacts", n, contact_id=np.arange(n) + 1, customer_id=rng.integers(1, customers + 1, n),
        on_date=today - rng.integers(0, 300, n), hour=rng.integers(9, 19, n), channel=rng.choice(["phone", "email", "letter"], n),
        direction=rng.choice(["in", "out"], n, p=[0.2, 0.8]), human=rng.random(n) < 0.5, conversation=rng.random(n) < 0.3,
        right_party=rng.random(n) < 0.3, reason=pa.array(rng.choice(["forgot", "temporary_difficulty", "our_fault", "unwilling", "lost_invoice"], n),
        mask=rng.random(n) < 0.7), fault=_some(rng, 0.2, rng.choice(["ours", "theirs"], n)), solution=pa.nulls(n, pa.string()),
        requested_by_customer=np.zeros(n, bool))  # fmt: skip


def _some(rng: np.random.Generator, share: float, values: Any) -> pa.Array:
    """A share of the values; the rest is unknown."""
    return pa.array(values, mask=rng.random(len(values)) >= share)


def _table(name: str, rows: int, **columns: Any) -> pa.Table:
    schema = SCHEMAS[name].to_pyarrow()
    absent = {field.name: pa.nulls(rows, field.type) for field in schema if field.nullable}
    arrays = [_array((absent | columns)[field.name], field.type) for field in schema]
    assert all(len(array) == rows for array in arrays)
    return pa.Table.from_arrays(arrays, schema=schema)


def _array(values: Any, kind: pa.DataType) -> pa.Array:
    array = values if isinstance(values, pa.Array) else pa.array(values)
    return array.cast(kind)
