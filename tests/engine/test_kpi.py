# SPDX-License-Identifier: Apache-2.0
"""Figures against the agreed vectors (tests/engine/data/kpi_vectors.json), and what they refuse to say."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ascolto.engine import kpi

VECTORS: dict[str, list[dict[str, Any]]] = json.loads((Path(__file__).parent / "data" / "kpi_vectors.json").read_text())
# Satisfaction, fees and experiments belong to later rooms.
LATER = {"netback", "nps", "csat", "ces_1to5_top2", "agency_score", "fee_bonus", "ab_test"}


def two(value: float) -> Decimal:
    return Decimal(str(value)).quantize(Decimal("0.01"))


FIGURES = {
    "dso_simple": lambda v: kpi.dso_simple(v["ar"], v["sales"], v["days"]) == two(v["expect"]),
    "dso_countback": lambda v: kpi.dso_countback(v["ar"], v["months"]) == two(v["expect"]),
    "best_possible_dso": lambda v: kpi.best_possible_dso(v["current"], v["sales"], v["days"]) == two(v["expect"]),
    "add": lambda v: kpi.average_days_delinquent(v["ar"], v["current"], v["sales"], v["days"]) == two(v["expect"]),
    "days_late": lambda v: kpi.days_late(v["rows"]) == (two(v["plain"]), two(v["weighted"])),
    "cei": lambda v: (
        kpi.collection_effectiveness(v["open"], v["sales"], v["close"], v["close_current"]) == two(v["expect"])
    ),
    "rate": lambda v: kpi.percent(v["n"], v["d"]) == two(v["expect"]),
    "promise": lambda v: (
        kpi.promise_outcome(v["promised"], v["paid"], v["days_after"], round(v["tol"] * 1000), v["grace"])
        == v["expect"]
    ),
    "roll_chain": lambda v: kpi.roll_chain(v["steps"]) == Decimal(str(v["expect_pct"])),
    "vintage": lambda v: kpi.recovery_curve(v["placed"], v["collected"]) == tuple(two(x) for x in v["expect_pct"]),
    "ecl": lambda v: kpi.expected_credit_loss(v["balances"], v["reached"], v["never_paid"]) == two(v["expect"]),
}


def test_every_vector_is_used_or_said_to_be_later() -> None:
    assert set(VECTORS) == set(FIGURES) | LATER


@pytest.mark.parametrize(("name", "vector"), [(n, v) for n in FIGURES for v in VECTORS[n]])
def test_vectors(name: str, vector: dict[str, Any]) -> None:
    assert FIGURES[name](vector)


def test_a_figure_without_a_base_says_nothing_rather_than_zero() -> None:
    assert kpi.dso_simple(100, 0, 30) is None
    assert kpi.dso_countback(500, [(100, 30), (100, 31)]) is None
    assert kpi.percent(0, 0) is None
    assert kpi.days_late([]) == (None, None)


def test_rounding_is_half_up_and_happens_once() -> None:
    assert kpi.ratio(1, 200) == Decimal("0.01")  # 0.005
    assert kpi.ratio(2, 3) == Decimal("0.67")


def test_countback_that_ends_with_a_month_counts_its_days_whole() -> None:
    assert kpi.dso_countback(1800, [(1000, 30), (800, 31), (500, 30)]) == Decimal("61.00")


def test_every_figure_on_a_screen_carries_its_definition() -> None:
    assert all(len(figure.text) > 30 and figure.unit in ("days", "%") for figure in kpi.DEFINITIONS)
