# SPDX-License-Identifier: Apache-2.0
"""From what was invoiced and what was settled to what is open. Owns: balances, the day of closing, what is set aside.

Amounts derive from allocations. `balance_cents` counts what we knew on the day (decisions), `open_cents` what was paid
by the day, whenever we learnt of it (figures). Money in cents; the days come as the one row of `span`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import ibis

from .columns import day, narrow, total, yes

RAW = {
    "span": ibis.schema({"as_of": "!date", "memory_from": "!date", "period_from": "!date", "sales_from": "!date"}),
    "items": ibis.schema(
        {"instalment_id": "!int64", "customer_id": "!int64", "invoice_id": "!int64", "due_on": "!date",
         "amount_cents": "!int64"}
    ),
    "documents": ibis.schema(
        {"document_id": "!int64", "issued_on": "!date", "currency": "!string", "kind": "!string", "contract_id": "int64"}
    ),
    "supplies": ibis.schema({"supply_contract": "!int64", "supply": "!string"}),
    "settled": ibis.schema(
        {"instalment_id": "!int64", "cents": "!int64", "paid_on": "!date", "known_on": "!date"}
    ),
    "aside": ibis.schema({"aside_invoice": "!int64", "aside_cents": "!int64"}),
    "covered": ibis.schema({"covered_id": "!int64", "planned_until": "!date"}),
    "presented": ibis.schema({"presented_id": "!int64", "collected_until": "!date"}),
}  # fmt: skip
"""What is read. `memory_from`: how far back closed items still tell something; `period_from`, `sales_from`: the days
after which the flows of the figures begin. `aside`: cents per invoice that are contested, or given up and not posted."""


def settlements(settled: Any, span: Any) -> Any:
    """One row per instalment that anything settled: cents known, cents paid, cents paid before the period."""
    s = settled.cross_join(span)
    known = s.known_on <= s.as_of
    return s.group_by(settled_id=s.instalment_id).aggregate(
        known_cents=narrow(total(s.cents, known)),
        last_paid=s.paid_on.max(where=known),
        paid_cents=narrow(total(s.cents, s.paid_on <= s.as_of)),
        early_cents=narrow(total(s.cents, s.paid_on <= s.period_from)),
    )


def owed(items: Any, documents: Any) -> Any:
    """Every instalment beside what its document says: no day, no payment has a part in it."""
    i = items.inner_join(documents, items.invoice_id == documents.document_id)
    return i.mutate(in_euro=i.currency == "EUR").drop("document_id", "currency")


def stock(owed: Any, settlements: Any, span: Any) -> Any:
    """Every instalment of what was issued by the day, with its balances. Narrow: of a million customers it is the one
    great table that lies in memory."""
    i = owed.drop("kind", "contract_id").cross_join(span)
    i = i.filter(i.issued_on <= i.as_of)
    i = i.left_join(settlements, i.instalment_id == settlements.settled_id)
    before = i.amount_cents - i.early_cents.fill_null(0)
    i = i.mutate(
        balance_cents=i.amount_cents - i.known_cents.fill_null(0),
        open_cents=i.amount_cents - i.paid_cents.fill_null(0),
        before_cents=(i.issued_on <= i.period_from).ifelse(before, 0),
    )
    i = i.mutate(closed_on=(i.balance_cents == 0).ifelse(i.last_paid, ibis.null("date")))
    return i.drop("settled_id", "known_cents", "last_paid", "paid_cents", "early_cents", *RAW["span"].names)


def set_aside(stock: Any, aside: Any, balance: str) -> Any:
    """What of each instalment is set aside: the cents of an invoice fill its instalments as they fall due."""
    s = stock.filter(stock[balance] > 0).select("instalment_id", "invoice_id", "due_on", owed=balance)
    s = s.inner_join(aside, s.invoice_id == aside.aside_invoice)
    so_far = ibis.cumulative_window(group_by="invoice_id", order_by=["due_on", "instalment_id"])
    before = narrow(s.owed.sum().over(so_far)) - s.owed
    part = ibis.greatest(ibis.least(s.owed, s.aside_cents - before), 0)
    return s.select(aside_id="instalment_id", part_cents=part)


def instalments(stock: Any, span: Any, aside: Any, covered: Any, presented: Any) -> Any:
    """The instalments of a decision (`facts.SCHEMAS`): open ones, and those closed within memory."""
    s = stock.cross_join(span)
    s = s.filter(~yes(s.closed_on < s.memory_from))
    apart = set_aside(s, aside, "balance_cents")
    s = s.left_join(apart, s.instalment_id == apart.aside_id)
    s = s.left_join(covered, s.instalment_id == covered.covered_id)
    s = s.left_join(presented, s.instalment_id == presented.presented_id)
    s = s.mutate(disputed_cents=s.part_cents.fill_null(0))
    return s.select(
        "instalment_id", "customer_id", "invoice_id", "issued_on", "due_on", "amount_cents", "balance_cents",
        "disputed_cents", "closed_on", "planned_until", "collected_until",
    )  # fmt: skip


def ageing(stock: Any, span: Any, aside: Any, buckets: Sequence[int]) -> Any:
    """Open cents, the disputed part inside, and items per bucket of days past due; one row of `before` (bucket -1).

    `buckets`: upper bounds in days; bucket 0 is not due, the last one is beyond. Euro only.
    """
    s = stock.filter(stock.in_euro & (stock.open_cents > 0)).cross_join(span)
    apart = set_aside(s, aside, "open_cents")
    s = s.left_join(apart, s.instalment_id == apart.aside_id)
    past = day(s.as_of) - day(s.due_on)
    s = s.mutate(bucket=ibis.cases(*[(past <= upper, n) for n, upper in enumerate(buckets)], else_=len(buckets)))
    return s.group_by("bucket").aggregate(
        cents=narrow(total(s.open_cents, s.open_cents > 0)),
        disputed_cents=narrow(s.part_cents.sum().fill_null(0)),
        items=s.count(),
    )


def flows(stock: Any, span: Any) -> Any:
    """Per month of issue: cents invoiced since `sales_from`, of which within the period, and what was open before it."""
    s = stock.filter(stock.in_euro).cross_join(span)
    s = s.group_by("issued_on").aggregate(  # days first, for a day's month is dear to write millions of times
        sales_cents=total(s.amount_cents, s.issued_on > s.sales_from),
        period_cents=total(s.amount_cents, s.issued_on > s.period_from),
        opening_cents=total(s.before_cents, s.before_cents > 0),
    )
    sums = {name: narrow(s[name].sum()) for name in ("sales_cents", "period_cents", "opening_cents")}
    return s.group_by(month=s.issued_on.strftime("%Y-%m")).aggregate(**sums)


def terms(stock: Any, owed: Any, supplies: Any) -> Any:
    """Open instalments whose limitation runs from the same days under the same rule, and how many they are."""
    s = stock.filter(stock.balance_cents > 0)
    d = owed.select("kind", "contract_id", owed_id="instalment_id")
    s = s.inner_join(d, s.instalment_id == d.owed_id)
    s = s.left_join(supplies, s.contract_id == supplies.supply_contract)
    s = s.mutate(supply=s.supply.fill_null(""))
    return s.group_by("kind", "supply", "issued_on", "due_on").aggregate(items=s.count())
