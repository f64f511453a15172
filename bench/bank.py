# SPDX-License-Identifier: Apache-2.0

"""A bank month with known truth: open instalments, customers, past payers, and payments in the words people use.

Seeded: the same sizes and seed give the same month. `CLASSES` says how often each way of paying comes; the shares are
ours, chosen to be harder than a book of direct debits, and are printed with the result.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta

from ascolto.demo import names
from ascolto.demo.identifiers import creditor_reference, vat_number
from ascolto.engine.allocate import Item
from ascolto.engine.evidence import Expected, Line, Person
from ascolto.engine.remittance import fold

TODAY = date(2026, 11, 20)
FIXED = (4_500, 6_000, 9_900, 12_000, 25_000, 35_000, 61_000, 122_000)
"""Fees and rents: amounts that thousands of customers owe to the cent."""
SYLLABLES = ("ba", "ce", "di", "fo", "gu", "la", "me", "ni", "po", "ra", "se", "ti", "vo", "zan", "bel", "cor")


@dataclass(frozen=True, slots=True)
class Truth:
    """Whose money a line is (0: nobody's) and the instalments that it may settle (none: a person must look)."""

    kind: str
    customer_id: int
    instalments: frozenset[int]


@dataclass
class Month:
    """What the engine gets, and the truth that it does not."""

    items: list[Item]
    people: list[Person]
    history: dict[str, dict[int, int]]
    lines: list[Line]
    truth: dict[int, Truth]
    expected: list[Expected]


class Bank:
    """Makes a month: customers first, then the lines, one class after the other, shuffled at the end."""

    def __init__(self, instalments: int, payments: int, seed: int = 7) -> None:
        self.chance = random.Random(seed)
        self.items: list[Item] = []
        self.people: list[Person] = []
        self.owed: list[list[Item]] = []
        self.iban: dict[int, str] = {}
        self.known: dict[int, bool] = {}
        self.history: dict[str, dict[int, int]] = {}
        self.lines: list[tuple[Line, Truth]] = []
        self.expected: list[Expected] = []
        self._surnames = [*names.SURNAMES, *self._invented(2900)]
        while len(self.items) < instalments:
            self._customer()
        self._say_what_will_come()
        self._pay(payments)

    def month(self) -> Month:
        """The lines in the order of the bank, which is nobody's order."""
        self.chance.shuffle(self.lines)
        numbered = [(replace(line, line_id=n), truth) for n, (line, truth) in enumerate(self.lines, start=1)]
        truth = {line.line_id: told for line, told in numbered}
        return Month(self.items, self.people, self.history, [line for line, _ in numbered], truth, self.expected)

    def _say_what_will_come(self) -> None:
        """One customer in thirty has a promise open, one in sixty a plan running: most of them pay something else, or
        nothing, this month. By chance of its own, so that the other ways of paying stay as they were."""
        chance = random.Random(len(self.people))
        for at in chance.sample(range(len(self.people)), len(self.people) // 20):
            kind = "plan" if chance.random() < 1 / 3 else "promise"
            self.expected.append(said(chance, kind, self.people[at], self.owed[at]))

    # --- customers -----------------------------------------------------------------------------------------

    def _invented(self, count: int) -> list[str]:
        made = ("".join(self.chance.choices(SYLLABLES, k=3)) + "i" for _ in range(count))
        return [name.capitalize() for name in made]

    def _name(self) -> str:
        chance = self.chance
        surname = self._surnames[int(len(self._surnames) * chance.random() ** 2)]
        kind = chance.random()
        if kind < 0.72:
            return f"{chance.choice(names.MEN + names.WOMEN)} {surname}"
        if kind < 0.96:
            return f"{chance.choice(names.TRADES)} {surname} {chance.choice(names.FORMS)}"
        return f"Condominio {chance.choice(names.CONDOMINIUMS)} {surname}"

    def _customer(self) -> None:
        chance, pk = self.chance, len(self.people) + 1
        code = (vat_number(pk),) if chance.random() < 0.3 else ()
        self.people.append(Person(pk, f"C{pk:06}", self._name(), code))
        self.iban[pk] = f"IT{pk % 90 + 10}X0542811101{pk:012}"
        self.known[pk] = chance.random() < 0.78
        if self.known[pk]:
            self.history[self.iban[pk]] = {pk: 1 + int(12 * chance.random() ** 1.5)}
            if pk > 1 and chance.random() < 0.03:  # a couple, or an accountant, pays for two
                self.history[self.iban[pk]][pk - 1] = 2
        mine: list[Item] = []
        usual = chance.choice(FIXED) if chance.random() < 0.2 else 0
        for _ in range(1 + min(9, int(chance.expovariate(0.62)))):
            self._invoice(pk, usual, mine)
        self.owed.append(mine)

    def _invoice(self, pk: int, usual: int, mine: list[Item]) -> None:
        chance = self.chance
        serial = len(self.items) + 1
        parts = 1 if chance.random() < 0.92 else 3
        number = f"2026/{serial:07}"
        due = TODAY - timedelta(days=chance.randrange(-30, 200))
        for part in range(parts):
            cents = usual or int(2_000 * (1 + chance.expovariate(0.18)) ** 1.3) + chance.randrange(100)
            due += timedelta(days=30 if part else 0)
            item_id = len(self.items) + 1
            item = Item(item_id, serial, pk, number, due, cents, references=(creditor_reference(f"A{item_id:09}"),))
            item.amount_cents = cents
            self.items.append(item)
            mine.append(item)

    # --- payments ------------------------------------------------------------------------------------------

    def _pay(self, payments: int) -> None:
        payers = self.chance.sample(range(len(self.people)), min(payments, len(self.people)))
        kinds = [kind for kind, _share, _make in CLASSES]
        weights = [share for _kind, share, _make in CLASSES]
        makers = {kind: make for kind, _share, make in CLASSES}
        for at, kind in zip(payers, self.chance.choices(kinds, weights, k=len(payers)), strict=True):
            self.kind = kind
            makers[kind](self, self.people[at], sorted(self.owed[at], key=lambda i: (i.due_on, i.instalment_id)))

    def say(
        self, who: Person | None, cents: int, told: str, settles: list[Item], *, reference: str = "", iban: str = "",
        name: str | None = None,
    ) -> None:  # fmt: skip
        """One line of `who`, in the class being made; from their own account unless told otherwise."""
        account = iban or (self.iban[who.customer_id] if who else self.stranger())
        payer = (who.name.upper() if who else "") if name is None else name
        line = Line(0, cents, "EUR", reference, told[:140], fold(payer)[:70], account, TODAY)
        truth = Truth(self.kind, who.customer_id if who else 0, frozenset(i.instalment_id for i in settles))
        self.lines.append((line, truth))

    def stranger(self) -> str:
        """An account that nobody has seen."""
        return f"IT99Z03069{self.chance.randrange(10**14):014}"


def said(chance: random.Random, kind: str, who: Person, owed: list[Item]) -> Expected:
    """A plan's instalment (a third to a tenth of all that is owed), or a promise: all, one instalment, or a round part."""
    total, day = sum(item.balance_cents for item in owed), TODAY + timedelta(days=chance.randrange(-7, 8))
    if kind == "plan":
        items = tuple(item.instalment_id for item in owed)
        return Expected(who.customer_id, kind, max(1, total // chance.choice((3, 4, 5, 6, 10))), day, items)
    cents = chance.choice((total, chance.choice(owed).balance_cents, max(1_000, total // 2 // 1000 * 1000)))
    return Expected(who.customer_id, kind, cents, day)


def notice_code(serial: int) -> str:
    """A pagoPA notice code of an auxiliary digit 3, with its check digits modulo 93."""
    body = f"3{serial:015}"
    return f"{body}{int(body) % 93:02}"


def _month(item: Item) -> str:
    return f"{item.due_on:%m/%Y}"


def _reference(bank: Bank, who: Person, owed: list[Item]) -> None:
    item = bank.chance.choice(owed)
    reference = item.references[0]
    if bank.chance.random() < 0.7:
        bank.say(who, item.balance_cents, "", [item], reference=reference)
    else:
        bank.say(who, item.balance_cents, f"PAGAMENTO {reference[:4]} {reference[4:]} GRAZIE", [item])


def _same(owed: list[Item], item: Item) -> list[Item]:
    """Naming an invoice names all its instalments of that amount: any of them is right."""
    return [i for i in owed if i.invoice_id == item.invoice_id and i.balance_cents == item.balance_cents]


def _equal(owed: list[Item], item: Item) -> list[Item]:
    """Paying by nothing but the amount: any instalment of that amount is right."""
    return [i for i in owed if i.balance_cents == item.balance_cents]


def _clean(bank: Bank, who: Person, owed: list[Item]) -> None:
    item = bank.chance.choice(owed)
    words = bank.chance.choice(("SALDO FATTURA N. {n}", "PAGAMENTO FATTURA {n} DEL 15/10/2026", "FATT. {n}"))
    bank.say(who, item.balance_cents, words.format(n=item.number), _same(owed, item))


def _prefixed(bank: Bank, who: Person, owed: list[Item]) -> None:
    item = bank.chance.choice(owed)
    serial = int(item.number[5:])
    forms = ("FT2026-{s:07}", "Ft.{s}/2026", "fatt n {s} del 2026", "2026 {s:07} saldo", "INV2026{s:07}", "FT. {s}")
    told = bank.chance.choice(forms).format(s=serial)
    bank.say(who, item.balance_cents, told, _same(owed, item))


def _several(bank: Bank, who: Person, owed: list[Item]) -> None:
    chosen = bank.chance.sample(owed, min(len(owed), bank.chance.choice((2, 2, 3, 4))))
    numbers = list(dict.fromkeys(i.number for i in chosen))
    told = ("SALDO FATTURE " + bank.chance.choice((", ", " E ", " - ", " ")).join(numbers))[:140]
    whole = [i for i in owed if i.number in numbers]
    bank.say(who, sum(i.balance_cents for i in whole), told, whole)


def _typo(bank: Bank, who: Person, owed: list[Item]) -> None:
    item = bank.chance.choice(owed)
    digits, at = list(item.number), bank.chance.randrange(7, 11)
    if bank.chance.random() < 0.5:
        digits[at], digits[at + 1] = digits[at + 1], digits[at]
    else:
        digits[at] = bank.chance.choice("0123456789")
    bank.say(who, item.balance_cents, f"PAGAMENTO FT {''.join(digits)}", _same(owed, item))


def _ocr(bank: Bank, who: Person, owed: list[Item]) -> None:
    item = bank.chance.choice(owed)
    read = item.number.replace("0", bank.chance.choice("OQ"), 3).replace("1", "I", 1).replace("5", "S", 1)
    bank.say(who, item.balance_cents, f"FATTURA {read}", _same(owed, item))


def _amount_only(bank: Bank, who: Person, owed: list[Item]) -> None:
    item = bank.chance.choice(owed)
    same = _equal(owed, item)
    told = bank.chance.choice(("BONIFICO A VOSTRO FAVORE", "SALDO", "", f"BOLLETTA {_month(item)}", "GRAZIE"))
    bank.say(who, item.balance_cents, told, same)


def _less(cut: Callable[[random.Random, int], int]) -> Callable[[Bank, Person, list[Item]], None]:
    def make(bank: Bank, who: Person, owed: list[Item]) -> None:
        item = bank.chance.choice(owed)
        paid = item.balance_cents - cut(bank.chance, item.balance_cents)
        named = bank.chance.random() < 0.85
        told = f"SALDO FATTURA {item.number}" if named else "SALDO FATTURA"
        bank.say(who, max(paid, 1), told, _same(owed, item) if named else _equal(owed, item))

    return make


def _fee(chance: random.Random, _cents: int) -> int:
    return chance.choice((50, 75, 100, 150, 200, 250))


def _withheld(chance: random.Random, cents: int) -> int:
    """20 % of a fee with 22 % VAT, or 4 % of works for a block of flats with 10 or 22 %."""
    rate, vat = chance.choice(((20, 22), (4, 22), (4, 10)))
    return (cents * rate + (100 + vat) // 2) // (100 + vat)


def _discount(chance: random.Random, cents: int) -> int:
    return (cents * chance.choice((1, 2, 3, 5)) + 50) // 100


def _partial(bank: Bank, who: Person, owed: list[Item]) -> None:
    item = bank.chance.choice(owed)
    cents = max(1_000, item.balance_cents // bank.chance.choice((2, 3, 4)) // 1000 * 1000)
    told = f"ACCONTO FATTURA {item.number}" if cents < item.balance_cents else f"FATTURA {item.number}"
    whole = [i for i in owed if i.invoice_id == item.invoice_id]
    bank.say(who, min(cents, item.balance_cents), told, whole)


def _over(bank: Bank, who: Person, owed: list[Item]) -> None:
    """Rounded up, and the invoice is named. What is left settles the oldest, or stays on account: both are right."""
    item = bank.chance.choice(owed)
    bank.say(who, -(-item.balance_cents // 1000) * 1000, f"FATTURA {item.number}", owed)


def _subset(bank: Bank, who: Person, owed: list[Item]) -> None:
    size = min(len(owed), bank.chance.choice((2, 2, 3)))
    oldest = owed[:size]
    amounts = {i.balance_cents for i in oldest}
    right = [i for i in owed if i.balance_cents in amounts]
    bank.say(who, sum(i.balance_cents for i in oldest), bank.chance.choice(("SALDO", "SALDO FATTURE", "")), right)


def _relative(bank: Bank, who: Person, owed: list[Item]) -> None:
    item = bank.chance.choice(owed)
    payer = bank._name().upper()
    told = f"PER CONTO DI {who.name.upper()} FATTURA {item.number}"
    if bank.chance.random() < 0.4:
        told = f"PER CONTO DI {who.name.upper()}"
    bank.say(who, item.balance_cents, told, _same(owed, item), iban=bank.stranger(), name=payer)


def _customer_number(bank: Bank, who: Person, owed: list[Item]) -> None:
    item = bank.chance.choice(owed)
    same = _equal(owed, item)
    bank.say(who, item.balance_cents, f"CLIENTE {who.number} {_month(item)}", same, iban=bank.stranger())


def _wrong_number(bank: Bank, who: Person, owed: list[Item]) -> None:
    """Copies the invoice number of somebody else: a neighbour's letter, a slip in an accountant's list."""
    other = bank.chance.choice(bank.items)
    item = bank.chance.choice(owed)
    mine = _equal(owed, item)
    bank.say(who, item.balance_cents, f"FATTURA {other.number}", mine if other.customer_id != who.customer_id else owed)


def _twice(bank: Bank, who: Person, owed: list[Item]) -> None:
    """Pays the same invoice twice: either line may settle it, the other is for a person."""
    item = bank.chance.choice(owed)
    for _ in range(2):
        bank.say(who, item.balance_cents, f"SALDO FATTURA {item.number}", _same(owed, item))


def _unknown(bank: Bank, _who: Person, owed: list[Item]) -> None:
    """Money of nobody, in an amount that somebody owes."""
    bank.say(None, owed[0].balance_cents, bank.chance.choice(("BONIFICO", "RIMBORSO", "SALDO")), [], name=bank._name())


def _swapped(bank: Bank, who: Person, owed: list[Item]) -> None:
    """Known to us by nothing but the name: words in another order, a new account."""
    item = bank.chance.choice(owed)
    same = _equal(owed, item)
    name = " ".join(reversed(who.name.replace(".", "").split()))
    bank.say(who, item.balance_cents, "SALDO", same, iban=bank.stranger(), name=name)


def _plan(bank: Bank, who: Person, owed: list[Item]) -> None:
    """The instalment of a plan, in the few words that people write then; it may settle anything the plan covers."""
    bank.expected.append(said(bank.chance, "plan", who, owed))
    told = bank.chance.choice(("RATA PIANO DI RIENTRO", "RATA CONCORDATA", "RATA", "ACCONTO", ""))
    bank.say(who, bank.expected[-1].amount_cents, told, owed)


def _promised(bank: Bank, who: Person, owed: list[Item]) -> None:
    """As promised, naming nothing."""
    bank.expected.append(said(bank.chance, "promise", who, owed))
    bank.say(who, bank.expected[-1].amount_cents, bank.chance.choice(("COME D'ACCORDO", "SALDO", "")), owed)


def _notice(bank: Bank, who: Person, owed: list[Item]) -> None:
    """A pagoPA notice: the instalment has the code or its IUV as reference, the bank gives either, in any form."""
    item = bank.chance.choice(owed)
    code = notice_code(item.instalment_id)
    item.references = (*item.references, bank.chance.choice((code, code[1:])))
    groups = " ".join(code[at : at + 4] for at in range(0, 18, 4))
    told = bank.chance.choice(
        (f"/RFB/{code[1:]}/TXT/PAGAMENTO", f"AVVISO {groups}", f"PAGOPA {code}", f"IUV {code[1:]}")
    )
    bank.say(who, item.balance_cents, told, [item], iban=bank.stranger(), name="")


CLASSES: tuple[tuple[str, float, Callable[[Bank, Person, list[Item]], None]], ...] = (
    ("structured reference", 24.0, _reference),
    ("invoice number, clean", 24.0, _clean),
    ("invoice number, prefixes and spaces", 12.0, _prefixed),
    ("several invoices", 6.0, _several),
    ("number with a typo", 3.5, _typo),
    ("number as OCR reads it", 1.5, _ocr),
    ("amount only", 6.0, _amount_only),
    ("less the bank's fee", 2.0, _less(_fee)),
    ("less withholding tax", 3.0, _less(_withheld)),
    ("less a discount", 1.5, _less(_discount)),
    ("a part", 3.5, _partial),
    ("more than owed", 2.0, _over),
    ("a sum of instalments, no text", 2.0, _subset),
    ("a relative pays", 2.5, _relative),
    ("customer number", 2.0, _customer_number),
    ("somebody else's number", 0.8, _wrong_number),
    ("paid twice", 0.7, _twice),
    ("unknown money", 1.0, _unknown),
    ("name only, swapped", 1.5, _swapped),
    ("pagoPA notice", 2.0, _notice),
    ("as promised", 1.5, _promised),
    ("a plan's instalment", 1.0, _plan),
)
"""Class, share in per cent of the payers, how its lines are made."""
