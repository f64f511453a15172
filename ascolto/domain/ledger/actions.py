# SPDX-License-Identifier: Apache-2.0
"""What can be done to the ledger: post a payment, reverse it, write off, apply credit notes and money on account.

Every verb takes the client's row first, so that money of one client is written by one hand at a time; then it checks
in words what the database would refuse in code. Nothing is ever changed: a correction adds a negative twin.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence

from django.db import transaction
from django.db.models import CharField, Exists, F, OuterRef, Value
from django.db.models.functions import Cast, Concat
from django.utils.translation import gettext as _

from ascolto.domain.access.models import Client
from ascolto.domain.ledger.models import Allocation, BankLine, CreditRequest, MoneyLeft, Payment
from ascolto.domain.ledger.rules import rule_on
from ascolto.domain.ledger.sums import items_of, live, open_items, spent_of_payment
from ascolto.domain.portfolio.identities import chunks
from ascolto.domain.portfolio.models import Instalment, Invoice
from ascolto.domain.records.actions import record
from ascolto.domain.records.errors import Refused
from ascolto.engine.allocate import Item, Split, allocate
from ascolto.engine.settling import USUAL, Rule, small_differences

Parts = Sequence[tuple[int, int]]
"""(instalment id, cents), in the order of settlement."""


NOTE = "credit_note:"
"""How the key of a credit note's payment begins: one key, so once each."""
SMALL = "small:"
"""How the key of a small difference begins: `small:<payment>:<instalment>`."""


def lock(client: Client) -> Client:
    """Take the client's row until the transaction ends. Call first in every verb that writes money."""
    return Client.objects.select_for_update().get(pk=client.pk)


@transaction.atomic
def post_payment(
    *,
    client: Client,
    customer_id: int,
    amount_cents: int,
    paid_on: dt.date,
    parts: Parts | None,
    idempotency_key: str,
    actor: str,
    as_of: dt.date,
    kind: str = "money",
    bank_line: BankLine | None = None,
    credit_note: Invoice | None = None,
    currency: str = "EUR",
    reason: str = "",
) -> Payment:
    """Something that settles: money, credit note or write-off of `amount_cents` > 0.

    `parts` None: in the client's order, the oldest due first; what no part takes stays on account. The same key with
    the same content returns the payment that is there; with other content it is refused (`same_key_other_content`).
    """
    lock(client)
    known = Payment.objects.filter(client=client, idempotency_key=idempotency_key).first()
    if known is not None:
        return _same_or_refuse(known, customer_id, amount_cents, paid_on, kind, parts)
    if amount_cents <= 0:
        raise Refused("amount_not_positive", _("The amount must be more than zero."))
    return write_payment(
        client=client, items=items_of(client.pk, customer_id, currency), customer_id=customer_id,
        amount_cents=amount_cents, paid_on=paid_on, parts=parts, idempotency_key=idempotency_key, actor=actor,
        as_of=as_of, kind=kind, bank_line=bank_line, credit_note=credit_note, currency=currency, reason=reason,
    )  # fmt: skip


def write_payment(
    *,
    client: Client,
    items: Sequence[Item],
    customer_id: int,
    amount_cents: int,
    paid_on: dt.date,
    parts: Parts | None,
    idempotency_key: str,
    actor: str,
    as_of: dt.date,
    kind: str = "money",
    bank_line: BankLine | None = None,
    credit_note: Invoice | None = None,
    currency: str = "EUR",
    reason: str = "",
) -> Payment:
    """As `post_payment`, for a verb that holds the client's row and knows what is open (`items` of the customer)."""
    rule = rule_on(client.pk, as_of) if kind == Payment.Kind.MONEY else USUAL
    if parts is None:
        parts = allocate(amount_cents, items, rule=rule).parts
    _check_parts(items, amount_cents, parts)
    payment = Payment.objects.create(
        client=client, customer_id=customer_id, kind=kind, paid_on=paid_on, known_on=as_of, amount_cents=amount_cents,
        currency=currency, bank_line=bank_line, credit_note=credit_note, idempotency_key=idempotency_key,
        reason=reason[:300], author=actor,
    )  # fmt: skip
    _allocate(payment, parts, actor, as_of, reason)
    record(
        f"{kind}_posted",
        actor=actor,
        client_id=client.pk,
        subject=payment,
        why=reason,
        data={"parts": list(parts)},
    )
    if sum(cents for _instalment, cents in parts) == amount_cents:
        balances = {item.instalment_id: item.balance_cents for item in items}
        for instalment, cents in small_differences(parts, balances, rule):
            _give_up_small(payment, instalment, cents, actor, as_of)
    return payment


