# SPDX-License-Identifier: Apache-2.0
"""The lawyer's file: one click, a PDF with its index and a ZIP whose manifest names every file and what is missing."""

import datetime as dt
import hashlib
import io
import json
import re
import zipfile
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.test import Client as Browser
from pypdf import PdfReader

from ascolto.domain.access.models import Client, Membership, User
from ascolto.domain.access.viewer import Viewer, viewer_of
from ascolto.domain.agreements.models import Promise
from ascolto.domain.intake.models import Batch, StagedFile, StagedRow
from ascolto.domain.intake.originals import originals_of
from ascolto.domain.outreach.models import Contact, Document, Message, Receipt
from ascolto.domain.portfolio.models import Customer, Instalment, Invoice
from ascolto.domain.records import clock
from ascolto.domain.records.models import TrailEntry
from ascolto.domain.strategy.dossier import make_dossier
from ascolto.domain.strategy.dossier_pieces import worked_sections
from ascolto.domain.strategy.statement import statement_of

FRIDAY = dt.date(2026, 11, 20)


@pytest.fixture
def history(acqua: Client, carla: Customer) -> Message:
    """Two invoices, one with its own file; a formal notice by PEC; a call; a broken promise."""
    now = clock.now()
    batch = Batch.objects.create(client=acqua, author="x", received_at=now)
    for number, mates in (("2026/1", ["2026/1"]), ("2026/2", ["2026/2", "of somebody else"])):
        invoice = Invoice.objects.create(
            client=acqua, customer=carla, number=number, issued_on=dt.date(2026, 8, 1), total_cents=50_00,
            payable_cents=50_00, batch_id=batch.pk,
        )  # fmt: skip
        Instalment.objects.create(
            client=acqua, customer=carla, invoice=invoice, due_on=dt.date(2026, 9, 1), amount_cents=50_00
        )
        file = StagedFile.objects.create(client=acqua, batch=batch, name=f"IT_{number.replace('/', '_')}.xml", sha=number, size=3, content=b"<a>")  # fmt: skip
        for n, mate in enumerate(mates):
            StagedRow.objects.create(
                client=acqua, batch=batch, file=file, file_name=file.name, row=n, kind="invoice", content={"number": mate},
                result_id=invoice.pk if n == 0 else None,
            )  # fmt: skip
    notice = Message.objects.create(
        client=acqua, customer=carla, channel="pec", to_value="carla@pec.test", template="t", template_version="1", tone=5,
        language="it", step="formal", subject="Costituzione in mora", text="Paghi.", facts={}, idempotency_key="m",
        status="sent", queued_at=now, not_before=now, sent_at=now,
    )  # fmt: skip
    Contact.objects.create(
        client=acqua, customer=carla, at=now, on_date=FRIDAY, channel="phone", direction="out", human=True,
        outcome="right_party", note="Ha detto che paga.",
    )  # fmt: skip
    Promise.objects.create(
        client=acqua, customer=carla, amount_cents=20_00, made_on=FRIDAY, due_on=FRIDAY, status="broken", author="x"
    )
    return notice


def opened(document: Document) -> tuple[zipfile.ZipFile, dict[str, Any]]:
    file = zipfile.ZipFile(io.BytesIO(bytes(document.content)))
    return file, json.loads(file.read("manifest.json"))


def test_the_file_holds_everything_and_says_what_is_missing(as_ada: Viewer, carla: Customer, history: Message) -> None:
    file, manifest = opened(make_dossier(as_ada, carla.pk, as_of=FRIDAY))
    for told in manifest["files"]:
        assert hashlib.sha256(file.read(told["name"])).hexdigest() == told["sha256"]
    names = set(file.namelist())
    assert len(names) == len(manifest["files"]) + 1
    assert any(name.startswith("originali/fatture/") and "2026_1" in name for name in names)
    assert not any("2026_2" in name for name in names), "a file that holds somebody else's invoice stays out"
    assert "La ricevuta della diffida del 20/11/2026 manca." in manifest["missing"]
    assert "Manca l’originale della fattura 2026/2." in manifest["missing"]
    pdf = PdfReader(io.BytesIO(file.read("fascicolo.pdf")))
    words = [page.extract_text() for page in pdf.pages]
    for said in ("Indice", "Estratto conto", "La ricevuta della diffida"):
        assert said in words[0]
    whole = " ".join(words)
    for said in ("Ha detto che paga.", "Costituzione in mora", "100,00", "2026/1"):
        assert said in whole
    titles = [item.title for item in pdf.outline]  # type: ignore[union-attr]
    assert len(titles) == 10
    count = len(words)
    for n, text in enumerate(words, start=1):
        assert f"Pagina {n} di {count}" in text, "the numbers run through the whole file"
    for item in pdf.outline[1:]:  # type: ignore[index]
        page = pdf.get_destination_page_number(item) + 1  # type: ignore[arg-type]
        assert re.search(rf"{re.escape(item.title)}\s+{page}\b", words[0]), "and the index names them"  # type: ignore[union-attr]
    piece = PdfReader(io.BytesIO(file.read("02-fatture.pdf")))
    assert f"di {count}" in piece.pages[0].extract_text(), "a piece beside it bears the same numbers"
    starts = {item.title: pdf.get_destination_page_number(item) for item in pdf.outline}  # type: ignore[arg-type, union-attr]
    assert f"{titles[-1]}" in words[starts[titles[-1]] or 0], "the index points to the right page"


