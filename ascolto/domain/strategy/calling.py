# SPDX-License-Identifier: Apache-2.0
"""The decisions that a person carries out by voice, kept as a small table by triggers of the database itself.

Of a million answers that stand, thousands are to be called; which of them are an operator's is told by the customers, each
in another corner of a large table. Beside each such decision stands what its list is sorted, filtered and counted by. A
row enters when its decision is written, leaves when it is superseded, and follows its customer's operator and city.
"""

from django.db.backends.base.base import BaseDatabaseWrapper

from ascolto.domain.records import guards
from ascolto.engine.policy import HUMAN_CHANNELS

_OWN = ("step", "segment", "rule", "tone", "priority", "overdue_cents", "balance_cents", "oldest_due_on", "best_hour",
        "until_on")  # fmt: skip
_CHANNELS = ", ".join(f"'{channel}'" for channel in HUMAN_CHANNELS)
_STANDS = "{0}.answer = 'act' AND {0}.channel IN (" + _CHANNELS + ") AND {0}.superseded_on IS NULL"
_COPIED = ("id", "client_id", "customer_id", *_OWN)
_INTO = ", ".join(["decision_id", *_COPIED[1:], "operator_id", "city", "promise_broken"])


def _add(source: str, row: str) -> str:
    """SQL that adds the decision `row` with what its customer `c` says today."""
    told = ", ".join(f"{row}.{name}" for name in _COPIED)
    broken = f"CASE WHEN {row}.step = 'promise_broken' THEN 1 ELSE 0 END"
    return (
        f"INSERT INTO strategy_tocall ({_INTO}) SELECT {told}, c.operator_id, c.city, {broken} "  # noqa: S608
        f"FROM {source} WHERE c.id = {row}.customer_id AND {_STANDS.format(row)}"
    )


# The new row is at hand. Were it read again, PostgreSQL would walk all that a first night has written so far: it does not
# know yet that there is so much.
_ADD = _add("portfolio_customer c", "NEW")
_GONE = "DELETE FROM strategy_tocall WHERE decision_id = NEW.id"
_MOVED = (
    "UPDATE strategy_tocall SET operator_id = NEW.operator_id, city = NEW.city "
    "WHERE client_id = NEW.client_id AND customer_id = NEW.id"
)
TRIGGERS: guards.Followers = {
    "call_decided": ("strategy_decision", _STANDS.format("NEW"), _ADD),
    "call_changed": (
        "UPDATE ON strategy_decision",
        f"{_STANDS.format('OLD')} OR {_STANDS.format('NEW')}",
        f"{_GONE}; {_ADD}",
    ),
    "call_moved": ("UPDATE OF operator_id, city ON portfolio_customer", "TRUE", _MOVED),
}


def install(connection: BaseDatabaseWrapper) -> None:
    """Create the triggers."""
    guards.follow(connection, TRIGGERS)


def remove(connection: BaseDatabaseWrapper) -> None:
    """Drop them (migrating back)."""
    guards.unfollow(connection, TRIGGERS)


def fill(connection: BaseDatabaseWrapper) -> None:
    """The decisions that are to be called now, from everything written so far; whatever stood there goes."""
    clients = "d.client_id IN (SELECT id FROM access_client)"  # the head of the index, without which it walks the table
    every = _add("strategy_decision d, portfolio_customer c", "d")
    guards.run(connection, ["DELETE FROM strategy_tocall", f"{every} AND {clients}"])
