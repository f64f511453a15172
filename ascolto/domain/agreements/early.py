# SPDX-License-Identifier: Apache-2.0
"""Settling a plan early: what remains today, and the customer's wish to pay it. The cash closes it, not the wish."""

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from ascolto.domain.agreements.models import Plan
from ascolto.domain.agreements.owing import cash_of, owed_on
from ascolto.domain.portfolio.models import Customer
from ascolto.domain.records.actions import record
from ascolto.domain.records.errors import Refused
from ascolto.engine.plan_interest import Settlement

WITHIN_DAYS = 60


def remaining(plan: Plan, *, by: dt.date, as_of: dt.date) -> Settlement:
    """Capital left and interest run up to `by`, as known on `as_of`; interest that has not run is not asked."""
    return owed_on(plan, cash_of([plan], as_of)[plan.pk], by)


@transaction.atomic
def ask_early_settlement(*, plan: Plan, by: dt.date, actor: str, as_of: dt.date) -> Plan:
    """The customer wants to settle by a day. The calendar goes on until the money is there; asked again, it is the
    last wish that counts.

    Refused: `not_running`, `early_day` (not between today and sixty days, or beyond the last instalment), `nothing_left`.
    """
    Customer.objects.select_for_update().get(pk=plan.customer_id, client=plan.client_id)
    kept = Plan.objects.select_related("client").get(pk=plan.pk, client=plan.client_id)
    if kept.status != Plan.Status.ACTIVE:
        raise Refused("not_running", _("Only a running plan can be settled early."))
    last = max(part.due_on for part in kept.instalments.all())
    if not as_of <= by <= min(as_of + dt.timedelta(days=WITHIN_DAYS), last):
        raise Refused(
            "early_day", _("The day lies within %(days)s days and before the plan ends.") % {"days": WITHIN_DAYS}
        )
    owed = remaining(kept, by=by, as_of=as_of)
    if owed.cents <= 0:
        raise Refused("nothing_left", _("Nothing remains to be paid of this plan."))
    kept.early_on, kept.early_by, kept.early_cents = as_of, by, owed.cents
    kept.save(update_fields=["early_on", "early_by", "early_cents"])
    data = {
        "by": by.isoformat(), "capital_cents": owed.capital_cents, "interest_cents": owed.interest_cents,
        "rows": [row["id"] for row in kept.interest_law],
    }  # fmt: skip
    record("early_settlement_asked", actor=actor, client_id=kept.client_id, subject=kept, data=data)
    return kept
