# SPDX-License-Identifier: Apache-2.0
"""The script of a call with this customer's facts in it, and the answers for delicate moments, for the call page."""

import datetime as dt
from collections.abc import Sequence
from typing import Any, cast

from django.utils.translation import get_language

from ascolto.domain.agreements.models import Promise
from ascolto.domain.outreach import scripts
from ascolto.domain.outreach.facts import Item, MessageFacts
from ascolto.domain.outreach.reasons import EMOTIONS, STAGES
from ascolto.domain.portfolio.models import Customer
from ascolto.domain.strategy.models import Decision

SCRIPTS = {
    "courtesy_call": "call_courtesy", "courtesy": "call_courtesy", "promise_broken": "call_promise_broken",
    "legal_gate": "call_before_legal", "reminder_call": "call_reminder",
}  # fmt: skip
"""Script of a strategy -> the laid-out conversation. What a strategy names besides is a reminder call."""
OF_STEP = {"path_review": "call_path_review"}
"""Steps that are a conversation of their own, whatever reason the customer gave last."""


def stages(
    decision: Decision | None,
    who: Customer,
    operator: str,
    items: Sequence[Any],
    promise: Promise | None,
    as_of: dt.date,
) -> list[dict[str, Any]]:
    """The six stages with what to say, ask and mind, in the language of the screen."""
    key, tone = _script_of(decision, items)
    told = scripts.script(key, tone, _language(), _facts(who, operator, items, promise, as_of))
    titles = dict(STAGES)
    return [{"code": s.name, "title": titles[s.name], "say": s.say, "ask": s.ask, "do": s.do} for s in told.stages]


def _script_of(decision: Decision | None, items: Sequence[Any]) -> tuple[str, int]:
    """A call that the strategy did not ask for still listens: courtesy when nothing is due, else a reminder."""
    name = decision.script if decision is not None and decision.answer == "act" else ""
    key = SCRIPTS.get(name, "call_reminder" if items else "call_courtesy")
    key = OF_STEP.get(decision.step, key) if decision is not None and name else key
    tone = decision.tone if decision is not None and decision.tone is not None else 1
    return (key if key in tuple(scripts.keys()) else "call_reminder"), tone


def answers() -> list[dict[str, Any]]:
    """Each emotion with its word, the way to take and words to say (A4)."""
    words = dict(EMOTIONS)
    found = {answer.emotion: answer for answer in scripts.answers(_language())}
    return [{"code": code, "word": word, "do": found[code].do, "say": found[code].say} for code, word in words.items()]


def _language() -> str:
    return (get_language() or "it")[:2]


def _facts(who: Customer, operator: str, items: Sequence[Any], promise: Promise | None, as_of: dt.date) -> MessageFacts:
    client = who.client
    late = [item for item in items if item.due_on < as_of]
    lines = tuple(
        Item(
            invoice_number=item.invoice.number, issued_on=item.invoice.issued_on, due_on=item.due_on,
            amount_cents=item.amount_cents, balance_cents=item.balance_cents,
        )
        for item in (late or items)
    )  # fmt: skip
    return MessageFacts(
        client_name=client.name, client_phone=client.phone, client_email=client.email, client_iban=client.iban,
        customer_name=who.name, customer_number=who.number, customer_kind=cast(Any, who.kind),
        salutation="person" if who.kind == "consumer" else "company", items=lines,
        total_cents=sum(line.balance_cents for line in lines), as_of=as_of, operator_name=operator,
        oldest_due_on=min((line.due_on for line in lines), default=None),
        promise_cents=promise.amount_cents if promise else None, promise_on=promise.due_on if promise else None,
    )  # fmt: skip
