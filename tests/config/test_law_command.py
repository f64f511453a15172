# SPDX-License-Identifier: Apache-2.0
"""`ascolto law`: the calculators as commands, their JSON, their refusals; one of them as a process without a home."""

import datetime as dt
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.utils import translation

from ascolto.config.main import main
from ascolto.domain.ledger.law_words import ending_soon

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASCOLTO_LANGUAGE", "en")


def law(capsys: pytest.CaptureFixture[str], words: str, expected: int = 0) -> dict[str, Any]:
    assert main(["law", *words.split(), "--json"]) == expected
    answer: dict[str, Any] = json.loads(capsys.readouterr().out)
    return answer


def test_interest(capsys: pytest.CaptureFixture[str]) -> None:
    found = law(capsys, "interest --regime dlgs231 --capital-cents 122000 --due 2026-06-29 --to 2026-07-01")
    assert (found["interest_cents"], found["fixed_sum_cents"], found["days"], found["provisional"]) == (
        69,
        4000,
        2,
        False,
    )
    first, second = found["periods"]
    assert (first["from"], first["rate_pct"], second["reference_rate_pct"], second["margin_pct"]) == (
        "2026-06-30", "10.15", "2.40", "8.00"
    )  # fmt: skip
    assert second["interest_cents_unrounded"] == "34.7616438356"
    assert second["row"]["confidence"] == "SRC2"
    fixed = law(capsys, "interest --regime fixed --rate 8.05 --capital-cents 820000 --due 2026-01-01 --to 2026-01-23")
    assert (fixed["interest_cents"], fixed["fixed_sum_cents"]) == (3979, 0)


def test_interest_with_payments(capsys: pytest.CaptureFixture[str]) -> None:
    words = "interest --regime legal --capital-cents 1000000 --due 2023-01-01 --to 2024-01-01"
    found = law(capsys, f"{words} --payment 2023-07-01:500000")
    assert (found["due_cents"], found["capital_left_cents"], found["interest_left_cents"]) == (537986, 524795, 13192)
    assert found["payments"][0]["interest_cents"] == 24795


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("interest --regime legal --capital-cents 1 --due 2026-06-30 --to 2027-01-01", "past_table"),
        ("interest --regime legal --capital-cents 1 --due 2026-06-30 --to 2026-06-01", "ends_before_due"),
        ("contact --channel phone --customer consumer --at 2031-03-03T10:00", "past_table"),
        ("limitation --kind 5y --from 2021-01-01 --act pigeon:2022-01-01", "unknown_act"),
    ],
)
def test_where_there_is_no_answer_it_says_so_and_ends_with_one(
    capsys: pytest.CaptureFixture[str], words: str, code: str
) -> None:
    found = law(capsys, words, expected=1)
    assert found["error"] == code
    assert found["message"]


@pytest.mark.parametrize(
    "words",
    [
        "interest --regime legal --capital-cents -5 --due 2026-06-30 --to 2026-07-01",
        "interest --regime legal --capital-cents 1 --due 30/06/2026 --to 2026-07-01",
        "interest --regime legal --rate 3 --capital-cents 1 --due 2026-06-30 --to 2026-07-01",
        "interest --regime fixed --capital-cents 1 --due 2026-06-30 --to 2026-07-01",
        "interest --regime legal --agri-food --capital-cents 1 --due 2026-06-30 --to 2026-07-01",
        "interest --regime fixed --rate 1.005 --capital-cents 1 --due 2026-06-30 --to 2026-07-01",
        "limitation --kind never --from 2026-01-01",
        "contact --channel phone --customer consumer --at noon",
        "",
    ],
)
def test_misuse_ends_with_two(words: str) -> None:
    with pytest.raises(SystemExit) as ending:
        main(["law", *words.split()])
    assert ending.value.code == 2


