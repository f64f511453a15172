# SPDX-License-Identifier: Apache-2.0
"""What a person notes about a customer that no list tells: who is protected, who gets the bonus, what invoices must name."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from ascolto.domain.portfolio.models import Customer
from ascolto.domain.records.actions import record
from ascolto.domain.records.errors import Refused

DEMANDS = ("order", "cig", "cup")
"""What a customer's invoices may have to name; the words are checks of engine/papers.py."""


@transaction.atomic
def set_marks(
    *, customer: Customer, vulnerable: bool, social_bonus: bool, protection: str, known: Iterable[str], actor: str,
    as_of: dt.date,
) -> Customer:  # fmt: skip
    """Note who must be treated with care; `protection` is one of the rows of law in `known`, or empty.

    Refused: `unknown_row`.
    """
    if protection and protection not in set(known):
        raise Refused("unknown_row", _("Choose the protection from the list."))
    said = {"vulnerable": vulnerable, "social_bonus": social_bonus, "protection": protection}
    return _write(customer, said, "customer_protection", actor)


@transaction.atomic
def set_demands(*, customer: Customer, demands: Iterable[str], actor: str, as_of: dt.date) -> Customer:
    """Note what the customer's invoices must name; words that mean nothing are ignored."""
    chosen = set(demands)
    words = " ".join(word for word in DEMANDS if word in chosen)
    return _write(customer, {"demands": words}, "customer_demands", actor)


def _write(customer: Customer, said: dict[str, Any], what: str, actor: str) -> Customer:
    kept = Customer.objects.select_for_update().get(pk=customer.pk)
    before = {name: getattr(kept, name) for name in said}
    if before == said:
        return kept
    for name, value in said.items():
        setattr(kept, name, value)
    kept.save(update_fields=list(said))
    record(what, actor=actor, client_id=kept.client_id, subject=kept, data={"before": before, "after": said})
    return kept
