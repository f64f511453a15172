# SPDX-License-Identifier: Apache-2.0
"""Taking back a call that was recorded by mistake, with everything that it brought about, and deciding again at once."""

import datetime as dt

from django.db import transaction
from django.http import Http404
from django.utils.translation import gettext as _

from ascolto.domain.access.models import Client
from ascolto.domain.access.viewer import Viewer, visible
from ascolto.domain.agreements.promises import withdraw_promise
from ascolto.domain.care.actions import close_case
from ascolto.domain.care.models import CareCase
from ascolto.domain.outreach.conversations import take_back_contact
from ascolto.domain.outreach.models import Contact
from ascolto.domain.portfolio.holds import lift_hold
from ascolto.domain.portfolio.models import ContactPoint, Hold
from ascolto.domain.records.actions import record
from ascolto.domain.records.errors import Refused
from ascolto.domain.strategy.actions import reevaluate
from ascolto.domain.strategy.models import Action


@transaction.atomic
def take_back_call(viewer: Viewer, contact_id: int, *, as_of: dt.date, why: str = "") -> Contact:
    """The call never was: its promise is withdrawn (the one before runs again), its dispute closed, its hold lifted, its
    number trusted again, its step undone. Right: record_contact, for one's own call; take_back for anybody's.

    Raises Http404 for a stranger; Refused as the verbs below do, and `not_yours`.
    """
    contact = visible(viewer, Contact.log.select_related("client")).filter(pk=contact_id).first()
    if contact is None:
        raise Http404
    viewer.require("record_contact", contact.client_id)
    if not may_take_back(viewer, contact):
        raise Refused("not_yours", _("Only who recorded the call, or a credit manager, can take it back."))
    Client.objects.select_for_update().get(pk=contact.client_id)
    contact = take_back_contact(contact=contact, actor=viewer.name, as_of=as_of, why=why)
    _undo(contact, viewer.name, as_of)
    reevaluate(client=contact.client, customer_ids={contact.customer_id}, actor=viewer.name, as_of=as_of)
    return contact


def may_take_back(viewer: Viewer, contact: Contact) -> bool:
    """One's own call, or anybody's with the right."""
    return contact.operator_id == viewer.user_id or viewer.may("take_back", contact.client_id)


def _undo(contact: Contact, actor: str, as_of: dt.date) -> None:
    """What the call brought about, unless somebody ended it since."""
    mine = {"client": contact.client_id, "customer": contact.customer_id}
    for promise in contact.promises.all():
        withdraw_promise(promise=promise, earlier_id=contact.made.get("earlier_promise"), actor=actor, as_of=as_of)
    for case in CareCase.objects.filter(pk=contact.made.get("case"), closed_on__isnull=True, **mine):
        close_case(
            case=case,
            verdict="withdrawn",
            outcome=_("Opened by mistake: the call was taken back."),
            actor=actor,
            as_of=as_of,
        )
    for hold in Hold.objects.filter(pk=contact.made.get("hold"), **mine):
        if hold.until_on is None or hold.until_on >= as_of:
            lift_hold(hold=hold, actor=actor, as_of=as_of, why=_("The call was taken back."))
    for point in ContactPoint.objects.filter(pk=contact.made.get("number"), verified=False, **mine):
        ContactPoint.objects.filter(pk=point.pk).update(verified=True)
        record("number_trusted", actor=actor, client_id=contact.client_id, subject=point)
    Action.objects.filter(contact=contact, **mine).update(
        status=Action.Status.WITHDRAWN, withdrawn_on=as_of, why_withdrawn="the call was taken back"
    )
