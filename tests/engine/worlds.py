# SPDX-License-Identifier: Apache-2.0

"""Small random worlds for Hypothesis: a handful of customers (a decision costs the same for one or for ten), every corner (same days, zero cents, nulls, many cycles)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st

from ascolto.engine.facts import CHANNELS, KINDS, OUR_PAPERS, OUR_SERVICE, Facts

TODAYS = st.dates(date(2025, 3, 1), date(2027, 6, 30))
REASONS = st.sampled_from([None, None, "forgot", "our_fault", "temporary_difficulty", "structural_difficulty", "unwilling",
                           "lost_invoice"])  # fmt: skip
STEPS = st.sampled_from(["reminder_1", "call", "reminder_2", "formal_notice", "legal_gate", "promise_broken", "second_call",
                         "visit", "thanks_on_time", "thanks_promise", "before_due", "courtesy", "courtesy_call", "path_review"])  # fmt: skip


@st.composite
def worlds(draw: Any, customers: int = 8) -> tuple[Facts, date]:
    """Facts of up to `customers` customers and the day on which to decide."""
    today = draw(TODAYS)
    day = lambda low, high: st.integers(low, high).map(lambda n: today + timedelta(days=n))  # noqa: E731
    flag, often = st.booleans(), st.sampled_from([True, True, True, False])
    ids = list(range(1, draw(st.integers(1, customers)) + 1))
    who = st.sampled_from(ids)
    mmdd = f"{today:%m-%d}"
    people = [
        {"customer_id": i, "kind": draw(st.sampled_from(KINDS)), "language": "it", "vulnerable": draw(flag) and draw(flag),
         "active": draw(often), "opted_courtesy": draw(flag), "email_ok": draw(often), "phone_ok": draw(often),
         "post_ok": draw(often), "pec_ok": draw(flag), "preferred_channel": draw(st.sampled_from([None, *CHANNELS])),
         "patron_day": draw(st.sampled_from([None, None, "06-24", mmdd])), **_path(draw, i, day)}
        for i in ids
    ]  # fmt: skip
    items = []
    for n in range(draw(st.integers(0, 4 * len(ids)))):
        due = draw(st.one_of(day(-140, 30), day(-500, 40)))
        amount = draw(st.sampled_from([0, 900, 2500, 7000, 70000, 250000]))
        open_ = draw(flag)
        items.append({"instalment_id": n + 1, "customer_id": draw(who), "invoice_id": 1 + n // 2,
                      "issued_on": due - timedelta(days=draw(st.integers(0, 40))), "due_on": due, "amount_cents": amount,
                      "balance_cents": (draw(st.integers(0, amount)) if draw(flag) else amount) if open_ else 0,
                      "disputed_cents": draw(st.sampled_from([0, 0, 0, 100, amount])),
                      "closed_on": None if open_ else min(due + timedelta(days=draw(st.integers(-8, 50))), today),
                      "planned_until": draw(st.sampled_from([None, None, None, today - timedelta(days=1), today, today + timedelta(days=9)])),
                      "collected_until": draw(st.sampled_from([None, None, None, today - timedelta(days=1), today, today + timedelta(days=6)]))})  # fmt: skip
    contacts = [
        {"contact_id": n + 1, "customer_id": draw(who), "on_date": draw(st.one_of(day(-9, 0), day(-200, 1))),
         "hour": draw(st.one_of(st.none(), st.integers(8, 20))), "channel": draw(st.sampled_from(CHANNELS)),
         "direction": draw(st.sampled_from(["in", "out", "out"])), "human": draw(flag), "conversation": draw(flag),
         "right_party": draw(flag), "reason": draw(REASONS), "fault": draw(st.sampled_from([None, "ours", "theirs"])),
         "solution": None, "requested_by_customer": draw(st.sampled_from([False, False, True]))}
        for n in range(draw(st.integers(0, 4 * len(ids))))
    ]  # fmt: skip
    promises = []
    for n in range(draw(st.integers(0, 2 * len(ids)))):
        due = draw(day(-60, 15))
        promises.append({"promise_id": n + 1, "customer_id": draw(who), "made_on": due - timedelta(days=9), "due_on": due,
                         "amount_cents": 5000, "grace_days": 3, "judged_on": draw(st.one_of(st.none(), st.just(min(due, today)))),
                         "status": draw(st.sampled_from(["pending", "kept", "partly", "broken", "superseded", "plan_half",
                                                           "plan_done"]))})  # fmt: skip
    holds = [
        {"hold_id": n + 1, "customer_id": draw(who), "invoice_id": draw(st.sampled_from([None, None, *range(1, 12)])), "reason": draw(st.sampled_from(["x", "x", OUR_SERVICE, OUR_PAPERS])),
         "from_on": draw(day(-20, 3)), "until_on": draw(st.one_of(st.none(), day(-5, 20)))}
        for n in range(draw(st.integers(0, len(ids))))
    ]  # fmt: skip
    return Facts.from_rows(
        bank_fresh_on=draw(st.one_of(st.just(today), day(-8, 0), st.none())), customers=people, instalments=items,
        contacts=contacts, promises=promises, holds=holds, actions=_actions(draw, items, promises, who, day),
        payments=[{"payment_id": i["instalment_id"], "customer_id": i["customer_id"], "paid_on": i["closed_on"],
                   "known_on": i["closed_on"], "cents": i["amount_cents"]} for i in items if i["closed_on"]],
    ), today  # fmt: skip


def _path(draw: Any, number: int, day: Any) -> dict[str, Any]:
    """A customer in three is on a hardship path, in its pause, in its softer cadence, or past its review."""
    if draw(st.integers(0, 2)):
        return {"path_id": None, "path_pause_until": None, "path_review_on": None}
    pause = draw(st.one_of(st.none(), day(-20, 20)))
    return {"path_id": 70 + number, "path_pause_until": pause, "path_review_on": draw(day(-5, 60))}


def _actions(draw: Any, items: list[Any], promises: list[Any], who: Any, day: Any) -> list[dict[str, Any]]:
    """Past steps in cycles that exist: of an instalment's due date, of its invoice, of a promise, of a settlement."""
    actions = []
    for n in range(draw(st.integers(0, 20))):
        cycle, customer = "arrears:2020-01-01", draw(who)
        if items:
            item = draw(st.sampled_from(items))
            customer = item["customer_id"]
            kinds = [f"arrears:{item['due_on']}"] * 4 + [f"due:{item['due_on']}", f"invoice:{item['invoice_id']}",
                     f"thanks:{item['closed_on']}"]  # fmt: skip
            cycle = draw(st.sampled_from(kinds))
        if promises and draw(st.integers(0, 5)) == 0:
            promise = draw(st.sampled_from(promises))
            customer, cycle = promise["customer_id"], f"promise:{promise['promise_id']}"
        planned = draw(day(-80, 0))
        actions.append({"action_id": n + 1, "customer_id": customer, "cycle": cycle, "step": draw(STEPS), "channel": "email",
                        "status": draw(st.sampled_from(["done", "done", "done", "planned"])), "planned_on": planned,
                        "done_on": draw(st.one_of(st.none(), st.just(planned)))})  # fmt: skip
    return actions
