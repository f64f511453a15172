# SPDX-License-Identifier: Apache-2.0
"""Which invoices are no longer as they were: marked by triggers of the database, for whoever keeps a copy (ledger_copy.py).

What is added is found by its id; what settles an instalment never changes.
"""

from django.db.backends.base.base import BaseDatabaseWrapper

from ascolto.domain.records import guards

_MARK = "INSERT INTO strategy_rewritten (client_id, invoice_id)"
CHANGED = {
    "invoice_rewritten": ("portfolio_invoice", ("issued_on", "currency", "kind", "account_id"), "id"),
    "instalment_rewritten": (
        "portfolio_instalment", ("customer_id", "invoice_id", "due_on", "amount_cents"), "invoice_id"
    ),
}  # fmt: skip
"""By name: the table, the columns that are copied, and where the invoice stands."""
GONE: guards.Followers = {
    "instalment_gone": ("DELETE ON portfolio_instalment", "TRUE", f"{_MARK} VALUES (OLD.client_id, OLD.invoice_id)")
}
TRIGGERS = (*CHANGED, *GONE)


def install(connection: BaseDatabaseWrapper) -> None:
    """Create the triggers."""
    for name, (table, columns, invoice) in CHANGED.items():
        both = " UNION ".join(f"SELECT {row}.client_id, {row}.{invoice}" for row in ("OLD", "NEW"))
        guards.run(connection, guards.after_update(connection.vendor, table, name, columns, f"{_MARK} {both}"))
    guards.follow(connection, GONE)


def remove(connection: BaseDatabaseWrapper) -> None:
    """Drop them (migrating back, and emptying a test database between tests)."""
    for name, (table, _columns, _invoice) in CHANGED.items():
        guards.run(connection, guards.remove(connection.vendor, table, [name]))
    guards.unfollow(connection, GONE)
