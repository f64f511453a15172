# SPDX-License-Identifier: Apache-2.0
"""Putting messages into the outbox and taking them back before they leave."""

from collections.abc import Iterable, Sequence

from ascolto.domain.outreach import lanes
from ascolto.domain.outreach.models import Message
from ascolto.domain.records.columns import as_columns, insert

CHUNK = 2000
WITHDRAWABLE = (Message.Status.QUEUED, Message.Status.CLAIMED)
"""Once a worker has begun to speak to the server a message can no longer be taken back."""


def queue_messages(messages: Iterable[Message]) -> list[Message]:
    """Write the messages into the outbox, in the caller's transaction; the unique key refuses a double.

    As columns, for a night writes tens of thousands; their ids are then found by their keys.
    """
    written = list(messages)
    limits = lanes.limits()
    for message in written:
        message.lane = limits.lane_of(message.channel, message.to_value)
    if written:
        insert(Message, as_columns(written))
    for start in range(0, len(written), CHUNK):
        some = written[start : start + CHUNK]
        keys = {
            "client__in": {one.client_id for one in some},
            "idempotency_key__in": [one.idempotency_key for one in some],
        }
        rows = Message.objects.filter(**keys).values_list("client_id", "idempotency_key", "pk")
        ids = {(client_id, key): pk for client_id, key, pk in rows}
        for message in some:
            message.pk, message._state.adding = ids[message.client_id, message.idempotency_key], False
    return written


def withdraw_messages(*, client_id: int, message_ids: Sequence[int], why: str) -> set[int]:
    """Take back what has not begun to leave; returns the ids that are withdrawn now."""
    found = Message.objects.filter(client_id=client_id, pk__in=message_ids)
    found.filter(status__in=WITHDRAWABLE).update(status=Message.Status.WITHDRAWN, detail=why[:500], claimed_by="")
    return set(found.filter(status=Message.Status.WITHDRAWN).values_list("pk", flat=True))
