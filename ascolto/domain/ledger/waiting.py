# SPDX-License-Identifier: Apache-2.0
"""The bank lines that may wait for somebody, kept as a small table by triggers of the database itself.

Whether a line waits follows from payments and asides (sums.unmatched), which only add rows: asked of millions of lines
it would walk them all for the few that wait. A line enters when it is written and leaves when standing payments cover it
or somebody sets it aside; what is undone brings it back. The table may hold a line too many, never one too few.
"""

from django.db.backends.base.base import BaseDatabaseWrapper

from ascolto.domain.records import guards

_ADD = "INSERT INTO ledger_waitingline (bank_line_id, client_id) SELECT l.id, l.client_id FROM ledger_bankline l WHERE "
_ONCE = " ON CONFLICT DO NOTHING"
_GONE = "DELETE FROM ledger_waitingline WHERE bank_line_id = NEW.bank_line_id"
_STANDING = (
    "(SELECT COALESCE(SUM(p.amount_cents), 0) FROM ledger_payment p WHERE p.client_id = {client} "
    "AND p.bank_line_id = {line} AND p.amount_cents > 0 "
    "AND NOT EXISTS (SELECT 1 FROM ledger_payment r WHERE r.reverses_id = p.id))"
)
_COVERED = " >= ".join(
    [
        _STANDING.format(client="NEW.client_id", line="NEW.bank_line_id"),
        "(SELECT l.amount_cents FROM ledger_bankline l WHERE l.id = NEW.bank_line_id)",
    ]
)
_UNDONE = "l.id = (SELECT p.bank_line_id FROM ledger_payment p WHERE p.id = NEW.reverses_id)"
TRIGGERS: guards.Followers = {
    "line_waits": ("ledger_bankline", "TRUE", f"{_ADD}l.id = NEW.id{_ONCE}"),
    "line_paid": ("ledger_payment", "NEW.bank_line_id IS NOT NULL AND NEW.amount_cents > 0", f"{_GONE} AND {_COVERED}"),
    "line_undone": (
        "ledger_payment",
        "NEW.reverses_id IS NOT NULL",
        f"{_ADD}{_UNDONE}{_ONCE}",
    ),
    "line_aside": ("ledger_lineaside", "NEW.lifts_id IS NULL", _GONE),
    "line_taken_up": ("ledger_lineaside", "NEW.lifts_id IS NOT NULL", f"{_ADD}l.id = NEW.bank_line_id{_ONCE}"),
}


def install(connection: BaseDatabaseWrapper) -> None:
    """Create the triggers."""
    guards.follow(connection, TRIGGERS)


def remove(connection: BaseDatabaseWrapper) -> None:
    """Drop them (migrating back)."""
    guards.unfollow(connection, TRIGGERS)


def fill(connection: BaseDatabaseWrapper) -> None:
    """The lines that wait now, from everything written so far; whatever stood there goes."""
    standing = _STANDING.format(client="l.client_id", line="l.id")
    aside = (
        "SELECT a.bank_line_id FROM ledger_lineaside a WHERE a.lifts_id IS NULL "
        "AND NOT EXISTS (SELECT 1 FROM ledger_lineaside u WHERE u.lifts_id = a.id)"
    )
    waits = f"(l.amount_cents <= 0 OR {standing} < l.amount_cents) AND l.id NOT IN ({aside})"
    guards.run(connection, ["DELETE FROM ledger_waitingline", f"{_ADD}{waits}"])
