# SPDX-License-Identifier: Apache-2.0
"""The deeds that bench.deeds measures: each is prepared (whom it is about is looked for, what it needs is done), then done.

Written against the verbs that the pages call. `LookupError`: this world has nobody to do it to.
"""

import datetime as dt
import random
from collections.abc import Callable, Iterator
from typing import Any

from ascolto.domain.access.models import Client
from ascolto.domain.access.viewer import system_viewer
from ascolto.domain.agreements.models import Plan
from ascolto.domain.care import handling
from ascolto.domain.care.actions import reopen_case
from ascolto.domain.care.models import CareCase, Gap
from ascolto.domain.care.papers import accept_gap
from ascolto.domain.intake import staging
from ascolto.domain.intake.models import Batch
from ascolto.domain.intake.profile import BANK, CUSTOMERS, OPEN_ITEMS, Profile
from ascolto.domain.ledger.models import BankLine, BankStatement, MatchProposal, Payment
from ascolto.domain.ledger.sums import items_of
from ascolto.domain.portfolio.models import Customer
from ascolto.domain.strategy import (
    agreed,
    caring,
    cash,
    charging,
    client_settings,
    dossier,
    legal_gate,
    papers,
    paths,
    reactions,
)
from ascolto.domain.strategy.models import Decision
from ascolto.domain.strategy.reactions import Call
from ascolto.domain.strategy.takeback import take_back_call

Deed = Callable[[], Any]


class World:
    """Whom the deeds are about; looked for once."""

    def __init__(self, as_of: dt.date) -> None:
        self.as_of = as_of
        self.client = Client.objects.order_by("pk")[0]
        self.viewer = system_viewer("bench", [self.client.pk])
        self.chance = random.Random(1)
        rows = Decision.objects.filter(client=self.client, superseded_on=None, overdue_cents__gt=0).order_by("pk")
        self.late = list(rows.values_list("customer_id", flat=True)[100:400])
        statement = BankStatement.objects.filter(client=self.client).order_by("-pk")[0]
        self.lines = BankLine.objects.filter(client=self.client, statement__gte=statement.pk - 30, amount_cents__gt=0)

    def someone(self) -> int:
        return self.chance.choice(self.late)

    def owed(self, customer_id: int) -> int:
        return sum(item.balance_cents for item in items_of(self.client.pk, customer_id, "EUR"))

    def invoice(self, customer_id: int) -> int:
        return items_of(self.client.pk, customer_id, "EUR")[-1].invoice_id

    def standing(self) -> Payment:
        """A payment of the last statements that stands, of a line that is nobody else's."""
        rows = Payment.objects.filter(client=self.client, bank_line__in=self.lines.order_by("-pk")[:200])
        found = [one for one in rows.order_by("pk") if one.amount_cents > 0 and not hasattr(one, "reversed_by")]
        return self.chance.choice(found)

    def waiting(self) -> BankLine:
        """A line that was undone, and waits."""
        payment = self.standing()
        cash.undo_cash(self.viewer, payment.pk, "Sbagliato", self.as_of)
        assert payment.bank_line is not None
        return payment.bank_line

    def proposal(self) -> MatchProposal:
        rows = MatchProposal.objects.filter(client=self.client, status=MatchProposal.Status.OPEN)
        found = rows.filter(bank_line__waiting__isnull=False).order_by("-pk").first()
        return found or MatchProposal.objects.filter(bank_line=self.waiting(), status=MatchProposal.Status.OPEN)[0]

    def call(self, customer_id: int, **said: Any) -> Any:
        told = {"outcome": "right_party", "reason": "forgot", "idempotency_key": f"bench:{self.chance.random()}"} | said
        return reactions.finish_call(self.viewer, customer_id, Call(**told))

    def stage(self, name: str, profile: Profile, rows: list[list[Any]]) -> Batch:
        """A list brought by a person, waiting for its acceptance."""
        text = "\n".join(";".join(map(str, row)) for row in rows)
        return staging.stage(
            client=self.client, files=[(name, text.encode())], profile=profile, actor="bench", as_of=self.as_of
        )


