# SPDX-License-Identifier: Apache-2.0
"""Writing customers and invoices set by set: who is who, what is the same, and a handful of statements for many."""

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ascolto.domain.access.models import Client
from ascolto.domain.portfolio.actions import IssueReport, Settled, issue_invoices, save_customers
from ascolto.domain.portfolio.drafts import CustomerDraft, InstalmentDraft, InvoiceDraft
from ascolto.domain.portfolio.models import Account, Customer, Invoice

TODAY = dt.date(2026, 11, 20)
ROSSI = CustomerDraft(name="Rossi S.r.l.", vat="IT12345670017", kind="business")


def draft(
    number: str = "1", customer: CustomerDraft = ROSSI, cents: int = 10000, key: int = 0, **more: Any
) -> InvoiceDraft:
    item = InstalmentDraft(due_on=dt.date(2026, 10, 31), cents=cents)
    return InvoiceDraft(
        customer=customer, number=number, issued_on=dt.date(2026, 10, 1), total_cents=cents, payable_cents=cents,
        instalments=(item,), key=key, **more,
    )  # fmt: skip


def issue(client: Client, *documents: InvoiceDraft, settled: Settled | None = None) -> IssueReport:
    return issue_invoices(
        client=client, documents=documents, batch_id=None, actor="bruno@acqua.test", as_of=TODAY,
        settled=lambda ids: settled or Settled(),
    )  # fmt: skip


@pytest.mark.django_db
def test_firms_of_one_vat_group_are_told_apart_by_their_tax_codes(acqua: Client) -> None:
    one, two = replace(ROSSI, tax_code="11111111115"), replace(ROSSI, tax_code="22222222220", name="Rossi Due")
    issue(acqua, draft("1", one, key=1))
    issue(acqua, draft("2", replace(two, number="C2"), key=1))
    assert Customer.objects.count() == 2


@pytest.mark.django_db
def test_two_numbers_of_the_client_with_one_vat_are_two_customers(acqua: Client) -> None:
    rows = [replace(ROSSI, number="C1"), replace(ROSSI, number="C2")]
    assert save_customers(client=acqua, rows=rows, actor="bruno@acqua.test", as_of=TODAY).new == 2


@pytest.mark.django_db
def test_the_same_customer_of_two_clients_is_two(acqua: Client, altrove: Client) -> None:
    issue(acqua, draft()), issue(altrove, draft())
    assert set(Customer.objects.values_list("client__slug", flat=True)) == {"acqua", "altrove"}


@pytest.mark.django_db
def test_an_account_stays_with_its_customer(acqua: Client) -> None:
    issue(acqua, draft("1", account="POD1"))
    issue(acqua, draft("2", replace(ROSSI, vat="IT00000000018", name="Altri"), account="POD1"))
    assert Account.objects.get().customer.name == "Rossi S.r.l."
    assert list(Invoice.objects.order_by("number").values_list("account__number", flat=True)) == ["POD1", None]


@pytest.mark.django_db
def test_a_used_credit_note_cannot_change(acqua: Client) -> None:
    issue(acqua, draft(kind="credit_note"))
    used = Settled(applied_notes=frozenset({Invoice.objects.get().pk}))
    report = issue(acqua, draft(kind="credit_note", cents=5000), settled=used)
    assert ([o.code for o in report.outcomes], Invoice.objects.get().version) == (["invoice.note_used"], 1)


@pytest.mark.django_db
def test_a_change_to_fewer_instalments_drops_only_what_nobody_paid(acqua: Client) -> None:
    two = draft(cents=10000)
    two = replace(two, instalments=(*two.instalments, InstalmentDraft(due_on=TODAY, cents=5000)), total_cents=15000)
    issue(acqua, two)
    second = Invoice.objects.get().instalments.get(position=2)
    assert issue(acqua, draft(), settled=Settled({second.pk: 100})).outcomes[0].code == "invoice.below_paid"
    assert issue(acqua, draft()).changed == 1
    assert Invoice.objects.get().instalments.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("count", [40, 400])
def test_statements_grow_with_sets_not_with_rows(acqua: Client, count: int, django_assert_max_num_queries: Any) -> None:
    documents = [draft(str(n), replace(ROSSI, vat=f"IT{n:011}"), key=n) for n in range(10**10, 10**10 + count)]
    with django_assert_max_num_queries(60):
        assert issue(acqua, *documents).new == count


texts = st.text(max_size=12)


@given(
    number=texts,
    name=texts,
    cents=st.integers(0, 10**12),
    due=st.dates(),
    since=st.none() | st.dates(),
    split=st.booleans(),
)
def test_a_draft_waits_as_json_without_loss(
    number: str, name: str, cents: int, due: dt.date, since: dt.date | None, split: bool
) -> None:
    customer = CustomerDraft(number=number, name=name, since_on=since)
    made = InvoiceDraft(
        customer=customer, number=number, issued_on=due, total_cents=cents, payable_cents=cents, split_payment=split,
        instalments=(InstalmentDraft(due_on=due, cents=cents, face_cents=cents),),
    )  # fmt: skip
    assert InvoiceDraft.from_json(made.to_json()) == made
    assert InvoiceDraft.from_json(made.to_json()).content_sha == made.content_sha
