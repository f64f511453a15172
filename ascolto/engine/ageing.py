# SPDX-License-Identifier: Apache-2.0
"""What is open and how old it is. Owns: the state of each instalment on the day, exposure by customer.

Overdue from the day after the due date. The disputed part stays in ageing and leaves only the *claim*: what may be
asked for today (overdue, not disputed, not under a hold of its invoice, lacking nothing through our fault, not covered by
a plan that holds, not with the bank for collection). Cents and days.
"""

from __future__ import annotations

from typing import Any

import ibis

from .columns import FAR, beside, count, day, narrow, packed, total, unpacked_first, unpacked_second, yes
from .facts import OUR_PAPERS, OUR_SERVICE


def dated(instalments: Any, holds: Any, today: Any) -> Any:
    """Each open instalment with its days as numbers, whether overdue, held, and what of it may be claimed."""
    held = invoice_holds(holds, today)
    table = instalments.filter(instalments.balance_cents > 0).cross_join(today.select("as_of"))
    table = beside(table, held, on=("customer_id", "invoice_id"))
    table = table.mutate(
        due=day(table.due_on),
        issued=day(table.issued_on),
        disputed=ibis.least(ibis.greatest(table.disputed_cents, 0), table.balance_cents),
        held=table.held_until.notnull(),
        ours=table.held_until.isnull() & yes(table.lacking),
        plan_until=(day(table.planned_until) >= table.as_of).ifelse(day(table.planned_until), None),
        bank_until=(day(table.collected_until) >= table.as_of).ifelse(day(table.collected_until), None),
    )
    table = table.mutate(
        overdue=table.due < table.as_of,
        free_cents=(table.held | table.ours | table.plan_until.notnull() | table.bank_until.notnull()).ifelse(
            0, table.balance_cents - table.disputed
        ),
    )
    return table.drop("instalment_id", "issued_on", "due_on", "disputed_cents", "closed_on", "planned_until",
                      "collected_until", "lacking")  # fmt: skip


def invoice_holds(holds: Any, today: Any) -> Any:
    """One row per invoice left alone: until when a person said so, and whether it lacks something through our fault."""
    active = active_holds(holds, today).filter(lambda t: t.invoice_id.notnull())
    lacking = yes(active.reason == OUR_PAPERS)
    return active.group_by("customer_id", "invoice_id").aggregate(
        held_until=active.until.max(where=~lacking), lacking=lacking.any()
    )


def whole_holds(holds: Any, today: Any) -> Any:
    """One row per customer who is on hold as a whole: until when; and whether a complaint about our service is open."""
    active = active_holds(holds, today).filter(lambda t: t.invoice_id.isnull())
    ours = yes(active.reason == OUR_SERVICE)
    return active.group_by("customer_id").aggregate(
        hold_until=active.until.max(where=~ours), trouble_until=active.until.max(where=ours)
    )


def active_holds(holds: Any, today: Any) -> Any:
    """Holds whose interval contains the day; both ends included, an open end is far away."""
    table = holds.cross_join(today.select("as_of"))
    table = table.mutate(until=day(table.until_on).fill_null(FAR))
    return table.filter((day(table.from_on) <= table.as_of) & (table.until >= table.as_of))


def exposure(i: Any) -> Any:
    """One row per customer with open items: money by state, the oldest, the next."""
    claimable = i.overdue & (i.free_cents > 0)
    by = i.group_by("customer_id").aggregate(
        balance_cents=narrow(i.balance_cents.sum()),
        overdue_cents=narrow(total(i.balance_cents, i.overdue)),
        disputed_cents=narrow(i.disputed.sum()),
        claim_cents=narrow(total(i.free_cents, claimable)),
        held_cents=narrow(total(i.balance_cents - i.disputed, i.overdue & i.held)),
        blocked_cents=narrow(total(i.balance_cents - i.disputed, i.overdue & i.ours)),
        overdue_count=count(i.overdue),
        oldest=packed(i.due, i.invoice_id).min(where=i.overdue),
        claim_due=i.due.min(where=claimable),
        next_due=i.due.min(where=~i.overdue),
        next_free_due=i.due.min(where=~i.overdue & (i.free_cents > 0)),
        disputed_overdue_cents=narrow(total(i.disputed, i.overdue & ~i.held)),
        held_until=i.held_until.max(where=i.overdue),
        plan_until=i.plan_until.min(where=i.overdue),
        bank_until=i.bank_until.min(where=i.overdue),
        overdue_days_cents=narrow(total(i.balance_cents * (i.as_of - i.due), i.overdue)),
    )
    return by.mutate(
        not_due_cents=by.balance_cents - by.overdue_cents,
        oldest_due=unpacked_first(by.oldest),
        oldest_invoice_id=unpacked_second(by.oldest),
    ).drop("oldest")


MONEY = ("balance_cents", "overdue_cents", "disputed_cents", "claim_cents", "held_cents", "blocked_cents", "not_due_cents",
         "overdue_count", "disputed_overdue_cents", "overdue_days_cents")  # fmt: skip


def with_exposure(table: Any) -> Any:
    """Nothing open is zero cents, not unknown."""
    table = table.mutate(**{name: table[name].fill_null(0) for name in MONEY})
    return table.mutate(max_overdue_days=(table.as_of - table.oldest_due).fill_null(0))
