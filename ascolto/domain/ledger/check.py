# SPDX-License-Identifier: Apache-2.0
"""What must always hold in the ledger. Owns: finding where it does not, set by set, and saying it in words."""

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Any

from django.db import connection
from django.db.models import F, Q, QuerySet, Sum, Window
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ascolto.domain.ledger import guards
from ascolto.domain.ledger.models import Allocation, BankLine, BankStatement, Charge, Payment
from ascolto.domain.ledger.sums import spent_of_payment, with_balance
from ascolto.domain.portfolio.models import Instalment, Invoice

Finder = Callable[[Sequence[int]], Iterator[str]]


def verdicts(client_ids: Sequence[int]) -> list[tuple[str, list[str]]]:
    """Each invariant in words, with a sentence for every place where it is broken for these clients."""
    return [(str(words), list(finder(client_ids))) for words, finder in INVARIANTS]


def problems(client_ids: Sequence[int]) -> list[str]:
    """One sentence per place where an invariant is broken; empty when everything holds."""
    return [problem for _words, found in verdicts(client_ids) for problem in found]


def _instalments(client_ids: Sequence[int]) -> Iterator[str]:
    rows = with_balance(Instalment.objects.filter(client_id__in=client_ids))
    for row in rows.filter(Q(balance_cents__lt=0) | Q(balance_cents__gt=F("amount_cents"))):
        yield _("Instalment %(id)s of %(amount)s cents has a balance of %(balance)s cents.") % {
            "id": row.pk, "amount": row.amount_cents, "balance": row.balance_cents,
        }  # fmt: skip


def _payments(client_ids: Sequence[int]) -> Iterator[str]:
    rows = Payment.objects.filter(client_id__in=client_ids, reverses=None).annotate(spent=spent_of_payment())
    for row in rows.filter(Q(spent__lt=0) | Q(spent__gt=F("amount_cents"))):
        yield _("Payment %(id)s of %(amount)s cents has allocated %(spent)s cents.") % {
            "id": row.pk, "amount": row.amount_cents, "spent": row.spent,
        }  # fmt: skip
    for row in rows.filter(reversed_by__isnull=False).exclude(spent=0):
        yield _("Payment %(id)s was undone but %(spent)s cents of it still settle something.") % {
            "id": row.pk, "spent": row.spent,
        }  # fmt: skip


def _reversals(client_ids: Sequence[int]) -> Iterator[str]:
    twins = Payment.objects.filter(client_id__in=client_ids, reverses__isnull=False)
    wrong = ~Q(amount_cents=-F("reverses__amount_cents")) | ~Q(customer=F("reverses__customer"))
    for pk in twins.filter(wrong | ~Q(client=F("reverses__client"))).values_list("pk", flat=True):
        yield _("Reversal %(id)s is not the negative of what it reverses.") % {"id": pk}
    pairs = Allocation.objects.filter(client_id__in=client_ids, reverses__isnull=False)
    wrong = ~Q(amount_cents=-F("reverses__amount_cents")) | ~Q(instalment=F("reverses__instalment"))
    for pk in pairs.filter(wrong | ~Q(payment=F("reverses__payment"))).values_list("pk", flat=True):
        yield _("Allocation %(id)s is not the negative of what it reverses.") % {"id": pk}


def _bank_lines(client_ids: Sequence[int]) -> Iterator[str]:
    """A reversal is a negative payment of the same line, so the sum over all is what stands."""
    rows = Payment.objects.filter(client_id__in=client_ids, bank_line__isnull=False)
    summed = rows.values_list("bank_line_id", "bank_line__amount_cents").annotate(given=Sum("amount_cents")).order_by()
    for line_id, amount, given in summed.filter(Q(given__lt=0) | Q(given__gt=F("bank_line__amount_cents"))):
        yield _("Bank line %(id)s of %(amount)s cents has standing payments of %(given)s cents.") % {
            "id": line_id, "amount": amount, "given": given,
        }  # fmt: skip


def _tenants(client_ids: Sequence[int]) -> Iterator[str]:
    """A row whose parent belongs to another client, or to another customer."""
    checks: list[tuple[str, QuerySet[Any]]] = [
        ("instalment", Instalment.objects.exclude(client=F("invoice__client"), customer=F("invoice__customer"))),
        ("invoice", Invoice.objects.exclude(client=F("customer__client"))),
        ("payment", Payment.objects.exclude(client=F("customer__client"))),
        ("payment", Payment.objects.filter(bank_line__isnull=False).exclude(client=F("bank_line__client"))),
        ("allocation", Allocation.objects.exclude(client=F("payment__client"))),
        ("allocation", Allocation.objects.exclude(client=F("instalment__client"))),
        ("allocation", Allocation.objects.exclude(payment__customer=F("instalment__customer"))),
        ("charge", Charge.objects.exclude(client=F("instalment__client"), of_invoice__client=F("client"))),
        ("charge", Charge.objects.exclude(of_invoice__customer=F("instalment__customer"))),
        ("bank line", BankLine.objects.exclude(client=F("statement__client"))),
    ]
    for word, rows in checks:
        for pk in rows.filter(client_id__in=client_ids).values_list("pk", flat=True):
            yield _("%(what)s %(id)s hangs on another client or customer.") % {"what": word, "id": pk}


