# SPDX-License-Identifier: Apache-2.0
"""Everything that the engine and our strategies can say has words, in both languages."""

import re
import tomllib
from pathlib import Path

import pytest
from django.utils import translation

from ascolto.domain.outreach import reasons
from ascolto.engine.because import CODES, RULES
from ascolto.engine.evidence import WEIGHTS
from ascolto.engine.facts import PRIORITY_PARTS, SCORE_PARTS, TRENDS
from ascolto.policies import load
from ascolto.web import codes as words
from ascolto.web.desk import because_words, explain
from ascolto.web.desk.cash import words as cash_words

PARAMS = {
    "date": "2026-11-20", "until": "2026-11-23", "cents": 123_456, "count": 2, "days": 9, "step": "reminder_1",
    "phase": "call",
    "ladder": "household", "reason": "forgot", "fault": "theirs", "segment": "slow", "score": 410, "trend": "worse",
    "channel": "phone", "tone": 2, "from": 3, "rule": "vulnerable", "hour": 11, "today": 1, "week": 2, "total": 420,
    "invoice_id": 7,
}  # fmt: skip
STRATEGIES = [tomllib.loads(file.read_text()) for file in sorted(Path(load.STRATEGY).glob("*.toml"))]


@pytest.mark.parametrize("code", CODES)
def test_every_code_is_a_sentence_in_italian_and_in_english(code: str) -> None:
    with translation.override("en"):
        english = because_words.sentence(code, PARAMS)
    with translation.override("it"):
        italian = because_words.sentence(code, PARAMS)
    assert english != italian
    for said in (english, italian):
        assert re.fullmatch(r"[A-ZÈÀ€0-9].+\.", said), said
        assert "%(" not in said


@pytest.mark.parametrize("count", [1, 2])
def test_one_and_many(count: int) -> None:
    with translation.override("en"):
        said = because_words.sentence("broken_promises", {"count": count})
    assert said == {1: "One promise was not kept.", 2: "2 promises were not kept."}[count]


def test_a_code_of_a_newer_engine_is_shown_as_it_is() -> None:
    assert because_words.sentence("moon_phase", {"phase": "full"}) == "moon phase full"


def test_every_rule_has_words_and_its_place_in_the_checks() -> None:
    assert set(words.RULES) == set(RULES)
    assert set(explain.CHECKS) <= set(RULES)


def test_our_strategies_speak_only_in_words_that_we_have() -> None:
    assert STRATEGIES
    for strategy in STRATEGIES:
        assert {rung["step"] for ladder in strategy["ladder"] for rung in ladder["rung"]} <= set(words.STEPS)
        assert {ladder["name"] for ladder in strategy["ladder"]} <= set(words.LADDERS)
        assert {segment["name"] for segment in strategy["segment"]} <= set(words.SEGMENTS)
        assert {rule["name"] for rule in strategy.get("tone", [])} <= set(words.TONE_RULES)


def test_points_and_taxonomies_have_words() -> None:
    assert set(words.SCORE_PARTS) == {"base", *SCORE_PARTS}
    assert set(words.PRIORITY_PARTS) == set(PRIORITY_PARTS)
    assert set(words.TRENDS) == set(TRENDS)
    assert {reason.fault for reason in reasons.REASONS} <= set(words.FAULTS)


@pytest.mark.parametrize(
    "table", ["STEPS", "RULES", "SEGMENTS", "TONE_RULES", "SCORE_PARTS", "FAULTS", "NEXT_STEPS", "LADDERS"]
)
def test_the_italian_of_every_table_is_written(table: str) -> None:
    same = []
    for code, value in getattr(words, table).items():
        for lazy in value if isinstance(value, tuple) else (value,):
            with translation.override("en"):
                english = str(lazy)
            with translation.override("it"):
                same += [code] if str(lazy) == english else []
    assert same == []


CASH_PARAMS = {
    "reference": "RF18539007547034", "number": "2026/123", "code": "BNCCRL80A41F205X", "times": 2, "name": "Carla",
    "count": 2, "cents": 1_50, "percent": 20, "numbers": ["1"], "who": "Bruno", "on": "2026-11-20",
}  # fmt: skip


@pytest.mark.parametrize("code", [*WEIGHTS, *sorted(cash_words.CAUTIONS), "part_payment"])
def test_every_reason_of_a_match_is_a_sentence_in_italian_and_in_english(code: str) -> None:
    if code == "amount_common":
        return  # a weight of the other amounts, never said
    with translation.override("en"):
        english = cash_words.reason_in_words([code, CASH_PARAMS])
    with translation.override("it"):
        italian = cash_words.reason_in_words([code, CASH_PARAMS])
    assert english not in (code, italian)
    assert "%(" not in english + italian
    assert code in cash_words.CAUTIONS or code == "part_payment" or cash_words.codes_in_words(code)
