# SPDX-License-Identifier: Apache-2.0
"""Guards in the database itself: triggers, written for SQLite and PostgreSQL, that refuse what must never happen.

The Python actions check first and speak in words; these stand behind them for whatever goes around the actions.
"""

from collections.abc import Iterable, Mapping

from django.db.backends.base.base import BaseDatabaseWrapper

Followers = Mapping[str, tuple[str, str, str]]
"""Triggers that keep a table true, by name: the table after whose INSERT each runs (or `UPDATE ON table`, `UPDATE OF column
ON table`), when, and what it does."""

Markers = Mapping[str, tuple[str, tuple[str, ...], str]]
"""Triggers that note what changed, by name: the table, the columns that matter, and the column that names the owner."""


def append_only(vendor: str, table: str) -> list[str]:
    """SQL that makes UPDATE and DELETE on `table` an error."""
    word = f"{table} is append-only: add a reversal instead"
    if vendor == "sqlite":
        return [
            f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} BEGIN SELECT RAISE(ABORT, '{word}'); END"
            for verb in ("UPDATE", "DELETE")
        ]
    return [
        f"CREATE OR REPLACE FUNCTION {table}_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{word}' USING ERRCODE = 'integrity_constraint_violation'; END $$",
        f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION {table}_append_only()",
    ]


def refuse_when(vendor: str, table: str, name: str, event: str, condition: str, word: str, lock: str = "") -> list[str]:
    """SQL that aborts `event` on `table` (e.g. `INSERT`, `UPDATE OF x`) when `condition` holds for the NEW row.

    `lock` is a PostgreSQL statement run first, so that two writers of the same item queue instead of both passing;
    SQLite has one writer at a time and needs none.
    """
    if vendor == "sqlite":
        return [
            f"CREATE TRIGGER {name} BEFORE {event} ON {table} WHEN {condition} BEGIN SELECT RAISE(ABORT, '{word}'); END"
        ]
    return [
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {lock} "
        f"IF {condition} THEN RAISE EXCEPTION '{word}' USING ERRCODE = 'integrity_constraint_violation'; END IF; "
        "RETURN NEW; END $$",
        f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()",
    ]


def after(vendor: str, event: str, name: str, condition: str, does: str) -> list[str]:
    """SQL that runs `does` after each `event` on a row for which `condition` holds; both may name NEW, and OLD of an UPDATE."""
    on = event if " ON " in event else f"INSERT ON {event}"
    if vendor == "sqlite":
        return [f"CREATE TRIGGER {name} AFTER {on} WHEN {condition} BEGIN {does}; END"]
    # The condition stands in the trigger, not in its function: what it does not mean costs next to nothing.
    return [
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {does}; RETURN NULL; END $$",
        f"CREATE TRIGGER {name} AFTER {on} FOR EACH ROW WHEN ({condition}) EXECUTE FUNCTION {name}()",
    ]


def after_update(vendor: str, table: str, name: str, columns: Iterable[str], does: str) -> list[str]:
    """SQL that runs `does` after a row of `table` in which one of `columns` became another; it may name OLD and NEW."""
    columns = list(columns)
    another = "IS NOT" if vendor == "sqlite" else "IS DISTINCT FROM"
    differs = " OR ".join(f"NEW.{column} {another} OLD.{column}" for column in columns)
    return after(vendor, f"UPDATE OF {', '.join(columns)} ON {table}", name, differs, does)


def remove(vendor: str, table: str, names: Iterable[str]) -> list[str]:
    """SQL that drops the triggers `names` of `table`."""
    on = f" ON {table}" if vendor == "postgresql" else ""
    return [f"DROP TRIGGER IF EXISTS {name}{on}" for name in names]


def run(connection: BaseDatabaseWrapper, statements: Iterable[str]) -> None:
    """Execute the statements one by one."""
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def follow(connection: BaseDatabaseWrapper, triggers: Followers) -> None:
    """Create the triggers."""
    for name, (event, when, does) in triggers.items():
        run(connection, after(connection.vendor, event, name, when, does))


def mark(connection: BaseDatabaseWrapper, into: str, triggers: Markers) -> None:
    """Create triggers that note, in the table `into` (with its two columns), client and owner of each row that changes,
    the owner before and the one after."""
    for name, (table, columns, owner) in triggers.items():
        both = " UNION ".join(f"SELECT {row}.client_id, {row}.{owner}" for row in ("OLD", "NEW"))
        run(connection, after_update(connection.vendor, table, name, columns, f"INSERT INTO {into} {both}"))


def unmark(connection: BaseDatabaseWrapper, triggers: Markers) -> None:
    """Drop them (migrating back)."""
    for name, (table, _columns, _owner) in triggers.items():
        run(connection, remove(connection.vendor, table, [name]))


def unfollow(connection: BaseDatabaseWrapper, triggers: Followers) -> None:
    """Drop them (migrating back)."""
    for name, (event, _when, _does) in triggers.items():
        run(connection, remove(connection.vendor, event.split(" ON ")[-1], [name]))


def missing(connection: BaseDatabaseWrapper, names: Iterable[str]) -> list[str]:
    """Those of the triggers `names` that are not at work."""
    found = standing(connection)
    return [name for name in names if name not in found]


def standing(connection: BaseDatabaseWrapper) -> set[str]:
    """Names of the triggers of this database that are at work."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        else:
            cursor.execute("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'")
        return {name for (name,) in cursor.fetchall()}
