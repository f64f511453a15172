# SPDX-License-Identifier: Apache-2.0
"""The states of a night and of its slices. Each changes by one conditional UPDATE, so that no two hands share one.

A night holds a lease and renews it as it goes on; a slice is claimed for a while by whoever decides it. What a dead
process held is free at once when it lived on this machine, and when the lease has run out anywhere else.
"""

import datetime as dt
import os
import socket
from collections.abc import Collection
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import F, Max, Q
from django.utils.translation import gettext as _

from ascolto.domain.access.models import Client
from ascolto.domain.records import clock
from ascolto.domain.records.errors import Refused
from ascolto.domain.strategy.models import Night, Run, Slice, Touch

LEASE = dt.timedelta(minutes=10)
TRIES = 3
"""How often a slice is tried before it counts as failed and the others go on."""


def myself() -> str:
    """This process, as it signs what it holds."""
    return signature(os.getpid())


def signature(pid: int) -> str:
    """Machine, number and start of a process: a number alone is given again to another."""
    return f"{socket.gethostname()}:{pid}:{_started(pid)}"


def _started(pid: int) -> str:
    """When the process began, in the kernel's ticks; empty when it has ended, or where the kernel does not tell."""
    try:
        told = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if told[0] == "Z" else told[19]


def is_alive(holder: str) -> bool | None:
    """Whether the process that signed so still runs; None when it lives on another machine."""
    host, number, started = holder.rsplit(":", 2)
    if host != socket.gethostname():
        return None
    if started:
        return _started(int(number)) == started
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


@transaction.atomic
def begin_night(*, client: Client, as_of: dt.date) -> Night:
    """Take the client's night for this process. Refused: `night_at_work` while another one is being lived."""
    Client.objects.select_for_update().get(pk=client.pk)
    running = Night.objects.filter(client=client, state=Night.State.RUNNING).first()
    now = clock.wall()
    if running is not None:
        if _holds(running, now):
            at_work = {
                "client": client.slug, "day": running.as_of.isoformat(), "who": running.lived_by,
                "since": running.started_at.astimezone(clock.ROME).strftime("%H:%M"),
            }  # fmt: skip
            raise Refused(
                "night_at_work",
                _("%(client)s: another run is living %(day)s since %(since)s (%(who)s). Wait for it, or stop it.")
                % at_work,
            )
        running.state, running.finished_at = Night.State.INTERRUPTED, now
        running.save(update_fields=["state", "finished_at"])
    return Night.objects.create(client=client, as_of=as_of, lived_by=myself(), lease_until=now + LEASE, started_at=now)


def _holds(night: Night, now: dt.datetime) -> bool:
    if night.lived_by == myself():
        return False  # this very process: what it lived before has ended in an error
    return at_work(night.lived_by, night.lease_until, now)


def at_work(holder: str, until: dt.datetime, now: dt.datetime) -> bool:
    """Whether who signed so still works at what it holds: alive on this machine, or its lease has not run out."""
    alive = is_alive(holder)
    return until > now if alive is None else alive


def go_on(night: Night, step: str) -> None:
    """Say which step is at work and renew the lease. Refused: `night_taken` when somebody else has taken it over."""
    now = clock.wall()
    mine = Night.objects.filter(pk=night.pk, state=Night.State.RUNNING, lived_by=night.lived_by)
    since = {} if step == night.step else {"step_at": now}
    if not mine.update(step=step, lease_until=now + LEASE, **since):
        raise Refused("night_taken", _("This night was taken over by another run."))
    night.step = step


def begin_slices(night: Night) -> None:
    """The facts are taken: from here on the time left is told."""
    Night.objects.filter(pk=night.pk, state=Night.State.RUNNING).update(step_at=clock.wall())


def finish_night(night: Night, report: dict[str, Any]) -> None:
    """The day is lived: keep what it took, and close the day's run."""
    now = clock.wall()
    Night.objects.filter(pk=night.pk, state=Night.State.RUNNING, lived_by=night.lived_by).update(
        state=Night.State.DONE, finished_at=now, report=report, step=""
    )
    Run.objects.filter(client=night.client_id, as_of=night.as_of, finished_at__isnull=True).update(
        finished_at=clock.now()
    )


def give_up_night(night: Night, why: str) -> None:
    """An error ended it: the next run need not wait for its lease."""
    Night.objects.filter(pk=night.pk, state=Night.State.RUNNING).update(
        state=Night.State.INTERRUPTED, finished_at=clock.wall(), report={"error": why[:500]}
    )


def mark_of(client: Client) -> int:
    """The last touch that a snapshot taken from now on knows of; older ones are forgotten. Hold the client's row."""
    touches = Touch.objects.filter(client=client)
    mark: int = touches.aggregate(last=Max("pk"))["last"] or 0
    touches.filter(pk__lt=mark).delete()
    return mark


def touched_since(night: Night) -> set[int]:
    """Customers decided anew since the night's snapshot. Hold the client's row."""
    rows = Touch.objects.filter(client=night.client_id, pk__gt=night.mark)
    return set(rows.values_list("customer_id", flat=True))


@transaction.atomic
def cut(*, night: Night, buckets: int, policy_sha: str, moved: bool) -> int:
    """Cut the night in `buckets` slices. Those that an interrupted run of the same day and policy has decided stay
    decided, unless facts `moved` since; returns how many."""
    Night.objects.filter(pk=night.pk).update(buckets=buckets, policy_sha=policy_sha)
    night.buckets, night.policy_sha = buckets, policy_sha
    done: dict[int, dict[str, Any]] = {}
    before = Night.objects.filter(client=night.client_id, as_of=night.as_of).exclude(pk=night.pk)
    last = before.order_by("-started_at", "-pk").first()
    if last and not moved and (last.state, last.buckets, last.policy_sha) == ("interrupted", buckets, policy_sha):
        done = dict(last.slices.filter(state=Slice.State.DONE).values_list("number", "report"))
    Slice.objects.bulk_create(
        Slice(
            client_id=night.client_id, night=night, number=number, report=done.get(number, {}),
            state=Slice.State.DONE if number in done else Slice.State.WAITING,
        )
        for number in range(buckets)
    )  # fmt: skip
    return len(done)


def claim(night: Night) -> Slice | None:
    """Take the next free slice of the night; None when there is none."""
    now, free = clock.wall(), Q(state=Slice.State.WAITING)
    free |= Q(state=Slice.State.CLAIMED, claimed_until__lt=now)
    for pk in (
        Slice.objects.filter(free, client=night.client_id, night=night).order_by("number").values_list("pk", flat=True)
    ):
        taken = Slice.objects.filter(free, pk=pk).update(
            state=Slice.State.CLAIMED, claimed_by=myself(), claimed_until=now + LEASE, tries=F("tries") + 1
        )
        if taken:
            return Slice.objects.get(pk=pk)
    return None


def close_slice(part: Slice, report: dict[str, Any]) -> bool:
    """The slice is decided, in the transaction that wrote it; False when it is no longer ours."""
    mine = Slice.objects.filter(pk=part.pk, state=Slice.State.CLAIMED, claimed_by=part.claimed_by)
    return bool(mine.update(state=Slice.State.DONE, report=report, claimed_by="", claimed_until=None))


def release(night: Night, holders: Collection[str]) -> None:
    """Give free what processes that have ended still held; what was tried often enough has failed."""
    held = Slice.objects.filter(night=night, state=Slice.State.CLAIMED, claimed_by__in=list(holders))
    held.filter(tries__gte=TRIES).update(state=Slice.State.FAILED, claimed_by="")
    held.update(state=Slice.State.WAITING, claimed_by="")
