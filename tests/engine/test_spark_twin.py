# SPDX-License-Identifier: Apache-2.0
"""Spark's protocol and DuckDB say the same, row for row and in every column; how facts travel changes nothing."""

from __future__ import annotations

import tempfile
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ascolto.domain.strategy import engines, spark
from ascolto.domain.strategy.extract import read_bucket
from ascolto.engine.columns import as_date, day
from ascolto.engine.decide import decide_arrow
from ascolto.engine.facts import Facts
from ascolto.engine.policy import Policy
from ascolto.policies.load import load_policy, strategy_names
from bench.worlds import lay_down
from bench.worlds import world as many
from tests.engine.test_decide_twin import CHARTERS
from tests.engine.worlds import worlds

FRIDAY = date(2026, 11, 20)
calm = settings(max_examples=6, suppress_health_check=list(HealthCheck))


def agree(url: str, facts: Facts, policy: Policy, today: date, buckets: int = 2) -> None:
    """Decided over Spark's protocol from a night's folder and read bucket by bucket, as decided in the process."""
    with tempfile.TemporaryDirectory() as room:
        folder = Path(room) / "night"
        lay_down(facts, folder, buckets)
        spark.decide_folder(url, folder, policy, today, buckets)
        there = []
        for bucket in range(buckets):
            known, _current = read_bucket(folder, bucket)
            if known.customers.num_rows:
                assert (folder / spark.ANSWERS / f"bucket={bucket}").exists()
                there += engines.answers_of(folder, bucket, known, policy, today).to_pylist()
    there.sort(key=lambda row: row["customer_id"])
    here = decide_arrow(facts, policy, today).to_pylist()
    assert len(here) == len(there)
    for one, other in zip(here, there, strict=True):
        assert {k: (v, other[k]) for k, v in one.items() if v != other[k]} == {}, one


@pytest.mark.parametrize("name", strategy_names())
@calm
@given(world=worlds(), charter=st.sampled_from(CHARTERS))
def test_both_say_the_same_in_every_column(name: str, world: tuple[Facts, date], charter: Any, sail: str) -> None:
    agree(sail, world[0], load_policy(name, charter), world[1])


@pytest.mark.parametrize(("customers", "buckets"), [(1, 5), (700, 1), (2_000, 7)])
def test_buckets_change_nothing(customers: int, buckets: int, sail: str) -> None:
    """One customer leaves most buckets empty; 2,000 fill them all."""
    agree(sail, many(customers, FRIDAY), load_policy("utility"), FRIDAY, buckets)


def test_facts_come_back_out_of_their_buckets_as_they_were(tmp_path: Path) -> None:
    facts = many(90, FRIDAY)
    lay_down(facts, tmp_path / "night", buckets=4)
    parts = [read_bucket(tmp_path / "night", n)[0] for n in range(4)]
    for name, table in facts.items():
        if name != "client":
            read = pa.concat_tables([getattr(part, name) for part in parts])
            assert read.sort_by(table.column_names[0]).equals(table)


@pytest.mark.parametrize("zone", ["UTC", "Europe/London", "America/New_York", "Pacific/Auckland"])
def test_a_day_is_a_day_in_every_time_zone(zone: str, sail: str, tmp_path: Path) -> None:
    days = [date(1970, 1, 1) + timedelta(days=n) for n in range(0, 40_000, 97)]
    pq.write_table(pa.table({"on": [*days, None]}), tmp_path / "days.parquet")
    table = ibis.table({"on": "date"}, name="days")
    there_and_back = table.select("on", back=as_date(day(table.on)))
    with spark.session(sail) as session:
        session.conf.set("spark.sql.session.timeZone", zone)
        session.read.parquet(str(tmp_path / "days.parquet")).createOrReplaceTempView("days")
        rows = session.sql(str(ibis.to_sql(there_and_back, dialect="pyspark"))).toArrow().to_pylist()
    assert len(rows) == len(days) + 1
    assert [row for row in rows if row["on"] != row["back"]] == []
