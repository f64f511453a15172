# SPDX-License-Identifier: Apache-2.0
"""Deeds on cases and credit requests that a new decision must follow at once, and the letter that tells the outcome.

Like reactions.py: one transaction each, `viewer` needs the right named, a stranger gets Http404.
"""

import datetime as dt
from collections.abc import Callable
from typing import Any, cast

from django.db import transaction
from django.http import Http404
from django.utils.translation import gettext as _

from ascolto.domain.access.models import Client
from ascolto.domain.access.viewer import Viewer, visible
from ascolto.domain.care import handling
from ascolto.domain.care.actions import granted_parts, reopen_case
from ascolto.domain.care.events import tell
from ascolto.domain.care.models import CareCase
from ascolto.domain.ledger.credits import approve_credit as approve
from ascolto.domain.ledger.credits import ask_credit, may_decide
from ascolto.domain.ledger.credits import refuse_credit as refuse
from ascolto.domain.ledger.models import CreditRequest
from ascolto.domain.outreach import wording
from ascolto.domain.outreach.actions import queue_messages
from ascolto.domain.outreach.facts import FactsError, MessageFacts
from ascolto.domain.outreach.models import Message
from ascolto.domain.outreach.placeholders import WordingError
from ascolto.domain.portfolio.models import ContactPoint, Invoice
from ascolto.domain.records import clock
from ascolto.domain.records.errors import Refused
from ascolto.domain.strategy.actions import reevaluate

WRITTEN = ("email", "pec", "letter")


@transaction.atomic
def change_case(viewer: Viewer, case_id: int, deed: Callable[..., Any], *, as_of: dt.date, **said: Any) -> Any:
    """Do one of care's verbs (handling.py, `reopen_case`) to a case, and decide the customer again.
    Right: record_contact."""
    case = case_of(viewer, case_id, "record_contact")
    done = deed(case=case, actor=viewer.name, as_of=as_of, **said)
    if deed in (handling.convert_kind, handling.set_fault, reopen_case):
        _decide(case.client, case.customer_id, viewer, as_of)
    return done


@transaction.atomic
def ask_to_give_up(viewer: Viewer, invoice_id: int, *, as_of: dt.date, **said: Any) -> CreditRequest:
    """Ask for a credit note or a write-off; `said` as in ledger.credits.ask_credit. Right: record_contact."""
    invoice = visible(viewer, Invoice.objects.select_related("client")).filter(pk=invoice_id).first()
    if invoice is None:
        raise Http404
    viewer.require("record_contact", invoice.client_id)
    asked = ask_credit(client=invoice.client, invoice=invoice, actor=viewer.name, as_of=as_of, **said)
    _decide(invoice.client, invoice.customer_id, viewer, as_of)
    return asked


def ask_granted(case: CareCase, viewer: Viewer, as_of: dt.date) -> list[CreditRequest]:
    """A request for a credit note for each part that the verdict grants, in the caller's transaction."""
    return [
        ask_credit(
            client=case.client, invoice=part.invoice, kind="credit_note", amount_cents=cents, reason=case.outcome,
            actor=viewer.name, as_of=as_of, case_id=case.pk,
        )
        for part, cents in granted_parts(case)
    ]  # fmt: skip


@transaction.atomic
def decide_credit(viewer: Viewer, request_id: int, *, approved: bool, as_of: dt.date, why: str = "") -> CreditRequest:
    """Approve or refuse a request, within the limits of the viewer's role; the customer is decided again."""
    request = visible(viewer, CreditRequest.objects.select_related("client")).filter(pk=request_id).first()
    if request is None:
        raise Http404
    role = viewer.roles[request.client_id]
    if approved:
        done = approve(request=request, role=role, actor=viewer.name, as_of=as_of)
    else:
        done = refuse(request=request, role=role, why=why, actor=viewer.name, as_of=as_of)
    _decide(request.client, request.customer_id, viewer, as_of)
    return done


def may_approve(viewer: Viewer, request: CreditRequest, as_of: dt.date) -> bool:
    """True when the viewer's role may approve this request."""
    return may_decide(viewer.roles.get(request.client_id, ""), request, viewer.name, as_of)


@transaction.atomic
def write_outcome(viewer: Viewer, case_id: int, *, channel: str, as_of: dt.date) -> Message:
    """Tell the customer how the case ended, by e-mail, PEC or letter: kept with the case, put into the outbox once.

    Right: record_contact. Refused: `still_open`, `no_channel` (no address that may be used), `cannot_be_written`,
    `written_already`.
    """
    case = case_of(viewer, case_id, "record_contact")
    if case.closed_on is None:
        raise Refused("still_open", _("Close the case first: the customer is told how it ended."))
    points = ContactPoint.objects.filter(client=case.client, customer=case.customer, channel=channel, verified=True)
    point = points.filter(is_right_party=True).exclude(consent="denied").order_by("-preferred", "pk").first()
    if point is None or channel not in WRITTEN:
        raise Refused("no_channel", _("There is no address for this channel that may be used."))
    key = f"case:{case.pk}:{case.closed_on.isoformat()}:{channel}"
    if Message.objects.filter(client=case.client, idempotency_key=key).exists():
        raise Refused("written_already", _("This outcome was written to the customer already."))
    message = _outcome_message(case, point, channel, key, as_of)
    queue_messages([message])
    tell(case, "letter", message.subject, viewer.name, {"message": message.pk, "channel": channel}, visibility="client")
    return message


def _outcome_message(case: CareCase, point: ContactPoint, channel: str, key: str, as_of: dt.date) -> Message:
    client, customer = case.client, case.customer
    facts = MessageFacts(
        client_name=client.name, client_address=_lines(client.address), client_phone=client.phone,
        client_email=client.email, customer_name=customer.name, customer_number=customer.number,
        customer_kind=cast(Any, customer.kind), salutation="person" if customer.kind == "consumer" else "company",
        customer_address=_lines(f"{customer.street}, {customer.postcode} {customer.city} {customer.province}"),
        as_of=as_of, operator_name=case.owner.name if case.owner else "", case_opened_on=case.since,
        case_outcome=case.outcome, case_granted_cents=case.granted_cents, case_indemnity_cents=case.indemnity_cents,
    )  # fmt: skip
    try:
        words = wording.compose(f"{case.kind}_answered", 0, customer.language, facts, channel=cast(Any, channel))
    except (WordingError, FactsError) as error:
        raise Refused("cannot_be_written", _("The letter cannot be written: %(why)s") % {"why": error}) from error
    now = clock.now()
    return Message(
        client=client, customer=customer, channel=channel, to_name=point.person_name or customer.name,
        to_value=point.value, template=words.template, template_version=words.template_version, tone=words.tone,
        language=words.language, step="case_outcome", subject=words.subject, text=words.text, html=words.html,
        facts=facts.to_dict(), queued_at=now, not_before=now, idempotency_key=key,
    )  # fmt: skip


def _lines(address: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in address.split(",") if part.strip())


def case_of(viewer: Viewer, case_id: int, right: str = "see") -> CareCase:
    """The case, if the viewer may see it; else 404, as if it did not exist."""
    rows = visible(viewer, CareCase.objects.select_related("client", "customer", "owner", "invoice"))
    case = rows.filter(pk=case_id).first()
    if case is None:
        raise Http404
    viewer.require(right, case.client_id)
    return case


def _decide(client: Client, customer_id: int, viewer: Viewer, as_of: dt.date) -> None:
    reevaluate(client=client, customer_ids={customer_id}, actor=viewer.name, as_of=as_of)
