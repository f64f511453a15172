# SPDX-License-Identifier: Apache-2.0
"""One reading to staged rows and staged problems, unsaved: what waits, what is wrong with it, what is no receivable."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from ascolto.domain.access.models import Client
from ascolto.domain.intake import open_items, statements
from ascolto.domain.intake.documents import (
    CollectionDoc,
    CustomerRow,
    InvoiceDoc,
    OpenItemRow,
    SdiNoticeDoc,
    StatementDoc,
)
from ascolto.domain.intake.formats.collection_orders import KIND_CODES
from ascolto.domain.intake.formats.sdi import stem
from ascolto.domain.intake.formats.table_bank import FORMAT as BANK_LIST
from ascolto.domain.intake.formats.table_fields import FIELDS
from ascolto.domain.intake.models import StagedFile, StagedProblem, StagedRow
from ascolto.domain.intake.problems import Findings, Problem
from ascolto.domain.intake.profile import BANK, Profile
from ascolto.domain.intake.raw_rows import raw_rows
from ascolto.domain.intake.reading import Reading
from ascolto.domain.intake.translate import customer_of, of_invoice

Status = StagedRow.Status
_BY_HAND = ("invoice.", "total.", "amount.", "date.")
"""Errors inside an invoice: it exists, so a person may enter what the file does not say."""


@dataclass(slots=True)
class Rows:
    """What one file makes: rows, and problems each with its row or None. `format` as the reader named it."""

    rows: list[StagedRow] = field(default_factory=list)
    problems: list[StagedProblem] = field(default_factory=list)
    format: str = ""


def rows_of(file: StagedFile, reading: Reading, client: Client, profile: Profile | None) -> Rows:
    """All rows and problems of a file. Which invoices are known already is told later, for the whole delivery."""
    found = Rows(format=_format(reading))
    placed = _Placed(file, found)
    for doc in reading.documents:
        if isinstance(doc, InvoiceDoc):
            _invoice(doc, client, placed)
        elif isinstance(doc, SdiNoticeDoc):
            placed.add("sdi_notice", doc.file, doc.row, {"notice": notice_json(doc)})
        elif isinstance(doc, StatementDoc):
            _statement(doc, placed)
        elif isinstance(doc, CollectionDoc):
            placed.add("collection", doc.file, doc.row, {"collection": collection_json(doc)})
    _open_items(reading.open_items, client, placed)
    _customers(reading.customers, placed)
    _wrong_rows(file, reading, profile, placed)
    for problem in reading.problems:
        placed.tell(problem, placed.row_for(problem))
    return found


def _format(reading: Reading) -> str:
    for doc in reading.documents:
        return doc.format if isinstance(doc, InvoiceDoc | SdiNoticeDoc | StatementDoc | CollectionDoc) else "list"
    return ""


class _Placed:
    """Rows by file and line, so that problems find theirs."""

    def __init__(self, file: StagedFile, found: Rows) -> None:
        self.file, self.found = file, found
        self.by_file: dict[str, list[StagedRow]] = defaultdict(list)
        self.by_line: dict[tuple[str, int | None], StagedRow] = {}

    def add(
        self, kind: str, name: str, line: int | None, content: dict[str, Any], status: str = Status.READY
    ) -> StagedRow:
        """A row of this file, unsaved."""
        row = StagedRow(
            client_id=self.file.client_id,
            batch_id=self.file.batch_id,
            file=self.file,
            file_name=name[:400],
            row=line,
            stem=stem(name)[:120] if kind == "invoice" else "",
            kind=kind,
            content=content,
            status=status,
        )
        self.found.rows.append(row)
        self.by_file[name].append(row)
        self.by_line[name, line] = row
        return row

    def row_for(self, problem: Problem) -> StagedRow | None:
        """Its very line (tables); in XML the document that begins last before it, or the first for the header."""
        exact = self.by_line.get((problem.file, problem.row))
        if exact is not None:
            return exact
        rows = self.by_file.get(problem.file, [])
        if not rows or self.found.format == "list" or (problem.row is None and len(rows) > 1):
            return None
        before = [row for row in rows if row.row is not None and problem.row is not None and row.row <= problem.row]
        return before[-1] if before else rows[0]

    def tell(self, problem: Problem, row: StagedRow | None) -> None:
        """Keep a problem with its row."""
        self.found.problems.append(staged_problem(problem, self.file, row))


def staged_problem(problem: Problem, file: StagedFile, row: StagedRow | None) -> StagedProblem:
    """The problem as it is kept: by code, so that it is read in any language. Unsaved."""
    return StagedProblem(
        client_id=file.client_id,
        batch_id=file.batch_id,
        staged_row=row,
        file_name=(problem.file or file.name)[:400],
        row=problem.row,
        field=problem.field[:80],
        problem=[problem.code, dict(problem.params)],
        severity=problem.severity,
    )


def _statement(doc: StatementDoc, placed: _Placed) -> None:
    """Lines of an account that nobody names cannot be taken: the list waits for its mapping to say it."""
    if doc.format == BANK_LIST and not doc.account:
        placed.tell(Problem(doc.file, doc.row, "", "bank.account_missing"), None)
        return
    placed.add("statement", doc.file, doc.row, {"statement": statements.to_json(statements.of_statement(doc))})


def _invoice(doc: InvoiceDoc, client: Client, placed: _Placed) -> None:
    findings = Findings(doc.file)
    translation = of_invoice(doc, client, findings)
    assert translation.draft is not None
    content = {"draft": translation.draft.to_json(), "type": doc.type, "format": doc.format}
    status = Status.IGNORED if translation.ignored else Status.WRONG if findings.errors else Status.READY
    row = placed.add("invoice", doc.file, doc.row, content, status)
    for problem in findings.problems:
        placed.tell(problem, row)


def collection_json(doc: CollectionDoc) -> dict[str, Any]:
    """What is kept of a flow of orders, or of a report on them, while it waits: as `debits.receive_news` takes it."""
    orders = [{**asdict(order), "due_on": order.due_on.isoformat() if order.due_on else None} for order in doc.orders]
    return {
        "kind": KIND_CODES.get(doc.format, "core"), "format": doc.format, "identifier": doc.identifier[:35],
        "outcome": doc.outcome, "orders": orders,
    }  # fmt: skip


def notice_json(doc: SdiNoticeDoc) -> dict[str, Any]:
    """What is kept of a notice while it waits."""
    return {
        "type": doc.type,
        "outcome": doc.outcome,
        "stem": stem(doc.invoice_file)[:120],
        "sdi_id": doc.sdi_id[:40],
        "number": doc.number[:60],
        "year": doc.year,
        "on": doc.on.isoformat() if doc.on else None,
        "text": doc.text[:500],
        "errors": [list(error) for error in doc.errors[:50]],
    }


def _open_items(docs: Iterable[OpenItemRow], client: Client, placed: _Placed) -> None:
    found = list(docs)
    rows = [placed.add("open_item", doc.file, doc.row, {"values": to_json(doc.values)}) for doc in found]
    findings = Findings(placed.file.name)
    for group in open_items.invoices(
        [open_items.Row(key, doc.row, doc.values) for key, doc in enumerate(found)], client, findings
    ):
        if group.draft is None:
            for member in group.rows:
                rows[member.key].status = Status.IGNORED if group.ignored else Status.WRONG
    for problem in findings.problems:
        placed.tell(problem, placed.row_for(problem))


def _customers(docs: Iterable[CustomerRow], placed: _Placed) -> None:
    for doc in docs:
        findings = Findings(doc.file)
        customer_of(doc.values, findings, doc.row)
        status = Status.WRONG if findings.errors else Status.READY
        row = placed.add("customer", doc.file, doc.row, {"values": to_json(doc.values)}, status)
        for problem in findings.problems:
            placed.tell(problem, row)


def _wrong_rows(file: StagedFile, reading: Reading, profile: Profile | None, placed: _Placed) -> None:
    """The rows that could not be read, with their cells; and the invoices of which only errors are known."""
    errors = [problem for problem in reading.problems if problem.severity == "error"]
    if profile is not None and profile.kind == BANK:
        return  # an entry is the bank's word: nobody types it anew, the list comes again
    if profile is not None:
        lines = {problem.row for problem in errors if problem.code.startswith("row.") and problem.row}
        kind = "customer" if profile.kind == "customers" else "open_item"
        for line, cells in raw_rows(bytes(file.content or b""), profile, lines).items():
            placed.add(kind, file.name, line, {"cells": cells}, Status.WRONG)
        return
    for name in dict.fromkeys(problem.file for problem in errors if problem.code.startswith(_BY_HAND)):
        if not placed.by_file[name]:
            first = next((problem.row for problem in errors if problem.file == name and problem.row), None)
            placed.add("open_item", name, first, {"cells": {}}, Status.WRONG)


def to_json(values: Mapping[str, Any]) -> dict[str, Any]:
    """Typed values of a row as JSON; `values_from_json` is its inverse."""
    return {name: value.isoformat() if isinstance(value, dt.date) else value for name, value in values.items()}


def values_from_json(data: Mapping[str, Any]) -> dict[str, Any]:
    """Typed values again: the field tells which text is a date."""
    return {
        name: dt.date.fromisoformat(value) if value and FIELDS[name].type == "date" else value
        for name, value in data.items()
    }
