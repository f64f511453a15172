# SPDX-License-Identifier: Apache-2.0
"""`ascolto day`: live one business day."""

import datetime as dt
import json
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ascolto.config.commands import say
from ascolto.domain.records import clock
from ascolto.domain.records.errors import Refused

if TYPE_CHECKING:
    from ascolto.day import DayReport
    from ascolto.domain.access.models import Client
    from ascolto.domain.outreach.mailbox import MailboxSettings
    from ascolto.domain.strategy.inbox import InboxReport

NAME = "day"
HELP = gettext_lazy(
    "live one business day: read the mail, match cash, judge promises, decide for every customer, measure"
)


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--as-of", type=say.day, help=_("the day to live (YYYY-MM-DD); default: today in Rome"))
    parser.add_argument("--client", help=_("only this client (its short name)"))
    parser.add_argument("--dry-run", action="store_true", help=_("the same work, rolled back at the end"))
    parser.add_argument("--no-mail", action="store_true", help=_("do not read the mailboxes first"))
    parser.add_argument("--json", action="store_true", help=_("one JSON line per client"))
    parser.add_argument(
        "--workers",
        type=say.count,
        help=_("processes that decide side by side for a large client; default: as many as processors"),
    )


def run(options: Namespace) -> int:
    """0 when every client's day was lived without trouble, 1 when some could not be lived or some records carried out."""
    from ascolto import day as story  # the engine is heavy: other commands need not load it
    from ascolto.engine.reading import PolicyError

    say.prepare_database()
    as_of = options.as_of or clock.today()
    trouble = 0
    clients, mailboxes = say.clients(options.client), _mailboxes(options)
    with say.paced_progress(disable=options.json) as bar:
        for client in clients:
            mail = _listen(client, len(clients) == 1, mailboxes, as_of)
            trouble += len(mail.problems)
            task = bar.add_task(client.slug, total=None)

            def tell(done: int, of: int, task: Any = task) -> None:
                bar.update(task, completed=done, total=of)

            try:
                report = story.live(
                    client=client, as_of=as_of, dry_run=options.dry_run, workers=options.workers, tell=tell
                )
            except Refused as no:
                # Another run lives this client's day: the others' days go on.
                trouble += say.complain(no.message)
                continue
            except (PolicyError, LookupError) as error:
                # A strategy, charter or calendar that cannot be read stops its client's day, nobody else's.
                trouble += say.complain(f"{client.slug}: {error}")
                continue
            finally:
                bar.remove_task(task)
            trouble += len(report.decisions.problems)
            _tell(report, mail, options)
    return 1 if trouble else 0


def _mailboxes(options: Namespace) -> "list[MailboxSettings]":
    """None for a day that is rolled back: what was read of a mailbox is not read again."""
    from ascolto.domain.outreach.mailbox import MailboxSettings

    quiet = options.dry_run or options.no_mail
    return [] if quiet else [MailboxSettings.from_url(url) for url in settings.INBOX_URLS]


def _listen(client: "Client", alone: bool, mailboxes: "Sequence[MailboxSettings]", as_of: dt.date) -> "InboxReport":
    """First of all, and outside of any transaction: what came by mail is known before the day decides."""
    from ascolto.domain.strategy.inbox import read_inboxes

    report = read_inboxes(client=client, alone=alone, mailboxes=mailboxes, actor="system:day", as_of=as_of)
    for problem in report.problems:
        say.complain(f"{client.slug}: {problem}")
    return report


def _tell(report: "DayReport", mail: "InboxReport", options: Namespace) -> None:
    if options.json:
        print(json.dumps({**report.as_dict(), "mail": dict(mail.counts)}, ensure_ascii=False))
        return
    from ascolto.domain.strategy import worklist
    from ascolto.domain.strategy.models import Decision
    from ascolto.web import codes

    done = report.decisions
    planned = _listed(done.planned, lambda channel: str(codes.channel(channel)).lower()) or _("nothing new")
    title = _("%(client)s, %(day)s") % {"client": report.client, "day": report.as_of.isoformat()}
    print(title + (" " + _("(dry run: nothing was kept)") if options.dry_run else ""))
    if mail.counts:
        print(
            "  "
            + _("mail: %(counts)s") % {"counts": ", ".join(f"{fate} {n}" for fate, n in sorted(mail.counts.items()))}
        )
    print("  " + _("cash: %(settled)s settled, %(waiting)s waiting for a person") % report.cash)
    print(
        "  "
        + _("customers: %(all)s, of whom %(changed)s with a new answer")
        % {"all": done.customers, "changed": done.changed}
    )
    for answer, name in Decision.Answer.choices:
        rules = _listed(worklist.why_nothing(report.client, answer), _rule)
        print(f"    {str(name).lower()}: {done.answers.get(answer, 0)}" + (f" ({rules})" if rules else ""))
    print(
        "  " + _("planned: %(planned)s; withdrawn: %(withdrawn)s") % {"planned": planned, "withdrawn": done.withdrawn}
    )
    print("  " + ", ".join(f"{step} {seconds:.2f} s" for step, seconds in report.seconds.items()))
    for problem in done.problems:
        say.complain(problem)


def _listed(counts: Mapping[str, int], name: Callable[[str], str]) -> str:
    """`first reminder 12, call 3`: the most frequent first."""
    return ", ".join(
        f"{name(code)} {count}" for code, count in sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    )


def _rule(code: str) -> str:
    from ascolto.web import codes

    return str(codes.RULES[code][0]).lower() if code in codes.RULES else code
