# SPDX-License-Identifier: Apache-2.0
"""A narrow book beside the whole one: the same items and customers as columns, and what lines reach of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import duckdb
import pyarrow as pa

from ascolto.engine import remittance as text
from ascolto.engine.allocate import Item
from ascolto.engine.book import Book, Taught, payer_keys
from ascolto.engine.evidence import Expected, Line, Person
from ascolto.engine.match import CROWD
from ascolto.engine.reach import TABLES, Reach, reach
from ascolto.engine.settling import USUAL, Rule

History = Mapping[str, Mapping[int, int]]


def columns_of(items: Iterable[Item], people: Iterable[Person]) -> dict[str, pa.Table]:
    """What the database would tell. An item's first reference is the instalment's own, the others its invoice's."""
    items, people = list(items), list(people)
    rows: dict[str, list[tuple[object, ...]]] = {
        "items": [
            (i.instalment_id, i.customer_id, i.instalment_id, max(i.amount_cents, i.balance_cents), (*i.references, "")[0])
            for i in items
        ],
        "settled": [
            (i.instalment_id, max(i.amount_cents, i.balance_cents) - i.balance_cents, i.balance_cents <= 0) for i in items
        ],
        "documents": [(i.instalment_id, i.number, (*i.references, "", "")[1]) for i in items],
        "people": [(p.customer_id, p.number, p.name, *(*p.tax_codes, "", "")[:2]) for p in people],
        "accounts": [(p.customer_id, number) for p in people for number in p.accounts],
    }  # fmt: skip
    return {
        name: pa.table(
            [pa.array(column, field.type) for column, field in zip(zip(*rows[name], strict=True), schema, strict=True)]
            if rows[name]
            else [pa.array([], field.type) for field in schema],
            schema=schema,
        )
        for name, schema in TABLES.items()
    }


def brought(lines: Iterable[Line], history: History, taught: Taught | None) -> set[int]:
    """Whom the lines' accounts bring in, and what people said about such payers."""
    found = set[int]()
    for line in lines:
        past = history.get(text.compact(line.payer_iban), {})
        found.update(past if len(past) <= CROWD else ())
        owners = [taught.owner(key) for key in payer_keys(line.payer_iban, line.payer_name)] if taught else []
        found.update(owner[0] for owner in owners if owner)
    return found


def narrow_book(
    tables: Mapping[str, pa.Table], items: Iterable[Item], lines: Sequence[Line],
    history: History | None = None, taught: Taught | None = None, expected: Sequence[Expected] = (), rule: Rule = USUAL,
) -> tuple[Book, Reach]:  # fmt: skip
    """The book of whom `lines` could mean, with copies of their items, and how far the lines reached."""
    with duckdb.connect(":memory:") as db:
        found = reach(db, tables, lines, brought(lines, history or {}, taught), expected)
    reached = {person.customer_id for person in found.people}
    own = [replace(item) for item in items if item.customer_id in reached]
    assert {item.instalment_id: item.balance_cents for item in own} == found.balances
    return Book(own, found.people, history, taught, expected, rule, found.left), found
