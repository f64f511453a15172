# SPDX-License-Identifier: Apache-2.0
"""What a deed of one person costs in a world: `python -m bench.deeds --to sqlite:////file [--only WORDS] [--profile]`.

Every deed is done as the pages do it, in a transaction of its own that is rolled back: the world stays as it was. Prints
seconds of processor of this process and of its children, seconds by the clock, the queries, and the table of the slowest.
"""

from __future__ import annotations

import argparse
import cProfile
import datetime as dt
import os
import pstats
import re
import resource
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Deed = Callable[[], Any]


class _Undone(Exception):  # no error: how a deed ends
    """Rolls a deed back."""


@dataclass
class Told:
    """The queries of a deed: how long each took, and which table it was about."""

    queries: list[tuple[float, str]] = field(default_factory=list)

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        began = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            self.queries.append((time.perf_counter() - began, sql))

    def slowest(self) -> str:
        took, sql = max(self.queries, default=(0.0, ""))
        table = re.search(r'(?:FROM|INTO|UPDATE)\s+"?(\w+)', sql)
        return f"{table[1] if table else sql[:30]} {1000 * took:.0f} ms"


def main() -> int:
    options = _arguments().parse_args()
    os.environ["DATABASE_URL"] = options.to
    os.environ["ASCOLTO_TODAY"] = options.as_of.isoformat()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ascolto.config.settings")
    import django

    django.setup()
    from bench.deeds_done import deeds

    load = " ".join(f"{part:.1f}" for part in os.getloadavg())
    print(f"load of the machine {load}\n{'deed':44} {'processor':>10} {'clock':>8} {'queries':>8}  slowest")
    every = list(deeds(options.as_of))
    _some(every[0][1], profile=False)  # what a process loads once
    for name, prepare in every:
        if options.only in name:
            _measure(name, prepare, options)
    return 0


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bench.deeds", description=__doc__)
    parser.add_argument("--to", required=True, help="sqlite:////file or postgres://...")
    parser.add_argument("--as-of", type=dt.date.fromisoformat, default=dt.date(2026, 11, 20))
    parser.add_argument("--only", default="", help="deeds whose name has these words")
    parser.add_argument("--times", type=int, default=3, help="each so often; the least is printed")
    parser.add_argument("--profile", action="store_true", help="tell where the time of each deed went")
    return parser


def _measure(name: str, prepare: Callable[[], Deed], options: argparse.Namespace) -> None:
    runs = []
    for _time in range(options.times):
        try:
            runs.append(_some(prepare, options.profile))
        except LookupError as no:
            print(f"{name:44} not here: {no}", flush=True)
            return
        if runs[-1][0] > 2:
            break
    processor, clock, told = min(runs, key=lambda run: run[0])
    ms = f"{1000 * processor:7.0f} ms {1000 * clock:5.0f} ms"
    print(f"{name:44} {ms} {len(told.queries):8}  {told.slowest()}", flush=True)


def _some(prepare: Callable[[], Deed], profile: bool) -> tuple[float, float, Told]:
    """Done once, to somebody of whom it is not refused."""
    from ascolto.domain.records.errors import Refused

    why = ""
    for _try in range(20):
        try:
            return _once(prepare, profile)
        except Refused as no:
            why = str(no)
    raise LookupError(why)


def _once(prepare: Callable[[], Deed], profile: bool) -> tuple[float, float, Told]:
    from django.db import connection, transaction

    told, watch = Told(), cProfile.Profile()
    processor = clock = 0.0
    try:
        with transaction.atomic():
            deed = prepare()
            began, processor = time.perf_counter(), _processor()
            if profile:
                watch.enable()
            with connection.execute_wrapper(told):
                deed()
            watch.disable()
            clock, processor = time.perf_counter() - began, _processor() - processor
            raise _Undone
    except _Undone:
        pass
    if profile:
        pstats.Stats(watch).sort_stats("cumulative").print_stats(35)
        for took, sql in sorted(told.queries, reverse=True)[:5]:
            print(f"{1000 * took:8.1f} ms  {sql[:600]}")
    return processor, clock, told


def _processor() -> float:
    mine, others = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return sum(one.ru_utime + one.ru_stime for one in (mine, others))


if __name__ == "__main__":
    raise SystemExit(main())
