# SPDX-License-Identifier: Apache-2.0
"""The board, the table and the page of a case; requests for credit notes; a stranger finds none of it."""

import datetime as dt
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client as Browser
from django.urls import reverse

from ascolto.domain.access.models import User
from ascolto.domain.care.actions import open_case
from ascolto.domain.care.handling import add_evidence
from ascolto.domain.care.models import CareCase, CaseEvent, Evidence
from ascolto.domain.ledger.models import CreditRequest, Payment
from ascolto.domain.portfolio.models import Customer, Instalment, Invoice
from ascolto.domain.records.models import TrailEntry
from ascolto.web.desk.care.urls import urlpatterns

TODAY = dt.date(2026, 11, 20)
PDF = b"%PDF-1.7 lettera"


@pytest.fixture
def bill(carla: Customer) -> Invoice:
    invoice = Invoice.objects.create(
        client=carla.client, customer=carla, number="F1", issued_on=dt.date(2026, 9, 1), total_cents=12_000,
        payable_cents=12_000,
    )  # fmt: skip
    Instalment.objects.create(
        client=carla.client, customer=carla, invoice=invoice, due_on=dt.date(2026, 10, 1), amount_cents=12_000
    )
    return invoice


def opened(carla: Customer, **said: Any) -> CareCase:
    usual: dict[str, Any] = {"kind": "complaint", "reason": "Nessuno è venuto", "actor": "ada", "as_of": TODAY}
    return open_case(client=carla.client, customer=carla, **{**usual, **said})


def test_the_board_tells_the_clocks_in_words_and_the_late_ones_first(
    client: Browser, ada: User, carla: Customer, django_assert_max_num_queries: Any
) -> None:
    opened(carla, reason="Domani", received_on=dt.date(2026, 10, 23))
    opened(carla, reason="Tardi", received_on=dt.date(2026, 9, 1))
    for n in range(8):
        opened(carla, reason=f"Calma {n}")
    client.force_login(ada)
    with django_assert_max_num_queries(22):
        page = client.get("/pratiche/").content.decode()
    assert "in ritardo di 50 giorni" in page
    assert "scade tra 2 giorni" in page
    assert "scade tra 30 giorni" in page
    assert page.index("Tardi") < page.index("Domani") < page.index("Calma")
    assert "1 pratica in ritardo" in client.get("/").content.decode(), "what is late stands on top of the desk"


def test_the_table_filters_sorts_and_leaves_as_a_file(
    client: Browser, ada: User, carla: Customer, bill: Invoice
) -> None:
    opened(carla, reason="Il tecnico")
    opened(carla, kind="dispute", invoice=bill, disputed_cents=4_500, reason="=1+1")
    client.force_login(ada)
    page = client.get("/pratiche/?view=table&kind=dispute&sort=-disputed").content.decode()
    assert "=1+1" in page
    assert "Il tecnico" not in page
    assert "Il tecnico" not in client.get("/pratiche/?view=table&q=nessuno").content.decode()
    csv = client.get("/pratiche/esporta/csv/?kind=dispute").content.decode()
    assert "Carla Bianchi" in csv
    assert "45,00" in csv
    assert client.get("/pratiche/esporta/pdf/").status_code == 404
    assert "Nessuna riga per questa ricerca" in client.get("/pratiche/?view=table&who=mine").content.decode()
    CareCase.objects.all().delete()
    assert "Nessuna pratica qui" in client.get("/pratiche/?view=table").content.decode()


