# SPDX-License-Identifier: Apache-2.0
"""What a night copies of the ledger, adding what came since, is what it would read out of the database as a whole."""

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest
from django.db import connection, transaction
from django.utils import translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ascolto import day as story
from ascolto.domain.access.models import Client
from ascolto.domain.ledger.actions import post_payment, reverse_payment
from ascolto.domain.ledger.models import Payment
from ascolto.domain.portfolio.models import Account, Customer, Instalment, Invoice
from ascolto.domain.strategy import check, ledger_copy, rewritten
from ascolto.domain.strategy.ledger_copy import Copy, Since, add, finish, narrowed, note
from ascolto.domain.strategy.models import LedgerKept, Rewritten
from ascolto.domain.strategy.snapshot import fetched, ledger_reads
from ascolto.engine import gather, running

FRIDAY = dt.date(2026, 11, 20)
BY = {"actor": "bruno@acqua.test", "as_of": FRIDAY}
Rows = dict[str, list[Any]]


def bill(client: Client, customer: Customer, number: str, *cents: int) -> Invoice:
    invoice = Invoice.objects.create(
        client=client, customer=customer, number=number, issued_on=FRIDAY - dt.timedelta(days=60), total_cents=sum(cents),
        payable_cents=sum(cents),
    )  # fmt: skip
    for n, amount in enumerate(cents, start=1):
        due = FRIDAY - dt.timedelta(days=30 * n)
        Instalment.objects.create(
            client=client, customer=customer, invoice=invoice, position=n, amount_cents=amount, due_on=due
        )
    return invoice


def night(client: Client, folder: Path) -> tuple[Rows, Copy, Since]:
    """What a night works with, of what it copied before and of what it reads; it leaves its copy for the next one."""
    with transaction.atomic():
        copy, since = note(client, folder)
    tables = ledger_reads(client.pk, FRIDAY)
    files = {}
    with made(tables | narrowed(tables, client.pk, since)) as db:
        for name in ledger_copy.TABLES:
            files[name] = add(db, copy, name)
        finish(copy, files)
        rows = {
            name: sorted(db.sql(f"FROM {running.parquet(*own)}").fetchall(), key=str) for name, own in files.items()
        }
    return rows, copy, since


def whole(client: Client) -> Rows:
    """All of it, out of the database."""
    with made(ledger_reads(client.pk, FRIDAY)) as db:
        return {name: sorted(db.sql(f"FROM {name}").fetchall(), key=str) for name in ledger_copy.TABLES}


def made(tables: Any) -> duckdb.DuckDBPyConnection:
    db = duckdb.connect(":memory:")
    for name, table in fetched({name: tables[name] for name in ("items", "documents", "settled")}).items():
        db.register(name, table)
    for name, sql in gather.stages("owed"):
        db.execute(f"CREATE VIEW {name} AS {sql}")
    return db


def happen(deed: str, n: int, turn: int, client: Client, who: Customer) -> None:
    """Something that a ledger lives through."""
    item = Instalment.objects.filter(customer=who).order_by("pk").last()
    invoice = Invoice.objects.filter(customer=who).order_by("pk").first()
    if deed == "bill":
        bill(client, who, f"2026/{turn}", *[10_00 + k for k in range(n + 1)])
    elif deed == "pay":
        post_payment(
            client=client, customer_id=who.pk, amount_cents=15_00 + n, paid_on=FRIDAY, parts=None,
            idempotency_key=f"k{turn}", **BY,
        )  # fmt: skip
    elif deed == "undo":
        for payment in Payment.objects.filter(client=client, amount_cents__gt=0, reversed_by=None)[:1]:
            reverse_payment(payment=payment, reason="another's", **BY)
    elif deed == "due" and item is not None:
        Instalment.objects.filter(pk=item.pk).update(due_on=FRIDAY + dt.timedelta(days=n))
    elif deed == "more" and item is not None:
        Instalment.objects.filter(pk=item.pk).update(amount_cents=item.amount_cents + 1)
    elif deed == "issued" and invoice is not None:
        Invoice.objects.filter(pk=invoice.pk).update(
            issued_on=FRIDAY - dt.timedelta(days=n), currency=("EUR", "CHF")[n % 2]
        )
    elif deed == "contract" and invoice is not None:
        account = Account.objects.create(client=client, customer=who, number=f"IT001E{turn}")
        Invoice.objects.filter(pk=invoice.pk).update(account=account, kind=("rent", "invoice")[n % 2])
    elif deed == "number" and invoice is not None:
        Invoice.objects.filter(pk=invoice.pk).update(reference=f"RF{turn}")
    elif deed == "gone":
        for one in Instalment.objects.filter(client=client, allocations=None).order_by("pk")[:1]:
            one.delete()
    elif deed == "new version":
        for one in Instalment.objects.filter(client=client, allocations=None).order_by("pk")[:1]:
            one.delete()
            one.pk, one.amount_cents = None, 7_00
            one.save(force_insert=True)


