# SPDX-License-Identifier: Apache-2.0
"""The work list: current decisions as lists to work through, what can be asked of them, and their totals.

Four lists of one shape: to call, done today, waiting, blocked. Reads only; the decision itself is the engine's. What is
counted, narrowed and ordered of the list to call is read off its small table (calling.py), never off a million decisions.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db.models import Case, Count, IntegerField, Model, OuterRef, Q, QuerySet, Subquery, Sum, When

from ascolto.domain.access.models import Client
from ascolto.domain.access.prepared import asked, how_many
from ascolto.domain.access.viewer import Viewer, visible
from ascolto.domain.agreements.models import Promise
from ascolto.domain.outreach.models import Contact
from ascolto.domain.portfolio.search import meaning
from ascolto.domain.strategy.models import DailyFigures, Decision, ToCall
from ascolto.domain.strategy.policy import policy_for
from ascolto.engine.policy import HUMAN_CHANNELS

R = TypeVar("R", bound=Model)
LISTS = ("call", "done", "waiting", "blocked")
LONG = ("waiting", "blocked")
"""Lists in which most customers of a large client stand: its totals are the night's, its filters those of an index."""
ANSWERS = {"waiting": Decision.Answer.WAIT, "blocked": Decision.Answer.BLOCKED}
AMOUNTS = {
    "small": (1, 9_999),
    "medium": (10_000, 49_999),
    "large": (50_000, 199_999),
    "huge": (200_000, None),
}
"""Overdue cents from .. to, both included."""


def current_decisions(viewer: Viewer) -> QuerySet[Decision]:
    """The answer in force for every customer whom the viewer may see."""
    return visible(viewer, Decision.objects.filter(superseded_on__isnull=True))


def work_list(viewer: Viewer, which: str, as_of: dt.date) -> QuerySet[Decision]:
    """One of LISTS, unordered, with what a row shows (`told`)."""
    return told(in_list(current_decisions(viewer), viewer, which, as_of))


def told(decisions: QuerySet[Decision]) -> QuerySet[Decision]:
    """`decisions` with `last_at`, `last_outcome`, `promise_on` and `promise_cents` beside each row; `promise_broken` is 1
    where a promise that was not kept is to be spoken about, for that comes before all the rest."""
    rows: QuerySet[Decision] = beside(decisions.select_related("customer", "customer__operator", "client"))
    return _broken_first(rows)


def told_of(keys: list[int]) -> QuerySet[Decision]:
    """A question for what the rows of a page show, by their keys alone: the keys were found through the viewer. Their
    clients, the same few in all rows, do not come along."""
    rows = Decision.objects.filter(pk__in=keys).select_related("customer__operator")
    return _broken_first(beside(rows.defer("fingerprint")))


def listed(viewer: Viewer, which: str, as_of: dt.date) -> QuerySet[Any]:
    """The same list as it is counted, narrowed and ordered: rows with the keys of its decisions."""
    if which == "call":
        return visible(viewer, ToCall.objects.all())
    return _broken_first(in_list(current_decisions(viewer), viewer, which, as_of))


def unfiltered(viewer: Viewer, *day: dt.date, which: str, operator: str) -> QuerySet[Any]:
    """A question for all of a list, or all of it that is an operator's. `day`: today, of what was done today alone."""
    return narrowed(listed(viewer, which, *day or (dt.date.min,)), viewer, Wanted(operator=operator))


def _broken_first(decisions: QuerySet[Decision]) -> QuerySet[Any]:
    return decisions.annotate(
        promise_broken=Case(When(step="promise_broken", then=1), default=0, output_field=IntegerField())
    )


def beside(rows: QuerySet[Any]) -> QuerySet[Any]:
    """`rows` with `last_at`, `last_outcome`, `promise_on` and `promise_cents`."""
    contacts = Contact.objects.filter(client_id=OuterRef("client_id"), customer_id=OuterRef("customer_id"))
    last = contacts.order_by("-at", "-pk")
    promise = Promise.objects.filter(
        client_id=OuterRef("client_id"), customer_id=OuterRef("customer_id"), status=Promise.Status.PENDING
    )
    found: QuerySet[Any] = rows.annotate(
        last_at=Subquery(last.values("at")[:1]),
        last_outcome=Subquery(last.values("outcome")[:1]),
        promise_on=Subquery(promise.values("due_on")[:1]),
        promise_cents=Subquery(promise.values("amount_cents")[:1]),
    )
    return found


def broken_promises(viewer: Viewer, customer_ids: list[int]) -> dict[int, Promise]:
    """The last promise of each of these customers, when it was broken, with the conversation in which it was made."""
    last = {promise.customer_id: promise for promise in asked(_standing, viewer, customer_ids)}
    return {customer: promise for customer, promise in last.items() if promise.status == Promise.Status.BROKEN}


