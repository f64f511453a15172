# SPDX-License-Identifier: Apache-2.0
"""Limitation of what is still owed: the last day of each instalment and what interrupted it. Reads only.

Only a formal notice whose receipt is kept interrupts, for the invoices that it named, and a plan accepted in writing,
for what it covers. Payments in part are not counted: whether one recognises the debt a lawyer says, and without them
the day is the earlier one.
"""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from ascolto.domain.access.models import Client
from ascolto.domain.access.viewer import Viewer, system_viewer
from ascolto.domain.agreements.models import PlanCover
from ascolto.domain.agreements.plans import IN_WRITING
from ascolto.domain.ledger.queries import open_instalments
from ascolto.domain.outreach.models import Message
from ascolto.domain.portfolio.models import Instalment
from ascolto.domain.portfolio.supplies import supply_of
from ascolto.domain.records.clock import ROME
from ascolto.engine.due_dates import after_years
from ascolto.engine.limitation import WARN_DAYS, Act, Limitation, limitation
from ascolto.policies import load, load_law

FORMAL_TONE = 4
"""From this tone on a message is a notice whose receipt a judge will ask for."""
ACT_OF = {"pec": "pec_notice", "letter": "registered_letter"}
CHUNK = 10_000
"""Instalments looked at one by one, at a time."""
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
        return _band(self.last_day, self.as_of)

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


def _band(last_day: dt.date | None, as_of: dt.date) -> int | None:
    left = None if last_day is None else (last_day - as_of).days
    if left is None or left > WARN_DAYS[0]:
        return None
    return 0 if left < 0 else min(days for days in WARN_DAYS if left <= days)


def expiries_of(viewer: Viewer, customer_id: int, as_of: dt.date) -> list[Expiry]:
    """Every open instalment of a customer, what dies first first."""
    return _sorted(_expiries(open_instalments(viewer, as_of).filter(customer_id=customer_id), as_of))


def dying(viewer: Viewer, as_of: dt.date, of: Sequence[int] | None = None) -> list[Expiry]:
    """What dies within the horizon at all clients of the viewer, or is over; what dies first first. `of`: of these
    customers only.

    Interruptions only ever put a day off: the database hands over what would die without them, which is little.
    """
    rows = open_instalments(viewer, as_of).filter(_within(_horizon(as_of)))
    found = _expiries(rows if of is None else rows.filter(customer_id__in=of), as_of)
    return _sorted(one for one in found if one.band is not None)


def how_many_by_band(client_id: int, as_of: dt.date, terms: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """How many rows `dying` has in each band, of one client, without making one of them.

    `terms`: rows of `engine.balances.terms`. What was never interrupted dies by its days alone, so days are counted
    and not instalments; what an act may have put off, and would be dying without it, is looked at one by one.
    """
    bands: Counter[int | None] = Counter()
    sector = Client.objects.get(pk=client_id).sector
    for row in terms:
        told, _rule = _limitation(sector, row["kind"], row["supply"], row["issued_on"], row["due_on"])
        bands[_band(told.last_day, as_of)] += row["items"]
    viewer, perhaps = system_viewer("figures", [client_id]), _with_acts(client_id)
    for part in (perhaps[n : n + CHUNK] for n in range(0, len(perhaps), CHUNK)):
        items = _in_full(open_instalments(viewer, as_of).filter(_within(_horizon(as_of)), pk__in=part))
        acts = _acts(items, as_of)
        for item in items:
            bands[_expiry(item, (), as_of).band] -= 1
            bands[_expiry(item, acts.get(item.pk, ()), as_of).band] += 1
    return {str(band): n for band, n in bands.items() if band is not None and n}


def _with_acts(client_id: int) -> list[int]:
    """Instalments that something may have interrupted: of customers who received a notice, or under a plan in writing."""
    told = _notices(Message.objects.filter(client_id=client_id, delivered_at__isnull=False)).values("customer_id")
    covered = PlanCover.objects.filter(client_id=client_id, plan__accepted_how__in=IN_WRITING)
    noticed = Instalment.objects.filter(client_id=client_id, customer_id__in=told).values_list("pk", flat=True)
    return sorted({*noticed, *covered.values_list("instalment_id", flat=True)})


def _horizon(as_of: dt.date) -> dt.date:
    return as_of + dt.timedelta(days=load.limitation_choice().horizon_days)


def _within(horizon: dt.date) -> Q:
    """Instalments whose period, never interrupted, would end by the horizon, whichever rule fits them."""
    law, found = load_law.limitation_law(), Q(pk__in=[])
    *rules, last = load.limitation_choice().rule
    for rule in (*rules, replace(last, sectors=(), invoices=())):
        start = after_years(horizon, -law.period(rule.kind).years) + dt.timedelta(days=SLACK)
        own = Q(**{"invoice__issued_on__lte" if rule.starts == "issued" else "due_on__lte": start})
        own &= Q(invoice__kind__in=rule.invoices) if rule.invoices else Q()
        found |= own & Q(client__sector__in=rule.sectors) if rule.sectors else own
    return found


def _sorted(rows: Iterable[Expiry]) -> list[Expiry]:
    return sorted(rows, key=lambda one: (one.last_day or dt.date.max, -one.item.balance_cents, one.item.pk))


def _expiries(rows: QuerySet[Any], as_of: dt.date) -> list[Expiry]:
    items = _in_full(rows)
    acts = _acts(items, as_of)
    return [_expiry(item, acts.get(item.pk, ()), as_of) for item in items]


def _in_full(rows: QuerySet[Any]) -> list[Any]:
    return list(rows.select_related("invoice__account", "customer__client").order_by("pk"))


def _expiry(item: Any, acts: Sequence[Act], as_of: dt.date) -> Expiry:
    invoice = item.invoice
    supply = supply_of(invoice.account.kind) if invoice.account else ""
    told, rule = _limitation(
        item.customer.client.sector, invoice.kind, supply, invoice.issued_on, item.due_on, tuple(acts)
    )
    return Expiry(item, rule.kind, rule.assumed, told, as_of)


def _limitation(
    sector: str, kind: str, supply: str, issued_on: dt.date, due_on: dt.date, acts: Sequence[Act] = ()
) -> tuple[Limitation, load.LimitationRule]:
    """The limitation of an instalment of an invoice of `kind`, and the rule that was chosen for it."""
    rule = load.limitation_choice().of(sector, kind)
    start = issued_on if rule.starts == "issued" else due_on
    of_sector = supply if rule.kind == "utility_2y" else ""
    return limitation(rule.kind, start, load_law.limitation_law(), acts, of_sector, due_on), rule


def _acts(items: Sequence[Any], as_of: dt.date) -> dict[int, list[Act]]:
    """By instalment, the notices that named its invoice and the plans in writing that covered it, by then."""
    if not items:
        return {}
    found: dict[int, list[Act]] = defaultdict(list)
    clients, people = {item.client_id for item in items}, {item.customer_id for item in items}
    by_number: dict[tuple[int, str], list[int]] = defaultdict(list)
    for item in items:
        by_number[item.customer_id, item.invoice.number].append(item.pk)
    sent = _notices(Message.objects.filter(client__in=clients, customer__in=people, sent_at__isnull=False))
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


def _notices(messages: QuerySet[Message]) -> QuerySet[Message]:
    return messages.filter(tone__gte=FORMAL_TONE, channel__in=list(ACT_OF))


def _local(at: dt.datetime | None) -> dt.date | None:
    return at.astimezone(ROME).date() if at else None