def test_limitation_and_its_acts(capsys: pytest.CaptureFixture[str]) -> None:
    plain = law(capsys, "limitation --kind ordinary_10y --from 2016-10-04")
    assert (plain["last_day"], plain["years"], plain["row"]["id"]) == ("2026-10-05", 10, "S01")
    acts = "--act pec_notice:2020-01-01 --act pec_notice:2021-01-01:2021-01-04"
    found = law(capsys, f"limitation --kind 5y --from 2016-10-04 {acts}")
    assert [act["effect"] for act in found["acts"]] == ["not_received", "interrupted"]
    assert found["last_day"] == "2026-01-05"
    bill = law(
        capsys,
        "limitation --kind utility_2y --from 2026-01-01 --sector gas --bill-issued 2026-11-02 --line 2023-01-01:2023-01-31:5000",
    )
    assert bill["bill"]["prescribed_cents"] == 5000
    assert "P-BILLTERM" in bill["bill"]["warnings"][0]["message"]


def test_due_date(capsys: pytest.CaptureFixture[str]) -> None:
    found = law(capsys, "due-date --trigger 2026-10-02 --days 30")
    assert (found["raw_due"], found["due_moved"], found["interest_from"]) == ("2026-11-01", "2026-11-02", "2026-11-03")
    assert found["warnings"][0]["code"] == "from_memory"
    assert law(capsys, "due-date --trigger 2026-10-02 --days 30 --move-holidays no")["interest_from"] == "2026-11-02"


@pytest.mark.parametrize(
    ("at", "today", "week", "rule", "reason"),
    [
        ("2026-11-14T14:59", 0, 0, None, None),
        ("2026-11-14T15:00", 0, 0, "K02", "hours"),
        ("2026-11-16T21:00", 0, 0, "K01", "hours"),
        ("2026-11-15T10:00", 0, 0, "K03", "holiday"),
        ("2026-12-26T10:00", 0, 0, "K03", "holiday"),
        ("2026-11-17T10:00", 1, 1, "K04", "day cap"),
        ("2026-11-17T10:00", 0, 3, "K05", "week cap"),
    ],
)
def test_contact(
    capsys: pytest.CaptureFixture[str], at: str, today: int, week: int, rule: str | None, reason: str | None
) -> None:
    counts = f"--conversations-today {today} --conversations-this-week {week}"
    found = law(capsys, f"contact --channel phone --customer consumer --at {at} {counts}")
    assert (found["allowed"], found["rule"], found["reason"]) == (rule is None, rule, reason)


def test_a_letter_has_no_hours_but_has_its_rules(capsys: pytest.CaptureFixture[str]) -> None:
    found = law(capsys, "contact --channel letter --customer consumer --at 2026-11-15T23:00")
    assert found["allowed"]
    assert {"K10", "K11", "K13"} <= {note["id"] for note in found["notes"]}


def test_it_needs_no_database_and_speaks_italian_to_italians(tmp_path: Path) -> None:
    """A process of its own, whose home may not even be made."""
    home = tmp_path / "missing" / "home"
    words = [
        "law",
        "interest",
        "--regime",
        "legal",
        "--capital-cents",
        "1",
        "--due",
        "2026-06-30",
        "--to",
        "2027-01-01",
    ]
    done = subprocess.run(
        [sys.executable, "-m", "ascolto.config.main", *words], cwd=ROOT, capture_output=True, text=True, check=False,
        env={**os.environ, "ASCOLTO_HOME": str(home), "ASCOLTO_LANGUAGE": "it", "PYTHONPATH": str(ROOT),
             "DATABASE_URL": ""},
    )  # fmt: skip
    assert done.returncode == 1
    assert "La tabella «tassi legali» finisce il 31/12/2026" in done.stderr
    assert not home.parent.exists()


