# SPDX-License-Identifier: Apache-2.0
"""`ascolto import FILE... --dry-run --json`: the lines and the exit codes; no database is touched."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.utils import translation

from ascolto.domain.intake import dryrun, reading
from ascolto.domain.intake.problems import Problem
from tests.domain.intake.formats import making

CAMT = b"""<Document><BkToCstmrStmt><Stmt><Acct>
<Id><IBAN>IT60X0542811101000000123456</IBAN></Id><Ccy>EUR</Ccy></Acct>
<Bal><Tp><CdOrPrtry><Cd>OPBD</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">1.00</Amt><CdtDbtInd>DBIT</CdtDbtInd>
<Dt><Dt>2026-05-01</Dt></Dt></Bal><Ntry><Amt Ccy="EUR">5.00</Amt><CdtDbtInd>DBIT</CdtDbtInd>
<BookgDt><Dt>2026-05-04</Dt></BookgDt></Ntry></Stmt>
</BkToCstmrStmt></Document>"""


def run(*paths: Path) -> tuple[int, list[dict[str, Any]]]:
    out = io.StringIO()
    code = dryrun.run(paths, out=out)
    return code, [json.loads(line) for line in out.getvalue().splitlines()]


def put(folder: Path, name: str, data: bytes) -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def test_an_invoice_line(tmp_path: Path) -> None:
    paid = making.payment(making.instalment("2026-05-31", "102.00"))
    withheld = "<DatiRitenuta><ImportoRitenuta>20.00</ImportoRitenuta></DatiRitenuta>"
    path = put(tmp_path, "a.xml", making.plain(payments=paid, general=withheld))
    code, [line] = run(path)
    assert code == dryrun.EXIT_READ
    party = {"address": "Via Roma 1", "zip": "10121", "city": "Torino", "province": "TO", "country": "IT"}
    wanted = {
        "file": str(path),
        "kind": "invoice",
        "format": "fatturapa-1.2",
        "type": "TD01",
        "number": "2026/15",
        "date": "2026-04-30",
        "currency": "EUR",
        "total_cents": 12200,
        "seller": {"vat": "IT12345670017", "tax_code": None, "name": "Luce e Gas Prova S.p.A.", **party},
        "withholding_cents": 2000,
        "split_payment": False,
        "due_cents": 10200,
    }
    assert {key: line[key] for key in wanted} == wanted
    assert (line["buyer"]["vat"], line["buyer"]["tax_code"]) == (None, "RSSMRA80A01H501U")
    [rate] = line["instalments"]
    assert (rate["due"], rate["cents"], rate["method"], rate["iban"]) == ("2026-05-31", 10200, "MP05", None)


def test_a_statement_line(tmp_path: Path) -> None:
    code, [line] = run(put(tmp_path, "bank.xml", CAMT))
    assert code == dryrun.EXIT_READ
    wanted = {
        "kind": "statement",
        "account": "IT60X0542811101000000123456",
        "currency": "EUR",
        "opening": {"date": "2026-05-01", "cents": -100},
        "closing": None,
        "entries": 1,
        "credits_cents": 0,
        "debits_cents": 500,
    }
    assert {key: line[key] for key in wanted} == wanted


def test_a_row_and_its_problem(tmp_path: Path) -> None:
    data = b"Codice cliente;N. fattura;Scadenza;Importo\nC1;1;31/05/2026;12,50\nC2;2;31/06/2026;1,00\n"
    with translation.override("it"):
        code, [row, problem] = run(put(tmp_path, "a.csv", data))
    assert code == dryrun.EXIT_REFUSED
    assert (row["kind"], row["row"], row["due_on"], row["amount_cents"]) == (
        "open_item",
        2,
        "2026-05-31",
        1250,
    )
    assert set(problem) == {"file", "row", "field", "problem", "expected", "severity", "code"}
    assert (problem["row"], problem["field"], problem["severity"]) == (3, "Scadenza", "error")
    assert "31/06/2026" in problem["problem"]
    assert "gg/mm/aaaa" in problem["expected"]


def test_warnings_alone_leave_the_exit_code_at_nought(tmp_path: Path) -> None:
    code, lines = run(put(tmp_path, "a.xml", making.plain(total=None)))
    assert code == dryrun.EXIT_READ
    assert [line.get("severity") for line in lines] == [None, "warning"]


def test_one_refused_file_does_not_hide_the_others(tmp_path: Path) -> None:
    good, bad = put(tmp_path, "a.xml", making.plain()), put(tmp_path, "b.xml", making.plain()[:-9])
    code, lines = run(bad, good, tmp_path / "gone.xml", tmp_path)
    assert code == dryrun.EXIT_REFUSED
    assert [line.get("kind") or line["code"] for line in lines] == [
        "xml.malformed",
        "invoice",
        "file.missing",
        "file.is_folder",
    ]


def test_no_file_is_misuse() -> None:
    assert run() == (dryrun.EXIT_MISUSE, [])


def test_a_file_too_large_is_refused_without_being_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = put(tmp_path, "a.xml", making.plain())
    monkeypatch.setattr(reading, "MAX_FILE_BYTES", 100)
    monkeypatch.setattr(Path, "read_bytes", lambda self: pytest.fail("it was read"))
    assert [line["code"] for line in run(path)[1]] == ["file.too_large"]


def test_a_stored_problem_comes_back_and_quotes_foreign_text_with_care() -> None:
    data = making.plain(date="\u202e" + "x" * 500)
    problem = reading.read("a.xml", data).problems[0]
    assert Problem.from_dict(json.loads(json.dumps(problem.to_dict()))) == problem
    assert len(problem.params["value"]) <= 121
    assert "\u202e" not in problem.problem
