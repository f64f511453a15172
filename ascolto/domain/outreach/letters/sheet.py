# SPDX-License-Identifier: Apache-2.0
"""A document of headings, paragraphs and tables as PDF: statements of account and the pages of an evidence pack."""

import datetime as dt
import functools
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from importlib import resources

from .render import STANDARDS, _compiler


@dataclass(frozen=True)
class Section:
    """A heading with paragraphs and, when there are rows, a table. `align` per column: left, right or wide."""

    title: str
    text: Sequence[str] = ()
    head: Sequence[str] = ()
    align: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = ()
    total: Sequence[str] = ()

    def __post_init__(self) -> None:
        width = len(self.head)
        assert len(self.align) == width, self.title
        assert all(len(row) == width for row in self.rows), self.title
        assert len(self.total) in (0, width), self.title


@dataclass(frozen=True)
class Sheet:
    """The whole document. `page_words`: "page" and "of" in its language.

    A part of a larger file says on which page of it it begins (`first_page`) and how many it has (`pages`; 0: its own).
    """

    title: str
    language: str
    on: dt.date
    author: str
    from_lines: Sequence[str]
    to_lines: Sequence[str]
    intro: Sequence[str] = ()
    sections: Sequence[Section] = ()
    page_words: tuple[str, str] = ("Page", "of")
    footer: str = field(default="")
    first_page: int = 1
    pages: int = 0


def render_sheet(sheet: Sheet) -> bytes:
    """The PDF (PDF/A-2a, PDF/UA-1); the same sheet gives the same bytes."""
    data = {
        "title": sheet.title, "language": sheet.language, "author": sheet.author,
        "date": [sheet.on.year, sheet.on.month, sheet.on.day], "from": list(sheet.from_lines), "to": list(sheet.to_lines),
        "intro": list(sheet.intro), "sections": [asdict(section) for section in sheet.sections],
        "page": sheet.page_words[0], "of": sheet.page_words[1], "footer": sheet.footer,
        "first": sheet.first_page, "pages": sheet.pages,
    }  # fmt: skip
    pdf = _compiler().compile(
        input=_page(), format="pdf", sys_inputs={"data": json.dumps(data)}, pdf_standards=STANDARDS,
        timestamp=dt.datetime(sheet.on.year, sheet.on.month, sheet.on.day, 12, tzinfo=dt.UTC),
    )  # fmt: skip
    assert isinstance(pdf, bytes), "a PDF is one file"
    return pdf


@functools.cache
def _page() -> bytes:
    return (resources.files(__package__) / "sheet.typ").read_bytes()
