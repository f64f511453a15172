# SPDX-License-Identifier: Apache-2.0
"""Lines of invoices with their period of consumption: from every format to the database, and through its versions."""

import datetime as dt

import pytest

from ascolto.domain.access.models import Client
from ascolto.domain.intake.reading import read, suggest
from ascolto.domain.portfolio.drafts import InvoiceDraft
from ascolto.domain.portfolio.models import Invoice, InvoiceLine, InvoiceVersion
from tests.domain.intake.deliveries import csv, invoice, problems, statuses, take
from tests.domain.intake.formats.making import SUMMARY
from tests.domain.intake.formats.making_trade import cii, ubl

JAN, FEB = (
    "<DataInizioPeriodo>2026-01-01</DataInizioPeriodo><DataFinePeriodo>2026-01-31</DataFinePeriodo>",
    ("<DataInizioPeriodo> 2026-02-01+01:00 </DataInizioPeriodo><DataFinePeriodo>2026-02-28</DataFinePeriodo>"),
)


def goods(*lines: tuple[str, str, str]) -> str:
    """DettaglioLinee of (description, amount, period)."""
    rows = "".join(
        f"<DettaglioLinee><NumeroLinea>{n}</NumeroLinea><Descrizione>{words}</Descrizione>{period}"
        f"<PrezzoUnitario>{cents}</PrezzoUnitario><PrezzoTotale>{cents}</PrezzoTotale><AliquotaIVA>22.00</AliquotaIVA>"
        "</DettaglioLinee>"
        for n, (words, cents, period) in enumerate(lines, start=1)
    )
    return rows + SUMMARY


def kept() -> list[tuple[str, int | None, str, str]]:
    rows = InvoiceLine.objects.order_by("invoice", "position")
    return [(line.description, line.amount_cents, str(line.period_from), str(line.period_to)) for line in rows]


@pytest.mark.django_db
def test_the_lines_of_a_bill_are_kept_with_their_periods(acqua: Client) -> None:
    take(acqua, ("a.xml", invoice(goods=goods(("Energia gennaio", "60.00", JAN), ("Energia febbraio", "40.00", FEB)))))
    assert kept() == [
        ("Energia gennaio", 6000, "2026-01-01", "2026-01-31"),
        ("Energia febbraio", 4000, "2026-02-01", "2026-02-28"),
    ]


@pytest.mark.django_db
def test_a_new_version_has_its_own_lines_and_the_old_ones_stay_in_the_old(acqua: Client) -> None:
    take(acqua, ("a.xml", invoice(goods=goods(("Energia gennaio", "100.00", JAN)))))
    batch = take(acqua, ("b.xml", invoice(goods=goods(("Energia febbraio", "100.00", FEB)))))
    assert (statuses(batch), kept()) == (["changed"], [("Energia febbraio", 10000, "2026-02-01", "2026-02-28")])
    assert InvoiceVersion.objects.get().content["lines"] == [["Energia gennaio", 10000, "2026-01-01", "2026-01-31"]]
    again = take(acqua, ("c.xml", invoice(goods=goods(("Energia febbraio", "100.00", FEB))) + b"\n"))
    assert (statuses(again), InvoiceLine.objects.count()) == (["known"], 1)


@pytest.mark.django_db
def test_an_invoice_without_periods_is_the_same_invoice_as_before_lines_were_kept(acqua: Client) -> None:
    take(acqua, ("a.xml", invoice()))
    InvoiceLine.objects.all().delete()
    assert statuses(take(acqua, ("b.xml", invoice() + b"\n"))) == ["known"]
    assert Invoice.objects.get().version == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    "period",
    [
        "<DataInizioPeriodo>ieri</DataInizioPeriodo>",
        JAN.replace("01-31", "13-31"),
        FEB.replace("2026-02-28", "2025-02-28"),
    ],
)
def test_a_period_that_is_none_is_told_and_never_refuses_the_invoice(acqua: Client, period: str) -> None:
    batch = take(acqua, ("a.xml", invoice(goods=goods(("Energia", "100.00", period)))))
    assert (statuses(batch), "line.period" in problems(batch), InvoiceLine.objects.count()) == (["taken"], True, 1)


def test_ubl_and_cii_say_the_period_of_a_line_or_of_the_document() -> None:
    line = "<cac:InvoicePeriod><cbc:StartDate>2026-01-01</cbc:StartDate><cbc:EndDate>2026-01-31</cbc:EndDate></cac:InvoicePeriod>"
    own = ubl().replace(
        b"<cac:Item>",
        f'<cbc:LineExtensionAmount currencyID="EUR">9.99</cbc:LineExtensionAmount>{line}<cac:Item>'.encode(),
    )
    [found] = read("a.xml", own).invoices[0].detail
    assert (found.description, found.cents, found.start, found.end) == (
        "Energia",
        999,
        dt.date(2026, 1, 1),
        dt.date(2026, 1, 31),
    )
    assert read("b.xml", cii()).invoices[0].detail is not None


@pytest.mark.django_db
def test_a_list_with_columns_for_the_period_keeps_a_line_for_each(acqua: Client) -> None:
    head = (
        "Codice cliente",
        "Ragione sociale",
        "Numero fattura",
        "Data fattura",
        "Scadenza",
        "Importo",
        "Periodo dal",
        "Periodo al",
    )
    rows = [
        ("C7", "Rossi", "F1", "01/10/2026", due, "50,00", "01/08/2026", "30/09/2026")
        for due in ("31/10/2026", "30/11/2026")
    ]
    data = csv(head, *rows)
    assert suggest(data).columns["period_from"] == "Periodo dal"
    take(acqua, ("a.csv", data), profile=suggest(data))
    assert kept() == [("", 10000, "2026-08-01", "2026-09-30")]


def test_lines_travel_through_json() -> None:
    doc = read("a.xml", invoice(goods=goods(("Energia", "100.00", JAN)))).invoices[0]
    from ascolto.domain.intake.problems import Findings
    from ascolto.domain.intake.translate import of_invoice

    draft = of_invoice(doc, Client(vat="IT01234567897", sector="utility", default_terms_days=30), Findings("")).draft
    assert draft is not None
    assert InvoiceDraft.from_json(draft.to_json()) == draft
    older = draft.to_json()
    del older["lines"]
    assert InvoiceDraft.from_json(older).lines == ()