def test_a_case_is_worked_from_its_page(
    client: Browser, ada: User, carla: Customer, bill: Invoice, django_assert_max_num_queries: Any
) -> None:
    case = opened(carla, kind="dispute", invoice=bill, disputed_cents=4_500)
    client.force_login(ada)

    def post(name: str, **said: Any) -> None:
        assert client.post(reverse(f"desk:{name}", args=[case.pk]), said).status_code == 302

    post("case_owner", owner="me")
    post("case_waiting", whom="client")
    post("case_fault", fault="ours")
    post("case_note", text="Controlliamo <b>la</b> lettura", visibility="client")
    post("case_add_evidence", file=SimpleUploadedFile("foto.pdf", PDF))
    post("case_add_evidence", file=SimpleUploadedFile("pagina.html", b"<script>"))
    post("case_note", text="")
    case.refresh_from_db()
    assert (case.owner, case.state, case.fault) == (ada, "client", "ours")
    assert [e.name for e in Evidence.objects.all()] == ["foto.pdf"]
    with django_assert_max_num_queries(26):
        page = client.get(reverse("desk:case", args=[case.pk])).content.decode()
    assert "&lt;b&gt;la&lt;/b&gt;" in page
    file = client.get(reverse("desk:case_evidence", args=[Evidence.objects.get().pk]))
    assert (file.content, file.headers["X-Content-Type-Options"]) == (PDF, "nosniff")
    assert file.headers["Content-Disposition"].startswith("attachment")
    post("case_convert", kind="request", why="Vuole solo capire")
    post("case_convert", kind="dispute", why="Contesta", invoice=bill.pk, cents="45,00")
    post("close_case", outcome="Lettura stimata", verdict="partial", granted_cents="30,00")
    case.refresh_from_db()
    assert (case.verdict, case.granted_cents) == ("partial", 3_000)
    post("case_letter", channel="email")
    post("case_reopen", why="Ancora")
    kinds = list(CaseEvent.objects.order_by("at", "pk").values_list("kind", flat=True))
    assert kinds == ["opened", "owner", "waiting", "note", "evidence", "converted", "converted", "closed", "letter"]
    assert "30,00" in client.get(reverse("desk:case", args=[case.pk])).content.decode()


def test_a_credit_note_is_asked_by_ada_and_approved_by_bruno(
    client: Browser, ada: User, bruno: User, carla: Customer, bill: Invoice
) -> None:
    client.force_login(ada)
    asked = {"kind": "credit_note", "cents": "20,00", "reason": "Cortesia"}
    client.post(reverse("desk:ask_credit", args=[bill.pk]), asked)
    client.post(reverse("desk:ask_credit", args=[bill.pk]), {**asked, "cents": "dieci"})
    request = CreditRequest.objects.get()
    decide = reverse("desk:decide_credit", args=[request.pk])
    client.post(decide, {"approved": "yes"})
    assert not Payment.objects.exists(), "an operator approves nothing"
    assert "Serve chi ha un limite" not in client.get("/rinunce/").content.decode(), "she may take it back herself"
    client.force_login(bruno)
    assert "Cortesia" in client.get("/rinunce/").content.decode()
    client.post(decide, {"approved": "yes"})
    assert Payment.objects.get().amount_cents == 2_000
    assert "Niente da decidere" in client.get("/rinunce/").content.decode()


def test_every_address_of_care_is_unknown_to_dario(
    client: Browser, dario: User, carla: Customer, bill: Invoice
) -> None:
    case = opened(carla)
    file = add_evidence(case=case, name="x.pdf", content=PDF, actor="ada", as_of=TODAY)
    request = CreditRequest.objects.create(
        client=carla.client, customer=carla, invoice=bill, kind="write_off", amount_cents=1, reason="r", asked_by="ada",
        asked_on=TODAY,
    )  # fmt: skip
    things = {"case_evidence": file.pk, "ask_credit": bill.pk, "decide_credit": request.pk}
    before = TrailEntry.objects.count()
    client.force_login(dario)
    for pattern in urlpatterns:
        assert pattern.name is not None
        if pattern.name in ("cases", "cases_export", "credits"):
            continue
        url = reverse(f"desk:{pattern.name}", args=[things.get(pattern.name, case.pk)])
        said = {"reason": "x", "kind": "write_off", "cents": "1", "text": "x", "why": "x", "approved": "yes"}
        answers = {client.get(url).status_code, client.post(url, said).status_code}
        assert answers <= {404, 405}, f"{url} answered {answers}"
        assert 404 in answers, f"{url} answered {answers}"
    for url in ("/pratiche/", "/pratiche/?view=table", "/pratiche/esporta/csv/", "/rinunce/"):
        assert b"Carla" not in client.get(url).content
    assert TrailEntry.objects.count() == before
    assert CaseEvent.objects.count() == 2
