# SPDX-License-Identifier: Apache-2.0
"""The keys by which a line finds whom it could mean: kept true whatever happens, and asked instead of everybody."""

import datetime as dt
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ascolto.domain.access.models import Client
from ascolto.domain.ledger import book, guards, keys, stale
from ascolto.domain.ledger.actions import post_payment, reverse_payment, write_off
from ascolto.domain.ledger.cash import apply_cash, set_aside, take_up, undo_payment
from ascolto.domain.ledger.models import FoundBy, KeysKept, KeyStale, MatchProposal, Owing, Payment
from ascolto.domain.ledger.sums import items_of
from ascolto.domain.portfolio.models import Account, Customer, Instalment, Invoice
from ascolto.engine.near import near

FRIDAY = dt.date(2026, 11, 20)
BY = {"actor": "bruno@acqua.test", "as_of": FRIDAY}


def kept() -> tuple[list[Any], list[Any]]:
    return (
        sorted(FoundBy.objects.values_list("client", "customer_id", "key")),
        sorted(Owing.objects.values_list("client", "customer_id", "cents", "in_all")),
    )


def written_anew(client: Client) -> tuple[list[Any], list[Any]]:
    """The slow twin: everybody's keys, from nothing."""
    with transaction.atomic():
        for model in (FoundBy, Owing, KeysKept):
            model.objects.filter(client=client).delete()  # type: ignore[attr-defined]
        keys.keep(client.pk, FRIDAY)
        found = kept()
        transaction.set_rollback(True)
    return found


