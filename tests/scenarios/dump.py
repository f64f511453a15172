# SPDX-License-Identifier: Apache-2.0
"""All that the database holds: whole, to see that nothing changed; or by meaning, to compare two worlds."""

import re
from typing import Any

from django.apps import apps
from django.db.models import Model

from ascolto.domain.strategy.models import LedgerKept, Night, Rewritten, Run, Slice, Touch

MOMENTS = {
    "at",
    "queued_at",
    "not_before",
    "sent_at",
    "started_at",
    "finished_at",
    "decided_at",
    "received_at",
    "made_at",
    "claimed_until",
}
"""Columns that tell when the machine did it, not what it did."""
SAID_ELSEWHERE = {
    "report",
    "idempotency_key",
    "provider_id",
    "claimed_by",
    "detail",
    "result_id",
    "batch_id",
    "data",
    "subject_id",
    "policy",
    "fingerprint",
}
"""Reports of one run, and names made of ids."""


def tables() -> list[type[Model]]:
    """Every table of our own but those that tell how a night went, not what it brought about."""
    ours = [model for model in apps.get_models() if model.__module__.startswith("ascolto.")]
    return [model for model in ours if model not in (LedgerKept, Night, Rewritten, Slice, Touch)]


def whole() -> dict[str, list[dict[str, Any]]]:
    """Every row of every table, every column."""
    return {model.__name__: list(model._default_manager.order_by("pk").values()) for model in tables()}


def by_meaning() -> dict[str, list[str]]:
    """Every row as a text that means the same in another database: ids are replaced by what they point to."""
    return {
        model.__name__: sorted(_text(row) for row in model._default_manager.all())
        for model in tables()
        if model is not Run
    } | {
        "Run": sorted(
            f"{run.client.slug} {run.as_of} {run.finished_at is not None}"
            for run in Run.objects.select_related("client")
        )
    }


def _text(row: Model) -> str:
    parts = []
    for field in row._meta.concrete_fields:
        if field.primary_key or field.name in MOMENTS | SAID_ELSEWHERE:
            continue
        if field.is_relation:
            parts.append(f"{field.name}={_name(getattr(row, field.name))}")
        elif field.name == "parts":
            parts.append(f"parts={[cents for _instalment, cents in row.parts]}")  # type: ignore[attr-defined]
        elif field.name == "cycle":
            cycle = re.sub("(invoice|promise):[0-9]+", "the one", row.cycle)  # type: ignore[attr-defined]
            parts.append(f"cycle={cycle}")
        elif not field.name.endswith("_id"):
            parts.append(f"{field.name}={_plain(getattr(row, field.name))}")
    return ", ".join(parts)


def _plain(value: Any) -> Any:
    """JSON without the ids in it."""
    if isinstance(value, dict):
        return {
            key: _plain(inner)
            for key, inner in sorted(value.items())
            if not str(key).endswith("_id") and key not in SAID_ELSEWHERE | {"cycle"}
        }
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return bytes(value) if isinstance(value, memoryview) else value


def _name(row: Model | None) -> str:
    """What a row is called without its id."""
    if row is None:
        return "-"
    for name in ("slug", "email", "number", "name", "subject", "remittance", "step", "value"):
        if getattr(row, name, ""):
            return str(getattr(row, name))
    return type(row).__name__
