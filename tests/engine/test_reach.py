# SPDX-License-Identifier: Apache-2.0
"""The narrow book: of the customers whom lines could mean. It gives every line what the book of everybody gives."""

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ascolto.engine.allocate import Item
from ascolto.engine.book import Book, Taught
from ascolto.engine.evidence import Expected, Line, Person
from ascolto.engine.names import NAMESAKES
from ascolto.engine.near import near
from ascolto.engine.rounds import apply
from ascolto.engine.settling import Rule
from bench.bank import Bank
from bench.narrow import brought, columns_of, narrow_book
from tests.engine.keeper import Keeper

DAY = dt.date(2026, 11, 20)


def plain(done: Any) -> list[list[tuple[int, Any]]]:
    return [[(line.line_id, found) for line, found in part] for part in (done.settled, done.waiting)]


def both(
    items: list[Item], people: list[Person], lines: list[Line], history: Any = None, taught: Taught | None = None,
    expected: Any = (), rule: Rule = Rule(),  # noqa: B008
) -> tuple[Any, Any, int]:  # fmt: skip
    """What both books give for the lines, and how many customers the narrow one has. By keys that are kept it is the
    same again."""
    narrow, found = narrow_book(columns_of(items, people), items, lines, history, taught, expected, rule)
    whole = Book([replace(item) for item in items], people, history, taught, expected, rule)
    told = plain(apply(whole, lines, 950))
    kept = kept_book(items, people, lines, history or {}, taught, expected, rule)
    assert plain(apply(kept, lines, 950)) == told
    return told, plain(apply(narrow, lines, 950)), len(found.people)


def kept_book(
    items: list[Item], people: list[Person], lines: list[Line], history: Any, taught: Any, expected: Any, rule: Rule
) -> Book:
    """The book of whom the lines could mean by kept keys, with copies of their items."""
    found = near(Keeper(items, people), lines, brought(lines, history, taught), expected)
    own = [replace(item) for item in items if item.customer_id in found.customer_ids]
    theirs = [person for person in people if person.customer_id in found.customer_ids]
    return Book(own, theirs, history, taught, expected, rule, found.left)


@pytest.mark.parametrize("seed", [7, 11])
def test_a_month_of_a_bank_settles_the_same_with_a_fraction_of_the_customers(seed: int) -> None:
    month = Bank(20_000, 400, seed).month()
    whole, narrow, reached = both(
        month.items, month.people, month.lines, history=month.history, expected=month.expected
    )
    assert whole == narrow
    assert len(whole[0]) > 300
    assert reached < len(month.people) / 4


# --- worlds in which everything is likely to be shared ------------------------------------------------------

WORDS = ("MARIO", "ROSSI", "BIANCHI", "CARLA", "Società", "SRL", "LUCA", "NIÑO", "ROSSO", "Mària")
NAMES = st.lists(st.sampled_from(WORDS), min_size=1, max_size=3).map(" ".join)
NUMBERS = st.sampled_from(
    ["2026/000123", "123", "2026/1", "1/2026", "A-12", "FT 2026-0123/1", "2026", "2025/2026", "12/26", "02026/7", "X",
     "ⅷ-123", "2026000123", "N 00", "12.345/9"]
)  # fmt: skip
CODES = st.sampled_from(["", "01234567897", "it 01234567897", "RSSMRA80A01H501U", "-", "é1"])
OWN = st.sampled_from(["C1", "C-12", "000777", "77", "EUR12", "12.345,67", "01-02-2026", "UTENZA 9", "É9", "1\t2"])
REFERENCES = st.sampled_from(
    ["", "RF18539007547034", "rf18 5390 0754 7034", "302000002026001548", "02000002026001548", "É"]
)
CENTS = st.sampled_from([100, 200, 300, 500, 50_00])
TEXTS = st.lists(
    st.sampled_from(
        ["FATTURA", "FT", "123", "2026/123", "2026/000123", "2O26/OOO123", "CLIENTE", "C1", "77", "777", "2026", "12/2026",
         "MARIO", "ROSSI", "CARLA BIANCHI", "PER CONTO DI", "RF18539007547034", "01234567897", "-", "EUR 5,00", "1", "9",
         "3020 0000 2026 0015 48", "SOCIETA", "Mària", "12", "A", "X", "0123/1", "2025/2026", "É9", "7"]
    ),
    max_size=5,
).map(" ".join)  # fmt: skip
IBANS = st.sampled_from(["", "IT1", "it 1", "IT2", "IT3"])


