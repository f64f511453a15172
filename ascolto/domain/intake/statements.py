# SPDX-License-Identifier: Apache-2.0
"""From a statement as read to what the ledger takes, and through JSON while it waits in staging."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from ascolto.domain.intake.documents import Balance, Entry, StatementDoc
from ascolto.domain.intake.formats.table_bank import FORMAT as BANK_LIST
from ascolto.domain.ledger.statements import EntryIn, StatementIn

_FINAL = {"BOOK", ""}
"""Only booked entries are money; PDNG and INFO announce it."""


def of_statement(doc: StatementDoc) -> StatementIn:
    """The statement for the ledger: booked entries with a date, amounts and signs as the bank's entry has them."""
    currency = doc.currency or "EUR"
    (opening_on, opening), (closing_on, closing) = _balance(doc.opening), _balance(doc.closing)
    fallback = closing_on or opening_on
    entries = [_entry(entry, currency, fallback) for entry in doc.entries if entry.status.upper() in _FINAL]
    return StatementIn(
        iban=doc.account,
        number=doc.identifier,
        currency=currency,
        opening_on=opening_on,
        opening_cents=opening,
        closing_on=closing_on,
        closing_cents=closing,
        entries=tuple(entry for entry in entries if entry is not None),
        overlaps=doc.format == BANK_LIST,
    )


def _balance(balance: Balance | None) -> tuple[dt.date | None, int | None]:
    return (None, None) if balance is None else (balance.date, balance.cents)


def _entry(entry: Entry, currency: str, fallback: dt.date | None) -> EntryIn | None:
    """An entry without booking date is booked on its value date, else with the statement; without any it has no day."""
    booked_on = entry.booked_on or entry.value_on or fallback
    if booked_on is None:
        return None
    return EntryIn(
        booked_on=booked_on,
        amount_cents=entry.cents,
        value_on=entry.value_on,
        currency=entry.currency or currency,
        end_to_end_id=entry.end_to_end_id,
        reference=entry.creditor_reference,
        remittance=entry.remittance,
        payer_name=entry.counterparty,
        payer_iban=entry.counterparty_iban,
        bank_reference=entry.bank_reference,
        return_code=entry.return_reason if entry.reversal or entry.return_reason else None,
    )


def to_json(statement: StatementIn) -> dict[str, Any]:
    """Plain JSON; `from_json` is its inverse."""
    plain = {name: _plain(getattr(statement, name)) for name in StatementIn.__dataclass_fields__ if name != "entries"}
    names = tuple(EntryIn.__dataclass_fields__)
    plain["entries"] = [{name: _plain(getattr(entry, name)) for name in names} for entry in statement.entries]
    return plain


def from_json(data: Mapping[str, Any]) -> StatementIn:
    """The statement again."""
    entries = tuple(
        EntryIn(**{**entry, "booked_on": _day(entry["booked_on"]), "value_on": _day(entry["value_on"])})
        for entry in data["entries"]
    )
    days = {name: _day(data[name]) for name in ("opening_on", "closing_on")}
    return StatementIn(**{**data, **days, "entries": entries})


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, dt.date) else value


def _day(text: str | None) -> Any:
    return dt.date.fromisoformat(text) if text else None
