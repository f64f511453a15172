# SPDX-License-Identifier: Apache-2.0
"""Notices of SdI find their invoice in whichever order they come; a discarded invoice is no receivable."""

import pytest

from ascolto.domain.access.models import Client
from ascolto.domain.access.viewer import Viewer
from ascolto.domain.intake import staging
from ascolto.domain.intake.models import Batch, SdiNotice, StagedRow
from ascolto.domain.intake.notices import notices_of
from ascolto.domain.portfolio.models import Invoice
from tests.domain.intake.deliveries import ACQUA, TODAY, invoice, party, problems, stage, statuses, take
from tests.domain.intake.formats.making import body, fattura, signed, zipped
from tests.domain.intake.formats.making_trade import pdf, ubl
from tests.domain.intake.formats.test_sdi import DELIVERED, FILE, OFFICE, RECEIVED, esito, notice, scarto

pytestmark = pytest.mark.django_db
RC = notice("RicevutaConsegna", RECEIVED + DELIVERED + OFFICE)


def attached() -> list[tuple[str, str | None]]:
    """Type and invoice of every notice that is kept."""
    return [
        (found.type, found.invoice.number if found.invoice else None)
        for found in SdiNotice.objects.select_related("invoice").order_by("pk")
    ]


def accept(batch: Batch) -> None:
    staging.accept(batch=batch, actor="bruno@acqua.test", as_of=TODAY)
    batch.refresh_from_db()


@pytest.mark.parametrize("name", [FILE, f"{FILE}.p7m", f"posta/{FILE}"])
def test_a_receipt_is_attached_to_the_invoice_of_its_file(acqua: Client, name: str) -> None:
    data = signed(invoice()) if name.endswith(".p7m") else invoice()
    batch = take(acqua, (name, data), ("rc.xml", RC))
    assert attached() == [("RC", "2026/1")]
    assert (batch.report["effect"]["sdi_notices"], batch.report["taken"]["notices_new"]) == (1, 1)


def test_the_order_of_arrival_does_not_matter(acqua: Client) -> None:
    take(acqua, ("rc.xml", RC))
    assert attached() == [("RC", None)]
    take(acqua, ("lotto.zip", zipped((FILE, invoice()))))
    assert attached() == [("RC", "2026/1")]
    assert statuses(take(acqua, ("rc-again.xml", RC + b"\n"))) == ["known"]
    assert attached() == [("RC", "2026/1")]


def two() -> bytes:
    return fattura(
        body(number="2026/1", date="2026-10-01"),
        body(number="2026/2", date="2026-10-01"),
        seller=party("CedentePrestatore", vat=ACQUA, name="Acqua e Luce S.p.A."),
    ).encode()


@pytest.mark.parametrize("notice_first", [True, False])
def test_a_file_of_two_invoices_gives_its_receipt_to_both_and_the_answer_to_one(
    acqua: Client, notice_first: bool
) -> None:
    files = [(FILE, two()), ("rc.xml", RC), ("ne.xml", esito("EC02", "2026/2"))]
    for file in reversed(files) if notice_first else files:
        take(acqua, file)
    assert sorted(attached()) == [("NE", "2026/2"), ("RC", "2026/1"), ("RC", "2026/2")]


def test_without_the_file_the_number_and_year_tell_and_an_sdi_number_seen_before(acqua: Client) -> None:
    take(acqua, ("a.xml", invoice()))
    take(acqua, ("ne.xml", esito("EC01", file="IT09999999999_9.xml")))
    take(acqua, ("ec.xml", notice("NotificaEsitoCommittente", "<Esito>EC01</Esito>", file="")))
    assert attached() == [("NE", "2026/1"), ("EC", "2026/1")]


def test_an_invoice_discarded_in_the_same_delivery_is_no_receivable(acqua: Client) -> None:
    batch = stage(acqua, (FILE, invoice()), ("other.xml", invoice(number="2026/9")), ("ns.xml", scarto()))
    assert statuses(batch) == ["ignored", "ready", "ready"]
    assert "invoice.discarded" in problems(batch)
    accept(batch)
    assert [found.number for found in Invoice.objects.all()] == ["2026/9"]


def test_an_invoice_discarded_before_or_while_it_waited_is_no_receivable(acqua: Client) -> None:
    waiting = stage(acqua, (FILE, invoice()))
    take(acqua, ("ns.xml", scarto()))
    accept(waiting)
    assert statuses(waiting) == ["ignored"]
    assert statuses(take(acqua, (f"due/{FILE}", invoice(number="2026/2")))) == ["ignored"]
    assert not Invoice.objects.exists()


def test_a_discard_of_what_is_in_the_book_deletes_nothing_and_proposes(acqua: Client) -> None:
    take(acqua, (FILE, invoice()))
    batch = stage(acqua, ("ns.xml", scarto()))
    staging.finish(batch, acqua)
    assert problems(batch) == ["notice.discarded_in_book"]
    accept(batch)
    assert (Invoice.objects.count(), attached()) == (1, [("NS", "2026/1")])
    assert SdiNotice.objects.get().errors == [["00305", "Partita IVA non valida"]]


def test_a_file_sent_twice_stays_a_receivable(acqua: Client) -> None:
    assert statuses(take(acqua, (FILE, invoice()), ("ns.xml", scarto("00002")))) == ["taken", "taken"]
    assert attached() == [("NS", "2026/1")]


def test_a_notice_of_nobody_waits_and_another_client_never_gets_it(acqua: Client, altrove: Client) -> None:
    take(altrove, (FILE, invoice()))
    take(acqua, ("rc.xml", RC))
    assert attached() == [("RC", None)]


def test_the_viewer_sees_only_notices_of_its_clients(acqua: Client, as_ada: Viewer, as_dario: Viewer) -> None:
    take(acqua, (FILE, invoice()), ("rc.xml", RC))
    pk = Invoice.objects.get().pk
    assert [found.type for found in notices_of(as_ada, [pk])[pk]] == ["RC"]
    assert notices_of(as_dario, [pk]) == {}


def test_ubl_becomes_a_receivable_like_any_invoice_and_a_picture_waits_for_a_person(acqua: Client) -> None:
    data = ubl().replace(b"IT 12345670017", f"IT{ACQUA}".encode())
    batch = take(acqua, ("a.xml", data), ("b.pdf", pdf()))
    item = Invoice.objects.get().instalments.get()
    assert (item.amount_cents, item.due_on.isoformat(), item.method) == (12200, "2026-05-31", "58")
    assert Invoice.objects.get().customer.kind == "public"
    assert [row.status for row in StagedRow.objects.filter(batch=batch, kind="open_item")] == ["wrong"]
