# SPDX-License-Identifier: Apache-2.0
"""Which clock a case runs by, until when, and what a late answer owes. Standards are data of policies (care.toml)."""

import datetime as dt
from dataclasses import dataclass

from ascolto.domain.care.models import CareCase
from ascolto.engine.clocks import Standard, complaint_clock
from ascolto.engine.rows import LawGap
from ascolto.policies import load
from ascolto.policies.load_law import rows

OWN = "own"


@dataclass(frozen=True)
class CaseClock:
    """The row that sets the deadline (`own`: our own standard) and the last day in time."""

    id: str
    answer_by: dt.date


def clock_for(sector: str, kind: str, topic: str, received_on: dt.date) -> CaseClock:
    """By the standard of the law in force on the day of receipt; where there is none, by our own days."""
    known = load.care_clocks()
    for one in known.standard:
        if sector in one.sectors and kind in one.kinds and (not one.topics or topic in one.topics):
            try:
                found = complaint_clock(one.service, received_on, _standards())
            except LawGap:
                continue
            return CaseClock(found.row.id, found.answer_by)
    return CaseClock(OWN, received_on + dt.timedelta(days=known.days))


def _standards() -> tuple[Standard, ...]:
    return rows("complaints", Standard)


def row_of(case: CareCase) -> Standard | None:
    """The row of law that set the deadline of `case`; None when it was our own standard, or a person."""
    return next((row for row in _standards() if row.id == case.clock), None)


def indemnity(case: CareCase, answered_on: dt.date) -> int:
    """Cents owed when `case` is answered on a day: by the row of law or by the client's charter, whichever gives more."""
    row, promised = row_of(case), 0
    if case.promised_by is not None and answered_on > case.promised_by:
        promised = case.promised_cents
    if row is None:
        return promised
    told = complaint_clock(row.service, case.since, [row], answered=max(answered_on, case.since))
    return max(told.indemnity_cents, promised)
