# SPDX-License-Identifier: Apache-2.0
"""Opening and closing disputes, complaints and requests; what is done in between is in handling.py."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from ascolto.domain.access.models import Client, User
from ascolto.domain.care import clockwork
from ascolto.domain.care.events import tell
from ascolto.domain.care.models import CareCase, CasePart
from ascolto.domain.portfolio.models import Customer, Invoice
from ascolto.domain.records.actions import record
from ascolto.domain.records.errors import Refused
from ascolto.engine.clocks import ServiceTerms

OUR_SERVICE = ("meter", "double_billing", "service")
"""Topics of a complaint that are our disservice until we know better: the pressure rests at once."""


@dataclass(frozen=True)
class Part:
    """A contested part: cents of an invoice (0: all of it), the line in words when only one is meant."""

    invoice: Invoice
    cents: int = 0
    line: str = ""


@transaction.atomic
def open_case(
    *,
    client: Client,
    customer: Customer,
    kind: str,
    reason: str,
    actor: str,
    as_of: dt.date,
    invoice: Invoice | None = None,
    disputed_cents: int = 0,
    deadline_on: dt.date | None = None,
    topic: str = "other",
    fault: str | None = None,
    parts: Sequence[Part] = (),
    received_on: dt.date | None = None,
    owner: User | None = None,
    service: ServiceTerms | None = None,
) -> CareCase:
    """Open a case; its clock runs from `received_on` (else `as_of`) by the row in force for the client's sector.

    A dispute names what is contested: `parts`, or one `invoice` with `disputed_cents` (0: the whole document). `fault`
    None: a complaint about our service is ours until we know better. `service`: what the client's charter promises; its
    day stands when it is the earlier one. Refused: `unknown_kind`, `unknown_topic`,
    `no_reason`, `not_of_client`, `not_of_customer`, `no_invoice`, `beyond_the_invoice`, `part_twice`, `open_already`
    (one open dispute per invoice), `deadline_in_the_past`, `in_the_future`.
    """
    kept = Customer.objects.select_for_update().filter(pk=customer.pk, client=client).first()
    if kept is None:
        raise Refused("not_of_client", _("This customer belongs to another client."))
    _check_words(kind, topic, fault, reason)
    named = [*parts] or ([Part(invoice, disputed_cents)] if invoice is not None else [])
    if any((part.invoice.customer_id, part.invoice.client_id) != (kept.pk, client.pk) for part in named):
        raise Refused("not_of_customer", _("This invoice belongs to another customer."))
    since = received_on or as_of
    if since > as_of:
        raise Refused("in_the_future", _("It cannot have arrived after today."))
    if deadline_on is not None and deadline_on < as_of:
        raise Refused("deadline_in_the_past", _("The deadline lies in the past."))
    contested = contested_parts(client, named) if kind == CareCase.Kind.DISPUTE else []
    clock = clockwork.clock_for(client.sector, kind, topic, since)
    promised_by = service.answer_by(since) if service else None
    if fault is None:
        fault = "ours" if kind == CareCase.Kind.COMPLAINT and topic in OUR_SERVICE else ""
    case = CareCase.objects.create(
        client=client, customer=kept, invoice=named[0].invoice if named else None, kind=kind, topic=topic, fault=fault,
        reason=reason.strip(), disputed_cents=sum(part.cents for part in contested), opened_on=as_of, author=actor,
        received_on=since, deadline_on=deadline_on or min(clock.answer_by, promised_by or clock.answer_by), owner=owner,
        clock="" if deadline_on else clock.id, promised_by=promised_by,
        promised_cents=service.late_cents if service else 0,
    )  # fmt: skip
    add_parts(case, contested)
    tell(case, "opened", case.reason, actor, {"kind": kind})
    data = {"kind": kind, "cents": case.disputed_cents, "clock": case.clock}
    record("case_opened", actor=actor, client_id=client.pk, subject=case, why=case.reason, data=data)
    return case


def _check_words(kind: str, topic: str, fault: str | None, reason: str) -> None:
    if kind not in CareCase.Kind.values:
        raise Refused("unknown_kind", _("It must be a dispute, a complaint or a request."))
    if topic not in CareCase.Topic.values or (fault or "") not in CareCase.Fault.values:
        raise Refused("unknown_topic", _("Choose what it is about, and whose fault it is, from the list."))
    if not reason.strip():
        raise Refused("no_reason", _("Write what the customer says, in their words."))


def contested_parts(client: Client, parts: Sequence[Part]) -> list[Part]:
    """The contested parts, in cents, checked against their documents and the disputes that are open already."""
    if not parts:
        raise Refused("no_invoice", _("Say which invoice is disputed: only that part leaves the reminders."))
    found = [Part(part.invoice, part.cents or part.invoice.payable_cents, part.line.strip()[:200]) for part in parts]
    if len({(part.invoice.pk, part.line) for part in found}) != len(found):
        raise Refused("part_twice", _("The same part is named twice."))
    for invoice in {part.invoice.pk: part.invoice for part in found}.values():
        cents = [part.cents for part in found if part.invoice.pk == invoice.pk]
        if min(cents) <= 0 or sum(cents) > invoice.payable_cents:
            raise Refused("beyond_the_invoice", _("The disputed part is more than the invoice."))
        running = CasePart.objects.filter(client=client, invoice=invoice, case__kind="dispute", case__closed_on=None)
        if running.exists():
            raise Refused("open_already", _("This invoice is already under dispute."))
    return found


def add_parts(case: CareCase, parts: Sequence[Part]) -> None:
    """Write the contested parts of `case`, in the caller's transaction."""
    CasePart.objects.bulk_create(
        CasePart(client_id=case.client_id, case=case, invoice=part.invoice, line=part.line, amount_cents=part.cents)
        for part in parts
    )


