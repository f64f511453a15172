# SPDX-License-Identifier: Apache-2.0
"""A small town of customers, in every state in which a night can find one; used where whole worlds are compared."""

from pathlib import Path

from ascolto.domain.access.models import Client
from ascolto.domain.access.viewer import Viewer
from ascolto.domain.portfolio.models import Customer
from ascolto.domain.records import clock
from ascolto.domain.strategy import reactions

from .life import Life, at, on, person

TODAY = on("2026-03-04")


def settle_in(client: Client, carla: Customer, ada: Viewer, folder: Path) -> Life:
    """Everybody, up to the evening of 3 March, and the statement of that day, unread."""
    life = Life(client, folder)
    life.bill(carla, "2026/1", 120_00, issued="2026-01-12", due="2026-02-11")
    for n in range(2, 8):
        who = person(
            client, f"P{n}", f"Cliente {n}", email=f"p{n}@example.test", phone=f"+3902000000{n}", letter="Via Po 1"
        )
        life.bill(who, f"2026/20{n}", n * 50_00, issued=f"2026-01-1{n}", due=f"2026-02-1{n}")
    _second_bills(client, life)
    life.live("2026-02-17")
    promising = Customer.objects.get(number="P6")
    held = Customer.objects.get(number="P7")
    with life.office() as today:
        reactions.hold(ada, held.pk, reason="In ospedale", until_on=on("2026-03-03"), as_of=today)
    life.live("2026-02-24", send=False)
    life.call(ada, promising, reason="forgot", solution="new_date", promise_cents=300_00, promise_on="2026-02-27")
    with clock.frozen(at(on("2026-03-03"), 18)):
        life.today = on("2026-03-03")
        life.pays(100_00, "saldo fattura 2026/202", name="Cliente 2")
        life.pays(60_00, "acconto fattura 2026/203", name="Cliente 3")
        life.pays(77_77, "bonifico", name="Sconosciuto")
        life.statement(TODAY)
    return life


def _second_bills(client: Client, life: Life) -> None:
    for n in (2, 3):
        life.bill(
            Customer.objects.get(client=client, number=f"P{n}"),
            f"2026/30{n}",
            80_00,
            issued="2026-02-26",
            due="2026-03-28",
        )
    new = person(client, "P9", "Cliente 9", email="p9@example.test")
    life.bill(new, "2026/309", 90_00, issued="2026-02-27", due="2026-03-29")
    mute = person(client, "P8", "Cliente 8")
    life.bill(mute, "2026/308", 90_00, issued="2026-01-02", due="2026-02-01")
