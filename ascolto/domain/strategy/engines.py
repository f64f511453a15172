# SPDX-License-Identifier: Apache-2.0
"""Where a large night decides. Owns: the choice between DuckDB in its workers and Spark ahead of them.

The same expressions, the same rows, the same fingerprints: who decides leaves no trace, and a client may move from one
to the other on any night. What a person waits for (a call that ends, a payment that arrives) and the night of a few
customers never come here: they are decided in the process.
"""

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from django.conf import settings

from ascolto.domain.strategy import spark
from ascolto.engine.decide import decide_arrow
from ascolto.engine.facts import OUTPUT, Facts
from ascolto.engine.policy import Policy


def decide_ahead(folder: Path, policy: Policy, as_of: dt.date, buckets: int) -> None:
    """Where ASCOLTO_ENGINE names a Spark: decide for the whole folder before the workers begin.

    Refused when it does not answer: a night that quietly ran elsewhere would end at noon.
    """
    if settings.ENGINE != "duckdb":
        spark.decide_folder(settings.ENGINE, folder, policy, as_of, buckets)


def answers_of(
    folder: Path, bucket: int, facts: Facts, policy: Policy, as_of: dt.date, only: Sequence[int] | None = None
) -> pa.Table:
    """The answers of one bucket (or of some of its customers), ordered by customer_id: those that Spark left, or else
    decided here and now."""
    place = folder / spark.ANSWERS / f"bucket={bucket}"
    if not place.exists():
        return decide_arrow(facts if only is None else facts.only(only), policy, as_of, threads=1)
    answers = pq.read_table(place, partitioning=None).select(OUTPUT.names).cast(OUTPUT.to_pyarrow())
    answers = answers.sort_by("customer_id")
    asked = facts.customers.sort_by("customer_id")["customer_id"]
    assert answers["customer_id"].equals(asked), "a customer without an answer, with two, or a stranger"
    if only is None:
        return answers
    return answers.filter(pc.is_in(answers["customer_id"], value_set=pa.array(only, pa.int64())))
