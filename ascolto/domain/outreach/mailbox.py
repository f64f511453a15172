# SPDX-License-Identifier: Apache-2.0
"""Reading a mailbox over IMAP without ever changing it: EXAMINE, BODY.PEEK, no flag, no move, no delete.

How far we read is our own memory (UIDVALIDITY and the last UID), so a person may read, sort and mark the same mailbox.
"""

from __future__ import annotations

import imaplib
import re
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

_LOOPBACK = ("localhost", "127.0.0.1", "::1")
LARGEST = 40 * 1024 * 1024
"""Bytes; a larger mail is reported and left to a person."""


class MailboxError(Exception):
    """The server cannot be reached, refuses us, or has no such folder; in its own words."""


@dataclass(frozen=True)
class MailboxSettings:
    """Where a mailbox is and whose. `certified`: a PEC, whose provider vouches for the receipts in it."""

    host: str
    port: int
    tls: bool
    user: str
    password: str = field(repr=False)
    folder: str = "INBOX"
    client: str = ""
    certified: bool = False
    timeout_seconds: float = 60.0

    @property
    def name(self) -> str:
        """How we remember it: without the password."""
        return f"{self.user}@{self.host}/{self.folder}"[:200]

    @classmethod
    def from_url(cls, url: str) -> MailboxSettings:
        """Read `imaps://user:password@host[:port]/FOLDER?client=slug&pec=1`.

        Raises ValueError (never quoting the password) when it is of no use, or would send a password in the clear.
        """
        parts = urlsplit(url)
        if parts.scheme not in ("imap", "imaps") or not parts.hostname or not parts.username:
            raise ValueError("a mailbox must be imaps://user:password@host[:port]/INBOX?client=name&pec=1")
        tls = parts.scheme == "imaps"
        if not tls and parts.hostname not in _LOOPBACK:
            raise ValueError("a password over plain imap:// would be readable: use imaps://")
        said = parse_qs(parts.query)
        return cls(
            host=parts.hostname, port=parts.port or (993 if tls else 143), tls=tls, user=unquote(parts.username),
            password=unquote(parts.password or ""), folder=unquote(parts.path.strip("/")) or "INBOX",
            client="".join(said.get("client", [])), certified=said.get("pec") == ["1"],
        )  # fmt: skip


@dataclass(frozen=True)
class Letter:
    """A mail in the mailbox; `raw` is None when it is too large to be taken in."""

    uid: int
    raw: bytes | None


@contextmanager
def opened(settings: MailboxSettings) -> Iterator[Reader]:
    """The mailbox, opened for reading only; closed without expunging. Raises MailboxError."""
    server: imaplib.IMAP4
    try:
        server = _connected(settings)
    except (imaplib.IMAP4.error, OSError) as trouble:
        raise MailboxError(f"{settings.name}: {trouble}") from trouble
    try:
        yield Reader(server, settings)
    finally:
        try:
            server.logout()
        except (imaplib.IMAP4.error, OSError):
            server.shutdown()


class Reader:
    """What may be asked of an open mailbox."""

    def __init__(self, server: imaplib.IMAP4, settings: MailboxSettings) -> None:
        self._server, self._name = server, settings.name
        folder = '"' + settings.folder.replace("\\", "\\\\").replace('"', '\\"') + '"'
        self._ask(lambda: server.select(folder, readonly=True))
        self.uid_validity = int((server.response("UIDVALIDITY")[1] or [b"0"])[0] or 0)

    def after(self, last_uid: int) -> Iterator[Letter]:
        """The mails with a UID above `last_uid`, oldest first, one at a time."""
        found = self._ask(lambda: self._server.uid("SEARCH", f"UID {last_uid + 1}:*"))
        # The server answers the last mail even when it is not above: `*` is the highest there is.
        for uid in sorted(int(one) for line in found if line for one in line.split()):
            if uid > last_uid:
                yield self._fetch(uid)

    def _fetch(self, uid: int) -> Letter:
        told = b" ".join(_flat(self._ask(lambda: self._server.uid("FETCH", str(uid), "(RFC822.SIZE)"))))
        size = re.search(rb"RFC822\.SIZE (\d+)", told)
        if size and int(size[1]) > LARGEST:
            return Letter(uid, None)
        parts = self._ask(lambda: self._server.uid("FETCH", str(uid), "(BODY.PEEK[])"))
        return Letter(uid, next((part[1] for part in parts if isinstance(part, tuple)), None))

    def _ask(self, question: Callable[[], tuple[str, list[Any]]]) -> list[Any]:
        try:
            status, answer = question()
        except (imaplib.IMAP4.error, OSError) as trouble:
            raise MailboxError(f"{self._name}: {trouble}") from trouble
        if status != "OK":
            raise MailboxError(f"{self._name}: {answer!r}"[:300])
        return answer


def _connected(settings: MailboxSettings) -> imaplib.IMAP4:
    server: imaplib.IMAP4
    if settings.tls:
        context = ssl.create_default_context()
        server = imaplib.IMAP4_SSL(settings.host, settings.port, ssl_context=context, timeout=settings.timeout_seconds)
    else:
        server = imaplib.IMAP4(settings.host, settings.port, timeout=settings.timeout_seconds)
    try:
        server.login(settings.user, settings.password)
    except BaseException:
        server.shutdown()
        raise
    return server


def _flat(answer: list[bytes | tuple[bytes, bytes] | None]) -> Iterator[bytes]:
    for part in answer:
        yield from part if isinstance(part, tuple) else [part or b""]
