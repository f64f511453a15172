# SPDX-License-Identifier: Apache-2.0
"""E-mail into a folder: each message becomes an .eml file. For the demo, and to look before a real server is named."""

from __future__ import annotations

from pathlib import Path

from . import Outcome, Outgoing, key_name
from .email import build
from .letter import write_whole


class FolderChannel:
    """Writes `<folder>/<name>.eml`; the same key writes the same file again, so it is repeatable."""

    repeatable = True

    def __init__(self, folder: Path, sender: str = "ascolto@example.test") -> None:
        self.folder, self.sender = folder, sender

    def send(self, message: Outgoing) -> Outcome:
        """Keep one message as a file that any mail program opens."""
        name = key_name(message.key)
        try:
            write_whole(self.folder / f"{name}.eml", build(message, self.sender).as_bytes())
        except OSError as trouble:
            return Outcome("retry", detail=f"the mail folder cannot be written: {trouble.strerror}")
        return Outcome("sent", name, f"{name}.eml")
