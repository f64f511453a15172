# SPDX-License-Identifier: Apache-2.0
"""A person's deed is killed at many of its writes: each time nothing of it is left; then it is done, and all holds.

The last write is the commit itself: before it nothing counts, after it everything does.
"""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction

from ascolto.domain.access.models import Client
from ascolto.domain.access.viewer import Viewer
from ascolto.domain.agreements import check as plans
from ascolto.domain.care import handling
from ascolto.domain.debits import check as collections
from ascolto.domain.debits.models import CollectionOrder, Creditor, DebitMandate
from ascolto.domain.ledger import check as ledger
from ascolto.domain.ledger.models import BankLine, Payment
from ascolto.domain.ledger.sums import unmatched
from ascolto.domain.portfolio.models import Customer
from ascolto.domain.strategy import (
    agreed,
    caring,
    cash,
    charging,
    client_settings,
    debiting,
    paths,
    reactions,
    takeback,
)
from tests.domain.debits.conftest import TODAY, bank, creditor, mandate, owe, status
from tests.domain.debits.test_outcomes import bring
from tests.domain.intake.deliveries import stage

from .dump import whole
from .killing import killed_at
from .test_crash import spread, tried_at_every_point

__all__ = ["creditor", "mandate"]  # fixtures
Deed = Callable[[], Any]
SAID = {"as_of": TODAY}


class Scene:
    """Carla, a firm, owes 1,000 and 50 euro since October; 30 euro of nobody wait. Bruno is at work."""

    def __init__(self, carla: Customer, bruno: Viewer, ada: Viewer) -> None:
        Customer.objects.filter(pk=carla.pk).update(kind="business")
        carla.refresh_from_db()
        self.carla, self.bruno, self.ada, self.client = carla, bruno, ada, carla.client
        self.large, self.small = owe(carla, "F1", 1_000_00, "2026-10-01"), owe(carla, "F2", 50_00, "2026-10-05")
        bring(bruno, self.client, bank(("2026-11-18", "30.00", "", "bonifico")))
        self.line = unmatched(BankLine.objects.all()).get()

    def settling(self) -> Deed:
        return lambda: cash.assign_cash(self.bruno, self.line.pk, self.carla.pk, None, TODAY)

    def splitting(self) -> Deed:
        parts = [(self.small.pk, 10_00)]
        return lambda: cash.assign_cash(self.bruno, self.line.pk, self.carla.pk, parts, TODAY, 10_00)

    def undoing(self) -> Deed:
        self.settling()()
        return lambda: cash.undo_line(self.bruno, self.line.pk, "sbaglio", TODAY)

    def charging(self) -> Deed:
        told = charging.preview(self.bruno, self.carla.pk, TODAY)
        wanted = [(one.invoice_id, basis) for one in told.items for basis in ("interest", "flat_sum")]
        cents = sum(one.interest_cents + one.flat_sum_cents for one in told.items)
        return lambda: charging.raise_charges(
            self.bruno, self.carla.pk, wanted=wanted, shown_cents=cents, due_on=TODAY, **SAID
        )

    def withdrawing_a_charge(self) -> Deed:
        charge = self.charging()()[0]
        return lambda: charging.withdraw_charge(self.bruno, charge.pk, why="concordato", **SAID)

    def accepting_a_plan(self) -> Deed:
        plan = agreed.propose_plan(self.bruno, self.carla.pk, count=4, first_on=dt.date(2026, 12, 10), **SAID)
        proof = ("firma.pdf", "application/pdf", b"%PDF-1.7 firma")
        return lambda: agreed.accept_plan(self.bruno, plan.pk, how="signed", accepted_by="Carla", proof=proof, **SAID)

    def disputing(self) -> Deed:
        return lambda: self._dispute()

    def granting_a_part(self) -> Deed:
        case = self._dispute()
        said = {"outcome": "Ha ragione in parte", "verdict": "partial", "granted_cents": 150_00}
        return lambda: reactions.close_care_case(self.bruno, case.pk, **said, **SAID)  # type: ignore[arg-type]

    def converting(self) -> Deed:
        case = self._dispute()
        return lambda: caring.change_case(
            self.bruno, case.pk, handling.convert_kind, kind="complaint", why="È il servizio", **SAID
        )

    def approving_a_credit(self) -> Deed:
        asked = caring.ask_to_give_up(
            self.ada, self.large.invoice_id, kind="credit_note", amount_cents=100_00, reason="Errore", **SAID
        )  # fmt: skip
        return lambda: caring.decide_credit(self.bruno, asked.pk, approved=True, **SAID)

    def presenting_a_collection(self) -> Deed:
        return lambda: self._collect()

    def taking_back_a_call(self) -> Deed:
        call = self.calling()()
        return lambda: takeback.take_back_call(self.bruno, call.pk, **SAID)

    def calling(self) -> Deed:
        said = reactions.Call(
            outcome="right_party", reason="forgot", solution="new_date", promise_cents=50_00,
            promise_on=dt.date(2026, 11, 27), dispute_invoice_id=self.large.invoice_id, dispute_cents=100_00,
        )  # fmt: skip
        return lambda: reactions.finish_call(self.bruno, self.carla.pk, said)

    def beginning_a_path(self) -> Deed:
        return lambda: paths.start_path(
            self.bruno, self.carla.pk, sign="temporary", said="Ho perso il lavoro", pause_until_on=dt.date(2026, 12, 10),
            review_on=dt.date(2027, 1, 20), **SAID,
        )  # fmt: skip

    def agreeing_a_charter(self) -> Deed:
        return lambda: client_settings.agree_charter(
            self.bruno, self.client.pk, rules={"max_tone": 2}, signed_by="Direzione", signed_on=TODAY, **SAID
        )

    def warning_only(self) -> Deed:
        return lambda: client_settings.change_client(self.bruno, self.client.pk, warn_of_gaps=True, **SAID)

    def _dispute(self) -> Any:
        return reactions.open_care_case(
            self.bruno, self.carla.pk, invoice_id=self.large.invoice_id, kind="dispute", reason="Non mi torna",
            disputed_cents=300_00, topic="amount", **SAID,
        )  # fmt: skip

    def _collect(self) -> Any:
        return debiting.collect(self.bruno, self.client, due_by=dt.date(2026, 12, 31), form="pain.08", **SAID)


