# SPDX-License-Identifier: Apache-2.0
"""What somebody wants written into the portfolio: customers and invoices as plain values, before they have rows.

Intake makes them from any format; `actions` compares them with what is known and writes the difference. They travel
through JSON (a staged row keeps one) without loss.
"""

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

LIST_MARK = "L"
"""First letter of the content mark of an invoice known from an open-item list only, not from a document."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PointDraft:
    """One way to reach a customer; `value` is already normalised (E.164, lower-case mailbox, one-line address)."""

    channel: str
    value: str
    person_name: str = ""
    consent: str = "unsaid"


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerDraft:
    """A customer as a source tells it. Empty text and None mean: the source does not say."""

    number: str = ""
    name: str = ""
    kind: str = ""
    vat: str = ""
    tax_code: str = ""
    language: str = ""
    street: str = ""
    postcode: str = ""
    city: str = ""
    province: str = ""
    country: str = ""
    vulnerable: bool | None = None
    active: bool | None = None
    wants_courtesy: bool | None = None
    preferred_channel: str = ""
    salesperson: str = ""
    since_on: dt.date | None = None
    points: tuple[PointDraft, ...] = ()

    @property
    def identified(self) -> bool:
        """Whether it can be told from another of the same name: a code, or at least a name with its address."""
        return bool(self.number or self.vat or self.tax_code or (self.name and self.street and self.city))

    @property
    def own_number(self) -> str:
        """The number it gets when the client gave none: its VAT or tax code, else a mark of name and address."""
        if self.number or self.vat or self.tax_code:
            return self.number or self.vat or self.tax_code
        return "N-" + _sha([part.lower() for part in (self.name, self.street, self.postcode, self.city)])[:12]


@dataclass(frozen=True, slots=True, kw_only=True)
class InstalmentDraft:
    """An amount with its due date. `face_cents` is what the document states when `cents` is only what is left of it."""

    due_on: dt.date
    cents: int
    method: str = ""
    reference: str = ""
    face_cents: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LineDraft:
    """One line of an invoice: what it is for, its amount as written, and when that was consumed."""

    description: str = ""
    cents: int | None = None
    start: dt.date | None = None
    end: dt.date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceDraft:
    """An invoice ready to be written. `from_list`: read from an open-item list, so its amounts are what was left."""

    customer: CustomerDraft
    number: str
    issued_on: dt.date
    total_cents: int
    payable_cents: int
    kind: str = "invoice"
    account: str = ""
    account_kind: str = ""
    account_place: str = ""
    currency: str = "EUR"
    withholding_cents: int = 0
    split_payment: bool = False
    description: str = ""
    reference: str = ""
    purchase_order: str = ""
    cig: str = ""
    cup: str = ""
    pay_iban: str = ""
    undeliverable: bool = False
    terms_from_client: bool = False
    from_list: bool = False
    instalments: tuple[InstalmentDraft, ...] = ()
    lines: tuple[LineDraft, ...] = ()
    key: int = 0

    @property
    def identity(self) -> tuple[str, str, dt.date]:
        """What makes two documents of one client the same invoice (the database's own constraint)."""
        return (self.kind, self.number, self.issued_on)

    @property
    def content_sha(self) -> str:
        """Mark of everything the document says but whom it is for (64 characters).

        What we did not read at first counts only where the document says it, so that old marks stay true: of the lines
        those with a period. Of a list only what does not shrink when the customer pays: the weekly list of the same
        invoices is no change.
        """
        plain = self.to_json()
        del plain["customer"]
        plain["lines"] = [line for line in plain.pop("lines", []) if line["start"] or line["end"]]
        for name in _LATER:
            if not plain[name]:
                del plain[name]
        if not self.from_list:
            return _sha(plain)
        if any(item.face_cents is None for item in self.instalments):
            plain.pop("total_cents"), plain.pop("payable_cents")
        for item in plain["instalments"]:
            item.pop("cents")
        return LIST_MARK + _sha(plain)[:63]

    def to_json(self) -> dict[str, Any]:
        """Plain JSON; `from_json` is its inverse."""
        plain = {name: getattr(self, name) for name in _HEADER}
        plain["issued_on"] = self.issued_on.isoformat()
        plain["customer"] = customer_to_json(self.customer)
        plain["instalments"] = [
            {name: getattr(item, name) for name in _INSTALMENT} | {"due_on": item.due_on.isoformat()}
            for item in self.instalments
        ]
        if self.lines:
            plain["lines"] = [_line_to_json(line) for line in self.lines]
        return plain

    @classmethod
    def from_json(cls, data: Mapping[str, Any], key: int = 0) -> "InvoiceDraft":
        """The draft again. Raises KeyError, TypeError or ValueError on anything else."""
        instalments = tuple(
            InstalmentDraft(**{**item, "due_on": dt.date.fromisoformat(item["due_on"])}) for item in data["instalments"]
        )
        rest = {
            **data,
            "customer": customer_from_json(data["customer"]),
            "issued_on": dt.date.fromisoformat(data["issued_on"]),
            "instalments": instalments,
            "lines": tuple(_line_from_json(line) for line in data.get("lines", ())),
        }
        return cls(**rest, key=key)


def _line_to_json(line: LineDraft) -> dict[str, Any]:
    start, end = line.start, line.end
    return {"description": line.description, "cents": line.cents, "start": start and start.isoformat(),
            "end": end and end.isoformat()}  # fmt: skip


def _line_from_json(data: Mapping[str, Any]) -> LineDraft:
    start, end = (data[name] and dt.date.fromisoformat(data[name]) for name in ("start", "end"))
    return LineDraft(description=data["description"], cents=data["cents"], start=start, end=end)


def customer_to_json(draft: CustomerDraft) -> dict[str, Any]:
    """Plain JSON; `customer_from_json` is its inverse."""
    plain = {name: getattr(draft, name) for name in _CUSTOMER}
    plain["since_on"] = draft.since_on and draft.since_on.isoformat()
    plain["points"] = [{name: getattr(point, name) for name in _POINT} for point in draft.points]
    return plain


def customer_from_json(data: Mapping[str, Any]) -> CustomerDraft:
    """The draft again."""
    since = data["since_on"]
    points = tuple(PointDraft(**point) for point in data["points"])
    return CustomerDraft(**{**data, "since_on": since and dt.date.fromisoformat(since), "points": points})


_LATER = ("lines", "cig", "cup", "pay_iban", "undeliverable")
# Written out: dataclasses.asdict copies in depth, which took half of the time of a large delivery.
_HEADER = tuple(
    name for name in InvoiceDraft.__dataclass_fields__ if name not in {"key", "customer", "instalments", "lines"}
)
_INSTALMENT, _CUSTOMER, _POINT = (
    tuple(kind.__dataclass_fields__) for kind in (InstalmentDraft, CustomerDraft, PointDraft)
)


def _sha(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
