# SPDX-License-Identifier: Apache-2.0
"""The HTML body of a message: simple, accessible, right in light and dark, all from outside escaped.

The frame is `mail.html`; what every mail program must get right stands on each element itself.
"""

from __future__ import annotations

import functools
from html import escape
from importlib import resources
from string import Template

from . import formats
from .composed import Composed, label
from .facts import MessageFacts
from .mail_text import item_name, items_title, payment_rows, signature, totals

_P = '<p style="margin:0 0 16px">{}</p>'
_LIST = '<ul style="margin:0 0 16px;padding-left:22px">{}</ul>'
_POINT = '<li style="margin:0 0 8px">{}</li>'
_CELL = "padding:8px 10px;border-bottom:1px solid #dfe4e7;text-align:{};white-space:nowrap;{}"
_TABLE = (
    '<table class="sheet" style="width:100%;border-collapse:collapse;margin:0 0 20px;font-size:15px;'
    'font-variant-numeric:tabular-nums">'
    '<caption style="text-align:left;font-weight:600;padding:0 0 8px">{}</caption>'
    "<thead><tr>{}</tr></thead><tbody>{}</tbody><tfoot>{}</tfoot></table>"
)
_BOX = (
    '<div class="box" style="margin:0 0 20px;padding:16px 18px;border-radius:10px;background:#eef5f6">'
    '<h2 style="margin:0 0 10px;font-size:17px">{}</h2>'
    '<table style="border-collapse:collapse;font-size:15px">{}</table></div>'
)
_ROW = (
    '<tr><th scope="row" style="padding:3px 14px 3px 0;text-align:left;vertical-align:top;'
    'font-weight:400">{}</th>'
    '<td style="padding:3px 0;font-weight:600;word-break:break-word">{}</td></tr>'
)


@functools.cache
def _frame() -> Template:
    return Template((resources.files(__package__) / "mail.html").read_text("utf-8"))


def render(composed: Composed, facts: MessageFacts) -> str:
    """The whole message as an HTML page."""
    parts = [_P.format(escape(composed.greeting))]
    points: list[str] = []
    for block in (*composed.blocks, None):
        if block is not None and block.kind == "point":
            points.append(_POINT.format(escape(block.text)))
            continue
        if points:
            parts.append(_LIST.format("".join(points)))
            points = []
        if block is not None:
            parts.append(_block(block.kind, block.text, composed, facts))
    parts += [_P.format(escape(composed.closing)), _foot(facts)]
    return _frame().substitute(
        language=composed.language,
        subject=escape(composed.subject),
        client=escape(facts.client_name),
        body="\n".join(part for part in parts if part),
    )


def _block(kind: str, text: str, composed: Composed, facts: MessageFacts) -> str:
    if kind == "items":
        return _items(composed, facts)
    if kind == "payment":
        return _payment(composed, facts)
    return _P.format(escape(text))


def _items(composed: Composed, facts: MessageFacts) -> str:
    language = composed.language
    if not facts.items:
        return _P.format(escape(label(language, "no_items")))
    columns = (("invoice", ""), ("issued", "wide"), ("due", ""), ("amount", "wide"), ("balance", ""))
    head = "".join(_cell("th", label(language, key), key, wide, ' scope="col"') for key, wide in columns)
    rows = ""
    for item in facts.items:
        cells = {
            "invoice": item_name(item, language),
            "issued": formats.day(item.issued_on, language),
            "due": formats.day(item.due_on, language),
            "amount": formats.money(item.amount_cents, item.currency, language),
            "balance": formats.money(item.balance_cents, item.currency, language),
        }
        rows += "<tr>" + "".join(_cell("td", cells[key], key, wide) for key, wide in columns) + "</tr>"
    foot = "".join(_total(name, amount) for name, amount in totals(composed, facts))
    return _TABLE.format(escape(items_title(composed, facts)), head, rows, foot)


def _cell(tag: str, text: str, key: str, css: str, scope: str = "") -> str:
    side = "right" if key in ("amount", "balance") else "left"
    weight = "background:#eef5f6;font-weight:600" if tag == "th" else ""
    style = _CELL.format(side, weight)
    if key == "invoice":
        style = style.replace("white-space:nowrap", "word-break:break-word")
    return f'<{tag}{scope} class="{css}" style="{style}">{escape(text)}</{tag}>'


def _total(name: str, amount: str) -> str:
    left, right = (_CELL.format(side, "font-weight:600") for side in ("left", "right"))
    return (
        f'<tr><th scope="row" colspan="2" style="{left}">{escape(name)}</th><td class="wide" colspan="2" '
        f'style="{left}"></td><td style="{right}">{escape(amount)}</td></tr>'
    )


def _payment(composed: Composed, facts: MessageFacts) -> str:
    rows = "".join(_ROW.format(escape(name), escape(value)) for name, value in payment_rows(composed, facts))
    return _BOX.format(escape(label(composed.language, "payment_title")), rows) if rows else ""


def _foot(facts: MessageFacts) -> str:
    lines = [escape(line) for line in signature(facts).splitlines()]
    small = " · ".join(escape(line) for line in (*facts.client_address, facts.client_footer) if line)
    return (
        f'<p style="margin:0 0 20px">{"<br>".join(lines)}</p>'
        f'<p class="foot quiet" style="margin:0;padding-top:12px;border-top:1px solid #dfe4e7;font-size:13px;'
        f'color:#5a646b">{small}</p>'
    )
