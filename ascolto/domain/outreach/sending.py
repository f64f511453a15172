# SPDX-License-Identifier: Apache-2.0
"""The sender: takes what is due from the outbox, looks once more, and hands it to the channels.

Guard twice: what was allowed when it was written may be wrong now, so `allow` is asked again about each window of
messages, just before it leaves. The outside world is called between two transactions, never inside one. Any number of
workers may run; a worker that dies anywhere neither loses nor doubles a message (outbox, journal).
"""

from __future__ import annotations

import datetime as dt
import time
from collections import Counter, deque
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from django.db import connection

from ascolto.domain.outreach import claims, lanes, outbox
from ascolto.domain.outreach.channels import Channel, Outcome
from ascolto.domain.outreach.channels.email import EmailChannel, SmtpSettings
from ascolto.domain.outreach.channels.folder import FolderChannel
from ascolto.domain.outreach.channels.letter import LetterChannel
from ascolto.domain.outreach.journal import Journal, left_behind, open_journal
from ascolto.domain.outreach.looking import Allow, look
from ascolto.domain.outreach.models import Message
from ascolto.domain.outreach.preparing import UNFIT, Prepared, prepare
from ascolto.domain.records import clock
from ascolto.policies.load_sending import Provider

SMALLEST, LARGEST = 10, 200
"""Messages in a window: as many as the server takes in about WINDOW_SECONDS, within these."""
WINDOW_SECONDS = 1.0
STAY = 8
"""Windows in a row from one lane before the others have their turn; looking for them costs a query each."""
TURN_SECONDS = 0.5
"""Between two looks at lanes that have no room yet."""


@dataclass
class SendReport:
    """What one run did: messages by status they are in now, the same by lane, and each trouble with its message."""

    counts: Counter[str] = field(default_factory=Counter)
    problems: list[tuple[int, str]] = field(default_factory=list)
    lanes: dict[str, Counter[str]] = field(default_factory=dict)

    def add(self, lane: str, counts: Counter[str]) -> None:
        """Count what became of messages of one lane."""
        self.counts.update(counts)
        self.lanes.setdefault(lane, Counter()).update(counts)

    def as_dict(self) -> dict[str, object]:
        """JSON-ready."""
        return {
            "counts": dict(self.counts), "problems": [list(problem) for problem in self.problems],
            "lanes": {lane: dict(counts) for lane, counts in self.lanes.items()},
        }  # fmt: skip


def send_due(
    *,
    worker: str,
    channels: Mapping[str, Channel],
    allow: Allow,
    limit: int = 1000,
    client_ids: Collection[int] | None = None,
    now: Callable[[], dt.datetime] = clock.now,
    after_sent: claims.Hook = claims.nothing,
    after_withdrawn: claims.Hook = claims.nothing,
    notes_folder: Path | None = None,
    stop: Callable[[], bool] = lambda: False,
    rest: Callable[[float], None] = time.sleep,
    tell: Callable[[Counter[str]], None] = lambda counts: None,
) -> SendReport:
    """Send up to `limit` messages that are due on the channels that we have; others wait.

    `allow` is asked about each window right before it leaves. The hooks run in the transaction of the new status.
    `notes_folder`: where the notes of workers lie (journal); `stop` is asked before each message; `tell` hears what each
    window came to. Not to be called inside a transaction: each state must be on disk before the next word is said.
    """
    report = SendReport()
    token = claims.new_token(worker)
    with on_disk():
        repeatable = {name for name, channel in channels.items() if channel.repeatable}
        report.counts.update(recover(notes_folder, now(), repeatable, after_sent))
        lanes.assign_lanes(lanes.limits(), channels)
        journal = open_journal(notes_folder, token)
        hands = _Hands(token, channels, allow, now, after_sent, after_withdrawn, stop, journal, report)
        for counts in _windows(hands, limit, client_ids, rest):
            tell(counts)
        if journal is not None:
            journal.close()
    report.counts = +report.counts
    return report


def channels_of(smtp_url: str, print_folder: Path | None, pec_url: str = "") -> dict[str, Channel]:
    """The channels that this installation has: e-mail and PEC when their server is named, letters one by one when a
    folder for them is (otherwise they are bundled: bundles).

    `file:///path` instead of a server writes .eml files into a folder.
    """
    urls = {"email": smtp_url, "pec": pec_url}
    found: dict[str, Channel] = {name: _mail(url) for name, url in urls.items() if url}
    return ({"letter": LetterChannel(print_folder)} if print_folder else {}) | found


def _mail(url: str) -> Channel:
    if url.startswith("file:"):
        return FolderChannel(Path(url.removeprefix("file://").removeprefix("file:")))
    return EmailChannel(SmtpSettings.from_url(url))


def recover(
    notes_folder: Path | None, now: dt.datetime, repeatable: Collection[str], after_sent: claims.Hook
) -> Counter[str]:
    """What dead workers left: those with notes are known at once, the others when their time is up."""
    counts: Counter[str] = Counter()
    safe = {*outbox.ALWAYS_REPEATABLE, *repeatable}
    with left_behind(notes_folder) as dead:
        for notes in dead:
            counts += outbox.recover_noted(notes, now, repeatable=safe, after_sent=after_sent)
    counts["doubtful"] += outbox.recover_messages(now, repeatable=safe)
    return counts