def _give_up_small(payment: Payment, instalment: int, cents: int, actor: str, as_of: dt.date) -> None:
    """The few cents that an underpayment left open: a write-off of its own, undone together with the payment."""
    given = small_write_off(
        payment.client_id, payment.pk, payment.customer_id, (instalment, cents), payment.paid_on, payment.currency, actor, as_of
    )  # fmt: skip
    given.save()
    _allocate(given, [(instalment, cents)], actor, as_of, given.reason)
    record("small_difference", actor=actor, client_id=payment.client_id, subject=given, data={"payment": payment.pk})


def small_write_off(
    client_id: int, payment_id: int, customer_id: int, part: tuple[int, int], paid_on: dt.date, currency: str,
    actor: str, as_of: dt.date,
) -> Payment:  # fmt: skip
    """The write-off of a `part` (instalment, cents) that a payment leaves open, not written yet. Its key ties it to its
    payment, and tells it from those that a person decides."""
    instalment, cents = part
    return Payment(
        client_id=client_id, customer_id=customer_id, kind=Payment.Kind.WRITE_OFF, paid_on=paid_on, known_on=as_of,
        amount_cents=cents, currency=currency, idempotency_key=_small_key(payment_id, instalment),
        reason=_("Small difference, within the client's limit"), author=actor,
    )  # fmt: skip


def _small_key(payment_id: int, instalment: int) -> str:
    return f"{SMALL}{payment_id}:{instalment}"


def _same_or_refuse(
    known: Payment, customer_id: int, amount_cents: int, paid_on: dt.date, kind: str, parts: Parts | None
) -> Payment:
    same = (known.customer_id, known.amount_cents, known.paid_on, known.kind) == (
        customer_id,
        amount_cents,
        paid_on,
        kind,
    )
    if same and parts is not None:
        first = Allocation.objects.filter(client_id=known.client_id, payment=known, amount_cents__gt=0)
        same = set(parts) <= set(first.values_list("instalment_id", "amount_cents"))
    if not same:
        raise Refused("same_key_other_content", _("This was recorded already, with other content."))
    return known


def _check_parts(items: Iterable[Item], amount_cents: int, parts: Parts) -> None:
    balances = {i.instalment_id: i.balance_cents for i in items}
    if len({instalment for instalment, _cents in parts}) != len(parts):
        raise Refused("instalment_twice", _("The same instalment is named twice."))
    for instalment, cents in parts:
        if instalment not in balances:
            raise Refused("not_open", _("An instalment is not open for this customer: reload and choose again."))
        if not 0 < cents <= balances[instalment]:
            raise Refused("beyond_instalment", _("An amount is more than its instalment still owes."))
    if sum(cents for _instalment, cents in parts) > amount_cents:
        raise Refused("beyond_payment", _("The parts are more than the payment."))


def _allocate(payment: Payment, parts: Iterable[tuple[int, int]], actor: str, as_of: dt.date, reason: str) -> None:
    Allocation.objects.bulk_create(
        Allocation(
            client_id=payment.client_id, payment=payment, instalment_id=instalment, amount_cents=cents,
            paid_on=payment.paid_on, known_on=as_of, reason=reason[:300], author=actor,
        )
        for instalment, cents in parts
    )  # fmt: skip


