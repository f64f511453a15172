# SPDX-License-Identifier: Apache-2.0
"""Notices of SdI beside their invoices: kept once, attached when both are here, in whichever order they come.

A notice finds its invoices by the name of the file; else by SdI's number, when another notice told whose it is; else by
number and year, when only one invoice bears them. A discarded invoice is no receivable: what waits in staging is set
aside, what is in the book is proposed to a person. Nothing is ever deleted.
"""

import datetime as dt
import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

from ascolto.domain.access.models import Client
from ascolto.domain.access.viewer import Viewer, visible
from ascolto.domain.intake.models import Batch, SdiNotice, StagedFile, StagedProblem, StagedRow
from ascolto.domain.intake.problems import Problem
from ascolto.domain.intake.reading import read
from ascolto.domain.intake.rows import staged_problem
from ascolto.domain.portfolio.actions import Outcome
from ascolto.domain.portfolio.identities import chunks
from ascolto.domain.portfolio.models import Invoice

KIND = "sdi_notice"
DISCARDED = "discarded"
Content = Mapping[str, Any]


def notices_of(viewer: Viewer, invoice_ids: Sequence[int]) -> dict[int, list[SdiNotice]]:
    """The notices of some invoices, the first one first: one query for 900 invoices."""
    found: dict[int, list[SdiNotice]] = defaultdict(list)
    for some in chunks(invoice_ids):
        for notice in visible(viewer, SdiNotice.objects.filter(invoice__in=some)).order_by("told_on", "pk"):
            found[notice.invoice_id or 0].append(notice)
    return found


def among(files: Sequence[tuple[str, bytes]]) -> list[tuple[str, bytes]]:
    """Those of some files that hold notices of SdI and nothing else, by their content."""
    found = []
    for name, content in files:
        reading = read(name, content)
        if reading.notices and len(reading.notices) == len(reading.documents):
            found.append((name, content))
    return found


def take_notices(rows: Sequence[StagedRow], client: Client, batch: Batch) -> dict[int, Outcome]:
    """Keep the notices of a delivery and attach them; also those that waited for the invoices of this delivery.

    Called inside the transaction that accepts. A notice that is kept already is `known`."""
    notices = [row for row in rows if row.kind == KIND]
    contents = [row.content["notice"] for row in notices]
    known = _known(client, contents)
    found: dict[int, Outcome] = {}
    kept: list[SdiNotice] = []
    for row, content, invoices in zip(notices, contents, _targets(client, contents), strict=True):
        verdict: Literal["new", "known"] = "known" if content_sha(content) in known else "new"
        if verdict == "new":
            kept += _kept(client, content, invoices, batch)
            known.add(content_sha(content))
        found[row.pk] = Outcome(row.pk, verdict, invoices[0] if invoices else None)
    SdiNotice.objects.bulk_create(kept)
    _attach_waiting(client, batch)
    return found


def content_sha(content: Content) -> str:
    """The mark of a notice: the same words about the same file are the same notice."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _known(client: Client, contents: Iterable[Content]) -> set[str]:
    return {
        sha
        for some in chunks([content_sha(content) for content in contents])
        for sha in SdiNotice.objects.filter(client=client, content_sha__in=some).values_list("content_sha", flat=True)
    }


def _kept(client: Client, content: Content, invoices: Sequence[int], batch: Batch) -> list[SdiNotice]:
    """One row for each invoice it speaks of; one that waits when there is none yet. Unsaved."""
    said = {name: value for name, value in content.items() if name != "on"}
    on = dt.date.fromisoformat(content["on"]) if content["on"] else None
    sha = content_sha(content)
    return [
        SdiNotice(client=client, invoice_id=invoice, told_on=on, content_sha=sha, batch_id=batch.pk, **said)
        for invoice in invoices or (None,)
    ]


def _targets(client: Client, contents: Sequence[Content]) -> list[list[int]]:
    """The invoices of each notice: by file (and number within it), by SdI's number, by number and year."""
    by_stem = _by_stem(client, {content["stem"] for content in contents} - {""})
    by_sdi = _by_sdi_id(client, {content["sdi_id"] for content in contents} - {""})
    by_number = _by_number(client, {content["number"] for content in contents} - {""})
    found = []
    for content in contents:
        pairs = by_stem.get(content["stem"], []) or by_sdi.get(content["sdi_id"], [])
        named = [pk for pk, number in pairs if content["number"] in ("", number)]
        alone = by_number.get((content["number"], content["year"]), [])
        found.append(named or (alone if len(alone) == 1 and not pairs else []))
    return found


