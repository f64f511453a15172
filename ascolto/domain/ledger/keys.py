# SPDX-License-Identifier: Apache-2.0
"""The keys by which a line finds whom it could mean, kept true to customers, documents and balances.

Rows only come in, under ids that rise while the client's row is held: so what is new since the last look is found by id,
and what changed by the marks of triggers (stale.py). Of whoever is touched everything is written anew; of who only paid, what
they owe. Everybody's keys are first written by the night (`keep`).
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cached_property
from itertools import combinations
from typing import Any

import pyarrow as pa
from django.db import transaction
from django.db.models import Count, Exists, Max, OuterRef, Q

from ascolto.domain.access.models import Client
from ascolto.domain.ledger.key_models import FoundBy, KeysKept, KeyStale, Owing
from ascolto.domain.ledger.models import Allocation
from ascolto.domain.ledger.sums import with_balance
from ascolto.domain.portfolio.identities import chunks
from ascolto.domain.portfolio.models import Account, Customer, Instalment
from ascolto.domain.records.columns import insert
from ascolto.engine import found_by, near
from ascolto.engine.names import in_order, words

REMEMBERED_DAYS = 90
"""How long a paid invoice is still recognised, so that paying it twice is seen for what it is."""


def since(as_of: dt.date) -> dt.date:
    """What was settled after this day is still recognised on `as_of`."""
    return as_of - dt.timedelta(days=REMEMBERED_DAYS)


def serve(client_id: int, as_of: dt.date, *, first: bool) -> bool:
    """Whether the keys can be asked on `as_of`: they were written once (or may be now, `first`), for no later day."""
    known_on = KeysKept.objects.filter(client_id=client_id).values_list("known_on", flat=True).first()
    return first if known_on is None else known_on <= as_of


def keep(client_id: int, as_of: dt.date) -> KeysKept:
    """Bring the keys up to date, in the caller's transaction, which holds the client's row. The first time writes
    everybody's, which takes a while."""
    kept = KeysKept.objects.filter(client_id=client_id).first()
    now = _marks()
    if kept is None:
        for model in (FoundBy, Owing):
            model.objects.filter(client_id=client_id).delete()
        _write(client_id, Customer.objects.filter(client_id=client_id).values_list("pk", flat=True), as_of)
        KeyStale.objects.filter(client_id=client_id).delete()
        count = Customer.objects.filter(client_id=client_id).count()
        return KeysKept.objects.create(client_id=client_id, customers=count, known_on=as_of, **now)
    touched = sorted(_touched(client_id, kept))
    paid = sorted(_paid(client_id, kept).difference(touched))
    _forget(client_id, touched, FoundBy, Owing)
    _write(client_id, touched, as_of)
    _forget(client_id, paid, Owing)
    _write_amounts(client_id, paid)
    new = Customer.objects.filter(pk__gt=kept.customer_mark).order_by().values_list("client_id", flat=True)
    said = {
        **now,
        "customers": kept.customers + sum(one == client_id for one in new),
        "known_on": max(kept.known_on, as_of),
    }
    if any(getattr(kept, name) != value for name, value in said.items()):
        KeysKept.objects.filter(pk=client_id).update(**said)
    for name, value in said.items():
        setattr(kept, name, value)
    return kept


@transaction.atomic
def rewrite(client_id: int, as_of: dt.date) -> None:
    """Write everybody's keys anew (after rows were brought in from outside)."""
    Client.objects.select_for_update().get(pk=client_id)
    KeysKept.objects.filter(client_id=client_id).delete()
    keep(client_id, as_of)


_MARKS: dict[str, Any] = {
    "customer_mark": Customer, "account_mark": Account, "instalment_mark": Instalment, "allocation_mark": Allocation,
}  # fmt: skip


def _marks() -> dict[str, int]:
    """The last id of each table: whatever is added from now on has a higher one."""
    return {name: model.objects.aggregate(last=Max("pk"))["last"] or 0 for name, model in _MARKS.items()}


def _touched(client_id: int, kept: KeysKept) -> set[int]:
    """Of whom something came in, was opened again, or changed, since the last look."""
    stale = KeyStale.objects.filter(client_id=client_id)
    found = set(stale.values_list("customer_id", flat=True))
    if found:
        stale.delete()
    rows = {
        "pk": Customer.objects.filter(pk__gt=kept.customer_mark),
        "customer_id": Account.objects.filter(pk__gt=kept.account_mark),
        "customer": Instalment.objects.filter(pk__gt=kept.instalment_mark),
        "instalment__customer_id": Allocation.objects.filter(pk__gt=kept.allocation_mark, amount_cents__lt=0),
    }
    for owner, new in rows.items():
        found |= _theirs(client_id, new, owner)
    return found


def _paid(client_id: int, kept: KeysKept) -> set[int]:
    """Of whom something was settled since the last look: what they owe is another, what they are found by is not."""
    settled = Allocation.objects.filter(pk__gt=kept.allocation_mark, amount_cents__gt=0)
    return _theirs(client_id, settled, "instalment__customer_id")


def _theirs(client_id: int, rows: Any, owner: str) -> set[int]:
    """The client's customers among the owners of `rows`; looked at here, since SQLite would else walk all that the client
    ever had."""
    told = rows.order_by().values_list("client_id", owner)
    return {customer for client, customer in told if client == client_id}


def _forget(client_id: int, customer_ids: Iterable[int], *models: Any) -> None:
    for ids in chunks(customer_ids):
        for model in models:
            model.objects.filter(client_id=client_id, customer_id__in=ids).delete()


