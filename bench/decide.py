# SPDX-License-Identifier: Apache-2.0

"""How long a day of decisions takes: `python -m bench.decide [CUSTOMERS ...]` (default 2000 and 100000).

Prints the first run (with compilation), the next days, answers by kind, and the peak memory of the process.
"""

from __future__ import annotations

import resource
import sys
import time
from collections import Counter
from datetime import date, timedelta

from ascolto.engine.decide import compiled, decide_arrow
from ascolto.policies.load import load_policy
from bench.worlds import world

AS_OF = date(2026, 11, 18)


def main(sizes: list[int]) -> None:
    policy = load_policy("utility")
    started = time.perf_counter()
    stages = compiled(policy)
    print(
        f"compile: {time.perf_counter() - started:.2f} s, {len(stages)} stages, {sum(len(s) for _, s in stages) // 1024} KB"
    )
    for size in sizes:
        facts = world(size, AS_OF)
        runs = []
        for ahead in range(4):
            started, busy = time.perf_counter(), time.process_time()
            answers = decide_arrow(facts, policy, AS_OF + timedelta(days=ahead))["answer"].to_pylist()
            runs.append((time.perf_counter() - started, time.process_time() - busy))
        shown = ", ".join(f"{1000 * wall:.0f} ms ({1000 * cpu:.0f} cpu)" for wall, cpu in runs)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        print(
            f"{size} customers, {facts.instalments.num_rows} instalments: {shown}; {dict(Counter(answers))}; peak {peak} MB"
        )


if __name__ == "__main__":
    main([int(arg) for arg in sys.argv[1:]] or [2_000, 100_000])
