# SPDX-License-Identifier: Apache-2.0
"""The night of one client: everybody decided, in one transaction when they are few, in slices when they are many.

Many: one process takes the snapshot out of the database as files (extract.py), several decide its slices side by side
(worker.py). Who is killed is replaced; whoever starts the day again goes on where it stopped.
"""

import datetime as dt
import os
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, connections, transaction

from ascolto.domain.access.models import Client
from ascolto.domain.portfolio.models import Customer
from ascolto.domain.records.apart import ask, beside, environment, url
from ascolto.domain.records.columns import Read, query_of
from ascolto.domain.strategy import ledger_copy, nights, remembered
from ascolto.domain.strategy.decisions import DecisionReport, current_answers, decide_client, follow_messages, open_run
from ascolto.domain.strategy.engines import decide_ahead
from ascolto.domain.strategy.extract import Job, extract, read_figures
from ascolto.domain.strategy.figures import before_deciding
from ascolto.domain.strategy.ledger_copy import Copy, Since
from ascolto.domain.strategy.models import Night, Slice
from ascolto.domain.strategy.policy import keep_version, policy_for
from ascolto.domain.strategy.snapshot import reads, supplies_read
from ascolto.domain.strategy.worker import SENTENCES, START
from ascolto.engine.decide import compiled, taught

SLICE: int = settings.SLICE
"""Customers of a slice: what a worker holds in memory at a time."""
FEW = min(20_000, SLICE)
"""Customers up to which a night is one transaction in one process."""
MEMORY = "3GB"
"""What the snapshot may use before it spills to disk."""
POLL_SECONDS = 0.1

Tell = Callable[[int, int], None]
"""Called now and then with the customers decided and how many there are."""


@dataclass
class Decided:
    """What a night decided. `figures`: those of the day that were computed meanwhile (figures.before_deciding)."""

    report: DecisionReport
    figures: dict[str, Any] | None = None
    parts: dict[str, Any] | None = None


def decide_night(
    *, night: Night, client: Client, as_of: dt.date, actor: str, moved: bool, workers: int | None = None,
    tell: Tell = lambda done, of: None,
) -> Decided:  # fmt: skip
    """Decide for all customers of `client`. `moved`: this run has changed facts before it came here."""
    count = Customer.objects.filter(client=client).count()
    if count <= FEW or connection.in_atomic_block:
        ledger_copy.forget(client)
        return Decided(decide_client(client=client, as_of=as_of, actor=actor))
    policy = policy_for(client, as_of)
    buckets = -(-count // SLICE)
    with beside(extract) as hand, _folder(night) as folder:
        with transaction.atomic():
            Client.objects.select_for_update().get(pk=client.pk)
            follow_messages(client_id=client.pk)
            open_run(client, as_of, keep_version(client, policy, as_of))
            Night.objects.filter(pk=night.pk).update(mark=nights.mark_of(client))
            kept = nights.cut(night=night, buckets=buckets, policy_sha=policy.sha, moved=moved)
            copy, since = ledger_copy.note(client, ledger_copy.place_of(client.pk))
        job = _job(client, as_of, folder, buckets, copy, since)
        with _crew(night, folder, workers or os.cpu_count() or 1) as crew:
            snapshot = hand(job, meanwhile=lambda: compiled(policy))
            (folder / SENTENCES).write_text(taught(policy))
            decide_ahead(folder, policy, as_of, buckets)
            nights.begin_slices(night)
            (folder / "ready").touch()
            figures = before_deciding(client.pk, as_of, read_figures(folder))  # while the crew is at work
            _watch(night, crew, count, tell)
    return _added(night, figures, {"snapshot": snapshot, "slices_kept": kept})


@contextmanager
def _folder(night: Night) -> Iterator[Path]:
    """Where the night's snapshot lies while it is needed, beside what is remembered and the ledger's copy."""
    folder = Path(settings.NIGHTS) / f"client={night.client_id}" / str(night.pk)
    for other in folder.parent.glob("*"):
        if other.name not in (remembered.PLACE, ledger_copy.PLACE):
            shutil.rmtree(other, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def take_files(client: Client, as_of: dt.date, folder: Path, buckets: int) -> dict[str, Any]:
    """The snapshot as files, made by another process; returns its report."""
    report: dict[str, Any] = ask(extract, _job(client, as_of, folder, buckets, Copy(str(folder / "ledger"))))
    return report


def _job(client: Client, as_of: dt.date, folder: Path, buckets: int, copy: Copy, since: Since | None = None) -> Job:
    """What the snapshot of everybody reads, and where it puts it. `since`: of the ledger only what the copy lacks."""
    tables = {**reads(client.pk, as_of), "supplies": supplies_read(client.pk), "current": current_answers(client.pk)}
    if since is not None:
        tables |= ledger_copy.narrowed(tables, client.pk, since)
    told = {name: query_of(table) if isinstance(table, Read) else table for name, table in tables.items()}
    return Job(url(), told, str(folder), buckets, os.cpu_count() or 1, MEMORY, copy)


class _Crew:
    """The workers of a night on this machine."""

    def __init__(self, night: Night, folder: Path, size: int) -> None:
        self.night, self.folder, self.size = night, folder, size
        self.lives = size * nights.TRIES
        self.running: list[tuple[subprocess.Popen[bytes], str]] = []

    def fill(self) -> None:
        """Start workers until the crew is complete, or has died too often."""
        while len(self.running) < self.size and self.lives:
            self.lives -= 1
            command = [sys.executable, "-c", START, str(self.night.pk), str(self.folder)]
            worker = subprocess.Popen(command, env=environment())
            self.running.append((worker, nights.signature(worker.pid)))

    def ended(self) -> bool:
        """Look after them: what a worker that failed had claimed is free again, and another takes its place."""
        for worker, signature in [one for one in self.running if one[0].poll() is not None]:
            self.running.remove((worker, signature))
            if worker.returncode:
                nights.release(self.night, [signature])
                self.fill()
        return not self.running


@contextmanager
def _crew(night: Night, folder: Path, size: int) -> Iterator[_Crew]:
    connections.close_all()  # a child must not inherit an open database
    crew = _Crew(night, folder, size)
    crew.fill()
    try:
        yield crew
    finally:
        for worker, _signature in crew.running:
            worker.terminate()
        for worker, _signature in crew.running:
            worker.wait()


def _watch(night: Night, crew: _Crew, count: int, tell: Tell) -> None:
    """Until every worker has ended: tell how far they are, and keep the night ours."""
    told = time.monotonic()
    while not crew.ended():
        time.sleep(POLL_SECONDS)
        done = Slice.objects.filter(night=night, state=Slice.State.DONE).count()
        tell(count * done // night.buckets, count)
        if time.monotonic() - told > 30:
            nights.go_on(night, "decide")
            told = time.monotonic()


def _added(night: Night, figures: dict[str, Any], parts: dict[str, Any]) -> Decided:
    """The slices' reports in one, with the longest and the largest of them."""
    report, peak = DecisionReport(), 0
    busy: dict[str, float] = {}
    for part in Slice.objects.filter(night=night).order_by("number"):
        if part.state != Slice.State.DONE:
            report.problems.append(f"slice {part.number} of {night.buckets} could not be decided: run the day again")
            continue
        report.add(part.report)
        peak = max(peak, part.report["peak_mb"])
        for step, took in part.report["seconds"].items():
            busy[step] = round(busy.get(step, 0) + took, 3)
    child = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    return Decided(report, figures, {**parts, "worker_seconds": busy, "worker_peak_mb": peak, "child_peak_mb": child})
