# SPDX-License-Identifier: Apache-2.0
"""The last look before messages leave: whoever has one waiting is decided again, then the outbox is emptied.

Guarded twice: what a payment, a hold or a dispute made wrong since the night is withdrawn here, and each message is
asked about once more in the moment it leaves.
"""

import datetime as dt
from collections import Counter
from collections.abc import Collection, Mapping
from typing import Any

from ascolto.domain.access.models import Client
from ascolto.domain.outreach.channels import Channel
from ascolto.domain.outreach.models import Message
from ascolto.domain.outreach.sending import GO, Permission, SendReport, send_due
from ascolto.domain.records import clock
from ascolto.domain.strategy.actions import reevaluate
from ascolto.domain.strategy.models import Action


def send_messages(
    *, client: Client, channels: Mapping[str, Channel], worker: str, as_of: dt.date, limit: int = 100_000,
    now: Any = clock.now, look_again: bool = True,
) -> SendReport:  # fmt: skip
    """Send what is due for one client. `look_again=False` skips the new decision when the night has just been run.

    Not to be called inside a transaction: every state is on disk before the next word is said.
    """
    if look_again:
        reevaluate(client=client, customer_ids=_waiting(client, channels), actor=worker, as_of=as_of)
    return send_due(
        worker=worker, channels=channels, allow=_allow, limit=limit, client_id=client.pk, now=now, after_sent=mark_done,
    )  # fmt: skip


def total(reports: Collection[SendReport]) -> SendReport:
    """One report of many."""
    counts: Counter[str] = Counter()
    for report in reports:
        counts.update(report.counts)
    return SendReport(counts, [problem for report in reports for problem in report.problems])


def _waiting(client: Client, channels: Mapping[str, Channel]) -> list[int]:
    waiting = Message.objects.filter(client=client, status=Message.Status.QUEUED, channel__in=list(channels))
    return list(waiting.values_list("customer_id", flat=True).distinct())


def _allow(message: Message) -> Permission:
    """A message leaves only while its step is still wanted."""
    action = Action.objects.filter(message_id=message.pk).only("status").first()
    if action is None or action.status == Action.Status.PLANNED:
        return GO
    return Permission(False, "its step was withdrawn")


def mark_done(message: Message) -> None:
    """The step that wanted this message is done, on the day it left."""
    assert message.sent_at is not None
    Action.objects.filter(message_id=message.pk, status=Action.Status.PLANNED).update(
        status=Action.Status.DONE, done_on=message.sent_at.astimezone(clock.ROME).date()
    )
