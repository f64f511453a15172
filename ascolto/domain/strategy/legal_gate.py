# SPDX-License-Identifier: Apache-2.0
"""The gate before court: what is at stake in figures, and the cap on the share of the stock that may be legal.

Beyond the cap a case is passed on only when a credit manager has approved it, with a reason, in the last thirty days.
"""

import datetime as dt
from dataclasses import dataclass

from django.db import transaction
from django.http import Http404
from django.utils.translation import gettext as _

from ascolto.domain.access.models import Client
from ascolto.domain.access.viewer import Viewer, system_viewer, visible
from ascolto.domain.agreements.models import Promise
from ascolto.domain.agreements.queries import promises_of
from ascolto.domain.ledger.account import account_of
from ascolto.domain.mandates.models import Mandate
from ascolto.domain.portfolio.models import Customer
from ascolto.domain.records.actions import record
from ascolto.domain.records.errors import Refused
from ascolto.domain.records.models import TrailEntry
from ascolto.domain.strategy.drill import figures_on
from ascolto.domain.strategy.figures import ageing_of, hundredths, legal_cents, legal_customers
from ascolto.domain.strategy.plan_terms import charter_on
from ascolto.domain.strategy.recovery import Likelihood, likelihood
from ascolto.engine import kpi

CAP = 500
"""Hundredths of a per cent of the credit stock: the legal share stays under 5 %, unless the charter says otherwise."""
APPROVED_DAYS = 30
VERB = "legal_approved"


@dataclass(frozen=True)
class Prospect:
    """What is known before court; cents, and hundredths of a per cent. `approved`: the approval in force."""

    overdue_cents: int
    oldest_days: int
    last_paid_on: dt.date | None
    kept: int
    judged: int
    share: int
    share_after: int
    beyond: bool
    approved: TrailEntry | None
    cap: int
    cap_from: Mandate | None
    likely: Likelihood

    @property
    def expected_cents(self) -> int:
        """What of the overdue may be expected to come in."""
        return self.likely.of(self.overdue_cents)


def prospect_of(viewer: Viewer, customer_id: int, as_of: dt.date) -> Prospect:
    """The figures of the gate for one customer. Stranger: Http404."""
    account = account_of(viewer, customer_id, as_of)
    customer = account.customer
    stock, legal = _stock(customer.client_id, as_of), legal_cents(customer.client_id, as_of)
    already = legal_customers(customer.client_id, as_of).filter(customer_id=customer_id).exists()
    after = _share(legal + (0 if already else account.overdue_cents), stock)
    judged = promises_of(viewer, customer_id).filter(status__in=("kept", "partly", "broken"), judged_on__lte=as_of)
    paid = [line.value_on for line in account.movements if line.kind == "money"]
    cap, said_by = cap_of(customer.client, as_of)
    oldest = max((item.days for item in account.items), default=0)
    return Prospect(
        overdue_cents=account.overdue_cents, oldest_days=oldest,
        last_paid_on=max(paid, default=None), kept=judged.filter(status=Promise.Status.KEPT).count(),
        judged=judged.count(), share=_share(legal, stock), share_after=after, beyond=after >= cap,
        approved=_approval(customer, as_of), cap=cap, cap_from=said_by,
        likely=likelihood(customer.client_id, oldest, as_of),
    )  # fmt: skip


def cap_of(client: Client, as_of: dt.date) -> tuple[int, Mandate | None]:
    """The cap of this client, and the mandate whose charter sets it; ours when none does."""
    charter, mandate = charter_on(client, as_of)
    return (CAP, None) if charter.legal_share_bp is None else (charter.legal_share_bp, mandate)


@transaction.atomic
def approve_legal(viewer: Viewer, customer_id: int, *, costs_cents: int, reason: str, as_of: dt.date) -> TrailEntry:
    """A credit manager lets the case pass whatever the share, for thirty days. Right: policy.

    `costs_cents`: what court is expected to cost, as a person entered it. Refused: `no_reason`, `costs_too_high` (more
    would be spent than is owed).
    """
    customer = visible(viewer, Customer.objects.all()).filter(pk=customer_id).first()
    if customer is None:
        raise Http404
    viewer.require("policy", customer.client_id)
    if not reason.strip():
        raise Refused("no_reason", _("Say why this case should go to court."))
    told = prospect_of(viewer, customer_id, as_of)
    if costs_cents >= told.overdue_cents:
        raise Refused("costs_too_high", _("Court would cost as much as is owed, or more."))
    data = {
        "as_of": as_of.isoformat(), "overdue_cents": told.overdue_cents, "costs_cents": costs_cents,
        "share": told.share, "share_after": told.share_after, "cap": told.cap,
        "expected_cents": told.expected_cents, "likely_permille": told.likely.share_permille,
        "likely_items": told.likely.items, "likely_assumed": told.likely.assumed,
    }  # fmt: skip
    return record(VERB, actor=viewer.name, client_id=customer.client_id, subject=customer, why=reason, data=data)


def check_gate(customer: Customer, as_of: dt.date) -> None:
    """Refused `legal_cap` when passing this case on would bring the legal share to the client's cap and nobody
    approved it."""
    told = prospect_of(system_viewer("gate", [customer.client_id]), customer.pk, as_of)
    if told.beyond and told.approved is None:
        raise Refused("legal_cap", _(
            "With this case %(share)s %% of the credit would be with lawyers: a credit manager must approve it first."
        ) % {"share": f"{told.share_after / 100:.2f}"})  # fmt: skip


def _approval(customer: Customer, as_of: dt.date) -> TrailEntry | None:
    """The latest approval, while it is fresh."""
    rows = TrailEntry.objects.filter(
        client_id=customer.client_id, subject_type="customer", subject_id=customer.pk, verb=VERB
    )
    last = rows.order_by("-at", "-pk").first()
    if last is None:
        return None
    return last if 0 <= (as_of - dt.date.fromisoformat(last.data["as_of"])).days <= APPROVED_DAYS else None


def _stock(client_id: int, as_of: dt.date) -> int:
    """The client's credit as the last night measured it; only before the first night it is added up here. The legal
    part is always of this moment: it is small, and who passes on ten cases in a day must see the share grow."""
    kept = figures_on(system_viewer("gate", [client_id]), client_id, as_of)
    if kept is not None:
        return int(kept.figures["receivables_cents"])
    return sum(row["cents"] for row in ageing_of(client_id, as_of))


def _share(cents: int, stock: int) -> int:
    return hundredths(kpi.legal_share(cents, stock)) or 0
