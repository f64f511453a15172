# SPDX-License-Identifier: Apache-2.0
"""What may be collected today, and what is left out and why. Nothing is written here."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import holidays
from django.db.models import Q

from ascolto.domain.access.models import Client
from ascolto.domain.care.queries import contested_cents
from ascolto.domain.debits.mandates import is_usable
from ascolto.domain.debits.models import CollectionOrder, Creditor, DebitMandate
from ascolto.domain.ledger.credits import pending_cents
from ascolto.domain.ledger.sums import with_balance
from ascolto.domain.portfolio.models import Hold, Instalment
from ascolto.policies.load_bank import collections, return_codes

State = CollectionOrder.State


@dataclass(frozen=True)
class Candidate:
    """An open instalment of a customer with a mandate. `why_not`: lapsed, pending, held, contested, planned, failed."""

    instalment: Any
    mandate: DebitMandate
    cents: int
    collect_on: dt.date
    why_not: str = ""


def candidates(
    client: Client, creditor: Creditor, due_by: dt.date, as_of: dt.date, planned: Mapping[int, dt.date]
) -> list[Candidate]:
    """Every open instalment due by `due_by` of customers with an active mandate, oldest first, with why it is left out.

    `planned`: instalments that a running plan covers (the plan says when they are paid)."""
    active = DebitMandate.objects.filter(client=client, state=DebitMandate.State.ACTIVE).select_related("customer")
    mandates = {mandate.customer_id: mandate for mandate in active}
    rows = Instalment.objects.filter(
        client=client, due_on__lte=due_by, invoice__currency="EUR", customer__debit_mandates__state="active"
    ).exclude(invoice__issued_on__gt=as_of)
    orders = _orders(client)
    held = _held(client, as_of)
    disputed = {**contested_cents(client.pk, as_of), **pending_cents(client.pk, as_of)}
    found = []
    open_ = with_balance(rows).filter(balance_cents__gt=0).select_related("invoice", "customer")
    for item in open_.order_by("due_on", "pk"):
        mandate = mandates[item.customer_id]
        why = (
            "" if is_usable(mandate, as_of) else "lapsed",
            "pending" if any(order.state == State.PRESENTED for order in orders.get(item.pk, ())) else "",
            "held" if (item.customer_id, None) in held or (item.customer_id, item.invoice_id) in held else "",
            "contested" if disputed.get(item.invoice_id) else "",
            "planned" if item.pk in planned else "",
            "failed" if _failed(orders.get(item.pk, []), mandate) else "",
        )
        day = collection_day(item.due_on, item.invoice.issued_on, as_of, creditor)
        found.append(Candidate(item, mandate, item.balance_cents, day, next(filter(None, why), "")))
    return found


def _orders(client: Client) -> dict[int, list[CollectionOrder]]:
    found: dict[int, list[CollectionOrder]] = {}
    rows = CollectionOrder.objects.filter(client=client, state__in=(State.PRESENTED, State.RETURNED, State.REJECTED))
    for order in rows.order_by("pk"):
        found.setdefault(order.instalment_id, []).append(order)
    return found


def _failed(orders: list[CollectionOrder], mandate: DebitMandate) -> bool:
    """The last try with this very mandate failed, for a reason that trying again does not mend."""
    last = orders[-1] if orders else None
    if last is None or last.mandate_id != mandate.pk or last.state == State.PRESENTED:
        return False
    row = return_codes().get(last.code)
    return row is None or row.follows != "retry"


def _held(client: Client, as_of: dt.date) -> set[tuple[int, int | None]]:
    running = Q(until_on__isnull=True) | Q(until_on__gte=as_of)
    rows = Hold.objects.filter(running, client=client, from_on__lte=as_of)
    return set(rows.values_list("customer_id", "invoice_id"))


def collection_day(due_on: dt.date, issued_on: dt.date, as_of: dt.date, creditor: Creditor) -> dt.date:
    """Not before the due date, nor before the days of notice from the invoice, nor before the banks can; on a TARGET day."""
    rules = collections().mandate
    notice = rules.prenotice_days if creditor.prenotice_days is None else creditor.prenotice_days
    soonest = as_of
    for _day in range(rules.lead_days):
        soonest = target_day(soonest + dt.timedelta(days=1))
    return target_day(max(due_on, issued_on + dt.timedelta(days=notice), soonest))


def target_day(day: dt.date) -> dt.date:
    """This day, or the next on which TARGET (the euro area's payment system) works."""
    while day.weekday() > 4 or day in _closed(day.year):
        day += dt.timedelta(days=1)
    return day


@lru_cache
def _closed(year: int) -> frozenset[dt.date]:
    return frozenset(holidays.financial_holidays("ECB", years=year))
