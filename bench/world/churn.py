# SPDX-License-Identifier: Apache-2.0
"""A believable next day of a world that stands in a database: a few customers pay, are billed, or call.

Bank lines come as the bank tells them, matched to nothing: whose they are is for the day to find out. Days are bank
days after the world's own; the same share, day and seed on the same world bring the same rows.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np
from django.db import transaction
from django.db.models import Max, Min, Sum

from ascolto.demo.identifiers import creditor_reference
from ascolto.domain.access.models import Client
from ascolto.domain.ledger.models import Allocation, BankLine, BankStatement
from ascolto.domain.outreach.models import Contact
from ascolto.domain.portfolio.models import Customer, Instalment, Invoice
from ascolto.domain.records.clock import ROME

PAY, BILLED = 0.5, 0.35
"""Of the customers of whom something is new: who pays, who gets a bill; the others call us."""
ASKED = 900
"""Customers named in one query at most."""


def churn(share: float, day: int, seed: int, as_of: dt.date) -> tuple[dt.date, dict[str, int]]:
    """Adds the `day`-th bank day after `as_of`; gives its date and how many rows of each kind. Refuses a day twice."""
    on = np.busday_offset(as_of, day).astype(dt.date)
    counts: dict[str, int] = defaultdict(int)
    for client in Client.objects.order_by("pk"):
        rng = np.random.default_rng([seed, day, client.pk])
        with transaction.atomic():
            _live(rng, client, share, on, counts)
    return on, dict(counts)


def _live(rng: np.random.Generator, client: Client, share: float, on: dt.date, counts: dict[str, int]) -> None:
    told = np.busday_offset(on, -1).astype(dt.date)
    if BankStatement.objects.filter(client=client, closing_on__gte=told).exists():
        raise SystemExit(f"bench.world: {client.slug} has a statement of {told} already: choose a later --day.")
    ends = Customer.objects.filter(client=client).aggregate(first=Min("pk"), last=Max("pk"))
    count = ends["last"] - ends["first"] + 1
    chosen = ends["first"] + np.sort(rng.choice(count, max(round(count * share), 1), replace=False))
    luck = rng.random(len(chosen))
    due = _open(client, chosen[luck < PAY].tolist())
    counts["bank lines"] += _statement(rng, client, due, told)
    paying = {item.customer_id for item, _ in due}
    billed = [pk for pk, x in zip(chosen.tolist(), luck, strict=True) if x < PAY + BILLED and pk not in paying]
    counts["invoices"] += _bills(rng, client, billed, on)
    counts["contacts"] += _calls(rng, client, chosen[luck >= PAY + BILLED].tolist(), on)


def _open(client: Client, customer_ids: Sequence[int]) -> list[tuple[Instalment, int]]:
    """Of each customer the instalment that is due first, with what is open of it."""
    found: dict[int, tuple[Instalment, int]] = {}
    for start in range(0, len(customer_ids), ASKED):
        part = customer_ids[start : start + ASKED]
        items = Instalment.objects.filter(client=client, customer_id__in=part).select_related("invoice", "customer")
        taken = Allocation.objects.filter(client=client, instalment__customer_id__in=part).order_by()
        sums = dict(taken.values_list("instalment_id").annotate(cents=Sum("amount_cents")))
        for item in items.order_by("due_on", "pk"):
            left = item.amount_cents - sums.get(item.pk, 0)
            if left > 0:
                found.setdefault(item.customer_id, (item, left))
    return [found[pk] for pk in sorted(found)]


def _statement(rng: np.random.Generator, client: Client, due: list[tuple[Instalment, int]], told: dt.date) -> int:
    """One statement of the client's first account, which follows the last one."""
    account = BankStatement.objects.filter(client=client).order_by("pk").values_list("iban", flat=True)[0]
    last = BankStatement.objects.filter(client=client, iban=account).order_by("-closing_on", "-pk")[0]
    opening, moved = last.closing_cents or 0, sum(cents for _, cents in due)
    statement = BankStatement.objects.create(
        client=client, iban=account, number=f"{int(last.number) + 1:05d}", opening_on=told, opening_cents=opening,
        closing_on=told, closing_cents=opening + moved, entries=len(due), content_sha=f"{client.pk}:{told.isoformat()}",
    )  # fmt: skip
    habits = ("SALDO FATTURA N. ", "PAGAMENTO FATTURA ", "fatt. ", "")
    lines = []
    for n, ((item, cents), habit) in enumerate(zip(due, rng.integers(0, len(habits), len(due)).tolist(), strict=True)):
        words = habits[habit] + item.invoice.number if habits[habit] else ""
        lines.append(BankLine(
            client=client, statement=statement, position=n + 1, booked_on=told, value_on=told, amount_cents=cents,
            reference="" if words else item.invoice.reference, remittance=words, payer_name=item.customer.name,
        ))  # fmt: skip
    BankLine.objects.bulk_create(lines, batch_size=1000)
    return len(lines)


def _bills(rng: np.random.Generator, client: Client, customer_ids: list[int], on: dt.date) -> int:
    """New invoices with one instalment each; numbers go on."""
    used = Invoice.objects.filter(client=client, number__startswith=f"{on.year}/").aggregate(last=Max("number"))["last"]
    serial = int(used.split("/")[1]) if used else 0
    cents = np.exp(9.1 + 0.7 * rng.standard_normal(len(customer_ids))).astype(np.int64).tolist()
    made = [
        Invoice(
            client=client, customer_id=pk, number=f"{on.year}/{serial + n:07d}", issued_on=on, total_cents=total,
            payable_cents=total, reference=creditor_reference(f"{on.year}{serial + n:07d}"), description="Energia elettrica",
        )
        for n, (pk, total) in enumerate(zip(customer_ids, cents, strict=True), 1)
    ]  # fmt: skip
    made = Invoice.objects.bulk_create(made, batch_size=1000)
    Instalment.objects.bulk_create(
        [
            Instalment(
                client=client, customer_id=bill.customer_id, invoice=bill, due_on=on + dt.timedelta(days=30),
                amount_cents=bill.total_cents, method="MP05",
            )
            for bill in made
        ],
        batch_size=1000,
    )  # fmt: skip
    return len(made)


def _calls(rng: np.random.Generator, client: Client, customer_ids: list[int], on: dt.date) -> int:
    """Customers who call: what they say is for the next decision to weigh."""
    reasons = (("", ""), ("forgot", "theirs"), ("temporary_difficulty", "nobody"), ("lost_invoice", "ours"))
    made: list[Any] = []
    for pk in customer_ids:
        reason, fault = reasons[int(rng.integers(0, len(reasons)))]
        at = dt.datetime.combine(on, dt.time(9 + int(rng.integers(0, 8)), int(rng.integers(0, 60))), ROME)
        made.append(Contact(
            client=client, customer_id=pk, at=at, on_date=on, channel="phone", direction="in", human=True,
            outcome="right_party", reason=reason, fault=fault, requested_by_customer=True, duration_seconds=180,
        ))  # fmt: skip
    Contact.objects.bulk_create(made, batch_size=1000)
    return len(made)
