# SPDX-License-Identifier: Apache-2.0
"""A bank's spreadsheet through staging: mapped once, lines in the ledger once, overlapping exports not doubled."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ascolto.domain.access.models import Client
from ascolto.domain.intake import staging
from ascolto.domain.intake.profile import Profile
from ascolto.domain.intake.profiles import save_profile
from ascolto.domain.intake.queries import unmapped
from ascolto.domain.intake.reading import suggest
from ascolto.domain.ledger import statements as ledger
from ascolto.domain.ledger.models import BankLine, BankStatement
from ascolto.domain.ledger.statements import EntryIn, StatementIn, receive_statement
from tests.domain.intake.deliveries import TODAY, problems, stage, statuses, take

IBAN = "IT60X0542811101000000123456"
HEAD = "Data contabile;Data valuta;Importo;Descrizione"
ROSSI, FEES = "04/11/2026;04/11/2026;122,00;Rossi fatt. 7", "14/11/2026;13/11/2026;-3,50;Spese"
VERDI = "18/11/2026;18/11/2026;50,00;Verdi"


def sheet(*rows: str, account: str = IBAN) -> bytes:
    return "\n".join([f"Conto;{account};;", HEAD, *rows]).encode()


@pytest.fixture
def known(acqua: Client) -> Client:
    """Acqua, who mapped its bank's columns once."""
    data = sheet(ROSSI)
    save_profile(client=acqua, name="Banca", profile=suggest(data), sample=data, actor="bruno@acqua.test")
    return acqua


def amounts() -> list[int]:
    return list(BankLine.objects.order_by("booked_on", "pk").values_list("amount_cents", flat=True))


@pytest.mark.django_db
def test_a_new_banks_list_waits_for_its_mapping_and_then_gives_lines(acqua: Client) -> None:
    data = sheet(ROSSI, ROSSI, FEES)
    batch = stage(acqua, ("banca.csv", data))
    assert (statuses(batch), problems(batch)) == ([], ["table.unmapped"])
    saved = save_profile(client=acqua, name="Banca", profile=suggest(data), sample=data, actor="bruno@acqua.test")
    staging.map_file(file=batch.files.get(), profile=saved, actor="bruno@acqua.test", as_of=TODAY)
    assert batch.rows.get().kind == "statement"
    staging.accept(batch=batch, actor="bruno@acqua.test", as_of=TODAY)
    assert (BankStatement.objects.get().iban, amounts()) == (IBAN, [12200, 12200, -350])


@pytest.mark.django_db
def test_the_same_list_in_another_file_adds_nothing(known: Client) -> None:
    take(known, ("a.csv", sheet(ROSSI, ROSSI)))
    again = take(known, ("b.csv", sheet(ROSSI, ROSSI) + b"\n"))
    assert (statuses(again), amounts()) == (["known"], [12200, 12200])


@pytest.mark.django_db
def test_overlapping_exports_do_not_double_the_days_that_they_share(known: Client) -> None:
    take(known, ("a.csv", sheet(ROSSI, FEES)))
    batch = stage(known, ("b.csv", sheet(FEES, VERDI)))
    effect = batch.report["effect"]
    assert (effect["bank_lines_new"], effect["bank_lines_known"]) == (1, 1)
    staging.accept(batch=batch, actor="bruno@acqua.test", as_of=TODAY)
    assert amounts() == [12200, -350, 5000]


@pytest.mark.django_db
def test_a_second_payment_alike_that_the_later_export_shows_is_new(known: Client) -> None:
    take(known, ("noon.csv", sheet(ROSSI)))
    take(known, ("evening.csv", sheet(ROSSI, ROSSI)))
    assert amounts() == [12200, 12200]


@pytest.mark.django_db
def test_two_exports_in_one_delivery_are_counted_together(known: Client) -> None:
    batch = take(known, ("a.csv", sheet(ROSSI, FEES)), ("b.csv", sheet(FEES, VERDI)))
    assert (batch.report["effect"]["bank_lines_new"], amounts()) == (3, [12200, -350, 5000])


