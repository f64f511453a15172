# SPDX-License-Identifier: Apache-2.0
"""`ascolto preview`: who would get what under a draft strategy. Nothing is kept."""

import datetime as dt
import json
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from ascolto.config.commands import say
from ascolto.domain.records import clock
from ascolto.domain.records.errors import Refused

if TYPE_CHECKING:
    from ascolto.domain.strategy.preview import Preview

NAME = "preview"
HELP = gettext_lazy("compare a draft strategy with the one in force: who would get what tomorrow; nothing is kept")
FIRST = 15
"""Moves that are printed; `--csv` has them all."""


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--client", required=True, help=_("the client (its short name)"))
    draft = parser.add_mutually_exclusive_group(required=True)
    draft.add_argument(
        "--draft", type=Path, metavar="FILE", help=_("the draft, a TOML file like those of policies/strategy")
    )
    draft.add_argument("--strategy", metavar="NAME", help=_("a strategy that is shipped, instead of a draft"))
    parser.add_argument("--as-of", type=say.day, help=_("the day (YYYY-MM-DD); default: tomorrow in Rome"))
    parser.add_argument("--json", action="store_true", help=_("the whole comparison as JSON"))
    parser.add_argument("--csv", type=Path, metavar="FILE", help=_("write what changes, and for how many, into a file"))


def run(options: Namespace) -> int:
    """0 when the comparison was made, whatever it says; 1 when the day or the policy in force cannot be read."""
    from ascolto.domain.strategy import preview as trial  # the engine is heavy: other commands need not load it
    from ascolto.domain.strategy.drafts import draft_policy
    from ascolto.engine.reading import PolicyError

    say.prepare_database()
    (client,) = say.clients(options.client)
    as_of = options.as_of or clock.today() + dt.timedelta(days=1)
    text, name = _draft(options)
    policy = draft_policy(client=client, text=text, as_of=as_of, file=name)
    try:
        with say.paced_progress(disable=options.json) as bar:
            task = bar.add_task(client.slug, total=None)
            found = trial.preview(
                client=client, draft=policy, as_of=as_of,
                tell=lambda done, of: bar.update(task, completed=done, total=of),
            )  # fmt: skip
    except (PolicyError, LookupError) as error:
        return say.complain(f"{client.slug}: {error}")
    if options.csv:
        _write(found, options.csv)
    if options.json:
        head = {"client": client.slug, "as_of": as_of.isoformat(), "in_force": found.in_force, "draft": found.draft,
                "changed": found.comparison.changed, "seconds": found.seconds}  # fmt: skip
        print(json.dumps(head | found.comparison.as_dict(), ensure_ascii=False))
    else:
        _tell(found, client.slug)
    return 0


def _draft(options: Namespace) -> tuple[str, str]:
    """The draft's text and the name that its mistakes are told by. Raises Refused."""
    from ascolto.engine.reading import PolicyError
    from ascolto.policies import load

    try:
        if options.strategy:
            return load.strategy_text(options.strategy), f"{options.strategy}.toml"
        return options.draft.read_text(encoding="utf-8-sig"), options.draft.name
    except UnicodeDecodeError as error:
        raise Refused("unreadable_draft", _("%(file)s is no text in UTF-8.") % {"file": options.draft}) from error
    except OSError as error:
        told = {"file": options.draft, "why": error.strerror}
        raise Refused("unreadable_draft", _("%(file)s cannot be read: %(why)s.") % told) from error
    except PolicyError as error:
        known = ", ".join(load.strategy_names())
        told = {"name": options.strategy, "known": known}
        raise Refused("unreadable_draft", _("No strategy is called “%(name)s”. Known: %(known)s.") % told) from error


def _write(found: "Preview", file: Path) -> None:
    from ascolto.web import compared
    from ascolto.web.tables import csv_text

    rows = compared.move_cells(compared.moves(found.comparison), lambda cents: f"{cents // 100},{cents % 100:02d}")
    try:
        file.write_text(csv_text(compared.HEADS, rows), encoding="utf-8", newline="")
    except OSError as error:
        told = {"file": file, "why": error.strerror}
        raise Refused("unwritable_file", _("%(file)s cannot be written: %(why)s.") % told) from error


def _tell(found: "Preview", slug: str) -> None:
    from ascolto.web import codes, compared
    from ascolto.web.formats import money, number

    comparison = found.comparison
    print(_("%(client)s, %(day)s") % {"client": slug, "day": found.as_of.isoformat()})
    print(f"  {compared.headline(comparison)}")
    counts = {"all": number(comparison.customers), "changed": number(comparison.changed)}
    print("  " + _("customers: %(all)s, of whom %(changed)s would get something else") % counts)
    for (step, channel), was, would in comparison.steps():
        by = compared.signed(would - was)
        print(f"    {codes.step(step)} · {codes.channel(channel)}: {number(was)} → {number(would)} ({by})")
    moves = compared.moves(comparison)
    if moves:
        print("  " + _("from what to what:"))
    for move in moves[:FIRST]:
        print(f"    {number(move.customers)} × {move.before} → {move.after} ({money(move.cents)})")
    if len(moves) > FIRST:
        left = len(moves) - FIRST
        print("    " + ngettext("and %(n)s move more: --csv has them all", "and %(n)s moves more: --csv has them all", left)
              % {"n": left})  # fmt: skip
    print("  " + _("compared in %(seconds)s s; nothing was kept") % {"seconds": f"{found.seconds:.1f}"})
