# SPDX-License-Identifier: Apache-2.0
"""Finding what open invoices lack by our own fault, as sets: at import and each day, the difference only is written.

What arrived closes its gap by itself; what somebody accepted as it is does not come back. A fixed number of reads,
whatever the number of invoices. And the deeds of a viewer on gaps, each followed at once by a new decision.
"""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
from django.db import transaction
from django.db.models import Max, QuerySet, Sum
from django.http import Http404
from stdnum import iban as iban_code

from ascolto.domain.access.models import Client, User
from ascolto.domain.access.viewer import Viewer, visible
from ascolto.domain.care import papers
from ascolto.domain.care.models import Gap, InvoiceFile
from ascolto.domain.ledger.models import Allocation
from ascolto.domain.portfolio.drafts import LIST_MARK
from ascolto.domain.portfolio.identities import chunks
from ascolto.domain.portfolio.marks import set_demands
from ascolto.domain.portfolio.models import ContactPoint, Customer, Instalment, Invoice
from ascolto.domain.strategy.actions import reevaluate
from ascolto.domain.strategy.models import Night
from ascolto.domain.strategy.night import FEW
from ascolto.engine.papers import PAPERS, find_gaps, rules_for
from ascolto.policies import load

MANY = 5000
"""Customers named in one query at most."""
Found = dict[tuple[int, str], str]
Ids = Collection[int] | None


@dataclass
class PapersReport:
    """How many gaps are new, how many closed by themselves, and whose answers may differ now."""

    found: int = 0
    closed: int = 0
    customer_ids: set[int] = field(default_factory=set)


@transaction.atomic
def check_papers(*, client: Client, as_of: dt.date, actor: str, customer_ids: Ids = None) -> PapersReport:
    """Look at the open invoices of `client` (or of some customers) and write what changed since the last look."""
    if customer_ids is not None and len(customer_ids) > MANY:
        whole, ids = PapersReport(), sorted(customer_ids)
        for start in range(0, len(ids), MANY):
            part = check_papers(client=client, as_of=as_of, actor=actor, customer_ids=ids[start : start + MANY])
            whole = PapersReport(
                whole.found + part.found, whole.closed + part.closed, whole.customer_ids | part.customer_ids
            )
        return whole
    Client.objects.select_for_update().get(pk=client.pk)
    table, owners = _papers(client, as_of, customer_ids)
    rules = rules_for(load.paper_rules().rule, client.sector)
    found: Found = {(row["invoice_id"], row["check"]): row["effect"] for row in find_gaps(table, rules)}
    gaps = Gap.objects.filter(client=client)
    if customer_ids is not None:
        gaps = gaps.filter(customer__in=list(customer_ids))
    report = PapersReport()
    still = _close(gaps, found, set(owners), as_of, actor, report)
    accepted = set(gaps.filter(how=Gap.How.ACCEPTED).values_list("invoice_id", "check_code"))
    new = [
        Gap(client=client, customer_id=owners[invoice], invoice_id=invoice, check_code=check, effect=effect, found_on=as_of)
        for (invoice, check), effect in sorted(found.items())
        if (invoice, check) not in still and (invoice, check) not in accepted
    ]  # fmt: skip
    Gap.objects.bulk_create(new)
    report.found = len(new)
    report.customer_ids |= {gap.customer_id for gap in new}
    return report


def to_look_at(client: Client, night: Night) -> tuple[Ids, int]:
    """Of whom the night looks at the papers (None: of everybody), and the mark up to which invoices are known by then.

    Of a large client, whose papers were looked at when they were imported: those who lack something, and those whose
    invoices came since the last night's mark.
    """
    mark: int = Invoice.objects.aggregate(last=Max("pk"))["last"] or 0
    if Customer.objects.filter(client=client).count() <= FEW:
        return None, mark
    lived = Night.objects.filter(client=client, state=Night.State.DONE).exclude(pk=night.pk).order_by("-pk").first()
    known = lived.report.get("papers", {}).get("mark", mark) if lived else mark
    lacking = set(Gap.objects.filter(client=client, closed_on=None).values_list("customer_id", flat=True))
    # By their ids alone, for they are few; asked by the client too, SQLite would walk all of its invoices.
    came = Invoice.objects.filter(pk__gt=known).values_list("client_id", "customer_id")
    return lacking | {who for client_id, who in came.iterator() if client_id == client.pk}, mark


def _close(
    gaps: QuerySet[Gap], found: Found, open_ids: set[int], as_of: dt.date, actor: str, report: PapersReport
) -> set[tuple[int, str]]:
    """Close what is lacking no more; give those that stay, with the effect that the policy says today."""
    still, done, changed = set(), [], []
    for gap in gaps.filter(closed_on=None):
        key = (gap.invoice_id, gap.check_code)
        effect = found.get(key)
        if effect is None:
            gap.closed_on, gap.closed_by = as_of, actor
            gap.how = Gap.How.ARRIVED if gap.invoice_id in open_ids else Gap.How.SETTLED
            done.append(gap)
            continue
        still.add(key)
        if gap.effect != effect:
            gap.effect = effect
            changed.append(gap)
    Gap.objects.bulk_update(done, ["closed_on", "closed_by", "how"], batch_size=200)
    Gap.objects.bulk_update(changed, ["effect"], batch_size=200)
    report.closed = len(done)
    report.customer_ids |= {gap.customer_id for gap in [*done, *changed]}
    return still


