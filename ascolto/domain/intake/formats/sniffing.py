# SPDX-License-Identifier: Apache-2.0
"""What bytes are, judged by the bytes. Names lie: .p7m files that are plain text, .xml files that are web
pages.
"""

from __future__ import annotations

import re

from . import p7m

_BLANK = b" \t\r\n"
_XML_BYTES = re.compile(rb"<[?!A-Za-z_\x80-\xff]")
_FOREIGN = (
    (b"\x89PNG", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"GIF8", "GIF"),
    (b"Rar!", "RAR"),
    (b"7z\xbc\xaf\x27\x1c", "7-Zip"),
    (b"\x1f\x8b", "gzip"),
    (b"MZ", "EXE"),
    (b"\x7fELF", "ELF"),
    (b"{\\rtf", "RTF"),
)
_HTML = re.compile(rb"\A(?:<!--.*?-->|\s)*<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL)
_JSON = re.compile(rb"\A\s*[\[{]\s*(?:[\"\[{\]}0-9-]|true|false|null)")
_MAIL = re.compile(rb"\A(?:Received|Return-Path|From|Message-ID|MIME-Version|Delivered-To|X-Ricevuta): ", re.IGNORECASE)
_PGP = b"-----BEGIN PGP"

# Root elements that one meets beside invoices and statements.
SDI_METADATA = frozenset({"MetadatiInvioFile", "FileMetadati"})
XML_KINDS = {
    "Order": "UBL",
    "ApplicationResponse": "UBL",
    "SCRDMCCBDACIOMessageStructure": "Order-X",
    "postacert": "PEC",
    "html": "HTML",
    "Envelope": "SOAP",
    "Document": "ISO 20022",
}


def is_xml(data: bytes) -> bool:
    """A tag at the beginning, in one byte or two per character; a web page is none."""
    start = data[:4].removeprefix(b"\xef\xbb\xbf")
    if start[:2] in (b"\xff\xfe", b"\xfe\xff") or data[:2] in (b"<\x00", b"\x00<"):
        return b"<" in data[:12]
    head = data[:4096].removeprefix(b"\xef\xbb\xbf").lstrip(_BLANK).removeprefix(b"\xef\xbb\xbf")
    if data.startswith(b"\x4c\x6f\xa7\x94"):  # "<?xm" in EBCDIC: the parser tells what it thinks of it
        return True
    return bool(_XML_BYTES.match(head)) and not _HTML.match(head)


def foreign(data: bytes) -> str | None:
    """The name of a kind of file that is known and not read here; None for what may be a table or an
    envelope."""
    head = data[:4096].removeprefix(b"\xef\xbb\xbf")
    for magic, kind in _FOREIGN:
        if head.startswith(magic):
            return kind
    for pattern, kind in ((_HTML, "HTML"), (_JSON, "JSON")):
        if pattern.match(head):
            return kind
    if _MAIL.match(head) and p7m.unarmoured(data) is None:
        return "e-mail"
    return "PGP" if head.startswith(_PGP) else None


def armoured(data: bytes) -> bytes | None:
    """What base64 hides, when it is an envelope, a document or an archive; None otherwise."""
    head = data[:200]
    if b";" in head[:80] and not _MAIL.match(head):
        return None
    inner = p7m.unarmoured(data)
    if inner and (p7m.looks_signed(inner) or inner[:2] == b"\x30\x80" or is_xml(inner) or inner[:4] == b"PK\x03\x04"):
        return inner
    return None


def is_text(data: bytes) -> bool:
    """Text in some encoding: a two-byte one, or hardly any control characters."""
    head = data[:8192]
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return True
    nuls = head.count(b"\x00")
    if nuls:
        return nuls > len(head) // 4 and (not any(head[1::2]) or not any(head[0::2]) or nuls > len(head) * 2 // 5)
    controls = sum(byte < 32 and byte not in b"\t\r\n\f\x1a" for byte in head)
    return controls * 200 <= len(head)
