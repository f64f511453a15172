# SPDX-License-Identifier: Apache-2.0
"""A process of our own beside the running one, for work that reads whole tables (records/columns.py says why apart).

The child reads its job from its input, writes what it found to its output, and never opens Django's connection.
"""

import os
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from django.db import connection


def url() -> str:
    """The database, as another library opens it."""
    known = connection.settings_dict
    if connection.vendor == "sqlite":
        return str(known["NAME"])
    return f"postgresql://{known['USER']}:{known['PASSWORD']}@{known['HOST']}:{known['PORT'] or 5432}/{known['NAME']}"


KEEP_MEMORY = {"MALLOC_MMAP_THRESHOLD_": str(32 << 20), "MALLOC_TRIM_THRESHOLD_": str(1 << 30)}
"""For glibc: columns come and go in batches of some hundred kilobytes, which a process had better not give back each time."""


def environment() -> dict[str, str]:
    """A child sees the house from where we see it."""
    house = str(Path(__file__).resolve().parents[3])
    return {**KEEP_MEMORY, **os.environ, "PYTHONPATH": os.pathsep.join([house, os.environ.get("PYTHONPATH", "")])}


START = "import django; django.setup(); from ascolto.domain.records.apart import answer; from {module} import {name}; answer({name})"


Hand = Callable[..., Any]
"""Give it the job, and what we do `meanwhile`; it gives what was found."""


@contextmanager
def beside(work: Callable[[Any], Any]) -> Iterator[Hand]:
    """A process of its own that gets ready to do `work` (a function of a module), which takes it a second; it sees what is
    committed when it is given its job. Who is given none goes home."""
    start = START.format(module=work.__module__, name=work.__name__)
    command = [sys.executable, "-c", start]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment()) as child:
        ear, mouth = child.stdin, child.stdout
        assert ear is not None
        assert mouth is not None

        def give(job: Any, meanwhile: Callable[[], None] = lambda: None) -> Any:
            with suppress(BrokenPipeError), ear as told:  # who is dead cannot be told: its code says so
                pickle.dump(job, told)
            meanwhile()
            found = mouth.read()
            if child.wait():
                raise subprocess.CalledProcessError(child.returncode, command)
            return pickle.loads(found)  # noqa: S301 - written by the process that we started

        try:
            yield give
        finally:
            if not ear.closed:
                child.terminate()


def ask(work: Callable[[Any], Any], job: Any, meanwhile: Callable[[], None] = lambda: None) -> Any:
    """What `work` finds, run as a process of its own. `meanwhile`: what we do until it answers."""
    with beside(work) as hand:
        return hand(job, meanwhile)


def answer(work: Callable[[Any], Any]) -> None:
    """The other end of `ask`."""
    found = work(pickle.load(sys.stdin.buffer))  # noqa: S301 - written by the process that started us
    sys.stdout.buffer.write(pickle.dumps(found))
