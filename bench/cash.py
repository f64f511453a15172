# SPDX-License-Identifier: Apache-2.0

"""How well cash application does: `python -m bench.cash [INSTALMENTS [PAYMENTS [SEED [narrow]]]]` (default 1000000 100000).

Matches a generated month of which the truth is known (`bench/bank.py`), with the engine and no database, and prints
the precision of what settled without a person, its share, seconds and memory, then the same per way of paying.
With `narrow` the book is the one of a large client, of the customers whom the lines could mean (docs/decisions/0025).
A line is right when it went to its customer and settles only instalments that the truth allows.
"""

from __future__ import annotations

import resource
import sys
import time
from collections import Counter

from ascolto.engine.match import Book
from ascolto.engine.rounds import Applied, apply, uncollected
from bench.bank import Bank, Month
from bench.narrow import columns_of, narrow_book

BAR_PERMILLE = 950


def main(instalments: int = 1_000_000, payments: int = 100_000, seed: int = 7, narrow: bool = False) -> None:
    month = Bank(instalments, payments, seed).month()
    print(
        f"{len(month.items)} open instalments, {len(month.people)} customers, {len(month.lines)} payments, seed {seed}"
    )
    tables = columns_of(month.items, month.people) if narrow else {}
    before = _megabytes()
    wall, cpu = time.perf_counter(), time.process_time()
    with uncollected():
        if narrow:
            book, found = narrow_book(tables, month.items, month.lines, month.history, expected=month.expected)
            print(f"{len(found.people)} customers reached, {len(book.items)} of their instalments")
        else:
            book = Book(month.items, month.people, month.history, expected=month.expected)
        built = time.process_time() - cpu
        done = apply(book, month.lines, BAR_PERMILLE)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    print(f"{cpu:.1f} s of processor ({built:.1f} to index the book), {wall:.1f} s of wall clock, one process")
    print(f"peak memory {_megabytes()} MB, of which {before} MB is the generated month")
    _judge(month, done)


def _megabytes() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def _judge(month: Month, done: Applied) -> None:
    lines, settled, right = Counter(t.kind for t in month.truth.values()), Counter[str](), Counter[str]()
    other_customer = 0
    for line, (best, *_others) in done.settled:
        truth = month.truth[line.line_id]
        settled[truth.kind] += 1
        own = best.customer_id == truth.customer_id
        other_customer += not own
        right[truth.kind] += own and {i for i, _cents in best.split.parts} <= truth.instalments
    first = Counter(
        month.truth[line.line_id].kind
        for line, found in done.waiting
        if found and found[0].customer_id == month.truth[line.line_id].customer_id
    )
    print(
        f"\n{'way of paying':38} {'lines':>7} {'settled':>8} {'share':>7} {'precision':>10} {'first proposal right':>21}"
    )
    for kind in sorted(lines, key=lambda k: -lines[k]):
        _row(kind, lines[kind], settled[kind], right[kind], first[kind])
    _row("all", lines.total(), settled.total(), right.total(), first.total())
    print(f"given to another customer without a person: {other_customer}")


def _row(kind: str, lines: int, settled: int, right: int, first: int) -> None:
    precision = f"{100 * right / settled:9.3f}%" if settled else f"{'–':>10}"
    waiting = f"{first} of {lines - settled}"
    print(f"{kind:38} {lines:7} {settled:8} {100 * settled / lines:6.2f}% {precision} {waiting:>21}")


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:4]), narrow=sys.argv[4:] == ["narrow"])
