# SPDX-License-Identifier: Apache-2.0
"""Where a decision runs: one setting, the same fingerprints, and nobody on the phone waits for a cluster."""

import datetime as dt
import socket
from pathlib import Path
from typing import Any

import pytest

from ascolto.config import env
from ascolto.domain.access.models import Client
from ascolto.domain.portfolio.models import Customer
from ascolto.domain.records.errors import Refused
from ascolto.domain.strategy import engines
from ascolto.domain.strategy.decisions import decide_client
from ascolto.domain.strategy.models import Decision

FRIDAY = dt.date(2026, 11, 20)


@pytest.fixture
def nobody() -> str:
    """An address at which nothing listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"sc://127.0.0.1:{free.getsockname()[1]}"


def test_what_duckdb_decided_spark_leaves_as_it_is(
    acqua: Client, carla: Customer, sail: str, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert decide_client(client=acqua, as_of=FRIDAY, actor="ada").changed == 1
    monkeypatch.setattr(engines, "IN_PROCESS", 0)
    settings.ENGINE, settings.SPARK_FOLDER = sail, tmp_path
    again = decide_client(client=acqua, as_of=FRIDAY, actor="ada")
    assert (again.customers, again.changed) == (1, 0)
    assert Decision.objects.filter(customer=carla).count() == 1


def test_spark_decides_for_a_client_that_was_never_decided_before(
    acqua: Client, carla: Customer, sail: str, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "IN_PROCESS", 0)
    settings.ENGINE, settings.SPARK_FOLDER = sail, tmp_path
    assert decide_client(client=acqua, as_of=FRIDAY, actor="ada").changed == 1
    settings.ENGINE = "duckdb"
    assert decide_client(client=acqua, as_of=FRIDAY, actor="ada").changed == 0


def test_a_night_without_its_spark_is_refused_and_writes_nothing(
    acqua: Client, carla: Customer, nobody: str, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "IN_PROCESS", 0)
    settings.ENGINE, settings.SPARK_FOLDER = nobody, tmp_path
    with pytest.raises(Refused, match=nobody.removeprefix("sc://")) as refusal:
        decide_client(client=acqua, as_of=FRIDAY, actor="ada")
    assert refusal.value.code == "no_spark"
    assert not Decision.objects.exists()
    assert list(tmp_path.iterdir()) == []


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
