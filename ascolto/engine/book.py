# SPDX-License-Identifier: Apache-2.0
"""The open items of one client as cash application looks them up. Owns: the indexes, and keeping them right.

Everything is found by an exact key (reference, number, IBAN, amount, word of a name): a line looks at a handful of
customers, however many there are. Settling an item changes only what was indexed of it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ascolto.engine import remittance as text
from ascolto.engine.allocate import Item, Split
from ascolto.engine.evidence import Expected, Line, Person
from ascolto.engine.names import NOTHING, Names, Said, in_order, words
from ascolto.engine.settling import CAPITAL, USUAL, Rule

COMMON_SHARE = 1000
"""An amount that more than one customer in so many owes (and more than one) is common: it says little."""

History = Mapping[str, Mapping[int, int]]
"""Payer IBAN -> {customer id: times}."""


@dataclass
class Taught:
    """What people have said: payer (IBAN or name, as keys) -> {customer id: who said so}, and who was ruled out."""

    confirmed: dict[str, dict[int, str]] = field(default_factory=lambda: defaultdict(dict))
    refused: set[tuple[str, int]] = field(default_factory=set)

    def confirm(self, iban: str, name: str, customer_id: int, who: str) -> None:
        """A person gave this payer's money to the customer."""
        for key in payer_keys(iban, name):
            self.confirmed[key][customer_id] = who

    def refuse(self, iban: str, name: str, customer_id: int) -> None:
        """A person said that this payer's money was not the customer's."""
        self.refused |= {(key, customer_id) for key in payer_keys(iban, name)}

    def is_refused(self, iban: str, name: str, customer_id: int) -> bool:
        """True when a person ruled the customer out for such a payer, and nobody said yes since."""
        keys = payer_keys(iban, name)
        yes = any(customer_id in self.confirmed.get(key, ()) for key in keys)
        return not yes and any((key, customer_id) in self.refused for key in keys)

    def owner(self, key: str) -> tuple[int, str] | None:
        """The one customer whom people gave this payer's money to, and who said so last; None when two."""
        owners = self.confirmed.get(key, {})
        return next(iter(owners.items())) if len(owners) == 1 else None


def payer_keys(iban: str, name: str) -> list[str]:
    """How a payer is recognised again: the account, and the words of the name in order."""
    return [key for key in (text.compact(iban), in_order(words(name))) if key]


@dataclass(frozen=True)
class Left:
    """What a narrow book leaves out (`reach`), as far as the lines that it is for look at it: how many customers,
    how many of them owe an amount in one item or in all, and whose names each line says (None: nobody is left
    out, and the book knows the names of all)."""

    customers: int = 0
    amounts: Mapping[int, int] = field(default_factory=dict)
    totals: Mapping[int, int] = field(default_factory=dict)
    said: Mapping[int, Said] | None = None


