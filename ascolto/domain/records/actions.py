# SPDX-License-Identifier: Apache-2.0
"""Writing the trail."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import models
from django.db.models import F

from ascolto.domain.records import clock
from ascolto.domain.records.models import TrailEntry
from ascolto.domain.records.sets import add_for_each


def record(
    verb: str,
    *,
    actor: str,
    client_id: int | None,
    subject: models.Model | None = None,
    why: str = "",
    data: Mapping[str, Any] | None = None,
) -> TrailEntry:
    """Add one entry to the trail, in the caller's transaction: the deed and its trail live or die together.

    `actor` is the name a person would recognise (the user's e-mail, or `system:day`).
    """
    return TrailEntry.objects.create(
        client_id=client_id,
        at=clock.now(),
        actor=actor,
        verb=verb,
        subject_type=subject._meta.model_name or "" if subject is not None else "",
        subject_id=subject.pk if subject is not None else None,
        why=why,
        data=dict(data or {}),
    )


def record_all(verb: str, *, actor: str, subjects: Sequence[models.Model], why: str = "") -> None:
    """The same deed on many rows of one table of tenants: one entry each, as `record` writes it, in one write."""
    if subjects:
        kind = type(subjects[0])
        add_for_each(
            kind._base_manager.filter(pk__in=[subject.pk for subject in subjects]), TrailEntry,
            client_id=F("client_id"), at=clock.now(), actor=actor, verb=verb, subject_type=kind._meta.model_name,
            subject_id=F("pk"), why=why,
        )  # fmt: skip
