# SPDX-License-Identifier: Apache-2.0
"""The pieces of the lawyer's file, one function each: what it shows, which originals it brings, what is missing."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db.models import Count, Min
from django.utils.translation import gettext as _

from ascolto.domain.access.viewer import Viewer, visible
from ascolto.domain.agreements.models import Plan, Promise
from ascolto.domain.agreements.queries import plans_of, promises_of
from ascolto.domain.agreements.standing import standing_of
from ascolto.domain.intake.originals import originals_of
from ascolto.domain.mandates.models import Mandate
from ascolto.domain.outreach import formats
from ascolto.domain.outreach.letters import Section, Sheet
from ascolto.domain.outreach.models import Message
from ascolto.domain.outreach.queries import contacts_of
from ascolto.domain.portfolio.models import ContactPoint, Customer, Invoice
from ascolto.domain.records.clock import ROME
from ascolto.domain.strategy.expiring import FORMAL_TONE, expiries_of
from ascolto.domain.strategy.statement import Statement, interest_section, plan_sections, statement_sheet
from ascolto.engine.interest import rounded


@dataclass(frozen=True)
class File:
    """A file of the ZIP."""

    name: str
    content: bytes


@dataclass(frozen=True)
class Piece:
    """A chapter: `sections` to be set, or `sheet`, a document that is complete."""

    slug: str
    title: str
    sections: Sequence[Section] = ()
    missing: Sequence[str] = ()
    originals: Sequence[File] = field(default=())
    sheet: Sheet | None = None


def all_pieces(viewer: Viewer, statement: Statement, language: str) -> list[Piece]:
    """Every piece in the order in which a lawyer reads, in the language in force; last, the originals with their hashes."""
    told = [
        contract(viewer, statement, language), invoices(viewer, statement, language),
        Piece("estratto-conto", _("Statement of account"), sheet=statement_sheet(statement)),
        interest(statement, language), limits(viewer, statement, language), notices(viewer, statement, language), contacts(viewer, statement, language),
        agreements(viewer, statement, language),
    ]  # fmt: skip
    return [*told, annexes([file for piece in told for file in piece.originals])]


def annexes(files: Sequence[File]) -> Piece:
    """The originals that go with the file, each with its SHA-256."""
    rows = [[file.name, f"{len(file.content):,}".replace(",", "."), _sha(file.content)] for file in files]
    section = Section(_("Originals in the ZIP"), () if rows else [_("None.")],
                      [_("File"), _("Bytes"), "SHA-256"], ["wide", "right", "wide"], rows)  # fmt: skip
    return Piece("allegati", _("Originals and their hashes"), [section])


def contract(viewer: Viewer, statement: Statement, language: str) -> Piece:
    """Who owes, under which contracts, and by which mandate we act."""
    customer, as_of = statement.account.customer, statement.account.as_of
    accounts = _contracts(customer, language)
    mandates = visible(
        viewer, Mandate.objects.filter(client=customer.client, starts_on__lte=as_of, signed_on__lte=as_of)
    )
    signed = [[formats.day(m.starts_on, language), m.signed_by] for m in mandates.order_by("starts_on")]
    missing = [] if accounts else [_("No contract is recorded for this customer.")]
    if not signed:
        missing.append(_("No signed mandate of the client is recorded."))
    return Piece("contratto", _("Contract and mandate"), [
        Section(_("Contracts"), missing[:1] if not accounts else (),
                [_("Number"), _("Kind"), _("Place"), _("First invoice"), _("Invoices"), _("Ended on")],
                ["left", "left", "wide", "left", "right", "left"], accounts),
        Section(_("Mandate"), (), [_("From"), _("Signed by")], ["left", "wide"], signed),
    ], missing)  # fmt: skip


def _sha(content: bytes) -> str:
    """In two halves, so that it fits a page."""
    whole = hashlib.sha256(content).hexdigest()
    return f"{whole[:32]} {whole[32:]}"


def _contracts(customer: Customer, language: str) -> list[list[str]]:
    """Each contract with what its invoices tell of it: since when, how many, whether it ended."""

    def day(on: dt.date | None) -> str:
        return formats.day(on, language) if on else "–"

    own = customer.accounts.filter(client=customer.client).order_by("number")
    told = Invoice.objects.filter(client=customer.client, customer=customer).exclude(kind="credit_note").order_by()
    by = {pk: (first, n) for pk, first, n in told.values_list("account_id").annotate(f=Min("issued_on"), n=Count("pk"))}
    return [
        [a.number, a.kind, a.place, day(by.get(a.pk, (None, 0))[0]), str(by.get(a.pk, (None, 0))[1]), day(a.ended_on)]
        for a in own
    ]


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
    """A file that brought other documents too may hold other customers' data: it stays out."""
    found = originals_of(viewer, [row.pk for row in rows])
    return {pk: File(f"originali/fatture/{pk}-{safe(name)}", content) for pk, (name, content) in found.items()}


def interest(statement: Statement, language: str) -> Piece:
    """Late interest line by line, with the rows of law it rests on."""
    section = interest_section(statement.interest, statement.account.currency, language)
    text = section.text or [_("No interest runs as of this day.")]
    parts = Section(section.title, text, section.head, section.align, section.rows, section.total)
    missing = [statement.interest.gap] if statement.interest.gap else []
    return Piece("interessi", _("Late interest"), [parts, *worked_sections(statement, language)], missing)


