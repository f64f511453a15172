# SPDX-License-Identifier: Apache-2.0

"""From the file's entries to the ledger: `python -m bench.ledger [INSTALMENTS [PAYMENTS]]` (default 150000 50000).

Writes a generated month (`bench/bank.py`) into a new SQLite database in a temporary `ASCOLTO_HOME` (or into the one
that `DATABASE_URL` names: it is migrated, the rows are rolled back), receives its statement, applies the cash twice
and prints seconds, queries, and what was settled.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable
from typing import Any

from bench.bank import TODAY, Bank, Month


def main(instalments: int = 150_000, payments: int = 50_000) -> None:
    with tempfile.TemporaryDirectory() as home:
        os.environ.setdefault("ASCOLTO_HOME", home)
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ascolto.config.settings")
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", verbosity=0)
        _run(Bank(instalments, payments).month())


def _run(month: Month) -> None:
    from django.db import transaction

    from ascolto.domain.access.models import Client
    from ascolto.domain.ledger.cash import apply_cash
    from ascolto.domain.ledger.models import BankLine

    with transaction.atomic():
        client = Client.objects.create(slug="bench", name="Bench", sector="utility")
        _write(client, month)
        print(f"{len(month.items)} open instalments, {len(month.people)} customers, {len(month.lines)} payments")
        _timed("entries to bank lines", lambda: _receive(client, month))
        for what in ("cash applied", "cash applied again"):
            report = _timed(what, lambda: apply_cash(client=client, actor="bench", as_of=TODAY))
            print(f"  settled {report.settled}, waiting {report.waiting}")
        assert BankLine.objects.filter(client=client).count() == len(month.lines)
        transaction.set_rollback(True)


def _timed(what: str, do: Callable[[], Any]) -> Any:
    from django.db import connection

    count = 0

    def counting(execute: Any, *told: Any) -> Any:
        nonlocal count
        count += 1
        return execute(*told)

    wall, cpu = time.perf_counter(), time.process_time()
    with connection.execute_wrapper(counting):
        done = do()
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    print(f"{what}: {cpu:.1f} s of processor here, {wall:.1f} s of wall clock, {count} queries")
    return done


def _write(client: Any, month: Month) -> None:
    from ascolto.domain.portfolio.models import Customer, Instalment, Invoice

    people = [
        Customer(client=client, number=p.number, name=p.name, search_name=p.name.lower(), vat="".join(p.tax_codes))
        for p in month.people
    ]
    owners = dict(zip((p.customer_id for p in month.people), Customer.objects.bulk_create(people, 1000), strict=True))
    first = {item.invoice_id: item for item in reversed(month.items)}
    made = [
        Invoice(
            client=client, customer=owners[i.customer_id], number=i.number, issued_on=TODAY, total_cents=i.balance_cents,
            payable_cents=i.balance_cents,
        )
        for i in first.values()
    ]  # fmt: skip
    invoices = dict(zip(first, Invoice.objects.bulk_create(made, 1000), strict=True))
    rows, position = [], 0
    for at, item in enumerate(month.items):
        position = position + 1 if at and month.items[at - 1].invoice_id == item.invoice_id else 1
        rows.append(
            Instalment(
                client=client, customer=owners[item.customer_id], invoice=invoices[item.invoice_id], position=position,
                amount_cents=item.balance_cents, due_on=item.due_on, reference=item.references[0],
            )
        )  # fmt: skip
    Instalment.objects.bulk_create(rows, 1000)


def _receive(client: Any, month: Month) -> None:
    from ascolto.domain.ledger.statements import EntryIn, StatementIn, receive_statement

    read = tuple(
        EntryIn(
            booked_on=TODAY, amount_cents=line.amount_cents, remittance=line.remittance, reference=line.reference,
            payer_name=line.payer_name, payer_iban=line.payer_iban, bank_reference=str(line.line_id),
        )
        for line in month.lines
    )  # fmt: skip
    statement = StatementIn("IT60X0542811101000000123456", "1", "EUR", None, None, None, None, read)
    receive_statement(client=client, statement=statement, batch_id=None, actor="bench", as_of=TODAY)


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
