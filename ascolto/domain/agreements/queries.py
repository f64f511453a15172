# SPDX-License-Identifier: Apache-2.0
"""Reading promises, plans and concessions; what of them a decision must know."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db.models import BigIntegerField, Count, ExpressionWrapper, F, Min, Q, QuerySet, Sum

from ascolto.domain.access.viewer import Viewer, visible
from ascolto.domain.agreements.models import Concession, Plan, PlanCover, PlanInstalment, Promise
from ascolto.domain.ledger.models import Payment
from ascolto.domain.portfolio.identities import chunks
from ascolto.engine.evidence import Expected


def promises_of(viewer: Viewer, customer_id: int) -> QuerySet[Promise]:
    """The customer's promises, the latest first."""
    return (
        visible(viewer, Promise.objects.all())
        .filter(customer_id=customer_id)
        .select_related("contact")
        .order_by("-made_on", "-pk")
    )


def pending_of(viewer: Viewer, customer_id: int) -> QuerySet[Promise]:
    """Those of the customer that nobody can judge yet, the latest first."""
    return promises_of(viewer, customer_id).filter(status=Promise.Status.PENDING)


def pending_promises(viewer: Viewer) -> QuerySet[Promise]:
    """Promises that nobody can judge yet, the nearest day first."""
    return visible(viewer, Promise.objects.all()).filter(status=Promise.Status.PENDING).order_by("due_on", "pk")


def plans_of(viewer: Viewer, customer_id: int) -> QuerySet[Plan]:
    """The customer's plans with their instalments, the latest first."""
    rows = visible(viewer, Plan.objects.all()).filter(customer_id=customer_id)
    return rows.prefetch_related("instalments").order_by("-proposed_on", "-pk")


def plans(viewer: Viewer) -> QuerySet[Plan]:
    """Every plan of the viewer's clients."""
    return visible(viewer, Plan.objects.all()).select_related("customer", "client")


def running_plan(viewer: Viewer, customer_id: int) -> Plan | None:
    """The plan that runs now, which a new one would replace."""
    return visible(viewer, Plan.objects.filter(customer_id=customer_id, status=Plan.Status.ACTIVE)).first()


def promises(viewer: Viewer) -> QuerySet[Promise]:
    """Every promise of the viewer's clients."""
    return visible(viewer, Promise.objects.all()).select_related("customer", "contact")


def agreement_counts(viewer: Viewer) -> dict[str, int]:
    """Promises pending, plans running, proposals to approve."""
    found = (
        plans(viewer)
        .order_by()
        .aggregate(
            plans=Count("pk", filter=Q(status=Plan.Status.ACTIVE)),
            approve=Count("pk", filter=Q(status=Plan.Status.PROPOSED)),
        )
    )
    return {"promises": pending_promises(viewer).count(), **found}


def money_expected(viewer: Viewer, as_of: dt.date) -> list[tuple[dt.date, int, int]]:
    """(day, cents, how many) of pending promises and of what running plans still await, the past first: it is late."""
    days: dict[dt.date, list[int]] = defaultdict(lambda: [0, 0])
    said = pending_promises(viewer).order_by().values_list("due_on").annotate(c=Sum("amount_cents"), n=Count("pk"))
    parts = visible(viewer, PlanInstalment.objects.all()).filter(plan__status=Plan.Status.ACTIVE, met_on__isnull=True)
    left = F("amount_cents") - F("paid_cents")
    for on, cents, count in [*said, *parts.order_by().values_list("due_on").annotate(c=Sum(left), n=Count("pk"))]:
        days[on][0] += cents
        days[on][1] += count
    return [(on, cents, count) for on, (cents, count) in sorted(days.items())]


MANY_AMOUNTS = 500
"""Amounts from which on all that is expected is told."""


