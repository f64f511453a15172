# SPDX-License-Identifier: Apache-2.0
"""The same expressions on Apache Spark itself. Not collected where there is no Java (tests/conftest.py says so)."""

from __future__ import annotations

from datetime import date

from hypothesis import HealthCheck, given, settings

from ascolto.engine.facts import Facts
from ascolto.policies.load import load_policy
from bench.worlds import world as many
from tests.engine.test_decide_twin import CHARTERS
from tests.engine.test_spark_twin import agree
from tests.engine.worlds import worlds

FRIDAY = date(2026, 11, 20)
# The same world every time: a decision of eight customers keeps a JVM busy for seconds.
same = settings(max_examples=1, derandomize=True, database=None, suppress_health_check=list(HealthCheck))


def test_apache_spark_gives_the_same_rows_for_two_thousand_customers(apache_spark: str) -> None:
    agree(apache_spark, many(2_000, FRIDAY), load_policy("utility", CHARTERS[1]), FRIDAY, buckets=3)


@same
@given(world=worlds())
def test_apache_spark_gives_the_same_rows_in_every_corner(world: tuple[Facts, date], apache_spark: str) -> None:
    agree(apache_spark, world[0], load_policy("b2b_services", CHARTERS[2]), world[1])
