# SPDX-License-Identifier: Apache-2.0
"""One customer's story: everything that happened, in one order, and the answer in force with what it rests on."""

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, IntegerField, OuterRef, Subquery, Value
from django.db.models.functions import Coalesce

from ascolto.domain.access.prepared import asked
from ascolto.domain.access.viewer import Viewer, visible
from ascolto.domain.agreements.models import Plan, Promise
from ascolto.domain.agreements.queries import promises_of
from ascolto.domain.care.models import CareCase
from ascolto.domain.care.queries import cases_of
from ascolto.domain.debits.models import CollectionOrder
from ascolto.domain.debits.queries import orders_of_customer
from ascolto.domain.ledger.models import Payment
from ascolto.domain.outreach.models import Document
from ascolto.domain.outreach.queries import UNREAD, contacts_of, messages_of
from ascolto.domain.portfolio.models import Customer, Hold, Invoice
from ascolto.domain.records.clock import ROME
from ascolto.domain.strategy.models import Action, Decision

KINDS = ("talk", "message", "cash", "promise", "case", "hold", "invoice", "decision")
"""What a story is made of, for filtering."""
_HOURS = {"invoice": 6, "cash": 7, "decision": 8, "hold": 18, "case": 19, "promise": 20}


@dataclass(frozen=True)
class Happening:
    """One thing that happened. `thing` is its row; `what` tells which of its moments (made, judged, closed ...)."""

    at: dt.datetime
    kind: str
    what: str
    thing: Any
    timed: bool = False


def story_of(viewer: Viewer, customer_id: int, kinds: Iterable[str] = KINDS, limit: int = 50) -> list[Happening]:
    """The latest `limit` happenings of the wanted `kinds`, newest first; one read per kind."""
    wanted = set(kinds)
    tellers = [tell for parts, tell in _TELLERS if wanted & parts]
    told = [one for tell in tellers for one in tell(viewer, customer_id, limit) if one.kind in wanted]
    return sorted(told, key=lambda one: one.at, reverse=True)[:limit]


def _day(kind: str, what: str, on: dt.date, thing: Any) -> Happening:
    return Happening(dt.datetime.combine(on, dt.time(_HOURS[kind]), ROME), kind, what, thing)


def _contacts(viewer: Viewer, customer_id: int, limit: int) -> list[Happening]:
    rows = asked(contacts_of, viewer, customer_id, most=limit)
    return [Happening(c.at, "talk" if c.human else "message", c.direction, c, timed=True) for c in rows]


def _unsent(viewer: Viewer, customer_id: int, limit: int) -> list[Happening]:
    rows = asked(messages_of, viewer, customer_id, most=limit)
    return [Happening(m.queued_at, "message", "outbox", m, timed=True) for m in rows]


def payments_of(viewer: Viewer, customer_id: int) -> Any:
    """Payments, credit notes and write-offs with what they settled and why, the latest first."""
    rows = _paid(viewer, customer_id).select_related("bank_line", "credit_note", "reversed_by")
    return rows.prefetch_related("allocations__instalment__invoice")


def _paid(viewer: Viewer, customer_id: int) -> Any:
    return visible(viewer, Payment.objects.all()).filter(customer_id=customer_id).order_by("-paid_on", "-pk")


def _payments(viewer: Viewer, customer_id: int, limit: int) -> list[Happening]:
    rows = asked(_paid, viewer, customer_id, most=limit)
    return [_day("cash", "reversed" if p.reverses_id else p.kind, p.paid_on, p) for p in rows]


def _orders(viewer: Viewer, customer_id: int, limit: int) -> list[Happening]:
    """What was asked through the bank, and what came back of it; what was paid is told by its payment."""
    told = []
    for order in asked(orders_of_customer, viewer, customer_id, most=limit):
        told.append(_day("cash", "presented", order.collection.made_on, order))
        if order.told_on and order.state in (CollectionOrder.State.RETURNED, CollectionOrder.State.REJECTED):
            told.append(_day("cash", "unpaid", order.told_on, order))
    return told


def _promises(viewer: Viewer, customer_id: int, limit: int) -> list[Happening]:
    told = []
    for promise in asked(promises_of, viewer, customer_id, most=limit):
        told.append(_day("promise", "made", promise.made_on, promise))
        if promise.judged_on and promise.status != Promise.Status.SUPERSEDED:
            told.append(_day("promise", promise.status, promise.judged_on, promise))
    return told


def _cases(viewer: Viewer, customer_id: int, limit: int) -> list[Happening]:
    told = []
    for case in asked(cases_of, viewer, customer_id, most=limit):
        told.append(_day("case", "opened", case.opened_on, case))
        if case.closed_on:
            told.append(_day("case", "closed", case.closed_on, case))
    return told


def holds_of(viewer: Viewer, customer_id: int) -> Any:
    """The customer's holds, the latest first."""
    rows = visible(viewer, Hold.objects.all()).filter(customer_id=customer_id).select_related("invoice")
    return rows.order_by("-from_on", "-pk")


def _holds(viewer: Viewer, customer_id: int, limit: int) -> list[Happening]:
    return [_day("hold", "placed", hold.from_on, hold) for hold in asked(holds_of, viewer, customer_id, most=limit)]


def _issued(viewer: Viewer, customer_id: int) -> Any:
    return visible(viewer, Invoice.objects.all()).filter(customer_id=customer_id).order_by("-issued_on", "-pk")


