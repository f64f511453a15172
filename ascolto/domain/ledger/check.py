# SPDX-License-Identifier: Apache-2.0
"""What must always hold in the ledger. Owns: finding where it does not, set by set, and saying it in words."""

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum
from django.utils.translation import gettext as _

from ascolto.domain.ledger.models import Allocation, BankLine, BankStatement, Payment
from ascolto.domain.ledger.sums import live, spent_of_payment, with_balance
from ascolto.domain.portfolio.models import Instalment, Invoice

Finder = Callable[[Sequence[int]], Iterator[str]]


def problems(client_ids: Sequence[int]) -> list[str]:
    """One sentence per invariant that is broken for these clients; empty when everything holds."""
    return [problem for finder in FINDERS for problem in finder(client_ids)]


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
    rows = live(Payment.objects.filter(client_id__in=client_ids, bank_line__isnull=False))
    twice = rows.values_list("bank_line_id").annotate(n=Count("pk")).filter(n__gt=1).order_by()
    for line_id, count in twice:
        yield _("Bank line %(id)s has %(count)s standing payments.") % {"id": line_id, "count": count}
    for pk in rows.exclude(amount_cents=F("bank_line__amount_cents")).values_list("pk", flat=True):
        yield _("Payment %(id)s is not of the amount of its bank line.") % {"id": pk}


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
        ("bank line", BankLine.objects.exclude(client=F("statement__client"))),
    ]
    for word, rows in checks:
        for pk in rows.filter(client_id__in=client_ids).values_list("pk", flat=True):
            yield _("%(what)s %(id)s hangs on another client or customer.") % {"what": word, "id": pk}


def _sums(client_ids: Sequence[int]) -> Iterator[str]:
    """Invoiced less settled is what is open; money in less money allocated is what lies on account."""
    for client_id in client_ids:
        instalments = Instalment.objects.filter(client_id=client_id)
        invoiced = instalments.aggregate(s=Sum("amount_cents"))["s"] or 0
        settled = Allocation.objects.filter(client_id=client_id).aggregate(s=Sum("amount_cents"))["s"] or 0
        still_open = with_balance(instalments).aggregate(s=Sum("balance_cents"))["s"] or 0
        if invoiced - settled != still_open:
            yield _("Client %(id)s: %(invoiced)s invoiced less %(settled)s settled is not %(open)s open (cents).") % {
                "id": client_id, "invoiced": invoiced, "settled": settled, "open": still_open,
            }  # fmt: skip


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


FINDERS: tuple[Finder, ...] = (_instalments, _payments, _reversals, _bank_lines, _tenants, _sums)