def deeds(as_of: dt.date) -> Iterator[tuple[str, Callable[[], Deed]]]:
    """(name, what prepares it) of every deed."""
    world = World(as_of)
    for told in (_conversations, _agreements, _care, _charges, _cash, _imports, _settings):
        yield from told(world)


def _conversations(w: World) -> Iterator[tuple[str, Callable[[], Deed]]]:
    day, soon = w.as_of, w.as_of + dt.timedelta(days=5)

    def promising() -> Deed:
        who = w.someone()
        cents = w.owed(who)
        return lambda: w.call(who, promise_cents=cents, promise_on=soon)

    def disputing() -> Deed:
        who = w.someone()
        invoice = w.invoice(who)
        return lambda: w.call(who, reason="dispute", reason_detail="amount", dispute_invoice_id=invoice, note="Troppo")

    def taking_back() -> Deed:
        contact = promising()()
        return lambda: take_back_call(w.viewer, contact.pk, as_of=day)

    def promise_outside() -> Deed:
        who = w.someone()
        cents = w.owed(who)
        return lambda: reactions.promise(w.viewer, who, amount_cents=cents, due_on=soon, channel="email", as_of=day)

    def hold() -> Deed:
        who = w.someone()
        return lambda: reactions.hold(w.viewer, who, reason="Lutto", until_on=soon, as_of=day)

    def lift() -> Deed:
        held = hold()()
        return lambda: reactions.lift_hold(w.viewer, held.pk, as_of=day)

    yield (
        "a call with nobody there",
        lambda: (lambda who: lambda: w.call(who, outcome="no_answer", reason=""))(w.someone()),
    )
    yield "a call with a promise", promising
    yield "a call with a dispute", disputing
    yield "a call taken back", taking_back
    yield "a promise outside a call", promise_outside
    yield "a hold", hold
    yield "a hold lifted", lift


def _agreements(w: World) -> Iterator[tuple[str, Callable[[], Deed]]]:
    day = w.as_of

    def proposing() -> Deed:
        who, first = w.someone(), day + dt.timedelta(days=10)
        return lambda: agreed.propose_plan(w.viewer, who, count=2, first_on=first, as_of=day)

    def accepting() -> Deed:
        plan: Plan = proposing()()
        if plan.status == Plan.Status.PROPOSED:
            agreed.approve_plan(w.viewer, plan.pk, as_of=day)
        return lambda: agreed.accept_plan(w.viewer, plan.pk, how="email", accepted_by="Carla", as_of=day)

    def cancelling() -> Deed:
        plan = accepting()()
        return lambda: agreed.cancel_plan(w.viewer, plan.pk, why="Ha cambiato idea", as_of=day)

    def path() -> Deed:
        who = w.someone()
        paths.mark_customer(w.viewer, who, vulnerable=True, social_bonus=False, protection="", as_of=day)
        return lambda: paths.start_path(
            w.viewer, who, sign="vulnerable", said="Ha perso il lavoro", pause_until_on=day + dt.timedelta(days=20),
            review_on=day + dt.timedelta(days=25), as_of=day,
        )  # fmt: skip

    def mark() -> Deed:
        who = w.someone()
        return lambda: paths.mark_customer(w.viewer, who, vulnerable=True, social_bonus=False, protection="", as_of=day)

    yield "a plan proposed", proposing
    yield "a plan accepted", accepting
    yield "a plan cancelled", cancelling
    yield "a hardship path started", path
    yield "a customer marked vulnerable", mark


