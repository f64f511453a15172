# SPDX-License-Identifier: Apache-2.0
"""Lists of open items and customers through staging: saved mappings, wrong rows mended, the weekly list again."""

import io

import openpyxl
import pytest

from ascolto.domain.access.models import Client
from ascolto.domain.intake import staging
from ascolto.domain.intake.models import MappingProfile
from ascolto.domain.intake.profile import Profile
from ascolto.domain.intake.profiles import save_profile
from ascolto.domain.intake.reading import suggest
from ascolto.domain.portfolio.models import ContactPoint, Customer, Instalment, Invoice
from ascolto.domain.records.errors import Refused
from ascolto.domain.records.models import TrailEntry
from tests.domain.intake.deliveries import TODAY, csv, errors, invoice, problems, stage, statuses, take

pytestmark = pytest.mark.django_db

HEADERS = ("Codice cliente", "Ragione sociale", "Numero fattura", "Data fattura", "Scadenza", "Importo", "Residuo")
ROSSI = ("C7", "Rossi S.r.l.")
ONE = (*ROSSI, "F1", "01/10/2026", "31/10/2026", "100,00", "100,00")
PEOPLE = (
    "Codice cliente",
    "Ragione sociale",
    "Partita IVA",
    "Email",
    "Telefono",
    "Indirizzo",
    "CAP",
    "Comune",
    "Lingua",
)


def mapped(client: Client, data: bytes) -> MappingProfile:
    """The mapping that a person confirmed for such a list."""
    return save_profile(client=client, name="SAP", profile=suggest(data), sample=data, actor="bruno@acqua.test")


def test_an_unknown_list_waits_until_its_columns_are_mapped_once(acqua: Client) -> None:
    data = csv(HEADERS, ONE)
    batch = stage(acqua, ("aperte.csv", data))
    assert (statuses(batch), problems(batch)) == ([], ["table.unmapped"])
    profile = mapped(acqua, data)
    staging.map_file(file=batch.files.get(), profile=profile, actor="bruno@acqua.test", as_of=TODAY)
    assert (statuses(batch), errors(batch)) == (["ready"], [])
    staging.accept(batch=batch, actor="bruno@acqua.test", as_of=TODAY)
    item = Instalment.objects.select_related("invoice", "customer").get()
    assert (item.customer.number, item.invoice.number, item.amount_cents) == ("C7", "F1", 10000)
    assert (str(item.invoice.issued_on), str(item.due_on)) == ("2026-10-01", "2026-10-31")


def test_next_time_the_headers_are_known_even_below_a_new_title_line(acqua: Client) -> None:
    mapped(acqua, csv(HEADERS, ONE))
    batch = take(acqua, ("nuove.csv", csv(("Partite aperte al 20/11/2026",), HEADERS, ONE)))
    assert (statuses(batch), batch.files.get().profile is not None) == (["taken"], True)


def test_another_client_does_not_use_our_mapping(acqua: Client, altrove: Client) -> None:
    mapped(acqua, csv(HEADERS, ONE))
    assert problems(stage(altrove, ("aperte.csv", csv(HEADERS, ONE)))) == ["table.unmapped"]


def test_a_spreadsheet_goes_the_same_way(acqua: Client) -> None:
    book = openpyxl.Workbook()
    for row in (HEADERS, ONE, (*ROSSI, "F2", "01/10/2026", "30/11/2026", 50.5, 50.5)):
        book.active.append(row)
    target = io.BytesIO()
    book.save(target)
    mapped(acqua, target.getvalue())
    take(acqua, ("aperte.xlsx", target.getvalue()))
    assert sorted(Instalment.objects.values_list("amount_cents", flat=True)) == [5050, 10000]


