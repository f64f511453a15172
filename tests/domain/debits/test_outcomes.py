# SPDX-License-Identifier: Apache-2.0
"""What banks say of orders: the circle closes by the end-to-end id, a return undoes its payment, the unsure waits."""

import pytest

from ascolto.domain.access.models import Client
from ascolto.domain.access.viewer import Viewer
from ascolto.domain.debits.models import BankNews, CollectionOrder, Creditor, DebitMandate, OutcomeMeaning
from ascolto.domain.debits.outcomes import reason_words
from ascolto.domain.ledger.models import BankLine, Payment
from ascolto.domain.ledger.sums import unmatched, with_balance
from ascolto.domain.portfolio.models import Customer, Instalment
from ascolto.domain.records.errors import Refused
from ascolto.domain.strategy import debiting, reactions
from ascolto.domain.strategy.models import Decision
from tests.domain.debits.conftest import TODAY, bank, owe, status
from tests.domain.debits.test_collecting import collect
from tests.domain.intake.deliveries import stage, statuses
from tests.domain.intake.formats.test_collections import flow, order

pytestmark = pytest.mark.django_db


def bring(viewer: Viewer, client: Client, data: bytes, name: str = "b.xml") -> list[str]:
    batch = stage(client, (name, data))
    reactions.accept_batch(viewer, batch.pk, as_of=TODAY)
    return statuses(batch)


def balance(item: Instalment) -> int:
    return int(with_balance(Instalment.objects.filter(pk=item.pk)).get().balance_cents)


def rule(customer: Customer) -> str:
    return str(Decision.objects.get(customer=customer, superseded_on=None).rule)


@pytest.fixture
def presented(carla: Customer, creditor: Creditor, mandate: DebitMandate, as_bruno: Viewer) -> CollectionOrder:
    """Carla's instalment of 123.45, in an SDD file."""
    owe(carla)
    [made] = collect(as_bruno, carla)
    return made.orders.get()


def now(order: CollectionOrder) -> CollectionOrder:
    return CollectionOrder.objects.select_related("instalment", "collection", "mandate").get(pk=order.pk)


def test_a_collected_order_is_paid_by_the_line_that_bears_its_id(
    presented: CollectionOrder, acqua: Client, as_bruno: Viewer
) -> None:
    bring(as_bruno, acqua, bank(("2026-11-24", "123.45", presented.end_to_end_id, "SDD")))
    paid = Payment.objects.get()
    assert (paid.amount_cents, paid.bank_line is not None, balance(presented.instalment)) == (12345, True, 0)
    assert now(presented).state == "paid"


def test_an_order_told_to_be_settled_is_not_money_yet(
    presented: CollectionOrder, acqua: Client, as_bruno: Viewer
) -> None:
    bring(as_bruno, acqua, status(presented.end_to_end_id, verdict="ACSC"))
    assert (now(presented).state, Payment.objects.count(), rule(presented.customer)) == (
        "presented",
        0,
        "being_collected",
    )


def test_a_refused_order_is_noted_with_its_reason_and_asked_for_again(
    presented: CollectionOrder, acqua: Client, as_bruno: Viewer
) -> None:
    assert bring(as_bruno, acqua, status(presented.end_to_end_id)) == ["taken"]
    told = now(presented)
    assert (told.state, told.code, Payment.objects.count()) == ("rejected", "AM04", 0)
    assert "fondi insufficienti" in reason_words(told)
    assert rule(told.customer) != "being_collected"
    assert DebitMandate.objects.get().state == "active"
    [again] = collect(as_bruno, told.customer)
    assert again.orders.get().end_to_end_id.endswith("-2"), "insufficient funds: trying again is allowed"


def test_the_same_report_again_changes_nothing(presented: CollectionOrder, acqua: Client, as_bruno: Viewer) -> None:
    bring(as_bruno, acqua, status(presented.end_to_end_id))
    assert bring(as_bruno, acqua, status(presented.end_to_end_id) + b"\n", "again.xml") == ["known"]
    assert BankNews.objects.count() == 1


