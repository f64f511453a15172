# SPDX-License-Identifier: Apache-2.0
"""Rows of an open-item list to invoices: the rows of one number are the instalments of one invoice."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ascolto.domain.access.models import Client
from ascolto.domain.intake.problems import Findings
from ascolto.domain.intake.translate import customer_of, money
from ascolto.domain.portfolio.drafts import InstalmentDraft, InvoiceDraft, LineDraft


@dataclass(frozen=True, slots=True)
class Row:
    """One good row: the key of its staged row, its number in the file, its typed values."""

    key: int
    number: int | None
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Group:
    """The rows of one invoice and what they make. `draft` is None when nothing is open or something is wrong."""

    rows: tuple[Row, ...]
    draft: InvoiceDraft | None
    ignored: bool = False


def invoices(rows: Iterable[Row], client: Client, findings: Findings) -> list[Group]:
    """One group per invoice. The draft's key is that of its first row."""
    groups: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for row in rows:
        groups[_identity(row.values)].append(row)
    return [_group(found, client, findings) for found in groups.values()]


def _identity(values: Mapping[str, Any]) -> tuple[Any, ...]:
    """Number and date make an invoice; a list without dates of issue has the number alone, per customer."""
    customer = (
        () if values.get("issued_on") else (values.get("customer_number"), values.get("vat"), values.get("tax_code"))
    )
    return (_number(values), values.get("issued_on"), _open_cents(values) < 0, *customer)


def _number(values: Mapping[str, Any]) -> str:
    return str(values.get("invoice_number") or values.get("reference") or "")


def _open_cents(values: Mapping[str, Any]) -> int:
    """What is still open: the open amount where the list has one, else the amount."""
    value = values.get("open_cents")
    return int(values.get("amount_cents", 0) if value is None else value)


def _group(rows: Sequence[Row], client: Client, findings: Findings) -> Group:
    errors = findings.errors
    first = rows[0]
    customers = [customer_of(row.values, findings, row.number) for row in rows]
    if len({(c.number, c.vat, c.tax_code) for c in customers}) > 1:
        findings.add("item.two_customers", row=first.number, field="customer_number", number=_number(first.values))
    live = [row for row in rows if _open_cents(row.values) != 0]
    for row in rows:
        _tell(row, findings)
    if findings.errors > errors:
        return Group(tuple(rows), None)
    if not live:
        return Group(tuple(rows), None, ignored=True)
    instalments, from_client = _instalments(live, client)
    total = _total(rows)
    credit = sum(_open_cents(row.values) for row in rows) < 0
    values = first.values
    draft = InvoiceDraft(
        key=first.key,
        customer=customers[0],
        kind="credit_note" if credit else "rent" if client.sector == "public_housing" else "invoice",
        number=_number(values)[:60],
        issued_on=values.get("issued_on") or min(row.values["due_on"] for row in rows if row.values.get("due_on")),
        currency=str(values.get("currency") or "EUR")[:3],
        total_cents=abs(total),
        payable_cents=abs(total),
        account=str(values.get("account_number") or "")[:60],
        description=str(values.get("description") or "")[:300],
        reference=str(values.get("reference") or "")[:60],
        terms_from_client=from_client,
        from_list=True,
        instalments=() if credit else instalments,
        lines=_lines(rows),
    )
    return Group(tuple(rows), draft)


def _lines(rows: Sequence[Row]) -> tuple[LineDraft, ...]:
    """Rows that say when their amount was consumed, once for each period: the instalments of one bill share it."""
    found: dict[tuple[Any, ...], int] = {}
    for row in rows:
        key = tuple(row.values.get(name) for name in ("description", "period_from", "period_to"))
        if key[1] or key[2]:
            found[key] = found.get(key, 0) + int(row.values.get("amount_cents") or _open_cents(row.values))
    return tuple(
        LineDraft(description=str(words or "")[:300], cents=cents, start=start, end=end)
        for (words, start, end), cents in found.items()
    )


def _tell(row: Row, findings: Findings) -> None:
    amount, left = row.values.get("amount_cents"), _open_cents(row.values)
    if left == 0:
        findings.add("item.nothing_open", row=row.number, field="open_cents")
    elif amount is not None and 0 < left < amount:
        findings.add("item.partly_paid", row=row.number, field="open_cents", amount=money(amount), open=money(left))
    currency = str(row.values.get("currency") or "EUR")
    if currency not in {"EUR", "€"}:
        findings.add("invoice.currency", row=row.number, field="currency", currency=currency)


def _total(rows: Sequence[Row]) -> int:
    """The sum of the amounts; a list that repeats the invoice total on each row of an invoice says it once."""
    amounts = [row.values.get("amount_cents") for row in rows]
    left = [_open_cents(row.values) for row in rows]
    if None in amounts:
        return sum(left)
    same = len(set(amounts)) == 1 and len(rows) > 1 and sum(left) <= int(amounts[0] or 0)
    has_open = any(row.values.get("open_cents") is not None for row in rows)
    return int(amounts[0] or 0) if same and has_open else sum(int(amount or 0) for amount in amounts)


def _instalments(rows: Sequence[Row], client: Client) -> tuple[tuple[InstalmentDraft, ...], bool]:
    """In the order of their due dates; positions follow."""
    found, from_client = [], False
    for row in rows:
        due = row.values.get("due_on")
        if due is None:
            due = row.values["issued_on"] + dt.timedelta(days=client.default_terms_days)
            from_client = True
        found.append(
            InstalmentDraft(
                due_on=due,
                cents=_open_cents(row.values),
                reference=str(row.values.get("reference") or "")[:60],
                face_cents=row.values.get("amount_cents"),
            )
        )
    return tuple(sorted(found, key=lambda item: item.due_on)), from_client
