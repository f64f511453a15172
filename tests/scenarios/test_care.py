# SPDX-License-Identifier: Apache-2.0
"""Care in the life of a customer: a partial dispute that ends with a credit note, a complaint answered late."""

import pytest

from ascolto.domain.access.models import User
from ascolto.domain.access.viewer import Viewer, viewer_of
from ascolto.domain.care.actions import reopen_case
from ascolto.domain.care.handling import set_fault
from ascolto.domain.ledger.models import CreditRequest
from ascolto.domain.outreach.models import Message
from ascolto.domain.portfolio.models import Customer
from ascolto.domain.records.errors import Refused
from ascolto.domain.strategy import caring, reactions
from ascolto.domain.strategy.models import Decision

from .life import Life


def claim() -> int:
    cents: int = Decision.objects.get(superseded_on=None).told["claim_cents"]
    return cents


def test_a_partial_dispute_ends_with_a_credit_note(life: Life, carla: Customer, as_ada: Viewer, bruno: User) -> None:
    invoice = life.bill(carla, "2026/1", 120_00, issued="2026-01-12", due="2026-02-11")
    life.live("2026-02-13")
    with life.office() as today:
        said = {"kind": "dispute", "topic": "amount", "reason": "consumo", "disputed_cents": 45_00}
        case = reactions.open_care_case(as_ada, carla.pk, as_of=today, invoice_id=invoice.pk, **said)
        assert claim() == 75_00
        with pytest.raises(Refused, match=r"Chiuda prima|Close the case first"):
            caring.write_outcome(as_ada, case.pk, channel="email", as_of=today)
        ending = {"outcome": "Lettura stimata", "verdict": "partial", "granted_cents": 30_00}
        reactions.close_care_case(as_ada, case.pk, as_of=today, **ending)
        request = CreditRequest.objects.get()
        assert (request.amount_cents, claim()) == (30_00, 90_00), "what was granted is not asked for while it waits"
        with pytest.raises(Refused):
            caring.decide_credit(as_ada, request.pk, approved=True, as_of=today)
        caring.decide_credit(viewer_of(bruno, today), request.pk, approved=True, as_of=today)
        assert claim() == 90_00
        letter = caring.write_outcome(as_ada, case.pk, channel="email", as_of=today)
        assert "30,00" in letter.text
        with pytest.raises(Refused):
            caring.write_outcome(as_ada, case.pk, channel="email", as_of=today)
    life.live("2026-02-16")
    assert Message.objects.filter(template="dispute_answered", status="sent").count() == 1


def test_our_disservice_rests_the_pressure_and_a_late_answer_owes_its_indemnity(
    life: Life, carla: Customer, as_ada: Viewer
) -> None:
    life.bill(carla, "2026/1", 120_00, issued="2026-01-12", due="2026-02-11")
    life.live("2026-02-12")
    with life.office() as today:
        case = reactions.open_care_case(
            as_ada, carla.pk, as_of=today, kind="complaint", topic="service", reason="Nessuno è venuto"
        )
    life.until("2026-03-20")
    assert life.answer(carla) == "blocked: our_service"
    assert not Message.objects.filter(customer=carla, step__startswith="reminder").exists()
    with life.office() as today:
        caring.change_case(as_ada, case.pk, set_fault, fault="theirs", as_of=today)
        assert life.answer(carla) != "blocked: our_service"
        closed = reactions.close_care_case(as_ada, case.pk, outcome="Tecnico inviato", as_of=today)
        assert closed.indemnity_cents == 30_00
        again = caring.change_case(as_ada, case.pk, reopen_case, why="Non è venuto", as_of=today)
        assert (again.closed_on, again.indemnity_cents) == (None, 0)
