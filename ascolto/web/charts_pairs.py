# SPDX-License-Identifier: Apache-2.0
"""Bars in pairs, before and after one below the other, from the definitions and with the pencil of charts.py."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from ascolto.web import charts_draw as draw
from ascolto.web.charts_draw import Chart, Format
from ascolto.web.charts_scale import Number

WIDTH, END, ROW, HIGH, GAP = 540, 190, 66, 12, 7


@dataclass(frozen=True)
class Pair:
    """One row: a value before and one after."""

    name: str
    before: Number
    after: Number


def pairs(title: str, rows: Sequence[Pair], fmt: Format, *, names: tuple[str, str]) -> Chart:
    """Two bars for each row in the order given, their values and `names` at the end. Values from zero up."""
    top = max((max(row.before, row.after) for row in rows), default=0) or 1
    parts = [_pair(row, i * ROW, top, fmt, names) for i, row in enumerate(rows)]
    words = ", ".join(f"{row.name}: {fmt(row.before)} → {fmt(row.after)}" for row in rows[:3]) or _("No data yet.")
    drawing = draw.svg(WIDTH, max(1, len(rows)) * ROW, title, words, *parts)
    head = ["", *names, _("Difference")]
    data = [[row.name, fmt(row.before), fmt(row.after), _difference(row, fmt)] for row in rows]
    return Chart(title, drawing, head, data)


def _difference(row: Pair, fmt: Format) -> str:
    by = row.after - row.before
    return f"+{fmt(by)}" if by > 0 else fmt(by)


def _pair(row: Pair, y: Number, top: Number, fmt: Format, names: tuple[str, str]) -> str:
    full = WIDTH - END
    drawn = draw.text(0, y + 13, row.name, kind="ink")
    for n, (value, name, kind) in enumerate(((row.before, names[0], "age-2"), (row.after, names[1], "fill-1"))):
        at = y + 19 + n * (HIGH + GAP)
        length = max(2.0, value / top * full) if value > 0 else 0
        drawn += draw.rect(0, at, length, HIGH, kind, tip=f"{row.name}, {name}: {fmt(value)}", round_=2)
        drawn += draw.text(length + 8, at + 11, f"{fmt(value)} {name}", kind="ink" if n else "ink-2", bold=bool(n))
    return drawn
