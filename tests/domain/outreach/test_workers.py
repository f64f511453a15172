# SPDX-License-Identifier: Apache-2.0
"""Several real workers on one database, killed at random: everything leaves once, and little is left to doubt."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ascolto.domain.outreach import claims, journal, outbox
from ascolto.domain.outreach.channels import Outcome
from ascolto.domain.outreach.journal import left_behind, open_journal
from ascolto.domain.outreach.looking import go_all
from ascolto.domain.outreach.models import Contact, Message
from ascolto.domain.outreach.sending import recover, send_due
from bench.sink import Sink

from .conftest import NOW
from .test_crashes import ROOT, _rows, _share
from .test_sending import Says

Queue = Callable[..., Message]
CHILD = """
import os, sys
import django
django.setup()
from pathlib import Path
from ascolto.domain.outreach import looking, sending

from ascolto.domain.outreach.channels.email import EmailChannel, SmtpSettings
from tests.domain.outreach.conftest import NOW
channels = {"email": EmailChannel(SmtpSettings.from_url(sys.argv[1]))}
print("up", flush=True)
report = sending.send_due(worker="w", channels=channels, allow=looking.go_all, now=lambda: NOW, notes_folder=Path(sys.argv[2]))
print(report.counts)
"""


def _worker(url: str, sink: Sink, notes: Path) -> subprocess.Popen[str]:
    env = os.environ | {
        "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "ascolto.config.settings", "ASCOLTO_SECRET_KEY": "a test",
        "PYTHONPATH": str(ROOT),
    }  # fmt: skip
    return subprocess.Popen(
        [sys.executable, "-c", CHILD, sink.url, str(notes)], env=env, cwd=ROOT, stdout=subprocess.PIPE, text=True
    )


def _quiet(sink: Sink) -> None:
    for _turn in range(3000):
        if sink.open == 0:
            return
        time.sleep(0.001)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("seed", [1, 2])
def test_workers_killed_at_random_lose_nothing_and_double_nothing(
    queue: Queue, sink: Sink, tmp_path: Path, seed: int
) -> None:
    """SIGKILL again and again while two work; at the end one that is left alone. The same moment all along: no lease
    ever runs out, so what was settled was settled by the notes of the dead."""
    dice, count, kills = random.Random(seed), 400, 0
    for number in range(count):
        queue(f"mail-{number}", to_value=f"carla{number}@example.test")
    url, notes = _share(tmp_path / "killed.sqlite3"), tmp_path / "sending"
    for _round in range(3):
        workers = [_worker(url, sink, notes) for _number in range(2)]
        for worker in workers:
            assert worker.stdout is not None
            worker.stdout.readline()
        time.sleep(dice.uniform(0.05, 0.4))
        for worker in workers:
            kills += worker.poll() is None
            worker.send_signal(signal.SIGKILL)
            worker.wait()
    _quiet(sink)
    assert _worker(url, sink, notes).wait() == 0
    _quiet(sink)
    assert max(sink.names.values()) == 1, "nothing arrived twice"
    statuses = dict(_rows(url, "select provider_id, status from outreach_message"))
    arrived = {name.partition("@")[0] for name in sink.names}
    known = {name.strip("<>").partition("@")[0]: status for name, status in statuses.items()}
    assert len(known) == count
    assert Counter(known.values()).keys() <= {"sent", "doubtful"}
    assert {name for name, status in known.items() if status == "sent"} <= arrived, "nothing is lost"
    doubtful = {name for name, status in known.items() if status == "doubtful"}
    assert arrived - doubtful == known.keys() - doubtful
    assert len(doubtful) <= kills, "a killed worker leaves one doubt at most"
    contacts = _rows(url, "select message_id from outreach_contact")
    assert len(contacts) == len(set(contacts)) == count - len(doubtful)
    assert list(notes.iterdir()) == []


@pytest.mark.django_db(transaction=True)
def test_two_real_workers_share_the_work(queue: Queue, sink: Sink, tmp_path: Path) -> None:
    for number in range(300):
        queue(f"mail-{number}", to_value=f"carla{number}@example.test")
    url = _share(tmp_path / "together.sqlite3")
    workers = [_worker(url, sink, tmp_path / "sending") for _number in range(2)]
    assert [worker.wait() for worker in workers] == [0, 0]
    assert (len(sink.names), sum(sink.names.values())) == (300, 300)
    assert _rows(url, "select status, count(*) from outreach_message group by 1") == [("sent", 300)]
    assert len(_rows(url, "select distinct message_id from outreach_contact")) == 300


# --- the notes of the dead, told apart ---


def _left_sending(queue: Queue, tmp_path: Path) -> tuple[list[Message], Any]:
    """Three messages of a window in *sending*, with a journal that is still open."""
    for key in ("heard", "begun", "unspoken"):
        queue(key)
    token = claims.new_token("w")
    messages = outbox.begin_sending(claims.claim_messages(9, token, NOW, channels=["email"]), NOW)
    notes = open_journal(tmp_path, token)
    assert notes is not None
    notes.begins(messages[0].pk)
    notes.heard(messages[0].pk, Outcome("sent", "<heard@acqua.test>", "250 kept"))
    notes.begins(messages[1].pk)
    return messages, notes


def _dies(notes: Any) -> None:
    os.close(notes._file)


def _statuses() -> list[str]:
    return list(Message.objects.order_by("pk").values_list("status", flat=True))


@pytest.mark.django_db(transaction=True)
def test_the_notes_tell_heard_from_begun_from_never_spoken_of(queue: Queue, tmp_path: Path) -> None:
    _messages, notes = _left_sending(queue, tmp_path)
    _dies(notes)
    assert +recover(tmp_path, NOW, [], claims.nothing) == {"sent": 1, "doubtful": 1}
    assert _statuses() == ["sent", "doubtful", "queued"]
    assert Contact.objects.get().message.provider_id == "<heard@acqua.test>"  # type: ignore[union-attr]
    assert list(Message.objects.order_by("pk").values_list("attempts", flat=True)) == [1, 1, 0]
    assert list(tmp_path.iterdir()) == [], "they have served"


@pytest.mark.django_db(transaction=True)
def test_a_stalled_worker_is_not_a_dead_one(queue: Queue, tmp_path: Path) -> None:
    _messages, notes = _left_sending(queue, tmp_path)
    assert +recover(tmp_path, NOW, [], claims.nothing) == {}
    assert _statuses() == ["sending"] * 3
    assert recover(tmp_path, NOW + 2 * claims.LEASE, [], claims.nothing)["doubtful"] == 3, "as without notes"
    _dies(notes)
    assert +recover(tmp_path, NOW + 2 * claims.LEASE, [], claims.nothing) == {"sent": 1}
    assert _statuses() == ["sent", "doubtful", "queued"], "dead at last, it is believed"


@pytest.mark.django_db(transaction=True)
def test_notes_of_another_boot_are_not_believed(queue: Queue, tmp_path: Path, monkeypatch: Any) -> None:
    _messages, notes = _left_sending(queue, tmp_path)
    _dies(notes)
    monkeypatch.setattr(journal, "_boot", lambda: "another")
    assert +recover(tmp_path, NOW, [], claims.nothing) == {}
    assert recover(tmp_path, NOW + 2 * claims.LEASE, [], claims.nothing)["doubtful"] == 3


@pytest.mark.django_db(transaction=True)
def test_a_person_who_was_quicker_is_not_contradicted(queue: Queue, tmp_path: Path) -> None:
    messages, notes = _left_sending(queue, tmp_path)
    recover(None, NOW + 2 * claims.LEASE, [], claims.nothing)
    outbox.resolve_doubtful(
        client_id=messages[2].client_id, message_id=messages[2].pk, really_sent=True, actor="bruno", now=NOW
    )
    _dies(notes)
    recover(tmp_path, NOW + 2 * claims.LEASE, [], claims.nothing)
    assert _statuses() == ["sent", "doubtful", "sent"]


def test_half_a_note_is_no_note(tmp_path: Path) -> None:
    notes = open_journal(tmp_path, "w/1")
    assert notes is not None
    notes.begins(7)
    (file,) = tmp_path.iterdir()
    file.write_bytes(file.read_bytes() + json.dumps({"begins": 8}).encode()[:5])
    _dies(notes)
    with left_behind(tmp_path) as dead:
        assert dead == []


@pytest.mark.django_db(transaction=True)
def test_a_run_that_ends_well_leaves_no_notes(queue: Queue, tmp_path: Path) -> None:
    queue()
    send_due(worker="w", channels={"email": Says()}, allow=go_all, now=lambda: NOW, notes_folder=tmp_path)
    assert list(tmp_path.iterdir()) == []
