# SPDX-License-Identifier: Apache-2.0
"""The lawyer's file: everything that proves a credit, in one PDF with its index and one ZIP with the originals.

It says itself what is missing, and names every file with its SHA-256. Made once, kept as made. Always in Italian or
English by the customer's language, like what was sent.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import json
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.db import transaction
from django.http import Http404
from django.utils.translation import gettext as _
from django.utils.translation import override
from pypdf import PdfReader, PdfWriter

from ascolto.domain.access.viewer import Viewer, visible
from ascolto.domain.outreach.letters import Section, Sheet, render_sheet
from ascolto.domain.outreach.models import Document
from ascolto.domain.portfolio.models import Customer
from ascolto.domain.records import clock
from ascolto.domain.records.actions import record
from ascolto.domain.strategy import dossier_pieces as pieces
from ascolto.domain.strategy.dossier_pieces import File, Piece
from ascolto.domain.strategy.statement import client_lines, customer_lines, page_words, statement_of

_EPOCH = (1980, 1, 1, 0, 0, 0)
"""The same file gives the same bytes: the day is in the pages, not in the ZIP's directory."""


@dataclass(frozen=True)
class Pack:
    """The pack before it is kept: the joined PDF, every file of the ZIP, and what is missing in words."""

    pdf: bytes
    files: Sequence[File]
    missing: Sequence[str]


@transaction.atomic
def make_dossier(viewer: Viewer, customer_id: int, *, as_of: dt.date) -> Document:
    """Make the pack and keep it among the customer's documents; the same pack twice is one. Right: record_contact.

    Stranger: Http404. Nothing is sent to anybody.
    """
    customer = visible(viewer, Customer.objects.select_related("client")).filter(pk=customer_id).first()
    if customer is None:
        raise Http404
    viewer.require("record_contact", customer.client_id)
    content = zipped(dossier_of(viewer, customer, as_of))
    sha = hashlib.sha256(content).hexdigest()
    known = Document.objects.filter(client=customer.client, customer=customer, sha=sha).first()
    if known is not None:
        return known
    kept = Document.objects.create(
        client=customer.client, customer=customer, name=f"fascicolo-{customer.number}-{as_of:%Y%m%d}.zip"[:200],
        media_type="application/zip", sha=sha, content=content, made_at=clock.now(),
    )  # fmt: skip
    record("dossier_made", actor=viewer.name, client_id=customer.client_id, subject=kept, data={"sha": sha})
    return kept


def dossier_of(viewer: Viewer, customer: Customer, as_of: dt.date) -> Pack:
    """Collect the pieces as known on `as_of` and join them behind an index."""
    language = "en" if customer.language.startswith("en") else "it"
    with override(language):
        statement = statement_of(viewer, customer.pk, as_of)
        parts = pieces.all_pieces(viewer, statement, language)
        missing = [line for part in parts for line in part.missing]
        pdfs, joined = _numbered(customer, as_of, language, parts, missing)
    files = [File(f"{n:02d}-{part.slug}.pdf", pdf) for n, (part, pdf) in enumerate(pdfs, start=1)]
    return Pack(joined, [*files, *(file for part in parts for file in part.originals)], missing)


def zipped(pack: Pack) -> bytes:
    """The ZIP: fascicolo.pdf, the pieces, the originals, and manifest.json with the SHA-256 of each."""
    files = [File("fascicolo.pdf", pack.pdf), *pack.files]
    manifest = {
        "files": [{"name": f.name, "bytes": len(f.content), "sha256": hashlib.sha256(f.content).hexdigest()} for f in files],
        "missing": list(pack.missing),
    }  # fmt: skip
    told = json.dumps(manifest, ensure_ascii=False, indent=1).encode()
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for one in [*files, File("manifest.json", told)]:
            info = zipfile.ZipInfo(one.name, _EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            file.writestr(info, one.content)
    return out.getvalue()


def _numbered(
    customer: Customer, as_of: dt.date, language: str, parts: Sequence[Piece], missing: Sequence[str]
) -> tuple[list[tuple[Piece, bytes]], bytes]:
    """The pieces with the pages they have in the whole, and the whole: set once to be counted, once to be kept."""
    sheets = [part.sheet or _sheet(customer, as_of, language, part) for part in parts]
    lengths = [_pages(render_sheet(sheet)) for sheet in sheets]
    front = 1
    while True:  # the index names pages that depend on its own length
        starts = [front + 1 + sum(lengths[:n]) for n in range(len(lengths))]
        total = front + sum(lengths)
        index = render_sheet(replace(_index(customer, as_of, language, parts, starts, missing), pages=total))
        if _pages(index) == front:
            break
        front = _pages(index)
    pdfs = [
        (part, render_sheet(replace(sheet, first_page=start, pages=total)))
        for part, sheet, start in zip(parts, sheets, starts, strict=True)
    ]
    return pdfs, _joined(customer, index, pdfs)


def _pages(pdf: bytes) -> int:
    return len(PdfReader(io.BytesIO(pdf)).pages)


def _joined(customer: Customer, index: bytes, pdfs: Sequence[tuple[Piece, bytes]]) -> bytes:
    """Index first; a bookmark for each piece."""
    writer = PdfWriter()
    writer.append(io.BytesIO(index), outline_item=_("Index"), import_outline=False)
    for part, pdf in pdfs:
        writer.append(io.BytesIO(pdf), outline_item=part.title, import_outline=False)
    writer.add_metadata({"/Title": _title(customer), "/Author": customer.client.name})
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def _index(
    customer: Customer, as_of: dt.date, language: str, parts: Sequence[Piece], starts: Sequence[int],
    missing: Sequence[str],
) -> Sheet:  # fmt: skip
    """What is inside with the page on which it begins, and what is missing."""
    rows = [[str(n), part.title, str(page)] for n, (part, page) in enumerate(zip(parts, starts, strict=True), start=1)]
    sections = [
        Section(_("Index"), (), ["", _("Piece"), _("Page")], ["left", "wide", "right"], rows),
        Section(_("What is missing"), missing or [_("Nothing that we know of.")]),
    ]
    return _sheet(customer, as_of, language, Piece("indice", _title(customer), sections))


def _title(customer: Customer) -> str:
    return _("Evidence file: %(name)s") % {"name": customer.name}


def _sheet(customer: Customer, as_of: dt.date, language: str, part: Piece) -> Sheet:
    return Sheet(
        title=part.title, language=language, on=as_of, author=customer.client.name, from_lines=client_lines(customer),
        to_lines=customer_lines(customer), sections=part.sections, page_words=page_words(language),
        footer=f"{customer.client.name} · {customer.number} {customer.name}",
    )  # fmt: skip
