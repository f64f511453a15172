# SPDX-License-Identifier: Apache-2.0
"""Money that the bank took back: a return line finds the payment that it undoes, and the debt is open again.

Sure only: the same amount and currency, not earlier than the payment, and the same end-to-end id; or else the number
of an invoice that the payment settled, named in the line. One payment and no other must fit (all of them, of a line
that a person split over several customers), and the bank's reason must be known; all else waits among the outgoing
lines for a person. The returned line and the line of the payment
are set aside together: neither is any customer's money any more, and neither comes up again.
"""

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from ascolto.domain.access.models import Client
from ascolto.domain.ledger.actions import lock, reverse_payment
from ascolto.domain.ledger.models import Allocation, BankLine, LineAside, Payment
from ascolto.domain.ledger.sums import live, unmatched
from ascolto.domain.records.actions import record
from ascolto.policies.load_bank import return_codes

_CHUNK = 500


@dataclass(frozen=True)
class ReturnReport:
    """What a run did. `customer_ids`: whose debt is open again, to be decided upon anew."""

    returned: int = 0
    waiting: int = 0
    cents: int = 0
    customer_ids: tuple[int, ...] = ()


@transaction.atomic
def apply_returns(*, client: Client, actor: str, as_of: dt.date) -> ReturnReport:
    """Undo the payments that the bank's return lines take back. Run again, it changes nothing."""
    client = lock(client)
    rows = unmatched(BankLine.objects.filter(client=client, amount_cents__lt=0, return_code__isnull=False))
    lines = sorted(rows, key=lambda line: (line.booked_on, line.pk))  # asked for in order, SQLite would walk every day
    if not lines:
        return ReturnReport()
    found = _pairs(client, lines)
    for line, made in found:
        _take_back(client, line, made, actor, as_of)
    cents = -sum(line.amount_cents for line, _made in found)
    customers = tuple(sorted({payment.customer_id for _line, made in found for payment in made}))
    if found:
        record("returns_applied", actor=actor, client_id=client.pk, data={"returned": len(found), "cents": cents})
    return ReturnReport(len(found), len(lines) - len(found), cents, customers)


Made = tuple[Payment, ...]
"""What one bank line became: one payment, or several when a person split it over several customers."""


def _pairs(client: Client, lines: list[BankLine]) -> list[tuple[BankLine, Made]]:
    """Each line with what it undoes; nothing twice."""
    candidates = _candidates(client, {-line.amount_cents for line in lines})
    numbers = _numbers(client, [payment for some in candidates.values() for made in some for payment in made])
    taken: set[int] = set()
    found = []
    for line in lines:
        if line.return_code and line.return_code not in return_codes():
            continue
        fitting = [made for made in candidates[-line.amount_cents, line.currency] if made[0].paid_on <= line.booked_on]
        fitting = [made for made in fitting if made[0].pk not in taken]
        made = _only(_same_reference(line, fitting)) or _only(_named(line, fitting, numbers))
        if made is not None:
            taken.add(made[0].pk)
            found.append((line, made))
    return found


def _candidates(client: Client, amounts: set[int]) -> dict[tuple[int, str], list[Made]]:
    """By the whole amount that came in: the bank takes back a line, never one customer's part of it."""
    grouped: dict[tuple[int, str], list[Made]] = defaultdict(list)
    wanted = sorted(amounts)
    for start in range(0, len(wanted), _CHUNK):
        some = wanted[start : start + _CHUNK]
        rows = live(Payment.objects.filter(client=client, kind=Payment.Kind.MONEY))
        rows = rows.filter(Q(bank_line=None, amount_cents__in=some) | Q(bank_line__amount_cents__in=some))
        by_line: dict[int, list[Payment]] = defaultdict(list)
        for payment in rows.select_related("bank_line", "client").order_by("pk"):
            by_line[payment.bank_line_id or -payment.pk].append(payment)
        for made in by_line.values():
            came = made[0].bank_line.amount_cents if made[0].bank_line else made[0].amount_cents
            grouped[came, made[0].currency].append(tuple(made))
    return grouped


def _numbers(client: Client, payments: list[Payment]) -> dict[int, set[str]]:
    """Payment -> the numbers of the invoices that it settled."""
    found: dict[int, set[str]] = defaultdict(set)
    ids = [payment.pk for payment in payments]
    for start in range(0, len(ids), _CHUNK):
        rows = Allocation.objects.filter(client=client, payment_id__in=ids[start : start + _CHUNK], amount_cents__gt=0)
        for payment_id, number in rows.values_list("payment_id", "instalment__invoice__number"):
            found[payment_id].add(number)
    return found


def _same_reference(line: BankLine, some: Iterable[Made]) -> list[Made]:
    wanted = line.end_to_end_id
    return [made for made in some if wanted and made[0].bank_line and made[0].bank_line.end_to_end_id == wanted]


def _named(line: BankLine, some: Iterable[Made], numbers: dict[int, set[str]]) -> list[Made]:
    told = f"{line.reference} {line.remittance} {line.end_to_end_id}"
    return [made for made in some if any(_names(told, number) for p in made for number in numbers[p.pk])]


def _names(told: str, number: str) -> bool:
    """Whether the number stands in the text, by itself and not inside a longer one; too short ones prove nothing."""
    return len(number) >= 4 and bool(re.search(rf"(?<![0-9A-Za-z]){re.escape(number)}(?![0-9A-Za-z])", told))


def _only(some: list[Made]) -> Made | None:
    return some[0] if len(some) == 1 else None


def _take_back(client: Client, line: BankLine, made: Made, actor: str, as_of: dt.date) -> None:
    why = reason_of(line)
    for payment in made:
        reverse_payment(payment=payment, reason=why, actor=actor, as_of=as_of, paid_on=line.booked_on)
    for one in filter(None, (line, made[0].bank_line)):
        LineAside.objects.create(client=client, bank_line=one, reason=why[:300], author=actor, known_on=as_of)


def reason_of(line: BankLine) -> str:
    """Why the bank took the money back, in words of the active language."""
    code = line.return_code or ""
    if not code:
        return _("Returned by the bank, no reason given")
    row = return_codes().get(code)
    words = row.words(get_language() or "it") if row else code
    return _("Returned by the bank: %(words)s (%(code)s)") % {"words": words, "code": code}