@transaction.atomic
def reverse_payment(
    *, payment: Payment, reason: str, actor: str, as_of: dt.date, paid_on: dt.date | None = None
) -> Payment:
    """Undo a payment: a negative twin, and the negative of each allocation; the debt is open again.

    `paid_on`: for money that the bank took back, the day it did. A mistaken match leaves it out: it never was paid.
    Refused: `no_reason`, `is_reversal`. Reversing twice returns the twin that is there.
    """
    if not reason.strip():
        raise Refused("no_reason", _("Say why the payment is undone."))
    if payment.reverses_id is not None:
        raise Refused("is_reversal", _("An undo cannot be undone: record the payment again."))
    client = lock(payment.client)
    twin = Payment.objects.filter(reverses=payment).first()
    if twin is not None:
        return twin
    day = paid_on or payment.paid_on
    twin = Payment.objects.create(
        client=client, customer_id=payment.customer_id, kind=payment.kind, paid_on=day, known_on=as_of,
        amount_cents=-payment.amount_cents, currency=payment.currency, bank_line_id=payment.bank_line_id,
        credit_note_id=payment.credit_note_id, reverses=payment, idempotency_key=f"reversal:{payment.pk}",
        reason=reason[:300], author=actor,
    )  # fmt: skip
    standing = list(Allocation.objects.filter(client=client, payment=payment, amount_cents__gt=0, reversed_by=None))
    Allocation.objects.bulk_create(
        # The reversal hangs on the payment that it empties: the sums of a payment are told by its own allocations.
        Allocation(
            client=client, payment=payment, instalment_id=a.instalment_id, amount_cents=-a.amount_cents, paid_on=day,
            known_on=as_of, reverses=a, reason=reason[:300], author=actor,
        )
        for a in standing
    )  # fmt: skip
    record("payment_reversed", actor=actor, client_id=client.pk, subject=payment, why=reason)
    keys = [_small_key(payment.pk, a.instalment_id) for a in standing] if payment.kind == Payment.Kind.MONEY else []
    for small in live(Payment.objects.filter(client=client, idempotency_key__in=keys)) if keys else ():
        reverse_payment(payment=small, reason=reason, actor=actor, as_of=as_of, paid_on=paid_on)
    return twin


@transaction.atomic
def write_off(
    *,
    client: Client,
    instalment: Instalment,
    amount_cents: int,
    reason: str,
    idempotency_key: str,
    actor: str,
    as_of: dt.date,
) -> Payment:
    """Give up `amount_cents` of an instalment, with a reason (`no_reason` without one). Undone by `reverse_payment`."""
    if not reason.strip():
        raise Refused("no_reason", _("Say why the amount is written off."))
    return post_payment(
        client=client, customer_id=instalment.customer_id, amount_cents=amount_cents, paid_on=as_of,
        parts=[(instalment.pk, amount_cents)], idempotency_key=idempotency_key, actor=actor, as_of=as_of,
        kind="write_off", currency=instalment.invoice.currency, reason=reason,
    )  # fmt: skip


@transaction.atomic
def apply_credit_notes(
    *, client: Client, actor: str, as_of: dt.date, customer_ids: Collection[int] | None = None
) -> list[int]:
    """Let every credit note not yet applied (of some customers) settle the invoice that it names, else the oldest open
    items.

    Once each: the key is `credit_note:<invoice id>`. What finds nothing open stays on account. Returns customer ids.
    """
    if customer_ids is not None:
        parts = [_apply_credit_notes(client, actor, as_of, ids) for ids in chunks(sorted(customer_ids))]
        return sorted({customer for part in parts for customer in part})
    return _apply_credit_notes(client, actor, as_of, None)


def _apply_credit_notes(client: Client, actor: str, as_of: dt.date, ids: Collection[int] | None) -> list[int]:
    lock(client)
    key = Concat(Value(NOTE), Cast(OuterRef("pk"), CharField()), output_field=CharField())
    applied = Payment.objects.filter(client=client, idempotency_key=key)
    notes = Invoice.objects.filter(client=client, kind=Invoice.Kind.CREDIT_NOTE, payable_cents__gt=0)
    if ids is not None:
        notes = notes.filter(customer_id__in=ids)
    notes = notes.filter(~Exists(applied)).order_by("issued_on", "pk")
    documents = CreditRequest.objects.filter(client=client, document__isnull=False).values("document_id")
    notes = notes.exclude(pk__in=documents)
    owed = _by_customer(client.pk, {note.customer_id for note in notes})
    touched = []
    for note in notes:
        if _documents_a_request(note):
            continue
        items = owed[note.customer_id, note.currency]
        named = {i.instalment_id for i in items if i.number and i.number in _named_by(note)}
        post_payment(
            client=client, customer_id=note.customer_id, amount_cents=note.payable_cents, paid_on=note.issued_on,
            parts=_take(note.payable_cents, items, named).parts, idempotency_key=f"{NOTE}{note.pk}", actor=actor,
            as_of=as_of, kind="credit_note", credit_note=note, currency=note.currency, reason=note.number,
        )  # fmt: skip
        touched.append(note.customer_id)
    return sorted(set(touched))