def _standing(viewer: Viewer, customer_ids: list[int]) -> QuerySet[Promise]:
    rows = visible(viewer, Promise.objects.filter(customer__in=customer_ids))
    rows = rows.exclude(status__in=(Promise.Status.SUPERSEDED, Promise.Status.WITHDRAWN))
    return rows.select_related("contact__operator").order_by("made_on", "pk")


def in_list(rows: QuerySet[Decision], viewer: Viewer, which: str, as_of: dt.date) -> QuerySet[Decision]:
    """Of `rows`, those of one list. Customers of whom nothing is due wait for nothing and stand in none but done."""
    if which == "done":
        return rows.filter(customer_id__in=_talked_to(viewer, as_of))
    if which == "call":
        return rows.filter(answer=Decision.Answer.ACT, channel__in=HUMAN_CHANNELS)
    return rows.filter(answer=ANSWERS[which]).exclude(rule="nothing_due")


def _talked_to(viewer: Viewer, as_of: dt.date) -> QuerySet[Contact, int]:
    """Customers with whom somebody spoke on a day: out of the log of that day, never by asking each customer."""
    said = visible(viewer, Contact.objects.filter(on_date=as_of, human=True))
    return said.order_by().values_list("customer_id", flat=True)


@dataclass(frozen=True)
class Wanted:
    """What the person asked the list for; empty means anything. `operator`: mine, all, none or a user's id."""

    text: str = ""
    step: str = ""
    segment: str = ""
    tone: str = ""
    amount: str = ""
    operator: str = "all"
    city: str = ""
    rule: str = ""


def narrowed(rows: QuerySet[R], viewer: Viewer, wanted: Wanted) -> QuerySet[R]:
    """Only the rows that were asked for; values that mean nothing are ignored."""
    city, operator = _OF_CUSTOMER[rows.model]
    exact = {"step": wanted.step, "segment": wanted.segment, city: wanted.city, "rule": wanted.rule}
    rows = rows.filter(**{field: value for field, value in exact.items() if value})
    if wanted.tone.isdecimal():
        rows = rows.filter(tone=int(wanted.tone))
    if wanted.amount in AMOUNTS:
        low, high = AMOUNTS[wanted.amount]
        rows = rows.filter(overdue_cents__gte=low)
        rows = rows.filter(overdue_cents__lte=high) if high is not None else rows
    rows = rows.filter(_of_operator(viewer, wanted.operator, operator))
    if wanted.text.strip():
        rows = rows.filter(meaning(viewer, wanted.text))
    return rows


_OF_CUSTOMER: dict[type[Any], tuple[str, str]] = {
    Decision: ("customer__city", "customer__operator_id"),
    ToCall: ("city", "operator_id"),
}
"""Where the rows of a list have their customer's city and operator."""


def _of_operator(viewer: Viewer, operator: str, field: str) -> Q:
    if operator == "mine":
        return Q(**{field: viewer.user_id}) | Q(**{f"{field}__isnull": True})
    if operator == "none":
        return Q(**{f"{field}__isnull": True})
    return Q(**{field: int(operator)}) if operator.isdecimal() else Q()


@dataclass(frozen=True)
class Totals:
    """How many, and their cents overdue."""

    count: int
    overdue: int


def totals(rows: QuerySet[Any]) -> Totals:
    """Of rows as they were narrowed."""
    found = rows.order_by().aggregate(count=Count("pk"), overdue=Sum("overdue_cents"))
    return Totals(found["count"], found["overdue"] or 0)


def list_counts(viewer: Viewer, as_of: dt.date, operator: str, lists: Iterable[str] = LISTS) -> dict[str, int]:
    """How many rows of each of the lists are an operator's, or everybody's; one read per list."""
    return {name: how_many(unfiltered, viewer, *day_of(name, as_of), which=name, operator=operator) for name in lists}


def day_of(which: str, as_of: dt.date) -> tuple[dt.date, ...]:
    """What `unfiltered` is given beside the viewer."""
    return (as_of,) if which == "done" else ()


@dataclass(frozen=True)
class Measured:
    """A list of a large client as the last night counted it, with its overdue cents."""

    count: int
    overdue: int
    as_of: dt.date


def measured(nights: Iterable[DailyFigures], viewer: Viewer, which: str, operator: str) -> Measured | None:
    """One of LONG, all of it or an operator's, from the `latest` figures of the viewer's clients; None before the first
    night that counted it."""
    theirs = {"all": None, "none": {0}, "mine": {0, viewer.user_id}}
    wanted = theirs[operator] if operator in theirs else {int(operator)}
    kept = [day for day in nights if "lists" in day.figures]
    rows = [row for day in kept for row in day.figures["lists"] if row[0] == ANSWERS[which]]
    rows = [row for row in rows if wanted is None or row[1] in wanted]
    if not kept:
        return None
    return Measured(sum(row[2] for row in rows), sum(row[3] for row in rows), min(day.as_of for day in kept))


