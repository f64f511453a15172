# SPDX-License-Identifier: Apache-2.0
"""The servers of the browser tests: one world per run, copied per test file, served by `ascolto serve`."""

import fcntl
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from tests.e2e.world import TODAY

ROOT = Path(__file__).resolve().parents[2]
STARTS_WITHIN_SECONDS = 120


@dataclass
class House:
    """A running server."""

    url: str
    log: Path

    def last_words(self) -> str:
        """The end of what the server said."""
        return self.log.read_text()[-4000:]


class Worlds:
    """The built world, shared by the workers of a run; on PostgreSQL the last one out removes it."""

    def __init__(self, shared: Path, database: str) -> None:
        self.folder = shared / "e2e-world"
        self.folder.mkdir(exist_ok=True)
        self.postgres = database if database.startswith("postgres") else ""
        self.name = f"ascolto_e2e_{os.getpid()}_{time.time_ns() % 10**9}"

    @contextmanager
    def _guests(self) -> Iterator[dict[str, object]]:
        """Who uses the world, under a lock; what the block changes is kept."""
        with (self.folder / "guests.json").open("a+") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.seek(0)
            guests: dict[str, object] = json.loads(file.read() or '{"count": 0, "name": ""}')
            yield guests
            file.seek(0)
            file.truncate()
            file.write(json.dumps(guests))

    def enter(self) -> None:
        """Build the world unless another worker has."""
        with self._guests() as guests:
            if not guests["name"]:
                self._build()
                guests["name"] = self.name
            self.name = str(guests["name"])
            guests["count"] = int(str(guests["count"])) + 1

    def leave(self) -> None:
        with self._guests() as guests:
            guests["count"] = int(str(guests["count"])) - 1
            if not guests["count"]:
                guests["name"] = ""
                self._sql(f'DROP DATABASE IF EXISTS "{self.name}" WITH (FORCE)')
                shutil.rmtree(self.folder / "home", ignore_errors=True)

    def _build(self) -> None:
        home = self.folder / "home"
        home.mkdir(exist_ok=True)
        self._sql(f'CREATE DATABASE "{self.name}"')
        environment = self._environment(home, self.name)
        done = subprocess.run(
            [sys.executable, "-m", "tests.e2e.world"],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-4000:]

    @contextmanager
    def copy(self, home: Path) -> Iterator[House]:
        """A server on a copy of the world that nobody else uses."""
        shutil.copytree(self.folder / "home", home, dirs_exist_ok=True)
        name = f"{self.name}_{time.time_ns() % 10**9}"
        self._sql(f'CREATE DATABASE "{name}" TEMPLATE "{self.name}"')
        try:
            with _served(self._environment(home, name), home / "serve.log") as house:
                yield house
        finally:
            self._sql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def _environment(self, home: Path, name: str) -> dict[str, str]:
        mine = {
            "ASCOLTO_HOME": str(home),
            "ASCOLTO_TODAY": TODAY.isoformat(),
            "ASCOLTO_DEMO": "0",
            "PYTHONPATH": str(ROOT),
            "DJANGO_SETTINGS_MODULE": "ascolto.config.settings",
        }
        environment = {**os.environ, **mine}
        environment.pop("DATABASE_URL", None)
        if self.postgres:
            environment["DATABASE_URL"] = urlunsplit(urlsplit(self.postgres)._replace(path=f"/{name}"))
        return environment

    def _sql(self, words: str) -> None:
        """On PostgreSQL, from its maintenance database; SQLite needs no word."""
        if self.postgres:
            import psycopg

            with psycopg.connect(
                urlunsplit(urlsplit(self.postgres)._replace(path="/postgres")), autocommit=True
            ) as link:
                link.execute(words.encode())


@contextmanager
def _served(environment: dict[str, str], log: Path) -> Iterator[House]:
    port = _free_port()
    command = [sys.executable, "-m", "ascolto.config.main", "serve", "--port", str(port)]
    with log.open("w") as file:
        server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=file, stderr=subprocess.STDOUT)
    house = House(f"http://127.0.0.1:{port}", log)
    try:
        _wait(house, server)
        yield house
    finally:
        server.terminate()
        server.wait(30)


def _free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def _wait(house: House, server: "subprocess.Popen[bytes]") -> None:
    for _try in range(STARTS_WITHIN_SECONDS * 5):
        assert server.poll() is None, house.last_words()
        try:
            urllib.request.urlopen(f"{house.url}/accounts/login/", timeout=10)
            return
        except (urllib.error.URLError, TimeoutError):
            time.sleep(0.2)
    raise AssertionError(f"The server did not start: {house.last_words()}")
