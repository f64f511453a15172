# SPDX-License-Identifier: Apache-2.0
"""Making the file of a collection, and taking back one that never left."""

import datetime as dt
from collections.abc import Mapping, Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from ascolto.domain.access.models import Client
from ascolto.domain.debits import message
from ascolto.domain.debits.choosing import Candidate, candidates
from ascolto.domain.debits.models import Collection, CollectionOrder, Creditor, DebitMandate
from ascolto.domain.records import clock
from ascolto.domain.records.actions import record
from ascolto.domain.records.errors import Refused

State = CollectionOrder.State


def creditor_of(client: Client) -> Creditor:
    """Refused with `no_creditor` when the client's codes are not known."""
    found = Creditor.objects.filter(client=client).first()
    if found is None:
        raise Refused("no_creditor", _("Enter the creditor identifier and the account of the client first."))
    return found


@transaction.atomic
def make_collection(
    *, client: Client, due_by: dt.date, form: str, planned: Mapping[int, dt.date], actor: str, as_of: dt.date
) -> list[Collection]:
    """Present what is due by `due_by` to the bank: one file for each scheme, kept as it is written.

    Refused: `no_creditor`, `form`, `nothing_to_collect`, `message` (the file would not be right). Run again, it finds
    nothing: an instalment is in one pending collection at most (also by the database).
    """
    if form not in message.FORMS:
        raise Refused("form", _("This form of file is not known."))
    client = Client.objects.select_for_update().get(pk=client.pk)
    creditor = creditor_of(client)
    chosen = [one for one in candidates(client, creditor, due_by, as_of, planned) if not one.why_not]
    chosen = _once_only(chosen)
    if not chosen:
        raise Refused("nothing_to_collect", _("Nothing that is due by that day may be collected."))
    made = []
    for scheme in DebitMandate.Scheme.values:
        mine = [one for one in chosen if one.mandate.scheme == scheme]
        if mine:
            made.append(_present(client, creditor, scheme, mine, form, actor, as_of))
    return made


def _once_only(chosen: Sequence[Candidate]) -> list[Candidate]:
    """A mandate for one collection is used for the oldest instalment alone."""
    seen: set[int] = set()
    found = []
    for one in chosen:
        if one.mandate.sequence == DebitMandate.Sequence.ONCE and one.mandate.pk in seen:
            continue
        seen.add(one.mandate.pk)
        found.append(one)
    return found


def _present(
    client: Client, creditor: Creditor, scheme: str, chosen: Sequence[Candidate], form: str, actor: str, as_of: dt.date
) -> Collection:
    number = Collection.objects.filter(client=client).count() + 1
    flow = Collection.objects.create(
        client=client, kind=scheme.lower(), identifier=f"ASC-{client.pk}-{as_of:%Y%m%d}-{number}", made_on=as_of,
        author=actor, form=form,
    )  # fmt: skip
    tries = _tries(client, chosen)
    orders = CollectionOrder.objects.bulk_create(
        CollectionOrder(
            client=client, collection=flow, instalment=one.instalment, customer_id=one.instalment.customer_id,
            mandate=one.mandate, end_to_end_id=f"ASC-{one.instalment.pk}-{tries.get(one.instalment.pk, 0) + 1}",
            amount_cents=one.cents, collect_on=one.collect_on,
        )
        for one in chosen
    )  # fmt: skip
    header = message.Header(
        flow.identifier, clock.now().astimezone(clock.ROME), client.name, creditor.creditor_id, creditor.iban, scheme,
        creditor.bic, creditor.cuc,
    )  # fmt: skip
    try:
        flow.content = message.write(
            form, header, [_debit(one, order) for one, order in zip(chosen, orders, strict=True)]
        )
    except message.MessageError as wrong:
        raise Refused("message", _("The file cannot be made: %(why)s") % {"why": wrong}) from wrong
    flow.save(update_fields=["content"])
    _used(client, orders)
    data = {"orders": len(orders), "cents": sum(order.amount_cents for order in orders), "form": form}
    record("collection_presented", actor=actor, client_id=client.pk, subject=flow, data=data)
    return flow


def _tries(client: Client, chosen: Sequence[Candidate]) -> dict[int, int]:
    found: dict[int, int] = {}
    rows = CollectionOrder.objects.filter(client=client, end_to_end_id__startswith="ASC-")
    wanted = {one.instalment.pk for one in chosen}
    for pk in rows.values_list("instalment_id", flat=True):
        if pk in wanted:
            found[pk] = found.get(pk, 0) + 1
    return found


def _debit(one: Candidate, order: CollectionOrder) -> message.Debit:
    item, mandate = one.instalment, one.mandate
    text = f"Fattura {item.invoice.number} del {item.invoice.issued_on:%d/%m/%Y}, rata {item.position}"
    return message.Debit(
        order.end_to_end_id, order.amount_cents, order.collect_on, mandate.sequence, mandate.reference,
        mandate.signed_on, mandate.holder, mandate.iban, text,
    )  # fmt: skip


def _used(client: Client, orders: Sequence[CollectionOrder]) -> None:
    last: dict[int, dt.date] = {}
    for order in orders:
        assert order.mandate_id is not None
        last[order.mandate_id] = max(order.collect_on, last.get(order.mandate_id, order.collect_on))
    mandates = list(DebitMandate.objects.filter(client=client, pk__in=last))
    for mandate in mandates:
        mandate.last_used_on = last[mandate.pk]
        if mandate.sequence == DebitMandate.Sequence.ONCE:
            mandate.state = DebitMandate.State.USED
    DebitMandate.objects.bulk_update(mandates, ["last_used_on", "state"], batch_size=200)


@transaction.atomic
def cancel_collection(*, collection: Collection, why: str, actor: str, as_of: dt.date) -> list[int]:
    """A file that was never sent: its instalments are asked for as before. Returns the customers concerned.

    Refused: `no_reason`, `not_ours` (a flow that the bank has already), `answered` (the bank spoke of it).
    """
    if not why.strip():
        raise Refused("no_reason", _("Say why the file was not sent."))
    client = Client.objects.select_for_update().get(pk=collection.client_id)
    orders = list(CollectionOrder.objects.filter(client=client, collection=collection))
    if not collection.form:
        raise Refused("not_ours", _("This flow was not made here."))
    if any(order.state not in (State.PRESENTED, State.CANCELLED) or order.told_on for order in orders):
        raise Refused("answered", _("The bank has answered already: the file was sent."))
    pending = [order for order in orders if order.state == State.PRESENTED]
    CollectionOrder.objects.filter(pk__in=[order.pk for order in pending]).update(state=State.CANCELLED)
    once = DebitMandate.objects.filter(client=client, pk__in=[order.mandate_id for order in pending])
    once.filter(state=DebitMandate.State.USED).update(state=DebitMandate.State.ACTIVE)
    record("collection_cancelled", actor=actor, client_id=client.pk, subject=collection, why=why)
    return sorted({order.customer_id for order in pending})
