# SPDX-License-Identifier: Apache-2.0
"""What the imports pages read. First argument: the viewer; a handful of queries whatever the size of a delivery."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, QuerySet

from ascolto.domain.access.viewer import Viewer, visible
from ascolto.domain.intake.accept import LATER
from ascolto.domain.intake.models import Batch, StagedFile, StagedProblem, StagedRow
from ascolto.domain.intake.notice_words import meaning
from ascolto.domain.intake.problems import Problem
from ascolto.domain.intake.statements import from_json
from ascolto.domain.ledger.statements import differs_by

SEVERITIES = ("error", "warning")
UNMAPPED = ("table.unmapped", "bank.account_missing")
"""What only a mapping can mend: unknown columns, or a bank's list that does not name its account."""


@dataclass(slots=True)
class Counts:
    """Rows by status, and problems not solved by severity."""

    rows: dict[str, int] = field(default_factory=dict)
    problems: dict[str, int] = field(default_factory=dict)

    @property
    def errors(self) -> int:
        return self.problems.get("error", 0)

    @property
    def warnings(self) -> int:
        return self.problems.get("warning", 0)

    @property
    def total(self) -> int:
        return sum(self.rows.values())


def batches(viewer: Viewer) -> QuerySet[Batch]:
    """The deliveries of the viewer's clients, the last first."""
    return visible(viewer, Batch.objects.select_related("client")).order_by("-received_at", "-pk")


def counts_of(viewer: Viewer, batch_ids: Sequence[int]) -> dict[int, Counts]:
    """The counts of some deliveries: two queries."""
    found: dict[int, Counts] = defaultdict(Counts)
    rows = visible(viewer, StagedRow.objects.filter(batch__in=batch_ids)).order_by()
    for batch, status, count in rows.values_list("batch", "status").annotate(count=Count("pk")):
        found[batch].rows[status] = count
    problems = visible(viewer, StagedProblem.objects.filter(batch__in=batch_ids, solved=False)).order_by()
    for batch, severity, count in problems.values_list("batch", "severity").annotate(count=Count("pk")):
        found[batch].problems[severity] = count
    return found


def files(viewer: Viewer, batch_id: int) -> QuerySet[StagedFile]:
    """The files of a delivery without their content."""
    rows = visible(viewer, StagedFile.objects.filter(batch=batch_id)).defer("content")
    return rows.select_related("known_from", "profile").order_by("pk")


def file_names(viewer: Viewer, batch_ids: Sequence[int]) -> dict[int, list[str]]:
    """The first names of each delivery, to recognise it by."""
    found: dict[int, list[str]] = defaultdict(list)
    rows = visible(viewer, StagedFile.objects.filter(batch__in=batch_ids)).order_by("pk")
    for batch, name in rows.values_list("batch", "name")[:5000]:
        if len(found[batch]) < 2:
            found[batch].append(name)
    return found


def rows_per_file(viewer: Viewer, file_ids: Sequence[int]) -> dict[int, dict[str, int]]:
    """Rows by status of some files: one query."""
    found: dict[int, dict[str, int]] = defaultdict(dict)
    rows = visible(viewer, StagedRow.objects.filter(file__in=file_ids)).order_by()
    for file, status, count in rows.values_list("file", "status").annotate(count=Count("pk")):
        found[file][status] = count
    return found


def problems(viewer: Viewer, batch_id: int) -> QuerySet[StagedProblem]:
    """What is still wrong or doubtful in a delivery, refusals first, in the order of the files."""
    rows = visible(viewer, StagedProblem.objects.filter(batch=batch_id, solved=False))
    return rows.select_related("staged_row").defer("staged_row__content").order_by("severity", "pk")


def unmapped(viewer: Viewer, batch_id: int) -> list[StagedFile]:
    """The lists of a delivery that wait for their columns to be mapped."""
    waits = StagedProblem.objects.filter(batch=batch_id, solved=False, problem__0__in=UNMAPPED)
    names = visible(viewer, waits)
    return list(files(viewer, batch_id).filter(name__in=names.values("file_name"), rows=None))


def blocked(viewer: Viewer, batch_id: int) -> int:
    """How many rows were refused for a payment that may have been undone since: worth another try."""
    rows = visible(viewer, StagedProblem.objects.filter(batch=batch_id, solved=False, problem__0__in=LATER))
    return rows.filter(staged_row__status=StagedRow.Status.WRONG).count()


def problem_of(row: StagedProblem) -> Problem:
    """The problem with its words, in the active language."""
    code, params = row.problem
    return Problem(row.file_name, row.row, row.field, code, params)


def rows(viewer: Viewer, batch_id: int) -> QuerySet[StagedRow]:
    """The rows of a delivery in the order of its files."""
    return visible(viewer, StagedRow.objects.filter(batch=batch_id)).order_by("pk")


def summary(row: StagedRow) -> dict[str, Any]:
    """A row in a line: `what`, `who`, `on`, `due`, `cents`, `currency`; absent when it does not say."""
    content = row.content
    if "draft" in content:
        draft = content["draft"]
        dues = [item["due_on"] for item in draft["instalments"]]
        return {"what": draft["number"], "who": draft["customer"]["name"], "on": draft["issued_on"],
                "due": min(dues, default=None), "instalments": len(dues), "cents": draft["payable_cents"],
                "currency": draft["currency"], "document": draft["kind"],
                "client_terms": draft["terms_from_client"]}  # fmt: skip
    if "notice" in content:
        found = content["notice"]
        return {"what": found["number"] or found["stem"] or found["sdi_id"], "on": found["on"],
                "notice": found["type"], "meaning": meaning(found["outcome"])}  # fmt: skip
    if "statement" in content:
        found = content["statement"]
        lines = found["entries"]
        return {"what": found["iban"], "on": found["closing_on"], "lines": len(lines), "currency": found["currency"],
                "cents": sum(line["amount_cents"] for line in lines), "opening": found["opening_cents"],
                "closing": found["closing_cents"], "differs": differs_by(from_json(found))}  # fmt: skip
    if "collection" in content:
        found = content["collection"]
        return {"what": found["identifier"] or found["format"], "lines": len(found["orders"]), "currency": "EUR",
                "cents": sum(abs(order["cents"] or 0) for order in found["orders"])}  # fmt: skip
    values = content.get("values") or content.get("cells") or {}
    who = values.get("customer_name") or values.get("customer_number") or values.get("vat") or values.get("tax_code")
    cents = values.get("open_cents", values.get("amount_cents"))
    return {"what": values.get("invoice_number") or values.get("customer_number"), "who": who,
            "on": values.get("issued_on"), "due": values.get("due_on"), "cents": cents,
            "currency": values.get("currency", "EUR")}  # fmt: skip
