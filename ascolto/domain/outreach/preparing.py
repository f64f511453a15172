# SPDX-License-Identifier: Apache-2.0
"""A message made ready for its channel; a letter is set as PDF, and kept exactly as it leaves."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import typst

from ascolto.domain.outreach import letters, outbox, wording
from ascolto.domain.outreach.channels import Attachment, Outgoing
from ascolto.domain.outreach.facts import FactsError, MessageFacts
from ascolto.domain.outreach.models import Document, Message
from ascolto.domain.outreach.placeholders import WordingError

UNFIT = (WordingError, FactsError, typst.TypstError)
"""What is wrong with a message that can never be made ready."""


@dataclass(frozen=True)
class Prepared:
    """A message ready for its channel, the file to keep, and the words that differ from those in the
    outbox.
    """

    message: Message
    outgoing: Outgoing
    document: Document | None = None
    as_sent: Mapping[str, str] = field(default_factory=dict)


def prepare(message: Message, at: dt.datetime) -> Prepared:
    """The message as its channel wants it. A mail's words are those of the outbox, and of its facts it needs who writes; a
    letter is set now, and kept exactly as it leaves.
    """
    if message.channel == "letter":
        facts = MessageFacts.from_dict(message.facts)
        return _letter(message, facts, _outgoing(message, facts.client_name, facts.client_email, at))
    if not message.facts.get("client_name"):
        raise FactsError("the facts do not say who writes")
    return Prepared(
        message, _outgoing(message, message.facts["client_name"], message.facts.get("client_email", ""), at)
    )


def _outgoing(message: Message, sender_name: str, reply_to: str, at: dt.datetime) -> Outgoing:
    return Outgoing(
        key=outbox.key_of(message), to_name=message.to_name, to_value=message.to_value, subject=message.subject,
        text=message.text, html=message.html, sender_name=sender_name, reply_to=reply_to, at=at,
    )  # fmt: skip


def _letter(message: Message, facts: MessageFacts, outgoing: Outgoing) -> Prepared:
    """Set from the facts kept with the message; were the wording newer by now, its words are kept as those
    sent.
    """
    composed = wording.compose(message.template, message.tone, message.language, facts, channel="letter")
    pdf = letters.render(composed, facts)
    file = Attachment(f"{message.template}_{facts.as_of.isoformat()}.pdf", "application/pdf", pdf)
    document = Document(
        client_id=message.client_id,
        customer_id=message.customer_id,
        message=message,
        name=file.name,
        media_type=file.media_type,
        sha=hashlib.sha256(pdf).hexdigest(),
        content=pdf,
        made_at=outgoing.at,
    )
    words = {
        "subject": composed.subject,
        "text": composed.text,
        "html": composed.html,
        "template_version": composed.template_version,
    }
    return Prepared(message, replace(outgoing, subject=composed.subject, attachments=(file,)), document, words)
