# SPDX-License-Identifier: Apache-2.0
"""Which order, or which instalment, a flow or a report speaks of. Sure only: one and no other, else nobody."""

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q

from ascolto.domain.access.models import Client
from ascolto.domain.debits.models import CollectionOrder
from ascolto.domain.portfolio.models import Customer, Instalment


@dataclass(frozen=True, kw_only=True)
class Said:
    """What was read of one order; `cents` positive. `kind` is core, riba, mav."""

    kind: str
    flow: str
    number: str
    cents: int
    outcome: str
    code: str
    due_on: dt.date | None = None
    customer: str = ""
    customer_number: str = ""
    tax_code: str = ""
    reference: str = ""
    mandate_id: str = ""


def order_of(client: Client, said: Said) -> CollectionOrder | None:
    """By end-to-end id, or by the number of the effect and its amount; the latest when it was presented twice."""
    kinds = ("core", "b2b") if said.kind == "core" else (said.kind,)
    rows = CollectionOrder.objects.filter(client=client, collection__kind__in=kinds)
    rows = rows.select_related("instalment__invoice", "customer", "mandate", "collection", "client")
    if said.number:
        same = [order for order in rows.filter(end_to_end_id=said.number).order_by("-pk")
                if said.cents in (0, order.amount_cents)]  # fmt: skip
        if same:
            return same[0]
    item = instalment_of(client, said)
    return rows.filter(instalment=item).order_by("-pk").first() if item else None


def instalment_of(client: Client, said: Said) -> Instalment | None:
    """By the invoice that its words name and the amount; else by customer, amount and due date."""
    rows = Instalment.objects.filter(client=client, amount_cents=said.cents).select_related("invoice", "customer")
    customers = _customers(client, said)
    if customers:
        rows = rows.filter(customer_id__in=customers)
    found = list(rows.order_by("pk")[:2000])
    named = [item for item in found if _names(said.reference, item.invoice.number)]
    sure = named or [item for item in found if customers and said.due_on is not None and item.due_on == said.due_on]
    if len(sure) > 1 and said.due_on is not None:
        sure = [item for item in sure if item.due_on == said.due_on]
    return _only(sure)


def _customers(client: Client, said: Said) -> set[int]:
    codes = [code for code in (said.tax_code, said.tax_code.removeprefix("IT")) if code]
    wanted = Q(number=said.customer_number) if said.customer_number else Q(pk__in=())
    if codes:
        wanted |= Q(tax_code__in=codes) | Q(vat__in=[*codes, *(f"IT{code}" for code in codes)])
    return set(Customer.objects.filter(wanted, client=client).values_list("pk", flat=True))


def _names(told: str, number: str) -> bool:
    """Whether the number stands in the text, by itself and not inside a longer one; too short ones prove nothing."""
    return len(number) >= 3 and bool(re.search(rf"(?<![0-9A-Za-z/]){re.escape(number)}(?![0-9A-Za-z/])", told))


def _only(items: Iterable[Instalment]) -> Instalment | None:
    found = list(items)
    return found[0] if len(found) == 1 else None
