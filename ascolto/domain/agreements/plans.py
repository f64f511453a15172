# SPDX-License-Identifier: Apache-2.0
"""Plans: proposed within the client's terms, approved when beyond a role, accepted with proof, ended with a reason."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from ascolto.domain.agreements.models import Concession, Plan, PlanCover, PlanInstalment
from ascolto.domain.ledger.models import Allocation
from ascolto.domain.ledger.sums import with_balance
from ascolto.domain.outreach.models import Document
from ascolto.domain.portfolio.models import Customer, Instalment
from ascolto.domain.portfolio.supplies import supply_of
from ascolto.domain.records.actions import record
from ascolto.domain.records.errors import Refused
from ascolto.engine import plan as engine
from ascolto.engine.plan_interest import NO_INTEREST, PlanRate, with_interest
from ascolto.engine.rows import origin
from ascolto.policies import load, load_law

HOW = ("signed", "email", "pec", "phone", "portal")
"""How a customer accepted."""
IN_WRITING = ("signed", "pec")
SOONEST_DAYS, LATEST_DAYS = 0, 60
"""The first instalment lies between these days from the proposal."""


def coverable(customer: Customer) -> list[Any]:
    """What a plan of `customer` covers: everything open, oldest due first, annotated `balance_cents`."""
    rows = with_balance(Instalment.objects.filter(client_id=customer.client_id, customer=customer))
    return list(rows.filter(balance_cents__gt=0).select_related("invoice").order_by("due_on", "pk"))


def ways(
    *, customer: Customer, terms: engine.Terms, as_of: dt.date, role: str, first_on: dt.date, monthly_cents: int = 0,
    down_cents: int = 0, legal_right: str = "", rate: PlanRate = NO_INTEREST,
) -> tuple[engine.Offer, ...]:  # fmt: skip
    """The alternatives to offer side by side; () when nothing is open or nothing fits the terms."""
    cents = sum(item.balance_cents for item in covered_by_new(customer, as_of))
    right = right_of(customer, legal_right)
    found = engine.alternatives(cents, first_on, terms, load.calendar(), role, monthly_cents, down_cents, right)
    return tuple(_priced(made, as_of, rate_under(right, rate)) for made in found)


def rate_under(right: engine.Right | None, rate: PlanRate) -> PlanRate:
    """What the law itself puts into instalments bears no interest of ours: no row that we know allows it."""
    return NO_INTEREST if right else rate


def _priced(made: engine.Offer, start: dt.date, rate: PlanRate) -> engine.Offer:
    return replace(made, parts=with_interest(made.parts, start, rate, load_law.interest_law()))


def right_of(customer: Customer, code: str) -> engine.Right | None:
    """The legal right by its row; None without one. Refused: `unknown_right`."""
    if not code:
        return None
    found = next((right for right in rights(customer) if right.id == code), None)
    if found is None:
        raise Refused("unknown_right", _("This instalment right is not known for this customer."))
    return found


def law_of(plan: Plan) -> list[dict[str, Any]]:
    """The rows of law that a plan rests on: those of its interest as they were kept, and the right it was given by."""
    right = next((one for one in load.instalment_rights() if one.id == plan.legal_right), None)
    return [*plan.interest_law, *([right_origin(right)] if right else [])]


def right_origin(right: engine.Right) -> dict[str, Any]:
    """An instalment right in the shape of engine.rows.origin."""
    return {
        "id": right.id, "article": right.law, "source": right.source, "confidence": right.confidence,
        "valid_from": right.valid_from.isoformat(), "valid_to": None, "text": right.condition, "provisional": False,
    }  # fmt: skip


def rights(customer: Customer) -> tuple[engine.Right, ...]:
    """The instalment rights of a utility's customer: those of what is supplied, all of them where that is not known."""
    if customer.client.sector != "utility":
        return ()
    kinds = customer.accounts.filter(client_id=customer.client_id).values_list("kind", flat=True)
    supplied = {supply_of(kind) for kind in kinds}
    every = load.instalment_rights()
    return every if not supplied or "" in supplied else tuple(right for right in every if right.supply in supplied)