def worked_sections(statement: Statement, language: str) -> list[Section]:
    """How the interest is worked out: each stretch of days with its capital, its rate, and the rows that set it. The
    sum is rounded once per instalment, so the stretches, to the cent, may differ from it by one."""
    currency = statement.account.currency
    rows = [
        [line.invoice_number, formats.day(one.start, language), formats.day(one.end, language), str(one.days),
         formats.money(rounded(one.capital), currency, language), _rate(one.rate_bp, language),
         formats.money(rounded(one.cents), currency, language),
         " + ".join(row.id for row in (one.row, one.margin) if row)]
        for line in statement.interest.lines for part in line.parts for one in part.periods
    ]  # fmt: skip
    if not rows:
        return []
    told = _("Interest = capital x rate x days / days of the year; the sum is rounded once per instalment.")
    head = [_("Invoice"), _("From"), _("To"), _("Days"), _("Capital"), _("Rate %"), _("Interest"), _("Rule")]
    align = ["wide", "left", "left", "right", "right", "right", "right", "left"]
    return [Section(_("How it is worked out"), [told], head, align, rows)]


def _rate(rate_bp: int, language: str) -> str:
    told = f"{rate_bp // 100}.{rate_bp % 100:02}"
    return told if language == "en" else told.replace(".", ",")


def limits(viewer: Viewer, statement: Statement, language: str) -> Piece:
    """The last day of each open amount, what interrupted it, and by which rule."""
    account, missing = statement.account, []
    found = expiries_of(viewer, account.customer.pk, account.as_of)
    rows = [
        [one.item.invoice.number, formats.day(one.item.due_on, language),
         formats.money(one.item.balance_cents, account.currency, language),
         formats.day(one.interrupted_on, language) if one.interrupted_on else "–",
         formats.day(one.last_day, language) if one.last_day else "–", one.told.row.id]
        for one in found
    ]  # fmt: skip
    missing += [_("The claim on invoice %(number)s has passed its last day.") % {"number": one.item.invoice.number}
                for one in found if one.band == 0]  # fmt: skip
    told = [
        f"{row.id}: {row.article} ({row.source})" for row in {one.told.row.id: one.told.row for one in found}.values()
    ]
    told += list(dict.fromkeys(one.assumed_words for one in found if one.assumed_words))
    told.append(_("Only notices whose receipt is kept and plans in writing are counted; payments in part are not."))
    section = Section(_("Limitation"), told if rows else [_("Nothing is open.")],
                      [_("Invoice"), _("Due"), _("Still open"), _("Interrupted on"), _("Last day"), _("Rule")],
                      ["wide", "left", "right", "left", "left", "left"], rows)  # fmt: skip
    return Piece("prescrizione", _("Limitation"), [section], missing)


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
    channels = dict(ContactPoint.Channel.choices)
    rows = [
        [
            formats.day(c.on_date, language),
            str(channels.get(c.channel, c.channel)),
            c.get_direction_display(),
            c.get_outcome_display(),
            c.note[:300],
        ]
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
        [*said(one.amount_cents, one.made_on), formats.day(one.due_on, language), _came(one), one.get_status_display()]
        for one in promises_of(viewer, customer.pk).filter(made_on__lte=as_of)
    ]
    plans = list(plans_of(viewer, customer.pk).filter(proposed_on__lte=as_of))
    planned = [
        [*said(plan.total_cents, plan.proposed_on), str(len(plan.instalments.all())), plan.get_status_display()]
        for plan in plans
    ]
    kept = [standing_of(plan, as_of) for plan in plans if plan.accepted_on and plan.accepted_on <= as_of]
    missing = [_("The plan of %(day)s was not accepted in writing.") % {"day": formats.day(one.plan.proposed_on, language)}
               for one in kept if one.plan.proof_id is None]  # fmt: skip
    align = ["left", "right", "left", "wide"]
    return Piece("promesse-e-piani", _("Promises and plans"), [
        Section(_("Promises"), () if promised else [_("Nothing was promised.")],
                [_("Said on"), _("Amount"), _("By the day"), _("How it came"), _("Outcome")],
                ["left", "right", "left", "wide", "left"], promised),
        Section(_("Plans"), () if planned else [_("No plan was agreed.")],
                [_("Day"), _("Amount"), _("Instalments"), _("Outcome")], align, planned),
        *plan_sections(tuple(kept), statement.account.currency, language),
    ], missing, _proofs(plans))  # fmt: skip


def _came(promise: Promise) -> str:
    return ", ".join(filter(None, [str(promise.get_channel_display()), promise.who_said]))


def _proofs(plans: Sequence[Plan]) -> list[File]:
    """The documents with which plans were accepted, as they came."""
    return [
        File(f"originali/piani/{plan.pk}-{safe(plan.proof.name)}", bytes(plan.proof.content))
        for plan in plans if plan.proof is not None
    ]  # fmt: skip


def safe(name: str) -> str:
    """A file name without surprises: no folders, no dots in front."""
    return re.sub(r"[^A-Za-z0-9._-]+", "_", name).lstrip(".")[:120] or "file"
