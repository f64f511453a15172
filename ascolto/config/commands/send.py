# SPDX-License-Identifier: Apache-2.0
"""`ascolto send`: what is in the outbox leaves."""

import os
import socket
from argparse import ArgumentParser, Namespace

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ascolto.config.commands import say
from ascolto.domain.records import clock

NAME = "send"
HELP = gettext_lazy("send what is in the outbox, after a last look at each customer")


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--client", help=_("only this client (its short name)"))
    parser.add_argument("--limit", type=int, default=100_000, help=_("at most so many messages per client"))
    parser.add_argument("--to-folder", help=_("write e-mails as .eml files into this folder instead of sending them"))


def run(options: Namespace) -> int:
    """0 when everything due has left, 1 when something failed, is doubtful, or no mail server is named."""
    from ascolto.domain.outreach.models import Message
    from ascolto.domain.outreach.sending import channels_of
    from ascolto.domain.strategy.sending import send_messages, total

    say.prepare_database()
    folder = f"file:{os.path.abspath(options.to_folder)}" if options.to_folder else ""
    channels = channels_of(folder or settings.SMTP_URL, settings.PRINT_FOLDER, folder or settings.PEC_URL)
    clients = say.clients(options.client)
    worker = f"{socket.gethostname()}:{os.getpid()}"
    with say.progress() as bar:
        reports = [
            send_messages(client=client, channels=channels, worker=worker, as_of=clock.today(), limit=options.limit)
            for client in bar.track(clients, description=_("Sending"))
        ]
    report = total(reports)
    names = {str(status): str(label).lower() for status, label in Message.Status.choices}
    names |= {"waiting": _("put off"), "settled_meanwhile": _("settled meanwhile")}
    done = ", ".join(f"{names.get(code, code)} {count}" for code, count in sorted(report.counts.items()))
    print(done or _("Nothing was due: `ascolto day` says what waits, and why."))
    for message, why in report.problems:
        say.complain(_("message %(message)s: %(why)s") % {"message": message, "why": why})
    waiting = Message.objects.filter(
        client__in=clients, status=Message.Status.QUEUED, not_before__lte=clock.now()
    ).exclude(channel__in=channels)
    if count := waiting.count():
        return say.complain(_("%(count)s messages wait: name a mail server in ASCOLTO_SMTP_URL (smtp://user:password@host:587), for PEC in "
                              "ASCOLTO_PEC_URL, or look at them with --to-folder.") % {"count": count})  # fmt: skip
    return 1 if report.problems or report.counts.get("doubtful") else 0
