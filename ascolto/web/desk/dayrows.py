# SPDX-License-Identifier: Apache-2.0
"""The rows of the work list, cell by cell.

Half a thousand cells stand on one page: as template nodes they cost more than all the rest of it. Each column is one
function here; tests/web/test_written_rows.py holds every cell equal to the template that it was.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from ascolto.domain.outreach.models import Contact
from ascolto.web import codes as words
from ascolto.web import formats
from ascolto.web.tables import Column
from ascolto.web.templatetags import ascolto as ui
from ascolto.web.ui import path_with

Line = dict[str, Any]
OUTCOMES = dict(Contact.Outcome.choices)


@dataclass(frozen=True)
class Page:
    """What all rows of a page share."""

    which: str
    many_clients: bool
    said: Callable[[Any], str]
    """A broken promise in words."""
    customer: Callable[[int], str]
    call: Callable[[int], str]
    """The addresses of a customer's pages."""
    voice: str
    """What the button of a call says to who cannot see it."""


def page(which: str, many_clients: bool, said: Callable[[Any], str]) -> Page:
    """What all rows share, worked out once."""
    ways = path_with("desk:customer"), path_with("desk:call")
    return Page(which, many_clients, said, *ways, _("Record a call with %(name)s"))


def rows(lines: Sequence[Line], columns: Sequence[Column], page: Page) -> SafeString:
    """The rows of the table's body."""
    cells = [CELLS[column.key] for column in columns]
    return mark_safe("".join(_row(line, cells, page) for line in lines))  # noqa: S308  every value is escaped below


Cell = Callable[[Line, Any, Page], str]


def _row(line: Line, cells: Sequence[Cell], page: Page) -> str:
    row = line["row"]
    told = "".join(cell(line, row, page) for cell in cells)
    phone = ""
    if line["may_call"]:
        voice, call = escape(page.voice % {"name": line["customer"].name}), page.call(row.customer_id)
        phone = f'<a class="button small ghost call-link" href="{call}">{ui.icon("phone")}<span class="sr">{voice}</span></a>'
    return f'<tr data-row id="c{row.customer_id}">{told}<td class="num day-call">{phone}</td></tr>'


def _name(line: Line, row: Any, page: Page) -> str:
    who = line["customer"]
    name, number, city = escape(who.name), escape(who.number), escape(who.city)
    small = number + (f" · {city}" if city else "") + (f" · {escape(row.client.name)}" if page.many_clients else "")
    chip = f'<span class="chip watch">{ui.icon("heart-handshake")} {_("Protected")}</span>' if who.vulnerable else ""
    here = page.customer(row.customer_id)
    return (
        f'<th scope="row" class="who" title="{name} · {number} · {city}"><a data-open href="{here}">{name}</a>'
        f"<small>{small}</small>{chip}</th>"
    )


def _reason(line: Line, row: Any, page: Page) -> str:
    why, promise = escape(line["why"]), line["broken"]
    said = ""
    if promise:
        note = escape(str(promise.contact.note)) if promise.contact else ""
        said = f'<small class="said" title="{note}">{page.said(promise)}</small>'
    return f'<td class="why-cell" title="{why}"><span class="reason">{why}</span>{said}<small{_next(line, row, page)}</small></td>'


def _next(line: Line, row: Any, page: Page) -> str:
    if page.which == "call":
        to_do = escape(str(line["to_do"]))
        return f' class="to-do" title="{to_do}">{ui.icon("arrow-right", size=12)} {to_do}'
    if page.which == "done":
        return f">{_outcome(row)}"
    known = words.RULES.get(row.rule or "")
    return f'><span class="sentence">{escape(str(known[1] if known else words.word(words.RULES, row.rule)))}</span>'


def _outcome(row: Any) -> str:
    return escape(str(words.word(OUTCOMES, row.last_outcome)))


def _overdue(line: Line, row: Any, page: Page) -> str:
    old = ""
    if row.oldest_due_on:
        old = f'<small title="{ui.legal_day(row.oldest_due_on)}">{formats.days(line["oldest_days"])}</small>'
    return f'<td class="num day-overdue">{ui.money_tag(row.overdue_cents, strong=True)}{old}</td>'


def _oldest(line: Line, row: Any, page: Page) -> str:
    if not row.oldest_due_on:
        return NOTHING
    days = formats.days(line["oldest_days"])
    return f'<td class="nowrap"><span title="{ui.legal_day(row.oldest_due_on)}">{days}</span></td>'


def _tone(line: Line, row: Any, page: Page) -> str:
    return f"<td>{ui.tone(row.tone, False) if row.tone is not None else ''}</td>"


def _hour(line: Line, row: Any, page: Page) -> str:
    return f'<td class="nowrap">{row.best_hour}:00</td>' if row.best_hour else NOTHING


def _last(line: Line, row: Any, page: Page) -> str:
    if not row.last_at:
        return f'<td class="nowrap"><span class="muted">{escape(pgettext("contact", "never"))}</span></td>'
    outcome = _outcome(row)
    return f'<td class="nowrap">{ui.when(row.last_at)}<small title="{outcome}">{outcome}</small></td>'


def _left(line: Line, row: Any, page: Page) -> str:
    return f'<td class="num">{line["left"] or ZERO}</td>'


def _promise(line: Line, row: Any, page: Page) -> str:
    if not row.promise_on:
        return NOTHING
    return f'<td class="nowrap">{ui.money_tag(row.promise_cents)}<small>{ui.when(row.promise_on)}</small></td>'


def _until(line: Line, row: Any, page: Page) -> str:
    if row.until_on:
        return f'<td class="nowrap">{ui.when(row.until_on)}</td>'
    return f'<td class="nowrap"><span class="muted">{escape(_("until a person acts"))}</span></td>'


def _operator(line: Line, row: Any, page: Page) -> str:
    operator = line["customer"].operator
    return f'<td class="nowrap">{escape((operator.name if operator else "") or "–")}</td>'


def _priority(line: Line, row: Any, page: Page) -> str:
    return f'<td class="num">{row.priority}</td>'


NOTHING = '<td class="nowrap"><span class="muted">–</span></td>'
ZERO = '<span class="chip watch">0</span>'
CELLS: dict[str, Cell] = {
    "name": _name, "reason": _reason, "overdue": _overdue, "oldest": _oldest, "tone": _tone, "hour": _hour, "last": _last,
    "left": _left, "promise": _promise, "until": _until, "operator": _operator, "priority": _priority,
}  # fmt: skip
"""By the key of its column (worklist.COLUMNS)."""
