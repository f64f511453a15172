# SPDX-License-Identifier: Apache-2.0
"""What a person says of a bundle: it was handed to the print house, or it was not after all."""

import datetime as dt

from django.db import transaction
from django.db.models import Count, QuerySet
from django.utils.translation import gettext as _

from ascolto.domain.access.viewer import Viewer, visible
from ascolto.domain.outreach.models import Bundle, Message
from ascolto.domain.records.actions import record
from ascolto.domain.records.errors import Refused

State = Bundle.State


def bundles(viewer: Viewer) -> QuerySet[Bundle]:
    """The bundles, the latest first."""
    return visible(viewer, Bundle.objects.all()).select_related("client").order_by("-number", "-pk")


def bundle_counts(viewer: Viewer) -> dict[str, int]:
    """How many bundles stand in each state."""
    return dict(visible(viewer, Bundle.objects.all()).order_by().values_list("state").annotate(Count("pk")))


def letters_waiting(viewer: Viewer, now: dt.datetime) -> int:
    """Letters that the next run bundles."""
    rows = visible(viewer, Message.objects.all()).filter(channel="letter", status=Message.Status.QUEUED)
    return rows.filter(not_before__lte=now).count()


@transaction.atomic
def hand_over_bundle(*, client_id: int, bundle_id: int, actor: str, now: dt.datetime) -> Bundle:
    """The print house has it. Refused: `not_made` (its files are not made yet, or it was handed over already)."""
    rows = Bundle.objects.filter(client_id=client_id, pk=bundle_id, state=State.MADE)
    if not rows.update(state=State.HANDED_OVER, handed_over_at=now, handed_over_by=actor[:120]):
        raise Refused("not_made", _("Only a bundle that is made and still here can be handed over."))
    return _recorded("bundle_handed_over", bundle_id, actor)


@transaction.atomic
def take_back_bundle(*, client_id: int, bundle_id: int, actor: str) -> Bundle:
    """It was not handed over after all. Refused: `not_handed_over`."""
    rows = Bundle.objects.filter(client_id=client_id, pk=bundle_id, state=State.HANDED_OVER)
    if not rows.update(state=State.MADE, handed_over_at=None, handed_over_by=""):
        raise Refused("not_handed_over", _("This bundle is not handed over."))
    return _recorded("bundle_taken_back", bundle_id, actor)


def _recorded(verb: str, bundle_id: int, actor: str) -> Bundle:
    bundle = Bundle.objects.select_related("client").get(pk=bundle_id)
    record(verb, actor=actor, client_id=bundle.client_id, subject=bundle, why=bundle.name)
    return bundle
