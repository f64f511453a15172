# SPDX-License-Identifier: Apache-2.0
"""Zip batches: the members, one after the other, within limits that no bomb can pass.

Sizes are counted while reading, for what an archive says of itself may be a lie. One bad member is refused
alone.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from ..problems import Findings, Refusal

MAX_MEMBERS = 50_000
MAX_EXPANDED_BYTES = 200 * 1024 * 1024
MAX_MEMBER_BYTES = 60 * 1024 * 1024
MAX_RATIO = 200
MAX_NESTING = 1
_RATIO_FROM_BYTES = 1024 * 1024  # small files of blanks may shrink as they like
_CHUNK = 64 * 1024
_LITTER = ("__MACOSX/", ".DS_Store", "Thumbs.db", "desktop.ini")
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, IndexError, NotImplementedError)


@dataclass(slots=True)
class Budget:
    """How much all nested archives of one file may expand together."""

    bytes_left: int = MAX_EXPANDED_BYTES
    members_left: int = MAX_MEMBERS


def is_zip(data: bytes) -> bool:
    """By the signature of a member or of an empty archive."""
    return data[:4] in (b"PK\x03\x04", b"PK\x05\x06")


def names(data: bytes) -> frozenset[str]:
    """The names of the members, to tell a spreadsheet from a batch; empty when the archive is broken."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return frozenset(archive.namelist())
    except _BROKEN:
        return frozenset()


def member(data: bytes, name: str) -> bytes | None:
    """The content of one member, within the limits; None when there is none, or it cannot be read."""
    try:
        return next((content for found, content in members(data, Findings(name), Budget()) if found == name), None)
    except Refusal:
        return None


def members(data: bytes, findings: Findings, budget: Budget) -> Iterator[tuple[str, bytes]]:
    """Name and content of each good member. Raises `Refusal` when the archive itself is broken or a bomb."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except _BROKEN as error:
        raise Refusal("zip.broken") from error
    with archive:
        entries = [entry for entry in archive.infolist() if not entry.is_dir() and not _litter(entry.filename)]
        if not entries:
            raise Refusal("zip.empty")
        budget.members_left -= len(entries)
        if budget.members_left < 0:
            raise Refusal("zip.too_many", limit=MAX_MEMBERS)
        for entry in entries:
            content = _content(archive, entry, findings, budget)
            if content is not None:
                yield entry.filename.replace("\\", "/"), content


def _content(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, findings: Findings, budget: Budget) -> bytes | None:
    problem = _unfit(entry)
    if problem:
        findings.add(problem, field=entry.filename, name=entry.filename)
        return None
    try:
        return _read(archive, entry, budget)
    except (*_BROKEN, RuntimeError):
        findings.add("zip.member_broken", field=entry.filename, name=entry.filename)
        return None


def _unfit(entry: zipfile.ZipInfo) -> str:
    parts = entry.filename.replace("\\", "/").split("/")
    if entry.filename.startswith(("/", "\\")) or ".." in parts or ":" in parts[0]:
        return "zip.member_name"
    return "zip.member_encrypted" if entry.flag_bits & 0x1 else ""


def _read(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, budget: Budget) -> bytes:
    parts, size = [], 0
    with archive.open(entry) as stream:
        while chunk := stream.read(_CHUNK):
            size += len(chunk)
            budget.bytes_left -= len(chunk)
            if budget.bytes_left < 0 or size > MAX_MEMBER_BYTES:
                raise Refusal("zip.too_large", name=entry.filename, limit=MAX_EXPANDED_BYTES // 1024**2)
            if size > _RATIO_FROM_BYTES and size > MAX_RATIO * max(entry.compress_size, 1):
                raise Refusal("zip.bomb", name=entry.filename, limit=MAX_RATIO)
            parts.append(chunk)
    return b"".join(parts)


def _litter(name: str) -> bool:
    return name.startswith(_LITTER[0]) or name.rpartition("/")[2] in _LITTER[1:]