def expected_of(client_id: int, amounts: Collection[int] | None = None) -> list[Expected]:
    """What pending promises and the unpaid instalments of running plans still await, as cash application looks for it;
    a plan's with the invoice instalments that the plan covers. A handful of queries.

    `amounts`: only what awaits exactly one of these cents, which is all that lines of such amounts look at.
    """
    if amounts is not None and len(amounts) > MANY_AMOUNTS:
        amounts = None
    parts = PlanInstalment.objects.filter(client_id=client_id, plan__status=Plan.Status.ACTIVE, met_on__isnull=True)
    covered = PlanCover.objects.filter(client_id=client_id, plan__status=Plan.Status.ACTIVE)
    if amounts is not None:
        left = ExpressionWrapper(F("amount_cents") - F("paid_cents"), BigIntegerField())
        parts = parts.annotate(left=left).filter(left__in=amounts)
        covered = covered.filter(plan_id__in=set(parts.values_list("plan_id", flat=True)))
    covers: dict[int, list[int]] = defaultdict(list)
    for plan, item in covered.values_list("plan_id", "instalment_id"):
        covers[plan].append(item)
    columns = ("plan__customer_id", "amount_cents", "paid_cents", "due_on", "plan_id")
    planned = [
        Expected(customer, "plan", cents - paid, on, tuple(covers[plan]))
        for customer, cents, paid, on, plan in parts.order_by("pk").values_list(*columns)
        if cents > paid
    ]
    return planned + _promised(client_id, amounts)


def _promised(client_id: int, amounts: Collection[int] | None) -> list[Expected]:
    """What each pending promise lacks of what has arrived since it was made; it is judged only after its day."""
    pending = Promise.objects.filter(client_id=client_id, status=Promise.Status.PENDING)
    first_on = pending.aggregate(on=Min("made_on"))["on"]
    if first_on is None:
        return []
    # Of those who promised: not of everybody who has paid since.
    money = Payment.objects.filter(client_id=client_id, kind=Payment.Kind.MONEY, paid_on__gte=first_on)
    money = money.filter(customer_id__in=pending.values("customer_id"))
    came = list(money.values_list("customer_id", "paid_on", "amount_cents"))
    parts = [pending]
    if amounts is not None:
        # Of whom nothing came, what was promised is what they lack; of the others every promise is looked at.
        parts = [pending.filter(customer_id__in=some) for some in chunks(customer for customer, _on, _cents in came)]
        parts.append(pending.filter(amount_cents__in=amounts))
    columns = ("pk", "customer_id", "amount_cents", "due_on", "made_on")
    said = [row for _pk, *row in sorted({row for part in parts for row in part.values_list(*columns)})]
    made = {customer: made_on for customer, _cents, _on, made_on in said}
    arrived: dict[int, int] = defaultdict(int)
    for customer, on, cents in came:
        if customer in made and on >= made[customer]:
            arrived[customer] += cents
    left = ((customer, cents - arrived[customer], on) for customer, cents, on, _made in said)
    return [
        Expected(customer, "promise", cents, on)
        for customer, cents, on in left
        if cents > 0 and (amounts is None or cents in amounts)
    ]


YEAR = dt.timedelta(days=365)


@dataclass(frozen=True)
class Reliability:
    """Promises judged in a year and how they went, by count and by amount (kpi.md: promise kept)."""

    who: str
    judged: int
    kept: int
    promised_cents: int
    kept_cents: int

    @property
    def permille(self) -> int:
        """Kept of those judged, rounded half-up; only asked when some were judged."""
        return (self.kept * 2000 + self.judged) // (2 * self.judged)


def _reliability(rows: QuerySet[Promise], by: str, as_of: dt.date) -> list[Reliability]:
    judged = rows.filter(
        status__in=(Promise.Status.KEPT, Promise.Status.PARTLY, Promise.Status.BROKEN), judged_on__gt=as_of - YEAR
    )
    kept = Q(status=Promise.Status.KEPT)
    sums = (
        judged.order_by()
        .values_list(by)
        .annotate(n=Count("pk"), k=Count("pk", filter=kept), c=Sum("amount_cents"), kc=Sum("amount_cents", filter=kept))
    )
    return sorted((Reliability(str(who), n, k, c, kc or 0) for who, n, k, c, kc in sums), key=lambda r: -r.judged)


