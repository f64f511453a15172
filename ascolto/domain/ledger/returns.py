# SPDX-License-Identifier: Apache-2.0
"""Money that the bank took back: a return line finds the payment that it undoes, and the debt is open again.

Sure only: the same amount and currency, not earlier than the payment, and the same end-to-end id; or else the number
of an invoice that the payment settled, named in the line. One payment and no other must fit, and the bank's reason
must be known; all else waits among the outgoing lines for a person. The returned line and the line of the payment
are set aside together: neither is any customer's money any more, and neither comes up again.
"""

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
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
    lines = list(
        unmatched(BankLine.objects.filter(client=client, amount_cents__lt=0, return_code__isnull=False)).order_by(
            "booked_on", "pk"
        )
    )
    if not lines:
        return ReturnReport()
    found = _pairs(client, lines)
    for line, payment in found:
        _take_back(client, line, payment, actor, as_of)
    cents = -sum(line.amount_cents for line, _payment in found)
    customers = tuple(sorted({payment.customer_id for _line, payment in found}))
    if found:
        record("returns_applied", actor=actor, client_id=client.pk, data={"returned": len(found), "cents": cents})
    return ReturnReport(len(found), len(lines) - len(found), cents, customers)


def _pairs(client: Client, lines: list[BankLine]) -> list[tuple[BankLine, Payment]]:
    """Each line with its one payment; no payment twice."""
    candidates = _candidates(client, {-line.amount_cents for line in lines})
    numbers = _numbers(client, [payment for some in candidates.values() for payment in some])
    taken: set[int] = set()
    found = []
    for line in lines:
        if line.return_code and line.return_code not in return_codes():
            continue
        fitting = [p for p in candidates[-line.amount_cents, line.currency] if p.paid_on <= line.booked_on]
        fitting = [payment for payment in fitting if payment.pk not in taken]
        payment = _only(_same_reference(line, fitting)) or _only(_named(line, fitting, numbers))
        if payment is not None:
            taken.add(payment.pk)
            found.append((line, payment))
    return found


def _candidates(client: Client, amounts: set[int]) -> dict[tuple[int, str], list[Payment]]:
    grouped: dict[tuple[int, str], list[Payment]] = defaultdict(list)
    wanted = sorted(amounts)
    for start in range(0, len(wanted), _CHUNK):
        rows = live(Payment.objects.filter(client=client, kind=Payment.Kind.MONEY))
        rows = rows.filter(amount_cents__in=wanted[start : start + _CHUNK]).select_related("bank_line", "client")
        for payment in rows.order_by("pk"):
            grouped[payment.amount_cents, payment.currency].append(payment)
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


def _same_reference(line: BankLine, payments: Iterable[Payment]) -> list[Payment]:
    wanted = line.end_to_end_id
    return [p for p in payments if wanted and p.bank_line is not None and p.bank_line.end_to_end_id == wanted]


def _named(line: BankLine, payments: Iterable[Payment], numbers: dict[int, set[str]]) -> list[Payment]:
    told = f"{line.reference} {line.remittance} {line.end_to_end_id}"
    return [payment for payment in payments if any(_names(told, number) for number in numbers[payment.pk])]


def _names(told: str, number: str) -> bool:
    """Whether the number stands in the text, by itself and not inside a longer one; too short ones prove nothing."""
    return len(number) >= 4 and bool(re.search(rf"(?<![0-9A-Za-z]){re.escape(number)}(?![0-9A-Za-z])", told))


def _only(payments: list[Payment]) -> Payment | None:
    return payments[0] if len(payments) == 1 else None


def _take_back(client: Client, line: BankLine, payment: Payment, actor: str, as_of: dt.date) -> None:
    why = reason_of(line)
    reverse_payment(payment=payment, reason=why, actor=actor, as_of=as_of, paid_on=line.booked_on)
    for one in filter(None, (line, payment.bank_line)):
        LineAside.objects.create(client=client, bank_line=one, reason=why[:300], author=actor, known_on=as_of)


def reason_of(line: BankLine) -> str:
    """Why the bank took the money back, in words of the active language."""
    code = line.return_code or ""
    if not code:
        return _("Returned by the bank, no reason given")
    row = return_codes().get(code)
    words = row.words(get_language() or "it") if row else code
    return _("Returned by the bank: %(words)s (%(code)s)") % {"words": words, "code": code}