def _write(client_id: int, customer_ids: Iterable[int], as_of: dt.date) -> None:
    """All keys and amounts of customers of whom none are kept. The first time PostgreSQL knows no figures of these tables yet:
    whatever looked into them here would walk what was written just before."""
    for ids in chunks(customer_ids):
        keys = _keys_of_people(client_id, ids)
        owed: dict[int, list[int]] = defaultdict(list)
        for customer, cents, number, *references in _told(client_id, ids, since(as_of)):
            keys[customer] |= found_by.of_number(number).union(*map(found_by.of_reference, references))
            owed[customer].append(cents)
        told = [(customer, key) for customer, every in keys.items() for key in sorted(every)]
        _insert(FoundBy, client_id, ("customer_id", "key"), told)
        _write_owing(client_id, owed)


def _write_amounts(client_id: int, customer_ids: Iterable[int]) -> None:
    """What these customers owe."""
    for ids in chunks(customer_ids):
        owed: dict[int, list[int]] = defaultdict(list)
        rows = with_balance(Instalment.objects.filter(client_id=client_id, customer_id__in=ids))
        for customer, cents in rows.filter(balance_cents__gt=0).values_list("customer_id", "balance_cents"):
            owed[customer].append(cents)
        _write_owing(client_id, owed)


def _write_owing(client_id: int, owed: Mapping[int, list[int]]) -> None:
    amounts: list[tuple[int, int, bool]] = []
    for customer, every in owed.items():
        cents = [one for one in every if one > 0]
        amounts += ((customer, one, False) for one in dict.fromkeys(cents))
        if len(cents) > 1:
            amounts.append((customer, sum(cents), True))
    _insert(Owing, client_id, ("customer_id", "cents", "in_all"), amounts)


def _insert(model: Any, client_id: int, names: tuple[str, ...], rows: list[tuple[Any, ...]]) -> None:
    if rows:
        columns = dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))
        insert(model, pa.table({**columns, "client_id": pa.repeat(client_id, len(rows))}))


def _keys_of_people(client_id: int, ids: Collection[int]) -> dict[int, set[str]]:
    keys: dict[int, set[str]] = defaultdict(set)
    people = Customer.objects.filter(client_id=client_id, pk__in=ids)
    for pk, number, name, *codes in people.values_list("pk", "number", "name", "tax_code", "vat"):
        keys[pk] |= found_by.of_person(number, codes) | found_by.of_name(name)
    accounts = Account.objects.filter(client_id=client_id, customer_id__in=ids)
    for pk, number in accounts.values_list("customer_id", "number"):
        keys[pk] |= found_by.of_account(number)
    return keys


def _told(client_id: int, ids: Collection[int], after: dt.date) -> Iterable[tuple[Any, ...]]:
    """(customer, cents still owed, number, references) of what is open, or was settled after a day."""
    rows = Instalment.objects.filter(client_id=client_id, customer_id__in=ids)
    told: Iterable[tuple[Any, ...]] = open_or_lately(rows, after).values_list(
        "customer_id", "balance_cents", "invoice__number", "reference", "invoice__reference"
    )
    return told


def open_or_lately(rows: Any, after: dt.date) -> Any:
    """Of `rows` (instalments), annotated `balance_cents`: those open, and those of which something settled after a day."""
    lately = Allocation.objects.filter(
        client_id=OuterRef("client_id"), instalment_id=OuterRef("pk"), known_on__gt=after
    )
    return with_balance(rows).filter(Q(balance_cents__gt=0) | Exists(lately))


class KeptKeys:
    """The keys of a client as the lines look them up (engine.near.Kept)."""

    def __init__(self, kept: KeysKept) -> None:
        self.client_id = kept.client_id
        self.customers = kept.customers

    @cached_property
    def _rows(self) -> Any:
        return FoundBy.objects.filter(client_id=self.client_id).order_by()

    def owners(self, keys: Collection[str]) -> set[int]:
        return {c for some in chunks(sorted(keys)) for c in self._of(some)}

    def _of(self, keys: Collection[str]) -> Iterable[int]:
        found: Iterable[int] = self._rows.filter(key__in=keys).values_list("customer_id", flat=True)
        return found

    def counts(self, keys: Collection[str]) -> Mapping[str, int]:
        found: dict[str, int] = {}
        for some in chunks(sorted(keys)):
            found.update(self._rows.filter(key__in=some).values_list("key").annotate(n=Count("pk")))
        return found

    def several(self, keys: Sequence[str]) -> set[int]:
        found: set[int] = set()
        for one, other in combinations(keys, 2):
            both = self._rows.filter(key=other, customer_id=OuterRef("customer_id"))
            found.update(self._rows.filter(Exists(both), key=one).values_list("customer_id", flat=True))
        return found

    def names(self, customer_ids: Collection[int]) -> Mapping[int, str]:
        found: dict[int, str] = {}
        for some in chunks(customer_ids):
            rows = Customer.objects.filter(client_id=self.client_id, pk__in=some).values_list("pk", "name")
            found.update((pk, in_order(words(name))) for pk, name in rows)
        return found

    def owing(self, amounts: Collection[int]) -> list[near.Owing]:
        rows = Owing.objects.filter(client_id=self.client_id).order_by()
        return [
            ("all" if in_all else "one", cents, customer)
            for some in chunks(sorted(amounts))
            for in_all, cents, customer in rows.filter(cents__in=some).values_list("in_all", "cents", "customer_id")
        ]
