# SPDX-License-Identifier: Apache-2.0
"""The sender is killed at each of its lines; afterwards every message has arrived once, or a person is
asked.
"""

import contextlib
import gc
import linecache
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from django.db import connection

from ascolto.domain.outreach import claims, lanes, looking, outbox, sending
from ascolto.domain.outreach.channels import email, letter
from ascolto.domain.outreach.models import Contact, Document, Message

from .conftest import NOW, Mailbox

Queue = Callable[..., Message]
WATCHED = {module.__file__ for module in (outbox, claims, sending, looking, lanes, email, letter)}
STRIDE = 1 if os.environ.get("ASCOLTO_TEST_EVERY_LINE") else 47
"""Every line takes minutes (all of them held when this was written); each run of the suite takes a sample."""
ROOT = Path(__file__).resolve().parents[3]
LATER = NOW + 2 * claims.LEASE


class Killed(BaseException):
    """No code catches this, as no code catches the power cut."""


class Killer:
    """Raises at the n-th line that the watched modules run."""

    def __init__(self, line: int, kill: Callable[[], None]) -> None:
        self.left = line
        self.kill = kill
        self.seen: set[tuple[int, int]] = set()

    def _leaves_a_block(self, frame: FrameType) -> bool:
        """Python names the line of a `with` again when it leaves it; an exception there would skip its end,
        which no crash does: the line before and the line after are killed anyway."""
        if not linecache.getline(frame.f_code.co_filename, frame.f_lineno).lstrip().startswith("with "):
            return False
        again = (id(frame), frame.f_lineno) in self.seen
        self.seen.add((id(frame), frame.f_lineno))
        return again

    def __call__(self, frame: FrameType, event: str, argument: Any) -> Any:
        return self._line if frame.f_code.co_filename in WATCHED else None

    def _line(self, frame: FrameType, event: str, argument: Any) -> Any:
        if event == "line" and not self._leaves_a_block(frame):
            self.left -= 1
            if self.left == 0:
                self.kill()
        return self._line


def _raise() -> None:
    raise Killed


def _run(mailbox: Mailbox, folder: Path, line: int = 0, at: Any = NOW) -> bool:
    """One run of the sender, killed at `line` (0: never); True when it came to its end."""
    channel = mailbox.channel()
    before = sys.gettrace()
    sys.settrace(Killer(line, _raise))
    try:
        sending.send_due(
            worker="w",
            channels={"email": channel, "letter": letter.LetterChannel(folder)},
            allow=looking.go_all,
            now=lambda: at,
        )
    except Killed:
        return False
    finally:
        sys.settrace(before)
        if channel._server is not None:
            channel._server.close()
        del channel
    return True


def _check(mailbox: Mailbox, folder: Path) -> str:
    """After the crash and a quiet new run: nothing is lost, nothing doubled, what is unsure is shown."""
    mailbox.wait_until_quiet()
    message = Message.objects.get(channel="email")
    arrived = sum(message.idempotency_key.encode() in mail for mail in mailbox.arrived)
    assert len(mailbox.arrived) == arrived <= 1
    story = str(message.status)
    if message.status == "doubtful":
        assert message.provider_id, "a person must be able to look for it"
        outbox.resolve_doubtful(
            client_id=message.client_id,
            message_id=message.pk,
            really_sent=bool(arrived),
            actor="bruno",
            now=LATER,
        )
        assert _run(mailbox, folder, at=LATER)
    message.refresh_from_db()
    assert (message.status, len(mailbox.arrived)) == ("sent", 1)
    paper = Message.objects.get(channel="letter")
    (pdf,) = folder.glob("*.pdf")
    assert paper.status == "sent"
    assert pdf.read_bytes() == bytes(Document.objects.get(message=paper).content)
    assert Contact.objects.count() == Contact.objects.values("message").distinct().count() == 2
    return story


@pytest.mark.django_db(transaction=True)
def test_killed_at_any_line(queue: Queue, mailbox: Mailbox, tmp_path: Path) -> None:
    stories: dict[str, int] = {}
    line, finished = 1 - STRIDE, False
    while not finished:
        line += STRIDE
        folder = tmp_path / str(line)
        _clear(mailbox)
        queue(f"mail-{line}")
        queue(f"paper-{line}", channel="letter")
        finished = _run(mailbox, folder, line)
        gc.collect()  # what the dead process held is closed, as the system would
        mailbox.wait_until_quiet()
        assert _run(mailbox, folder, at=LATER)
        story = _check(mailbox, folder)
        stories[story] = stories.get(story, 0) + 1
    assert line > 150, "the sender was watched"
    assert set(stories) == {"sent", "doubtful"}