def test_procedure(capsys: pytest.CaptureFixture[str]) -> None:
    words = "procedure --sector electricity_LV --notice-received 2026-10-05 --contract-kw 3 --available-kw 3.3"
    found = law(capsys, words)
    assert (found["final_term"], found["working_days_end"], found["first_safe_day"], found["reduced_power_kw"]) == (
        "2026-10-30", "2026-11-04", "2026-11-05", "0.495"
    )  # fmt: skip
    assert found["disconnectable"]
    protected = law(capsys, f"{words} --life-support")
    assert (protected["suspension_from"], protected["blocked_by"][0]["id"]) == (None, "N01")
    water = law(capsys, "procedure --sector water --due 2026-09-30 --notice-received 2026-10-14 --resident")
    assert (water["notice_from"], water["final_term"], water["limitation_from"]) == (
        "2026-10-26", "2026-11-23", "2026-11-24"
    )  # fmt: skip
    early = law(capsys, f"{words} --final-term 2026-10-10", expected=1)
    assert early["error"] == "term_too_early"


def test_complaint_and_usury(capsys: pytest.CaptureFixture[str]) -> None:
    found = law(capsys, "complaint --received 2026-03-02 --answered 2026-05-02")
    assert (found["indemnity_cents"], found["answer_by"], found["row"]["id"]) == (6000, "2026-04-01", "I07")
    over = law(capsys, "usury --tegm 16.21 --rate 24.22")
    assert (over["threshold_pct"], over["over"], over["warnings"][0]["code"]) == ("24.2100", True, "over_threshold")
    known = law(capsys, "usury --quarter 2026-Q3 --category mutuo_tasso_fisso --rate 9.26")
    assert (known["threshold_pct"], known["over"]) == ("9.2625", False)


def test_the_check_of_the_data_warns_of_tables_that_run_out() -> None:
    with translation.override("en"):
        assert ending_soon(dt.date(2026, 10, 31)) == []
        soon = ending_soon(dt.date(2026, 11, 20))
        gone = ending_soon(dt.date(2027, 1, 1))
    assert [words[:45] for words in soon] == [
        "The table “late-payment reference rates” ends",
        "The table “legal interest rates” ends on 2026",
    ]
    assert all(" ended on 2026-12-31" in words for words in gone)


def test_a_time_that_says_its_offset_is_brought_to_rome(capsys: pytest.CaptureFixture[str]) -> None:
    late = law(capsys, "contact --channel phone --customer consumer --at 2026-11-16T20:30+00:00")
    assert (late["at"], late["allowed"], late["reason"]) == ("2026-11-16T21:30", False, "hours")
    summer = law(capsys, "contact --channel phone --customer consumer --at 2026-07-16T18:59Z")
    assert (summer["at"], summer["allowed"]) == ("2026-07-16T20:59", True)


def test_the_patron_s_day_of_a_place_is_a_switch(capsys: pytest.CaptureFixture[str]) -> None:
    asked = "contact --channel phone --customer consumer --at 2026-12-07T10:00"
    assert law(capsys, asked)["allowed"] is True
    told = law(capsys, f"{asked} --patron-day 12-07")  # Sant'Ambrogio; the 8th is a holiday everywhere
    assert (told["allowed"], told["reason"], told["until"]) == (False, "holiday", "2026-12-09T08:30")


@pytest.mark.parametrize(
    "words",
    [
        "limitation --kind ordinary_10y --from 9995-01-01",
        "due-date --trigger 2026-01-01 --days 999999999",
        "due-date --trigger 9999-12-31 --days 1",
        "complaint --received 9999-12-31",
    ],
)
def test_no_calendar_reaches_that_far(capsys: pytest.CaptureFixture[str], words: str) -> None:
    assert law(capsys, words, expected=1)["error"] == "beyond_calendar"


@pytest.mark.parametrize("wrong", ["--at 2026-11-16", "--at noon", "--at 2026-11-16T10:00 --patron-day 13-40"])
def test_a_time_without_its_hour_and_a_day_that_is_none_are_misuse(
    capsys: pytest.CaptureFixture[str], wrong: str
) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["law", "contact", "--channel", "phone", "--customer", "consumer", *wrong.split()])
    assert stop.value.code == 2
    assert "expected" in capsys.readouterr().err
