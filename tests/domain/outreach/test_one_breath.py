# SPDX-License-Identifier: Apache-2.0
"""A text and the next addresses in one breath: the same comes of it as word by word, whatever the server says or does in between."""

import os
import socket
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ascolto.domain.outreach import looking, sending
from ascolto.domain.outreach.channels import Outcome, Outgoing
from ascolto.domain.outreach.channels.email import EmailChannel, SmtpSettings
from ascolto.domain.outreach.models import Contact, Message
from bench.sink import Sink

from .conftest import NOW
from .test_crashes import LATER, Killed, Killer, _raise
from .test_email_channel import changed

Queue = Callable[..., Message]
STRIDE = 1 if os.environ.get("ASCOLTO_TEST_EVERY_LINE") else 61


def mails(*names: str) -> list[Outgoing]:
    return [changed(key=f"{number}", to_value=f"{name}@example.test") for number, name in enumerate(names)]


def in_one_breath(channel: EmailChannel, messages: Sequence[Outgoing]) -> list[Outcome]:
    return [channel.send(one, *messages[number : number + 1]) for number, one in enumerate(messages, start=1)]


def channel_to(url: str, per_connection: int = 0) -> EmailChannel:
    return EmailChannel(SmtpSettings.from_url(url, timeout_seconds=5), per_connection)


# --- the same as word by word ---


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    names=st.lists(
        st.sampled_from(["carla", "carla.b", "nobody", "later", "later.b", "busy", "no address"]), max_size=12
    ),
    pipelining=st.booleans(),
    per_connection=st.integers(0, 3),
)
def test_the_same_comes_of_it_as_word_by_word(names: list[str], pipelining: bool, per_connection: int) -> None:
    said, arrived = [], []
    for offered, breath in ((pipelining, True), (False, False)):
        sink = Sink(offered).start()
        with channel_to(sink.url, per_connection) as channel:
            messages = mails(*names)
            heard = in_one_breath(channel, messages) if breath else [channel.send(one) for one in messages]
            said.append([(one.status, one.provider_id, one.hint) for one in heard])
        sink.stop()
        arrived.append((sink.names, sink.recipients, sink.most_open))
    assert said[0] == said[1]
    assert arrived[0] == arrived[1]


def test_one_that_was_named_and_does_not_come_gets_nothing() -> None:
    sink = Sink().start()
    first, named, other = mails("carla", "carla.b", "carla.c")
    with channel_to(sink.url) as channel:
        assert channel.send(first, named).status == "sent"
        assert channel.send(other).status == "sent"
    assert sink.recipients == {"carla@example.test": 1, "carla.c@example.test": 1}
    assert sink.connections == 2, "the line that waited for its text was given up"
    with channel_to(sink.url) as channel:
        assert channel.send(changed(key="8"), named).status == "sent"
    sink.stop()
    assert "carla.b@example.test" not in sink.recipients, "nor when the run ends there"


# --- a server that says what the test wants ---


class Scripted:
    """Answers as written, one line of the script for each word or text that it hears, and hangs up where the script ends; a
    connection each. `early` holds, for each text, what had come with it before it was answered."""

    def __init__(self, *scripts: Sequence[str], offers: str = "PIPELINING") -> None:
        self.scripts, self.offers = list(scripts), offers
        self.heard: list[bytes] = []
        self.early: list[bytes] = []
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"smtp://127.0.0.1:{self._listening.getsockname()[1]}?from=crediti@acqua.test"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._listening.close()
        self._thread.join(5)

    def _serve(self) -> None:
        for script in self.scripts:
            try:
                line, _peer = self._listening.accept()
            except OSError:
                return
            with line:
                line.settimeout(5)
                line.sendall(b"220 hello\r\n")
                self._talk(line, iter(script))

    def _talk(self, line: socket.socket, script: Iterator[str]) -> None:
        waiting, end = b"", b"\r\n"
        while True:
            while end not in waiting:
                more = line.recv(65536)
                if not more:
                    return
                waiting += more
            heard, _end, waiting = waiting.partition(end)
            self.heard.append(heard)
            if heard.upper().startswith(b"EHLO"):
                line.sendall(f"250-sink\r\n250 {self.offers}\r\n".encode())
                continue
            if end != b"\r\n":
                self.early.append(waiting + self._more(line))
                waiting = self.early[-1]
            answer = next(script, None)
            if answer is None:
                return
            line.sendall(answer.encode() + b"\r\n")
            end = b"\r\n.\r\n" if answer.startswith("354") else b"\r\n"

    @staticmethod
    def _more(line: socket.socket) -> bytes:
        """What comes although nothing was answered."""
        line.settimeout(0.1)
        try:
            return line.recv(65536)
        except TimeoutError:
            return b""
        finally:
            line.settimeout(5)


GO = ("250 ok", "250 ok", "354 go on")
WHOLE = (*GO, "250 kept")


