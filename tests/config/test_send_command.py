# SPDX-License-Identifier: Apache-2.0
"""`ascolto send` as a process of its own: several workers, a report for machines, letters in bundles, a polite stop."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ascolto.config.main import main
from ascolto.domain.outreach.models import Message
from bench.sink import Sink
from tests.domain.outreach.conftest import facts, queue, sink  # noqa: F401  the fixtures of the outbox
from tests.domain.outreach.test_crashes import ROOT, _rows, _share

pytestmark = pytest.mark.django_db(transaction=True)
Queue = Callable[..., Message]


def send(url: str, to: Sink, home: Path, *words: str) -> "subprocess.Popen[str]":
    env = {name: value for name, value in os.environ.items() if not name.startswith("ASCOLTO_")} | {
        "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "ascolto.config.settings", "ASCOLTO_SECRET_KEY": "a test",
        "PYTHONPATH": str(ROOT), "ASCOLTO_SMTP_URL": to.url, "ASCOLTO_HOME": str(home), "ASCOLTO_TODAY": "2026-11-20",
    }  # fmt: skip
    return subprocess.Popen(
        [sys.executable, "-m", "ascolto.config.main", "send", *words], env=env, cwd=ROOT, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def test_two_workers_send_all_of_it_and_tell_machines(queue: Queue, sink: Sink, tmp_path: Path) -> None:  # noqa: F811
    for number in range(60):
        queue(f"mail-{number}", to_value=f"carla{number}@example.test")
    queue("bounced", to_value="nobody@gmail.com")
    queue("paper", channel="letter")
    url = _share(tmp_path / "together.sqlite3")
    process = send(url, sink, tmp_path, "--workers", "2", "--json")
    out, err = process.communicate()
    report = json.loads(out)
    assert process.returncode == 1, "an address that bounced wants a look"
    assert report["counts"] == {"sent": 61, "failed": 1}, err
    assert report["lanes"]["gmail"] == {"failed": 1}
    assert report["lanes"]["letter"] == {"sent": 1}
    assert [why for _pk, why in report["problems"]] == ["550 5.1.1 no such mailbox"]
    assert (report["workers"], report["per_second"] > 0, report["seconds"] > 0) == (2, True, True)
    assert (len(sink.names), max(sink.names.values())) == (60, 1)
    assert len(list((tmp_path / "print" / "bundles").glob("*.pdf"))) == 1
    assert list((tmp_path / "sending").iterdir()) == []
    assert _rows(url, "select count(*) from outreach_bundledletter") == [(1,)]


def test_asked_to_stop_it_leaves_no_doubt(queue: Queue, sink: Sink, tmp_path: Path) -> None:  # noqa: F811
    for number in range(400):
        queue(f"mail-{number}", to_value=f"carla{number}@example.test")
    url = _share(tmp_path / "stopped.sqlite3")
    process = send(url, sink, tmp_path, "--workers", "2")
    while not sink.names and process.poll() is None:
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    process.communicate()
    statuses = dict(_rows(url, "select status, count(*) from outreach_message group by 1"))
    assert process.returncode in (130, 0), "0 when it was done before it heard"
    assert statuses.keys() <= {"sent", "queued"}
    assert statuses["sent"] == sum(sink.names.values())


def test_a_number_of_workers_that_is_none(capsys: Any) -> None:
    with pytest.raises(SystemExit) as left:
        main(["send", "--workers", "0"])
    assert left.value.code == 2
    assert "1" in capsys.readouterr().err


def test_many_problems_are_counted_and_the_first_are_told(
    queue: Queue,  # noqa: F811
    sink: Sink,  # noqa: F811
    settings: Any,
    tmp_path: Path,
    capsys: Any,
) -> None:
    settings.SMTP_URL, settings.PRINT_FOLDER, settings.SENDING_FOLDER = (
        sink.url,
        tmp_path / "print",
        tmp_path / "sending",
    )
    for number in range(25):
        queue(f"mail-{number}", to_value=f"nobody{number}@example.test")
    assert main(["send"]) == 1
    said = capsys.readouterr().err
    assert said.count("550 5.1.1") == 20
    assert "5" in said.splitlines()[-1]
