# SPDX-License-Identifier: Apache-2.0
"""What a client chose, and since when: its charter, its switches, its rules of cash. One transaction each.

The right is `policy`; a stranger gets Http404. Cash keeps its own verbs (strategy/cash.py).
"""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404
from django.utils.translation import gettext as _

from ascolto.domain.access.actions import change_client as change
from ascolto.domain.access.models import Client
from ascolto.domain.access.viewer import Viewer, visible
from ascolto.domain.care.models import Gap
from ascolto.domain.mandates.actions import agree_charter as agree
from ascolto.domain.mandates.models import Mandate
from ascolto.domain.records.errors import Refused
from ascolto.domain.records.models import TrailEntry
from ascolto.domain.strategy.actions import reevaluate
from ascolto.domain.strategy.plan_terms import terms_of
from ascolto.domain.strategy.policy import policy_for
from ascolto.engine.reading import PolicyError

VERBS = ("charter_agreed", "mandate_signed", "client_changed", "cash_bar_set", "cash_rule_set")
"""The deeds by which a client's settings change."""


def client_of(viewer: Viewer, client_id: int) -> Client:
    """The client, for who may set its policy. Stranger: Http404; a colleague without the right: PermissionDenied."""
    found = visible(viewer, Client.objects.all()).filter(pk=client_id).first()
    if found is None:
        raise Http404
    viewer.require("policy", found.pk)
    return found


def history_of(viewer: Viewer, client: Client) -> QuerySet[TrailEntry]:
    """Who set what of this client, the latest first."""
    viewer.require("policy", client.pk)
    return TrailEntry.objects.filter(client_id=client.pk, verb__in=VERBS).order_by("-at", "-pk")


@transaction.atomic
def agree_charter(
    viewer: Viewer, client_id: int, *, rules: Mapping[str, Any], signed_by: str, signed_on: dt.date, as_of: dt.date
) -> Mandate:
    """The charter says this from today on; who has a step planned already keeps it until tonight.

    Refused as mandates.agree_charter, and as plan_terms.terms_of when what it says of plans the law would not bear.
    """
    client = client_of(viewer, client_id)
    made = agree(
        client=client, rules=rules, signed_by=signed_by, signed_on=signed_on, actor=viewer.name, as_of=as_of
    )  # fmt: skip
    terms_of(client, as_of)
    try:
        policy_for(client, as_of)
    except PolicyError as error:
        raise Refused(
            "charter_unreadable", _("The mandate's charter cannot be read: %(why)s.") % {"why": error}
        ) from error
    return made


@transaction.atomic
def change_client(viewer: Viewer, client_id: int, *, as_of: dt.date, **values: Any) -> Client:
    """Correct the client's own particulars and switches; who waits for a mended invoice is decided again at once when
    the client wants only to be warned, or no longer. Refused as access.change_client."""
    client = client_of(viewer, client_id)
    before = client.warn_of_gaps
    kept = change(client=client, actor=viewer.name, as_of=as_of, **values)
    if kept.warn_of_gaps != before:
        waiting = Gap.objects.filter(client=kept, effect=Gap.Effect.BLOCK, closed_on=None).order_by()
        ids = set(waiting.values_list("customer_id", flat=True))
        reevaluate(client=kept, customer_ids=ids, actor=viewer.name, as_of=as_of)
    return kept