def _documents_a_request(note: Invoice) -> bool:
    """The client's credit note of what was approved before settles nothing twice: it is tied to its request, once."""
    waiting = CreditRequest.objects.filter(
        client_id=note.client_id, customer_id=note.customer_id, kind=CreditRequest.Kind.CREDIT_NOTE,
        status=CreditRequest.Status.APPROVED, document=None, amount_cents=note.payable_cents,
        payment__reversed_by=None, asked_on__lte=note.issued_on,
    )  # fmt: skip
    first = waiting.order_by("pk").first()
    if first is None:
        return False
    first.document = note
    first.save(update_fields=["document"])
    record("credit_note_documented", actor="system", client_id=note.client_id, subject=first, why=note.number)
    return True


def _by_customer(client_id: int, customer_ids: set[int]) -> dict[tuple[int, str], list[Item]]:
    owed: dict[tuple[int, str], list[Item]] = defaultdict(list)
    for item in open_items(client_id, customer_ids):
        owed[item.customer_id, item.currency].append(item)
    return owed


def _take(cents: int, items: list[Item], named: Collection[int] = (), rule: Rule = USUAL) -> Split:
    """Allocate and lower the balances, so that the next one of the same run sees what is left."""
    split = allocate(cents, items, named, rule)
    taken = dict(split.parts)
    for item in items:
        item.balance_cents -= taken.get(item.instalment_id, 0)
    return split


def _named_by(note: Invoice) -> set[str]:
    """Invoice numbers that a credit note may name: its reference, and each word of its description."""
    return {note.reference, *note.description.replace(",", " ").replace(";", " ").split()}


@transaction.atomic
def apply_on_account(
    *, client: Client, actor: str, as_of: dt.date, customer_ids: Collection[int] | None = None,
    aside: Mapping[int, int] | None = None,
) -> list[int]:  # fmt: skip
    """Let money that lies on account settle what is open now, in the client's order, oldest first. Returns the ids of
    customers touched. `customer_ids`: only theirs; `aside`: by customer, cents that stay on account because they are
    for something else (the interest of a plan)."""
    lock(client)
    rule = rule_on(client.pk, as_of)
    waiting = _without(_with_money_left(client, customer_ids), aside or {})
    owed = _by_customer(client.pk, {payment.customer_id for payment, _left in waiting})
    touched = []
    for payment, left in waiting:
        money = payment.kind == Payment.Kind.MONEY
        split = _take(left, owed[payment.customer_id, payment.currency], rule=rule if money else USUAL)
        if not split.parts:
            continue
        _allocate(payment, split.parts, actor, as_of, "on_account")
        record(
            "on_account_applied",
            actor=actor,
            client_id=client.pk,
            subject=payment,
            data={"parts": list(split.parts)},
        )
        touched.append(payment.customer_id)
    return sorted(set(touched))


def _without(waiting: list[tuple[Payment, int]], aside: Mapping[int, int]) -> list[tuple[Payment, int]]:
    """The same money less what is set aside, taken from the newest."""
    kept, told = dict(aside), []
    for payment, left in reversed(waiting):
        keep = min(left, kept.get(payment.customer_id, 0))
        kept[payment.customer_id] = kept.get(payment.customer_id, 0) - keep
        told.append((payment, left - keep))
    return [(payment, left) for payment, left in reversed(told) if left > 0]


def _with_money_left(client: Client, customer_ids: Collection[int] | None) -> list[tuple[Payment, int]]:
    """Standing payments with the cents that nothing has taken yet, oldest first."""
    resting = MoneyLeft.objects.filter(client=client)  # the few that may have some (resting.py)
    if customer_ids is not None:
        resting = resting.filter(payment__client=client, payment__customer_id__in=customer_ids)
    found: list[tuple[Payment, int]] = []
    for some in chunks(resting.values_list("payment_id", flat=True)):
        rows = live(Payment.objects.filter(pk__in=some)).exclude(kind=Payment.Kind.WRITE_OFF)
        rows = rows.annotate(left=F("amount_cents") - spent_of_payment()).filter(left__gt=0)
        found += [(payment, payment.left) for payment in rows]
    return sorted(found, key=lambda one: (one[0].paid_on, one[0].pk))
