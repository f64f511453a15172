# SPDX-License-Identifier: Apache-2.0
"""The figures of a day: their components, gathered from instalments, allocations and events as of that day.

Never from stored totals: `measure` may be run for any past day and gives the same rows. The definitions are the
docstrings of engine/kpi.py; the period of the flows is the last PERIOD_DAYS days.
"""

import datetime as dt
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.functions import TruncMonth

from ascolto.domain.access.models import Client
from ascolto.domain.agreements.models import Promise
from ascolto.domain.ledger.models import Allocation
from ascolto.domain.ledger.sums import paid_by
from ascolto.domain.outreach.models import Contact
from ascolto.domain.portfolio.models import Instalment, Invoice
from ascolto.domain.strategy.models import Action, DailyFigures, Decision
from ascolto.domain.strategy.snapshot import contested
from ascolto.engine import kpi

PERIOD_DAYS = 90
SALES_MONTHS = 24
BUCKETS = (0, 30, 60, 90, 180, 360)
"""Upper bounds in days of the ageing buckets; the last bucket is beyond 360."""


def measure(*, client: Client, as_of: dt.date) -> DailyFigures:
    """Compute and keep the day's figures; measuring the same day again replaces them with the same."""
    figures, _new = DailyFigures.objects.update_or_create(
        client=client, as_of=as_of, defaults={"figures": figures_of(client.pk, as_of)}
    )
    return figures


def figures_of(client_id: int, as_of: dt.date) -> dict[str, Any]:
    """All figures of one client as of a day. Money in cents, ratios in hundredths (12.34 % is 1234), days likewise."""
    since = as_of - dt.timedelta(days=PERIOD_DAYS)
    ageing = ageing_of(client_id, as_of)
    total = sum(row["cents"] for row in ageing)
    current = ageing[0]["cents"]
    sales = sales_by_month(client_id, as_of)
    return {
        "ageing": ageing, "receivables_cents": total, "current_cents": current, "overdue_cents": total - current,
        "disputed_cents": sum(row["disputed_cents"] for row in ageing),
        **_days_sales(total, current, sales, as_of),
        **_effectiveness(client_id, since, as_of, total, current),
        **_promises(client_id, since, as_of),
        **_contacts(client_id, since, as_of),
        **_legal(client_id, as_of, total),
        "actions": dict(_planned(client_id, as_of)), "answers": dict(_answers(client_id, as_of)),
        "period_days": PERIOD_DAYS,
    }  # fmt: skip


def open_on(client_id: int, as_of: dt.date) -> list[tuple[int, dt.date, int]]:
    """(invoice id, due date, open cents) of every item open on `as_of`, by the day on which it was paid."""
    items = Instalment.objects.filter(client_id=client_id, invoice__issued_on__lte=as_of, invoice__currency="EUR")
    rows = items.annotate(open_cents=F("amount_cents") - paid_by(as_of)).filter(open_cents__gt=0)
    return list(rows.values_list("invoice_id", "due_on", "open_cents"))


def ageing_of(client_id: int, as_of: dt.date) -> list[dict[str, int]]:
    """Open cents per bucket of days past due, the disputed part inside; the first bucket is what is not due."""
    aside = contested(client_id, as_of)
    rows = [{"cents": 0, "disputed_cents": 0, "items": 0} for _bound in range(len(BUCKETS) + 1)]
    for invoice, due, cents in open_on(client_id, as_of):
        row = rows[bucket_of((as_of - due).days)]
        part = min(cents, aside.get(invoice, 0))
        if part:
            aside[invoice] -= part
        row["cents"] += cents
        row["disputed_cents"] += part
        row["items"] += 1
    return rows


def bucket_of(days: int) -> int:
    """Number of the bucket for `days` past due (zero or less: not due)."""
    return next((number for number, upper in enumerate(BUCKETS) if days <= upper), len(BUCKETS))


def sales_by_month(client_id: int, as_of: dt.date) -> dict[dt.date, int]:
    """Cents invoiced per month (its first day), by date of issue, up to `as_of`."""
    since = as_of - dt.timedelta(days=31 * SALES_MONTHS)
    items = Instalment.objects.filter(
        client_id=client_id, invoice__issued_on__gt=since, invoice__issued_on__lte=as_of, invoice__currency="EUR"
    )
    items = items.exclude(invoice__kind__in=Invoice.CHARGES)
    months = (
        items.annotate(month=TruncMonth("invoice__issued_on")).values_list("month").annotate(cents=Sum("amount_cents"))
    )
    return dict(months)


def _promises(client_id: int, since: dt.date, as_of: dt.date) -> dict[str, int]:
    judged = Promise.objects.filter(
        client_id=client_id, judged_on__gt=since, judged_on__lte=as_of, status__in=["kept", "partly", "broken"]
    ).aggregate(
        due=Count("pk"), kept=Count("pk", filter=Q(status="kept")), due_cents=Sum("amount_cents", default=0),
        kept_cents=Sum("amount_cents", filter=Q(status="kept"), default=0),
    )  # fmt: skip
    return {f"promises_{name}": value for name, value in judged.items()} | {
        "promises_kept_rate": hundredths(kpi.promises_kept(judged["kept"], judged["due"])),
        "promises_kept_money_rate": hundredths(kpi.promises_kept(judged["kept_cents"], judged["due_cents"])),
    }


