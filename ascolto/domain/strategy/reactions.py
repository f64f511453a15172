# SPDX-License-Identifier: Apache-2.0
"""Deeds that must be followed at once by a new decision: cash confirmed or undone, a call finished, a hold placed.

Each is one transaction: the verb of the room below, then the customers concerned are decided again. The faces,
the API and the shell call these; nobody writes and forgets to decide. `viewer` needs the right named in each.
"""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.http import Http404
from django.utils.translation import gettext as _

from ascolto.domain.access.models import Client
from ascolto.domain.access.viewer import Viewer, visible
from ascolto.domain.agreements.models import Promise
from ascolto.domain.agreements.promises import GRACE_DAYS, take_promise
from ascolto.domain.care.actions import close_case, open_case
from ascolto.domain.care.models import CareCase
from ascolto.domain.outreach.conversations import record_contact
from ascolto.domain.outreach.models import Contact
from ascolto.domain.portfolio import holds
from ascolto.domain.portfolio.models import ContactPoint, Customer, Hold, Invoice
from ascolto.domain.records import clock
from ascolto.domain.records.actions import record
from ascolto.domain.records.errors import Refused
from ascolto.domain.strategy.actions import finish_action, give_up_calling, planned_talk, reevaluate
from ascolto.domain.strategy.caring import ask_granted
from ascolto.domain.strategy.deliveries import accept_batch as accept_batch
from ascolto.domain.strategy.deliveries import retry_batch as retry_batch
from ascolto.domain.strategy.legal_gate import check_gate
from ascolto.domain.strategy.models import Action, Decision
from ascolto.domain.strategy.plan_terms import service_on

DONE_BY = (Contact.Outcome.RIGHT_PARTY,)
"""Outcomes after which the planned call is done; with the others it stays planned, within the caps, until it was
tried on enough days (the policy's `call_days`)."""
TOPICS = {"amount": "amount", "consumption": "meter", "price": "contract", "quality": "service"}
"""What a customer disputes in a call -> the topic of the case, which decides its clock."""
RESTING = ("call_back", "wait_payment")
"""Next steps that leave the customer alone until their day."""


@dataclass(frozen=True)
class Call:
    """What an operator says about a conversation that just ended; amounts in cents."""

    outcome: str
    channel: str = "phone"
    direction: str = "out"
    person: str = ""
    reason: str = ""
    reason_detail: str = ""
    fault: str = ""
    emotion: str = ""
    solution: str = ""
    next_step: str = ""
    next_on: dt.date | None = None
    note: str = ""
    duration_seconds: int | None = None
    stages: tuple[str, ...] = ()
    requested_by_customer: bool = False
    promise_cents: int = 0
    promise_on: dt.date | None = None
    dispute_invoice_id: int | None = None
    dispute_cents: int = 0
    idempotency_key: str = ""
    extra: dict[str, Any] = field(default_factory=dict)


