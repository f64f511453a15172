# SPDX-License-Identifier: Apache-2.0
"""The made-up portfolio: the same for every target, true to the ledger's rules, and understood by the engine."""

import datetime as dt
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest
from django.db import connection, models, transaction
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum import iban
from stdnum.it import codicefiscale, iva

from ascolto.demo import identifiers
from ascolto.domain.access.models import Client
from ascolto.domain.ledger.cash import apply_cash
from ascolto.domain.ledger.check import differences, verdicts
from ascolto.domain.portfolio.models import Customer
from ascolto.domain.strategy.policy import policy_for
from ascolto.domain.strategy.snapshot import take_snapshot
from ascolto.engine.decide import decide_arrow
from bench.world import codes, targets
from bench.world.build import build
from bench.world.churn import churn
from bench.world.shape import Spec

FRIDAY = dt.date(2026, 11, 20)
SMALL = Spec(customers=2000, as_of=FRIDAY, seed=7, clients=2)


PARSED_ANEW = re.compile(r"::[a-z ]+(\[\])?|[()]")
"""PostgreSQL says casts in another way once it has read its own words: they mean the same."""


def structure() -> set[tuple[str, ...]]:
    """Every index, trigger and constraint that stands in the database, as it tells them."""
    asked = {
        "sqlite": ["SELECT type, name, COALESCE(sql, '') FROM sqlite_master WHERE name NOT LIKE 'sqlite_stat%'"],
        "postgresql": [
            "SELECT 'index', indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
            "SELECT 'trigger', tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal",
            "SELECT 'constraint', conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE contype IN ('p', 'u', 'f', 'c')",
        ],
    }[connection.vendor]
    told: set[tuple[str, ...]] = set()
    with connection.cursor() as cursor:
        for query in asked:
            cursor.execute(query)
            told |= {(kind, name, PARSED_ANEW.sub("", text)) for kind, name, text in cursor.fetchall()}
    return told


def test_a_database_that_holds_a_client_is_left_alone(acqua: Client) -> None:
    with pytest.raises(SystemExit, match="not empty"):
        list(targets.to_database(connection, build(SMALL)))
    assert list(Client.objects.all()) == [acqua]


@pytest.fixture(scope="module")
def loaded(django_db_setup: None, django_db_blocker: Any) -> Iterator[tuple[set[Any], set[Any]]]:
    """The small world in the test database, for all tests of this module; what stood there before and after the load."""
    with django_db_blocker.unblock(), transaction.atomic():
        before = structure()
        for _ in targets.to_database(connection, build(SMALL)):
            pass
        yield before, structure()
        transaction.set_rollback(True)


def rows_of(model: type[models.Model]) -> list[tuple[Any, ...]]:
    names = [field.column for field in model._meta.concrete_fields]
    return list(model._base_manager.order_by("pk").values_list(*names))


def stored(folder: Path, model: type[models.Model]) -> list[tuple[Any, ...]]:
    table = pyarrow.parquet.read_table(folder / model._meta.db_table)
    as_json = {field.column for field in model._meta.concrete_fields if isinstance(field, models.JSONField)}
    told = [[json.loads(text) for text in column.to_pylist()] if name in as_json else column.to_pylist()
            for name, column in zip(table.column_names, table.columns, strict=True)]  # fmt: skip
    return sorted(zip(*told, strict=True), key=lambda row: row[0])


def test_parquet_and_the_database_hold_equal_rows(loaded: Any, tmp_path: Path) -> None:
    made = {part.model for part in targets.to_parquet(tmp_path, build(SMALL))}
    assert len(made) == 27
    for model in sorted(made, key=lambda model: model.__name__):
        assert rows_of(model) == stored(tmp_path, model), model.__name__


def test_the_same_seed_makes_the_same_rows_and_another_seed_others() -> None:
    def sums(seed: int) -> list[str]:
        return [f"{part.table} {part.arrow().to_pydict()}" for part in build(Spec(60, seed=seed))]

    assert sums(1) == sums(1)
    assert sums(1) != sums(2)


def test_guards_indexes_and_constraints_stand_again_after_the_load(loaded: tuple[set[Any], set[Any]]) -> None:
    before, after = loaded
    assert before == after
    assert any("append-only" in " ".join(one) or "no_change" in one[1] for one in after)


