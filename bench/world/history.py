# SPDX-License-Identifier: Apache-2.0
"""What past steps left behind: the decision that wanted each, long superseded, its action, and the contact log."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pyarrow as pa

from ascolto.domain.outreach.reasons import EMOTIONS, REASONS, SOLUTIONS
from ascolto.engine.policy import HUMAN_CHANNELS, Ladder, Policy, Rung
from ascolto.engine.schedule import numbered

from . import shape
from .columns import Choice, joined, json_days, nullable
from .commitments import NAT, Commitments
from .people import People
from .steps import CHANNELS, CYCLES, Steps

OUTCOMES = ("right_party", "no_answer", "voicemail", "third_party", "call_back", "sent", "delivered", "received")
MOODS = ("", *(code for code, _ in EMOTIONS))
SOLVED = ("", *(code for code, _ in SOLUTIONS if code != "fix_dispute"))
REASON_SHARES = (0.14, 0.26, 0.08, 0.05, 0.22, 0.09, 0.10, 0.06)
SEGMENTS = ("punctual", "forgetful", "slow", "slow")
"""By temper."""
PROMISE, STEP, INWARD = range(3)
"""Why there is a contact."""


def contacts(
    rng: np.random.Generator, who: People, steps: Steps, said: Commitments, today: np.datetime64, first_id: int,
    policy: Policy, operators: np.ndarray,
) -> dict[str, object]:  # fmt: skip
    """The talks in which promises were made, the contacts of the steps, then what customers began themselves."""
    rungs = [rung for _, _, rung in numbered(policy)]
    place = np.concatenate([p for p, _ in said.talks])
    days = np.concatenate([d for _, d in said.talks])
    talks, m = len(place), len(steps.place)
    calls_in = rng.negative_binomial(0.25, 0.25 / (0.25 + 0.2), len(who))
    caller = np.repeat(np.arange(len(who)), calls_in)
    inward = len(caller)
    place = np.concatenate([place, steps.place, caller])
    called = np.busday_offset(today - rng.integers(1, 540, inward), 0, roll="backward")
    days = np.concatenate([days, steps.done, called])
    channel = np.concatenate([np.ones(talks, np.int64), steps.channel, shape.pick(rng, (0.45, 0.55), inward)])
    sort = np.repeat((PROMISE, STEP, INWARD), (talks, m, inward))
    n = len(place)
    human = channel == CHANNELS.index("phone")
    spoken = shape.pick(rng, (0.42, 0.34, 0.12, 0.06, 0.06), n)
    posted = np.where(channel == CHANNELS.index("letter"), OUTCOMES.index("sent"), OUTCOMES.index("delivered"))
    known = [sort == PROMISE, (sort == INWARD) & human, sort == INWARD, human]
    outcome = np.select(known, [0, 0, OUTCOMES.index("received"), spoken], posted)
    talk = human & (outcome == 0)
    told = talk & ((sort == PROMISE) | (rng.random(n) < 0.8))
    reason = np.where(told, 1 + shape.pick(rng, REASON_SHARES, n), 0)
    solved = np.where(talk, np.where(sort == PROMISE, SOLVED.index("new_date"), rng.integers(1, len(SOLVED), n)), 0)
    at = np.where(human, rng.integers(9 * 3600, 18 * 3600, n), rng.integers(7 * 3600, 9 * 3600, n))
    tone, step = np.zeros(n, np.int64), np.full(n, len(rungs))
    own = slice(talks, talks + m)
    tone[own], step[own] = np.array([rung.tone for rung in rungs])[steps.rung], steps.rung
    return {
        "id": first_id + np.arange(n), "customer_id": who.ids[place], "at": days.astype("datetime64[s]") + at, "on_date": days,
        "channel": Choice(CHANNELS, channel), "direction": Choice(("out", "in"), (sort == INWARD).astype(np.int64)),
        "human": human, "operator_id": nullable(operators[rng.integers(0, len(operators), n)], human),
        "outcome": Choice(OUTCOMES, outcome), "step": Choice([*(rung.step for rung in rungs), ""], step),
        "tone": nullable(tone, sort == STEP), "reason": Choice(["", *(r.code for r in REASONS)], reason),
        "fault": Choice(["", *(r.fault for r in REASONS)], reason),
        "emotion": Choice(MOODS, np.where(talk, rng.integers(0, len(MOODS), n), 0)), "solution": Choice(SOLVED, solved),
        "requested_by_customer": sort == INWARD, "duration_seconds": nullable(rng.integers(20, 700, n), talk),
    }  # fmt: skip


def decided(
    who: People, steps: Steps, policy: Policy, first_id: int, first_action: int, contact_ids: np.ndarray, run_ids: np.ndarray
) -> tuple[dict[str, object], dict[str, object]]:  # fmt: skip
    """A decision and an action for every step; each has its contact."""
    rungs = [(ladder, rung) for _, ladder, rung in numbered(policy)]
    ids = first_id + np.arange(len(steps.place))
    ladders = [ladder.name for ladder, _ in rungs]
    tones, priorities = (np.array([getattr(rung, name) for _, rung in rungs]) for name in ("tone", "priority"))
    voice = np.isin(steps.channel, [CHANNELS.index(c) for c in HUMAN_CHANNELS if c in CHANNELS])
    shared: dict[str, Any] = {
        "customer_id": who.ids[steps.place], "cycle": cycles(steps), "step": Choice([r.step for _, r in rungs], steps.rung),
        "channel": Choice(CHANNELS, steps.channel), "tone": tones[steps.rung],
    }  # fmt: skip
    decision = {
        "id": ids, **shared, "run_id": run_ids, "decided_on": steps.done, "superseded_on": steps.done + 1, "answer": "act",
        "ladder": Choice(ladders, steps.rung), "priority": priorities[steps.rung], "facts": _facts(who, steps, rungs),
        "template": Choice(["", *(r.template or "" for _, r in rungs)], np.where(voice, 0, steps.rung + 1)),
        "script": Choice(["", *(r.script or "" for _, r in rungs)], np.where(voice, steps.rung + 1, 0)),
        "segment": Choice(SEGMENTS, who.temper[steps.place]), "fingerprint": "past",
    }  # fmt: skip
    action = {
        "id": first_action + np.arange(len(ids)), "decision_id": ids, **shared, "status": "done", "planned_on": steps.done,
        "done_on": steps.done, "contact_id": pa.array(contact_ids),
    }  # fmt: skip
    return decision, action


def _facts(who: People, steps: Steps, rungs: list[tuple[Ladder, Rung]]) -> pa.Array:
    """What the page explains a past step with: the rung, the date that it counted from, who the customer was."""
    by_rung = [
        json.dumps({
            "answer": "act", "ladder": ladder.name, "step": rung.step, "phase": rung.phase, "anchor": rung.anchor,
            "tone": rung.tone, "priority": rung.priority, "score": 600, "after_step": rung.after[0] if rung.after else None,
        })[:-1]
        for ladder, rung in rungs
    ]  # fmt: skip
    from_days = np.array([rung.from_days for _, rung in rungs])[steps.rung]
    named = steps.turn < CYCLES.index("invoice:")
    anchor = np.where(named, steps.value.astype("datetime64[D]"), steps.done - from_days)
    overdue = np.where(steps.turn == CYCLES.index("arrears:"), anchor, NAT)
    late = np.where(np.isnat(overdue), 0, (steps.done - anchor).astype(np.int64))
    return joined(
        Choice(by_rung, steps.rung), pa.scalar(', "segment": "'), Choice(SEGMENTS, who.temper[steps.place]),
        pa.scalar('", "anchor_on": '), json_days(anchor), pa.scalar(', "after_on": '), json_days(steps.opened),
        pa.scalar(', "oldest_due_on": '), json_days(overdue), pa.scalar(', "max_overdue_days": '), late, pa.scalar("}"),
    )  # fmt: skip


def cycles(steps: Steps) -> pa.Array:
    """`arrears:2026-10-01`, `invoice:17`: as the engine writes them."""
    by_day = steps.turn < CYCLES.index("invoice:")
    days = np.where(by_day, steps.value, 0).astype("datetime64[D]")
    value = pa.compute.if_else(pa.array(by_day), joined(days), joined(steps.value))
    return joined(Choice(CYCLES, steps.turn), value)