def _by_stem(client: Client, stems: Iterable[str]) -> dict[str, list[tuple[int, str]]]:
    pairs: list[tuple[str, int]] = []
    for some in chunks(stems):
        rows = StagedRow.objects.filter(client=client, kind="invoice", stem__in=some, result_id__isnull=False)
        pairs += [(stem_, pk) for stem_, pk in rows.values_list("stem", "result_id") if pk is not None]
    return _numbered(client, pairs)


def _by_sdi_id(client: Client, sdi_ids: Iterable[str]) -> dict[str, list[tuple[int, str]]]:
    pairs: list[tuple[str, int]] = []
    for some in chunks(sdi_ids):
        rows = SdiNotice.objects.filter(client=client, sdi_id__in=some, invoice__isnull=False)
        pairs += [(sdi_id, pk) for sdi_id, pk in rows.values_list("sdi_id", "invoice_id") if pk is not None]
    return _numbered(client, pairs)


def _numbered(client: Client, pairs: Sequence[tuple[str, int]]) -> dict[str, list[tuple[int, str]]]:
    """Keys with the invoices that still exist and their numbers, each once."""
    numbers: dict[int, str] = {}
    for some in chunks({pk for _, pk in pairs}):
        numbers |= dict(Invoice.objects.filter(client=client, pk__in=some).values_list("pk", "number"))
    found: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for key, pk in dict.fromkeys(pairs):
        if pk in numbers:
            found[key].append((pk, numbers[pk]))
    return found


def _by_number(client: Client, numbers: Iterable[str]) -> dict[tuple[str, int], list[int]]:
    found: dict[tuple[str, int], list[int]] = defaultdict(list)
    for some in chunks(numbers):
        rows = Invoice.objects.filter(client=client, number__in=some)
        for pk, number, issued_on in rows.values_list("pk", "number", "issued_on"):
            found[number, issued_on.year].append(pk)
    return found


def _attach_waiting(client: Client, batch: Batch) -> None:
    """Notices that came before their invoice, now that this delivery was taken over."""
    rows = StagedRow.objects.filter(client=client, batch=batch, kind="invoice", result_id__isnull=False)
    stems = rows.exclude(stem="").values("stem")
    waiting = list(SdiNotice.objects.filter(client=client, invoice=None, stem__in=stems))
    contents = [{name: getattr(notice, name) for name in ("stem", "sdi_id", "number", "year")} for notice in waiting]
    for notice, invoices in zip(waiting, _targets(client, contents), strict=True):
        for place, invoice in enumerate(invoices):
            if place:  # a file of several invoices: the next one gets a row of its own
                notice.pk, notice._state.adding = None, True
            notice.invoice_id = invoice
            notice.save()


def set_aside_discarded(batch: Batch, client: Client) -> None:
    """Invoices of a waiting delivery that SdI discarded are no receivables. Those already in the book are told beside
    the notice, with a proposal. Safe to repeat."""
    own = StagedRow.objects.filter(client=client, batch=batch)
    notices = list(own.filter(kind=KIND, content__notice__outcome=DISCARDED))
    stems = {row.content["notice"]["stem"] for row in notices}
    mine = own.filter(kind="invoice").exclude(stem="")
    kept = SdiNotice.objects.filter(client=client, outcome=DISCARDED, stem__in=mine.values("stem"))
    stems = (stems | set(kept.values_list("stem", flat=True))) - {""}
    told: list[StagedProblem] = []
    for some in chunks(stems):
        open_ = mine.filter(stem__in=some, result_id=None).exclude(status=StagedRow.Status.IGNORED)
        told += [_told(row, "invoice.discarded", {"number": _number(row)}) for row in open_]
        open_.update(status=StagedRow.Status.IGNORED)
    told += _in_the_book(client, notices)
    StagedProblem.objects.bulk_create(told)


def _in_the_book(client: Client, notices: Sequence[StagedRow]) -> list[StagedProblem]:
    """A proposal for each discarded invoice that is a receivable already, told once."""
    before = StagedProblem.objects.filter(client=client, staged_row__in=notices, problem__0="notice.discarded_in_book")
    done = set(before.values_list("staged_row_id", flat=True))
    targets = _targets(client, [row.content["notice"] for row in notices])
    numbers = Invoice.objects.filter(client=client).in_bulk([pk for found in targets for pk in found])
    return [
        _told(row, "notice.discarded_in_book", {"number": numbers[pk].number})
        for row, found in zip(notices, targets, strict=True)
        for pk in found
        if row.pk not in done
    ]


def _number(row: StagedRow) -> str:
    return str(row.content.get("draft", {}).get("number", ""))


def _told(row: StagedRow, code: str, params: dict[str, str]) -> StagedProblem:
    file = StagedFile(pk=row.file_id, client_id=row.client_id, batch_id=row.batch_id)
    return staged_problem(Problem(row.file_name, row.row, "NomeFile", code, params), file, row)
