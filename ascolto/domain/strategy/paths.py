# SPDX-License-Identifier: Apache-2.0
"""Hardship paths as deeds of a viewer: begin, move, end; each is followed at once by a new decision."""

import datetime as dt
from typing import Any

from django.db import transaction
from django.http import Http404

from ascolto.domain.access.models import Client
from ascolto.domain.access.viewer import Viewer, visible
from ascolto.domain.agreements import paths
from ascolto.domain.agreements.models import HardshipPath
from ascolto.domain.portfolio.marks import set_marks
from ascolto.domain.portfolio.models import Customer
from ascolto.domain.strategy.actions import reevaluate
from ascolto.domain.strategy.policy import policy_for
from ascolto.engine.policy import Hardship
from ascolto.policies.load_law import no_disconnection

FROM_PERSON = ("N01", "N02", "N03", "N04", "N05")
"""The rows of law that protect by who somebody is; the others hold by what happened with the invoice."""


def terms_of(client: Client, as_of: dt.date) -> Hardship:
    """What the client's strategy allows on a hardship path."""
    return policy_for(client, as_of).strategy.hardship


@transaction.atomic
def start_path(viewer: Viewer, customer_id: int, *, as_of: dt.date, **said: Any) -> HardshipPath:
    """Put the customer on a path; `said` as agreements.paths.start_path. Right: promise."""
    customer: Customer = _visible(viewer, Customer, customer_id)
    terms = terms_of(customer.client, as_of)
    path = paths.start_path(
        client=customer.client, customer=customer, terms=terms, actor=viewer.name, as_of=as_of, **said
    )
    reevaluate(client=customer.client, customer_ids={customer.pk}, actor=viewer.name, as_of=as_of)
    return path


@transaction.atomic
def move_review(viewer: Viewer, path_id: int, *, as_of: dt.date, **said: Any) -> HardshipPath:
    """Another day for the review. Right: promise."""
    path: HardshipPath = _visible(viewer, HardshipPath, path_id)
    moved = paths.move_review(path=path, terms=terms_of(path.client, as_of), actor=viewer.name, as_of=as_of, **said)
    reevaluate(client=path.client, customer_ids={path.customer_id}, actor=viewer.name, as_of=as_of)
    return moved


@transaction.atomic
def end_path(viewer: Viewer, path_id: int, *, outcome: str, why: str, as_of: dt.date) -> HardshipPath:
    """End the path with its outcome. Right: promise."""
    path: HardshipPath = _visible(viewer, HardshipPath, path_id)
    ended = paths.end_path(path=path, outcome=outcome, why=why, actor=viewer.name, as_of=as_of)
    reevaluate(client=path.client, customer_ids={path.customer_id}, actor=viewer.name, as_of=as_of)
    return ended


@transaction.atomic
def mark_customer(viewer: Viewer, customer_id: int, *, as_of: dt.date, **said: Any) -> Customer:
    """Note who must be treated with care; `said` as portfolio.marks.set_marks. Right: record_contact."""
    customer: Customer = _visible(viewer, Customer, customer_id, "record_contact")
    known = [row.id for row in protections()]
    marked = set_marks(customer=customer, known=known, actor=viewer.name, as_of=as_of, **said)
    reevaluate(client=customer.client, customer_ids={customer.pk}, actor=viewer.name, as_of=as_of)
    return marked


def protections() -> list[Any]:
    """The rows of law that forbid to cut somebody off for who they are."""
    return [row for row in no_disconnection() if row.id in FROM_PERSON]


def _visible(viewer: Viewer, model: Any, pk: int, right: str = "promise") -> Any:
    """The row, if the viewer may see it and holds the right; 404 for a stranger."""
    found = visible(viewer, model.objects.select_related("client")).filter(pk=pk).first()
    if found is None:
        raise Http404
    viewer.require(right, found.client_id)
    return found
