# SPDX-License-Identifier: Apache-2.0
"""What a new set of answers changes. Owns: which answers are new, which planned steps they end, which they begin.

Compared with what stands: `current` answers by their fingerprint, `actions` that are planned or done. Unchanged days
write nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ibis

from .facts import OUTPUT, SCHEMAS
from .running import Keep, Stages, compiled

CURRENT = ibis.schema({"current_customer": "!int64", "decision_id": "!int64", "print": "!string"})
INPUTS = {"answers": OUTPUT, "current": CURRENT, "actions": SCHEMAS["actions"]}
MADE = ("changed", "ended", "kept", "begun", "again")


def stages(dialect: str = "duckdb") -> Stages:
    """Makes `changed` (answers to write, with `decision_id` of the one that each replaces), `ended` and `kept` (planned
    actions of their customers, no longer and still wanted), `begun` (changed answers whose step nothing alive takes
    but what is ended) and `again` (unchanged ones whose step should be planned and is not), all by ids."""

    def build(tables: Mapping[str, Any], keep: Keep) -> None:
        compared = keep("compared", _compared(tables["answers"], tables["current"]))
        changed = keep("changed", compared.filter(compared.is_new).drop("is_new"))
        planned = tables["actions"].filter(tables["actions"].status == "planned")
        touched = keep("touched", _beside_answer(planned, changed))
        ended = keep("ended", touched.filter(~touched.wanted).select("action_id", "customer_id", "same_step"))
        keep("kept", touched.filter(touched.wanted).select("action_id", "customer_id"))
        keep("begun", _without(changed, tables["actions"].anti_join(ended, "action_id")).select("customer_id"))
        again = _without(compared.filter(~compared.is_new), planned)
        keep("again", again.select("customer_id", "decision_id"))

    return compiled(f"changes:{dialect}", INPUTS, build)


def _compared(answers: Any, current: Any) -> Any:
    table = answers.left_join(current, answers.customer_id == current.current_customer)
    return table.mutate(is_new=table.print.isnull() | (table.print != table.fingerprint)).drop(
        "current_customer", "print"
    )


def _beside_answer(planned: Any, changed: Any) -> Any:
    """Planned actions of customers with a new answer: is it still the same step, on the same channel?"""
    said = changed.select(said_customer="customer_id", answer="answer", said_cycle="cycle", said_step="step",
                          said_channel="channel")  # fmt: skip
    table = planned.inner_join(said, planned.customer_id == said.said_customer)
    same = (table.answer == "act") & (table.cycle == table.said_cycle) & (table.step == table.said_step)
    same = same.fill_null(False)
    return table.mutate(same_step=same, wanted=same & (table.channel == table.said_channel).fill_null(False))


def _without(answers: Any, alive: Any) -> Any:
    """Answers to act whose step is not among those alive."""
    acts = answers.filter(answers.answer == "act")
    known = alive.select(a_customer="customer_id", a_cycle="cycle", a_step="step")
    return acts.anti_join(
        known, [acts.customer_id == known.a_customer, acts.cycle == known.a_cycle, acts.step == known.a_step]
    )
