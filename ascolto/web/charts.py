# SPDX-License-Identifier: Apache-2.0
"""Charts as accessible SVG text, from small definitions. Pure: no request, clock, database or JavaScript.

Each answers one question and is titled by its answer. Light colours stand in the attributes, so that the same
text prints in a PDF; on a page ascolto.css repaints the classes to follow light and dark. Labels stand at the
marks, not in a legend. `{{ chart }}` shows the figure, its data behind a fold; `chart.svg` the drawing.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.html import conditional_escape
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from ascolto.web import charts_draw as draw
from ascolto.web.charts_draw import Chart, Format
from ascolto.web.charts_scale import Number, Scale, nice_ticks, spread

__all__ = ["Band", "Bar", "Chart", "Series", "bars", "bullet", "lines", "sparkline", "stacked_bars"]

WIDTH = 540
DASHES = ("", "6 4", "2 4", "10 3 2 3")
"""Lines differ by dash as well as by colour."""


@dataclass(frozen=True)
class Series:
    """One run of values, one for each label of the chart. `marked`: the hatched part within each value."""

    name: str
    values: Sequence[Number | None]
    marked: Sequence[Number] = ()


@dataclass(frozen=True)
class Band:
    """A reference band from `low` to `high`; `good` paints it as the place to be."""

    name: str
    low: Number
    high: Number
    good: bool = False


@dataclass(frozen=True)
class Bar:
    """One row of a bar list. `note` stands after the value; `url` leads to its rows."""

    name: str
    value: Number
    note: str = ""
    url: str = ""


def stacked_bars(
    title: str, labels: Sequence[str], series: Sequence[Series], fmt: Format, *, marked_name: str = ""
) -> Chart:
    """Columns over time, stacked from the first series up (ageing: not due at the foot, oldest on top).

    `Series.marked` is the hatched part of each piece (disputed), called `marked_name`. At most seven series.
    """
    left, right, top, height, foot = 68, WIDTH - 112, 24, 300, 274
    totals = [sum(run.values[i] or 0 for run in series) for i in range(len(labels))]
    scale = Scale.upright(nice_ticks(0, max(totals, default=0)), top, foot)
    slot = (right - left) / max(1, len(labels))
    pattern = draw.fresh_id("hatch")
    columns = [
        _column(i, label, series, scale, (left + slot * (i + 0.14), slot * 0.72), fmt, pattern)
        for i, label in enumerate(labels)
    ]
    parts = [draw.hatch(pattern), draw.grid(scale, left, right, fmt), *columns]
    parts += [
        draw.foot_labels(labels, left, slot, height - 8),
        _piece_names(series, scale, right + 8, top, foot),
    ]
    if marked_name:
        parts += [draw.rect(right + 8, 2, 12, 10, kind) for kind in ("age-4", f"url(#{pattern})")]
        parts += [draw.text(right + 25, 11, marked_name)]
    words = draw.describe(labels, totals, fmt)
    head, rows = _stack_data(labels, series, totals, fmt, marked_name)
    return Chart(title, draw.svg(WIDTH, height, title, words, *parts), head, rows)


def _column(
    i: int,
    label: str,
    series: Sequence[Series],
    scale: Scale,
    at: tuple[float, float],
    fmt: Format,
    pattern: str,
) -> str:
    (x, width), base, parts = at, 0.0, []
    for step, run in enumerate(series):
        value = run.values[i] or 0
        y, y0 = scale(base + value), scale(base)
        if value > 0:
            parts.append(draw.rect(x, y, width, y0 - y, _age(step), tip=f"{label}, {run.name}: {fmt(value)}"))
        if run.marked and run.marked[i] > 0:
            parts.append(draw.rect(x, y, width, scale(base + value - run.marked[i]) - y, f"url(#{pattern})"))
        base += value
    return "".join(parts)


def _age(step: int) -> str:
    return f"age-{min(step, 6)}"


def _piece_names(series: Sequence[Series], scale: Scale, x: Number, top: Number, foot: Number) -> str:
    """Names beside the last column at the height of their piece, moved apart where they would touch."""
    wanted, base = [], 0.0
    for run in series:
        value = (run.values[-1] or 0) if run.values else 0
        wanted.append(scale(base + value / 2) + 4)
        base += value
    placed = spread(wanted[::-1], 17, top + 10, foot)[::-1]
    return "".join(
        draw.rect(x, y - 10, 6, 12, _age(step), round_=1) + draw.text(x + 12, y, run.name)
        for step, (run, y) in enumerate(zip(series, placed, strict=True))
    )


def _stack_data(
    labels: Sequence[str], series: Sequence[Series], totals: Sequence[Number], fmt: Format, marked_name: str
) -> tuple[list[str], list[list[str]]]:
    head = ["", *(run.name for run in series), _("Total")]
    rows = [[label, *(fmt(run.values[i] or 0) for run in series), fmt(totals[i])] for i, label in enumerate(labels)]
    if marked_name:
        head.append(marked_name)
        for i, row in enumerate(rows):
            row.append(fmt(sum(run.marked[i] for run in series if run.marked)))
    return head, rows


def lines(
    title: str, labels: Sequence[str], series: Sequence[Series], fmt: Format, *, bands: Sequence[Band] = ()
) -> Chart:
    """Lines over time with reference bands (DSO: Italy 61-70 days, the best under 30). None is a gap.

    Each line has its name and its last value at its end. At most four series; the axis begins at zero.
    """
    left, right, top, height, foot = 56, WIDTH - 128, 14, 260, 234
    every = [v for run in series for v in run.values if v is not None] + [band.high for band in bands]
    scale = Scale.upright(nice_ticks(0, max(every, default=0)), top, foot)
    slot = (right - left) / max(1, len(labels))
    parts = [_band(band, scale, left, right) for band in bands]
    parts.append(draw.grid(scale, left, right, fmt))
    parts += [_path(run, step, scale, left, slot) for step, run in enumerate(series)]
    starts = [scale(v) for run in series for v in run.values[:4] if v is not None]
    parts += [_band_name(band, scale, left, starts) for band in bands]
    parts += [
        draw.foot_labels(labels, left, slot, height - 8),
        _end_names(series, scale, right, top, foot, fmt),
    ]
    words = draw.describe(labels, series[0].values, fmt) if series else _("No data yet.")
    rows = [[label, *(_or_dash(run.values[i], fmt) for run in series)] for i, label in enumerate(labels)]
    return Chart(title, draw.svg(WIDTH, height, title, words, *parts), ["", *(run.name for run in series)], rows)


def _or_dash(value: Number | None, fmt: Format) -> str:
    return "–" if value is None else fmt(value)


def _band(band: Band, scale: Scale, left: Number, right: Number) -> str:
    kind = "band-good" if band.good else "band"
    return draw.rect(left, scale(band.high), right - left, scale(band.low) - scale(band.high), kind)


def _band_name(band: Band, scale: Scale, left: Number, starts: Sequence[float]) -> str:
    """At the head or the foot of the band, inside or out: where the lines begin farthest away."""
    head, foot = scale(band.high), scale(band.low)
    spots = [head + 14, foot - 5] if foot - head >= 18 else [head - 5, foot + 13]
    best = max(spots, key=lambda y: min((abs(y - 4 - start) for start in starts), default=0))
    return draw.text(left + 6, best, band.name)


def _path(run: Series, step: int, scale: Scale, left: Number, slot: Number) -> str:
    moves, pen = [], "M"
    for i, value in enumerate(run.values):
        if value is not None:
            moves.append(f"{pen}{left + slot * (i + 0.5):.1f} {scale(value):.1f}")
        pen = "M" if value is None else "L"
    kind, dash = f"line-{step % 4 + 1}", DASHES[step % 4]
    look = f'fill="none" class="{kind}" stroke="{draw.PAINT[kind]}" stroke-width="2.25" stroke-linejoin="round"'
    return f'<path d="{"".join(moves)}" {look}{f" stroke-dasharray={dash!r}" if dash else ""}/>'


def _end_names(series: Sequence[Series], scale: Scale, x: Number, top: Number, foot: Number, fmt: Format) -> str:
    ends = [(run.name, next((v for v in reversed(run.values) if v is not None), None)) for run in series]
    known = sorted(((value, name) for name, value in ends if value is not None), reverse=True)
    placed = spread([scale(value) + 4 for value, _name in known], 30, top + 8, foot - 12)
    return "".join(
        draw.text(x, y, fmt(value), kind="ink", bold=True) + draw.text(x, y + 14, name)
        for (value, name), y in zip(known, placed, strict=True)
    )


def bars(title: str, rows: Sequence[Bar], fmt: Format, *, value_name: str = "") -> Chart:
    """Horizontal bars in the order given, each name above and value at the end. Values from zero up."""
    top = max((bar.value for bar in rows), default=0) or 1
    parts = [_bar(bar, i * 40, bar.value / top, fmt) for i, bar in enumerate(rows)]
    words = ", ".join(f"{bar.name}: {fmt(bar.value)}" for bar in rows[:3]) or _("No data yet.")
    data = [[bar.name, fmt(bar.value)] for bar in rows]
    drawing = draw.svg(WIDTH, max(1, len(rows)) * 40, title, words, *parts)
    return Chart(title, drawing, ["", value_name or _("Value")], data)


def _bar(bar: Bar, y: Number, share: float, fmt: Format) -> str:
    full = WIDTH - 120
    drawn = draw.text(0, y + 13, bar.name, kind="ink") + draw.rect(0, y + 19, full, 10, "soft", round_=2)
    if bar.value > 0:
        drawn += draw.rect(0, y + 19, max(2.0, share * full), 10, "fill-1", round_=2)
    words = f"{fmt(bar.value)} {bar.note}".strip()
    drawn += draw.text(full + 10, y + 28, words, kind="ink", bold=True)
    return f'<a href="{conditional_escape(bar.url)}">{drawn}</a>' if bar.url else drawn


def bullet(
    title: str, value: Number, target: Number, top: Number, fmt: Format, *, less_is_better: bool = False
) -> SafeString:
    """A value against its target, from zero to `top`; the wanted side is tinted. For figure cards."""
    width, height = 280, 36
    at = Scale((0, top or 1), 0, width)
    mark = min(at(target), width)
    wanted = (0.0, mark) if less_is_better else (mark, width - mark)
    words = _("target %(t)s") % {"t": fmt(target)}
    return draw.svg(
        width, height, title, f"{fmt(value)}, {words}",
        draw.rect(0, 2, width, 14, "soft", round_=2),
        draw.rect(wanted[0], 2, wanted[1], 14, "band-good"),
        draw.rect(0, 6, min(at(value), width), 6, "fill-1", round_=1),
        draw.rule(mark, 0, mark, 18, "axis", 2),
        draw.text(min(max(mark, 40), width - 40), 32, words, "middle", "ink-3"),
    )  # fmt: skip


def sparkline(title: str, values: Sequence[Number | None], fmt: Format) -> SafeString:
    """A line without axes, its last point marked. For figure cards."""
    width, height = 280, 40
    known = [v for v in values if v is not None]
    if not known:
        return draw.svg(width, height, title, _("No data yet."))
    low, high = min(known), max(known)
    scale = Scale((low, high if high > low else low + 1), height - 6, 6)
    slot = (width - 8) / len(values)
    last = max(i for i, v in enumerate(values) if v is not None)
    place = f'cx="{slot * (last + 0.5):.1f}" cy="{scale(known[-1]):.1f}"'
    dot = f'<circle {place} r="3.5" class="fill-1" fill="{draw.PAINT["fill-1"]}"/>'
    words = draw.describe([str(i + 1) for i in range(len(values))], values, fmt)
    return draw.svg(width, height, title, words, _path(Series(title, values), 0, scale, 0, slot), dot)
