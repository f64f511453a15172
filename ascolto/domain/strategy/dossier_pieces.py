# SPDX-License-Identifier: Apache-2.0
"""The pieces of the lawyer's file, one function each: what it shows, which originals it brings, what is missing."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db.models import Count
from django.utils.translation import gettext as _

from ascolto.domain.access.viewer import Viewer, visible
from ascolto.domain.agreements.queries import plans_of, promises_of
from ascolto.domain.intake.models import StagedRow
from ascolto.domain.mandates.models import Mandate
from ascolto.domain.outreach import formats
from ascolto.domain.outreach.letters import Section
from ascolto.domain.outreach.models import Message
from ascolto.domain.outreach.queries import contacts_of
from ascolto.domain.portfolio.models import Invoice
from ascolto.domain.records.clock import ROME
from ascolto.domain.strategy.statement import Statement, interest_section, statement_pdf

FORMAL_TONE = 4
"""From this tone on a message is a notice whose receipt a judge will ask for."""


@dataclass(frozen=True)
class File:
    """A file of the ZIP."""

    name: str
    content: bytes


@dataclass(frozen=True)
class Piece:
    """A chapter: `sections` to be set, or `content`, a PDF already made."""

    slug: str
    title: str
    sections: Sequence[Section] = ()
    missing: Sequence[str] = ()
    originals: Sequence[File] = field(default=())
    content: bytes = b""


def all_pieces(viewer: Viewer, statement: Statement, language: str) -> list[Piece]:
    """Every piece in the order in which a lawyer reads, in the language in force."""
    return [
        contract(viewer, statement, language), invoices(viewer, statement, language),
        Piece("estratto-conto", _("Statement of account"), content=statement_pdf(statement)),
        interest(statement, language), notices(viewer, statement, language), contacts(viewer, statement, language),
        agreements(viewer, statement, language),
    ]  # fmt: skip


def contract(viewer: Viewer, statement: Statement, language: str) -> Piece:
    """Who owes, under which contracts, and by which mandate we act."""
    customer, as_of = statement.account.customer, statement.account.as_of
    accounts = [
        [a.number, a.kind, a.place] for a in customer.accounts.filter(client=customer.client).order_by("number")
    ]
    mandates = visible(
        viewer, Mandate.objects.filter(client=customer.client, starts_on__lte=as_of, signed_on__lte=as_of)
    )
    signed = [[formats.day(m.starts_on, language), m.signed_by] for m in mandates.order_by("starts_on")]
    missing = [] if accounts else [_("No contract is recorded for this customer.")]
    if not signed:
        missing.append(_("No signed mandate of the client is recorded."))
    return Piece("contratto", _("Contract and mandate"), [
        Section(_("Contracts"), missing[:1] if not accounts else (), [_("Number"), _("Kind"), _("Place")],
                ["left", "left", "wide"], accounts),
        Section(_("Mandate"), (), [_("From"), _("Signed by")], ["left", "wide"], signed),
    ], missing)  # fmt: skip


def invoices(viewer: Viewer, statement: Statement, language: str) -> Piece:
    """The invoices that still owe, with the file each came in when the file holds nobody else's."""
    account = statement.account
    ids = {item.invoice_id for item in account.items}
    rows = list(visible(viewer, Invoice.objects.filter(pk__in=ids)).order_by("issued_on", "pk"))
    originals = _originals(viewer, rows)
    told = [
        [i.number, formats.day(i.issued_on, language), i.description, formats.money(i.total_cents, i.currency, language)]
        for i in rows
    ]  # fmt: skip
    missing = [_("The original of invoice %(number)s is missing.") % {"number": i.number}
               for i in rows if i.pk not in originals]  # fmt: skip
    section = Section(_("Invoices that still owe"), () if told else [_("Nothing is open.")],
                      [_("Invoice"), _("Issued"), _("What"), _("Amount")], ["left", "left", "wide", "right"], told)  # fmt: skip
    return Piece("fatture", _("Invoices"), [section], missing, [originals[i.pk] for i in rows if i.pk in originals])


def _originals(viewer: Viewer, rows: Sequence[Invoice]) -> dict[int, File]:
    """A file that brought more than one document may hold other customers' data: it stays out."""
    staged = visible(viewer, StagedRow.objects.filter(kind="invoice", result_id__in=[i.pk for i in rows]))
    alone = staged.annotate(mates=Count("file__rows")).filter(mates=1, file__content__isnull=False)
    found: dict[int, File] = {}
    for row in alone.select_related("file").order_by("pk"):
        name = safe(row.file.name.rpartition("/")[2])
        if row.result_id is not None:
            found[row.result_id] = File(f"originali/fatture/{row.result_id}-{name}", bytes(row.file.content or b""))
    return found