def _care(w: World) -> Iterator[tuple[str, Callable[[], Deed]]]:
    day = w.as_of

    def opening() -> Deed:
        who = w.someone()
        return lambda: reactions.open_care_case(w.viewer, who, kind="complaint", reason="Nessuno risponde", as_of=day)

    def answering() -> Deed:
        case: CareCase = opening()()
        return lambda: reactions.close_care_case(w.viewer, case.pk, outcome="Chiarito", as_of=day)

    def dispute() -> CareCase:
        who = w.someone()
        found: CareCase = reactions.open_care_case(
            w.viewer, who, kind="dispute", reason="Consumo", topic="meter", invoice_id=w.invoice(who), as_of=day
        )
        return found

    def granting() -> Deed:
        case = dispute()
        return lambda: reactions.close_care_case(w.viewer, case.pk, outcome="Ha ragione", verdict="upheld", as_of=day)

    def fault() -> Deed:
        case = dispute()
        return lambda: caring.change_case(w.viewer, case.pk, handling.set_fault, fault="ours", as_of=day)

    def reopening() -> Deed:
        case = answering()()
        return lambda: caring.change_case(w.viewer, case.pk, reopen_case, why="Insiste", as_of=day)

    def giving_up() -> Deed:
        who = w.someone()
        item = items_of(w.client.pk, who, "EUR")[0]
        return lambda: caring.ask_to_give_up(
            w.viewer,
            item.invoice_id,
            kind="write_off",
            amount_cents=min(item.balance_cents, 500),
            reason="Pochi",
            as_of=day,
        )

    def crediting() -> Deed:
        asked = giving_up()()
        return lambda: caring.decide_credit(w.viewer, asked.pk, approved=True, as_of=day)

    def gap() -> Deed:
        found = Gap.objects.filter(client=w.client, closed_on=None).order_by("pk").first()
        if found is None:
            raise LookupError("no invoice lacks anything")
        return lambda: papers.mend_gap(w.viewer, found.pk, accept_gap, why="Va bene", as_of=day)

    def demands() -> Deed:
        who = Customer.objects.select_related("client").get(pk=w.someone())
        return lambda: papers.change_demands(w.viewer, who, demands=["order"], as_of=day)

    yield "a complaint opened", opening
    yield "a complaint answered", answering
    yield "a dispute closed, granted", granting
    yield "whose fault a dispute is", fault
    yield "a case opened again", reopening
    yield "a write-off asked for", giving_up
    yield "a write-off approved", crediting
    yield "a gap of an invoice accepted", gap
    yield "what invoices must name", demands


def _charges(w: World) -> Iterator[tuple[str, Callable[[], Deed]]]:
    day = w.as_of

    def cost() -> Deed:
        who = w.someone()
        invoice = w.invoice(who)
        return lambda: charging.charge_costs(
            w.viewer,
            who,
            invoice_id=invoice,
            cents=1200,
            reason="Visura",
            due_on=day + dt.timedelta(days=30),
            as_of=day,
        )

    def withdrawing() -> Deed:
        made = cost()()
        return lambda: charging.withdraw_charge(w.viewer, made.pk, why="Sbagliato", as_of=day)

    def legal() -> Deed:
        who = w.someone()
        return lambda: legal_gate.approve_legal(w.viewer, who, costs_cents=1, reason="Grave", as_of=day)

    def pack() -> Deed:
        who = w.someone()
        return lambda: dossier.make_dossier(w.viewer, who, as_of=day)

    yield "costs charged", cost
    yield "a charge withdrawn", withdrawing
    yield "court approved", legal
    yield "a dossier made", pack


def _cash(w: World) -> Iterator[tuple[str, Callable[[], Deed]]]:
    day = w.as_of

    def undoing() -> Deed:
        payment = w.standing()
        return lambda: cash.undo_cash(w.viewer, payment.pk, "Sbagliato", day)

    def undoing_all() -> Deed:
        payment = w.standing()
        return lambda: cash.undo_line(w.viewer, payment.bank_line_id, "Sbagliato", day)

    def confirming() -> Deed:
        proposal = w.proposal()
        return lambda: cash.confirm_cash(w.viewer, proposal.pk, day)

    def rejecting() -> Deed:
        proposal = w.proposal()
        return lambda: cash.reject_cash(w.viewer, proposal.pk, day)

    def assigning(part: bool) -> Deed:
        line, who = w.waiting(), w.someone()
        cents = line.amount_cents // 2 if part else None
        return lambda: cash.assign_cash(w.viewer, line.pk, who, None, day, cents)

    def aside() -> Deed:
        line = w.waiting()
        return lambda: cash.set_aside(w.viewer, line.pk, "Giroconto", day)

    def up() -> Deed:
        lying = aside()()
        return lambda: cash.take_up(w.viewer, lying.pk, day)

    yield "a proposal confirmed", confirming
    yield "a proposal rejected", rejecting
    yield "a line given wholly (a payment by hand)", lambda: assigning(False)
    yield "a line given in part", lambda: assigning(True)
    yield "a payment undone", undoing
    yield "a line undone", undoing_all
    yield "a line set aside", aside
    yield "a line taken up", up


