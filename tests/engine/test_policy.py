# SPDX-License-Identifier: Apache-2.0

"""Policies refuse what they do not understand, and what the law does not allow."""

from __future__ import annotations

import copy
import csv
import io
import tomllib
from typing import Any

import pytest

from ascolto.engine.reading import PolicyError
from ascolto.policies.load import (
    calendar,
    contact_law,
    load_policy,
    minimums,
    policy_from_dict,
    strategy_names,
    strategy_text,
)  # fmt: skip


def utility() -> dict[str, Any]:
    return copy.deepcopy(tomllib.loads(strategy_text("utility")))


def test_the_shipped_strategies_load_and_say_why() -> None:
    assert strategy_names() == ("b2b_services", "public_housing", "utility")
    for name in strategy_names():
        strategy = load_policy(name).strategy
        assert strategy.why
        assert strategy.source
        assert all(rung.why for ladder in strategy.ladder for rung in ladder.rung)


def rung(data: dict[str, Any], step: str) -> dict[str, Any]:
    return next(r for r in data["ladder"][0]["rung"] if r["step"] == step)


REFUSALS = [
    ("a misspelt key", lambda d: d.update(laddr=[]), r"draft: unknown key 'laddr'"),
    ("a misspelt key of a rung", lambda d: rung(d, "call").update(from_day=3), r"draft\.ladder\[0\]\.rung\[5\]: unknown key 'from_day'"),
    ("a missing key", lambda d: d["limits"].pop("fresh_days"), r"draft\.limits: missing key 'fresh_days'"),
    ("a word for a number", lambda d: d["limits"].update(fresh_days="two"), r"draft\.limits\.fresh_days: expected int"),
    ("yes for a number", lambda d: d["limits"].update(fresh_days=True), r"draft\.limits\.fresh_days: expected int"),
    ("a phase nobody knows", lambda d: rung(d, "call").update(phase="shout"), r"phase 'shout'"),
    ("a tone above five", lambda d: rung(d, "call").update(tone=6), r"tone 6"),
    ("a gate on no step", lambda d: rung(d, "call").update(after=["hello"]), r"after \('hello',\)"),
    ("a voice without a script", lambda d: rung(d, "call").pop("script"), r"needs a script"),
    ("a condition on no fact", lambda d: d["segment"][0].update(when={"shoe_size_min": 40}), r"unknown condition 'shoe_size_min'"),
    ("a segment that nobody has", lambda d: rung(d, "before_due").update(segments=["rich"]), r"segments \('rich',\)"),
    ("customers without a segment", lambda d: d["segment"].pop(), r"last segment must take everybody"),
    ("a kind without a ladder", lambda d: d["ladder"][1].update(kinds=["business"]), r"cover each kind once"),
    ("a formal notice before the law allows", lambda d: rung(d, "formal_notice").update(from_days=24),
     r"formal_notice after 24 days, but REMSI art\. 4 wants 25"),
    ("a law that is not in the tables", lambda d: rung(d, "call").update(legal=["D99"]), r"unknown law 'D99'"),
]  # fmt: skip


@pytest.mark.parametrize(("sentence", "change", "message"), REFUSALS, ids=[row[0] for row in REFUSALS])
def test_refused(sentence: str, change: Any, message: str) -> None:
    data = utility()
    change(data)
    with pytest.raises(PolicyError, match=message):
        policy_from_dict(data, where="draft")


def test_a_strategy_read_from_a_mapping_is_the_shipped_one() -> None:
    assert policy_from_dict(utility()).sha == load_policy("utility").sha


def test_every_row_of_law_names_its_source_article_and_confidence() -> None:
    rows = [*contact_law().rule, *minimums().values()]
    assert all(row.source and row.article and row.confidence in ("SRC", "SRC2", "MIX", "MEM") for row in rows)


# The rows of the procedure that a dunning step can break (counted from the due date, or from the notice).
MINIMUMS = """id,counts,days
D01,due,1
D07,due,10
D08,due,25
D05,notice,40
D14,notice,40
"""


def test_the_minimums_of_the_arrears_procedure() -> None:
    for row in csv.DictReader(io.StringIO(MINIMUMS)):
        minimum = minimums()[row["id"]]
        assert (minimum.counts_from, minimum.days) == (row["counts"], int(row["days"]))


def test_the_holidays_know_4_october_from_2026_only() -> None:
    names = {f"{day:%Y-%m-%d}" for day in calendar().holidays}
    assert {"2026-10-04", "2027-10-04", "2027-03-29", "2030-12-26"} <= names
    assert "2025-10-04" not in names
    assert calendar().years == frozenset(range(2024, 2031))
