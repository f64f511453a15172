# SPDX-License-Identifier: Apache-2.0
"""What a file kept as proof may be: by its size and its first bytes, for a name and a declared type prove nothing."""

from django.utils.translation import gettext as _

from ascolto.domain.records.errors import Refused

LARGEST_FILE = 5 * 1024 * 1024
SIGNATURES = ((b"%PDF-", "application/pdf"), (b"\x89PNG\r\n\x1a\n", "image/png"), (b"\xff\xd8\xff", "image/jpeg"))


def checked(content: bytes) -> str:
    """The media type. Refused: `empty_file`, `too_large` (5 MB), `not_readable` (neither PDF, PNG nor JPEG)."""
    if not content:
        raise Refused("empty_file", _("This file is empty."))
    if len(content) > LARGEST_FILE:
        raise Refused("too_large", _("The file is larger than 5 MB."))
    media_type = next((kind for start, kind in SIGNATURES if content.startswith(start)), "")
    if not media_type:
        raise Refused("not_readable", _("Only PDF, PNG and JPEG files can be kept as evidence."))
    return media_type


def safe_name(name: str) -> str:
    """The last part of a path, without control characters and quotes."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(c for c in last if c.isprintable() and c not in '"<>|;')[-120:].strip() or "file"