def interest(statement: Statement, language: str) -> Piece:
    """Late interest line by line, with the rows of law it rests on."""
    section = interest_section(statement.interest, statement.account.currency, language)
    text = section.text or [_("No interest runs as of this day.")]
    parts = Section(section.title, text, section.head, section.align, section.rows, section.total)
    missing = [statement.interest.gap] if statement.interest.gap else []
    return Piece("interessi", _("Late interest"), [parts], missing)


def notices(viewer: Viewer, statement: Statement, language: str) -> Piece:
    """Everything that was sent, what proves it, and the proofs as they came."""
    customer, as_of = statement.account.customer, statement.account.as_of
    sent = visible(viewer, Message.objects.filter(customer=customer, sent_at__isnull=False)).order_by("sent_at", "pk")
    rows, missing, originals, formal = [], [], [], 0
    for message in sent.prefetch_related("receipts", "documents"):
        on = (message.sent_at or message.queued_at).astimezone(ROME).date()
        if on > as_of:
            continue
        rows.append(
            [formats.day(on, language), message.get_channel_display(), message.subject, _proof(message, language)]
        )
        originals += _sent_files(message)
        if message.tone >= FORMAL_TONE:
            formal += 1
            if message.delivered_at is None:
                missing.append(
                    _("The receipt of the notice of %(day)s is missing.") % {"day": formats.day(on, language)}
                )
    if not formal:
        missing.append(_("No formal notice was sent."))
    section = Section(_("What was sent"), () if rows else [_("Nothing was sent.")],
                      [_("Day"), _("Channel"), _("Subject"), _("Proof")], ["left", "left", "wide", "left"], rows)  # fmt: skip
    return Piece("comunicazioni", _("Notices and receipts"), [section], missing, originals)


def _proof(message: Message, language: str) -> str:
    if message.delivered_at is None:
        return message.get_status_display()
    at = message.delivered_at.astimezone(ROME)
    return _("Delivered on %(day)s at %(time)s") % {"day": formats.day(at.date(), language), "time": f"{at:%H:%M:%S}"}


def _sent_files(message: Message) -> list[File]:
    place = f"originali/comunicazioni/{message.pk}"
    files = [File(f"{place}/messaggio.txt", f"{message.subject}\n\n{message.text}\n".encode())]
    files += [File(f"{place}/{one.pk}-{safe(one.name)}", bytes(one.content)) for one in message.documents.all()]
    return files + [
        File(f"{place}/ricevuta-{one.pk}-{one.what}.eml", bytes(one.content)) for one in message.receipts.all()
    ]


def contacts(viewer: Viewer, statement: Statement, language: str) -> Piece:
    """The one contact log, oldest first: what the customer said stands here in the operator's words."""
    account = statement.account
    log = contacts_of(viewer, account.customer.pk).filter(on_date__lte=account.as_of).order_by("at", "pk")
    rows = [
        [formats.day(c.on_date, language), c.channel, c.get_direction_display(), c.get_outcome_display(), c.note[:300]]
        for c in log
    ]
    head = [_("Day"), _("Channel"), _("Direction"), _("Outcome"), _("Note")]
    section = Section(_("Contact log"), () if rows else [_("Nobody spoke or wrote yet.")], head,
                      ["left", "left", "left", "left", "wide"], rows)  # fmt: skip
    return Piece("contatti", _("Contact log"), [section])


def agreements(viewer: Viewer, statement: Statement, language: str) -> Piece:
    """What was promised and planned, and what came of it."""
    customer, as_of = statement.account.customer, statement.account.as_of

    def said(cents: int, day: dt.date) -> list[str]:
        return [formats.day(day, language), formats.money(cents, statement.account.currency, language)]

    promised = [
        [*said(one.amount_cents, one.made_on), formats.day(one.due_on, language), one.get_status_display()]
        for one in promises_of(viewer, customer.pk).filter(made_on__lte=as_of)
    ]
    planned = [
        [*said(plan.total_cents, plan.proposed_on), str(len(plan.instalments.all())), plan.get_status_display()]
        for plan in plans_of(viewer, customer.pk).filter(proposed_on__lte=as_of)
    ]
    align = ["left", "right", "left", "wide"]
    return Piece("promesse-e-piani", _("Promises and plans"), [
        Section(_("Promises"), () if promised else [_("Nothing was promised.")],
                [_("Said on"), _("Amount"), _("By the day"), _("Outcome")], align, promised),
        Section(_("Plans"), () if planned else [_("No plan was agreed.")],
                [_("Day"), _("Amount"), _("Instalments"), _("Outcome")], align, planned),
    ])  # fmt: skip


def safe(name: str) -> str:
    """A file name without surprises: no folders, no dots in front."""
    return re.sub(r"[^A-Za-z0-9._-]+", "_", name).lstrip(".")[:120] or "file"
