# SPDX-License-Identifier: Apache-2.0
"""One way to write what people write in many ways, and what is really due of a document."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ascolto.domain.portfolio import normalise


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("01234567897", "IT01234567897"), ("IT 012.345.678-97", "IT01234567897"), ("it01234567897", "IT01234567897"),
        ("DE123456789", "DE123456789"), ("OO99999999999", ""), ("00000000000", ""), ("", ""),
    ],
)  # fmt: skip
def test_vat_numbers(written: str, read: str) -> None:
    assert normalise.vat(written) == read


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("02 1234567", "+39021234567"), ("333/1234567", "+393331234567"), ("0039 333 1234567", "+393331234567"),
        ("+44 20 7946 0958", "+442079460958"), ("12", ""), ("chiedere a Maria", ""),
    ],
)  # fmt: skip
def test_phone_numbers(written: str, read: str) -> None:
    assert normalise.phone(written) == read


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Bar@Sport.IT ", "bar@sport.it"),
        ("a@b", ""),
        ("a b@c.it", ""),
        ("a@@b.it", ""),
        ("=cmd@x.it", "=cmd@x.it"),
        ("", ""),
    ],
)
def test_mailboxes(written: str, read: str) -> None:
    assert normalise.email(written) == read


def test_names_are_searched_without_accents_and_capitals() -> None:
    assert normalise.search_name("  Società  Agricola NICOLÒ ") == "societa agricola nicolo"


@pytest.mark.parametrize(
    ("cents", "total", "split", "withheld", "due"),
    [
        ([12200], 12200, 0, 0, [12200]),
        ([12200], 12200, 2200, 0, [10000]),
        ([10000], 12200, 2200, 0, [10000]),
        ([6100, 6100], 12200, 0, 2000, [5100, 5100]),
        ([10200], 12200, 2200, 2000, [8000]),
        ([3333, 3333, 3334], 10000, 0, 1, [3333, 3333, 3334]),
        ([5000], 12200, 0, 0, [5000]),
        ([0], 12200, 0, 0, [0]),
        ([12200], 2000, 0, 2000, [0]),
        ([15000, -2800], 12200, 0, 0, [12200, 0]),
    ],
)
def test_what_each_instalment_really_asks(
    cents: list[int], total: int, split: int, withheld: int, due: list[int]
) -> None:
    parts = normalise.payable_parts(cents, total_cents=total, split_vat_cents=split, withholding_cents=withheld)
    assert parts == due


@given(st.lists(st.integers(1, 10**9), min_size=1, max_size=8), st.integers(0, 10**9))
def test_what_is_distributed_adds_up_and_nothing_is_below_zero(cents: list[int], total: int) -> None:
    parts = normalise.distributed(cents, total)
    assert sum(parts) == total
    assert min(parts) >= 0
