# SPDX-License-Identifier: Apache-2.0
"""The outbox: messages change state by conditional UPDATEs, a window at a time, so several workers never share one.

queued -> claimed -> sending -> sent | failed | doubtful queued <- (try again later)

*Claimed* is only ours for a while: a worker that dies here loses claims.nothing, another claims again. *Sending*
is written before we speak to the server: a worker that dies here leaves a question. Its notes (journal) answer it for
all but the message it was speaking of; what no one can answer becomes *doubtful* and a person decides: it is never sent
again by itself. Where the channel can be asked twice (`repeatable`), it goes back to the queue instead.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import CharField, F, Value
from django.db.models.functions import Cast, Concat, Left
from django.utils.translation import gettext as _

from ascolto.domain.outreach import claims, lanes
from ascolto.domain.outreach.channels import Outcome, key_name
from ascolto.domain.outreach.journal import Notes
from ascolto.domain.outreach.models import Contact, Document, Message
from ascolto.domain.records import clock
from ascolto.domain.records.actions import record, record_all
from ascolto.domain.records.errors import Refused
from ascolto.domain.records.sets import add_for_each, update_each

Status = Message.Status
ALWAYS_REPEATABLE = ("letter",)
"""Paper leaves the house by a person's hand: what was being set can be set again, by whichever way letters go."""


def key_of(message: Message) -> str:
    """The idempotency key as the outside world sees it: unique over all clients."""
    return f"{message.client_id}:{message.idempotency_key}"


def begin_sending(messages: Sequence[Message], now: dt.datetime) -> list[Message]:
    """Write that we are about to speak to the server, and the names under which a person would find them there.

    Returns those that are still ours to send: not withdrawn, nor claimed by another, in the meantime.
    """
    names = {message.pk: key_name(key_of(message)) for message in messages}
    until = now + claims.LEASE
    with transaction.atomic(durable=True):
        ours = _change_ours(
            messages, [Status.CLAIMED], ("provider_id", "attempts"), lambda one: (names[one.pk], one.attempts + 1),
            status=Status.SENDING, claimed_until=until,
        )  # fmt: skip
    begun = [message for message in messages if message.pk in ours]
    for message in begun:
        message.status, message.provider_id = Status.SENDING, names[message.pk]
        message.attempts += 1
    return begun


@dataclass(frozen=True)
class Spoken:
    """What the server said of one message, the file to keep, and the words that differ from those in the outbox."""

    message: Message
    outcome: Outcome
    document: Document | None = None
    as_sent: Mapping[str, str] = field(default_factory=dict)


def finish_sending(
    spoken: Sequence[Spoken], now: dt.datetime, *, after_sent: claims.Hook = claims.nothing, actor: str = claims.SENDER
) -> Counter[str]:
    """Write what happened, once: with *sent* come the contact log, the documents and the hook, or none of them.

    Counts the new statuses; `settled_meanwhile` are those that a person has settled already.
    """
    with transaction.atomic(durable=True):
        known = settle(spoken, now, after_sent=after_sent, actor=actor)
    counts = Counter(str(one.message.status) for one in known)
    counts["settled_meanwhile"] += len(spoken) - len(known)
    return +counts


def settle(
    spoken: Sequence[Spoken], now: dt.datetime, *, after_sent: claims.Hook, actor: str = claims.SENDER
) -> list[Spoken]:
    """The same inside the caller's transaction, for those who write more with it; returns those that were still ours."""
    changes = {one.message.pk: _change(one.message, one.outcome, now) for one in spoken}
    alike: dict[tuple[Any, ...], list[Message]] = defaultdict(list)
    for one in spoken:
        alike[tuple(changes[one.message.pk].same.items())].append(one.message)
    ours: set[int] = set()
    for same, group in alike.items():
        ours |= _change_ours(
            # A lease that ran out while the server was slow made it doubtful; now we do know.
            group, [Status.SENDING, Status.DOUBTFUL], ("detail", "provider_id"), lambda one: changes[one.pk].own,
            **dict(same), **claims.UNCLAIMED,
        )  # fmt: skip
    known = [one for one in spoken if one.message.pk in ours]
    for one in known:
        change = changes[one.message.pk]
        one.message.detail, one.message.provider_id = change.own
        for name, value in (change.same | dict(one.as_sent)).items():
            setattr(one.message, name, value)
    for one in known:
        if one.as_sent:
            one.message.save(update_fields=list(one.as_sent))
    sent = [one for one in known if one.message.status == Status.SENT]
    log_sent([one.message for one in sent], now, [one.document for one in sent if one.document], after_sent, actor)
    return known


def recover_messages(now: dt.datetime, *, repeatable: Collection[str] = ()) -> int:
    """What dead workers left in *sending*: back to the queue where asking twice is safe, else doubtful.

    Returns how many became doubtful.
    """
    left = Message.under_way().filter(status=Status.SENDING, claimed_until__lt=now)
    left.filter(channel__in=repeatable).update(status=Status.QUEUED, **claims.UNCLAIMED)
    why = "the sender stopped while it was speaking to the server"
    return left.exclude(channel__in=repeatable).update(status=Status.DOUBTFUL, detail=why)


