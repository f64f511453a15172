# SPDX-License-Identifier: Apache-2.0
"""The figures of a day: their components, gathered from instalments, allocations and events as of that day.

Never from stored totals: `measure` may be run for any past day and gives the same rows. The definitions are the
docstrings of engine/kpi.py; the period of the flows is the last PERIOD_DAYS days.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum

from ascolto.domain.access.models import Client
from ascolto.domain.access.prepared import asked
from ascolto.domain.access.viewer import Viewer, system_viewer, visible
from ascolto.domain.agreements.models import Promise
from ascolto.domain.ledger.models import Allocation
from ascolto.domain.outreach.models import Contact
from ascolto.domain.portfolio.models import Instalment
from ascolto.domain.portfolio.sizes import is_large
from ascolto.domain.strategy.expiring import dying, how_many_by_band
from ascolto.domain.strategy.models import Action, DailyFigures, Decision, Run
from ascolto.domain.strategy.snapshot import PERIOD_DAYS, SALES_MONTHS, fetched, ledger_reads, run_stages, supplies_read
from ascolto.engine import gather, kpi
from ascolto.engine.gather import BUCKETS as BUCKETS

Gathered = Mapping[str, Sequence[Mapping[str, Any]]]
"""The rows of `gather.LARGE_FIGURES`; of a small client, of `gather.FIGURES`."""


def measure(*, client: Client, as_of: dt.date, known: Mapping[str, Any] | None = None) -> DailyFigures:
    """Compute and keep the day's figures; measuring the same day again replaces them with the same. Money in cents, ratios
    in hundredths (12.34 % is 1234), days likewise.

    `known`: `before_deciding`, which a long night has computed while it decided.
    """
    before = before_deciding(client.pk, as_of) if known is None else known
    figures, _new = DailyFigures.objects.update_or_create(
        client=client, as_of=as_of, defaults={"figures": {**before, **_decided(client.pk, as_of)}}
    )
    return figures


def before_deciding(client_id: int, as_of: dt.date, gathered: Gathered | None = None) -> dict[str, Any]:
    """The figures that no decision of the day changes. `gathered`: what a snapshot has added up already, else the rows
    are read here."""
    since = as_of - dt.timedelta(days=PERIOD_DAYS)
    large = is_large(system_viewer("figures", [client_id]))
    rows = gathered or gather_figures(client_id, as_of, large=large)
    ageing = _ageing(rows)
    total = sum(row["cents"] for row in ageing)
    current = ageing[0]["cents"]
    sales = {dt.date.fromisoformat(f"{row['month']}-01"): row["sales_cents"] for row in rows["flows"]}
    return {
        "ageing": ageing, "receivables_cents": total, "current_cents": current, "overdue_cents": total - current,
        "disputed_cents": sum(row["disputed_cents"] for row in ageing),
        **_days_sales(total, current, sales, as_of),
        **_effectiveness(rows, total, current),
        **_promises(client_id, since, as_of),
        **_contacts(client_id, since, as_of),
        **_legal(client_id, as_of, total),
        "reasons": reasons_given(client_id, since, as_of), "period_days": PERIOD_DAYS,
        **({"dying": how_many_by_band(client_id, as_of, rows["terms"])} if large else {}),
    }  # fmt: skip


def _decided(client_id: int, as_of: dt.date) -> dict[str, Any]:
    """What was decided and planned."""
    return {"actions": dict(_planned(client_id, as_of)), **_answers(client_id, as_of)}


def gather_figures(client_id: int, as_of: dt.date, *, large: bool = False) -> Gathered:
    """What the figures are made of, out of every instalment and allocation: open cents by age, flows by month; of a
    large client also how many open instalments have the same terms of limitation."""
    wanted = gather.LARGE_FIGURES if large else gather.FIGURES
    raw = ledger_reads(client_id, as_of) | ({"supplies": supplies_read(client_id)} if large else {})
    made = run_stages(gather.stages(*gather.LEDGER, *wanted), fetched(raw), wanted)
    return {name: table.to_pylist() for name, table in made.items()}


def ageing_of(client_id: int, as_of: dt.date) -> list[dict[str, int]]:
    """Open cents per bucket of days past due, the disputed part inside; the first bucket is what is not due."""
    return _ageing(gather_figures(client_id, as_of))


def _ageing(rows: Gathered) -> list[dict[str, int]]:
    ageing = [{"cents": 0, "disputed_cents": 0, "items": 0} for _bound in range(len(BUCKETS) + 1)]
    for row in rows["ageing"]:
        ageing[row["bucket"]] = {name: row[name] for name in ("cents", "disputed_cents", "items")}
    return ageing


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


def reasons_given(client_id: int, since: dt.date, as_of: dt.date) -> list[list[Any]]:
    """[reason, fault, conversations] of the period, the most frequent first."""
    said = Contact.objects.filter(client_id=client_id, human=True, on_date__gt=since, on_date__lte=as_of)
    found = said.exclude(reason="").values_list("reason", "fault").annotate(count=Count("pk"))
    return sorted(map(list, found), key=lambda row: (-row[2], row[0], row[1]))


def latest(viewer: Viewer, as_of: dt.date) -> list[DailyFigures]:
    """What the last night up to `as_of` measured of each of the viewer's clients; one short read per client."""
    return [day for client_id in viewer.client_ids for day in asked(_measured, viewer, client_id, as_of, most=1)]


