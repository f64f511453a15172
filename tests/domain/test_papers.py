# SPDX-License-Identifier: Apache-2.0
"""Gaps of invoices: found as sets, mended by people, closed by themselves; what is blocked by us is not asked for."""

import datetime as dt
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.http import Http404

from ascolto.domain.access.models import Client, User
from ascolto.domain.access.viewer import Viewer
from ascolto.domain.care import papers
from ascolto.domain.care.models import Gap, InvoiceFile
from ascolto.domain.ledger.models import BankStatement
from ascolto.domain.portfolio.models import Customer, Instalment, Invoice
from ascolto.domain.records.errors import Refused
from ascolto.domain.records.models import TrailEntry
from ascolto.domain.strategy.actions import reevaluate
from ascolto.domain.strategy.client_settings import change_client
from ascolto.domain.strategy.models import Decision
from ascolto.domain.strategy.papers import change_demands, check_papers, give_gaps, mend_gap

TODAY = dt.date(2026, 11, 20)
CIG = "Z1234567AB"


@pytest.fixture
def town(acqua: Client, carla: Customer) -> Customer:
    """Carla works for a town hall: public, reachable, with everything but the CIG on its invoice."""
    Customer.objects.filter(pk=carla.pk).update(kind="public", vat="01234567897")
    carla.refresh_from_db()
    BankStatement.objects.create(client=acqua, iban=acqua.iban, currency="EUR", closing_on=TODAY, content_sha="s")
    return carla


def invoice(customer: Customer, number: str = "F1", cents: int = 12_000, **said: Any) -> Invoice:
    made = Invoice.objects.create(
        client=customer.client, customer=customer, number=number, issued_on=dt.date(2026, 8, 1), total_cents=cents,
        payable_cents=cents, description="Fornitura di acqua", content_sha="a" * 64, **said,
    )  # fmt: skip
    Instalment.objects.create(
        client=customer.client, customer=customer, invoice=made, due_on=dt.date(2026, 9, 1), amount_cents=cents
    )
    return made


def look(client: Client, as_of: dt.date = TODAY) -> list[tuple[str, str]]:
    check_papers(client=client, as_of=as_of, actor="system:day")
    return list(Gap.objects.filter(closed_on=None).order_by("pk").values_list("check_code", "effect"))


def answer(customer: Customer) -> tuple[str, str]:
    reevaluate(client=customer.client, customer_ids={customer.pk}, actor="t", as_of=TODAY)
    found = Decision.objects.get(customer=customer, superseded_on=None)
    return found.answer, found.rule


def test_an_invoice_to_a_public_body_without_its_cig_is_not_asked_for(acqua: Client, town: Customer) -> None:
    invoice(town)
    assert look(acqua) == [("cig", "block")]
    assert answer(town) == ("blocked", "blocked_by_us")
    decision = Decision.objects.get(customer=town, superseded_on=None)
    assert (decision.told["blocked_cents"], decision.told["claim_cents"]) == (12_000, 0)


def test_a_client_that_only_wants_to_be_warned_asks_all_the_same(acqua: Client, town: Customer) -> None:
    invoice(town)
    Client.objects.filter(pk=acqua.pk).update(warn_of_gaps=True)
    assert look(acqua) == [("cig", "block")], "it stays on the list"
    assert answer(town)[1] != "blocked_by_us"


def test_who_waits_is_decided_again_at_once_when_the_client_wants_only_to_be_warned(
    acqua: Client, town: Customer, as_bruno: Viewer, as_ada: Viewer, as_dario: Viewer
) -> None:
    invoice(town)
    look(acqua)
    assert answer(town)[1] == "blocked_by_us"

    def rule() -> str:
        return Decision.objects.get(customer=town, superseded_on=None).rule

    with pytest.raises(PermissionDenied):
        change_client(as_ada, acqua.pk, warn_of_gaps=True, as_of=TODAY)
    with pytest.raises(Http404):
        change_client(as_dario, acqua.pk, warn_of_gaps=True, as_of=TODAY)
    change_client(as_bruno, acqua.pk, warn_of_gaps=True, as_of=TODAY)
    assert rule() != "blocked_by_us"
    change_client(as_bruno, acqua.pk, warn_of_gaps=False, as_of=TODAY)
    assert rule() == "blocked_by_us"


def test_the_cig_that_somebody_supplies_closes_the_gap_and_the_money_is_asked_for(
    acqua: Client, town: Customer, as_ada: Viewer
) -> None:
    bill = invoice(town)
    look(acqua)
    gap = mend_gap(as_ada, Gap.objects.get().pk, papers.supply, value=" z1234567ab ", as_of=TODAY)
    bill.refresh_from_db()
    assert (bill.cig, gap.how, gap.why) == (CIG, "arrived", CIG)
    assert Decision.objects.get(customer=town, superseded_on=None).rule != "blocked_by_us"
    told = TrailEntry.objects.get(verb="invoice_completed")
    assert told.data == {"field": "cig", "before": "", "after": CIG}
    assert look(acqua) == []


