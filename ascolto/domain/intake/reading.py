# SPDX-License-Identifier: Apache-2.0
"""Any file to documents and problems, by its content and never by its name alone.

`read` is the one door to the readers: it needs no database, raises nothing for what a file may hold, and what
it returns is data. The good documents count; each trouble is a `Problem` with file, row and field.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path

from .documents import CollectionDoc, CustomerRow, Document, InvoiceDoc, OpenItemRow, SdiNoticeDoc, StatementDoc
from .formats import (
    archive,
    bank_text,
    camt,
    camt_stream,
    cii,
    facturx,
    fatturapa,
    p7m,
    payment_status,
    sdi,
    sniffing,
    table,
    table_grid,
    table_mapping,
    ubl,
    xml,
)
from .problems import Findings, Problem, Refusal
from .profile import Profile

MAX_FILE_BYTES = 200 * 1024 * 1024
_MAX_WRAPPINGS = 4


@dataclass(frozen=True, slots=True)
class Reading:
    """What one file holds. `sha256` recognises the same file when it comes twice."""

    file: str
    sha256: str
    documents: tuple[Document, ...]
    problems: tuple[Problem, ...]

    @property
    def invoices(self) -> tuple[InvoiceDoc, ...]:
        return tuple(doc for doc in self.documents if isinstance(doc, InvoiceDoc))

    @property
    def notices(self) -> tuple[SdiNoticeDoc, ...]:
        return tuple(doc for doc in self.documents if isinstance(doc, SdiNoticeDoc))

    @property
    def statements(self) -> tuple[StatementDoc, ...]:
        return tuple(doc for doc in self.documents if isinstance(doc, StatementDoc))

    @property
    def collections(self) -> tuple[CollectionDoc, ...]:
        return tuple(doc for doc in self.documents if isinstance(doc, CollectionDoc))

    @property
    def open_items(self) -> tuple[OpenItemRow, ...]:
        return tuple(doc for doc in self.documents if isinstance(doc, OpenItemRow))

    @property
    def customers(self) -> tuple[CustomerRow, ...]:
        return tuple(doc for doc in self.documents if isinstance(doc, CustomerRow))

    @property
    def refused(self) -> bool:
        """Whether anything of the file was refused."""
        return any(problem.severity == "error" for problem in self.problems)


@dataclass(frozen=True, slots=True)
class Preview:
    """The first rows of a table for the mapping page: headers as found, rows as text, typed rows,
    problems."""

    profile: Profile
    headers: tuple[str, ...]
    raw_rows: tuple[tuple[str, ...], ...]
    documents: tuple[Document, ...]
    problems: tuple[Problem, ...]
    sheets: tuple[str, ...] = ()


def read(name: str, data: bytes | Path, profile: Profile | None = None) -> Reading:
    """All documents and problems of one file. `name` is the one to tell in problems; members of a zip follow
    it."""
    findings = Findings(name)
    if isinstance(data, Path) and (head := _large_statement(data)):
        documents = _all(camt_stream.read(data, head, findings), findings)
        return Reading(name, _sha_of(data), tuple(documents), tuple(findings.problems))
    content = _load(data, findings) if isinstance(data, Path) else data
    if content is None:
        return Reading(name, "", (), tuple(findings.problems))
    documents = _all(_read(content, findings, profile, archive.Budget(), 0, 0), findings)
    return Reading(name, hashlib.sha256(content).hexdigest(), tuple(documents), tuple(findings.problems))


def suggest(data: bytes, profile: Profile | None = None) -> Profile:
    """A mapping profile proposed from the headers of a table. Raises `Refusal` when the bytes are no
    table."""
    grid = table.grid_of(data, profile or Profile(), Findings(""))
    return table_mapping.suggest(grid, profile)


def preview(data: bytes, profile: Profile, limit: int = 50, name: str = "") -> Preview:
    """The first `limit` rows as they are and as they would be read; a table that cannot be read gives its
    problem."""
    findings = Findings(name)
    try:
        grid = table.grid_of(data, profile, findings)
    except Refusal as refusal:
        findings.refuse(refusal)
        return Preview(profile, (), (), (), tuple(findings.problems))
    header_row = table_mapping.header_row(grid) if profile.header_row is None else profile.header_row
    headers = table_mapping.headers_of(grid, header_row)
    body = grid.rows[max(header_row - grid.first + 1, 0) :][:limit]
    raw = tuple(tuple(map(str, row)) for row in body)
    documents = _all(table.read(data, profile, findings), findings)
    last = header_row + limit
    return Preview(
        profile,
        tuple(headers),
        raw,
        tuple(doc for doc in documents if not isinstance(doc, OpenItemRow | CustomerRow) or doc.row <= last),
        tuple(problem for problem in findings.problems if (problem.row or 0) <= last),
        grid.sheets,
    )


def _all(documents: Iterator[Document], findings: Findings) -> list[Document]:
    """Whatever came before a refusal counts; the refusal becomes a problem."""
    found: list[Document] = []
    try:
        found.extend(documents)
    except Refusal as refusal:
        findings.refuse(refusal)
    return found


def _large_statement(path: Path) -> bytes:
    """The first kilobytes of a bank statement that is large enough to be streamed; nothing for any other file."""
    try:
        if not camt_stream.STREAM_BYTES < path.stat().st_size < camt_stream.MAX_STREAM_BYTES or not path.is_file():
            return b""
        with path.open("rb") as file:
            head = file.read(65536)
    except (OSError, ValueError):
        return b""
    return head if camt_stream.looks(head) else b""


def _sha_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _load(path: Path, findings: Findings) -> bytes | None:
    try:
        if not path.is_file():
            findings.add("file.is_folder" if path.is_dir() else "file.missing")
        elif path.stat().st_size > MAX_FILE_BYTES:
            findings.add("file.too_large", limit=MAX_FILE_BYTES // 1024**2)
        else:
            return path.read_bytes()
    except (OSError, ValueError):
        findings.add("file.unreadable")
    return None


def _read(
    data: bytes,
    findings: Findings,
    profile: Profile | None,
    budget: archive.Budget,
    nesting: int,
    wrappings: int,
) -> Iterator[Document]:
    if len(data) > MAX_FILE_BYTES:
        raise Refusal("file.too_large", limit=MAX_FILE_BYTES // 1024**2)
    if not data.strip(b" \t\r\n\x00\xef\xbb\xbf"):
        raise Refusal("file.empty")
    if p7m.looks_signed(data):
        yield from _unwrapped(p7m.unwrap(data, findings), findings, profile, budget, nesting, wrappings)
    elif sniffing.is_xml(data):
        yield from _xml(data, findings)
    elif table_grid.is_spreadsheet(data):
        yield from table.read(data, profile, findings)
    elif archive.is_zip(data):
        yield from _zip(data, findings, profile, budget, nesting)
    elif facturx.is_pdf(data):
        yield from _pdf(data, findings)
    elif bank_text.looks(data):
        yield from bank_text.read(data, findings)
    elif (kind := sniffing.foreign(data)) is not None:
        raise Refusal("file.other_kind", kind=kind)
    elif (inner := sniffing.armoured(data)) is not None:
        yield from _unwrapped(inner, findings, profile, budget, nesting, wrappings)
    elif sniffing.is_text(data):
        yield from table.read(data, profile, findings)
    else:
        raise Refusal("file.unknown")


def _unwrapped(
    inner: bytes,
    findings: Findings,
    profile: Profile | None,
    budget: archive.Budget,
    nesting: int,
    wrappings: int,
) -> Iterator[Document]:
    if wrappings >= _MAX_WRAPPINGS:
        raise Refusal("p7m.too_deep", limit=_MAX_WRAPPINGS)
    yield from _read(inner, findings, profile, budget, nesting, wrappings + 1)


def _xml(data: bytes, findings: Findings) -> Iterator[Document]:
    if len(data) > camt_stream.STREAM_BYTES and camt_stream.looks(data[:65536]):
        yield from camt_stream.read(BytesIO(data), data[:65536], findings)
        return
    root = ubl.unwrapped(xml.parse(data, findings))
    name = xml.name_of(root)
    if name in fatturapa.ROOTS:
        yield from fatturapa.read(root, findings)
    elif ubl.is_ubl(root):
        yield from ubl.read(root, findings)
    elif name in cii.ROOTS:
        yield from cii.read(root, findings)
    elif name in sdi.TYPES:
        yield from sdi.read(root, findings)
    elif (elements := camt.statements(root)) or camt.is_camt(root):
        yield from camt.read(elements, findings)
    elif payment_status.is_status(root):
        yield payment_status.read(root, findings)
    elif name in sniffing.SDI_METADATA:
        findings.add("xml.sdi_metadata", field=name)
    else:
        raise Refusal("xml.other_root", field=name, root=name, kind=sniffing.XML_KINDS.get(name, "XML"))


def _pdf(data: bytes, findings: Findings) -> Iterator[Document]:
    """The invoice that a PDF carries; a CII in a PDF is a Factur-X."""
    for doc in _xml(facturx.invoice_xml(data), findings):
        if isinstance(doc, InvoiceDoc) and doc.format == cii.FORMAT:
            doc = replace(doc, format=facturx.FORMAT)
        yield doc


def _zip(
    data: bytes, findings: Findings, profile: Profile | None, budget: archive.Budget, nesting: int
) -> Iterator[Document]:
    if nesting > archive.MAX_NESTING:
        raise Refusal("zip.too_deep", limit=archive.MAX_NESTING)
    for member, content in archive.members(data, findings, budget):
        inner = Findings(f"{findings.file}/{member}")
        yield from _all(_read(content, inner, profile, budget, nesting + 1, 0), inner)
        findings.problems.extend(inner.problems)
        findings.errors += inner.errors