@st.composite
def worlds(draw: st.DrawFn) -> dict[str, Any]:
    count = draw(st.integers(1, 30))
    ids = st.integers(1, count)
    people = [
        Person(n, draw(OWN), draw(NAMES), tuple(c for c in (draw(CODES), draw(CODES)) if c), tuple(draw(st.lists(OWN, max_size=1))))
        for n in range(1, count + 1)
    ]  # fmt: skip
    items = [
        Item(n, n, draw(ids), draw(NUMBERS), DAY - dt.timedelta(days=40 - n), draw(st.sampled_from([0, 100, 200, 300, 500])),
             references=tuple(dict.fromkeys(filter(None, (draw(REFERENCES), draw(REFERENCES))))), amount_cents=500)
        for n in range(1, draw(st.integers(1, 40)))
    ]  # fmt: skip
    lines = [
        Line(n, draw(CENTS), draw(st.sampled_from(["EUR", "EUR", "USD"])), draw(REFERENCES), draw(TEXTS), draw(st.one_of(st.just(""), NAMES)),
             draw(IBANS), DAY)
        for n in range(1, draw(st.integers(2, 8)))
    ]  # fmt: skip
    taught = Taught()
    for _ in range(draw(st.integers(0, 2))):
        taught.confirm(draw(IBANS), draw(NAMES), draw(ids), "ada")
    past = draw(
        st.dictionaries(st.sampled_from(["IT1", "IT2", "IT3"]), st.dictionaries(ids, st.integers(1, 4), max_size=5))
    )
    expected = [
        Expected(draw(ids), draw(st.sampled_from(["plan", "promise"])), draw(CENTS), DAY + dt.timedelta(days=draw(st.integers(-12, 12))))
        for _ in range(draw(st.integers(0, 8)))
    ]  # fmt: skip
    return {"items": items, "people": people, "lines": lines, "history": past, "taught": taught, "expected": expected}


@settings(max_examples=150, deadline=None)
@given(world=worlds())
def test_whatever_customers_share_every_line_gets_the_same(world: dict[str, Any]) -> None:
    whole, narrow, _reached = both(**world)
    assert whole == narrow


# --- what the book must know of those whom it leaves out ----------------------------------------------------


def owing(cents: int, count: int) -> tuple[list[Item], list[Person]]:
    """So many customers with one item each of the same amount."""
    items = [Item(n, n, n, f"A{n:04}", DAY, cents) for n in range(1, count + 1)]
    return items, [Person(n, f"C{n:04}", f"Nome{n} Cognome{n}") for n in range(1, count + 1)]


def test_an_amount_that_many_owe_brings_nobody_in_and_stays_common() -> None:
    items, people = owing(61_00, 2_000)
    lines = [Line(1, 61_00, payer_name="NOME7 COGNOME7")]
    whole, narrow, reached = both(items, people, lines)
    assert reached == 1
    assert whole == narrow
    [(_line, [best])] = narrow[1]
    assert best.confidence_permille == 790, "a name, and an amount that says little"


def test_a_line_that_pays_one_of_four_lets_the_amount_bring_in_the_others() -> None:
    """Four owe 61.00: a crowd, until one has paid by the number; then the three come in by the amount alone."""
    items, people = owing(61_00, 4)
    people += [Person(9, "C0009", "Altro Altrui")]
    items += [Item(9, 9, 9, "A0009", DAY, 5_00)]
    lines = [Line(1, 61_00, remittance="FATTURA 0002 NOME2 COGNOME2"), Line(2, 61_00)]
    whole, narrow, reached = both(items, people, lines)
    assert reached == 4
    assert whole == narrow
    assert [line for line, _found in narrow[0]] == [1]
    assert len(narrow[1][0][1]) == 3


@pytest.mark.parametrize("count", [NAMESAKES, NAMESAKES + 1])
def test_a_name_in_the_text_says_nothing_when_too_many_bear_it(count: int) -> None:
    items, people = owing(61_00, count)
    people = [replace(person, name="Mario Rossi") for person in people]
    lines = [Line(1, 1_00, remittance="PER CONTO DI MARIO ROSSI")]
    whole, narrow, reached = both(items, people, lines)
    assert whole == narrow
    assert reached == (count if count <= NAMESAKES else 0)
