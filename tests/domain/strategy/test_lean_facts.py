# SPDX-License-Identifier: Apache-2.0
"""A decision keeps each thing once, and tells the whole row that the engine gave."""

import datetime as dt
import json

from ascolto.domain.access.models import Client
from ascolto.domain.strategy.decisions import _as_decisions, _as_json
from ascolto.domain.strategy.models import Decision, Run
from ascolto.engine.decide import decide_arrow
from ascolto.engine.facts import COUNTS, OUTPUT
from ascolto.policies.load import load_policy
from bench.worlds import world

FRIDAY = dt.date(2026, 11, 20)


def test_what_is_told_is_what_was_decided_for_everybody() -> None:
    answers = decide_arrow(world(400, FRIDAY), load_policy("utility"), FRIDAY)
    own = [name for name in OUTPUT.names if hasattr(Decision, name)]
    kept = _as_decisions(
        Client(pk=1), FRIDAY, Run(pk=1), answers.append_column("facts", _as_json(answers.drop(own)))
    ).to_pylist()
    told = []
    for row in kept:
        facts = json.loads(row["facts"])
        assert not set(facts) & set(own), "what has a column is not kept twice"
        assert all(facts[name] for name in COUNTS if name in facts), "noughts are not kept"
        told.append(Decision(**row | {"facts": facts}).told)
    assert told == answers.to_pylist()
    assert {row["answer"] for row in told} == {"act", "wait", "blocked"}


def test_decisions_kept_whole_by_an_earlier_version_tell_the_same() -> None:
    [row] = decide_arrow(world(1, FRIDAY), load_policy("utility"), FRIDAY).to_pylist()
    whole = json.loads(json.dumps(row, default=str))
    own = {
        name: "" if row[name] is None and OUTPUT[name].is_string() else row[name]
        for name in row
        if hasattr(Decision, name)
    }
    assert Decision(**own, facts=whole).told == row
