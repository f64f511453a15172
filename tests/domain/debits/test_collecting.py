# SPDX-License-Identifier: Apache-2.0
"""Making SDD files: who is in them and who is not, the file against its schema, never twice, resting meanwhile."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from ascolto.domain.access.viewer import Viewer
from ascolto.domain.care.actions import open_case
from ascolto.domain.debits import message
from ascolto.domain.debits.choosing import collection_day, target_day
from ascolto.domain.debits.mandates import register_mandate
from ascolto.domain.debits.models import Collection, CollectionOrder, Creditor, DebitMandate
from ascolto.domain.debits.queries import collected_until
from ascolto.domain.ledger.actions import post_payment
from ascolto.domain.portfolio.holds import place_hold
from ascolto.domain.portfolio.models import Customer
from ascolto.domain.records.errors import Refused
from ascolto.domain.strategy import debiting
from ascolto.domain.strategy.actions import decide_client
from ascolto.domain.strategy.models import Decision
from tests.domain.debits.conftest import BRUNO, CREDITOR, HERS, OWN, TODAY, owe

DUE_BY = dt.date(2026, 11, 30)


def collect(viewer: Viewer, customer: Customer, form: str = "pain.08") -> list[Collection]:
    return debiting.collect(viewer, customer.client, due_by=DUE_BY, form=form, as_of=TODAY)


def why_not(viewer: Viewer, customer: Customer) -> list[str]:
    return [one.why_not for one in debiting.collectable(viewer, customer.client, DUE_BY, TODAY)]


@pytest.mark.django_db
@pytest.mark.parametrize("form", ["pain.08", "pain.02", "cbi"])
def test_the_file_says_who_pays_what_when(
    carla: Customer, creditor: Creditor, mandate: DebitMandate, as_bruno: Viewer, form: str
) -> None:
    item = owe(carla)
    owe(carla, "2026/16", 5000, "2026-11-27")
    [flow] = collect(as_bruno, carla, form)
    root = etree.fromstring(bytes(flow.content or b""))
    said = [node.text for node in root.iter("{*}EndToEndId", "{*}MndtId", "{*}InstdAmt", "{*}ReqdColltnDt", "{*}SeqTp")]
    assert sorted(said[:2]) == ["2026-11-24", "RCUR"]
    assert {f"ASC-{item.pk}-1", "UMR-1", "123.45", "50.00", "2026-11-27"} <= set(said)
    assert root.findtext(".//{*}GrpHdr/{*}MsgId") == flow.identifier
    assert (root.findtext(".//{*}GrpHdr/{*}NbOfTxs"), root.findtext(".//{*}GrpHdr/{*}CtrlSum")) == ("2", "173.45")
    assert Decimal(root.findtext(".//{*}GrpHdr/{*}CtrlSum") or 0) == sum(
        Decimal(n.text) for n in root.iter("{*}InstdAmt")
    )
    if form == "cbi":
        assert etree.QName(root).localname == "CBISDDReqLogMsg"
        assert root.findtext(".//{*}InitgPty//{*}Othr/{*}Id") == "A1B2C3D4"
        assert root.findtext(".//{*}CdtrAgt//{*}MmbId") == "05428"
        assert root.find(".//{*}DbtrAgt") is None


@pytest.mark.django_db
def test_the_same_instalment_is_never_in_two_pending_files(
    carla: Customer, creditor: Creditor, mandate: DebitMandate, as_bruno: Viewer
) -> None:
    owe(carla)
    collect(as_bruno, carla)
    with pytest.raises(Refused) as no:
        collect(as_bruno, carla)
    assert (no.value.code, Collection.objects.count(), why_not(as_bruno, carla)) == (
        "nothing_to_collect",
        1,
        ["pending"],
    )
    order = CollectionOrder.objects.get()
    order.pk, order.end_to_end_id = None, "other"
    with pytest.raises(IntegrityError), transaction.atomic():
        order.save()


@pytest.mark.django_db
def test_who_paid_disputes_is_held_or_has_no_mandate_is_left_out(
    carla: Customer, creditor: Creditor, mandate: DebitMandate, as_bruno: Viewer
) -> None:
    paid, disputed, held, late = (
        owe(carla, "F1"),
        owe(carla, "F2"),
        owe(carla, "F3"),
        owe(carla, "F4", due="2026-12-31"),
    )
    stranger = Customer.objects.create(client=carla.client, number="C2", name="Dino", search_name="dino")
    owe(stranger, "F5")
    post_payment(
        client=carla.client, customer_id=carla.pk, amount_cents=12345, paid_on=TODAY, parts=[(paid.pk, 12345)],
        idempotency_key="k", actor=BRUNO, as_of=TODAY,
    )  # fmt: skip
    open_case(
        client=carla.client, customer=carla, invoice=disputed.invoice, kind="dispute", reason="Lettura",
        disputed_cents=100, actor=BRUNO, as_of=TODAY,
    )  # fmt: skip
    place_hold(
        customer=carla, invoice=held.invoice, reason="Attesa", from_on=TODAY, until_on=None, actor=BRUNO, as_of=TODAY
    )
    assert why_not(as_bruno, carla) == ["contested", "held"]
    assert late.pk
    with pytest.raises(Refused):
        collect(as_bruno, carla)


@pytest.mark.django_db
def test_what_is_presented_is_not_chased_and_is_again_when_the_bank_stays_silent(
    carla: Customer, creditor: Creditor, mandate: DebitMandate, as_bruno: Viewer
) -> None:
    item = owe(carla)
    collect(as_bruno, carla)
    now = Decision.objects.get(customer=carla, superseded_on=None)
    assert (now.answer, now.rule, now.until_on) == ("wait", "being_collected", dt.date(2026, 12, 5))
    assert collected_until(carla.client_id, TODAY) == {item.pk: dt.date(2026, 12, 4)}
    assert collected_until(carla.client_id, dt.date(2026, 12, 5)) == {}
    decide_client(client=carla.client, as_of=dt.date(2026, 12, 5), actor="system")
    assert Decision.objects.get(customer=carla, superseded_on=None).rule != "being_collected"


@pytest.mark.django_db
def test_a_file_never_sent_is_taken_back_with_its_reason(
    carla: Customer, creditor: Creditor, mandate: DebitMandate, as_bruno: Viewer
) -> None:
    owe(carla)
    [flow] = collect(as_bruno, carla)
    with pytest.raises(Refused):
        debiting.cancel(as_bruno, flow.pk, why="", as_of=TODAY)
    debiting.cancel(as_bruno, flow.pk, why="Data sbagliata", as_of=TODAY)
    assert CollectionOrder.objects.get().state == "cancelled"
    assert Decision.objects.get(customer=carla, superseded_on=None).rule != "being_collected"
    [again] = collect(as_bruno, carla)
    assert again.orders.get().end_to_end_id.endswith("-2"), "a name is never used twice"


@pytest.mark.django_db
def test_a_mandate_for_once_is_used_for_one_instalment(carla: Customer, creditor: Creditor, as_bruno: Viewer) -> None:
    register_mandate(
        customer=carla, iban=HERS, reference="ONCE", signed_on=TODAY, sequence="OOFF", actor=BRUNO, as_of=TODAY
    )
    owe(carla, "F1")
    owe(carla, "F2")
    [flow] = collect(as_bruno, carla)
    assert (flow.orders.count(), DebitMandate.objects.get().state) == (1, "used")
    with pytest.raises(Refused):
        collect(as_bruno, carla)


@pytest.mark.django_db
def test_without_codes_or_right_nothing_is_made(
    carla: Customer, mandate: DebitMandate, as_bruno: Viewer, as_ada: Viewer, as_dario: Viewer
) -> None:
    from django.core.exceptions import PermissionDenied
    from django.http import Http404

    owe(carla)
    with pytest.raises(Refused) as no:
        collect(as_bruno, carla)
    assert no.value.code == "no_creditor"
    with pytest.raises(PermissionDenied):
        collect(as_ada, carla)
    with pytest.raises(Http404):
        collect(as_dario, carla)


def test_the_day_of_collection_waits_for_the_notice_and_for_the_banks() -> None:
    creditor = Creditor()
    assert collection_day(dt.date(2026, 11, 10), dt.date(2026, 10, 10), TODAY, creditor) == dt.date(2026, 11, 24)
    assert collection_day(dt.date(2026, 11, 25), dt.date(2026, 11, 18), TODAY, creditor) == dt.date(2026, 12, 2)
    creditor.prenotice_days = 1
    assert collection_day(dt.date(2026, 11, 25), dt.date(2026, 11, 18), TODAY, creditor) == dt.date(2026, 11, 25)
    assert target_day(dt.date(2026, 12, 25)) == dt.date(2026, 12, 28)
    assert target_day(dt.date(2027, 3, 26)) == dt.date(2027, 3, 30), "Good Friday and Easter Monday"


debits = st.builds(
    message.Debit,
    end_to_end_id=st.uuids().map(lambda u: f"ASC-{u.hex[:20]}"),
    cents=st.integers(1, 99_999_999),
    collect_on=st.dates(dt.date(2026, 1, 1), dt.date(2026, 12, 31)),
    sequence=st.sampled_from(["RCUR", "OOFF"]),
    mandate_id=st.just("UMR-1"),
    signed_on=st.just(dt.date(2025, 5, 5)),
    holder=st.text(st.characters(codec="utf-8", exclude_categories=("C",)), max_size=90).map(lambda t: f"X{t}"),
    iban=st.just(HERS),
    text=st.text(st.characters(codec="utf-8", exclude_categories=("C",)), max_size=200).map(lambda t: f"X{t}"),
)


@given(
    st.lists(debits, min_size=1, max_size=6, unique_by=lambda one: one.end_to_end_id),
    st.sampled_from(list(message.FORMS)),
)
def test_whatever_is_asked_for_the_file_is_valid_and_adds_up(asked: list[message.Debit], form: str) -> None:
    header = message.Header(
        "ASC-1",
        dt.datetime(2026, 11, 20, 10),
        "Acqua & Luce S.p.A. – Città",
        CREDITOR,
        OWN,
        "CORE",
        "BPMOIT22XXX",
        "A1B2C3D4",
    )
    root = etree.fromstring(message.write(form, header, asked))
    message.check(root, asked)
    first = root.find(".//{*}InstdAmt")
    assert first is not None
    first.text = "0.01" if first.text != "0.01" else "0.02"
    with pytest.raises(message.MessageError):
        message.check(root, asked)


def test_a_form_that_lacks_its_code_is_refused() -> None:
    header = message.Header("ASC-1", dt.datetime(2026, 11, 20, 10), "Acqua", CREDITOR, OWN, "CORE")
    for form in ("pain.02", "cbi"):
        with pytest.raises(message.MessageError):
            message.write(form, header, [])
