# SPDX-License-Identifier: Apache-2.0
"""Filters that put the desk's codes into words: `{{ row.step|step_word }}`; tags that write many rows."""

import datetime as dt
from collections.abc import Sequence
from functools import partial
from typing import Any

from django import template
from django.template.defaultfilters import truncatechars
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, pgettext

from ascolto.domain.agreements.models import Promise
from ascolto.domain.outreach import reasons
from ascolto.domain.outreach.models import Contact
from ascolto.web import codes as words
from ascolto.web import formats
from ascolto.web.desk import because_words, customerrows, dayrows
from ascolto.web.desk.agreements.words import END_WORDS
from ascolto.web.desk.cash.words import codes_in_words
from ascolto.web.desk.debits import words as debit_words
from ascolto.web.desk.law.words import opened
from ascolto.web.templatetags.ascolto import who

register = template.Library()
register.filter("step_word", words.step)
register.filter("to_do", words.to_do)
register.filter("reason_word", words.reason)
register.filter("solution_word", words.solution)
register.filter("because", because_words.tell)
register.filter("because_beside", because_words.beside)
register.filter("because_short", because_words.short)

register.filter("opened", opened)
register.filter("unpaid_reason", debit_words.unpaid_reason)
register.filter("unpaid_todo", debit_words.unpaid_todo)
register.filter("match_words", lambda reason: codes_in_words(reason) or reason)

_TABLES = {
    "channel": words.CHANNELS, "rule": words.RULES, "segment": words.SEGMENTS, "fault": words.FAULTS,
    "next_step": words.NEXT_STEPS, "anchor": words.ANCHORS, "ladder": words.LADDERS, "role": words.ROLES,
    "trend": words.TRENDS, "wording": words.WORDINGS, "strategy": words.STRATEGIES, "emotion": dict(reasons.EMOTIONS), "outcome": dict(Contact.Outcome.choices),
}  # fmt: skip


@register.filter
def word(code: str | None, table: str) -> Any:
    """`{{ row.rule|word:"rule" }}`: the short word of a code."""
    return words.word(_TABLES[table], code)


@register.filter
def sentence(rule: str | None) -> Any:
    """`{{ row.rule|sentence }}`: what a rule means."""
    known = words.RULES.get(rule or "")
    return known[1] if known else words.word(words.RULES, rule)


@register.filter
def channel_icon(code: str) -> str:
    """The icon of a channel."""
    return words.CHANNELS[code][1] if code in words.CHANNELS else "message-circle"


@register.filter
def detail_word(contact: Contact) -> Any:
    """Level-2 reason of a contact."""
    return words.reason_detail(contact.reason, contact.reason_detail)


@register.filter
def plan_end(why: str) -> Any:
    """Why a plan ended: what the night wrote down in our words, what a person wrote in theirs."""
    return END_WORDS.get(why, why)


@register.filter
def iso_day(text: str) -> str:
    """`2026-11-22` as people read it; anything else as it is."""
    try:
        return formats.calendar_day(dt.date.fromisoformat(text))
    except ValueError:
        return text


@register.filter
def euros(cents: int | None) -> str:
    """Cents as an input field wants them: 1234,50."""
    return f"{cents // 100},{cents % 100:02d}" if isinstance(cents, int) else ""


@register.simple_tag(takes_context=True)
def promise_words(context: template.Context, promise: Promise) -> SafeString:
    """`{% promise_words promise %}`: what was promised, for when, when it was said and to whom."""
    contact = promise.contact
    heard = contact.operator.name if contact and contact.operator else who(context, promise.author)
    return format_html(
        "{}{} {} {}: {} {} {} {} ({}{})",
        f"“{truncatechars(promise.what_said, 140)}” " if promise.what_said else "", formats.money(promise.amount_cents),
        pgettext("day", "by"), formats.calendar_day(promise.due_on), gettext("said on"),
        formats.calendar_day(promise.made_on), pgettext("person", "to"), heard,
        f"{promise.who_said}, " if promise.who_said else "", promise.get_channel_display(),
    )  # fmt: skip


@register.simple_tag(takes_context=True)
def day_rows(context: template.Context, lines: Sequence[dayrows.Line]) -> SafeString:
    """`{% day_rows lines %}`: the rows of the work list."""
    page = dayrows.page(context["which"], context["many_clients"], partial(promise_words, context))
    return dayrows.rows(lines, context["columns"], page)


@register.simple_tag(takes_context=True)
def customer_rows(context: template.Context, lines: Sequence[Any]) -> SafeString:
    """`{% customer_rows lines %}`: the rows of the list of customers."""
    return customerrows.rows(lines, context["many_clients"])