def why_nothing(slug: str, answer: str) -> dict[str, int]:
    """How many of the client's customers get this answer by each rule; one query."""
    rows = Decision.objects.filter(client__slug=slug, superseded_on=None, answer=answer).exclude(rule="")
    return dict(rows.order_by().values_list("rule").annotate(count=Count("pk")))


@dataclass(frozen=True)
class Survey(Totals):
    """All of a list, or an operator's, in one read, with what it can be filtered by and how many rows each gives (step,
    segment, city, rule)."""

    options: dict[str, list[tuple[str, int]]]


def survey(viewer: Viewer, which: str, operator: str, as_of: dt.date) -> Survey:
    """What can be asked of a list that is not one of LONG, or not of a large client."""
    rows = asked(_survey, viewer, *day_of(which, as_of), which=which, operator=operator)
    counts: dict[str, Counter[str]] = {name: Counter() for name in ("step", "segment", "city", "rule")}
    for *values, n, _cents in rows:
        for counter, value in zip(counts.values(), values, strict=True):
            counter[value] += n
    options = {name: sorted((value, n) for value, n in counter.items() if value) for name, counter in counts.items()}
    return Survey(sum(n for *_values, n, _cents in rows), sum(cents for *_values, cents in rows), options)


def _survey(viewer: Viewer, *day: dt.date, which: str, operator: str) -> QuerySet[Any]:
    rows = unfiltered(viewer, *day, which=which, operator=operator)
    alike = rows.order_by().values_list("step", "segment", _OF_CUSTOMER[rows.model][0], "rule")
    grouped: QuerySet[Any] = alike.annotate(n=Count("pk"), cents=Sum("overdue_cents"))
    return grouped


def contacts_left(rows: Iterable[Decision], as_of: dt.date) -> dict[int, int]:
    """How many more times each customer of `rows` may be spoken to today, by law, strategy and charter.

    Counted from the contact log of this week, not from the decision, which may be days old. By decision id.
    """
    rows = list(rows)
    monday = as_of - dt.timedelta(days=as_of.weekday())
    clients, customers = {row.client_id for row in rows}, [row.customer_id for row in rows]
    talks, today, messages = Counter[int](), Counter[int](), Counter[int]()
    for customer_id, on, human, outcome in asked(_contacts, sorted(clients), customers, monday, as_of):
        if human and outcome in Contact.CONVERSATIONS:
            talks[customer_id] += 1
            today[customer_id] += on == as_of
        elif not human:
            messages[customer_id] += 1
    policies = {client.pk: policy_for(client, as_of) for client in _clients(rows)}
    left = {}
    for row in rows:
        rules, who = policies[row.client_id].rules[row.customer.kind], row.customer_id
        week = min(
            rules.cap("week_conversations") - talks[who],
            rules.cap("week_contacts") - talks[who] - messages[who],
        )
        left[row.pk] = max(0, min(rules.cap("day_conversations") - today[who], week))
    return left


def _contacts(client_ids: list[int], customer_ids: list[int], since: dt.date, as_of: dt.date) -> QuerySet[Contact, Any]:
    ours = Contact.objects.filter(
        client__in=client_ids, customer__in=customer_ids, on_date__gte=since, on_date__lte=as_of, direction="out",
        requested_by_customer=False,
    ).exclude(outcome=Contact.Outcome.FAILED)  # fmt: skip
    return ours.values_list("customer_id", "on_date", "human", "outcome")


def talks_counted(client_id: int, customer_id: int, as_of: dt.date) -> tuple[int, int]:
    """Conversations that we began with one customer: today, and since Monday."""
    monday = as_of - dt.timedelta(days=as_of.weekday())
    days = list(
        Contact.objects.filter(
            client_id=client_id, customer_id=customer_id, on_date__gte=monday, on_date__lte=as_of, human=True,
            direction="out", requested_by_customer=False, outcome__in=Contact.CONVERSATIONS,
        ).values_list("on_date", flat=True)
    )  # fmt: skip
    return days.count(as_of), len(days)


def _clients(rows: list[Decision]) -> set[Client]:
    return {row.client for row in rows}


def next_to_call(viewer: Viewer, after_id: int, order: list[int], as_of: dt.date) -> int | None:
    """The customer to call after `after_id` in `order` (customer ids as the list showed them), if still to be
    called."""
    to_call = listed(viewer, "call", as_of)
    still = set(to_call.filter(customer_id__in=order).values_list("customer_id", flat=True))
    place = order.index(after_id) + 1 if after_id in order else 0
    ahead = [pk for pk in [*order[place:], *order[:place]] if pk in still and pk != after_id]
    if ahead:
        return ahead[0]
    rest = to_call.exclude(customer_id=after_id).order_by("-promise_broken", "-priority", "pk")
    return rest.values_list("customer_id", flat=True).first()
