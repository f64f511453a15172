# SPDX-License-Identifier: Apache-2.0
"""The components as template tags and filters; a template built-in, so no page has to load it.

Their HTML is in templates/components/. docs/design-system.md shows each in use.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from django import template
from django.core.paginator import Page
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext

from ascolto.domain.access import people
from ascolto.domain.records import clock
from ascolto.web import formats, ui, words
from ascolto.web.tables import Column, Sort

register = template.Library()
register.filter("number", formats.number)
register.filter("percent", formats.percent)
register.filter("basis_points", formats.basis_points)
register.filter("days", formats.days)
register.filter("span", formats.span)
register.filter("moment", formats.moment)
register.filter("calendar_day", formats.calendar_day)


@register.filter
def money(cents: int | None, currency: str = "EUR") -> str:
    """`{{ 123456|money }}` -> 1.234,56 €."""
    return formats.money(cents, currency)


@register.filter
def money_short(cents: int | None, currency: str = "EUR") -> str:
    """`{{ 123456789|money_short }}` -> 1,2 mln €."""
    return formats.money_short(cents, currency)


@register.filter
def day(value: date | datetime | None) -> str:
    """`{{ d|day }}` -> oggi, ieri, tra 3 giorni, 22/11/2026."""
    return formats.day(value, clock.today())


@register.filter
def legal_day(value: date | datetime | None) -> str:
    """`{{ d|legal_day }}` -> dom 22/11/2026: dates of law show their day of week."""
    return formats.calendar_day(value, with_weekday=True)


@register.filter
def ago(value: datetime | None) -> str:
    """`{{ moment|ago }}` -> 3 ore fa."""
    return formats.ago(value, clock.now())


@register.simple_tag
def icon(name: str, label: str = "", size: int = 16) -> SafeString:
    """One lucide icon. With `label` it has an accessible name; without, a text must stand beside it."""
    return _drawn(name, str(label), size)


@lru_cache(maxsize=1000)
def _drawn(name: str, label: str, size: int) -> SafeString:
    href = f"{static('ascolto/icons.svg')}#{name}"
    voice = format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"')
    return format_html('<svg class="icon" width="{0}" height="{0}" {1}><use href="{2}"/></svg>', size, voice, href)


@register.simple_tag
def to(url_name: str, pk: int) -> str:
    """`{% to "desk:customer" row.pk %}`: `{% url %}` for a page that takes one number, quick enough for every row."""
    return ui.path_to(url_name, pk)


@register.simple_tag(name="money")
def money_tag(cents: int | None, currency: str = "EUR", strong: bool = False) -> SafeString:
    """`{% money cents %}`: tabular, never broken over lines, credit marked by a word."""
    kind = "money" + (" strong" if strong else "") + (" credit" if cents is not None and cents < 0 else "")
    said = escape(formats.money(cents, currency))
    return mark_safe(f'<span class="{kind}">{said}</span>')  # noqa: S308  escaped here


@register.simple_tag
def when(value: date | datetime | None) -> SafeString:
    """`{% when d %}`: the day in words, the full date on hover and for machines."""
    if value is None:
        return format_html('<span class="muted">{}</span>', "–")
    plain, now = formats.as_date(value), clock.now()
    words_ = escape(formats.ago(value, now) if isinstance(value, datetime) else formats.day(value, now.date()))
    full = escape(formats.calendar_day(plain, with_weekday=True))
    return mark_safe(f'<time datetime="{plain}" title="{full}">{words_}</time>')  # noqa: S308  escaped here


@register.simple_tag
def tone(level: int, with_word: bool = True) -> SafeString:
    """Tone chip, 0 courtesy .. 5 formal."""
    return _toned(level, with_word, get_language())


@lru_cache(maxsize=100)
def _toned(level: int, with_word: bool, _language: str | None) -> SafeString:
    said, title = words.TONES[level], gettext("Tone %(level)s: %(word)s") % {"level": level, "word": words.TONES[level]}
    spoken = format_html(" {}" if with_word else '<span class="sr"> {}</span>', said)
    return format_html('<span class="chip tone tone-{0}" title="{1}"><b>{0}</b>{2}</span>', level, title, spoken)


@register.inclusion_tag("components/mood.html")
def mood(key: str) -> dict[str, Any]:
    """Mood chip; nothing for an unknown or empty mood."""
    return {"mood": words.MOODS.get(key)}


@register.inclusion_tag("components/ageing.html")
def ageing_bar(buckets: Iterable[Mapping[str, Any]], currency: str = "EUR") -> dict[str, Any]:
    """Thin stacked bar of `{label, cents}` from not due to oldest; widths in per mille of the total."""
    rows = list(buckets)
    total = sum(max(row["cents"], 0) for row in rows)
    parts, left = [], 0
    for step, row in enumerate(rows):
        width = max(row["cents"], 0) * 1000 // total if total else 0
        if width:
            parts.append({"x": left, "width": width, "step": min(step, 6), **row})
        left += width
    return {"parts": parts, "rows": rows, "currency": currency, "total": total}


@register.inclusion_tag("components/score.html")
def score(points: int, parts: Iterable[Any] = ()) -> dict[str, Any]:
    """A score of 0..100 with the points that made it: `parts` of (label, points)."""
    return {"points": points, "parts": list(parts)}


@register.inclusion_tag("components/progress.html")
def progress(done: int, total: int, label: str) -> dict[str, Any]:
    """`done` of `total`, said in words beside the bar."""
    return {"done": done, "total": total, "label": label}


@register.inclusion_tag("components/figure.html")
def figure(label: str, value: str, **more: str) -> dict[str, Any]:
    """A figure; `more`: definition, note, url (its rows), picture (safe SVG), kind (good or watch)."""
    unknown = more.keys() - {"definition", "note", "url", "picture", "kind"}
    if unknown:
        raise template.TemplateSyntaxError(f"figure: unknown {sorted(unknown)}")
    return {"label": label, "value": value, **more}


@register.inclusion_tag("components/sort_head.html", takes_context=True)
def sort_head(context: template.Context, column: Column, sort: Sort) -> dict[str, Any]:
    """`<th>` of a column: a link that sorts, or turns, keeping the rest of the address."""
    active = sort.key == column.key
    down = not sort.descending if active else column.number
    query = context["request"].GET.copy()
    query.pop("page", None)
    query["sort"] = ("-" if down else "") + column.key
    aria = ("descending" if sort.descending else "ascending") if active else "none"
    return {"column": column, "active": active, "sort": sort, "aria": aria, "href": "?" + query.urlencode()}


@register.inclusion_tag("components/pagination.html", takes_context=True)
def pagination(context: template.Context, page: Page[Any]) -> dict[str, Any]:
    """Previous and next, the rows shown and their number; nothing for a single page."""
    query = context["request"].GET.copy()
    query.pop("page", None)
    return {"page": page, "query": query.urlencode()}


@register.inclusion_tag("components/toasts.html", takes_context=True)
def toasts(context: template.Context, oob: bool = False) -> dict[str, Any]:
    """Pending messages. In an htmx answer use `{% toasts oob=True %}`: they land in the page's own place."""
    request: HttpRequest | None = context.get("request")
    found = list(ui.toasts(request)) if request is not None else []
    return {"toasts": found, "oob": oob, "csrf_token": context.get("csrf_token")}