class Book:
    """Open items, customers and past payers of one client, indexed: all of them, or those whom some lines could mean and
    the counts of the others (`left`). Owns copies of nothing: `items` are lowered."""

    def __init__(
        self,
        items: Iterable[Item],
        people: Iterable[Person],
        history: History | None = None,
        taught: Taught | None = None,
        expected: Iterable[Expected] = (),
        rule: Rule = USUAL,
        left: Left = Left(),
    ) -> None:
        self.taught = taught or Taught()
        self.rule = rule
        self.items = {item.instalment_id: item for item in items}
        self.people = {person.customer_id: person for person in people}
        self.history = {iban: dict(past) for iban, past in (history or {}).items()}
        self.names = Names(self.people.values())
        self.left = left
        self.by_code: dict[str, int] = {}
        self.by_person_key: dict[str, set[tuple[str, int, str]]] = defaultdict(set)
        self.by_customer: dict[int, list[Item]] = defaultdict(list)
        self.by_reference: dict[str, list[Item]] = {}
        self.by_number: dict[str, list[Item]] = {}
        self.by_amount: dict[int, set[int]] = defaultdict(set)
        self.by_total: dict[int, set[int]] = defaultdict(set)
        self.by_expected: dict[int, list[Expected]] = defaultdict(list)
        for said in expected:
            self.by_expected[said.amount_cents].append(said)
        self._index_people()
        self._index_items()

    def _index_people(self) -> None:
        for person in self.people.values():
            for code in person.tax_codes:
                self.by_code[text.compact(code)] = person.customer_id
            numbers = [("customer_number", person.number), *(("account_number", n) for n in person.accounts)]
            for kind, number in numbers:
                if key := " ".join(s.key for s in text.read(number)):
                    self.by_person_key[key].add((kind, person.customer_id, number))

    def _index_items(self) -> None:
        number, keys = "", set[str]()
        for item in self.items.values():
            self.by_customer[item.customer_id].append(item)
            if item.balance_cents > 0:
                self.by_amount[item.balance_cents].add(item.customer_id)
            for reference in item.references:
                self.by_reference.setdefault(text.reference_key(reference), []).append(item)
            if item.kind != CAPITAL:
                continue  # a charge bears the number of its invoice: who writes that means the invoice
            if item.number != number:  # the instalments of an invoice stand together
                number, keys = item.number, text.number_keys(item.number)
            for key in keys:
                self.by_number.setdefault(key, []).append(item)
        for customer_id in self.by_customer:
            if total := self._total(customer_id):
                self.by_total[total].add(customer_id)

    def _total(self, customer_id: int) -> int:
        """All that a customer owes, when that is more than one item; else 0."""
        owed = [item.balance_cents for item in self.by_customer[customer_id] if item.balance_cents > 0]
        return sum(owed) if len(owed) > 1 else 0

    def learn(self, iban: str, customer_id: int) -> None:
        """An account has paid for a customer once more."""
        if iban:
            past = self.history.setdefault(text.compact(iban), {})
            past[customer_id] = past.get(customer_id, 0) + 1

    def met(self, customer_id: int, cents: int) -> None:
        """What a customer said would come has come: it is not expected a second time."""
        if cents in self.by_expected:
            self.by_expected[cents] = [said for said in self.by_expected[cents] if said.customer_id != customer_id]

    def take(self, split: Split) -> None:
        """Lower the balances that `split` takes, so that the next line sees what is still open."""
        for instalment_id, cents in (*split.parts, *split.small):
            item = self.items[instalment_id]
            assert cents <= item.balance_cents, "settled beyond the balance"
            self._move(item, item.balance_cents - cents)

    def _move(self, item: Item, cents: int) -> None:
        customer_id, before = item.customer_id, item.balance_cents
        self.by_total[self._total(customer_id)].discard(customer_id)
        item.balance_cents = cents
        if not any(other.balance_cents == before for other in self.by_customer[customer_id]):
            self.by_amount[before].discard(customer_id)
        if cents:
            self.by_amount[cents].add(customer_id)
        if total := self._total(customer_id):
            self.by_total[total].add(customer_id)

    def said(self, line: Line) -> Said:
        """Whose names a line says, among all customers of the client."""
        return self.names.said(line) if self.left.said is None else self.left.said.get(line.line_id, NOTHING)

    def owing(self, cents: int) -> tuple[set[int], int]:
        """Customers of the book who owe an amount in one item, and how many of the client do."""
        owners = self.by_amount.get(cents, set())
        return owners, len(owners) + self.left.amounts.get(cents, 0)

    def owing_in_all(self, cents: int) -> tuple[set[int], int]:
        """The same of all that a customer owes, when that is more than one item."""
        owners = self.by_total.get(cents, set())
        return owners, len(owners) + self.left.totals.get(cents, 0)

    def is_common(self, owners: int) -> bool:
        """True for an amount that so many customers owe that it says little."""
        return owners > max(1, (len(self.people) + self.left.customers) // COMMON_SHARE)

    def owed(self, customer_id: int, currency: str) -> list[Item]:
        """What is open of one customer in one currency."""
        known = self.by_customer.get(customer_id, ())
        return [item for item in known if item.balance_cents > 0 and item.currency == currency]
