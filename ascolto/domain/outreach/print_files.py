# SPDX-License-Identifier: Apache-2.0
"""The files of a bundle: one PDF with its letters, and the manifest that tells the print house where each begins.

Made from the bundle's rows and the documents kept with its letters, nothing else: making them again gives the same bytes.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import override
from pypdf import PdfReader, PdfWriter

from ascolto.domain.outreach.channels.letter import write_whole
from ascolto.domain.outreach.letters import Sheet, render_sheet
from ascolto.domain.outreach.models import Bundle, BundledLetter
from ascolto.domain.records import clock

ADDRESS_LINES = 5
A4 = (595.2756, 841.8898)
"""Points; a blank back is as large as its front."""
KINDS = ("pdf", "csv", "json")
READ_AT_ONCE = 200
"""Documents held in memory while a bundle is joined."""


def padded(pages: int, duplex: bool) -> int:
    """The pages that a letter takes up in the PDF: with duplex its last sheet has a back, blank if need be."""
    return pages + pages % 2 if duplex else pages


def sheets(pages: int, duplex: bool) -> int:
    """The sheets of paper of a letter."""
    return (pages + 1) // 2 if duplex else pages


def write(bundle: Bundle, folder: Path) -> str:
    """Write `<folder>/<name>.pdf`, `.csv` and `.json`, each whole or not at all; returns the PDF's SHA-256."""
    pdf = joined(bundle)
    sha = hashlib.sha256(pdf).hexdigest()
    write_whole(folder / f"{bundle.name}.pdf", pdf)
    write_whole(folder / f"{bundle.name}.csv", manifest_csv(bundle))
    write_whole(folder / f"{bundle.name}.json", manifest_json(bundle, sha))
    return sha


def content(bundle: Bundle, folder: Path, kind: str) -> bytes:
    """A file of the bundle as it lies in the folder; made anew from the rows when it was taken away."""
    path = folder / f"{bundle.name}.{kind}"
    if not path.exists():
        write(bundle, folder)
    return path.read_bytes()


def joined(bundle: Bundle) -> bytes:
    """The PDF: the cover, then letter after letter with its blank back where one is needed."""
    whole = PdfWriter()
    if bundle.cover_pages:
        _append(whole, _cover(bundle), bundle.cover_pages)
    for place in _places(bundle).select_related("document").iterator(READ_AT_ONCE):
        _append(whole, bytes(place.document.content), padded(place.page_to - place.page_from + 1, bundle.duplex))
    out = io.BytesIO()
    whole.write(out)
    assert len(whole.pages) == bundle.pages, "the manifest tells the truth"
    return out.getvalue()


def manifest_csv(bundle: Bundle) -> bytes:
    """One line per letter; semicolons and a byte order mark, as spreadsheets in Italy read it."""
    out = io.StringIO()
    rows = [_line(bundle, place) for place in _places(bundle).select_related("document", "message__customer")]
    address = [f"address_{number}" for number in range(1, ADDRESS_LINES + 1)]
    head = [name for name in rows[0] if name != "address_lines"] + address
    table = csv.writer(out, delimiter=";", lineterminator="\r\n")
    table.writerow(head)
    for row in rows:
        lines = [*row["address_lines"], *[""] * ADDRESS_LINES][:ADDRESS_LINES]
        table.writerow([_plain(row.get(name, "")) for name in head[: -len(address)]] + [_plain(line) for line in lines])
    return out.getvalue().encode("utf-8-sig")


def manifest_json(bundle: Bundle, sha: str) -> bytes:
    """The same with the bundle's own counts."""
    whole = {
        "bundle": bundle.name, "client": bundle.client.name, "made_at": bundle.made_at.astimezone(clock.ROME).isoformat(),
        "registered": bundle.registered, "duplex": bundle.duplex, "cover_pages": bundle.cover_pages,
        "letters": bundle.letters, "pages": bundle.pages, "sheets": bundle.sheets, "file": f"{bundle.name}.pdf",
        "sha256": sha,
        "lines": [_line(bundle, place) for place in _places(bundle).select_related("document", "message__customer")],
    }  # fmt: skip
    return json.dumps(whole, ensure_ascii=False, indent=1).encode()


def _places(bundle: Bundle) -> Any:
    """The letters in their order."""
    return BundledLetter.objects.filter(client_id=bundle.client_id, bundle=bundle).order_by("position")


def _line(bundle: Bundle, place: BundledLetter) -> Mapping[str, Any]:
    pages = place.page_to - place.page_from + 1
    return {
        "bundle": bundle.name, "position": place.position, "page_from": place.page_from, "page_to": place.page_to,
        "pages": pages, "sheets": sheets(pages, bundle.duplex), "message_id": place.message_id,
        "customer_number": place.message.customer.number, "addressee": place.address_lines[0] if place.address_lines else "",
        "postcode": place.postcode, "registered": bundle.registered, "sha256": place.document.sha,
        "address_lines": place.address_lines,
    }  # fmt: skip


def _plain(value: Any) -> str:
    """A cell that no spreadsheet takes for a formula."""
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return "'" + text if text.startswith(("=", "+", "-", "@", "\t")) else text


def _append(whole: PdfWriter, pdf: bytes, pages: int) -> None:
    read = PdfReader(io.BytesIO(pdf)).pages
    whole.append(io.BytesIO(pdf), import_outline=False)
    for _blank in range(pages - len(read)):
        whole.add_blank_page(*A4)


def _cover(bundle: Bundle) -> bytes:
    """The sheet in front, to be taken off before the envelopes."""
    with override(bundle.client.language):
        kind = _("registered letters") if bundle.registered else _("ordinary letters")
        counts = _("%(letters)s letters, %(pages)s pages, %(sheets)s sheets, this one included") % {
            "letters": bundle.letters, "pages": bundle.pages, "sheets": bundle.sheets,
        }  # fmt: skip
        sides = (
            _("Print on both sides; each letter begins on a new sheet.") if bundle.duplex else _("Print on one side.")
        )
        on = bundle.made_at.astimezone(clock.ROME).date()
        return render_sheet(
            Sheet(
                title=_("Bundle %(name)s: %(kind)s") % {"name": bundle.name, "kind": kind}, language=bundle.client.language,
                on=on, author=bundle.client.name, from_lines=[bundle.client.name], to_lines=[],
                intro=[counts, sides, _("This sheet goes into no envelope."), _ends(bundle)],
                page_words=(_("Page"), _("of")),
            )
        )  # fmt: skip


def _ends(bundle: Bundle) -> str:
    places: Sequence[BundledLetter] = list(_places(bundle).only("address_lines", "postcode"))
    first, last = (f"{one.address_lines[0]}, {one.postcode}" for one in (places[0], places[-1]))
    return _("First: %(first)s. Last: %(last)s.") % {"first": first, "last": last}
