# SPDX-License-Identifier: Apache-2.0
"""Which items an amount settles: what the payer named, then the oldest; never more than there is."""

import datetime as dt
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ascolto.engine.allocate import FEW, OLDEST, Item, allocate, exact_items, fit

JULY, AUGUST, SEPTEMBER = (dt.date(2026, month, 15) for month in (7, 8, 9))


def owed() -> list[Item]:
    """Ten euros since July, twenty since August, thirty since September; listed out of order."""
    return [
        Item(3, 3, 1, "C", SEPTEMBER, 30_00),
        Item(1, 1, 1, "A", JULY, 10_00),
        Item(2, 2, 1, "B", AUGUST, 20_00),
    ]


@pytest.mark.parametrize(
    ("amount", "named", "parts", "on_account"),
    [
        (10_00, (), [(1, 10_00)], 0),
        (15_00, (), [(1, 10_00), (2, 5_00)], 0),
        (60_00, (), [(1, 10_00), (2, 20_00), (3, 30_00)], 0),
        (75_00, (), [(1, 10_00), (2, 20_00), (3, 30_00)], 15_00),
        (30_00, (3,), [(3, 30_00)], 0),
        (12_00, (3,), [(3, 12_00)], 0),
        (35_00, (3,), [(3, 30_00), (1, 5_00)], 0),
        (25_00, (3, 2), [(2, 20_00), (3, 5_00)], 0),
    ],
    ids=[
        "the oldest",
        "the oldest first",
        "all",
        "more than all",
        "named",
        "part of the named",
        "named, then oldest",
        "oldest named",
    ],
)
def test_order_of_settlement(
    amount: int, named: tuple[int, ...], parts: list[tuple[int, int]], on_account: int
) -> None:
    split = allocate(amount, owed(), named)
    assert (list(split.parts), split.on_account_cents) == (parts, on_account)


@pytest.mark.parametrize(
    ("amount", "numbers"),
    [(20_00, "B"), (40_00, "AC"), (50_00, "BC"), (60_00, "ABC"), (31_00, ""), (0, "")],
)
def test_the_items_that_make_an_exact_amount(amount: int, numbers: str) -> None:
    assert "".join(sorted(item.number for item in exact_items(amount, owed()))) == numbers


def test_of_equal_items_the_oldest_is_meant() -> None:
    items = [Item(1, 1, 1, "new", AUGUST, 10_00), Item(2, 2, 1, "old", JULY, 10_00)]
    assert [item.number for item in exact_items(10_00, items)] == ["old"]


def test_wanted_parts_are_cut_to_what_is_still_owed() -> None:
    assert fit([(1, 10_00), (2, 20_00), (9, 1)], {1: 4_00, 2: 0}) == [(1, 4_00)]


ITEMS = st.lists(st.tuples(st.integers(0, 50_00), st.integers(0, 400)), max_size=6).map(
    lambda rows: [
        Item(n, n, 1, str(n), JULY + dt.timedelta(days=days), cents) for n, (cents, days) in enumerate(rows, start=1)
    ]
)


def by_cents(amount: int, items: list[Item], named: set[int]) -> dict[int, int]:
    """The slow twin: every cent looks for its place anew."""
    left = {item.instalment_id: item.balance_cents for item in items}
    taken: dict[int, int] = {}
    for _cent in range(amount):
        wanting = [item for item in items if left[item.instalment_id]]
        if not wanting:
            break
        first = min(wanting, key=lambda i: (i.instalment_id not in named, i.due_on, i.instalment_id)).instalment_id
        left[first] -= 1
        taken[first] = taken.get(first, 0) + 1
    return taken


@given(st.integers(1, 300), ITEMS, st.sets(st.integers(1, 6)))
def test_as_the_slow_twin(amount: int, items: list[Item], named: set[int]) -> None:
    for item in items:
        item.balance_cents //= 50
    split = allocate(amount, items, named)
    assert dict(split.parts) == by_cents(amount, items, named)
    assert sum(cents for _item, cents in split.parts) + split.on_account_cents == amount


@given(st.integers(1, 20_000), ITEMS)
def test_exact_items_are_exact(amount: int, items: list[Item]) -> None:
    chosen = exact_items(amount, items)
    assert not chosen or sum(item.balance_cents for item in chosen) == amount
    assert len({item.instalment_id for item in chosen}) == len(chosen)


def slow_exact(amount: int, items: list[Item]) -> list[int]:
    """The twin: every combination, the fewest and oldest first."""
    rows = sorted(items, key=lambda i: (i.due_on, i.instalment_id))
    tries = [tuple(rows), *((one,) for one in rows)]
    small = [i for i in rows if i.balance_cents < amount][:OLDEST]
    tries += [some for size in range(2, FEW + 1) for some in combinations(small, size)]
    hit = next((some for some in tries if sum(i.balance_cents for i in some) == amount), ())
    return [item.instalment_id for item in hit]


@given(st.lists(st.integers(1, 9), max_size=14), st.integers(1, 40))
def test_sums_met_in_the_middle_are_those_of_every_combination(cents: list[int], amount: int) -> None:
    items = [Item(n, n, 1, str(n), JULY + dt.timedelta(days=n % 5), c) for n, c in enumerate(cents, start=1)]
    assert [item.instalment_id for item in exact_items(amount, items)] == slow_exact(amount, items)
