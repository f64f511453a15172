# SPDX-License-Identifier: Apache-2.0
"""What the customers of one client owe and have in mind: the demo's own memory of the truth, apart from the database.

It gives the bank its movements day by day and learns what happened. Nothing of the domain is read here: what
customers know (bills, messages, calls) is told to them by life.py.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from ascolto.demo import bank
from ascolto.demo import behaviour as b
from ascolto.demo.bank import Movement
from ascolto.demo.behaviour import Item, Key, Plan
from ascolto.demo.billing import Bill
from ascolto.demo.chance import between, happens
from ascolto.demo.clients import DemoClient
from ascolto.demo.days import bank_day
from ascolto.demo.population import Person
from ascolto.demo.talk import Owed, Talk


class Books:
    """Items, balances (cents) and plans of one client's customers."""

    def __init__(self, client: DemoClient, people: Iterable[Person]) -> None:
        self.client = client
        self.people = {person.number: person for person in people}
        self.items: dict[Key, Item] = {}
        self.holder: dict[Key, Person] = {}
        self.owed: dict[Key, int] = {}
        self.plans: dict[Key, Plan] = {}
        self.references: dict[Key, str] = {}
        self.open_of: dict[str, list[Key]] = defaultdict(list)
        self.sold_cents = 0
        self._agenda: dict[date, list[Key]] = defaultdict(list)
        self._returns: dict[date, list[Movement]] = defaultdict(list)

    # --- what customers are told --------------------------------------------------------------------------------------
    def issue(self, bill: Bill) -> None:
        """A bill goes out: each instalment becomes an item with a first plan."""
        for due in bill.dues:
            item = Item(bill.number, due.position, bill.issued_on, due.due_on, due.cents)
            self.items[item.key], self.holder[item.key] = item, bill.person
            self.owed[item.key], self.references[item.key] = due.cents, due.reference
            self.open_of[bill.person.number].append(item.key)
            self.sold_cents += due.cents
            self._mean(item.key, b.first_plan(bill.person, item))

    def tell(self, number: str, day: date, tone: int) -> None:
        """A message about all that is open has arrived on `day`."""
        for key in self._open(number):
            self._mean(key, b.after_message(self.people[number], self.items[key], self.plans[key], day, tone))

    def agree(self, talk: Talk) -> None:
        """What was said in a call becomes what is meant."""
        for key, plan in talk.plans.items():
            if self.owed.get(key):
                self._mean(key, plan)

    def answer(self, key: Key, day: date, credited_cents: int) -> None:
        """A dispute was answered, with a credit or without."""
        self.owed[key] -= min(credited_cents, self.owed[key])
        if self.owed[key]:
            self._mean(key, b.after_dispute(self.holder[key], self.items[key], day))

    def owed_by(self, number: str) -> list[Owed]:
        """Everything open of a customer, oldest due first."""
        keys = sorted(self._open(number), key=lambda key: (self.items[key].due_on, key))
        return [Owed(self.items[key], self.plans[key], self.owed[key]) for key in keys]

    # --- what they do -------------------------------------------------------------------------------------------------
    def movements(self, day: date) -> list[Movement]:
        """Everything that the bank books on `day` (call once per bank day, in order)."""
        booked = [*self._returned(day), *self._payments(day), *bank.noise(self.client, day)]
        return sorted(booked, key=lambda movement: movement.id)

    def _payments(self, day: date) -> Iterator[Movement]:
        for number, keys in sorted(self._due_now(day).items()):
            person = self.people[number]
            if not person.direct_debit and happens(0.3, person.key, "sums up"):
                keys += [key for key in self._open(number) if key not in keys and self._comes_along(key, day)]
            together = len(keys) > 1 and not person.direct_debit and happens(0.75, person.key, "together")
            for group in [keys] if together else [[key] for key in keys]:
                movement = self._pay(person, group, day)
                if movement is not None:
                    yield movement

    def _due_now(self, day: date) -> dict[str, list[Key]]:
        found: dict[str, list[Key]] = defaultdict(list)
        for on in sorted(on for on in self._agenda if on <= day):
            for key in self._agenda.pop(on):
                if self.plans[key].on == on and self.owed[key] > 0 and key not in found[self.holder[key].number]:
                    found[self.holder[key].number].append(key)
        return {number: sorted(keys) for number, keys in found.items() if keys}

    def _comes_along(self, key: Key, day: date) -> bool:
        return self.items[key].due_on <= day and self.plans[key].mood not in (b.CONTESTED, b.SHORT, b.UNWILLING)

    def _pay(self, person: Person, keys: list[Key], day: date) -> Movement | None:
        parts = [(self.items[key], self._part(person, key, len(keys))) for key in keys]
        parts = [(item, cents) for item, cents in parts if cents > 0]
        if not parts:
            return None
        movement = bank.payment(person, parts, self.references, day)
        for item, cents in parts:
            self._settle(person, item, cents, day)
        first = parts[0][0]
        if movement.family == "RDDT" and b.direct_debit_bounces(person, first):
            back = bank_day(day + timedelta(days=between(2, 5, person.key, first.number, "back")))
            self._returns[back].append(bank.returned(movement, back))
        return movement

    def _part(self, person: Person, key: Key, count: int) -> int:
        """What is paid of one item: all, a share rounded to five euro, or whole euro for those who round."""
        owed, permille = self.owed[key], self.plans[key].permille
        if permille < 1000:
            return min(owed, max(owed * permille // 100_000 * 100, 1000))
        whole = person.style == "rounds" and count == 1 and owed > 1000
        return owed // 100 * 100 if whole else owed

    def _settle(self, person: Person, item: Item, cents: int, day: date) -> None:
        self.owed[item.key] -= cents
        if self.owed[item.key]:
            self._mean(item.key, b.after_part(person, item, self.plans[item.key], day))

    def _returned(self, day: date) -> Iterator[Movement]:
        for on in sorted(on for on in self._returns if on <= day):
            for movement in self._returns.pop(on):
                for key, cents in movement.parts:
                    self.owed[key] += cents
                    self.open_of[movement.customer].append(key)
                    self._mean(key, b.after_return(self.holder[key], self.items[key], day))
                yield movement

    def _open(self, number: str) -> list[Key]:
        keys = [key for key in dict.fromkeys(self.open_of[number]) if self.owed[key] > 0]
        self.open_of[number] = keys
        return list(keys)

    def _mean(self, key: Key, plan: Plan) -> None:
        if plan != self.plans.get(key):
            self.plans[key] = plan
            if plan.on is not None:
                self._agenda[plan.on].append(key)
