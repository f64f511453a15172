# SPDX-License-Identifier: Apache-2.0
"""THE STORY: one business day of one client, in the order in which it happens.

    cash      what the bank told us finds its invoices; what is unsure waits for a person
    promises  those whose day has passed are judged, by cash alone
    plans     the running ones are judged in the same way, instalment by instalment
    papers    open invoices that lack something by our own fault are found: they are not asked for until it is mended
    decide    every customer gets exactly one answer: act, wait until, or blocked by; and why
    measure   the day's figures, from the rows of the day
    (send)    later, and only after a last look: what is in the outbox leaves

Each step is one transaction and may be run again: killed anywhere, the day is simply started anew.
"""

import datetime as dt
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from ascolto.domain.access.models import Client
from ascolto.domain.agreements.judging import judge_plans
from ascolto.domain.agreements.promises import judge_promises
from ascolto.domain.ledger.actions import apply_credit_notes, apply_on_account
from ascolto.domain.ledger.cash import apply_cash
from ascolto.domain.strategy.actions import close_run, decide_client
from ascolto.domain.strategy.decisions import DecisionReport
from ascolto.domain.strategy.figures import measure
from ascolto.domain.strategy.papers import check_papers


@dataclass
class DayReport:
    """What one day did for one client; `seconds` per step."""

    client: str
    as_of: dt.date
    cash: dict[str, Any] = field(default_factory=dict)
    promises: dict[str, int] = field(default_factory=dict)
    plans: dict[str, int] = field(default_factory=dict)
    papers: dict[str, int] = field(default_factory=dict)
    decisions: DecisionReport = field(default_factory=DecisionReport)
    seconds: dict[str, float] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        return {
            "client": self.client, "as_of": self.as_of.isoformat(), "cash": self.cash, "promises": self.promises,
            "plans": self.plans, "papers": self.papers, "decisions": self.decisions.as_dict(), "seconds": self.seconds,
        }  # fmt: skip

    @contextmanager
    def timed(self, step: str) -> Iterator[None]:
        started = time.perf_counter()
        yield
        self.seconds[step] = round(time.perf_counter() - started, 3)


def live(*, client: Client, as_of: dt.date, actor: str = "system:day", dry_run: bool = False) -> DayReport:
    """Live the day `as_of` of `client`. A dry run is the same path, rolled back at the end."""
    if not dry_run:
        return _live(client, as_of, actor)
    with transaction.atomic():
        report = _live(client, as_of, actor)
        transaction.set_rollback(True)
    return report


def _live(client: Client, as_of: dt.date, actor: str) -> DayReport:
    report = DayReport(client=client.slug, as_of=as_of)
    with report.timed("cash"):
        apply_credit_notes(client=client, actor=actor, as_of=as_of)
        cash = apply_cash(client=client, actor=actor, as_of=as_of)
        apply_on_account(client=client, actor=actor, as_of=as_of)
        report.cash = {"settled": cash.settled, "waiting": cash.waiting}
    with report.timed("promises"):
        report.promises = judge_promises(client=client, as_of=as_of, actor=actor)
    with report.timed("plans"):
        report.plans = judge_plans(client=client, as_of=as_of, actor=actor)
    with report.timed("papers"):
        papers = check_papers(client=client, as_of=as_of, actor=actor)
        report.papers = {"found": papers.found, "closed": papers.closed}
    with report.timed("decide"):
        report.decisions = decide_client(client=client, as_of=as_of, actor=actor)
    with report.timed("measure"):
        measure(client=client, as_of=as_of)
        close_run(client=client, as_of=as_of, report=report.as_dict())
    return report
