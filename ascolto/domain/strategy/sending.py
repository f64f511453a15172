# SPDX-License-Identifier: Apache-2.0
"""The last look before messages leave: whoever has one waiting is decided again, then the outbox is emptied.

Guarded twice: what a payment, a hold or a dispute made wrong since the night is withdrawn here, and each message is
asked about once more in the moment it leaves (leaving).
"""

import datetime as dt
from collections import Counter
from collections.abc import Collection, Mapping
from typing import Any

from ascolto.domain.access.models import Client
from ascolto.domain.outreach.channels import Channel
from ascolto.domain.outreach.models import Message
from ascolto.domain.outreach.sending import SendReport, send_due
from ascolto.domain.records import clock
from ascolto.domain.strategy.actions import reevaluate
from ascolto.domain.strategy.leaving import last_look, mark_done


def send_messages(
    *, client: Client, channels: Mapping[str, Channel], worker: str, as_of: dt.date, limit: int = 100_000,
    now: Any = clock.now, look_again: bool = True,
) -> SendReport:  # fmt: skip
    """Send what is due for one client. `look_again=False` skips the new decision when the night has just been run.

    Not to be called inside a transaction: every state is on disk before the next word is said.
    """
    if look_again:
        decide_waiting(client=client, channels=channels, actor=worker, as_of=as_of)
    return send_due(
        worker=worker, channels=channels, allow=last_look, limit=limit, client_ids=[client.pk], now=now,
        after_sent=mark_done,
    )  # fmt: skip


def decide_waiting(*, client: Client, channels: Collection[str], actor: str, as_of: dt.date) -> int:
    """Decide again, in one go, for everyone with a message waiting on these channels; returns for how many."""
    waiting = Message.objects.filter(client=client, status=Message.Status.QUEUED, channel__in=list(channels))
    ids = list(waiting.order_by().values_list("customer_id", flat=True).distinct())
    reevaluate(client=client, customer_ids=ids, actor=actor, as_of=as_of)
    return len(ids)


def total(reports: Collection[SendReport]) -> SendReport:
    """One report of many."""
    whole = SendReport()
    for report in reports:
        whole.counts.update(report.counts)
        whole.problems += report.problems
        for lane, counts in report.lanes.items():
            whole.lanes.setdefault(lane, Counter()).update(counts)
    return whole
