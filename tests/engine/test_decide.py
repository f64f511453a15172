# SPDX-License-Identifier: Apache-2.0

"""What is decided, as sentences: every rung of the household ladder and every rule that can stand in its way."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from ascolto.engine.facts import OUR_PAPERS, Facts, FactsError
from ascolto.engine.policy import Charter
from ascolto.policies.load import load_policy
from tests.engine.people import (
    TODAY,
    UTILITY,
    ago,
    answer,
    bill,
    contact,
    customer,
    decided,
    done,
    hold,
    paid_bill,
    payment,
    promise,
    trouble,
)  # fmt: skip

PAST = [paid_bill(90 + n, 100 + 60 * n) for n in range(3)]  # three bills paid in time: no longer new

RUNGS: list[tuple[str, dict[str, Any], str]] = [
    ("nothing is open", {"instalments": PAST}, "wait nothing_due"),
    ("the bill is not due and she is punctual", {"instalments": [*PAST, bill(1, -4)]}, "wait not_yet until 2026-11-27"),
    ("four days late: money may be on its way", {"instalments": [bill(1, 4)]}, "wait not_yet until 2026-11-19"),
    ("five days late", {"instalments": [bill(1, 5)]}, "act reminder_1 by email"),
    ("six days late: a missed night is caught up", {"instalments": [bill(1, 6)]}, "act reminder_1 by email"),
    ("200 days late and never asked: the friendly word comes first", {"instalments": [bill(1, 200)]},
     "act reminder_1 by email"),
    ("the reminder went out, a week has not passed", {"instalments": [bill(1, 16)], "actions": [done("reminder_1", 16, 5)]},
     "wait not_yet until 2026-11-20"),
    ("the reminder stayed without effect", {"instalments": [bill(1, 16)], "actions": [done("reminder_1", 16, 9)]},
     "act call by phone"),
    ("a small sum is not worth a call: a person decides", {"instalments": [bill(1, 16, 2900)], "actions": [done("reminder_1", 16, 9)]},
     "blocked ladder_end"),
    ("called, then in writing", {"instalments": [bill(1, 30)], "actions": [done("reminder_1", 30, 20), done("call", 30, 8, 2)]},
     "act reminder_2 by letter"),
    ("the formal notice, after all of it",
     {"instalments": [bill(1, 50)], "actions": [done("reminder_1", 50, 40), done("call", 50, 30, 2), done("reminder_2", 50, 15, 3)]},
     "act formal_notice by letter"),
    ("the formal notice was never preceded by a call", {"instalments": [bill(1, 120)], "actions": [done("reminder_1", 120, 100)]},
     "act call by phone"),
    ("a person decides about the lawyer", {"instalments": [bill(1, 120, 30000)], "actions": [done("formal_notice", 120, 50)]},
     "act legal_gate by phone"),
    ("the ladder has an end", {"instalments": [bill(1, 150, 30000)], "actions": [
        done(step, 150, 20, n) for n, step in enumerate(("reminder_1", "call", "reminder_2", "formal_notice", "legal_gate"))]},
     "blocked ladder_end"),
    ("a new oldest due date begins friendly again", {"instalments": [bill(2, 9)], "actions": [done("reminder_1", 60, 40)]},
     "act reminder_1 by email"),
    ("a broken promise comes first", {"instalments": [bill(1, 40)], "promises": [promise(1, 6, "broken")],
                                      "actions": [done("reminder_1", 40, 30)]}, "act promise_broken by phone"),
    ("a broken promise was already spoken of", {"instalments": [bill(1, 40)], "promises": [promise(1, 6, "broken")],
        "actions": [done("reminder_1", 40, 30), done("promise_broken", 40, 1, 2, cycle="promise:1")]}, "act call by phone"),
    ("a broken promise and nothing left to pay", {"instalments": PAST, "promises": [promise(1, 6, "broken")]},
     "wait nothing_due"),
    ("the first bill ever: a welcome", {"instalments": [bill(1, -14)]}, "act courtesy by email"),
    ("the first bill was welcomed", {"instalments": [bill(1, -14)], "actions": [done("courtesy", 0, 1, cycle="invoice:1")]},
     "wait not_yet until 2026-12-07"),
    ("a bill far above the usual", {"instalments": [*PAST, bill(1, -12, 80000)]}, "act courtesy_call by phone"),
    ("too late for a courtesy", {"instalments": [*PAST, bill(1, -4, 80000)]}, "wait not_yet until 2026-11-27"),
    ("before due, for the forgetful", {"instalments": [paid_bill(9, 60, 8), paid_bill(8, 120, 8), bill(1, -4)]},
     "act before_due by email"),
    ("before due, because she asked", {"customers": [customer(opted_courtesy=True)], "instalments": [*PAST, bill(1, -4)]},
     "act before_due by email"),
    ("no gentle word while something is overdue", {"customers": [customer(opted_courtesy=True)],
     "instalments": [*PAST, bill(1, -4), bill(2, 7)], "actions": [done("reminder_1", 7, 2)]}, "wait not_yet until 2026-11-26"),
    ("thanks for paying in time", {"instalments": [*PAST, paid_bill(1, 2)], "payments": [payment(1, 2)]},
     "act thanks_on_time by email"),
    ("no thanks for a credit note", {"instalments": [*PAST, paid_bill(1, 2)]}, "wait nothing_due"),
    ("no thanks twice in a quarter", {"instalments": [*PAST, paid_bill(1, 2)], "payments": [payment(1, 2)],
     "actions": [done("thanks_on_time", 0, 62, cycle=f"thanks:{ago(62)}")]}, "wait nothing_due"),
    ("thanks for a promise kept, though late", {"instalments": [*PAST, paid_bill(1, 30, 28)], "payments": [payment(1, 2)],
     "promises": [promise(1, 3, "kept")]}, "act thanks_promise by email"),
]  # fmt: skip


@pytest.mark.parametrize(("sentence", "rows", "expected"), RUNGS, ids=[row[0] for row in RUNGS])
def test_the_ladder(sentence: str, rows: dict[str, Any], expected: str) -> None:
    assert answer(**rows) == expected


LATE = {"instalments": [bill(1, 6)]}
CALL = {"instalments": [bill(1, 16)], "actions": [done("reminder_1", 16, 9)]}
FORMAL = {"instalments": [bill(1, 50)], "actions": [done("reminder_2", 50, 15)]}

RULES: list[tuple[str, dict[str, Any], str]] = [
    ("a hold with an end", {**LATE, "holds": [hold()]}, "blocked hold until 2026-11-29"),
    ("a hold without an end", {**LATE, "holds": [hold(until_ahead=None)]}, "blocked hold"),
    ("a hold that ended yesterday", {**LATE, "holds": [hold(9, -1)]}, "act reminder_1 by email"),
    ("a hold on the only late invoice", {**LATE, "holds": [hold(invoice=1)]}, "blocked hold until 2026-11-29"),
    ("a hold on one invoice leaves the other", {"instalments": [bill(1, 30), bill(2, 6)], "holds": [hold(invoice=1)]},
     "act reminder_1 by email"),
    ("a complaint about our service rests the pressure", {**LATE, "holds": [trouble()]}, "blocked our_service"),
    ("a complaint of before, since answered", {**LATE, "holds": []}, "act reminder_1 by email"),
    ("our disservice is said before the promise", {**LATE, "holds": [trouble()], "promises": [promise(1, -2)]},
     "blocked our_service"),
    ("wholly disputed", {"instalments": [bill(1, 6, disputed_cents=9000)]}, "blocked disputed"),
    ("only the disputed part leaves", {"instalments": [bill(1, 6, disputed_cents=4000)]}, "act reminder_1 by email"),
    ("a promise is respected until its grace has passed", {**LATE, "promises": [promise(1, -2)]},
     "wait promise_pending until 2026-11-24"),
    ("its grace has passed", {**LATE, "promises": [promise(1, 4)]}, "act reminder_1 by email"),
    ("yesterday's bank data was not read for a week", {**LATE, "fresh": ago(8)}, "blocked stale_bank"),
    ("old bank data do not stop a thank-you", {"instalments": [*PAST, paid_bill(1, 2)], "payments": [payment(1, 2)],
     "fresh": ago(8)}, "act thanks_on_time by email"),
    ("no way to reach her", {**LATE, "customers": [customer(email_ok=False, post_ok=False)]}, "blocked no_channel"),
    ("no e-mail, so a letter", {**LATE, "customers": [customer(email_ok=False)]}, "act reminder_1 by letter"),
    ("she prefers letters", {**LATE, "customers": [customer(preferred_channel="letter")]}, "act reminder_1 by letter"),
    ("she prefers what the step cannot use", {**LATE, "customers": [customer(preferred_channel="phone")]},
     "act reminder_1 by email"),
    ("under the minimum", {"instalments": [bill(1, 6, 900)]}, "wait below_minimum"),
    ("a Sunday", {**LATE, "today": date(2026, 11, 22), "fresh": date(2026, 11, 20)}, "wait holiday until 2026-11-23"),
    ("the Immaculate Conception", {**LATE, "today": date(2026, 12, 8)}, "wait holiday until 2026-12-09"),
    ("no calls on a Saturday here", {**CALL, "today": date(2026, 11, 21)}, "wait contact.hours until 2026-11-23"),
    ("the patron of her town", {**LATE, "customers": [customer(patron_day="11-18")]}, "wait holiday until 2026-11-19"),
    ("spoken to twice this week", {**CALL, "contacts": [contact(1, 2), contact(2, 1)]}, "wait contact.week_cap until 2026-11-23"),
    ("spoken to today", {**CALL, "contacts": [contact(1, 0)]}, "wait contact.day_cap until 2026-11-19"),
    ("she rang us: that does not count", {**CALL, "contacts": [contact(1, 0, direction="in")]}, "act call by phone"),
    ("she asked to be called back: that does not count", {**CALL, "contacts": [contact(1, 0, requested_by_customer=True)]},
     "act call by phone"),
    ("tried twice today", {**CALL, "contacts": [contact(n, 0, conversation=False) for n in (1, 2)]},
     "wait contact.attempt_cap until 2026-11-19"),
    ("one unanswered attempt is no conversation", {**CALL, "contacts": [contact(1, 0, conversation=False)]}, "act call by phone"),
    ("written to twice this week", {**LATE, "contacts": [contact(1, 2, "email"), contact(2, 1, "letter")]},
     "wait contact.message_cap until 2026-11-23"),
    ("written to two days ago", {**LATE, "contacts": [contact(1, 2, "email")]}, "wait spacing until 2026-11-19"),
    ("written to three days ago", {**LATE, "contacts": [contact(1, 3, "email")]}, "act reminder_1 by email"),
    ("a formal notice to a vulnerable customer", {**FORMAL, "customers": [customer(vulnerable=True)]}, "blocked vulnerable_tone"),
    ("a formal notice when the fault is ours", {**FORMAL, "contacts": [contact(1, 9, reason="our_fault", fault="ours")]},
     "blocked reason_tone"),
    ("a charter that knows no formal tone", {**FORMAL, "policy": load_policy("utility", Charter(max_tone=3))},
     "blocked charter_tone"),
    ("a charter without e-mail", {**LATE, "policy": load_policy("utility", Charter(channels=("phone", "letter")))},
     "act reminder_1 by letter"),
    ("a charter with a quiet month", {**LATE, "policy": load_policy("utility", Charter(no_contact_months=(11,)))},
     "wait charter.closed until 2026-12-01"),
    ("a charter with a higher minimum", {**LATE, "policy": load_policy("utility", Charter(min_cents=10000))},
     "wait below_minimum"),
    ("a charter with one contact a week", {**CALL, "contacts": [contact(1, 1, "email")],
     "policy": load_policy("utility", Charter(max_contacts_week=1))}, "wait contact.total_cap until 2026-11-23"),
]  # fmt: skip


@pytest.mark.parametrize(("sentence", "rows", "expected"), RULES, ids=[row[0] for row in RULES])
def test_permission(sentence: str, rows: dict[str, Any], expected: str) -> None:
    assert answer(**rows) == expected


def test_a_planned_step_stays_the_answer_until_it_is_done() -> None:
    planned = done("reminder_1", 6, 1, status="planned", done_on=None)
    assert answer(**LATE, actions=[planned]) == "act reminder_1 by email"
    assert answer(**LATE, actions=[{**planned, "status": "done"}]).startswith("wait not_yet")


def test_a_planned_step_whose_reason_is_gone_is_no_answer() -> None:
    planned = done("reminder_1", 6, 1, status="planned", done_on=None)
    paid = [bill(1, 6, balance_cents=0, closed_on=TODAY)]
    assert answer(instalments=paid, actions=[planned], payments=[payment(1, 0)]) == "wait nothing_due"


@pytest.mark.parametrize(
    ("sentence", "rows", "tone", "rule"),
    [
        ("the tone of the ladder", {}, 2, None),
        (
            "lower when the fault is ours",
            {"contacts": [contact(1, 30, reason="our_fault", fault="ours")]},
            0,
            "our_fault",
        ),
        ("a reason fades", {"contacts": [contact(1, 130, reason="our_fault", fault="ours")]}, 2, None),
        (
            "lower in temporary difficulty",
            {"contacts": [contact(1, 30, reason="temporary_difficulty")]},
            1,
            "temporary_difficulty",
        ),
        ("lowest for the vulnerable", {"customers": [customer(vulnerable=True)]}, 0, "vulnerable"),
        ("never above the charter", {"policy": load_policy("utility", Charter(max_tone=1))}, 1, "charter"),
    ],
)
def test_tone(sentence: str, rows: dict[str, Any], tone: int, rule: str | None) -> None:
    row = decided(**CALL, **rows)
    assert (row["step"], row["tone"], row["tone_rule"]) == ("call", tone, rule)


def test_the_reason_given_chooses_the_words_of_a_call() -> None:
    assert decided(**CALL)["script"] == "reminder_call"
    said = decided(**CALL, contacts=[contact(1, 30, reason="temporary_difficulty")])
    assert said["script"] == "offer_plan"


def test_the_points_of_the_card_add_up_to_the_score() -> None:
    row = decided(instalments=[*PAST, bill(1, 40)], promises=[promise(1, 50, "broken")])
    assert row["score"] == row["score_base"] + sum(value for name, value in row.items() if name.startswith("points_"))
    assert (row["points_delay"], row["points_open_delay"], row["points_promises"]) == (150, -150, -60)


def test_the_points_of_the_priority_add_up() -> None:
    row = decided(instalments=[bill(1, 16, 70000)], actions=[done("reminder_1", 16, 9)])
    parts = {name: value for name, value in row.items() if name.startswith("priority_")}
    assert row["priority"] == sum(parts.values()) == 260 + 130 + 30 + parts["priority_risk"]


def test_more_money_and_a_broken_promise_come_first() -> None:
    small, large = decided(instalments=[bill(1, 6)]), decided(instalments=[bill(1, 6, 500000)])
    broken = decided(instalments=[bill(1, 6)], promises=[promise(1, 6, "broken")])
    assert small["priority"] < large["priority"] < broken["priority"]


def test_the_best_hour_is_when_the_right_person_answered() -> None:
    talks = [
        contact(1, 40, hour=18),
        contact(2, 50, hour=18),
        contact(3, 60, hour=9),
        contact(4, 70, hour=9, right_party=False),
    ]
    assert decided(**CALL, contacts=talks)["best_hour"] == 18


def test_behaviour_weighs_by_amount_and_shows_open_delay_beside_it() -> None:
    row = decided(instalments=[paid_bill(1, 100, 1, 100000), paid_bill(2, 160, 30, 500), bill(3, 40), bill(4, 10)])
    assert (row["days_late_weighted"], row["open_days_late_weighted"]) == (1, 25)
    assert row["punctual_streak"] == 0


@pytest.mark.parametrize(
    ("recent", "before", "trend"), [(10, 2, "worse"), (2, 10, "better"), (5, 3, "same"), (5, None, "unknown")]
)
def test_the_trend_compares_two_half_years(recent: int, before: int | None, trend: str) -> None:
    rows = [paid_bill(1, 60, recent)] + ([] if before is None else [paid_bill(2, 260, before)])
    assert decided(instalments=rows)["trend"] == trend


# --- the fingerprint -------------------------------------------------------------------------------------------------


def test_an_unchanged_customer_leaves_the_same_print_tomorrow() -> None:
    rows = {"instalments": [*PAST, bill(1, 10)], "actions": [done("reminder_1", 10, 2)]}
    today, tomorrow = decided(**rows), decided(**rows, today=TODAY + timedelta(days=1))
    assert today["max_overdue_days"] != tomorrow["max_overdue_days"]
    assert today["fingerprint"] == tomorrow["fingerprint"]


def test_a_payment_changes_the_print() -> None:
    before = decided(instalments=[bill(1, 10)])
    after = decided(instalments=[bill(1, 10, balance_cents=5000)])
    assert before["fingerprint"] != after["fingerprint"]


# --- the border --------------------------------------------------------------------------------------------------------


def test_facts_with_a_missing_column_are_refused_by_name() -> None:
    good = Facts.from_rows(customers=[customer()])
    tables = dict(good.items())
    tables["customers"] = tables["customers"].drop_columns(["kind"])
    with pytest.raises(FactsError, match=r"facts\.customers: missing \['kind'\]"):
        Facts.from_arrow(tables)


def test_the_hash_of_a_policy_changes_with_any_word_of_it() -> None:
    assert load_policy("utility").sha == UTILITY.sha
    assert load_policy("utility", Charter(max_tone=3)).sha != UTILITY.sha
    assert replace(UTILITY, strategy=replace(UTILITY.strategy, why="another")).sha != UTILITY.sha


def lacking(invoice: int) -> dict[str, Any]:
    """The invoice lacks something through our fault, as the snapshot tells it."""
    return {**hold(until_ahead=None, invoice=invoice), "reason": OUR_PAPERS}


def test_an_invoice_that_lacks_something_by_our_fault_is_not_asked_for() -> None:
    row = decided(instalments=[bill(1, due=40)], holds=[lacking(1)])
    assert (row["answer"], row["rule"]) == ("blocked", "blocked_by_us")
    assert (row["overdue_cents"], row["claim_cents"], row["blocked_cents"]) == (9000, 0, 9000)


def test_what_we_block_is_left_out_and_the_rest_is_asked_for() -> None:
    row = decided(instalments=[bill(1, due=40), bill(2, due=10, cents=5000)], holds=[lacking(1)])
    assert (row["answer"], row["claim_cents"], row["blocked_cents"]) == ("act", 5000, 9000)
    assert row["claim_due_on"] == ago(10), "the ladder counts from what may be asked for"


def on_path(pause: int | None, review: int) -> list[dict[str, Any]]:
    return [customer(path_id=7, path_pause_until=None if pause is None else ago(-pause), path_review_on=ago(-review))]


def test_during_the_pause_of_a_hardship_path_nothing_is_asked_for() -> None:
    row = decided(customers=on_path(5, 30), instalments=[bill(1, due=40)])
    assert (row["answer"], row["rule"], row["until_on"], row["path_phase"]) == ("wait", "path_pause", ago(-6), "pause")


def test_after_the_pause_only_the_gentle_steps_of_the_policy_are_taken_in_gentle_words() -> None:
    row = decided(customers=on_path(None, 30), instalments=[bill(1, due=10)])
    assert (row["answer"], row["step"], row["template"]) == ("act", "reminder_1", "hardship_bonus")
    later = [done("reminder_1", 20, 10), done("reminder_2", 20, 5, number=2)]
    row = decided(customers=on_path(None, 30), instalments=[bill(1, due=20)], actions=later)
    assert (row["answer"], row["rule"], row["until_on"]) == ("wait", "not_yet", ago(-30)), (
        "no call, no notice: the review"
    )


def test_the_softer_cadence_leaves_three_weeks_between_two_words() -> None:
    spoke = contact(1, 10, "email", human=False, conversation=False, right_party=False)
    row = decided(customers=on_path(None, 30), instalments=[bill(1, due=10)], contacts=[spoke])
    assert (row["rule"], row["until_on"]) == ("spacing", ago(-11))


def test_the_review_of_a_path_comes_to_the_work_list_on_its_day() -> None:
    row = decided(customers=on_path(None, 0), instalments=[bill(1, due=60)])
    assert (row["answer"], row["step"], row["channel"], row["cycle"]) == (
        "act",
        "path_review",
        "phone",
        f"path:7:{TODAY}",
    )
    said = {**done("path_review", 60, 0), "cycle": f"path:7:{TODAY}", "channel": "phone"}
    assert decided(customers=on_path(None, 0), instalments=[bill(1, due=60)], actions=[said])["step"] != "path_review"
