# SPDX-License-Identifier: Apache-2.0
"""Amounts, numbers and days put together by hand are written as babel writes them, in both languages."""

import datetime as dt
from decimal import Decimal

import pytest
from babel.dates import format_date
from babel.numbers import format_currency, format_decimal
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from ascolto.web import formats

LANGUAGES = pytest.mark.parametrize("language", ["it", "en"])
DAYS = st.dates(dt.date(1900, 1, 1), dt.date(2199, 12, 31))


@LANGUAGES
@given(cents=st.integers(0, 10**15))
def test_euros(language: str, cents: int) -> None:
    with translation.override(language):
        wanted = format_currency(Decimal(cents).scaleb(-2), "EUR", locale=formats.locale_now())
        assert formats.money(cents) == formats.money(Decimal(cents)) == wanted  # type: ignore[arg-type]  # a database's sum


@LANGUAGES
@given(value=st.integers(-(10**12), 10**12))
def test_whole_numbers(language: str, value: int) -> None:
    with translation.override(language):
        wanted = format_decimal(value, locale=formats.locale_now()).replace("-", formats.MINUS)
        assert formats.number(value) == wanted


@LANGUAGES
@given(on=DAYS)
def test_days(language: str, on: dt.date) -> None:
    pattern = {"it": "dd/MM/y", "en": "d MMM y"}[language]
    with translation.override(language):
        plain, locale = format_date(on, pattern, locale=formats.locale_now()), formats.locale_now()
        weekday = format_date(on, f"EEE {pattern}", locale=locale)
        assert formats.calendar_day(on) == plain.replace(" ", formats.NBSP)
        assert formats.calendar_day(on, with_weekday=True) == weekday.replace(" ", formats.NBSP)


@given(at=st.datetimes(dt.datetime(1990, 1, 1), dt.datetime(2100, 1, 1), timezones=st.just(dt.UTC)))
def test_the_time_of_day_is_the_sites(at: dt.datetime) -> None:
    assert formats.clock_time(at) == at.astimezone(formats.timezone.get_current_timezone()).strftime("%H:%M")