@dataclass(frozen=True)
class _Hands:
    """What one run works with."""

    token: str
    channels: Mapping[str, Channel]
    allow: Allow
    now: Callable[[], dt.datetime]
    after_sent: claims.Hook
    after_withdrawn: claims.Hook
    stop: Callable[[], bool]
    journal: Journal | None
    report: SendReport


def _windows(
    hands: _Hands, limit: int, client_ids: Collection[int] | None, rest: Callable[[float], None]
) -> Iterator[Counter[str]]:
    """Window after window until nothing is due: a few from one lane, then from the next that has room."""
    ring = deque(_lanes(hands.channels))
    size, left, stayed = SMALLEST, limit, 0
    while left > 0 and not hands.stop():
        batch = claims.claim_messages(
            min(size, left), hands.token, hands.now(), channels=list(hands.channels), client_ids=client_ids,
            providers=list(ring),
        )  # fmt: skip
        if not batch:
            if not lanes.worth_waiting(ring, list(hands.channels), client_ids, hands.now()):
                return
            rest(TURN_SECONDS)
            continue
        provider = next(one for one in ring if one.name == batch[0].lane)
        stayed = (stayed + 1) % STAY if provider == ring[0] else 1
        ring.rotate(-ring.index(provider) - (stayed == 0))
        begun = time.monotonic()
        counts = _send(batch, provider, hands)
        hands.report.add(provider.name, counts)
        yield counts
        left -= len(batch)
        seconds = max(time.monotonic() - begun, 0.001)
        size = max(SMALLEST, min(LARGEST, 2 * size, int(len(batch) * WINDOW_SECONDS / seconds)))


def _lanes(channels: Mapping[str, Channel]) -> list[Provider]:
    """The lanes of these channels; what goes into a folder of ours has no provider to spare."""
    found = lanes.limits().lanes(channels)
    ours = {name for name, channel in channels.items() if channel.repeatable}
    return [replace(one, per_minute=0, connections=0) if set(one.channels) <= ours else one for one in found]


def _send(batch: Sequence[Message], provider: Provider, hands: _Hands) -> Counter[str]:
    """Look at one window for the last time, hand it over, and write what became of it."""
    ready, counts = _ready(batch, hands)
    begun = {message.pk for message in outbox.begin_sending([one.message for one in ready], hands.now())}
    spoken, unspoken = _speak([one for one in ready if one.message.pk in begun], provider, hands)
    if spoken:
        counts += outbox.finish_sending(spoken, hands.now(), after_sent=hands.after_sent)
    if unspoken:
        claims.release(unspoken)
    if any(one.outcome.hint == "busy" for one in spoken):
        lanes.pause(provider, lanes.limits(), hands.now())
    elif any(one.outcome.status == "sent" for one in spoken):
        lanes.well(provider)
    if hands.journal is not None:
        hands.journal.settled()
    hands.report.problems += [(one.message.pk, one.outcome.detail) for one in spoken if one.outcome.status != "sent"]
    return counts


def _ready(batch: Sequence[Message], hands: _Hands) -> tuple[list[Prepared], Counter[str]]:
    allowed, counts = look(batch, hands.allow, hands.after_withdrawn)
    ready: list[Prepared] = []
    for message in allowed:
        try:
            ready.append(prepare(message, hands.now()))
        except UNFIT as trouble:
            claims.give_up(message, str(trouble))
            counts["failed"] += 1
            hands.report.problems.append((message.pk, str(trouble)))
    return ready, counts


def _speak(ready: Sequence[Prepared], provider: Provider, hands: _Hands) -> tuple[list[outbox.Spoken], list[Message]]:
    """Hand over one after the other. What was not spoken of is given back: the server is busy, we are asked to stop, or
    the claim is half over (a slow server must not make others think us dead).
    """
    spoken: list[outbox.Spoken] = []
    begun = time.monotonic()
    for number, one in enumerate(ready):
        late = time.monotonic() - begun > claims.LEASE.total_seconds() / 2
        busy = spoken and spoken[-1].outcome.hint == "busy"
        if late or busy or hands.stop():
            return spoken, [left.message for left in ready[number:]]
        outcome = _say(one, ready[number + 1 : number + 2], provider, hands)
        spoken.append(outbox.Spoken(one.message, outcome, one.document, one.as_sent))
    return spoken, []


def _say(one: Prepared, following: Sequence[Prepared], provider: Provider, hands: _Hands) -> Outcome:
    channel = hands.channels[one.message.channel]
    notes = None if channel.repeatable else hands.journal
    if notes is not None:
        notes.begins(one.message.pk)
    if isinstance(channel, EmailChannel):
        channel.per_connection = provider.per_connection
        same_way = [after.outgoing for after in following if hands.channels[after.message.channel] is channel]
        outcome = channel.send(one.outgoing, *same_way)
    else:
        outcome = channel.send(one.outgoing)
    if notes is not None:
        notes.heard(one.message.pk, outcome)
    return outcome


@contextmanager
def on_disk() -> Iterator[None]:
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
