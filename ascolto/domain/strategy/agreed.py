# SPDX-License-Identifier: Apache-2.0
"""Plans as deeds of a viewer: propose, approve, accept, cancel; what changes the answer is decided again at once."""

import datetime as dt
import hashlib
from typing import Any

from django.db import transaction
from django.http import Http404

from ascolto.domain.access.viewer import Viewer, visible
from ascolto.domain.agreements import early, plans
from ascolto.domain.agreements.models import Plan
from ascolto.domain.outreach.models import Document
from ascolto.domain.portfolio.models import Customer
from ascolto.domain.records import clock
from ascolto.domain.strategy.actions import reevaluate
from ascolto.domain.strategy.plan_terms import terms_of

Proof = tuple[str, str, bytes]


def propose_plan(viewer: Viewer, customer_id: int, *, as_of: dt.date, **said: Any) -> Plan:
    """Propose a plan; `said` as agreements.plans.propose_plan. Right: promise."""
    customer: Customer = _visible(viewer, Customer, customer_id)
    role, allowed = viewer.roles[customer.client_id], terms_of(customer.client, as_of)
    return plans.propose_plan(
        customer=customer, role=role, actor=viewer.name, as_of=as_of, terms=allowed.terms, rate=allowed.rate, **said
    )


def approve_plan(viewer: Viewer, plan_id: int, *, as_of: dt.date) -> Plan:
    """Approve a proposal beyond its author's role. Right: promise."""
    plan: Plan = _visible(viewer, Plan, plan_id)
    return plans.approve_plan(
        plan=plan, terms=terms_of(plan.client, as_of).terms, role=viewer.roles[plan.client_id], actor=viewer.name,
        as_of=as_of,
    )  # fmt: skip


@transaction.atomic
def accept_plan(
    viewer: Viewer, plan_id: int, *, how: str, accepted_by: str, as_of: dt.date, proof: Proof | None = None
) -> Plan:
    """The customer accepted: the plan runs, and the reminders it replaces stop at once. Right: promise.

    `proof`: name, media type and content of the document, kept exactly as it came.
    """
    plan: Plan = _visible(viewer, Plan, plan_id)
    kept = _keep(plan, *proof) if proof else None
    taken = plans.accept_plan(plan=plan, how=how, accepted_by=accepted_by, proof=kept, actor=viewer.name, as_of=as_of)
    reevaluate(client=plan.client, customer_ids={plan.customer_id}, actor=viewer.name, as_of=as_of)
    return taken


def settle_early(viewer: Viewer, plan_id: int, *, by: dt.date, as_of: dt.date) -> Plan:
    """Write down that the customer wants to settle a plan early. Right: promise."""
    plan: Plan = _visible(viewer, Plan, plan_id)
    return early.ask_early_settlement(plan=plan, by=by, actor=viewer.name, as_of=as_of)


@transaction.atomic
def cancel_plan(viewer: Viewer, plan_id: int, *, why: str, as_of: dt.date) -> Plan:
    """End a proposal or a running plan by hand. Right: promise."""
    plan: Plan = _visible(viewer, Plan, plan_id)
    ended = plans.cancel_plan(plan=plan, why=why, actor=viewer.name, as_of=as_of)
    reevaluate(client=plan.client, customer_ids={plan.customer_id}, actor=viewer.name, as_of=as_of)
    return ended


def _keep(plan: Plan, name: str, media_type: str, content: bytes) -> Document:
    return Document.objects.create(
        client=plan.client, customer=plan.customer, name=name[:200], media_type=media_type[:80], content=content,
        sha=hashlib.sha256(content).hexdigest(), made_at=clock.now(),
    )  # fmt: skip


def _visible(viewer: Viewer, model: Any, pk: int) -> Any:
    """The row, if the viewer may see it and holds the right; 404 for a stranger."""
    found = visible(viewer, model.objects.select_related("client")).filter(pk=pk).first()
    if found is None:
        raise Http404
    viewer.require("promise", found.client_id)
    return found
