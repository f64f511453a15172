# SPDX-License-Identifier: Apache-2.0
"""Hardship paths: begun by a person who listened, moved, ended with an outcome. What they allow is policy."""

import datetime as dt

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from ascolto.domain.access.models import Client
from ascolto.domain.access.prepared import how_many
from ascolto.domain.access.viewer import Viewer, visible
from ascolto.domain.agreements.models import HardshipPath
from ascolto.domain.outreach.models import Contact
from ascolto.domain.portfolio.models import Customer
from ascolto.domain.records.actions import record
from ascolto.domain.records.errors import Refused
from ascolto.engine.policy import Hardship

DIFFICULTIES = {"temporary_difficulty": "temporary", "structural_difficulty": "structural"}
"""Reasons of a conversation that are signs of a difficulty."""
SIGN_DAYS = 365
"""For so long what a customer told us is a sign."""


@transaction.atomic
def start_path(
    *,
    client: Client,
    customer: Customer,
    sign: str,
    said: str,
    pause_until_on: dt.date | None,
    review_on: dt.date,
    terms: Hardship,
    actor: str,
    as_of: dt.date,
) -> HardshipPath:
    """Put a customer in difficulty on a path: left in peace until `pause_until_on`, looked at again on `review_on`.

    Refused: `not_of_client`, `unknown_word`, `no_words`, `no_sign` (neither what they told us nor their record says so),
    `running_already`, `pause_too_long`, `pause_in_the_past`, `review_too_early`, `review_too_late`.
    """
    kept = Customer.objects.select_for_update().filter(pk=customer.pk, client=client).first()
    if kept is None:
        raise Refused("not_of_client", _("This customer belongs to another client."))
    if sign not in HardshipPath.Sign.values:
        raise Refused("unknown_word", _("Choose what the difficulty is from the list."))
    if not said.strip():
        raise Refused("no_words", _("Write what the customer said, in their words."))
    if sign in ("vulnerable", "bonus") and sign not in signs_of(kept, as_of):
        raise Refused("no_sign", _("The customer's record does not say so: note it among the contact points first."))
    if HardshipPath.objects.filter(client=client, customer=kept, ended_on=None).exists():
        raise Refused("running_already", _("A path is running already: move its review, or end it first."))
    _check_days(pause_until_on, review_on, as_of, as_of, terms)
    path = HardshipPath.objects.create(
        client=client, customer=kept, sign=sign, said=said.strip()[:500], started_on=as_of, review_on=review_on,
        pause_until_on=pause_until_on, contact=_told_in(kept, sign, as_of), author=actor,
    )  # fmt: skip
    data = {"sign": sign, "pause": _iso(pause_until_on), "review": review_on.isoformat()}
    record("path_started", actor=actor, client_id=client.pk, subject=path, why=path.said, data=data)
    return path


@transaction.atomic
def move_review(
    *, path: HardshipPath, pause_until_on: dt.date | None, review_on: dt.date, terms: Hardship, why: str, actor: str,
    as_of: dt.date,
) -> HardshipPath:  # fmt: skip
    """Look at it again on another day, with or without a new pause. Refused: `ended_already`, `no_words`, and as above."""
    kept = _running(path)
    if not why.strip():
        raise Refused("no_words", _("Write what the customer said, in their words."))
    _check_days(pause_until_on, review_on, as_of, as_of, terms)
    before = {"pause": _iso(kept.pause_until_on), "review": kept.review_on.isoformat()}
    kept.pause_until_on, kept.review_on = pause_until_on, review_on
    kept.save(update_fields=["pause_until_on", "review_on"])
    data = {"before": before, "pause": _iso(pause_until_on), "review": review_on.isoformat()}
    record("path_moved", actor=actor, client_id=kept.client_id, subject=kept, why=why.strip(), data=data)
    return kept