DEEDS = st.lists(
    st.tuples(
        st.sampled_from(["bill", "pay", "undo", "give up", "rename", "code", "account", "number", "lower", "come"]),
        st.integers(0, 3),
    ),
    max_size=8,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(deeds=DEEDS)
def test_whatever_happens_the_keys_are_what_writing_them_anew_would_give(
    acqua: Client, carla: Customer, elena: Customer, bill: Any, deeds: list[tuple[str, int]]
) -> None:
    with transaction.atomic():
        bill(carla, "2026/000123", 50_00, 20_00, reference="RF18539007547034")
        keys.keep(acqua.pk, FRIDAY)
        for turn, (deed, n) in enumerate(deeds):
            happen(deed, n, turn, acqua, (carla, elena)[n % 2], bill)
            if n < 3:  # several deeds between two looks, too
                keys.keep(acqua.pk, FRIDAY)
        keys.keep(acqua.pk, FRIDAY)
        assert kept() == written_anew(acqua)
        assert KeysKept.objects.get(client=acqua).customers == Customer.objects.filter(client=acqua).count()
        assert not KeyStale.objects.filter(client=acqua).exists()
        transaction.set_rollback(True)


def happen(deed: str, n: int, turn: int, client: Client, who: Customer, bill: Any) -> None:
    item = Instalment.objects.filter(customer=who).order_by("pk").last()
    if deed == "bill":
        bill(who, f"2026/{turn}", 10_00 + n, reference=f"3020000020260015{n:02}")
    elif deed == "pay":
        post_payment(
            client=client, customer_id=who.pk, amount_cents=20_00 + n, paid_on=FRIDAY, parts=None,
            idempotency_key=f"k{turn}", **BY,
        )  # fmt: skip
    elif deed == "undo":
        for payment in Payment.objects.filter(client=client, amount_cents__gt=0, reversed_by=None)[:1]:
            reverse_payment(payment=payment, reason="another's", **BY)
    elif deed == "give up":
        for open_item in items_of(client.pk, who.pk, "EUR")[:1]:
            one = Instalment.objects.get(pk=open_item.instalment_id)
            write_off(instalment=one, client=client, amount_cents=1, reason="r", idempotency_key=f"w{turn}", **BY)
    elif deed == "rename":
        Customer.objects.filter(pk=who.pk).update(name=f"Società Nuova {n} SRL")
    elif deed == "code":
        Customer.objects.filter(pk=who.pk).update(tax_code=f"RSSMRA80A01H50{n}U", number=f"N{turn}")
    elif deed == "account":
        Account.objects.create(client=client, customer=who, number=f"IT001E{turn}")
        first = Account.objects.filter(client=client).earliest("pk")
        Account.objects.filter(pk=first.pk).update(number=f"POD{turn}", customer=who)
    elif deed == "number":
        Invoice.objects.filter(customer=who).update(reference=f"RF{turn}", version=turn + 2)
    elif deed == "lower" and item is not None:
        Instalment.objects.filter(pk=item.pk).update(amount_cents=item.amount_cents + 1, reference=f"ref {turn}")
    elif deed == "come":
        Customer.objects.create(client=client, number=f"X{turn}", name="Nuovo Venuto", search_name="nuovo venuto")


def test_what_is_deleted_with_a_new_version_of_its_invoice_is_owed_no_longer(
    acqua: Client, carla: Customer, bill: Any
) -> None:
    first = bill(carla, "2026/1", 30_00, 40_00)
    keys.keep(acqua.pk, FRIDAY)
    first.invoice.instalments.last().delete()
    Invoice.objects.filter(pk=first.invoice_id).update(version=2)
    keys.keep(acqua.pk, FRIDAY)
    assert list(Owing.objects.values_list("cents", "in_all")) == [(30_00, False)]


def test_nobody_of_another_client_is_found_and_what_they_write_costs_nothing(
    acqua: Client, altrove: Client, carla: Customer, bill: Any, bank: Any
) -> None:
    dario = Customer.objects.create(client=altrove, number="D1", name="Carla Bianchi", search_name="carla bianchi")
    bill(dario, "2026/000123", 50_00)
    keys.keep(altrove.pk, FRIDAY)
    bill(carla, "2026/000123", 50_00)
    keys.keep(acqua.pk, FRIDAY)
    [line] = bank({"cents": 50_00, "text": "FT 2026/123 CARLA BIANCHI"})
    said = [book.line_of(line, line.amount_cents)]
    found = near(keys.KeptKeys(keys.keep(acqua.pk, FRIDAY)), said)
    assert found.customer_ids == {carla.pk}
    assert found.left.amounts == {}


def test_the_keys_of_a_large_client_are_written_by_the_night_and_not_by_a_deed(
    acqua: Client, carla: Customer, elena: Customer, bill: Any, bank: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(book, "FEW", 1)
    monkeypatch.setattr(book, "SMALL", 0)
    bill(carla, "2026/000123", 50_00)
    [line] = bank({"cents": 50_00, "text": "FT 2026/123"})
    aside = set_aside(bank_line=line, reason="r", **BY)
    take_up(aside=aside, **BY)
    assert MatchProposal.objects.filter(bank_line=line).exists(), "asked of everybody"
    assert not KeysKept.objects.exists()
    apply_cash(client=acqua, **BY)
    assert KeysKept.objects.get(client=acqua).known_on == FRIDAY


def test_a_small_client_keeps_no_keys(acqua: Client, carla: Customer, bill: Any, bank: Any) -> None:
    bill(carla, "2026/000123", 50_00)
    bank({"cents": 50_00, "text": "FT 2026/123"})
    assert apply_cash(client=acqua, **BY).settled == 1
    assert not FoundBy.objects.exists()


def test_keys_of_a_day_are_not_asked_about_an_earlier_one(acqua: Client, carla: Customer) -> None:
    assert keys.serve(acqua.pk, FRIDAY, first=True)
    assert not keys.serve(acqua.pk, FRIDAY, first=False), "never written"
    keys.keep(acqua.pk, FRIDAY)
    assert keys.serve(acqua.pk, FRIDAY, first=False)
    assert not keys.serve(acqua.pk, FRIDAY - dt.timedelta(days=1), first=True)


def test_ten_times_the_customers_cost_an_undo_no_more_queries(
    acqua: Client, carla: Customer, bill: Any, bank: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(book, "SMALL", 0)

    def undone(number: int) -> int:
        bill(carla, f"2026/{number}", 50_00 + number)
        [line] = bank({"cents": 50_00 + number, "text": f"FT 2026/{number}"})
        apply_cash(client=acqua, **BY)
        payment = Payment.objects.get(bank_line=line)
        with CaptureQueriesContext(
            connection,
        ) as told:
            undo_payment(payment=payment, reason="r", **BY)
        assert MatchProposal.objects.filter(bank_line=line, customer=carla).exists()
        return len(told)

    few = undone(101)
    for n in range(60):
        one = Customer.objects.create(client=acqua, number=f"R{n}", name=f"Mario {n}x", search_name="mario")
        bill(one, f"2026/9{n}", 12_00 + n)
    assert undone(102) <= few


def test_a_trigger_that_is_missing_is_told(acqua: Client) -> None:
    stale.remove(connection)
    try:
        assert set(stale.TRIGGERS) <= set(guards.missing(connection))
    finally:
        stale.install(connection)
    assert guards.missing(connection) == []