@pytest.mark.parametrize(("value", "code"), [("", "no_words"), ("123", "not_a_code"), ("città bella", "not_a_code")])
def test_a_value_that_mends_nothing_is_refused(
    value: str, code: str, acqua: Client, town: Customer, as_ada: Viewer
) -> None:
    invoice(town)
    look(acqua)
    with pytest.raises(Refused) as no:
        mend_gap(as_ada, Gap.objects.get().pk, papers.supply, value=value, as_of=TODAY)
    assert no.value.code == code


def test_what_arrives_closes_by_itself_and_what_is_paid_needs_nothing(acqua: Client, town: Customer) -> None:
    first, second = invoice(town), invoice(town, "F2")
    look(acqua)
    Invoice.objects.filter(pk=first.pk).update(cig=CIG)
    Instalment.objects.filter(invoice=second).delete()
    assert look(acqua, TODAY + dt.timedelta(days=1)) == []
    assert dict(Gap.objects.values_list("invoice_id", "how")) == {first.pk: "arrived", second.pk: "settled"}


def test_accepted_as_it_is_does_not_come_back_until_somebody_opens_it_again(
    acqua: Client, town: Customer, as_ada: Viewer
) -> None:
    invoice(town)
    look(acqua)
    pk = Gap.objects.get().pk
    with pytest.raises(Refused, match="") as no:
        mend_gap(as_ada, pk, papers.accept_gap, why="  ", as_of=TODAY)
    assert no.value.code == "no_reason"
    mend_gap(as_ada, pk, papers.accept_gap, why="Esente dal CIG", as_of=TODAY)
    assert look(acqua) == []
    assert Gap.objects.count() == 1
    mend_gap(as_ada, pk, papers.reopen_gap, as_of=TODAY)
    assert look(acqua) == [("cig", "block")]


def test_a_copy_that_is_attached_stands_for_the_original(acqua: Client, town: Customer, as_ada: Viewer) -> None:
    bill = invoice(town, cig=CIG)
    Invoice.objects.filter(pk=bill.pk).update(content_sha="L" + "a" * 63)
    assert look(acqua) == [("file", "warn")]
    pk = Gap.objects.get().pk
    with pytest.raises(Refused) as no:
        mend_gap(as_ada, pk, papers.attach, name="x.html", content=b"<p>", as_of=TODAY)
    assert no.value.code == "not_readable"
    mend_gap(as_ada, pk, papers.attach, name="../f.pdf", content=b"%PDF-1.7", as_of=TODAY)
    assert InvoiceFile.objects.get().name == "f.pdf"
    assert look(acqua) == []


def test_what_a_customer_demands_is_looked_for_at_once(acqua: Client, carla: Customer, as_ada: Viewer) -> None:
    invoice(carla)
    assert look(acqua) == []
    change_demands(as_ada, carla, demands=["order", "nonsense"], as_of=TODAY)
    carla.refresh_from_db()
    assert carla.demands == "order"
    assert list(Gap.objects.values_list("check_code", flat=True)) == ["order"]


def test_gaps_are_given_to_a_colleague_and_never_to_a_stranger(
    acqua: Client, town: Customer, as_ada: Viewer, ada: User, dario: User, as_dario: Viewer
) -> None:
    invoice(town)
    look(acqua)
    pk = Gap.objects.get().pk
    assert give_gaps(as_ada, [pk, 999], ada, as_of=TODAY) == 1
    assert Gap.objects.get().owner == ada
    with pytest.raises(Refused) as no:
        give_gaps(as_ada, [pk], dario, as_of=TODAY)
    assert no.value.code == "not_a_colleague"
    assert give_gaps(as_dario, [pk], dario, as_of=TODAY) == 0, "he sees none of them"
    with pytest.raises(Http404):
        mend_gap(as_dario, pk, papers.supply, value=CIG, as_of=TODAY)


def test_the_check_reads_as_often_for_many_invoices_as_for_one(
    acqua: Client, town: Customer, django_assert_max_num_queries: Any
) -> None:
    for n in range(40):
        invoice(town, f"F{n}")
    with django_assert_max_num_queries(14):
        assert check_papers(client=acqua, as_of=TODAY, actor="t").found == 40
    with django_assert_max_num_queries(14):
        assert check_papers(client=acqua, as_of=TODAY, actor="t").found == 0
