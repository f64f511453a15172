# SPDX-License-Identifier: Apache-2.0
"""Keeping the terms of search true to customers and their phones: in bulk by whoever writes them, anew by a command.

The models are an argument where a migration fills the table with those of its day.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import pyarrow as pa
from django.db import transaction

from ascolto.domain.portfolio import models, terms
from ascolto.domain.portfolio.identities import chunks
from ascolto.domain.records.columns import insert


class Tables(NamedTuple):
    """The models that indexing reads and writes."""

    customer: Any
    point: Any
    term: Any
    near: Any


NOW = Tables(models.Customer, models.ContactPoint, models.SearchTerm, models.NearWord)


def note_customers(
    client_id: int, customer_ids: Iterable[int], tables: Tables = NOW, known: set[str] | None = None
) -> None:
    """Write the terms of these customers anew, in the caller's transaction. `known`: words that are written already."""
    known = set() if known is None else known
    for ids in chunks(customer_ids):
        tables.term.objects.filter(client_id=client_id, customer_id__in=ids).delete()
        _write(client_id, ids, tables, known)


def rebuild(client_id: int) -> int:
    """All terms of a client anew, some customers per transaction; returns how many customers there are."""
    ids = list(models.Customer.objects.filter(client_id=client_id).order_by("pk").values_list("pk", flat=True))
    known: set[str] = set()
    for some in chunks(ids):
        with transaction.atomic():
            note_customers(client_id, some, known=known)
    return len(ids)


def fill(client_id: int, tables: Tables) -> None:
    """The terms of every customer of a client that has none yet."""
    known: set[str] = set()
    rows = tables.customer.objects.filter(client_id=client_id).order_by("pk").values_list("pk", flat=True)
    for ids in chunks(rows):
        _write(client_id, ids, tables, known)


def _write(client_id: int, ids: Sequence[int], tables: Tables, known: set[str]) -> None:
    """Terms of customers that have none. `known`: words written already."""
    phones = defaultdict(list)
    points = tables.point.objects.filter(client_id=client_id, customer_id__in=ids, channel="phone")
    for customer_id, value in points.values_list("customer_id", "value"):
        phones[customer_id].append(value)
    rows: list[tuple[int, str, str]] = []
    words: set[str] = set()
    for pk, name in tables.customer.objects.filter(client_id=client_id, pk__in=ids).values_list("pk", "name"):
        for kind, term in terms_of(name, phones[pk]):
            rows.append((pk, kind, term))
        words.update(filter(terms.can_be_near, terms.words_of(name)))
    columns = dict(zip(("customer_id", "kind", "term"), zip(*rows, strict=True), strict=False))
    insert(tables.term, pa.table({"client_id": pa.repeat(client_id, len(rows)), **columns}))
    near = [
        tables.near(client_id=client_id, spelling=spelling, word=word)
        for word in sorted(words - known)
        for spelling in sorted(terms.spellings(word))
    ]
    tables.near.objects.bulk_create(near, ignore_conflicts=True)
    known |= words


def terms_of(name: str, phones: Iterable[str]) -> list[tuple[str, str]]:
    """(kind, term) of a customer, each once."""
    kind = models.SearchTerm.Kind
    named = [(kind.NAME.value if n == 0 else kind.INNER.value, term) for n, term in enumerate(terms.name_terms(name))]
    called = [(kind.PHONE.value, term) for phone in phones for term in terms.phone_terms(phone)]
    return list(dict.fromkeys([*named, *called]))