def covered_by_new(customer: Customer, as_of: dt.date) -> list[Any]:
    """A plan covers what is overdue; when nothing is yet, all that is open."""
    items = coverable(customer)
    return [item for item in items if item.due_on < as_of] or items


@transaction.atomic
def propose_plan(
    *, customer: Customer, terms: engine.Terms, count: int, first_on: dt.date, role: str, actor: str, as_of: dt.date,
    down_cents: int = 0, monthly_cents: int = 0, money_arrives: str = "", note: str = "", legal_right: str = "",
    rate: PlanRate = NO_INTEREST,
) -> Plan:  # fmt: skip
    """Propose what is overdue in `count` monthly instalments. An older proposal is cancelled; a running plan stays
    until the new one is accepted. `terms` and `rate` are the client's on the day, charter included (strategy.agreed).

    Refused: `nothing_open`, `count`, `first_day`, the codes of engine.plan.Offer, `beyond_calendar`, `unknown_right`.
    """
    kept = _locked(customer)
    items = covered_by_new(kept, as_of)
    cents = sum(item.balance_cents for item in items)
    right = right_of(kept, legal_right)
    made = _offer(cents, count, first_on, terms, role, as_of, down_cents, right)
    asked = rate_under(right, rate)
    made = _priced(made, as_of, asked)
    for older in Plan.objects.filter(client_id=kept.client_id, customer=kept, status__in=Plan.OPEN):
        end_plan(older, Plan.Status.CANCELLED, as_of, actor, "another proposal replaced it")
    plan = Plan.objects.create(
        client_id=kept.client_id, customer=kept, total_cents=made.total_cents, tolerance_permille=terms.tolerance_permille,
        grace_days=terms.grace_days, missed_allowed=terms.missed_allowed, legal_right=legal_right,
        monthly_cents=monthly_cents, money_arrives=money_arrives.strip()[:120], note=note.strip()[:500],
        proposed_on=as_of, author=actor, interest_kind=asked.kind, rate_bp=asked.rate_bp,
        interest_cents=made.interest_cents, interest_law=[origin(row) for row in asked.rows],
        status=Plan.Status.PROPOSED if made.beyond_role else Plan.Status.APPROVED,
    )  # fmt: skip
    PlanInstalment.objects.bulk_create(
        PlanInstalment(
            client_id=kept.client_id, plan=plan, number=p.number, due_on=p.due_on, amount_cents=p.cents,
            interest_cents=p.interest_cents,
        )
        for p in made.parts
    )  # fmt: skip
    PlanCover.objects.bulk_create(
        PlanCover(client_id=kept.client_id, plan=plan, instalment=item, balance_cents=item.balance_cents)
        for item in items
    )
    data = {
        "cents": cents, "count": count, "ends_on": made.ends_on.isoformat(), "legal_right": legal_right,
        "interest_cents": made.interest_cents, "rate_bp": asked.rate_bp,
    }  # fmt: skip
    record("plan_proposed", actor=actor, client_id=plan.client_id, subject=plan, why=plan.note, data=data)
    return plan


def _offer(
    cents: int, count: int, first_on: dt.date, terms: engine.Terms, role: str, as_of: dt.date, down_cents: int,
    right: engine.Right | None,
) -> engine.Offer:  # fmt: skip
    if cents <= 0:
        raise Refused("nothing_open", _("Nothing is open: there is nothing to put into instalments."))
    if not 1 <= count <= 120 or count > cents or not 0 <= down_cents < cents:
        raise Refused("count", _("The number of instalments or the first payment does not fit the amount."))
    if not SOONEST_DAYS <= (first_on - as_of).days <= LATEST_DAYS:
        raise Refused("first_day", _("The first instalment is due within %(days)s days.") % {"days": LATEST_DAYS})
    try:
        made = engine.offer(cents, count, first_on, terms, load.calendar(), role, down_cents, right)
    except LookupError:
        raise Refused("beyond_calendar", _("The plan reaches beyond the holidays known to the calendar.")) from None
    if made.refusals:
        raise Refused(made.refusals[0], refusal_words(made.refusals[0], terms))
    return made


