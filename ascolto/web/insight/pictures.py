# SPDX-License-Identifier: Apache-2.0
"""The cockpit's pictures: each chart titled by its answer, drawn from the kept daily figures."""

import datetime as dt
import itertools
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from babel.dates import format_date
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ascolto.domain.outreach.reasons import BY_CODE
from ascolto.domain.strategy.figures import BUCKETS
from ascolto.domain.strategy.models import DailyFigures
from ascolto.web import charts
from ascolto.web.formats import basis_points, locale_now, money_short, number
from ascolto.web.insight.definitions import FigureOf, days_of

OLD = 4
"""First bucket beyond 90 days."""


def bucket_names() -> list[str]:
    """Not due, 1–30, … beyond 360."""
    upper = [f"{low + 1}–{high}" for low, high in itertools.pairwise(BUCKETS)]
    return [_("Not due"), *upper, f"> {BUCKETS[-1]}"]


def month_label(day: dt.date) -> str:
    return format_date(day, "MMM yy" if day.month == 1 else "MMM", locale=locale_now())


def ageing(history: Sequence[DailyFigures]) -> charts.Chart:
    """Receivables by age, month by month; the disputed part hatched."""
    rows = [day.figures["ageing"] for day in history]
    series = [
        charts.Series(name, [row[n]["cents"] for row in rows], [row[n]["disputed_cents"] for row in rows])
        for n, name in enumerate(bucket_names())
    ]
    labels = [month_label(day.as_of) for day in history]
    return charts.stacked_bars(_ageing_answer(rows), labels, series, _short, marked_name=_("disputed"))


def _ageing_answer(rows: Sequence[Sequence[dict[str, int]]]) -> str:
    """What the picture says of the money beyond 90 days."""
    old = [sum(bucket["cents"] for bucket in row[OLD:]) for row in rows]
    if not old or old[-1] == 0:
        return _("Nothing is overdue by more than 90 days")
    down, up = _streak(old, -1), _streak(old, 1)
    if down:
        return ngettext(
            "Overdue beyond 90 days has been falling for %(count)s month",
            "Overdue beyond 90 days has been falling for %(count)s months",
            down,
        ) % {"count": down}
    if up:
        return ngettext(
            "Overdue beyond 90 days has been rising for %(count)s month",
            "Overdue beyond 90 days has been rising for %(count)s months",
            up,
        ) % {"count": up}
    return _("Overdue beyond 90 days is stable")


def _streak(values: Sequence[int], direction: int) -> int:
    """How many of the last steps went in one direction, without a break."""
    count = 0
    for before, after in reversed(list(itertools.pairwise(values))):
        if (after - before) * direction <= 0:
            break
        count += 1
    return count


def dso(history: Sequence[DailyFigures]) -> charts.Chart:
    """DSO against the Italian band and the best."""
    values = [_days(day.figures.get("dso_countback")) for day in history]
    best = [_days(day.figures.get("dso_best")) for day in history]
    bands = [charts.Band(_("Italy: 61–70"), 61, 70), charts.Band(_("the best: under 30"), 0, 30, good=True)]
    series = [charts.Series("DSO", values), charts.Series(_("without delays"), best)]
    return charts.lines(
        _dso_answer(values), [month_label(day.as_of) for day in history], series, _one_place, bands=bands
    )


def _dso_answer(values: Sequence[float | None]) -> str:
    last = next((value for value in reversed(values) if value is not None), None)
    if last is None:
        return _("The DSO cannot be told yet: too few sales")
    words = {"days": _one_place(last)}
    if last < 30:
        return _("We collect in %(days)s days, among the best 18 %%") % words
    if last < 61:
        return _("We collect in %(days)s days, sooner than is common in Italy") % words
    if last <= 70:
        return _("We collect in %(days)s days, as is common in Italy") % words
    return _("We collect in %(days)s days, later than is common in Italy") % words


def _days(hundredths: int | None) -> float | None:
    return None if hundredths is None else hundredths / 100


def _short(cents: float) -> str:
    return money_short(int(cents))


def _share(hundredths: float) -> str:
    return basis_points(int(hundredths))


def _one_place(value: float) -> str:
    return number(Decimal(value).quantize(Decimal("0.1")))


def reasons(rows: Sequence[tuple[str, str, int]], url: str) -> charts.Chart:
    """Why customers say they have not paid yet, and on whose side the reason lies."""
    sides = {"ours": _("our side"), "theirs": _("their side"), "nobody": _("nobody's fault")}
    total = sum(count for _reason, _fault, count in rows)
    ours = sum(count for _reason, fault, count in rows if fault == "ours")
    bars = [
        charts.Bar(f"{BY_CODE[reason].words if reason in BY_CODE else reason} · {sides.get(fault, '')}", count, url=url)
        for reason, fault, count in rows[:9]
    ]
    title = _("Customers have not told us why yet")
    if total:
        title = _("In %(share)s of the conversations the reason lies with us") % {
            "share": basis_points(ours * 10_000 // total)
        }
    return charts.bars(title, bars, number, value_name=_("Conversations"))


def of_card(card: FigureOf, history: Sequence[DailyFigures]) -> SafeString:
    """The small picture of a card: against its target, or its way through the months."""
    values: list[Any] = [day.figures.get(card.value) for day in history]
    if card.target is not None and values and values[-1] is not None:
        top = 10_000 if card.target > 1_000 else max(2 * card.target, values[-1])
        return charts.bullet(str(card.label), values[-1], card.target, top, _share, less_is_better=card.less_is_better)
    return charts.sparkline(str(card.label), values, card.write)


def rows_url(name: str, client_id: int, as_of: dt.date, **more: Any) -> str:
    """The list behind a figure."""
    query = "&".join(f"{key}={value}" for key, value in {"client": client_id, "as_of": as_of, **more}.items())
    return f"{reverse('insight:rows', args=[name])}?{query}"


__all__ = ["ageing", "bucket_names", "days_of", "dso", "of_card", "reasons", "rows_url"]
