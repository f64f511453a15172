# SPDX-License-Identifier: Apache-2.0
"""What the bank books: the payments of customers in the words people use, and the bank's own noise. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from ascolto.demo import names
from ascolto.demo.behaviour import Item, Key
from ascolto.demo.chance import between, happens, pick
from ascolto.demo.clients import DemoClient
from ascolto.demo.identifiers import UNASSIGNED_BANKS, iban
from ascolto.demo.population import Person

RELATIVES = 0.03
"""Share of the households' transfers that somebody else makes for them."""


@dataclass(frozen=True, slots=True)
class Movement:
    """One entry of a statement; `cents` signed. `customer` and `parts` are the truth, never written to the file."""

    id: str
    on: date
    cents: int
    family: str
    payer: str = ""
    iban: str = ""
    text: str = ""
    reference: str = ""
    end_to_end: str = ""
    return_reason: str = ""
    customer: str = ""
    parts: tuple[tuple[Key, int], ...] = ()


def payment(person: Person, parts: Sequence[tuple[Item, int]], references: dict[Key, str], day: date) -> Movement:
    """A transfer, or a direct debit, that pays `parts` (item, cents) in the words of this person."""
    cents = sum(part for _, part in parts)
    first = parts[0][0]
    known: dict[str, Any] = {"customer": person.number, "parts": tuple((item.key, part) for item, part in parts)}
    mark = f"{day:%y%m%d}{person.number}"
    if person.direct_debit and len(parts) == 1 and day >= first.due_on:
        return Movement(
            f"SDD{mark}{first.number[-6:]}",
            day,
            cents,
            "RDDT",
            person.name,
            person.iban,
            f"SDD CORE {first.number}",
            end_to_end=references[first.key],
            **known,
        )
    if person.kind == "consumer" and happens(RELATIVES, mark, "relative"):
        return _by_relative(person, cents, first, day, known)
    style = (
        "words" if person.style in ("rounds", "other_account") and happens(0.4, person.key, "words") else person.style
    )
    reference = references[first.key] if style == "structured" and len(parts) == 1 else ""
    text = "" if reference else _text(person, [item for item, _ in parts], style)
    return Movement(
        f"BON{mark}{first.number[-6:]}{first.position}",
        day,
        cents,
        "RCDT",
        person.payer,
        person.iban,
        text,
        reference,
        **known,
    )


def _by_relative(person: Person, cents: int, item: Item, day: date, known: dict[str, Any]) -> Movement:
    """Somebody of the family pays from an account of their own, with few words: a person has to look."""
    key = (person.key, item.number, "relative")
    surname = person.name.split()[-1]
    name = f"{pick(names.WOMEN, *key)} {pick(names.SURNAMES, *key)}"
    account = iban(pick(UNASSIGNED_BANKS, *key), "99999", between(1, 10**9, *key, "account"))
    text = pick((f"bolletta {surname}", f"per {person.name}", "SALDO", f"pagamento fam. {surname}"), *key, "words")
    return Movement(
        f"BON{day:%y%m%d}{person.number}{item.number[-6:]}{item.position}",
        day, cents, "RCDT", name, account, text, **known,
    )  # fmt: skip


def returned(paid: Movement, day: date) -> Movement:
    """The direct debit that comes back for lack of funds (ISO 20022 external code AM04)."""
    return Movement(
        f"RET{paid.id[3:]}",
        day,
        -paid.cents,
        "UPDD",
        paid.payer,
        paid.iban,
        f"INSOLUTO {paid.text}",
        end_to_end=paid.end_to_end,
        return_reason="AM04",
        customer=paid.customer,
        parts=paid.parts,
    )


def noise(client: DemoClient, day: date) -> Iterator[Movement]:
    """Charges, suppliers, a payer whom nobody knows."""
    key = (client.slug, day, "noise")
    if day.day <= 3:
        yield Movement(
            f"COM{day:%y%m%d}",
            day,
            -between(900, 4200, *key, "fee"),
            "CHRG",
            text="COMMISSIONI E SPESE DI TENUTA CONTO",
        )
    if happens(0.35, *key, "supplier"):
        name = f"{pick(names.TRADES, *key, 'trade')} {pick(names.SURNAMES, *key, 'name')} S.r.l."
        yield Movement(
            f"FOR{day:%y%m%d}", day, -between(30_000, 900_000, *key, "bill"), "ICDT", name, text="SALDO VS FATTURA"
        )
    if happens(0.05, *key, "stranger"):
        name = f"{pick(names.WOMEN, *key, 'first')} {pick(names.SURNAMES, *key, 'last')}"
        account = iban(pick(UNASSIGNED_BANKS, *key), "99999", between(1, 10**9, *key, "account"))
        yield Movement(
            f"IGN{day:%y%m%d}",
            day,
            between(2500, 30000, *key, "sum"),
            "RCDT",
            name,
            account,
            pick(("BONIFICO", "SALDO", "ACCONTO"), *key, "words"),
        )


def _text(person: Person, items: list[Item], style: str) -> str:
    numbers = ", ".join(dict.fromkeys(item.number for item in items))
    first = items[0]
    if style == "bare":
        return pick(("BONIFICO A VOSTRO FAVORE", "PAGAMENTO", "SALDO", ""), person.key, first.number, "bare")
    if style == "words":
        return _words(person, first)
    if style == "typo":
        return f"pagamento ft {_slip(person, first)}"
    if style == "other_account":
        return f"PER CONTO DI {person.name.upper()} COD. {person.number}"
    if len(items) > 1:
        return f"SALDO FATTURE {numbers}"
    several = (
        "SALDO FATTURA N. {n} DEL {d}",
        "PAGAMENTO FATTURA {n}",
        "fatt. {n}",
        "Ft {n} cod cliente {c}",
        "Saldo doc. {n} - {p}",
    )
    words = pick(several, person.key, "habit")
    return words.format(n=numbers, d=f"{first.issued_on:%d/%m/%Y}", c=person.number, p=person.name)


def _words(person: Person, item: Item) -> str:
    month = [
        "gennaio",
        "febbraio",
        "marzo",
        "aprile",
        "maggio",
        "giugno",
        "luglio",
        "agosto",
        "settembre",
        "ottobre",
        "novembre",
        "dicembre",
    ][item.due_on.month - 1]
    options = {
        "tenant": (
            f"AFFITTO {month}",
            f"canone {month} {person.name}",
            f"AFFITTO MESE DI {month.upper()} {person.accounts[0].number}",
        ),
        "household": ("BOLLETTA", f"bolletta {month}", f"UTENZA {person.accounts[0].number}"),
    }
    return pick(
        options.get(
            person.trade, (f"SALDO {month}", f"MANUTENZIONE {month} {person.name}", f"CLIENTE {person.number}")
        ),
        person.key,
        item.number,
    )


def _slip(person: Person, item: Item) -> str:
    """The number with two digits exchanged, or without its series and zeros."""
    digits = item.number[-6:]
    if happens(0.5, person.key, item.number, "short"):
        return digits.lstrip("0")
    place = between(2, 4, person.key, item.number, "place")
    return item.number[:-6] + digits[:place] + digits[place + 1] + digits[place] + digits[place + 2 :]
