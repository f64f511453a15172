# SPDX-License-Identifier: Apache-2.0
"""The sender: takes what is due from the outbox, looks once more, and hands it to the channels.

Guard twice: what was allowed when it was written may be wrong now, so `allow` is asked again for each
message, just before it leaves. The outside world is called between two transactions, never inside one. Any
number of workers may run; a worker that dies anywhere neither loses nor doubles a message (outbox).
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import typst
from django.db import connection

from ascolto.domain.outreach import letters, outbox, wording
from ascolto.domain.outreach.channels import Attachment, Channel, Outgoing
from ascolto.domain.outreach.channels.email import EmailChannel, SmtpSettings
from ascolto.domain.outreach.channels.folder import FolderChannel
from ascolto.domain.outreach.channels.letter import LetterChannel
from ascolto.domain.outreach.facts import FactsError, MessageFacts
from ascolto.domain.outreach.models import Document, Message
from ascolto.domain.outreach.placeholders import WordingError
from ascolto.domain.records import clock

BATCH = 20


@dataclass(frozen=True)
class Permission:
    """Whether a message may leave now. `until` says from when it may; without it, it is withdrawn. `why` in
    words.
    """

    may: bool
    why: str = ""
    until: dt.datetime | None = None


GO = Permission(True)


@dataclass
class SendReport:
    """What one run did: messages by status they are in now, and each trouble with its message."""

    counts: Counter[str] = field(default_factory=Counter)
    problems: list[tuple[int, str]] = field(default_factory=list)

    def as_dict(self) -> dict[str, object]:
        """JSON-ready."""
        return {"counts": dict(self.counts), "problems": [list(problem) for problem in self.problems]}


def send_due(
    *,
    worker: str,
    channels: Mapping[str, Channel],
    allow: Callable[[Message], Permission],
    limit: int = 1000,
    client_id: int | None = None,
    now: Callable[[], dt.datetime] = clock.now,
    after_sent: outbox.Hook = outbox.nothing,
    after_withdrawn: outbox.Hook = outbox.nothing,
) -> SendReport:
    """Send up to `limit` messages that are due on the channels that we have; others wait.

    `allow` is asked for each message right before it leaves. The hooks run in the transaction of the new
    status. Not to be called inside a transaction: each state must be on disk before the next word is said.
    """
    report = SendReport()
    with _on_disk():
        repeatable = [name for name, channel in channels.items() if channel.repeatable]
        report.counts["doubtful"] += outbox.recover_messages(now(), repeatable=repeatable)
        for _start in range(0, limit, BATCH):
            size = min(BATCH, limit - _start)
            batch = outbox.claim_messages(size, worker, now(), channels=list(channels), client_id=client_id)
            for message in batch:
                _send(message, channels[message.channel], allow, now, after_sent, after_withdrawn, report)
            if len(batch) < size:
                break
    report.counts = +report.counts
    return report


def channels_of(smtp_url: str, print_folder: Path, pec_url: str = "") -> dict[str, Channel]:
    """The channels that this installation has: letters always, e-mail and PEC when their server is named.

    `file:///path` instead of a server writes .eml files into a folder.
    """
    urls = {"email": smtp_url, "pec": pec_url}
    return {"letter": LetterChannel(print_folder), **{name: _mail(url) for name, url in urls.items() if url}}


def _mail(url: str) -> Channel:
    if url.startswith("file:"):
        return FolderChannel(Path(url.removeprefix("file://").removeprefix("file:")))
    return EmailChannel(SmtpSettings.from_url(url))


def _send(
    message: Message,
    channel: Channel,
    allow: Callable[[Message], Permission],
    now: Callable[[], dt.datetime],
    after_sent: outbox.Hook,
    after_withdrawn: outbox.Hook,
    report: SendReport,
) -> None:
    permission = allow(message)
    if not permission.may:
        if outbox.put_back(message, now(), why=permission.why, until=permission.until, withdrawn=after_withdrawn):
            report.counts["waiting" if permission.until else "withdrawn"] += 1
        return
    try:
        ready = prepare(message, now())
    except (WordingError, FactsError, typst.TypstError) as trouble:
        outbox.give_up(message, str(trouble))
        report.counts["failed"] += 1
        report.problems.append((message.pk, str(trouble)))
        return
    if not outbox.begin_sending(message, now()):
        return
    outcome = channel.send(ready.outgoing)
    status = outbox.finish_sending(
        message, outcome, now(), as_sent=ready.as_sent, document=ready.document, after_sent=after_sent
    )
    report.counts[status or "settled_meanwhile"] += 1
    if outcome.status != "sent":
        report.problems.append((message.pk, outcome.detail))


@dataclass(frozen=True)
class Prepared:
    """A message ready for its channel, the file to keep, and the words that differ from those in the
    outbox.
    """

    outgoing: Outgoing
    document: Document | None = None
    as_sent: Mapping[str, str] = field(default_factory=dict)


def prepare(message: Message, at: dt.datetime) -> Prepared:
    """The message as its channel wants it; a letter is set now, and kept exactly as it leaves."""
    facts = MessageFacts.from_dict(message.facts)
    outgoing = Outgoing(
        key=outbox.key_of(message),
        to_name=message.to_name,
        to_value=message.to_value,
        subject=message.subject,
        text=message.text,
        html=message.html,
        sender_name=facts.client_name,
        reply_to=facts.client_email,
        at=at,
    )
    return _letter(message, facts, outgoing) if message.channel == "letter" else Prepared(outgoing)


def _letter(message: Message, facts: MessageFacts, outgoing: Outgoing) -> Prepared:
    """Set from the facts kept with the message; were the wording newer by now, its words are kept as those
    sent.
    """
    composed = wording.compose(message.template, message.tone, message.language, facts, channel="letter")
    pdf = letters.render(composed, facts)
    file = Attachment(f"{message.template}_{facts.as_of.isoformat()}.pdf", "application/pdf", pdf)
    document = Document(
        client_id=message.client_id,
        customer_id=message.customer_id,
        message=message,
        name=file.name,
        media_type=file.media_type,
        sha=hashlib.sha256(pdf).hexdigest(),
        content=pdf,
        made_at=outgoing.at,
    )
    words = {
        "subject": composed.subject,
        "text": composed.text,
        "html": composed.html,
        "template_version": composed.template_version,
    }
    return Prepared(replace(outgoing, subject=composed.subject, attachments=(file,)), document, words)


@contextmanager
def _on_disk() -> Iterator[None]:
    """SQLite may keep the last commits in memory; while we send, each one must survive a power cut."""
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA synchronous=FULL")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA synchronous=NORMAL")
