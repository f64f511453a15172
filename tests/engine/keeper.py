# SPDX-License-Identifier: Apache-2.0
"""Keys kept in memory, as the database keeps them (ledger/keys.py): whom a few lines could mean, without it."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence

from ascolto.engine import found_by
from ascolto.engine.allocate import Item
from ascolto.engine.evidence import Person
from ascolto.engine.names import in_order, words
from ascolto.engine.near import Owing


class Keeper:
    """The keys of some customers and their items."""

    def __init__(self, items: Iterable[Item], people: Iterable[Person]) -> None:
        self.people = {person.customer_id: person for person in people}
        self.customers = len(self.people)
        self.by_key: dict[str, set[int]] = defaultdict(set)
        self.owed: dict[int, list[int]] = defaultdict(list)
        for pk, person in self.people.items():
            keys = found_by.of_person(person.number, person.tax_codes) | found_by.of_name(person.name)
            for key in keys.union(*map(found_by.of_account, person.accounts)):
                self.by_key[key].add(pk)
        for item in items:
            for key in found_by.of_number(item.number).union(*map(found_by.of_reference, item.references)):
                self.by_key[key].add(item.customer_id)
            if item.balance_cents > 0:
                self.owed[item.customer_id].append(item.balance_cents)

    def owners(self, keys: Collection[str]) -> set[int]:
        return {c for key in keys for c in self.by_key.get(key, ())}

    def counts(self, keys: Collection[str]) -> Mapping[str, int]:
        return {key: len(self.by_key[key]) for key in keys if key in self.by_key}

    def several(self, keys: Sequence[str]) -> set[int]:
        times = Counter(c for key in keys for c in self.by_key.get(key, ()))
        return {c for c, count in times.items() if count > 1}

    def names(self, customer_ids: Collection[int]) -> Mapping[int, str]:
        return {pk: in_order(words(self.people[pk].name)) for pk in customer_ids}

    def owing(self, amounts: Collection[int]) -> list[Owing]:
        one = [("one", cents, pk) for pk, every in self.owed.items() for cents in set(every) if cents in amounts]
        return one + [
            ("all", sum(every), pk) for pk, every in self.owed.items() if len(every) > 1 and sum(every) in amounts
        ]
