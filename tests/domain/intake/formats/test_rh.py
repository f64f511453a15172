# SPDX-License-Identifier: Apache-2.0
"""The RH traps of formats.md, section 4 (11), record by record (CBI-RND-001)."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ascolto.domain.intake.documents import StatementDoc
from ascolto.domain.intake.reading import Reading, read
from tests.domain.intake.formats.making_bank import IBAN, rh, rh61, rh62, rh63, rh64


def of(text: str) -> Reading:
    return read("bank.txt", text.encode())


def only(text: str) -> StatementDoc:
    [doc] = of(text).statements
    return doc


def codes(reading: Reading) -> list[str]:
    return [problem.code for problem in reading.problems]


def test_a_statement_says_what_it_says() -> None:
    reading = of(
        rh(
            rh61(),
            rh62("C000000000122,00"),
            rh63("YYY23112026BNCCRL80A41F205XCarla Bianchi"),
            rh63(f"YY2{'Via Verdi 5':<50}DE89370400440532013000"),
            rh63(f"ID1{'MSG':<35}E2E-1"),
            rh63(f"RI1{'SALDO FATTURA 2026/15':.<104}"),
            rh63("RI2 RF18539007547034"),
            rh62("D000000000022,00", "Z9", "X9", 2),
            rh63(f"{':RMG:RETURN :TRC:AM04 :EE1:E2E-7 :IDM:MND-7':<93} :DEN:Dino Ver", 2),
            rh63("di :RIF:2026/07", 2),
            rh64("C000000001100,00"),
        )
    )
    [doc] = reading.statements
    assert (doc.format, doc.account, doc.currency, doc.credits_cents, doc.debits_cents) == (
        "CBI RH", IBAN, "EUR", 12200, 2200,
    )  # fmt: skip
    assert doc.opening is not None
    assert (doc.opening.date, doc.opening.cents) == (date(2026, 11, 24), 100000)
    credit, returned = doc.entries
    assert (credit.value_on, credit.booked_on) == (date(2026, 11, 23), date(2026, 11, 24))
    assert (credit.counterparty, credit.counterparty_iban, credit.end_to_end_id) == (
        "Carla Bianchi", "DE89370400440532013000", "E2E-1",
    )  # fmt: skip
    assert credit.creditor_reference == "RF18539007547034"
    assert (returned.return_reason, returned.end_to_end_id, returned.mandate_id) == ("AM04", "E2E-7", "MND-7")
    assert (returned.reversal, returned.counterparty, returned.transaction_code) == (True, "Dino Verdi", "CBI/Z9/X9")
    assert reading.problems == ()


def test_several_banks_and_several_statements_in_a_file() -> None:
    two = rh(rh61(), rh64(), rh61(), rh62("C000000000001,00"), rh64("C000000001001,00"), statements=2)
    assert [len(doc.entries) for doc in of(two + rh(rh61(), rh64())).statements] == [0, 1, 0]


@pytest.mark.parametrize("zero", ["D000000000000,00", "C-00000000000,00", "C           0,00"])
def test_nought_with_a_minus_is_nought(zero: str) -> None:
    doc = only(rh(rh61(zero), rh64(zero)))
    assert doc.opening is not None
    assert doc.opening.cents == 0


@pytest.mark.parametrize(
    ("iban", "cin", "account"),
    [("IT60", "X", IBAN), (":²6²", "X", IBAN), ("", "X", IBAN), ("", "", "0542811101000000123456")],
)
def test_the_iban_is_completed_when_it_can_be(iban: str, cin: str, account: str) -> None:
    assert only(rh(rh61(iban=iban, cin=cin), rh64())).account == account


def test_records_without_line_ends_and_without_their_first_blank_are_read() -> None:
    text = rh(rh61(), rh62("C000000000001,00"), rh64("C000000001001,00"))
    assert only(text.replace("\r\n", "")).credits_cents == 100
    assert only("\n".join(line[1:].rstrip() for line in text.splitlines())).credits_cents == 100


def test_what_does_not_tie_or_count_is_shown() -> None:
    assert codes(of(rh(rh61(), rh64("C000000000999,00")))) == ["statement.unbalanced"]
    reading = of(rh(rh61(), rh64(), count=9, statements=3))
    assert (codes(reading), reading.refused) == (["cbi.count", "rh.count"], False)


# Refusals --------------------

WHOLE = rh(rh61(), rh62("C000000000001,00"), rh64("C000000001001,00"))


@pytest.mark.parametrize("lines", range(1, 5))
def test_a_flow_that_is_cut_off_gives_nothing(lines: int) -> None:
    reading = of("\r\n".join(WHOLE.splitlines()[:lines]))
    assert (reading.statements, codes(reading)) == ((), ["cbi.cut_off"])


@pytest.mark.parametrize(
    ("records", "found"),
    [
        ((rh61(), rh62("C0000000001,00X"), rh64()), ["amount.unreadable", "statement.refused"]),
        ((rh61(), rh62("X000000000001,00"), rh64()), ["amount.unreadable", "statement.refused"]),
        ((rh61("C000000000100000"), rh64()), ["amount.unreadable", "statement.refused"]),
        ((rh62("C000000000001,00"),), ["cbi.outside"]),
        ((rh61(), rh61(), rh64()), ["statement.cut_off"]),
        ((rh61(),), ["statement.cut_off"]),
    ],
)
def test_what_cannot_be_read_is_refused(records: tuple[str, ...], found: list[str]) -> None:
    reading = of(rh(*records))
    assert (reading.statements, [c for c in codes(reading) if c != "rh.count"]) == ((), found)


@settings(max_examples=40)
@given(st.lists(st.integers(-(10**11), 10**11), max_size=12), st.integers(-(10**11), 10**11))
def test_what_is_written_reads_back(cents: list[int], opening: int) -> None:
    records = [rh62(_signed(amount), number=n) for n, amount in enumerate(cents)]
    reading = of(rh(rh61(_signed(opening)), *records, rh64(_signed(opening + sum(cents)))))
    assert [entry.cents for entry in reading.statements[0].entries] == cents
    assert reading.problems == ()


def _signed(cents: int) -> str:
    return f"{'D' if cents < 0 else 'C'}{abs(cents) // 100:012d},{abs(cents) % 100:02d}"