def test_every_invariant_of_the_ledger_holds_and_the_statements_tie(loaded: Any) -> None:
    assert [found for _, found in verdicts([1, 2]) if found] == []
    assert differences([1, 2]) == []
    connection.check_constraints()


def test_an_ordinary_night_finds_something_to_do_for_a_few_customers(loaded: Any) -> None:
    client = Client.objects.get(pk=1)
    answers = decide_arrow(take_snapshot(client_id=1, as_of=FRIDAY), policy_for(client, FRIDAY), FRIDAY)
    told = answers.to_pandas()
    assert len(told) == 1000
    assert 0.02 < (told.answer == "act").mean() < 0.08
    steps = set(told[told.answer == "act"].step)
    assert {"reminder_1", "call", "thanks_on_time", "before_due"} <= steps
    # The engine knows the steps that were done: later ones wait for them.
    assert set(told[told.step == "call"].after_step) == {"reminder_1"}


def test_the_shape_is_as_it_was_asked_for(loaded: Any) -> None:
    items = take_snapshot(client_id=1, as_of=FRIDAY).instalments.to_pandas()
    open_ = items[items.balance_cents > 0]
    assert 2.5 < len(open_) / 1000 < 3.5
    assert 8.5 < (len(items) - len(open_)) / 1000 < 11.5
    assert 0.25 < (open_.due_on < FRIDAY).mean() < 0.45
    assert (open_.balance_cents < open_.amount_cents).any()


def test_the_next_day_brings_lines_that_find_their_invoices(loaded: Any) -> None:
    with transaction.atomic():
        on, counts = churn(0.05, 1, 1, FRIDAY)
        assert on == dt.date(2026, 11, 23)
        assert min(counts.values()) > 0
        found = apply_cash(client=Client.objects.get(pk=1), actor="system:day", as_of=on)
        assert found.settled > 0.8 * counts["bank lines"] / 2
        assert [broken for _, broken in verdicts([1, 2]) if broken] == []
        with pytest.raises(SystemExit, match="choose a later"):
            churn(0.05, 1, 1, FRIDAY)
        transaction.set_rollback(True)


def test_codes_of_customers_pass_the_checks_of_the_law(loaded: Any) -> None:
    people = Customer.objects.filter(kind="consumer").values_list("tax_code", flat=True)[:300]
    firms = Customer.objects.filter(kind="business").values_list("vat", flat=True)[:300]
    assert all(codicefiscale.is_valid(code) for code in people)
    assert all(iva.is_valid(code) for code in firms)


@given(st.lists(st.tuples(st.integers(1, 9_999_999), st.integers(0, 99_999)), min_size=1, max_size=5))
@settings(max_examples=50)
def test_codes_by_column_are_those_made_one_by_one(pairs: list[tuple[int, int]]) -> None:
    serials, branches = (np.array(column) for column in zip(*pairs, strict=True))
    told = [bytes(row).decode() for row in codes.vat(serials, 36)]
    assert told == [identifiers.vat_number(n, 36) for n, _ in pairs]
    accounts = codes.ibans(np.full(len(pairs), 9981), branches, serials).to_pylist()
    assert accounts == [identifiers.iban("09981", f"{branch:05d}", n) for n, branch in pairs]
    assert all(iban.is_valid(account) for account in accounts)
    references = [bytes(row).decode() for row in codes.creditor_references(serials, 11)]
    assert references == [identifiers.creditor_reference(f"{n:011d}") for n, _ in pairs]


@given(
    st.sampled_from([("Rossi", "Mario"), ("Fo", "Ada"), ("D'Angelo", "Gianfranco")]),
    st.dates(dt.date(1930, 1, 1), dt.date(2008, 1, 1)),
    st.booleans(),
)
@settings(max_examples=50)
def test_tax_codes_by_column_are_those_made_one_by_one(name: tuple[str, str], born: dt.date, woman: bool) -> None:
    stem = identifiers.tax_code(*name, born, woman, "F257")[:6]
    letters = np.array([list(stem.encode())], np.uint8), np.array([list(b"F257")], np.uint8)
    made = codes.tax_codes(letters[0], np.array([born], "datetime64[D]"), np.array([woman]), letters[1])
    assert made == pa.array([identifiers.tax_code(*name, born, woman, "F257")])
