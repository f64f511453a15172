# SPDX-License-Identifier: Apache-2.0
"""The night of a large client: `python -m bench.day --customers 1000000 [--to sqlite:////file | postgres://...]`.

Makes the world where it is not there yet, then lives three days as `ascolto day` does: the first night (every answer is
new), the same day again (nothing is), and the next bank day on which 1 % of the customers changed. Prints seconds by the
clock, seconds of processor, and the most memory that all its processes held together (PSS). `--tenth` does the same for a
tenth of the customers first and prints the growth exponent.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import math
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

AS_OF = dt.date(2026, 11, 20)
CHURN = 0.01


@dataclass(frozen=True)
class Measured:
    """What one command took, and what it said."""

    seconds: float
    processor: float
    peak_mb: int
    report: dict[str, Any]


def main() -> None:
    options = _arguments()
    sizes = [options.customers // 10, options.customers] if options.tenth else [options.customers]
    found = {size: _size(size, options) for size in sizes}
    if options.tenth:
        small, large = (found[size] for size in sizes)
        for name in large:
            grown = math.log10(large[name].seconds / small[name].seconds)
            print(f"{name}: growth exponent {grown:.2f}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench.day", description=__doc__)
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--to", default="", help="database; default: a SQLite file in --folder")
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "ascolto-bench")
    parser.add_argument("--tenth", action="store_true", help="a tenth of the customers first, for the growth exponent")
    return parser.parse_args()


def _size(customers: int, options: argparse.Namespace) -> dict[str, Measured]:
    options.folder.mkdir(parents=True, exist_ok=True)
    file = options.folder / f"world-{customers}.sqlite3"
    to = options.to if options.to and customers == options.customers else f"sqlite:///{file}"
    environment = {**os.environ, "DATABASE_URL": to, "ASCOLTO_HOME": str(options.folder / f"home-{customers}")}
    if not file.exists() and to.startswith("sqlite"):
        made = _run(["bench.world", "--customers", str(customers), "--to", to], environment)
        print(
            f"{customers:,} customers made: {made.seconds:.0f} s, {made.processor:.0f} s of processor, {file.stat().st_size / 1e9:.1f} GB"
        )
    following = _next_day(environment)
    nights = {"first night": AS_OF, "same day again": AS_OF}
    found = {name: _told(customers, name, _day(on, environment)) for name, on in nights.items()}
    churned = _run(["bench.world", "--to", to, "--churn", str(CHURN), "--day", "1"], environment)
    print(f"{customers:,} customers, 1 % of them changed: made in {churned.seconds:.0f} s")
    found["next day, 1 % changed"] = _told(customers, "next day, 1 % changed", _day(following, environment))
    return found


def _next_day(environment: dict[str, str]) -> dt.date:
    """The next bank day after AS_OF."""
    after = AS_OF + dt.timedelta(days=1)
    while after.weekday() > 4:
        after += dt.timedelta(days=1)
    return after


def _day(on: dt.date, environment: dict[str, str]) -> Measured:
    return _run(["ascolto.config.main", "day", "--as-of", on.isoformat(), "--json"], environment)


def _told(customers: int, name: str, night: Measured) -> Measured:
    report = night.report
    said = report.get("decisions", {})
    parts = (report.get("parts") or {}).get("worker_seconds", {})
    print(f"{customers:,} customers, {name}: {night.seconds:.1f} s, {night.processor:.1f} s of processor, "
          f"{night.peak_mb:,} MB; {said.get('changed', 0):,} answers changed, planned {said.get('planned')}")  # fmt: skip
    steps = ", ".join(f"{step} {took:.1f}" for step, took in report.get("seconds", {}).items())
    snapshot = (report.get("parts") or {}).get("snapshot", {}).get("seconds")
    print(f"  steps: {steps}; snapshot {snapshot}; workers together {parts}", flush=True)
    return night


def _run(module: list[str], environment: dict[str, str]) -> Measured:
    """Run a module as a process of its own and look at its whole family while it lives."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    with subprocess.Popen([sys.executable, "-m", *module], env=environment, stdout=subprocess.PIPE) as process:
        peak = _Peak(process.pid)
        peak.start()
        out, _err = process.communicate()
        peak.stop()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    busy = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    last = out.decode().strip().splitlines()[-1:] or [""]
    report = json.loads(last[0]) if last[0].startswith("{") else {}
    return Measured(time.perf_counter() - began, busy, peak.mb, report)


class _Peak:
    """The most memory that a process and its descendants held together, looked at once a second: a look at gigabytes takes
    tens of milliseconds of the processor that is being measured."""

    def __init__(self, pid: int) -> None:
        self.pid, self.mb, self.over = pid, 0, threading.Event()
        self.thread = threading.Thread(target=self._look, daemon=True)

    def start(self) -> None:
        self.thread.start()

    def stop(self) -> None:
        self.over.set()
        self.thread.join()

    def _look(self) -> None:
        while not self.over.wait(1):
            self.mb = max(self.mb, sum(_pss(pid) for pid in _family(self.pid)) // 1024)


def _family(pid: int) -> set[int]:
    parents: dict[int, list[int]] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
            parents.setdefault(parent, []).append(int(folder.name))
    found, new = {pid}, [pid]
    while new:
        new = [child for one in new for child in parents.get(one, []) if child not in found]
        found |= set(new)
    return found


def _pss(pid: int) -> int:
    """Kilobytes, what is shared counted by its share."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)


if __name__ == "__main__":
    main()
