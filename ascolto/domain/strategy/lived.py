# SPDX-License-Identifier: Apache-2.0
"""Nights as people read them: the history, how far a running one is, whether anybody is still at it."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, DurationField, ExpressionWrapper, F, Q, QuerySet

from ascolto.domain.access.viewer import Viewer, visible
from ascolto.domain.portfolio.models import Customer
from ascolto.domain.records import clock
from ascolto.domain.strategy import nights
from ascolto.domain.strategy.decisions import MESSAGE_CHANNELS
from ascolto.domain.strategy.models import Night, Slice


@dataclass(frozen=True)
class Progress:
    """Customers decided so far. `per_second` and `seconds_left` once there is something to tell by."""

    done: int
    of: int
    per_second: int | None = None
    seconds_left: float | None = None


def pace(done: int, of: int, fresh: int, since: dt.datetime | None, now: dt.datetime) -> Progress:
    """The progress of `done` out of `of`, of which `fresh` were done since a moment."""
    seconds = (now - since).total_seconds() if since else 0.0
    if fresh <= 0 or seconds <= 0:
        return Progress(done, of)
    speed = fresh / seconds
    return Progress(done, of, round(speed), max(0, of - done) / speed)


def nights_of(viewer: Viewer) -> QuerySet[Night]:
    """The nights of the viewer's clients, with how long each took (`took`)."""
    took = ExpressionWrapper(F("finished_at") - F("started_at"), output_field=DurationField())
    return visible(viewer, Night.objects.select_related("client")).annotate(took=took)


def state_of(night: Night) -> str:
    """Its state as of now: a night that says it runs while nobody is at it is an interrupted one."""
    running = night.state == Night.State.RUNNING
    if running and not nights.at_work(night.lived_by, night.lease_until, clock.wall()):
        return Night.State.INTERRUPTED.value
    return night.state


def progress_of(night: Night) -> Progress | None:
    """How far the deciding is; None where it is not cut in slices."""
    if not night.buckets:
        return None
    done = Q(state=Slice.State.DONE)
    counted = Slice.objects.filter(client=night.client_id, night=night).aggregate(
        done=Count("pk", filter=done), fresh=Count("pk", filter=done & Q(tries__gt=0))
    )
    of = Customer.objects.filter(client=night.client_id).count()
    fresh = of * counted["fresh"] // night.buckets
    return pace(of * counted["done"] // night.buckets, of, fresh, night.step_at, clock.wall())


def messages_of(report: dict[str, Any]) -> int:
    """How many messages the night planned: its calls and visits are no messages."""
    planned: dict[str, int] = report.get("decisions", {}).get("planned", {})
    return sum(count for channel, count in planned.items() if channel in MESSAGE_CHANNELS)


def peak_of(report: dict[str, Any]) -> int | None:
    """Megabytes of the largest process of the night."""
    parts = report.get("parts") or {}
    peaks = [*report.get("peak_mb", {}).values(), parts.get("worker_peak_mb", 0), parts.get("child_peak_mb", 0)]
    return max(peaks) if peaks and max(peaks) else None


def rows_of(report: dict[str, Any], step: str) -> int | None:
    """How many rows a step handled: bank lines, promises and plans judged, customers decided."""
    if step == "decide":
        customers: int | None = report.get("decisions", {}).get("customers")
        return customers
    counts = report.get(step)
    # How far papers are known (papers.to_look_at) is kept with their counts, and is none.
    return sum(count for name, count in counts.items() if name != "mark") if isinstance(counts, dict) else None
