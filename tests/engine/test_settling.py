# SPDX-License-Identifier: Apache-2.0
"""Expenses, interest, capital in the client's order, the named debt first; what a small difference is."""

import datetime as dt
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ascolto.engine.allocate import Item, allocate, within
from ascolto.engine.settling import BY_LAW, CAPITAL_FIRST, EXPENSES, INTEREST, Rule, small_differences

JULY, AUGUST, NOVEMBER = (dt.date(2026, month, 15) for month in (7, 8, 11))
LAW = Rule(BY_LAW)


def owed() -> list[Item]:
    """Invoices A (100) and B (200); about each 5 of interest, about B 40 of expenses, all claimed in November."""
    return [
        Item(1, 1, 1, "A", JULY, 100_00),
        Item(2, 2, 1, "B", AUGUST, 200_00),
        Item(3, 3, 1, "INT A", NOVEMBER, 5_00, kind=INTEREST, of_invoice_id=1),
        Item(4, 4, 1, "INT B", NOVEMBER, 5_00, kind=INTEREST, of_invoice_id=2),
        Item(5, 5, 1, "SPE B", NOVEMBER, 40_00, kind=EXPENSES, of_invoice_id=2),
    ]


@pytest.mark.parametrize(
    ("rule", "named", "order"),
    [
        (Rule(), (), [1, 2, 3, 4, 5]),
        (LAW, (), [5, 3, 4, 1, 2]),
        (LAW, (2,), [5, 4, 2, 3, 1]),
        (LAW, (1,), [3, 1, 5, 4, 2]),
        (Rule(), (2,), [2, 1, 3, 4, 5]),
        (Rule((INTEREST, "capital", EXPENSES)), (2,), [4, 2, 3, 1, 5]),
        (LAW, (3,), [3, 5, 4, 1, 2]),
    ],
    ids=[
        "capital only", "by law", "B is named", "A is named", "B is named, capital first", "their own order",
        "the interest itself is named",
    ],
)  # fmt: skip
def test_the_order_of_settlement(rule: Rule, named: tuple[int, ...], order: list[int]) -> None:
    assert [instalment for instalment, _cents in allocate(350_00, owed(), named, rule).parts] == order


@given(st.sampled_from(list(permutations(CAPITAL_FIRST))), st.integers(1, 400_00), st.sets(st.integers(1, 5)))
def test_whatever_the_order_the_same_money_is_settled(order: tuple[str, ...], cents: int, named: set[int]) -> None:
    split = allocate(cents, owed(), named, Rule(order))
    assert sum(part for _i, part in split.parts) + split.on_account_cents == cents
    assert split.on_account_cents == max(0, cents - 350_00)
    balances = {item.instalment_id: item.balance_cents for item in owed()}
    assert all(part == balances[i] for i, part in split.parts[:-1]), "only the last one is settled in part"


@pytest.mark.parametrize(
    ("asked", "missing", "small"),
    [
        (100_00, 50, True),
        (100_00, 51, False),
        (100_00, -50, True),
        (10_00, 5, True),
        (10_00, 6, False),
        (100_00, 0, False),
    ],
)
def test_both_limits_hold(asked: int, missing: int, small: bool) -> None:
    assert Rule(cents=50, permille=5).is_small(asked, missing) is small


@pytest.mark.parametrize("rule", [Rule(), Rule(cents=100_00), Rule(permille=1000)])
def test_without_both_limits_nothing_is_small(rule: Rule) -> None:
    assert small_differences([(1, 99_99)], {1: 100_00}, rule) == ()


def test_several_small_differences_are_together_within_the_limit_or_none_is_given_up() -> None:
    rule = Rule(cents=50, permille=10)
    assert small_differences([(1, 99_80), (2, 199_80)], {1: 100_00, 2: 200_00}, rule) == ((1, 20), (2, 20))
    assert small_differences([(1, 99_70), (2, 199_70)], {1: 100_00, 2: 200_00}, rule) == ()
    assert small_differences([(1, 100_00), (2, 50_00)], {1: 100_00, 2: 200_00}, rule) == ()


@given(st.lists(st.tuples(st.integers(1, 9), st.integers(1, 100)), max_size=5), st.integers(1, 400))
def test_within_cuts_the_last_part(parts: list[tuple[int, int]], cents: int) -> None:
    kept = within(parts, cents)
    assert sum(part for _i, part in kept) == min(cents, sum(part for _i, part in parts))
    assert all(a == b for a, b in zip(kept[:-1], parts, strict=False))
