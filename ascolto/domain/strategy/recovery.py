# SPDX-License-Identifier: Apache-2.0
"""How likely a claim of an age is to come in: the client's own history, with how much of it there is, or an assumption.

Of each past instalment that still owed something when it reached the age: what owed then, and what of it was paid in
money within half a year. Cents over cents, nothing fitted, nothing smoothed.
"""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass

from django.db.models import F

from ascolto.domain.ledger.models import Allocation, Payment
from ascolto.domain.ledger.sums import with_balance
from ascolto.domain.portfolio.identities import chunks
from ascolto.domain.portfolio.models import Customer, Instalment
from ascolto.policies import load

SAMPLE = 2_000
"""Customers whose history is measured, of a client of many more: a deed does not walk millions of instalments for a
share that these tell well enough."""


@dataclass(frozen=True)
class Likelihood:
    """The share of cents that came in, in per mille, of `items` instalments; `assumed`: from our table, not measured."""

    from_days: int
    to_days: int | None
    share_permille: int
    items: int
    placed_cents: int
    collected_cents: int
    assumed: bool
    within_days: int

    def of(self, cents: int) -> int:
        """What of `cents` may be expected, rounded down."""
        return cents * self.share_permille // 1000


def likelihood(client_id: int, days: int, as_of: dt.date) -> Likelihood:
    """For claims `days` past due. Measured on instalments that reached that age long enough ago to know how it went."""
    table = load.recovery()
    bucket = table.of(days)
    nexts = [one.from_days for one in table.bucket if one.from_days > bucket.from_days]
    items, placed, collected = _history(client_id, bucket.from_days, as_of, table)
    assumed = items < table.least_items or placed == 0
    share = bucket.share_permille if assumed else collected * 1000 // placed
    return Likelihood(
        bucket.from_days, nexts[0] - 1 if nexts else None, share, items, placed, collected, assumed, table.within_days
    )


def _sample(client_id: int) -> list[int] | None:
    """Of a client of many customers, so many of them, spread evenly over all; None: everybody."""
    theirs = Customer.objects.filter(client_id=client_id)
    if theirs.order_by().values("pk")[: 2 * SAMPLE].count() < 2 * SAMPLE:
        return None
    # One end at a time: asked for both, SQLite would walk from the one to the other.
    first, last = (theirs.order_by(way).values_list("pk", flat=True)[0] for way in ("pk", "-pk"))
    ids = [first + round(n * (last - first) / SAMPLE) for n in range(SAMPLE)]
    return [pk for some in chunks(ids) for pk in theirs.filter(pk__in=some).values_list("pk", flat=True)]


def _history(client_id: int, from_days: int, as_of: dt.date, table: load.Recovery) -> tuple[int, int, int]:
    """Instalments placed, cents placed and cents collected in time. Only what was ever late is read."""
    last = as_of - dt.timedelta(days=from_days + table.within_days)
    first = last - dt.timedelta(days=table.history_days)
    rows = Instalment.objects.filter(client_id=client_id, due_on__gte=first, due_on__lte=last)
    if (some := _sample(client_id)) is not None:
        rows = rows.filter(customer_id__in=some)
    late = Allocation.objects.filter(client_id=client_id, instalment__in=rows, paid_on__gt=F("instalment__due_on"))
    still = with_balance(rows).filter(balance_cents__gt=0).values_list("pk", flat=True)
    ids = {*late.values_list("instalment_id", flat=True), *still}
    owed = {pk: (due, cents) for pk, due, cents in rows.values_list("pk", "due_on", "amount_cents") if pk in ids}
    paid: dict[int, list[tuple[dt.date, int, str]]] = defaultdict(list)
    settled = Allocation.objects.filter(client_id=client_id, instalment__in=rows, known_on__lte=as_of)
    for pk, on, cents, kind in settled.values_list("instalment_id", "paid_on", "amount_cents", "payment__kind"):
        if pk in owed:
            paid[pk].append((on, cents, kind))
    items = placed = collected = 0
    for pk, (due, cents) in owed.items():
        reached = due + dt.timedelta(days=from_days)
        left = cents - sum(c for on, c, _kind in paid[pk] if on <= reached)
        if left <= 0:
            continue
        end = reached + dt.timedelta(days=table.within_days)
        came = sum(c for on, c, kind in paid[pk] if kind == Payment.Kind.MONEY and reached < on <= end)
        items, placed, collected = items + 1, placed + left, collected + min(max(came, 0), left)
    return items, placed, collected
