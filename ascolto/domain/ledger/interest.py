# SPDX-License-Identifier: Apache-2.0
"""Late interest of a customer, simulated. Owns: which regime serves whom; reads only, posts nothing.

Payments count as they were booked: what settled charges of interest or expenses lowered no capital; what a credit note
took off, or was given up, bears nothing. Charging what is told here is the deed of `charges`.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from django.db.models import Exists, F, Max, OuterRef, Q, QuerySet, Subquery
from django.http import Http404

from ascolto.domain.access.viewer import Viewer, visible
from ascolto.domain.ledger import law_words
from ascolto.domain.ledger.models import Allocation, Payment
from ascolto.domain.ledger.sums import with_balance
from ascolto.domain.portfolio.models import Customer, Instalment, Invoice
from ascolto.engine.due_dates import after_years
from ascolto.engine.interest import Claim, Interest, late_interest, rounded
from ascolto.engine.rows import LawGap, Row
from ascolto.policies import load_law

Warnings = dict[str, dict[str, Any]]


@dataclass(frozen=True)
class InstalmentInterest:
    """One instalment, overdue or paid late. `interest_cents` runs from the day after `runs_from`; None: it does not run
    yet. `until` is the last day of it: the day asked, or the one of the last payment when nothing is open."""

    instalment_id: int
    invoice_id: int
    invoice_number: str
    due_on: dt.date
    balance_cents: int
    regime: str
    runs_from: dt.date | None
    days: int
    interest_cents: int
    if_from_due_cents: int
    fixed_sum_cents: int
    parts: tuple[Interest, ...]
    until: dt.date


@dataclass(frozen=True)
class CustomerInterest:
    """All of a customer's overdue instalments. `gap`: why nothing could be worked out, in words."""

    customer_id: int
    as_of: dt.date
    lines: tuple[InstalmentInterest, ...]
    warnings: tuple[str, ...]
    gap: str = ""

    @property
    def interest_cents(self) -> int:
        return sum(line.interest_cents for line in self.lines)

    @property
    def fixed_sum_cents(self) -> int:
        """The flat sum is due once for each invoice, not for each instalment."""
        return sum({line.invoice_id: line.fixed_sum_cents for line in self.lines}.values())

    @property
    def rows(self) -> tuple[Row, ...]:
        """Every row of law used, each once."""
        return tuple({row.id: row for line in self.lines for part in line.parts for row in part.rows}.values())


def interest_as_of(
    viewer: Viewer, customer_id: int, as_of: dt.date, *, notice_on: dt.date | None = None, from_due: bool = False
) -> CustomerInterest:
    """Simulated late interest of a customer's overdue instalments, cents per instalment. Stranger: Http404.

    Firms and public bodies: D.Lgs. 231/2002 from the due date. Households, and rents of anybody: legal interest,
    from the receipt of the notice (`notice_on`), or from the due date when contract or tariff says so (`from_due`).
    """
    customer = visible(viewer, Customer.objects.all()).filter(pk=customer_id).first()
    if customer is None:
        raise Http404
    return reckon(customer, as_of, notice_on=notice_on, from_due=from_due)


def reckon(
    customer: Customer, as_of: dt.date, *, notice_on: dt.date | None = None, from_due: bool = False
) -> CustomerInterest:
    """As `interest_as_of`, for a verb that knows its customer. Charges bear no interest (art. 1283 c.c.)."""
    open_still = _overdue(customer, as_of).filter(balance_cents__gt=0)
    return _reckon(customer, open_still, as_of, _Starts(notice_on, from_due))


def reckon_paid_late(
    customer: Customer, as_of: dt.date, *, notice_on: dt.date | None = None, from_due: bool = False
) -> CustomerInterest:
    """As `reckon`, of what is paid in full, but late: interest to the day of each payment, the latest first.

    Only what was paid since `claimable_since`: interest older than that is time-barred.
    """
    money = _standing(customer.client_id, as_of).filter(payment__kind=Payment.Kind.MONEY, instalment_id=OuterRef("pk"))
    last = money.order_by().values("instalment_id").annotate(last=Max("paid_on")).values("last")
    rows = _overdue(customer, as_of).filter(Exists(money.filter(paid_on__gt=OuterRef("due_on"))), balance_cents__lte=0)
    rows = rows.annotate(paid_on=Subquery(last)).filter(paid_on__gte=claimable_since(as_of))
    return _reckon(customer, rows.order_by(F("paid_on").desc(), "-pk"), as_of, _Starts(notice_on, from_due))


def claimable_since(as_of: dt.date) -> dt.date:
    """Interest of debts paid before this day cannot be asked any more (five years, art. 2948 n. 4 c.c.)."""
    return after_years(as_of, -load_law.limitation_law().period("5y").years)


