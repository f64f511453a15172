# SPDX-License-Identifier: Apache-2.0
"""The facts of one message: who writes to whom, about which open items, and how one pays.

Owns `MessageFacts`, the only thing that a wording or a letter may talk about. It is plain data, is kept as
JSON with the message as it was sent, and can be read back years later. It asks no database and no clock.
"""

from __future__ import annotations

import dataclasses
import functools
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, get_args

Salutation = Literal["person_f", "person_m", "person", "company"]
CustomerKind = Literal["consumer", "business", "public"]
InterestLaw = Literal["", "231", "legal"]

_DATES = {"issued_on", "due_on", "oldest_due_on", "as_of", "promise_on", "paid_on", "pay_by", "case_opened_on"}


class FactsError(ValueError):
    """Facts that cannot be true together, or keys that nobody knows."""


@dataclass(frozen=True, kw_only=True)
class Item:
    """One open item (instalment) as the customer reads it; amounts in cents, negative for a credit."""

    invoice_number: str
    issued_on: date
    due_on: date
    amount_cents: int
    balance_cents: int
    currency: str = "EUR"


@dataclass(frozen=True, kw_only=True)
class MessageFacts:
    """Everything that one message may say. Amounts in cents of `currency`, dates are local calendar days.

    `total_cents` is the sum of the items' balances (checked). `interest_cents` and `costs_cents` are asked
    on top of it only when the policy says so; `interest_law` empty means: by the kind of customer (business
    and public administration: D.Lgs. 231/2002; consumers: legal rate, art. 1284 c.c.).
    """

    client_name: str
    client_address: tuple[str, ...] = ()
    client_phone: str = ""
    client_email: str = ""
    client_iban: str = ""
    client_bic: str = ""
    client_beneficiary: str = ""
    client_footer: str = ""
    customer_name: str
    customer_address: tuple[str, ...] = ()
    customer_number: str = ""
    customer_kind: CustomerKind = "consumer"
    salutation: Salutation = "person"
    items: tuple[Item, ...] = ()
    total_cents: int = 0
    interest_cents: int = 0
    costs_cents: int = 0
    interest_law: InterestLaw = ""
    currency: str = "EUR"
    oldest_due_on: date | None = None
    as_of: date
    pay_by: date | None = None
    payment_reference: str = ""
    promise_cents: int | None = None
    promise_on: date | None = None
    paid_cents: int | None = None
    paid_on: date | None = None
    operator_name: str = ""
    case_opened_on: date | None = None
    case_outcome: str = ""
    case_granted_cents: int = 0
    case_indemnity_cents: int = 0
    written_before: int = 0
    bonus_isee_cents: int = 0
    bonus_isee_family_cents: int = 0

    def __post_init__(self) -> None:
        """Refuse facts that contradict each other, before a customer reads them."""
        if self.total_cents != sum(item.balance_cents for item in self.items):
            raise FactsError(f"total_cents {self.total_cents} is not the sum of the items' balances")
        if any(item.currency != self.currency for item in self.items):
            raise FactsError("a message speaks of one currency")
        for name, kind in (
            ("salutation", Salutation),
            ("customer_kind", CustomerKind),
            ("interest_law", InterestLaw),
        ):
            if getattr(self, name) not in get_args(kind):
                raise FactsError(f"{name} {getattr(self, name)!r} is none of {get_args(kind)}")

    @property
    def payable_cents(self) -> int:
        """What is asked today: open balances, and interest and costs where they are asked."""
        return self.total_cents + self.interest_cents + self.costs_cents

    @property
    def applicable_interest_law(self) -> Literal["231", "legal"]:
        """Which law speaks of interest for this customer."""
        if self.interest_law:
            return self.interest_law
        return "legal" if self.customer_kind == "consumer" else "231"

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready: dates as ISO text, tuples as lists."""
        return _plain(self) | {"items": [_plain(item) for item in self.items]}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> MessageFacts:
        """The inverse of `to_dict`; refuses keys that nobody knows."""
        values = _read(cls, data)
        values["items"] = tuple(Item(**_read(Item, row)) for row in data.get("items", ()))
        for name in ("client_address", "customer_address"):
            values[name] = tuple(values.get(name, ()))
        return cls(**values)


def _plain(of: MessageFacts | Item) -> dict[str, Any]:
    plain = dict(vars(of))
    for name, value in plain.items():
        if isinstance(value, date):
            plain[name] = value.isoformat()
        elif isinstance(value, tuple):
            plain[name] = list(value)
    return plain


def _read(cls: type, data: dict[str, Any]) -> dict[str, Any]:
    unknown = data.keys() - _names(cls)
    if unknown:
        raise FactsError(f"unknown facts: {', '.join(sorted(unknown))}")
    return {
        key: date.fromisoformat(value) if key in _DATES and value is not None else value for key, value in data.items()
    }


@functools.cache
def _names(cls: type) -> frozenset[str]:
    return frozenset(field.name for field in dataclasses.fields(cls))
