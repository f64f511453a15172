# SPDX-License-Identifier: Apache-2.0
"""Spark's protocol and DuckDB say the same, row for row and in every column; how facts travel changes nothing."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ascolto.domain.strategy import spark
from ascolto.engine.columns import as_date, day
from ascolto.engine.decide import INPUTS, decide_arrow, inputs
from ascolto.engine.facts import Facts
from ascolto.policies.load import load_policy, strategy_names
from bench.worlds import world as many
from tests.engine.test_decide_twin import CHARTERS
from tests.engine.worlds import worlds

FRIDAY = date(2026, 11, 20)
calm = settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture(autouse=True)
def on_sail(sail: str, tmp_path: Path, settings: Any) -> None:
    settings.ENGINE, settings.SPARK_FOLDER = sail, tmp_path


@pytest.mark.parametrize("name", strategy_names())
@calm
@given(world=worlds(), charter=st.sampled_from(CHARTERS))
def test_both_say_the_same_in_every_column(name: str, world: tuple[Facts, date], charter: Any) -> None:
    policy = load_policy(name, charter)
    here = decide_arrow(world[0], policy, world[1]).to_pylist()
    there = spark.decide_spark(world[0], policy, world[1], client_id=7).to_pylist()
    assert len(here) == len(there)
    for one, other in zip(here, there, strict=True):
        assert {k: (v, other[k]) for k, v in one.items() if v != other[k]} == {}, one


@pytest.mark.parametrize("customers", [1, 700, 2_000])
def test_buckets_change_nothing(customers: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """One customer leaves most buckets empty; 2,000 fill them all."""
    monkeypatch.setattr(spark, "BUCKET_CUSTOMERS", 1 + customers // 6)
    facts, policy = many(customers, FRIDAY), load_policy("utility")
    assert spark.decide_spark(facts, policy, FRIDAY, client_id=7).equals(decide_arrow(facts, policy, FRIDAY))


def test_facts_laid_down_in_parts_come_back_as_they_were(tmp_path: Path, sail: str) -> None:
    """Two parts of a client's customers, as a night that reads slice by slice writes them."""
    policy, home = load_policy("utility"), tmp_path / "client=7"
    whole = many(90, FRIDAY)
    parts = [_some(whole, lambda pk: pk <= 40), _some(whole, lambda pk: pk > 40)]
    for n, part in enumerate(parts):
        spark.lay_down(inputs(part, policy, FRIDAY), home, buckets=4, part=n)
    assert sorted(path.name for path in (home / "instalments").iterdir()) == [f"bucket={n}" for n in range(4)]
    for name in ("customers", "instalments", "holds"):
        read = pq.read_table(home / name).select(INPUTS[name].names).sort_by(INPUTS[name].names[0])
        assert read.equals(getattr(whole, name))
    for name in ("today", "conduct", "rungs", "invoice_rungs"):
        (home / name / "part-1.parquet").unlink()
    with spark.session(sail) as session:
        spark.run(session, home, policy)
    assert spark.pick_up(home).equals(decide_arrow(whole, policy, FRIDAY))


def _some(facts: Facts, wanted: Any) -> Facts:
    tables = {name: _kept(table, wanted) if name != "client" else table for name, table in facts.items()}
    return Facts.from_arrow(tables)


def _kept(table: pa.Table, wanted: Any) -> pa.Table:
    return table.filter(pa.array([wanted(pk) for pk in table["customer_id"].to_pylist()], pa.bool_()))


def test_what_a_killed_night_left_is_neither_read_nor_kept(tmp_path: Path) -> None:
    policy, home = load_policy("utility"), tmp_path / "client=7"
    spark.lay_down(inputs(many(40, FRIDAY, seed=2), policy, FRIDAY), home, buckets=3)
    facts = many(5, FRIDAY)
    assert spark.decide_spark(facts, policy, FRIDAY, client_id=7).equals(decide_arrow(facts, policy, FRIDAY))
    assert list(tmp_path.iterdir()) == []


def test_another_client_that_decides_at_the_same_time_is_left_alone(tmp_path: Path) -> None:
    policy, other = load_policy("utility"), tmp_path / "client=8"
    spark.lay_down(inputs(many(40, FRIDAY, seed=2), policy, FRIDAY), other, buckets=3)
    facts = many(5, FRIDAY)
    assert spark.decide_spark(facts, policy, FRIDAY, client_id=7).equals(decide_arrow(facts, policy, FRIDAY))
    assert list(tmp_path.iterdir()) == [other]


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
