# SPDX-License-Identifier: Apache-2.0
"""How the commands speak: results on stdout, trouble on stderr, and what to do about it."""

import datetime as dt
import sys
from argparse import ArgumentTypeError
from typing import Any

from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from ascolto.domain.access.models import Client
from ascolto.domain.records.errors import Refused


def complain(message: str, code: int = 1) -> int:
    """Say on stderr what went wrong; returns the exit code."""
    print(f"ascolto: {message}", file=sys.stderr)
    return code


def prepare_database() -> None:
    """Bring the database to this version's shape; nothing happens when it already is."""
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        call_command("migrate", verbosity=0, interactive=False)


def clients(slug: str | None) -> list[Client]:
    """The client of that slug, or all. Raises Refused naming those that exist."""
    found = list(Client.objects.order_by("slug"))
    if slug is None:
        if not found:
            raise Refused("no_client", _("There is no client yet: `ascolto client add` makes one."))
        return found
    chosen = [client for client in found if client.slug == slug]
    if not chosen:
        known = ", ".join(client.slug for client in found) or "–"
        raise Refused(
            "unknown_client", _("No client is called “%(slug)s”. Known: %(known)s.") % {"slug": slug, "known": known}
        )
    return chosen


def day(text: str) -> dt.date:
    """argparse type: an ISO date."""
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError(_("%(text)s is not a date: expected YYYY-MM-DD") % {"text": text}) from error


def count(text: str) -> int:
    """argparse type: a whole number from 1 up."""
    if not text.isdecimal() or int(text) < 1:
        raise ArgumentTypeError(_("%(text)s is not a whole number from 1 up") % {"text": text})
    return int(text)


def language() -> str:
    """`it` or `en`: the one that the command speaks."""
    return "en" if (get_language() or "it").startswith("en") else "it"


def progress(**options: Any) -> Any:
    """A progress bar on stderr (only where a person looks on)."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    return Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
        console=Console(stderr=True), transient=True, **options,
    )  # fmt: skip


def paced_progress(**options: Any) -> Any:
    """The same with how many a second, and the time that is left at that pace."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        ProgressColumn,
        Task,
        TextColumn,
        TimeRemainingColumn,
    )
    from rich.text import Text

    class Pace(ProgressColumn):
        """How many a second, over the last half minute."""

        def render(self, task: Task) -> Text:
            return Text(_("%(pace)s a second") % {"pace": f"{task.speed:.0f}"} if task.speed else "")

    return Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), Pace(), TimeRemainingColumn(),
        console=Console(stderr=True), transient=True, **options,
    )  # fmt: skip
