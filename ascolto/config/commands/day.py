# SPDX-License-Identifier: Apache-2.0
"""`ascolto day`: live one business day."""

import json
from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ascolto.config.commands import say
from ascolto.domain.records import clock

if TYPE_CHECKING:
    from ascolto.day import DayReport

NAME = "day"
HELP = gettext_lazy("live one business day: match cash, judge promises, decide for every customer, measure")


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--as-of", type=say.day, help=_("the day to live (YYYY-MM-DD); default: today in Rome"))
    parser.add_argument("--client", help=_("only this client (its short name)"))
    parser.add_argument("--dry-run", action="store_true", help=_("the same work, rolled back at the end"))
    parser.add_argument("--json", action="store_true", help=_("one JSON line per client"))


def run(options: Namespace) -> int:
    """0 when every client's day was lived without trouble, 1 when some records could not be carried out."""
    from ascolto import day as story  # the engine is heavy: other commands need not load it
    from ascolto.engine.reading import PolicyError

    say.prepare_database()
    as_of = options.as_of or clock.today()
    trouble = 0
    clients = say.clients(options.client)
    with say.progress(disable=options.json) as bar:
        for client in bar.track(clients, description=_("Living the day")):
            try:
                report = story.live(client=client, as_of=as_of, dry_run=options.dry_run)
            except (PolicyError, LookupError) as error:
                # A strategy, charter or calendar that cannot be read stops its client's day, nobody else's.
                trouble += say.complain(f"{client.slug}: {error}")
                continue
            trouble += len(report.decisions.problems)
            _tell(report, options)
    return 1 if trouble else 0


def _tell(report: "DayReport", options: Namespace) -> None:
    if options.json:
        print(json.dumps(report.as_dict(), ensure_ascii=False))
        return
    done = report.decisions
    answers = ", ".join(f"{name} {count}" for name, count in sorted(done.answers.items()))
    planned = ", ".join(f"{name} {count}" for name, count in sorted(done.planned.items())) or _("nothing new")
    title = _("%(client)s, %(day)s") % {"client": report.client, "day": report.as_of.isoformat()}
    print(title + (" " + _("(dry run: nothing was kept)") if options.dry_run else ""))
    print("  " + _("cash: %(settled)s settled, %(waiting)s waiting for a person") % report.cash)
    print("  " + _("customers: %(all)s, of whom %(changed)s with a new answer (%(answers)s)")
          % {"all": done.customers, "changed": done.changed, "answers": answers})  # fmt: skip
    print(
        "  " + _("planned: %(planned)s; withdrawn: %(withdrawn)s") % {"planned": planned, "withdrawn": done.withdrawn}
    )
    print("  " + ", ".join(f"{step} {seconds:.2f} s" for step, seconds in report.seconds.items()))
    for problem in done.problems:
        say.complain(problem)
