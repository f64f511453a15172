# SPDX-License-Identifier: Apache-2.0
"""The notation of the scenarios: a client lives its days; what happened to a customer is read back as sentences.

Each day, as in a real office: at six the bank's statement and the night's work, at nine the post leaves, at ten
people answer their work list. Nothing here decides: everything goes through the verbs that the product uses.
"""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ascolto import day as story
from ascolto.domain.access.models import Client
from ascolto.domain.access.viewer import Viewer, system_viewer
from ascolto.domain.ledger.models import BankLine
from ascolto.domain.ledger.statements import EntryIn, StatementIn, receive_statement
from ascolto.domain.outreach.channels.folder import FolderChannel
from ascolto.domain.outreach.channels.letter import LetterChannel
from ascolto.domain.outreach.models import Contact
from ascolto.domain.outreach.sending import SendReport
from ascolto.domain.portfolio.actions import Settled, issue_invoices
from ascolto.domain.portfolio.drafts import CustomerDraft, InstalmentDraft, InvoiceDraft
from ascolto.domain.portfolio.models import Customer, Invoice
from ascolto.domain.records import clock
from ascolto.domain.strategy import reactions
from ascolto.domain.strategy.models import Action, Decision
from ascolto.domain.strategy.sending import send_messages

ACTOR = "test"


def on(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def at(day: dt.date, hour: int, minute: int = 0) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(hour, minute), clock.ROME)


