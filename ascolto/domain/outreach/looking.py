# SPDX-License-Identifier: Apache-2.0
"""The last look at messages before they leave: what it may say, and what becomes of those that it holds back."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ascolto.domain.outreach import claims
from ascolto.domain.outreach.models import Message


@dataclass(frozen=True)
class Permission:
    """Whether a message may leave now. `until` says from when it may; without it, it is withdrawn. `why` in
    words.
    """

    may: bool
    why: str = ""
    until: dt.datetime | None = None


GO = Permission(True)
Allow = Callable[[Sequence[Message]], Mapping[int, Permission]]
"""The last look: what it says of a whole window in a bounded number of queries; whom it does not name may go."""


def go_all(messages: Sequence[Message]) -> Mapping[int, Permission]:
    """The last look of those who have nothing against anybody."""
    return {}


def look(batch: Sequence[Message], allow: Allow, after_withdrawn: claims.Hook) -> tuple[list[Message], Counter[str]]:
    """The last look: those that may leave; the others are put back until their moment, or withdrawn for good."""
    said, counts = allow(batch), Counter[str]()
    barred: dict[Permission, list[Message]] = {}
    for message in batch:
        permission = said.get(message.pk, GO)
        if not permission.may:
            barred.setdefault(permission, []).append(message)
    for permission, messages in barred.items():
        back = claims.put_back(messages, why=permission.why, until=permission.until, withdrawn=after_withdrawn)
        counts["waiting" if permission.until else "withdrawn"] += len(back)
    return [message for message in batch if said.get(message.pk, GO).may], counts
