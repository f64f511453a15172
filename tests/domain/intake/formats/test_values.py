# SPDX-License-Identifier: Apache-2.0
"""Amounts, dates and check digits against slow references."""

from datetime import date
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ascolto.domain.intake.formats import table_columns
from ascolto.domain.intake.formats.identifiers import iban_ok, italian_vat_ok, tax_code_ok
from ascolto.domain.intake.formats.values import cents, comma_cents, in_units, xs_date

decimals = st.decimals(min_value=-(10**13), max_value=10**13, allow_nan=False, allow_infinity=False, places=None).map(
    lambda number: number.quantize(Decimal("0.00000001"))
)


@given(decimals)
def test_cents_are_the_decimal_rounded_half_up_away_from_zero(number: Decimal) -> None:
    assert cents(f"{number:f}") == int((number * 100).quantize(Decimal(1), ROUND_HALF_UP))


@given(st.integers(-(10**15), 10**15))
def test_what_is_written_in_units_reads_back(amount: int) -> None:
    assert cents(in_units(amount)) == amount


@pytest.mark.parametrize(
    ("written", "read"),
    [("0.005", 1), ("-0.005", -1), ("1.004999", 100), ("+12", 1200), ("-0.00", 0), (".5", 50), ("7.", 700)],
)
def test_the_corners_of_amounts(written: str, read: int) -> None:
    assert cents(written) == read


@pytest.mark.parametrize("written", ["", ".", "-", "1e3", "1,234.56", "1.2.3", "NaN", "١٢", "12 34", "9" * 16, "0x1F"])
def test_what_is_no_amount_is_an_error(written: str) -> None:
    with pytest.raises(ValueError):
        cents(written)


def test_only_two_digits_after_a_comma_are_a_decimal_comma() -> None:
    assert comma_cents("1234,50") == 123450
    assert comma_cents("1,234") is None


@given(
    st.dates(min_value=date(1000, 1, 1)),
    st.sampled_from(["", "Z", "+01:00", "-11:00", "T23:59:59+02:00", "T00:00:00"]),
)
def test_a_zone_never_moves_a_date(day: date, zone: str) -> None:
    assert xs_date(day.isoformat() + zone) == day


@pytest.mark.parametrize("written", ["2026-02-30", "30/01/2026", "2026-1-1", "26-01-01", "", "2026-01-01 and more"])
def test_what_is_no_date_is_an_error(written: str) -> None:
    with pytest.raises(ValueError):
        xs_date(written)


@given(st.integers(-(10**12), 10**12), st.sampled_from(["comma", "point"]))
def test_amounts_of_a_table_read_back_in_their_style(amount: int, style: str) -> None:
    english = f"{Decimal(amount) / 100:,.2f}"
    swap = str.maketrans(",.", ".,")
    written = english.translate(swap) if style == "comma" else english
    assert table_columns.to_cents(written, style) == amount  # type: ignore[arg-type]
    assert table_columns.to_cents(f"€ {written}", style) == amount  # type: ignore[arg-type]


@given(st.dates(min_value=date(2000, 1, 1), max_value=date(2099, 12, 31)), st.sampled_from(["dmy", "mdy", "ymd"]))
def test_dates_of_a_table_read_back_in_their_order(day: date, order: str) -> None:
    pattern = {"dmy": "%d/%m/%Y", "mdy": "%m/%d/%Y", "ymd": "%Y-%m-%d"}[order]
    assert table_columns.to_date(day.strftime(pattern), order) == day  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("check", "right", "wrong"),
    [
        (italian_vat_ok, "12345670017", "12345670018"),
        (tax_code_ok, "RSSMRA80A01H501U", "RSSMRA80A01H501X"),
        (tax_code_ok, "RSSMRA80A01H50MM", "RSSMRA80A01H50MA"),  # omocodia: the last digit written as a letter
        (iban_ok, "IT60X0542811101000000123456", "IT61X0542811101000000123456"),
        (iban_ok, "BE68539007547034", "BE01539007547034"),
    ],
)
def test_check_digits(check, right: str, wrong: str) -> None:  # type: ignore[no-untyped-def]
    assert check(right)
    assert not check(wrong)
