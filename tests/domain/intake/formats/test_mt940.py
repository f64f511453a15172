# SPDX-License-Identifier: Apache-2.0
"""The MT940 traps of formats.md, section 4 (9, 10), dialect by dialect."""

from datetime import date, timedelta

import mt940 as oracle
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ascolto.domain.intake.documents import Entry, StatementDoc
from ascolto.domain.intake.reading import Reading, read
from tests.domain.intake.formats.making_bank import IBAN, mt940


def only(text: str | bytes) -> StatementDoc:
    [doc] = read("bank.sta", text if isinstance(text, bytes) else text.encode()).statements
    return doc


def entry(*fields: str) -> Entry:
    [found] = only(mt940(*fields)).entries
    return found


def codes(reading: Reading) -> list[str]:
    return [problem.code for problem in reading.problems]


def test_a_statement_says_what_it_says() -> None:
    told = ":86:/EREF/E2E-1//CNTP/IT60X0542811101000000123456/BCITITMM/Carla Rossi///REMI/USTD//Fattura 2026/15/"
    data = mt940(":61:2611231124C100,50NTRFMYREF//BANK-9\nSecond line", told, closing="C261124EUR1100,50")
    reading = read("bank.sta", data.encode())
    [doc] = reading.statements
    assert (doc.format, doc.account, doc.identifier, doc.currency) == ("MT940", IBAN, "1/1", "EUR")
    assert doc.opening is not None
    assert doc.closing is not None
    assert (doc.opening.date, doc.opening.cents, doc.closing.cents) == (date(2026, 11, 23), 100000, 110050)
    [found] = doc.entries
    assert (found.value_on, found.booked_on, found.cents) == (date(2026, 11, 23), date(2026, 11, 24), 10050)
    assert (found.end_to_end_id, found.bank_reference, found.counterparty) == ("E2E-1", "BANK-9", "Carla Rossi")
    assert (found.counterparty_iban, found.remittance) == (IBAN, "Fattura 2026/15 Second line")
    assert reading.problems == ()


SIGNS = """
C     100,00  10000 False
D     100,00 -10000 False
RC    100,00 -10000 True
RD    100,00  10000 True
CR    100,00  10000 False
DR    100,00 -10000 False
RCR   100,00 -10000 True
RDR     5,5     550 True
C          0,     0 False
D       7,     -700 False
C       ,50      50 False
C      12        1200 False
C      12.34     1234 False
"""


@pytest.mark.parametrize("row", SIGNS.strip().splitlines())
def test_mark_funds_code_and_amount_give_the_signed_cents(row: str) -> None:
    mark, amount, cents, reversal = row.split()
    found = entry(f":61:2611231124{mark}{amount}NTRFNONREF")
    assert (found.cents, str(found.reversal), found.end_to_end_id) == (int(cents), reversal, "")


DIALECTS = [
    pytest.param(":61:261123D379,29NOV NL47INGB9999999999//REF", -37929, None, id="ING with NOV and a long reference"),
    pytest.param(":61:2611231123D6,33NOVBNL47ASNB9999999999\nhr gjlm paulissen", -633, date(2026, 11, 23), id="ASN"),
    pytest.param(":61:261123    C1,00NTRFX", 100, None, id="blank entry date"),
    pytest.param(":61:261123C1,00NTRFX", 100, None, id="no entry date"),
    pytest.param(":61:2612310102C1,00NTRFX", 100, date(2027, 1, 2), id="entry date in the next year"),
    pytest.param(":61:2701021231C1,00NTRFX", 100, date(2026, 12, 31), id="entry date in the year before"),
    pytest.param(":61:261123261124C1,00NTRFX", 100, date(2026, 11, 24), id="entry date with its year"),
    pytest.param(":61:2611231124C1,00", 100, date(2026, 11, 24), id="nothing behind the amount"),
    pytest.param(":61:2611231124CR1,00N058NONREF", 100, date(2026, 11, 24), id="numeric type"),
    pytest.param(":61:2611231124C1,00S103" + "X" * 40 + "\nYYYY//Z", 100, date(2026, 11, 24), id="broken at 65"),
]


@pytest.mark.parametrize(("field", "cents", "booked"), DIALECTS)
def test_the_dialects_of_an_entry(field: str, cents: int, booked: date | None) -> None:
    found = entry(field)
    assert (found.cents, found.booked_on) == (cents, booked)


def test_the_thirtieth_of_february_is_left_out_with_a_warning() -> None:
    reading = read("f.sta", mt940(":61:2602300302C5,00NTRFX", closing="C261124EUR1005,00").encode())
    [found] = reading.statements[0].entries
    assert (found.value_on, found.booked_on, found.cents) == (None, date(2026, 3, 2), 500)
    assert [(p.code, p.severity) for p in reading.problems] == [("date.impossible_ignored", "warning")]


