# SPDX-License-Identifier: Apache-2.0
"""What the made-up portfolio is like: every share in one place, and the size that was asked for."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np

CHUNK = 100_000
"""Customers made at a time. Part of what a seed means: another size would give other rows."""

PUNCTUAL, LATE, SLOW, VERY_LATE = range(4)
TEMPERS = (0.70, 0.20, 0.08, 0.02)
KINDS, KIND_SHARES = ("consumer", "business", "public"), (0.80, 0.18, 0.02)
MEMORY_DAYS = {"usual": 570, "very_late": 900}
"""How far back the bills of a customer go; who never pays has them open for longer."""
INTERVALS, INTERVAL_SHARES = (30, 60, 91), (0.20, 0.70, 0.10)
"""Days from bill to bill."""
NEW_CUSTOMERS = 0.12
"""Share of those who came within a year and a half."""
CURRENT_PARTS = (0.44, 0.35, 0.21)
"""In how many instalments the bill of this month is paid: one, two, three."""
USUAL_PARTS = (0.92, 0.06, 0.02)
MONEY = {"consumer": (9000, 0.60), "business": (32_000, 0.95), "public": (90_000, 1.0)}
"""Median in cents, and sigma of the logarithm."""
REACH = {"email": 0.80, "phone": 0.90, "letter": 0.95, "pec": 0.75}
"""Share of the customers with such a contact point; PEC: of firms and public bodies only."""
SECOND_ACCOUNT = 0.15
DIRECT_DEBIT = 0.30
AT_ONCE = 0.5
"""Of bills in several instalments, how many are paid with the first."""
CREDIT_NOTES, RETURNED, PARTLY = 0.01, 0.005, 0.002
"""Shares of settled instalments: by credit note; first returned by the bank; in two parts."""
PARTLY_OPEN = 0.02
"""Share of overdue instalments of which a part came."""
PENDING, JUDGED = 0.008, 0.022
"""Promises by customer: still running, and of the last year, with how they ended."""
JUDGED_AS, JUDGED_SHARES = ("kept", "partly", "broken"), (0.60, 0.15, 0.25)
DISPUTES, COMPLAINTS, REQUESTS, PLANS, HOLDS = 0.004, 0.001, 0.001, 0.004, 0.01


@dataclass(frozen=True)
class Spec:
    """What was asked for."""

    customers: int
    as_of: dt.date = dt.date(2026, 11, 20)
    seed: int = 1
    clients: int = 1

    @property
    def today(self) -> np.datetime64:
        return np.datetime64(self.as_of, "D")

    def chunks(self) -> list[tuple[int, int, int]]:
        """(client from 0, chunk of the client from 0, customers in it), in the order in which they are made."""
        found = []
        for client in range(self.clients):
            size = self.customers // self.clients + (client < self.customers % self.clients)
            found += [(client, n, min(CHUNK, size - n * CHUNK)) for n in range(-(-size // CHUNK))]
        return found


def pick(rng: np.random.Generator, shares: tuple[float, ...], count: int) -> np.ndarray:
    """A place in `shares` per row, as often as each share says."""
    return np.searchsorted(np.cumsum(shares)[:-1], rng.random(count), side="right")
