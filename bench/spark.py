# SPDX-License-Identifier: Apache-2.0

"""One day's decisions on DuckDB and over Spark's protocol: `python -m bench.spark [CUSTOMERS] [spark://host:port]`.

Default 100000 customers against a Sail of its own on loopback. Each engine runs in a process of its own; prints
seconds (first run and best of three), customers and instalments per second, peak memory of the engine and of the
client, bytes of the facts and of the answer, and whether the two answers are the same row for row.
"""

from __future__ import annotations

import multiprocessing as mp
import os
import resource
import sys
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from ascolto.engine.facts import OUTPUT

AS_OF = date(2026, 11, 18)
RUNS = 3


def main(customers: int, url: str | None) -> None:
    with tempfile.TemporaryDirectory() as folder:
        answers = {}
        for name in ("duckdb", "spark"):
            told = _apart(_decide, name, customers, url, folder)
            answers[name] = pq.read_table(Path(folder) / f"{name}.parquet")
            _show(name, customers, told)
        same = answers["duckdb"].equals(answers["spark"])
        print(f"{answers['duckdb'].num_rows} rows, {len(answers['duckdb'].column_names)} columns: "
              f"{'the same, row for row' if same else 'NOT THE SAME'}")  # fmt: skip
        sys.exit(0 if same else 1)


def _show(name: str, customers: int, told: dict[str, Any]) -> None:
    best, items = min(told["seconds"]), told["instalments"]
    runs = ", ".join(f"{seconds:.1f}" for seconds in told["seconds"])
    print(
        f"{name}: {runs} s; best {customers / best:,.0f} customers/s, {items / best:,.0f} instalments/s; "
        f"processor {told['processor']:.1f} s a run; peak {told['peak']} MB"
        + (f", of its server {told['server']} MB" if told["server"] else "")
        + (
            f"; facts {told['facts'] / 1e6:.1f} MB, answer {told['answer'] / 1e6:.1f} MB, the folder at its fullest {told['all'] / 1e6:.1f} MB"
            if told["facts"]
            else ""
        )
    )


def _apart(work: Any, *arguments: Any) -> Any:
    """Run `work` in a fresh process, so that peaks are its own."""
    with mp.get_context("spawn").Pool(1) as pool:
        return pool.apply(work, arguments)


def _decide(name: str, customers: int, url: str | None, folder: str) -> dict[str, Any]:
    from bench.worlds import world

    policy = _policy()
    facts = world(customers, AS_OF)
    told: dict[str, Any] = {"seconds": [], "instalments": facts.instalments.num_rows, "server": 0, "facts": 0}
    server, address = (None, "") if name == "duckdb" else _server(url)
    decide = _on_duckdb() if name == "duckdb" else _on_spark(address, Path(folder), told)
    busy = _processor(server)
    for _ in range(RUNS):
        started = time.perf_counter()
        answer = decide(facts, policy, AS_OF)
        told["seconds"].append(time.perf_counter() - started)
    told["processor"] = (_processor(server) - busy) / RUNS
    told["peak"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    pq.write_table(answer, Path(folder) / f"{name}.parquet", compression="zstd")
    if server is not None:
        told["server"] = _line(server.pid, "VmHWM") // 1024
        server.terminate()
        server.wait()
    return told


def _policy() -> Any:
    from ascolto.policies.load import load_policy

    return load_policy("utility")


def _on_duckdb() -> Any:
    from ascolto.engine.decide import decide_arrow

    return decide_arrow


def _on_spark(address: str, folder: Path, told: dict[str, Any]) -> Any:
    """A night's folder, decided; the sizes on disk looked at in between."""
    from ascolto.domain.strategy import spark
    from bench.worlds import lay_down

    def decide(facts: Any, policy: Any, as_of: date) -> Any:
        night = Path(tempfile.mkdtemp(dir=folder)) / "night"
        buckets = 1 + facts.customers.num_rows // 50_000
        lay_down(facts, night, buckets)
        told["facts"] = _bytes(night)
        spark.decide_folder(address, night, policy, as_of, buckets)
        told["answer"], told["all"] = _bytes(night / spark.ANSWERS), _bytes(night)
        rows = [pq.read_table(place, partitioning=None) for place in (night / spark.ANSWERS).glob("bucket=*")]
        return pa.concat_tables(rows).select(OUTPUT.names).cast(OUTPUT.to_pyarrow()).sort_by("customer_id")

    return decide


def _server(url: str | None) -> tuple[Any, str]:
    """Sail in a process of its own, unless another server is named."""
    import socket
    import subprocess

    if url:
        return None, url.replace("spark://", "sc://")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [str(Path(sys.executable).parent / "sail"), "spark", "server", "--ip", "127.0.0.1", "--port", str(port)]
    server = subprocess.Popen(command, env={**os.environ, "RUST_LOG": "warn"})
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            break
        except OSError:
            time.sleep(0.1)
    return server, f"sc://127.0.0.1:{port}"


def _processor(server: Any) -> float:
    """Seconds of processor that this process and the server have used."""
    own = time.process_time()
    if server is None:
        return own
    fields = Path(f"/proc/{server.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return own + (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _line(pid: int, name: str) -> int:
    found = [line.split() for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith(name)]
    return int(found[0][1])


def _bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*.parquet"))


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ascolto.config.settings")
    import django

    django.setup()
    named = [argument for argument in sys.argv[1:] if "://" in argument]
    sizes = [int(argument) for argument in sys.argv[1:] if "://" not in argument]
    main(sizes[0] if sizes else 100_000, named[0] if named else None)
