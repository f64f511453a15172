# SPDX-License-Identifier: Apache-2.0
"""Promises to pay: taken from the customer's words, judged by cash alone."""

import datetime as dt
from collections import Counter
from collections.abc import Collection, Iterable, Mapping

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from ascolto.domain.access.models import Client
from ascolto.domain.agreements.models import Promise
from ascolto.domain.ledger.models import Allocation, Payment
from ascolto.domain.outreach.models import Contact
from ascolto.domain.portfolio.models import Customer, Instalment
from ascolto.domain.records.actions import record
from ascolto.domain.records.errors import Refused

LONGEST_DAYS = 180
"""A promise further away than this is a plan."""
GRACE_DAYS = 3
"""Bank days: money that was sent on the agreed day may arrive so much later."""
Paid = tuple[dt.date, int]


@transaction.atomic
def take_promise(
    *,
    client: Client,
    customer: Customer,
    amount_cents: int,
    due_on: dt.date,
    actor: str,
    as_of: dt.date,
    contact: Contact | None = None,
    channel: str = Promise.Channel.PHONE,
    said_by: str = "",
    words: str = "",
    tolerance_permille: int = 950,
    grace_days: int = GRACE_DAYS,
) -> Promise:
    """Write down that `customer` pays `amount_cents` by `due_on`. It supersedes a pending promise.

    The one verb for every origin: the desk gives the call (`contact`), or who said it (`said_by`, `words`) by which
    `channel`; the inbox gives the message as `contact`; the portal its own channel, with the customer's name.
    Refused: `not_of_client`, `not_positive`, `in_the_past`, `too_far` (beyond LONGEST_DAYS), `more_than_owed`
    (above the whole open balance), `contact_of_another`, `unknown_channel`.
    """
    kept = Customer.objects.select_for_update().filter(pk=customer.pk, client=client).first()
    if kept is None:
        raise Refused("not_of_client", _("This customer belongs to another client."))
    if contact is not None and contact.customer_id != kept.pk:
        raise Refused("contact_of_another", _("That conversation was with another customer."))
    if channel not in Promise.Channel.values:
        raise Refused("unknown_channel", _("A promise cannot come by “%(channel)s”.") % {"channel": channel})
    _check_amount(kept, amount_cents)
    if due_on < as_of:
        raise Refused("in_the_past", _("A promise is for today or later."))
    if due_on > as_of + dt.timedelta(days=LONGEST_DAYS):
        word = _("A promise is for at most %(days)s days from now: beyond that, agree a plan.")
        raise Refused("too_far", word % {"days": LONGEST_DAYS})
    Promise.objects.filter(client=client, customer=kept, status=Promise.Status.PENDING).update(
        status=Promise.Status.SUPERSEDED, judged_on=as_of
    )
    promise = Promise.objects.create(
        client=client, customer=kept, contact=contact, amount_cents=amount_cents, made_on=as_of,
        due_on=due_on,
        tolerance_permille=tolerance_permille, grace_days=grace_days, channel=channel,
        said_by=said_by.strip()[:120], words=words.strip()[:300], author=actor,
    )  # fmt: skip
    data = {"amount_cents": amount_cents, "due_on": due_on.isoformat(), "channel": str(channel)}
    record("promise_taken", actor=actor, client_id=client.pk, subject=promise, data=data)
    return promise


@transaction.atomic
def withdraw_promise(*, promise: Promise, earlier_id: int | None, actor: str, as_of: dt.date) -> None:
    """Take back a promise that was written down by mistake; the one that it had superseded runs again.

    Refused: `judged_already` (money has judged it). One that a later promise superseded stays as it is.
    """
    kept = Promise.objects.select_for_update().get(pk=promise.pk)
    if kept.status == Promise.Status.SUPERSEDED:
        return  # the later one stands, and says so
    if kept.status != Promise.Status.PENDING:
        raise Refused("judged_already", _("Money has judged this promise already: it stands."))
    kept.status, kept.judged_on = Promise.Status.WITHDRAWN, as_of
    kept.save(update_fields=["status", "judged_on"])
    record("promise_withdrawn", actor=actor, client_id=kept.client_id, subject=kept)
    if earlier_id is None:
        return
    earlier = Promise.objects.filter(pk=earlier_id, client=kept.client_id, customer=kept.customer_id)
    earlier.filter(status=Promise.Status.SUPERSEDED).update(status=Promise.Status.PENDING, judged_on=None)


