# SPDX-License-Identifier: Apache-2.0
"""The year of one client, day by day: files arrive, the night decides, messages leave, people call, customers react.

    morning   the bank's statements of the days before, the bills of the day, the credit notes promised: written to
              files, staged and accepted as a person would
    day       day.live: cash, promises, decisions, figures
    cash      what waits is confirmed by a person, some days later
    send      the outbox leaves through the demo's mail folder; customers read
    calls     the operators work through the head of the list; customers answer

On days on which the strategy does not decide only the calls go on; files wait for the next such day. Before the
mandate begins files are taken in and cash is matched, and nobody is called or written to.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

from ascolto import day as business
from ascolto.demo import cast, post, settle_in
from ascolto.demo.answers import Answers
from ascolto.demo.billing import Bill, bills
from ascolto.demo.books import Books
from ascolto.demo.cashdesk import CashDesk
from ascolto.demo.clients import DemoClient
from ascolto.demo.days import bank_day_before, bank_days, month_end
from ascolto.demo.desk import Desk
from ascolto.demo.files import camt, fatturapa, lists
from ascolto.demo.office import Office
from ascolto.demo.population import Person, population
from ascolto.demo.world import World
from ascolto.domain.access.models import Client
from ascolto.domain.intake import staging
from ascolto.domain.ledger.actions import apply_credit_notes
from ascolto.domain.ledger.cash import apply_cash
from ascolto.domain.outreach.models import Contact
from ascolto.domain.records import clock
from ascolto.domain.strategy.actions import reevaluate
from ascolto.domain.strategy.sending import send_messages

CLERK = "teresa@ascolto.test"
UNCONFIRMED = dt.timedelta(days=3)
LEFT_TO_CONFIRM = dt.timedelta(days=9)
"""Cash waits some days for a person; what came in the last days is left to whoever looks at the demo."""
Step = Callable[[], None]
Files = list[tuple[str, bytes]]


class Life:
    """One client alive."""

    def __init__(self, world: World, demo: DemoClient, client: Client) -> None:
        self.world, self.demo, self.client = world, demo, client
        self.people: tuple[Person, ...] = population(demo, world.sizes[demo.slug], world.seed)
        self.books = Books(demo, self.people)
        self.bills = list(bills(demo, self.people, world.first, world.last))
        self.by_number = {bill.number: bill for bill in self.bills}
        self.cash = CashDesk(client, CLERK)
        self.desk = Desk(client, self.books, cast.operators(client), cast.CALLS_A_DAY[demo.slug])
        self.office = Office(client, demo, self.people, "bruno@ascolto.test")
        self.answers = Answers(client, self.books, self.by_number, "bruno@ascolto.test")
        self.channels = post.channels(world.home)
        self.balance_cents = 250_000_00
        self.told_until = bank_day_before(world.first)

    def begin(self) -> None:
        """The day before the first: the customer list, and what a person adds to it."""
        day = self.world.first
        with clock.frozen(at(day, 7)):
            settle_in.save_profiles(self.client, self.demo, self.people)
            self._take(day, [("anagrafica.csv", lists.customers(self.people))])
            settle_in.what_we_know(self.client, self.people, self.desk.operators, day)
            self.office.open(day)

    def live(self, step: Step) -> None:
        """Every day of the world; `step` is called after each."""
        for day in self.world.days:
            if self.world.decides(day):
                self._day(day)
            elif day >= self.world.mandate_from:
                self.desk.call(day)
            step()

    def _day(self, day: dt.date) -> None:
        with clock.frozen(at(day, 7)):
            self._morning(day)
            self._night(day)
        with clock.frozen(at(day, 8, 40)):
            until = min(day - UNCONFIRMED, self.world.last - LEFT_TO_CONFIRM)
            touched = self.cash.work(day, until)
        if day < self.world.mandate_from:
            return
        last = day == self.world.last
        if not last:
            self._send(day)
        with clock.frozen(at(day, 9, 20)):
            touched += self.office.work(day, last)
        called = self.desk.call(day, 1 if last else None)
        if last:
            with clock.frozen(at(day, 9, 50)):
                reevaluate(client=self.client, customer_ids=[*touched, *called], actor=CLERK, as_of=day)

    def _night(self, day: dt.date) -> None:
        """Under the mandate the whole day; before it only the cash."""
        if day >= self.world.mandate_from:
            business.live(client=self.client, as_of=day, actor="system:day")
        else:
            apply_credit_notes(client=self.client, actor="system:day", as_of=day)
            apply_cash(client=self.client, actor="system:day", as_of=day)

    # --- files --------------------------------------------------------------------------------------------------------
    def _morning(self, day: dt.date) -> None:
        """What arrived since the last time: statements first, then what was invoiced."""
        statements = self._statements(list(bank_days(self.told_until + dt.timedelta(days=1), bank_day_before(day))))
        self.told_until = bank_day_before(day)
        if statements:
            self._take(day, statements)
        issued = self._issued(day)
        notes = self.answers.give(self.desk, day)
        for bill in issued:
            self.books.issue(bill)
        files = self._rents(issued) if self.demo.slug == "casacomune" else self._invoices(issued + notes, day)
        if files:
            self._take(day, files)

    def _statements(self, days: list[dt.date]) -> Files:
        """The bank's own format, a file a day; in the last weeks some download the list of entries instead."""
        files = []
        for on in days:
            opening, movements = self.balance_cents, self.books.movements(on)
            self.cash.truth.update((movement.id, movement) for movement in movements)
            self.balance_cents += sum(movement.cents for movement in movements)
            if not self.demo.bank_list or on < self.world.weekly_from:
                files.append((f"estratto_{on:%Y%m%d}.xml", camt.statement(self.demo, on, opening, movements)))
            elif movements:
                files.append((f"movimenti_{on:%Y%m%d}.csv", lists.bank(self.demo, opening, movements)))
        return files

    def _issued(self, day: dt.date) -> list[Bill]:
        count = 0
        while count < len(self.bills) and self.bills[count].issued_on <= day:
            count += 1
        issued, self.bills = self.bills[:count], self.bills[count:]
        return issued

    def _invoices(self, issued: list[Bill], day: dt.date) -> Files:
        documents = [(fatturapa.file_name(self.demo, bill), fatturapa.document(self.demo, bill)) for bill in issued]
        if self.demo.slug == "valverde" and documents:
            return [(f"fatture_{day:%Y%m%d}.zip", fatturapa.archive(documents))]
        return documents

    def _rents(self, issued: list[Bill]) -> Files:
        months = sorted({bill.issued_on for bill in issued})
        return [
            (
                f"canoni_{month_end(on) + dt.timedelta(days=1):%Y%m}.csv",
                lists.rents(bill for bill in issued if bill.issued_on == on),
            )
            for on in months
        ]

    def _take(self, day: dt.date, files: Files) -> None:
        """Keep the files where a person finds them, stage them and accept the batch."""
        folder = self.world.home / "demo" / self.demo.slug / day.isoformat()
        keep(folder, files)
        batch = staging.stage(client=self.client, files=files, profile=None, actor=CLERK, as_of=day)
        batch.refresh_from_db()
        if batch.status == "staged":
            staging.accept(batch=batch, actor=CLERK, as_of=day)

    # --- messages -----------------------------------------------------------------------------------------------------
    def _send(self, day: dt.date) -> None:
        """What the night queued leaves at nine; customers read it the same day, letters some days later."""
        with clock.frozen(at(day, 9, 5)):
            if day >= self.world.post_from:
                send_messages(client=self.client, channels=self.channels, worker="demo", as_of=day, look_again=False)
            else:
                post.hand_over(self.client, clock.now())
        sent = Contact.objects.filter(client=self.client, on_date=day, human=False, direction="out", outcome="sent")
        for number, channel, tone in sent.order_by("pk").values_list("customer__number", "channel", "tone"):
            self.books.tell(number, day + dt.timedelta(days=3 if channel == "letter" else 0), tone or 0)


def keep(folder: Path, files: Files) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files:
        (folder / name).write_bytes(content)


def at(day: dt.date, hour: int, minute: int = 0) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(hour, minute), clock.ROME)