def test_rows_of_one_number_are_the_instalments_of_one_invoice(acqua: Client) -> None:
    second = (*ROSSI, "F1", "01/10/2026", "30/11/2026", "50,00", "50,00")
    take(acqua, ("a.csv", csv(HEADERS, second, ONE)), profile=suggest(csv(HEADERS, ONE)))
    found = Invoice.objects.get()
    assert (found.total_cents, found.payable_cents) == (15000, 15000)
    assert [(str(i.due_on), i.amount_cents) for i in found.instalments.order_by("position")] == [
        ("2026-10-31", 10000),
        ("2026-11-30", 5000),
    ]


def test_of_a_partly_paid_invoice_the_open_part_is_taken_and_the_total_kept(acqua: Client) -> None:
    row = (*ROSSI, "F1", "01/10/2026", "31/10/2026", "100,00", "40,00")
    batch = take(acqua, ("a.csv", csv(HEADERS, row)), profile=suggest(csv(HEADERS, row)))
    assert (Invoice.objects.get().total_cents, Instalment.objects.get().amount_cents) == (10000, 4000)
    assert "item.partly_paid" in problems(batch)


def test_the_weekly_list_of_the_same_invoices_changes_nothing_when_customers_pay(acqua: Client) -> None:
    profile = mapped(acqua, csv(HEADERS, ONE))
    take(acqua, ("1.csv", csv(HEADERS, ONE)), profile=profile)
    later = (*ROSSI, "F1", "01/10/2026", "31/10/2026", "100,00", "40,00")
    assert statuses(take(acqua, ("2.csv", csv(HEADERS, later)), profile=profile)) == ["known"]
    assert (Instalment.objects.get().amount_cents, Invoice.objects.get().version) == (10000, 1)


def test_a_list_never_overrules_a_document(acqua: Client) -> None:
    take(acqua, ("a.xml", invoice(number="F1")))
    row = ("C001", "Carla Bianchi", "F1", "01/10/2026", "15/10/2026", "122,00", "20,00")
    batch = take(acqua, ("a.csv", csv(HEADERS, row)), profile=suggest(csv(HEADERS, row)))
    assert (statuses(batch), str(Instalment.objects.get().due_on)) == (["known"], "2026-10-31")


def test_a_document_completes_what_a_list_began_and_finds_the_same_customer(acqua: Client) -> None:
    row = ("C001", "Carla Bianchi", "F1", "01/10/2026", "31/10/2026", "122,00", "22,00")
    take(acqua, ("a.csv", csv(HEADERS, row)), profile=suggest(csv(HEADERS, row)))
    take(acqua, ("a.xml", invoice(number="F1")))
    assert (Invoice.objects.get().version, Instalment.objects.get().amount_cents) == (2, 2200)
    assert (Customer.objects.get().number, Customer.objects.get().tax_code) == ("C001", "BNCCRL80A41F205X")


@pytest.mark.parametrize(
    ("row", "status", "problem"),
    [
        ((*ROSSI, "F9", "01/10/2026", "31/13/2026", "100,00", "100,00"), "wrong", "row.date"),
        ((*ROSSI, "F9", "01/10/2026", "31/10/2026", "cento", ""), "wrong", "row.amount"),
        (("", "Rossi", "F9", "01/10/2026", "31/10/2026", "100,00", "100,00"), "wrong", "customer.no_identity"),
        ((*ROSSI, "F9", "01/10/2026", "31/10/2026", "100,00", "0,00"), "ignored", "item.nothing_open"),
    ],
)
def test_good_rows_count_and_each_bad_one_is_told(
    acqua: Client, row: tuple[str, ...], status: str, problem: str
) -> None:
    batch = take(acqua, ("a.csv", csv(HEADERS, ONE, row)), profile=suggest(csv(HEADERS, ONE)))
    assert sorted(statuses(batch)) == sorted(["taken", status])
    assert problem in problems(batch)
    assert Invoice.objects.get().number == "F1"


