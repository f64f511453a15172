# SPDX-License-Identifier: Apache-2.0
"""`ascolto preview`, and what `ascolto day` says while other days are lived."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ascolto import day as story
from ascolto.domain.access.models import Client
from ascolto.domain.mandates.models import Mandate
from ascolto.domain.portfolio.models import Customer
from ascolto.domain.records import clock
from ascolto.domain.records.errors import Refused
from ascolto.domain.strategy.models import Decision, Night, Preview
from ascolto.policies import load
from tests.config.test_commands import in_italian, misused, run
from tests.domain.test_previews import HASTY, owes
from tests.scenarios.dump import whole

__all__ = ["in_italian", "owes"]


@pytest.fixture
def hasty(tmp_path: Path) -> str:
    file = tmp_path / "fretta.toml"
    file.write_text(HASTY, encoding="utf-8")
    return str(file)


def preview(capsys: Any, *words: str) -> tuple[int, str, str]:
    return run(capsys, "preview", "--client", "acqua", *words)


def test_who_would_get_what_is_told_and_nothing_is_kept(
    owes: Customer, hasty: str, capsys: Any, tmp_path: Path
) -> None:
    before, file = whole(), tmp_path / "chi.csv"
    code, out, _ = preview(capsys, "--draft", hasty, "--as-of", "2026-11-23", "--csv", str(file))
    assert code == 0
    for words in ("acqua, 2026-11-23", "Con la bozza: E-mail +1", "Primo promemoria · E-mail: 0 → 1 (+1)", "300,00"):
        assert words in out
    head, line = file.read_bytes().decode("utf-8-sig").splitlines()
    assert head == "In vigore;Bozza;Clienti;Si può chiedere"
    assert line.endswith(";1;300,00")
    assert whole() == before


def test_the_day_is_tomorrow_unless_it_is_said(owes: Customer, capsys: Any) -> None:
    code, out, _ = preview(capsys, "--strategy", "utility")
    assert (code, "acqua, 2026-11-21" in out, "non cambia nulla" in out) == (0, True, True)


def test_the_same_as_json(owes: Customer, hasty: str, capsys: Any) -> None:
    code, out, _ = preview(capsys, "--draft", hasty, "--as-of", "2026-11-23", "--json")
    found = json.loads(out)
    assert (code, found["client"], found["customers"], found["changed"]) == (0, "acqua", 1, 1)
    assert found["in_force"] == load.load_policy("utility").sha != found["draft"]
    assert sum(count for *_move, count, _cents in found["moves"]) == 1


def test_a_wrong_draft_is_told_with_file_line_and_key(acqua: Client, hasty: str, capsys: Any) -> None:
    Path(hasty).write_text(HASTY.replace("fresh_days = 2", "fresh_days = true"), encoding="utf-8")
    code, out, err = preview(capsys, "--draft", hasty)
    assert (code, out) == (2, "")
    for words in ("fretta.toml, riga ", "limits.fresh_days", "Atteso: un numero intero"):
        assert words in err


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda path: None, "non si può leggere"),
        (lambda path: path.write_bytes(b"\xff\xfe\x00"), "UTF-8"),
        (lambda path: path.write_text("ecco", encoding="utf-8"), "TOML"),
    ],
)
def test_a_file_that_is_no_draft_is_misuse(
    acqua: Client, capsys: Any, tmp_path: Path, make: Callable[[Path], Any], said: str
) -> None:
    make(tmp_path / "x.toml")
    code, _, err = preview(capsys, "--draft", str(tmp_path / "x.toml"))
    assert (code, said in err) == (2, True), err


def test_what_is_mistyped_is_said(acqua: Client, hasty: str, capsys: Any, tmp_path: Path) -> None:
    assert "b2b_services, public_housing, utility" in preview(capsys, "--strategy", "mining")[2]
    assert run(capsys, "preview", "--client", "aqua", "--strategy", "utility")[0] == 2
    assert "--strategy" in misused(capsys, "preview", "--client", "acqua")
    assert "--strategy" in misused(capsys, "preview", "--client", "acqua", "--draft", hasty, "--strategy", "utility")
    code, _, err = preview(capsys, "--strategy", "utility", "--csv", str(tmp_path))
    assert (code, "non si può scrivere" in err) == (1, True)


def test_rules_in_force_that_cannot_be_read_are_an_error(
    acqua: Client, altrove: Client, hasty: str, capsys: Any
) -> None:
    Mandate.objects.create(client=acqua, starts_on=clock.today(), signed_on=clock.today(), charter={"max_tones": 3})
    code, _, err = preview(capsys, "--draft", hasty)
    assert code != 0
    assert "max_tones" in err
    code, _, err = preview(capsys, "--strategy", "utility", "--as-of", "2061-03-01")
    assert code != 0
    assert not Preview.objects.exists()


# --- ascolto day ---


@pytest.fixture
def at_work(acqua: Client, carla: Customer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another run lives Acqua's day."""
    lived = story.live

    def live(*, client: Client, **said: Any) -> Any:
        if client == acqua:
            raise Refused("night_at_work", "acqua: another run is living 2026-11-20")
        return lived(client=client, **said)

    monkeypatch.setattr(story, "live", live)


def test_a_day_that_another_run_lives_is_said_and_the_others_are_lived(
    at_work: None, altrove: Client, capsys: Any
) -> None:
    Customer.objects.create(client=altrove, number="1", name="Zoe", search_name="zoe")
    code, out, err = run(capsys, "day")
    assert code == 1
    assert "acqua: another run" in err
    assert "altrove, 2026-11-20" in out
    assert list(Decision.objects.values_list("client__slug", flat=True)) == ["altrove"]


def test_two_runs_at_once_are_refused_in_words(acqua: Client, carla: Customer, capsys: Any) -> None:
    import os

    from ascolto.domain.strategy import nights

    wall = clock.wall()
    Night.objects.create(
        client=acqua, as_of=clock.today(), lived_by=nights.signature(os.getppid()), lease_until=wall + nights.LEASE,
        started_at=wall,
    )  # fmt: skip
    code, _, err = run(capsys, "day")
    assert (code, "sta vivendo il 2026-11-20" in err) == (1, True), err
    assert not Decision.objects.exists()


def test_the_number_of_workers_is_handed_on(acqua: Client, capsys: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: dict[str, Any] = {}

    def live(**said: Any) -> Any:
        seen.update(said)
        said["tell"](3, 10)
        raise Refused("x", "enough")

    monkeypatch.setattr(story, "live", live)
    run(capsys, "day", "--workers", "3")
    assert seen["workers"] == 3
    assert "0" in misused(capsys, "day", "--workers", "0")
    assert "due" in misused(capsys, "day", "--workers", "due")
