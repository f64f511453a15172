# SPDX-License-Identifier: Apache-2.0
"""The whole demo: three clients, the people who work for them, and a year that leads to Friday 20 November 2026.

`build` is what the `ascolto demo` command calls. A second start finds the stamp and returns at once.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.utils import translation

from ascolto.demo import cast, stage
from ascolto.demo.clients import CLIENTS
from ascolto.demo.life import Life
from ascolto.demo.settle_in import ACTOR, open_client
from ascolto.demo.side_by_side import live_apart
from ascolto.demo.unfinished import leave_open
from ascolto.demo.world import World
from ascolto.domain.access.models import Client
from ascolto.domain.records import clock
from ascolto.domain.records.actions import record

VERSION = "2"
"""Raised when the world changes: a database of another version is built anew."""

Progress = Callable[[int, int, str], None]
"""Hears (days lived, days in all, name of the client)."""


def build(progress: Progress | None = None, world: World | None = None) -> bool:
    """Build the demo world unless it is there already; returns whether it had to be built.

    Refused (`not_a_demo`) when the database holds clients of somebody.
    """
    world = world or World(home=Path(settings.HOME))
    if stage.stamped(VERSION):
        return False
    stage.refuse_foreign()
    for folder in ("mail", "print", *(client.slug for client in CLIENTS)):
        shutil.rmtree(world.home / "demo" / folder, ignore_errors=True)
    with stage.fresh_database(), translation.override("it"):
        open_up(world)
        live_apart(world, progress)
        with clock.frozen(world.last):
            record(stage.STAMP, actor="system:demo", client_id=None, why=VERSION)
    return True


def live(world: World, progress: Progress | None = None) -> list[Life]:
    """People and clients into the database at hand, and every day of the world lived, one client after the other."""
    open_up(world)
    done, total = 0, len(world.days) * len(world.clients)
    lives = []
    for demo in world.clients:

        def step(name: str) -> None:
            nonlocal done
            done += 1
            if progress is not None:
                progress(done, total, name)

        lives.append(live_client(world, demo.slug, step))
    return lives


def open_up(world: World) -> None:
    """The clients and the people who work for them."""
    with clock.frozen(world.first):
        cast.sign_up({client.slug: open_client(client, world.first) for client in world.clients}, ACTOR)


def live_client(world: World, slug: str, step: Callable[[str], None]) -> Life:
    """One client's days, from the customer list to the last morning; `step` hears its name after each."""
    demo = next(client for client in world.clients if client.slug == slug)
    life = Life(world, demo, Client.objects.get(slug=slug))
    life.begin()
    life.live(lambda: step(demo.name))
    leave_open(life)
    return life


def demo_logins() -> list[tuple[str, str, str]]:
    """(role, e-mail, password) of one person per role and client, in the order in which one would try them."""
    return [(str(login.role), login.email, cast.password()) for login in cast.CAST]
