# SPDX-License-Identifier: Apache-2.0
"""The saved mapping profiles of a client: kept by a person once, recognised by the headers of a list ever after."""

import hashlib
from dataclasses import replace

from django.db import transaction

from ascolto.domain.access.models import Client
from ascolto.domain.intake.formats import archive, bank_text, facturx, p7m, sniffing, table, table_grid, table_mapping
from ascolto.domain.intake.models import MappingProfile
from ascolto.domain.intake.problems import Findings, Refusal
from ascolto.domain.intake.profile import Profile
from ascolto.domain.records.actions import record

_HEAD_BYTES = 200_000
"""Enough of a CSV to find its headers."""


def is_table(data: bytes) -> bool:
    """Whether the bytes are a list that needs a mapping: a spreadsheet, or text of no other kind."""
    if p7m.looks_signed(data) or sniffing.is_xml(data):
        return False
    if table_grid.is_spreadsheet(data):
        return True
    if (
        archive.is_zip(data)
        or facturx.is_pdf(data)
        or bank_text.looks(data)
        or sniffing.foreign(data) is not None
        or sniffing.armoured(data) is not None
    ):
        return False
    return bool(data.strip()) and sniffing.is_text(data)


def recognise(client: Client, data: bytes) -> tuple[MappingProfile, Profile] | None:
    """The client's profile whose headers stand in this list, wherever its title lines end; None when none does."""
    saved = MappingProfile.objects.filter(client=client).exclude(header_sha="").order_by("-pk")
    grids: dict[tuple[str, str], dict[str, int]] = {}
    for mapping in saved:
        profile = Profile.from_dict(mapping.content)
        way = (profile.encoding, profile.delimiter)
        if way not in grids:
            grids[way] = _marks(data, Profile(encoding=profile.encoding, delimiter=profile.delimiter))
        row = grids[way].get(mapping.header_sha)
        if row is not None:
            return mapping, replace(profile, header_row=row)
    return None


def header_sha(data: bytes, profile: Profile) -> str:
    """Mark of the headers at the profile's header row; "" for a list without headers, or no list."""
    try:
        grid = table.grid_of(data, profile, Findings(""))
    except Refusal:
        return ""
    row = table_mapping.header_row(grid) if profile.header_row is None else profile.header_row
    return _mark(table_mapping.headers_of(grid, row)) if row else ""


def _marks(data: bytes, profile: Profile) -> dict[str, int]:
    """Mark -> row number of the first rows of a list."""
    head = (
        data
        if table_grid.is_spreadsheet(data) or len(data) <= _HEAD_BYTES
        else data[: data.rfind(b"\n", 0, _HEAD_BYTES) + 1]
    )
    try:
        grid = table.grid_of(head or data, profile, Findings(""))
    except Refusal:
        return {}
    last = grid.first + min(len(grid.rows), table_mapping.HEADER_SEARCH_ROWS)
    rows = {row: _mark(table_mapping.headers_of(grid, row)) for row in reversed(range(grid.first, last))}
    return {mark: row for row, mark in rows.items() if mark}


def _mark(headers: list[str]) -> str:
    """The headers whatever their case, blanks and empty columns at the end."""
    names = [" ".join(header.casefold().split()) for header in headers]
    while names and not names[-1]:
        names.pop()
    return hashlib.sha256("\x1f".join(names).encode()).hexdigest() if any(names) else ""


@transaction.atomic
def save_profile(
    *, client: Client, name: str, profile: Profile, sample: bytes | None = None, actor: str
) -> MappingProfile:
    """Keep a mapping under its name; the same name is replaced. `sample` is a list that it fits, to know it again."""
    mark = header_sha(sample, profile) if sample is not None else ""
    saved, created = MappingProfile.objects.update_or_create(
        client=client,
        name=name.strip()[:80] or profile.kind,
        defaults={"kind": profile.kind, "content": profile.to_dict(), "header_sha": mark},
    )
    verb = "profile.saved" if created else "profile.replaced"
    record(verb, actor=actor, client_id=client.pk, subject=saved, data={"name": saved.name})
    return saved


def named(client: Client, name: str | None) -> MappingProfile | None:
    """The client's profile of this name; None without a name or when there is none."""
    return MappingProfile.objects.filter(client=client, name=name).first() if name else None