def _overdue(customer: Customer, as_of: dt.date) -> QuerySet[Any]:
    rows = Instalment.objects.filter(
        client_id=customer.client_id, customer=customer, invoice__issued_on__lte=as_of, due_on__lt=as_of
    )
    rows = with_balance(rows.exclude(invoice__kind__in=Invoice.CHARGES), as_of)
    return rows.select_related("invoice").order_by("due_on", "pk")


def _reckon(customer: Customer, rows: QuerySet[Any], as_of: dt.date, starts: "_Starts") -> CustomerInterest:
    found = list(rows)
    paid = _paid_late([row.pk for row in found], customer.client_id, as_of)
    try:
        lines = tuple(_line(row, customer.kind, paid[row.pk], as_of, starts) for row in found)
    except LawGap as gap:
        return CustomerInterest(customer.pk, as_of, (), (), law_words.refused(gap).message)
    return CustomerInterest(customer.pk, as_of, lines, _warnings(lines, starts))


@dataclass(frozen=True)
class _Starts:
    notice_on: dt.date | None
    from_due: bool

    def of(self, regime: str, due_on: dt.date, as_of: dt.date) -> dt.date | None:
        """The day after which interest runs; None when it does not yet."""
        if regime == "dlgs231" or self.from_due:
            return due_on
        known = self.notice_on is not None and self.notice_on <= as_of
        return max(due_on, self.notice_on) if known and self.notice_on else None


def regime_of(kind: str, invoice_kind: str) -> str:
    """Who owes by which law: firms and public bodies D.Lgs. 231/2002, households and rents art. 1284 c.c."""
    return "legal" if kind == Customer.Kind.CONSUMER or invoice_kind == Invoice.Kind.RENT else "dlgs231"


def _standing(client_id: int, as_of: dt.date) -> QuerySet[Allocation]:
    """Allocations that stood on a day."""
    return Allocation.objects.filter(
        Q(reversed_by__isnull=True) | Q(reversed_by__known_on__gt=as_of),
        client_id=client_id, known_on__lte=as_of, amount_cents__gt=0,
    )  # fmt: skip


def _paid_late(ids: list[int], client_id: int, as_of: dt.date) -> dict[int, list[tuple[dt.date, int]]]:
    """What money settled of each instalment, by day; one query. A credit note says that a part was never owed."""
    paid: dict[int, list[tuple[dt.date, int]]] = defaultdict(list)
    rows = _standing(client_id, as_of).filter(instalment_id__in=ids, payment__kind=Payment.Kind.MONEY)
    for row in rows.order_by("paid_on", "pk"):
        paid[row.instalment_id].append((row.paid_on, row.amount_cents))
    return paid


def _line(row: Any, kind: str, paid: list[tuple[dt.date, int]], as_of: dt.date, starts: _Starts) -> InstalmentInterest:
    regime = regime_of(kind, row.invoice.kind)
    begin = starts.of(regime, row.due_on, as_of)
    slices = [(cents, min(day, as_of)) for day, cents in paid] + [(row.balance_cents, as_of)]
    until = max(day for cents, day in slices if cents > 0)
    parts = tuple(_parts(slices, begin, regime)) if begin else ()
    from_due = parts if begin == row.due_on else tuple(_parts(slices, row.due_on, regime))
    return InstalmentInterest(
        instalment_id=row.pk, invoice_id=row.invoice_id, invoice_number=row.invoice.number, due_on=row.due_on,
        balance_cents=row.balance_cents, regime=regime, runs_from=begin,
        days=max(0, (until - begin).days) if begin else 0, until=until,
        interest_cents=_sum(parts), if_from_due_cents=_sum(from_due),
        fixed_sum_cents=max((part.fixed_sum_cents for part in parts), default=0), parts=parts,
    )  # fmt: skip


def _parts(slices: list[tuple[int, dt.date]], begin: dt.date, regime: str) -> Iterable[Interest]:
    """Each slice of the instalment bears interest until the day on which it was paid, the rest until now."""
    law = load_law.interest_law()
    return [late_interest(Claim(cents, begin, regime), end, law) for cents, end in slices if cents > 0 and end > begin]


def _sum(parts: Iterable[Interest]) -> int:
    return rounded(sum((part.total for part in parts), Fraction(0)))


def _warnings(lines: tuple[InstalmentInterest, ...], starts: _Starts) -> tuple[str, ...]:
    found: Warnings = {}
    for line in lines:
        if line.regime == "legal" and not starts.from_due:
            found["consumer_needs_mora"] = {}
        for part in line.parts:
            found |= dict(part.warnings)
            found |= {"contract_unknown": {}} if line.regime == "dlgs231" else {}
    return tuple(law_words.warning(code, facts) for code, facts in found.items())