@transaction.atomic
def finish_call(viewer: Viewer, customer_id: int, call: Call, *, at: dt.datetime | None = None) -> Contact:
    """Record the conversation, with its promise or dispute, and decide again at once. Right: record_contact.

    The same `idempotency_key` twice records once. Raises Http404 for a stranger and Refused in words: as the verbs
    below do, and `ask_why` (who pays was reached about an overdue amount and no reason was noted, A1),
    `promise_unfinished` (an amount without a day, or a day without an amount), `legal_cap` (legal_gate.check_gate).
    """
    customer = _customer(viewer, customer_id, "record_contact")
    Client.objects.select_for_update().get(pk=customer.client_id)
    at = at or clock.now()
    as_of = at.astimezone(clock.ROME).date()
    _check(customer, call)
    known = call.idempotency_key and Contact.keyed(customer.client, call.idempotency_key).exists()
    talks = planned_talk(client=customer.client, customer_id=customer.pk, channel=call.channel)
    planned = talks.select_related("decision").first()
    if planned is not None and planned.step == "legal_gate" and call.next_step == "pass_on" and not known:
        check_gate(customer, as_of)
    contact = record_contact(
        client=customer.client, customer=customer, channel=call.channel, direction=call.direction, outcome=call.outcome,
        person=call.person, reason=call.reason, reason_detail=call.reason_detail, fault=call.fault, emotion=call.emotion,
        solution=call.solution, next_step=call.next_step, next_on=call.next_on, note=call.note,
        duration_seconds=call.duration_seconds, stages=list(call.stages), requested_by_customer=call.requested_by_customer,
        operator_id=viewer.user_id, idempotency_key=call.idempotency_key, actor=viewer.name, at=at,
        step=planned.step if planned else "", tone=planned.tone if planned else None,
    )  # fmt: skip
    if known:
        return contact
    made = contact.made
    if call.promise_cents and call.promise_on:
        made["earlier_promise"] = _running_promise(customer)
        take_promise(
            client=customer.client, customer=customer, amount_cents=call.promise_cents, due_on=call.promise_on,
            contact=contact, channel=call.channel, actor=viewer.name, as_of=as_of,
        )  # fmt: skip
    if call.dispute_invoice_id:
        invoice = _visible(viewer, Invoice, call.dispute_invoice_id)
        case = open_case(
            client=customer.client, customer=customer, invoice=invoice, kind=CareCase.Kind.DISPUTE,
            reason=call.note or call.reason_detail or call.reason, disputed_cents=call.dispute_cents,
            topic=TOPICS.get(call.reason_detail, "other"), actor=viewer.name, as_of=as_of,
            service=service_on(customer.client, as_of),
        )  # fmt: skip
        made["case"] = case.pk
    if call.next_on is not None and call.next_step in RESTING:
        made["hold"] = _rest(customer, call, viewer, as_of)
    if call.outcome in DONE_BY:
        finish_action(client=customer.client, customer_id=customer.pk, contact=contact, as_of=as_of)
    elif planned is not None:
        made["number"] = _not_reached(planned, contact, viewer, as_of)
    contact.save(update_fields=["made"])
    _decide(customer.client, {customer.pk}, viewer, as_of)
    return contact


def _running_promise(customer: Customer) -> int | None:
    """The promise that a new one supersedes, to be found again when the call is taken back."""
    rows = Promise.objects.filter(client=customer.client, customer=customer, status=Promise.Status.PENDING)
    return rows.values_list("pk", flat=True).first()


def _not_reached(planned: Action, contact: Contact, viewer: Viewer, as_of: dt.date) -> int | None:
    """A wrong number, when there is only one, is not called again; a call tried often enough gives way to writing.

    Returns the id of the number that is doubted now.
    """
    doubted = None
    if contact.outcome == Contact.Outcome.WRONG_NUMBER:
        points = ContactPoint.objects.filter(client=contact.client, customer=contact.customer, channel=contact.channel)
        verified = list(points.filter(verified=True)[:2])
        if len(verified) == 1:
            doubted = verified[0].pk
            points.filter(pk=doubted).update(verified=False)
            record("number_doubted", actor=viewer.name, client_id=contact.client_id, subject=verified[0])
    give_up_calling(action=planned, contact=contact, as_of=as_of)
    return doubted


def _check(customer: Customer, call: Call) -> None:
    """What a finished call must say to be worth recording."""
    if bool(call.promise_cents) != bool(call.promise_on):
        raise Refused("promise_unfinished", _("A promise needs both an amount and a day."))
    if call.outcome == Contact.Outcome.RIGHT_PARTY and not call.reason:
        current = Decision.objects.filter(client=customer.client, customer=customer, superseded_on=None)
        if current.filter(overdue_cents__gt=0).exists():
            raise Refused("ask_why", _("Choose the reason: the first question is why it has not been paid."))


def _rest(customer: Customer, call: Call, viewer: Viewer, as_of: dt.date) -> int | None:
    """Until the agreed day nobody disturbs, and where money is on its way for the days that a bank takes besides.

    Held that long already is fine. Returns the id of the hold placed.
    """
    if call.next_on is None:
        return None
    words = {"call_back": _("Asked to be called back"), "wait_payment": _("Says the payment is on its way")}
    grace = GRACE_DAYS if call.next_step == "wait_payment" else -1  # on the day of a call back the call is wanted
    last_on = call.next_on + dt.timedelta(days=grace)
    if last_on < as_of:
        return None
    try:
        placed = holds.place_hold(
            customer=customer,
            reason=words[call.next_step],
            from_on=as_of,
            until_on=last_on,
            actor=viewer.name,
            as_of=as_of,
        )
    except Refused as no:
        if no.code != "held_already":
            raise
        return None
    return placed.pk


