# SPDX-License-Identifier: Apache-2.0
"""The lists behind the figures: their columns, their rows, how a cell is written."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from ascolto.domain.access.viewer import Viewer
from ascolto.domain.outreach.reasons import BY_CODE, SOLUTIONS
from ascolto.domain.strategy import drill
from ascolto.web import codes
from ascolto.web.formats import calendar_day, money
from ascolto.web.tables import Column

Rows = Callable[[Viewer, int, dt.date, int | None], Any]


@dataclass(frozen=True)
class Listing:
    """One list. `cells` gives a row's words in the order of the columns; the first is the customer."""

    title: Any
    columns: tuple[Column, ...]
    rows: Rows
    cells: Callable[[Any], list[str]]
    sort: str


def _instalment_cells(row: Any) -> list[str]:
    return [row.customer.name, row.invoice.number, calendar_day(row.invoice.issued_on), calendar_day(row.due_on),
            money(row.amount_cents), money(row.open_cents)]  # fmt: skip


INSTALMENT = (
    Column("customer", _("Customer"), ("customer__search_name",)),
    Column("invoice", _("Invoice"), ("invoice__number",)),
    Column("issued", _("Issued"), ("invoice__issued_on",)),
    Column("due", _("Due"), ("due_on",)),
    Column("amount", _("Amount"), ("amount_cents",), number=True),
    Column("open", pgettext_lazy("amount", "Open"), ("open_cents",), number=True),
)
PROMISE = (
    Column("customer", _("Customer"), ("customer__search_name",)),
    Column("made", _("Promised on"), ("made_on",)),
    Column("due", _("For"), ("due_on",)),
    Column("amount", _("Amount"), ("amount_cents",), number=True),
    Column("paid", _("Paid"), ("paid_cents",), number=True),
    Column("status", _("Outcome"), ("status",)),
)
CONTACT = (
    Column("customer", _("Customer"), ("customer__search_name",)),
    Column("on", _("Day"), ("on_date",)),
    Column("outcome", _("Outcome"), ("outcome",)),
    Column("reason", _("Reason"), ("reason",)),
    Column("solution", _("Solution"), ("solution",)),
    Column("operator", _("Operator"), ("operator__name",)),
)
ACTION = (
    Column("customer", _("Customer"), ("customer__search_name",)),
    Column("channel", _("Channel"), ("channel",)),
    Column("step", _("Step"), ("step",)),
    Column("tone", _("Tone"), ("tone",), number=True),
    Column("status", _("Status"), ("status",)),
    Column("overdue", _("Overdue"), ("decision__overdue_cents",), number=True),
)


def _promise_cells(row: Any) -> list[str]:
    return [row.customer.name, calendar_day(row.made_on), calendar_day(row.due_on), money(row.amount_cents), money(row.paid_cents),
            str(row.get_status_display())]  # fmt: skip


def _contact_cells(row: Any) -> list[str]:
    reason = str(BY_CODE[row.reason].words) if row.reason in BY_CODE else ""
    solution = str(dict(SOLUTIONS).get(row.solution, ""))
    operator = row.operator.name if row.operator else ""
    return [row.customer.name, calendar_day(row.on_date), str(row.get_outcome_display()), reason, solution, operator]


def _action_cells(row: Any) -> list[str]:
    return [row.customer.name, str(codes.channel(row.channel)), str(codes.step(row.step)), str(row.tone), str(row.get_status_display()),
            money(row.decision.overdue_cents)]  # fmt: skip


LISTS: dict[str, Listing] = {
    "receivables": Listing(
        _("Receivables"), INSTALMENT, lambda v, c, d, b: drill.open_rows(v, c, d), _instalment_cells, "-open"),
    "overdue": Listing(
        _("Overdue instalments"), INSTALMENT, lambda v, c, d, b: drill.overdue_rows(v, c, d), _instalment_cells, "due"),
    "bucket": Listing(_("Instalments by age"), INSTALMENT, drill.overdue_rows, _instalment_cells, "due"),
    "sales": Listing(
        _("Receivables behind the DSO"), INSTALMENT, lambda v, c, d, b: drill.open_rows(v, c, d), _instalment_cells, "issued"),
    "legal": Listing(
        _("Beyond the legal gate"), INSTALMENT, lambda v, c, d, b: drill.legal_rows(v, c, d), _instalment_cells, "due"),
    "promises": Listing(
        _("Promises judged in the last 90 days"), PROMISE, lambda v, c, d, b: drill.promise_rows(v, c, d), _promise_cells, "-due"),
    "contacts": Listing(
        _("Conversations of the last 90 days"), CONTACT, lambda v, c, d, b: drill.contact_rows(v, c, d), _contact_cells, "-on"),
    "actions": Listing(
        _("Actions of the day"), ACTION, lambda v, c, d, b: drill.action_rows(v, c, d), _action_cells, "channel"),
}  # fmt: skip
