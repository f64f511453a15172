# SPDX-License-Identifier: Apache-2.0
"""The imports pages: bring, report, correct, accept; columns mapped once; strangers find nothing."""

import io
import re
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client as Browser
from django.urls import reverse

from ascolto.domain.access.models import Client, User
from ascolto.domain.intake.models import Batch, MappingProfile, StagedFile, StagedRow
from ascolto.domain.ledger.models import BankLine
from ascolto.domain.portfolio.models import Instalment, Invoice
from ascolto.web.desk.imports import deeds
from tests.domain.intake.deliveries import TODAY as FRIDAY
from tests.domain.intake.deliveries import camt, csv, invoice, stage, take

pytestmark = pytest.mark.django_db

HEADERS = ("Codice cliente", "Ragione sociale", "Numero fattura", "Data fattura", "Scadenza", "Importo")
GOOD = ("C7", "Rossi S.r.l.", "F1", "15/10/2026", "31/10/2026", "1.100,00")
BAD = ("C7", "Rossi S.r.l.", "F2", "15/10/2026", "31/13/2026", "50,00")


@pytest.fixture
def as_bruno_browses(client: Browser, bruno: User) -> Browser:
    client.force_login(bruno)
    return client


def bring(browser: Browser, *files: tuple[str, bytes], **more: str) -> Batch:
    uploads = [SimpleUploadedFile(name, data) for name, data in files]
    answer = browser.post(reverse("desk:import_upload"), {"files": uploads, **more})
    assert answer.status_code == 302
    return Batch.objects.order_by("-pk")[0]