@transaction.atomic
def promise(
    viewer: Viewer, customer_id: int, *, amount_cents: int, due_on: dt.date, channel: str, as_of: dt.date,
    said_by: str = "", words: str = "", contact_id: int | None = None,
) -> Promise:  # fmt: skip
    """Take a promise outside a call: from the desk, from a message (`contact_id`), from the portal. Right: promise."""
    customer = _customer(viewer, customer_id, "promise")
    contact = _visible(viewer, Contact, contact_id) if contact_id else None
    taken = take_promise(
        client=customer.client, customer=customer, amount_cents=amount_cents, due_on=due_on, contact=contact,
        channel=channel, said_by=said_by, words=words, actor=viewer.name, as_of=as_of,
    )  # fmt: skip
    _decide(customer.client, {customer.pk}, viewer, as_of)
    return taken


@transaction.atomic
def hold(
    viewer: Viewer,
    customer_id: int,
    *,
    reason: str,
    until_on: dt.date | None,
    invoice_id: int | None = None,
    as_of: dt.date,
) -> Hold:
    """Leave the customer (or one invoice) alone until a day. Right: hold."""
    customer = _customer(viewer, customer_id, "hold")
    invoice = _visible(viewer, Invoice, invoice_id) if invoice_id else None
    placed = holds.place_hold(
        customer=customer,
        invoice=invoice,
        reason=reason,
        from_on=as_of,
        until_on=until_on,
        actor=viewer.name,
        as_of=as_of,
    )
    _decide(customer.client, {customer.pk}, viewer, as_of)
    return placed


@transaction.atomic
def lift_hold(viewer: Viewer, hold_id: int, *, as_of: dt.date) -> Hold:
    """End a hold today. Right: hold."""
    found = _visible(viewer, Hold, hold_id)
    viewer.require("hold", found.client_id)
    lifted = holds.lift_hold(hold=found, actor=viewer.name, as_of=as_of)
    _decide(found.client, {found.customer_id}, viewer, as_of)
    return lifted


@transaction.atomic
def open_care_case(
    viewer: Viewer, customer_id: int, *, as_of: dt.date, invoice_id: int | None = None, **said: Any
) -> CareCase:
    """Open a dispute, complaint or request; `said` as in care.actions.open_case. Right: record_contact."""
    customer = _customer(viewer, customer_id, "record_contact")
    invoice = _visible(viewer, Invoice, invoice_id) if invoice_id else None
    service = service_on(customer.client, said.get("received_on") or as_of)
    case = open_case(
        client=customer.client, customer=customer, invoice=invoice, actor=viewer.name, as_of=as_of, service=service, **said
    )  # fmt: skip
    _decide(customer.client, {customer.pk}, viewer, as_of)
    return case


@transaction.atomic
def close_care_case(viewer: Viewer, case_id: int, *, outcome: str, as_of: dt.date, **said: Any) -> CareCase:
    """Close a care case with its outcome; `said` as in care.actions.close_case. Right: record_contact."""
    case = _visible(viewer, CareCase, case_id)
    viewer.require("record_contact", case.client_id)
    closed = close_case(case=case, outcome=outcome, actor=viewer.name, as_of=as_of, **said)
    ask_granted(closed, viewer, as_of)
    _decide(case.client, {case.customer_id}, viewer, as_of)
    return closed


def _decide(client: Client, customer_ids: set[int], viewer: Viewer, as_of: dt.date) -> None:
    reevaluate(client=client, customer_ids=customer_ids, actor=viewer.name, as_of=as_of)


def _customer(viewer: Viewer, customer_id: int, right: str) -> Customer:
    customer: Customer = _visible(viewer, Customer, customer_id)
    viewer.require(right, customer.client_id)
    return customer


def _visible(viewer: Viewer, model: Any, pk: int) -> Any:
    """The row, if the viewer may see it; else 404, as if it did not exist."""
    found = visible(viewer, model.objects.select_related("client")).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found
