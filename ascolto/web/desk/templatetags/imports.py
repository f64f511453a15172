# SPDX-License-Identifier: Apache-2.0
"""Filters of the imports pages: a staged row keeps days as ISO text and amounts as cents or as they were typed."""

from datetime import date
from typing import Any

from django import template

from ascolto.web import formats
from ascolto.web.desk.imports.words import DATE_WORDS, DECIMAL_WORDS

register = template.Library()


@register.filter
def import_day(value: Any) -> str:
    """ "2026-10-31" -> 31/10/2026; what a person typed wrong is shown as it stands."""
    if not value:
        return ""
    try:
        return formats.calendar_day(date.fromisoformat(str(value)))
    except ValueError:
        return str(value)


@register.filter
def import_money(value: Any, currency: str = "EUR") -> str:
    """Cents as money; text that could not be read as it stands."""
    if isinstance(value, int):
        return formats.money(value, currency if len(currency) == 3 and currency.isalpha() else "EUR")
    return "" if value is None else str(value)


@register.filter
def way_word(way: str) -> Any:
    """How a column writes, in words."""
    return DATE_WORDS.get(way) or DECIMAL_WORDS.get(way) or way