def test_a_lone_dash_inside_the_words_ends_nothing() -> None:
    doc = only(mt940(":61:261123C1,00NTRFX", ":86:first", "-", "second", ":61:261123C2,00NTRFX", ":86:x", "-"))
    assert [found.cents for found in doc.entries] == [100, 200]
    assert doc.entries[0].remittance == "first - second"


def test_fields_may_be_broken_wherever_a_program_likes() -> None:
    text = mt940(":61:261123C1,00NTRFX", ":86:word", number="0000000001/\n00002").replace(":25:", ":25:\n")
    assert (only(text).identifier, only(text).account) == ("0000000001/00002", IBAN)


@pytest.mark.parametrize(
    ("account", "currency", "read_as"),
    [
        ("51210600/9223382012EUR", "EUR", "51210600/9223382012"),
        ("BCITITMM/IT60X0542811101000000123456", "EUR", IBAN),
        ("NL47INGB9999999999EUR", "EUR", "NL47INGB9999999999"),
        ("0001 234", "", "0001234"),
    ],
)
def test_the_account_stands_alone(account: str, currency: str, read_as: str) -> None:
    doc = only(mt940(account=account, opening=f"C261123{currency}1,", closing=f"C261124{currency}1,"))
    assert (doc.account, doc.currency) == (read_as, "EUR")


def test_a_missing_currency_is_assumed_and_told() -> None:
    reading = read("f.sta", mt940(opening="C2611231000,00", closing="C2611241000,00").encode())
    assert (reading.statements[0].currency, codes(reading)) == ("EUR", ["currency.assumed"])
    half = read("f.sta", mt940(opening="C2611231000,00", closing="C261124RON1000,").encode())
    assert (half.statements[0].currency, codes(half)) == ("RON", [])


def test_several_statements_are_several_also_without_a_new_header() -> None:
    first, second = mt940(":61:261123C1,00NTRFX"), mt940(":61:261123C2,00NTRFX")
    headless = second.replace(":20:STMT\n", "")
    for text in (first + second, "ABNANL2A\n940\nABNANL2A\n" + first + "ABNANL2A\n940\n" + second, first + headless):
        assert [doc.credits_cents for doc in read("f.sta", text.encode()).statements] == [100, 200]


def test_swift_blocks_are_opened_and_windows_letters_read() -> None:
    inner = mt940(":61:261123C1,00NTRFX", ":86:Perché così", end="")
    data = f"{{1:F01BCITITMMAXXX}}{{2:I940X}}{{4:\r\n{inner}-}}{{5:}}".encode("cp1252")
    assert only(data).entries[0].remittance == "Perché così"
    assert codes(read("f.sta", data[: data.index(b"-}")])) == ["statement.cut_off"]


def test_two_equal_entries_are_two_and_what_does_not_tie_is_shown() -> None:
    reading = read("f.sta", mt940(":61:261123C7,00NTRFX", ":61:261123C7,00NTRFX").encode())
    assert (len(reading.statements[0].entries), reading.statements[0].credits_cents) == (2, 1400)
    assert [(p.code, p.severity) for p in reading.problems] == [("statement.unbalanced", "warning")]


def test_pages_chain_with_intermediate_balances() -> None:
    page = mt940(":61:261123C1,00NTRFX", closing="C261123EUR1001,00").replace(":62F:", ":62M:")
    last = mt940(opening="C261123EUR1001,00", closing="D261124EUR5,00").replace(":60F:", ":60M:")
    found = read("f.sta", (page + last).encode()).statements
    assert [doc.closing.cents for doc in found if doc.closing] == [100100, -500]


def test_mt942_has_no_balances_and_its_counts_are_compared() -> None:
    head = f":20:REP\n:25:{IBAN}\n:28C:1\n:34F:EURD0,\n:13D:2611241530+0100\n"
    text = head + ":61:261124C10,00NTRFX\n:61:261124D4,00NTRFX\n:90D:1EUR4,00\n:90C:1EUR10,00\n-"
    reading = read("f.sta", text.encode())
    [doc] = reading.statements
    assert (doc.format, doc.opening, doc.closing, doc.credits_cents, doc.debits_cents) == (
        "MT942",
        None,
        None,
        1000,
        400,
    )
    assert codes(reading) == []
    assert codes(read("f.sta", text.replace(":90C:1", ":90C:3").encode())) == ["statement.count"]