def _contacts(client_id: int, since: dt.date, as_of: dt.date) -> dict[str, int]:
    calls = Contact.objects.filter(client_id=client_id, human=True, on_date__gt=since, on_date__lte=as_of)
    talks = Q(outcome=Contact.Outcome.RIGHT_PARTY)
    found = calls.aggregate(
        attempts=Count("pk", filter=Q(direction="out")), outgoing=Count("pk", filter=talks & Q(direction="out")),
        right_party=Count("pk", filter=talks), solved=Count("pk", filter=talks & ~Q(solution__in=["", "none"])),
        promised=Count("pk", filter=talks & Q(promises__isnull=False), distinct=True),
    )  # fmt: skip
    return {
        "contact_attempts": found["attempts"], "contacts_right_party": found["right_party"], "contacts_solved": found["solved"],
        "right_party_rate": hundredths(kpi.right_party_rate(found["outgoing"], found["attempts"])),
        "solution_rate": hundredths(kpi.contacts_with_solution(found["solved"], found["right_party"])),
        "promise_rate": hundredths(kpi.promise_rate(found["promised"], found["right_party"])),
    }  # fmt: skip


def _planned(client_id: int, as_of: dt.date) -> QuerySet[Any, Any]:
    planned = Action.objects.filter(client_id=client_id, planned_on=as_of)
    return planned.values_list("channel").annotate(count=Count("pk"))


def _answers(client_id: int, as_of: dt.date) -> QuerySet[Any, Any]:
    current = Decision.objects.filter(client_id=client_id, decided_on__lte=as_of).filter(
        Q(superseded_on__isnull=True) | Q(superseded_on__gt=as_of)
    )
    return current.values_list("answer").annotate(count=Count("pk"))


def _days_sales(total: int, current: int, sales: dict[dt.date, int], as_of: dt.date) -> dict[str, int | None]:
    """DSO by countback (the headline), simple over the last twelve months, best possible, and the delay between."""
    months = _months_back(sales, as_of)
    year, days = sum(cents for cents, _days in months[:12]), sum(days for _cents, days in months[:12])
    countback, best = kpi.dso_countback(total, months), kpi.dso_countback(current, months)
    delay = None if countback is None or best is None else max(countback - best, Decimal(0))
    return {
        "dso_countback": hundredths(countback), "dso_simple": hundredths(kpi.dso_simple(total, year, days)),
        "dso_best": hundredths(best), "add": hundredths(delay), "sales_year_cents": year,
    }  # fmt: skip


def hundredths(figure: Decimal | None) -> int | None:
    """A figure of two decimals as a whole number, as it is kept."""
    return None if figure is None else int(figure.scaleb(2))


def _months_back(sales: dict[dt.date, int], as_of: dt.date) -> list[tuple[int, int]]:
    """(cents, calendar days) of the running month up to `as_of` and of the months before it, the latest first."""
    first = as_of.replace(day=1)
    months = [(sales.get(first, 0), as_of.day)]
    for _month in range(SALES_MONTHS - 1):
        end = first - dt.timedelta(days=1)
        first = end.replace(day=1)
        months.append((sales.get(first, 0), end.day))
    return months


def _effectiveness(client_id: int, since: dt.date, as_of: dt.date, total: int, current: int) -> dict[str, int | None]:
    opening = sum(cents for _invoice, _due, cents in open_on(client_id, since))
    sold = Instalment.objects.filter(
        client_id=client_id, invoice__issued_on__gt=since, invoice__issued_on__lte=as_of, invoice__currency="EUR"
    ).aggregate(cents=Sum("amount_cents", default=0))["cents"]
    return {
        "opening_cents": opening, "sales_cents": sold,
        "cei": hundredths(kpi.collection_effectiveness(opening, sold, total, current)),
    }  # fmt: skip


def _legal(client_id: int, as_of: dt.date, total: int) -> dict[str, int | None]:
    cents = legal_cents(client_id, as_of)
    return {"legal_cents": cents, "legal_share": hundredths(kpi.legal_share(cents, total))}


def legal_cents(client_id: int, as_of: dt.date) -> int:
    """Open money of customers whose case a person sent beyond the legal gate."""
    beyond = legal_customers(client_id, as_of)
    items = Instalment.objects.filter(client_id=client_id, customer_id__in=beyond, due_on__lt=as_of)
    owed = items.aggregate(cents=Sum("amount_cents", default=0))["cents"]
    paid = Allocation.objects.filter(client_id=client_id, instalment__in=items, paid_on__lte=as_of)
    return int(owed - paid.aggregate(cents=Sum("amount_cents", default=0))["cents"])


def legal_customers(client_id: int, as_of: dt.date) -> QuerySet[Action, int]:
    """Ids of the customers whose case passed the legal gate by a person's decision."""
    return Action.objects.filter(
        client_id=client_id,
        step="legal_gate",
        status=Action.Status.DONE,
        done_on__lte=as_of,
        contact__next_step="pass_on",
    ).values_list("customer_id", flat=True)
