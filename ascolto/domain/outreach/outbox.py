# SPDX-License-Identifier: Apache-2.0
"""The outbox: each message changes state by one conditional UPDATE, so several workers never share one.

queued -> claimed -> sending -> sent | failed | doubtful queued <- (try again later)

*Claimed* is only ours for a while: a worker that dies here loses nothing, another claims again. *Sending*
is written before we speak to the server: a worker that dies here leaves a question that no machine can
answer, so when its time is up the message becomes *doubtful* and a person decides; it is never sent again
by itself. Where the channel can be asked twice (`repeatable`), it goes back to the queue instead.
"""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Callable, Collection, Mapping

from django.db import connection, transaction
from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _

from ascolto.domain.outreach.channels import Outcome, key_name
from ascolto.domain.outreach.models import Contact, Document, Message
from ascolto.domain.records import clock
from ascolto.domain.records.actions import record
from ascolto.domain.records.errors import Refused

Status = Message.Status
Hook = Callable[[Message], None]
"""Called in the transaction that makes a message sent or withdrawn, e.g. to close the step that wanted it."""

LEASE = dt.timedelta(minutes=10)
BACKOFF = tuple(dt.timedelta(minutes=minutes) for minutes in (5, 30, 120, 480, 1440))
"""Waits between tries; after the last one the message has failed."""


def key_of(message: Message) -> str:
    """The idempotency key as the outside world sees it: unique over all clients."""
    return f"{message.client_id}:{message.idempotency_key}"


def nothing(message: Message) -> None:
    """The hook of those who want none."""


def claim_messages(
    limit: int,
    worker: str,
    now: dt.datetime,
    *,
    channels: Collection[str],
    client_id: int | None = None,
) -> list[Message]:
    """Take up to `limit` messages that are due, and those of workers that died before sending. One
    transaction.
    """
    token = f"{worker[:40]}/{secrets.token_hex(6)}"
    free = Q(status=Status.QUEUED) | Q(status=Status.CLAIMED, claimed_until__lt=now)
    due = Message.objects.filter(free, not_before__lte=now, channel__in=channels)
    if client_id is not None:
        due = due.filter(client_id=client_id)
    skip = connection.features.has_select_for_update_skip_locked
    with transaction.atomic():
        rows = due.select_for_update(skip_locked=skip).order_by("not_before", "pk")
        ids = list(rows.values_list("pk", flat=True)[:limit])
        Message.objects.filter(free, pk__in=ids).update(
            status=Status.CLAIMED, claimed_by=token, claimed_until=now + LEASE
        )
    return list(Message.objects.filter(pk__in=ids, status=Status.CLAIMED, claimed_by=token).order_by("pk"))


def begin_sending(message: Message, now: dt.datetime) -> bool:
    """Write that we are about to speak to the server, and the name under which a person would find it there.

    False when the message is no longer ours to send: withdrawn, or claimed by another.
    """
    name = key_name(key_of(message))
    with transaction.atomic(durable=True):
        ours = _mine(message, Status.CLAIMED).update(
            status=Status.SENDING,
            claimed_until=now + LEASE,
            attempts=F("attempts") + 1,
            provider_id=name,
        )
    message.attempts += ours
    message.provider_id = name
    return bool(ours)


def finish_sending(
    message: Message,
    outcome: Outcome,
    now: dt.datetime,
    *,
    as_sent: Mapping[str, str] | None = None,
    document: Document | None = None,
    after_sent: Hook = nothing,
) -> str:
    """Write what happened, once: with *sent* come the contact log, the document and the hook, or none of
    them.

    Returns the new status; empty when a person has settled the message in the meantime.
    """
    with transaction.atomic(durable=True):
        change = _change(message, outcome, now) | dict(as_sent or {})
        # A lease that ran out while the server was slow made it doubtful; now we do know.
        if not _mine(message, Status.SENDING, Status.DOUBTFUL).update(**change, claimed_by="", claimed_until=None):
            return ""
        message.refresh_from_db()
        if message.status == Status.SENT:
            _log(message, now, document, after_sent, "system:send")
    return message.status