@pytest.mark.django_db
def test_another_account_with_the_same_entries_is_another_account(known: Client) -> None:
    take(known, ("a.csv", sheet(ROSSI)), ("b.csv", sheet(ROSSI, account="IT40S0542811101000000123456")))
    assert (amounts(), BankStatement.objects.count()) == ([12200, 12200], 2)


@pytest.mark.django_db
def test_entries_of_an_account_that_nobody_names_wait_for_the_mapping(acqua: Client, as_bruno: object) -> None:
    data = "\n".join([HEAD, ROSSI]).encode()
    profile = suggest(data)
    saved = save_profile(client=acqua, name="Banca", profile=profile, sample=data, actor="bruno@acqua.test")
    batch = stage(acqua, ("banca.csv", data))
    assert (statuses(batch), "bank.account_missing" in problems(batch)) == ([], True)
    assert [file.name for file in unmapped(as_bruno, batch.pk)] == ["banca.csv"]  # type: ignore[arg-type]
    named = Profile.from_dict({**saved.content, "account": IBAN})
    staging.map_file(file=batch.files.get(), profile=named, actor="bruno@acqua.test", as_of=TODAY)
    staging.accept(batch=batch, actor="bruno@acqua.test", as_of=TODAY)
    assert BankStatement.objects.get().iban == IBAN


@pytest.mark.django_db
def test_another_clients_lines_are_not_ours(known: Client, altrove: Client) -> None:
    take(known, ("a.csv", sheet(ROSSI)))
    data = sheet(ROSSI)
    save_profile(client=altrove, name="Banca", profile=suggest(data), sample=data, actor="dario@altrove.test")
    take(altrove, ("a.csv", data))
    assert BankLine.objects.filter(client=altrove).count() == 1


def export(entries: list[tuple[int, int]]) -> StatementIn:
    told = tuple(EntryIn(dt.date(2026, 11, day), cents, remittance=f"{cents}") for day, cents in entries)
    return StatementIn(IBAN, "", "EUR", None, None, None, None, told, overlaps=True)


movements = st.lists(st.tuples(st.integers(1, 9), st.sampled_from([100, 200])), max_size=14)


@pytest.mark.django_db
@given(movements, st.lists(st.tuples(st.integers(1, 9), st.integers(0, 5)), min_size=1, max_size=5))
def test_whatever_days_are_exported_in_whatever_order_each_movement_is_kept_once(
    account: list[tuple[int, int]], ranges: list[tuple[int, int]]
) -> None:
    """The slow twin: the movements whose day some export covered, each once."""
    from django.db import transaction

    with transaction.atomic():
        client = Client.objects.create(slug="prova", name="Prova")
        covered: set[int] = set()
        for first, days in ranges:
            span = set(range(first, first + days + 1))
            covered |= span
            statement = export([one for one in account if one[0] in span])
            receive_statement(client=client, statement=statement, batch_id=None, actor="b", as_of=TODAY)
        kept = BankLine.objects.filter(client=client).values_list("booked_on__day", "amount_cents")
        assert sorted(kept) == sorted(one for one in account if one[0] in covered)
        transaction.set_rollback(True)


def test_the_mark_of_a_statement_is_what_it_was_before_exports_were_known() -> None:
    """Statements kept earlier must still be recognised: the new field is no part of what a statement says."""
    plain = StatementIn(IBAN, "", "EUR", None, None, None, None, (EntryIn(TODAY, 5),))
    other = StatementIn(IBAN, "", "EUR", None, None, None, None, (EntryIn(TODAY, 5),), overlaps=True)
    assert ledger.content_sha(plain) == ledger.content_sha(other)
    assert ledger.content_sha(plain) == "c2be67cf0a870a26b4cde2c27e84d43c3cc01ce48168ad61af28815ae38dda9b"
