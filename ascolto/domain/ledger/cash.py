# SPDX-License-Identifier: Apache-2.0
"""Cash application: what the night does by itself, and what a person says about the lines that wait.

Every verb takes the client's row first (see actions.lock). Everything can be undone; undoing an undo is simply
confirming again. No line is ever given to a second customer without a person.
"""

import datetime as dt
from dataclasses import replace

from django.db import transaction
from django.utils.translation import gettext as _

from ascolto.domain.access.models import Client
from ascolto.domain.ledger.actions import Parts, lock, post_payment, reverse_payment
from ascolto.domain.ledger.matching import CashReport, line_key, match_lines, paid_day
from ascolto.domain.ledger.models import BankLine, LineAside, MatchProposal, Payment
from ascolto.domain.ledger.returns import apply_returns
from ascolto.domain.ledger.sums import items_of, live, unmatched
from ascolto.domain.portfolio.models import Customer
from ascolto.domain.records.actions import record
from ascolto.domain.records.errors import Refused
from ascolto.engine.allocate import allocate, fit

__all__ = [
    "CashReport",
    "apply_cash",
    "assign_line",
    "confirm_match",
    "reject_match",
    "set_aside",
    "take_up",
    "undo_payment",
]


@transaction.atomic
def apply_cash(*, client: Client, actor: str, as_of: dt.date) -> CashReport:
    """Match every bank line without a standing payment: settle the sure ones, propose the others; then undo what the
    bank took back (see `returns`).

    A line that was undone once waits for a person for ever after. Run again, it changes nothing.
    """
    client = lock(client)
    rows = list(unmatched(BankLine.objects.filter(client=client, amount_cents__gt=0)))
    report = match_lines(client, rows, actor, as_of)
    returned = apply_returns(client=client, actor=actor, as_of=as_of)
    customers = {*report.customer_ids, *returned.customer_ids}
    report = replace(report, customer_ids=tuple(sorted(customers)))
    if report.settled:
        data = {"settled": report.settled, "cents": report.settled_cents, "waiting": report.waiting}
        record("cash_applied", actor=actor, client_id=client.pk, data={**data, "as_of": as_of.isoformat()})
    return report


@transaction.atomic
def confirm_match(*, proposal: MatchProposal, actor: str, as_of: dt.date) -> Payment:
    """A person says that the proposal is right: the line settles as proposed, within what is still open.

    Confirming the same one twice returns the payment that is there. Refused: `line_settled`, `line_aside`.
    """
    client = lock(proposal.client)
    proposal = MatchProposal.objects.select_related("bank_line").get(pk=proposal.pk)
    line = proposal.bank_line
    standing = live(Payment.objects.filter(client=client, bank_line=line)).first()
    if standing is not None and standing.customer_id == proposal.customer_id:
        return standing
    items = items_of(client.pk, proposal.customer_id, line.currency)
    parts = fit([(i, c) for i, c in proposal.parts], {i.instalment_id: i.balance_cents for i in items})
    return _settle(client, line, proposal.customer_id, parts, actor, as_of)


@transaction.atomic
def assign_line(*, bank_line: BankLine, customer: Customer, parts: Parts | None, actor: str, as_of: dt.date) -> Payment:
    """A person says whose money a line is, and which instalments it settles (None: oldest due first).

    Refused: `other_client`, `line_settled`, `line_aside`, `not_money_in`, and as post_payment.
    """
    client = lock(bank_line.client)
    if customer.client_id != bank_line.client_id:
        raise Refused("other_client", _("This customer belongs to another client."))
    if parts is None:
        items = items_of(client.pk, customer.pk, bank_line.currency)
        parts = allocate(bank_line.amount_cents, items).parts if bank_line.amount_cents > 0 else ()
    return _settle(client, bank_line, customer.pk, parts, actor, as_of)


