# SPDX-License-Identifier: Apache-2.0
"""The client's rule of settling: which one is in force on a day, and setting a new one."""

import datetime as dt
from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from ascolto.domain.access.models import Client
from ascolto.domain.ledger.models import CashRule
from ascolto.domain.records.actions import record
from ascolto.domain.records.errors import Refused
from ascolto.engine.settling import CAPITAL_FIRST, USUAL, Rule

MOST_CENTS = 100_00
MOST_PERMILLE = 100
"""A difference beyond these is not small, whoever asks: it is given up by a person, with a reason."""


def rule_on(client_id: int, as_of: dt.date) -> Rule:
    """The rule that the client had on the day; capital first and nothing given up when it never chose."""
    row = CashRule.objects.filter(client_id=client_id, from_on__lte=as_of).order_by("from_on", "pk").last()
    return USUAL if row is None else Rule(tuple(row.order.split(",")), row.small_cents, row.small_permille)


@transaction.atomic
def set_rule(
    *, client: Client, order: Sequence[str], small_cents: int, small_permille: int, actor: str, as_of: dt.date
) -> Rule:
    """From today on money settles in this order, and such a difference is small. What was settled stays as it is.

    Refused: `unknown_order` (each of capital, interest, expenses once), `not_small` (`MOST_CENTS`, `MOST_PERMILLE`).
    """
    client = Client.objects.select_for_update().get(pk=client.pk)
    if sorted(order) != sorted(CAPITAL_FIRST):
        raise Refused("unknown_order", _("Name capital, interest and expenses, each once."))
    if not (0 <= small_cents <= MOST_CENTS and 0 <= small_permille <= MOST_PERMILLE):
        raise Refused("not_small", _("A small difference is at most 100.00 and at most 10 per cent."))
    before, rule = rule_on(client.pk, as_of), Rule(tuple(order), small_cents, small_permille)
    if before != rule:
        CashRule.objects.create(
            client=client, from_on=as_of, order=",".join(order), small_cents=small_cents,
            small_permille=small_permille, author=actor,
        )  # fmt: skip
        record("cash_rule_set", actor=actor, client_id=client.pk, data={"from": _told(before), "to": _told(rule)})
    return rule


def _told(rule: Rule) -> dict[str, object]:
    return {"order": list(rule.order), "small_cents": rule.cents, "small_permille": rule.permille}
