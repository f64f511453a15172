# SPDX-License-Identifier: Apache-2.0
"""The demo's people and files: the same every time, valid, readable by the real readers, and adding up."""

import hashlib
from collections import Counter
from datetime import date

import pytest
from schwifty import IBAN
from stdnum import iso11649
from stdnum.it import codicefiscale, iva

from ascolto.demo import bank
from ascolto.demo.behaviour import Item
from ascolto.demo.billing import Bill, bills
from ascolto.demo.clients import CLIENTS, HOUSING, LIFTS, UTILITY, DemoClient
from ascolto.demo.files import camt, fatturapa, lists
from ascolto.demo.population import population
from ascolto.domain.intake.profile import Profile
from ascolto.domain.intake.reading import read

SIZE = 80
FIRST, LAST = date(2026, 1, 2), date(2026, 4, 30)


def world(client: DemoClient, seed: str = "1") -> tuple[Bill, ...]:
    return bills(client, population(client, SIZE, seed), FIRST, LAST)


def sha(client: DemoClient, seed: str) -> str:
    made = world(client, seed)
    written = lists.rents(made) if client is HOUSING else b"".join(fatturapa.document(client, bill) for bill in made)
    return hashlib.sha256(written + lists.customers(population(client, SIZE, seed))).hexdigest()


@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.slug)
def test_the_same_seed_writes_the_same_bytes_and_another_seed_others(client: DemoClient) -> None:
    assert sha(client, "1") == sha(client, "1")
    assert sha(client, "1") != sha(client, "2")


@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.slug)
def test_every_code_of_nobody_has_its_check_digits(client: DemoClient) -> None:
    assert iva.is_valid(client.vat)
    assert IBAN(client.iban)
    for person in population(client, SIZE):
        assert IBAN(person.iban), person
        assert not person.vat or iva.is_valid(person.vat), person
        code = person.tax_code
        assert not code or (codicefiscale.is_valid(code) if len(code) == 16 else iva.is_valid(code)), person
    assert all(iso11649.is_valid(due.reference) for bill in world(client) for due in bill.dues)


@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.slug)
def test_nobody_can_be_reached_by_mistake(client: DemoClient) -> None:
    for person in population(client, SIZE):
        assert not person.email or person.email.endswith(".example.test")
        assert not person.phone or person.phone.startswith("+390200"), "no subscriber number begins with a zero"


@pytest.mark.parametrize("client", [UTILITY, LIFTS], ids=lambda client: client.slug)
def test_a_zip_of_invoices_is_read_without_a_problem_and_asks_for_the_same_cents(client: DemoClient) -> None:
    made = world(client)
    found = read(
        "fatture.zip", fatturapa.archive((fatturapa.file_name(client, b), fatturapa.document(client, b)) for b in made)
    )
    assert found.problems == ()
    by_number = {invoice.number: invoice for invoice in found.invoices}
    assert len(by_number) == len(made)
    for bill in made:
        invoice = by_number[bill.number]
        assert invoice.due_cents == bill.payable_cents == sum(part.cents for part in invoice.instalments)
        assert [part.due for part in invoice.instalments] == [due.due_on for due in bill.dues]
        assert invoice.split_payment == (bill.person.kind == "public")


def test_lifts_have_withholding_split_payment_and_several_payment_blocks() -> None:
    made = bills(LIFTS, population(LIFTS, 200), date(2026, 1, 2), date(2026, 11, 20))
    assert any(bill.withholding_cents for bill in made if bill.person.trade == "condominium")
    assert any(bill.split_payment for bill in made)
    assert any(b"</DatiPagamento><DatiPagamento>" in fatturapa.document(LIFTS, bill) for bill in made)


def test_the_rents_and_the_tenants_are_read_through_their_profiles() -> None:
    made = world(HOUSING)
    rents = read("canoni.csv", lists.rents(made), Profile.from_dict(lists.RENT_PROFILE))
    assert rents.problems == ()
    assert sum(row.values["amount_cents"] for row in rents.open_items) == sum(bill.payable_cents for bill in made)
    tenants = read(
        "inquilini.csv", lists.customers(population(HOUSING, SIZE)), Profile.from_dict(lists.CUSTOMER_PROFILE)
    )
    assert tenants.problems == ()
    assert len(tenants.customers) == SIZE


@pytest.mark.parametrize(
    ("client", "kind"),
    [(UTILITY, "camt.053.001.02"), (LIFTS, "camt.053.001.08"), (HOUSING, "CBIDlyStmtReqLogMsg.00.01.02")],
    ids=lambda value: getattr(value, "slug", ""),
)
def test_a_statement_ties_in_the_dialect_of_its_bank(client: DemoClient, kind: str) -> None:
    day, movements = date(2026, 3, 3), []
    for bill in world(client)[:40]:
        due = bill.dues[0]
        item = Item(bill.number, due.position, bill.issued_on, due.due_on, due.cents)
        movements.append(bank.payment(bill.person, [(item, due.cents)], {item.key: due.reference}, due.due_on))
    movements += [bank.returned(movements[0], day), *bank.noise(client, day)]
    found = read("estratto.xml", camt.statement(client, day, 1_000_00, movements))
    assert found.problems == ()
    (statement,) = found.statements
    assert statement.format == kind
    assert statement.account == client.iban
    assert [entry.cents for entry in statement.entries] == [movement.cents for movement in movements]
    assert statement.opening is not None
    assert statement.closing is not None
    assert statement.closing.cents - statement.opening.cents == sum(movement.cents for movement in movements)
    assert statement.entries[40].return_reason == "AM04"


def test_people_write_on_their_transfers_in_many_ways() -> None:
    styles = Counter(person.style for person in population(UTILITY, 400))
    assert {"structured", "number", "words", "bare", "typo", "rounds", "other_account"} == set(styles)