def put_back(message: Message, now: dt.datetime, *, why: str, until: dt.datetime | None, withdrawn: Hook) -> bool:
    """Do not send a claimed message now: wait `until`, or withdraw it for good when there is no such
    moment.
    """
    status = Status.QUEUED if until else Status.WITHDRAWN
    with transaction.atomic():
        done = _mine(message, Status.CLAIMED).update(
            status=status,
            not_before=until or message.not_before,
            detail=why[:500],
            claimed_by="",
            claimed_until=None,
        )
        if done and not until:
            message.refresh_from_db()
            withdrawn(message)
            _trail("message_withdrawn", message, "system:send", why)
    return bool(done)


def give_up(message: Message, why: str) -> None:
    """A claimed message that can never be made ready (facts or wording at fault) has failed; a person reads
    why.
    """
    with transaction.atomic():
        change = {"status": Status.FAILED, "detail": why[:500], "claimed_by": "", "claimed_until": None}
        if _mine(message, Status.CLAIMED).update(**change):
            _trail("message_failed", message, "system:send", why)


def recover_messages(now: dt.datetime, *, repeatable: Collection[str] = ()) -> int:
    """What dead workers left in *sending*: back to the queue where asking twice is safe, else doubtful.

    Returns how many became doubtful.
    """
    left = Message.objects.filter(status=Status.SENDING, claimed_until__lt=now)
    left.filter(channel__in=repeatable).update(status=Status.QUEUED, claimed_by="", claimed_until=None)
    why = "the sender stopped while it was speaking to the server"
    return left.exclude(channel__in=repeatable).update(status=Status.DOUBTFUL, detail=why)


def resolve_doubtful(
    *,
    client_id: int,
    message_id: int,
    really_sent: bool,
    actor: str,
    now: dt.datetime,
    after_sent: Hook = nothing,
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
            _log(message, now, None, after_sent, actor)
        else:
            _trail("message_queued_again", message, actor, "a person saw that it had not left")
    return message


def _mine(message: Message, *statuses: str) -> QuerySet[Message]:
    """The row, if it still is in one of these states and still carries our claim."""
    return Message.objects.filter(pk=message.pk, status__in=statuses, claimed_by=message.claimed_by)


def _change(message: Message, outcome: Outcome, now: dt.datetime) -> dict[str, object]:
    change: dict[str, object] = {
        "detail": outcome.detail[:500],
        "provider_id": (outcome.provider_id or message.provider_id)[:200],
    }
    if outcome.status == "retry" and message.attempts <= len(BACKOFF):
        return change | {"status": Status.QUEUED, "not_before": now + BACKOFF[message.attempts - 1]}
    if outcome.status == "sent":
        return change | {"status": Status.SENT, "sent_at": now}
    return change | {"status": Status.DOUBTFUL if outcome.status == "doubtful" else Status.FAILED}


def log_entry(message: Message, now: dt.datetime) -> Contact:
    """What the one contact log says of a message that left; not saved yet."""
    return Contact(
        client_id=message.client_id,
        customer_id=message.customer_id,
        at=now,
        on_date=now.astimezone(clock.ROME).date(),
        channel=message.channel,
        direction=Contact.Direction.OUT,
        human=False,
        person=message.to_name[:120],
        outcome=Contact.Outcome.SENT,
        step=message.step,
        tone=message.tone,
        message=message,
        idempotency_key=f"message:{message.pk}",
    )


def _log(message: Message, now: dt.datetime, document: Document | None, after_sent: Hook, actor: str) -> None:
    """The one contact log, the file as sent, the hook and the trail; the caller's transaction holds them together."""
    log_entry(message, now).save(force_insert=True)
    if document is not None:
        document.save()
    after_sent(message)
    _trail("message_sent", message, actor, "")


def _trail(verb: str, message: Message, actor: str, why: str) -> None:
    record(verb, actor=actor, client_id=message.client_id, subject=message, why=why)
