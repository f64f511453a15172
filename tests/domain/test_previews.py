# SPDX-License-Identifier: Apache-2.0
"""Previews of drafts: the two halves agree with the night, nothing is written, the dead are asked again."""

import datetime as dt
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from ascolto.domain.access.models import Client, Membership, User
from ascolto.domain.access.viewer import Viewer, viewer_of
from ascolto.domain.portfolio.models import Customer, Instalment, Invoice
from ascolto.domain.records import clock
from ascolto.domain.records.errors import Refused
from ascolto.domain.strategy import nights, studio
from ascolto.domain.strategy.decisions import decide_client
from ascolto.domain.strategy.models import Decision, Preview
from ascolto.engine.compare import Comparison
from ascolto.policies import load
from tests.domain.intake.deliveries import camt, take
from tests.scenarios.dump import whole

MONDAY = dt.date(2026, 11, 23)
UTILITY = load.strategy_text("utility")
HASTY = UTILITY.replace("from_days = 5\n", "from_days = 2\n")
"""The first reminder after two days instead of five."""
BRUNO = "bruno@acqua.test"


@pytest.fixture
def owes(carla: Customer) -> Customer:
    """Carla's bill of 300 euro fell due three days before Monday; the bank has told of Friday."""
    take(carla.client, ("c.xml", camt(("2026-11-20", "-5.00", "Spese"))))
    own: dict[str, Any] = {"client": carla.client, "customer": carla}
    invoice = Invoice.objects.create(
        number="F1", issued_on=dt.date(2026, 10, 20), total_cents=30_000, payable_cents=30_000, **own
    )
    Instalment.objects.create(invoice=invoice, due_on=MONDAY - dt.timedelta(days=3), amount_cents=30_000, **own)
    return carla


def asked(client: Client, text: str = HASTY, actor: str = BRUNO) -> Preview:
    return studio.ask_preview(client=client, text=text, as_of=MONDAY, actor=actor)


def test_a_hasty_draft_reminds_carla_earlier(owes: Customer) -> None:
    found = asked(owes.client)
    assert (found.state, found.customers, found.done) == ("done", 1, 0)
    comparison = studio.comparison_of(found)
    assert comparison.changed == 1
    assert comparison.steps() == [(("reminder_1", "email"), 0, 1)]
    (example,) = comparison.examples
    assert (example["customer_id"], example["answer_before"], example["cents"]) == (owes.pk, "wait", 30_000)


def test_the_half_in_force_is_what_the_night_decides(owes: Customer) -> None:
    comparison = studio.comparison_of(asked(owes.client))
    with clock.frozen(MONDAY):
        decide_client(client=owes.client, as_of=MONDAY, actor="test")
    decided = Counter(Decision.objects.filter(superseded_on=None).values_list("answer", "rule"))
    before = Counter({(move[0], move[4] or ""): count for move, (count, _cents) in comparison.moves.items()})
    assert before == decided


def test_the_strategy_in_force_changes_nothing(owes: Customer) -> None:
    found = studio.comparison_of(asked(owes.client, UTILITY))
    assert (found.customers, found.changed, found.examples) == (1, 0, [])


def test_nothing_is_written_but_the_preview_and_the_trail(owes: Customer) -> None:
    before = whole()
    asked(owes.client)
    after = whole()
    assert len(after.pop("Preview")) == 1
    trail = before.pop("TrailEntry")
    assert [row["verb"] for row in after.pop("TrailEntry")[len(trail) :]] == ["preview_asked"]
    before.pop("Preview")
    assert after == before


def test_a_draft_that_cannot_be_read_is_refused_and_leaves_nothing(owes: Customer) -> None:
    with pytest.raises(Refused, match="TOML"):
        asked(owes.client, "not a strategy")
    assert not Preview.objects.exists()


def test_a_day_past_the_known_holidays_fails_in_words(owes: Customer) -> None:
    found = studio.ask_preview(client=owes.client, text=HASTY, as_of=dt.date(2061, 3, 1), actor=BRUNO)
    assert found.state == "failed"
    assert "2061" in found.problem or "holiday" in found.problem


def test_two_drafts_do_not_disturb_each_other(owes: Customer) -> None:
    one, other = asked(owes.client), asked(owes.client, UTILITY, actor="altra@acqua.test")
    assert studio.comparison_of(one).changed == 1
    assert studio.comparison_of(other).changed == 0


