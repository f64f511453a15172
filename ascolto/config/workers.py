# SPDX-License-Identifier: Apache-2.0
"""Several sending workers at once: one process each, told apart by nothing but their number.

Each works for itself on the shared outbox and speaks to its parent through a pipe of its own: one that is killed leaves
nobody waiting for a lock. Asked to stop, a worker ends the message it is speaking of and gives the others back.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import socket
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from ascolto.domain.outreach.sending import SendReport

Tell = Callable[[Counter[str]], None]


@dataclass(frozen=True)
class Order:
    """What a worker is to do: for whom, how many at most, through which servers, letters into which folder."""

    client_ids: tuple[int, ...]
    limit: int
    smtp_url: str
    pec_url: str
    notes_folder: Path
    bundle_folder: Path | None


def work(order: Order, tell: Tell, stop: Callable[[], bool] = lambda: False) -> SendReport:
    """One worker's run in this very process: what is due by mail, then the letters."""
    from ascolto.domain.outreach.bundles import make_bundles
    from ascolto.domain.outreach.sending import channels_of, send_due
    from ascolto.domain.strategy.leaving import last_look, mark_done

    channels = channels_of(order.smtp_url, None, order.pec_url)
    common: dict[str, Any] = {
        "worker": f"{socket.gethostname()}:{os.getpid()}", "allow": last_look, "client_ids": order.client_ids,
        "after_sent": mark_done, "notes_folder": order.notes_folder, "stop": stop, "tell": tell,
    }  # fmt: skip
    report = send_due(channels=channels, limit=order.limit, **common)
    for channel in channels.values():
        getattr(channel, "close", lambda: None)()
    left = order.limit - sum(report.counts.values())
    if order.bundle_folder is not None and left > 0:
        letters = make_bundles(folder=order.bundle_folder, limit=left, **common)
        report.counts += letters.counts
        report.problems += letters.problems
        report.lanes |= letters.lanes
    return report


def work_together(order: Order, count: int, tell: Tell) -> list[SendReport]:
    """`count` workers in processes of their own, each with its share of the limit; one that dies is told as a problem."""

    context = multiprocessing.get_context("spawn")
    running: dict[Connection, BaseProcess] = {}
    for number in range(count):
        ours, theirs = context.Pipe(duplex=False)
        share = order.limit // count + (number < order.limit % count)
        process = context.Process(target=_child, args=(replace(order, limit=share), theirs))
        process.start()
        theirs.close()
        running[ours] = process
    reports: list[SendReport] = []
    try:
        while running:
            _listen(running, tell, reports)
    except KeyboardInterrupt:
        for worker in running.values():
            worker.terminate()  # a request: they end what they are saying
        for worker in running.values():
            worker.join()
        raise
    return reports


def _listen(running: dict[Connection, BaseProcess], tell: Tell, reports: list[SendReport]) -> None:
    from ascolto.domain.outreach.sending import SendReport

    for pipe in wait(list(running)):
        assert isinstance(pipe, Connection)
        try:
            said = pipe.recv()
        except EOFError:
            process = running.pop(pipe)
            process.join()
            if process.exitcode:
                words = _("a worker ended before its time (%(code)s); the next run takes up what it held")
                reports.append(SendReport(problems=[(0, words % {"code": process.exitcode})]))
            continue
        if isinstance(said, SendReport):
            reports.append(said)
        else:
            tell(said)


def _child(order: Order, pipe: Connection) -> None:
    """The life of a worker: set up, work, report."""
    import django

    from ascolto.config.catalogues import compile_catalogues

    compile_catalogues()
    django.setup()
    asked: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda sign, _frame: asked.append(sign))
    report = work(order, pipe.send, stop=lambda: bool(asked))
    pipe.send(report)
    pipe.close()
