# SPDX-License-Identifier: Apache-2.0
"""A second run of the day asks about those of whom something new is known, and about nobody else.

That nights in slices write the rows of a night in one, the first time and the second, is in tests/scenarios/test_crash.py.
"""

import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings

from ascolto.domain.strategy.extract import read_bucket
from ascolto.domain.strategy.remembered import Memory, Recalled, memory_of
from ascolto.engine.decide import decide_arrow, taught
from ascolto.engine.facts import SCHEMAS, Facts
from ascolto.engine.policy import Policy
from ascolto.policies.load import load_policy
from bench.worlds import lay_down, world
from tests.engine.worlds import worlds

FRIDAY = dt.date(2026, 11, 20)
POLICY = load_policy("utility")
FACTS = world(60, FRIDAY)
ANSWERS = decide_arrow(FACTS, POLICY, FRIDAY)
CHANGES = {
    "customers": ("vulnerable", lambda old: not old), "instalments": ("disputed_cents", lambda old: old + 1),
    "contacts": ("hour", lambda old: (old + 1) % 24), "promises": ("status", lambda old: old + "!"),
    "holds": ("reason", lambda old: old + "!"), "actions": ("planned_on", lambda old: None if old else FRIDAY),
    "payments": ("cents", lambda old: old - 1),
}  # fmt: skip
"""One thing of each table that may become another."""


class Home:
    """A client's folder of nights: each lays its facts down, and the answers that stand, and asks its memory."""

    def __init__(self, place: Path) -> None:
        self.place, self.nights = place, 0

    def night(
        self, facts: Facts, stands: pa.Table, policy: Policy = POLICY, as_of: dt.date = FRIDAY, buckets: int = 1
    ) -> tuple[Path, Memory]:
        self.nights += 1
        folder = self.place / str(self.nights)
        lay_down(facts, folder, buckets)
        for bucket in range(buckets):
            mine = stands.filter(pc.equal(pc.bit_wise_and(stands["customer_id"], buckets - 1), bucket))
            (folder / "current" / f"bucket={bucket}").mkdir(parents=True)
            told = pa.table(
                {
                    "current_customer": mine["customer_id"],
                    "decision_id": mine["customer_id"],
                    "print": mine["fingerprint"],
                }
            )
            pq.write_table(told, folder / "current" / f"bucket={bucket}" / "part.parquet")
        return folder, memory_of(folder, taught(policy), policy, as_of)

    def lived(self, facts: Facts = FACTS, answers: pa.Table = ANSWERS, but: tuple[int, ...] = ()) -> None:
        """A night that asked everybody, and wrote its answers."""
        folder, memory = self.night(facts, answers)
        memory.keep(0, memory.recall(folder, 0), answers, but)

    def again(self, facts: Facts = FACTS, answers: pa.Table = ANSWERS, **other: Any) -> Recalled:
        folder, memory = self.night(facts, answers, **other)
        return memory.recall(folder, 0)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "client=1")


def changed(facts: Facts, name: str, row: int) -> tuple[Facts, int]:
    """The facts with one thing of one row made another, and whose it is."""
    column, other = CHANGES[name]
    rows = getattr(facts, name).to_pylist()
    rows[row][column] = other(rows[row][column])
    return replace(facts, **{name: pa.Table.from_pylist(rows, schema=SCHEMAS[name].to_pyarrow())}), rows[row][
        "customer_id"
    ]


def test_the_first_night_asks_about_everybody(home: Home) -> None:
    found = home.again()
    assert (found.anew, found.same.num_rows) == (None, 0)
    assert sorted(found.prints["customer_id"].to_pylist()) == FACTS.customers["customer_id"].to_pylist()


def test_the_second_run_of_a_day_asks_about_nobody_and_knows_every_answer(home: Home) -> None:
    home.lived()
    found = home.again()
    assert found.anew == []
    told = found.same.sort_by("customer_id")
    for name in ("customer_id", "fingerprint", "answer", "rule"):
        assert told[name].to_pylist() == ANSWERS[name].to_pylist()


@pytest.mark.parametrize("name", sorted(CHANGES))
def test_whatever_is_new_of_a_customer_has_it_asked_about_and_nobody_else(home: Home, name: str) -> None:
    home.lived()
    for row in (0, -1):
        facts, whose = changed(FACTS, name, row)
        assert home.again(facts).anew == [whose]