def waiting(client: Client, **said: Any) -> Preview:
    usual: dict[str, Any] = {
        "name": "utility", "draft": HASTY, "author": BRUNO, "as_of": MONDAY, "asked_at": clock.wall(), "customers": 1,
    }  # fmt: skip
    return Preview.objects.create(client=client, **{**usual, **said})


def test_only_one_hand_claims_a_preview(owes: Customer) -> None:
    found = waiting(owes.client)
    mine = studio.claim_preview(found.pk)
    assert mine is not None
    assert (mine.state, mine.claimed_by) == ("running", nights.myself())
    assert studio.claim_preview(found.pk) is None
    assert not studio.compare_preview(found.pk)
    with pytest.raises(Refused) as no:
        studio.ask_again(preview=mine, actor=BRUNO)
    assert no.value.code == "at_work"


def test_what_a_dead_process_held_is_asked_again(owes: Customer) -> None:
    host = nights.myself().split(":")[0]
    dead = waiting(
        owes.client, state="running", claimed_by=f"{host}:999999999:1", claimed_until=clock.wall() + nights.LEASE
    )
    assert studio.is_interrupted(dead)
    again = studio.ask_again(preview=dead, actor=BRUNO)
    assert (again.state, studio.is_interrupted(again)) == ("done", False)
    with pytest.raises(Refused):
        studio.ask_again(preview=again, actor=BRUNO)


def test_one_that_nobody_began_is_interrupted_after_a_while(owes: Customer) -> None:
    assert not studio.is_interrupted(waiting(owes.client))
    assert studio.is_interrupted(waiting(owes.client, asked_at=clock.wall() - dt.timedelta(minutes=2)))


def test_an_error_of_ours_is_no_endless_wait(owes: Customer, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(**_said: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(studio.trial, "preview", broken)
    with pytest.raises(ZeroDivisionError):
        asked(owes.client)
    assert Preview.objects.get().state == "failed"
    assert Preview.objects.get().problem


def test_of_many_customers_a_process_of_its_own_is_asked(
    owes: Customer, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    started: list[int] = []
    monkeypatch.setattr(studio, "FEW", 0)
    monkeypatch.setattr(studio, "_start", started.append)
    with django_capture_on_commit_callbacks(execute=True):
        found = asked(owes.client)
    assert (found.state, started) == ("waiting", [found.pk])


def test_what_the_dead_left_behind_is_swept_and_the_living_keep_theirs(tmp_path: Path) -> None:
    host = nights.myself().split(":")[0]
    theirs, ours = tmp_path / "preview-a", tmp_path / "preview-b"
    for folder, holder in ((theirs, f"{host}:999999999:1"), (ours, nights.myself())):
        folder.mkdir()
        (folder / "held_by").write_text(holder)
    mine = studio.trial._folder(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {ours.name, mine.name}


def test_its_author_or_an_administrator_deletes_it(owes: Customer, as_bruno: Viewer) -> None:
    theirs = asked(owes.client, actor="altra@acqua.test")
    with pytest.raises(Refused) as no:
        studio.delete_preview(preview=theirs, viewer=as_bruno, actor=as_bruno.name)
    assert no.value.code == "not_yours"
    mine = asked(owes.client, actor=as_bruno.name)
    studio.delete_preview(preview=mine, viewer=as_bruno, actor=as_bruno.name)
    boss = User.objects.create_user("capo@acqua.test", "x", name="Capo")
    Membership.objects.create(user=boss, client=owes.client, role="administrator")
    eyes = viewer_of(boss, MONDAY)
    studio.delete_preview(preview=theirs, viewer=eyes, actor=eyes.name)
    assert not Preview.objects.exists()


def test_a_stranger_sees_no_preview(owes: Customer, as_dario: Viewer, as_bruno: Viewer) -> None:
    asked(owes.client)
    assert not studio.previews(as_dario, owes.client_id).exists()
    assert studio.previews(as_bruno, owes.client_id).count() == 1


def test_a_comparison_is_kept_as_it_was(owes: Customer) -> None:
    kept = studio.comparison_of(asked(owes.client))
    again = Comparison.from_dict(kept.as_dict())
    assert (again.customers, again.moves, again.examples) == (kept.customers, kept.moves, kept.examples)
