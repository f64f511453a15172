# SPDX-License-Identifier: Apache-2.0
"""What flows and reports of banks say of orders, taken over: presented, refused, unpaid. What is unsure waits in sight.

An order presented is not paid. One that comes back undoes the payment that it was; with no payment posted, its failure
stands on the instalment, with the reason and what follows. Money itself is told by the statement alone.
"""

import datetime as dt
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from django.db import transaction
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from ascolto.domain.access.models import Client
from ascolto.domain.debits.finding import Said, instalment_of, order_of
from ascolto.domain.debits.mandates import end_mandate
from ascolto.domain.debits.models import BankNews, Collection, CollectionOrder, DebitMandate, OutcomeMeaning
from ascolto.domain.ledger.actions import lock, reverse_payment
from ascolto.domain.ledger.models import LineAside, Payment
from ascolto.domain.ledger.sums import live
from ascolto.domain.portfolio.models import Instalment
from ascolto.domain.records.actions import record
from ascolto.domain.records.errors import Refused
from ascolto.policies.load_bank import collections, return_codes

State = CollectionOrder.State
FAILED = {"returned": State.RETURNED, "rejected": State.REJECTED}
KEY = "collection:"
"""How the idempotency key of a collected order's payment begins; its id follows."""
TAUGHT = ("requested", "settled", "returned", "rejected", "recalled")
"""What a person may say that a code means."""


@transaction.atomic
def receive_news(
    *, client: Client, flow: Mapping[str, Any], batch_id: int | None, actor: str, as_of: dt.date
) -> tuple[int, frozenset[int]]:
    """Take over one flow or report as it was read (`kind`, `identifier`, `outcome`, `orders`).

    Returns how many pieces were new, and the customers concerned. Each piece once: the same report again is known.
    """
    client = lock(client)
    pieces = [_said(flow, order) for order in flow["orders"]] or _whole(client, flow)
    new, customers = 0, set[int]()
    for said in pieces:
        content = json.loads(json.dumps(asdict(said), default=str))
        sha = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
        if BankNews.objects.filter(client=client, content_sha=sha).exists():
            continue
        news = BankNews(client=client, batch_id=batch_id, content_sha=sha, content=content, told_on=as_of)
        customers |= _take(news, said, actor, as_of)
        new += 1
    return new, frozenset(customers)


def _said(flow: Mapping[str, Any], order: Mapping[str, Any]) -> Said:
    due = order.get("due_on")
    return Said(
        kind=flow["kind"], flow=str(flow["identifier"])[:35], number=str(order["number"])[:35],
        cents=abs(order["cents"] or 0), outcome=order["outcome"], code=str(order["code"])[:20],
        due_on=dt.date.fromisoformat(due) if due else None, customer=order["customer"],
        customer_number=order["customer_number"], tax_code=order["tax_code"], reference=order["reference"],
        mandate_id=order["mandate_id"],
    )  # fmt: skip


def _whole(client: Client, flow: Mapping[str, Any]) -> list[Said]:
    """A report on a whole file: the same word for each of its orders that waits."""
    rows = CollectionOrder.objects.filter(
        client=client, collection__identifier=flow["identifier"], state=State.PRESENTED
    )
    return [
        Said(kind=flow["kind"], flow=flow["identifier"], number=order.end_to_end_id, cents=order.amount_cents,
             outcome=flow["outcome"], code="")
        for order in rows.order_by("pk")
    ]  # fmt: skip


def said_of(news: BankNews) -> Said:
    """The piece again, as it was read."""
    due = news.content.get("due_on")
    return Said(**{**news.content, "due_on": dt.date.fromisoformat(due) if due else None})


def _take(news: BankNews, said: Said, actor: str, as_of: dt.date, item: Instalment | None = None) -> set[int]:
    """In a transaction: give one piece its effect, or let it wait with what is missing."""
    client = news.client
    said = replace(said, outcome=_meaning(client, said))
    news.order, news.trouble = None, ""
    if said.outcome == "unknown":
        news.trouble = "code"
    elif said.outcome in FAILED and said.code and not _reason_known(client, said):
        news.trouble = "reason"
    else:
        news.order, news.trouble = _order_for(client, said, item, actor, as_of)
    news.state = BankNews.State.WAITING if news.trouble else BankNews.State.DONE
    news.save()
    if news.order is None:
        return set()
    _apply(news.order, said, actor, as_of)
    return {news.order.customer_id}


