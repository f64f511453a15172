# SPDX-License-Identifier: Apache-2.0
"""What comes in by mail, tied to what went out: receipts to the message they prove, replies to the contact log.

A receipt is tied by Message-ID, never by subject. Delivery wins over everything said before; a failure never undoes a
delivery. The same mail twice is one.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass
from typing import Literal

from django.db import transaction
from django.db.models import Q

from ascolto.domain.access.models import Client
from ascolto.domain.outreach import claims, outbox
from ascolto.domain.outreach.certified import Mail, Proof, read_mail
from ascolto.domain.outreach.models import Contact, Document, Message, Receipt
from ascolto.domain.portfolio.models import ContactPoint
from ascolto.domain.records import clock
from ascolto.domain.records.actions import record

Status, What = Message.Status, Receipt.What
LOST = (What.FAILED, What.REFUSED, What.VIRUS, What.BOUNCED)
"""The message did not arrive: another way must be found."""
PROVEN = (What.ACCEPTED, What.TAKEN, What.DELAYED, What.DELIVERED)
"""The message left: who doubted it need not doubt any more."""
Fate = Literal["receipt", "reply", "known", "automatic", "unproven", "unknown", "notice"]


@dataclass(frozen=True)
class Received:
    """What became of a mail. `lost`: the message that did not arrive; `customer_id`: whom it concerns."""

    fate: Fate
    customer_id: int | None = None
    message: Message | None = None
    lost: bool = False
    why: str = ""


@transaction.atomic
def receive_mail(
    *, client: Client, raw: bytes, certified: bool, actor: str, now: dt.datetime, after_sent: claims.Hook = claims.nothing
) -> Received:  # fmt: skip
    """Take in one mail of the client's mailbox. `certified`: the mailbox is a PEC, whose provider vouches for receipts.

    Nothing here is refused: what cannot be tied is `unknown`, what contradicts itself `unproven`, each with its why.
    """
    mail, sha = read_mail(raw), hashlib.sha256(raw).hexdigest()
    if mail.kind == "receipt" and not certified:
        return Received("unproven", why="a PEC receipt in a mailbox that is no PEC")
    if mail.kind in ("receipt", "bounce"):
        return _prove(client, mail, raw, sha, actor, now, after_sent)
    if mail.kind == "automatic":
        return Received("automatic")
    return _reply(client, mail, raw, sha, "pec" if certified else "email", actor, now)


def _prove(
    client: Client, mail: Mail, raw: bytes, sha: str, actor: str, now: dt.datetime, after_sent: claims.Hook
) -> Received:
    proof = mail.proofs[0]
    message = _message(client, [proof.reference], "pec" if mail.kind == "receipt" else "email")
    if message is None:
        return Received("unknown", why=f"no message of ours is called <{proof.reference}>")
    if proof.what == What.DELIVERED and proof.recipient != message.to_value.strip().lower():
        return Received("unproven", why=f"delivered to {proof.recipient}, not to {message.to_value}")
    if Receipt.objects.filter(client=client, sha=sha).exists():
        return Received("known", message.customer_id, message)
    receipt = Receipt.objects.create(
        client=client, message=message, what=proof.what, at=proof.at or now, recipient=proof.recipient,
        provider=proof.provider, identifier=proof.identifier, error=proof.error, detail=proof.detail, sha=sha,
        content=raw, read_at=now,
    )  # fmt: skip
    if message.status == Status.DOUBTFUL and proof.what in (*PROVEN, What.BOUNCED, What.FAILED):
        message = outbox.resolve_doubtful(
            client_id=client.pk, message_id=message.pk, really_sent=True, actor=actor, now=receipt.at,
            after_sent=after_sent,
        )  # fmt: skip
    lost = _settle(message, receipt, proof)
    record("receipt_kept", actor=actor, client_id=client.pk, subject=message, why=receipt.get_what_display())
    return Received("receipt", message.customer_id, message, lost)


def _settle(message: Message, receipt: Receipt, proof: Proof) -> bool:
    """Bring the message and its line in the log to what is proven now; True when it was lost."""
    rows = Message.objects.filter(client_id=message.client_id, pk=message.pk)
    log = Contact.objects.filter(client_id=message.client_id, message=message)
    words = " ".join(f"{receipt.get_what_display()}: {proof.error} {proof.detail}".split()).strip(" :")[:500]
    if proof.what == What.DELIVERED:
        rows.filter(Q(delivered_at=None) | Q(delivered_at__gt=receipt.at)).update(
            status=Status.DELIVERED, delivered_at=receipt.at, detail=words
        )
        log.update(outcome=Contact.Outcome.DELIVERED)
    elif proof.what in LOST and rows.filter(status__in=(Status.SENT, Status.DOUBTFUL)).update(
        status=Status.FAILED, detail=words
    ):
        log.update(outcome=Contact.Outcome.FAILED)
        return True
    return False


def _message(client: Client, references: list[str], *channels: str) -> Message | None:
    """The message known by one of these Message-IDs; before the server had answered it was known by its left part."""
    names = {name for one in references for name in (f"<{one}>", one, one.partition("@")[0]) if one}
    rows = Message.objects.select_for_update().filter(client=client, provider_id__in=names)
    return rows.filter(channel__in=channels).order_by("-pk").first()


def _reply(client: Client, mail: Mail, raw: bytes, sha: str, channel: str, actor: str, now: dt.datetime) -> Received:
    """A mail from a customer: kept as it came, and a line in the one log. It answers a clock that others keep."""
    answered = _message(client, list(mail.about), "email", "pec") if mail.about else None
    customer_id = answered.customer_id if answered else _writer(client, mail.sender)
    if customer_id is None:
        return Received("unknown", why=f"{mail.sender or '?'}: {mail.subject}")
    key = f"mail:{sha}"
    if Contact.keyed(client, key).filter(taken_back_at=None).exists():
        return Received("known", customer_id)
    Document.objects.create(
        client=client, customer_id=customer_id, name=f"{now:%Y-%m-%d} {mail.subject or channel}"[:190] + ".eml",
        media_type="message/rfc822", sha=sha, content=raw, made_at=now,
    )  # fmt: skip
    contact = Contact.objects.create(
        client=client, customer_id=customer_id, at=now, on_date=now.astimezone(clock.ROME).date(), channel=channel,
        direction=Contact.Direction.IN, human=False, person=mail.sender_name or mail.sender[:120],
        outcome=Contact.Outcome.RECEIVED, note=f"{mail.subject}\n\n{mail.text}".strip(), idempotency_key=key,
    )  # fmt: skip
    record("mail_received", actor=actor, client_id=client.pk, subject=contact, why=mail.why)
    return Received("reply", customer_id, answered)


def _writer(client: Client, address: str) -> int | None:
    """The one customer whose address this is; None when nobody's, or that of several."""
    points = ContactPoint.objects.filter(client=client, channel__in=("email", "pec"), value__iexact=address)
    owners = list(points.values_list("customer_id", flat=True).distinct()[:2]) if address else []
    return owners[0] if len(owners) == 1 else None
