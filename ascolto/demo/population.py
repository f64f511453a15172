# SPDX-License-Identifier: Apache-2.0
"""The customers of a client: who they are, how they are reached, how they pay. Pure: same client, same people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from ascolto.demo import names, temper
from ascolto.demo.chance import between, happens, pick, unit, weighted
from ascolto.demo.clients import DemoClient
from ascolto.demo.days import DEMO_START, DEMO_TODAY
from ascolto.demo.identifiers import UNASSIGNED_BANKS, iban, phone_number, plain, tax_code, vat_number

STYLES = {"structured": 42, "number": 38, "words": 7, "bare": 4, "typo": 5, "rounds": 2, "other_account": 2}
"""What people write when they pay: the reference, the number, only words, nothing, with a slip, in whole euro."""


@dataclass(frozen=True, slots=True)
class Account:
    """A supply point, a lift or a lease."""

    number: str
    kind: str
    place: str


@dataclass(frozen=True, slots=True)
class Person:
    """One customer. `key` begins every roll of chance about it; `trouble` is when money is short."""

    key: str
    number: str
    name: str
    kind: str
    trade: str
    temper: str
    vat: str
    tax_code: str
    street: str
    postcode: str
    city: str
    province: str
    phone: str
    email: str
    pec: str
    language: str
    vulnerable: bool
    wants_courtesy: bool
    consent: str
    payer: str
    iban: str
    style: str
    direct_debit: bool
    trouble: tuple[date, date] | None
    since_on: date
    accounts: tuple[Account, ...]
    others: tuple[tuple[str, str, str, str], ...]
    """Further contact persons: name, role, channel, value."""

    @property
    def recipient_code(self) -> str:
        """CodiceDestinatario of the exchange system: seven characters, six for public bodies."""
        if self.kind == "public":
            return "UF" + plain(self.number)[-4:].upper().rjust(4, "0")
        return "0000000" if self.kind == "consumer" else "ASCDEM0"


def population(client: DemoClient, size: int | None = None, seed: str = "1") -> tuple[Person, ...]:
    """`size` customers of the client (all of them when None)."""
    return tuple(_person(client, index, f"{seed}:{client.slug}:{index}") for index in range(size or client.size))


def _person(client: DemoClient, index: int, key: str) -> Person:
    trade = _trade(client, key)
    kind = {"household": "consumer", "tenant": "consumer", "public": "public"}.get(trade, "business")
    city, province, postcode, place = pick(names.COAST if trade == "hotel" else names.CITIES, key, "city")
    street = f"{pick(names.STREETS, key, 'street')} {between(1, 180, key, 'house')}"
    name, code, language, mailbox = _identity(trade, key, index, city, place)
    vat = "" if kind == "consumer" or (trade == "condominium") else vat_number(2_000_000 + _serial(client, index), 41)
    mood = weighted(temper.WEIGHTS.get(trade, temper.WEIGHTS["firm"]), key, "temper")
    style = "structured" if trade == "public" and happens(0.5, key, "iuv") else weighted(STYLES, key, "style")
    mail = happens(0.93 if kind != "consumer" else 0.80, key, "mail")
    domain = f"{mailbox}.example.test" if kind != "consumer" else "posta.example.test"
    return Person(
        key=key,
        number=_number(client, index),
        name=name,
        kind=kind,
        trade=trade,
        temper=mood,
        vat=vat,
        tax_code=code or (vat if kind == "public" else ""),
        street=street,
        postcode=postcode,
        city=city,
        province=province,
        phone=phone_number(_serial(client, index)) if happens(0.94, key, "phone") else "",
        email=f"{'amministrazione' if kind != 'consumer' else mailbox}@{domain}" if mail else "",
        pec=f"{mailbox}@pec.example.test" if kind != "consumer" and happens(0.7, key, "pec") else "",
        language=language,
        vulnerable=kind == "consumer" and happens(0.11 if trade == "tenant" else 0.03, key, "vulnerable"),
        wants_courtesy=happens(0.03, key, "courtesy"),
        consent=weighted({"unsaid": 60, "given": 37, "denied": 3}, key, "consent"),
        payer=_payer(name, key, style, trade),
        iban=iban(
            pick(UNASSIGNED_BANKS, key, "bank"), f"{between(10000, 99999, key, 'branch')}", _serial(client, index)
        ),
        style=style,
        direct_debit=trade in ("household", "firm") and mood == temper.PUNCTUAL and happens(0.5, key, "sdd"),
        trouble=_trouble(mood, key),
        since_on=DEMO_START - timedelta(days=between(200, 4500, key, "since")),
        accounts=_accounts(client, trade, key, _serial(client, index), street, city),
        others=_others(kind, trade, key, mailbox, _serial(client, index)),
    )


def _trade(client: DemoClient, key: str) -> str:
    mixes = {
        "valverde": {"household": 84, "firm": 14, "public": 2},
        "salita": {"condominium": 46, "hotel": 20, "shop": 22, "public": 12},
        "casacomune": {"tenant": 1},
    }
    return weighted(mixes[client.slug], key, "trade")


def _serial(client: DemoClient, index: int) -> int:
    return {"valverde": 100_000, "salita": 300_000, "casacomune": 500_000}[client.slug] + index


def _number(client: DemoClient, index: int) -> str:
    return {"valverde": f"{1004000 + index * 7}", "salita": f"C{index + 1:04d}", "casacomune": f"INQ{index + 1:05d}"}[
        client.slug
    ]


def _identity(trade: str, key: str, index: int, city: str, place: str) -> tuple[str, str, str, str]:
    """Name, tax code of its own, language, mailbox."""
    surname = pick(names.SURNAMES, key, "surname")
    if trade in ("household", "tenant"):
        return _human(key, index, place, surname)
    if trade == "condominium":
        name = f"Condominio {pick(names.CONDOMINIUMS, key, 'name')} {pick(names.STREETS, key, 'street').split()[-1]}"
        return name, vat_number(9_000_000 + index, 36), "it", f"{plain(name)[:18]}{index}"
    if trade == "hotel":
        name = f"Hotel {pick(names.HOTELS, key, 'name')} di {surname} {pick(names.FORMS, key, 'form')}"
    elif trade == "public":
        name = pick(names.PUBLIC, key, "name").format(city=city)
    else:
        what = pick(names.SHOPS if trade == "shop" else names.TRADES, key, "name")
        name = f"{what} {surname} {pick(names.FORMS, key, 'form')}"
    return name, "", "it", f"{plain(name)[:20]}{index}"


def _human(key: str, index: int, place: str, surname: str) -> tuple[str, str, str, str]:
    woman = happens(0.5, key, "woman")
    first = pick(names.WOMEN if woman else names.MEN, key, "first")
    language = "it"
    if happens(0.07, key, "abroad"):
        first, surname, place, language = pick(names.ABROAD, key, "origin")
        woman = first[-1] == "a"
    born = date(1942, 1, 1) + timedelta(days=between(0, 22000, key, "born"))
    return (
        f"{first} {surname}",
        tax_code(surname, first, born, woman, place),
        language,
        f"{plain(first)}.{plain(surname)}{index}",
    )


def _payer(name: str, key: str, style: str, trade: str) -> str:
    """Whose account it comes from; a few pay from that of somebody else."""
    if style != "other_account":
        return name
    if trade == "condominium":
        return f"Studio {pick(names.SURNAMES, key, 'payer')} Amministrazioni"
    return f"{pick(names.WOMEN + names.MEN, key, 'payer')} {pick(names.SURNAMES, key, 'payer2')}"


def _trouble(mood: str, key: str) -> tuple[date, date] | None:
    if mood == temper.STRUCTURAL:
        return DEMO_START, DEMO_TODAY + timedelta(days=400)
    if mood != temper.TEMPORARY:
        return None
    start = DEMO_START + timedelta(days=between(20, 330, key, "trouble"))
    return start, start + timedelta(days=between(60, 130, key, "trouble length"))


def _accounts(client: DemoClient, trade: str, key: str, serial: int, street: str, city: str) -> tuple[Account, ...]:
    if trade == "tenant":
        return (Account(f"LOC-{serial}", "lease", f"{street} int. {between(1, 24, key, 'flat')}, {city}"),)
    if client.slug == "salita":
        lifts = between(1, 3 if trade == "hotel" else 2, key, "lifts")
        return tuple(Account(f"IMP-{serial}-{n + 1}", "lift", f"{street}, {city}") for n in range(lifts))
    kinds = ("energy", "gas", "water")
    first = int(unit(key, "supply") * 10) // 4
    wanted = kinds[first : first + 1] + (kinds[:1] if first and happens(0.12, key, "second supply") else ())
    return tuple(Account(_supply(kind, serial), kind, f"{street}, {city}") for kind in wanted)


def _supply(kind: str, serial: int) -> str:
    """POD, PDR or meter number as distributors write them."""
    return {"energy": f"IT999E{serial:08d}", "gas": f"9999{serial:010d}", "water": f"MAT{serial}"}[kind]


def _others(kind: str, trade: str, key: str, mailbox: str, serial: int) -> tuple[tuple[str, str, str, str], ...]:
    """Who orders is not who pays: an accountant, a caretaker, a relative who helps."""

    def name(what: str) -> str:
        return f"{pick(names.WOMEN + names.MEN, key, what)} {pick(names.SURNAMES, key, what, 's')}"

    if kind == "public":
        return ((name("pays"), "pays", "email", f"ragioneria@{mailbox}.example.test"),)
    if kind == "business" and happens(0.4, key, "accountant"):
        return ((name("pays"), "pays", "email", f"contabilita@{mailbox}.example.test"),
                (name("orders"), "orders", "phone", phone_number(serial + 450_000)))  # fmt: skip
    if kind == "consumer" and happens(0.04, key, "relative"):
        return ((name("relative"), "other", "phone", phone_number(serial + 450_000)),)
    return ()
