# SPDX-License-Identifier: Apache-2.0
"""What the database itself refuses in the ledger: changed rows, and allocations beyond payment or instalment."""

from collections.abc import Iterable

from django.db.backends.base.base import BaseDatabaseWrapper

from ascolto.domain.ledger import resting, stale, waiting
from ascolto.domain.records import guards

APPEND_ONLY = (
    "ledger_bankstatement",
    "ledger_bankline",
    "ledger_payment",
    "ledger_allocation",
    "records_trailentry",
)

_SETTLED = (
    "(SELECT COALESCE(SUM(a.amount_cents), 0) FROM ledger_allocation a "
    "WHERE a.client_id = NEW.client_id AND a.instalment_id = NEW.instalment_id)"
)
_SPENT = (
    "(SELECT COALESCE(SUM(a.amount_cents), 0) FROM ledger_allocation a "
    "WHERE a.client_id = NEW.client_id AND a.payment_id = NEW.payment_id)"
)
_OWED = (
    "(SELECT i.amount_cents FROM portfolio_instalment i WHERE i.id = NEW.instalment_id AND i.client_id = NEW.client_id)"
)
_PAID = "(SELECT p.amount_cents FROM ledger_payment p WHERE p.id = NEW.payment_id AND p.client_id = NEW.client_id)"
_REVERSED = "EXISTS (SELECT 1 FROM ledger_payment r WHERE r.reverses_id = NEW.payment_id)"
_OF_LINE = (
    "(SELECT COALESCE(SUM(p.amount_cents), 0) FROM ledger_payment p "
    "WHERE p.client_id = NEW.client_id AND p.bank_line_id = NEW.bank_line_id)"
)
_LINE = "(SELECT l.amount_cents FROM ledger_bankline l WHERE l.id = NEW.bank_line_id AND l.client_id = NEW.client_id)"
LATER = ("ledger_lineaside",)
"""Append-only tables that a later migration brought (0003)."""
LATEST = ("ledger_cashrule", "ledger_charge")
"""And those of 0006, which also holds the payments of a bank line within its amount."""


def install_later(connection: BaseDatabaseWrapper) -> None:
    """Make the later tables append-only."""
    _append_only(connection, LATER)


def remove_later(connection: BaseDatabaseWrapper) -> None:
    """Undo `install_later`."""
    _not_append_only(connection, LATER)


def install_latest(connection: BaseDatabaseWrapper) -> None:
    """Rules and charges only add; what is paid out of a bank line stays between nothing and its amount.

    A reversal is a negative payment of the same line: the sum over all of them is what stands.
    """
    _append_only(connection, LATEST)
    guards.run(
        connection,
        guards.refuse_when(
            connection.vendor,
            "ledger_payment",
            "payments_within_line",
            "INSERT",
            f"NEW.bank_line_id IS NOT NULL AND COALESCE({_OF_LINE} + NEW.amount_cents NOT BETWEEN 0 AND {_LINE}, TRUE)",
            "payments beyond the bank line",
            "PERFORM 1 FROM ledger_bankline WHERE id = NEW.bank_line_id FOR UPDATE;",
        ),
    )


def remove_latest(connection: BaseDatabaseWrapper) -> None:
    """Undo `install_latest`."""
    _not_append_only(connection, LATEST)
    guards.run(connection, guards.remove(connection.vendor, "ledger_payment", ["payments_within_line"]))


def _append_only(connection: BaseDatabaseWrapper, tables: Iterable[str]) -> None:
    for table in tables:
        guards.run(connection, guards.append_only(connection.vendor, table))


def _not_append_only(connection: BaseDatabaseWrapper, tables: Iterable[str]) -> None:
    names = ("no_update", "no_delete") if connection.vendor == "sqlite" else ("no_change",)
    for table in tables:
        guards.run(connection, guards.remove(connection.vendor, table, [f"{table}_{name}" for name in names]))


def install(connection: BaseDatabaseWrapper) -> None:
    """Create the triggers."""
    vendor = connection.vendor
    for table in APPEND_ONLY:
        guards.run(connection, guards.append_only(vendor, table))
    guards.run(
        connection,
        guards.refuse_when(
            vendor,
            "ledger_allocation",
            "allocation_within_instalment",
            "INSERT",
            f"COALESCE({_SETTLED} + NEW.amount_cents NOT BETWEEN 0 AND {_OWED}, TRUE)",
            "allocation beyond the instalment",
            "PERFORM 1 FROM portfolio_instalment WHERE id = NEW.instalment_id FOR UPDATE;",
        )
        + guards.refuse_when(
            vendor,
            "ledger_allocation",
            "allocation_within_payment",
            "INSERT",
            f"COALESCE({_SPENT} + NEW.amount_cents NOT BETWEEN 0 AND {_PAID}, TRUE) OR (NEW.amount_cents > 0 AND {_REVERSED})",
            "allocation beyond the payment",
            "PERFORM 1 FROM ledger_payment WHERE id = NEW.payment_id FOR UPDATE;",
        )
        + guards.refuse_when(
            vendor,
            "portfolio_instalment",
            "instalment_covers_allocations",
            "UPDATE",
            "NEW.amount_cents < (SELECT COALESCE(SUM(a.amount_cents), 0) FROM ledger_allocation a "
            "WHERE a.client_id = NEW.client_id AND a.instalment_id = NEW.id)",
            "instalment below what was allocated to it",
        ),
    )


def remove(connection: BaseDatabaseWrapper) -> None:
    """Drop the triggers (migrating back, and emptying a test database between tests)."""
    vendor = connection.vendor
    names = ("no_update", "no_delete") if vendor == "sqlite" else ("no_change",)
    for table in APPEND_ONLY:
        guards.run(connection, guards.remove(vendor, table, [f"{table}_{name}" for name in names]))
    inner = ["allocation_within_instalment", "allocation_within_payment"]
    guards.run(connection, guards.remove(vendor, "ledger_allocation", inner))
    guards.run(connection, guards.remove(vendor, "portfolio_instalment", ["instalment_covers_allocations"]))


def missing(connection: BaseDatabaseWrapper) -> list[str]:
    """Names of the guards that should stand in this database and do not."""
    verbs = ("no_update", "no_delete") if connection.vendor == "sqlite" else ("no_change",)
    wanted = [f"{table}_{verb}" for table in (*APPEND_ONLY, *LATER, *LATEST) for verb in verbs]
    wanted += ["allocation_within_instalment", "allocation_within_payment", "instalment_covers_allocations"]
    wanted += ["payments_within_line", *waiting.TRIGGERS, *resting.TRIGGERS, *stale.TRIGGERS]
    return guards.missing(connection, wanted)
