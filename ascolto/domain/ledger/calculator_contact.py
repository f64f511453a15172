# SPDX-License-Identifier: Apache-2.0
"""May this contact be made at this minute? The law and the code of conduct alone, without strategy and charter."""

import datetime as dt
from dataclasses import replace
from functools import lru_cache

from ascolto.domain.ledger.calculators import Answer, in_words
from ascolto.engine.conduct import WEEKDAYS, LawRule
from ascolto.engine.contact import phone_allowed
from ascolto.engine.policy import Policy
from ascolto.engine.rows import LawGap
from ascolto.policies.load import load_policy

CODES = {"holiday": ("holiday", "no_holidays"), "contact.hours": ("hours", "phone_window"),
         "contact.day_cap": ("day cap", "day_conversations"),
         "contact.week_cap": ("week cap", "week_conversations")}  # fmt: skip
VOICE = ("phone", "visit")


@lru_cache
def _law_alone() -> Policy:
    policy = load_policy("utility")
    return replace(policy, strategy=replace(policy.strategy, contact=()))


@in_words
def contact(
    channel: str, customer: str, at: dt.datetime, today: int = 0, week: int = 0, requested_by_customer: bool = False,
    patron_day: str | None = None,
) -> Answer:  # fmt: skip
    """`allowed`, the `rule` that refuses, the `reason` in one word, `until` = when to try again. `at` is local time;
    `patron_day` (MM-DD) is a holiday of the customer's place."""
    law = _law_alone().law
    notes = [
        _shown(row) for row in law.rule if row.code == "note" and customer in row.kinds and channel in row.channels
    ]
    answer: Answer = {"channel": channel, "customer": customer, "at": at.isoformat(timespec="minutes"), "notes": notes}
    if channel not in VOICE:
        return answer | {"allowed": True, "rule": None, "code": None, "reason": None, "until": None, "row": None}
    counts = (today, week) if channel == "phone" else (0, 0)
    try:
        verdict = phone_allowed(
            at, customer, *counts, _law_alone(), patron_day=patron_day, requested_by_customer=requested_by_customer,
        )  # fmt: skip
    except LookupError as error:
        ends = dt.date(max(_law_alone().calendar.years), 12, 31)
        raise LawGap("past_table", table="holidays", day=at.date(), ends=ends) from error
    if verdict.rule is None:
        return answer | {"allowed": True, "rule": None, "code": None, "reason": None, "until": None, "row": None}
    word, code = CODES[verdict.rule]
    row = _row(customer, code, at)
    return answer | {
        "allowed": False, "rule": row.id, "code": word.replace(" ", "_"), "reason": word,
        "sunday": at.weekday() == 6, "row": _shown(row),
        "until": verdict.until and verdict.until.isoformat(timespec="minutes"),
    }  # fmt: skip


def _row(customer: str, code: str, at: dt.datetime) -> LawRule:
    rows = list(_law_alone().law.of(customer, code))
    return next((row for row in rows if WEEKDAYS[at.weekday()] in row.days), rows[0])


def _shown(row: LawRule) -> Answer:
    return {"id": row.id, "article": row.article, "source": row.source, "confidence": row.confidence,
            "binding": row.binding, "text": row.text}  # fmt: skip
