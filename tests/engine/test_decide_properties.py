# SPDX-License-Identifier: Apache-2.0
"""What must hold in every world: one answer each, holds hold, twice is the same, paid is left in peace."""

from __future__ import annotations

from datetime import date
from typing import Any

import pyarrow as pa
from hypothesis import HealthCheck, given, settings

from ascolto.engine.because import CODES, RULES, because
from ascolto.engine.decide import compiled, decide_arrow
from ascolto.engine.facts import ANSWERS, Facts, table_of
from ascolto.engine.policy import DUNNING
from ascolto.policies.load import load_policy

from tests.engine.worlds import worlds  # isort: skip

POLICY = load_policy("utility")
calm = settings(max_examples=8, suppress_health_check=list(HealthCheck))


def changed(facts: Facts, **tables: pa.Table) -> Facts:
    return Facts.from_arrow({**dict(facts.items()), **tables})


def rows(facts: Facts, today: date) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = decide_arrow(facts, POLICY, today).to_pylist()
    return found


@calm
@given(world=worlds())
def test_every_customer_gets_exactly_one_answer_that_explains_itself(world: tuple[Facts, date]) -> None:
    found = rows(*world)
    assert [r["customer_id"] for r in found] == sorted(world[0].customers["customer_id"].to_pylist())
    for row in found:
        assert row["answer"] in ANSWERS
        assert (row["rule"] is None) == (row["answer"] == "act")
        assert row["rule"] is None or row["rule"] in RULES
        assert row["until_on"] is None or row["until_on"] > world[1]
        assert {reason.code for reason in because(row)} <= set(CODES)
        if row["answer"] == "act":
            assert all(row[name] for name in ("step", "cycle", "channel"))
            assert 0 <= row["tone"] <= 5
            assert bool(row["template"]) != bool(row["script"])


@calm
@given(world=worlds())
def test_a_hold_on_the_customer_never_yields_an_action(world: tuple[Facts, date]) -> None:
    facts, today = world
    holds = [{"hold_id": 900 + n, "customer_id": n, "from_on": today, "until_on": None}
             for n in facts.customers["customer_id"].to_pylist()]  # fmt: skip
    assert all(r["answer"] != "act" for r in rows(changed(facts, holds=table_of("holds", holds)), today))


@calm
@given(world=worlds())
def test_twice_is_the_same(world: tuple[Facts, date]) -> None:
    assert rows(*world) == rows(*world)


@calm
@given(world=worlds())
def test_whoever_has_paid_everything_is_not_asked_for_money(world: tuple[Facts, date]) -> None:
    facts, today = world
    items = [{**i, "balance_cents": 0, "closed_on": i["closed_on"] or today} for i in facts.instalments.to_pylist()]
    found = rows(changed(facts, instalments=table_of("instalments", items)), today)
    assert all(r["phase"] not in DUNNING and r["rule"] != "not_yet" for r in found)


def test_the_text_of_a_decision_is_compiled_once_per_policy() -> None:
    assert compiled(POLICY) is compiled(POLICY)


def test_the_same_expressions_compile_for_spark() -> None:
    assert all(sql.startswith(("SELECT", "WITH")) for _, sql in compiled(POLICY, "pyspark"))
