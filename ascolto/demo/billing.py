# SPDX-License-Identifier: Apache-2.0
"""The bills of a year: what each client invoices to whom, when, and when it is due. Pure.

Utility: every two months, in eight lots, so that each week a lot goes out. Lifts: a quarter or a year in advance, with
instalments; repairs now and then. Housing: rent and charges by the fifth of each month.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from ascolto.demo.chance import between, happens, pick, unit
from ascolto.demo.clients import DemoClient
from ascolto.demo.days import DEMO_START, DEMO_TODAY, bank_day, month_end, next_month
from ascolto.demo.identifiers import creditor_reference
from ascolto.demo.population import Account, Person

LOTS = 8


@dataclass(frozen=True, slots=True)
class Due:
    """One instalment; `block` is the DatiPagamento block in which it stands."""

    position: int
    due_on: date
    cents: int
    method: str
    reference: str
    block: int = 0


@dataclass(frozen=True, slots=True)
class Bill:
    """One document. Amounts in cents; `vat_rate` in per cent; `payable_cents` less withholding and split VAT."""

    number: str
    type: str
    person: Person
    account: Account
    issued_on: date
    description: str
    lines: tuple[tuple[str, int], ...]
    vat_rate: int
    withholding_permille: int = 0
    dues: tuple[Due, ...] = ()
    related: tuple[str, date] | None = None
    order: str = ""
    cig: str = ""

    @property
    def net_cents(self) -> int:
        return sum(cents for _, cents in self.lines)

    @property
    def vat_cents(self) -> int:
        return (self.net_cents * self.vat_rate + 50) // 100

    @property
    def total_cents(self) -> int:
        return self.net_cents + self.vat_cents

    @property
    def split_payment(self) -> bool:
        return self.person.kind == "public"

    @property
    def withholding_cents(self) -> int:
        return (self.net_cents * self.withholding_permille + 500) // 1000

    @property
    def payable_cents(self) -> int:
        return self.total_cents - self.withholding_cents - (self.vat_cents if self.split_payment else 0)


def bills(
    client: DemoClient, people: Iterable[Person], first: date = DEMO_START, last: date = DEMO_TODAY
) -> tuple[Bill, ...]:
    """Every bill from `first` to `last`, numbered in the order of issue."""
    make = {"valverde": _supply_bills, "salita": _lift_bills, "casacomune": _rents}[client.slug]
    found = [bill for person in people for bill in make(person, first, last) if first <= bill.issued_on <= last]
    found.sort(key=lambda bill: (bill.issued_on, bill.person.number, bill.description))
    return tuple(_numbered(client, found))


def _numbered(client: DemoClient, found: list[Bill]) -> Iterator[Bill]:
    counts: dict[int, int] = {}
    for bill in found:
        year = bill.issued_on.year
        counts[year] = counts.get(year, 0) + 1
        number = f"{client.series}{year % 100}-{counts[year]:06d}"
        dues = tuple(replace(due, reference=_reference(number, due.position, len(bill.dues))) for due in bill.dues)
        yield replace(bill, number=number, dues=dues)


def _reference(number: str, position: int, count: int) -> str:
    return creditor_reference(number if count == 1 else f"{number}R{position}")


# --- the utility ------------------------------------------------------------------------------------------------------
def _supply_bills(person: Person, first: date, last: date) -> Iterator[Bill]:
    lot = int(unit(person.key, "lot") * LOTS)
    for month in _months(first, last):
        if month.month % 2 != lot // 4 or month.day != 1:
            continue
        issued = bank_day(month + timedelta(days=2 + 7 * (lot % 4)))
        for account in person.accounts:
            yield _supply_bill(person, account, issued)


def _supply_bill(person: Person, account: Account, issued: date) -> Bill:
    net = _consumption(person, account, issued)
    share = between(55, 68, person.key, account.number, "share")
    words = {"energy": "Energia elettrica", "gas": "Gas naturale", "water": "Servizio idrico"}[account.kind]
    matter = net * share // 100
    lines = ((f"{words}: materia prima e vendita", matter), ("Trasporto, gestione del contatore e oneri", net - matter))
    rate = 10 if person.kind == "consumer" or account.kind == "water" else 22
    bill = Bill(
        "",
        "TD01",
        person,
        account,
        issued,
        f"{words}, bimestre fino al {month_end(issued - timedelta(days=32)):%d/%m/%Y}, fornitura {account.number}",
        lines,
        rate,
        order=_order(person),
        cig=_cig(person, account.number, issued),
    )
    terms = {"consumer": 22, "business": 45, "public": 60}[person.kind]
    method = "MP19" if person.direct_debit else "MP05"
    return replace(bill, dues=(Due(1, bank_day(issued + timedelta(days=terms)), bill.payable_cents, method, ""),))


def _consumption(person: Person, account: Account, issued: date) -> int:
    """Net cents of two months: people differ, seasons too, firms more."""
    low, high = {"energy": (4200, 13500), "gas": (3500, 15000), "water": (3000, 9000)}[account.kind]
    base = between(low, high, person.key, account.number, "use")
    winter, summer = issued.month in (12, 1, 2, 3), issued.month in (7, 8, 9)
    season = {"gas": 230 if winter else 40 if summer else 100, "energy": 115 if winter else 135 if summer else 90}.get(
        account.kind, 100
    )
    size = {
        "consumer": 100,
        "business": between(500, 1600, person.key, "size"),
        "public": between(900, 2500, person.key, "size"),
    }[person.kind]
    drift = between(90, 112, person.key, account.number, issued)
    return max(1200, base * season * size * drift // 1_000_000)


# --- the lifts --------------------------------------------------------------------------------------------------------
def _lift_bills(person: Person, first: date, last: date) -> Iterator[Bill]:
    yearly = happens(0.32, person.key, "yearly")
    own = between(1, 12, person.key, "contract month")
    for month in _months(first, last):
        if (yearly and month.month == own) or (not yearly and month.month % 3 == own % 3):
            yield _contract_bill(person, bank_day(month + timedelta(days=between(0, 14, person.key, "day"))), yearly)
        if happens(0.035, person.key, "repair", month):
            yield _repair_bill(
                person, bank_day(month + timedelta(days=between(2, 25, person.key, "repair day", month)))
            )


def _contract_bill(person: Person, issued: date, yearly: bool) -> Bill:
    monthly = between(6500, 14000, person.key, "fee") * len(person.accounts or (0,))
    months = 12 if yearly else 3
    text = f"Manutenzione ascensore, {'anno' if yearly else 'trimestre'} dal {issued:%d/%m/%Y}"
    return _lift_bill(
        person,
        issued,
        text,
        ((f"{text}, canone", monthly * months),),
        4 if yearly else between(1, 2, person.key, "parts"),
    )


def _repair_bill(person: Person, issued: date) -> Bill:
    part = pick(
        ("Sostituzione funi di trazione", "Riparazione porta di piano", "Sostituzione scheda di manovra"),
        person.key,
        "part",
        issued,
    )
    lines = (
        (part, between(28000, 240000, person.key, "repair", issued)),
        ("Manodopera", between(9000, 42000, person.key, "work", issued)),
    )
    return _lift_bill(person, issued, part, lines, 1)


def _lift_bill(person: Person, issued: date, text: str, lines: tuple[tuple[str, int], ...], parts: int) -> Bill:
    condominium = person.trade == "condominium"
    bill = Bill(
        "",
        "TD01",
        person,
        person.accounts[0] if person.accounts else Account("", "lift", ""),
        issued,
        text,
        lines,
        10 if condominium else 22,
        withholding_permille=40 if condominium else 0,
        order=_order(person),
        cig=_cig(person, "lift", issued),
    )
    share, dues = bill.payable_cents // parts, []
    for n in range(parts):
        cents = share if n else bill.payable_cents - share * (parts - 1)
        due = _month_end_after(issued, 1 + n * (3 if parts == 4 else 1))
        dues.append(Due(n + 1, due, cents, "MP05", "", block=min(n, 1) if parts == 4 else 0))
    return replace(bill, dues=tuple(dues))


def _month_end_after(day: date, months: int) -> date:
    """Terms as business writes them: 30 days, end of month."""
    for _ in range(months):
        day = next_month(day)
    return month_end(day)


def _cig(person: Person, account: str, issued: date) -> str:
    """The tender's code on invoices to public bodies; somebody forgets it on one in eight."""
    if person.kind != "public" or between(0, 7, person.key, account, issued, "no cig") == 0:
        return ""
    return f"Z{between(10**8, 10**9 - 1, person.key, 'cig')}"


def _order(person: Person) -> str:
    return f"ODA-{between(1000, 9999, person.key, 'order')}" if person.kind == "public" else ""


# --- the rents --------------------------------------------------------------------------------------------------------
def _rents(person: Person, first: date, last: date) -> Iterator[Bill]:
    for month in _months(first, last):
        rent = between(7200, 31000, person.key, "rent") // 10 * 10
        charges = between(2500, 9000, person.key, "charges", month.month in (11, 12, 1, 2, 3)) // 10 * 10
        issued = bank_day(month - timedelta(days=7))
        due = Due(1, bank_day(month + timedelta(days=4)), rent + charges, "MP05", "")
        lines = (("Canone di locazione", rent), ("Spese accessorie", charges))
        yield Bill(
            "", "rent", person, person.accounts[0], issued, f"Canone e spese {month:%m/%Y}", lines, 0, dues=(due,)
        )


def _months(first: date, last: date) -> Iterator[date]:
    """First days of the months that touch the period, and of the one after it."""
    month = first.replace(day=1)
    while month <= next_month(last):
        yield month
        month = next_month(month)
