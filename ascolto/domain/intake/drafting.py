# SPDX-License-Identifier: Apache-2.0
"""Staged rows to drafts for the portfolio, and what accepting them would do."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ascolto.domain.access.models import Client
from ascolto.domain.intake import open_items, statements
from ascolto.domain.intake.models import Batch, StagedRow
from ascolto.domain.intake.problems import Findings
from ascolto.domain.intake.rows import values_from_json
from ascolto.domain.intake.translate import customer_of
from ascolto.domain.ledger.models import BankStatement
from ascolto.domain.ledger.statements import EntryIn, StatementIn, content_sha, fresh_entries
from ascolto.domain.portfolio.actions import compare_invoices
from ascolto.domain.portfolio.drafts import CustomerDraft, InvoiceDraft
from ascolto.domain.portfolio.identities import Directory, chunks

Status = StagedRow.Status
OPEN = (Status.READY, Status.KNOWN, Status.CHANGED)
"""Rows that accepting looks at; a known one is looked at again, for the world may have changed."""


@dataclass(frozen=True, slots=True)
class Drafts:
    """What rows make. The key of an invoice is its first row; `members` names all rows of each."""

    invoices: list[InvoiceDraft]
    members: dict[int, tuple[int, ...]]
    customers: list[tuple[int, CustomerDraft]]
    statements: list[tuple[int, StatementIn]]


def drafts_of(rows: Sequence[StagedRow], client: Client) -> Drafts:
    """The drafts of some rows, in the order of the files. Rows whose group has an error make nothing."""
    found = Drafts([], {}, [], [])
    items: dict[int, list[open_items.Row]] = defaultdict(list)
    for row in rows:
        if row.kind == "invoice":
            found.invoices.append(InvoiceDraft.from_json(row.content["draft"], key=row.pk))
            found.members[row.pk] = (row.pk,)
        elif row.kind == "open_item":
            items[row.file_id].append(open_items.Row(row.pk, row.row, values_from_json(row.content["values"])))
        elif row.kind == "customer":
            values = values_from_json(row.content["values"])
            found.customers.append((row.pk, customer_of(values, Findings(""), row.row)))
        elif row.kind == "statement":
            found.statements.append((row.pk, statements.from_json(row.content["statement"])))
    for of_file in items.values():
        for group in open_items.invoices(of_file, client, Findings("")):
            if group.draft is not None:
                found.invoices.append(group.draft)
                found.members[group.draft.key] = tuple(row.key for row in group.rows)
    return found


def open_rows(batch: Batch) -> list[StagedRow]:
    """The rows of a delivery that accepting would look at."""
    return list(StagedRow.objects.filter(client=batch.client_id, batch=batch, status__in=OPEN).order_by("pk"))


def review(batch: Batch, client: Client) -> dict[str, int]:
    """Mark each waiting row as ready, known or a new version, by what the portfolio holds now.

    Returns the effect that accepting would have: invoices and credit notes new and changed, their cents, customers new.
    """
    drafts = drafts_of(open_rows(batch), client)
    verdicts = compare_invoices(client=client, documents=drafts.invoices)
    words = {"new": Status.READY, "known": Status.KNOWN, "changed": Status.CHANGED}
    status = {pk: words[verdicts[key]] for key, pks in drafts.members.items() for pk in pks}
    status |= {pk: Status.READY for pk, _ in drafts.customers}
    fresh = _fresh(client, [statement for _, statement in drafts.statements])
    for (pk, _statement), entries in zip(drafts.statements, fresh, strict=True):
        status[pk] = Status.KNOWN if entries is None else Status.READY
    set_status(client, status)
    return _effect(client, drafts, verdicts, fresh)


def _fresh(client: Client, statements: Sequence[StatementIn]) -> list[tuple[EntryIn, ...] | None]:
    """Of each statement what would be written; None when it is known, wholly."""
    known = _known_statements(client, statements)
    found = fresh_entries(client, statements)
    return [
        None if content_sha(statement) in known or (statement.entries and not entries) else entries
        for statement, entries in zip(statements, found, strict=True)
    ]


def _known_statements(client: Client, found: Sequence[StatementIn]) -> set[str]:
    return {
        sha
        for some in chunks(map(content_sha, found))
        for sha in BankStatement.objects.filter(client=client, content_sha__in=some).values_list(
            "content_sha", flat=True
        )
    }


def _effect(
    client: Client, drafts: Drafts, verdicts: dict[int, Any], fresh: Sequence[tuple[EntryIn, ...] | None]
) -> dict[str, int]:
    directory = Directory(client.pk, [d.customer for d in drafts.invoices] + [d for _, d in drafts.customers])
    told = {d.customer.own_number: d.customer for d in drafts.invoices} | {d.own_number: d for _, d in drafts.customers}
    new = [draft for draft in drafts.invoices if verdicts[draft.key] == "new"]
    lines = [entry.amount_cents for entries in fresh for entry in entries or ()]
    in_files = sum(len(statement.entries) for _, statement in drafts.statements)
    return {
        "invoices_new": sum(draft.kind != "credit_note" for draft in new),
        "invoices_new_cents": sum(i.cents for draft in new for i in draft.instalments if draft.kind != "credit_note"),
        "credit_notes_new": sum(draft.kind == "credit_note" for draft in new),
        "credit_notes_new_cents": sum(draft.payable_cents for draft in new if draft.kind == "credit_note"),
        "invoices_changed": sum(verdict == "changed" for verdict in verdicts.values()),
        "invoices_known": sum(verdict == "known" for verdict in verdicts.values()),
        "customers_new": sum(directory.find(draft) is None for draft in told.values()),
        "customers_listed": len(drafts.customers),
        "bank_lines_new": len(lines),
        "bank_lines_known": in_files - len(lines),
        "bank_credits_cents": sum(cents for cents in lines if cents > 0),
        "bank_debits_cents": -sum(cents for cents in lines if cents < 0),
    }


def set_status(client: Client, status: Mapping[int, str]) -> None:
    """Write the status of many rows: one statement per status and 900 rows."""
    by_status: dict[str, list[int]] = defaultdict(list)
    for pk, word in status.items():
        by_status[word].append(pk)
    for word, pks in by_status.items():
        for some in chunks(pks):
            StagedRow.objects.filter(client=client, pk__in=some).exclude(status=word).update(status=word)
