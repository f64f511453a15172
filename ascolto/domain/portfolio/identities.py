# SPDX-License-Identifier: Apache-2.0
"""Who is who: finding the customer that a draft means. By number, VAT or tax code; never by name alone."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

from django.db.models import Q

from ascolto.domain.portfolio.drafts import CustomerDraft
from ascolto.domain.portfolio.models import Customer

T = TypeVar("T")
CHUNK = 900
"""Values in one IN list: below what SQLite takes as parameters of one statement."""


def chunks(values: Iterable[T], size: int = CHUNK) -> Iterator[list[T]]:
    """The distinct values, `size` at a time."""
    distinct = list(dict.fromkeys(values))
    for start in range(0, len(distinct), size):
        yield distinct[start : start + size]


class Directory:
    """The customers of one client that some drafts may mean, in memory. Three queries per 900 drafts, not one each."""

    def __init__(self, client_id: int, drafts: Sequence[CustomerDraft]) -> None:
        self._by_number: dict[str, Customer] = {}
        self._by_vat: dict[str, list[Customer]] = defaultdict(list)
        self._by_tax_code: dict[str, list[Customer]] = defaultdict(list)
        wanted: dict[str, set[str]] = {
            "number": {draft.own_number for draft in drafts},
            "vat": {draft.vat for draft in drafts if draft.vat},
            "tax_code": {draft.tax_code for draft in drafts if draft.tax_code},
        }
        seen: set[int] = set()
        for field, values in wanted.items():
            for some in chunks(sorted(values)):
                rows = Customer.objects.filter(Q(**{f"{field}__in": some}), client_id=client_id).order_by("pk")
                for customer in rows:
                    if customer.pk not in seen:
                        seen.add(customer.pk)
                        self.add(customer)

    def add(self, customer: Customer) -> None:
        """Know this customer from now on, be it saved or not yet."""
        self._by_number[customer.number] = customer
        if customer.vat:
            self._by_vat[customer.vat].append(customer)
        if customer.tax_code:
            self._by_tax_code[customer.tax_code].append(customer)

    def find(self, draft: CustomerDraft) -> Customer | None:
        """The customer meant, or None: it is new. The client's number decides; codes only when it is not known."""
        named = self._by_number.get(draft.own_number)
        if named is not None:
            return named
        found = [c for c in self._by_vat.get(draft.vat, ()) if _agree(c.tax_code, draft.tax_code)]
        found += [c for c in self._by_tax_code.get(draft.tax_code, ()) if _agree(c.vat, draft.vat)]
        if draft.number:
            # Two numbers of the client are two customers; one that we numbered ourselves was waiting for its own.
            found = [c for c in found if numbered_by_us(c)]
        return found[0] if found else None

    def renumber(self, customer: Customer, number: str) -> None:
        """The client's own number takes the place of the one we had made up."""
        self._by_number.pop(customer.number, None)
        customer.number = number
        self._by_number[number] = customer


def numbered_by_us(customer: Customer) -> bool:
    """Whether the number is one that `CustomerDraft.own_number` made up from its codes or address."""
    return customer.number in {customer.vat, customer.tax_code} or customer.number.startswith("N-")


def _agree(known: str, told: str) -> bool:
    # Firms of one VAT group share the VAT number and differ in the tax code.
    return not known or not told or known == told
