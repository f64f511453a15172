# SPDX-License-Identifier: Apache-2.0
"""Which invoices are no longer as they were: marked by triggers of the database, for whoever keeps a copy (ledger_copy.py).

What is added is found by its id; what settles an instalment never changes.
"""

from django.db.backends.base.base import BaseDatabaseWrapper

from ascolto.domain.records import guards

_INTO = "strategy_rewritten (client_id, invoice_id)"
CHANGED: guards.Markers = {
    "invoice_rewritten": ("portfolio_invoice", ("issued_on", "currency", "kind", "account_id"), "id"),
    "instalment_rewritten": (
        "portfolio_instalment", ("customer_id", "invoice_id", "due_on", "amount_cents"), "invoice_id"
    ),
}  # fmt: skip
GONE: guards.Followers = {
    "instalment_gone": (
        "DELETE ON portfolio_instalment",
        "TRUE",
        f"INSERT INTO {_INTO} VALUES (OLD.client_id, OLD.invoice_id)",  # noqa: S608
    )
}
TRIGGERS = (*CHANGED, *GONE)


def install(connection: BaseDatabaseWrapper) -> None:
    """Create the triggers."""
    guards.mark(connection, _INTO, CHANGED)
    guards.follow(connection, GONE)


def remove(connection: BaseDatabaseWrapper) -> None:
    """Drop them (migrating back, and emptying a test database between tests)."""
    guards.unmark(connection, CHANGED)
    guards.unfollow(connection, GONE)
