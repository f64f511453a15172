# SPDX-License-Identifier: Apache-2.0
"""The `ascolto` command as the shell runs it: a process of its own, an empty home, exit codes, pipes, Ctrl-C."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.domain.intake.deliveries import camt, invoice

ROOT = Path(__file__).resolve().parents[2]
COMMAND = (sys.executable, "-m", "ascolto.config.main")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


def environment(home: Path, **more: str) -> dict[str, str]:
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in ("DATABASE_URL", "ASCOLTO_LANGUAGE", "LC_ALL", "LANG")
    }
    # PostgreSQL at an address where nobody is: a dry run must not even knock.
    return kept | {
        "ASCOLTO_HOME": str(home),
        "PYTHONPATH": str(ROOT),
        "DATABASE_URL": "postgres://nobody@127.0.0.1:1/none",
        **more,
    }


def run(home: Path, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *words], env=environment(home, **more), cwd=home, capture_output=True, text=True, check=False
    )


def put(home: Path, name: str, data: bytes) -> str:
    path = home.parent / name
    path.write_bytes(data)
    return str(path)


def test_a_dry_run_needs_nothing_and_leaves_nothing(home: Path) -> None:
    files = put(home, "a.xml", invoice()), put(home, "b.xml", camt(("2026-11-18", "122.00", "x")))
    done = run(home, "import", *files, "--dry-run", "--json")
    assert done.returncode == 0, done.stderr
    read = [json.loads(line) for line in done.stdout.splitlines()]
    lines = [line for line in read if "kind" in line]
    assert [line["kind"] for line in lines] == ["invoice", "statement"]
    assert {line["severity"] for line in read if line not in lines} <= {"warning"}
    assert (lines[0]["total_cents"], lines[0]["instalments"][0]["due"]) == (12200, "2026-10-31")
    assert (lines[1]["entries"], lines[1]["credits_cents"]) == (1, 12200)
    assert list(home.iterdir()) == [], "neither a database nor a key"


def test_what_is_refused_is_1_in_the_language_of_the_shell(home: Path) -> None:
    bad = put(home, "bad.xml", b"<nothing/>")
    said = {}
    for language, more in (("it", {}), ("en", {"LANG": "en_US.UTF-8"})):
        done = run(home, "import", bad, "--dry-run", "--json", **more)
        assert done.returncode == 1
        (said[language],) = [json.loads(line)["problem"] for line in done.stdout.splitlines()]
    assert said["it"] != said["en"]
    assert list(home.iterdir()) == []


def test_a_dry_run_for_a_person(home: Path) -> None:
    files = put(home, "a.xml", invoice(total="1122.00")), put(home, "bad.xml", b"<nothing/>")
    done = run(home, "import", *files, "--dry-run")
    assert done.returncode == 1
    assert "TD01 n. 2026/1 del 01/10/2026 a Carla Bianchi: 1.122,00\u00a0€ (1.122,00\u00a0€ 31/10/2026)" in done.stdout
    assert "Errore" in done.stdout
    assert done.stdout.splitlines()[-1] == ("Non è stato scritto nulla. Letti: 2 file, 1 fattura, 1 errore, 2 avvisi.")


def test_misuse_is_2_without_a_trace(home: Path) -> None:
    for words in (("import", "--dry-run"), ("import", "a.xml", "--dry-run", "--profile", "none")):
        done = run(home, *words)
        assert done.returncode == 2, done.stderr
        assert "Traceback" not in done.stderr


def test_a_reader_that_leaves_early_is_no_error(home: Path) -> None:
    files = [put(home, f"{n}.xml", invoice(number=f"2026/{n}")) for n in range(60)]
    command = f'{" ".join(COMMAND)} import {" ".join(files)} --dry-run --json | head -c 10; exit "${{PIPESTATUS[0]}}"'
    done = subprocess.run(
        ["bash", "-c", command], env=environment(home), cwd=home, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_ctrl_c_is_130_and_quiet(home: Path) -> None:
    files = [put(home, "a.xml", invoice())] * 3000
    child: Any = subprocess.Popen(
        [*COMMAND, "import", *files, "--dry-run", "--json"], env=environment(home, PYTHONUNBUFFERED="1"), cwd=home,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    child.stdout.readline()  # it is at work, with thousands before it
    child.send_signal(signal.SIGINT)
    _, said = child.communicate(timeout=60)
    assert child.returncode == 130
    assert said == ""
