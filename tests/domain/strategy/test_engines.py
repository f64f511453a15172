# SPDX-License-Identifier: Apache-2.0
"""Where a large night decides: one setting, and nobody on the phone waits for a cluster.

That a whole night on Spark writes the rows of a night on DuckDB is in tests/scenarios/test_crash.py.
"""

import datetime as dt
import socket
from pathlib import Path
from typing import Any

import pytest

from ascolto.config import env
from ascolto.domain.access.models import Client
from ascolto.domain.portfolio.models import Customer
from ascolto.domain.records.errors import Refused
from ascolto.domain.strategy import engines, spark
from ascolto.domain.strategy.decisions import decide_client
from ascolto.domain.strategy.extract import read_bucket
from ascolto.engine.decide import decide_arrow
from ascolto.policies.load import load_policy
from bench.worlds import lay_down, world

FRIDAY = dt.date(2026, 11, 20)
POLICY = load_policy("utility")


@pytest.fixture
def nobody() -> str:
    """An address at which nothing listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"sc://127.0.0.1:{free.getsockname()[1]}"


def test_without_a_setting_nothing_is_decided_ahead_and_a_worker_decides(tmp_path: Path, settings: Any) -> None:
    settings.ENGINE = "duckdb"
    facts = world(30, FRIDAY)
    lay_down(facts, tmp_path / "night", buckets=1)
    engines.decide_ahead(tmp_path / "night", POLICY, FRIDAY, 1)
    assert not (tmp_path / "night" / spark.ANSWERS).exists()
    known, _current = read_bucket(tmp_path / "night", 0)
    assert engines.answers_of(tmp_path / "night", 0, known, POLICY, FRIDAY).equals(decide_arrow(facts, POLICY, FRIDAY))


def test_what_spark_left_is_what_a_worker_reads(tmp_path: Path, sail: str, settings: Any) -> None:
    settings.ENGINE = sail
    facts, folder = world(30, FRIDAY), tmp_path / "night"
    lay_down(facts, folder, buckets=1)
    engines.decide_ahead(folder, POLICY, FRIDAY, 1)
    settings.ENGINE = "duckdb"
    assert engines.answers_of(folder, 0, facts, POLICY, FRIDAY).equals(decide_arrow(facts, POLICY, FRIDAY))


def test_only_those_who_are_asked_about_are_answered_here_or_by_spark(tmp_path: Path, sail: str) -> None:
    facts, folder, only = world(30, FRIDAY), tmp_path / "night", [3, 17, 18]
    lay_down(facts, folder, buckets=1)
    here = engines.answers_of(folder, 0, facts, POLICY, FRIDAY, only)
    spark.decide_folder(sail, folder, POLICY, FRIDAY, 1)
    assert here["customer_id"].to_pylist() == only
    assert engines.answers_of(folder, 0, facts, POLICY, FRIDAY, only).equals(here)


def test_answers_for_other_customers_are_never_taken(tmp_path: Path, sail: str) -> None:
    folder = tmp_path / "night"
    lay_down(world(30, FRIDAY), folder, buckets=1)
    spark.decide_folder(sail, folder, POLICY, FRIDAY, 1)
    with pytest.raises(AssertionError, match="a stranger"):
        engines.answers_of(folder, 0, world(31, FRIDAY), POLICY, FRIDAY)


def test_a_night_without_its_spark_is_refused(tmp_path: Path, nobody: str, settings: Any) -> None:
    settings.ENGINE = nobody
    lay_down(world(3, FRIDAY), tmp_path / "night", buckets=1)
    with pytest.raises(Refused, match=nobody.removeprefix("sc://")) as refusal:
        engines.decide_ahead(tmp_path / "night", POLICY, FRIDAY, 1)
    assert refusal.value.code == "no_spark"


def test_one_customer_is_decided_in_the_process_whatever_the_setting(
    acqua: Client, carla: Customer, nobody: str, settings: Any
) -> None:
    settings.ENGINE = nobody
    assert decide_client(client=acqua, as_of=FRIDAY, actor="ada", customer_ids=[carla.pk]).changed == 1


@pytest.mark.parametrize(
    ("said", "meant"),
    [("", "duckdb"), ("duckdb", "duckdb"), ("spark://night.example:15002", "sc://night.example:15002"),
     ("spark://[::1]:15002", "sc://[::1]:15002"), ("spark://h:15002/;use_ssl=true;token=x", "sc://h:15002/;use_ssl=true;token=x")],
)  # fmt: skip
def test_the_setting_names_an_engine(said: str, meant: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASCOLTO_ENGINE", said)
    assert env.engine("ASCOLTO_ENGINE") == meant


@pytest.mark.parametrize(
    "said", ["spark", "spark://", "spark://host", "spark://host:0", "spark://host:70000", "sc://host:15002", "DuckDB",
             "spark://host:15002/path", "spark://user:secret@host:15002", "http://host:15002"],
)  # fmt: skip
def test_any_other_word_stops_the_start_and_says_what_was_expected(said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASCOLTO_ENGINE", said)
    with pytest.raises(SystemExit, match=r"ASCOLTO_ENGINE: expected duckdb or spark://host:port") as stopped:
        env.engine("ASCOLTO_ENGINE")
    assert "secret" not in str(stopped.value)