def test_rows_of_one_invoice_for_two_customers_are_wrong(acqua: Client) -> None:
    other = ("C8", "Verdi S.r.l.", *ONE[2:])
    batch = take(acqua, ("a.csv", csv(HEADERS, ONE, other)), profile=suggest(csv(HEADERS, ONE)))
    assert (statuses(batch), "item.two_customers" in problems(batch)) == (["wrong", "wrong"], True)
    assert not Invoice.objects.exists()


def test_a_negative_row_is_a_credit_note(acqua: Client) -> None:
    row = (*ROSSI, "NC1", "01/10/2026", "31/10/2026", "-30,00", "-30,00")
    take(acqua, ("a.csv", csv(HEADERS, row)), profile=suggest(csv(HEADERS, row)))
    note = Invoice.objects.get()
    assert (note.kind, note.total_cents, note.instalments.count()) == ("credit_note", 3000, 0)


def test_a_wrong_row_is_corrected_and_taken_on_retry(acqua: Client) -> None:
    bad = (*ROSSI, "F2", "01/10/2026", "31/13/2026", "1.250,00", "1.250,00")
    batch = take(acqua, ("a.csv", csv(HEADERS, ONE, bad)), profile=suggest(csv(HEADERS, ONE)))
    row = batch.rows.get(status="wrong")
    assert (row.row, row.content["cells"]["due_on"], row.content["cells"]["open_cents"]) == (3, "31/13/2026", "1250,00")
    still = staging.correct_row(row=row, fields={"due_on": "31/11/2026"}, actor="bruno@acqua.test", as_of=TODAY)
    assert [problem.code for problem in still] == ["row.date"]
    assert staging.correct_row(row=row, fields={"due_on": "30/11/2026"}, actor="bruno@acqua.test", as_of=TODAY) == []
    assert errors(batch) == []
    assert staging.retry(batch=batch, actor="bruno@acqua.test", as_of=TODAY)["invoices_new"] == 1
    assert str(Instalment.objects.get(invoice__number="F2").due_on) == "2026-11-30"
    assert TrailEntry.objects.filter(verb="row.corrected").last().data["fields"] == {
        "due_on": ["31/11/2026", "30/11/2026"]
    }  # type: ignore[union-attr]


def test_retry_takes_nothing_twice(acqua: Client) -> None:
    batch = take(acqua, ("a.csv", csv(HEADERS, ONE)), profile=suggest(csv(HEADERS, ONE)))
    assert staging.retry(batch=batch, actor="bruno@acqua.test", as_of=TODAY)["invoices_new"] == 0
    with pytest.raises(Refused) as no:
        staging.correct_row(row=batch.rows.get(), fields={}, actor="bruno@acqua.test", as_of=TODAY)
    assert (no.value.code, Invoice.objects.count()) == ("row.not_wrong", 1)


def test_an_invoice_without_a_customer_to_be_found_is_mended_by_a_person(acqua: Client) -> None:
    batch = take(acqua, ("a.xml", invoice(buyer_code="", street="")))
    row = batch.rows.get()
    assert staging.correct_row(row=row, fields={"customer_number": "C77"}, actor="bruno@acqua.test", as_of=TODAY) == []
    staging.retry(batch=batch, actor="bruno@acqua.test", as_of=TODAY)
    assert Invoice.objects.get().customer.number == "C77"


def test_an_unreadable_invoice_may_be_entered_by_hand(acqua: Client) -> None:
    batch = take(acqua, ("a.xml", invoice().replace(b"<Data>2026-10-01</Data>", b"<Data>ieri</Data>")))
    row = batch.rows.get(status="wrong")
    typed = {
        "customer_number": "C1", "invoice_number": "2026/1", "issued_on": "01/10/2026", "due_on": "31/10/2026",
        "amount_cents": "122,00",
    }  # fmt: skip
    assert staging.correct_row(row=row, fields=typed, actor="bruno@acqua.test", as_of=TODAY) == []
    staging.retry(batch=batch, actor="bruno@acqua.test", as_of=TODAY)
    assert Instalment.objects.get().amount_cents == 12200


