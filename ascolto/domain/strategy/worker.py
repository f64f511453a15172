# SPDX-License-Identifier: Apache-2.0
"""A worker of the night: claims slices, decides each from its facts, writes what changed; until none is left.

`START` with a night and a folder begins one; as many as there are processors work side by side,
and where the database is PostgreSQL they may be on several machines that share the folder. Killed anywhere, a slice
is written whole or not at all.
"""

import resource
import time
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from ascolto.domain.access.models import Client
from ascolto.domain.records.errors import Refused
from ascolto.domain.strategy.decisions import DecisionReport, choose, open_run, write_chosen
from ascolto.domain.strategy.engines import answers_of
from ascolto.domain.strategy.extract import read_bucket
from ascolto.domain.strategy.models import Night, Slice
from ascolto.domain.strategy.nights import claim, close_slice, touched_since
from ascolto.domain.strategy.policy import keep_version, policy_for
from ascolto.domain.strategy.remembered import Memory, memory_of
from ascolto.engine.decide import learn
from ascolto.engine.policy import Policy

POLL_SECONDS = 0.1
SENTENCES = "sentences.json"
"""In the night's folder: the policy as the engine's sentences, compiled once for all workers."""
START = "import sys, django; django.setup(); from ascolto.domain.strategy.worker import main; main(*sys.argv[1:])"


def work(night: Night, folder: Path) -> int:
    """Decide slices until none is free; returns how many. Everything is made ready while the facts are being read."""
    policy, done = policy_for(night.client, night.as_of), 0
    while not (folder / "ready").exists():
        time.sleep(POLL_SECONDS)
        night.refresh_from_db()
        if night.state != Night.State.RUNNING:
            return done
    night.refresh_from_db()
    sentences = (folder / SENTENCES).read_text()
    learn(policy, sentences)
    memory = memory_of(folder, sentences, policy, night.as_of)
    while (part := claim(night)) is not None:
        decide_slice(night, part, folder, policy, memory)
        done += 1
    return done


def decide_slice(night: Night, part: Slice, folder: Path, policy: Policy, memory: Memory) -> dict[str, Any]:
    """Decide the customers of one slice and write what changed, once. Refused: `slice_lost` (another has claimed it),
    `night_taken` (whoever lived the night is dead, and another has begun: its snapshot is the one that counts)."""
    client, seconds, began = night.client, {}, time.perf_counter()
    recalled = memory.recall(folder, part.number)
    seconds["recall"], began = time.perf_counter() - began, time.perf_counter()
    chosen = None
    if recalled.anew != []:
        facts, current = read_bucket(folder, part.number)
        seconds["read"], began = time.perf_counter() - began, time.perf_counter()
        answers = answers_of(folder, part.number, facts, policy, night.as_of, recalled.anew)
        seconds["decide"], began = time.perf_counter() - began, time.perf_counter()
        chosen = choose(client, night.as_of, facts, answers, current)
        seconds["compose"], began = time.perf_counter() - began, time.perf_counter()
    with transaction.atomic():
        _hold(client)
        if not Night.objects.filter(pk=night.pk, state=Night.State.RUNNING).exists():
            raise Refused("night_taken", "this night was taken over by another run")
        seconds["wait"], began = time.perf_counter() - began, time.perf_counter()
        told = DecisionReport(customers=recalled.same.num_rows, same=recalled.same.num_rows)
        told.count(recalled.same)
        if chosen is not None:
            run = open_run(client, night.as_of, keep_version(client, policy, night.as_of))
            told.add(write_chosen(client, night.as_of, run, chosen, leave=touched_since(night)).as_dict())
        seconds["write"] = time.perf_counter() - began
        report = told.as_dict()
        report["seconds"] = {step: round(took, 3) for step, took in seconds.items()}
        report["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        if not close_slice(part, report):
            raise Refused("slice_lost", "another worker has claimed this slice")
    if chosen is not None:
        memory.keep(part.number, recalled, chosen.answers, but=chosen.unsaid())
    return report


def _hold(client: Client) -> None:
    """Keep away whoever takes the client's row for a deed. Slices have no customer in common, so that where rows can be
    shared they write side by side."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM access_client WHERE id = %s FOR SHARE", [client.pk])
    else:
        Client.objects.select_for_update().get(pk=client.pk)


def main(night_id: str, folder: str) -> None:
    """A worker's life; Django must be set up."""
    work(Night.objects.select_related("client").get(pk=night_id), Path(folder))