def _settle(client: Client, line: BankLine, customer_id: int, parts: Parts, actor: str, as_of: dt.date) -> Payment:
    _refuse_unless_waiting(client, line)
    turn = Payment.objects.filter(client=client, bank_line=line, amount_cents__gt=0).count()
    payment = post_payment(
        client=client, customer_id=customer_id, amount_cents=line.amount_cents, paid_on=paid_day(line), parts=parts,
        idempotency_key=line_key(line.pk, turn), actor=actor, as_of=as_of, bank_line=line, currency=line.currency,
        reason="by_hand",
    )  # fmt: skip
    proposals = MatchProposal.objects.filter(client=client, bank_line=line)
    proposals.filter(customer_id=customer_id).update(status=MatchProposal.Status.CONFIRMED)
    proposals.filter(status=MatchProposal.Status.OPEN).delete()
    return payment


def _refuse_unless_waiting(client: Client, line: BankLine) -> None:
    if line.amount_cents <= 0:
        raise Refused("not_money_in", _("This line is money going out: it cannot settle an invoice."))
    if live(Payment.objects.filter(client=client, bank_line=line)).exists():
        raise Refused("line_settled", _("Somebody has matched this line already: undo that first."))
    if not unmatched(BankLine.objects.filter(pk=line.pk)).exists():
        raise Refused("line_aside", _("This line was set aside: take it up again first."))


@transaction.atomic
def reject_match(*, proposal: MatchProposal, actor: str, as_of: dt.date) -> MatchProposal:
    """A person says that the line is not this customer's: it is not proposed again."""
    client = lock(proposal.client)
    if proposal.status == MatchProposal.Status.REJECTED:
        return proposal
    if live(Payment.objects.filter(client=client, bank_line_id=proposal.bank_line_id)).exists():
        raise Refused("line_settled", _("Somebody has matched this line already: undo that first."))
    proposal.status = MatchProposal.Status.REJECTED
    proposal.save(update_fields=["status"])
    data = {"customer": proposal.customer_id, "as_of": as_of.isoformat()}
    record("match_rejected", actor=actor, client_id=client.pk, subject=proposal.bank_line, data=data)
    return proposal


@transaction.atomic
def undo_payment(*, payment: Payment, reason: str, actor: str, as_of: dt.date) -> Payment:
    """Reverse a payment; its debt is open again and its bank line waits again, with proposals, for a person."""
    twin = reverse_payment(payment=payment, reason=reason, actor=actor, as_of=as_of)
    if payment.bank_line is not None and unmatched(BankLine.objects.filter(pk=payment.bank_line.pk)).exists():
        match_lines(lock(payment.client), [payment.bank_line], actor, as_of)
    return twin


@transaction.atomic
def set_aside(*, bank_line: BankLine, reason: str, actor: str, as_of: dt.date) -> LineAside:
    """A line that is no customer's money (bank charges, a transfer between own accounts), with the reason.

    Refused: `no_reason`, `line_settled`. Aside already: returns what is there.
    """
    client = lock(bank_line.client)
    if not reason.strip():
        raise Refused("no_reason", _("Say why the line is set aside."))
    if live(Payment.objects.filter(client=client, bank_line=bank_line)).exists():
        raise Refused("line_settled", _("Somebody has matched this line already: undo that first."))
    known = LineAside.objects.filter(client=client, bank_line=bank_line, lifts=None, lifted_by=None).first()
    if known is not None:
        return known
    MatchProposal.objects.filter(client=client, bank_line=bank_line, status=MatchProposal.Status.OPEN).delete()
    record("line_set_aside", actor=actor, client_id=client.pk, subject=bank_line, why=reason)
    return LineAside.objects.create(
        client=client, bank_line=bank_line, reason=reason.strip()[:300], author=actor, known_on=as_of
    )


@transaction.atomic
def take_up(*, aside: LineAside, actor: str, as_of: dt.date) -> LineAside:
    """Undo a set-aside: the line waits again, with proposals."""
    client = lock(aside.client)
    known = LineAside.objects.filter(lifts=aside).first()
    if known is not None:
        return known
    lift = LineAside.objects.create(
        client=client,
        bank_line_id=aside.bank_line_id,
        lifts=aside,
        reason=aside.reason,
        author=actor,
        known_on=as_of,
    )
    record("line_taken_up", actor=actor, client_id=client.pk, subject=aside.bank_line)
    if aside.bank_line.amount_cents > 0:
        match_lines(client, [aside.bank_line], actor, as_of)
    return lift