ITEMS = Profile(
    kind=OPEN_ITEMS,
    columns={"customer_number": "cliente", "customer_name": "nome", "invoice_number": "numero", "issued_on": "data",
             "due_on": "scadenza", "total_cents": "totale", "open_cents": "aperto"},
)  # fmt: skip
PEOPLE = Profile(kind=CUSTOMERS, columns={"customer_number": "cliente", "customer_name": "nome", "email": "email"})
BANKED = Profile(
    kind=BANK,
    columns={
        "booked_on": "data",
        "entry_cents": "importo",
        "told": "causale",
        "payer_name": "da",
        "payer_iban": "iban",
    },
    account="IT66K0998112900000000000001",
)


def _imports(w: World) -> Iterator[tuple[str, Callable[[], Deed]]]:
    day = w.as_of

    def file(n: int) -> Batch:
        who = Customer.objects.filter(pk__in=[w.someone() for _ in range(n)])
        rows = [
            [
                c.number,
                c.name,
                f"B{w.chance.randrange(10**7)}/26",
                f"{day:%d/%m/%Y}",
                f"{day:%d/%m/%Y}",
                "123,45",
                "123,45",
            ]
            for c in who
        ]
        return w.stage(
            "aperti.csv", ITEMS, [["cliente", "nome", "numero", "data", "scadenza", "totale", "aperto"], *rows]
        )

    def address() -> Batch:
        one = Customer.objects.get(pk=w.someone())
        return w.stage(
            "clienti.csv", PEOPLE, [["cliente", "nome", "email"], [one.number, one.name, "nuova@casa.example"]]
        )

    def bank(n: int) -> Batch:
        rows = []
        for who in [w.someone() for _ in range(n)]:
            name = Customer.objects.get(pk=who).name
            item = items_of(w.client.pk, who, "EUR")[0]
            amount = f"{item.balance_cents // 100},{item.balance_cents % 100:02d}"
            rows.append([f"{day:%d/%m/%Y}", amount, f"SALDO FT {item.number}", name, ""])
        return w.stage("banca.csv", BANKED, [["data", "importo", "causale", "da", "iban"], *rows])

    def accepting(made: Callable[[], Batch]) -> Deed:
        batch = made()
        wrong = batch.problems.filter(severity="error").values_list("problem", flat=True)
        if wrong:
            raise LookupError(f"the file is refused: {list(wrong)}")
        return lambda: reactions.accept_batch(w.viewer, batch.pk, as_of=day)

    yield "a contact point by a list of one row", lambda: accepting(address)
    yield "one invoice taken over", lambda: accepting(lambda: file(1))
    yield "a file of 10 invoices brought", lambda: lambda: file(10)
    yield "a file of 10 invoices taken over", lambda: accepting(lambda: file(10))
    yield "a statement of 50 lines brought", lambda: lambda: bank(50)
    yield "a statement of 50 lines taken over", lambda: accepting(lambda: bank(50))


def _settings(w: World) -> Iterator[tuple[str, Callable[[], Deed]]]:
    def particulars() -> Deed:
        return lambda: client_settings.change_client(w.viewer, w.client.pk, as_of=w.as_of, phone="+390200000000")

    def warned() -> Deed:
        before = w.client.warn_of_gaps
        return lambda: client_settings.change_client(w.viewer, w.client.pk, as_of=w.as_of, warn_of_gaps=not before)

    yield "a client's phone changed", particulars
    yield "warnings instead of blocks", warned
    yield "the bar of cash", lambda: lambda: cash.set_bar(w.viewer, w.client.pk, 960)