def _papers(client: Client, as_of: dt.date, customer_ids: Ids) -> tuple[pa.Table, dict[int, int]]:
    """The open invoices as the engine checks them, and whose they are by their id."""
    cents = _open_cents(client, as_of, customer_ids)
    rows = [row for some in chunks(sorted(cents)) for row in Invoice.objects.filter(client=client, pk__in=some).values_list(
        "pk", "customer_id", "customer__kind", "customer__demands", "pay_iban", "customer__vat", "customer__tax_code",
        "customer__street", "customer__city", "undeliverable", "purchase_order", "cig", "cup", "content_sha", "description",
        "terms_from_client", "payable_cents")]  # fmt: skip
    reachable = _reachable(client, customer_ids)
    attached = set(InvoiceFile.objects.filter(client=client).values_list("invoice_id", flat=True))
    valid = {code: iban_code.is_valid(code) for code in {client.iban, *(row[4] for row in rows)}}
    plain = [
        (pk, kind, f" {demands} ", valid[pay_iban or client.iban], vat or tax_code, street, city, undeliverable, order, cig,
         cup, pk in attached or bool(sha and not sha.startswith(LIST_MARK)), description, not usual,
         sha.startswith(LIST_MARK), payable, cents[pk], who in reachable)
        for (pk, who, kind, demands, pay_iban, vat, tax_code, street, city, undeliverable, order, cig, cup, sha, description,
             usual, payable) in rows
    ]  # fmt: skip
    columns = list(zip(*plain, strict=True)) or [() for _ in PAPERS.names]
    schema = PAPERS.to_pyarrow()
    table = pa.table(
        [pa.array(column, one.type) for column, one in zip(columns, schema, strict=True)], names=list(PAPERS.names)
    )
    return table, {row[0]: row[1] for row in rows}


def _open_cents(client: Client, as_of: dt.date, customer_ids: Ids) -> dict[int, int]:
    """Cents of the instalments of each invoice of which something is open: two grouped reads, no search per invoice."""
    items = Instalment.objects.filter(client=client, invoice__issued_on__lte=as_of)
    paid = Allocation.objects.filter(client=client, known_on__lte=as_of)
    if customer_ids is not None:
        ids = list(customer_ids)
        items = items.filter(customer__in=ids)
        paid = paid.filter(instalment__client=client, instalment__customer__in=ids)
    taken = dict(paid.order_by().values_list("instalment_id").annotate(cents=Sum("amount_cents")))
    sums, open_ids = Counter[int](), set()
    for pk, invoice, cents in items.order_by().values_list("pk", "invoice_id", "amount_cents"):
        sums[invoice] += cents
        if cents > taken.get(pk, 0):
            open_ids.add(invoice)
    return {invoice: sums[invoice] for invoice in open_ids}


def _reachable(client: Client, customer_ids: Ids) -> set[int]:
    points = ContactPoint.objects.filter(client=client, is_right_party=True, verified=True).exclude(consent="denied")
    if customer_ids is not None:
        points = points.filter(customer__in=list(customer_ids))
    return set(points.values_list("customer_id", flat=True))


# --- what people do ------------------------------------------------------------------------------------------------


@transaction.atomic
def mend_gap(viewer: Viewer, gap_id: int, deed: Callable[..., Gap], *, as_of: dt.date, **said: Any) -> Gap:
    """Do one of care's verbs (papers.supply, attach, accept_gap, reopen_gap) and decide the customer again. Right: mend."""
    gap = visible(viewer, Gap.objects.select_related("client")).filter(pk=gap_id).first()
    if gap is None:
        raise Http404
    viewer.require("mend", gap.client_id)
    done = deed(gap=gap, actor=viewer.name, as_of=as_of, **said)
    check_papers(client=gap.client, as_of=as_of, actor=viewer.name, customer_ids={gap.customer_id})
    reevaluate(client=gap.client, customer_ids={gap.customer_id}, actor=viewer.name, as_of=as_of)
    return done


@transaction.atomic
def give_gaps(viewer: Viewer, gap_ids: Iterable[int], owner: User | None, *, as_of: dt.date) -> int:
    """Give these gaps, of any of the viewer's clients, to somebody; gaps that are not theirs are passed over. Right: mend."""
    rows = visible(viewer, Gap.objects.all()).filter(pk__in=list(gap_ids))
    by_client: dict[int, list[int]] = {}
    for pk, client_id in rows.values_list("pk", "client_id"):
        by_client.setdefault(client_id, []).append(pk)
    for client_id in by_client:
        viewer.require("mend", client_id)
    return sum(
        papers.assign_gaps(client_id=client_id, gap_ids=ids, owner=owner, actor=viewer.name, as_of=as_of)
        for client_id, ids in by_client.items()
    )


@transaction.atomic
def change_demands(viewer: Viewer, customer: Any, *, demands: Sequence[str], as_of: dt.date) -> None:
    """Note what the customer's invoices must name, and look at them again. Right: record_contact."""
    viewer.require("record_contact", customer.client_id)
    set_demands(customer=customer, demands=demands, actor=viewer.name, as_of=as_of)
    check_papers(client=customer.client, as_of=as_of, actor=viewer.name, customer_ids={customer.pk})
    reevaluate(client=customer.client, customer_ids={customer.pk}, actor=viewer.name, as_of=as_of)
