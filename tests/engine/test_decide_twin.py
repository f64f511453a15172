# SPDX-License-Identifier: Apache-2.0
"""The set-based engine and its slow twin say the same about random small worlds, in every column."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ascolto.engine.decide import decide_arrow
from ascolto.engine.facts import Facts
from ascolto.engine.policy import Charter, Policy
from ascolto.policies.load import load_policy, strategy_names
from tests.engine import reference
from tests.engine.worlds import worlds

CHARTERS = (
    Charter(),
    Charter(channels=("phone", "letter"), max_tone=2, max_contacts_week=1, min_cents=5000),
    Charter(phone_from="10:00", phone_to="12:00", no_contact_months=(8, 12), no_contact_days=("06-30",)),
)
calm = settings(max_examples=12, suppress_health_check=list(HealthCheck))


def agree(facts: Facts, policy: Policy, today: date) -> list[dict[str, Any]]:
    fast = decide_arrow(facts, policy, today).to_pylist()
    slow = reference.decide(facts, policy, today)
    assert len(fast) == len(slow)
    for one, other in zip(fast, slow, strict=True):
        assert {k: (v, other[k]) for k, v in one.items() if v != other[k]} == {}, one
    return fast


@pytest.mark.parametrize("name", strategy_names())
@calm
@given(world=worlds(), charter=st.sampled_from(CHARTERS))
def test_engine_and_twin_agree_on_every_column(name: str, world: tuple[Facts, date], charter: Charter) -> None:
    agree(world[0], load_policy(name, charter), world[1])


@pytest.mark.parametrize("name", strategy_names())
@settings(calm, max_examples=3)
@given(world=worlds())
def test_many_customers_are_asked_in_one_sentence_with_the_same_answers(name: str, world: tuple[Facts, date]) -> None:
    few = decide_arrow(world[0], load_policy(name), world[1])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ascolto.engine.decide.SMALL", 0)
        assert decide_arrow(world[0], load_policy(name), world[1]).equals(few)
