# SPDX-License-Identifier: Apache-2.0
"""`ascolto fetch`: what came in by mail is read, without changing the mailbox."""

from argparse import ArgumentParser, Namespace
from collections import Counter

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ascolto.config.commands import say
from ascolto.domain.records import clock

NAME = "fetch"
HELP = gettext_lazy("read receipts, returned mail and replies from the mailboxes, which are never changed")


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--client", help=_("only this client (its short name)"))


def run(options: Namespace) -> int:
    """0 when everything was tied to something, 1 when a mail or a mailbox needs a person."""
    from ascolto.domain.outreach.mailbox import MailboxSettings
    from ascolto.domain.strategy.inbox import read_inboxes

    say.prepare_database()
    mailboxes = [MailboxSettings.from_url(url) for url in settings.INBOX_URLS]
    if not mailboxes:
        return say.complain(
            _("No mailbox is named: set ASCOLTO_INBOX_URLS (imaps://user:password@host/INBOX?client=name&pec=1).")
        )
    known = say.clients(options.client)
    counts: Counter[str] = Counter()
    wrong = False
    for mailbox in mailboxes:
        if not any(_owns(client.slug, mailbox.client, len(known)) for client in known) and not (
            options.client and mailbox.client
        ):
            wrong = bool(say.complain(_("%(mailbox)s: say whose it is with ?client=name.") % {"mailbox": mailbox.name}))
    for client in known:
        report = read_inboxes(
            client=client, alone=len(known) == 1, mailboxes=mailboxes, actor="system:fetch", as_of=clock.today()
        )
        counts.update(report.counts)
        for problem in report.problems:
            wrong = bool(say.complain(problem))
    print(", ".join(f"{name} {count}" for name, count in sorted(counts.items())) or _("Nothing new."))
    return 1 if wrong else 0


def _owns(slug: str, named: str, clients: int) -> bool:
    return slug == named or (not named and clients == 1)
