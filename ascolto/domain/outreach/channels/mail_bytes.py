# SPDX-License-Identifier: Apache-2.0
"""A mail as bytes, written straight: what `email.build` makes, for the many that differ in little and carry no files.

Its slow twin is the library's own message (the tests compare them). Headers are folded by the library too, but those that
recur (who writes, the subject) only once, and a recipient only when two lines do not hold him.
"""

from __future__ import annotations

import binascii
import functools
import hashlib
from email.headerregistry import Address
from email.policy import SMTP as SMTP_RULES
from email.utils import format_datetime

WIDTH = 78


def mail_bytes(
    *, sender: Address, recipient: Address, reply_to: Address | None, subject: str, date: object, message_id: str,
    text: str, html: str,
) -> bytes:  # fmt: skip
    """The whole mail with CRLF line ends: text, and HTML beside it when there is some. All headers are one line each."""
    head = [
        _folded("From", str(sender)),
        _to(recipient),
        _folded("Reply-To", str(reply_to)) if reply_to else "",
        _folded("Subject", subject),
        f"Date: {format_datetime(date)}\r\n",  # type: ignore[arg-type]
        f"Message-ID: {message_id}\r\n",
        "MIME-Version: 1.0\r\n",
    ]
    if not html:
        return "".join(head).encode("ascii") + _part("plain", text)
    # Quoted-printable never holds "=_", so the boundary is in no body; the same message has the same one each time.
    mark = f"=_{hashlib.sha256(message_id.encode()).hexdigest()[:32]}"
    head.append(f'Content-Type: multipart/alternative;\r\n boundary="{mark}"\r\n\r\n')
    between = f"--{mark}\r\n".encode("ascii")
    parts = [between, _part("plain", text), between, _part("html", html), f"--{mark}--\r\n".encode("ascii")]
    return "".join(head).encode("ascii") + b"".join(parts)


def _part(kind: str, words: str) -> bytes:
    head = f'Content-Type: text/{kind}; charset="utf-8"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n'
    lines = b"\r\n".join([*words.encode().splitlines(), b""])
    return head.encode("ascii") + binascii.b2a_qp(lines, istext=True)


def _to(recipient: Address) -> str:
    """The header that differs each time: name and address on a line, or on one each; the library has the rest."""
    where = f" <{recipient.addr_spec}>"
    name = str(recipient).removesuffix(where)
    if not name.isascii():
        name = f"=?utf-8?b?{binascii.b2a_base64(recipient.display_name.encode(), newline=False).decode()}?="
    line = f"To: {name}"
    if not recipient.display_name or max(len(line), len(where)) > WIDTH:
        return _fold("To", str(recipient))
    return f"{line}{where}\r\n" if len(line + where) <= WIDTH else f"{line}\r\n{where}\r\n"


def _fold(name: str, value: str) -> str:
    return str(SMTP_RULES.fold(name, SMTP_RULES.header_store_parse(name, value)[1]))


_folded = functools.lru_cache(maxsize=512)(_fold)
