# SPDX-License-Identifier: Apache-2.0
"""What became of every instalment of a chunk, and the payments that this took."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from . import bank, entries, shape
from .bills import Bills
from .people import People

NEVER = 100_000
CLOSES, PART, CAME_BACK = range(3)


@dataclass
class Settled:
    """What came of every instalment: its balance, and the day it was closed (NaT: open)."""

    balance: np.ndarray
    closed: np.ndarray
    columns: dict[str, dict[str, object]] = field(default_factory=dict)


@dataclass
class Fates:
    """An instalment's fate, a row each. A payment may settle several: they have the same `leader`."""

    leader: np.ndarray
    booked: np.ndarray
    closed: np.ndarray
    by_note: np.ndarray
    """Closed by a credit note."""
    halved: np.ndarray
    """Closed in two payments, of which `part` came first."""
    returned: np.ndarray
    """Closed by a second payment: the bank took the first one back."""
    begun: np.ndarray
    """Open, but `part` came."""
    part: np.ndarray


@dataclass
class Payments:
    """Money that came, a row each, in the order of the bank's days. `item` is the instalment that leads it."""

    item: np.ndarray
    cents: np.ndarray
    booked: np.ndarray
    back: np.ndarray
    """The day on which the bank took it back (NaT: it stands)."""
    role: np.ndarray

    def at(self, rows: np.ndarray) -> Payments:
        return Payments(self.item[rows], self.cents[rows], self.booked[rows], self.back[rows], self.role[rows])


def settle(
    rng: np.random.Generator, who: People, bills: Bills, today: np.datetime64, first: dict[str, int], note_serials: dict[int, int]
) -> Settled:  # fmt: skip
    """`first`: the next id of each table; `note_serials`: the last number of a credit note by year, counted on."""
    fates = _fates(rng, who, bills, today)
    made = _payments(rng, bills, fates, today)
    told = Settled(
        balance=np.where(fates.closed, 0, bills.amount - np.where(fates.begun, fates.part, 0)),
        closed=np.where(fates.closed, fates.booked, np.datetime64("NaT")),
    )
    columns, line_of, back_line = bank.told(rng, who, bills, made, today, first)
    written = entries.written(who, bills, fates, made, (line_of, back_line), first, note_serials)
    told.columns.update(columns | written)
    return told


def _fates(rng: np.random.Generator, who: People, bills: Bills, today: np.datetime64) -> Fates:
    payer, each = bills.payer, np.arange(len(bills.payer))
    issued = bills.issued[bills.invoice]
    paid = np.maximum(bills.due + _delays(rng, who.temper[payer]), issued + 1)
    several = bills.parts[bills.invoice] > 1
    together = (rng.random(len(bills.ids)) < shape.AT_ONCE)[bills.invoice] & several
    leader = np.where(together, each - bills.position + 1, each)
    booked = np.busday_offset(paid[leader], 0, roll="forward")
    closed = entries.next_bank_day(booked) <= today
    alone = closed & ~together
    late = alone & ((booked - issued).astype(np.int64) > 18)  # there was time for more than one payment
    luck = rng.random(len(payer))
    by_note = alone & (luck < shape.CREDIT_NOTES)
    halved = late & (luck > 1 - shape.PARTLY * 1.3) & (bills.amount > 1000)
    returned = late & ~by_note & ~halved & (rng.random(len(payer)) < shape.RETURNED * 1.4)
    begun = ~closed & (bills.due < today - 10) & (rng.random(len(payer)) < shape.PARTLY_OPEN)
    part = np.where(halved | begun, bills.amount * rng.integers(2, 8, len(payer)) // 10, 0)
    return Fates(leader, booked, closed, by_note, halved, returned, begun, part)


def _delays(rng: np.random.Generator, temper: np.ndarray) -> np.ndarray:
    """Days from due to paid."""
    n = len(temper)
    punctual = np.minimum(rng.integers(-9, 3, n), rng.integers(-9, 3, n)) + 1
    punctual = np.where(rng.random(n) < 0.02, rng.integers(4, 60, n), punctual)
    late = np.where(rng.random(n) < 0.25, punctual, np.exp(3.3 + 0.8 * rng.standard_normal(n)))
    slow = np.where(rng.random(n) < 0.15, NEVER, np.exp(5.15 + 0.8 * rng.standard_normal(n)))
    very_late = np.where(rng.random(n) < 0.93, NEVER, np.exp(5.3 + 0.8 * rng.standard_normal(n)))
    return np.asarray(np.choose(temper, [punctual, late, slow, very_late]).astype(np.int64))


def _payments(rng: np.random.Generator, bills: Bills, fates: Fates, today: np.datetime64) -> Payments:
    """The payments that close, those of a part, and those that came back; in the order of their days."""
    each, booked = np.arange(len(fates.leader)), fates.booked
    last = np.where(fates.closed, bills.amount - np.where(fates.halved, fates.part, 0), 0)
    whole = np.bincount(fates.leader, weights=last, minlength=len(each)).astype(np.int64)
    leads = fates.closed & (fates.leader == each) & ~fates.by_note
    before = np.where(fates.begun, today - 4 - rng.integers(0, 30, len(each)), booked - 14)
    early = np.busday_offset(np.maximum(before, bills.issued[bills.invoice] + 1), 0, roll="backward")
    tried = np.busday_offset(np.minimum(bills.due, booked - 12), 0, roll="backward")
    rows = [np.flatnonzero(mask) for mask in (leads, fates.halved | fates.begun, fates.returned)]
    stands = np.full(len(rows[0]) + len(rows[1]), np.datetime64("NaT", "D"))
    made = Payments(
        item=np.concatenate(rows),
        cents=np.concatenate([whole[rows[0]], fates.part[rows[1]], bills.amount[rows[2]]]),
        booked=np.concatenate([booked[rows[0]], early[rows[1]], tried[rows[2]]]),
        back=np.concatenate([stands, np.busday_offset(tried[rows[2]], 3, roll="forward")]),
        role=np.repeat((CLOSES, PART, CAME_BACK), [len(some) for some in rows]),
    )
    in_time = np.isnat(made.back) | (entries.next_bank_day(made.back) < booked[made.item])
    made = made.at(in_time)
    return made.at(np.argsort(made.booked, kind="stable"))
