# SPDX-License-Identifier: Apache-2.0
"""The verbs that write customers and invoices: whole lists at a time, the difference only, a trail for every change."""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from django.db import transaction

from ascolto.domain.access.models import Client
from ascolto.domain.portfolio.customers import Registrar
from ascolto.domain.portfolio.drafts import CustomerDraft, InvoiceDraft
from ascolto.domain.portfolio.identities import Directory, chunks
from ascolto.domain.portfolio.models import Account, Instalment, Invoice, InvoiceLine
from ascolto.domain.portfolio.versions import (
    Replacement,
    instalments_of,
    is_known,
    lines_of,
    replace_invoices,
    write_header,
)

Verdict = Literal["new", "known", "changed", "refused"]


@dataclass(frozen=True, slots=True)
class Settled:
    """What the ledger has already used: cents per instalment id, and the ids of credit notes that were applied."""

    by_instalment: Mapping[int, int] = field(default_factory=dict)
    applied_notes: frozenset[int] = frozenset()


SettledOf = Callable[[Sequence[int]], Settled]
"""Tells what is settled of the invoices with these ids; the ledger stands above this room, so the caller brings it."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one draft. `code` names the reason of a refusal in the catalogue of intake."""

    key: int
    verdict: Verdict
    id: int | None = None
    code: str = ""
    params: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class IssueReport:
    """Counts of documents, ids of the invoices touched (new and changed), and one outcome per draft."""

    new: int
    known: int
    changed: int
    ids: tuple[int, ...]
    outcomes: tuple[Outcome, ...]

    @classmethod
    def of(cls, outcomes: Iterable[Outcome]) -> "IssueReport":
        """The report of these outcomes."""
        done = tuple(outcomes)
        count = {verdict: sum(item.verdict == verdict for item in done) for verdict in ("new", "known", "changed")}
        touched = tuple(item.id for item in done if item.id is not None and item.verdict in {"new", "changed"})
        return cls(count["new"], count["known"], count["changed"], touched, done)


@transaction.atomic
def save_customers(*, client: Client, rows: Sequence[CustomerDraft], actor: str, as_of: dt.date) -> IssueReport:
    """Create or complete customers from a customer list, the client's word: what it says replaces what we knew.

    `ids` are the customers created or changed; `outcomes` follow the order of `rows` (their key is the position).
    A row without any identity is refused with `customer.no_identity`.
    """
    _queue_up(client)
    registrar = Registrar(client, Directory(client.pk, rows), actor=actor, as_of=as_of)
    verdicts = [registrar.learn(draft, master=True) if draft.identified else None for draft in rows]
    registrar.write()
    return IssueReport.of(
        Outcome(key, found.verdict, found.customer.pk)
        if found
        else Outcome(key, "refused", code="customer.no_identity")
        for key, found in enumerate(verdicts)
    )


@transaction.atomic
def issue_invoices(
    *,
    client: Client,
    documents: Sequence[InvoiceDraft],
    batch_id: int | None,
    actor: str,
    as_of: dt.date,
    settled: SettledOf,
) -> IssueReport:
    """Write invoices, credit notes and rents with their customers, accounts and instalments; set by set.

    The same document again is `known`; another content under the same kind, number and date is `changed`: the former
    content goes to InvoiceVersion and the trail. A change below what is paid already, or of a credit note that was
    used, is `refused` with its code, and so is a customer nobody can identify.
    """
    _queue_up(client)
    directory = Directory(client.pk, [draft.customer for draft in documents])
    registrar = Registrar(client, directory, actor=actor, as_of=as_of)
    outcomes: list[Outcome] = []
    for turn in _turns(documents):
        outcomes += _issue(client, turn, registrar, batch_id, settled)
    return IssueReport.of(sorted(outcomes, key=lambda outcome: outcome.key))


def compare_invoices(*, client: Client, documents: Sequence[InvoiceDraft]) -> dict[int, Verdict]:
    """What `issue_invoices` would make of each draft, by key, without writing: `new`, `known` or `changed`."""
    directory = Directory(client.pk, [draft.customer for draft in documents])
    existing = _existing(client, documents)
    seen: dict[object, str] = {}
    verdicts: dict[int, Verdict] = {}
    for draft in documents:
        invoice, before, sha = existing.get(draft.identity), seen.get(draft.identity), draft.content_sha
        same = before == sha or (invoice and is_known(invoice, draft, sha, directory.find(draft.customer)))
        verdicts[draft.key] = "known" if same else "changed" if invoice or before else "new"
        seen[draft.identity] = sha
    return verdicts


