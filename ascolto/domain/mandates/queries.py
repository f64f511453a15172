# SPDX-License-Identifier: Apache-2.0
"""Reading mandates. Takes a client, not a viewer: the charter feeds the engine and binds whoever works for
the client."""

import datetime as dt
from typing import Any

from django.db.models import Q, QuerySet

from ascolto.domain.access.prepared import asked
from ascolto.domain.mandates.models import Mandate


def charter_of(client_id: int, as_of: dt.date) -> dict[str, Any]:
    """The charter of the signed mandate in force on `as_of`, as kept (keys of engine.policy.Charter); {}
    without one.

    Of two mandates in force the later start wins. An unsigned mandate binds nobody.
    """
    mandate = mandate_on(client_id, as_of)
    return dict(mandate.charter) if mandate else {}


def mandate_on(client_id: int, as_of: dt.date) -> Mandate | None:
    """The signed mandate in force on `as_of`, whose charter binds: who signed it and when is its source."""
    found = asked(_mandates, client_id, as_of, most=1)
    return found[0] if found else None


def _mandates(client_id: int, as_of: dt.date) -> QuerySet[Mandate]:
    alive = Q(ends_on__isnull=True) | Q(ends_on__gte=as_of)
    rows = Mandate.objects.filter(alive, client_id=client_id, starts_on__lte=as_of, signed_on__lte=as_of)
    return rows.order_by("-starts_on")
