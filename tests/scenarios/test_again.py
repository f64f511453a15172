# SPDX-License-Identifier: Apache-2.0
"""The same day again changes nothing, a rehearsal changes nothing, a payment changes its customer and nobody else."""

from pathlib import Path

import pytest

from ascolto import day as story
from ascolto.domain.access.models import Client
from ascolto.domain.access.viewer import Viewer
from ascolto.domain.ledger.models import Payment
from ascolto.domain.portfolio.models import Customer
from ascolto.domain.records import clock
from ascolto.domain.strategy.models import Decision, Run

from .dump import whole
from .life import Life, at, on
from .people import TODAY, settle_in


@pytest.fixture
def busy(acqua: Client, carla: Customer, as_ada: Viewer, tmp_path: Path) -> Life:
    """Acqua with a little of everything, on the evening before TODAY; tonight's statement is in."""
    return settle_in(acqua, carla, as_ada, tmp_path)


def test_the_second_run_of_a_day_changes_nothing(busy: Life) -> None:
    with clock.frozen(at(TODAY, 6)):
        first = story.live(client=busy.client, as_of=TODAY)
    assert first.decisions.changed > 5
    assert first.cash == {"settled": 1, "waiting": 2}
    before = whole()
    with clock.frozen(at(TODAY, 7)):
        second = story.live(client=busy.client, as_of=TODAY)
    assert (second.decisions.changed, second.decisions.withdrawn, second.cash["settled"]) == (0, 0, 0)
    assert sum(second.decisions.planned.values()) == 0
    after = whole()
    assert {name: rows for name, rows in after.items() if rows != before[name]} == {}


def test_sending_twice_sends_nothing_the_second_time(busy: Life) -> None:
    busy.live(TODAY, bank=False)
    before = whole()
    assert dict(busy.send(hour=11).counts) == {}
    assert whole() == before


def test_a_rehearsal_changes_nothing_at_all(busy: Life) -> None:
    before = whole()
    with clock.frozen(at(TODAY, 6)):
        report = story.live(client=busy.client, as_of=TODAY, dry_run=True)
    assert report.decisions.changed > 5
    assert report.cash["settled"] == 1
    assert whole() == before


def test_a_day_with_one_payment_writes_only_that_customer(busy: Life) -> None:
    busy.live(TODAY, bank=False)
    busy.live(TODAY, bank=False)  # what left this morning is known
    before = whole()
    busy.pays(200_00, "saldo fattura 2026/204", name="Cliente 4")
    busy.statement(on("2026-03-05"))
    with clock.frozen(at(TODAY, 15)):
        report = story.live(client=busy.client, as_of=TODAY)
    assert (report.cash["settled"], report.decisions.changed) == (1, 1)
    after = whole()
    assert {name for name, rows in after.items() if rows != before[name]} == {
        "BankStatement", "BankLine", "Payment", "Allocation", "MatchProposal", "Decision", "DailyFigures", "TrailEntry",
        "Gap",  # what its invoice lacked matters no longer
    }  # fmt: skip
    payer = Payment.objects.latest("pk").customer
    assert payer.number == "P4"
    for name in ("Decision", "Payment", "Gap"):
        known = {row["id"]: row for row in before[name]}
        assert {row["customer_id"] for row in after[name] if known.get(row["id"]) != row} == {payer.pk}, name


def test_a_quiet_day_adds_no_decision(busy: Life) -> None:
    busy.live(TODAY, bank=False)
    decided = Decision.objects.count()
    busy.live("2026-03-05")
    tomorrow = Decision.objects.filter(decided_on=on("2026-03-05")).count()
    assert Decision.objects.count() == decided + tomorrow
    assert tomorrow < decided / 2, "only those of whom something happened"
    assert Run.objects.filter(as_of=on("2026-03-05"), finished_at__isnull=False).count() == 1
