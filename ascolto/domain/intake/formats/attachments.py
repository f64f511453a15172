# SPDX-License-Identifier: Apache-2.0
"""The files inside an invoice. A dangerous or unreadable one is refused alone: the invoice stays."""

from __future__ import annotations

import base64
import binascii
import io
import zipfile
import zlib

from ..documents import Attachment
from ..problems import Findings
from .fields import line
from .xml import Element, children, text

MAX_ATTACHMENT_BYTES = 30 * 1024 * 1024
_LOOK_INSIDE_BYTES = 1024 * 1024
_LOOK_INSIDE_MEMBERS = 50
# The test file of the antivirus makers, kept in two pieces so that this source is not taken for it.
_TEST_VIRUS = b"EICAR-STANDARD-" + b"ANTIVIRUS-TEST-FILE"
_PROGRAMS = (b"MZ", b"\x7fELF", b"#!", b"\xca\xfe\xba\xbe", b"\xcf\xfa\xed\xfe")
_PROGRAM_NAMES = (
    ".exe",
    ".com",
    ".bat",
    ".cmd",
    ".scr",
    ".pif",
    ".js",
    ".vbs",
    ".wsf",
    ".ps1",
    ".msi",
    ".jar",
    ".lnk",
)


def attachments(body: Element, findings: Findings) -> tuple[Attachment, ...]:
    """Every Allegati of a body; what is refused is told as a warning and kept without content."""
    return tuple(_attachment(element, findings) for element in children(body, "Allegati"))


def _attachment(element: Element, findings: Findings) -> Attachment:
    name, format = text(element, "NomeAttachment"), text(element, "FormatoAttachment").upper()
    encoded = "".join(part.text or "" for part in children(element, "Attachment"))
    return judged(name, format, encoded, findings, line(element), "Allegati")


def judged(name: str, format: str, encoded: str, findings: Findings, row: int | None, field: str) -> Attachment:
    """A file in base64, kept with its content or refused without."""
    content, refusal = _decoded(encoded)
    refusal = refusal or _refusal(name, content)
    if refusal:
        findings.add(refusal, row=row, field=field, name=name)
        return Attachment(name, format, len(content), refusal)
    return Attachment(name, format, len(content), "", content)


def _decoded(encoded: str) -> tuple[bytes, str]:
    if len(encoded) > MAX_ATTACHMENT_BYTES * 4 // 3 + 4096:
        return b"", "attachment.too_large"
    try:
        content = base64.b64decode("".join(encoded.split()), validate=True)
    except (binascii.Error, ValueError):
        return b"", "attachment.unreadable"
    return (content, "") if content else (b"", "attachment.empty")


def _refusal(name: str, content: bytes) -> str:
    if _TEST_VIRUS in content or (content[:2] == b"PK" and _virus_in_zip(content)):
        return "attachment.virus"
    if content.startswith(_PROGRAMS) or name.lower().endswith(_PROGRAM_NAMES):
        return "attachment.program"
    return ""


def _virus_in_zip(content: bytes) -> bool:
    """A bounded look at the first members; what cannot be opened cannot be looked at."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for member in archive.infolist()[:_LOOK_INSIDE_MEMBERS]:
                with archive.open(member) as stream:
                    if _TEST_VIRUS in stream.read(_LOOK_INSIDE_BYTES):
                        return True
    except (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, EOFError, OSError, ValueError):
        return False
    return False