DEEDS = tuple(name for name, made in vars(Scene).items() if callable(made) and not name.startswith("_"))


@pytest.fixture
def scene(carla: Customer, as_bruno: Viewer, as_ada: Viewer, creditor: Creditor, mandate: DebitMandate) -> Scene:
    return Scene(carla, as_bruno, as_ada)


@pytest.mark.parametrize("name", DEEDS)
def test_a_deed_that_dies_leaves_nothing_behind(scene: Scene, name: str) -> None:
    deed = getattr(scene, name)()
    before = whole()
    point_zero = transaction.savepoint()
    with killed_at(0) as counted:
        deed()
    assert whole() != before, "the deed changes something"
    transaction.savepoint_rollback(point_zero)
    assert counted.seen > 4
    for point in spread(counted.seen - 1, 5):
        with killed_at(point):
            deed()
            raise AssertionError(f"it came to its end before write {point}")
        assert whole() == before, f"killed at write {point} of {counted.seen}"
    deed()
    assert broken(scene.client) == []


def test_what_the_bank_says_of_a_collection_killed_at_many_points(scene: Scene) -> None:
    """A credit of one order and the refusal of another, in one delivery; each order is settled or open, once."""
    scene._collect()
    large, small = (CollectionOrder.objects.get(instalment=item) for item in (scene.large, scene.small))
    files = [("a.xml", bank(("2026-11-20", "1000.00", large.end_to_end_id, "SDD"))),
             ("b.xml", status(small.end_to_end_id, cents="50.00"))]  # fmt: skip
    batch = stage(scene.client, *files)

    def take_over() -> None:
        if CollectionOrder.objects.filter(state="rejected").exists():
            return  # the page says that it was taken over
        reactions.accept_batch(scene.bruno, batch.pk, as_of=TODAY)

    tried_at_every_point(take_over, 8)
    take_over()
    assert Payment.objects.filter(amount_cents=1_000_00).count() == 1
    assert dict(CollectionOrder.objects.values_list("instalment__invoice__number", "state")) == {
        "F1": "paid", "F2": "rejected",
    }  # fmt: skip
    assert broken(scene.client) == []


def broken(client: Client) -> list[str]:
    """What `ascolto check` would say."""
    ids = [client.pk]
    return [*ledger.problems(ids), *plans.problems(ids), *collections.problems(ids)]
