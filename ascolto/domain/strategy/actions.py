# SPDX-License-Identifier: Apache-2.0
"""The verbs of strategy: decide anew when a fact changed, close the day's run, finish an action by hand."""

import datetime as dt
from collections.abc import Collection

from django.db import transaction
from django.db.models import QuerySet

from ascolto.domain.access.models import Client
from ascolto.domain.agreements.judging import judge_plans
from ascolto.domain.agreements.promises import judge_promises
from ascolto.domain.outreach.models import Contact
from ascolto.domain.strategy.decisions import DecisionReport, decide_client
from ascolto.domain.strategy.models import Action, Touch
from ascolto.domain.strategy.policy import policy_for
from ascolto.engine.policy import HUMAN_CHANNELS

__all__ = ["decide_client", "finish_action", "give_up_calling", "planned_talk", "reevaluate"]


def reevaluate(*, client: Client, customer_ids: Collection[int], actor: str, as_of: dt.date) -> DecisionReport:
    """Decide again, at once, for customers about whom something has just become known (a payment, a call, a hold).

    Promises that the money has just kept are kept now, open actions whose reason is gone are withdrawn, a thank-you
    is queued where one is due: it is the night's own code on fewer customers, in one transaction.
    """
    if not customer_ids:
        return DecisionReport()
    ids = sorted(set(customer_ids))
    with transaction.atomic():
        Client.objects.select_for_update().get(pk=client.pk)
        judge_promises(client=client, as_of=as_of, actor=actor, customer_ids=ids)
        judge_plans(client=client, as_of=as_of, actor=actor, customer_ids=ids)
        Touch.objects.bulk_create(Touch(client=client, customer_id=pk) for pk in ids)
        return decide_client(client=client, as_of=as_of, actor=actor, customer_ids=ids)


def finish_action(*, client: Client, customer_id: int, contact: Contact, as_of: dt.date) -> int:
    """Mark the customer's planned human step as done by this conversation; returns how many were (0 or 1)."""
    planned = planned_talk(client=client, customer_id=customer_id, channel=contact.channel)
    return planned.update(status=Action.Status.DONE, done_on=as_of, contact=contact)


def planned_talk(*, client: Client, customer_id: int, channel: str) -> QuerySet[Action]:
    """The planned step that a conversation on `channel` is about: who was to be visited and could be spoken to on the
    phone has been spoken to.
    """
    planned = Action.objects.filter(client=client, customer_id=customer_id, status=Action.Status.PLANNED, message=None)
    return planned.filter(channel__in=HUMAN_CHANNELS) if channel in HUMAN_CHANNELS else planned.none()


def give_up_calling(*, action: Action, contact: Contact, as_of: dt.date) -> bool:
    """Mark a planned call as done when it was tried on the policy's `call_days` and nobody answered; True when it is.

    Only calls that ask for money: the decision at the legal gate is a person's, however often nobody answered.
    """
    if action.decision.told["phase"] != "call":
        return False
    tried = Contact.objects.filter(
        client=action.client_id, customer=action.customer_id, channel__in=HUMAN_CHANNELS, step=action.step, human=True,
        direction=Contact.Direction.OUT, on_date__gte=action.planned_on,
    ).exclude(outcome=Contact.Outcome.CALL_BACK)  # fmt: skip
    limits = policy_for(action.client, as_of).strategy.limits
    if tried.values("on_date").distinct().count() < limits.call_days:
        return False
    action.status, action.done_on, action.contact = Action.Status.DONE, as_of, contact
    action.save(update_fields=["status", "done_on", "contact"])
    return True