@register.inclusion_tag("components/field.html")
def field(bound: Any, wide: bool = False, show_help: bool = True) -> dict[str, Any]:
    """A form field with its label, help and error; the error says how to mend."""
    widget = bound.field.widget
    return {
        "field": bound,
        "wide": wide,
        "kind": getattr(widget, "input_type", widget.__class__.__name__.lower()),
    }


@register.simple_block_tag(takes_context=True)
def page_head(context: template.Context, content: str, title: str, sub: str = "", back: str = "") -> str:
    """`{% page_head title=... sub=... %}` actions, one of them `.primary` `{% endpage_head %}`."""
    return _component("page_head", context, content, title=title, sub=sub, back=back)


@register.simple_block_tag(takes_context=True)
def card(context: template.Context, content: str, title: str = "", note: str = "", id: str = "") -> str:
    """A titled group; the title is its accessible name."""
    return _component("card", context, content, title=title, note=note, id=id)


@register.simple_block_tag(takes_context=True)
def dialog(context: template.Context, content: str, id: str, title: str) -> str:
    """A dialog that `<button popovertarget="id">` opens: no JavaScript, Escape closes."""
    return _component("dialog", context, content, id=id, title=title)


@register.simple_block_tag(takes_context=True)
def empty(context: template.Context, content: str, title: str, icon: str = "check-check") -> str:
    """An empty state: what it means, and inside what to do next."""
    return _component("empty", context, content, title=title, icon=icon)


