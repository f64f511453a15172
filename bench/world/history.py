# SPDX-License-Identifier: Apache-2.0
"""What was done for a chunk's customers before today: steps of the strategy in their cycles, and the contact log.

The steps, their days and their channels are those of the policy; a cycle is named as engine/schedule.py names it, so
that the engine knows what was done. Every step has the decision that wanted it, long superseded.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

from ascolto.domain.outreach.reasons import REASONS
from ascolto.engine.policy import HUMAN_CHANNELS, Policy, Rung

from . import shape
from .bills import Bills
from .cash import Settled
from .columns import Choice, joined, json_days, nullable
from .commitments import NAT, Commitments, first_of
from .people import People

CHANNELS = ("email", "phone", "letter", "pec")
CYCLES = ("arrears:", "thanks:", "due:", "invoice:", "promise:")
OUTCOMES = ("right_party", "no_answer", "voicemail", "third_party", "call_back", "sent", "delivered", "received")
EMOTIONS = ("", "cooperative", "indifferent", "worried", "ashamed", "confused", "angry")
SOLUTIONS = ("", "resend_invoice", "explain", "new_date", "plan", "other_method", "hardship", "none")
REASON_SHARES = (0.14, 0.26, 0.08, 0.05, 0.22, 0.09, 0.10, 0.06)
SEGMENTS = ("punctual", "forgetful", "slow", "slow")
"""By temper."""
ON_TIME = 3
"""Days late within which a payment is thanked for (limits.late_tolerance_days)."""


@dataclass
class Steps:
    """Steps done, a row each: whose, in which cycle (`turn` of CYCLES and a day or an id), which, how and when."""

    place: np.ndarray
    turn: np.ndarray
    value: np.ndarray
    rung: np.ndarray
    channel: np.ndarray
    done: np.ndarray
    opened: np.ndarray
    """When the step before it was done (NaT: none was needed)."""

    def at(self, rows: np.ndarray) -> Steps:
        return Steps(*(getattr(self, name)[rows] for name in self.__dataclass_fields__))


@dataclass
class History:
    """Columns of the tables of the past."""

    columns: dict[str, dict[str, object]] = field(default_factory=dict)


def history(
    rng: np.random.Generator, who: People, bills: Bills, settled: Settled, said: Commitments, today: np.datetime64,
    first: dict[str, int], policy: Policy, operators: np.ndarray,
) -> History:  # fmt: skip
    rungs = [(ladder, rung) for ladder in policy.strategy.ladder for rung in ladder.rung]
    numbers = {(ladder.name, rung.step): n for n, (ladder, rung) in enumerate(rungs)}
    told: list[Steps] = []
    for ladder in policy.strategy.ladder:
        own = np.isin(who.kind, [shape.KINDS.index(kind) for kind in ladder.kinds])
        maker = _Maker(
            rng, who, bills, settled, said, today, own, {r.step: (numbers[ladder.name, r.step], r) for r in ladder.rung}
        )
        told += [*maker.arrears(), *maker.earlier_arrears(), *maker.thanks(), *maker.gentle(), *maker.broken()]
    steps = _once(told)
    made = History()
    _write(rng, who, steps, said, today, first, rungs, operators, made)
    return made


def _once(told: list[Steps]) -> Steps:
    """All steps in the order of their days; the same step of one cycle only once."""
    whole = Steps(*(np.concatenate([getattr(s, name) for s in told]) for name in Steps.__dataclass_fields__))
    value = whole.value.astype(np.int64)
    order = np.lexsort((whole.done, whole.rung, value, whole.turn, whole.place))
    keys = [column[order] for column in (whole.place, whole.turn, value, whole.rung)]
    new = np.ones(len(order), bool)
    if len(order):
        new[1:] = np.any([key[1:] != key[:-1] for key in keys], axis=0)
    kept = whole.at(order[new])
    return kept.at(np.lexsort((kept.place, kept.done)))


@dataclass
class _Maker:
    """Makes the steps of the customers of one ladder (`own`)."""

    rng: np.random.Generator
    who: People
    bills: Bills
    settled: Settled
    said: Commitments
    today: np.datetime64
    own: np.ndarray
    rungs: dict[str, tuple[int, Rung]]

    def _channel(self, rung: Rung, place: np.ndarray) -> np.ndarray:
        """The first channel of the rung that reaches the customer; -1 for none."""
        found = np.full(len(place), -1)
        for channel in reversed([c for c in rung.channels if c in CHANNELS]):
            found[self.who.reach[channel][place]] = CHANNELS.index(channel)
        return found

    def _steps(
        self, step: str, place: np.ndarray, turn: str, value: np.ndarray, done: np.ndarray, opened: np.ndarray | None = None
    ) -> Steps:  # fmt: skip
        """What could reach its customer and was done before today; on a bank day, as people work."""
        number, rung = self.rungs[step]
        channel = self._channel(rung, place)
        done = np.busday_offset(done, 0, roll="forward")
        kept = (channel >= 0) & (done < self.today)
        m = int(kept.sum())
        gate = np.full(m, NAT) if opened is None else opened[kept]
        return Steps(
            place[kept], np.full(m, CYCLES.index(turn)), value[kept].astype(np.int64), np.full(m, number), channel[kept], done[kept], gate
        )  # fmt: skip

    def _ladder(self, place: np.ndarray, due: np.ndarray, cents: np.ndarray, until: np.ndarray) -> Iterator[Steps]:
        """The steps of a cycle that began with `due`, each when its day came and the one before it allowed it."""
        before: dict[str, np.ndarray] = {}
        chain = sorted(
            (r for _, r in self.rungs.values() if r.anchor == "due" and r.from_days > 0), key=lambda r: r.from_days
        )
        for rung in chain:
            opens, gate = due + rung.from_days, np.full(len(due), NAT)
            if rung.after:
                gates = [before[step] for step in rung.after if step in before]
                gate = np.fmax.reduce(gates) if gates else gate
                opens = np.where(np.isnat(gate), gate, np.maximum(opens, gate + rung.after_days))
            lag = np.minimum(self.rng.geometric(0.16, len(due)) - 1, 25)
            done = opens + lag
            able = ~np.isnat(done) & (done < until) & (cents >= max(rung.min_cents, 1000))
            made = self._steps(rung.step, place[able], "arrears:", due[able], done[able], gate[able])
            reached = self._channel(rung, place) >= 0
            rolled = np.full(len(due), NAT)
            rolled[able] = np.busday_offset(done[able], 0, roll="forward")
            before[rung.step] = np.where(able & reached & (rolled < self.today), rolled, NAT)
            yield made

    def arrears(self) -> Iterator[Steps]:
        """The running cycle of those who owe: it is named by the oldest due date that may be claimed."""
        bills, payer = self.bills, self.bills.payer
        late = np.flatnonzero((self.said.free > 0) & (bills.due < self.today) & self.own[payer])
        oldest = first_of(late, payer, bills.due, len(self.who))
        claim = np.bincount(payer[late], weights=self.said.free[late], minlength=len(self.who)).astype(np.int64)
        place = np.flatnonzero(oldest >= 0)
        until = np.full(len(place), self.today)
        yield from self._ladder(place, bills.due[oldest[place]], claim[place], until)

    def earlier_arrears(self) -> Iterator[Steps]:
        """Cycles of the last months that ended with the payment. An older bill that was open then kept the name."""
        bills, payer, closed = self.bills, self.bills.payer, self.settled.closed
        order = np.lexsort((bills.due, payer))
        far = np.int64(1_000_000)
        ends = np.where(np.isnat(closed), far - 1, closed.astype(np.int64))[order] + payer[order] * far
        before = np.concatenate([[0], np.maximum.accumulate(ends)[:-1]]) - payer[order] * far
        oldest = np.zeros(len(payer), bool)
        oldest[order] = before <= bills.due[order].astype(np.int64) + 5
        rows = np.flatnonzero(oldest & ~np.isnat(closed) & self.own[payer] & (closed > self.today - 100))
        rows = rows[(closed[rows] - bills.due[rows]).astype(np.int64) > 5]
        yield from self._ladder(payer[rows], bills.due[rows], bills.amount[rows], closed[rows])

    def thanks(self) -> Iterator[Steps]:
        """A word for who paid in time, in the last quarter, as the pause between two allows no more."""
        bills, payer, closed = self.bills, self.bills.payer, self.settled.closed
        age = (self.today - closed).astype(np.int64)
        rows = np.flatnonzero(~np.isnat(closed) & self.own[payer] & (age > 1) & (age < 88))
        rows = rows[(closed[rows] - bills.due[rows]).astype(np.int64) <= ON_TIME]
        first = first_of(rows, payer, closed, len(self.who))
        place = np.flatnonzero((first >= 0) & (self.rng.random(len(self.who)) < 0.93))
        day = closed[first[place]]
        yield self._steps("thanks_on_time", place, "thanks:", day, day + self.rng.integers(1, 4, len(place)))

    def gentle(self) -> Iterator[Steps]:
        """Before the due date, and after a bill that is the first or a large one."""
        bills, payer = self.bills, self.bills.payer
        soon = (self.settled.balance > 0) & (bills.due >= self.today) & self.own[payer]
        _, rung = self.rungs["before_due"]
        rows = np.flatnonzero(
            soon & (bills.due < self.today - rung.from_days) & (self.who.temper[payer] > shape.PUNCTUAL)
        )
        rows = rows[self.rng.random(len(rows)) < 0.8]
        yield self._steps("before_due", payer[rows], "due:", bills.due[rows], bills.due[rows] + rung.from_days)
        issued = bills.issued[bills.invoice]
        for step in ("courtesy_call", "courtesy"):
            if step not in self.rungs:
                continue
            _, rung = self.rungs[step]
            fresh = (
                soon & (issued <= self.today - rung.from_days - 1) & (issued >= self.today - 40) & (bills.position == 1)
            )
            large = bills.amount >= max(rung.min_cents, 60_000)
            new = (self.today - self.who.since).astype(np.int64)[payer] < 60
            rows = np.flatnonzero(fresh & (large if step == "courtesy_call" else new | self.who.courtesy[payer]))
            rows = rows[self.rng.random(len(rows)) < 0.8]
            days = issued[rows] + rung.from_days + self.rng.integers(0, 3, len(rows))
            yield self._steps(step, payer[rows], "invoice:", bills.ids[bills.invoice[rows]], days)

    def broken(self) -> Iterator[Steps]:
        """The question after a promise that was not kept."""
        for place, ids, judged in self.said.broken:
            rows = np.flatnonzero(self.own[place] & (self.rng.random(len(place)) < 0.93))
            days = judged[rows] + self.rng.integers(1, 4, len(rows))
            yield self._steps("promise_broken", place[rows], "promise:", ids[rows], days)


def _write(
    rng: np.random.Generator, who: People, steps: Steps, said: Commitments, today: np.datetime64, first: dict[str, int],
    rungs: list[tuple[Any, Rung]], operators: np.ndarray, made: History,
) -> None:  # fmt: skip
    """Decisions, actions and contacts of the steps; before them the talks of the promises, after them what came in."""
    place = np.concatenate([p for p, _ in said.talks])
    days = np.concatenate([d for _, d in said.talks])
    talks, m = len(place), len(steps.place)
    calls_in = rng.negative_binomial(0.25, 0.25 / (0.25 + 0.2), len(who))
    caller = np.repeat(np.arange(len(who)), calls_in)
    inward = len(caller)
    place = np.concatenate([place, steps.place, caller])
    days = np.concatenate(
        [days, steps.done, np.busday_offset(today - rng.integers(1, 540, inward), 0, roll="backward")]
    )
    channel = np.concatenate([np.ones(talks, np.int64), steps.channel, shape.pick(rng, (0.45, 0.55), inward)])
    sort = np.repeat(np.arange(3), (talks, m, inward))
    n = len(place)
    human = channel == CHANNELS.index("phone")
    spoken = shape.pick(rng, (0.42, 0.34, 0.12, 0.06, 0.06), n)
    outcome = np.select(
        [sort == 0, (sort == 2) & human, sort == 2, human], [0, 0, 7, spoken], np.where(channel == 2, 5, 6)
    )
    talk = human & (outcome == 0)
    reason = np.where(talk & ((sort == 0) | (rng.random(n) < 0.8)), 1 + shape.pick(rng, REASON_SHARES, n), 0)
    solved = np.where(talk, np.where(sort == 0, 3, rng.integers(1, len(SOLUTIONS), n)), 0)
    ids = first["contact"] + np.arange(n)
    local = np.where(human, rng.integers(9 * 3600, 18 * 3600, n), rng.integers(7 * 3600, 9 * 3600, n))
    tone = np.zeros(n, np.int64)
    tone[talks : talks + m] = np.array([rung.tone for _, rung in rungs])[steps.rung]
    step = np.full(n, len(rungs))
    step[talks : talks + m] = steps.rung
    made.columns["contact"] = {
        "id": ids, "customer_id": who.ids[place], "at": days.astype("datetime64[s]") + local, "on_date": days,
        "channel": Choice(CHANNELS, channel), "direction": Choice(("out", "in"), (sort == 2).astype(np.int64)), "human": human,
        "operator_id": nullable(operators[rng.integers(0, len(operators), n)], human), "outcome": Choice(OUTCOMES, outcome),
        "step": Choice([*(rung.step for _, rung in rungs), ""], step), "tone": nullable(tone, sort == 1),
        "reason": Choice(["", *(r.code for r in REASONS)], reason), "fault": Choice(["", *(r.fault for r in REASONS)], reason),
        "emotion": Choice(EMOTIONS, np.where(talk, rng.integers(0, len(EMOTIONS), n), 0)),
        "solution": Choice(SOLUTIONS, solved), "requested_by_customer": sort == 2,
        "duration_seconds": nullable(rng.integers(20, 700, n), talk),
    }  # fmt: skip
    ladders = sorted({ladder.name for ladder, _ in rungs})
    decision_ids = first["decision"] + np.arange(m)
    cycle = _cycles(steps)
    columns: dict[str, Any] = {
        "customer_id": who.ids[steps.place], "cycle": cycle, "step": Choice([rung.step for _, rung in rungs], steps.rung),
        "channel": Choice(CHANNELS, steps.channel), "tone": np.array([rung.tone for _, rung in rungs])[steps.rung],
    }  # fmt: skip
    runs = first["run"] + (steps.done - first["run_day"]).astype(np.int64)  # type: ignore[operator]
    voice = np.isin(steps.channel, [CHANNELS.index(c) for c in HUMAN_CHANNELS if c in CHANNELS])
    made.columns["decision"] = {
        "id": decision_ids, **columns, "run_id": runs, "decided_on": steps.done, "superseded_on": steps.done + 1,
        "answer": "act", "ladder": Choice(ladders, np.array([ladders.index(ladder.name) for ladder, _ in rungs])[steps.rung]),
        "template": Choice(["", *(r.template or "" for _, r in rungs)], np.where(voice, 0, steps.rung + 1)),
        "script": Choice(["", *(r.script or "" for _, r in rungs)], np.where(voice, steps.rung + 1, 0)),
        "priority": np.array([rung.priority for _, rung in rungs])[steps.rung],
        "facts": _facts(who, steps, rungs),
        "segment": Choice(SEGMENTS, who.temper[steps.place]),
        "fingerprint": "past",
    }  # fmt: skip
    made.columns["action"] = {
        "id": first["action"] + np.arange(m), "decision_id": decision_ids, **columns, "status": "done",
        "planned_on": steps.done, "done_on": steps.done, "contact_id": pa.array(ids[talks : talks + m]),
    }  # fmt: skip


def _facts(who: People, steps: Steps, rungs: list[tuple[Any, Rung]]) -> pa.Array:
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


def _cycles(steps: Steps) -> pa.Array:
    """`arrears:2026-10-01`, `invoice:17`: as the engine writes them."""
    by_day = steps.turn < CYCLES.index("invoice:")
    days = np.where(by_day, steps.value, 0).astype("datetime64[D]")
    value = pa.compute.if_else(pa.array(by_day), joined(days), joined(steps.value))
    return joined(Choice(CYCLES, steps.turn), value)
