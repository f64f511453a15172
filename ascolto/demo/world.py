# SPDX-License-Identifier: Apache-2.0
"""How large a world is to be lived, from when to when, and on which days the strategy decides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from ascolto.demo.clients import CLIENTS, DemoClient
from ascolto.demo.days import DEMO_START, DEMO_TODAY, bank_day, bank_days

MANDATE_FROM = date(2026, 2, 23)
"""Before it the files of two months are taken in and their cash is matched: the portfolio as it was entrusted."""
WEEKLY_FROM = date(2026, 10, 12)
DAILY_FROM = date(2026, 11, 16)
"""The strategy decides every other week at first, then weekly, then every bank day: a missed night is caught up."""


@dataclass(frozen=True)
class World:
    """One demo world. `sizes`: customers per client (a client without a size is left out)."""

    home: Path
    sizes: Mapping[str, int] = field(default_factory=lambda: {client.slug: client.size for client in CLIENTS})
    first: date = DEMO_START
    last: date = DEMO_TODAY
    mandate_from: date = MANDATE_FROM
    weekly_from: date = WEEKLY_FROM
    daily_from: date = DAILY_FROM
    seed: str = "1"

    @property
    def clients(self) -> tuple[DemoClient, ...]:
        return tuple(client for client in CLIENTS if client.slug in self.sizes)

    @property
    def days(self) -> tuple[date, ...]:
        return tuple(bank_days(self.first, self.last))

    @property
    def post_from(self) -> date:
        """From this day on messages leave one by one through the sender, and are kept as files."""
        return self.last - timedelta(days=3)

    def decides(self, day: date) -> bool:
        """Whether the files of `day` are taken in and its night is lived."""
        if day >= self.daily_from or day == self.last:
            return True
        monday = day - timedelta(days=day.weekday())
        return day == bank_day(monday) and (day >= self.weekly_from or monday.isocalendar().week % 2 == 0)
