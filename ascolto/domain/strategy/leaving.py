# SPDX-License-Identifier: Apache-2.0
"""The last look at messages in the moment they leave, and what becomes of their steps. Light: workers load no engine."""

from collections.abc import Mapping, Sequence
from itertools import groupby

from ascolto.domain.outreach.looking import Permission
from ascolto.domain.outreach.models import Message
from ascolto.domain.records import clock
from ascolto.domain.strategy.models import Action


def last_look(messages: Sequence[Message]) -> Mapping[int, Permission]:
    """A message leaves only while its step is still wanted, or when no step wanted it; one query for all of them."""
    ids = [message.pk for message in messages]
    unwanted = Action.objects.filter(message_id__in=ids).exclude(status=Action.Status.PLANNED)
    no = Permission(False, "its step was withdrawn")
    return {pk: no for pk in unwanted.values_list("message_id", flat=True) if pk is not None}


def mark_done(messages: Sequence[Message]) -> None:
    """The steps that wanted these messages are done, on the day they left."""
    days = [(message.sent_at.astimezone(clock.ROME).date(), message.pk) for message in messages if message.sent_at]
    assert len(days) == len(messages)
    for day, group in groupby(sorted(days), key=lambda one: one[0]):
        planned = Action.objects.filter(message_id__in=[pk for _day, pk in group], status=Action.Status.PLANNED)
        planned.update(status=Action.Status.DONE, done_on=day)
