# SPDX-License-Identifier: Apache-2.0
"""`ascolto send`: what is in the outbox leaves, by mail and as bundles of letters for the print house."""

import json
import os
import time
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections import Counter
from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ascolto.config.commands import say
from ascolto.domain.records import clock

if TYPE_CHECKING:
    from ascolto.config.workers import Order
    from ascolto.domain.access.models import Client
    from ascolto.domain.outreach.sending import SendReport

NAME = "send"
HELP = gettext_lazy("send what is in the outbox, after a last look at each customer")
TOLD = 20
"""Problems told one by one; the others are counted, and all of them stand in the report."""


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--client", help=_("only this client (its short name)"))
    parser.add_argument("--limit", type=int, default=1_000_000, help=_("at most so many messages"))
    parser.add_argument("--workers", type=_workers, default=1, help=_("how many processes send at once"))
    parser.add_argument("--to-folder", help=_("write e-mails as .eml files into this folder instead of sending them"))
    parser.add_argument("--json", action="store_true", help=_("a report for machines, in one JSON line"))


def run(options: Namespace) -> int:
    """0 when everything due has left, 1 when something failed, is doubtful, or no mail server is named."""
    from ascolto.config.workers import Order, work, work_together
    from ascolto.domain.outreach import bundles
    from ascolto.domain.outreach.sending import channels_of
    from ascolto.domain.strategy.sending import decide_waiting, total

    say.prepare_database()
    folder = f"file:{os.path.abspath(options.to_folder)}" if options.to_folder else ""
    clients = say.clients(options.client)
    order = Order(
        client_ids=tuple(client.pk for client in clients), limit=options.limit, smtp_url=folder or settings.SMTP_URL,
        pec_url=folder or settings.PEC_URL, notes_folder=settings.SENDING_FOLDER,
        bundle_folder=bundles.folder(),
    )  # fmt: skip
    channels = [*channels_of(order.smtp_url, None, order.pec_url), *bundles.LETTERS]
    begun = time.monotonic()
    with say.paced_progress(disable=options.json) as bar:
        for client in bar.track(clients, description=_("Looking once more")):
            decide_waiting(client=client, channels=channels, actor="system:send", as_of=clock.today())
        bundles.complete_bundles(client_ids=order.client_ids, folder=bundles.folder())
        task = bar.add_task(_("Sending"), total=_due(clients, channels))

        def tell(counts: Counter[str]) -> None:
            bar.advance(task, sum(counts.values()))

        reports = [work(order, tell)] if options.workers == 1 else work_together(order, options.workers, tell)
    report = total(reports)
    _tell(report, options, time.monotonic() - begun, order)
    return _verdict(report, clients, channels)


def _tell(report: "SendReport", options: Namespace, seconds: float, order: "Order") -> None:
    from ascolto.domain.outreach.models import Message

    if options.json:
        done = sum(report.counts.values())
        pace = {"seconds": round(seconds, 1), "per_second": round(done / max(seconds, 0.001), 1)}
        print(json.dumps(report.as_dict() | pace | {"workers": options.workers}, ensure_ascii=False))
        return
    names = {str(status): str(label).lower() for status, label in Message.Status.choices}
    names |= {"waiting": _("put off"), "settled_meanwhile": _("settled meanwhile")}
    done_words = ", ".join(f"{names.get(code, code)} {count}" for code, count in sorted(report.counts.items()))
    print(done_words or _("Nothing was due: `ascolto day` says what waits, and why."))
    if report.lanes.get("letter", Counter())["sent"]:
        print(_("Letters for the print house: %(folder)s") % {"folder": order.bundle_folder})
    for message, why in report.problems[:TOLD]:
        say.complain(_("message %(message)s: %(why)s") % {"message": message, "why": why} if message else why)
    if (more := len(report.problems) - TOLD) > 0:
        say.complain(_("and %(more)s more: --json names them all") % {"more": more})


def _verdict(report: "SendReport", clients: "Collection[Client]", channels: Collection[str]) -> int:
    if count := _due(clients, channels, served=False):
        return say.complain(_("%(count)s messages wait: name a mail server in ASCOLTO_SMTP_URL (smtp://user:password@host:587), for PEC in "
                              "ASCOLTO_PEC_URL, or look at them with --to-folder.") % {"count": count})  # fmt: skip
    return 1 if report.problems or report.counts.get("doubtful") else 0


def _due(clients: "Collection[Client]", channels: Collection[str], served: bool = True) -> int:
    """Messages whose time has come, on the channels that we have, or on the others."""
    from ascolto.domain.outreach.models import Message

    rows: Any = Message.objects.filter(client__in=clients, status=Message.Status.QUEUED, not_before__lte=clock.now())
    rows = rows.filter(channel__in=channels) if served else rows.exclude(channel__in=channels)
    return int(rows.count())


def _workers(text: str) -> int:
    """argparse type: a number of processes."""
    if not (text.isdigit() and 1 <= int(text) <= 64):
        raise ArgumentTypeError(_("between 1 and 64 workers"))
    return int(text)
