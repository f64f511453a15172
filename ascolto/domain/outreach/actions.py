# SPDX-License-Identifier: Apache-2.0
"""Putting messages into the outbox and taking them back before they leave."""

from collections.abc import Iterable, Sequence

from ascolto.domain.outreach import lanes
from ascolto.domain.outreach.models import Message

WITHDRAWABLE = (Message.Status.QUEUED, Message.Status.CLAIMED)
"""Once a worker has begun to speak to the server a message can no longer be taken back."""


def queue_messages(messages: Iterable[Message]) -> list[Message]:
    """Write the messages into the outbox, in the caller's transaction; the unique key refuses a double."""
    written = list(messages)
    limits = lanes.limits()
    for message in written:
        message.lane = limits.lane_of(message.channel, message.to_value)
    return Message.objects.bulk_create(written, batch_size=500)


def withdraw_messages(*, client_id: int, message_ids: Sequence[int], why: str) -> set[int]:
    """Take back what has not begun to leave; returns the ids that are withdrawn now."""
    found = Message.objects.filter(client_id=client_id, pk__in=message_ids)
    found.filter(status__in=WITHDRAWABLE).update(status=Message.Status.WITHDRAWN, detail=why[:500], claimed_by="")
    return set(found.filter(status=Message.Status.WITHDRAWN).values_list("pk", flat=True))
