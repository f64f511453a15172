# SPDX-License-Identifier: Apache-2.0
"""The pencil of charts: marks, words, grids and the figure around them. All that is written is escaped."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from ascolto.web.charts_scale import Number, Scale

Format = Callable[[Number], str]
PAINT = {
    "ink": "#1b1d21", "ink-2": "#4d5159", "ink-3": "#63676f", "soft": "#f0efeb", "band": "#e3e6ec",
    "band-good": "#d9efe9", "grid": "#e4e2dc", "axis": "#4d5159", "hatch": "#ffffff",
    "fill-1": "#2553a0", "line-1": "#2553a0", "line-2": "#0c7a69", "line-3": "#8d4a9e", "line-4": "#8a5a00",
    "age-0": "#bcded6", "age-1": "#93c5cf", "age-2": "#7aa5cf", "age-3": "#7d86c4", "age-4": "#7f61a8",
    "age-5": "#713a82", "age-6": "#4a1544",
}  # fmt: skip
"""Light colour of each class: what a PDF shows. On a page ascolto.css repaints the class."""
_ids = count(1)


@dataclass(frozen=True)
class Chart:
    """A drawn chart: its title (the answer), its SVG and the data behind it. In a template: `{{ chart }}`."""

    title: str
    svg: SafeString
    head: Sequence[str]
    rows: Sequence[Sequence[str]]

    def table(self) -> SafeString:
        """The data as an HTML table; the first column names the row, the others are written-out figures."""
        top = format_html_join("", '<th scope="col"{}>{}</th>', ((_num(i), c) for i, c in enumerate(self.head)))
        body = format_html_join("", "<tr>{}</tr>", ((_cells(row),) for row in self.rows))
        return format_html("<table><thead><tr>{}</tr></thead><tbody>{}</tbody></table>", top, body)

    def __str__(self) -> str:
        """`<figure>` with the title, the SVG and the data table behind a fold."""
        return format_html(
            '<figure class="chart"><figcaption>{t}</figcaption>{svg}'
            '<details class="data"><summary>{data}</summary><div class="table-wrap" role="region" '
            'tabindex="0" aria-label="{t}">{table}</div></details></figure>',
            t=self.title, svg=self.svg, data=_("The data"), table=self.table(),
        )  # fmt: skip


def _cells(row: Sequence[str]) -> SafeString:
    first = format_html('<th scope="row">{}</th>', row[0])
    return first + format_html_join("", '<td class="num">{}</td>', ((cell,) for cell in row[1:]))


def _num(index: int) -> SafeString:
    return format_html(' class="{}"', "num") if index else SafeString("")


def fresh_id(word: str) -> str:
    """An id no other drawing of this process has."""
    return f"{word}-{next(_ids)}"


def svg(width: Number, height: Number, title: str, desc: str, *parts: str) -> SafeString:
    """The drawing with its name and its description for those who do not see it."""
    return format_html(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {w} {h}" role="img" '
        'aria-labelledby="{i}t {i}d" font-family="system-ui, sans-serif" font-size="12">'
        '<title id="{i}t">{t}</title><desc id="{i}d">{d}</desc>{body}</svg>',
        w=width, h=height, i=fresh_id("chart"), t=title, d=desc,
        body=mark_safe("".join(parts)),  # noqa: S308  made by the functions below, which escape
    )  # fmt: skip


def text(x: Number, y: Number, words: Any, anchor: str = "start", kind: str = "ink-2", bold: bool = False) -> str:
    """Words at a point; `kind` is ink, ink-2 or ink-3."""
    weight = ' font-weight="600"' if bold else ""
    place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"'
    return f'<text {place} class="{kind}" fill="{PAINT[kind]}"{weight}>{conditional_escape(words)}</text>'


def rect(x: Number, y: Number, width: Number, height: Number, kind: str, *, tip: str = "", round_: int = 0) -> str:
    """A box of class `kind`, or filled by a pattern when `kind` is `url(#...)`."""
    look = f'fill="{kind}"' if kind.startswith("url") else f'class="{kind}" fill="{PAINT[kind]}"'
    place = f'x="{x:.1f}" y="{y:.1f}" width="{max(width, 0):.1f}" height="{max(height, 0):.1f}"'
    corner = f' rx="{round_}"' if round_ else ""
    return f"<rect {place}{corner} {look}>{f'<title>{conditional_escape(tip)}</title>' if tip else ''}</rect>"


def rule(x1: Number, y1: Number, x2: Number, y2: Number, kind: str, width: Number = 1) -> str:
    """A straight line."""
    ends = f'x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"'
    return f'<line {ends} class="{kind}" stroke="{PAINT[kind]}" stroke-width="{width}"/>'


def hatch(ident: str) -> str:
    """Defines the pattern of the marked (disputed) part; use it as kind `url(#ident)`."""
    stroke = rule(0, 0, 0, 5, "hatch", 3)
    size = 'width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"'
    return f'<defs><pattern id="{ident}" {size}>{stroke}</pattern></defs>'


def grid(scale: Scale, left: Number, right: Number, fmt: Format) -> str:
    """Horizontal lines at the ticks, each with its value."""
    marks = [(scale(tick), tick) for tick in scale.ticks]
    drawn = (rule(left, y, right, y, "grid") + text(left - 8, y + 4, fmt(v), "end", "ink-3") for y, v in marks)
    return "".join(drawn)


def foot_labels(labels: Sequence[str], left: Number, slot: Number, y: Number) -> str:
    """As many labels as fit without touching, counted back from the last, which always shows."""
    widest = max((len(label) for label in labels), default=1) * 7 + 8
    step = max(1, -(-widest // max(1, int(slot))))
    shown = range(len(labels) - 1, -1, -step)
    drawn = [text(left + slot * (i + 0.5), y, labels[i], "middle", "ink-3") for i in shown]
    # On a phone, where the words are drawn larger, the style sheet hides every second one.
    return "".join(f'<g class="second-label">{word}</g>' if k % 2 else word for k, word in enumerate(drawn))


def describe(labels: Sequence[str], values: Sequence[Number | None], fmt: Format) -> str:
    """First and last known value in one sentence."""
    known = [(label, value) for label, value in zip(labels, values, strict=True) if value is not None]
    if not known:
        return _("No data yet.")
    (x, a), (y, b) = known[0], known[-1]
    return _("From %(a)s in %(x)s to %(b)s in %(y)s.") % {"a": fmt(a), "x": x, "b": fmt(b), "y": y}