def test_a_return_after_the_money_undoes_the_payment(
    presented: CollectionOrder, acqua: Client, as_bruno: Viewer
) -> None:
    bring(as_bruno, acqua, bank(("2026-11-24", "123.45", presented.end_to_end_id, "SDD")))
    bring(as_bruno, acqua, status(presented.end_to_end_id, "MD06"))
    paid = Payment.objects.get(amount_cents__gt=0)
    assert (balance(presented.instalment), now(presented).state) == (12345, "rejected")
    assert "rimborso chiesto dal cliente" in paid.reversed_by.reason
    bring(as_bruno, acqua, bank(("2026-11-26", "-123.45", presented.end_to_end_id, "SDD"), reason="MD06"), "c.xml")
    assert balance(presented.instalment) == 12345
    assert not unmatched(BankLine.objects.all()).filter(amount_cents__gt=0).exists()


def test_a_return_line_of_the_statement_alone_does_the_same(
    presented: CollectionOrder, acqua: Client, as_bruno: Viewer
) -> None:
    bring(as_bruno, acqua, bank(("2026-11-24", "123.45", presented.end_to_end_id, "SDD")))
    bring(as_bruno, acqua, bank(("2026-11-26", "-123.45", presented.end_to_end_id, "SDD"), reason="AC04"), "c.xml")
    told = now(presented)
    assert (balance(told.instalment), told.state, told.code) == (12345, "returned", "AC04")
    assert not unmatched(BankLine.objects.all()).exists()
    assert DebitMandate.objects.get().state == "rejected", "a closed account is not debited again"


def test_a_whole_file_credited_in_one_sum_pays_each_of_its_orders(
    carla: Customer, creditor: Creditor, mandate: DebitMandate, as_bruno: Viewer
) -> None:
    first, second = owe(carla, "F1", 1000), owe(carla, "F2", 2000)
    [made] = collect(as_bruno, carla)
    line = bank(("2026-11-24", "30.00", "NOTPROVIDED", f"ACCREDITO SDD DISTINTA {made.identifier}"))
    bring(as_bruno, carla.client, line)
    assert (balance(first), balance(second), Payment.objects.count()) == (0, 0, 2)
    assert not unmatched(BankLine.objects.all()).exists()
    failed = made.orders.get(instalment=first)
    bring(
        as_bruno, carla.client, bank(("2026-11-27", "-10.00", failed.end_to_end_id, "INSOLUTO"), reason="AM04"), "c.xml"
    )
    assert (balance(first), balance(second)) == (1000, 0)


def test_a_whole_file_refused_opens_all_of_its_orders(
    presented: CollectionOrder, acqua: Client, as_bruno: Viewer
) -> None:
    name = presented.collection.identifier
    report = (
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.03"><CstmrPmtStsRpt><OrgnlGrpInfAndSts>'
        f"<OrgnlMsgId>{name}</OrgnlMsgId><GrpSts>RJCT</GrpSts></OrgnlGrpInfAndSts></CstmrPmtStsRpt></Document>"
    )
    bring(as_bruno, acqua, report.encode())
    assert now(presented).state == "rejected"


def test_a_refused_mandate_is_marked(presented: CollectionOrder, acqua: Client, as_bruno: Viewer) -> None:
    bring(as_bruno, acqua, status(presented.end_to_end_id, "MD01"))
    ended = DebitMandate.objects.get()
    assert (ended.state, "mandato assente" in ended.why) == ("rejected", True)


def test_a_reason_that_nobody_knows_waits_and_is_taught_once(
    presented: CollectionOrder, acqua: Client, as_bruno: Viewer
) -> None:
    bring(as_bruno, acqua, status(presented.end_to_end_id, "ZZ99"))
    waits = BankNews.objects.get()
    assert (waits.state, waits.trouble, now(presented).state) == ("waiting", "reason", "presented")
    with pytest.raises(Refused) as no:
        debiting.teach(as_bruno, waits.pk, outcome="rejected", words="", as_of=TODAY)
    assert no.value.code == "no_words"
    assert debiting.teach(as_bruno, waits.pk, outcome="rejected", words="Conto di un altro", as_of=TODAY) == 1
    assert (now(presented).state, "Conto di un altro" in reason_words(now(presented))) == ("rejected", True)


