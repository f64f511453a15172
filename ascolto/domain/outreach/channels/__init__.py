# SPDX-License-Identifier: Apache-2.0
"""Channels: the ways out of the house, one module each, all of one shape: `send(Outgoing) -> Outcome`.

A channel knows nothing of customers, money or the database. It tells the truth about what happened: *sent*,
*failed* (will not succeed as it is), *retry* (certainly not accepted, try later), *doubtful* (nobody can
tell: for a person). A `repeatable` channel does the same thing once however often it is asked with the same
key.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from dataclasses import dataclass
from typing import Literal, Protocol

Status = Literal["sent", "failed", "retry", "doubtful"]
Hint = Literal["", "busy", "greylisting"]


@dataclass(frozen=True)
class Attachment:
    """A file that goes with a message."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True)
class Outgoing:
    """One message as a channel sees it. `key` is the idempotency key; `at` is the moment of sending
    (aware).
    """

    key: str
    to_name: str
    to_value: str
    subject: str
    text: str
    html: str
    sender_name: str
    reply_to: str
    at: dt.datetime
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """What happened, the name that the provider knows it by, and what was said. `hint` of a *retry*: the server is
    *busy* (leave its whole group alone for a while) or *greylisting* (it wants this very message again, soon).
    """

    status: Status
    provider_id: str = ""
    detail: str = ""
    hint: Hint = ""


class Channel(Protocol):
    """What each module here offers."""

    repeatable: bool

    def send(self, message: Outgoing) -> Outcome:
        """Send one message; never raises for what the world does wrong."""
        ...


def key_name(key: str) -> str:
    """The key as a name fit for a file or a Message-ID: readable, unique, the same each time."""
    readable = re.sub(r"[^A-Za-z0-9]+", "-", key).strip("-")[:60]
    return f"{readable}-{hashlib.sha256(key.encode()).hexdigest()[:12]}".lstrip("-")
