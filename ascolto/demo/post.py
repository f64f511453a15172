# SPDX-License-Identifier: Apache-2.0
"""Where the demo's messages go: a local folder of mails that any mail program opens, and a print folder.

Nothing leaves the machine. Only the last weeks go through the sender message by message and are kept as files; what
lies before is handed over in one write per day, with the very rows that the sender leaves (a test compares them), but
without the PDF of letters. Every message stays in the database with its text.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from django.db import transaction
from django.db.models import Value
from django.db.models.functions import Concat

from ascolto.domain.access.models import Client
from ascolto.domain.outreach.channels import Channel, key_name
from ascolto.domain.outreach.channels.folder import FolderChannel
from ascolto.domain.outreach.channels.letter import LetterChannel
from ascolto.domain.outreach.models import Message
from ascolto.domain.outreach.outbox import key_of, log_messages
from ascolto.domain.records.models import TrailEntry
from ascolto.domain.records.sets import update_each
from ascolto.domain.strategy.models import Action

CHUNK = 500
PRINTED = (("email", "", ".eml"), ("pec", "", ".eml"), ("letter", "in the print folder: ", ".pdf"))
"""What the channels say of a message that they took: before its name and after it."""


def channels(home: Path) -> dict[str, Channel]:
    """The demo's ways out: mail (certified too) to the folder that `ascolto send` uses there, letters to another."""
    mail = FolderChannel(home / "demo" / "mail")
    return {"email": mail, "pec": mail, "letter": LetterChannel(home / "demo" / "print")}


@transaction.atomic
def hand_over(client: Client, now: dt.datetime) -> int:
    """Everything due leaves at once: what `send_messages` would have written for each, set by set."""
    due = Message.objects.filter(client=client, status=Message.Status.QUEUED, not_before__lte=now)
    messages = list(due.filter(channel__in=("email", "pec", "letter")).order_by("not_before", "pk"))
    for message in messages:
        message.status, message.sent_at, message.attempts = Message.Status.SENT, now, 1
        message.provider_id = key_name(key_of(message))
    parts = [messages[start : start + CHUNK] for start in range(0, len(messages), CHUNK)]
    for some in parts:
        update_each(Message, ("provider_id",), {message.pk: (message.provider_id,) for message in some})
    # What is the same for all of a channel is said once: naming it row by row was a twentieth of the demo's work.
    for channel, before, after in PRINTED:
        due.filter(channel=channel).update(
            status=Message.Status.SENT, sent_at=now, attempts=1,
            detail=Concat(Value(before), "provider_id", Value(after)),
        )  # fmt: skip
    for some in parts:
        log_messages([message.pk for message in some], now)
    TrailEntry.objects.bulk_create([_trail(message, now) for message in messages], batch_size=500)
    actions = Action.objects.filter(message__in=[message.pk for message in messages], status=Action.Status.PLANNED)
    actions.update(status=Action.Status.DONE, done_on=now.date())
    return len(messages)


def _trail(message: Message, now: dt.datetime) -> TrailEntry:
    return TrailEntry(
        client_id=message.client_id,
        at=now,
        actor="system:send",
        verb="message_sent",
        subject_type="message",
        subject_id=message.pk,
    )
