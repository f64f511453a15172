# SPDX-License-Identifier: Apache-2.0
"""Drafts of a strategy: what is shipped is a draft too; what is wrong is said with key, line and what was expected."""

import copy
import datetime as dt
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ascolto.domain.access.models import Client
from ascolto.domain.mandates.models import Mandate
from ascolto.domain.strategy.draft_words import PATTERNS, line_of, trouble_of
from ascolto.domain.strategy.drafts import LARGEST, BadDraft, draft_policy
from ascolto.engine.policy import Policy
from ascolto.engine.reading import PolicyError
from ascolto.policies import load

MONDAY = dt.date(2026, 11, 23)
UTILITY = load.strategy_text("utility")


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


def changed(before: str, after: str, name: str = "utility") -> str:
    text = load.strategy_text(name)
    assert before in text
    return text.replace(before, after, 1)


def refused(client: Client, text: str) -> Any:
    with pytest.raises(BadDraft) as no:
        draft_policy(client=client, text=text, as_of=MONDAY)
    assert no.value.code == "unreadable_draft"
    return no.value.trouble


@pytest.mark.parametrize("name", load.strategy_names())
def test_what_is_shipped_is_a_draft_and_the_same_policy(acqua: Client, name: str) -> None:
    policy = draft_policy(client=acqua, text=load.strategy_text(name), as_of=MONDAY)
    assert policy.sha == load.load_policy(name).sha


def test_the_charter_of_the_day_binds_a_draft(acqua: Client) -> None:
    Mandate.objects.create(client=acqua, starts_on=MONDAY, signed_on=MONDAY, charter={"max_tone": 2})
    assert draft_policy(client=acqua, text=UTILITY, as_of=MONDAY).charter.max_tone == 2
    assert draft_policy(client=acqua, text=UTILITY, as_of=MONDAY - dt.timedelta(days=1)).charter.max_tone is None


@pytest.mark.parametrize(
    ("before", "after", "key", "said"),
    [
        ("fresh_days = 2", "fresh_days = 2\nfresh_hours = 3", "limits.fresh_hours", "Nobody knows the key"),
        ("fresh_days = 2", "", "limits", "“fresh_days” is missing"),
        ("fresh_days = 2", 'fresh_days = "two"', "limits.fresh_days", "another kind: 'two'"),
        ("fresh_days = 2", "fresh_days = 99999999999999999999", "limits.fresh_days", "another kind"),
        ("version = 2026-11-01", 'version = "yesterday"', "version", "another kind: 'yesterday'"),
        ('phone_from = "09:00"', 'phone_from = "9 in the morning"', "contact[n].phone_from", "no time of day"),
        ("tone = 2", "tone = 9", "ladder[n].rung[n].tone", "not on the scale"),
        ('template = "promise_broken"', 'template = "shout"', "ladder[n].rung[n].template", "No wording is called “shout”"),
        ('phase = "call"', 'phase = "threat"', "ladder[n].rung[n].phase", "Nobody knows this value: 'threat'"),
        ("from_days = 95", "from_days = 950000", "ladder[n].rung[n]", "more days than a century"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_key_its_line_and_what_was_expected(
    acqua: Client, before: str, after: str, key: str, said: str
) -> None:
    text = changed(before, after)
    trouble = refused(acqua, text)
    assert (re.sub(r"\d+", "n", trouble.key), said in trouble.problem) == (key, True), trouble
    if not after:
        return  # what is missing stands on no line of its own
    told = text.splitlines()[trouble.line - 1]
    assert told.startswith(("[[", *after.splitlines())), told


def test_the_law_refuses_what_comes_too_early(acqua: Client) -> None:
    policy = load.load_policy("utility")
    ladder, rung = next((m, r) for m in policy.strategy.ladder for r in m.rung if r.legal)
    row = load.minimums()[rung.legal[0]]
    data = json.loads(json.dumps(_plain(UTILITY), default=str))
    kept = next(one for one in data["ladder"] if one["name"] == ladder.name)
    wrong = next(one for one in kept["rung"] if one["step"] == rung.step)
    wrong["from_days" if row.counts_from == "due" else "after_days"] = row.days - 1
    with pytest.raises(PolicyError) as no:
        load.policy_from_dict(data, where="draft.toml")
    trouble = trouble_of(str(no.value))
    assert "The law forbids it" in trouble.problem
    assert row.article in trouble.expected


def _plain(text: str) -> dict[str, Any]:
    import tomllib

    return tomllib.loads(text)


def test_what_is_no_toml_names_the_line(acqua: Client) -> None:
    trouble = refused(acqua, 'name = "a"\n\nthis is prose\n')
    assert trouble.line == 3
    assert "no TOML" in trouble.problem


def test_a_novel_is_no_strategy(acqua: Client) -> None:
    assert "too long" in refused(acqua, "#" * (LARGEST + 1)).problem


def test_the_same_in_italian(acqua: Client) -> None:
    with translation.override("it"):
        trouble = refused(acqua, changed("fresh_days = 2", 'fresh_days = "due"'))
        assert str(trouble) == (
            f"draft.toml, riga {trouble.line}, limits.fresh_days: Il valore è di un altro tipo: 'due'."
            " Atteso: un numero intero."
        )


def test_a_refusal_without_words_is_shown_as_it_is() -> None:
    trouble = trouble_of("draft.toml.score: the moon is wrong")
    assert (trouble.key, trouble.problem) == ("score", "the moon is wrong")
    assert trouble_of("something else").problem == "something else"
    assert len(PATTERNS) == len({pattern.pattern for pattern, _tell in PATTERNS})


def test_the_line_of_a_key_counts_the_tables_of_a_list() -> None:
    text = "a = 1\n[[ladder]]\n[[ladder.rung]]\ntone = 1\n[[ladder]]\n[[ladder.rung]]\n[[ladder.rung]]\ntone = 3\n"
    assert line_of(text, "ladder[1].rung[1].tone") == 8
    assert line_of(text, "ladder[0].rung[0].tone") == 4
    assert line_of(text, "ladder[1].rung[0].why") == 6
    assert line_of(text, "nothing") == 0


def _paths(node: Any, here: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if here:
        yield here
    inner = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in inner:
        yield from _paths(value, (*here, key))


WHOLE = _plain(UTILITY)
PATHS = list(_paths(WHOLE))
VALUES: list[Any] = [
    None,
    "x",
    "",
    "25:99",
    -1,
    0,
    7,
    10**6,
    2**60,
    1.5,
    True,
    [],
    ["x"],
    [1],
    [[1, 2, 3]],
    {},
    {"x": 1},
]


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(path=st.sampled_from(PATHS), value=st.sampled_from(VALUES))
def test_whatever_is_changed_a_draft_is_a_policy_or_says_what_is_wrong(
    acqua: Client, path: tuple[Any, ...], value: Any
) -> None:
    """No mistake of a person may be an error of ours."""
    data = copy.deepcopy(WHOLE)
    node: Any = data
    for key in path[:-1]:
        node = node[key]
    node[path[-1]] = value
    try:
        policy = load.policy_from_dict(data, where="draft.toml")
        found = isinstance(policy, Policy) and bool(policy.sha)
    except PolicyError as error:
        found = bool(trouble_of(str(error)).problem)
    assert found