def _measured(viewer: Viewer, client_id: int, as_of: dt.date) -> QuerySet[DailyFigures]:
    rows = DailyFigures.objects.filter(client_id=client_id, as_of__lte=as_of)
    return visible(viewer, rows).order_by("-as_of")


def how_many_die(viewer: Viewer, as_of: dt.date, days: int) -> int:
    """Amounts whose limitation is at most so many days away, or over."""
    return sum(one.band is not None and one.band <= days for one in dying(viewer, as_of))


def dying_by_band(measured: Iterable[DailyFigures]) -> Counter[int]:
    """How many amounts stand in each band of limitation, as these nights counted them."""
    found: Counter[int] = Counter()
    for day in measured:
        found.update({int(band): n for band, n in day.figures.get("dying", {}).items()})
    return found


def _planned(client_id: int, as_of: dt.date) -> QuerySet[Any, Any]:
    planned = Action.objects.filter(client_id=client_id, planned_on=as_of)
    return planned.values_list("channel").annotate(count=Count("pk"))


def _answers(client_id: int, as_of: dt.date) -> dict[str, Any]:
    """`answers`: how many customers have each; `lists`: [answer, operator, customers, overdue cents] of those who wait
    or are blocked while something is due, the totals of the work list's long lists. Operator 0: nobody's."""
    standing = _standing(client_id, as_of)
    answers = standing.values_list("answer").annotate(n=Count("pk")).order_by()
    asked = standing.filter(answer__in=[Decision.Answer.WAIT, Decision.Answer.BLOCKED]).exclude(rule="nothing_due")
    lists = asked.values_list("answer", "customer__operator_id").annotate(n=Count("pk"), cents=Sum("overdue_cents"))
    return {
        "answers": dict(answers),
        "lists": sorted([answer, operator or 0, n, cents] for answer, operator, n, cents in lists.order_by()),
    }


def _standing(client_id: int, as_of: dt.date) -> QuerySet[Decision]:
    """The answers that stood at the end of the day. Of the last day lived these are the current ones, which an index
    has by itself; only an earlier day must ask all that was ever decided."""
    rows = Decision.objects.filter(client_id=client_id)
    if not Run.objects.filter(client_id=client_id, as_of__gt=as_of).exists():
        return rows.filter(superseded_on__isnull=True)
    return rows.filter(Q(superseded_on__isnull=True) | Q(superseded_on__gt=as_of), decided_on__lte=as_of)


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


def _effectiveness(rows: Gathered, total: int, current: int) -> dict[str, int | None]:
    opening = sum(row["opening_cents"] for row in rows["flows"])
    sold = sum(row["period_cents"] for row in rows["flows"])
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