def _queue_up(client: Client) -> None:
    """Two deliveries of one client are written one after the other, or both would create the same customer."""
    Client.objects.select_for_update().get(pk=client.pk)


def _turns(documents: Sequence[InvoiceDraft]) -> list[list[InvoiceDraft]]:
    """The drafts in rounds, each with an invoice once: a delivery may hold a document and its correction."""
    rounds: list[list[InvoiceDraft]] = []
    seen: dict[object, int] = {}
    for draft in documents:
        turn = seen[draft.identity] = seen.get(draft.identity, -1) + 1
        if turn == len(rounds):
            rounds.append([])
        rounds[turn].append(draft)
    return rounds


def _existing(client: Client, documents: Sequence[InvoiceDraft]) -> dict[tuple[str, str, dt.date], Invoice]:
    return {
        (invoice.kind, invoice.number, invoice.issued_on): invoice
        for numbers in chunks(draft.number for draft in documents)
        for invoice in Invoice.objects.filter(client=client, number__in=numbers)
    }


def _issue(
    client: Client,
    documents: list[InvoiceDraft],
    registrar: Registrar,
    batch_id: int | None,
    settled: SettledOf,
) -> list[Outcome]:
    existing = _existing(client, documents)
    outcomes = [
        Outcome(draft.key, "refused", code="customer.no_identity")
        for draft in documents
        if not draft.customer.identified
    ]
    fresh: list[InvoiceDraft] = []
    replacements: list[Replacement] = []
    for draft in documents:
        invoice = existing.get(draft.identity)
        if not draft.customer.identified:
            continue
        if invoice is None:
            registrar.learn(draft.customer)
            fresh.append(draft)
        elif is_known(invoice, draft, draft.content_sha, registrar.directory.find(draft.customer)):
            outcomes.append(Outcome(draft.key, "known", invoice.pk))
        else:
            replacements.append(Replacement(invoice, draft, registrar.learn_of(invoice, draft.customer)))
    registrar.write()
    accounts = _accounts(client, [*fresh, *(item.draft for item in replacements)], registrar.directory)
    outcomes += _create(client, fresh, registrar.directory, accounts, batch_id)
    refusals = replace_invoices(client, replacements, accounts, batch_id, settled, actor=registrar.actor)
    for item in replacements:
        refusal = refusals.get(item.draft.key)
        changed = Outcome(item.draft.key, "changed", item.invoice.pk)
        outcomes.append(replace(changed, verdict="refused", code=refusal[0], params=refusal[1]) if refusal else changed)
    return outcomes


def _accounts(client: Client, documents: list[InvoiceDraft], directory: Directory) -> dict[str, Account]:
    """The accounts that the drafts name, made where missing. An account stays with the customer who has it."""
    named = {draft.account: draft for draft in documents if draft.account}
    found = {
        account.number: account
        for numbers in chunks(named)
        for account in Account.objects.filter(client=client, number__in=numbers)
    }
    missing = [
        Account(
            client=client,
            customer=customer,
            number=number,
            kind=draft.account_kind[:40],
            place=draft.account_place[:200],
        )
        for number, draft in named.items()
        if number not in found and (customer := directory.find(draft.customer)) is not None
    ]
    Account.objects.bulk_create(missing)
    return found | {account.number: account for account in missing}


def _create(
    client: Client,
    drafts: list[InvoiceDraft],
    directory: Directory,
    accounts: Mapping[str, Account],
    batch_id: int | None,
) -> list[Outcome]:
    invoices: list[Invoice] = []
    for draft in drafts:
        customer = directory.find(draft.customer)
        assert customer is not None, "every customer of a new invoice was registered before"
        invoice = Invoice(client=client, customer=customer, batch_id=batch_id, content_sha=draft.content_sha)
        write_header(invoice, draft, accounts.get(draft.account))
        invoices.append(invoice)
    Invoice.objects.bulk_create(invoices)
    Instalment.objects.bulk_create(
        instalment
        for invoice, draft in zip(invoices, drafts, strict=True)
        for instalment in instalments_of(invoice, draft)
    )
    pairs = zip(invoices, drafts, strict=True)
    InvoiceLine.objects.bulk_create((line for pair in pairs for line in lines_of(*pair)), batch_size=1000)
    return [Outcome(draft.key, "new", invoice.pk) for invoice, draft in zip(invoices, drafts, strict=True)]
