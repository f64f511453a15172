# SPDX-License-Identifier: Apache-2.0
"""The bank's statement against what was presented: credits by end-to-end id or of a whole file, and what came back.

Before cash application, which then sees only what is left. Run again, it changes nothing.
"""

import datetime as dt
from collections.abc import Sequence

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from ascolto.domain.access.models import Client
from ascolto.domain.debits.models import Collection, CollectionOrder
from ascolto.domain.debits.outcomes import fail, order_key
from ascolto.domain.ledger.actions import lock, write_payment
from ascolto.domain.ledger.cash import set_aside
from ascolto.domain.ledger.matching import line_key, paid_day
from ascolto.domain.ledger.models import BankLine, Payment
from ascolto.domain.ledger.sums import items_of, unmatched, with_balance
from ascolto.domain.portfolio.models import Instalment
from ascolto.domain.records.actions import record

State = CollectionOrder.State
OURS = (State.PRESENTED, State.PAID)


@transaction.atomic
def settle_collections(*, client: Client, actor: str, as_of: dt.date) -> frozenset[int]:
    """Tie the statement's lines to presented orders; returns the customers whose money changed."""
    client = lock(client)
    if not CollectionOrder.objects.filter(client=client, state__in=OURS).exists():
        return frozenset()
    customers = _one_by_one(client, actor, as_of)
    customers |= _whole_files(client, actor, as_of)
    customers |= _came_back(client, actor, as_of)
    _close_paid(client, as_of)
    return frozenset(customers)


def _waiting(client: Client, sign: int) -> list[BankLine]:
    rows = BankLine.objects.filter(client=client, **({"amount_cents__gt": 0} if sign > 0 else {"amount_cents__lt": 0}))
    first = Collection.objects.filter(client=client).order_by("made_on").values_list("made_on", flat=True).first()
    rows = rows.filter(booked_on__gte=first) if first else rows.none()
    return sorted(unmatched(rows).select_related("client"), key=lambda line: (line.booked_on, line.pk))


def _orders(client: Client, lines: Sequence[BankLine], states: Sequence[str]) -> dict[str, CollectionOrder]:
    found: dict[str, CollectionOrder] = {}
    names = sorted({line.end_to_end_id for line in lines} - {""})
    for start in range(0, len(names), 500):
        rows = CollectionOrder.objects.filter(
            client=client, end_to_end_id__in=names[start : start + 500], state__in=states
        )
        rows = rows.select_related("collection", "mandate", "instalment__invoice", "client")
        found |= {order.end_to_end_id: order for order in rows.order_by("pk")}
    return found


def _one_by_one(client: Client, actor: str, as_of: dt.date) -> set[int]:
    """A credit that bears the order's own id and amount is its payment."""
    lines = _waiting(client, +1)
    orders = _orders(client, lines, OURS)
    customers = set()
    for line in lines:
        order = orders.get(line.end_to_end_id)
        if order is None or line.amount_cents != order.amount_cents:
            continue
        turns = Payment.objects.filter(client=client, bank_line=line, amount_cents__gt=0).count()
        if turns == 0 and _post(client, order, line, paid_day(line), line_key(line.pk, 0), actor, as_of):
            customers.add(order.customer_id)
    return customers


def _whole_files(client: Client, actor: str, as_of: dt.date) -> set[int]:
    """A credit of a whole file: it names the file, and is the sum of what has not come back. Each order is a payment."""
    customers: set[int] = set()
    lines = [line for line in _waiting(client, +1) if not line.end_to_end_id or line.end_to_end_id == "NOTPROVIDED"]
    pending = CollectionOrder.objects.filter(client=client, state=State.PRESENTED).order_by()
    sums = pending.values_list("collection_id", "collection__identifier", "collect_on").annotate(
        cents=Sum("amount_cents")
    )
    files = list(sums)
    for line in lines:
        said = f" {line.reference} {line.bank_reference} {line.remittance} "
        fits = [(flow, on) for flow, name, on, cents in files if cents == line.amount_cents and f" {name}" in said]
        if len(fits) != 1:
            continue
        [(flow, on)] = fits
        orders = pending.filter(collection_id=flow, collect_on=on).select_related("collection", "instalment__invoice")
        posted = [one for one in orders if _post(client, one, None, paid_day(line), order_key(one), actor, as_of)]
        customers |= {order.customer_id for order in posted}
        files = [row for row in files if (row[0], row[2]) != (flow, on)]
        set_aside(bank_line=line, reason=_("Credit of a whole file of collections: one payment for each order"),
                  actor=actor, as_of=as_of)  # fmt: skip
    return customers


def _post(
    client: Client, order: CollectionOrder, line: BankLine | None, on: dt.date, key: str, actor: str, as_of: dt.date
) -> bool:
    """The order's payment, within what its instalment still owes; the rest stays on account."""
    if Payment.objects.filter(client=client, idempotency_key=key).exists():
        return False
    items = items_of(client.pk, order.customer_id, "EUR")
    open_ = next((item.balance_cents for item in items if item.instalment_id == order.instalment_id), 0)
    parts = [(order.instalment_id, min(open_, order.amount_cents))] if open_ > 0 else []
    write_payment(
        client=client, items=items, customer_id=order.customer_id, amount_cents=order.amount_cents, paid_on=on,
        parts=parts, idempotency_key=key, actor=actor, as_of=as_of, bank_line=line, reason="collection",
    )  # fmt: skip
    return True


def _came_back(client: Client, actor: str, as_of: dt.date) -> set[int]:
    """A return line that bears an order's id: the order is unpaid, whatever payment it was is undone."""
    lines = [line for line in _waiting(client, -1) if line.end_to_end_id]
    orders = _orders(client, lines, (*OURS, State.RETURNED))
    customers = set()
    for line in lines:
        order = orders.get(line.end_to_end_id)
        if order is None or -line.amount_cents != order.amount_cents:
            continue
        if order.state in OURS:
            fail(order, State.RETURNED, line.return_code or "", actor, as_of, line.booked_on)
            customers.add(order.customer_id)
        set_aside(bank_line=line, reason=_("An order that came back: its payment is undone"), actor=actor, as_of=as_of)
    return customers


def _close_paid(client: Client, as_of: dt.date) -> None:
    """An order whose instalment owes nothing any more is paid, however the money came."""
    pending = CollectionOrder.objects.filter(client=client, state=State.PRESENTED).values("instalment_id")
    items = with_balance(Instalment.objects.filter(client=client, pk__in=pending)).filter(balance_cents=0)
    paid = list(items.values_list("pk", flat=True))
    done = 0
    for start in range(0, len(paid), 500):
        rows = CollectionOrder.objects.filter(
            client=client, instalment_id__in=paid[start : start + 500], state=State.PRESENTED
        )
        done += rows.update(state=State.PAID, told_on=as_of)
    if done:
        record("collections_paid", actor="system", client_id=client.pk, data={"orders": done})