def reliability_by_operator(viewer: Viewer, as_of: dt.date) -> list[Reliability]:
    """Of the promises that each person took, how many were kept; who took most first."""
    return _reliability(visible(viewer, Promise.objects.all()), "author", as_of)


def reliability_of(viewer: Viewer, customer_id: int, as_of: dt.date) -> Reliability | None:
    """The customer's own; None when no promise was judged in a year."""
    found = _reliability(promises_of(viewer, customer_id), "customer_id", as_of)
    return found[0] if found else None


def concessions_of(viewer: Viewer, customer_id: int) -> QuerySet[Concession]:
    """What the customer was given, the latest first."""
    return visible(viewer, Concession.objects.all()).filter(customer_id=customer_id).order_by("-granted_on", "-pk")


def covered_until(client_id: int, as_of: dt.date, ids: Sequence[int] | None = None) -> dict[int, dt.date]:
    """By invoice instalment (of some customers, `ids`), the last day on which a running plan holds: the next unpaid instalment's day + grace.

    A plan with an instalment missed today covers nothing until the money catches up.
    """
    alive = PlanInstalment.objects.filter(client_id=client_id, plan__status=Plan.Status.ACTIVE)
    if ids is not None:
        running = Plan.objects.filter(client_id=client_id, customer_id__in=ids, status=Plan.Status.ACTIVE)
        alive = alive.filter(plan_id__in=list(running.values_list("pk", flat=True)))
    late = alive.filter(missed_on__isnull=False).values("plan_id")
    open_ = alive.filter(met_on__isnull=True).exclude(plan_id__in=late).order_by()
    ends = open_.values_list("plan_id", "plan__grace_days").annotate(on=Min("due_on"))
    until = {plan: on + dt.timedelta(days=grace) for plan, grace, on in ends}
    rows = Plan.objects.filter(client_id=client_id, pk__in=list(until), accepted_on__lte=as_of)
    return {item: until[plan] for plan, item in rows.values_list("pk", "covers__instalment_id")}


PLAN_IDS_FROM = 10_000_000_000
"""Instalments of plans stand among the promises of a snapshot from this id on."""


def said_by_plans(client_id: int, as_of: dt.date, since: dt.date, ids: list[int] | None) -> list[tuple[object, ...]]:
    """What plans tell a decision, in the columns of its promises: a missed instalment is a word not kept; half way
    and the end are words kept, each thanked for in its own words (both on one day: the end)."""
    parts = PlanInstalment.objects.filter(client_id=client_id, missed_on__gte=since, missed_on__lte=as_of)
    parts = parts.exclude(plan__status__in=(Plan.Status.REPLACED, Plan.Status.CANCELLED))
    rows = Plan.objects.filter(client_id=client_id, accepted_on__gte=since, accepted_on__lte=as_of)
    if ids is not None:
        parts = parts.filter(plan__client_id=client_id, plan__customer_id__in=ids)
        rows = rows.filter(customer_id__in=ids)
    broken = parts.values_list(
        F("pk") + PLAN_IDS_FROM, "plan__customer_id", "plan__accepted_on", "due_on", "amount_cents", "plan__grace_days",
    ).annotate(on=F("missed_on"))  # fmt: skip
    told: list[tuple[object, ...]] = [(*row[:6], "broken", row[6]) for row in broken]
    good = rows.filter(half_on__isnull=False).values_list(
        "pk", "customer_id", "accepted_on", "total_cents", "grace_days", "half_on", "ended_on", "status"
    )
    done = (Plan.Status.FINISHED, Plan.Status.SETTLED_EARLY)
    for pk, customer, start, cents, grace, half, ended, status in good:
        days = {"plan_half": half, "plan_done": ended if status in done else None}
        for n, (word, on) in enumerate(days.items()):
            if on and on <= as_of and not (n == 0 and on == days["plan_done"]):
                told.append((2 * (PLAN_IDS_FROM + pk) + n, customer, start, on, cents, grace, word, on))
    return told
