# SPDX-License-Identifier: Apache-2.0
"""The payments that may have money left, kept as a small table by triggers of the database itself.

What lies on account follows from allocations, which only add rows: asked of millions of payments it would add them all up
for the few. A payment enters when it is written and leaves when allocations have taken it whole, or it is reversed; an
allocation undone brings it back. The table may hold a payment too many, never one too few.
"""

from django.db.backends.base.base import BaseDatabaseWrapper

from ascolto.domain.records import guards

_ADD = "INSERT INTO ledger_moneyleft (payment_id, client_id) SELECT p.id, p.client_id FROM ledger_payment p WHERE "
_ONCE = " ON CONFLICT DO NOTHING"
_GONE = "DELETE FROM ledger_moneyleft WHERE payment_id = "
_TAKEN = (
    "(SELECT COALESCE(SUM(a.amount_cents), 0) FROM ledger_allocation a "
    "WHERE a.client_id = {client} AND a.payment_id = {payment})"
)
_SPENT = " >= ".join(
    [
        _TAKEN.format(client="NEW.client_id", payment="NEW.payment_id"),
        "(SELECT p.amount_cents FROM ledger_payment p WHERE p.id = NEW.payment_id)",
    ]
)
_STANDS = "NOT EXISTS (SELECT 1 FROM ledger_payment r WHERE r.reverses_id = p.id)"
TRIGGERS: guards.Followers = {
    "money_came": ("ledger_payment", "NEW.amount_cents > 0", f"{_ADD}p.id = NEW.id{_ONCE}"),
    "money_went": ("ledger_payment", "NEW.reverses_id IS NOT NULL", f"{_GONE}NEW.reverses_id"),
    "money_spent": ("ledger_allocation", "NEW.amount_cents > 0", f"{_GONE}NEW.payment_id AND {_SPENT}"),
    "money_freed": ("ledger_allocation", "NEW.amount_cents < 0", f"{_ADD}p.id = NEW.payment_id AND {_STANDS}{_ONCE}"),
}


def install(connection: BaseDatabaseWrapper) -> None:
    """Create the triggers."""
    guards.follow(connection, TRIGGERS)


def remove(connection: BaseDatabaseWrapper) -> None:
    """Drop them (migrating back)."""
    guards.unfollow(connection, TRIGGERS)


def fill(connection: BaseDatabaseWrapper) -> None:
    """The payments that have money left now, from everything written so far; whatever stood there goes."""
    left = f"p.amount_cents > {_TAKEN.format(client='p.client_id', payment='p.id')}"
    guards.run(connection, ["DELETE FROM ledger_moneyleft", f"{_ADD}p.amount_cents > 0 AND {_STANDS} AND {left}"])
