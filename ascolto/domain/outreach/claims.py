# SPDX-License-Identifier: Apache-2.0
"""Claims: which messages are whose for a while. A claimed message is not sent; it can be released, put back or given up.

Each change is one conditional UPDATE that only the worker who holds the claim can make (by its token), so several workers
never share a message, and one that comes back from the dead finds that it holds nothing.
"""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Callable, Collection, Sequence

from django.db import connection, transaction
from django.db.models import F, Q, QuerySet

from ascolto.domain.outreach import lanes
from ascolto.domain.outreach.models import Message
from ascolto.domain.records.actions import record, record_all
from ascolto.policies.load_sending import Provider

Status = Message.Status
Hook = Callable[[Sequence[Message]], None]
"""Called in the transaction that makes messages sent or withdrawn, e.g. to close the steps that wanted them."""

LEASE = dt.timedelta(minutes=10)
UNCLAIMED = {"claimed_by": "", "claimed_until": None}
SENDER = "system:send"
ALL = Q()


def nothing(messages: Sequence[Message]) -> None:
    """The hook of those who want none."""


def new_token(worker: str) -> str:
    """The name that a run of a worker claims under: unique for ever."""
    return f"{worker[:40]}/{secrets.token_hex(6)}"


def claim_messages(
    limit: int,
    token: str,
    now: dt.datetime,
    *,
    channels: Collection[str],
    client_ids: Collection[int] | None = None,
    providers: Sequence[Provider] | None = None,
    which: Q = ALL,
) -> list[Message]:
    """Take up to `limit` messages that are due in the first of the lanes that has any and room; one transaction.

    What workers that died before sending had claimed is in the queue again first. `providers`: the lanes in the order
    in which they are tried; without, all of these channels.
    """
    due = Message.under_way().filter(which, status=Status.QUEUED, not_before__lte=now, channel__in=channels)
    if client_ids is not None:
        due = due.filter(client_id__in=client_ids)
    with transaction.atomic():
        late = Message.under_way().filter(status=Status.CLAIMED, claimed_until__lt=now)
        late.update(status=Status.QUEUED, **UNCLAIMED)
        for provider in lanes.limits().lanes(channels) if providers is None else providers:
            # In the order of `message_to_claim` and in no other, that databases walk it, and stop after the first few.
            waiting = due.filter(lane=provider.name).order_by("not_before")
            found = _first(waiting, lanes.room(provider, limit, token, now)) if waiting.values("pk").first() else []
            if found:
                lanes.take(provider, len(found), now)
                claim = {"status": Status.CLAIMED, "claimed_by": token, "claimed_until": now + LEASE}
                Message.objects.filter(pk__in=[message.pk for message in found]).update(**claim)
                for message in found:
                    message.status, message.claimed_by, message.claimed_until = Status.CLAIMED, token, now + LEASE
                return sorted(found, key=lambda message: message.pk)
    return []


def _first(due: QuerySet[Message], room: int) -> list[Message]:
    """The oldest, held until the transaction ends."""
    if not room:
        return []
    skip = connection.features.has_select_for_update_skip_locked
    return list(due.select_for_update(skip_locked=skip)[:room])


def put_back(
    messages: Sequence[Message], *, why: str, until: dt.datetime | None, withdrawn: Hook = nothing
) -> list[Message]:
    """Do not send claimed messages now: wait `until`, or withdraw them for good when there is no such moment.

    Returns those that were still ours.
    """
    with transaction.atomic():
        ours = set(mine(messages, Status.CLAIMED))
        change = {"status": Status.QUEUED, "not_before": until} if until else {"status": Status.WITHDRAWN}
        Message.objects.filter(pk__in=ours).update(detail=why[:500], **change, **UNCLAIMED)
        back = [message for message in messages if message.pk in ours]
        if back and not until:
            for message in back:
                message.status, message.detail = Status.WITHDRAWN, why[:500]
            withdrawn(back)
            record_all("message_withdrawn", actor=SENDER, subjects=back, why=why)
    return back


def release(messages: Sequence[Message]) -> None:
    """Messages that we claimed, or began, and certainly did not speak of: anyone may claim them."""
    ids = [message.pk for message in messages]
    tokens = {message.claimed_by for message in messages}
    ours = Message.objects.filter(pk__in=ids, claimed_by__in=tokens)
    begun = (Status.SENDING, Status.DOUBTFUL)  # doubtful: others thought us dead
    with transaction.atomic():
        ours.filter(status=Status.CLAIMED).update(status=Status.QUEUED, **UNCLAIMED)
        ours.filter(status__in=begun).update(status=Status.QUEUED, attempts=F("attempts") - 1, **UNCLAIMED)


def give_up(message: Message, why: str) -> None:
    """A claimed message that can never be made ready (facts or wording at fault) has failed; a person reads
    why.
    """
    with transaction.atomic():
        change = {"status": Status.FAILED, "detail": why[:500]} | UNCLAIMED
        if Message.objects.filter(pk__in=mine([message], Status.CLAIMED)).update(**change):
            record("message_failed", actor=SENDER, client_id=message.client_id, subject=message, why=why)


def mine(messages: Sequence[Message], *statuses: str) -> list[int]:
    """The rows, held, that still are in one of these states and still carry the claim they were taken with."""
    tokens = {message.pk: message.claimed_by for message in messages}
    rows = Message.objects.select_for_update().filter(pk__in=tokens, status__in=statuses).order_by("pk")
    return [pk for pk, token in rows.values_list("pk", "claimed_by") if token == tokens[pk]]
