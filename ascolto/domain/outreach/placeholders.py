# SPDX-License-Identifier: Apache-2.0
"""The small, safe language inside a wording: `{name}` and `{invoices?one|many}`. Nothing can be executed.

Owns the list of names that a wording may use. An unknown name, or a stray brace, is refused when the
wording is loaded, not when a customer should get it. Values are put in once and never read again as
placeholders.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta

from . import formats
from .facts import MessageFacts

# fmt: off
NAMES = frozenset((
    "customer_name", "customer_number", "client_name", "client_phone", "client_email",
    "operator_name", "total", "payable", "oldest_due_on", "next_due_on",
    "as_of", "pay_by", "invoices", "first_number", "iban",
    "beneficiary", "payment_reference", "promise_amount", "promise_on", "paid_amount",
    "paid_on", "interest", "costs", "reach",
    "case_opened_on", "case_outcome", "case_granted", "case_indemnity", "written", "bonus_isee", "bonus_isee_family",
))
# fmt: on
_COUNTED = frozenset({"invoices", "written"})
_SLOT = re.compile(r"\{([a-z_]+)(?:\?([^{}|]*)\|([^{}|]*))?\}")


class WordingError(ValueError):
    """A wording that cannot be used: unknown placeholder, missing part, word that we do not say."""


def check(text: str, where: str) -> None:
    """Refuse unknown placeholders and stray braces; `where` names the file and part for the message."""
    for match in _SLOT.finditer(text):
        if match[1] not in NAMES or (match[2] is not None and match[1] not in _COUNTED):
            raise WordingError(f"{where}: unknown placeholder {match[0]}")
    if re.search(r"[{}]", _SLOT.sub("", text)):
        raise WordingError(f"{where}: a brace that is no placeholder")


def names_in(text: str) -> set[str]:
    """The names that a text needs."""
    return {match[1] for match in _SLOT.finditer(text)}


def fill(text: str, values: Mapping[str, str]) -> str:
    """Put the values in. A value that the facts do not have is an error: a customer never reads a hole."""

    def one(match: re.Match[str]) -> str:
        value = values[match[1]]
        if match[2] is not None:
            return match[2] if value == "1" else match[3]
        if not value:
            raise WordingError(f"the facts have no {match[1]}, and the wording needs it")
        # "Acqua S.p.A." at the end of a sentence: one full stop is enough.
        return value[:-1] if value.endswith(".") and text[match.end() :].startswith(".") else value

    return _SLOT.sub(one, text)


def values(facts: MessageFacts, language: str, days_to_pay: int) -> dict[str, str]:
    """Each placeholder as the customer reads it; empty when the facts do not know."""

    def money(cents: int | None) -> str:
        return "" if cents is None else formats.money(cents, facts.currency, language)

    def day(value: date | None) -> str:
        return "" if value is None else formats.day(value, language)

    dues = [item.due_on for item in facts.items]
    return {
        "customer_name": facts.customer_name,
        "customer_number": facts.customer_number,
        "client_name": facts.client_name,
        "client_phone": facts.client_phone,
        "client_email": facts.client_email,
        "operator_name": facts.operator_name,
        "total": money(facts.total_cents),
        "payable": money(facts.payable_cents),
        "interest": money(facts.interest_cents or None),
        "costs": money(facts.costs_cents or None),
        "oldest_due_on": day(facts.oldest_due_on or min(dues, default=None)),
        "next_due_on": day(min((due for due in dues if due >= facts.as_of), default=None)),
        "as_of": day(facts.as_of),
        "pay_by": day(facts.pay_by or facts.as_of + timedelta(days=days_to_pay)),
        "invoices": str(len(facts.items)),
        "first_number": facts.items[0].invoice_number if facts.items else "",
        "iban": formats.iban(facts.client_iban),
        "beneficiary": facts.client_beneficiary or facts.client_name,
        "payment_reference": facts.payment_reference,
        "promise_amount": money(facts.promise_cents),
        "promise_on": day(facts.promise_on),
        "paid_amount": money(facts.paid_cents),
        "paid_on": day(facts.paid_on),
        "case_opened_on": day(facts.case_opened_on),
        "case_outcome": facts.case_outcome,
        "written": str(max(facts.written_before, 1)),  # never and once are said alike: neither is "several times"
        "bonus_isee": money(facts.bonus_isee_cents or None),
        "bonus_isee_family": money(facts.bonus_isee_family_cents or None),
        "case_granted": money(facts.case_granted_cents or None),
        "case_indemnity": money(facts.case_indemnity_cents or None),
    }