def test_an_order_of_nobody_waits_in_sight_and_is_assigned_or_set_aside(
    carla: Customer, as_bruno: Viewer, as_dario: Viewer
) -> None:
    from django.http import Http404

    item = owe(carla)
    for number in ("E2E-X", "E2E-Y"):
        bring(as_bruno, carla.client, status(number, cents="9.99"), f"{number}.xml")
    first, second = BankNews.objects.order_by("pk")
    assert (first.trouble, second.state) == ("order", "waiting")
    with pytest.raises(Http404):
        debiting.assign(as_dario, first.pk, item.pk, as_of=TODAY)
    debiting.assign(as_bruno, first.pk, item.pk, as_of=TODAY)
    assert CollectionOrder.objects.get().state == "rejected"
    with pytest.raises(Refused):
        debiting.set_aside(as_bruno, second.pk, why="", as_of=TODAY)
    debiting.set_aside(as_bruno, second.pk, why="Di un'altra azienda", as_of=TODAY)
    with pytest.raises(Refused):
        debiting.assign(as_bruno, second.pk, item.pk, as_of=TODAY)


def test_a_riba_presented_rests_its_instalment_and_is_not_paid(carla: Customer, as_bruno: Viewer) -> None:
    item = owe(carla)
    riba = flow(order(1, 12345), minus=12345).encode()
    assert bring(as_bruno, carla.client, riba, "riba.txt") == ["taken"]
    made = CollectionOrder.objects.get()
    assert (made.instalment, made.state, made.end_to_end_id) == (item, "presented", "0000000901")
    assert (balance(item), rule(carla)) == (12345, "being_collected")


def test_an_unpaid_riba_of_a_code_that_was_taught_opens_it_again(carla: Customer, as_bruno: Viewer) -> None:
    owe(carla)
    bring(as_bruno, carla.client, flow(order(1, 12345), minus=12345).encode(), "riba.txt")
    back = flow(order(1, 12345, cause="30010"), minus=12345).replace("DEMO0001", "ESITI001").encode()
    bring(as_bruno, carla.client, back, "esiti.txt")
    waits = BankNews.objects.get(state="waiting")
    assert (waits.trouble, CollectionOrder.objects.get().state) == ("code", "presented")
    debiting.teach(as_bruno, waits.pk, outcome="returned", words="Insoluto", as_of=TODAY)
    assert (CollectionOrder.objects.get().state, rule(carla) != "being_collected") == ("returned", True)
    assert OutcomeMeaning.objects.get().code == "30010"


def test_an_unpaid_riba_that_we_never_saw_presented_undoes_its_payment(carla: Customer, as_bruno: Viewer) -> None:
    from ascolto.domain.ledger.actions import post_payment

    item = owe(carla)
    OutcomeMeaning.objects.create(
        client=carla.client, kind="riba", code="30010", outcome="returned", words="Insoluto", author="b"
    )
    post_payment(
        client=carla.client, customer_id=carla.pk, amount_cents=12345, paid_on=TODAY, parts=[(item.pk, 12345)],
        idempotency_key="k", actor="b", as_of=TODAY,
    )  # fmt: skip
    bring(as_bruno, carla.client, flow(order(1, 12345, cause="30010"), minus=12345).encode(), "esiti.txt")
    assert (balance(item), CollectionOrder.objects.get().state) == (12345, "returned")


def test_another_clients_orders_are_never_found(presented: CollectionOrder, altrove: Client, as_dario: Viewer) -> None:
    bring(as_dario, altrove, status(presented.end_to_end_id))
    assert (now(presented).state, BankNews.objects.get().trouble) == ("presented", "order")
