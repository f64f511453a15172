# SPDX-License-Identifier: Apache-2.0
"""What a person does about collections through the bank, followed at once by a new decision for whom it concerns.

One transaction each; a stranger gets Http404. The right is import for files and outcomes, promise for mandates.
"""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.http import Http404

from ascolto.domain.access.models import Client
from ascolto.domain.access.viewer import Viewer, visible
from ascolto.domain.agreements.queries import covered_until
from ascolto.domain.debits import collecting, mandates, outcomes
from ascolto.domain.debits.choosing import Candidate, candidates
from ascolto.domain.debits.models import BankNews, Collection, DebitMandate
from ascolto.domain.portfolio.models import Customer, Instalment
from ascolto.domain.strategy.actions import reevaluate

FILES, MANDATES = "import", "promise"


def collectable(viewer: Viewer, client: Client, due_by: dt.date, as_of: dt.date) -> list[Candidate]:
    """What would be collected and what is left out, for a look before the file is made. Refused: `no_creditor`."""
    viewer.require(FILES, client.pk)
    return candidates(client, collecting.creditor_of(client), due_by, as_of, covered_until(client.pk, as_of))


@transaction.atomic
def collect(viewer: Viewer, client: Client, *, due_by: dt.date, form: str, as_of: dt.date) -> list[Collection]:
    """Make the files; their instalments rest until the bank answers. Refused as `collecting.make_collection`."""
    viewer.require(FILES, client.pk)
    planned = covered_until(client.pk, as_of)
    made = collecting.make_collection(
        client=client, due_by=due_by, form=form, planned=planned, actor=viewer.name, as_of=as_of
    )
    for flow in made:
        _decide(client, flow.orders.values_list("customer_id", flat=True), viewer, as_of)
    return made


@transaction.atomic
def cancel(viewer: Viewer, collection_id: int, *, why: str, as_of: dt.date) -> Collection:
    """A file that was never sent. Refused as `collecting.cancel_collection`."""
    flow: Collection = _allowed(viewer, Collection.objects.all(), collection_id, FILES)
    customers = collecting.cancel_collection(collection=flow, why=why, actor=viewer.name, as_of=as_of)
    _decide(flow.client, customers, viewer, as_of)
    return flow


@transaction.atomic
def register(viewer: Viewer, customer_id: int, *, as_of: dt.date, **said: Any) -> DebitMandate:
    """Keep a signed mandate; `said` as in mandates.register_mandate. Changes no answer before a file is made."""
    customer: Customer = _allowed(viewer, Customer.objects.all(), customer_id, MANDATES)
    return mandates.register_mandate(customer=customer, actor=viewer.name, as_of=as_of, **said)


@transaction.atomic
def revoke(viewer: Viewer, mandate_id: int, *, why: str, as_of: dt.date) -> DebitMandate:
    """End a mandate. Refused as mandates.revoke_mandate."""
    mandate: DebitMandate = _allowed(viewer, DebitMandate.objects.all(), mandate_id, MANDATES)
    return mandates.revoke_mandate(mandate=mandate, why=why, actor=viewer.name, as_of=as_of)


@transaction.atomic
def teach(viewer: Viewer, news_id: int, *, outcome: str, words: str, as_of: dt.date) -> int:
    """Say what the code of a waiting piece means; all that waits for it is taken over. Returns how many were."""
    news: BankNews = _allowed(viewer, BankNews.objects.all(), news_id, FILES)
    kind, code = news.content["kind"], news.content["code"]
    done, customers = outcomes.teach_meaning(
        client=news.client, kind=kind, code=code, outcome=outcome, words=words, actor=viewer.name, as_of=as_of
    )
    _decide(news.client, customers, viewer, as_of)
    return done


@transaction.atomic
def assign(viewer: Viewer, news_id: int, instalment_id: int, *, as_of: dt.date) -> BankNews:
    """Say of which instalment a waiting piece speaks. Refused as outcomes.assign_news."""
    news: BankNews = _allowed(viewer, BankNews.objects.all(), news_id, FILES)
    item: Instalment = _allowed(viewer, Instalment.objects.all(), instalment_id, FILES)
    done = outcomes.assign_news(news=news, instalment=item, actor=viewer.name, as_of=as_of)
    _decide(news.client, [item.customer_id], viewer, as_of)
    return done


@transaction.atomic
def set_aside(viewer: Viewer, news_id: int, *, why: str, as_of: dt.date) -> BankNews:
    """A waiting piece that concerns nothing of ours. Refused as outcomes.set_news_aside."""
    news: BankNews = _allowed(viewer, BankNews.objects.all(), news_id, FILES)
    return outcomes.set_news_aside(news=news, why=why, actor=viewer.name, as_of=as_of)


def _decide(client: Client, customer_ids: Iterable[int], viewer: Viewer, as_of: dt.date) -> None:
    reevaluate(client=client, customer_ids=set(customer_ids), actor=viewer.name, as_of=as_of)


def _allowed(viewer: Viewer, rows: Any, pk: int, right: str) -> Any:
    found = visible(viewer, rows).select_related("client").filter(pk=pk).first()
    if found is None:
        raise Http404
    viewer.require(right, found.client_id)
    return found