@pytest.mark.parametrize("offers", ["PIPELINING", "8BITMIME"])
def test_only_who_pipelines_hears_the_next_name_before_it_has_answered(offers: str) -> None:
    with (
        closing(Scripted([*WHOLE, *WHOLE, "221 bye"], offers=offers)) as server,
        channel_to(server.url) as channel,
    ):
        assert [one.status for one in in_one_breath(channel, mails("carla", "carla.b"))] == ["sent", "sent"]
    first, second = server.early
    assert second == b""
    if offers == "PIPELINING":
        assert first == b"MAIL FROM:<crediti@acqua.test>\r\nRCPT TO:<carla.b@example.test>\r\nDATA\r\n"
    else:
        assert first == b""


@pytest.mark.parametrize("answers", [1, 2, 3])
def test_a_line_that_breaks_between_the_answers_leaves_no_doubt(answers: int) -> None:
    """The first text was answered: it is sent. The second was only named: it leaves on a new line, once."""
    with (
        closing(Scripted([*GO, *WHOLE[-1:], *GO[: answers - 1]], [*WHOLE, "221 bye"])) as server,
        channel_to(server.url) as channel,
    ):
        assert [one.status for one in in_one_breath(channel, mails("carla", "carla.b"))] == ["sent", "sent"]
    texts = [heard for heard in server.heard if b"Message-ID: " in heard]
    assert [b"To: Carla Bianchi <carla.b@" in text for text in texts] == [False, True]


def test_a_line_that_breaks_before_the_text_is_answered_leaves_one_doubt() -> None:
    with closing(Scripted(GO, [*WHOLE, "221 bye"])) as server, channel_to(server.url) as channel:
        assert [one.status for one in in_one_breath(channel, mails("carla", "carla.b"))] == ["doubtful", "sent"]
    assert sum(b"Message-ID: " in heard for heard in server.heard) == 2, "the doubtful one was not said again"


def test_a_server_that_is_going_keeps_what_it_answered_and_the_next_finds_another_line() -> None:
    script = [*WHOLE, "421 4.3.2 going down"]
    with closing(Scripted(script, [*WHOLE, "221 bye"])) as server, channel_to(server.url) as channel:
        assert [one.status for one in in_one_breath(channel, mails("carla", "carla.b"))] == ["sent", "sent"]


def test_a_text_that_is_refused_says_nothing_of_the_next() -> None:
    script = [*GO, "554 we do not like it", *WHOLE, "221 bye"]
    with closing(Scripted(script)) as server, channel_to(server.url) as channel:
        assert [one.status for one in in_one_breath(channel, mails("carla", "carla.b"))] == ["failed", "sent"]


def test_who_has_lost_the_thread_hears_no_text_on_that_line() -> None:
    """One answer too many: ours to DATA is heard as if it were to RSET."""
    script = ["250 ok\r\n250 and again", "250 ok", "354 go on"]
    with closing(Scripted(script, [*WHOLE, "221 bye"])) as server, channel_to(server.url) as channel:
        first, second = mails("carla", "carla.b")
        assert channel.send(first).status == "retry"
        assert channel.send(second).status == "sent"
    assert sum(b"Message-ID: " in heard for heard in server.heard) == 1


# --- killed anywhere in it ---


@pytest.mark.django_db(transaction=True)
def test_killed_at_any_line_of_a_window_in_one_breath(queue: Queue, tmp_path: Path, monkeypatch: Any) -> None:
    """Three messages to a server that pipelines: nothing twice, nothing lost, and one doubt at most."""
    notes: list[Any] = []

    def opened(*arguments: Any) -> Any:
        notes.append(real(*arguments))
        return notes[-1]

    real = sending.open_journal
    monkeypatch.setattr(sending, "open_journal", opened)
    line, finished, doubts = 1 - STRIDE, False, 0
    while not finished:
        line += STRIDE
        Contact.objects.all().delete()
        Message.objects.all().delete()
        for name in ("a", "b", "c"):
            queue(f"{line}{name}", to_value=f"carla.{name}@example.test")
        notes.clear()
        sink = Sink().start()
        finished = _run(sink, tmp_path, line, NOW)
        if not finished and notes and notes[-1]._path.exists():
            os.close(notes[-1]._file)  # as the system does for the dead
        for _turn in range(3000):
            if sink.open == 0:
                break
            threading.Event().wait(0.001)
        assert _run(sink, tmp_path, 0, LATER)
        sink.stop()
        known = dict(Message.objects.values_list("to_value", "status"))
        unsure = {who for who, status in known.items() if status == "doubtful"}
        doubts += len(unsure)
        assert max(sink.recipients.values()) == 1, "nothing arrived twice"
        assert known.keys() - unsure == sink.recipients.keys() - unsure, "nothing is lost"
        assert set(known.values()) <= {"sent", "doubtful"}
        assert len(unsure) <= 1
        assert Contact.objects.count() == 3 - len(unsure)
    assert line > 300, "the sender was watched"
    assert doubts or STRIDE > 1


def _run(sink: Sink, notes: Path, line: int, at: Any) -> bool:
    channel = channel_to(sink.url)
    before = sys.gettrace()
    sys.settrace(Killer(line, _raise))
    try:
        sending.send_due(
            worker="w", channels={"email": channel}, allow=looking.go_all, now=lambda: at, notes_folder=notes
        )
    except Killed:
        return False
    finally:
        sys.settrace(before)
        if channel._server is not None:
            channel._server.close()
    return True