def page(browser: Browser, name: str, *args: Any, **query: str) -> str:
    answer = browser.get(reverse(f"desk:{name}", args=args), query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_person_brings_files_and_sees_the_effect_before_accepting(as_bruno_browses: Browser, acqua: Client) -> None:
    batch = bring(as_bruno_browses, ("a.xml", invoice()), ("b.xml", invoice(number="2026/2")))
    text = page(as_bruno_browses, "import_batch", batch.pk)
    assert "244,00" in text
    assert not Invoice.objects.exists()
    as_bruno_browses.post(reverse("desk:import_accept", args=[batch.pk]))
    assert Invoice.objects.count() == 2
    assert "a.xml" in page(as_bruno_browses, "imports")


def test_accepting_matches_the_cash_that_came_with_it(as_bruno_browses: Browser, acqua: Client) -> None:
    bank = camt(("2026-11-18", "122.00", "Pagamento fattura 2026/1 Carla Bianchi"))
    batch = bring(as_bruno_browses, ("a.xml", invoice()), ("c.xml", bank))
    as_bruno_browses.post(reverse("desk:import_accept", args=[batch.pk]))
    from ascolto.domain.ledger.models import MatchProposal, Payment

    assert Payment.objects.exists() or MatchProposal.objects.exists()


def test_refusing_takes_nothing(as_bruno_browses: Browser, acqua: Client) -> None:
    batch = bring(as_bruno_browses, ("a.xml", invoice()))
    as_bruno_browses.post(reverse("desk:import_refuse", args=[batch.pk]), {"why": "Prova"})
    batch.refresh_from_db()
    assert (batch.status, Invoice.objects.count()) == ("refused", 0)


def test_a_list_is_mapped_once_with_a_preview_and_known_afterwards(as_bruno_browses: Browser, acqua: Client) -> None:
    batch = bring(as_bruno_browses, ("aperte.csv", csv(HEADERS, GOOD, BAD)))
    file = batch.files.get()
    text = page(as_bruno_browses, "import_mapping", file.pk)
    assert "Numero fattura" in text
    assert "1100,00" in text
    assert "31/13/2026" in text
    chosen = {"kind": "open_items", "date_order": "dmy", "decimal": "comma", "encoding": "auto", "delimiter": ";",
              "header_row": "1", "name": "SAP"}  # fmt: skip
    fields = ("customer_number", "customer_name", "invoice_number", "issued_on", "due_on", "amount_cents")
    chosen |= {f"col_{index}": field for index, field in enumerate(fields)}
    as_bruno_browses.post(reverse("desk:import_mapping", args=[file.pk]), chosen)
    assert MappingProfile.objects.get().name == "SAP"
    assert sorted(batch.rows.values_list("status", flat=True)) == ["ready", "wrong"]
    again = bring(
        as_bruno_browses, ("altre.csv", csv(HEADERS, ("C8", "Neri", "F8", "15/10/2026", "31/10/2026", "9,00")))
    )
    assert again.rows.get().status == "ready"


def test_a_wrong_row_is_corrected_in_its_place_and_taken(as_bruno_browses: Browser, acqua: Client) -> None:
    from ascolto.domain.intake.reading import suggest

    batch = take(acqua, ("a.csv", csv(HEADERS, GOOD, BAD)), profile=suggest(csv(HEADERS, GOOD)))
    row = batch.rows.get(status="wrong")
    url = reverse("desk:import_row", args=[row.pk])
    typed = {"customer_number": "C7", "invoice_number": "F2", "issued_on": "15/10/2026", "amount_cents": "50,00"}
    still = as_bruno_browses.post(url, {**typed, "due_on": "31/11/2026"})
    assert "31/11/2026" in still.content.decode()
    assert as_bruno_browses.post(url, {**typed, "due_on": "30/11/2026"}).status_code == 302
    as_bruno_browses.post(reverse("desk:import_retry", args=[batch.pk]))
    assert str(Instalment.objects.get(invoice__number="F2").due_on) == "2026-11-30"


def test_a_wrong_row_is_typed_again_in_the_table(as_bruno_browses: Browser, acqua: Client) -> None:
    from ascolto.domain.intake.reading import suggest

    batch = take(acqua, ("a.csv", csv(HEADERS, GOOD, BAD)), profile=suggest(csv(HEADERS, GOOD)))
    known = {"columns": {"due_on": "Scadenza"}}
    batch.files.update(profile=MappingProfile.objects.create(client=acqua, name="Gestionale", content=known))
    url = reverse("desk:import_row", args=[batch.rows.get(status="wrong").pk])
    assert f'hx-get="{url}"' in page(as_bruno_browses, "import_batch", batch.pk)
    htmx = {"HX-Request": "true"}
    form = as_bruno_browses.get(url, headers=htmx).content.decode()
    assert form.lstrip().startswith("<tr")
    assert re.search(r'name="due_on"[^>]*autofocus', form)
    typed = {"customer_number": "C7", "invoice_number": "F2", "issued_on": "15/10/2026", "amount_cents": "50,00"}
    still = as_bruno_browses.post(url, {**typed, "due_on": "31/11/2026"}, headers=htmx)
    assert re.search(r'name="due_on" value="31/11/2026"[^>]*autofocus', still.content.decode())
    done = as_bruno_browses.post(url, {**typed, "due_on": "30/11/2026"}, headers=htmx)
    assert (done.headers["HX-Refresh"], done.content) == ("true", b"")
    assert not batch.rows.filter(status="wrong").exists()


def test_rows_refused_for_a_payment_offer_another_try(as_bruno_browses: Browser, acqua: Client) -> None:
    from ascolto.domain.ledger.actions import post_payment

    take(acqua, ("a.xml", invoice()))
    item = Instalment.objects.get()
    post_payment(
        client=acqua, customer_id=item.customer_id, amount_cents=10000, paid_on=item.due_on, parts=[(item.pk, 10000)],
        idempotency_key="k1", actor="bruno@acqua.test", as_of=FRIDAY,
    )  # fmt: skip
    batch = take(acqua, ("b.xml", invoice(total="50.00")))
    retry = reverse("desk:import_retry", args=[batch.pk])
    assert retry in page(as_bruno_browses, "import_batch", batch.pk)
    as_bruno_browses.post(retry)
    assert batch.rows.get().status == "wrong"


def test_the_problems_leave_as_a_spreadsheet_that_runs_no_formula(as_bruno_browses: Browser, acqua: Client) -> None:
    batch = stage(acqua, ("=cmd|calc.xml", b"<broken"))
    answer = as_bruno_browses.get(reverse("desk:import_export", args=[batch.pk, "csv"]))
    assert "\n'=cmd" in answer.content.decode("utf-8-sig")
    sheet = openpyxl.load_workbook(
        io.BytesIO(as_bruno_browses.get(reverse("desk:import_export", args=[batch.pk, "xlsx"])).content)
    )
    assert sheet.active["A2"].data_type == "s"


def test_the_original_is_a_download_and_nothing_else(as_bruno_browses: Browser, acqua: Client) -> None:
    batch = stage(acqua, ('a"\r\n.xml', invoice()))
    answer = as_bruno_browses.get(reverse("desk:import_file", args=[batch.files.get().pk]))
    assert answer.content == invoice()
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["Content-Type"] == "application/octet-stream"


def test_too_many_or_too_large_is_said_and_nothing_is_kept(
    as_bruno_browses: Browser, acqua: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deeds, "MAX_TOTAL_BYTES", 10)
    as_bruno_browses.post(reverse("desk:import_upload"), {"files": [SimpleUploadedFile("a.xml", invoice())]})
    assert not Batch.objects.exists()


def everything(acqua: Client) -> list[str]:
    """Every address about a delivery of Acqua."""
    batch = stage(acqua, ("a.xml", invoice()), ("b.csv", csv(HEADERS, GOOD)))
    file, row = StagedFile.objects.filter(batch=batch).last(), StagedRow.objects.filter(batch=batch).first()
    assert file is not None
    assert row is not None
    of_batch = ("import_batch", "import_rows", "import_files", "import_accept", "import_refuse", "import_retry")
    return [
        *(reverse(f"desk:{name}", args=[batch.pk]) for name in of_batch),
        reverse("desk:import_export", args=[batch.pk, "csv"]),
        reverse("desk:import_row", args=[row.pk]),
        reverse("desk:import_discard", args=[row.pk]),
        reverse("desk:import_file", args=[file.pk]),
        reverse("desk:import_mapping", args=[file.pk]),
    ]


POST_ONLY = ("accetta", "rifiuta", "riprova", "escludi")


@pytest.mark.parametrize(("who", "status"), [("dario", 404), ("ada", 403)])
def test_a_stranger_finds_nothing_and_an_operator_may_not(
    client: Browser, acqua: Client, who: str, status: int, request: pytest.FixtureRequest
) -> None:
    client.force_login(request.getfixturevalue(who))
    for url in everything(acqua):
        answer = client.post(url) if url.strip("/").endswith(POST_ONLY) else client.get(url)
        assert (url, answer.status_code) == (url, status)
    brought = client.post(
        reverse("desk:import_upload"), {"files": [SimpleUploadedFile("x.xml", invoice())], "client": acqua.pk}
    )
    assert brought.status_code == status
    assert Batch.objects.count() == 1
    assert Batch.objects.get().status == "staged"


def test_an_operator_has_no_imports_page(client: Browser, ada: User) -> None:
    client.force_login(ada)
    assert client.get(reverse("desk:imports")).status_code == 403


@pytest.mark.parametrize("name", ["imports", "import_batch", "import_rows", "import_files"])
def test_the_pages_ask_the_same_few_questions_however_large_the_delivery(
    as_bruno_browses: Browser, acqua: Client, name: str, django_assert_max_num_queries: Any
) -> None:
    batch = take(acqua, *[(f"{n}.xml", invoice(number=f"2026/{n}", currency="USD")) for n in range(60)])
    args = [] if name == "imports" else [batch.pk]
    with django_assert_max_num_queries(20):
        page(as_bruno_browses, name, *args)


def test_a_banks_list_is_mapped_with_its_account_its_balances_and_a_preview(
    as_bruno_browses: Browser, acqua: Client
) -> None:
    head = ("Data contabile", "Importo", "Descrizione", "Saldo")
    data = csv(head, ("18/11/2026", "122,00", "Pagamento", "1.122,00"), ("19/11/2026", "-2,00", "Spese", "1.120,00"))
    batch = bring(as_bruno_browses, ("banca.csv", data))
    file = batch.files.get()
    text = page(as_bruno_browses, "import_mapping", file.pk)
    assert "IT60X0542811101000000123456" in text, "the client's own account is proposed"
    for said in ("Movimenti di un conto bancario", "1.000,00", "1.120,00", "quadra", "18/11/2026"):
        assert said in text
    chosen = {"kind": "bank", "name": "Banca", "account": "IT60 X054 2811 1010 0000 0123 456", "col_0": "booked_on",
              "col_1": "entry_cents", "col_2": "told", "col_3": "running_cents"}  # fmt: skip
    as_bruno_browses.post(reverse("desk:import_mapping", args=[file.pk]), chosen)
    assert MappingProfile.objects.get().kind == "bank"
    row = batch.rows.get()
    assert "quadra" in page(as_bruno_browses, "import_row", row.pk)
    as_bruno_browses.post(reverse("desk:import_accept", args=[batch.pk]))
    assert BankLine.objects.filter(client=acqua, statement__iban="IT60X0542811101000000123456").count() == 2


def test_a_list_of_the_bank_may_be_told_by_hand_to_be_one(as_bruno_browses: Browser, acqua: Client) -> None:
    batch = bring(as_bruno_browses, ("x.csv", csv(("Cliente", "Data", "Importo"), ("Rossi", "18/11/2026", "5,00"))))
    text = page(as_bruno_browses, "import_mapping", batch.files.get().pk, kind="bank", col_0="customer_name")
    assert re.search(r'<option value="entry_cents" selected', text)
