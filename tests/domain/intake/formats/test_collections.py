# SPDX-License-Identifier: Apache-2.0
"""RiBa and MAV flows against their EF (formats.md, trap 12), and what the bank says of direct debits."""

import io
import json
from datetime import date
from pathlib import Path

import pytest

from ascolto.domain.intake import dryrun, summary
from ascolto.domain.intake.reading import Reading, read


def order(number: int, cents: int, cause: str = "30000", sign: str = "-") -> list[str]:
    """The seven records of one RiBa order to Carla."""
    n = f"{number:07d}"
    head = f"14{n}{'':12}311226{cause}{cents:013d}{sign}0542811101000000123456{'0306903202':<22}A1B2C4{'C001':<16}"
    return [
        f"{head:<118}E",
        f"20{n}ACME SRL",
        f"30{n}{'BIANCHI CARLA':<60}BNCCRL80A41F205X",
        f"40{n}VIA VERDI 5",
        f"50{n}{'FATT. 2026/15':<90}01234567897",
        f"51{n}{900 + number:010d}ACME SRL",
        f"70{n}",
    ]


def flow(*orders: list[str], kind: str = "IB", minus: int = 0, plus: int = 0, count: int | None = None) -> str:
    body = [record for records in orders for record in records]
    head = "A1B2C05428241126DEMO0001            "
    counts = f"{len(orders) if count is None else count:07d}{minus:015d}{plus:015d}{len(body) + 2:07d}"
    records = (f"{kind}{head}", *body, f"EF{head}{'':6}{counts}")
    return "".join(f"{' ' + record:<120}\r\n" for record in records)


def of(text: str) -> Reading:
    return read("riba.txt", text.encode())


def codes(reading: Reading) -> list[str]:
    return [problem.code for problem in reading.problems]


def test_riba_orders_say_what_they_say() -> None:
    reading = of(flow(order(1, 12345), order(2, 200000), minus=212345))
    [doc] = reading.collections
    assert (doc.format, doc.sender, doc.identifier, len(doc.orders)) == ("CBI RiBa", "A1B2C", "DEMO0001", 2)
    first = doc.orders[0]
    assert (first.number, first.cents, first.due_on) == ("0000000901", -12345, date(2026, 12, 31))
    assert (first.customer, first.tax_code, first.customer_number) == ("BIANCHI CARLA", "BNCCRL80A41F205X", "C001")
    assert (first.reference, first.outcome) == ("FATT. 2026/15", "requested")
    assert codes(reading) == []


def test_mav_orders_and_recalls() -> None:
    [doc] = of(flow(order(1, 100, "07000"), order(2, 50, "07100", "+"), kind="IM", minus=100, plus=50)).collections
    assert (doc.format, [found.outcome for found in doc.orders]) == ("CBI MAV", ["requested", "recalled"])


def test_a_causale_that_nobody_could_verify_is_for_a_person() -> None:
    reading = of(flow(order(1, 100, "30010"), minus=100))
    assert (reading.collections[0].orders[0].outcome, codes(reading)) == (
        "unknown",
        ["code.unknown"],
    )


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (flow(order(1, 100), minus=99), "collection.sums"),
        (flow(order(1, 100), minus=100, plus=1), "collection.sums"),
        (flow(order(1, 100), minus=100, count=2), "collection.sums"),
        (flow(order(1, 100)[:-1], minus=100).replace("0000008", "0000009"), "collection.sums"),
        (flow(order(1, 100), minus=100)[: 122 * 8], "cbi.cut_off"),
        (flow(order(1, 100)[1:]), "cbi.outside"),
        (flow(order(1, 100), minus=100).replace("0000000000100-", "00000000001O0-"), "amount.unreadable"),
        (flow(order(1, 100), minus=100).replace("0000000000100-", "000000000010²-"), "amount.unreadable"),
        (flow(order(1, 100), minus=100)[:-40].replace("0000009", "000000²"), "collection.sums"),
        (flow(order(1, 100), kind="PC", minus=100), "cbi.other_flow"),
    ],
)
def test_a_flow_that_does_not_agree_with_its_end_gives_nothing(text: str, code: str) -> None:
    reading = of(text)
    assert (reading.documents, codes(reading)) == ((), [code])


STATUS = (
    '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.03"><CstmrPmtStsRpt><OrgnlGrpInfAndSts>'
    "<OrgnlMsgId>SDD-1</OrgnlMsgId>{group}</OrgnlGrpInfAndSts><OrgnlPmtInfAndSts>{rows}</OrgnlPmtInfAndSts>"
    "</CstmrPmtStsRpt></Document>"
)
ROW = (
    "<TxInfAndSts><OrgnlEndToEndId>E2E-7</OrgnlEndToEndId><TxSts>{status}</TxSts><StsRsnInf><Rsn><Cd>MD01</Cd></Rsn>"
    '</StsRsnInf><OrgnlTxRef><Amt><InstdAmt Ccy="EUR">50.00</InstdAmt></Amt><ReqdColltnDt>2026-11-20</ReqdColltnDt>'
    "<MndtRltdInf><MndtId>MND-7</MndtId></MndtRltdInf><Dbtr><Nm>Carla</Nm></Dbtr></OrgnlTxRef></TxInfAndSts>"
)


def test_a_status_report_tells_the_rejected_debits() -> None:
    reading = of(STATUS.format(group="", rows=ROW.format(status="RJCT")))
    [doc] = reading.collections
    [found] = doc.orders
    assert (doc.format, doc.identifier, found.number, found.cents) == ("pain.002", "SDD-1", "E2E-7", 5000)
    assert (found.outcome, found.code, found.mandate_id, found.due_on) == (
        "rejected", "MD01", "MND-7", date(2026, 11, 20),
    )  # fmt: skip


def test_a_status_in_the_cbi_envelope_is_opened() -> None:
    row = ROW.format(status="RJCT")
    data = f'<CBISDDStsRptLogMsg xmlns="urn:CBI:xsd:CBISDDStsRptLogMsg.00.01.00"><GrpHdr/>{row}</CBISDDStsRptLogMsg>'
    [doc] = of(data).collections
    assert (doc.format, doc.orders[0].code) == ("CBI SDD status", "MD01")


def test_an_unknown_status_is_for_a_person_and_none_is_refused() -> None:
    reading = of(STATUS.format(group="", rows=ROW.format(status="WHAT")))
    assert (reading.collections[0].orders[0].outcome, codes(reading)[0]) == ("unknown", "code.unknown")
    assert codes(of(STATUS.format(group="", rows=""))) == ["collection.no_status"]
    assert of(STATUS.format(group="<GrpSts>ACCP</GrpSts>", rows="")).collections[0].outcome == "accepted"


def test_the_dry_run_tells_them_in_json_and_in_words(tmp_path: Path) -> None:
    path = tmp_path / "riba.txt"
    path.write_text(flow(order(1, 12345), minus=12345))
    out, words = io.StringIO(), io.StringIO()
    assert (dryrun.run([path], out=out), summary.summary([path], out=words)) == (0, 0)
    [line] = map(json.loads, out.getvalue().splitlines())
    assert (line["kind"], line["orders"], line["cents"], line["items"][0]["due_on"]) == (
        "collection", 1, 12345, "2026-12-31",
    )  # fmt: skip
    assert "CBI RiBa DEMO0001" in words.getvalue()
