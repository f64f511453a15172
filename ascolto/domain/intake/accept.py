# SPDX-License-Identifier: Apache-2.0
"""The decision on a delivery: accept (good rows are taken over, bad ones stay to be corrected), refuse, mend, retry.

One transaction each: a delivery is taken over whole or not at all. Cash is matched afterwards, not here.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection, transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from ascolto.domain.access.models import Client
from ascolto.domain.debits.outcomes import receive_news
from ascolto.domain.intake.drafting import Drafts, drafts_of, open_rows
from ascolto.domain.intake.models import Batch, StagedFile, StagedProblem, StagedRow
from ascolto.domain.intake.notices import set_aside_discarded, take_notices
from ascolto.domain.intake.problems import Problem
from ascolto.domain.intake.rows import staged_problem
from ascolto.domain.ledger.models import Allocation, Payment
from ascolto.domain.ledger.statements import receive_statement
from ascolto.domain.portfolio.actions import Outcome, Settled, issue_invoices, save_customers
from ascolto.domain.portfolio.identities import chunks
from ascolto.domain.records import clock
from ascolto.domain.records.actions import record
from ascolto.domain.records.errors import Refused

POLICY = "system:policy"
Status = StagedRow.Status
LATER = ("invoice.below_paid", "invoice.note_used", "invoice.paid_by_another")
"""Refusals that an undone payment lifts: worth trying again as they are."""


@transaction.atomic
def accept(*, batch: Batch, actor: str, as_of: dt.date) -> dict[str, Any]:
    """Take over every good row of a waiting delivery; returns its report with what was `taken`.

    Refused: `batch.decided` when it was accepted or refused before, `batch.incomplete` when staging was interrupted.
    """
    batch, client = _locked(batch)
    if batch.status != Batch.Status.STAGED:
        raise Refused("batch.decided", _("This delivery was decided already."))
    if not batch.report.get("complete"):
        raise Refused("batch.incomplete", _("Reading was interrupted: bring the same files again to go on."))
    set_aside_discarded(batch, client)  # a discard may have come since it was read
    taken = _take(batch, client, open_rows(batch), actor, as_of)
    batch.status, batch.decided_by, batch.decided_at = Batch.Status.ACCEPTED, actor, clock.now()
    report: dict[str, Any] = {**batch.report, "taken": taken}
    batch.report = report
    batch.save(update_fields=["status", "decided_by", "decided_at", "report"])
    record("batch.accepted", actor=actor, client_id=client.pk, subject=batch, data=taken)
    return report


def accept_by_policy(*, batch: Batch, as_of: dt.date) -> dict[str, Any] | None:
    """Accept without a person when the client wants so and nothing is wrong; None when a person must look."""
    batch.refresh_from_db()
    wrong = StagedProblem.objects.filter(client=batch.client_id, batch=batch, severity="error", solved=False)
    if not batch.client.auto_accept or batch.status != Batch.Status.STAGED or wrong.exists():
        return None
    report = accept(batch=batch, actor=POLICY, as_of=as_of)
    batch.refresh_from_db()
    return report


@transaction.atomic
def refuse(*, batch: Batch, actor: str, as_of: dt.date, why: str = "") -> Batch:
    """Take nothing of a waiting delivery. The same files may come again. Refused with `batch.decided`."""
    batch, client = _locked(batch)
    if batch.status != Batch.Status.STAGED:
        raise Refused("batch.decided", _("This delivery was decided already."))
    batch.status, batch.decided_by, batch.decided_at = Batch.Status.REFUSED, actor, clock.now()
    batch.save(update_fields=["status", "decided_by", "decided_at"])
    record("batch.refused", actor=actor, client_id=client.pk, subject=batch, why=why)
    return batch


@transaction.atomic
def retry(*, batch: Batch, actor: str, as_of: dt.date) -> dict[str, int]:
    """After acceptance: take over the rows that were corrected since, and those a payment stood against.

    Returns the counts of this time. Refused with `batch.waiting` when the delivery was not accepted yet.
    """
    batch, client = _locked(batch)
    if batch.status != Batch.Status.ACCEPTED:
        raise Refused("batch.waiting", _("Accept the delivery first."))
    rows = StagedRow.objects.filter(client=client, batch=batch)
    blocked = StagedProblem.objects.filter(client=client, batch=batch, solved=False, problem__0__in=LATER)
    blocked_ids = list(blocked.values_list("staged_row_id", flat=True))
    blocked.update(solved=True)
    rows.filter(pk__in=blocked_ids, status=Status.WRONG).update(status=Status.READY)
    taken = _take(batch, client, list(rows.filter(status=Status.READY).order_by("pk")), actor, as_of)
    before = batch.report.get("taken", {})
    batch.report = {
        **batch.report,
        "taken": {name: before.get(name, 0) + count for name, count in taken.items()},
    }
    batch.save(update_fields=["report"])
    record("batch.retried", actor=actor, client_id=client.pk, subject=batch, data=taken)
    return taken


def _locked(batch: Batch) -> tuple[Batch, Client]:
    client = Client.objects.select_for_update().get(pk=batch.client_id)
    return Batch.objects.select_for_update().get(pk=batch.pk, client=client), client


def _take(batch: Batch, client: Client, rows: Sequence[StagedRow], actor: str, as_of: dt.date) -> dict[str, int]:
    """Customers first, so that invoices find them; then invoices; then statements; then what SdI and banks say of them."""
    drafts = drafts_of(rows, client)
    outcomes = _take_customers(drafts, client, actor, as_of)
    issued = issue_invoices(
        client=client,
        documents=drafts.invoices,
        batch_id=batch.pk,
        actor=actor,
        as_of=as_of,
        settled=settled(client),
    )
    for outcome in issued.outcomes:
        outcomes |= dict.fromkeys(drafts.members[outcome.key], outcome)
    statements = _take_statements(batch, drafts, client, actor, as_of)
    _write_outcomes(rows, outcomes | statements)
    notices = take_notices(rows, client, batch)
    collections = _take_collections(batch, rows, client, actor, as_of)
    _write_outcomes(rows, notices | collections)
    return {
        "invoices_new": issued.new,
        "invoices_changed": issued.changed,
        "invoices_known": issued.known,
        "refused": sum(outcome.verdict == "refused" for outcome in outcomes.values()),
        "customers": len(drafts.customers),
        "notices_new": sum(outcome.verdict == "new" for outcome in notices.values()),
        "collections_new": sum(outcome.verdict == "new" for outcome in collections.values()),
        "statements_new": sum(outcome.verdict == "new" for outcome in statements.values()),
        "statements_known": sum(outcome.verdict == "known" for outcome in statements.values()),
    }


def _take_customers(drafts: Drafts, client: Client, actor: str, as_of: dt.date) -> dict[int, Outcome]:
    keys, customers = [pk for pk, _ in drafts.customers], [draft for _, draft in drafts.customers]
    report = save_customers(client=client, rows=customers, actor=actor, as_of=as_of)
    return dict(zip(keys, report.outcomes, strict=True))


def _take_statements(batch: Batch, drafts: Drafts, client: Client, actor: str, as_of: dt.date) -> dict[int, Outcome]:
    found: dict[int, Outcome] = {}
    for pk, statement in drafts.statements:
        kept = receive_statement(client=client, statement=statement, batch_id=batch.pk, actor=actor, as_of=as_of)
        found[pk] = Outcome(pk, "known") if kept is None else Outcome(pk, "new", kept.pk)
    return found


def _take_collections(
    batch: Batch, rows: Sequence[StagedRow], client: Client, actor: str, as_of: dt.date
) -> dict[int, Outcome]:
    """Orders presented and what banks say of them; after invoices, so that they find theirs. All told before: known."""
    found: dict[int, Outcome] = {}
    for row in rows:
        if row.kind == "collection":
            flow = row.content["collection"]
            new, _customers = receive_news(client=client, flow=flow, batch_id=batch.pk, actor=actor, as_of=as_of)
            found[row.pk] = Outcome(row.pk, "new" if new else "known")
    return found


def settled(client: Client) -> Any:
    """What the ledger has used of some invoices, as `issue_invoices` asks for it."""

    def of(invoice_ids: Sequence[int]) -> Settled:
        cents: dict[int, int] = {}
        notes: set[int] = set()
        for some in chunks(invoice_ids):
            rows = Allocation.objects.filter(client=client, instalment__client=client, instalment__invoice__in=some)
            cents |= dict(rows.values_list("instalment").annotate(cents=Sum("amount_cents")))
            used = Payment.objects.filter(client=client, credit_note__in=some, reverses=None, reversed_by=None)
            notes |= set(used.values_list("credit_note", flat=True))
        return Settled(cents, frozenset(pk for pk in notes if pk is not None))

    return of


def _write_outcomes(rows: Sequence[StagedRow], outcomes: Mapping[int, Outcome]) -> None:
    """Status and result of each row; a refusal becomes a problem of its row, which stays to be corrected."""
    words = {"new": Status.TAKEN, "known": Status.KNOWN, "changed": Status.CHANGED, "refused": Status.WRONG}
    touched: list[StagedRow] = []
    problems: list[StagedProblem] = []
    files: dict[int, StagedFile] = {}
    for row in rows:
        outcome = outcomes.get(row.pk)
        if outcome is None:
            continue
        changed = row.kind == "customer" and outcome.verdict == "changed"
        row.status = Status.TAKEN if changed else words[outcome.verdict]
        row.result_id = outcome.id
        touched.append(row)
        if outcome.verdict == "refused":
            file = files.setdefault(
                row.file_id, StagedFile(pk=row.file_id, client_id=row.client_id, batch_id=row.batch_id)
            )
            name = row.content.get("draft", {}).get("customer", {}).get("name", "")
            params = {"name": name, **outcome.params}
            problems.append(staged_problem(Problem(row.file_name, row.row, "", outcome.code, params), file, row))
    _save(touched)
    StagedProblem.objects.bulk_create(problems)


def _save(rows: Sequence[StagedRow]) -> None:
    """Status and result of many rows: `bulk_update` would build one CASE of thousands of branches."""
    with connection.cursor() as cursor:
        cursor.executemany(
            f"UPDATE {StagedRow._meta.db_table} SET status = %s, result_id = %s WHERE id = %s",  # noqa: S608 our own name
            [(str(row.status), row.result_id, row.pk) for row in rows],
        )
