# SPDX-License-Identifier: Apache-2.0
"""From a draft to rows, and from one version of an invoice to the next, with what it said before kept."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ascolto.domain.access.models import Client
from ascolto.domain.portfolio.drafts import LIST_MARK, InvoiceDraft
from ascolto.domain.portfolio.identities import chunks
from ascolto.domain.portfolio.models import Account, Customer, Instalment, Invoice, InvoiceLine, InvoiceVersion
from ascolto.domain.records import clock
from ascolto.domain.records.actions import record

if TYPE_CHECKING:
    from ascolto.domain.portfolio.actions import Settled, SettledOf

_HEADER = (
    "kind", "number", "currency", "total_cents", "payable_cents", "withholding_cents", "split_payment", "description",
    "reference", "purchase_order", "cig", "cup", "pay_iban", "undeliverable", "terms_from_client", "customer_id", "account_id", "content_sha",
)  # fmt: skip
Refusal = tuple[str, dict[str, str]]


@dataclass(frozen=True, slots=True)
class Replacement:
    """A known invoice, what its document says now, and whose it is now."""

    invoice: Invoice
    draft: InvoiceDraft
    customer: Customer


def is_known(invoice: Invoice, draft: InvoiceDraft, sha: str, customer: Customer | None) -> bool:
    """Whether the draft tells nothing new of the invoice. A list never overrules a document."""
    if draft.from_list and not invoice.content_sha.startswith(LIST_MARK):
        return True
    same_customer = customer is None or customer.pk is None or customer.pk == invoice.customer_id
    return invoice.content_sha == sha and same_customer


def write_header(invoice: Invoice, draft: InvoiceDraft, account: Account | None) -> None:
    """The columns of an invoice from its draft; unsaved. Another customer's account is not taken over."""
    invoice.kind, invoice.number, invoice.issued_on = draft.kind, draft.number, draft.issued_on
    invoice.currency, invoice.total_cents, invoice.payable_cents = (
        draft.currency,
        draft.total_cents,
        draft.payable_cents,
    )
    invoice.withholding_cents, invoice.split_payment = draft.withholding_cents, draft.split_payment
    invoice.description, invoice.reference = draft.description[:300], draft.reference[:60]
    invoice.purchase_order, invoice.terms_from_client = draft.purchase_order[:60], draft.terms_from_client
    invoice.cig, invoice.cup, invoice.pay_iban = draft.cig[:15], draft.cup[:15], draft.pay_iban[:34]
    invoice.undeliverable = draft.undeliverable
    if account is not None and account.customer_id == invoice.customer_id:
        invoice.account = account


def instalments_of(invoice: Invoice, draft: InvoiceDraft) -> list[Instalment]:
    """The open items of a draft, unsaved. A credit note has none: the ledger applies it to others."""
    if draft.kind == Invoice.Kind.CREDIT_NOTE:
        return []
    return [
        Instalment(
            client_id=invoice.client_id,
            customer_id=invoice.customer_id,
            invoice=invoice,
            position=position,
            due_on=item.due_on,
            amount_cents=item.cents,
            method=item.method[:20],
            reference=item.reference[:60],
        )
        for position, item in enumerate((item for item in draft.instalments if item.cents > 0), start=1)
    ]


def lines_of(invoice: Invoice, draft: InvoiceDraft) -> list[InvoiceLine]:
    """The lines of a draft, unsaved."""
    return [
        InvoiceLine(
            client_id=invoice.client_id,
            invoice=invoice,
            position=position,
            description=line.description[:300],
            amount_cents=line.cents,
            period_from=line.start,
            period_to=line.end,
        )
        for position, line in enumerate(draft.lines, start=1)
    ]


def replace_invoices(
    client: Client,
    replacements: Sequence[Replacement],
    accounts: Mapping[str, Account],
    batch_id: int | None,
    settled: "SettledOf",
    *,
    actor: str,
) -> dict[int, Refusal]:
    """Write the new version of each invoice, in the caller's transaction. Returns the refusals by the draft's key."""
    if not replacements:
        return {}
    ids = [item.invoice.pk for item in replacements]
    used, before, lines = settled(ids), _instalments(client, ids), _lines(client, ids)
    refusals: dict[int, Refusal] = {}
    work = _Work()
    for item in replacements:
        old = before[item.invoice.pk]
        new = _next_instalments(item, old)
        refusal = _refusal(item, old, new, used)
        if refusal is not None:
            refusals[item.draft.key] = refusal
            continue
        work.keep(item.invoice, old, lines[item.invoice.pk])
        item.invoice.customer = item.customer
        write_header(item.invoice, item.draft, accounts.get(item.draft.account))
        item.invoice.content_sha, item.invoice.batch_id = item.draft.content_sha, batch_id
        item.invoice.version += 1
        work.change(item.invoice, old, new)
        work.lines += lines_of(item.invoice, item.draft)
    work.write(actor)
    return refusals


def _instalments(client: Client, invoice_ids: Sequence[int]) -> dict[int, list[Instalment]]:
    found: dict[int, list[Instalment]] = defaultdict(list)
    for some in chunks(invoice_ids):
        for row in Instalment.objects.filter(client=client, invoice__in=some).order_by("position"):
            found[row.invoice_id].append(row)
    return found


