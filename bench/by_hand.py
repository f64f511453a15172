# SPDX-License-Identifier: Apache-2.0

"""The engine beside the same decision written by hand as DuckDB SQL: `python -m bench.by_hand [CUSTOMERS ...]`.

Prints seconds of processor of both with one thread and with two (the median of alternating runs, after one of each to
warm up), their ratio, and whether they are equal in every column of every row; the first differences when not.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path

import duckdb
import pyarrow as pa

from ascolto.engine.decide import decide_arrow, inputs
from ascolto.engine.facts import OUTPUT, Facts
from ascolto.engine.policy import Policy
from ascolto.policies.load import load_policy
from bench.worlds import world

AS_OF = date(2026, 11, 18)
SQL = Path(__file__).with_suffix(".sql").read_text()
RUNS = 5


def by_hand(facts: Facts, policy: Policy, as_of: date, threads: int = 1) -> pa.Table:
    """The answers of the hand-written SQL, as `decide_arrow` gives them. Only for the strategy `utility`, no charter."""
    assert policy.sha == load_policy("utility").sha, "by_hand.sql knows the strategy 'utility' and no charter"
    with duckdb.connect(":memory:") as db:
        db.execute(f"SET threads = {threads}")
        for name, table in inputs(facts, policy, as_of).items():
            db.register(name, table)
        answers = db.execute(SQL).to_arrow_table()
    return answers.cast(OUTPUT.to_pyarrow()).sort_by("customer_id")


def differences(one: pa.Table, other: pa.Table, first: int = 3) -> list[str]:
    """The first rows of each column in which the two are not the same; none when they are equal."""
    if one.num_rows != other.num_rows:
        return [f"{one.num_rows} rows and {other.num_rows}"]
    found = []
    for name in one.column_names:
        if one[name].equals(other[name]):
            continue
        rows = zip(one["customer_id"].to_pylist(), one[name].to_pylist(), other[name].to_pylist(), strict=True)
        apart = [f"customer {who}: {a!r} and {b!r}" for who, a, b in rows if a != b]
        found.append(f"{name}: {len(apart)} rows; " + "; ".join(apart[:first]))
    return found


def main(sizes: list[int]) -> None:
    """Each size with one thread and with two."""
    policy = load_policy("utility")
    for size in sizes:
        facts = world(size, AS_OF, per_customer=13)
        apart = differences(decide_arrow(facts, policy, AS_OF), by_hand(facts, policy, AS_OF))
        print(f"{size} customers, {facts.instalments.num_rows} instalments: {'equal' if not apart else 'NOT EQUAL'}")
        print("\n".join(apart), end="\n" if apart else "")
        for threads in (1, 2):
            told = (facts, policy, AS_OF, threads)
            engine, hand = _alternating(partial(decide_arrow, *told), partial(by_hand, *told))
            print(
                f"  {threads} thread(s): engine {engine:.2f} s of processor, by hand {hand:.2f} s, ratio {engine / hand:.2f}"
                f" (load {os.getloadavg()[0]:.1f})",
                flush=True,
            )


def _alternating(*runs: Callable[[], object]) -> list[float]:
    """Median seconds of processor of each, taken in turn so that the neighbours' noise falls on all of them."""
    spent: list[list[float]] = [[] for _ in runs]
    for turn in range(RUNS + 1):
        for times, run in zip(spent, runs, strict=True):
            began = time.process_time()
            run()
            if turn:
                times.append(time.process_time() - began)
    return [statistics.median(times) for times in spent]


if __name__ == "__main__":
    main([int(arg) for arg in sys.argv[1:]] or [50_000, 100_000])