WORDS = [
    (
        "166?00GUTSCHRIFT?20EREF+E2E-7?21SVWZ+Rechnung 2026/?2215 RF18539007547034?30COBADEFF?31DE89370400440532013000"
        "?32Carla?33 Rossi?34AM04",
        ("Rechnung 2026/15 RF18539007547034", "E2E-7", "Carla Rossi", "DE89370400440532013000", "RF18539007547034"),
    ),
    (
        "/TRTP/SEPA OVERBOEKING/IBAN/NL91ABNA0417164300/BIC/ABNANL2A/NAME/Carla/REMI/Factuur 15/EREF/NOTPROVIDED",
        ("Factuur 15", "", "Carla", "NL91ABNA0417164300", ""),
    ),
    ("BONIFICO DA CARLA ROSSI FATT. 15/2026", ("BONIFICO DA CARLA ROSSI FATT. 15/2026", "", "", "", "")),
    (
        "<00przelew<20Faktura 15<27Carla<3832PL",
        ("Faktura 15Carla", "", "", "32PL", ""),
    ),
]


@pytest.mark.parametrize(("told", "expected"), WORDS)
def test_the_words_of_86_are_told_apart(told: str, expected: tuple[str, ...]) -> None:
    found = entry(":61:261123C1,00NTRFNONREF", f":86:{told[:65]}", told[65:])
    got = (found.remittance, found.end_to_end_id, found.counterparty, found.counterparty_iban, found.creditor_reference)
    assert got == expected


def test_a_return_tells_its_reason() -> None:
    told = ":86:109?00RETOURE?20EREF+E2E-7?21MREF+MND-1?22SVWZ+RETURN AM04 INSUFFICIENT"
    found = entry(":61:261123D1,00NRTINONREF", told)
    assert (found.return_reason, found.end_to_end_id, found.mandate_id) == ("AM04", "E2E-7", "MND-1")


# Refusals --------------------

WHOLE = mt940(":61:261123C1,00NTRFX", ":86:word", closing="C261124EUR1001,00", end="")


@pytest.mark.parametrize("kept", range(WHOLE.index(":61:"), len(WHOLE) - 4, 3))
def test_a_statement_that_is_cut_off_gives_nothing(kept: int) -> None:
    reading = read("f.sta", WHOLE[:kept].encode())
    assert (reading.statements, reading.refused) == ((), True)


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        (":61:261123X1,00NTRFX", "entry.unreadable"),
        (":61:261123C,NTRFX", "entry.unreadable"),
        (":61:", "entry.unreadable"),
    ],
)
def test_an_unreadable_entry_refuses_its_statement_alone(bad: str, code: str) -> None:
    reading = read("f.sta", (mt940(bad) + mt940(":61:261123C2,00NTRFX", closing="C261124EUR1002,")).encode())
    assert [doc.credits_cents for doc in reading.statements] == [200]
    assert codes(reading) == [code, "statement.refused"]


def test_an_unreadable_balance_refuses() -> None:
    assert codes(read("f.sta", mt940(opening="1000,00").encode())) == ["balance.unreadable"]


# Against another reader, and back --------------------

LINES = st.lists(
    st.tuples(
        st.dates(date(2020, 1, 1), date(2030, 12, 28)), st.sampled_from(["C", "D", "RC", "RD"]), st.integers(0, 10**9)
    ),
    max_size=8,
)


@settings(max_examples=60)
@given(st.lists(LINES, min_size=1, max_size=3), st.integers(-(10**9), 10**9), st.sampled_from(["\n", "\r\n"]))
def test_what_is_written_reads_back_and_as_mt940_reads_it(statements: list[LINES], opening: int, eol: str) -> None:
    text, expected = "", []
    for number, lines in enumerate(statements):
        signed = [cents if mark in ("C", "RD") else -cents for _day, mark, cents in lines]
        fields = [
            f":61:{day:%y%m%d}{day + timedelta(1):%m%d}{mark}{_comma(cents)}NTRFREF{n}//B{n}\n:86:word {n}"
            for n, (day, mark, cents) in enumerate(lines)
        ]
        text += mt940(*fields, number=f"{number}/1", opening=_balance(opening), closing=_balance(opening + sum(signed)))
        expected.append(signed)
    reading = read("f.sta", text.replace("\n", eol).encode())
    assert [[found.cents for found in doc.entries] for doc in reading.statements] == expected
    assert reading.problems == ()
    # The oracle keeps one list for the whole file, so it is asked about its first statement alone.
    first = oracle.parse(text[: text.index("\n-\n")], options=oracle.Options.all())
    assert [round(found.data["amount"].amount * 100) for found in first if "amount" in found.data] == expected[0]


def _comma(cents: int) -> str:
    return f"{cents // 100},{cents % 100:02d}"


def _balance(cents: int) -> str:
    return f"{'D' if cents < 0 else 'C'}261123EUR{_comma(abs(cents))}"