def _invoices(viewer: Viewer, customer_id: int, limit: int) -> list[Happening]:
    rows = asked(_issued, viewer, customer_id, most=limit)
    return [_day("invoice", invoice.kind, invoice.issued_on, invoice) for invoice in rows]


def _decided(viewer: Viewer, customer_id: int) -> Any:
    rows = visible(viewer, Decision.objects.all()).filter(customer_id=customer_id).defer("fingerprint")
    return rows.order_by("-decided_on", "-pk")


def _decisions(viewer: Viewer, customer_id: int, limit: int) -> list[Happening]:
    return [_day("decision", d.answer, d.decided_on, d) for d in asked(_decided, viewer, customer_id, most=limit)]


_TELLERS: tuple[tuple[set[str], Callable[[Viewer, int, int], list[Happening]]], ...] = (
    ({"talk", "message"}, _contacts),
    ({"message"}, _unsent),
    ({"cash"}, _payments),
    ({"cash"}, _orders),
    ({"promise"}, _promises),
    ({"case"}, _cases),
    ({"hold"}, _holds),
    ({"invoice"}, _invoices),
    ({"decision"}, _decisions),
)


def answer_of(viewer: Viewer, customer_id: int) -> Decision | None:
    """The answer in force, with its `planned` actions and their messages; None before the first run."""
    found = asked(_answers, viewer, customer_id)
    for answer in found:
        answer.planned = asked(_planned, viewer, customer_id, answer.pk)
    return found[0] if found else None


def _answers(viewer: Viewer, customer_id: int) -> Any:
    return visible(viewer, Decision.objects.filter(superseded_on__isnull=True, customer_id=customer_id))


def _planned(viewer: Viewer, customer_id: int, decision_id: int) -> Any:
    # By the customer, whose actions are few and indexed; by the decision alone the whole table would be walked.
    own = visible(viewer, Action.objects.filter(customer_id=customer_id, decision_id=decision_id))
    return own.select_related("message").defer(*UNREAD).order_by("-pk")


@dataclass(frozen=True)
class Rung:
    """A step of the ladder as the run's policy had it, and where the customer stands with it."""

    step: str
    phase: str
    anchor: str
    from_days: int
    until_days: int | None
    channels: tuple[str, ...]
    tone: int
    why: str
    done_on: dt.date | None
    here: bool
    after: tuple[str, ...]


def ladder_of(viewer: Viewer, decision: Decision) -> list[Rung]:
    """The whole ladder that the decision used, gentlest first, from the kept policy version: never today's file."""
    ladders = decision.run.policy.content.get("strategy", {}).get("ladder", [])
    rungs: list[dict[str, Any]] = next((ladder["rung"] for ladder in ladders if ladder["name"] == decision.ladder), [])
    return [
        Rung(
            rung["step"], rung["phase"], rung["anchor"], rung["from_days"], rung.get("until_days"),
            tuple(rung["channels"]), rung["tone"], rung.get("why", ""), done.get(rung["step"]),
            rung["step"] == decision.step, tuple(rung.get("after", ())),
        )
        for done in [_done(viewer, decision)]
        for rung in reversed(rungs)
    ]  # fmt: skip


def _done(viewer: Viewer, decision: Decision) -> dict[str, dt.date]:
    """When each step was done in the arrears cycle of the decision's oldest claim, or in the decision's own cycle."""
    cycles = {decision.cycle, f"arrears:{decision.told['claim_due_on']}"}
    rows = visible(viewer, Action.objects.all()).filter(
        customer_id=decision.customer_id, status=Action.Status.DONE, cycle__in=cycles
    )
    return {step: on for step, on in rows.order_by("done_on").values_list("step", "done_on") if on}


def last_mood(viewer: Viewer, customer_id: int) -> str:
    """The emotion of the last conversation in which one was noted; empty when none was."""
    found: list[str] = asked(_moods, viewer, customer_id, most=1)
    return found[0] if found else ""


def _moods(viewer: Viewer, customer_id: int) -> Any:
    standing = contacts_of(viewer, customer_id).filter(taken_back_at=None)
    return standing.exclude(emotion="").values_list("emotion", flat=True)


def tab_counts(viewer: Viewer, customer_id: int) -> dict[str, int]:
    """How much there is behind each tab, in one read."""
    (found,) = asked(_counts, viewer, customer_id)
    told: dict[str, int] = {name.removeprefix("n_"): count for name, count in found.items()}
    told["agreements"] += told.pop("plans")
    return told


def _counts(viewer: Viewer, customer_id: int) -> Any:
    things = {
        "invoices": Invoice.objects.all(),
        "payments": Payment.objects.filter(reverses__isnull=True),
        "agreements": Promise.objects.all(),
        "plans": Plan.objects.all(),
        "cases": CareCase.objects.all(),
        "documents": Document.objects.all(),
    }
    counts = {f"n_{name}": _how_many(rows) for name, rows in things.items()}
    rows: Any = visible(viewer, Customer.objects.filter(pk=customer_id))
    return rows.values(**counts)


def _how_many(rows: Any) -> Coalesce:
    rows = rows.filter(client_id=OuterRef("client_id"), customer_id=OuterRef("pk")).order_by()
    counted = rows.values("customer_id").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted, output_field=IntegerField()), Value(0))
