# SPDX-License-Identifier: Apache-2.0
"""Preview: who would get what on a day under a draft policy, against the policy in force. Nothing is written.

It is the night's own engine on the night's own facts, asked twice: in this process for few customers, from a snapshot
as files and on every processor for many (see night.py).
"""

import datetime as dt
import multiprocessing
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import django
from django.conf import settings

from ascolto.domain.access.models import Client
from ascolto.domain.portfolio.models import Customer
from ascolto.domain.strategy import nights
from ascolto.domain.strategy.extract import read_bucket
from ascolto.domain.strategy.night import FEW, SLICE, take_files
from ascolto.domain.strategy.policy import policy_for
from ascolto.domain.strategy.snapshot import take_snapshot
from ascolto.engine.compare import Comparison, compare, total
from ascolto.engine.decide import decide_arrow
from ascolto.engine.facts import Facts
from ascolto.engine.policy import Policy


@dataclass(frozen=True)
class Preview:
    """What was compared, for which day, under which policies (their content hashes), in how many seconds."""

    as_of: dt.date
    in_force: str
    draft: str
    comparison: Comparison
    seconds: float


def preview(
    *, client: Client, draft: Policy, as_of: dt.date, tell: Callable[[int, int], None] = lambda done, of: None
) -> Preview:  # fmt: skip
    """Compare what every customer of `client` would get on `as_of` under the policy in force and under `draft`.

    Raises PolicyError when the policy in force cannot be read, LookupError past the known holidays.
    """
    began = time.perf_counter()
    in_force = policy_for(client, as_of)
    count = Customer.objects.filter(client=client).count()
    if count <= FEW:
        found = _both(take_snapshot(client_id=client.pk, as_of=as_of), in_force, draft, as_of)
    else:
        found = _of_many(client, in_force, draft, as_of, count, tell)
    return Preview(as_of, in_force.sha, draft.sha, found, round(time.perf_counter() - began, 2))


def _both(facts: Facts, in_force: Policy, draft: Policy, as_of: dt.date, threads: int = 2) -> Comparison:
    return compare(decide_arrow(facts, in_force, as_of, threads), decide_arrow(facts, draft, as_of, threads))


def _of_many(
    client: Client, in_force: Policy, draft: Policy, as_of: dt.date, count: int, tell: Callable[[int, int], None]
) -> Comparison:
    buckets = -(-count // SLICE)
    folder = _folder(Path(settings.HOME))
    facts = folder / "facts"
    # Spawned, not forked: a child must not inherit an open database. It begins without Django, which our modules want.
    spawn = multiprocessing.get_context("spawn")
    crew = ProcessPoolExecutor(os.cpu_count(), mp_context=spawn, initializer=django.setup)
    try:
        take_files(client, as_of, facts, buckets)
        tell(0, count)
        work = partial(_bucket, facts, in_force=in_force, draft=draft, as_of=as_of)
        parts = []
        for done in as_completed([crew.submit(work, number) for number in range(buckets)]):
            parts.append(done.result())
            tell(count * len(parts) // buckets, count)
        return total(parts)
    finally:
        crew.shutdown(wait=True, cancel_futures=True)
        shutil.rmtree(folder, ignore_errors=True)


def _folder(home: Path) -> Path:
    """A place of this preview's own, signed; what previews whose process has died left behind goes."""
    home.mkdir(parents=True, exist_ok=True)
    for held in home.glob("preview-*/held_by"):
        if nights.is_alive(held.read_text()) is False:
            shutil.rmtree(held.parent, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix="preview-", dir=home))
    (folder / "held_by").write_text(nights.myself())
    return folder


def _bucket(folder: Path, number: int, in_force: Policy, draft: Policy, as_of: dt.date) -> Comparison:
    facts, _current = read_bucket(folder, number)
    return _both(facts, in_force, draft, as_of, threads=1)