def _meaning(client: Client, said: Said) -> str:
    if said.outcome != "unknown":
        return said.outcome
    taught = OutcomeMeaning.objects.filter(client=client, kind=said.kind, code=said.code).first()
    return taught.outcome if taught else collections().outcome(said.kind, said.code)


def _reason_known(client: Client, said: Said) -> bool:
    """Codes of SDD are those of the table; of RiBa and MAV the causale itself, which somebody has put into words."""
    if said.kind != "core" or said.code in return_codes():
        return True
    return OutcomeMeaning.objects.filter(client=client, kind=said.kind, code=said.code).exists()


def _order_for(
    client: Client, said: Said, item: Instalment | None, actor: str, as_of: dt.date
) -> tuple[CollectionOrder | None, str]:
    """The order that it speaks of; one is made for what the bank presents or sends back without our having asked."""
    order = order_of(client, said) if item is None else None
    if order is not None and (said.outcome != "requested" or order.end_to_end_id == said.number):
        return order, ""
    item = item or instalment_of(client, said)
    if item is None or said.outcome not in ("requested", *FAILED):
        return None, "order"
    pending = CollectionOrder.objects.filter(client=client, instalment=item, state=State.PRESENTED).first()
    if pending is not None:
        return (None, "pending") if said.outcome == "requested" else (pending, "")
    flow, _made = Collection.objects.get_or_create(
        client=client, kind=said.kind, identifier=said.flow or "–", defaults={"made_on": as_of, "author": actor}
    )
    made = CollectionOrder.objects.create(
        client=client, collection=flow, instalment=item, customer_id=item.customer_id,
        end_to_end_id=said.number or f"–{item.pk}", amount_cents=said.cents, collect_on=said.due_on or item.due_on,
    )  # fmt: skip
    return made, ""


def _apply(order: CollectionOrder, said: Said, actor: str, as_of: dt.date) -> None:
    if said.outcome in ("requested", "accepted", "pending", "settled"):
        CollectionOrder.objects.filter(pk=order.pk, state=State.PRESENTED).update(told_on=as_of)
    elif said.outcome == "recalled":
        CollectionOrder.objects.filter(pk=order.pk, state=State.PRESENTED).update(state=State.RECALLED, told_on=as_of)
    else:
        fail(order, FAILED[said.outcome], said.code, actor, as_of, as_of)


def fail(order: CollectionOrder, state: str, code: str, actor: str, as_of: dt.date, on: dt.date) -> None:
    """In a transaction: an order that came back. The payment that it was is undone; a mandate that cannot be used ends."""
    if order.state in (State.RETURNED, State.REJECTED):
        return
    order.state, order.code, order.told_on = state, code, as_of
    order.save(update_fields=["state", "code", "told_on"])
    why = reason_words(order)
    for payment in _payments(order):
        reverse_payment(payment=payment, reason=why, actor=actor, as_of=as_of, paid_on=max(on, payment.paid_on))
        if payment.bank_line is not None:
            LineAside.objects.create(
                client_id=order.client_id, bank_line=payment.bank_line, reason=why[:300], author=actor, known_on=as_of
            )
    if order.mandate is not None and code in collections().mandate.stops:
        end_mandate(order.mandate, DebitMandate.State.REJECTED, why, actor, as_of)
    record(f"collection_{state}", actor=actor, client_id=order.client_id, subject=order, why=why)


def _payments(order: CollectionOrder) -> Sequence[Payment]:
    """The one payment that the order was: of its amount, to its instalment, standing; the one of its own id first."""
    rows = live(Payment.objects.filter(client_id=order.client_id, kind="money", amount_cents=order.amount_cents))
    rows = rows.filter(allocations__instalment=order.instalment_id, allocations__amount_cents__gt=0)
    found = list(rows.filter(paid_on__gte=order.collection.made_on).select_related("bank_line", "client").distinct())
    mine = [
        payment
        for payment in found
        if payment.idempotency_key == order_key(order)
        or (payment.bank_line is not None and payment.bank_line.end_to_end_id == order.end_to_end_id)
    ]
    return (mine or found)[:1]


