# SPDX-License-Identifier: Apache-2.0
"""The operators at work: a few calls a day each, from the real work list, recorded through the real verbs.

What a call says comes from talk.py; what it leaves behind (contact, promise, dispute, hold, step done) is written by
the same verbs that the desk's page uses. Customers called are decided anew together, once per day.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass

from django.db import transaction

from ascolto.demo.books import Books
from ascolto.demo.chance import between
from ascolto.demo.talk import Talk, talk
from ascolto.domain.access.models import Client, Role, User
from ascolto.domain.agreements.plans import accept_plan, propose_plan, ways
from ascolto.domain.agreements.promises import take_promise
from ascolto.domain.care.actions import open_case
from ascolto.domain.outreach.conversations import record_contact
from ascolto.domain.outreach.models import Contact
from ascolto.domain.portfolio.holds import place_hold
from ascolto.domain.portfolio.models import Invoice
from ascolto.domain.records import clock
from ascolto.domain.records.errors import Refused
from ascolto.domain.strategy.actions import finish_action
from ascolto.domain.strategy.models import Decision
from ascolto.domain.strategy.plan_terms import terms_of
from ascolto.domain.strategy.reactions import TOPICS

SEEN = Talk(
    "right_party",
    140,
    reason="our_fault",
    detail="payment_not_seen",
    emotion="cooperative",
    solution="explain",
    next_step="wait_payment",
    note="Dice di aver già pagato: verificare gli incassi da abbinare.",
    stages=("welcome", "listen", "explain", "thank"),
)


@dataclass
class Desk:
    """The desk of one client. `disputes` are the items contested in calls, with the day of the call."""

    client: Client
    books: Books
    operators: list[User]
    calls_each: int

    def __post_init__(self) -> None:
        self.disputes: list[tuple[tuple[str, int], dt.date]] = []
        self.refused: Counter[str] = Counter()
        self._called: Counter[str] = Counter()
        self._rested: dict[str, dt.date] = {}

    def call(self, day: dt.date, each: int | None = None) -> list[int]:
        """The calls of one day; returns the ids of the customers called."""
        each = self.calls_each if each is None else each
        called: list[int] = []
        for nth, decision in enumerate(self._list(day, each * len(self.operators))):
            operator = self.operators[nth % len(self.operators)]
            at = dt.datetime.combine(day, dt.time(9, 15), clock.ROME) + dt.timedelta(
                minutes=13 * (nth // len(self.operators))
            )
            with clock.frozen(at + dt.timedelta(minutes=10)), transaction.atomic():
                self._one(decision, operator, at, day)
            called.append(decision.customer_id)
        return called

    def _list(self, day: dt.date, limit: int) -> list[Decision]:
        """The head of the work list, without those called since the strategy looked last."""
        rows = Decision.objects.filter(
            client=self.client, superseded_on=None, answer="act", channel__in=("phone", "visit")
        )
        ranked = rows.select_related("customer").order_by("-priority", "customer__number")[: limit * 4 + 40]
        free = [row for row in ranked if self._rested.get(row.customer.number, dt.date.min) <= day]
        return free[:limit]

    def _one(self, decision: Decision, operator: User, at: dt.datetime, day: dt.date) -> None:
        number = decision.customer.number
        self._called[number] += 1
        owed = self.books.owed_by(number)
        said = talk(self.books.people[number], owed, day, decision.tone or 0, self._called[number])
        if said.outcome == "right_party" and not said.reason and decision.overdue_cents > 0:
            said = SEEN
        self._rested[number] = day + dt.timedelta(days=7 if said.outcome == "right_party" else 2)
        contact = self._record(decision, operator, at, said)
        if said.outcome == "right_party":
            finish_action(client=self.client, customer_id=decision.customer_id, contact=contact, as_of=day)
        try:
            self._agreed(decision, operator, contact, said, day)
        except Refused as no:
            self.refused[no.code] += 1
        self.books.agree(said)

    def _record(self, decision: Decision, operator: User, at: dt.datetime, said: Talk) -> Contact:
        spoke = said.outcome == "right_party"
        return record_contact(
            client=self.client,
            customer=decision.customer,
            channel=decision.channel,
            direction="out",
            outcome=said.outcome,
            actor=operator.email,
            at=at,
            person=said.person,
            reason=said.reason,
            reason_detail=said.detail,
            emotion=said.emotion,
            solution=said.solution if spoke else "",
            next_step=said.next_step,
            next_on=said.next_on,
            note=said.note,
            duration_seconds=said.seconds,
            stages=said.stages,
            operator_id=operator.pk,
            step=decision.step,
            tone=decision.tone,
        )

    def _agreed(self, decision: Decision, operator: User, contact: Contact, said: Talk, day: dt.date) -> None:
        customer, actor = decision.customer, operator.email
        if said.promise_on is not None and said.solution == "plan":
            self._plan(decision, actor, said, day)
        elif said.promise_on is not None:
            cents = min(said.promise_cents, decision.overdue_cents) or said.promise_cents
            take_promise(
                client=self.client,
                customer=customer,
                amount_cents=cents,
                due_on=said.promise_on,
                contact=contact,
                actor=actor,
                as_of=day,
            )
        if said.disputed is not None:
            self._dispute(decision, actor, said, day)
        rest = said.hold_until or (
            said.next_on if said.promise_on is None and said.next_step in ("wait_payment", "call_back") else None
        )
        if rest is not None and rest > day:
            words = "Percorso di sostegno: pausa concordata" if said.hold_until else "Aspettiamo il giorno concordato"
            place_hold(
                customer=customer,
                reason=words,
                from_on=day,
                until_on=rest - dt.timedelta(days=1),
                actor=actor,
                as_of=day,
            )

    def _plan(self, decision: Decision, actor: str, said: Talk, day: dt.date) -> None:
        """In three instalments from the day named, or in two when these would be too small; agreed on the phone."""
        customer = decision.customer
        assert said.promise_on is not None
        terms = terms_of(customer.client, day).terms
        offers = ways(customer=customer, terms=terms, as_of=day, role=Role.OPERATOR, first_on=said.promise_on)
        free = [offer for offer in offers if not offer.refusals and not offer.beyond_role and len(offer.parts) > 1]
        if not free:
            raise Refused("no_offer", "nothing that the operator may grant")
        count = min((len(offer.parts) for offer in free), key=lambda n: abs(n - 3))
        plan = propose_plan(
            customer=customer, terms=terms, count=count, first_on=said.promise_on, role=Role.OPERATOR, actor=actor, as_of=day,
            money_arrives="il 10 del mese", note=said.note,
        )  # fmt: skip
        accept_plan(plan=plan, how="phone", accepted_by=said.person or customer.name, actor=actor, as_of=day)

    def _dispute(self, decision: Decision, actor: str, said: Talk, day: dt.date) -> None:
        assert said.disputed is not None
        invoice = (
            Invoice.objects.filter(client=self.client, number=said.disputed[0]).exclude(kind="credit_note").first()
        )
        if invoice is None or invoice.customer_id != decision.customer_id:
            return
        share = between(25, 100, *said.disputed, "disputed share")
        open_case(
            client=self.client,
            customer=decision.customer,
            kind="dispute",
            reason=said.note,
            invoice=invoice,
            disputed_cents=max(1, invoice.payable_cents * share // 100),
            topic=TOPICS.get(said.detail, "other"),
            actor=actor,
            as_of=day,
        )
        self.disputes.append((said.disputed, day))
