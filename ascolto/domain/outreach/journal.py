# SPDX-License-Identifier: Apache-2.0
"""A worker's own notes of what it is saying: one short file per run, so that a dead worker leaves no more doubt than it must.

Whole windows of messages are written as *sending* before the server is spoken to, for the database's sake. The notes say
which of them had really begun: a window of a killed worker then holds one doubtful message at most, the others are known.
They are only believed while no one holds their lock (a stalled worker is not a dead one) and within the same boot (a power
cut may have eaten the last lines); without them a message stays doubtful, as it must.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ascolto.domain.outreach.channels import Outcome

try:
    import fcntl
except ImportError:  # no such locks on this system: no notes, more doubts
    fcntl = None  # type: ignore[assignment]

ENDING = ".notes"


@dataclass
class Notes:
    """What a dead worker had said: `begun` without an answer, and the answers that it had heard."""

    token: str
    begun: set[int] = field(default_factory=set)
    heard: dict[int, Outcome] = field(default_factory=dict)


class Journal:
    """The notes of one living run. Each line is one write: a process that is killed cannot leave half of it."""

    def __init__(self, folder: Path, token: str) -> None:
        assert fcntl is not None
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / f"{hashlib.sha256(token.encode()).hexdigest()[:32]}{ENDING}"
        self._file = os.open(self._path, os.O_CREAT | os.O_RDWR | os.O_APPEND | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._file, fcntl.LOCK_EX)
        self._head = self._write({"token": token, "boot": _boot()})

    def begins(self, message_id: int) -> None:
        """We are about to speak to the server about this message."""
        self._write({"begins": message_id})

    def heard(self, message_id: int, outcome: Outcome) -> None:
        """The server has answered."""
        self._write({"heard": message_id, **vars(outcome)})

    def settled(self) -> None:
        """The database knows all of it now."""
        os.ftruncate(self._file, self._head)

    def close(self) -> None:
        """The run has ended and left nothing open."""
        self._path.unlink(missing_ok=True)
        os.close(self._file)

    def _write(self, line: dict[str, Any]) -> int:
        return os.write(self._file, json.dumps(line).encode() + b"\n")


def open_journal(folder: Path | None, token: str) -> Journal | None:
    """The notes of a new run; None where none can be kept."""
    return Journal(folder, token) if folder is not None and fcntl is not None else None


@contextmanager
def left_behind(folder: Path | None) -> Iterator[list[Notes]]:
    """The notes of dead workers, ours alone inside the block; when it ends well they have served."""
    files = sorted(folder.glob(f"*{ENDING}")) if folder is not None and fcntl is not None else []
    held: list[tuple[Path, int]] = []
    try:
        held += [(path, file) for path in files if (file := _locked(path)) is not None]
        yield [notes for path, _file in held if (notes := _read(path)) is not None]
        for path, _file in held:
            path.unlink(missing_ok=True)
    finally:
        for _path, file in held:
            os.close(file)


def _locked(path: Path) -> int | None:
    """The file, when its worker is gone; None while somebody holds it."""
    with suppress(OSError):
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(file)
            return None
        return file
    return None


def _read(path: Path) -> Notes | None:
    """None when they are of another boot, or not whole: then nothing is known."""
    lines = path.read_bytes().split(b"\n") if path.exists() else []
    if len(lines) < 2 or lines[-1]:
        return None
    head, *rest = (json.loads(line) for line in lines[:-1])
    if not head["boot"] or head["boot"] != _boot():
        return None
    notes = Notes(head["token"])
    for line in rest:
        if "begins" in line:
            notes.begun.add(line["begins"])
        else:
            message_id = line.pop("heard")
            notes.heard[message_id] = Outcome(**line)
    return notes


def _boot() -> str:
    """What changes when the machine starts anew; empty where nobody can say."""
    with suppress(OSError):
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    return ""
