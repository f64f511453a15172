# SPDX-License-Identifier: Apache-2.0
"""Letters: the PDF is put into a folder, from which a person or a print service takes it.

The file comes first, its line in the manifest second, both by atomic rename; the manifest entry stays when
the PDF is taken away. So the same key is handed over once, however often it is asked: this channel is
repeatable. The names of the files say nothing about why we write.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

from . import Outcome, Outgoing, key_name


class LetterChannel:
    """Writes `<folder>/<name>.pdf` and `<folder>/manifest/<name>.json` (to whom, how many bytes, checksum,
    when).
    """

    repeatable = True

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def send(self, message: Outgoing) -> Outcome:
        """Hand one letter over; the first attachment is the letter."""
        if not message.attachments:
            return Outcome("failed", detail="a letter without its PDF")
        name = key_name(message.key)
        entry = self.folder / "manifest" / f"{name}.json"
        if entry.exists():
            return Outcome("sent", name, "already handed over")
        pdf = message.attachments[0].content
        line = {
            "file": f"{name}.pdf",
            "sha256": hashlib.sha256(pdf).hexdigest(),
            "bytes": len(pdf),
            "to": message.to_name,
            "address": message.to_value,
            "handed_over_at": message.at.isoformat(),
        }
        try:
            write_whole(self.folder / f"{name}.pdf", pdf)
            write_whole(entry, json.dumps(line, ensure_ascii=False, indent=1).encode())
        except OSError as trouble:
            return Outcome("retry", detail=f"the print folder cannot be written: {trouble.strerror}")
        return Outcome("sent", name, f"in the print folder: {name}.pdf")


def write_whole(path: Path, content: bytes) -> None:
    """Whole or not at all, and still there after a power cut."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}.part")
    with draft.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
