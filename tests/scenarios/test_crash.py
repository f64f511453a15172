# SPDX-License-Identifier: Apache-2.0
"""The day and a delivery are killed at many points; started again they end as if nothing had happened.

Every point takes minutes: ASCOLTO_TEST_EVERY_LINE=1 tries them all, each run of the suite a spread of them.
"""

import contextlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from django.db import connection, transaction

from ascolto import day as story
from ascolto.domain.access.models import Client
from ascolto.domain.access.viewer import Viewer
from ascolto.domain.intake import staging
from ascolto.domain.intake.models import Batch
from ascolto.domain.portfolio.models import Customer, Invoice
from ascolto.domain.records import clock
from ascolto.domain.strategy import reactions
from ascolto.domain.strategy.remembered import PLACE
from tests.domain.intake.deliveries import camt, invoice

from .dump import by_meaning
from .killing import REFUSED, killed_at
from .life import Life, at
from .people import TODAY, settle_in

ROOT = Path(__file__).resolve().parents[2]
EVERY = bool(os.environ.get("ASCOLTO_TEST_EVERY_LINE"))


@pytest.fixture
def busy(acqua: Client, carla: Customer, as_ada: Viewer, tmp_path: Path) -> Life:
    return settle_in(acqua, carla, as_ada, tmp_path)


def spread(writes: int, wanted: int) -> list[int]:
    """Points over the whole length, the first and the last among them."""
    if EVERY or writes <= wanted:
        return list(range(1, writes + 1))
    return sorted({1 + round(n * (writes - 1) / (wanted - 1)) for n in range(wanted)})


def tried_at_every_point(deed: Callable[[], Any], wanted: int) -> None:
    """Do it once undisturbed, then, each time from the same beginning, killed at a point and done again."""
    beginning = transaction.savepoint()
    with killed_at(0) as counted:
        deed()
    whole = by_meaning()
    transaction.savepoint_rollback(beginning)
    assert counted.seen > wanted, "there is something to interrupt"
    for point in spread(counted.seen, wanted):
        beginning = transaction.savepoint()
        with killed_at(point) as killer:
            deed()
            raise AssertionError(f"it came to its end before write {point}")
        assert killer.seen >= point
        deed()
        assert_same(by_meaning(), whole, f"killed at write {point} of {counted.seen}")
        transaction.savepoint_rollback(beginning)


def assert_same(found: dict[str, list[str]], wanted: dict[str, list[str]], where: str) -> None:
    for name, rows in wanted.items():
        lost, more = Counter(rows) - Counter(found[name]), Counter(found[name]) - Counter(rows)
        assert not lost and not more, f"{where}: {name}: lost {list(lost)[:3]}, more {list(more)[:3]}"  # noqa: PT018


def test_the_day_killed_at_many_points(busy: Life) -> None:
    def live() -> None:
        with clock.frozen(at(TODAY, 6)):
            story.live(client=busy.client, as_of=TODAY)

    tried_at_every_point(live, 14)


def test_a_delivery_killed_at_many_points(acqua: Client, carla: Customer, as_bruno: Viewer) -> None:
    files = [
        ("a.xml", invoice()), ("b.xml", invoice(number="2026/2", date="2026-10-02")), ("c.xml", b"<nothing/>"),
        ("d.xml", camt(("2026-11-18", "122.00", "Carla Bianchi saldo fattura 2026/1"), ("2026-11-18", "3.00", "?"))),
    ]  # fmt: skip

    def deliver() -> None:
        today = clock.today()
        if Batch.objects.filter(status="accepted").exists():
            return  # the page says that it was taken over
        batch = staging.stage(client=acqua, files=files, profile=None, actor="bruno", as_of=today)
        reactions.accept_batch(as_bruno, batch.pk, as_of=today)

    tried_at_every_point(deliver, 14)
    deliver()
    assert Invoice.objects.count() == 2


# --- real processes ---


