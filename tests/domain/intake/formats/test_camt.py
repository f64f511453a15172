# SPDX-License-Identifier: Apache-2.0
"""The statement traps of formats.md, section 4 (7, 8, 10), one by one."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from ascolto.domain.intake.documents import StatementDoc
from ascolto.domain.intake.formats import camt_stream, xml
from ascolto.domain.intake.reading import Reading, read
from ascolto.domain.intake.spool import Spool

NS = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"
ACCOUNT = "<Acct><Id><IBAN>IT60 X054 2811 1010 0000 0123 456</IBAN></Id><Ccy>EUR</Ccy></Acct>"


def balance(kind: str, amount: str, day: str = "2026-05-04", direction: str = "CRDT", currency: str = "EUR") -> str:
    sign = f"<CdtDbtInd>{direction}</CdtDbtInd>" if direction else ""
    return (
        f'<Bal><Tp><CdOrPrtry><Cd>{kind}</Cd></CdOrPrtry></Tp><Amt Ccy="{currency}">{amount}</Amt>{sign}'
        f"<Dt><Dt>{day}</Dt></Dt></Bal>"
    )


def entry(
    amount: str = "100.00",
    direction: str = "CRDT",
    *,
    booked: str = "<BookgDt><Dt>2026-05-04</Dt></BookgDt>",
    value: str = "<ValDt><Dt>2026-05-05</Dt></ValDt>",
    status: str = "<Sts><Cd>BOOK</Cd></Sts>",
    currency: str = "EUR",
    more: str = "",
) -> str:
    sign = f"<CdtDbtInd>{direction}</CdtDbtInd>" if direction else ""
    return f'<Ntry><Amt Ccy="{currency}">{amount}</Amt>{sign}{status}{booked}{value}{more}</Ntry>'


def stmt(*inside: str, account: str = ACCOUNT, tag: str = "Stmt") -> str:
    return f"<{tag}><Id>2026-05</Id>{account}{''.join(inside)}</{tag}>"


def camt(*statements: str, container: str = "BkToCstmrStmt", namespace: str = NS) -> bytes:
    xmlns = f' xmlns="{namespace}"' if namespace else ""
    return f"<Document{xmlns}><{container}><GrpHdr/>{''.join(statements)}</{container}></Document>".encode()


def only(data: bytes) -> StatementDoc:
    [doc] = read("bank.xml", data).statements
    return doc


def codes(reading: Reading) -> list[str]:
    return [problem.code for problem in reading.problems]


def test_a_statement_says_what_it_says() -> None:
    details = (
        "<NtryDtls><TxDtls><Refs><EndToEndId>E2E-1</EndToEndId><AcctSvcrRef>BANK-9</AcctSvcrRef></Refs>"
        "<RltdPties><Dbtr><Pty><Nm>Carla Rossi</Nm></Pty></Dbtr><DbtrAcct><Id>"
        "<IBAN>DE89 3704 0044 0532 0130 00</IBAN>"
        "</Id></DbtrAcct><Cdtr><Pty><Nm>Noi</Nm></Pty></Cdtr></RltdPties><RmtInf><Ustrd>Fattura</Ustrd><Ustrd>2026/15"
        "</Ustrd><Strd><CdtrRefInf><Ref>RF18 5390 0754 7034</Ref></CdtrRefInf></Strd></RmtInf>"
        "</TxDtls></NtryDtls>"
    )
    code = "<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>RCDT</Cd><SubFmlyCd>ESCT</SubFmlyCd></Fmly></Domn></BkTxCd>"
    data = camt(
        stmt(
            balance("OPBD", "10.00"),
            balance("CLBD", "95.00"),
            entry(more=code + details),
            entry("15.00", "DBIT"),
        )
    )
    reading = read("bank.xml", data)
    [doc] = reading.statements
    assert (doc.account, doc.currency, doc.format) == (
        "IT60X0542811101000000123456",
        "EUR",
        "camt.053.001.08",
    )
    assert doc.opening is not None
    assert doc.closing is not None
    assert (doc.opening.cents, doc.opening.date, doc.closing.cents) == (1000, date(2026, 5, 4), 9500)
    assert (len(doc.entries), doc.credits_cents, doc.debits_cents) == (2, 10000, 1500)
    first = doc.entries[0]
    assert (first.booked_on, first.value_on, first.cents) == (date(2026, 5, 4), date(2026, 5, 5), 10000)
    assert (first.end_to_end_id, first.bank_reference, first.transaction_code) == (
        "E2E-1",
        "BANK-9",
        "PMNT/RCDT/ESCT",
    )
    assert (first.counterparty, first.counterparty_iban) == ("Carla Rossi", "DE89370400440532013000")
    assert (first.remittance, first.creditor_reference) == ("Fattura 2026/15", "RF18539007547034")
    assert reading.problems == ()


# Trap 7: the entry counts, not its details; containers; envelopes --------------------


def test_amount_and_sign_come_from_the_entry() -> None:
    details = (
        '<NtryDtls><TxDtls><Amt Ccy="EUR">4.10</Amt><CdtDbtInd>CRDT</CdtDbtInd></TxDtls>'
        '<TxDtls><Amt Ccy="EUR">7.00</Amt></TxDtls></NtryDtls>'
    )
    doc = only(camt(stmt(entry("200000.00", "DBIT", more=details))))
    assert (doc.credits_cents, doc.debits_cents, len(doc.entries)) == (0, 20_000_000, 1)
    assert [detail.cents for detail in doc.entries[0].details] == [410, 700]


def test_the_first_version_has_its_details_under_the_entry() -> None:
    details = (
        "<TxDtls><Refs><EndToEndId>NOTPROVIDED</EndToEndId></Refs><RltdPties><Dbtr><Nm>Carla</Nm></Dbtr></RltdPties>"
        "<RmtInf><Strd><CdtrRefInf><CdtrRef>RF45 W9</CdtrRef></CdtrRefInf></Strd></RmtInf></TxDtls>"
    )
    old = "<Acct><Id><PrtryAcct><Id>0001 234</Id></PrtryAcct></Id></Acct>"
    data = camt(
        stmt(entry(status="<Sts>BOOK</Sts>", more=details), account=old, tag="Ntfctn"),
        container="BkToCstmrDbtCdtNtfctnV1",
        namespace="urn:iso:std:iso:20022:tech:xsd:camt.054.001.01",
    )
    doc = only(data)
    assert (doc.account, doc.currency, doc.format) == ("0001234", "EUR", "camt.054.001.01")
    [found] = doc.entries
    assert (found.end_to_end_id, found.counterparty, found.creditor_reference) == ("", "Carla", "RF45W9")


@pytest.mark.parametrize("version", [f"{number:02d}" for number in range(1, 14)])
@pytest.mark.parametrize(
    ("family", "container", "tag"),
    [
        ("053", "BkToCstmrStmt", "Stmt"),
        ("052", "BkToCstmrAcctRpt", "Rpt"),
        ("054", "BkToCstmrDbtCdtNtfctn", "Ntfctn"),
    ],
)
def test_every_version_of_every_family_is_read(family: str, container: str, tag: str, version: str) -> None:
    container += "V1" if version == "01" else ""
    namespace = f"urn:iso:std:iso:20022:tech:xsd:camt.{family}.001.{version}"
    doc = only(camt(stmt(entry(), tag=tag), container=container, namespace=namespace))
    assert (doc.format, doc.credits_cents) == (f"camt.{family}.001.{version}", 10000)


def test_the_document_may_be_wrapped_or_bare() -> None:
    assert only(camt(stmt(entry()), namespace="")).credits_cents == 10000
    wrapped = b"<Envelope><Header/><Body>" + camt(stmt(entry())) + b"</Body></Envelope>"
    assert only(wrapped).credits_cents == 10000


def test_the_cbi_envelope_is_opened() -> None:
    inner = stmt(entry("1.00"), entry("2.00", "DBIT")).replace("<", "<L:").replace("<L:/", "</L:")
    data = (
        '<B:CBIBdyDlyStmtReq xmlns:B="urn:CBI:xsd:CBIBdyDlyStmtReq.00.01.02" '
        'xmlns:L="urn:CBI:xsd:CBIDlyStmtReqLogMsg.00.01.02">'
        f"<B:PhyMsgInf/><B:CBIEnvelDlyStmtReqLogMsg><B:CBIDlyStmtReqLogMsg><L:GrpHdr/>{inner}</B:CBIDlyStmtReqLogMsg>"
        "</B:CBIEnvelDlyStmtReqLogMsg></B:CBIBdyDlyStmtReq>"
    )
    doc = only(data.encode())
    assert (doc.account, len(doc.entries), doc.credits_cents, doc.debits_cents) == (
        "IT60X0542811101000000123456",
        2,
        100,
        200,
    )


def test_several_statements_in_a_file_are_several() -> None:
    docs = read("bank.xml", camt(stmt(entry("1.00")), stmt(), stmt(entry("3.00"), entry("4.00")))).statements
    assert [len(doc.entries) for doc in docs] == [1, 0, 2]


@pytest.mark.parametrize(
    ("direction", "cents", "counterparty"),
    [("CRDT", 10000, "Fornitore"), ("DBIT", -10000, "Carla")],
)
def test_a_reversal_moves_the_money_as_its_indicator_says(direction: str, cents: int, counterparty: str) -> None:
    """ISO 20022: with CRDT and RvslInd the original was a debit, so this entry brings money back,
    and the other party is the creditor of the original payment."""
    details = (
        "<RvslInd>true</RvslInd><NtryDtls><TxDtls><RltdPties><Dbtr><Nm>Carla</Nm></Dbtr><Cdtr><Nm>Fornitore</Nm></Cdtr>"
        "</RltdPties><RtrInf><Rsn><Cd>MD06</Cd></Rsn></RtrInf></TxDtls></NtryDtls>"
    )
    [found] = only(camt(stmt(entry(direction=direction, more=details)))).entries
    assert (found.cents, found.reversal, found.counterparty, found.return_reason) == (
        cents,
        True,
        counterparty,
        "MD06",
    )


# Trap 8: what banks leave out --------------------


def test_a_balance_without_direction_is_a_credit() -> None:
    doc = only(camt(stmt(balance("OPBD", "5.00", direction=""), balance("CLBD", "7.00", direction="DBIT"))))
    assert doc.opening is not None
    assert doc.closing is not None
    assert (doc.opening.cents, doc.closing.cents) == (500, -700)


def test_an_entry_without_booking_date_counts() -> None:
    reading = read("bank.xml", camt(stmt(entry(booked=""), entry())))
    assert [found.booked_on for found in reading.statements[0].entries] == [None, date(2026, 5, 4)]
    assert [(p.code, p.params["count"]) for p in reading.problems] == [("statement.undated", "1")]


def test_balances_in_another_currency_are_not_compared() -> None:
    reading = read("bank.xml", camt(stmt(balance("OPBD", "0.00"), balance("CLBD", "9.00"), entry(currency="USD"))))
    assert codes(reading) == ["statement.currencies"]


def test_dates_may_be_moments_and_the_zone_moves_no_day() -> None:
    booked = "<BookgDt><DtTm>2026-05-04T23:30:00.000-05:00</DtTm></BookgDt>"
    [found] = only(camt(stmt(entry(booked=booked, value="<ValDt><Dt>2026-02-30</Dt></ValDt>")))).entries
    assert (found.booked_on, found.value_on) == (date(2026, 5, 4), None)


def test_the_previous_closing_is_an_opening_and_the_latest_closing_closes() -> None:
    doc = only(camt(stmt(balance("PRCD", "1.00"), balance("CLBD", "2.00"), balance("CLBD", "3.00", "2026-05-06"))))
    assert doc.opening is not None
    assert doc.closing is not None
    assert (doc.opening.cents, doc.closing.cents, doc.closing.date) == (100, 300, date(2026, 5, 6))


def test_no_balances_are_none() -> None:
    doc = only(camt(stmt(entry(), tag="Ntfctn"), container="BkToCstmrDbtCdtNtfctn"))
    assert doc.opening is None
    assert doc.closing is None


# Trap 10: shown, not refused --------------------


def test_what_does_not_add_up_is_shown_and_read() -> None:
    reading = read("bank.xml", camt(stmt(balance("OPBD", "0.00"), balance("CLBD", "99.00"), entry())))
    assert reading.statements[0].credits_cents == 10000
    [problem] = reading.problems
    assert (problem.code, problem.severity) == ("statement.unbalanced", "warning")
    assert problem.params == {"computed": "100.00", "closing": "99.00"}


def test_two_equal_entries_are_two() -> None:
    doc = only(camt(stmt(entry("7.00"), entry("7.00"))))
    assert (len(doc.entries), doc.credits_cents) == (2, 1400)


def test_pending_entries_are_listed_and_not_in_the_balance() -> None:
    pending = entry("50.00", status="<Sts>PDNG</Sts>")
    reading = read("bank.xml", camt(stmt(balance("OPBD", "0.00"), balance("CLBD", "100.00"), entry(), pending)))
    assert [found.status for found in reading.statements[0].entries] == ["BOOK", "PDNG"]
    assert reading.problems == ()


def test_a_summary_that_announces_more_entries_is_told() -> None:
    summary = "<TxsSummry><TtlNtries><NbOfNtries>3</NbOfNtries></TtlNtries></TxsSummry>"
    assert codes(read("bank.xml", camt(stmt(summary, entry())))) == ["statement.count"]


# Refusals --------------------


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        (entry("12.x"), "amount.unreadable"),
        (entry(""), "entry.no_amount"),
        (entry(direction=""), "entry.direction"),
        (entry(direction="PLUS"), "entry.direction"),
        (entry(booked="<BookgDt><Dt>2026-02-30</Dt></BookgDt>"), "date.impossible"),
    ],
)
def test_an_unreadable_entry_refuses_its_statement_alone(bad: str, code: str) -> None:
    reading = read("bank.xml", camt(stmt(entry(), bad), stmt(entry("5.00"))))
    assert [doc.credits_cents for doc in reading.statements] == [500]
    assert codes(reading) == [code, "statement.refused"]


def test_other_bank_messages_are_refused() -> None:
    assert codes(read("x.xml", camt(container="BkToCstmrStmt"))) == ["statement.missing"]
    assert codes(read("x.xml", b"<Document><CstmrCdtTrfInitn/></Document>")) == ["xml.other_root"]
    assert codes(read("x.xml", camt(stmt(tag="Ntfctn"), container="NtfctnToRcv"))) == ["xml.other_root"]


def test_a_decimal_comma_is_read_and_told() -> None:
    reading = read("bank.xml", camt(stmt(entry("1234,50"))))
    assert reading.statements[0].credits_cents == 123450
    assert codes(reading) == ["amount.comma"]


def test_a_balance_of_a_part_counts_only_when_there_is_no_other() -> None:
    page = balance("CLBD", "55.00").replace("</CdOrPrtry>", "</CdOrPrtry><SubTp><Cd>INTM</Cd></SubTp>")
    doc = only(camt(stmt(page, balance("CLBD", "7.00"))))
    assert doc.closing is not None
    assert doc.closing.cents == 700
    alone = only(camt(stmt(page)))
    assert alone.closing is not None
    assert alone.closing.cents == 5500


# Large files: the same answers, entry by entry --------------------

SUMS = (balance("OPBD", "1.00"), balance("CLBD", "101.00"))
SHAPES = [
    camt(stmt(*SUMS, entry()), stmt(), stmt(entry("3.00"), entry("4.00", "DBIT"))),
    camt(stmt(*SUMS, entry("99.00")), stmt(entry(booked=""))),
    camt(stmt(entry()), stmt(entry("12.x")), stmt(entry("5.00"))),
    camt(stmt(entry(currency=""))),
    camt(container="BkToCstmrStmt"),
    camt(stmt(entry()))[:-30],
    b"<!DOCTYPE x>" + camt(stmt(entry())),
    b'<!DOCTYPE x [<!ENTITY a "1">]>' + camt(stmt(entry("&a;"))),
]


@pytest.mark.parametrize("data", SHAPES)
def test_a_streamed_file_says_what_a_small_one_says(
    data: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = read("bank.xml", data)
    path = tmp_path / "bank.xml"
    path.write_bytes(data)
    monkeypatch.setattr(camt_stream, "STREAM_BYTES", 10)
    monkeypatch.setattr(xml, "parse", lambda *_: pytest.fail("the whole tree was built"))
    for streamed in (read("bank.xml", path), read("bank.xml", data)):
        assert [replace(doc, entries=tuple(doc.entries)) for doc in streamed.statements] == list(whole.statements)
        assert codes(streamed) == codes(whole)
        assert streamed.sha256 == whole.sha256


@pytest.mark.parametrize("length", [0, 1, 499, 500, 501, 1200])
def test_a_spool_is_the_list_that_was_put_in(length: int) -> None:
    spool: Spool[int] = Spool()
    for number in range(length):
        spool.add(number)
    assert (list(spool), len(spool), spool[1:3]) == (list(range(length)), length, list(range(length))[1:3])
    with pytest.raises(IndexError):
        spool[length]
    if length:
        assert (spool[0], spool[-1]) == (0, length - 1)
