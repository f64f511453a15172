# SPDX-License-Identifier: Apache-2.0
"""Mapping the columns of a list once: each column with its samples and our field, a live preview, a name to keep it."""

from dataclasses import dataclass, replace
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from ascolto.domain.intake import profiles, staging
from ascolto.domain.intake.documents import CustomerRow, Entry, OpenItemRow, StatementDoc
from ascolto.domain.intake.formats import table_mapping
from ascolto.domain.intake.formats.table_fields import FIELDS, fields_of
from ascolto.domain.intake.models import Batch, StagedFile
from ascolto.domain.intake.problems import Refusal
from ascolto.domain.intake.profile import BANK, DATE_ORDERS, DECIMALS, KINDS, Profile
from ascolto.domain.intake.raw_rows import detected, shown
from ascolto.domain.intake.reading import Preview, preview, suggest
from ascolto.domain.intake.statements import of_statement
from ascolto.domain.ledger.statements import differs_by
from ascolto.domain.records import clock
from ascolto.web import ui
from ascolto.web.desk.imports.words import DATE_WORDS, DECIMAL_WORDS, FIELD_WORDS, KIND_WORDS
from ascolto.web.desk.page import attempt, thing_or_404

ENCODINGS = ("auto", "utf-8", "cp1252", "cp850", "latin-1", "utf-16")
DELIMITERS = {"auto": "auto", ";": ";", ",": ",", "\t": "tab", "|": "|"}
SHOWN_ROWS, SAMPLES = 12, 3


@dataclass(frozen=True)
class Column:
    """One column of the list: where, its header, three of its cells, our field, and how it writes."""

    index: int
    header: str
    samples: tuple[str, ...]
    field: str
    way: str = ""


@require_http_methods(["GET", "POST"])
def mapping(request: HttpRequest, pk: int) -> HttpResponse:
    """The mapping page of a waiting list. GET with choices shows what they would read; POST keeps them and reads."""
    files = StagedFile.objects.select_related("batch__client")
    viewer, file = thing_or_404(request, files, pk, "import")
    data = bytes(file.content or b"")
    sent = request.POST if request.method == "POST" else request.GET
    try:
        profile = _chosen(sent, data) if "kind" in sent else suggest(data)
    except Refusal:
        profile = Profile()
    if request.method == "POST" and profile.columns:
        saved = attempt(request, lambda: _save(file, profile, sent.get("name", ""), viewer.name, data))
        if saved is not None:
            ui.toast(request, _("The columns are kept: next time this list is recognised."))
            return HttpResponseRedirect(reverse("desk:import_batch", args=[file.batch_id]))
    found = preview(data, profile, limit=SHOWN_ROWS, name=file.name)
    if profile.kind == BANK and "account" not in sent and _nameless(found):
        # Most clients have one account: theirs is proposed, and a person confirms it with the rest.
        profile = replace(profile, account=file.batch.client.iban)
        found = preview(data, profile, limit=SHOWN_ROWS, name=file.name)
    context = {
        "file": file,
        "batch": file.batch,
        "waiting": file.batch.status == Batch.Status.STAGED,
        "back": reverse("desk:import_batch", args=[file.batch_id]),
        "profile": profile,
        "name": sent.get("name") or _name(file),
        "columns": _columns(found, profile, data),
        "choices": [(name, FIELD_WORDS.get(name, name)) for name in fields_of(profile.kind)],
        "kinds": [(kind, KIND_WORDS[kind]) for kind in KINDS],
        "date_orders": [(order, DATE_WORDS[order]) for order in DATE_ORDERS],
        "decimals": [(style, DECIMAL_WORDS[style]) for style in DECIMALS],
        "encodings": ENCODINGS,
        "delimiters": DELIMITERS.items(),
        "sheets": found.sheets,
        "is_text": not found.sheets,
        **_read_so(found, profile),
    }
    return render(request, "desk/imports/mapping.html", context)


def _chosen(sent: QueryDict, data: bytes) -> Profile:
    """The profile that the form describes; anything it cannot mean falls to the detected way."""
    kind = sent.get("kind", "")
    kind = kind if kind in KINDS else KINDS[0]
    row = sent.get("header_row", "")
    profile = Profile(
        kind=kind,
        date_order=_one_of(sent.get("date_order", ""), DATE_ORDERS),
        decimal=_one_of(sent.get("decimal", ""), DECIMALS),
        encoding=_one_of(sent.get("encoding", ""), ENCODINGS),
        delimiter=_one_of(sent.get("delimiter", ""), tuple(DELIMITERS)),
        header_row=int(row) if row.isdecimal() and len(row) < 6 else None,
        sheet=sent.get("sheet", "")[:100],
        account="".join(sent.get("account", "").split()).upper()[:34],
    )
    headers = preview(data, profile, limit=1).headers
    columns: dict[str, str | int] = {}
    for index, header in enumerate(headers):
        field = sent.get(f"col_{index}", "")
        if field in fields_of(kind) and field not in columns:
            columns[field] = header if header and headers.count(header) == 1 else index
    if not any(name.startswith("col_") for name in sent):
        return replace(suggest(data, profile), kind=kind)
    if not any(sent.get(f"col_{index}") in fields_of(kind) for index in range(len(headers))):
        return _of_kind(data, profile)
    return replace(profile, columns=columns)


