# SPDX-License-Identifier: Apache-2.0
"""How likely a claim of an age is to come in: the client's own history, with how much of it there is, or an assumption.

Of each past instalment that still owed something when it reached the age: what owed then, and what of it was paid in
money within half a year. Cents over cents, nothing fitted, nothing smoothed. Of a large client a thousand customers drawn by
lot are asked: a page cannot read two years of millions of instalments.
"""

import datetime as dt
import random
from collections import defaultdict
from dataclasses import dataclass

from django.db.models import F

from ascolto.domain.access.viewer import system_viewer
from ascolto.domain.ledger.models import Allocation, Payment
from ascolto.domain.ledger.sums import with_balance
from ascolto.domain.portfolio.models import Customer, Instalment
from ascolto.domain.portfolio.sizes import is_large
from ascolto.policies import load

SAMPLE = 1000
"""Customers of a large client whose instalments tell how likely a claim is."""


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


def _history(client_id: int, from_days: int, as_of: dt.date, table: load.Recovery) -> tuple[int, int, int]:
    """Instalments placed, cents placed and cents collected in time. Only what was ever late is read."""
    last = as_of - dt.timedelta(days=from_days + table.within_days)
    first = last - dt.timedelta(days=table.history_days)
    rows = Instalment.objects.filter(client_id=client_id, due_on__gte=first, due_on__lte=last)
    if is_large(system_viewer("recovery", [client_id])):
        rows = rows.filter(customer_id__in=_sample(client_id))
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


def _sample(client_id: int) -> list[int]:
    """At most SAMPLE customers of a client, drawn by lot over their numbers: the same ones each time."""
    theirs = Customer.objects.filter(client_id=client_id)
    first, last = (theirs.order_by(way).values_list("pk", flat=True)[0] for way in ("pk", "-pk"))
    numbers = range(first, last + 1)
    some = random.Random(client_id).sample(numbers, min(SAMPLE, len(numbers)))  # noqa: S311  nobody's secret
    return list(theirs.filter(pk__in=some).values_list("pk", flat=True))
