# SPDX-License-Identifier: Apache-2.0
"""Safe parsing of foreign XML, and the few steps by which the readers walk in it.

Refuses before it reads: oversize, NUL bytes, any document type or entity declaration. Never recovers: what is
not well-formed is refused. Tolerates what real programs write and a strict parser does not take: namespace
names that are no URI or not declared (second try with expat, by local names), a wrong declaration of the
encoding, blanks before the declaration. Names are local names everywhere; namespaces carry nothing that we
need.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.parsers import expat

from lxml import etree

from ..problems import Findings, Refusal
from .xml_tolerant import by_local_names

MAX_XML_BYTES = 50 * 1024 * 1024
# libxml2 limits one text to 10 MB unless told otherwise; attachments are larger.
_HUGE_BYTES = 8 * 1024 * 1024
_BLANK = b" \t\r\n"
_PADDING = b"\x00\x1a \t\r\n"  # blocks of a disk and the end mark of CP/M, after the document
_BOMS = (b"\xff\xfe", b"\xfe\xff")
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_ENCODING = re.compile(rb"^<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9._:-]+)[\"']")
_DOCTYPE = re.compile(r"<!(DOCTYPE|ENTITY)", re.IGNORECASE)

Element = etree._Element


def parse(data: bytes, findings: Findings) -> Element:
    """The root of a well-formed document without DTD. Raises `Refusal` for everything else."""
    if len(data) > MAX_XML_BYTES:
        raise Refusal("file.too_large", limit=MAX_XML_BYTES // 1024**2)
    data = _trimmed(data, findings)
    if not data.startswith(_BOMS) and b"\x00" in data and not _two_byte(data):
        raise Refusal("file.nul_bytes")
    refuse_doctype(data)
    try:
        return _strict(data)
    except etree.XMLSyntaxError as error:
        return _second_try(data, error, findings)


def child(parent: Element, name: str) -> Element | None:
    """The first child of that local name."""
    return next(parent.iterchildren("{*}" + name), None)


def children(parent: Element, name: str) -> Iterator[Element]:
    """All children of that local name."""
    return parent.iterchildren("{*}" + name)


def at(parent: Element | None, *path: str) -> Element | None:
    """The first element down a path of local names."""
    for name in path:
        if parent is None:
            return None
        parent = next(parent.iterchildren("{*}" + name), None)
    return parent


def text(parent: Element | None, *path: str) -> str:
    """The text down a path, blanks squeezed to one; "" when absent."""
    found = at(parent, *path)
    content = found.text if found is not None else None
    return " ".join(content.split()) if content else ""


def name_of(element: Element) -> str:
    """The local name."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def _parser(huge: bool) -> etree.XMLParser:
    return etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        remove_comments=True,
        remove_pis=True,
        huge_tree=huge,
        recover=False,
    )


def _strict(data: bytes) -> Element:
    root = etree.fromstring(data, _parser(len(data) > _HUGE_BYTES))
    # the second guard: encodings that the first cannot read
    if root.getroottree().docinfo.doctype:  # type: ignore[union-attr]
        raise Refusal("xml.doctype")
    return root


def _trimmed(data: bytes, findings: Findings) -> bytes:
    """Without what may stand before the declaration, and in UTF-8 when that is what it is, whatever it
    declares."""
    if data.startswith(b"\xef\xbb\xbf") or data[:1] in (b" ", b"\n", b"\r", b"\t"):
        data = data.removeprefix(b"\xef\xbb\xbf").lstrip(_BLANK).removeprefix(b"\xef\xbb\xbf")
    if data[-1:] in (b"\x00", b"\x1a") and not data.startswith(_BOMS) and b"\x00" not in data[:4]:
        data = data.rstrip(_PADDING)
    match = _ENCODING.match(data)
    if match is None or match[1].upper() in (b"UTF-8", b"US-ASCII", b"UTF8") or data.isascii():
        return data if match is None or not match[1].upper().startswith((b"UTF-16", b"UCS")) else _relabelled(data)
    try:
        content = data.decode("utf-8")
    except UnicodeDecodeError:
        return data
    findings.add("xml.encoding", declared=match[1].decode("ascii"), used="UTF-8")
    return _DECLARATION.sub("", content).encode("utf-8")


def _relabelled(data: bytes) -> bytes:
    """A document of single bytes that calls itself UTF-16, as .NET strings saved to a file do."""
    return _DECLARATION.sub("", data.decode("latin-1")).encode("latin-1")


def _two_byte(data: bytes) -> bool:
    """UTF-16 without byte order mark: "<" and a NUL, in either order."""
    return data[:4] in (b"<\x00?\x00", b"\x00<\x00?") or (data[:2] in (b"<\x00", b"\x00<") and len(data) % 2 == 0)


class _RootReached(Exception):
    """Ends the look at the prologue."""


def refuse_doctype(data: bytes) -> None:
    """Look at the prologue only, with a parser that knows what a declaration is and what a comment."""
    parser = expat.ParserCreate()

    def refuse(*_: object) -> None:
        raise Refusal("xml.doctype")

    def stop(*_: object) -> None:
        raise _RootReached

    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler = stop
    try:
        for start in range(0, len(data), 4096):
            parser.Parse(data[start : start + 4096], False)
    except _RootReached:
        return
    except (expat.ExpatError, ValueError, LookupError):
        _refuse_doctype_text(data)


def _refuse_doctype_text(data: bytes) -> None:
    """Where expat cannot read the encoding: no declaration in any reading of the bytes."""
    readings = (
        data.decode("latin-1"),
        data.decode("utf-16-le", "ignore"),
        data.decode("utf-16-be", "ignore"),
    )
    if any(_DOCTYPE.search(reading) for reading in (*readings, data.decode("utf-7", "ignore"))):
        raise Refusal("xml.doctype")


def _second_try(data: bytes, error: etree.XMLSyntaxError, findings: Findings) -> Element:
    """Namespaces that are no URI, or a wrong encoding; a document that is not well-formed stays refused."""
    tolerant = by_local_names(data)
    if tolerant is not None:
        findings.add("xml.namespace", row=error.lineno or None)
        return tolerant
    if not data.startswith(_BOMS) and not _is_utf8(data):
        recoded = _DECLARATION.sub("", _western(data)).encode("utf-8")
        root = by_local_names(recoded)
        if root is not None:
            findings.add("xml.encoding", declared=_declared(data), used="windows-1252")
            return root
    raise Refusal("xml.malformed", row=error.lineno or None, detail=_plain(error))


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _western(data: bytes) -> str:
    try:
        return data.decode("cp1252")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _declared(data: bytes) -> str:
    match = _ENCODING.match(data)
    return match[1].decode("ascii") if match else "UTF-8"


def _plain(error: etree.XMLSyntaxError) -> str:
    return (error.msg or "").partition(" (<")[0]