def _of_kind(data: bytes, profile: Profile) -> Profile:
    """The columns as another kind of list would have them, when the kind was changed on the page."""
    headers = list(preview(data, profile, limit=1).headers)
    return replace(profile, columns=table_mapping.propose(headers, profile.kind))


def _nameless(found: Preview) -> bool:
    return any(isinstance(doc, StatementDoc) and not doc.account for doc in found.documents)


def _one_of(value: str, allowed: tuple[str, ...]) -> str:
    return value if value in allowed else "auto"


def _name(file: StagedFile) -> str:
    stem = file.name.rsplit("/", 1)[-1].rsplit(".", 1)[0]
    return "".join(char for char in stem if not char.isdigit()).strip(" _-") or stem


def _columns(found: Preview, profile: Profile, data: bytes) -> list[Column]:
    by_column = {column: field for field, column in profile.columns.items()}
    ways = detected(data, profile)
    columns = []
    for index, header in enumerate(found.headers):
        samples = [row[index] for row in found.raw_rows if index < len(row) and row[index].strip()]
        field = by_column.get(index) or by_column.get(header) or ""
        columns.append(Column(index, header, tuple(samples[:SAMPLES]), field, ways.get(field, "")))
    return columns


def _read_so(found: Preview, profile: Profile) -> dict[str, Any]:
    """The first rows as they would be read, with the troubles of each."""
    fields = [field for field in profile.columns if field in FIELDS]
    rows = [
        {"number": doc.row, "cells": [shown(doc.values).get(field, "") for field in fields]}
        for doc in found.documents
        if isinstance(doc, OpenItemRow | CustomerRow)
    ]
    statements = [doc for doc in found.documents if isinstance(doc, StatementDoc)]
    rows += [
        {"number": entry.row, "cells": [_of_entry(entry, doc.account, field) for field in fields]}
        for doc in statements
        for entry in sorted(doc.entries, key=lambda entry: entry.row or 0)[:SHOWN_ROWS]
    ]
    errors = [problem for problem in found.problems if problem.severity == "error"]
    return {
        "accounts": [(doc, differs_by(of_statement(doc))) for doc in statements],
        "heads": [FIELD_WORDS.get(field, field) for field in fields],
        "read": rows,
        "problems": found.problems[:30],
        "errors": len(errors),
    }


_OF_ENTRY = {
    "entry_cents": "cents",
    "payer_name": "counterparty",
    "payer_iban": "counterparty_iban",
    "told": "remittance",
}


def _of_entry(entry: Entry, account: str, field: str) -> str:
    """One field of an entry as it would be kept; the parts of the description stand in the first one, joined."""
    if field in ("in_cents", "out_cents"):
        wanted = entry.cents > 0 if field == "in_cents" else entry.cents < 0
        return shown({field: abs(entry.cents)})[field] if wanted else ""
    if field == "own_iban":
        return account
    name = _OF_ENTRY.get(field, field.removeprefix("entry_"))
    value = getattr(entry, name, None)
    return shown({field: value})[field] if value not in (None, "") else ""


def _save(file: StagedFile, profile: Profile, name: str, actor: str, data: bytes) -> Batch:
    """Keep the mapping and read with it every list of the delivery that it fits."""
    saved = profiles.save_profile(
        client=file.batch.client, name=name or _name(file), profile=profile, sample=data, actor=actor
    )
    batch = staging.map_file(file=file, profile=saved, actor=actor, as_of=clock.today())
    for other in _alike(file, saved.header_sha):
        batch = staging.map_file(file=other, profile=saved, actor=actor, as_of=clock.today())
    return batch


def _alike(file: StagedFile, header_sha: str) -> list[StagedFile]:
    """The other waiting lists of the delivery with the same headers."""
    if not header_sha:
        return []
    others = StagedFile.objects.filter(client=file.client_id, batch=file.batch_id, rows=None, format="list")
    found = []
    for other in others.exclude(pk=file.pk):
        known = profiles.recognise(file.batch.client, bytes(other.content or b""))
        if known is not None and known[0].header_sha == header_sha:
            found.append(other)
    return found
