# SPDX-License-Identifier: Apache-2.0
"""Work done by a process of its own: what it finds comes back, its trouble is told, and who is given nothing goes home."""

import json
import subprocess

import pytest

from ascolto.domain.records.apart import ask, beside


def test_what_is_found_comes_back_and_we_do_something_meanwhile() -> None:
    done: list[str] = []
    assert ask(json.dumps, {"a": 1}, lambda: done.append("ours")) == '{"a": 1}'
    assert done == ["ours"]


def test_its_trouble_is_told(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(subprocess.CalledProcessError):
        ask(json.loads, "no such thing")
    assert "JSONDecodeError" in capfd.readouterr().err


def test_who_dies_before_the_job_is_told_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ascolto.domain.records.apart.START", "raise SystemExit(3)")
    with pytest.raises(subprocess.CalledProcessError), beside(json.dumps) as hand:
        hand("x" * 1_000_000)


def test_who_is_given_no_job_goes_home() -> None:
    with beside(json.dumps):
        pass  # the end of the block waits for them
