# SPDX-License-Identifier: Apache-2.0
"""The night, killed at random: `python -m bench.kill [KILLS] [CUSTOMERS] [--seed N]` (default 200 and 1,000).

Two copies of one made-up portfolio live the same days. In one nobody is disturbed; in the other SIGKILL falls, at a moment
and on a victim drawn by chance (the run itself, one of its workers, or all of them at once), and the day is started again,
until so many have fallen. Then every row of both must mean the same. Prints what fell where; exit code 1 when anything
differs, or when a message stands twice.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from bench.day import AS_OF, _family

DUMP = (
    "import json, sys, django; django.setup(); from tests.scenarios.dump import by_meaning; "
    "json.dump(by_meaning(), open(sys.argv[1], 'w'))"
)


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench.kill", description=__doc__)
    parser.add_argument("kills", nargs="?", type=int, default=200)
    parser.add_argument("customers", nargs="?", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    rng = random.Random(options.seed)
    with tempfile.TemporaryDirectory(prefix="ascolto-kill-") as place:
        folder = Path(place)
        slices = {
            "ASCOLTO_SLICE": str(max(options.customers // 10, 1)),
            "DJANGO_SETTINGS_MODULE": "ascolto.config.settings",
        }
        calm, wild = (_Copy(folder / name, slices) for name in ("calm", "wild"))
        calm.run("bench.world", "--customers", str(options.customers), "--to", calm.url)
        shutil.copy(calm.file, wild.file)
        fell, days, on, usual = Counter[str](), 0, AS_OF, 0.0
        while sum(fell.values()) < options.kills:
            began = time.perf_counter()
            calm.run("ascolto.config.main", "day", "--as-of", on.isoformat(), "--json")
            usual = time.perf_counter() - began
            fell += _through(wild, on, usual, rng, options.kills - sum(fell.values()))
            days += 1
            print(f"{on}: {sum(fell.values())} killed so far ({dict(fell)})", flush=True)
            for copy in (calm, wild):
                copy.run("bench.world", "--to", copy.url, "--churn", "0.02", "--day", str(days))
            on = _bank_day(days)
        same = calm.dump() == wild.dump()
        doubled = wild.doubled()
    print(f"{sum(fell.values())} killed over {days} days: {dict(fell)}; "
          f"{'the same rows' if same else 'ROWS DIFFER'}, {doubled} messages doubled")  # fmt: skip
    return 0 if same and not doubled else 1


def _bank_day(number: int) -> dt.date:
    import numpy as np

    day: dt.date = np.busday_offset(AS_OF, number).astype(dt.date)
    return day


def _through(wild: _Copy, on: dt.date, usual: float, rng: random.Random, most: int) -> Counter[str]:
    """Live one day in spite of everything; at most `most` are killed, and at most 25 on one day."""
    fell = Counter[str]()
    for _try in range(200):
        process = wild.start("ascolto.config.main", "day", "--as-of", on.isoformat(), "--json")
        if sum(fell.values()) < min(most, 25):
            try:
                process.wait(rng.uniform(0.2, usual * 0.9))
            except subprocess.TimeoutExpired:
                fell[_kill(process, rng)] += 1
        code = process.wait()
        if code == 0:
            return fell
    raise SystemExit(f"{on} was not lived to its end in 200 tries")


def _kill(process: subprocess.Popen[bytes], rng: random.Random) -> str:
    children = sorted(_family(process.pid) - {process.pid})
    what = rng.choice(["run", "run", "all", "worker", "worker"] if children else ["run"])
    victims = {"run": [process.pid], "all": [process.pid, *children], "worker": [rng.choice(children or [process.pid])]}
    for pid in victims[what]:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
    return what


class _Copy:
    """One database and the environment in which its days are lived."""

    def __init__(self, home: Path, environment: dict[str, str]) -> None:
        home.mkdir()
        self.home, self.file = home, home / "ascolto.sqlite3"
        self.url = f"sqlite:///{self.file}"
        self.environment = {**os.environ, **environment, "DATABASE_URL": self.url, "ASCOLTO_HOME": str(home)}

    def start(self, *module: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", *module]
        return subprocess.Popen(command, env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def run(self, *module: str) -> None:
        done = subprocess.run([sys.executable, "-m", *module], env=self.environment, capture_output=True, check=False)
        if done.returncode:
            raise SystemExit(done.stderr.decode()[-2000:])

    def dump(self) -> Any:
        into = self.home / "dump.json"
        subprocess.run([sys.executable, "-c", DUMP, str(into)], env=self.environment, check=True)
        return json.loads(into.read_text())

    def doubled(self) -> int:
        """Messages of one customer and step that were queued twice on one day and are not withdrawn."""
        import sqlite3

        with sqlite3.connect(self.file) as database:
            sql = (
                "SELECT COUNT(*) FROM (SELECT 1 FROM outreach_message WHERE status <> 'withdrawn' "
                "GROUP BY client_id, customer_id, step, date(queued_at), subject HAVING COUNT(*) > 1)"
            )
            return int(database.execute(sql).fetchone()[0])


if __name__ == "__main__":
    sys.exit(main())