def test_another_company_s_invoice_cannot_be_typed_into_ours_but_left_out(acqua: Client) -> None:
    batch = take(acqua, ("a.xml", invoice(seller_vat="12345670017")))
    row = batch.rows.get()
    still = staging.correct_row(row=row, fields={"customer_number": "C1"}, actor="bruno@acqua.test", as_of=TODAY)
    assert [problem.code for problem in still] == ["invoice.other_company"]
    staging.discard_row(row=row, actor="bruno@acqua.test", as_of=TODAY, why="Not ours")
    assert (statuses(batch), problems(batch)) == (["ignored"], [])


def test_customers_come_with_ways_to_reach_them_written_in_one_way(acqua: Client) -> None:
    row = (
        "C9",
        "Bar Sport",
        "12345670017",
        "Bar@Sport.it; altro@sport.it",
        "02 1234567",
        "Via Po 1",
        "20100",
        "Milano",
        "en",
    )
    take(acqua, ("c.csv", csv(PEOPLE, row)), profile=suggest(csv(PEOPLE, row)))
    customer = Customer.objects.get()
    assert (customer.kind, customer.vat, customer.language) == ("business", "IT12345670017", "en")
    assert set(ContactPoint.objects.values_list("channel", "value")) == {
        ("email", "bar@sport.it"), ("email", "altro@sport.it"), ("phone", "+39021234567"),
        ("letter", "Via Po 1, 20100 Milano"),
    }  # fmt: skip


@pytest.mark.parametrize(("written", "protected"), [("sì", True), ("X", True), ("no", False)])
def test_a_protected_customer_is_known_as_such(acqua: Client, written: str, protected: bool) -> None:
    data = csv(("Codice cliente", "Ragione sociale", "Cliente tutelato", "Agente"), ("C9", "Bar", written, "Elena"))
    take(acqua, ("c.csv", data), profile=suggest(data))
    assert (Customer.objects.get().vulnerable, Customer.objects.get().salesperson) == (protected, "Elena")


def test_an_impossible_number_is_told_and_left_out_and_the_customer_stays(acqua: Client) -> None:
    row = ("C9", "Bar Sport", "", "bar.sport.it", "12", "Via Po 1", "20100", "Milano", "it")
    batch = take(acqua, ("c.csv", csv(PEOPLE, row)), profile=suggest(csv(PEOPLE, row)))
    assert set(problems(batch)) >= {"point.email", "point.phone"}
    assert list(ContactPoint.objects.values_list("channel", flat=True)) == ["letter"]


def test_the_client_s_list_replaces_what_we_knew_with_a_trail(acqua: Client, carla: Customer) -> None:
    row = ("C001", "Carla Bianchi in Neri", "", "", "", "Via Nuova 8", "20100", "Milano", "")
    batch = take(acqua, ("c.csv", csv(PEOPLE, row)), profile=suggest(csv(PEOPLE, row)))
    carla.refresh_from_db()
    assert (statuses(batch), carla.name, carla.street) == (["taken"], "Carla Bianchi in Neri", "Via Nuova 8")
    assert carla.contact_points.get(channel="letter").value == "Via Nuova 8, 20100 Milano"
    assert TrailEntry.objects.get(verb="customer.changed").data["before"]["name"] == "Carla Bianchi"


def test_the_client_s_number_takes_the_place_of_the_one_we_made_up(acqua: Client) -> None:
    take(acqua, ("a.xml", invoice(buyer_vat="12345670017", buyer_code="")))
    row = ("C55", "Prova S.p.A.", "12345670017", "", "", "", "", "", "")
    take(acqua, ("c.csv", csv(PEOPLE, row)), profile=suggest(csv(PEOPLE, row)))
    assert Customer.objects.get().number == "C55"


def test_a_profile_refuses_what_it_does_not_know() -> None:
    with pytest.raises(ValueError, match="date_order"):
        Profile(date_order="ydm")
