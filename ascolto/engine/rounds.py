# SPDX-License-Identifier: Apache-2.0
"""The rounds of cash application. Owns: in which order lines are read, and what one settled line teaches the next.

Rounds go on until one settles nothing, so that a second run finds nothing to change.
"""

from __future__ import annotations

import gc
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from ascolto.engine.match import Book, Candidate, Line, candidates, is_sure

Matched = list[tuple[Line, list[Candidate]]]


@dataclass
class Applied:
    """`settled`: lines with their candidates, the one that took it first. `waiting`: for a person, surest first."""

    settled: Matched = field(default_factory=list)
    waiting: Matched = field(default_factory=list)


@contextmanager
def uncollected() -> Iterator[None]:
    """Python's collector of cycles rests: a book is millions of small objects without one, and it would walk them all
    again and again. Nearly half of the time of a large run."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def apply(
    book: Book,
    lines: Iterable[Line],
    auto_settle_permille: int,
    held: Collection[int] = (),
    rejected: Collection[tuple[int, int]] = (),
) -> Applied:
    """Match `lines` in the order given. `held`: line ids that only a person settles; `rejected`: (line, customer) no's.

    Lowers the balances of `book` and teaches it whom accounts pay for.
    """
    done = Applied(waiting=[(line, []) for line in lines])
    while True:
        before, reading = len(done.settled), done.waiting
        done.waiting = []
        for line, _old in reading:
            found = [c for c in candidates(book, line) if (line.line_id, c.customer_id) not in rejected]
            if line.line_id not in held and is_sure(found, auto_settle_permille):
                book.take(found[0].split)
                book.met(found[0].customer_id, line.amount_cents)
                book.learn(line.payer_iban, found[0].customer_id)
                done.settled.append((line, found))
            else:
                done.waiting.append((line, found))
        if len(done.settled) == before:
            return done
