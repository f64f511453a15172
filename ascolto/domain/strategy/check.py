# SPDX-License-Identifier: Apache-2.0
"""What must always hold, for `ascolto check`: the list to call is that of the decisions themselves, the ledger's copy the ledger."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ascolto.domain.records import guards
from ascolto.domain.strategy import calling, ledger_copy, rewritten
from ascolto.domain.strategy.models import Decision, LedgerKept, ToCall
from ascolto.engine.policy import HUMAN_CHANNELS

Finder = Callable[[Sequence[int]], Iterator[str]]


def verdicts(client_ids: Sequence[int]) -> list[tuple[str, list[str]]]:
    """Each invariant in words, with what breaks it."""
    return [(str(words), list(find(client_ids))) for words, find in INVARIANTS]


def _listed(client_ids: Sequence[int]) -> Iterator[str]:
    for name in guards.missing(connection, calling.TRIGGERS):
        yield _("The database lost its trigger %(name)s: the list to call is not kept.") % {"name": name}
    meant = Decision.objects.filter(
        client_id__in=client_ids, answer=Decision.Answer.ACT, channel__in=HUMAN_CHANNELS, superseded_on__isnull=True
    )
    wanted = set(meant.values_list("pk", "customer__operator_id", "customer__city", *COPIED))
    kept = set(ToCall.objects.filter(client_id__in=client_ids).values_list("pk", "operator_id", "city", *COPIED))
    for pk in sorted({row[0] for row in wanted ^ kept}):
        yield _("Decision %(id)s does not stand in the list to call as it is.") % {"id": pk}


def _copied(client_ids: Sequence[int]) -> Iterator[str]:
    for name in guards.missing(connection, rewritten.TRIGGERS):
        yield _("The database lost its trigger %(name)s: the copy of the ledger is not kept.") % {"name": name}
    for kept in LedgerKept.objects.filter(client_id__in=client_ids).select_related("client"):
        place = ledger_copy.place_of(kept.client_id)
        if count := ledger_copy.differing(kept, place):
            told = {"client": kept.client.slug, "count": count, "place": place}
            yield (
                _(
                    "%(client)s: %(count)s rows differ between the ledger and its copy. Remove the folder %(place)s: the next "
                    "night reads everything anew."
                )
                % told
            )


COPIED = ("customer_id", "step", "segment", "rule", "tone", "priority", "overdue_cents", "balance_cents", "oldest_due_on",
          "best_hour", "until_on")  # fmt: skip
"""What the list to call repeats of each decision, under the same names."""
INVARIANTS: tuple[tuple[Any, Finder], ...] = (
    (gettext_lazy("The list to call is that of the decisions that stand"), _listed),
    (gettext_lazy("The copy of the ledger that large nights read is the ledger"), _copied),
)
