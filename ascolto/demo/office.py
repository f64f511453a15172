# SPDX-License-Identifier: Apache-2.0
"""What the credit office of a client does beside the telephone: mandates for direct debit and a file for the bank,
interest charged from firms, a plan that bears interest, promises that came by post. A few of each, through the verbs that the desk's pages use."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from stdnum.eu import at_02

from ascolto.demo.clients import DemoClient
from ascolto.demo.population import Person
from ascolto.domain.access.models import Client
from ascolto.domain.access.viewer import system_viewer
from ascolto.domain.agreements.models import Plan, Promise
from ascolto.domain.debits.mandates import register_mandate, revoke_mandate, set_creditor
from ascolto.domain.ledger.charges import FLAT_SUM, INTEREST
from ascolto.domain.portfolio.models import Customer
from ascolto.domain.records.errors import Refused
from ascolto.domain.strategy import agreed, charging, debiting, reactions
from ascolto.domain.strategy.models import Decision

MANDATES = 25
"""Customers whose mandate is kept, of those who pay by direct debit."""
DEBITED = ("valverde",)
CHARGED = ("salita",)
"""Who collects by direct debit; who charges its firms interest."""
CHARGE_WEEK = 42
"""The week of the year in which interest is charged: the first of those in which every week decides."""
SIGNED_DAYS = 400
"""So long before the first day the mandates were signed; unused for three years they would have lapsed."""
WORTH_CENTS, LOOKED_AT, ASKED = 200, 25, 3
"""Interest below this is not asked for; of so many customers looked at, so many are asked."""


class Office:
    """The credit office of one client, and the manager in whose name it acts."""

    def __init__(self, client: Client, demo: DemoClient, people: tuple[Person, ...], actor: str) -> None:
        self.client, self.demo, self.people = client, demo, people
        self.viewer = system_viewer(actor, [client.pk])

    def open(self, day: dt.date) -> None:
        """The mandates that the client had when it entrusted its receivables; one was taken back since."""
        if self.demo.slug not in DEBITED:
            return
        set_creditor(
            client=self.client, creditor_id=creditor_id(self.demo.vat), iban=self.demo.iban, actor=self.viewer.name
        )
        payers = [person for person in self.people if person.direct_debit][:MANDATES]
        known = {
            c.number: c for c in Customer.objects.filter(client=self.client, number__in=[p.number for p in payers])
        }
        made = [
            register_mandate(
                customer=known[person.number], iban=person.iban, reference=f"{self.demo.series}{person.number}",
                signed_on=max(person.since_on or day, day - dt.timedelta(days=SIGNED_DAYS)), actor=self.viewer.name, as_of=day,
            )
            for person in payers
            if person.number in known
        ]  # fmt: skip
        if len(made) > 1:
            revoke_mandate(mandate=made[-1], why="Ha cambiato banca", actor=self.viewer.name, as_of=day)

    def work(self, day: dt.date, last: bool) -> list[int]:
        """What this day asks of the office; returns the customers concerned."""
        if last and self.demo.slug in DEBITED:
            return self._collect(day)
        if self.demo.slug not in CHARGED:
            return []
        if last:
            return [*self._plan(day), *self._promises(day)]
        return self._charge(day) if day.isocalendar().week == CHARGE_WEEK else []

    def _collect(self, day: dt.date) -> list[int]:
        """The file of what is due within three weeks, for the bank."""
        try:
            made = debiting.collect(
                self.viewer, self.client, due_by=day + dt.timedelta(days=21), form="pain.08", as_of=day
            )
        except Refused:
            return []  # a small world may owe nothing by then
        return [pk for flow in made for pk in flow.orders.values_list("customer_id", flat=True)]

    def _charge(self, day: dt.date) -> list[int]:
        """Interest of the largest debts, and of whoever paid late in full; the first is withdrawn to keep the peace."""
        asked: list[int] = []
        for pk in self._late_firms(LOOKED_AT):
            shown = charging.preview(self.viewer, pk, day)
            rows = [*shown.items[:1], *shown.paid_late[:1]]
            worth = [row for row in rows if row.interest_cents >= WORTH_CENTS]
            if not worth:
                continue
            wanted = [(row.invoice_id, INTEREST.value) for row in worth]
            cents = sum(row.interest_cents for row in worth)
            if not asked and worth[0].flat_sum_cents:
                wanted.append((worth[0].invoice_id, FLAT_SUM.value))
                cents += worth[0].flat_sum_cents
            due_on = day + dt.timedelta(days=30)
            made = charging.raise_charges(self.viewer, pk, wanted=wanted, shown_cents=cents, due_on=due_on, as_of=day)
            asked.append(pk)
            if len(asked) == ASKED:
                charging.withdraw_charge(self.viewer, made[0].pk, why="Accordo commerciale: si rinuncia", as_of=day)
                break
        return asked

    def _plan(self, day: dt.date) -> list[int]:
        """A plan at the legal rate, accepted by PEC; its first instalment is still to come."""
        first_on = day + dt.timedelta(days=20)
        for pk in self._late_firms(LOOKED_AT):
            customer = Customer.objects.get(client=self.client, pk=pk)
            try:
                plan = agreed.propose_plan(
                    self.viewer, pk, count=4, first_on=first_on, money_arrives="dopo il 10", as_of=day,
                    note="Chiede quattro rate: un cantiere paga in ritardo.",
                )  # fmt: skip
                proof = ("accettazione.txt", "text/plain", f"{customer.name} accetta il piano di rientro.\n".encode())
                agreed.accept_plan(self.viewer, plan.pk, how="pec", accepted_by=customer.name, proof=proof, as_of=day)
            except Refused:
                continue  # too small to be put into instalments
            return [pk]
        return []

    def _promises(self, day: dt.date) -> list[int]:
        """Two promises that did not come in a call."""
        said = (("pec", "Ufficio amministrazione", "Bonifico disposto per fine mese."),
                ("sales", "Il titolare", "Detto al commerciale: paga alla chiusura del cantiere."))  # fmt: skip
        waiting = Promise.objects.filter(client=self.client, status=Promise.Status.PENDING).values("customer_id")
        planned = Plan.objects.filter(client=self.client, status=Plan.Status.ACTIVE).values("customer_id")
        free = Decision.objects.filter(client=self.client, superseded_on=None, overdue_cents__gt=0)
        free = free.exclude(customer_id__in=waiting).exclude(customer_id__in=planned).order_by("-overdue_cents", "pk")
        chosen = list(free.values_list("customer_id", "overdue_cents")[: len(said)])
        for (pk, cents), (channel, who, words) in zip(chosen, said, strict=False):
            reactions.promise(
                self.viewer, pk, amount_cents=cents, due_on=day + dt.timedelta(days=10), channel=channel, said_by=who,
                words=words, as_of=day,
            )  # fmt: skip
        return [pk for pk, _cents in chosen]

    def _late_firms(self, most: int) -> Iterator[int]:
        """Firms with something overdue, the largest debt first."""
        rows = Decision.objects.filter(
            client=self.client, superseded_on=None, overdue_cents__gt=0, customer__kind=Customer.Kind.BUSINESS
        )
        yield from rows.order_by("-overdue_cents", "pk").values_list("customer_id", flat=True)[:most]


def creditor_id(vat: str) -> str:
    """The SEPA creditor identifier of an Italian firm: IT, two check digits, ZZZ, sixteen characters."""
    bare = f"IT00ZZZ{vat:0>16}"
    return f"IT{at_02.calc_check_digits(bare)}{bare[4:]}"
