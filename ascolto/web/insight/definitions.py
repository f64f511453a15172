# SPDX-License-Identifier: Apache-2.0
"""What each figure on the cockpit is called, means, and how it is written. The words of the definitions."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ascolto.web.formats import basis_points, money_short, number

Write = Callable[[Any], str]


def days_of(hundredths: int | None) -> str:
    """`6180` -> `61,8 giorni`."""
    if hundredths is None:
        return "–"
    return _("%(days)s days") % {"days": number((Decimal(hundredths) / 100).quantize(Decimal("0.1")))}


@dataclass(frozen=True)
class FigureOf:
    """One card. `value` is its key in the day's figures; `rows` names the list behind it."""

    value: str
    label: Any
    definition: Any
    write: Write
    rows: str
    target: int | None = None
    less_is_better: bool = False


CARDS = (
    FigureOf("receivables_cents", gettext_lazy("Receivables"), gettext_lazy(
        "Everything invoiced and not yet paid on this day: instalments less what was allocated to them."), money_short, "receivables"),
    FigureOf("overdue_cents", gettext_lazy("Overdue"), gettext_lazy(
        "The part of the receivables whose due date has passed, counted from the day after."), money_short, "overdue"),
    FigureOf("dso_countback", gettext_lazy("DSO (countback)"), gettext_lazy(
        "How many days of sales are still to be collected: the latest month's sales are taken off the receivables and its calendar days "
        "counted, and so on back; the last month pro rata. In Italy 61 to 70 days is common; the best 18 % are under 30."),
        days_of, "sales", less_is_better=True),
    FigureOf("add", gettext_lazy("Average delay (ADD)"), gettext_lazy(
        "DSO less the DSO one would have if nobody were late (best possible DSO), same method. Never below zero."), days_of, "overdue", less_is_better=True),
    FigureOf("cei", gettext_lazy("Collection effectiveness (CEI)"), gettext_lazy(
        "Of what could be collected in the period (opening receivables plus sales less what is not due yet), the share that was. "
        "(opening + sales − closing) / (opening + sales − closing not due), over the last 90 days."), basis_points, "overdue"),
    FigureOf("legal_share", gettext_lazy("Legal share"), gettext_lazy(
        "Money of customers whose case passed the legal gate, as a share of the receivables. The aim is below 5 %; court comes last."),
        basis_points, "legal", target=500, less_is_better=True),
    FigureOf("promises_kept_rate", gettext_lazy("Promises kept"), gettext_lazy(
        "Kept promises among those whose day and grace have passed, in the last 90 days. Kept: at least 95 per cent of the amount paid within three days of the date."),
        basis_points, "promises", target=7000),
    FigureOf("solution_rate", gettext_lazy("Contacts with a solution"), gettext_lazy(
        "Conversations with who pays that ended with a solution (invoice sent again, explained, new date, plan, …), in the last 90 days."),
        basis_points, "contacts", target=6000),
    FigureOf("right_party_rate", gettext_lazy("Right-party contacts"), gettext_lazy(
        "Calls in which we spoke with who pays, among all calls made, in the last 90 days."), basis_points, "contacts"),
)  # fmt: skip
BY_VALUE = {card.value: card for card in CARDS}
