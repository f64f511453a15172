# SPDX-License-Identifier: Apache-2.0
"""What people said to each other: recording a conversation that took place in the one contact log.

The taxonomy of reasons, emotions, solutions and stages is in reasons.py. Automatic messages log themselves
(outbox).
"""

import datetime as dt
from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from ascolto.domain.access.models import Client
from ascolto.domain.outreach.models import Contact
from ascolto.domain.outreach.reasons import BY_CODE, EMOTIONS, SOLUTIONS, STAGES
from ascolto.domain.portfolio.models import Customer
from ascolto.domain.records import clock
from ascolto.domain.records.actions import record
from ascolto.domain.records.errors import Refused

CHANNELS = ("phone", "visit", "email", "letter", "pec", "sms", "whatsapp")
FAULTS = ("ours", "theirs", "nobody")
NEXT_STEPS = ("call_back", "send_invoice", "wait_payment", "open_dispute", "pass_on", "none")
"""What was agreed to come next; `call_back` and `wait_payment` carry a day (`next_on`)."""


@transaction.atomic
def record_contact(
    *,
    client: Client,
    customer: Customer,
    channel: str,
    direction: str,
    outcome: str,
    actor: str,
    at: dt.datetime,
    person: str = "",
    reason: str = "",
    reason_detail: str = "",
    fault: str = "",
    emotion: str = "",
    solution: str = "",
    next_step: str = "",
    next_on: dt.date | None = None,
    note: str = "",
    duration_seconds: int | None = None,
    stages: Sequence[str] = (),
    requested_by_customer: bool = False,
    operator_id: int | None = None,
    idempotency_key: str = "",
    step: str = "",
    tone: int | None = None,
) -> Contact:
    """Add one human contact of `customer`, held at the moment `at` (aware).

    A reason without `fault` takes the fault of the taxonomy. The same idempotency key with the same content
    gives the contact already recorded. Refused: `unknown_word` (a code that is not in the taxonomy),
    `not_of_client`, `no_conversation` (a reason, emotion or solution where nobody spoke),
    `detail_of_another_reason`, `in_the_future`, `next_in_the_past`, `key_reused` (same key, other content).
    """
    kept = Customer.objects.select_for_update().filter(pk=customer.pk, client=client).first()
    if kept is None:
        raise Refused("not_of_client", _("This customer belongs to another client."))
    said: dict[str, object] = {
        "channel": channel, "direction": direction, "outcome": outcome, "person": person.strip(),
        "reason": reason, "reason_detail": reason_detail, "fault": fault or _fault_of(reason),
        "emotion": emotion, "solution": solution, "next_step": next_step, "next_on": next_on,
        "note": note.strip(), "stages": list(stages), "requested_by_customer": requested_by_customer,
    }  # fmt: skip
    known = _known(client, kept, idempotency_key, said)
    if known is not None:
        return known
    _check_words(said)
    _check_sense(said, at)
    contact = Contact.objects.create(
        client=client, customer=kept, at=at, on_date=at.astimezone(clock.ROME).date(), human=True,
        operator_id=operator_id, duration_seconds=duration_seconds, idempotency_key=idempotency_key, step=step,
        tone=tone, **said,
    )  # fmt: skip
    record(
        "contact_recorded",
        actor=actor,
        client_id=client.pk,
        subject=contact,
        data={"outcome": outcome, "reason": reason},
    )
    return contact


@transaction.atomic
def take_back_contact(*, contact: Contact, actor: str, as_of: dt.date, why: str = "") -> Contact:
    """Mark a conversation as recorded by mistake: it stays in the log and counts no more, for caps and for figures.

    Refused: `not_a_conversation` (a message that left has left), `taken_back_already`, `another_day` (what was counted
    in the figures of an earlier day stands).
    """
    kept = Contact.log.select_for_update().get(pk=contact.pk)
    if not kept.human:
        raise Refused("not_a_conversation", _("A message that was sent cannot be taken back."))
    if kept.taken_back_at is not None:
        raise Refused("taken_back_already", _("This call was taken back already."))
    if kept.on_date != as_of:
        raise Refused(
            "another_day", _("A call can be taken back on its own day only: note the correction in a new one.")
        )
    kept.taken_back_at, kept.taken_back_by, kept.taken_back_why = clock.now(), actor, why.strip()[:300]
    kept.save(update_fields=["taken_back_at", "taken_back_by", "taken_back_why"])
    record("contact_taken_back", actor=actor, client_id=kept.client_id, subject=kept, why=kept.taken_back_why)
    return kept


def _fault_of(reason: str) -> str:
    known = BY_CODE.get(reason)
    return known.fault if known else ""


def _known(client: Client, customer: Customer, key: str, said: dict[str, object]) -> Contact | None:
    """The contact already recorded under this key, when it says the same."""
    known = Contact.keyed(client, key).first() if key else None
    if known is None:
        return None
    if known.customer_id != customer.pk or any(getattr(known, name) != value for name, value in said.items()):
        raise Refused("key_reused", _("This form was already saved with other content: open the customer again."))
    return known


def _check_words(said: dict[str, object]) -> None:
    known = {
        "channel": CHANNELS, "direction": Contact.Direction.values, "outcome": Contact.Outcome.values,
        "reason": ["", *BY_CODE], "fault": ("", *FAULTS), "next_step": ("", *NEXT_STEPS),
        "emotion": ["", *(code for code, _words in EMOTIONS)],
        "solution": ["", *(code for code, _words in SOLUTIONS)],
    }  # fmt: skip
    for name, words in known.items():
        if said[name] not in words:
            raise Refused(
                "unknown_word",
                _("%(name)s: “%(word)s” is not one of the known words.") % {"name": name, "word": said[name]},
            )
    if not set(_stages(said)) <= {code for code, _words in STAGES}:
        raise Refused("unknown_word", _("A stage of the conversation is not known."))
    detail, reason = said["reason_detail"], BY_CODE.get(str(said["reason"]))
    if detail and detail not in [code for code, _words in (reason.details if reason else ())]:
        raise Refused("detail_of_another_reason", _("The detail does not belong to the reason chosen."))


def _stages(said: dict[str, object]) -> list[str]:
    stages = said["stages"]
    assert isinstance(stages, list)
    return stages


def _check_sense(said: dict[str, object], at: dt.datetime) -> None:
    if at > clock.now():
        raise Refused("in_the_future", _("A conversation is recorded after it was held."))
    spoke = said["outcome"] in (*Contact.CONVERSATIONS, Contact.Outcome.RECEIVED)
    if not spoke and any(said[name] for name in ("reason", "emotion", "solution")):
        raise Refused("no_conversation", _("Nobody spoke: a reason, an emotion or a solution cannot be known."))
    next_on = said["next_on"]
    if isinstance(next_on, dt.date) and next_on < at.astimezone(clock.ROME).date():
        raise Refused("next_in_the_past", _("The next step cannot lie in the past."))
