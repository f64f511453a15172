# SPDX-License-Identifier: Apache-2.0
"""A decision can be explained from its row alone."""

from __future__ import annotations

from typing import Any

from ascolto.engine.because import CODES, RULES, Because, because
from tests.engine.people import bill, contact, decided, done, hold, promise


def codes(**rows: Any) -> list[str]:
    return [reason.code for reason in because(decided(**rows))]


def said(code: str, **rows: Any) -> dict[str, Any]:
    return dict(next(reason.params for reason in because(decided(**rows)) if reason.code == code))


CALL = {"instalments": [bill(1, 16, disputed_cents=2000), bill(2, -10)], "actions": [done("reminder_1", 16, 9)]}


def test_a_call_says_which_rung_what_came_before_and_what_is_due() -> None:
    found = because(decided(**CALL))
    assert found[:3] == (
        Because("step", {"step": "call", "phase": "call", "ladder": "household"}),
        Because("rung_overdue", {"date": "2026-11-02", "days": 16}),
        Because("after_step", {"step": "reminder_1", "date": "2026-11-09"}),
    )
    assert Because("claim", {"cents": 7000, "count": 1}) in found
    assert Because("disputed_aside", {"cents": 2000}) in found
    assert Because("not_due", {"cents": 9000, "date": "2026-11-28"}) in found


def test_the_first_reminder_says_that_nothing_was_asked_before() -> None:
    assert codes(instalments=[bill(1, 200)])[:3] == ["step", "rung_overdue", "first_step"]


def test_a_block_names_its_rule_first_and_until_when() -> None:
    first = because(decided(**CALL, holds=[hold()]))[0]
    assert first == Because("rule.hold", {"until": "2026-11-29", "step": "call"})


def test_a_lowered_tone_says_from_what_and_why() -> None:
    row = said("tone_lowered", **CALL, contacts=[contact(1, 30, reason="our_fault", fault="ours")])
    assert row == {"tone": 0, "from": 2, "rule": "our_fault"}


def test_what_a_hold_keeps_aside_is_said_in_cents() -> None:
    row = said("held_aside", instalments=[bill(1, 30, 5000), bill(2, 6)], holds=[hold(invoice=1)])
    assert row == {"cents": 5000}


def test_a_broken_promise_is_said_with_its_date_and_the_priority_with_its_parts() -> None:
    rows = {"instalments": [bill(1, 40)], "promises": [promise(1, 6, "broken")]}
    assert said("rung_promise_broken", **rows) == {"date": "2026-11-16"}
    assert said("priority", **rows)["base"] == 420


def test_the_codes_are_complete_and_said_once() -> None:
    assert len(set(CODES)) == len(CODES)
    assert {f"rule.{rule}" for rule in RULES} <= set(CODES)
