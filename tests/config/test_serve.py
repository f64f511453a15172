# SPDX-License-Identifier: Apache-2.0
"""`ascolto serve` in several processes: they answer at one door, a dead one is replaced, they end together."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="asks Linux for the children of a process")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as door:
        return int(door.getsockname()[1])


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    port = free_port()
    more = {"ASCOLTO_HOME": str(tmp_path), "DATABASE_URL": f"sqlite:///{tmp_path}/x.sqlite3", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "ascolto.config.main", "serve", "--port", str(port), "--processes", "2"]
    served = subprocess.Popen(command, env=os.environ | more, cwd=tmp_path, stdout=subprocess.DEVNULL)
    yield served, port
    if served.poll() is None:
        served.send_signal(signal.SIGTERM)
        served.wait(20)


def children(pid: int) -> set[int]:
    return set(map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split()))


def answers(port: int, within: float = 240) -> bool:
    until = time.monotonic() + within
    while time.monotonic() < until:
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        try:
            line.request("GET", "/accounts/login/")
            return line.getresponse().status == 200
        except OSError:
            time.sleep(0.2)
    return False


def test_two_processes_answer_and_one_that_dies_is_replaced(server: tuple[subprocess.Popen[bytes], int]) -> None:
    served, port = server
    assert answers(port)
    first = children(served.pid)
    assert len(first) == 2
    os.kill(min(first), signal.SIGKILL)
    until = time.monotonic() + 30
    while len(children(served.pid) - first) < 1 and time.monotonic() < until:
        time.sleep(0.1)
    assert len(children(served.pid)) == 2
    assert answers(port)


def test_they_end_together(server: tuple[subprocess.Popen[bytes], int]) -> None:
    served, port = server
    assert answers(port)
    served.send_signal(signal.SIGTERM)
    assert served.wait(20) == 0
    assert not answers(port, within=2)


def test_a_port_that_is_taken_is_said_in_words(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as door:
        more = {
            "ASCOLTO_HOME": str(tmp_path),
            "DATABASE_URL": f"sqlite:///{tmp_path}/x.sqlite3",
            "PYTHONPATH": str(ROOT),
        }
        command = [sys.executable, "-m", "ascolto.config.main", "serve", "--port", str(door.getsockname()[1])]
        done = subprocess.run(command, env=os.environ | more, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "--port" in done.stderr
