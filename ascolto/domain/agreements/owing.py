# SPDX-License-Identifier: Apache-2.0
"""What plans have received and what is still owed of them, by cash alone; for one plan or for thousands.

Money that settled something outside a plan (a current bill) does not count for it; money on account does. The ledger
books all of it to the invoices: what comes beyond their capital, the interest, lies on account until a document asks
for it (`set_aside`).
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db.models import Sum

from ascolto.domain.agreements.models import Plan, PlanCover
from ascolto.domain.ledger.models import Allocation, Payment
from ascolto.domain.portfolio.models import Instalment
from ascolto.engine.interest import Paid
from ascolto.engine.plan_interest import PlanRate, Settlement, settlement
from ascolto.policies import load_law


@dataclass
class PlanCash:
    """One plan's money: what came for it, what of it settled its invoices, what is left open of them."""

    paid: list[Paid] = field(default_factory=list)
    booked_cents: int = 0
    left_cents: int = 0

    @property
    def received_cents(self) -> int:
        return max(sum(one.cents for one in self.paid), 0)

    @property
    def beyond_cents(self) -> int:
        """Received and settling no invoice of the plan."""
        return max(self.received_cents - self.booked_cents, 0)


def cash_of(plans: Sequence[Plan], as_of: dt.date) -> dict[int, PlanCash]:
    """By plan, as known on `as_of`. Plans of one client, at most one per customer; five reads whatever their number."""
    if not plans:
        return {}
    covered: dict[int, set[int]] = defaultdict(set)
    rows = PlanCover.objects.filter(client_id=plans[0].client_id, plan__in=plans)
    for plan_id, item in rows.values_list("plan_id", "instalment_id"):
        covered[plan_id].add(item)
    found = {plan.pk: PlanCash() for plan in plans}
    _receive(plans, covered, as_of, found)
    for plan_id, cents in _left(plans[0].client_id, covered, as_of).items():
        found[plan_id].left_cents = cents
    return found


def _receive(plans: Sequence[Plan], covered: dict[int, set[int]], as_of: dt.date, found: dict[int, PlanCash]) -> None:
    """The money received since each plan started, less what of it settled instalments outside the plan."""
    own = {plan.customer_id: plan for plan in plans if plan.accepted_on}
    client_id = plans[0].client_id
    money = Payment.objects.filter(
        client=client_id, customer__in=list(own), kind=Payment.Kind.MONEY,
        paid_on__gte=min((plan.accepted_on for plan in own.values() if plan.accepted_on), default=as_of),
        known_on__lte=as_of,
    ).exclude(reversed_by__known_on__lte=as_of)  # fmt: skip
    payer: dict[int, int] = {}
    cents_of: dict[int, int] = {}
    on_of: dict[int, dt.date] = {}
    # Asked for payments that reverse nothing, SQLite would walk all of them; so the few reversals are left out here.
    told = money.values_list("pk", "customer_id", "paid_on", "amount_cents", "reverses_id")
    for pk, customer_id, paid_on, cents, reverses in told:
        plan = own[customer_id]
        if reverses is None and plan.accepted_on and paid_on >= plan.accepted_on:
            payer[pk], cents_of[pk], on_of[pk] = plan.pk, cents, paid_on
    spent = Allocation.objects.filter(client_id=client_id, known_on__lte=as_of, payment__in=list(payer))
    for payment_id, instalment_id, cents in spent.values_list("payment_id", "instalment_id", "amount_cents"):
        plan_id = payer[payment_id]
        if instalment_id in covered[plan_id]:
            found[plan_id].booked_cents += cents
        else:
            cents_of[payment_id] -= cents
    for pk, plan_id in payer.items():
        if cents_of[pk] > 0:
            found[plan_id].paid.append(Paid(on_of[pk], cents_of[pk]))


def _left(client_id: int, covered: dict[int, set[int]], as_of: dt.date) -> dict[int, int]:
    """By plan, what is still open of what it covers."""
    items = [item for own in covered.values() for item in own]
    owed = dict(Instalment.objects.filter(client=client_id, pk__in=items).values_list("pk", "amount_cents"))
    paid = Allocation.objects.filter(client=client_id, known_on__lte=as_of, instalment__in=items).order_by()
    for pk, cents in paid.values_list("instalment_id").annotate(cents=Sum("amount_cents")):
        owed[pk] -= cents
    return {plan_id: sum(owed[item] for item in own) for plan_id, own in covered.items()}


def owed_on(plan: Plan, cash: PlanCash, on: dt.date) -> Settlement:
    """What would close the plan on `on`. A credit note takes away what was never owed, so it bore nothing."""
    credited = max(plan.capital_cents - cash.left_cents - cash.booked_cents, 0)
    most = plan.total_cents - credited - cash.received_cents
    rate = PlanRate(plan.interest_kind, plan.rate_bp)
    if not rate.asks:
        return Settlement(max(most, 0), 0)
    capital, law = plan.capital_cents - credited, load_law.interest_law()
    return settlement(capital, plan.proposed_on, rate, law, cash.paid, on, most)


def set_aside(client_id: int) -> dict[int, int]:
    """By customer, the money on account that is a plan's interest: it settles no other invoice.

    What a running plan will ask, and what an ended one collected. Who turns it into a document takes it from here.
    """
    kept: dict[int, int] = defaultdict(int)
    rows = Plan.objects.filter(client_id=client_id, interest_cents__gt=0, accepted_on__isnull=False)
    told = rows.values_list("customer_id", "status", "interest_cents", "interest_paid_cents")
    for customer_id, status, asked, collected in told:
        kept[customer_id] += asked if status == Plan.Status.ACTIVE else collected
    return dict(kept)
