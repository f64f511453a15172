# SPDX-License-Identifier: Apache-2.0
"""The snapshot: what is known of a client's customers on a day, as the tables that the engine reads.

One query per table, whole columns, no loop over customers. Nothing here decides anything.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

import pyarrow as pa
from django.db.models import Max, Q, QuerySet, Sum

from ascolto.domain.agreements.models import Promise
from ascolto.domain.agreements.paths import running_paths
from ascolto.domain.agreements.queries import covered_until, said_by_plans
from ascolto.domain.care.papers import blocking
from ascolto.domain.care.queries import contested_cents, our_disservice
from ascolto.domain.ledger.credits import pending_cents
from ascolto.domain.ledger.models import Allocation, BankLine, BankStatement, Payment
from ascolto.domain.outreach.models import Contact
from ascolto.domain.portfolio.models import ContactPoint, Customer, Hold, Instalment
from ascolto.domain.records.clock import ROME
from ascolto.domain.strategy.models import Action
from ascolto.engine.facts import OUR_PAPERS, OUR_SERVICE, SCHEMAS, Facts

MEMORY_DAYS = 730
"""How far back closed items, contacts and promises still tell something about a customer."""

Ids = Sequence[int] | None


def take_snapshot(*, client_id: int, as_of: dt.date, customer_ids: Ids = None) -> Facts:
    """The facts of one client (or of some of its customers) as known on `as_of`. Money in cents."""
    since = as_of - dt.timedelta(days=MEMORY_DAYS)
    return Facts.from_arrow(
        {
            "customers": _customers(client_id, as_of, customer_ids),
            "instalments": _instalments(client_id, as_of, since, customer_ids),
            "contacts": _contacts(client_id, as_of, since, customer_ids),
            "promises": _promises(client_id, as_of, since, customer_ids),
            "holds": _holds(client_id, as_of, customer_ids),
            "actions": _table("actions", _of(Action.objects.exclude(status=Action.Status.WITHDRAWN), client_id, customer_ids).values_list(
                "pk", "customer_id", "cycle", "step", "channel", "status", "planned_on", "done_on")),
            "payments": _payments(client_id, as_of, customer_ids),
            "client": pa.table({"bank_fresh_on": pa.array([bank_fresh_on(client_id, as_of)], pa.date32())}),
        }
    )  # fmt: skip


def bank_fresh_on(client_id: int, as_of: dt.date) -> dt.date | None:
    """The last day of which the bank has told us, up to `as_of`."""
    closing = BankStatement.objects.filter(client_id=client_id, closing_on__lte=as_of).aggregate(on=Max("closing_on"))
    booked = BankLine.objects.filter(client_id=client_id, booked_on__lte=as_of).aggregate(on=Max("booked_on"))
    days = [row["on"] for row in (closing, booked) if row["on"]]
    return max(days) if days else None


def _of(rows: QuerySet[Any], client_id: int, ids: Ids) -> QuerySet[Any]:
    rows = rows.filter(client_id=client_id)
    return rows if ids is None else rows.filter(customer_id__in=ids)


def _table(name: str, rows: Iterable[Sequence[Any]]) -> pa.Table:
    """Columns in the agreed order of engine.facts; a null text stands for an empty one where the schema allows it."""
    schema = SCHEMAS[name].to_pyarrow()
    columns = list(zip(*rows, strict=True)) or [() for _ in schema]
    return pa.table(
        [pa.array(column, field.type) for column, field in zip(columns, schema, strict=True)], schema=schema
    )


def _customers(client_id: int, as_of: dt.date, ids: Ids) -> pa.Table:
    rows = Customer.objects.filter(client_id=client_id)
    points = ContactPoint.objects.filter(client_id=client_id, is_right_party=True, verified=True).exclude(
        consent="denied"
    )
    if ids is not None:
        rows, points = rows.filter(pk__in=ids), points.filter(customer_id__in=ids)
    usable: dict[str, set[int]] = {channel: set() for channel in ContactPoint.Channel.values}
    for customer_id, channel in points.values_list("customer_id", "channel"):
        usable[channel].add(customer_id)
    running = running_paths(client_id, as_of, None if ids is None else list(ids))
    paths = {
        customer: path for customer, *path in running.values_list("customer_id", "pk", "pause_until_on", "review_on")
    }
    return _table(
        "customers",
        (
            (pk, kind, language, vulnerable, active, courtesy, pk in usable["email"], pk in usable["phone"],
             pk in usable["letter"], pk in usable["pec"], preferred or None, None, *paths.get(pk, (None, None, None)))
            for pk, kind, language, vulnerable, active, courtesy, preferred in rows.values_list(
                "pk", "kind", "language", "vulnerable", "active", "wants_courtesy", "preferred_channel")
        ),
    )  # fmt: skip


def _instalments(client_id: int, as_of: dt.date, since: dt.date, ids: Ids) -> pa.Table:
    """Open items, and those closed since `since`. The balance is the amount less what allocations known by `as_of` took."""
    items = _of(Instalment.objects.filter(invoice__issued_on__lte=as_of), client_id, ids)
    settled = Allocation.objects.filter(client_id=client_id, known_on__lte=as_of)
    if ids is not None:
        settled = settled.filter(instalment__customer_id__in=ids)
    taken = settled.values_list("instalment_id").annotate(cents=Sum("amount_cents"), on=Max("paid_on"))
    sums = {pk: (cents, on) for pk, cents, on in taken if cents}
    disputed = contested(client_id, as_of, ids)
    planned = covered_until(client_id, as_of)
    rows = []
    for pk, customer, invoice, issued, due, amount in items.order_by("due_on", "pk").values_list(
        "pk", "customer_id", "invoice_id", "invoice__issued_on", "due_on", "amount_cents"
    ):
        cents, on = sums.get(pk, (0, None))
        balance = amount - cents
        closed = on if balance == 0 else None
        if closed and closed < since:
            continue
        aside = min(balance, disputed.get(invoice, 0))
        if aside:
            disputed[invoice] -= aside
        rows.append((pk, customer, invoice, issued, due, amount, balance, aside, closed, planned.get(pk)))
    return _table("instalments", rows)


def contested(client_id: int, as_of: dt.date, ids: Ids = None) -> dict[int, int]:
    """Cents per invoice that are left out of what is asked: disputes open on `as_of`, and what was granted but not posted."""
    named = None if ids is None else list(ids)
    disputes, pending = contested_cents(client_id, as_of, named), pending_cents(client_id, as_of, named)
    return {pk: disputes.get(pk, 0) + pending.get(pk, 0) for pk in {*disputes, *pending}}


def _promises(client_id: int, as_of: dt.date, since: dt.date, ids: Ids) -> pa.Table:
    """Promises, and what plans tell as promises do."""
    rows = _of(Promise.objects.filter(made_on__gte=since, made_on__lte=as_of), client_id, ids).values_list(
        "pk", "customer_id", "made_on", "due_on", "amount_cents", "grace_days", "status", "judged_on"
    )
    return _table("promises", [*rows, *said_by_plans(client_id, as_of, since, None if ids is None else list(ids))])


def _holds(client_id: int, as_of: dt.date, ids: Ids) -> pa.Table:
    """Holds not over on the day; open complaints about our service and gaps of invoices rest the pressure in the same way."""
    rows = _of(Hold.objects.filter(Q(until_on__isnull=True) | Q(until_on__gte=as_of)), client_id, ids)
    held = rows.values_list("pk", "customer_id", "invoice_id", "from_on", "until_on", "reason")
    troubles = _of(our_disservice(client_id, as_of), client_id, ids).values_list("pk", "customer_id", "opened_on")
    ours = [(-pk, customer, None, opened, None, OUR_SERVICE) for pk, customer, opened in troubles]
    lacking = _of(blocking(client_id, as_of), client_id, ids).values_list("customer_id", "invoice_id", "found_on")
    papers = [(-invoice, customer, invoice, found, None, OUR_PAPERS) for customer, invoice, found in lacking.distinct()]
    return _table("holds", [*held, *ours, *papers])


def _contacts(client_id: int, as_of: dt.date, since: dt.date, ids: Ids) -> pa.Table:
    rows = _of(Contact.objects.filter(on_date__gte=since, on_date__lte=as_of), client_id, ids).exclude(
        outcome=Contact.Outcome.FAILED
    )
    talks = {outcome.value for outcome in Contact.CONVERSATIONS}
    return _table(
        "contacts",
        (
            (pk, customer, on, at.astimezone(ROME).hour, channel, direction, human, human and outcome in talks,
             outcome == "right_party", reason or None, fault or None, solution or None, asked)
            for pk, customer, on, at, channel, direction, human, outcome, reason, fault, solution, asked in rows.values_list(
                "pk", "customer_id", "on_date", "at", "channel", "direction", "human", "outcome", "reason", "fault",
                "solution", "requested_by_customer")
        ),
    )  # fmt: skip


def _payments(client_id: int, as_of: dt.date, ids: Ids) -> pa.Table:
    """Money received of the last weeks, reversed payments left out: what a thank-you may answer."""
    rows = Payment.objects.filter(
        kind=Payment.Kind.MONEY, known_on__gte=as_of - dt.timedelta(days=60), known_on__lte=as_of, amount_cents__gt=0
    ).exclude(reversed_by__known_on__lte=as_of)
    return _table(
        "payments", _of(rows, client_id, ids).values_list("pk", "customer_id", "paid_on", "known_on", "amount_cents")
    )
