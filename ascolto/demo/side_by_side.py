# SPDX-License-Identifier: Apache-2.0
"""Living several clients at once, a process each: nothing that one client does touches another.

On PostgreSQL they share the database. SQLite has one writer at a time and their nights would queue, so there each life
has a copy of the file, numbers its rows from a million of its own, and the copies are joined at the end: rows carry
their client and their number, nothing else connects them.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, wait
from queue import Empty
from typing import Any

import django
from django.apps import apps
from django.db import connection
from django.db.models import AutoField
from django.utils import translation

from ascolto.demo.stage import remove_database, without_waiting
from ascolto.demo.world import World
from ascolto.domain.ledger import guards
from ascolto.domain.strategy import calling

Progress = Callable[[int, int, str], None]
LOOK_SECONDS = 0.3
MILLIONS = 10_000_000
"""Rows of the n-th life are numbered from n times this."""


def live_apart(world: World, progress: Progress | None) -> None:
    """Every client of the world lived in the default database as it is now. Raises what a process raised."""
    context = multiprocessing.get_context("spawn")
    total = len(world.days) * len(world.clients)
    # The longest life first: the short ones share the other processor.
    slugs = sorted(world.sizes, key=lambda slug: -world.sizes[slug])
    copies = _copies(slugs)
    workers = min(len(slugs), os.cpu_count() or 1)
    pool_of = ProcessPoolExecutor(workers, mp_context=context, initializer=django.setup)
    with context.Manager() as manager, pool_of as pool:
        days = manager.Queue()
        lives = [pool.submit(_live_one, copies[slug], n, world, slug, days) for n, slug in enumerate(slugs, 1)]
        for done, client in enumerate(_told(lives, days), 1):
            if progress is not None:
                progress(done, total, client)
        for life in lives:
            life.result()
    for n, slug in enumerate(slugs, 1):
        if copies[slug] != str(connection.settings_dict["NAME"]):
            _join(copies[slug], n * MILLIONS)


def _copies(slugs: list[str]) -> dict[str, str]:
    """The database of each life: a copy of the file on SQLite, the one database elsewhere."""
    name = str(connection.settings_dict["NAME"])
    if connection.vendor != "sqlite":
        return dict.fromkeys(slugs, name)
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    for slug in slugs:
        remove_database(f"{name}.{slug}")
    return {slug: shutil.copyfile(name, f"{name}.{slug}") for slug in slugs}


def _told(lives: list[Future[None]], days: Any) -> Iterator[str]:
    """The name of a client for each day lived, until all have ended."""
    running = True
    while running:
        running = bool(wait(lives, timeout=LOOK_SECONDS).not_done)
        try:
            while True:
                yield days.get_nowait()
        except Empty:
            continue


def _live_one(database: str, number: int, world: World, slug: str, days: Any) -> None:
    """In a process of its own: one client from its first day to its last."""
    from ascolto.demo.story import live_client  # which imports us

    gc.set_threshold(100_000, 50, 50)  # a life keeps most of what it makes: looking for garbage is looking in vain
    with without_waiting(database):
        if connection.vendor == "sqlite":
            _number_from(number * MILLIONS)
        with translation.override("it"):
            live_client(world, slug, days.put)


def _number_from(start: int) -> None:
    with connection.cursor() as cursor:
        tables = _numbered_tables()
        cursor.execute("DELETE FROM sqlite_sequence")
        cursor.executemany(
            "INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [(name, start) for name in tables]
        )


def _numbered_tables() -> list[str]:
    """Tables whose rows are numbered by themselves."""
    models = apps.get_models(include_auto_created=True)
    return [model._meta.db_table for model in models if isinstance(model._meta.pk, AutoField)]


def _join(copy: str, start: int) -> None:
    """What one life wrote, into the default database; the guards rest meanwhile, for they stood over it already."""
    guards.remove(connection)
    quote = connection.ops.quote_name
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA foreign_keys = OFF")
        cursor.execute("ATTACH DATABASE %s AS life", [copy])
        for name in map(quote, _numbered_tables()):
            cursor.execute(f"INSERT INTO main.{name} SELECT * FROM life.{name} WHERE id > %s", [start])  # noqa: S608
        cursor.execute("DETACH DATABASE life")
        cursor.execute("PRAGMA foreign_keys = ON")
    guards.install(connection)
    calling.fill(connection)  # its rows have no number of their own, and their customers came after their decisions
    remove_database(copy)
