# SPDX-License-Identifier: Apache-2.0

"""Carla and her papers, in few words: small facts for sentences. Days are counted from TODAY (a Wednesday)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from ascolto.engine.decide import decide_arrow
from ascolto.engine.facts import OUR_SERVICE, Facts
from ascolto.engine.policy import Policy
from ascolto.policies.load import load_policy

TODAY = date(2026, 11, 18)
UTILITY = load_policy("utility")


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def customer(number: int = 1, **change: Any) -> dict[str, Any]:
    carla = {"customer_id": number, "kind": "consumer", "language": "it", "vulnerable": False, "active": True,
             "opted_courtesy": False, "email_ok": True, "phone_ok": True, "post_ok": True, "pec_ok": False}  # fmt: skip
    return {**carla, **change}


def bill(number: int, due: int, cents: int = 9000, **change: Any) -> dict[str, Any]:
    """An open bill that fell due `due` days ago (negative: is due in the future)."""
    row = {"instalment_id": number, "customer_id": 1, "invoice_id": number, "issued_on": ago(due + 20), "due_on": ago(due),
           "amount_cents": cents, "balance_cents": cents, "disputed_cents": 0}  # fmt: skip
    return {**row, **change}


def paid_bill(number: int, due: int, late: int = 0, cents: int = 9000, **change: Any) -> dict[str, Any]:
    return bill(number, due, cents, balance_cents=0, closed_on=ago(due - late), **change)


def done(step: str, cycle_due: int, days_ago: int, number: int = 1, **change: Any) -> dict[str, Any]:
    """A step of the arrears cycle whose oldest due date was `cycle_due` days ago, done `days_ago`."""
    row = {"action_id": number, "customer_id": 1, "cycle": f"arrears:{ago(cycle_due)}", "step": step, "channel": "email",
           "status": "done", "planned_on": ago(days_ago), "done_on": ago(days_ago)}  # fmt: skip
    return {**row, **change}


def contact(number: int, days_ago: int, channel: str = "phone", **change: Any) -> dict[str, Any]:
    row = {"contact_id": number, "customer_id": 1, "on_date": ago(days_ago), "hour": 10, "channel": channel, "direction": "out",
           "human": channel == "phone", "conversation": channel == "phone", "right_party": channel == "phone",
           "requested_by_customer": False}  # fmt: skip
    return {**row, **change}


def promise(number: int, due: int, status: str = "pending", **change: Any) -> dict[str, Any]:
    row = {"promise_id": number, "customer_id": 1, "made_on": ago(due + 10), "due_on": ago(due), "amount_cents": 9000,
           "grace_days": 3, "status": status, "judged_on": None if status == "pending" else ago(max(due - 4, 0))}  # fmt: skip
    return {**row, **change}


def payment(number: int, days_ago: int, cents: int = 9000) -> dict[str, Any]:
    return {"payment_id": number, "customer_id": 1, "paid_on": ago(days_ago), "known_on": ago(days_ago), "cents": cents}


def trouble() -> dict[str, Any]:
    """An open complaint about our own service, as the snapshot tells it."""
    return {**hold(until_ahead=None), "reason": OUR_SERVICE}


def hold(from_ago: int = 1, until_ahead: int | None = 10, invoice: int | None = None) -> dict[str, Any]:
    until = None if until_ahead is None else ago(-until_ahead)
    return {
        "hold_id": 1,
        "customer_id": 1,
        "invoice_id": invoice,
        "from_on": ago(from_ago),
        "until_on": until,
        "reason": "complaint",
    }


def decided(*, policy: Policy = UTILITY, today: date = TODAY, fresh: date | None = None, **rows: Any) -> dict[str, Any]:
    """What is decided about Carla."""
    rows.setdefault("customers", [customer()])
    facts = Facts.from_rows(bank_fresh_on=fresh or today, **rows)
    row: dict[str, Any] = decide_arrow(facts, policy, today).to_pylist()[0]
    return row


def answer(**rows: Any) -> str:
    """'act call by phone', 'wait not_yet until 2026-12-01', 'blocked disputed'."""
    row = decided(**rows)
    if row["answer"] == "act":
        return f"act {row['step']} by {row['channel']}"
    until = f" until {row['until_on']}" if row["until_on"] else ""
    return f"{row['answer']} {row['rule']}{until}"
