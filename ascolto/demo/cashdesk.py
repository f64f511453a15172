# SPDX-License-Identifier: Apache-2.0
"""The person who looks after the cash that the night could not match: confirms, assigns, books returned debits.

She knows whose money it is as a person would find out (a call to the bank, a look at the account): from the truth of
the demo, by the bank's reference of the line.
"""

from __future__ import annotations

import datetime as dt

from ascolto.demo.bank import Movement
from ascolto.domain.access.models import Client
from ascolto.domain.ledger.actions import reverse_payment
from ascolto.domain.ledger.cash import assign_line, confirm_match, set_aside
from ascolto.domain.ledger.models import BankLine, MatchProposal, Payment
from ascolto.domain.ledger.sums import live, unmatched
from ascolto.domain.portfolio.models import Customer
from ascolto.domain.records.errors import Refused

PATIENCE_DAYS = 15


class CashDesk:
    """The cash desk of one client. `truth` grows with the bank's movements, by their id."""

    def __init__(self, client: Client, actor: str) -> None:
        self.client, self.actor = client, actor
        self.truth: dict[str, Movement] = {}

    def work(self, day: dt.date, until: dt.date) -> list[int]:
        """Everything booked up to `until`; returns the ids of customers whose money changed."""
        touched = self._returns(day)
        lines = unmatched(BankLine.objects.filter(client=self.client, amount_cents__gt=0, booked_on__lte=until))
        rows = list(lines.order_by("pk"))
        numbers = {self.truth[line.bank_reference].customer for line in rows if line.bank_reference in self.truth}
        people = {c.number: c for c in Customer.objects.filter(client=self.client, number__in=numbers)}
        for line in rows:
            customer = (
                people.get(self.truth[line.bank_reference].customer) if line.bank_reference in self.truth else None
            )
            if customer is not None:
                self._settle(line, customer, day)
                touched.append(customer.pk)
            elif (day - line.booked_on).days > PATIENCE_DAYS:
                set_aside(
                    bank_line=line,
                    reason="Ordinante sconosciuto: in attesa di chiarimento dalla banca",
                    actor=self.actor,
                    as_of=day,
                )
        return touched

    def _settle(self, line: BankLine, customer: Customer, day: dt.date) -> None:
        proposal = MatchProposal.objects.filter(
            client=self.client, bank_line=line, customer=customer, status="open"
        ).first()
        if proposal is not None and proposal.parts:
            confirm_match(proposal=proposal, actor=self.actor, as_of=day)
        else:
            assign_line(bank_line=line, customer=customer, parts=None, actor=self.actor, as_of=day)

    def _returns(self, day: dt.date) -> list[int]:
        """Direct debits that came back: the payment is undone on the day the bank took it."""
        aside = BankLine.objects.filter(client=self.client, amount_cents__lt=0, asides__isnull=True)
        touched = []
        for line in aside.order_by("pk"):
            if not line.bank_reference.startswith("RET"):
                continue
            paid = live(
                Payment.objects.filter(client=self.client, bank_line__bank_reference=f"SDD{line.bank_reference[3:]}")
            ).first()
            if paid is not None:
                reverse_payment(
                    payment=paid,
                    reason="Addebito diretto insoluto (AM04)",
                    actor=self.actor,
                    as_of=day,
                    paid_on=line.booked_on,
                )
                touched.append(paid.customer_id)
            try:
                set_aside(bank_line=line, reason="Insoluto registrato", actor=self.actor, as_of=day)
            except Refused:
                continue
        return touched