def _lines(client: Client, invoice_ids: Sequence[int]) -> dict[int, list[InvoiceLine]]:
    found: dict[int, list[InvoiceLine]] = defaultdict(list)
    for some in chunks(invoice_ids):
        for line in InvoiceLine.objects.filter(client=client, invoice__in=some).order_by("position"):
            found[line.invoice_id].append(line)
    return found


def _next_instalments(item: Replacement, old: Sequence[Instalment]) -> list[Instalment]:
    """The open items after the change. What was paid before we knew the invoice stays paid: an invoice that came from
    an open-item list keeps its amounts as long as its total is the same."""
    new = instalments_of(item.invoice, item.draft)
    was_listed = item.invoice.content_sha.startswith(LIST_MARK)
    if not was_listed or not old or item.draft.total_cents != item.invoice.total_cents:
        return new
    if len(new) != len(old):
        return [_copy(row) for row in old]
    for row, known in zip(new, old, strict=True):
        row.amount_cents = known.amount_cents
    return new


def _copy(row: Instalment) -> Instalment:
    return Instalment(**{field.attname: getattr(row, field.attname) for field in Instalment._meta.concrete_fields})


def _refusal(
    item: Replacement, old: Sequence[Instalment], new: Sequence[Instalment], used: "Settled"
) -> Refusal | None:
    number = item.invoice.number
    if item.invoice.pk in used.applied_notes:
        return "invoice.note_used", {"number": number}
    amounts = {row.position: row.amount_cents for row in new}
    for row in old:
        paid = used.by_instalment.get(row.pk)
        if paid is None:
            continue
        if item.customer.pk != item.invoice.customer_id:
            return "invoice.paid_by_another", {"number": number}
        if amounts.get(row.position, -1) < paid:
            return "invoice.below_paid", {"number": number, "paid": f"{paid // 100}.{paid % 100:02d}"}
    return None


class _Work:
    """The writes of many replacements, collected so that each kind is one statement."""

    def __init__(self) -> None:
        self.versions: list[InvoiceVersion] = []
        self.invoices: list[Invoice] = []
        self.updated: list[Instalment] = []
        self.created: list[Instalment] = []
        self.dropped: list[int] = []
        self.lines: list[InvoiceLine] = []

    def keep(self, invoice: Invoice, old: Sequence[Instalment], lines: Sequence[InvoiceLine]) -> None:
        self.versions.append(
            InvoiceVersion(
                client_id=invoice.client_id,
                invoice=invoice,
                version=invoice.version,
                content=content_of(invoice, old, lines),
                replaced_at=clock.now(),
                batch_id=invoice.batch_id,
            )
        )

    def change(self, invoice: Invoice, old: Sequence[Instalment], new: Sequence[Instalment]) -> None:
        self.invoices.append(invoice)
        ids = {row.position: row.pk for row in old}
        for row in new:
            row.pk = ids.pop(row.position, None)
            (self.created if row.pk is None else self.updated).append(row)
        self.dropped += ids.values()

    def write(self, actor: str) -> None:
        InvoiceVersion.objects.bulk_create(self.versions)
        fields = [name.removesuffix("_id") for name in _HEADER if name not in {"kind", "number"}]
        Invoice.objects.bulk_update(self.invoices, [*fields, "version", "batch_id"], batch_size=50)
        for some in chunks(self.dropped):
            Instalment.objects.filter(pk__in=some).delete()
        Instalment.objects.bulk_update(
            self.updated, ["customer", "due_on", "amount_cents", "method", "reference"], batch_size=100
        )
        Instalment.objects.bulk_create(self.created)
        for some in chunks([invoice.pk for invoice in self.invoices]):
            InvoiceLine.objects.filter(client__in={i.client_id for i in self.invoices}, invoice__in=some).delete()
        InvoiceLine.objects.bulk_create(self.lines, batch_size=1000)
        for version, invoice in zip(self.versions, self.invoices, strict=True):
            data = {"from": version.version, "to": invoice.version, "before_cents": version.content["payable_cents"],
                    "after_cents": invoice.payable_cents, "batch": invoice.batch_id}  # fmt: skip
            record("invoice.changed", actor=actor, client_id=invoice.client_id, subject=invoice, data=data)


def content_of(
    invoice: Invoice, instalments: Sequence[Instalment], lines: Sequence[InvoiceLine] = ()
) -> dict[str, Any]:
    """What an invoice says, as JSON: kept when it changes."""
    return {
        **{name: getattr(invoice, name) for name in _HEADER},
        "issued_on": invoice.issued_on.isoformat(),
        "instalments": [
            {"position": row.position, "due_on": row.due_on.isoformat(), "amount_cents": row.amount_cents,
             "method": row.method, "reference": row.reference}
            for row in instalments
        ],
        "lines": [
            [line.description, line.amount_cents, line.period_from and line.period_from.isoformat(),
             line.period_to and line.period_to.isoformat()]
            for line in lines
        ],
    }  # fmt: skip
