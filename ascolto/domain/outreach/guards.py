# SPDX-License-Identifier: Apache-2.0
"""What the database itself refuses in outreach: a receipt that changes or goes."""

from django.db.backends.base.base import BaseDatabaseWrapper

from ascolto.domain.records import guards

APPEND_ONLY = ("outreach_receipt",)


def install(connection: BaseDatabaseWrapper) -> None:
    """Create the triggers."""
    for table in APPEND_ONLY:
        guards.run(connection, guards.append_only(connection.vendor, table))


def remove(connection: BaseDatabaseWrapper) -> None:
    """Drop the triggers (migrating back, and emptying a test database between tests)."""
    names = ("no_update", "no_delete") if connection.vendor == "sqlite" else ("no_change",)
    for table in APPEND_ONLY:
        guards.run(connection, guards.remove(connection.vendor, table, [f"{table}_{name}" for name in names]))