def refusal_words(code: str, terms: engine.Terms) -> str:
    """Why the client's terms do not allow it."""
    words = {
        "too_long": _("The client allows at most %(n)s instalments.") % {"n": terms.max_months},
        "too_small": _("An instalment would be below %(n)s euro.") % {"n": terms.min_instalment_cents // 100},
        "down_payment": _("The first payment must be at least %(n)s %% of the amount.")
        % {"n": terms.down_payment_permille // 10},
    }
    return words[code]


@transaction.atomic
def approve_plan(*, plan: Plan, terms: engine.Terms, role: str, actor: str, as_of: dt.date) -> Plan:
    """Approve a proposal beyond its author's role. Refused: `not_waiting`, `beyond_role`, `own_proposal`."""
    kept = _kept(plan, (Plan.Status.PROPOSED,), "not_waiting", _("This proposal does not wait for an approval."))
    if kept.author == actor:
        raise Refused("own_proposal", _("Somebody else approves: you made this proposal."))
    if kept.instalments.count() > terms.grants.of(role):
        raise Refused("beyond_role", _("This plan is longer than your role may grant."))
    kept.status, kept.approved_on, kept.approved_by = Plan.Status.APPROVED, as_of, actor
    kept.save(update_fields=["status", "approved_on", "approved_by"])
    record("plan_approved", actor=actor, client_id=kept.client_id, subject=kept)
    return kept


@transaction.atomic
def accept_plan(
    *, plan: Plan, how: str, accepted_by: str, actor: str, as_of: dt.date, proof: Document | None = None
) -> Plan:
    """The customer accepted: the plan runs from today, in place of one that runs. The concession is written down.

    Refused: `not_approved`, `how`, `nobody`, `proof_of_another`, `no_proof` (signed needs its document),
    `not_in_writing` (interest is agreed in writing, art. 1284 c.c.), `changed` (what it covers is no longer what is open: propose anew), `too_late` (its first day has passed).
    """
    words = _("Only an approved proposal can be accepted.")
    kept = _kept(plan, (Plan.Status.APPROVED,), "not_approved", words)
    _check_acceptance(kept, how, accepted_by, proof, as_of)
    running = Plan.objects.filter(client_id=kept.client_id, customer=kept.customer_id, status=Plan.Status.ACTIVE)
    replaced = running.first()
    if replaced is not None:
        end_plan(replaced, Plan.Status.REPLACED, as_of, actor, "a new plan was agreed")
    kept.status, kept.accepted_on, kept.accepted_how = Plan.Status.ACTIVE, as_of, how
    kept.accepted_by, kept.proof, kept.replaces = accepted_by.strip()[:120], proof, replaced
    kept.save(update_fields=["status", "accepted_on", "accepted_how", "accepted_by", "proof", "replaces"])
    data = {"how": how, "by": kept.accepted_by, "proof": proof.pk if proof else None}
    record("plan_accepted", actor=actor, client_id=kept.client_id, subject=kept, data=data)
    _concede(kept, actor, as_of)
    return kept


def _check_acceptance(plan: Plan, how: str, accepted_by: str, proof: Document | None, as_of: dt.date) -> None:
    if how not in HOW:
        raise Refused("how", _("Say how the customer accepted."))
    if not accepted_by.strip():
        raise Refused("nobody", _("Write who accepted."))
    if how == "signed" and proof is None:
        raise Refused("no_proof", _("A signed plan needs the signed document."))
    if plan.interest_cents and (how not in IN_WRITING or proof is None):
        raise Refused("not_in_writing", _("Interest is agreed in writing: signed or by PEC, with the document."))
    if proof is not None and (proof.client_id, proof.customer_id) != (plan.client_id, plan.customer_id):
        raise Refused("proof_of_another", _("That document belongs to another customer."))
    first = plan.instalments.order_by("number").first()
    assert first is not None
    if first.due_on < as_of:
        raise Refused("too_late", _("The first instalment's day has passed: make a new proposal."))
    covered = plan.covers.aggregate(cents=Sum("balance_cents"))["cents"] or 0
    if open_of(plan) != covered:
        raise Refused("changed", _("A payment arrived meanwhile: make a new proposal of what is left."))


def open_of(plan: Plan) -> int:
    """Cents still open of what the plan covers."""
    items = plan.covers.values("instalment_id")
    owed = Instalment.objects.filter(client_id=plan.client_id, pk__in=items).aggregate(c=Sum("amount_cents"))["c"] or 0
    paid = Allocation.objects.filter(client_id=plan.client_id, instalment_id__in=items)
    return int(owed - (paid.aggregate(c=Sum("amount_cents"))["c"] or 0))


def _concede(plan: Plan, actor: str, as_of: dt.date) -> None:
    """What we gave: the days by which the money comes later than today, weighted by amount."""
    parts = list(plan.instalments.all())
    days = sum((part.due_on - as_of).days * part.amount_cents for part in parts) // plan.total_cents
    kinds = [Concession.Kind.NEW_PLAN if plan.replaces_id else Concession.Kind.PLAN]
    if plan.approved_by:
        kinds.append(Concession.Kind.LONGER_TERM)
    Concession.objects.bulk_create(
        Concession(
            client_id=plan.client_id, customer_id=plan.customer_id, plan=plan, kind=kind, granted_on=as_of,
            cents=plan.total_cents, days=max(days, 0), why=plan.note[:300], author=plan.approved_by or actor,
        )
        for kind in kinds
    )  # fmt: skip


@transaction.atomic
def cancel_plan(*, plan: Plan, why: str, actor: str, as_of: dt.date) -> Plan:
    """End a proposal, or a running plan, by hand. Refused: `over_already`, `no_reason`."""
    alive = (*Plan.OPEN, Plan.Status.ACTIVE)
    kept = _kept(plan, alive, "over_already", _("This plan is over already."))
    if not why.strip():
        raise Refused("no_reason", _("Say why the plan ends."))
    return end_plan(kept, Plan.Status.CANCELLED, as_of, actor, why.strip())


def end_plan(plan: Plan, status: str, as_of: dt.date, actor: str, why: str, **told: Any) -> Plan:
    """Write down how a plan ended; the caller has locked it and checked that it may end."""
    plan.status, plan.ended_on, plan.why_ended = status, as_of, why[:300]
    plan.save(update_fields=["status", "ended_on", "why_ended"])
    data = {"status": str(status), **told}
    record("plan_ended", actor=actor, client_id=plan.client_id, subject=plan, why=why, data=data)
    return plan


def _locked(customer: Customer) -> Customer:
    return Customer.objects.select_for_update().select_related("client").get(pk=customer.pk, client=customer.client_id)


def _kept(plan: Plan, statuses: tuple[str, ...], code: str, words: str) -> Plan:
    """The plan, locked with its customer, when it stands where it must."""
    Customer.objects.select_for_update().get(pk=plan.customer_id)
    kept = Plan.objects.select_related("client").get(pk=plan.pk, client=plan.client_id)
    if kept.status not in statuses:
        raise Refused(code, words)
    return kept


def warning(customer: Customer, as_of: dt.date) -> Mapping[str, int] | None:
    """How many agreements the customer was given lately, when the next one is one too many; None when it is not."""
    terms = load.plan_terms(customer.client.sector)
    since = engine.month_later(as_of, -terms.warn_months)
    kinds = (Concession.Kind.PLAN, Concession.Kind.NEW_PLAN)
    given = Concession.objects.filter(
        client_id=customer.client_id, customer=customer, kind__in=kinds, granted_on__gt=since
    ).count()
    return {"next": given + 1, "months": terms.warn_months} if given + 1 > terms.warn_from else None
