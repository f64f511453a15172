# SPDX-License-Identifier: Apache-2.0
"""The decision written by hand as DuckDB SQL says what the engine says, in every column: only so may it be its measure."""

from __future__ import annotations

from datetime import date

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings

from ascolto.engine.decide import decide_arrow
from ascolto.engine.facts import Facts
from ascolto.engine.policy import Charter
from ascolto.policies.load import load_policy
from bench.by_hand import AS_OF, by_hand, differences
from bench.worlds import world
from tests.engine.worlds import worlds

UTILITY = load_policy("utility")
calm = settings(max_examples=20, suppress_health_check=list(HealthCheck))


@pytest.mark.parametrize("seed", [1, 2])
def test_by_hand_and_engine_agree_on_five_hundred_customers(seed: int) -> None:
    facts = world(500, AS_OF, seed=seed, per_customer=13)
    told = decide_arrow(facts, UTILITY, AS_OF)
    assert set(told["answer"].to_pylist()) == {"act", "wait", "blocked"}
    assert len(set(told["step"].to_pylist())) > 8
    assert differences(told, by_hand(facts, UTILITY, AS_OF)) == []


@calm
@given(world=worlds())
def test_by_hand_and_engine_agree_in_every_corner(world: tuple[Facts, date]) -> None:
    facts, today = world
    assert differences(decide_arrow(facts, UTILITY, today), by_hand(facts, UTILITY, today)) == []


def test_a_difference_is_told_with_the_customer() -> None:
    one = pa.table({"customer_id": [1, 2], "tone": [3, 1]})
    other = pa.table({"customer_id": [1, 2], "tone": [3, None]})
    assert differences(one, other) == ["tone: 1 rows; customer 2: 1 and None"]
    assert differences(one, other.slice(1)) == ["2 rows and 1"]


def test_it_refuses_a_policy_that_it_does_not_know() -> None:
    with pytest.raises(AssertionError, match="utility"):
        by_hand(world(1, AS_OF), load_policy("utility", Charter(max_tone=2)), AS_OF)
