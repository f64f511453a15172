# SPDX-License-Identifier: Apache-2.0
"""The original of a document: the file that it came in, or its member of a zip, when that holds nobody else's."""

from collections.abc import Iterable
from pathlib import PurePosixPath

from django.db.models import Count, OuterRef, Subquery

from ascolto.domain.access.viewer import Viewer, visible
from ascolto.domain.intake.formats import archive
from ascolto.domain.intake.models import StagedFile, StagedRow


def originals_of(viewer: Viewer, invoice_ids: Iterable[int]) -> dict[int, tuple[str, bytes]]:
    """Name and content of the original of each invoice of which we have it, by invoice. The latest that came counts."""
    mates = StagedRow.objects.filter(file=OuterRef("file"), file_name=OuterRef("file_name")).order_by()
    alone = Subquery(mates.values("file_name").annotate(n=Count("pk")).values("n"))
    rows = visible(viewer, StagedRow.objects.filter(kind="invoice", result_id__in=list(invoice_ids)))
    files: dict[int, StagedFile] = {}
    found: dict[int, tuple[str, bytes]] = {}
    for row in rows.annotate(mates=alone).filter(mates=1).order_by("pk"):
        if row.file_id not in files:
            files[row.file_id] = row.file
        content = _content(files[row.file_id], row.file_name)
        if content is not None and row.result_id is not None:
            found[row.result_id] = (PurePosixPath(row.file_name).name, content)
    return found


def _content(file: StagedFile, name: str) -> bytes | None:
    """The file itself, or what its member was; None when the file is no longer kept or the member cannot be read."""
    if file.content is None:
        return None
    data = bytes(file.content)
    inside = name.removeprefix(f"{file.name}/")
    return data if inside == name or not archive.is_zip(data) else archive.member(data, inside)
