# SPDX-License-Identifier: Apache-2.0
"""CBI flows of fixed width: records of 120 characters between a header (RH, IB, IM) and EF, several flows a file.

Positions are those of the standard, counted from 1 (`cut`). What EF counts is compared with what is there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from ..problems import Findings, Refusal
from .texts import decoded

WIDTH = 120
_HEADER = re.compile(rb"\A[ \t]?(?:RH|IB|IM|IR|IL|PC|DI|EC)[A-Za-z0-9 ]{5}[A-Za-z0-9 ]{5}[0-9]{6}")


@dataclass(frozen=True, slots=True)
class Record:
    """One record, padded to its width, with the line it stands on."""

    row: int
    line: str

    @property
    def kind(self) -> str:
        return self.line[1:3]

    def cut(self, first: int, last: int) -> str:
        """The characters `first` to `last`, both counted from 1, as they stand."""
        return self.line[first - 1 : last]

    def text(self, first: int, last: int) -> str:
        """The same, with blanks squeezed."""
        return " ".join(self.cut(first, last).split())


@dataclass(slots=True)
class Flow:
    """One flow: its header, what is inside, and its EF."""

    head: Record
    body: list[Record] = field(default_factory=list)
    end: Record | None = None

    def announced(self, first: int, last: int) -> int | None:
        """A number of EF; None when it is left blank."""
        written = self.end.cut(first, last).strip() if self.end else ""
        return int(written) if written.isascii() and written.isdigit() else None


def looks(data: bytes) -> bool:
    """A CBI header at the beginning."""
    return bool(_HEADER.match(data[:64].removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n")))


def flows(data: bytes) -> list[Flow]:
    """The flows of a file. Refused as a whole: records outside a flow, and a flow without its end."""
    found: list[Flow] = []
    for record in _records(decoded(data)):
        if record.kind in _HEADS:
            _refuse_open(found, record.row)
            found.append(Flow(record))
        elif not found or found[-1].end is not None:
            raise Refusal("cbi.outside", row=record.row, field=record.kind, value=record.line.strip())
        elif record.kind == "EF":
            found[-1].end = record
        else:
            found[-1].body.append(record)
    _refuse_open(found, found[-1].body[-1].row if found and found[-1].body else 1)
    return found


_HEADS = frozenset({"RH", "IB", "IM", "IR", "IL", "PC", "DI", "EC"})


def check_count(flow: Flow, findings: Findings) -> None:
    """A warning when EF counts another number of records than there are, header and EF too."""
    stated, found = flow.announced(83, 89), len(flow.body) + 2
    if stated is not None and stated != found and flow.end:
        findings.add("cbi.count", row=flow.end.row, field="EF", stated=stated, found=found)


def _refuse_open(found: list[Flow], row: int) -> None:
    if found and found[-1].end is None:
        raise Refusal("cbi.cut_off", row=row, field="EF")


def _records(text: str) -> Iterator[Record]:
    """Lines of 120; a file without line ends is cut; a lost blank at the beginning is put back."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if len(lines) <= 2 and len(lines[0]) >= 2 * WIDTH:
        lines = [lines[0][at : at + WIDTH] for at in range(0, len(lines[0]), WIDTH)]
    for row, line in enumerate(lines, start=1):
        bare = line.rstrip(" \x1a\x00")
        if bare:
            shifted = not bare.startswith(" ") and len(bare) < WIDTH
            yield Record(row, f"{' ' if shifted else ''}{bare}".ljust(WIDTH))
