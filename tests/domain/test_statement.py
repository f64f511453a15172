# SPDX-License-Identifier: Apache-2.0
"""A statement of account ties to the cent, as of any day, in the customer's language."""

import datetime as dt
import io
from typing import Any

import pytest
from django.http import Http404
from django.test import Client as Browser
from openpyxl import load_workbook
from pypdf import PdfReader

from ascolto.domain.access.models import Client, User
from ascolto.domain.access.viewer import Viewer
from ascolto.domain.care.models import CareCase
from ascolto.domain.ledger.account import account_of
from ascolto.domain.ledger.actions import post_payment, reverse_payment
from ascolto.domain.portfolio.models import Customer, Instalment, Invoice
from ascolto.domain.strategy.statement import statement_of, statement_pdf

FRIDAY = dt.date(2026, 11, 20)
AUGUST, SEPTEMBER, OCTOBER = dt.date(2026, 8, 1), dt.date(2026, 9, 15), dt.date(2026, 10, 10)


@pytest.fixture
def account(acqua: Client, carla: Customer) -> Customer:
    """Carla: 100 invoiced in August, 60 paid in September and 10 too much, a payment taken back in October."""
    for number, day, cents in (("=1+1", AUGUST, 100_00), ("2026/2", OCTOBER, 50_00)):
        invoice = Invoice.objects.create(
            client=acqua, customer=carla, number=number, issued_on=day, total_cents=cents, payable_cents=cents
        )
        Instalment.objects.create(
            client=acqua, customer=carla, invoice=invoice, due_on=day + dt.timedelta(days=30), amount_cents=cents
        )
        first = Instalment.objects.order_by("pk")[0]
        CareCase.objects.get_or_create(
            client=acqua, customer=carla, kind="dispute", invoice=first.invoice, reason="metro", disputed_cents=5_00,
            opened_on=SEPTEMBER, closed_on=OCTOBER, deadline_on=OCTOBER, author="x",
        )  # fmt: skip
    usual: dict[str, Any] = {
        "client": acqua,
        "customer_id": carla.pk,
        "paid_on": AUGUST,
        "actor": "x",
        "as_of": SEPTEMBER,
    }
    post_payment(amount_cents=60_00, parts=[(first.pk, 60_00)], idempotency_key="a", **usual)
    wrong = post_payment(amount_cents=10_00, parts=[], idempotency_key="b", **usual)
    reverse_payment(payment=wrong, reason="not hers", actor="x", as_of=OCTOBER)
    return carla


@pytest.mark.parametrize(
    ("as_of", "from_on", "opening", "closing", "on_account", "lines"),
    [
        (dt.date(2026, 7, 31), None, 0, 0, 0, 0),
        (AUGUST, None, 0, 100_00, 0, 1),
        (SEPTEMBER, None, 0, 30_00, 10_00, 3),
        (FRIDAY, None, 0, 90_00, 0, 5),
        (FRIDAY, OCTOBER, 30_00, 90_00, 0, 2),
        (FRIDAY, FRIDAY, 90_00, 90_00, 0, 0),
    ],
)
def test_opening_and_movements_make_the_closing_and_the_closing_is_what_is_open(
    as_bruno: Viewer, account: Customer, as_of: dt.date, from_on: dt.date | None, opening: int, closing: int,
    on_account: int, lines: int,
) -> None:  # fmt: skip
    told = account_of(as_bruno, account.pk, as_of, from_on=from_on)
    assert (told.opening_cents, told.closing_cents, told.on_account_cents) == (opening, closing, on_account)
    assert told.closing_cents == told.open_cents - told.on_account_cents
    assert len(told.movements) == lines
    assert not told.movements or told.movements[-1].balance_cents == closing


def test_what_is_contested_is_told_only_while_it_is(as_bruno: Viewer, account: Customer) -> None:
    assert statement_of(as_bruno, account.pk, SEPTEMBER).disputed_cents == 5_00
    assert statement_of(as_bruno, account.pk, FRIDAY).disputed_cents == 0


def test_a_stranger_knows_of_no_account(as_dario: Viewer, account: Customer) -> None:
    with pytest.raises(Http404):
        account_of(as_dario, account.pk, FRIDAY)


@pytest.mark.parametrize(
    ("language", "title", "sum_"),
    [
        ("it", "Estratto conto al 20/11/2026", "90,00"),
        ("en", "Statement of account as of 20 Nov 2026", "€90.00"),
    ],
)
def test_the_pdf_is_tagged_and_speaks_the_customers_language(
    as_bruno: Viewer, account: Customer, language: str, title: str, sum_: str
) -> None:
    Customer.objects.filter(pk=account.pk).update(language=language)
    pdf = statement_pdf(statement_of(as_bruno, account.pk, FRIDAY))
    assert pdf == statement_pdf(statement_of(as_bruno, account.pk, FRIDAY)), "the same statement is the same file"
    file: Any = PdfReader(io.BytesIO(pdf))
    words = " ".join(page.extract_text() for page in file.pages)
    assert title in words
    assert sum_ in words
    assert file.trailer["/Root"]["/MarkInfo"]["/Marked"]
    assert file.trailer["/Root"]["/Lang"] == language


def test_the_page_and_its_files(
    client: Browser, bruno: User, account: Customer, django_assert_max_num_queries: Any
) -> None:
    client.force_login(bruno)
    url = f"/clienti/{account.pk}/estratto-conto/"
    with django_assert_max_num_queries(30):
        page = client.get(url, {"from": "2026-10-10", "as_of": "2026-11-20"})
    assert page.status_code == 200
    assert "Saldo di apertura" in page.content.decode()
    assert client.get(url, {"as_of": "soon"}).status_code == 200, "a date that is none means today"
    assert client.get(url + "pdf/").content.startswith(b"%PDF")
    assert client.get(url + "exe/").status_code == 404
    sheet: Any = load_workbook(io.BytesIO(client.get(url + "xlsx/").content)).active
    cells = [cell for row in sheet.iter_rows(min_row=2) for cell in row]
    assert {cell.data_type for cell in cells if cell.value == "=1+1"} == {"s"}, (
        "a number that looks like a formula is text"
    )
    assert sum(row[4].value for row in sheet.iter_rows(min_row=2) if row[4].value and row[0].value == "Movimenti") == 90


def test_of_a_customer_with_nothing_the_page_says_so(client: Browser, bruno: User, carla: Customer) -> None:
    client.force_login(bruno)
    page = client.get(f"/clienti/{carla.pk}/estratto-conto/").content.decode()
    assert "Niente di aperto." in page
