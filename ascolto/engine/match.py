# SPDX-License-Identifier: Apache-2.0
"""Whose payment is this? Owns: the evidence that a bank line speaks for a customer, its weight, and the verdict.

Every piece of evidence has a weight in per mille: how often it is right when it stands alone. Independent pieces
combine by multiplying their doubts: 1000 - (1000-a)(1000-b)/1000. docs/algorithms/cash_application.md has the table
with a worked example. `Book` indexes the open items and the customers once; `candidates` then reads line by line.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

from rapidfuzz import fuzz

from ascolto.engine import remittance as text
from ascolto.engine.allocate import Item, Split, allocate, exact_items

WEIGHTS: Mapping[str, int] = {
    "reference": 985,
    "number": 930,
    "number_announced": 900,
    "number_shared": 400,
    "number_bare": 400,
    "tax_code": 930,
    "customer_number": 900,
    "account_number": 900,
    "iban_once": 800,
    "iban_twice": 880,
    "iban_often": 930,
    "iban_shared": 400,
    "name": 700,
    "name_alike": 450,
    "name_in_text": 600,
    "amount_named": 700,
    "amount_one": 600,
    "amount_all": 550,
    "amount_some": 300,
    "amount_common": 300,
}
"""Per mille. How sure one piece of evidence makes us when it stands alone."""

NAMING = frozenset({"reference", "number", "number_announced"})
"""Evidence in which the payer says what is being paid; against it, circumstances of other customers weigh half."""
CLOSE_PERMILLE = 100
"""Two customers nearer than this are about equal: a person decides."""
CAUTION_PERMILLE = 900
"""Ceiling when something speaks against settling at once, for example an invoice that is already paid."""
SHOWN = 3
WEAK_PERMILLE = 250
FAMILY = 50
"""A single word that more customers have than this does not bring them in by a misspelt name."""
SAME_NAME, LIKE_NAME = 98, 85
"""Likeness of two names with their words in order, out of 100."""
CROWD = 3
"""An IBAN, an amount or a name that more customers than this share says nothing by itself."""

Reason = tuple[str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Line:
    """Money that came in: positive cents."""

    line_id: int
    amount_cents: int
    currency: str = "EUR"
    reference: str = ""
    remittance: str = ""
    payer_name: str = ""
    payer_iban: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """A customer as cash application knows it."""

    customer_id: int
    number: str
    name: str
    tax_codes: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Candidate:
    """One customer a line may pay for: what it would settle, how sure (per mille) and why."""

    customer_id: int
    confidence_permille: int
    split: Split
    reasons: tuple[Reason, ...]


@dataclass
class _Evidence:
    """What speaks for one customer while a line is read."""

    reasons: list[tuple[str, int, dict[str, Any]]] = field(default_factory=list)
    named: set[int] = field(default_factory=set)
    bare: set[int] = field(default_factory=set)

    def add(self, code: str, weight: int | None = None, /, **params: Any) -> None:
        if not any(known == code and told == params for known, _, told in self.reasons):
            self.reasons.append((code, WEIGHTS[code] if weight is None else weight, params))


class Book:
    """Open items, customers and past payers of one client, indexed. `history`: payer IBAN -> {customer id: times}."""

    def __init__(
        self,
        items: Iterable[Item],
        people: Iterable[Person],
        history: Mapping[str, Mapping[int, int]] | None = None,
    ) -> None:
        self.items = {item.instalment_id: item for item in items}
        self.keys = {number: text.number_keys(number) for number in {i.number for i in self.items.values()}}
        self.people = {person.customer_id: person for person in people}
        self.history = history or {}
        self.by_word: dict[str, set[int]] = defaultdict(set)
        self.sorted_names: dict[int, str] = {}
        self.by_code: dict[str, int] = {}
        self.by_person_key: dict[tuple[str, ...], set[tuple[str, int, str]]] = defaultdict(set)
        self._index_people()
        self.renew(self.history)

    def renew(self, history: Mapping[str, Mapping[int, int]]) -> None:
        """Index anew what a round has changed: balances and past payers."""
        self.history = history
        self.by_customer: dict[int, list[Item]] = defaultdict(list)
        self.by_reference: dict[str, list[Item]] = defaultdict(list)
        self.by_number: dict[tuple[str, ...], list[Item]] = defaultdict(list)
        self.by_amount: dict[int, set[int]] = defaultdict(set)
        self.by_total: dict[int, set[int]] = defaultdict(set)
        for item in self.items.values():
            self.by_customer[item.customer_id].append(item)
            if item.balance_cents > 0:
                self.by_amount[item.balance_cents].add(item.customer_id)
            for reference in item.references:
                self.by_reference[text.compact(reference)].append(item)
            for key in self.keys[item.number]:
                self.by_number[key].append(item)
        for customer_id, known in self.by_customer.items():
            owed = [item.balance_cents for item in known if item.balance_cents > 0]
            if len(owed) > 1:
                self.by_total[sum(owed)].add(customer_id)

    def _index_people(self) -> None:
        for person in self.people.values():
            words = _words(person.name)
            self.sorted_names[person.customer_id] = " ".join(sorted(words))
            for word in words:
                self.by_word[word].add(person.customer_id)
            for code in person.tax_codes:
                self.by_code[text.compact(code)] = person.customer_id
            numbers = [("customer_number", person.number), *(("account_number", n) for n in person.accounts)]
            for kind, number in numbers:
                key = tuple(s.key for s in text.read(number))
                if key:
                    self.by_person_key[key].add((kind, person.customer_id, number))

    def candidates(self, line: Line) -> list[Candidate]:
        """Customers the line may pay for, surest first, at most `SHOWN`."""
        found: dict[int, _Evidence] = defaultdict(_Evidence)
        self._read_references(line, found)
        self._read_text(line, found)
        self._read_history(line, found)
        self._read_name(line, found)
        self._read_amount(line, found)
        self._weigh_bare_numbers(line, found)
        is_named = any(code in NAMING for e in found.values() for code, _, _ in e.reasons)
        weighed = [self._weigh(line, customer_id, evidence, is_named) for customer_id, evidence in found.items()]
        strong = [c for c in weighed if c.confidence_permille >= WEAK_PERMILLE]
        return sorted(strong, key=lambda c: (-c.confidence_permille, c.customer_id))[:SHOWN]

    # --- what the payer says -------------------------------------------------------------------------------

    def _read_references(self, line: Line, found: dict[int, _Evidence]) -> None:
        written = {text.compact(line.reference), *text.structured_references(line.remittance)} - {""}
        for reference in written:
            for item in self.by_reference.get(reference, ()):
                found[item.customer_id].named.add(item.instalment_id)
                found[item.customer_id].add("reference", reference=reference)

    def _read_text(self, line: Line, found: dict[int, _Evidence]) -> None:
        segments = text.read(f"{line.remittance} {line.reference}")
        at = 0
        while at < len(segments):
            at += self._read_at(segments, at, found)
        for word in text.fold(f"{line.remittance} {line.payer_name}").split():
            owner = self.by_code.get(text.compact(word))
            if owner is not None:
                found[owner].add("tax_code", code=text.compact(word))

    def _read_at(self, segments: Sequence[text.Segment], at: int, found: dict[int, _Evidence]) -> int:
        """Reads the longest known number that begins here; returns how many segments it took (at least 1)."""
        for length in range(min(text.LONGEST, len(segments) - at), 0, -1):
            run = segments[at : at + length]
            key = tuple(s.key for s in run)
            items = self.by_number.get(key)
            owners = self.by_person_key.get(key)
            announced = run[-1].announced
            if owners and not (items and announced == "invoice") and self._say_person(run, owners, found):
                return length
            if items:
                self._say_items([s.raw for s in run], items, announced, found)
                return length
        return 1

    def _say_person(
        self, run: Sequence[text.Segment], owners: set[tuple[str, int, str]], found: dict[int, _Evidence]
    ) -> bool:
        if run[-1].announced != "customer" and not text.is_distinctive([s.raw for s in run]):
            return False
        for kind, customer_id, number in sorted(owners):
            found[customer_id].add(kind, WEIGHTS[kind] // len({o[1] for o in owners}), number=number)
        return True

    def _say_items(self, raws: list[str], items: Sequence[Item], announced: str, found: dict[int, _Evidence]) -> None:
        items = [item for item in items if item.balance_cents > 0] or items
        distinctive, owners = text.is_distinctive(raws), {item.customer_id for item in items}
        for item in items:
            evidence = found[item.customer_id]
            if not distinctive and announced != "invoice":
                evidence.bare.add(item.instalment_id)
                continue
            evidence.named.add(item.instalment_id)
            code = "number" if distinctive else "number_announced"
            evidence.add(code if len(owners) == 1 else "number_shared", number=item.number)

    def _weigh_bare_numbers(self, line: Line, found: dict[int, _Evidence]) -> None:
        """A short number that nothing announced counts only with the exact amount and a single owner."""
        hits = {
            (customer_id, item.instalment_id)
            for customer_id, evidence in found.items()
            for item in (self.items[i] for i in evidence.bare)
            if item.balance_cents == line.amount_cents and item.currency == line.currency
        }
        for customer_id, instalment_id in hits if len({c for c, _ in hits}) == 1 else ():
            found[customer_id].named.add(instalment_id)
            found[customer_id].add("number_bare", number=self.items[instalment_id].number)

    # --- circumstances -------------------------------------------------------------------------------------

    def _read_history(self, line: Line, found: dict[int, _Evidence]) -> None:
        past = self.history.get(text.compact(line.payer_iban), {})
        if len(past) > CROWD:
            return  # a post office or a payment institution, not a customer
        for customer_id, times in past.items():
            code = "iban_once" if times == 1 else "iban_twice" if times == 2 else "iban_often"
            found[customer_id].add(code if len(past) == 1 else "iban_shared", times=times)

    def _read_name(self, line: Line, found: dict[int, _Evidence]) -> None:
        payer, written = _words(line.payer_name), _words(line.remittance)
        said = " ".join(sorted(payer))
        scores = {c: fuzz.ratio(said, self.sorted_names[c]) for c in self._sharing(payer)} if said else {}
        best = [c for c, score in scores.items() if score >= SAME_NAME]
        for customer_id, score in scores.items():
            if score >= SAME_NAME:
                name = self.people[customer_id].name
                found[customer_id].add("name", WEIGHTS["name"] // len(best), name=name)
            elif score >= LIKE_NAME and not best:
                found[customer_id].add("name_alike", name=self.people[customer_id].name)
        in_text = [c for c in self._sharing(written) if scores.get(c, 0) < SAME_NAME and self._is_told(c, written)]
        for customer_id in in_text:
            name = self.people[customer_id].name
            found[customer_id].add("name_in_text", WEIGHTS["name_in_text"] // len(in_text), name=name)

    def _is_told(self, customer_id: int, written: set[str]) -> bool:
        name = self.sorted_names[customer_id].split(" ")
        return len(name) > 1 and written.issuperset(name)

    def _sharing(self, words: set[str]) -> set[int]:
        """Customers who share two of the rarest known words; else the rarest one, when few have it (a misspelling)."""
        known = sorted((self.by_word[word] for word in words if word in self.by_word), key=len)[:4]
        both = set().union(*(a & b for a, b in combinations(known, 2)))
        return both or (known[0] if known and len(known[0]) <= FAMILY else set())

    def _read_amount(self, line: Line, found: dict[int, _Evidence]) -> None:
        """Brings in customers known by nothing but the amount, when few share it."""
        for owners in (
            self.by_amount.get(line.amount_cents, set()),
            self.by_total.get(line.amount_cents, set()),
        ):
            if len(owners) <= CROWD:
                for customer_id in owners:
                    found[customer_id]

    # --- weighing ------------------------------------------------------------------------------------------

    def _weigh(self, line: Line, customer_id: int, evidence: _Evidence, is_named: bool) -> Candidate:
        owed = [i for i in self.by_customer.get(customer_id, ()) if i.balance_cents > 0 and i.currency == line.currency]
        chosen = self._amount(line, owed, evidence)
        split = allocate(line.amount_cents, owed, chosen or evidence.named)
        speaks = any(code in NAMING for code, _, _ in evidence.reasons)
        halve = is_named and not speaks
        doubt = 1_000_000
        for _code, weight, _params in evidence.reasons:
            doubt = doubt * (1000 - (weight // 2 if halve else weight)) // 1000
        sure = min(999, 1000 - -(-doubt // 1000))
        reasons = [(code, params) for code, weight, params in sorted(evidence.reasons, key=lambda r: -r[1])]
        return self._with_cautions(customer_id, sure, split, reasons, evidence)

    def _amount(self, line: Line, owed: Sequence[Item], evidence: _Evidence) -> set[int]:
        """Adds what the amount says; returns the instalments that it picks out."""
        named = [i for i in owed if i.instalment_id in evidence.named]
        chosen = exact_items(line.amount_cents, named)
        if chosen:
            evidence.add("amount_named")
            return {i.instalment_id for i in chosen}
        if named:
            return set()
        chosen = exact_items(line.amount_cents, owed)
        if chosen:
            code = "amount_one" if len(chosen) == 1 else "amount_all" if len(chosen) == len(owed) else "amount_some"
            owners = self.by_amount if len(chosen) == 1 else self.by_total
            common = len(owners.get(line.amount_cents, ())) > 1
            evidence.add(code, WEIGHTS["amount_common"] if common else None, count=len(chosen))
        return {i.instalment_id for i in chosen}

    def _with_cautions(
        self, customer_id: int, sure: int, split: Split, reasons: list[Reason], evidence: _Evidence
    ) -> Candidate:
        agrees = any(code == "amount_named" for code, _params in reasons)
        named = [self.items[i] for i in evidence.named]
        paid = sorted({item.number for item in named if item.balance_cents <= 0})
        if paid and not agrees:
            reasons.append(("already_paid", {"numbers": paid}))
            sure = min(sure, CAUTION_PERMILLE)
        elif named and not agrees and sum(i.balance_cents for i in named) > sum(c for _i, c in split.parts):
            reasons.append(("part_payment", {}))
        if split.on_account_cents:
            code = "more_than_open" if split.parts else "nothing_open"
            reasons.append((code, {"cents": split.on_account_cents}))
        if not split.parts:
            sure = min(sure, CAUTION_PERMILLE)
        return Candidate(customer_id, sure, split, tuple(reasons))


def is_sure(candidates: Sequence[Candidate], auto_settle_permille: int) -> bool:
    """True when the best may settle without a person: sure enough, and no second customer about as likely."""
    if not candidates or candidates[0].confidence_permille < auto_settle_permille:
        return False
    second = candidates[1].confidence_permille if len(candidates) > 1 else 0
    return candidates[0].confidence_permille - second >= CLOSE_PERMILLE


def settle(book: Book, split: Split) -> None:
    """Lower the balances that `split` takes, so that the next line of the run sees what is still open."""
    for instalment_id, cents in split.parts:
        item = book.items[instalment_id]
        assert cents <= item.balance_cents, "settled beyond the balance"
        item.balance_cents -= cents


def _words(name: str) -> set[str]:
    return {word for word in _WORD.findall(text.fold(name)) if len(word) > 1 and word not in _FORMS}


_WORD = re.compile(r"[A-Z0-9]+")
_FORMS = frozenset(
    [
        "SRL",
        "SPA",
        "SAS",
        "SNC",
        "SS",
        "SRLS",
        "SOC",
        "COOP",
        "SOCIETA",
        "DI",
        "IL",
        "LA",
        "SIG",
        "SIGRA",
        "DITTA",
        "RL",
        "PA",
    ]
)
"""Legal forms and titles: half of all firms have one, so they say nothing."""
