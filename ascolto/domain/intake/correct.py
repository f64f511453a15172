# SPDX-License-Identifier: Apache-2.0
"""Mending one wrong row: typed again by a person, read by the same reader, checked by the same rules."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from ascolto.domain.access.models import Client
from ascolto.domain.intake import open_items
from ascolto.domain.intake.models import Batch, StagedProblem, StagedRow
from ascolto.domain.intake.problems import Findings, Problem
from ascolto.domain.intake.raw_rows import reread, shown
from ascolto.domain.intake.rows import staged_problem, to_json, values_from_json
from ascolto.domain.intake.translate import customer_of
from ascolto.domain.portfolio import normalise
from ascolto.domain.portfolio.drafts import InvoiceDraft
from ascolto.domain.records.actions import record
from ascolto.domain.records.errors import Refused

Status = StagedRow.Status
INVOICE_FIELDS = (
    "customer_number", "customer_name", "vat", "tax_code", "address", "zip", "city", "province",
    "invoice_number", "issued_on",
)  # fmt: skip
"""What can be mended of an invoice document: who owes it and what it is called. Its amounts are the document's."""
ITEM_FIELDS = (
    "customer_number", "customer_name", "vat", "tax_code", "address", "zip", "city", "account_number",
    "invoice_number", "issued_on", "due_on", "amount_cents", "open_cents", "reference", "period_from", "period_to",
)  # fmt: skip
CUSTOMER_FIELDS = (
    "customer_number", "customer_name", "customer_kind", "vat", "tax_code", "address", "zip", "city", "province",
    "email", "pec", "phone", "language", "vulnerable", "salesperson",
)  # fmt: skip


def editable(row: StagedRow) -> dict[str, str]:
    """The fields of a row that a person may type again, with what they say now (dd/mm/yyyy, 1234,56)."""
    if row.kind == "invoice":
        return _of_draft(InvoiceDraft.from_json(row.content["draft"]))
    names = CUSTOMER_FIELDS if row.kind == "customer" else ITEM_FIELDS
    cells = row.content.get("cells")
    if cells is None:
        cells = shown(values_from_json(row.content["values"]))
    return {name: str(cells.get(name, "")) for name in dict.fromkeys((*names, *cells))}


def _of_draft(draft: InvoiceDraft) -> dict[str, str]:
    who, on = draft.customer, draft.issued_on.strftime("%d/%m/%Y")
    customer = (who.number, who.name, who.vat, who.tax_code, who.street, who.postcode, who.city, who.province)
    return dict(zip(INVOICE_FIELDS, (*customer, draft.number, on), strict=True))


@transaction.atomic
def correct_row(*, row: StagedRow, fields: Mapping[str, str], actor: str, as_of: dt.date) -> list[Problem]:
    """Write a wrong row anew; returns what is still wrong (empty: the row is ready, `retry` or `accept` takes it).

    Refused: `row.not_wrong` when it does not wait to be corrected, `batch.refused` when its delivery was refused.
    """
    row = _locked(row)
    before = editable(row)
    cells = {name: str(value).strip() for name, value in fields.items() if name in before}
    if row.kind == "invoice":
        content, problems = _invoice(row, before | cells)
    else:
        content, problems = _listed(row, before | cells)
    wrong = [problem for problem in problems if problem.severity == "error"]
    StagedProblem.objects.filter(client=row.client_id, staged_row=row, solved=False).update(solved=True)
    StagedProblem.objects.bulk_create([staged_problem(_at(problem, row), row.file, row) for problem in problems])
    row.content, row.status = content, Status.WRONG if wrong else Status.READY
    row.save(update_fields=["content", "status", "kind"])
    data = {
        "row": row.pk,
        "fields": {name: [before[name], value] for name, value in cells.items() if before[name] != value},
    }
    record("row.corrected", actor=actor, client_id=row.client_id, subject=row.batch, data=data)
    return wrong


@transaction.atomic
def discard_row(*, row: StagedRow, actor: str, as_of: dt.date, why: str = "") -> None:
    """Leave a wrong row out for good. Refused as `correct_row`."""
    row = _locked(row)
    StagedProblem.objects.filter(client=row.client_id, staged_row=row, solved=False).update(solved=True)
    row.status = Status.IGNORED
    row.save(update_fields=["status"])
    record(
        "row.discarded",
        actor=actor,
        client_id=row.client_id,
        subject=row.batch,
        why=why,
        data={"row": row.pk},
    )


def _locked(row: StagedRow) -> StagedRow:
    Client.objects.select_for_update().get(pk=row.client_id)
    found = StagedRow.objects.select_related("batch__client", "file").get(pk=row.pk, client=row.client_id)
    if found.status != Status.WRONG:
        raise Refused("row.not_wrong", _("This row does not wait to be corrected."))
    if found.batch.status == Batch.Status.REFUSED:
        raise Refused("batch.refused", _("This delivery was refused: nothing of it is taken."))
    return found


def _at(problem: Problem, row: StagedRow) -> Problem:
    return Problem(row.file_name, row.row, problem.field, problem.code, problem.params)


def _listed(row: StagedRow, cells: dict[str, str]) -> tuple[dict[str, Any], list[Problem]]:
    """A row of a list, or an invoice of which nothing could be read and that is entered by hand."""
    doc, problems = reread("customers" if row.kind == "customer" else "open_items", cells)
    if doc is None:
        return {"cells": cells}, problems
    values = dict(doc.values)
    findings = Findings(row.file_name)
    if row.kind == "customer":
        customer_of(values, findings, row.row)
    else:
        open_items.invoices([open_items.Row(row.pk, row.row, values)], row.batch.client, findings)
    problems += findings.problems
    content = {"cells": cells} if findings.errors else {"values": to_json(values)}
    return content, problems


def _invoice(row: StagedRow, cells: dict[str, str]) -> tuple[dict[str, Any], list[Problem]]:
    """The customer, number and date of an invoice document. That it is another company's cannot be typed away."""
    draft = InvoiceDraft.from_json(row.content["draft"])
    stubborn = StagedProblem.objects.filter(client=row.client_id, staged_row=row, problem__0="invoice.other_company")
    problems = [
        Problem(row.file_name, row.row, found.field, found.problem[0], found.problem[1])
        for found in stubborn.filter(solved=False)
    ]
    plain = draft.to_json()
    plain["customer"] |= {
        "number": cells["customer_number"][:60], "name": cells["customer_name"][:200],
        "vat": normalise.vat(cells["vat"]), "tax_code": normalise.tax_code(cells["tax_code"]),
        "street": cells["address"][:200], "postcode": cells["zip"][:12],
        "city": cells["city"][:100], "province": cells["province"][:60],
    }  # fmt: skip
    plain["number"] = cells["invoice_number"][:60] or plain["number"]
    try:
        plain["issued_on"] = dt.datetime.strptime(cells["issued_on"], "%d/%m/%Y").date().isoformat()  # noqa: DTZ007
    except ValueError:
        params = {"value": cells["issued_on"], "order": "dd/mm/yyyy"}
        problems.append(Problem(row.file_name, row.row, "issued_on", "row.date", params))
    mended = InvoiceDraft.from_json(plain)
    if not mended.customer.identified:
        name = mended.customer.name
        problems.append(Problem(row.file_name, row.row, "customer_number", "customer.no_identity", {"name": name}))
    return {**row.content, "draft": mended.to_json()}, problems