def _check_amount(customer: Customer, amount_cents: int) -> None:
    if amount_cents <= 0:
        raise Refused("not_positive", _("A promise is for an amount above zero."))
    items = Instalment.objects.filter(client_id=customer.client_id, customer_id=customer.pk)
    owed = items.aggregate(cents=Sum("amount_cents"))["cents"] or 0
    paid = Allocation.objects.filter(client_id=customer.client_id, instalment__in=items)
    owed -= paid.aggregate(cents=Sum("amount_cents"))["cents"] or 0
    if amount_cents > owed:
        raise Refused("more_than_owed", _("The promise is for more than the customer owes."))


@transaction.atomic
def judge_promises(
    *, client: Client, as_of: dt.date, actor: str, customer_ids: Collection[int] | None = None
) -> dict[str, int]:
    """Judge the client's pending promises (or those of some customers) by the money known on `as_of`; gives how
    many became kept, partly, broken.

    Kept: paid between `made_on` and `due_on + grace_days` >= tolerance x promised, said as soon as it is
    true. Otherwise only once that last day has passed: partly when something was paid, else broken
    (docs/algorithms/kpi.md). Two reads whatever the number of promises; a payment reversed by `as_of` never counted.
    """
    waiting = Promise.objects.select_for_update().filter(client=client, status=Promise.Status.PENDING)
    if customer_ids is not None:
        waiting = waiting.filter(customer_id__in=customer_ids)
    pending = list(waiting.order_by("pk"))
    received = _money(client, pending, as_of)
    judged = [promise for promise in pending if _judge(promise, received.get(promise.customer_id, ()), as_of)]
    Promise.objects.bulk_update(judged, ["status", "paid_cents", "judged_on"], batch_size=500)
    for promise in judged:
        data = {"status": promise.status, "paid_cents": promise.paid_cents}
        record("promise_judged", actor=actor, client_id=client.pk, subject=promise, data=data)
    return dict(Counter(promise.status for promise in judged))


def _judge(promise: Promise, received: Iterable[Paid], as_of: dt.date) -> bool:
    """Writes the verdict into `promise`; False while there is none yet."""
    last_on = promise.due_on + dt.timedelta(days=promise.grace_days)
    paid = sum(cents for paid_on, cents in received if promise.made_on <= paid_on <= last_on)
    if paid * 1000 >= promise.amount_cents * promise.tolerance_permille:
        promise.status = Promise.Status.KEPT
    elif as_of > last_on:
        promise.status = Promise.Status.PARTLY if paid > 0 else Promise.Status.BROKEN
    else:
        return False
    promise.paid_cents, promise.judged_on = paid, as_of
    return True


def _money(client: Client, promises: list[Promise], as_of: dt.date) -> Mapping[int, list[Paid]]:
    """(paid_on, cents) per customer of the money received and known by `as_of`, without what was reversed by
    then."""
    if not promises:
        return {}
    first_on = min(promise.made_on for promise in promises)
    rows = (
        Payment.objects.filter(
            client=client,
            kind=Payment.Kind.MONEY,
            reverses__isnull=True,
            paid_on__gte=first_on,
            known_on__lte=as_of,
        )
        .filter(customer__in=Promise.objects.filter(client=client, status=Promise.Status.PENDING).values("customer"))
        .exclude(reversed_by__known_on__lte=as_of)
        .values_list("customer_id", "paid_on", "amount_cents")
    )
    money: dict[int, list[Paid]] = {}
    for customer_id, paid_on, cents in rows:
        money.setdefault(customer_id, []).append((paid_on, cents))
    return money
