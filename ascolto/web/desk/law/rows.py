# SPDX-License-Identifier: Apache-2.0
"""Rows of law as the page shows them. Owns: theme, words, value, and what the search looks at."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from ascolto.domain.portfolio.search import fold
from ascolto.engine.conduct import LawRule
from ascolto.engine.rows import Row
from ascolto.policies import load_law
from ascolto.web import formats

THEMES = {
    "interest": gettext_lazy("Late interest (D.Lgs. 231)"), "legal": gettext_lazy("Legal interest"),
    "limitation": gettext_lazy("Limitation"), "procedures": gettext_lazy("Arrears procedures"),
    "complaints": gettext_lazy("Complaints and quality"), "contact": gettext_lazy("Contact"),
    "rules": gettext_lazy("Terms and payments"), "usury": gettext_lazy("Usury"),
    "holidays": gettext_lazy("Holidays"),
}  # fmt: skip
THEME_OF = {
    "late_interest": "interest", "late_margins": "interest", "fixed_sums": "interest", "legal_interest": "legal",
    "limitation": "limitation", "limitation_acts": "limitation", "limitation_notes": "limitation",
    "procedures": "procedures", "procedure_rules": "procedures", "complaints": "complaints", "contact": "contact",
    "rules": "rules", "social_bonus": "rules", "usury": "usury", "usury_markups": "usury", "holiday_rules": "holidays",
}  # fmt: skip
GROUP_THEMES = {"late": "interest", "legal": "legal", "tiqv": "complaints"}
CONFIDENCES = {
    "SRC2": gettext_lazy("two sources"), "SRC": gettext_lazy("one source"), "MIX": gettext_lazy("partly from memory"),
    "MEM": gettext_lazy("to check: from memory"),
}  # fmt: skip
CHIPS = {"SRC2": "good", "SRC": "good", "MIX": "", "MEM": "watch"}


@dataclass(frozen=True)
class Line:
    id: str
    theme: str
    title: str
    value: str
    article: str
    sources: tuple[str, ...]
    confidence: str
    valid_from: date | None
    valid_to: date | None
    note: str

    @property
    def theme_word(self) -> Any:
        return THEMES[self.theme]

    @property
    def confidence_word(self) -> Any:
        return CONFIDENCES[self.confidence]

    @property
    def chip(self) -> str:
        return CHIPS[self.confidence]

    @property
    def haystack(self) -> str:
        italian = load_law.italian_titles().get(self.id, "")
        return fold(f"{self.id} {self.title} {italian} {self.article} {self.value} {self.note} {self.theme_word}")


def lines(as_of: date, text: str = "", theme: str = "", confidence: str = "") -> list[Line]:
    """Rows that hold every word of `text`, of a theme, with a confidence; empty: all. Those of the past come last."""
    words = fold(text).split()
    every = [_line(table, row) for table, row in load_law.everything()]
    found = [
        line for line in every
        if theme in ("", line.theme) and confidence in ("", line.confidence)
        and all(word in line.haystack for word in words)
    ]  # fmt: skip
    return sorted(found, key=lambda line: line.valid_to is not None and line.valid_to < as_of)


def line_of(row_id: str) -> Line:
    """One row by its id, for a page that rests on it."""
    return next(_line(table, row) for table, row in load_law.everything() if row.id == row_id)


def _line(table: str, row: Row | LawRule) -> Line:
    theme = GROUP_THEMES.get(getattr(row, "group", ""), THEME_OF[table])
    return Line(
        row.id, theme, _title(table, row), _value(row), row.article, tuple(row.source.split(" ; ")), row.confidence,
        getattr(row, "valid_from", None), getattr(row, "valid_to", None), _note(row),
    )  # fmt: skip


def _title(table: str, row: Row | LawRule) -> str:
    if table == "late_interest":
        return _("Reference rate (ECB)")
    if table == "legal_interest":
        return _("Legal interest rate")
    italian = (get_language() or "it").startswith("it")
    words = load_law.italian_titles().get(row.id, "") if italian else ""
    return words or getattr(row, "title", "") or getattr(row, "credit", "") or _named(row)


def _named(row: Row | LawRule) -> str:
    category = str(getattr(row, "category", "")).replace("_", " ")
    return f"{getattr(row, 'quarter', '')} {category}".strip() or row.text or row.id


def _note(row: Row | LawRule) -> str:
    """The row's own words, which stay in the language of the source's reader; the page shows them small."""
    return row.text if (get_language() or "it").startswith("en") else ""


def _value(row: Row | LawRule) -> str:
    kept = {name: getattr(row, name, None) for name in ("cents", "days", "years", "on")}
    for name in ("rate_bp", "margin_bp", "tegm_bp", "markup_bp"):
        if hasattr(row, name):
            return formats.basis_points(getattr(row, name), 2)
    if isinstance(row, LawRule):
        return f"{row.start}–{row.end}" if row.start else str(row.value or "")
    if kept["years"]:
        return ngettext("%(n)d year", "%(n)d years", kept["years"]) % {"n": kept["years"]}
    if kept["cents"]:
        return formats.money(kept["cents"])
    if kept["days"]:
        return ngettext("%(n)d day of term", "%(n)d days of term", kept["days"]) % {"n": kept["days"]}
    return str(kept["on"] or "")