def test_with_its_receipt_nothing_of_the_notice_is_missing(as_ada: Viewer, carla: Customer, history: Message) -> None:
    Receipt.objects.create(client=carla.client, message=history, what="delivered", at=clock.now(), sha="r", content=b"raw",
                           read_at=clock.now())  # fmt: skip
    Message.objects.filter(pk=history.pk).update(status="delivered", delivered_at=clock.now())
    file, manifest = opened(make_dossier(as_ada, carla.pk, as_of=FRIDAY))
    assert not any("ricevuta" in line for line in manifest["missing"])
    assert [file.read(name) for name in file.namelist() if name.endswith("delivered.eml")] == [b"raw"]


def test_the_same_file_twice_is_one(as_ada: Viewer, carla: Customer, history: Message) -> None:
    assert make_dossier(as_ada, carla.pk, as_of=FRIDAY) == make_dossier(as_ada, carla.pk, as_of=FRIDAY)
    assert TrailEntry.objects.filter(verb="dossier_made").count() == 1


def test_strangers_and_those_who_only_look_make_none(as_dario: Viewer, acqua: Client, carla: Customer) -> None:
    with pytest.raises(Http404):
        make_dossier(as_dario, carla.pk, as_of=FRIDAY)
    looker = User.objects.create_user("cfo@acqua.test", "una-parola-lunga", name="CFO")
    Membership.objects.create(user=looker, client=acqua, role="client_viewer")
    with pytest.raises(PermissionDenied):
        make_dossier(viewer_of(looker, FRIDAY), carla.pk, as_of=FRIDAY)
    assert not Document.objects.exists()


def test_one_click_makes_it_and_it_is_there_to_download(
    client: Browser, ada: User, carla: Customer, history: Message
) -> None:
    client.force_login(ada)
    page = client.get(f"/clienti/{carla.pk}/documenti/").content.decode()
    assert f"/clienti/{carla.pk}/fascicolo/" in page
    assert client.get(f"/clienti/{carla.pk}/fascicolo/").status_code == 405
    answer = client.post(f"/clienti/{carla.pk}/fascicolo/", follow=True)
    made = Document.objects.get()
    assert made.name in answer.content.decode()
    assert zipfile.is_zipfile(io.BytesIO(client.get(f"/documenti/{made.pk}/").content))


def test_an_invoice_that_came_in_a_zip_has_its_own_original_and_nobody_elses(
    as_ada: Viewer, as_dario: Viewer, acqua: Client, carla: Customer, history: Message
) -> None:
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.writestr("a/uno.xml", b"<uno/>")
        archive.writestr("due.xml", b"<due/>")
    second = Invoice.objects.get(number="2026/2")
    batch = Batch.objects.get()
    file = StagedFile.objects.create(
        client=acqua, batch=batch, name="tutte.zip", sha="z", size=3, content=zipped.getvalue()
    )
    for member, pk in (("a/uno.xml", second.pk), ("due.xml", None)):
        StagedRow.objects.create(
            client=acqua, batch=batch, file=file, file_name=f"tutte.zip/{member}", row=1, kind="invoice", content={},
            result_id=pk,
        )  # fmt: skip
    assert originals_of(as_ada, [second.pk]) == {second.pk: ("uno.xml", b"<uno/>")}
    assert originals_of(as_dario, [second.pk]) == {}
    pack, manifest = opened(make_dossier(as_ada, carla.pk, as_of=FRIDAY))
    assert pack.read(f"originali/fatture/{second.pk}-uno.xml") == b"<uno/>"
    assert "Manca l’originale della fattura 2026/2." not in manifest["missing"]
    assert not any("due.xml" in name for name in pack.namelist())
    StagedFile.objects.filter(pk=file.pk).update(content=b"PK\x03\x04 broken")
    assert originals_of(as_ada, [second.pk]) == {}


def test_the_interest_is_worked_out_stretch_by_stretch(as_ada: Viewer, carla: Customer, history: Message) -> None:
    Customer.objects.filter(pk=carla.pk).update(kind="business")
    statement = statement_of(as_ada, carla.pk, FRIDAY)
    [section] = worked_sections(statement, "it")
    lines = statement.interest.lines
    assert len(section.rows) == sum(len(part.periods) for line in lines for part in line.parts) > 0
    assert section.rows[0][1:5] == ["02/09/2026", "20/11/2026", "80", "50,00\u00a0€"]
    assert section.rows[0][-1].startswith("ECB-2026-H2")