CHILD = """
import os, sys
import django
django.setup()
from tests.domain.outreach import test_crashes
from ascolto.domain.outreach import looking, sending
from ascolto.domain.outreach.channels import letter
from ascolto.domain.outreach.channels.email import EmailChannel, SmtpSettings
url, folder, line, at = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]
now = {"now": test_crashes.NOW, "later": test_crashes.LATER}[at]
sys.settrace(test_crashes.Killer(line, lambda: os._exit(9)))
channels = {
    "email": EmailChannel(SmtpSettings.from_url(url)),
    "letter": letter.LetterChannel(test_crashes.Path(folder)),
}
sending.send_due(worker="w", channels=channels, allow=looking.go_all, now=lambda: now)
"""


def _child(url: str, *arguments: str) -> subprocess.Popen[bytes]:
    env = os.environ | {
        "DATABASE_URL": url,
        "DJANGO_SETTINGS_MODULE": "ascolto.config.settings",
        "ASCOLTO_SECRET_KEY": "a test",
        "PYTHONPATH": str(ROOT),
    }
    return subprocess.Popen([sys.executable, "-c", CHILD, *arguments], env=env, cwd=ROOT)


def _share(path: Path) -> str:
    """This test's database as another process can open it: PostgreSQL as it is, SQLite copied to a file."""
    if connection.vendor == "postgresql":
        at = connection.settings_dict
        return f"postgres://{at['USER']}:{at['PASSWORD']}@{at['HOST']}:{at['PORT']}/{at['NAME']}"
    connection.ensure_connection()
    with contextlib.closing(sqlite3.connect(path)) as copy:
        connection.connection.backup(copy)
        copy.execute("PRAGMA journal_mode=WAL")  # as a database on disk is; changing over is what one process must do
    return f"sqlite:///{path}"


def _rows(url: str, query: str) -> list[tuple[Any, ...]]:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(query)
            return list(cursor.fetchall())
    with contextlib.closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as opened:
        return opened.execute(query).fetchall()


@pytest.mark.django_db(transaction=True)
def test_a_process_that_is_gone_at_once(mailbox: Mailbox, tmp_path: Path, queue: Queue) -> None:
    """The same with a real process: `os._exit` in the middle, then a new process."""
    for line in (60, 110, 140, 155, 200):
        _clear(mailbox)
        queue(f"mail-{line}")
        queue(f"paper-{line}", channel="letter")
        url, folder = _share(tmp_path / f"{line}.sqlite3"), tmp_path / f"print-{line}"
        assert _child(url, mailbox.url, str(folder), str(line), "now").wait() == 9
        mailbox.wait_until_quiet()
        assert _child(url, mailbox.url, str(folder), "0", "later").wait() == 0
        mailbox.wait_until_quiet()
        ((status,),) = _rows(url, "select status from outreach_message where channel = 'email'")
        contacts = _rows(url, "select message_id from outreach_contact")
        assert (status, len(mailbox.arrived)) in {("sent", 1), ("doubtful", 0), ("doubtful", 1)}, line
        assert len(contacts) == len(set(contacts)) == (2 if status == "sent" else 1), line
        assert len(list(folder.glob("*.pdf"))) == 1, line


@pytest.mark.django_db(transaction=True)
def test_three_senders_at_once(mailbox: Mailbox, tmp_path: Path, queue: Queue) -> None:
    """Real processes on one database: everything arrives, nothing twice."""
    for number in range(90):
        queue(f"mail-{number}")
    url = _share(tmp_path / "together.sqlite3")
    workers = [_child(url, mailbox.url, str(tmp_path), "0", "now") for _worker in range(3)]
    assert [worker.wait() for worker in workers] == [0, 0, 0]
    assert _rows(url, "select status, count(*) from outreach_message group by 1") == [("sent", 90)]
    assert len(_rows(url, "select distinct message_id from outreach_contact")) == 90
    assert len({_message_id(mail) for mail in mailbox.arrived}) == len(mailbox.arrived) == 90


def _message_id(mail: bytes) -> bytes:
    return next(line for line in mail.splitlines() if line.startswith(b"Message-ID"))


def _clear(mailbox: Mailbox) -> None:
    for table in (Contact, Document, Message):
        table.objects.all().delete()
    mailbox.arrived.clear()