@register.simple_block_tag(takes_context=True)
def filters(context: template.Context, content: str, label: str = "", target: str = "") -> str:
    """A filter bar: a GET form that applies itself on change; `target` is the htmx selector to refresh."""
    return _component("filters", context, content, label=label, target=target)


@register.simple_block_tag(takes_context=True)
def table(context: template.Context, content: str, label: str, tall: bool = True) -> str:
    """The scrolling frame of a `<table>`: head and first column stay. `label` names it for screen readers."""
    return _component("table", context, content, label=label, tall=tall)


@register.simple_block_tag(takes_context=True)
def event(
    context: template.Context,
    content: str,
    icon: str,
    title: str,
    at: Any = None,
    who: str = "",
    kind: str = "",
) -> SafeString:
    """A timeline item. `kind`: in (from the customer), out, cash, us (an error of ours) or empty."""
    speaker = format_html(' <span class="muted">{}</span>', who) if who else ""
    moment = format_html(' <span class="event-at">{}</span>', when(at)) if at else ""
    return format_html(
        '<li class="event{}"><span class="event-icon">{}</span>\n'
        '  <div class="event-body"><p class="event-head"><b>{}</b>{}{}</p>{}</div></li>',
        f" {kind}" if kind else "", _drawn(icon, "", 16), title, speaker, moment,
        mark_safe(content),  # noqa: S308  rendered by us
    )  # fmt: skip


@register.simple_block_tag(takes_context=True)
def bulk(context: template.Context, content: str) -> str:
    """Bar of bulk actions inside the form around a `data-list`; shows when something is selected."""
    return _component("bulk", context, content)


@register.simple_block_tag(takes_context=True)
def note(context: template.Context, content: str, kind: str = "info", title: str = "") -> str:
    """A note in the page. `kind`: info, why, watch, good, problem (ours only)."""
    return _component("note", context, content, kind=kind, title=title, icon=words.NOTE_ICONS[kind])


@register.inclusion_tag("components/define.html")
def define(word: str, meaning: str) -> dict[str, Any]:
    """A word with its meaning, on hover and on focus."""
    return {"word": word, "meaning": meaning}


@register.inclusion_tag("components/problems.html")
def problems(rows: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Problems of an import: `{file, row, field, problem, expected, severity}`."""
    return {"rows": list(rows)}


@register.inclusion_tag("components/tabs.html")
def tabs(items: Iterable[Mapping[str, Any]], label: str) -> dict[str, Any]:
    """Tabs that are addresses: `{label, url, here, count}`."""
    return {"items": list(items), "label": label}


@register.simple_tag(takes_context=True)
def who(context: template.Context, actor: str | None) -> str:
    """`{% who promise.author %}`: the name behind the address that a row keeps; what the system did is the system's.

    The names are read once per page.
    """
    request = context.get("request")
    known = getattr(request, "_ascolto_names", None)
    if known is None:
        known = people.names()
        if request is not None:
            request._ascolto_names = known
    if not actor:
        return "–"
    return "Ascolto" if actor.startswith("system:") else known.get(actor, actor)


def _component(name: str, context: template.Context, content: str, **values: Any) -> str:
    inner = {"content": mark_safe(content), "request": context.get("request"), **values}  # noqa: S308  rendered by us
    return render_to_string(f"components/{name}.html", inner)