@transaction.atomic
def end_path(*, path: HardshipPath, outcome: str, why: str, actor: str, as_of: dt.date) -> HardshipPath:
    """End it with what came of it. Refused: `ended_already`, `unknown_word`, `no_words`."""
    kept = _running(path)
    if outcome not in HardshipPath.Outcome.values or not outcome:
        raise Refused("unknown_word", _("Choose how it ended from the list."))
    if not why.strip():
        raise Refused("no_words", _("Write in a few words how it ended."))
    kept.ended_on, kept.outcome, kept.why_ended, kept.ended_by = as_of, outcome, why.strip()[:300], actor
    kept.save(update_fields=["ended_on", "outcome", "why_ended", "ended_by"])
    record("path_ended", actor=actor, client_id=kept.client_id, subject=kept, why=kept.why_ended, data={"as": outcome})
    return kept


def signs_of(customer: Customer, as_of: dt.date) -> list[str]:
    """What tells that a customer is in difficulty, from their record and from what they told us in the last year."""
    found = [DIFFICULTIES[reason] for reason in _reasons(customer, as_of).values_list("reason", flat=True)[:20]]
    found += ["vulnerable"] if customer.vulnerable or customer.protection else []
    found += ["bonus"] if customer.social_bonus else []
    return list(dict.fromkeys(found))


def paths_of(viewer: Viewer, customer_id: int) -> QuerySet[HardshipPath]:
    """The customer's paths, the running one first."""
    rows = visible(viewer, HardshipPath.objects.all()).filter(customer_id=customer_id)
    return rows.order_by("-started_on", "-pk")


def paths_to_review(viewer: Viewer, as_of: dt.date) -> QuerySet[HardshipPath]:
    """Running paths whose day has come."""
    return visible(viewer, HardshipPath.objects.all()).filter(ended_on=None, review_on__lte=as_of)


def how_many_to_review(viewer: Viewer, as_of: dt.date) -> int:
    """How many of them there are."""
    return how_many(paths_to_review, viewer, as_of)


def running_paths(client_id: int, as_of: dt.date, customer_ids: list[int] | None = None) -> QuerySet[HardshipPath]:
    """The paths that run on a day, of one client or of some of its customers."""
    alive = Q(ended_on=None) | Q(ended_on__gt=as_of)
    rows = HardshipPath.objects.filter(alive, client_id=client_id, started_on__lte=as_of)
    return rows if customer_ids is None else rows.filter(customer_id__in=customer_ids)


def _reasons(customer: Customer, as_of: dt.date) -> QuerySet[Contact]:
    since = as_of - dt.timedelta(days=SIGN_DAYS)
    rows = Contact.objects.filter(client=customer.client_id, customer=customer, on_date__gt=since, on_date__lte=as_of)
    return rows.filter(reason__in=DIFFICULTIES).order_by("-at", "-pk")


def _told_in(customer: Customer, sign: str, as_of: dt.date) -> Contact | None:
    """The conversation in which they told us, when there was one."""
    words = [reason for reason, meant in DIFFICULTIES.items() if meant == sign]
    return _reasons(customer, as_of).filter(reason__in=words).first()


def _running(path: HardshipPath) -> HardshipPath:
    kept = HardshipPath.objects.select_for_update().get(pk=path.pk)
    if kept.ended_on is not None:
        raise Refused("ended_already", _("This path has ended."))
    return kept


def _check_days(
    pause_until_on: dt.date | None, review_on: dt.date, starts_on: dt.date, as_of: dt.date, terms: Hardship
) -> None:
    if pause_until_on is not None and pause_until_on < as_of:
        raise Refused("pause_in_the_past", _("The pause would be over already."))
    if pause_until_on is not None and (pause_until_on - starts_on).days > terms.pause_days:
        words = _("The pause is for at most %(days)s days: after that we look at it together.")
        raise Refused("pause_too_long", words % {"days": terms.pause_days})
    if review_on <= (pause_until_on or as_of):
        raise Refused("review_too_early", _("The review comes after the pause, from tomorrow on."))
    if (review_on - starts_on).days > terms.review_days:
        words = _("The review comes within %(days)s days: nobody is forgotten.")
        raise Refused("review_too_late", words % {"days": terms.review_days})


def _iso(day: dt.date | None) -> str | None:
    return None if day is None else day.isoformat()
