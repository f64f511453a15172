# SPDX-License-Identifier: Apache-2.0
"""Cash application: what the night does by itself, and what a person says about the lines that wait.

Every verb takes the client's row first (see actions.lock). Everything can be undone; undoing an undo is simply
confirming again. No line is ever given to a second customer without a person.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.db import transaction
from django.utils.translation import gettext as _

from ascolto.domain.access.models import Client
from ascolto.domain.ledger import keys
from ascolto.domain.ledger.actions import Parts, lock, reverse_payment, write_payment
from ascolto.domain.ledger.book import is_small
from ascolto.domain.ledger.matching import Awaited, CashReport, line_key, match_lines, paid_day
from ascolto.domain.ledger.models import BY_HAND, BankLine, LineAside, MatchProposal, Payment
from ascolto.domain.ledger.returns import apply_returns
from ascolto.domain.ledger.sums import items_of, unmatched
from ascolto.domain.portfolio.models import Customer
from ascolto.domain.records.actions import record
from ascolto.domain.records.errors import Refused
from ascolto.engine.allocate import Item, fit, within

__all__ = [
    "CashReport",
    "apply_cash",
    "assign_line",
    "confirm_match",
    "reject_match",
    "set_aside",
    "set_bar",
    "take_up",
    "undo_line",
    "undo_payment",
]

BARS = range(850, 1000)
"""Per mille: what a client may choose as the sureness from which no person is asked."""


@transaction.atomic
def apply_cash(
    *, client: Client, actor: str, as_of: dt.date, expected: Awaited = (), alone: bool = False
) -> CashReport:
    """Match every bank line of which something is nobody's: settle the sure ones, propose the others; then undo what
    the bank took back (see `returns`). `expected`: what customers said would come, and `alone`, see `match_lines`.

    A line that was undone once, or split by a person, waits for a person for ever after. Run again, it changes nothing.
    """
    client = lock(client)
    rows = list(unmatched(BankLine.objects.filter(client=client, amount_cents__gt=0)))
    report = match_lines(client, rows, actor, as_of, expected, alone=alone)
    returned = apply_returns(client=client, actor=actor, as_of=as_of)
    if not is_small(client.pk):
        keys.keep(client.pk, as_of)  # for the deeds of the day
    customers = {*report.customer_ids, *returned.customer_ids}
    report = replace(report, customer_ids=tuple(sorted(customers)))
    if report.settled:
        data = {"settled": report.settled, "cents": report.settled_cents, "waiting": report.waiting}
        record("cash_applied", actor=actor, client_id=client.pk, data={**data, "as_of": as_of.isoformat()})
    return report


@transaction.atomic
def confirm_match(*, proposal: MatchProposal, actor: str, as_of: dt.date) -> Payment:
    """A person says that the proposal is right: what is left of the line settles as proposed, within what is open.

    Confirming the same one twice returns the payment that is there. Refused: `line_settled`, `line_aside`.
    """
    client = lock(proposal.client)
    proposal = MatchProposal.objects.select_related("bank_line").get(pk=proposal.pk)
    line = proposal.bank_line
    made = _payments_of(client, line)
    known = next((p for p in made.standing if p.customer_id == proposal.customer_id), None)
    if known is not None:
        return known
    items = items_of(client.pk, proposal.customer_id, line.currency)
    parts = fit([(i, c) for i, c in proposal.parts], {i.instalment_id: i.balance_cents for i in items})
    return _settle(client, line, made, proposal.customer_id, items, within(parts, made.left_cents), None, actor, as_of)


@transaction.atomic
def assign_line(
    *, bank_line: BankLine, customer: Customer, parts: Parts | None, actor: str, as_of: dt.date,
    amount_cents: int | None = None, expected: Awaited = (),
) -> Payment:  # fmt: skip
    """A person says whose money a line is, and which instalments it settles (None: in the client's order).

    `amount_cents`: how much of the line, when others get the rest (None: all that is left). What stays nobody's waits
    with fresh proposals. Refused: `other_client`, `line_settled`, `line_aside`, `not_money_in`, `beyond_the_line`, and
    as post_payment.
    """
    client = lock(bank_line.client)
    if customer.client_id != bank_line.client_id:
        raise Refused("other_client", _("This customer belongs to another client."))
    items, made = items_of(client.pk, customer.pk, bank_line.currency), _payments_of(client, bank_line)
    payment = _settle(client, bank_line, made, customer.pk, items, parts, amount_cents, actor, as_of)
    if payment.amount_cents < made.left_cents:
        match_lines(client, [bank_line], actor, as_of, expected)
    return payment


@dataclass(frozen=True)
class _Made:
    """The payments a line has had: how many (its next turn), those that stand, and what they leave of the line."""

    turn: int
    standing: tuple[Payment, ...]
    left_cents: int


def _payments_of(client: Client, line: BankLine) -> _Made:
    rows = Payment.objects.filter(client=client, bank_line=line, amount_cents__gt=0)
    made = list(rows.select_related("reversed_by", "client").order_by("pk"))
    standing = tuple(p for p in made if getattr(p, "reversed_by", None) is None)
    return _Made(len(made), standing, line.amount_cents - sum(p.amount_cents for p in standing))


def _settle(
    client: Client, line: BankLine, made: _Made, customer_id: int, items: Sequence[Item], parts: Parts | None,
    amount_cents: int | None, actor: str, as_of: dt.date,
) -> Payment:  # fmt: skip
    _refuse_unless_waiting(client, line, made)
    cents = made.left_cents if amount_cents is None else amount_cents
    if not 0 < cents <= made.left_cents:
        raise Refused(
            "beyond_the_line", _("The amount must be more than zero and no more than what is left of the line.")
        )
    payment = write_payment(
        client=client, items=items, customer_id=customer_id, amount_cents=cents, paid_on=paid_day(line),
        parts=parts, idempotency_key=line_key(line.pk, made.turn), actor=actor, as_of=as_of, bank_line=line,
        currency=line.currency, reason=BY_HAND,
    )  # fmt: skip
    proposals = MatchProposal.objects.filter(client=client, bank_line=line)
    proposals.filter(customer_id=customer_id).update(status=MatchProposal.Status.CONFIRMED)
    proposals.filter(status=MatchProposal.Status.OPEN).delete()
    return payment


def _refuse_unless_waiting(client: Client, line: BankLine, made: _Made) -> None:
    if line.amount_cents <= 0:
        raise Refused("not_money_in", _("This line is money going out: it cannot settle an invoice."))
    if made.left_cents <= 0:
        raise Refused("line_settled", _("Somebody has matched this line already: undo that first."))
    if LineAside.objects.filter(client=client, bank_line=line, lifts=None, lifted_by=None).exists():
        raise Refused("line_aside", _("This line was set aside: take it up again first."))


@transaction.atomic
def set_bar(*, client: Client, permille: int, actor: str) -> Client:
    """From how sure on a match settles without a person, per mille. Refused: `bar_out_of_range` (`BARS`)."""
    client = lock(client)
    if permille not in BARS:
        raise Refused("bar_out_of_range", _("Choose a sureness between 85 and 99.9 per cent."))
    before, client.auto_settle_permille = client.auto_settle_permille, permille
    if before != permille:
        client.save(update_fields=["auto_settle_permille"])
        record("cash_bar_set", actor=actor, client_id=client.pk, data={"from": before, "to": permille})
    return client


@transaction.atomic
def reject_match(*, proposal: MatchProposal, actor: str, as_of: dt.date) -> MatchProposal:
    """A person says that the line is not this customer's: it is not proposed again."""
    client = lock(proposal.client)
    if proposal.status == MatchProposal.Status.REJECTED:
        return proposal
    if _payments_of(client, proposal.bank_line).left_cents <= 0:
        raise Refused("line_settled", _("Somebody has matched this line already: undo that first."))
    proposal.status = MatchProposal.Status.REJECTED
    proposal.save(update_fields=["status"])
    data = {"customer": proposal.customer_id, "as_of": as_of.isoformat()}
    record("match_rejected", actor=actor, client_id=client.pk, subject=proposal.bank_line, data=data)
    return proposal


@transaction.atomic
def undo_payment(*, payment: Payment, reason: str, actor: str, as_of: dt.date, expected: Awaited = ()) -> Payment:
    """Reverse a payment; its debt is open again and its bank line waits again, with proposals, for a person.

    Of a line split over several customers only this part is undone (`undo_line` undoes all).
    """
    twin = reverse_payment(payment=payment, reason=reason, actor=actor, as_of=as_of)
    if payment.bank_line is not None and unmatched(BankLine.objects.filter(pk=payment.bank_line.pk)).exists():
        match_lines(lock(payment.client), [payment.bank_line], actor, as_of, expected)
    return twin


@transaction.atomic
def undo_line(*, bank_line: BankLine, reason: str, actor: str, as_of: dt.date, expected: Awaited = ()) -> list[Payment]:
    """Reverse every payment that stands on a line; the whole line waits again. Returns what was undone."""
    client = lock(bank_line.client)
    standing = list(_payments_of(client, bank_line).standing)
    for payment in standing:
        reverse_payment(payment=payment, reason=reason, actor=actor, as_of=as_of)
    if standing and unmatched(BankLine.objects.filter(pk=bank_line.pk)).exists():
        match_lines(client, [bank_line], actor, as_of, expected)
    return standing


@transaction.atomic
def set_aside(*, bank_line: BankLine, reason: str, actor: str, as_of: dt.date) -> LineAside:
    """A line, or what is left of it, that is no customer's money (bank charges, a transfer between own accounts).

    Refused: `no_reason`, `line_settled`. Aside already: returns what is there.
    """
    client = lock(bank_line.client)
    if not reason.strip():
        raise Refused("no_reason", _("Say why the line is set aside."))
    if bank_line.amount_cents > 0 and _payments_of(client, bank_line).left_cents <= 0:
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
