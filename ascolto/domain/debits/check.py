# SPDX-License-Identifier: Apache-2.0
"""What must always hold between what was presented to banks and the money of the ledger. Owns: finding where it does not."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from django.db.models import F, Q, Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ascolto.domain.debits.models import CollectionOrder
from ascolto.domain.debits.outcomes import KEY
from ascolto.domain.ledger.models import LineAside, Payment
from ascolto.domain.ledger.sums import live

Finder = Callable[[Sequence[int]], Iterator[str]]
State = CollectionOrder.State
GONE = (State.RETURNED, State.REJECTED, State.CANCELLED)


def verdicts(client_ids: Sequence[int]) -> list[tuple[str, list[str]]]:
    """Each invariant in words, with a sentence for every place where it is broken for these clients."""
    return [(str(words), list(finder(client_ids))) for words, finder in INVARIANTS]


def problems(client_ids: Sequence[int]) -> list[str]:
    """One sentence per place where an invariant is broken; empty when everything holds."""
    return [problem for _words, found in verdicts(client_ids) for problem in found]


def _own(client_ids: Sequence[int]) -> Iterator[str]:
    """Flow, instalment, mandate and order are of one client, and of one customer."""
    rows = CollectionOrder.objects.filter(client_id__in=client_ids)
    right = Q(collection__client=F("client"), instalment__client=F("client"), instalment__customer=F("customer"))
    right &= Q(mandate=None) | Q(mandate__client=F("client"), mandate__customer=F("customer"))
    for pk in rows.exclude(right).values_list("pk", flat=True):
        yield _("Order %(id)s of a collection hangs on another client or customer.") % {"id": pk}


def _once(client_ids: Sequence[int]) -> Iterator[str]:
    """What stands as the payments of the orders that bear a number, posted under their key or by a line of that number
    and their amount, is at most what those of them asked that did not come back (a bank may present a number again)."""
    posted, lines = _posted(live(_payments(client_ids))), _on_lines(client_ids)
    amounts: dict[tuple[int, str], set[int]] = defaultdict(set)
    stands, may = Counter[tuple[int, str]](), Counter[tuple[int, str]]()
    rows = _orders(client_ids).values_list("pk", "client_id", "end_to_end_id", "amount_cents", "state")
    for pk, client_id, number, cents, state in rows.iterator(chunk_size=5000):
        key = (client_id, number)
        amounts[key].add(cents)
        stands[key] += posted.get(pk, 0)
        may[key] += 0 if state in GONE else cents
    for key, asked in amounts.items():
        stood = stands[key] + sum(cents for cents in lines.get(key, ()) if cents in asked)
        if stood > may[key]:
            yield _("Orders numbered %(number)s: %(stood)s cents stand as their payments, %(may)s may.") % {
                "number": key[1], "stood": stood, "may": may[key],
            }  # fmt: skip


def _files(client_ids: Sequence[int]) -> Iterator[str]:
    """Orders posted from the credit of a whole file add up to that credit, which is set aside and settles nothing else."""
    sums: dict[tuple[int, str, Any], int] = defaultdict(int)
    posted = _posted(_payments(client_ids).filter(amount_cents__gt=0))
    told = _orders(client_ids).filter(pk__in=list(posted)).select_related("collection")
    for order in told.iterator(chunk_size=1000):
        sums[order.client_id, order.collection.identifier, order.collect_on] += posted[order.pk]
    asides = LineAside.objects.filter(
        client_id__in=client_ids, lifts=None, lifted_by=None, bank_line__amount_cents__gt=0
    )
    credits = [
        (aside.client_id, aside.bank_line.amount_cents,
         f" {aside.bank_line.reference} {aside.bank_line.bank_reference} {aside.bank_line.remittance} ")
        for aside in (asides.select_related("bank_line") if sums else ())
    ]  # fmt: skip
    for (client_id, name, on), cents in sums.items():
        if not any((client_id, cents) == credit[:2] and f" {name}" in credit[2] for credit in credits):
            yield _("File %(name)s of %(day)s: %(cents)s cents were posted for its orders, and no credit of the bank set "
                    "aside for it is as much.") % {"name": name, "day": on.isoformat(), "cents": cents}  # fmt: skip


def _orders(client_ids: Sequence[int]) -> Any:
    return CollectionOrder.objects.filter(client_id__in=client_ids)


def _payments(client_ids: Sequence[int]) -> Any:
    return Payment.objects.filter(client_id__in=client_ids, kind="money")


def _posted(rows: Any) -> dict[int, int]:
    """Cents posted under the key of an order, by order."""
    found = rows.filter(idempotency_key__startswith=KEY).values_list("idempotency_key", "amount_cents")
    return {int(key.removeprefix(KEY)): cents for key, cents in found}


def _on_lines(client_ids: Sequence[int]) -> dict[tuple[int, str], list[int]]:
    """Cents that stand of each bank line that bears an id, by client and id."""
    rows = live(_payments(client_ids)).exclude(bank_line=None).exclude(bank_line__end_to_end_id="")
    summed = rows.order_by().values_list("client_id", "bank_line__end_to_end_id", "bank_line_id")
    found: dict[tuple[int, str], list[int]] = defaultdict(list)
    for client_id, number, _line, cents in summed.annotate(cents=Sum("amount_cents")):
        found[client_id, number].append(cents)
    return found


INVARIANTS: tuple[tuple[Any, Finder], ...] = (
    (gettext_lazy("Every order of a collection is of one client and one customer"), _own),
    (gettext_lazy("An order is collected once, and one that came back is no money"), _once),
    (gettext_lazy("What was posted from a whole file is the bank's credit of it"), _files),
)
