# SPDX-License-Identifier: Apache-2.0
"""Chargeing interest and expenses from a customer. Owns: what may be charged still, charging it, and taking it back.

Of what is overdue, and of what was paid in full but late. A charge is a document with one instalment, so that it is owed, settled and told like everything else; the rows of law
and the arithmetic are kept with it. Nothing is charged twice: what stands charged is taken off what the law gives.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from fractions import Fraction
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from ascolto.domain.access.models import Client
from ascolto.domain.ledger.actions import lock, post_payment, reverse_payment
from ascolto.domain.ledger.interest import InstalmentInterest, reckon, reckon_paid_late
from ascolto.domain.ledger.models import Allocation, Charge, Payment
from ascolto.domain.ledger.sums import live
from ascolto.domain.portfolio.models import Customer, Instalment, Invoice
from ascolto.domain.records.actions import record
from ascolto.domain.records.errors import Refused
from ascolto.engine.interest import Interest, rounded

INTEREST, FLAT_SUM, COSTS = Charge.Basis.INTEREST, Charge.Basis.FLAT_SUM, Charge.Basis.COSTS
KIND_OF: Mapping[str, str] = {
    INTEREST: Invoice.Kind.INTEREST, FLAT_SUM: Invoice.Kind.EXPENSES, COSTS: Invoice.Kind.EXPENSES,
}  # fmt: skip
PREFIX: Mapping[str, str] = {Invoice.Kind.INTEREST: "INT", Invoice.Kind.EXPENSES: "SPE"}
"""How the number of a charge begins: interessi and spese of the invoice whose number follows."""


@dataclass(frozen=True)
class Chargeable:
    """What the law gives about one invoice on a day, less what stands charged already. `until`: interest up to this day."""

    invoice_id: int
    number: str
    due_on: dt.date
    balance_cents: int
    interest_cents: int
    flat_sum_cents: int
    charged_cents: int
    lines: tuple[InstalmentInterest, ...]
    until: dt.date


@dataclass(frozen=True)
class Preview:
    """What may be charged of a customer, invoice by invoice, and what the law warns of. `gap`: why nothing is known.

    `items` are overdue; `paid_late` are settled, the latest paid first, and have something left to charge.
    """

    items: tuple[Chargeable, ...]
    paid_late: tuple[Chargeable, ...]
    warnings: tuple[str, ...]
    gap: str


def preview(customer: Customer, as_of: dt.date, *, notice_on: dt.date | None = None, from_due: bool = False) -> Preview:
    """What `raise_charges` would charge, without writing."""
    told = reckon(customer, as_of, notice_on=notice_on, from_due=from_due)
    late = reckon_paid_late(customer, as_of, notice_on=notice_on, from_due=from_due)
    items = tuple(_chargeable(customer, (*told.lines, *late.lines)))
    open_still = {line.invoice_id for line in told.lines}
    return Preview(
        tuple(item for item in items if item.invoice_id in open_still),
        tuple(i for i in items if i.invoice_id not in open_still and (i.interest_cents or i.flat_sum_cents)),
        tuple(dict.fromkeys((*told.warnings, *late.warnings))),
        told.gap or late.gap,
    )


def _chargeable(customer: Customer, lines: Iterable[InstalmentInterest]) -> Iterable[Chargeable]:
    """By invoice: of one paid in instalments, the late ones are told together, open or not."""
    by_invoice: dict[int, list[InstalmentInterest]] = defaultdict(list)
    for line in lines:
        by_invoice[line.invoice_id].append(line)
    charged = _charged(customer, list(by_invoice))
    for invoice_id, own in by_invoice.items():
        total = sum((part.total for line in own for part in line.parts), Fraction(0))
        interest, flat = charged[invoice_id, INTEREST], charged[invoice_id, FLAT_SUM]
        yield Chargeable(
            invoice_id=invoice_id, number=own[0].invoice_number, due_on=own[0].due_on,
            balance_cents=sum(line.balance_cents for line in own),
            interest_cents=max(0, rounded(total) - interest),
            flat_sum_cents=0 if flat else max(line.fixed_sum_cents for line in own),
            charged_cents=interest + flat + charged[invoice_id, COSTS], lines=tuple(own),
            until=max(line.until for line in own),
        )  # fmt: skip


def _charged(customer: Customer, invoice_ids: list[int]) -> dict[tuple[int, str], int]:
    """Cents that stand charged, by invoice and basis."""
    rows = Charge.objects.filter(client_id=customer.client_id, of_invoice_id__in=invoice_ids)
    found: dict[tuple[int, str], int] = defaultdict(int)
    for charge in rows.exclude(pk__in=withdrawn_ids(customer.client_id, customer.pk)).select_related("instalment"):
        found[charge.of_invoice_id, charge.basis] += charge.instalment.amount_cents
    return found


def withdrawn_ids(client_id: int, customer_id: int) -> list[int]:
    """Charges of a customer that a standing credit takes back."""
    rows = live(Payment.objects.filter(client_id=client_id, customer_id=customer_id, kind=Payment.Kind.CREDIT_NOTE))
    keys = rows.filter(idempotency_key__startswith="charge:").values_list("idempotency_key", flat=True)
    return [int(key.split(":")[1]) for key in keys]


@transaction.atomic
def raise_charges(
    *, customer: Customer, wanted: Iterable[tuple[int, str]], shown_cents: int, due_on: dt.date, actor: str,
    as_of: dt.date, notice_on: dt.date | None = None, from_due: bool = False,
) -> list[Charge]:  # fmt: skip
    """Charge what the law gives: `wanted` are (invoice id, interest or flat_sum). The amounts are worked out anew.

    Refused: `due_in_the_past`, `no_law` (the table does not reach the day), `nothing_to_charge`, `changed_meanwhile`
    (they are no longer the `shown_cents` that the person saw).
    """
    client = lock(customer.client)
    if due_on < as_of:
        raise Refused("due_in_the_past", _("The charge cannot be due before today."))
    told = preview(customer, as_of, notice_on=notice_on, from_due=from_due)
    if told.gap:
        raise Refused("no_law", told.gap)
    asked = set(wanted)
    drafts = [
        (item, basis, cents)
        for item in (*told.items, *told.paid_late)
        for basis, cents in ((INTEREST, item.interest_cents), (FLAT_SUM, item.flat_sum_cents))
        if (item.invoice_id, basis.value) in asked and cents > 0
    ]
    if not drafts:
        raise Refused("nothing_to_charge", _("Nothing of what you chose can be charged today."))
    if sum(cents for _item, _basis, cents in drafts) != shown_cents:
        raise Refused("changed_meanwhile", _("The amounts have changed meanwhile: look at them again."))
    return [
        _write(client, customer, item.invoice_id, basis, cents, due_on, actor, as_of, item.lines, "", item.until)
        for item, basis, cents in drafts
    ]


@transaction.atomic
def charge_costs(
    *, customer: Customer, invoice: Invoice, cents: int, reason: str, due_on: dt.date, actor: str, as_of: dt.date
) -> Charge:
    """Charge what recovering an invoice did cost, beyond the flat sum; `reason` says what proves it.

    Refused: `due_in_the_past`, `not_of_customer`, `no_reason`, `amount_not_positive`.
    """
    client = lock(customer.client)
    if due_on < as_of:
        raise Refused("due_in_the_past", _("The charge cannot be due before today."))
    if invoice.customer_id != customer.pk or invoice.client_id != client.pk or invoice.kind in Invoice.CHARGES:
        raise Refused("not_of_customer", _("Choose an invoice of this customer."))
    if not reason.strip():
        raise Refused("no_reason", _("Say which costs these are and what proves them."))
    if cents <= 0:
        raise Refused("amount_not_positive", _("The amount must be more than zero."))
    return _write(client, customer, invoice.pk, COSTS, cents, due_on, actor, as_of, (), reason.strip()[:300])


def _write(
    client: Client, customer: Customer, invoice_id: int, basis: Charge.Basis, cents: int, due_on: dt.date, actor: str,
    as_of: dt.date, lines: tuple[InstalmentInterest, ...], reason: str, until: dt.date | None = None,
) -> Charge:  # fmt: skip
    about = Invoice.objects.get(client=client, pk=invoice_id)
    kind = KIND_OF[basis]
    earlier = Charge.objects.filter(client=client, of_invoice=about, instalment__invoice__kind=kind).count()
    number = f"{PREFIX[kind]} {about.number[:50]}" + (f"/{earlier + 1}" if earlier else "")
    document = Invoice.objects.create(
        client=client, customer=customer, account_id=about.account_id, kind=kind, number=number, issued_on=as_of,
        currency=about.currency, total_cents=cents, payable_cents=cents,
        description=reason,
    )  # fmt: skip
    instalment = Instalment.objects.create(
        client=client, customer=customer, invoice=document, due_on=due_on, amount_cents=cents
    )
    parts = [(line, part) for line in lines for part in line.parts]
    charge = Charge.objects.create(
        client=client, instalment=instalment, of_invoice=about, basis=basis, reckoned_on=until or as_of, reason=reason,
        worked=[row for line, part in parts for row in _worked(line, part)] if basis == INTEREST else [],
        rows=_rows([part for _line, part in parts], basis), author=actor,
    )  # fmt: skip
    record("charge_raised", actor=actor, client_id=client.pk, subject=charge, why=reason, data={"cents": cents})
    return charge


def _worked(line: InstalmentInterest, part: Interest) -> Iterable[dict[str, Any]]:
    for period in part.periods:
        yield {
            "instalment": line.instalment_id, "regime": line.regime, "from": period.start.isoformat(),
            "to": period.end.isoformat(), "days": period.days, "capital": str(period.capital),
            "rate_bp": period.rate_bp, "cents": str(period.cents), "row": period.row.id if period.row else "",
        }  # fmt: skip


def _rows(parts: Iterable[Interest], basis: str) -> list[dict[str, Any]]:
    """The rows of law behind a charge, whole: a table may be corrected later, what was charged stays explained."""
    used = {row.id: row for part in parts for row in part.rows}
    flat = {part.fixed_sum.id for part in parts if part.fixed_sum}
    chosen = [row for row in used.values() if (row.id in flat) == (basis == FLAT_SUM)]
    return [
        {name: value.isoformat() if isinstance(value, dt.date) else value for name, value in asdict(row).items()}
        for row in chosen
    ]


@transaction.atomic
def withdraw_charge(*, charge: Charge, why: str, actor: str, as_of: dt.date) -> Payment:
    """Take a charge back: a credit of its whole amount. Money that had settled it goes back on account.

    Undone by reversing the credit. Withdrawn already: returns the credit that is there. Refused: `no_reason`.
    """
    if not why.strip():
        raise Refused("no_reason", _("Say why the charge is withdrawn."))
    client = lock(charge.client)
    instalment = charge.instalment
    made = Payment.objects.filter(
        client=client, customer_id=instalment.customer_id, idempotency_key__startswith=f"charge:{charge.pk}:"
    )
    known = live(made).first()
    if known is not None:
        return known
    _free(client, instalment, why, actor, as_of)
    credit = post_payment(
        client=client, customer_id=instalment.customer_id, amount_cents=instalment.amount_cents, paid_on=as_of,
        parts=[(instalment.pk, instalment.amount_cents)], idempotency_key=f"charge:{charge.pk}:{made.count()}",
        actor=actor, as_of=as_of, kind=Payment.Kind.CREDIT_NOTE, currency=instalment.invoice.currency,
        reason=_("%(number)s withdrawn: %(why)s") % {"number": instalment.invoice.number, "why": why.strip()},
    )  # fmt: skip
    record("charge_withdrawn", actor=actor, client_id=client.pk, subject=charge, why=why)
    return credit


def _free(client: Client, instalment: Instalment, why: str, actor: str, as_of: dt.date) -> None:
    """What settled the charge settles it no longer: write-offs are undone, money and credits lie on account again."""
    settled = Allocation.objects.filter(client=client, instalment=instalment, amount_cents__gt=0, reversed_by=None)
    for one in settled.select_related("payment__client"):
        if one.payment.kind == Payment.Kind.WRITE_OFF:
            reverse_payment(payment=one.payment, reason=why, actor=actor, as_of=as_of)
        else:
            Allocation.objects.create(
                client=client, payment=one.payment, instalment=instalment, amount_cents=-one.amount_cents,
                paid_on=one.paid_on, known_on=as_of, reverses=one, reason=why[:300], author=actor,
            )  # fmt: skip
