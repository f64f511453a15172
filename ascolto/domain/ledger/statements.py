# SPDX-License-Identifier: Apache-2.0
"""Bank statements as the ledger takes them. Owns: the plain shape a reader hands over, and writing it down once.

A statement whose opening plus entries is not its closing is kept all the same and shown (`differs_by`): banks do
send such files, and refusing one would leave money unseen.
"""

import datetime as dt
import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import astuple, dataclass

from django.db import transaction

from ascolto.domain.access.models import Client
from ascolto.domain.ledger.models import BankLine, BankStatement
from ascolto.domain.records.actions import record


@dataclass(frozen=True)
class EntryIn:
    """One entry of a statement: positive cents are money in. Dates and amounts come from the entry itself."""

    booked_on: dt.date
    amount_cents: int
    value_on: dt.date | None = None
    currency: str = "EUR"
    end_to_end_id: str = ""
    reference: str = ""
    remittance: str = ""
    payer_name: str = ""
    payer_iban: str = ""
    bank_reference: str = ""
    return_code: str | None = None
    """The bank undoes an earlier entry: its reason code, "" when it gives none; None for any other entry."""


@dataclass(frozen=True)
class StatementIn:
    """One statement of one account, as read from any format. Balances are cents, absent when the bank gave none."""

    iban: str
    number: str
    currency: str
    opening_on: dt.date | None
    opening_cents: int | None
    closing_on: dt.date | None
    closing_cents: int | None
    entries: tuple[EntryIn, ...]
    overlaps: bool = False
    """An export of chosen days (a bank's spreadsheet): it may tell again what another one told. See `fresh_entries`."""


def content_sha(statement: StatementIn) -> str:
    """What makes two statements the same: everything they say, whatever file or format they came in.

    The return code stays out: it is read out of the rest, and statements taken before it was read keep their mark.
    """
    *head, entries, _overlaps = astuple(statement)
    return hashlib.sha256(repr((*head, tuple(entry[:-1] for entry in entries))).encode()).hexdigest()


def differs_by(statement: StatementIn) -> int:
    """Closing less opening less entries, in cents; 0 when they tie or when a balance is absent."""
    if statement.opening_cents is None or statement.closing_cents is None:
        return 0
    return statement.closing_cents - statement.opening_cents - sum(e.amount_cents for e in statement.entries)


def fresh_entries(client: Client, statements: Sequence[StatementIn]) -> list[tuple[EntryIn, ...]]:
    """Of each statement the entries that nobody told before; of one that is no export of chosen days, all.

    Counted, never compared one by one: an entry that stands three times where two are known is new once. So the days
    that two exports share are not doubled, and two payments alike on one day stay two.
    """
    exports = [statement for statement in statements if statement.overlaps]
    known = {
        iban: _known(client, iban, [one for one in exports if one.iban == iban]) for iban in {e.iban for e in exports}
    }
    found = []
    for statement in statements:
        if not statement.overlaps:
            found.append(statement.entries)
            continue
        told, here = known[statement.iban], Counter[_Key]()
        fresh = []
        for entry in statement.entries:
            key = _key(entry)
            here[key] += 1
            if here[key] > told[key]:
                fresh.append(entry)
        known[statement.iban] = told | here
        found.append(tuple(fresh))
    return found


_Key = tuple[dt.date, int, str, str, str]


def _key(entry: EntryIn) -> _Key:
    words = " ".join(f"{entry.remittance} {entry.payer_name}".casefold().split())
    return (
        entry.booked_on,
        entry.amount_cents,
        words,
        entry.payer_iban.replace(" ", "").upper()[:60],
        entry.bank_reference.strip()[:120],
    )


def _known(client: Client, iban: str, exports: Sequence[StatementIn]) -> Counter[_Key]:
    """How often each entry of these days is known: the most that one way of telling it (a file) told it.

    Entries that were left out of a later export as known are counted with the file that brought them.
    """
    days = [entry.booked_on for statement in exports for entry in statement.entries]
    if not days:
        return Counter()
    rows = BankLine.objects.filter(
        client=client, booked_on__range=(min(days), max(days)), statement__iban=_short(iban, 60)
    )
    names = ("booked_on", "amount_cents", "remittance", "payer_name", "payer_iban", "bank_reference")
    found: Counter[_Key] = Counter()
    for on, cents, words, name, payer, reference in rows.values_list(*names):
        told = " ".join(f"{words} {name}".casefold().split())
        found[on, cents, told, payer, reference] += 1
    return found


@transaction.atomic
def receive_statement(
    *, client: Client, statement: StatementIn, batch_id: int | None, actor: str, as_of: dt.date
) -> BankStatement | None:
    """Write a statement and its lines. None when the same statement is known already, or an export tells nothing new.

    Two equal entries stay two."""
    Client.objects.select_for_update().get(pk=client.pk)
    sha = content_sha(statement)
    if BankStatement.objects.filter(client=client, content_sha=sha).exists():
        return None
    [entries] = fresh_entries(client, [statement])
    if statement.entries and not entries:
        return None
    kept = BankStatement.objects.create(
        client=client, iban=_short(statement.iban, 60), number=_short(statement.number, 80),
        currency=statement.currency,
        opening_on=statement.opening_on, opening_cents=statement.opening_cents, closing_on=statement.closing_on,
        closing_cents=statement.closing_cents, entries=len(entries),
        batch_id=batch_id, content_sha=sha,
    )  # fmt: skip
    BankLine.objects.bulk_create(
        (_line(client, kept, position, entry) for position, entry in enumerate(entries, start=1)),
        batch_size=1000,
    )
    data = {
        "entries": len(entries),
        "known": len(statement.entries) - len(entries),
        "differs_by_cents": differs_by(statement),
        "as_of": as_of.isoformat(),
    }
    record("statement_received", actor=actor, client_id=client.pk, subject=kept, data=data)
    return kept


def _line(client: Client, statement: BankStatement, position: int, entry: EntryIn) -> BankLine:
    return BankLine(
        client=client, statement=statement, position=position, booked_on=entry.booked_on, value_on=entry.value_on,
        amount_cents=entry.amount_cents, currency=entry.currency, end_to_end_id=_short(entry.end_to_end_id, 80),
        reference=_short(entry.reference, 80), remittance=entry.remittance, payer_name=_short(entry.payer_name, 200),
        payer_iban=_short(entry.payer_iban.replace(" ", "").upper(), 60),
        bank_reference=_short(entry.bank_reference, 120),
        return_code=None if entry.return_code is None else _short(entry.return_code, 20),
    )  # fmt: skip


def _short(text: str, limit: int) -> str:
    # Names and references longer than their field lose their tail, never the line.
    return text.strip()[:limit]
