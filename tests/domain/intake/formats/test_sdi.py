# SPDX-License-Identifier: Apache-2.0
"""Notices of SdI: which invoice, which day, which outcome, and what it means."""

from datetime import date

import pytest
from django.utils import translation

from ascolto.domain.intake import dryrun
from ascolto.domain.intake.formats.sdi import stem
from ascolto.domain.intake.reading import read
from tests.domain.intake.formats import making

FILE = "IT01234567897_00001.xml"
RECEIVED = "<DataOraRicezione>2026-10-02T10:00:00.000+02:00</DataOraRicezione>"
OFFICE = "<Destinatario><Codice>UFABC1</Codice><Descrizione>Comune di Prova</Descrizione></Destinatario>"


def notice(root: str, more: str = "", *, file: str = FILE, sdi_id: str = "4711") -> bytes:
    """One notice about Acqua's first invoice file."""
    name = f"<NomeFile>{file}</NomeFile>" if file else ""
    number = f"<IdentificativoSdI>{sdi_id}</IdentificativoSdI>" if sdi_id else ""
    space = "http://www.fatturapa.gov.it/sdi/messaggi/v1.0"
    return f'<ns3:{root} xmlns:ns3="{space}" versione="1.0">{number}{name}{more}</ns3:{root}>'.encode()


def scarto(*codes: str) -> bytes:
    """A discard: by default for error 00305, the buyer's VAT number is not valid."""
    errors = "".join(
        f"<Errore><Codice>{code}</Codice><Descrizione>Partita IVA non valida</Descrizione></Errore>"
        for code in codes or ("00305",)
    )
    return notice("RicevutaScarto", f"{RECEIVED}<ListaErrori>{errors}</ListaErrori>")


def esito(verdict: str, number: str = "2026/1", sdi_id: str = "4711", file: str = FILE) -> bytes:
    """The answer of a public office about one invoice of the file."""
    about = f"<RiferimentoFattura><NumeroFattura>{number}</NumeroFattura><AnnoFattura>2026</AnnoFattura></RiferimentoFattura>"
    said = f"<EsitoCommittente><IdentificativoSdI>{sdi_id}</IdentificativoSdI>{about}<Esito>{verdict}</Esito>"
    return notice("NotificaEsito", f"{said}<Descrizione>Importo errato</Descrizione></EsitoCommittente>", file=file)


DELIVERED = "<DataOraConsegna>2026-10-03T00:30:00+02:00</DataOraConsegna>"


@pytest.mark.parametrize(
    ("data", "type", "outcome", "on"),
    [
        (notice("RicevutaConsegna", RECEIVED + DELIVERED + OFFICE), "RC", "delivered", date(2026, 10, 3)),
        (notice("NotificaMancataConsegna", RECEIVED), "MC", "undelivered", date(2026, 10, 2)),
        (notice("RicevutaImpossibilitaRecapito", RECEIVED), "MC", "undelivered", date(2026, 10, 2)),
        (notice("NotificaScarto", RECEIVED), "NS", "discarded", date(2026, 10, 2)),
        (scarto(), "NS", "discarded", date(2026, 10, 2)),
        (esito("EC01"), "NE", "accepted", None),
        (esito("EC02"), "NE", "refused", None),
        (notice("NotificaDecorrenzaTermini"), "DT", "lapsed", None),
        (notice("AttestazioneTrasmissioneFattura", RECEIVED + OFFICE), "AT", "attested", date(2026, 10, 2)),
        (notice("NotificaEsitoCommittente", "<Esito>EC02</Esito>", file=""), "EC", "refused", None),
        (notice("ScartoEsitoCommittente", "<Scarto>EN01</Scarto>", file=""), "SE", "outcome_discarded", None),
        (making.signed(scarto()), "NS", "discarded", date(2026, 10, 2)),
    ],
)
def test_each_notice_tells_its_outcome_and_day(data: bytes, type: str, outcome: str, on: date | None) -> None:
    reading = read("n.xml", data)
    [doc] = reading.notices
    assert (doc.type, doc.outcome, doc.on, doc.sdi_id, doc.format) == (type, outcome, on, "4711", "sdi-1.0")
    assert reading.problems == ()


def test_a_line_of_the_dry_run() -> None:
    with translation.override("en"):
        line = dryrun.as_json(read("ns.xml", scarto()).notices[0])
    assert line == {
        "file": "ns.xml",
        "kind": "sdi_notice",
        "format": "sdi-1.0",
        "type": "NS",
        "invoice_file": FILE,
        "sdi_id": "4711",
        "date": "2026-10-02",
        "outcome": "discarded",
        "meaning": "Discarded by SdI: it was never issued and nobody owes it; correct it and issue it again",
        "number": None,
        "year": None,
        "errors": [{"code": "00305", "text": "Partita IVA non valida"}],
        "text": "",
        "recipient": "",
    }


@pytest.mark.parametrize(
    ("errors", "outcome"),
    [(("00002",), "duplicate"), (("00404", "00409"), "duplicate"), (("00404", "00305"), "discarded")],
)
def test_a_copy_of_what_sdi_had_already_discards_nothing(errors: tuple[str, ...], outcome: str) -> None:
    assert [doc.outcome for doc in read("ns.xml", scarto(*errors)).notices] == [outcome]


def test_the_answer_of_an_office_names_the_invoice_within_the_file() -> None:
    [doc] = read("ne.xml", esito("EC02")).notices
    assert (doc.number, doc.year, doc.text) == ("2026/1", 2026, "Importo errato")


@pytest.mark.parametrize(
    ("data", "code", "read_all_the_same"),
    [
        (notice("NotificaScarto", file="", sdi_id=""), "notice.no_invoice", False),
        (esito("EC09"), "code.unknown", True),
        (notice("NotificaScarto")[:-9], "xml.malformed", False),
    ],
)
def test_what_it_does_not_say_is_told(data: bytes, code: str, read_all_the_same: bool) -> None:
    reading = read("n.xml", data)
    assert [problem.code for problem in reading.problems] == [code]
    assert (len(reading.notices) == 1, reading.refused) == (read_all_the_same, not read_all_the_same)


@pytest.mark.parametrize(
    "name", [FILE, f"{FILE}.p7m", f"lotto.zip/{FILE.lower()}", "c:\\posta\\IT01234567897_00001.XML.P7M"]
)
def test_the_stem_is_what_the_names_of_invoice_and_notice_share(name: str) -> None:
    assert stem(name) == "IT01234567897_00001"
