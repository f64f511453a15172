# SPDX-License-Identifier: Apache-2.0
"""Hardship paths: begun by a person with what was said, a pause, a softer cadence, a review, an outcome."""

import datetime as dt
from typing import Any

import pytest
from django.http import Http404

from ascolto.domain.access.models import Client
from ascolto.domain.access.viewer import Viewer
from ascolto.domain.agreements.models import HardshipPath
from ascolto.domain.agreements.paths import paths_to_review, signs_of
from ascolto.domain.ledger.models import BankStatement
from ascolto.domain.outreach.models import Contact, Message
from ascolto.domain.portfolio.models import Customer, Instalment, Invoice
from ascolto.domain.records import clock
from ascolto.domain.records.errors import Refused
from ascolto.domain.strategy import paths
from ascolto.domain.strategy.actions import reevaluate
from ascolto.domain.strategy.models import Decision

TODAY = dt.date(2026, 11, 20)
DAY = dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def debt(acqua: Client, carla: Customer) -> None:
    """A bill twelve days late, and a bank that told us everything."""
    bill = Invoice.objects.create(
        client=acqua, customer=carla, number="F1", issued_on=TODAY - 40 * DAY, total_cents=9_000, payable_cents=9_000
    )
    Instalment.objects.create(
        client=acqua, customer=carla, invoice=bill, due_on=TODAY - 12 * DAY, amount_cents=9_000
    )  # fmt: skip
    BankStatement.objects.create(client=acqua, iban=acqua.iban, currency="EUR", closing_on=TODAY, content_sha="s")


def begun(viewer: Viewer, carla: Customer, **change: Any) -> HardshipPath:
    said = {"sign": "temporary", "said": "Ho perso il lavoro", "pause_until_on": TODAY + 20 * DAY,
            "review_on": TODAY + 40 * DAY, "as_of": TODAY}  # fmt: skip
    return paths.start_path(viewer, carla.pk, **{**said, **change})


def answer(carla: Customer) -> tuple[str, str]:
    found = Decision.objects.get(customer=carla, superseded_on=None)
    return found.answer, found.rule or found.step


def test_a_path_begins_with_what_was_said_and_nothing_is_asked_for_at_once(as_ada: Viewer, carla: Customer) -> None:
    path = begun(as_ada, carla)
    assert (path.said, path.author) == ("Ho perso il lavoro", "ada@acqua.test")
    assert answer(carla) == ("wait", "path_pause")
    assert Decision.objects.get(customer=carla, superseded_on=None).until_on == TODAY + 21 * DAY


def test_after_the_pause_a_gentle_word_speaks_of_instalments_and_of_the_social_bonus(
    as_ada: Viewer, acqua: Client, carla: Customer
) -> None:
    begun(as_ada, carla, pause_until_on=None)
    message = Message.objects.get(customer=carla)
    assert (message.template, message.tone <= 1) == ("hardship_bonus", True)
    assert "9.796,00" in message.text
    assert "un po’ alla volta" in message.text


def test_the_review_comes_to_the_work_list_and_moving_it_sends_it_away(as_ada: Viewer, carla: Customer) -> None:
    path = begun(as_ada, carla)
    HardshipPath.objects.filter(pk=path.pk).update(pause_until_on=None, review_on=TODAY)
    reevaluate(client=carla.client, customer_ids={carla.pk}, actor="t", as_of=TODAY)
    assert answer(carla) == ("act", "path_review")
    assert paths_to_review(as_ada, TODAY).count() == 1
    paths.move_review(
        as_ada, path.pk, pause_until_on=TODAY + DAY, review_on=TODAY + 9 * DAY, why="Ancora fermo", as_of=TODAY
    )
    assert answer(carla) == ("wait", "path_pause")
    assert paths_to_review(as_ada, TODAY).count() == 0


def test_it_ends_with_an_outcome_and_the_usual_steps_hold_again(as_ada: Viewer, carla: Customer) -> None:
    path = begun(as_ada, carla)
    paths.end_path(as_ada, path.pk, outcome="recovered", why="Lavora di nuovo", as_of=TODAY)
    assert answer(carla)[0] == "act"
    with pytest.raises(Refused) as no:
        paths.end_path(as_ada, path.pk, outcome="recovered", why="Ancora", as_of=TODAY)
    assert no.value.code == "ended_already"


@pytest.mark.parametrize(("change", "code"), [
    ({"said": " "}, "no_words"),
    ({"sign": "rich"}, "unknown_word"),
    ({"sign": "bonus"}, "no_sign"),
    ({"pause_until_on": TODAY - DAY}, "pause_in_the_past"),
    ({"pause_until_on": TODAY + 90 * DAY, "review_on": TODAY + 100 * DAY}, "pause_too_long"),
    ({"review_on": TODAY + 20 * DAY}, "review_too_early"),
    ({"pause_until_on": None, "review_on": TODAY}, "review_too_early"),
    ({"review_on": TODAY + 400 * DAY}, "review_too_late"),
])  # fmt: skip
def test_refusals(change: dict[str, Any], code: str, as_ada: Viewer, carla: Customer) -> None:
    with pytest.raises(Refused) as no:
        begun(as_ada, carla, **change)
    assert no.value.code == code
    assert not HardshipPath.objects.exists()


def test_one_path_at_a_time_and_none_for_a_stranger(as_ada: Viewer, as_dario: Viewer, carla: Customer) -> None:
    begun(as_ada, carla)
    with pytest.raises(Refused) as no:
        begun(as_ada, carla)
    assert no.value.code == "running_already"
    with pytest.raises(Http404):
        begun(as_dario, carla)


def test_signs_come_from_what_was_told_and_from_the_record(as_ada: Viewer, acqua: Client, carla: Customer) -> None:
    assert signs_of(carla, TODAY) == []
    told = Contact.objects.create(
        client=acqua, customer=carla, at=clock.now(), on_date=TODAY, channel="phone", direction="out", human=True,
        outcome="right_party", reason="structural_difficulty",
    )  # fmt: skip
    paths.mark_customer(as_ada, carla.pk, vulnerable=False, social_bonus=True, protection="N01", as_of=TODAY)
    carla.refresh_from_db()
    assert signs_of(carla, TODAY) == ["structural", "vulnerable", "bonus"]
    assert begun(as_ada, carla, sign="structural").contact == told
    with pytest.raises(Refused) as no:
        paths.mark_customer(as_ada, carla.pk, vulnerable=False, social_bonus=False, protection="X99", as_of=TODAY)
    assert no.value.code == "unknown_row"
