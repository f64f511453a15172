# SPDX-License-Identifier: Apache-2.0
"""Lanes: the groups of mailboxes with limits of their own, held for all workers of the installation in the database.

Owns `Pace`: when the next message may be claimed in a lane. A claim moves it on by its share of a minute; a server that is
busy moves it on by a pause. Does not own the limits themselves (policies/sending/providers.toml).
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection

from django.conf import settings

from ascolto.domain.outreach.models import Message, Pace
from ascolto.policies.load_sending import Provider, Sending, sending

CHUNK = 2000
PATIENCE = dt.timedelta(minutes=1)
"""A worker waits this long for its turn in a lane; longer pauses are left to the next run."""


def limits() -> Sending:
    """The limits of this installation."""
    return sending(settings.PROVIDERS_FILE)


def assign_lanes(policy: Sending, channels: Collection[str]) -> int:
    """Give a lane to what waits without one that is known (an older outbox, changed limits); returns to how many."""
    known = [one.name for one in policy.lanes(channels)]
    astray = Message.under_way().filter(status=Message.Status.QUEUED, channel__in=channels).exclude(lane__in=known)
    moved: dict[str, list[int]] = defaultdict(list)
    for pk, channel, address in astray.values_list("pk", "channel", "to_value").iterator(CHUNK):
        moved[policy.lane_of(channel, address)].append(pk)
    for lane, ids in moved.items():
        for start in range(0, len(ids), CHUNK):
            Message.objects.filter(pk__in=ids[start : start + CHUNK], status=Message.Status.QUEUED).update(lane=lane)
    return sum(len(ids) for ids in moved.values())


def room(provider: Provider, wanted: int, token: str, now: dt.datetime) -> int:
    """How many messages this worker may claim in the lane now. In the caller's transaction, which `take` ends.

    The lane's row is held until then, so that two workers never count the same room.
    """
    pace = _pace(provider, now)
    if pace is None:
        return wanted
    if pace.next_at > now and not provider.per_minute:
        return 0
    if provider.connections and _others(provider, token, now) >= provider.connections:
        return 0
    if not provider.per_minute:
        return wanted
    free = now + (provider.burst - 1) * provider.interval - max(pace.next_at, now)
    return max(0, min(wanted, free // provider.interval + 1))


def take(provider: Provider, count: int, now: dt.datetime) -> None:
    """Use `count` of the room that was found."""
    if provider.per_minute:
        pace = Pace.objects.get(lane=provider.name)
        Pace.objects.filter(pk=pace.pk).update(next_at=max(pace.next_at, now) + count * provider.interval)


def pause(provider: Provider, policy: Sending, now: dt.datetime) -> dt.datetime:
    """A server said that it is busy: nobody speaks to the lane for a while, longer each time in a row.

    Workers that hear the same busy server while the lane already rests do not prolong its rest.
    """
    Pace.objects.get_or_create(lane=provider.name, defaults={"next_at": now})
    pace = Pace.objects.get(lane=provider.name)
    wait = dt.timedelta(minutes=policy.pause_minutes[min(pace.pauses, len(policy.pause_minutes) - 1)])
    turn = provider.burst * provider.interval if provider.per_minute else dt.timedelta(0)
    at_work = Pace.objects.filter(pk=pace.pk, pauses=pace.pauses, next_at__lte=now + turn)
    at_work.update(next_at=now + wait, pauses=pace.pauses + 1)
    return now + wait


def well(provider: Provider) -> None:
    """The lane works: the next pause is a short one again."""
    Pace.objects.filter(lane=provider.name, pauses__gt=0).update(pauses=0)


def worth_waiting(
    providers: Collection[Provider], channels: Collection[str], client_ids: Collection[int] | None, now: dt.datetime
) -> bool:
    """Whether something due of these clients waits in a lane that will have room within a minute."""
    soon = {one.name for one in providers if one.limited} - set(
        Pace.objects.filter(next_at__gt=now + PATIENCE).values_list("lane", flat=True)
    )
    due = Message.under_way().filter(
        status=Message.Status.QUEUED, lane__in=soon, not_before__lte=now, channel__in=channels
    )
    return (due if client_ids is None else due.filter(client_id__in=client_ids)).exists()


def _pace(provider: Provider, now: dt.datetime) -> Pace | None:
    rows = Pace.objects.select_for_update().filter(lane=provider.name)
    found = rows.first()
    if found is None and provider.limited:
        Pace.objects.get_or_create(lane=provider.name, defaults={"next_at": now})
        found = rows.first()
    return found


def _others(provider: Provider, token: str, now: dt.datetime) -> int:
    """Workers other than this one that hold messages of the lane."""
    held = Message.under_way().filter(
        status__in=(Message.Status.CLAIMED, Message.Status.SENDING), lane=provider.name, claimed_until__gte=now
    )
    return held.exclude(claimed_by=token).order_by().values("claimed_by").distinct().count()
