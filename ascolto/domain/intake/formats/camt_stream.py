# SPDX-License-Identifier: Apache-2.0
"""Large camt files, entry by entry: each Ntry is read when it ends and then forgotten, its entry kept in a spool.

The same statements as `camt` gives, in the memory of one entry. Nothing is handed over before the last byte was read,
so that a file that is cut off gives nothing. Strict: the second tries of small files (`xml`) are not made here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

from lxml import etree

from ..documents import Entry, StatementDoc
from ..problems import Findings, Refusal
from ..spool import Spool
from . import camt
from .camt_entry import entry
from .fields import code
from .xml import Element, child, name_of, refuse_doctype

STREAM_BYTES = 16 * 1024 * 1024
"""From this size on a statement is streamed."""
MAX_STREAM_BYTES = 2 * 1024**3
_HEAD = re.compile(rb"BkToCstmr(?:Stmt|AcctRpt|DbtCdtNtfctn)|camt\.05[234]\.|CBI[A-Za-z]*Stmt")


@dataclass(slots=True)
class _Open:
    entries: Spool[Entry]
    errors_before: int
    currency: str | None = None


def looks(head: bytes) -> bool:
    """Whether the first kilobytes are those of a camt document in XML, in one byte per character."""
    start = head.removeprefix(b"\xef\xbb\xbf")
    return start[:1] == b"<" and b"\x00" not in head and bool(_HEAD.search(start[:16384]))


def read(source: Path | IO[bytes], head: bytes, findings: Findings) -> Iterator[StatementDoc]:
    """The statements of a file. Raises `Refusal` for a document type, for what is not well-formed or cut off."""
    refuse_doctype(head)
    try:
        found = _statements(source, findings)
    except etree.XMLSyntaxError as error:
        detail = (error.msg or "").partition(" (<")[0]
        raise Refusal("xml.malformed", row=error.lineno or None, detail=detail) from error
    if not found:
        raise Refusal("statement.missing", field="Stmt")
    for doc, bad in found:
        if not bad:
            yield doc
        elif len(found) > 1:
            findings.add("statement.refused", row=doc.row, field="Stmt", account=doc.account)


def _statements(source: Path | IO[bytes], findings: Findings) -> list[tuple[StatementDoc, bool]]:
    found: list[tuple[StatementDoc, bool]] = []
    current: _Open | None = None
    for event, element in etree.iterparse(
        str(source) if isinstance(source, Path) else source,
        events=("start", "end"),
        tag=("{*}Stmt", "{*}Rpt", "{*}Ntfctn", "{*}Ntry"),
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=True,
        recover=False,
        remove_comments=True,
        remove_pis=True,
    ):
        statement = name_of(element) in camt.STATEMENTS
        if event == "start":
            current = _Open(Spool(), findings.errors) if statement else current
        elif not statement and current is not None:
            _keep(element, current, findings)
        elif current is not None:
            if camt.is_statement(element):
                doc = camt.document(element, current.entries, findings)
                bad = findings.errors > current.errors_before
                if not bad:
                    camt.check(doc, element, findings)
                found.append((doc, bad))
            element.clear()
            current = None
    return found


def _keep(element: Element, current: _Open, findings: Findings) -> None:
    """Read one Ntry, then drop its content and the empty ones before it."""
    parent = element.getparent()
    read_entry = entry(element, findings)
    if read_entry is not None:
        if not read_entry.currency:
            if current.currency is None and parent is not None:
                current.currency = code(child(parent, "Acct"), "Ccy")
            read_entry = replace(read_entry, currency=current.currency or "")
        current.entries.add(read_entry)
    element.clear()
    while parent is not None and (before := element.getprevious()) is not None and name_of(before) == "Ntry":
        parent.remove(before)
