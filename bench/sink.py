# SPDX-License-Identifier: Apache-2.0

"""A mail server on loopback that counts and throws away: `python -m bench.sink` (port on stdout, counts when stdin ends).

`python -m bench.sink aiosmtpd`: the same of a mail server that others keep, for a rate that is not ours to choose. Our own speaks as much SMTP as a sender needs, pipelining included, and answers by the recipient's name: `nobody...` is unknown
(550), `later...` is greylisted at the first try (450), `busy...` gets 421. Bounded: it keeps Message-IDs, never texts.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
import threading
import time
from collections import Counter
from typing import Any

NAME = re.compile(rb"^message-id:\s*<([^>]+)>", re.IGNORECASE | re.MULTILINE)


class Sink:
    """What has arrived. `start` runs it in a thread of this process, for tests; benchmarks run it as a process."""

    def __init__(self, pipelining: bool = True) -> None:
        self.names: Counter[str] = Counter()
        self.recipients: Counter[str] = Counter()
        self.tried: Counter[str] = Counter()
        self.connections = self.open = self.most_open = self.kept = 0
        self.words: list[bytes] = []
        self.keep_words = False
        self.pipelining = pipelining
        self.port = 0
        self._loop = asyncio.new_event_loop()

    async def serve(self) -> asyncio.Server:
        server = await asyncio.get_running_loop().create_server(lambda: _Talk(self), "127.0.0.1", self.port)
        self.port = server.sockets[0].getsockname()[1]
        return server

    def start(self) -> Sink:
        self._server = self._loop.run_until_complete(self.serve())
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        return self

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._server.close)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}?from=crediti@acqua.test"

    def counts(self) -> dict[str, object]:
        return {
            "arrived": sum(self.names.values()), "different": len(self.names), "connections": self.connections,
            "most_open": self.most_open, "cpu_seconds": round(time.process_time(), 2),
        }  # fmt: skip


class _Talk(asyncio.Protocol):
    """One conversation."""

    def __init__(self, sink: Sink) -> None:
        self.sink, self.heard, self.in_text, self.recipient = sink, bytearray(), False, ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.line: asyncio.Transport = transport  # type: ignore[assignment]
        self.sink.connections += 1
        self.sink.open += 1
        self.sink.most_open = max(self.sink.most_open, self.sink.open)
        self.line.write(b"220 sink ready\r\n")

    def connection_lost(self, error: Exception | None) -> None:
        self.sink.open -= 1

    def data_received(self, data: bytes) -> None:
        self.heard += data
        answers: list[bytes] = []
        while self._one(answers):
            pass
        if answers:
            self.line.write(b"\r\n".join([*answers, b""]))
        if answers and answers[-1][:3] in (b"221", b"421"):
            self.line.close()

    def _one(self, answers: list[bytes]) -> bool:
        """Take one word, or one whole text, out of what was heard."""
        if self.in_text:
            if self.heard.startswith(b".\r\n"):
                end, text = 3, b""
            else:
                end = self.heard.find(b"\r\n.\r\n") + 5
                text = bytes(self.heard[:end])
            if end < 5 and not self.heard.startswith(b".\r\n"):
                return False
            del self.heard[:end]
            self.in_text = False
            answers.append(self._keep(text))
            return True
        end = self.heard.find(b"\r\n")
        if end < 0:
            return False
        word = bytes(self.heard[:end])
        del self.heard[: end + 2]
        if self.sink.keep_words:
            self.sink.words.append(word)
        answers.append(self._answer(word))
        return answers[-1][:3] not in (b"221", b"421")

    def _answer(self, word: bytes) -> bytes:
        verb = word[:4].upper()
        if verb == b"EHLO":
            return b"250-sink\r\n250-PIPELINING\r\n250 8BITMIME" if self.sink.pipelining else b"250 sink"
        if verb == b"RCPT":
            return self._recipient(word[word.find(b"<") + 1 : word.rfind(b">")].decode())
        if verb == b"DATA":
            self.in_text = True
            return b"354 go on"
        if verb in (b"MAIL", b"RSET"):
            self.recipient = ""
        return b"221 bye" if verb == b"QUIT" else b"250 ok"

    def _recipient(self, who: str) -> bytes:
        self.sink.tried[who] += 1
        if who.startswith("nobody"):
            return b"550 5.1.1 no such mailbox"
        if who.startswith("later") and self.sink.tried[who] == 1:
            return b"450 4.7.1 greylisted, come back in five minutes"
        if who.startswith("busy"):
            return b"421 4.7.0 too many messages, slow down"
        self.recipient = who
        return b"250 ok"

    def _keep(self, text: bytes) -> bytes:
        if not self.recipient:
            return b"554 no valid recipients"
        name = NAME.search(text)
        self.sink.names[name[1].decode() if name else ""] += 1
        self.sink.recipients[self.recipient] += 1
        self.sink.kept += 1
        return b"250 2.0.0 kept as %d" % self.sink.kept  # each answer differs, as those of real servers do


class _Kept:
    """What aiosmtpd hands over."""

    def __init__(self, sink: Sink) -> None:
        self.sink = sink

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        name = NAME.search(envelope.content)
        self.sink.names[name[1].decode() if name else ""] += 1
        return "250 kept"


async def _main(kind: str = "") -> None:
    sink = Sink()
    if kind == "aiosmtpd":
        from aiosmtpd.smtp import SMTP

        def talk() -> SMTP:
            sink.connections += 1
            return SMTP(_Kept(sink), hostname="127.0.0.1")

        server = await asyncio.get_running_loop().create_server(talk, "127.0.0.1", 0)
        sink.port = server.sockets[0].getsockname()[1]
    else:
        await sink.serve()
    print(sink.port, flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    print(json.dumps(sink.counts()), flush=True)


if __name__ == "__main__":
    asyncio.run(_main(*sys.argv[1:]))
