# SPDX-License-Identifier: Apache-2.0
"""Whether anything in the books has moved since a run of the same day read them.

Cash application looks at every open item for each line that waits: on a large client minutes. A second run of the day
need not, when nothing was added meanwhile. What it reads is only ever added to, so the last ids tell.
"""

from django.db.models import Max

from ascolto.domain.access.models import Client
from ascolto.domain.agreements.models import Plan, Promise
from ascolto.domain.ledger.models import (
    Allocation,
    BankLine,
    CashRule,
    CreditRequest,
    LineAside,
    MatchProposal,
    Payment,
)
from ascolto.domain.portfolio.models import Account, Customer, Instalment, Invoice, InvoiceVersion
from ascolto.domain.strategy.models import Night

ADDED_TO = (
    BankLine, Payment, Allocation, LineAside, CashRule, Invoice, InvoiceVersion, Instalment, Customer, Account,
    MatchProposal, CreditRequest, Promise, Plan,
)  # fmt: skip


def state_of_books(client: Client) -> str:
    """A word that is another one whenever something was added, rejected, decided or set otherwise. Any client's rows
    count: to look once too often costs time, to look once too seldom money."""
    last = [model._default_manager.aggregate(last=Max("pk"))["last"] or 0 for model in ADDED_TO]
    proposals, requests = MatchProposal.objects.filter(client=client), CreditRequest.objects.filter(client=client)
    changed = [
        proposals.filter(status=MatchProposal.Status.REJECTED).count(),
        requests.exclude(status=CreditRequest.Status.PENDING).count(),
        Promise.objects.filter(client=client, status=Promise.Status.PENDING).count(),
        Plan.objects.filter(client=client, status=Plan.Status.ACTIVE).count(),
        Client.objects.values_list("auto_settle_permille", flat=True).get(pk=client.pk),
    ]
    return "-".join(map(str, [*last, *changed]))


def have_moved(night: Night, client: Client) -> bool:
    """True unless the last run of the same day left the books as they stand now."""
    last = _before(night)
    return last is None or last.books != state_of_books(client)


def waiting_before(night: Night) -> int:
    """Bank lines that waited for a person when the books were last read."""
    last = _before(night)
    return int(last.report.get("cash", {}).get("waiting", 0)) if last else 0


def _before(night: Night) -> Night | None:
    same = Night.objects.filter(client=night.client_id, as_of=night.as_of).exclude(pk=night.pk)
    return same.order_by("-started_at", "-pk").first()


def keep_state(night: Night, client: Client) -> None:
    """What the books looked like when this night had read them."""
    Night.objects.filter(pk=night.pk).update(books=state_of_books(client))
