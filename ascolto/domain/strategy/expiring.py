# SPDX-License-Identifier: Apache-2.0
"""Limitation of what is still owed: the last day of each instalment and what interrupted it. Reads only.

Only a formal notice whose receipt is kept interrupts, for the invoices that it named, and a plan accepted in writing,
for what it covers. Payments in part are not counted: whether one recognises the debt a lawyer says, and without them
the day is the earlier one.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from ascolto.domain.access.viewer import Viewer
from ascolto.domain.agreements.models import PlanCover
from ascolto.domain.agreements.plans import IN_WRITING
from ascolto.domain.ledger.queries import open_instalments
from ascolto.domain.outreach.models import Message
from ascolto.domain.portfolio.supplies import supply_of
from ascolto.domain.records.clock import ROME
from ascolto.engine.due_dates import after_years
from ascolto.engine.limitation import WARN_DAYS, Act, Limitation, limitation
from ascolto.policies import load, load_law

FORMAL_TONE = 4
"""From this tone on a message is a notice whose receipt a judge will ask for."""
ACT_OF = {"pec": "pec_notice", "letter": "registered_letter"}
SLACK = 7
"""Days by which a last day may be moved by holidays: the database looks that much further."""
ASSUMED = {
    "supply_small": _("counted as for a household or a small firm: two years from the issue, the shorter term"),
    "periodic_fee": _("counted as a periodic fee: five years; a single job would have ten"),
    "with_the_rent": _("counted as a charge that goes with the rent: five years"),
}  # fmt: skip


@dataclass(frozen=True)
class Expiry:
    """One open instalment with its last day; `band` is the nearest of 180/90/30/7 days, 0 when it is over, else None."""

    item: Any
    kind: str
    assumed: str
    told: Limitation
    as_of: dt.date

    @property
    def last_day(self) -> dt.date | None:
        return self.told.last_day

    @property
    def days_left(self) -> int | None:
        return None if self.last_day is None else (self.last_day - self.as_of).days

    @property
    def band(self) -> int | None:
        left = self.days_left
        if left is None or left > WARN_DAYS[0]:
            return None
        return 0 if left < 0 else min(days for days in WARN_DAYS if left <= days)

    @property
    def assumed_words(self) -> str:
        return str(ASSUMED.get(self.assumed, ""))

    @property
    def interrupted_on(self) -> dt.date | None:
        """The last day on which something interrupted it."""
        return max((effect.counted_on for effect in self.told.effects if effect.counted_on), default=None)

    @property
    def unproven(self) -> int:
        """Notices that would have interrupted it, had their receipt been kept."""
        return sum(effect.code == "not_received" for effect in self.told.effects)


def expiries_of(viewer: Viewer, customer_id: int, as_of: dt.date) -> list[Expiry]:
    """Every open instalment of a customer, what dies first first."""
    return _sorted(_expiries(open_instalments(viewer, as_of).filter(customer_id=customer_id), as_of))


def dying(viewer: Viewer, as_of: dt.date) -> list[Expiry]:
    """What dies within the horizon at all clients of the viewer, or is over; what dies first first.

    Interruptions only ever put a day off: the database hands over what would die without them, which is little.
    """
    horizon = as_of + dt.timedelta(days=load.limitation_choice().horizon_days)
    found = _expiries(open_instalments(viewer, as_of).filter(_within(horizon)), as_of)
    return _sorted(one for one in found if one.band is not None)


def _within(horizon: dt.date) -> Q:
    """Instalments whose period, never interrupted, would end by the horizon, whichever rule fits them."""
    law, found = load_law.limitation_law(), Q(pk__in=[])
    for rule in load.limitation_choice().rule:
        start = after_years(horizon, -law.period(rule.kind).years) + dt.timedelta(days=SLACK)
        day = "invoice__issued_on__lte" if rule.starts == "issued" else "due_on__lte"
        own = Q(**{day: start, "invoice__kind__in": rule.invoices})
        found |= own & Q(client__sector__in=rule.sectors) if rule.sectors else own
    return found


def _sorted(rows: Iterable[Expiry]) -> list[Expiry]:
    return sorted(rows, key=lambda one: (one.last_day or dt.date.max, -one.item.balance_cents, one.item.pk))


def _expiries(rows: QuerySet[Any], as_of: dt.date) -> list[Expiry]:
    items = list(rows.select_related("invoice__account", "customer__client").order_by("pk"))
    acts, law = _acts(items, as_of), load_law.limitation_law()
    found = []
    for item in items:
        rule = load.limitation_choice().of(item.customer.client.sector, item.invoice.kind)
        start = item.invoice.issued_on if rule.starts == "issued" else item.due_on
        supply = _supply(item.invoice) if rule.kind == "utility_2y" else ""
        told = limitation(rule.kind, start, law, acts.get(item.pk, ()), supply, item.due_on)
        found.append(Expiry(item, rule.kind, rule.assumed, told, as_of))
    return found


def _supply(invoice: Any) -> str:
    return supply_of(invoice.account.kind) if invoice.account else ""


def _acts(items: Sequence[Any], as_of: dt.date) -> dict[int, list[Act]]:
    """By instalment, the notices that named its invoice and the plans in writing that covered it, by then."""
    if not items:
        return {}
    found: dict[int, list[Act]] = defaultdict(list)
    clients, people = {item.client_id for item in items}, {item.customer_id for item in items}
    by_number: dict[tuple[int, str], list[int]] = defaultdict(list)
    for item in items:
        by_number[item.customer_id, item.invoice.number].append(item.pk)
    sent = Message.objects.filter(
        client__in=clients, customer__in=people, tone__gte=FORMAL_TONE, sent_at__isnull=False, channel__in=list(ACT_OF)
    )
    for channel, who, sent_at, delivered, facts in sent.values_list(
        "channel", "customer_id", "sent_at", "delivered_at", "facts"
    ):
        on, received = _local(sent_at), _local(delivered)
        if on is None or on > as_of:
            continue
        act = Act(ACT_OF[channel], on, received if received and received <= as_of else None)
        for number in {row["invoice_number"] for row in facts.get("items", ())}:
            for pk in by_number.get((who, number), ()):
                found[pk].append(act)
    plans = PlanCover.objects.filter(
        client__in=clients, instalment__in=[item.pk for item in items], plan__accepted_how__in=IN_WRITING,
        plan__proof__isnull=False, plan__accepted_on__lte=as_of,
    )  # fmt: skip
    for pk, accepted_on in plans.values_list("instalment_id", "plan__accepted_on"):
        if accepted_on:
            found[pk].append(Act("signed_plan", accepted_on))
    return found


def _local(at: dt.datetime | None) -> dt.date | None:
    return at.astimezone(ROME).date() if at else None