class Life:
    """The days of one client."""

    def __init__(self, client: Client, folder: Path, channels: Any = None) -> None:
        self.client = client
        self.channels = channels or {"email": FolderChannel(folder / "mail"), "letter": LetterChannel(folder / "print")}
        self.today: dt.date | None = None
        self.incoming: list[EntryIn] = []
        self.reports: list[story.DayReport] = []
        self.statements = 0

    # --- what happens outside --------------------------------------------------------------------------------------
    def bill(self, customer: Customer, number: str, *cents: int, issued: str, due: str, every: int = 30) -> Invoice:
        """One invoice; several amounts are instalments `every` so many days."""
        first = on(due)
        parts = tuple(
            InstalmentDraft(due_on=first + dt.timedelta(days=every * n), cents=c) for n, c in enumerate(cents)
        )
        draft = InvoiceDraft(
            customer=CustomerDraft(number=customer.number, name=customer.name), number=number, issued_on=on(issued),
            total_cents=sum(cents), payable_cents=sum(cents), instalments=parts,
        )  # fmt: skip
        report = issue_invoices(
            client=self.client, documents=[draft], batch_id=None, actor=ACTOR, as_of=on(issued),
            settled=lambda ids: Settled(),
        )  # fmt: skip
        return Invoice.objects.get(pk=report.ids[0])

    def pays(
        self, cents: int, text: str, *, name: str = "", value_on: str | None = None, returned: str | None = None
    ) -> None:
        """Money that the next statement will tell of. `returned`: the bank takes it back (cents < 0), with this code."""
        self.incoming.append(
            EntryIn(booked_on=dt.date.min, amount_cents=cents, remittance=text, payer_name=name, return_code=returned,
                    value_on=on(value_on) if value_on else None)
        )  # fmt: skip

    # --- the days --------------------------------------------------------------------------------------------------
    def live(self, day: str | dt.date, *, bank: bool = True, send: bool = True) -> story.DayReport:
        """Live one day."""
        day = on(day) if isinstance(day, str) else day
        self.today = day
        if bank:
            self.statement(day)
        with clock.frozen(at(day, 6)):
            report = story.live(client=self.client, as_of=day)
        self.reports.append(report)
        if send:
            self.send()
        return report

    def until(self, day: str, **how: Any) -> None:
        """Live on up to and with `day`: every day on which the strategy itself says that something can change."""
        while self.today != on(day):
            self.live(min(self._next(), on(day)), **how)

    def _next(self) -> dt.date:
        """The first day of which a current answer speaks; tomorrow while somebody is to be contacted."""
        assert self.today is not None, "the first day is lived by name"
        tomorrow = self.today + dt.timedelta(days=1)
        now = Decision.objects.filter(client=self.client, superseded_on=None)
        if now.filter(answer="act").exclude(channel__in=["phone", "visit"]).exists() or self.incoming:
            return tomorrow
        days = [day for day in now.values_list("until_on", flat=True) if day]
        return max(min(days, default=dt.date.max), tomorrow)

    def statement(self, day: dt.date) -> list[BankLine]:
        """The statement of the working day before, with what came in."""
        before = day - dt.timedelta(days=1)
        while before.weekday() > 4:
            before -= dt.timedelta(days=1)
        entries = tuple(
            EntryIn(booked_on=before, amount_cents=e.amount_cents, remittance=e.remittance, payer_name=e.payer_name,
                    value_on=e.value_on or before, return_code=e.return_code)
            for e in self.incoming
        )  # fmt: skip
        self.incoming = []
        self.statements += 1
        kept = receive_statement(
            client=self.client, batch_id=None, actor=ACTOR, as_of=day,
            statement=StatementIn(self.client.iban, str(self.statements), "EUR", None, None, before, None, entries),
        )  # fmt: skip
        return list(BankLine.objects.filter(statement=kept))

    def send(self, hour: int = 9) -> SendReport:
        """The post of today leaves."""
        assert self.today is not None
        with clock.frozen(at(self.today, hour)):
            return send_messages(client=self.client, channels=self.channels, worker="w", as_of=self.today)

    @contextmanager
    def office(self, hour: int = 10) -> Iterator[dt.date]:
        """Inside, it is today at `hour`."""
        assert self.today is not None
        with clock.frozen(at(self.today, hour)):
            yield self.today

    # --- what people do ---------------------------------------------------------------------------------------------
    def call(self, viewer: Viewer, customer: Customer, outcome: str = "right_party", **said: Any) -> Contact:
        """An operator has called and finishes the call at ten."""
        if "promise_on" in said:
            said["promise_on"] = on(said["promise_on"])
        if "next_on" in said:
            said["next_on"] = on(said["next_on"])
        assert self.today is not None
        with self.office():
            return reactions.finish_call(
                viewer, customer.pk, reactions.Call(outcome=outcome, **said), at=at(self.today, 10)
            )

    # --- what one sees ----------------------------------------------------------------------------------------------
    def answer(self, customer: Customer) -> str:
        """The answer in force: `act: call by phone, tone 2`, `wait: not_yet until 2026-03-01`, `blocked: hold`."""
        now = Decision.objects.get(client=self.client, customer=customer, superseded_on=None)
        if now.answer == "act":
            return f"act: {now.step} by {now.channel}, tone {now.tone}"
        return f"{now.answer}: {now.rule}" + (f" until {now.until_on}" if now.until_on else "")

    def diary(self, customer: Customer) -> list[str]:
        """What passed between us and the customer, oldest first."""
        contacts = Contact.objects.filter(client=self.client, customer=customer).order_by("at", "pk")
        return [f"{c.on_date} {c.step or '-'} {c.channel}" + (f" {c.outcome}" if c.human else "") for c in contacts]

    def steps(self, customer: Customer) -> list[str]:
        """The steps that were planned, with what became of them."""
        actions = Action.objects.filter(client=self.client, customer=customer).order_by("planned_on", "pk")
        return [f"{a.planned_on} {a.step} {a.channel} {a.status}" for a in actions]

    def work_list(self) -> list[str]:
        """Who is to be called, most pressing first: `C001 call`."""
        rows = Decision.objects.filter(
            client=self.client, superseded_on=None, answer="act", channel__in=["phone", "visit"]
        )
        return [f"{d.customer.number} {d.step}" for d in rows.select_related("customer").order_by("-priority", "pk")]


def person(client: Client, number: str, name: str, kind: str = "consumer", **points: str) -> Customer:
    """A customer, reached as `points` say (email=..., phone=..., letter=..., pec=...)."""
    from ascolto.domain.portfolio.models import ContactPoint

    customer = Customer.objects.create(
        client=client, number=number, name=name, search_name=name.lower(), kind=kind, street="Via Po 1",
        postcode="10100", city="Torino", province="TO",
    )  # fmt: skip
    for channel, value in points.items():
        ContactPoint.objects.create(client=client, customer=customer, channel=channel, value=value)
    return customer


def everyone(client: Client) -> Viewer:
    return system_viewer("system:test", [client.pk])