def order_key(order: CollectionOrder) -> str:
    """The idempotency key of the payment that a collected order is."""
    return f"{KEY}{order.pk}"


def reason_words(order: CollectionOrder) -> str:
    """Why it came back, in words of the active language."""
    row, code = return_codes().get(order.code), order.code
    taught = None if row or not code else OutcomeMeaning.objects.filter(
        client_id=order.client_id, kind="core" if order.collection.kind == "b2b" else order.collection.kind, code=code
    ).first()  # fmt: skip
    words = row.words(get_language() or "it") if row else (taught.words if taught else "")
    kind = order.collection.get_kind_display()
    if not words:
        return _("%(kind)s %(number)s unpaid") % {"kind": kind, "number": order.end_to_end_id}
    return _("%(kind)s %(number)s unpaid: %(words)s (%(code)s)") % {
        "kind": kind, "number": order.end_to_end_id, "words": words, "code": code,
    }  # fmt: skip


@transaction.atomic
def teach_meaning(
    *, client: Client, kind: str, code: str, outcome: str, words: str, actor: str, as_of: dt.date
) -> tuple[int, frozenset[int]]:
    """A person says what a code of the bank means for this client; what waited for it is taken over.

    Refused: `outcome`, `no_code`, `no_words` (an unpaid order needs its reason in words). Returns how many pieces found
    their effect, and the customers concerned.
    """
    client = lock(client)
    if outcome not in TAUGHT:
        raise Refused("outcome", _("Choose what the code means."))
    if not code.strip() or code in return_codes():
        raise Refused("no_code", _("This code needs no meaning: it is known, or empty."))
    if outcome in FAILED and not words.strip():
        raise Refused("no_words", _("Put the reason into words: it is shown beside the instalment."))
    meaning, _new = OutcomeMeaning.objects.update_or_create(
        client=client, kind=kind, code=code.strip()[:20],
        defaults={"outcome": outcome, "words": words.strip()[:200], "author": actor},
    )  # fmt: skip
    record("outcome_taught", actor=actor, client_id=client.pk, subject=meaning, why=words, data={"outcome": outcome})
    waiting = BankNews.objects.filter(
        client=client, state=BankNews.State.WAITING, content__kind=kind, content__code=code
    )
    done, customers = 0, set[int]()
    for news in waiting.select_related("client").order_by("pk"):
        customers |= _take(news, said_of(news), actor, as_of)
        done += news.state == BankNews.State.DONE
    return done, frozenset(customers)


@transaction.atomic
def assign_news(*, news: BankNews, instalment: Instalment, actor: str, as_of: dt.date) -> BankNews:
    """A person says which instalment a piece speaks of. Refused: `decided`, `other_client`, and what still is missing."""
    client = lock(news.client)
    news = BankNews.objects.select_related("client").get(pk=news.pk)
    _refuse_decided(news)
    if instalment.client_id != client.pk:
        raise Refused("other_client", _("This instalment belongs to another client."))
    _take(news, said_of(news), actor, as_of, item=instalment)
    if news.state != BankNews.State.DONE:
        raise Refused(
            news.trouble, _("It cannot be taken over yet: say first what its code means, or end the other collection.")
        )
    news.decided_by = actor
    news.save(update_fields=["decided_by"])
    return news


@transaction.atomic
def set_news_aside(*, news: BankNews, why: str, actor: str, as_of: dt.date) -> BankNews:
    """A piece that concerns nothing of ours, with the reason. Refused: `decided`, `no_reason`."""
    lock(news.client)
    news = BankNews.objects.select_related("client").get(pk=news.pk)
    _refuse_decided(news)
    if not why.strip():
        raise Refused("no_reason", _("Say why it is set aside."))
    news.state, news.why, news.decided_by = BankNews.State.ASIDE, why.strip()[:300], actor
    news.save(update_fields=["state", "why", "decided_by"])
    record("bank_news_aside", actor=actor, client_id=news.client_id, subject=news, why=why)
    return news


def _refuse_decided(news: BankNews) -> None:
    if news.state != BankNews.State.WAITING:
        raise Refused("decided", _("Somebody has decided this already."))