@transaction.atomic
def close_case(
    *, case: CareCase, outcome: str, actor: str, as_of: dt.date, verdict: str = "", granted_cents: int = 0
) -> CareCase:
    """Close `case` with its outcome in words and its verdict; without one a dispute is confirmed, the rest answered.

    `upheld` grants the whole disputed part, `partial` grants `granted_cents`. A late answer owes the indemnity of the
    clock, computed here. Refused: `no_outcome`, `closed_already`, `unknown_verdict`, `no_part_granted`.
    """
    kept = CareCase.objects.select_for_update().get(pk=case.pk)
    if not outcome.strip():
        raise Refused("no_outcome", _("Write how it ended: the customer will be told."))
    if kept.closed_on is not None:
        raise Refused("closed_already", _("This case is closed already."))
    kept.verdict = verdict or ("confirmed" if kept.kind == CareCase.Kind.DISPUTE else "answered")
    kept.granted_cents = _granted(kept, granted_cents)
    kept.closed_on, kept.outcome, kept.waiting = as_of, outcome.strip()[:300], ""
    # What the customer withdrew needed no answer of ours.
    kept.indemnity_cents = 0 if kept.verdict == CareCase.Verdict.WITHDRAWN else clockwork.indemnity(kept, as_of)
    kept.save()
    data = {"verdict": kept.verdict, "granted_cents": kept.granted_cents, "indemnity_cents": kept.indemnity_cents}
    tell(kept, "closed", kept.outcome, actor, data)
    record("case_closed", actor=actor, client_id=kept.client_id, subject=kept, why=kept.outcome, data=data)
    return kept


def _granted(case: CareCase, cents: int) -> int:
    if case.verdict not in [value for value in CareCase.Verdict.values if value]:
        raise Refused("unknown_verdict", _("Choose how it ended from the list."))
    if case.verdict == CareCase.Verdict.UPHELD:
        return case.disputed_cents
    if case.verdict != CareCase.Verdict.PARTIAL or case.kind != CareCase.Kind.DISPUTE:
        return 0
    if not 0 < cents < case.disputed_cents:
        raise Refused("no_part_granted", _("Write which part is granted: more than nothing, less than all of it."))
    return cents


def granted_parts(case: CareCase) -> list[tuple[Part, int]]:
    """What the verdict grants, by part in the order they were named."""
    left, found = case.granted_cents, []
    for part in parts_of(case):
        cents = min(left, part.cents)
        left -= cents
        if cents:
            found.append((part, cents))
    return found


@transaction.atomic
def reopen_case(*, case: CareCase, why: str, actor: str, as_of: dt.date) -> CareCase:
    """Open a closed case again; its clock is the first one. Refused: `no_reason`, `open_already`, `granted_already`."""
    kept = CareCase.objects.select_for_update().get(pk=case.pk)
    if not why.strip():
        raise Refused("no_reason", _("Write why it is opened again."))
    if kept.closed_on is None:
        raise Refused("open_already", _("This case is open."))
    if kept.granted_cents:
        raise Refused("granted_already", _("A credit note was asked for: open a new case for what is left."))
    if kept.kind == CareCase.Kind.DISPUTE:
        contested_parts(kept.client, parts_of(kept))
    kept.closed_on, kept.verdict, kept.outcome, kept.indemnity_cents = None, "", "", 0
    kept.save()
    tell(kept, "reopened", why.strip(), actor)
    record("case_reopened", actor=actor, client_id=kept.client_id, subject=kept, why=why.strip())
    return kept


def parts_of(case: CareCase) -> list[Part]:
    """The parts that the case names."""
    rows = case.parts.filter(client=case.client_id).select_related("invoice").order_by("pk")
    return [Part(row.invoice, row.amount_cents, row.line) for row in rows]
