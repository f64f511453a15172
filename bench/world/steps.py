# SPDX-License-Identifier: Apache-2.0
"""Steps of the strategy that were taken before today, in their cycles.

The steps, their days and their channels are those of the policy; a cycle is named by what engine/schedule.py names it
by, so that the engine knows what was done.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ascolto.engine.policy import Ladder, Policy, Rung
from ascolto.engine.schedule import numbered

from . import shape
from .bills import Bills
from .cash import Settled
from .commitments import NAT, Commitments, first_of
from .people import People

CHANNELS = ("email", "phone", "letter", "pec")
CYCLES = ("arrears:", "thanks:", "due:", "invoice:", "promise:")
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


def steps_taken(
    rng: np.random.Generator, who: People, bills: Bills, settled: Settled, said: Commitments, today: np.datetime64,
    policy: Policy,
) -> Steps:  # fmt: skip
    """All steps in the order of their days. `rung` is its number in the policy (engine.schedule.numbered)."""
    told: list[Steps] = []
    for ladder in policy.strategy.ladder:
        own = np.isin(who.kind, [shape.KINDS.index(kind) for kind in ladder.kinds])
        maker = _Maker(rng, who, bills, settled, said, today, own, _rungs(policy, ladder))
        told += [*maker.arrears(), *maker.earlier_arrears(), *maker.thanks(), *maker.gentle(), *maker.broken()]
    return _once(told)


def _rungs(policy: Policy, ladder: Ladder) -> dict[str, tuple[int, Rung]]:
    return {rung.step: (n, rung) for n, of, rung in numbered(policy) if of is ladder}


def _once(told: list[Steps]) -> Steps:
    """The same step of one cycle only once."""
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
