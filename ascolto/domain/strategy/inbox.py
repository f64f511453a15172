# SPDX-License-Identifier: Apache-2.0
"""What came in by mail, and the decisions that follow: read, tied, and whoever it concerns decided again.

Each mail is one transaction with the mark of how far we read: a crash neither loses a mail nor takes it twice.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db import transaction

from ascolto.domain.access.models import Client
from ascolto.domain.intake import notices
from ascolto.domain.outreach.certified import read_mail
from ascolto.domain.outreach.mailbox import MailboxError, MailboxSettings, opened
from ascolto.domain.outreach.models import MailboxMark
from ascolto.domain.outreach.receipts import Received, receive_mail
from ascolto.domain.records import clock
from ascolto.domain.strategy.actions import reevaluate
from ascolto.domain.strategy.deliveries import deliver_notices
from ascolto.domain.strategy.leaving import mark_done
from ascolto.domain.strategy.models import Action


@dataclass
class InboxReport:
    """How many mails met which fate, and each trouble in words."""

    counts: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)


def read_inbox(*, client: Client, mailbox: MailboxSettings, actor: str, as_of: dt.date) -> InboxReport:
    """Take in what is new in a mailbox of the client; nothing in it is changed. Raises MailboxError."""
    report, customers = InboxReport(), set[int]()
    with opened(mailbox) as reader:
        for letter in reader.after(_last_uid(client, mailbox, reader.uid_validity)):
            with transaction.atomic():
                if letter.raw is None:
                    report.problems.append(f"UID {letter.uid}: too large, left in the mailbox")
                else:
                    said = take_in(client=client, raw=letter.raw, certified=mailbox.certified, actor=actor)
                    _note(report, customers, letter.uid, said)
                _remember(client, mailbox, reader.uid_validity, letter.uid)
    reevaluate(client=client, customer_ids=customers, actor=actor, as_of=as_of)
    return report


def read_inboxes(
    *, client: Client, alone: bool, mailboxes: Iterable[MailboxSettings], actor: str, as_of: dt.date
) -> InboxReport:
    """Take in what is new in every mailbox of the client; one that does not answer is told, and the next is read.

    `alone`: the only client there is, whose are also the mailboxes that name nobody. Never in a transaction: the
    servers are asked here.
    """
    report = InboxReport()
    for mailbox in mailboxes:
        if mailbox.client != client.slug and not (alone and not mailbox.client):
            continue
        try:
            found = read_inbox(client=client, mailbox=mailbox, actor=actor, as_of=as_of)
        except MailboxError as trouble:
            report.problems.append(str(trouble))
            continue
        report.counts.update(found.counts)
        report.problems += [f"{mailbox.name}: {problem}" for problem in found.problems]
    return report


@transaction.atomic
def take_in(*, client: Client, raw: bytes, certified: bool, actor: str) -> Received:
    """Take in one mail; the step of a message that was lost is open again, so that another way is chosen.

    A notice of SdI inside a certified mail goes the way of every file: staged, and tied to its invoice."""
    if certified:
        notice = _notices(client, raw, actor)
        if notice is not None:
            return notice
    said = receive_mail(client=client, raw=raw, certified=certified, actor=actor, now=clock.now(), after_sent=mark_done)
    if said.lost and said.message is not None:
        done = Action.objects.filter(client=client, message=said.message, status=Action.Status.DONE)
        done.update(status=Action.Status.PLANNED, done_on=None)
    return said


SDI = "@pec.fatturapa.it"
"""Whose certified mails are SdI's. Its provider vouches for the sender; a notice from anybody else proves nothing."""


def _notices(client: Client, raw: bytes, actor: str) -> Received | None:
    """The notices of SdI that a certified mail carries, taken over; None when it carries none."""
    mail = read_mail(raw)
    files = notices.among(mail.files) if mail.kind == "reply" else []
    if not files:
        return None
    if not mail.vouched.endswith(SDI):
        return Received("unproven", why=f"a notice of SdI sent by {mail.vouched or mail.sender}, who is not SdI")
    new = deliver_notices(client=client, files=files, actor=actor, as_of=clock.today())
    return Received("notice" if new else "known")


def _note(report: InboxReport, customers: set[int], uid: int, said: Received) -> None:
    report.counts[said.fate] += 1
    if said.why:
        report.problems.append(f"UID {uid}: {said.why}")
    if said.customer_id is not None and said.fate in ("receipt", "reply"):
        customers.add(said.customer_id)


def _last_uid(client: Client, mailbox: MailboxSettings, uid_validity: int) -> int:
    """Where to go on; from the start when the server has numbered its mails anew (what we know is known twice)."""
    mark = MailboxMark.objects.filter(client=client, mailbox=mailbox.name).first()
    return mark.last_uid if mark is not None and mark.uid_validity == uid_validity else 0


def _remember(client: Client, mailbox: MailboxSettings, uid_validity: int, uid: int) -> None:
    MailboxMark.objects.update_or_create(
        client=client, mailbox=mailbox.name,
        defaults={"uid_validity": uid_validity, "last_uid": uid, "read_at": clock.now()},
    )  # fmt: skip