def _sums(client_ids: Sequence[int]) -> Iterator[str]:
    """Per client: what was invoiced less what was paid, credited and written off is what is open, to the cent."""
    rows = Instalment.objects.filter(client_id__in=client_ids)
    invoiced = _by_client(rows, "amount_cents")
    still_open = _by_client(with_balance(rows), "balance_cents")
    settled: dict[int, dict[str, int]] = {}
    kinds = Allocation.objects.filter(client_id__in=client_ids).values_list("client_id", "payment__kind").order_by()
    for client_id, kind, cents in kinds.annotate(s=Sum("amount_cents")):
        settled.setdefault(client_id, {})[kind] = cents
    for client_id in client_ids:
        by = settled.get(client_id, {})
        expected = invoiced.get(client_id, 0) - sum(by.values())
        if expected != still_open.get(client_id, 0):
            yield _("Client %(id)s: %(invoiced)s invoiced less %(paid)s paid, %(credited)s credited and %(written)s "
                    "written off is not %(open)s open (cents).") % {
                "id": client_id, "invoiced": invoiced.get(client_id, 0), "paid": by.get("money", 0),
                "credited": by.get("credit_note", 0), "written": by.get("write_off", 0),
                "open": still_open.get(client_id, 0),
            }  # fmt: skip


def _by_client(rows: QuerySet[Any], field: str) -> dict[int, int]:
    return dict(rows.order_by().values_list("client_id").annotate(s=Sum(field)))


def _every_day(client_ids: Sequence[int]) -> Iterator[str]:
    """As of no day was less than nothing settled, or more of a payment used than came in: running sums, one query each.

    A day is told as its end, with all that became known on it. How much an instalment may bear is asked of today only:
    its amount may have been corrected since.
    """
    rows = Allocation.objects.filter(client_id__in=client_ids)
    for name in ("instalment_id", "payment_id"):
        summed = Window(Sum("amount_cents"), partition_by=[F("client_id"), F(name)], order_by=F("known_on").asc())
        wrong = Q(running__lt=0) | (Q(running__gt=F("payment__amount_cents")) if name == "payment_id" else Q())
        told = rows.annotate(running=summed).filter(wrong).values_list(name, "known_on", "running").order_by("known_on")
        for pk, on, cents in told:
            yield _("On %(day)s %(what)s %(id)s had %(cents)s cents allocated.") % {
                "day": on.isoformat(), "what": name.removesuffix("_id"), "id": pk, "cents": cents,
            }  # fmt: skip


def _guarded(client_ids: Sequence[int]) -> Iterator[str]:
    """The triggers that refuse UPDATE and DELETE stand in the database itself."""
    for name in guards.missing(connection):
        yield _("The database lost its guard %(name)s: rows could be changed.") % {"name": name}


def differences(client_ids: Sequence[int]) -> list[str]:
    """Statements that do not tie, in themselves or with the one before: shown to a person, not an error of ours."""
    return [*_own_differences(client_ids), *_chain_differences(client_ids)]


def _own_differences(client_ids: Sequence[int]) -> Iterator[str]:
    rows = BankStatement.objects.filter(
        client_id__in=client_ids, opening_cents__isnull=False, closing_cents__isnull=False
    )
    for row in rows.annotate(moved=Sum("lines__amount_cents")).order_by("iban", "closing_on", "pk"):
        differs = (row.closing_cents or 0) - (row.opening_cents or 0) - (row.moved or 0)
        if differs:
            yield _("Statement %(number)s of %(iban)s: closing is not opening plus entries, by %(cents)s cents.") % {
                "number": row.number or row.pk, "iban": row.iban, "cents": differs,
            }  # fmt: skip


def _chain_differences(client_ids: Sequence[int]) -> Iterator[str]:
    rows = BankStatement.objects.filter(client_id__in=client_ids, opening_on__isnull=False, closing_on__isnull=False)
    for before, after in pairwise(rows.order_by("client_id", "iban", "closing_on", "pk")):
        same = (before.client_id, before.iban) == (after.client_id, after.iban)
        if (
            same
            and None not in (before.closing_cents, after.opening_cents)
            and before.closing_cents != after.opening_cents
        ):
            yield _("Account %(iban)s: %(after)s does not begin where %(before)s ended; one may be missing.") % {
                "iban": after.iban, "after": after.number or after.pk, "before": before.number or before.pk,
            }  # fmt: skip


INVARIANTS: tuple[tuple[Any, Finder], ...] = (
    (gettext_lazy("No instalment is settled beyond its amount"), _instalments),
    (gettext_lazy("No payment settles more than came in"), _payments),
    (gettext_lazy("Every reversal takes back exactly what it reverses"), _reversals),
    (gettext_lazy("A bank line never pays more than its own amount, to however many customers"), _bank_lines),
    (gettext_lazy("Nothing hangs on another client or customer"), _tenants),
    (gettext_lazy("Invoiced less paid, credited and written off is what is open"), _sums),
    (gettext_lazy("This held on every day, not only today"), _every_day),
    (gettext_lazy("The database itself refuses to change or delete a row of the ledger"), _guarded),
)
