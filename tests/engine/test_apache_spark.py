# SPDX-License-Identifier: Apache-2.0
"""The same expressions on Apache Spark itself. Not collected where there is no Java (tests/conftest.py says so)."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from ascolto.domain.strategy import spark
from ascolto.engine.decide import decide_arrow
from ascolto.engine.facts import Facts
from ascolto.policies.load import load_policy
from bench.worlds import world as many
from tests.engine.test_decide_twin import CHARTERS
from tests.engine.worlds import worlds

FRIDAY = date(2026, 11, 20)
# The same world every time: a decision of eight customers keeps a JVM busy for seconds.
same = settings(max_examples=1, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture(autouse=True)
def on_spark(apache_spark: str, tmp_path: Path, settings: Any) -> None:
    settings.ENGINE, settings.SPARK_FOLDER = apache_spark, tmp_path


def test_apache_spark_gives_the_same_rows_for_two_thousand_customers() -> None:
    facts, policy = many(2_000, FRIDAY), load_policy("utility", CHARTERS[1])
    assert spark.decide_spark(facts, policy, FRIDAY, client_id=7).equals(decide_arrow(facts, policy, FRIDAY))


@same
@given(world=worlds())
def test_apache_spark_gives_the_same_rows_in_every_corner(world: tuple[Facts, date]) -> None:
    policy = load_policy("b2b_services", CHARTERS[2])
    said = spark.decide_spark(world[0], policy, world[1], client_id=7).to_pylist()
    assert said == decide_arrow(world[0], policy, world[1]).to_pylist()
