# SPDX-License-Identifier: Apache-2.0
"""What must always hold in plans. Owns: finding where it does not, set by set, and saying it in words."""

from collections.abc import Callable, Iterator, Sequence

from django.db.models import F, Q, Sum, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ascolto.domain.agreements.models import Plan, PlanCover, PlanInstalment

Finder = Callable[[Sequence[int]], Iterator[str]]


def verdicts(client_ids: Sequence[int]) -> list[tuple[str, list[str]]]:
    """Each invariant in words, with a sentence for every place where it is broken for these clients."""
    return [(str(words), list(finder(client_ids))) for words, finder in INVARIANTS]


def problems(client_ids: Sequence[int]) -> list[str]:
    """One sentence per place where an invariant is broken; empty when everything holds."""
    return [problem for _words, found in verdicts(client_ids) for problem in found]


def _calendars(client_ids: Sequence[int]) -> Iterator[str]:
    """A calendar adds up to its plan, in all and in interest; the capital is what the plan covers."""
    rows = Plan.objects.filter(client_id__in=client_ids).annotate(
        parts=Coalesce(Sum("instalments__amount_cents"), Value(0)),
        interest=Coalesce(Sum("instalments__interest_cents"), Value(0)),
    )
    for plan in rows.exclude(parts=F("total_cents"), interest=F("interest_cents")):
        yield _("Plan %(id)s of %(total)s cents, %(interest)s of them interest: its calendar adds up to %(parts)s "
                "and %(of_it)s.") % {
            "id": plan.pk, "total": plan.total_cents, "interest": plan.interest_cents, "parts": plan.parts,
            "of_it": plan.interest,
        }  # fmt: skip
    covered = dict(
        PlanCover.objects.filter(client_id__in=client_ids).order_by().values_list("plan_id").annotate(c=Sum("balance_cents"))
    )  # fmt: skip
    for pk, total, interest in rows.values_list("pk", "total_cents", "interest_cents"):
        if covered.get(pk, 0) != total - interest:
            yield _("Plan %(id)s covers %(covered)s cents and its capital is %(capital)s.") % {
                "id": pk, "covered": covered.get(pk, 0), "capital": total - interest,
            }  # fmt: skip


def _days(client_ids: Sequence[int]) -> Iterator[str]:
    """Instalments follow each other, and one is met or missed, never both."""
    seen: dict[int, PlanInstalment] = {}
    for part in PlanInstalment.objects.filter(client_id__in=client_ids).order_by("plan_id", "number"):
        before = seen.get(part.plan_id)
        if before and (part.due_on <= before.due_on or part.number != before.number + 1):
            yield _("Plan %(id)s: instalment %(n)s does not follow the one before.") % {
                "id": part.plan_id, "n": part.number,
            }  # fmt: skip
        if part.met_on and part.missed_on:
            yield _("Plan %(id)s: instalment %(n)s is both met and missed.") % {"id": part.plan_id, "n": part.number}
        seen[part.plan_id] = part


def _interest(client_ids: Sequence[int]) -> Iterator[str]:
    """Interest bears its rows of law, and nobody pays more of it than was agreed."""
    rows = Plan.objects.filter(client_id__in=client_ids).exclude(interest_cents=0)
    for plan in rows:
        if not plan.interest_law:
            yield _("Plan %(id)s asks interest and names no row of law.") % {"id": plan.pk}
        if not 0 <= plan.interest_paid_cents <= plan.interest_cents:
            yield _("Plan %(id)s collected %(paid)s cents of interest; %(asked)s were agreed.") % {
                "id": plan.pk, "paid": plan.interest_paid_cents, "asked": plan.interest_cents,
            }  # fmt: skip


def _covers(client_ids: Sequence[int]) -> Iterator[str]:
    """What a plan covers is owed by its own customer."""
    rows = PlanCover.objects.filter(client_id__in=client_ids)
    own = Q(instalment__customer=F("plan__customer"), instalment__client=F("plan__client"), client=F("plan__client"))
    for pk in rows.exclude(own).values_list("plan_id", flat=True):
        yield _("Plan %(id)s covers an instalment of another customer.") % {"id": pk}


INVARIANTS: tuple[tuple[object, Finder], ...] = (
    (gettext_lazy("Every plan's calendar adds up: capital covered plus interest"), _calendars),
    (gettext_lazy("Instalments of plans follow each other and are met or missed"), _days),
    (gettext_lazy("Interest of plans rests on rows of law and is never overpaid"), _interest),
    (gettext_lazy("Plans cover instalments of their own customer"), _covers),
)
