# SPDX-License-Identifier: Apache-2.0
"""How the demo's customers behave: pure, different from each other, and moved by what is done."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

import pytest

from ascolto.demo import behaviour as b
from ascolto.demo import temper
from ascolto.demo.behaviour import Item, Plan
from ascolto.demo.billing import bills
from ascolto.demo.books import Books
from ascolto.demo.clients import UTILITY
from ascolto.demo.days import bank_days, is_bank_day
from ascolto.demo.population import Person, population
from ascolto.demo.talk import Owed, talk

ISSUED, DUE = date(2026, 3, 2), date(2026, 3, 24)
CALLED = date(2026, 4, 20)
EVERYBODY = population(UTILITY, 1500)


def those(mood: str) -> Iterator[tuple[Person, Item]]:
    for person in EVERYBODY:
        if person.temper == mood and not person.direct_debit:
            yield person, Item(f"V26-{person.number}", 1, ISSUED, DUE, 12_345)


def share(found: list[bool]) -> float:
    assert len(found) >= 15, "too few of them to say"
    return sum(found) / len(found)


def test_the_same_person_bill_and_day_give_the_same_answer() -> None:
    for person, item in those(temper.FORGETFUL):
        plan = b.first_plan(person, item)
        assert plan == b.first_plan(person, item)
        assert b.after_message(person, item, plan, CALLED, 2) == b.after_message(person, item, plan, CALLED, 2)
        owed = [Owed(item, plan, item.cents)]
        assert talk(person, owed, CALLED, 2, 1) == talk(person, owed, CALLED, 2, 1)


@pytest.mark.parametrize(
    ("mood", "at_least", "at_most"),
    [
        (temper.PUNCTUAL, 0.92, 1.0),
        (temper.FORGETFUL, 0.3, 0.7),
        (temper.UNREACHED, 0.3, 0.7),
        (temper.DISPUTING, 0.4, 0.8),
        (temper.OFFICE, 0.0, 0.0),
        (temper.SLOW_PUBLIC, 0.0, 0.0),
        (temper.UNWILLING, 0.05, 0.5),
    ],
)
def test_who_pays_on_time_by_itself(mood: str, at_least: float, at_most: float) -> None:
    plans = [b.first_plan(person, item) for person, item in those(mood)]
    assert at_least <= share([plan.on is not None and plan.on <= DUE + timedelta(days=3) for plan in plans]) <= at_most


def test_every_planned_day_is_a_bank_day() -> None:
    for mood in temper.TEMPERS:
        for person, item in those(mood):
            plan = b.first_plan(person, item)
            assert plan.on is None or is_bank_day(plan.on), (person, plan)


def moved(plan: Plan, tone: int) -> float:
    return share(
        [b.after_message(person, item, plan, CALLED, tone) != plan for person, item in those(temper.FORGETFUL)]
    )


def test_a_friendly_word_moves_the_forgetful_and_not_the_unwilling_who_hear_only_the_formal_one() -> None:
    late = date(2026, 6, 1)
    assert moved(Plan(late, b.FORGOT), 1) > 0.35
    assert moved(Plan(None, b.UNWILLING), 1) < 0.15
    assert moved(Plan(None, b.UNWILLING), 5) > 0.2


def test_a_message_changes_nothing_for_who_contests_or_has_paid_in_mind() -> None:
    for person, item in those(temper.DISPUTING):
        for plan in (Plan(None, b.CONTESTED), Plan(date(2026, 4, 22), b.FINE)):
            assert b.after_message(person, item, plan, CALLED, 5) == plan


def test_a_call_tells_the_reason_that_the_customer_has_in_mind() -> None:
    reasons = {
        b.FORGOT: "forgot",
        b.LOST: "lost_invoice",
        b.CONTESTED: "dispute",
        b.UNWILLING: "unwilling",
        b.OFFICE: "their_administration",
        b.SHORT: "temporary_difficulty",
    }
    for mood, reason in reasons.items():
        said = [
            talk(person, [Owed(item, Plan(None, mood), item.cents)], CALLED, 2, 1)
            for person, item in those(temper.FORGETFUL)
        ]
        assert {one.reason for one in said if one.outcome == "right_party"} == {reason}
        assert {one.reason for one in said if one.outcome != "right_party"} <= {""}


def test_a_promise_is_about_what_is_owed_and_lies_ahead() -> None:
    promises = [
        said
        for person, item in those(temper.FORGETFUL)
        if (said := talk(person, [Owed(item, Plan(None, b.FORGOT), item.cents)], CALLED, 2, 1)).promise_on
    ]
    assert len(promises) > 20
    assert all(0 < one.promise_cents <= 12_345 and one.promise_on and one.promise_on > CALLED for one in promises)
    kept = [
        plan.on is not None and plan.on <= one.promise_on and plan.permille >= 950
        for one in promises
        if one.promise_on
        for plan in one.plans.values()
    ]
    assert 0.6 < share(kept) < 1.0


def test_books_balance_every_day_whatever_people_do() -> None:
    people = EVERYBODY[:250]
    books, made = Books(UTILITY, people), list(bills(UTILITY, people, date(2026, 1, 2), date(2026, 6, 30)))
    received = 0
    for day in bank_days(date(2026, 1, 2), date(2026, 6, 30)):
        while made and made[0].issued_on <= day:
            books.issue(made.pop(0))
        received += sum(cents * (1 if m.cents > 0 else -1) for m in books.movements(day) for _, cents in m.parts)
        assert received + sum(books.owed.values()) == books.sold_cents
        assert min(books.owed.values(), default=0) >= 0


def test_a_direct_debit_that_bounces_is_owed_again() -> None:
    people = tuple(replace(person, direct_debit=True) for person in EVERYBODY if person.temper == temper.PUNCTUAL)
    books = Books(UTILITY, people)
    for bill in bills(UTILITY, people, date(2026, 1, 2), date(2026, 2, 28)):
        books.issue(bill)
    back = [
        m for day in bank_days(date(2026, 1, 2), date(2026, 5, 15)) for m in books.movements(day) if m.return_reason
    ]
    assert back
    assert all(m.cents < 0 and m.id.startswith("RET") for m in back)
