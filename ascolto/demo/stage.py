# SPDX-License-Identifier: Apache-2.0
"""Where the demo's database is built: beside the real one, put in its place only when it is whole.

On SQLite a killed build leaves a draft that the next one throws away; nobody ever sees half a world. On PostgreSQL the
world is whole when its stamp is written; without it the next build empties the demo's tables and begins again.
A database that holds clients of somebody is never touched.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.core.management import call_command
from django.db import connection
from django.db.utils import OperationalError, ProgrammingError
from django.utils.translation import gettext as _

from ascolto.demo.clients import CLIENTS
from ascolto.domain.access.models import Client
from ascolto.domain.records.errors import Refused
from ascolto.domain.records.models import TrailEntry

STAMP = "demo_built"


def stamped(version: str) -> bool:
    """Whether the database holds a whole demo of this version."""
    try:
        return TrailEntry.objects.filter(client_id=None, verb=STAMP, why=version).exists()
    except (OperationalError, ProgrammingError):
        return False


def refuse_foreign() -> None:
    """Refused (`not_a_demo`) when the database has clients that are not the demo's."""
    try:
        foreign = Client.objects.exclude(slug__in=[client.slug for client in CLIENTS]).first()
    except (OperationalError, ProgrammingError):
        return
    if foreign is not None:
        word = _("This database holds %(name)s: the demo wants one of its own. Set ASCOLTO_HOME to another folder.")
        raise Refused("not_a_demo", word % {"name": foreign.name})


@contextmanager
def fresh_database() -> Iterator[None]:
    """Within the block the default database is empty and migrated; at its end it takes the place of the former one."""
    if connection.vendor != "sqlite":
        call_command("migrate", verbosity=0, interactive=False)
        call_command("flush", verbosity=0, interactive=False)
        yield
        return
    final = str(connection.settings_dict["NAME"])
    draft = f"{final}.building"
    remove_database(draft)
    Path(draft).parent.mkdir(parents=True, exist_ok=True)
    with without_waiting(draft):
        call_command("migrate", verbosity=0, interactive=False)
        yield
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA optimize")
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    remove_database(final)
    os.replace(draft, final)
    remove_database(draft)


@contextmanager
def without_waiting(name: str) -> Iterator[None]:
    """The default connection speaks to another file; a draft need not survive a power cut."""
    connection.close()
    kept = connection.settings_dict
    options = dict(kept.get("OPTIONS", {}))
    options["init_command"] = f"{options.get('init_command', '')} PRAGMA synchronous=OFF;"
    connection.settings_dict = {**kept, "NAME": name, "OPTIONS": options}
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict = kept


def remove_database(name: str) -> None:
    """An SQLite file with what stands beside it."""
    for path in (name, f"{name}-wal", f"{name}-shm"):
        Path(path).unlink(missing_ok=True)
