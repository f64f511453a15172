# SPDX-License-Identifier: Apache-2.0
"""THE STORY: one business day of one client, in the order in which it happens.

    (listen)  before, outside of any transaction: the mailboxes are read (config/commands/day.py)
    cash      what the bank told us finds its invoices; what is unsure waits for a person
    promises  those whose day has passed are judged, by cash alone
    plans     the running ones are judged in the same way, instalment by instalment
    papers    open invoices that lack something by our own fault are found: they are not asked for until it is mended
    decide    every customer gets exactly one answer: act, wait until, or blocked by; and why
    measure   the day's figures, from the rows of the day
    (send)    later, and only after a last look: what is in the outbox leaves

Each step is one transaction (deciding a million customers: one per slice of them) and may be run again: killed
anywhere, the day is simply started anew. Two runs at once are refused.
"""

import datetime as dt
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, transaction

from ascolto.domain.access.models import Client
from ascolto.domain.agreements.judging import judge_plans
from ascolto.domain.agreements.owing import set_aside
from ascolto.domain.agreements.promises import judge_promises
from ascolto.domain.agreements.queries import expected_of
from ascolto.domain.debits.settling import settle_collections
from ascolto.domain.ledger.actions import apply_credit_notes, apply_on_account
from ascolto.domain.ledger.cash import apply_cash
from ascolto.domain.strategy import nights
from ascolto.domain.strategy.books import have_moved, keep_judged, keep_state, waiting_before
from ascolto.domain.strategy.decisions import DecisionReport
from ascolto.domain.strategy.figures import measure
from ascolto.domain.strategy.models import Night
from ascolto.domain.strategy.night import Tell, decide_night
from ascolto.domain.strategy.papers import check_papers, to_look_at


@dataclass
class DayReport:
    """What one day did for one client; `seconds` and peak memory (MB of this process) per step."""

    client: str
    as_of: dt.date
    cash: dict[str, Any] = field(default_factory=dict)
    promises: dict[str, int] = field(default_factory=dict)
    plans: dict[str, int] = field(default_factory=dict)
    papers: dict[str, int] = field(default_factory=dict)
    decisions: DecisionReport = field(default_factory=DecisionReport)
    seconds: dict[str, float] = field(default_factory=dict)
    peak_mb: dict[str, int] = field(default_factory=dict)
    parts: dict[str, Any] | None = None

    def as_dict(self) -> dict[str, Any]:
        return {
            "client": self.client, "as_of": self.as_of.isoformat(), "cash": self.cash, "promises": self.promises,
            "plans": self.plans, "papers": self.papers, "decisions": self.decisions.as_dict(), "seconds": self.seconds,
            "peak_mb": self.peak_mb, **({"parts": self.parts} if self.parts else {}),
        }  # fmt: skip


def live(
    *, client: Client, as_of: dt.date, actor: str = "system:day", dry_run: bool = False, workers: int | None = None,
    tell: Tell = lambda done, of: None,
) -> DayReport:  # fmt: skip
    """Live the day `as_of` of `client`. A dry run is the same path, rolled back at the end.

    Refused: `night_at_work` while another run lives a day of the same client.
    """
    if not dry_run:
        return _live(client, as_of, actor, workers, tell)
    with transaction.atomic():
        report = _live(client, as_of, actor, workers, tell)
        transaction.set_rollback(True)
    return report


def _live(client: Client, as_of: dt.date, actor: str, workers: int | None, tell: Tell) -> DayReport:
    report = DayReport(client=client.slug, as_of=as_of)
    night = nights.begin_night(client=client, as_of=as_of)
    with _step(night, report, "cash"):
        collected = settle_collections(client=client, actor=actor, as_of=as_of)
        report.cash = {"settled": 0, "waiting": waiting_before(night)}
        alone = not connection.in_atomic_block  # what was written so far is committed
        money = _apply(client, actor, as_of, report, alone) if have_moved(night, client) else []
        keep_state(night, client)
    with _step(night, report, "promises"):
        report.promises = judge_promises(client=client, as_of=as_of, actor=actor)
    with _step(night, report, "plans"):
        report.plans = judge_plans(client=client, as_of=as_of, actor=actor)
        keep_judged(night, client)
    with _step(night, report, "papers"):
        whose, mark = to_look_at(client, night)
        papers = check_papers(client=client, as_of=as_of, actor=actor, customer_ids=whose)
        report.papers = {"found": papers.found, "closed": papers.closed, "mark": mark}
    moved = bool(collected or money or report.promises or report.plans or papers.customer_ids)
    with _step(night, report, "decide"):
        decided = decide_night(
            night=night, client=client, as_of=as_of, actor=actor, moved=moved, workers=workers, tell=tell
        )
        report.decisions, report.parts = decided.report, decided.parts
    with _step(night, report, "measure"):
        measure(client=client, as_of=as_of, known=decided.figures)
    nights.finish_night(night, report.as_dict())
    return report


def _apply(client: Client, actor: str, as_of: dt.date, report: DayReport, alone: bool) -> list[int]:
    """Credit notes, bank lines, money on account: each finds what it pays. Returns the customers whose money moved."""
    noted = apply_credit_notes(client=client, actor=actor, as_of=as_of)
    cash = apply_cash(client=client, actor=actor, as_of=as_of, expected=expected_of(client.pk), alone=alone)
    used = apply_on_account(client=client, actor=actor, as_of=as_of, aside=set_aside(client.pk))
    report.cash = {"settled": cash.settled, "waiting": cash.waiting}
    return [*noted, *cash.customer_ids, *used]


@contextmanager
def _step(night: Night, report: DayReport, name: str) -> Iterator[None]:
    """One step of the night: said, timed; an error in it gives the night free and goes on its way."""
    nights.go_on(night, name)
    started = time.perf_counter()
    done = False
    try:
        yield
        done = True
    finally:
        report.seconds[name] = round(time.perf_counter() - started, 3)
        report.peak_mb[name] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        if not done:
            nights.give_up_night(night, f"stopped in {name}")
