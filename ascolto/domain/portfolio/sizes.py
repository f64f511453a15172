# SPDX-License-Identifier: Apache-2.0
"""Whether a viewer looks at so many customers that a page may no longer count and add up by itself."""

from typing import Any

from django.db.models import QuerySet

from ascolto.domain.access.prepared import asked
from ascolto.domain.access.viewer import Viewer, visible
from ascolto.domain.portfolio.models import Customer

LARGE = 5_000
"""Customers up to which pages count exactly, at the moment; beyond, they take the night's figures."""


def is_large(viewer: Viewer, client_id: int | None = None) -> bool:
    """More than LARGE customers, of one client or of all that the viewer sees; never counts further than that."""
    if client_id is not None:
        viewer = Viewer(viewer.name, {pk: role for pk, role in viewer.roles.items() if pk == client_id})
    return bool(asked(_beyond, viewer, so_many=LARGE))


def _beyond(viewer: Viewer, *, so_many: int) -> QuerySet[Customer, Any]:
    return visible(viewer, Customer.objects.all()).order_by().values_list("pk")[so_many : so_many + 1]