@pytest.fixture
def copies(tmp_path: Path) -> Iterator[Callable[[str], dict[str, Any]]]:
    """`copies("a")`: the settings of a copy of this test's database that other processes can open."""
    made: list[str] = []

    def copy(name: str) -> dict[str, Any]:
        if connection.vendor == "sqlite":
            connection.ensure_connection()
            with contextlib.closing(sqlite3.connect(tmp_path / f"{name}.sqlite3")) as target:
                connection.connection.backup(target)
            return {"NAME": str(tmp_path / f"{name}.sqlite3")}
        of = connection.settings_dict["NAME"]
        connection.close()
        made.append(f"{of}_{name}")
        _server(f'DROP DATABASE IF EXISTS "{of}_{name}"', f'CREATE DATABASE "{of}_{name}" TEMPLATE "{of}"')
        return {"NAME": f"{of}_{name}"}

    yield copy
    _server(*(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)' for name in made))


def _server(*orders: str) -> None:
    """Orders to the database server itself; nothing to do on SQLite."""
    if not orders:
        return
    import psycopg

    of = connection.settings_dict
    with psycopg.connect(
        host=of["HOST"],
        port=of["PORT"] or None,
        user=of["USER"],
        password=of["PASSWORD"],
        dbname="postgres",
        autocommit=True,
    ) as server:
        for order in orders:
            server.execute(order)  # type: ignore[call-overload]


def processes(orders: list[list[Any]]) -> list[list[int]]:
    """The exit codes of the processes of each order (see killing.main)."""
    url = "sqlite:///unused" if connection.vendor == "sqlite" else os.environ["DATABASE_URL"]
    env = os.environ | {
        "DATABASE_URL": url,
        "DJANGO_SETTINGS_MODULE": "ascolto.config.settings",
        "ASCOLTO_SECRET_KEY": "a test",
        "PYTHONPATH": str(ROOT),
    }
    command = [sys.executable, "-m", "tests.scenarios.killing", json.dumps(orders)]
    done = subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    codes = [json.loads(line) for line in done.stdout.splitlines()]
    assert all(code in (0, -signal.SIGKILL, REFUSED) for found in codes for code in found), done.stderr[-3000:]
    return codes


@pytest.mark.django_db(transaction=True)
def test_processes_that_are_gone_at_once(busy: Life, copies: Any, tmp_path: Path) -> None:
    """SIGKILL in the middle of the night; the next process finishes it. Of two nights at once one is refused."""
    points = (2, 6, 10, 14, 18)
    wanted = tmp_path / "undisturbed.json"
    orders: list[list[Any]] = [[copies("whole"), str(wanted), "night", 0]]
    orders += [[copies(f"kill{n}"), str(tmp_path / f"{n}.json"), "kill", n] for n in points]
    orders += [[copies("two"), str(tmp_path / "two.json"), "two", 0]]
    codes = processes(orders)
    assert codes[:-1] == [[0, 0], *[[-signal.SIGKILL, 0, 0]] * len(points)]
    assert codes[-1] == [0, REFUSED, 0]
    whole = json.loads(wanted.read_text())
    for name in (*points, "two"):
        assert_same(json.loads((tmp_path / f"{name}.json").read_text()), whole, f"{name}")


@pytest.mark.django_db(transaction=True)
def test_a_night_in_slices_is_the_night_in_one(busy: Life, copies: Any, tmp_path: Path) -> None:
    """Out of the database as a stream, decided by several processes: the same rows. Killed and started again, too."""
    home, wanted, points = str(tmp_path / "home"), tmp_path / "undisturbed.json", (24,)
    orders: list[list[Any]] = [[copies("whole"), str(wanted), "night", 0]]
    orders += [[copies("slices"), str(tmp_path / "slices.json"), "slices", [home, 0, 0]]]
    orders += [[copies(f"cut{n}"), str(tmp_path / f"cut{n}.json"), "slices", [home, n, 0]] for n in points]
    codes = processes(orders)
    assert codes[:2] == [[0, 0], [0, 0, 0]]
    assert [found[1:] for found in codes[2:]] == [[0, 0]] * len(points)
    assert -signal.SIGKILL in {found[0] for found in codes[2:]}, "nobody was killed: choose other points"
    whole = json.loads(wanted.read_text())
    for name in ("slices", *(f"cut{n}" for n in points)):
        assert_same(json.loads((tmp_path / f"{name}.json").read_text()), whole, name)
    remembered = [pq.read_table(file).num_rows for file in Path(home).rglob(f"{PLACE}/*.parquet")]
    assert len(remembered) > 2, "what the slices answered is remembered"
    assert sum(remembered) == Customer.objects.filter(client=busy.client).count()


@pytest.mark.django_db(transaction=True)
def test_a_preview_in_slices_is_the_preview_in_one_and_writes_nothing(busy: Life, copies: Any, tmp_path: Path) -> None:
    before, found = by_meaning(), tmp_path / "found.json"
    order = [copies("preview"), str(tmp_path / "dump.json"), "previews", [str(tmp_path / "home"), str(found)]]
    (codes,) = processes([order])
    assert codes == [0, 0]
    one, slices = json.loads(found.read_text())
    for told in (one, slices):
        told["found"]["moves"].sort(key=str)
    assert one["changed"] > 0, "the draft changes something"
    assert slices["found"] == one["found"]
    assert (one["steps"], slices["steps"][-1]) == ([], [one["found"]["customers"]] * 2)
    assert_same(json.loads((tmp_path / "dump.json").read_text()), before, "after the previews")
    assert not list((tmp_path / "home").glob("preview-*")), "no facts are left lying about"


@pytest.mark.django_db(transaction=True)
def test_a_night_on_spark_is_the_night_in_the_process(busy: Life, copies: Any, tmp_path: Path, sail: str) -> None:
    """The snapshot's files decided over Spark's protocol, its answers written by the workers: the same rows."""
    home, wanted, there = tmp_path / "home", tmp_path / "undisturbed.json", tmp_path / "spark.json"
    orders: list[list[Any]] = [[copies("whole"), str(wanted), "night", 0]]
    orders += [[copies("spark"), str(there), "spark", [str(home), sail]]]
    assert processes(orders) == [[0, 0], [0, 0]]
    assert_same(json.loads(there.read_text()), json.loads(wanted.read_text()), "spark")
    assert list((home / "nights").rglob("bucket=*")) == [], "no facts are left lying about"


@pytest.mark.django_db(transaction=True)
def test_two_senders_at_once_never_share_a_message(busy: Life, copies: Any, tmp_path: Path) -> None:
    (codes,) = processes([[copies("senders"), str(tmp_path / "sent.json"), "senders", str(tmp_path / "post")]])
    assert codes == [0, 0, 0, 0]
    letters = [path.name for path in (tmp_path / "post").rglob("*.*")]
    assert len(letters) == len(set(letters)) > 3
    found = json.loads((tmp_path / "sent.json").read_text())
    sent = [row for row in found["Message"] if "status=sent" in row]
    assert len(sent) == len(letters) + _sent_before()


def _sent_before() -> int:
    from ascolto.domain.outreach.models import Message

    return Message.objects.filter(status="sent").count()
