# SPDX-License-Identifier: Apache-2.0
"""Whose keys (keys.py) are no longer right: marked by triggers of the database when a row that was there before changes.

What is added is found by its id. What is deleted goes with a new version of its invoice, which is marked.
"""

from django.db.backends.base.base import BaseDatabaseWrapper

from ascolto.domain.records import guards

TRIGGERS: guards.Markers = {
    "customer_renamed": ("portfolio_customer", ("name", "number", "tax_code", "vat"), "id"),
    "account_renumbered": ("portfolio_account", ("number", "customer_id"), "customer_id"),
    "invoice_changed": ("portfolio_invoice", ("number", "reference", "customer_id", "version"), "customer_id"),
    "instalment_changed": ("portfolio_instalment", ("amount_cents", "reference", "customer_id"), "customer_id"),
}


def install(connection: BaseDatabaseWrapper) -> None:
    """Create the triggers."""
    guards.mark(connection, "ledger_keystale (client_id, customer_id)", TRIGGERS)


def remove(connection: BaseDatabaseWrapper) -> None:
    """Drop them (migrating back)."""
    guards.unmark(connection, TRIGGERS)