def recover_noted(
    notes: Notes, now: dt.datetime, *, repeatable: Collection[str], after_sent: claims.Hook
) -> Counter[str]:
    """What one dead worker left, by its notes: heard is finished, begun is doubtful, the rest was never spoken of."""
    states = (Status.CLAIMED, Status.SENDING, Status.DOUBTFUL)
    left = list(Message.objects.filter(claimed_by=notes.token, status__in=states))
    safe = {message.pk for message in left if message.channel in repeatable or message.status == Status.CLAIMED}
    heard = [Spoken(m, notes.heard[m.pk]) for m in left if m.pk in notes.heard and m.pk not in safe]
    unsure = [m.pk for m in left if m.pk in notes.begun - notes.heard.keys() and m.pk not in safe]
    claims.release([m for m in left if m.pk in safe or m.pk not in notes.begun])
    why = "the sender stopped while it was speaking to the server"
    doubted = Message.objects.filter(pk__in=unsure, status=Status.SENDING).update(status=Status.DOUBTFUL, detail=why)
    return finish_sending(heard, now, after_sent=after_sent) + Counter(doubtful=doubted)


def resolve_doubtful(
    *,
    client_id: int,
    message_id: int,
    really_sent: bool,
    actor: str,
    now: dt.datetime,
    after_sent: claims.Hook = claims.nothing,
) -> Message:
    """A person has looked (the Message-ID is in `provider_id`) and says whether it left; if not, it is
    queued again.

    Refused: `not_doubtful` when there is no such doubtful message.
    """
    with transaction.atomic():
        rows = Message.objects.select_for_update().filter(client_id=client_id, pk=message_id)
        message = rows.filter(status=Status.DOUBTFUL).first()
        if message is None:
            raise Refused("not_doubtful", _("This message is not doubtful any more."))
        message.status = Status.SENT if really_sent else Status.QUEUED
        message.claimed_by, message.claimed_until = "", None
        message.sent_at, message.not_before = (now, message.not_before) if really_sent else (None, now)
        message.save(update_fields=["status", "claimed_by", "claimed_until", "sent_at", "not_before"])
        if really_sent:
            log_sent([message], now, [], after_sent, actor)
        else:
            why = "a person saw that it had not left"
            record("message_queued_again", actor=actor, client_id=client_id, subject=message, why=why)
    return message


def log_sent(
    messages: Sequence[Message], now: dt.datetime, documents: Sequence[Document], after_sent: claims.Hook, actor: str
) -> None:
    """The one contact log, the files as sent, the hook and the trail; the caller's transaction holds them together."""
    if not messages:
        return
    log_messages([message.pk for message in messages], now)
    for document in documents:
        document.message_id = document.message.pk if document.message else None
    Document.objects.bulk_create(documents, batch_size=50)
    after_sent(messages)
    record_all("message_sent", actor=actor, subjects=messages)


def log_messages(ids: Collection[int], now: dt.datetime) -> None:
    """What the one contact log says of messages that left."""
    add_for_each(
        Message.objects.filter(pk__in=ids), Contact, client_id=F("client_id"), customer_id=F("customer_id"), at=now,
        on_date=now.astimezone(clock.ROME).date(), channel=F("channel"), direction=Contact.Direction.OUT, human=False,
        person=Left("to_name", 120), outcome=Contact.Outcome.SENT, step=F("step"), tone=F("tone"), message_id=F("pk"),
        idempotency_key=Concat(Value("message:"), Cast("pk", CharField())),
    )  # fmt: skip


@dataclass(frozen=True)
class _Change:
    """What an outcome makes of a message: what many have in common, and its own `detail` and `provider_id`."""

    same: dict[str, Any]
    own: tuple[str, str]


def _change(message: Message, outcome: Outcome, now: dt.datetime) -> _Change:
    own = outcome.detail[:500], (outcome.provider_id or message.provider_id)[:200]
    policy = lanes.limits()
    waits = policy.greylist_minutes if outcome.hint == "greylisting" else policy.backoff_minutes
    if outcome.status == "retry" and message.attempts <= len(waits):
        again_at = now + dt.timedelta(minutes=waits[message.attempts - 1])
        return _Change({"status": Status.QUEUED, "not_before": again_at}, own)
    if outcome.status == "sent":
        return _Change({"status": Status.SENT, "sent_at": now}, own)
    return _Change({"status": Status.DOUBTFUL if outcome.status == "doubtful" else Status.FAILED}, own)


def _change_ours(
    messages: Sequence[Message], statuses: Collection[str], names: Sequence[str],
    own: Callable[[Message], Sequence[Any]], **same: Any,
) -> set[int]:  # fmt: skip
    """Change those that still are in one of these states and carry the claim they were taken with; returns which."""
    claimed: dict[str, dict[int, Sequence[Any]]] = defaultdict(dict)
    for message in messages:
        claimed[message.claimed_by][message.pk] = own(message)
    ours: set[int] = set()
    for token, rows in claimed.items():
        ours |= update_each(Message, names, rows, still={"status": statuses, "claimed_by": [token]}, **same)
    return ours
