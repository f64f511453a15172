# SPDX-License-Identifier: Apache-2.0
"""The law in force and the calculators: who may read, what is found, what a result shows, what is refused."""

import datetime as dt

import pytest
from django.test import Client as Browser

from ascolto.domain.access.models import User
from ascolto.policies import load_law
from ascolto.web.desk.law import rows
from ascolto.web.desk.law.forms import CALCULATORS

TODAY = dt.date(2026, 11, 20)


def page(browser: Browser, url: str) -> str:
    answer = browser.get(url)
    assert answer.status_code == 200, url
    return answer.content.decode()


@pytest.fixture
def desk(client: Browser, ada: User) -> Browser:
    client.force_login(ada)
    return client


def test_nobody_reads_without_signing_in_nor_without_a_client(client: Browser, db: None) -> None:
    for url in ("/norme/", "/norme/calcolatori/interessi/"):
        assert client.get(url).status_code == 302
    client.force_login(User.objects.create_user("nessuno@x.test", "una-parola-lunga", name="Nessuno"))
    for url in ("/norme/", "/norme/calcolatori/", "/norme/calcolatori/interessi/"):
        assert client.get(url).status_code == 403


def test_every_row_is_listed_in_italian_with_how_sure_we_are() -> None:
    lines = rows.lines(TODAY)
    assert len(lines) == len(load_law.everything())
    known = load_law.italian_titles()
    rates = ("ECB-", "LEG-", "H-", "TEGM-")
    assert [line.id for line in lines if line.id not in known and not line.id.startswith(rates)] == []
    assert set(known) <= {line.id for line in lines}
    assert all(line.article and line.sources and line.theme in rows.THEMES for line in lines)


def test_what_is_in_force_comes_before_the_past() -> None:
    ids = [line.id for line in rows.lines(TODAY, theme="interest")]
    assert ids.index("ECB-2026-H2") < ids.index("M-STD-2013") < ids.index("ECB-2026-H1") < ids.index("ECB-2002-H2")


def test_search_theme_and_confidence_narrow_the_list(desk: Browser) -> None:
    everything = page(desk, "/norme/")
    assert "finisce il 31/12/2026" in everything  # the alert
    found = page(desk, "/norme/?q=salvavita")
    assert 'id="N01"' in found
    assert 'id="N02"' not in found
    memory = page(desk, "/norme/?theme=limitation&sure=MEM")
    assert 'id="S10"' in memory
    assert 'id="S01"' not in memory
    assert "da verificare: a memoria" in memory
    assert "Nessuna norma contiene queste parole" in page(desk, "/norme/?q=zzzz")


RESULTS = [
    ("interessi", "regime=dlgs231&capital=10.000,00&due=2026-03-31&to=2026-09-30", "515,19"),
    ("interessi", "regime=legal&capital=10000&due=2023-01-01&to=2024-01-01&paid=5000&paid_on=2023-07-01", "5.379,86"),
    ("interessi", "regime=fixed&capital=8200&due=2026-01-01&to=2026-01-23&rate=8,05", "39,79"),
    ("interessi", "regime=fixed&capital=8200&due=2026-01-01&to=2026-01-23", "Scrivere il tasso pattuito"),
    ("interessi", "regime=legal&capital=1&due=2026-01-01&to=2027-01-23", "finisce il 31/12/2026"),
    ("interessi", "regime=legal&capital=dieci&due=2026-01-01&to=2026-02-01", "Manca qualcosa"),
    ("prescrizione", "kind=ordinary_10y&start=2016-10-04", "05/10/2026"),
    ("prescrizione", "kind=5y&start=2021-03-10&act=pec_notice&act_on=2023-05-02", "non interrompe: manca la ricevuta"),
    ("scadenza", "trigger=2026-10-02&days=30&move=yes", "02/11/2026"),
    ("contatto", "channel=phone&customer=consumer&on=2026-11-14&at=15:00&today=0&week=0", "fuori orario"),
    ("procedura", "sector=electricity_LV&notice_received=2026-10-05&available_kw=3,3", "0.495"),
    ("procedura", "sector=gas&notice_received=2026-10-05&public_service=on", "non si può interrompere"),
    ("reclamo", "service=complaint&received=2026-03-02&answered=2026-05-02", "60,00"),
    ("usura", "tegm=16,21&rate=24,22", "Sopra la soglia"),
]


@pytest.mark.parametrize(("name", "query", "expected"), RESULTS, ids=lambda value: value[:40])
def test_a_result_or_why_there_is_none(desk: Browser, name: str, query: str, expected: str) -> None:
    assert expected in page(desk, f"/norme/calcolatori/{name}/?{query}")


def test_a_result_opens_the_rows_it_stands_on(desk: Browser) -> None:
    html = page(desk, "/norme/calcolatori/interessi/?" + RESULTS[0][1])
    for row in ("ECB-2026-H1", "ECB-2026-H2", "M-STD-2013", "P-40"):
        assert f"<strong>{row}</strong>" in html


def test_each_form_opens_empty_and_an_unknown_one_is_a_404(desk: Browser) -> None:
    for name in CALCULATORS:
        assert 'id="result"' in page(desk, f"/norme/calcolatori/{name}/")
    assert desk.get("/norme/calcolatori/oroscopo/").status_code == 404
    assert desk.post("/norme/calcolatori/interessi/", {}).status_code == 405
    assert desk.get("/norme/calcolatori/").headers["Location"] == "/norme/calcolatori/interessi/"


def test_the_list_asks_the_database_only_who_looks(desk: Browser, django_assert_max_num_queries: object) -> None:
    with django_assert_max_num_queries(8):  # type: ignore[operator]
        page(desk, "/norme/?q=gas")


def test_a_procedure_says_who_may_not_be_cut_off_what_the_notice_says_and_the_indemnities(
    client: Browser, ada: User
) -> None:
    client.force_login(ada)
    url = "/norme/calcolatori/procedura/?sector=water&due=2026-10-01&notice_received=2026-10-08&unpaid_cents=300"
    page = client.get(f"{url}&social_bonus=on").content.decode()
    for words in ("Perché questa fornitura non si può interrompere", "50 litri per abitante", "REMSI art. 2",
                  "Che cosa deve dire la costituzione in mora", "Indennizzi se una regola non è rispettata"):  # fmt: skip
        assert words in page, words
    assert "Perché questa fornitura non si può interrompere" not in client.get(url).content.decode()
