# SPDX-License-Identifier: Apache-2.0
"""Which policy a client runs on a day: its sector's strategy, the law, and the charter of its mandate."""

import dataclasses
import datetime as dt
import json
from contextlib import suppress
from functools import lru_cache
from typing import Any

from ascolto.domain.access.models import Client
from ascolto.domain.mandates.queries import charter_of
from ascolto.domain.strategy.models import PolicyVersion
from ascolto.engine.decide import compiled
from ascolto.engine.policy import Charter, Policy
from ascolto.engine.reading import PolicyError, read
from ascolto.policies import load


def policy_for(client: Client, as_of: dt.date) -> Policy:
    """Strategy of the sector + law + charter in force on `as_of`. Raises PolicyError naming file and key."""
    return _policy(client.sector, json.dumps(charter_of(client.pk, as_of), sort_keys=True), client.slug)


def warm_up(as_of: dt.date) -> None:
    """Load the engine and compile every client's policy, so that the first call of the day need not wait for it.

    A policy that cannot be read is passed over: whoever decides with it will hear the reason.
    """
    for client in Client.objects.all():
        with suppress(PolicyError):
            compiled(policy_for(client, as_of))


def keep_version(client: Client, policy: Policy, as_of: dt.date) -> PolicyVersion:
    """The kept copy of this policy, by content: a run can always show what it obeyed."""
    version = PolicyVersion.objects.filter(client=client, sha=policy.sha).first()
    return version or PolicyVersion.objects.create(
        client=client, sha=policy.sha, name=policy.name, content=_content(policy), first_used_on=as_of
    )


@lru_cache(maxsize=256)
def _policy(sector: str, charter: str, slug: str) -> Policy:
    rules = json.loads(charter)
    return load.load_policy(sector, read(Charter, rules, f"charter of {slug}") if rules else None)


def _content(policy: Policy) -> dict[str, Any]:
    parts: dict[str, Any] = {"strategy": policy.strategy, "law": policy.law, "charter": policy.charter}
    return {name: _plain(dataclasses.asdict(part)) for name, part in parts.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(inner) for inner in value]
    return value.isoformat() if isinstance(value, dt.date | dt.time) else value
