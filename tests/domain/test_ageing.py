# SPDX-License-Identifier: Apache-2.0
"""Ageing as the cockpit shows it: from the day after the due date, the disputed part inside."""

import datetime as dt

from ascolto.domain.access.models import Client
from ascolto.domain.care.actions import open_case
from ascolto.domain.portfolio.models import Customer, Instalment, Invoice
from ascolto.domain.strategy.figures import ageing_of


def test_ageing_counts_from_the_day_after_the_due_date_and_keeps_the_disputed_part_inside(
    acqua: Client, altrove: Client, carla: Customer
) -> None:
    day = dt.date(2026, 11, 20)
    for age in (0, 1, 30, 31, 360, 400):
        due = day - dt.timedelta(days=age)
        bill = Invoice.objects.create(
            client=acqua, customer=carla, number=str(age), issued_on=due, total_cents=100, payable_cents=100
        )
        Instalment.objects.create(client=acqua, customer=carla, invoice=bill, due_on=due, amount_cents=100)
        if age == 31:
            open_case(client=acqua, customer=carla, kind="dispute", reason="No", invoice=bill, disputed_cents=40,
                      actor="a", as_of=day)  # fmt: skip
    found = [(row["cents"], row["disputed_cents"], row["items"]) for row in ageing_of(acqua.pk, day)]
    assert found == [(100, 0, 1), (200, 0, 2), (100, 40, 1), (0, 0, 0), (0, 0, 0), (100, 0, 1), (100, 0, 1)]
    assert sum(row["items"] for row in ageing_of(altrove.pk, day)) == 0
