# SPDX-License-Identifier: Apache-2.0
"""What can speak for a customer when money comes in. Owns: the pieces of evidence, their weights, how they combine.

Every piece has a weight in per mille: how often it is right when it stands alone. Independent pieces combine by
multiplying their doubts: 1000 - (1000-a)(1000-b)/1000, never quite certain. docs/algorithms/cash_application.md has
the table with a worked example.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

WEIGHTS: Mapping[str, int] = {
    "reference": 985,
    "notice_code": 985,
    "number": 930,
    "number_announced": 900,
    "number_misread": 850,
    "number_alike": 800,
    "number_shared": 400,
    "number_bare": 400,
    "tax_code": 930,
    "customer_number": 900,
    "account_number": 900,
    "taught": 930,
    "taught_name": 850,
    "iban_once": 800,
    "iban_twice": 880,
    "iban_often": 930,
    "iban_shared": 400,
    "name": 700,
    "name_alike": 450,
    "name_in_text": 600,
    "amount_named": 700,
    "amount_one": 600,
    "amount_all": 550,
    "amount_some": 300,
    "amount_common": 300,
    "amount_less_withholding": 600,
    "amount_less_discount": 450,
    "amount_less_fee": 500,
    "amount_nearly": 500,
    "plan_amount": 650,
    "promise_amount": 600,
}
"""Per mille. How sure one piece of evidence makes us when it stands alone."""

NAMING = frozenset({"reference", "notice_code", "number", "number_announced", "number_misread", "number_alike"})
"""Evidence in which the payer says what is being paid; against it, circumstances of other customers weigh half."""
IDENTITY = frozenset(
    [
        "tax_code",
        "customer_number",
        "account_number",
        "taught",
        "taught_name",
        "iban_once",
        "iban_twice",
        "iban_often",
        "name",
        "name_in_text",
    ]
)
"""Evidence of who pays or for whom, whatever is being paid."""
AGREEING = frozenset({"amount_named", "amount_one", "amount_all", "amount_some", "plan_amount", "promise_amount"})
"""The amount is exactly something that this customer owes, or said would come."""
CEILING = 999

Reason = tuple[str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Line:
    """Money that came in: positive cents."""

    line_id: int
    amount_cents: int
    currency: str = "EUR"
    reference: str = ""
    remittance: str = ""
    payer_name: str = ""
    payer_iban: str = ""
    on: date | None = None


@dataclass(frozen=True, slots=True)
class Expected:
    """Money that a customer said would come: `kind` plan or promise, the cents still missing of it, its day. `items`:
    instalment ids that a plan covers; it settles the oldest of them."""

    customer_id: int
    kind: str
    amount_cents: int
    due_on: date
    items: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Person:
    """A customer as cash application knows it."""

    customer_id: int
    number: str
    name: str
    tax_codes: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()


@dataclass(slots=True)
class Evidence:
    """What speaks for one customer while a line is read. `named`, `bare`, `chosen`, `planned`: instalment ids."""

    reasons: list[tuple[str, int, dict[str, Any]]] = field(default_factory=list)
    named: set[int] = field(default_factory=set)
    bare: set[int] = field(default_factory=set)
    chosen: set[int] = field(default_factory=set)
    planned: set[int] = field(default_factory=set)

    def add(self, code: str, weight: int | None = None, /, **params: Any) -> None:
        """One more piece; the same piece twice is one."""
        if not any(known == code and told == params for known, _, told in self.reasons):
            self.reasons.append((code, WEIGHTS[code] if weight is None else weight, params))

    def has(self, codes: frozenset[str]) -> bool:
        """True when a piece of one of these codes is there."""
        return any(code in codes for code, _weight, _params in self.reasons)

    def sureness(self, halve: bool) -> int:
        """Per mille. `halve`: circumstances against somebody who is named."""
        doubt = 1_000_000
        for _code, weight, _params in self.reasons:
            doubt = doubt * (1000 - (weight // 2 if halve else weight)) // 1000
        return min(CEILING, 1000 - -(-doubt // 1000))

    def told(self) -> list[Reason]:
        """The reasons, the weightiest first."""
        return [(code, params) for code, _weight, params in sorted(self.reasons, key=lambda r: -r[1])]
