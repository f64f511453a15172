# SPDX-License-Identifier: Apache-2.0
"""Complaint clocks (TIQV). Owns: the day by which an answer is due and the indemnity when it comes later; what a
client's own charter promises beside the law.

Past the standard one step is due, past twice the standard two, and so on up to the row's limit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from .reading import PolicyError
from .rows import LawGap, Row, row_on

SERVICES = ("complaint", "correction", "correction_four_monthly", "double_billing", "information")


@dataclass(frozen=True, kw_only=True)
class Standard(Row):
    """`days` to answer; `step_cents` for each of at most `steps` times that the standard is exceeded."""

    service: str
    days: int
    step_cents: int
    steps: int


@dataclass(frozen=True)
class ServiceTerms:
    """What a client's charter of services promises: an answer within `answer_days`, and `late_cents` to the customer when
    it comes later. It stands beside the law's standard: the earlier day and the larger sum bind."""

    answer_days: int
    late_cents: int = 0

    def __post_init__(self) -> None:
        if not 1 <= self.answer_days <= 365:
            raise PolicyError(f"answer_days {self.answer_days}: between 1 and 365")
        if not 0 <= self.late_cents <= 1_000_00:
            raise PolicyError(f"late_cents {self.late_cents}: between 0 and 100000")

    def answer_by(self, received: date) -> date:
        return received + timedelta(days=self.answer_days)


@dataclass(frozen=True)
class Clock:
    received: date
    answer_by: date
    days: int | None  # from receipt to answer, or to the day it is looked at
    indemnity_cents: int
    next_step_on: date | None  # the day on which the indemnity rises, while nobody has answered
    row: Standard


def complaint_clock(
    service: str, received: date, standards: Sequence[Standard], answered: date | None = None, as_of: date | None = None
) -> Clock:
    """The clock of one complaint; without an answer, as it stands on `as_of`. The row is that of the receipt's day.

    Raises LawGap: 'unknown_kind', 'before_table', 'answered_before'.
    """
    rows = [row for row in standards if row.service == service]
    if not rows:
        raise LawGap("unknown_kind", kind=service)
    row = row_on(rows, received, "complaints")
    until = answered or as_of
    if until is not None and until < received:
        raise LawGap("answered_before", day=until, starts=received)
    days = None if until is None else (until - received).days
    steps = _steps(days, row)
    rising = answered is None and days is not None and steps < row.steps
    rises = received + timedelta(days=row.days * (steps + 1) + 1) if rising else None
    return Clock(received, received + timedelta(days=row.days), days, steps * row.step_cents, rises, row)


def _steps(days: int | None, row: Standard) -> int:
    return 0 if not days else min(row.steps, (days - 1) // row.days)
