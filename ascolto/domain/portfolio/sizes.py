# SPDX-License-Identifier: Apache-2.0
"""Whether a viewer looks at so many customers that a page may no longer count and add up by itself."""

from ascolto.domain.access.viewer import Viewer, visible
from ascolto.domain.portfolio.models import Customer

LARGE = 5_000
"""Customers up to which pages count exactly, at the moment; beyond, they take the night's figures."""


def is_large(viewer: Viewer, client_id: int | None = None) -> bool:
    """More than LARGE customers, of one client or of all that the viewer sees; never counts further than that."""
    rows = visible(viewer, Customer.objects.all())
    rows = rows if client_id is None else rows.filter(client_id=client_id)
    return bool(rows.order_by().values("pk")[: LARGE + 1].count() > LARGE)
