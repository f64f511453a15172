# SPDX-License-Identifier: Apache-2.0
"""The story of a case, one line at a time."""

from typing import Any

from ascolto.domain.care.models import CareCase, CaseEvent
from ascolto.domain.records import clock


def tell(
    case: CareCase, kind: str, text: str, actor: str, data: dict[str, Any] | None = None, visibility: str = "internal"
) -> CaseEvent:
    """Add one line to the story of `case`, in the caller's transaction."""
    return CaseEvent.objects.create(
        client_id=case.client_id, case=case, kind=kind, text=text, author=actor, data=data or {}, at=clock.now(),
        visibility=visibility,
    )  # fmt: skip