@pytest.mark.parametrize("name", sorted(CHANGES))
def test_a_row_more_or_less_is_something_new(home: Home, name: str) -> None:
    home.lived()
    table = getattr(FACTS, name)
    less = replace(FACTS, **{name: table.slice(1)})
    gone = table["customer_id"][0].as_py()
    found = home.again(less)
    assert found.anew == ([] if name == "customers" else [gone])
    home.lived(less, ANSWERS)
    assert home.again().anew == [gone]


def test_the_order_in_which_rows_come_is_nothing_new(home: Home) -> None:
    home.lived()
    turned = Facts(**{name: table.take(list(range(table.num_rows))[::-1]) for name, table in FACTS.items()})
    assert home.again(turned).anew == []


def test_every_column_of_every_table_counts() -> None:
    assert sorted(CHANGES) == sorted(set(SCHEMAS) - {"client"})


@pytest.mark.parametrize("other", ["day", "policy", "bank"])
def test_another_day_policy_or_news_of_the_bank_asks_about_everybody(home: Home, other: str) -> None:
    home.lived()
    facts = (
        replace(FACTS, client=pa.table({"bank_fresh_on": pa.array([None], pa.date32())})) if other == "bank" else FACTS
    )
    said: dict[str, Any] = {
        "day": {"as_of": FRIDAY + dt.timedelta(days=1)},
        "policy": {"policy": load_policy("b2b_services")},
    }
    assert home.again(facts, **said.get(other, {})).anew is None


def test_an_answer_that_no_longer_stands_is_asked_for_again(home: Home) -> None:
    home.lived()
    prints = ANSWERS["fingerprint"].to_pylist()
    prints[7] = "decided by day"
    stands = ANSWERS.set_column(ANSWERS.column_names.index("fingerprint"), "fingerprint", pa.array(prints))
    assert home.again(answers=stands).anew == [ANSWERS["customer_id"][7].as_py()]
    assert home.again(answers=ANSWERS.slice(1)).anew == [ANSWERS["customer_id"][0].as_py()]


def test_who_could_not_be_written_to_is_asked_about_until_somebody_mends_it(home: Home) -> None:
    home.lived(but=(3, 9))
    found = home.again()
    assert sorted(found.anew or []) == [3, 9]


def test_a_run_that_asked_about_some_remembers_all(home: Home) -> None:
    home.lived()
    facts, whose = changed(FACTS, "instalments", 0)
    folder, memory = home.night(facts, ANSWERS)
    found = memory.recall(folder, 0)
    answers = decide_arrow(facts.only(found.anew or []), POLICY, FRIDAY)
    memory.keep(0, found, answers, ())
    stands = pa.concat_tables([ANSWERS.filter(pc.not_equal(ANSWERS["customer_id"], whose)), answers])
    assert home.again(facts, stands).anew == []


@pytest.mark.parametrize("left", [b"", b"PAR1 and no more"])
def test_what_cannot_be_read_is_not_remembered(home: Home, left: bytes) -> None:
    home.lived()
    (home.place / "remembered" / "0.parquet").write_bytes(left)
    assert home.again().anew is None


def test_what_another_version_left_is_not_remembered(home: Home) -> None:
    home.lived()
    file = home.place / "remembered" / "0.parquet"
    left = pq.read_table(file)
    pq.write_table(left.drop_columns(["rule"]), file)
    assert home.again().anew is None


def test_other_slices_remember_what_falls_to_them(home: Home) -> None:
    """Cut in two instead of one, half of each slice is where it was."""
    home.lived()
    folder, memory = home.night(FACTS, ANSWERS, buckets=2)
    assert memory.recall(folder, 0).anew == []
    assert memory.recall(folder, 1).anew is None


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(first=worlds(), second=worlds())
def test_what_is_remembered_is_what_deciding_would_give(
    first: tuple[Facts, dt.date], second: tuple[Facts, dt.date], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """From any world to any other, on the day of the second: who is not asked about would have got that answer."""
    home = Home(tmp_path_factory.mktemp("home"))
    facts, today = second
    before = replace(first[0], client=facts.client)
    folder, memory = home.night(before, decide_arrow(before, POLICY, today), as_of=today)
    memory.keep(0, memory.recall(folder, 0), decide_arrow(before, POLICY, today), ())
    folder, memory = home.night(facts, decide_arrow(before, POLICY, today), as_of=today)
    found = memory.recall(folder, 0)
    answers = {
        row["customer_id"]: row["fingerprint"]
        for row in decide_arrow(read_bucket_facts(folder), POLICY, today).to_pylist()
    }
    for row in found.same.to_pylist():
        assert answers[row["customer_id"]] == row["fingerprint"]


def read_bucket_facts(folder: Path) -> Facts:
    return read_bucket(folder, 0)[0]
