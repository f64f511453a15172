# SPDX-License-Identifier: Apache-2.0
"""The lines of bills beside the two years of energy and water: what was too old when it was billed, what soon will be.

By period of consumption, line by line, never by invoice (L. 205/2017 art. 1 c. 4-10). Whether a notice was received in the
meantime is in the acts of the claim, not here: a term that is near or past is a question, not a verdict.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from ascolto.domain.access.viewer import Viewer, visible
from ascolto.domain.portfolio.models import Customer, Invoice, InvoiceLine
from ascolto.engine.limitation import BillLine, LineVerdict, PeriodRow, prescribed_lines
from ascolto.policies import load_law

SECTOR = "utility"
NEAR_DAYS = 180
_WORDS = (("gas", ("gas", "metano", "smc")), ("water", ("acqua", "idric", "acquedott", "fognatur", "depurazion")))


@dataclass(frozen=True)
class Told:
    """A line and what the two years say of it. `flag`: "", prescribed (part of it, when billed), past, near.

    `sure`: a household; for other customers the rule holds only if they are professionals or micro-enterprises."""

    line: InvoiceLine
    flag: str = ""
    verdict: LineVerdict | None = None
    row: PeriodRow | None = None
    sure: bool = True


def lines_of(
    viewer: Viewer, invoices: Sequence[Invoice], customer: Customer, as_of: dt.date, owed: Collection[int]
) -> dict[int, list[Told]]:
    """The lines of some invoices of one customer, by invoice: one query. Only what is `owed` (ids) is flagged."""
    by_id = {invoice.pk: invoice for invoice in invoices}
    found: dict[int, list[Told]] = defaultdict(list)
    rows = visible(viewer, InvoiceLine.objects.all()).filter(invoice__in=list(by_id)).order_by("invoice", "position")
    for line in rows:
        known = told(line, by_id[line.invoice_id], customer, as_of) if line.invoice_id in owed else Told(line)
        found[line.invoice_id].append(known)
    return found


def told(line: InvoiceLine, invoice: Invoice, customer: Customer, as_of: dt.date) -> Told:
    """What the two years say of one line of a bill."""
    start, end = line.period_from or line.period_to, line.period_to or line.period_from
    ruled = customer.client.sector == SECTOR and customer.kind != Customer.Kind.PUBLIC
    if start is None or end is None or not ruled or invoice.kind == Invoice.Kind.CREDIT_NOTE:
        return Told(line)
    law, service = load_law.limitation_law(), service_of([line.description, invoice.description])
    row = law.period("utility_2y", service)
    if row.bills_due_after is not None and invoice.issued_on <= row.bills_due_after:
        return Told(line)
    bill = BillLine(str(line.position), start, end, line.amount_cents or 0)
    [verdict] = prescribed_lines([bill], invoice.issued_on, law, service, load_law.bill_days())
    left = (verdict.last_day - as_of).days
    flag = "prescribed" if verdict.prescribed_to else "past" if left < 0 else "near" if left <= NEAR_DAYS else ""
    return Told(line, flag, verdict, row, customer.kind == Customer.Kind.CONSUMER)


def service_of(texts: Iterable[str]) -> str:
    """Which supply the words speak of; electricity when they do not say."""
    said = " ".join(texts).casefold()
    return next((name for name, words in _WORDS if any(word in said for word in words)), "electricity")
