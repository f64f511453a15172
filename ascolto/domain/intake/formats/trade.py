# SPDX-License-Identifier: Apache-2.0
"""What UBL and CII invoices share: the code lists of EN 16931, and how its totals and terms become ours.

Both are spellings of one model (EN 16931-1): BT-112 is the total with VAT, BT-115 what is left to pay after what was
prepaid. Neither is signed by the type of the document, as in FatturaPA: a credit note writes what it gives back.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from ..documents import Instalment
from ..problems import Findings
from .identifiers import iban_ok, looks_like_iban
from .values import in_units

MAX_LINES = 50
SPLIT_PAYMENT = "B"  # UNTDID 5305: VAT that the buyer pays to the State (DPR 633/72 art. 17-ter)
# UNTDID 1001, as far as EN 16931 allows them (BT-3); the others warn and count as invoices.
CREDIT_NOTES = frozenset({"81", "83", "261", "262", "296", "308", "381", "396", "420", "458", "502", "503", "532"})
NO_RECEIVABLE = frozenset(
    {"325"}
)  # a pro forma asks for nothing yet; self-billing (389) is owed to the seller it names
_INVOICES = (
    "71 80 82 84 102 130 202 203 204 211 218 219 295 326 331 380 382 383 384 385 386 387 388 389 390 393 394 395 456 457 "
    "471 472 473 500 501 527 553 575 623 633 751 780 817 870 875 876 877 935"
)
DOCUMENT_TYPES = CREDIT_NOTES | NO_RECEIVABLE | frozenset(_INVOICES.split())


class Means(NamedTuple):
    """How to pay: a code of UNTDID 4461 as written, the account, the reference to give, and a date when it has one."""

    method: str = ""
    iban: str = ""
    reference: str = ""
    due: date | None = None


class Term(NamedTuple):
    """One line of payment terms: a date, and its part in cents or in hundredths of a per cent of what is payable."""

    due: date | None
    cents: int | None
    percent: int | None
    means: Means


class Sums(NamedTuple):
    """The totals as written; None where the file does not say."""

    inclusive: int | None
    exclusive: int | None
    tax: int | None
    prepaid: int | None
    rounding: int | None
    payable: int | None
    withholding: int = 0
    split: bool = False
    split_vat: int = 0


class Totals(NamedTuple):
    """Total with VAT, whether it was computed, what is left to pay by the file, and the net of what the State gets."""

    total_cents: int
    computed: bool
    payable_cents: int
    due_cents: int


def totals(sums: Sums, findings: Findings, row: int | None, field: str) -> Totals | None:
    """The totals, completed from each other; None and an error when there is nothing to begin with."""
    prepaid, rounding = sums.prepaid or 0, sums.rounding or 0
    total, computed = sums.inclusive, sums.inclusive is None
    if total is None and sums.exclusive is not None:
        total = sums.exclusive + (sums.tax or 0)
    elif total is None and sums.payable is not None:
        total = sums.payable + prepaid - rounding
    if total is None:
        findings.add("total.unknown", row=row, field=field)
        return None
    if computed:
        findings.add("total.computed", row=row, field=field, total=in_units(total))
    elif sums.exclusive is not None and sums.tax is not None and abs(sums.exclusive + sums.tax - total) > 1:
        summary = in_units(sums.exclusive + sums.tax)
        findings.add("total.differs", row=row, field=field, stated=in_units(total), summary=summary)
    gross = total - prepaid + rounding
    payable = gross if sums.payable is None else sums.payable
    taken = sums.withholding + sums.split_vat
    return Totals(total, computed, payable, payable - taken if taken and abs(payable - gross) <= 1 else payable)


def instalments(
    terms: Sequence[Term], means: Means, due_on: date | None, payable: int, findings: Findings, row: int | None
) -> tuple[Instalment, ...]:
    """The parts that the terms name when they add up; else one of all that is payable, at the date of the document.

    Several dates without amounts cannot be told apart: the last one is taken, and it is said. Nothing is to be paid, or
    neither date nor means are given: no instalment, as in a FatturaPA without DatiPagamento."""
    if not payable:
        return ()
    parts = _parts(terms, payable)
    if parts:
        return tuple(_instalment(part.due or due_on, part.cents or 0, part.means) for part in parts)
    dates = sorted({term.due for term in terms if term.due is not None})
    if due_on is None and len(dates) > 1:
        findings.add("terms.undivided", row=row, field="PaymentTerms", used=dates[-1].isoformat())
    due = due_on or (dates[-1] if dates else means.due)
    return (_instalment(due, payable, means),) if due or means.method or means.iban else ()


def _parts(terms: Sequence[Term], payable: int) -> list[Term]:
    """The terms with amounts, when they are the whole; a sum that repeats the whole beside its parts is left out."""
    shares = [term for term in terms if term.percent is not None and term.cents is None]
    if shares and sum(term.percent or 0 for term in shares) == 100_00:
        parts = [term._replace(cents=payable * (term.percent or 0) // 100_00) for term in shares]
        rest = payable - sum(term.cents or 0 for term in parts[:-1])
        return [*parts[:-1], parts[-1]._replace(cents=rest)]
    known = [term for term in terms if term.cents]
    for found in (known, [term for term in known if term.due is not None]):
        if abs(sum(term.cents or 0 for term in found) - payable) <= 1:
            return found
    return []


def _instalment(due: date | None, cents: int, means: Means) -> Instalment:
    return Instalment(due=due, cents=cents, method=means.method, iban=means.iban, payment_reference=means.reference)


def account(written: str, findings: Findings, row: int | None) -> str:
    """An IBAN; "" for an account number of another kind. Wrong check digits only warn."""
    iban = written.replace("-", "").replace(".", "")
    if not looks_like_iban(iban):
        return ""
    if not iban_ok(iban):
        findings.add("iban.check_digit", row=row, field="IBAN", value=iban)
    return iban


def tender(written: str) -> str:
    """BT-17 where it is an Italian CIG (ten letters or digits); "" otherwise."""
    return written if len(written) == 10 and written.isalnum() else ""


def project(written: str) -> str:
    """BT-11 where it is an Italian CUP (fifteen letters or digits); "" otherwise."""
    return written if len(written) == 15 and written.isalnum() else ""
