# SPDX-License-Identifier: Apache-2.0
"""What customers do about an open item, and how what we do changes it. Pure functions of person, item, day and event.

A `Plan` is what the customer has in mind: when and how much, and the mood behind it. It is made when the bill is
issued and made anew when something happens: a message, a call (talk.py), an answer to a dispute, a returned debit.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from ascolto.demo import temper
from ascolto.demo.chance import between, happens, unit
from ascolto.demo.days import bank_day, month_end
from ascolto.demo.population import Person

FINE, FORGOT, LOST, CONTESTED, SHORT, UNWILLING, OFFICE, SEASONAL, RETURNED, PROMISED, REST = (
    "fine", "forgot", "lost", "contested", "short", "unwilling", "office", "seasonal", "returned", "promised", "rest",
)  # fmt: skip
Key = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Item:
    """One instalment as the customer knows it."""

    number: str
    position: int
    issued_on: date
    due_on: date
    cents: int

    @property
    def key(self) -> Key:
        return self.number, self.position


@dataclass(frozen=True, slots=True)
class Plan:
    """Pays `permille` of what is owed on `on` (None: not by itself); `mood` is why."""

    on: date | None
    mood: str = FINE
    permille: int = 1000


def first_plan(person: Person, item: Item) -> Plan:
    """What the customer has in mind when the bill arrives."""
    key = (person.key, item.number, item.position)
    if person.trouble and person.trouble[0] <= item.due_on <= person.trouble[1]:
        return _short(person, item)
    mood = person.temper
    if mood == temper.FORGETFUL and happens(0.5, *key, "forgets"):
        return Plan(_after(item.due_on, 35, 80, *key), FORGOT)
    if mood == temper.UNREACHED and happens(0.5, *key, "lost"):
        return Plan(_after(item.due_on, 90, 170, *key), LOST)
    if mood == temper.DISPUTING and happens(0.38, *key, "contests"):
        return Plan(None, CONTESTED)
    if mood == temper.UNWILLING and happens(0.75, *key, "unwilling"):
        return Plan(None, UNWILLING)
    if mood in (temper.OFFICE, temper.SLOW_PUBLIC):
        return Plan(_office_day(person, item, mood), OFFICE)
    if mood == temper.SEASONAL and item.due_on.month in (11, 12, 1, 2, 3, 4, 5):
        return Plan(_season(item.due_on, *key), SEASONAL)
    if happens(0.03, *key, "slip"):
        return Plan(_after(item.due_on, 30, 70, *key), FORGOT)
    return _on_time(person, item)


def after_message(person: Person, item: Item, plan: Plan, day: date, tone: int) -> Plan:
    """A letter or mail about this item has arrived. Before the due date it reminds; after it, it asks."""
    key = (person.key, item.number, item.position, day, "message")
    if plan.mood in (FINE, PROMISED, CONTESTED):
        return plan
    if day <= item.due_on:
        helps = plan.mood == FORGOT and happens(0.6, *key)
        return Plan(bank_day(max(day, item.due_on - timedelta(days=between(0, 2, *key)))), FINE) if helps else plan
    if tone == 0:
        return plan
    chance = {
        FORGOT: 0.5,
        RETURNED: 0.5,
        LOST: 0.3,
        REST: 0.3,
        SHORT: 0.08,
        OFFICE: 0.18,
        SEASONAL: 0.05,
        UNWILLING: 0.02,
    }
    firm = {FORGOT: 0.3, RETURNED: 0.3, LOST: 0.3, REST: 0.3, SHORT: 0.12, OFFICE: 0.2, SEASONAL: 0.15, UNWILLING: 0.38}
    probability = chance[plan.mood] + (firm[plan.mood] if tone >= 4 else 0.08 if tone == 3 else 0.0)
    if not happens(probability, *key):
        return plan
    permille = 500 if plan.mood == SHORT and tone < 4 else 1000
    return Plan(_after(day, 2, 9, *key), plan.mood if permille < 1000 else FINE, permille)


def after_return(person: Person, item: Item, day: date) -> Plan:
    """The direct debit came back: few notice before we say so."""
    return Plan(_after(day, 40, 70, person.key, item.number, "returned"), RETURNED)


def after_dispute(person: Person, item: Item, day: date) -> Plan:
    """An answer, whichever it is, and the rest is paid by most."""
    key = (person.key, item.number, "answered")
    return Plan(_after(day, 3, 14, *key), FINE) if happens(0.88, *key) else Plan(None, UNWILLING)


def after_part(person: Person, item: Item, plan: Plan, day: date) -> Plan:
    """Something was paid and something is left."""
    key = (person.key, item.number, item.position, day, "rest")
    if plan.mood in (SHORT, PROMISED):
        return Plan(_after(day, 30, 75, *key), SHORT) if happens(0.7, *key) else Plan(None, SHORT)
    return Plan(None, REST)


def direct_debit_bounces(person: Person, item: Item) -> bool:
    """One in fifty collections comes back for lack of cover."""
    return happens(0.02, person.key, item.number, "bounces")


def _on_time(person: Person, item: Item) -> Plan:
    if person.direct_debit:
        return Plan(bank_day(item.due_on))
    early = int(12 * unit(person.key, "early") * unit(person.key, item.number, item.position, "early"))
    day = max(item.due_on - timedelta(days=early), item.issued_on + timedelta(days=2))
    return Plan(bank_day(day + timedelta(days=happens(0.1, person.key, item.number, "a day late"))))


def _short(person: Person, item: Item) -> Plan:
    """Little money: something now and then, the rest when the bad time is over."""
    key = (person.key, item.number, item.position, "short")
    structural = person.temper == temper.STRUCTURAL
    if happens(0.3 if structural else 0.4, *key, "manages"):
        return Plan(_after(item.due_on, 3, 35, *key), SHORT, 1000 if not structural else 600)
    assert person.trouble is not None
    return Plan(None if structural else _after(person.trouble[1], 5, 50, *key), SHORT)


def _office_day(person: Person, item: Item, mood: str) -> date:
    """Fixed payment days: the tenth or the last of a month, after the approval."""
    key = (person.key, item.number, item.position)
    wait = between(35, 110, *key, "approval") if mood == temper.SLOW_PUBLIC else between(8, 40, person.key, "run")
    day = item.due_on + timedelta(days=wait)
    return bank_day(day.replace(day=10) if day.day <= 10 else month_end(day))


def _season(due: date, *key: object) -> date:
    """Bills of the dead season wait for the first guests."""
    summer = date(due.year + (due.month >= 11), 6, 10)
    return bank_day(summer + timedelta(days=between(0, 50, *key, "season")))


def _after(day: date, low: int, high: int, *key: object) -> date:
    return bank_day(day + timedelta(days=between(low, high, *key, "days")))