DEEDS = ("bill", "pay", "undo", "due", "more", "issued", "contract", "number", "gone", "new version")


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(deeds=st.lists(st.tuples(st.sampled_from(DEEDS), st.integers(0, 3)), max_size=10))
def test_whatever_happens_the_copy_is_what_the_database_holds(
    acqua: Client, altrove: Client, carla: Customer, deeds: list[tuple[str, int]],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:  # fmt: skip
    folder = tmp_path_factory.mktemp("home") / "ledger"
    with transaction.atomic():
        dario = Customer.objects.create(client=altrove, number="D1", name="Dario", search_name="dario")
        for turn in range(3):
            bill(acqua, carla, f"2025/{turn}", 20_00, 30_00)
        night(acqua, folder)
        for turn, (deed, n) in enumerate(deeds):
            happen(deed, n, turn, acqua, carla)
            bill(altrove, dario, f"2026/{turn}", 5_00)
            if n < 2:  # several deeds between two nights, too
                assert night(acqua, folder)[0] == whole(acqua)
        assert night(acqua, folder)[0] == whole(acqua)
        transaction.set_rollback(True)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(ledger_copy, "place_of", lambda client_id: tmp_path / "ledger")
    return tmp_path / "ledger"


@pytest.fixture
def lived(acqua: Client, carla: Customer, home: Path) -> Callable[[], Since]:
    """A client with a night behind it; called: another night, right as a whole, and what it read."""
    for turn in range(4):
        bill(acqua, carla, f"2026/{turn}", 20_00, 30_00)
    post_payment(
        client=acqua, customer_id=carla.pk, amount_cents=25_00, paid_on=FRIDAY, parts=None, idempotency_key="k", **BY
    )
    assert night(acqua, home)[0] == whole(acqua)

    def again() -> Since:
        rows, _copy, since = night(acqua, home)
        assert rows == whole(acqua)
        return since

    return again


def everything(since: Since) -> bool:
    return since.instalments[0] == since.allocations[0] == 0


def test_a_night_reads_what_came_since_the_last_one(acqua: Client, carla: Customer, lived: Callable[[], Since]) -> None:
    last = Instalment.objects.latest("pk").pk
    bill(acqua, carla, "2026/new", 1_00)
    since = lived()
    assert since.instalments == (last, last + 1)
    assert since.allocations[0] == since.allocations[1]
    tables = ledger_reads(acqua.pk, FRIDAY)
    assert [len(read.rows) for read in narrowed(tables, acqua.pk, since).values()] == [1, 0, 1]


def test_what_comes_while_the_night_reads_is_the_next_nights(
    acqua: Client, carla: Customer, home: Path, lived: Callable[[], Since]
) -> None:
    before = whole(acqua)
    with transaction.atomic():
        copy, since = note(acqua, home)
    bill(acqua, carla, "2026/late", 1_00)
    Instalment.objects.filter(invoice__number="2026/0").update(due_on=FRIDAY)
    tables = ledger_reads(acqua.pk, FRIDAY)
    with made(tables | narrowed(tables, acqua.pk, since)) as db:
        files = {name: add(db, copy, name) for name in ledger_copy.TABLES}
        finish(copy, files)
        assert sorted(db.sql(f"FROM {running.parquet(*files['owed'])}").fetchall(), key=str) == before["owed"]
    assert not everything(lived())


def test_a_night_that_died_before_it_had_copied_is_followed_by_one_that_reads_everything(
    acqua: Client, home: Path, lived: Callable[[], Since]
) -> None:
    note(acqua, home)
    assert everything(lived())
    assert not everything(lived())


def test_a_database_brought_back_from_a_backup_is_read_anew(
    acqua: Client, carla: Customer, home: Path, lived: Callable[[], Since]
) -> None:
    """The backup knows less than the copy; what was entered again since has the same ids."""
    kept = LedgerKept.objects.values().get()
    bill(acqua, carla, "2026/lost", 1_00)
    lived()
    LedgerKept.objects.update(**kept)
    assert everything(lived())


def test_the_folder_of_another_database_is_not_ours(
    acqua: Client, home: Path, tmp_path: Path, lived: Callable[[], Since]
) -> None:
    told = json.loads((home / "kept.json").read_text())
    (home / "kept.json").write_text(json.dumps(told | {"token": "another's"}))
    assert everything(lived())
    LedgerKept.objects.all().delete()
    assert everything(lived())


@pytest.mark.parametrize("harm", ["no list", "no list at all", "a file is gone", "a file is cut", "a file is another"])
def test_a_copy_that_is_not_whole_does_not_count(home: Path, harm: str, lived: Callable[[], Since]) -> None:
    [owed] = home.glob("owed-*.parquet")
    [settled] = home.glob("settled-*.parquet")
    {
        "no list": lambda: (home / "kept.json").write_text("{"),
        "no list at all": lambda: (home / "kept.json").unlink(),
        "a file is gone": owed.unlink,
        "a file is cut": lambda: owed.write_bytes(owed.read_bytes()[:-20]),
        "a file is another": lambda: owed.write_bytes(settled.read_bytes()),
    }[harm]()
    assert everything(lived())
    assert not everything(lived())


def test_many_rewritten_invoices_are_read_with_everything_else(
    acqua: Client, lived: Callable[[], Since], monkeypatch: pytest.MonkeyPatch
) -> None:
    Invoice.objects.filter(client=acqua).update(issued_on=FRIDAY)
    assert len(lived().again) == 8
    monkeypatch.setattr(ledger_copy, "MANY", 7)
    Invoice.objects.filter(client=acqua).update(issued_on=FRIDAY - dt.timedelta(days=1))
    since = lived()
    assert everything(since)
    assert not since.again


def test_many_small_files_become_one(
    acqua: Client, carla: Customer, home: Path, lived: Callable[[], Since], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger_copy, "FILES", 3)
    counts = []
    for turn in range(6):
        bill(acqua, carla, f"2026/more{turn}", 1_00)
        lived()
        counts.append(len(json.loads((home / "kept.json").read_text())["files"]["owed"]))
    assert counts == [2, 3, 1, 2, 3, 1]
    lived()
    assert len(list(home.glob("owed-*"))) <= 2, "what is no longer of the copy goes"


def test_a_client_that_has_become_small_keeps_no_marks_and_would_begin_anew(
    acqua: Client, lived: Callable[[], Since]
) -> None:
    Invoice.objects.filter(client=acqua).update(issued_on=FRIDAY)
    story.live(client=acqua, as_of=FRIDAY)
    assert not Rewritten.objects.exists()
    assert everything(lived())


@pytest.mark.parametrize(
    ("model", "column", "value"),
    [(Invoice, "issued_on", FRIDAY), (Invoice, "currency", "CHF"), (Invoice, "kind", "rent"),
     (Instalment, "due_on", FRIDAY), (Instalment, "amount_cents", 99_00)],
)  # fmt: skip
def test_the_database_marks_what_is_rewritten_whoever_does_it(
    acqua: Client, carla: Customer, model: Any, column: str, value: Any
) -> None:
    invoice = bill(acqua, carla, "2026/1", 20_00)
    assert not Rewritten.objects.exists()
    row = model.objects.get()
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {model._meta.db_table} SET {column} = {column} WHERE id = %s", [row.pk])
        assert not Rewritten.objects.exists(), "nothing has become another thing"
        cursor.execute(f"UPDATE {model._meta.db_table} SET {column} = %s WHERE id = %s", [value, row.pk])
    assert list(Rewritten.objects.values_list("client", "invoice_id")) == [(acqua.pk, invoice.pk)]


def test_an_instalment_that_moves_marks_both_its_invoices_and_one_that_goes_its_own(
    acqua: Client, carla: Customer
) -> None:
    one, other = bill(acqua, carla, "2026/1", 20_00), bill(acqua, carla, "2026/2", 20_00)
    Instalment.objects.filter(invoice=one).update(invoice=other, position=2)
    assert set(Rewritten.objects.values_list("invoice_id", flat=True)) == {one.pk, other.pk}
    Rewritten.objects.all().delete()
    Instalment.objects.filter(invoice=other).first().delete()  # type: ignore[union-attr]
    assert list(Rewritten.objects.values_list("invoice_id", flat=True)) == [other.pk]


def test_without_its_triggers_the_copy_would_be_wrong(
    acqua: Client, carla: Customer, home: Path, lived: Callable[[], Since]
) -> None:
    """So that the tests above are known to see it."""
    rewritten.remove(connection)
    Instalment.objects.filter(client=acqua).update(due_on=FRIDAY)
    assert night(acqua, home)[0] != whole(acqua)
    told = problems(acqua)
    assert len(told) == 4
    assert f"acqua: 16 rows differ between the ledger and its copy. Remove the folder {home}" in told[-1]
    rewritten.install(connection)


def problems(client: Client) -> list[str]:
    """What `ascolto check` says of the copy."""
    with translation.override("en"):
        [found] = [found for words, found in check.verdicts([client.pk]) if "copy of the ledger" in words]
    return found


def test_the_check_finds_the_copy_to_be_the_ledger(
    acqua: Client, carla: Customer, home: Path, lived: Callable[[], Since]
) -> None:
    assert problems(acqua) == []
    bill(acqua, carla, "2026/new", 1_00)
    Instalment.objects.filter(client=acqua, invoice__number="2026/0").update(due_on=FRIDAY)
    assert problems(acqua) == [], "what came since is the next night's"
    lived()
    assert problems(acqua) == []
