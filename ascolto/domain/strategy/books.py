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


def have_moved(night: Night, client: Client) -> bool:
    """True unless the last run of the same day left the books as they stand now: added to, rejected, decided or set
    otherwise. Any client's rows count: to look once too often costs time, to look once too seldom money."""
    last = _before(night)
    return last is None or last.books != f"{_added(client)}/{_judged(client)}"


def _added(client: Client) -> str:
    last = [model._default_manager.aggregate(last=Max("pk"))["last"] or 0 for model in ADDED_TO]
    proposals, requests = MatchProposal.objects.filter(client=client), CreditRequest.objects.filter(client=client)
    changed = [
        proposals.filter(status=MatchProposal.Status.REJECTED).count(),
        requests.exclude(status=CreditRequest.Status.PENDING).count(),
        Client.objects.values_list("auto_settle_permille", flat=True).get(pk=client.pk),
    ]
    return "-".join(map(str, [*last, *changed]))


def _judged(client: Client) -> str:
    promises = Promise.objects.filter(client=client, status=Promise.Status.PENDING).count()
    return f"{promises}-{Plan.objects.filter(client=client, status=Plan.Status.ACTIVE).count()}"


def waiting_before(night: Night) -> int:
    """Bank lines that waited for a person when the books were last read."""
    last = _before(night)
    return int(last.report.get("cash", {}).get("waiting", 0)) if last else 0


def _before(night: Night) -> Night | None:
    same = Night.objects.filter(client=night.client_id, as_of=night.as_of).exclude(pk=night.pk)
    return same.order_by("-started_at", "-pk").first()


def keep_state(night: Night, client: Client) -> None:
    """What the books look like when this night has read them."""
    Night.objects.filter(pk=night.pk).update(books=f"{_added(client)}/{_judged(client)}")


def keep_judged(night: Night, client: Client) -> None:
    """What this night judged itself, after it had read the books, is no news to a second run of the day."""
    added = Night.objects.values_list("books", flat=True).get(pk=night.pk).partition("/")[0]
    Night.objects.filter(pk=night.pk).update(books=f"{added}/{_judged(client)}")
