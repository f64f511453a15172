# SPDX-License-Identifier: Apache-2.0
"""The payment QR: what is inside, line by line, and its limits (EPC069-12, version 002)."""

from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ascolto.domain.outreach import epc

IBAN = "IT60X0542811101000000123456"
RF = "RF18539007547034"


def pay(**changes: Any) -> str:
    known: dict[str, Any] = {"beneficiary": "Acqua e Luce S.p.A.", "iban": IBAN, "cents": 79_450}
    return epc.payload(**(known | changes))


def test_line_by_line() -> None:
    assert pay(remittance="C001 fattura 2026/1042", bic="BPMOIT22XXX").split("\n") == [
        "BCD", "002", "1", "SCT", "BPMOIT22XXX", "Acqua e Luce S.p.A.", IBAN, "EUR794.50", "", "",
        "C001 fattura 2026/1042",
    ]  # fmt: skip


@pytest.mark.parametrize(("cents", "written"), [(1, "EUR0.01"), (100, "EUR1.00"), (99_999_999_999, "EUR999999999.99")])
def test_amounts(cents: int, written: str) -> None:
    assert pay(cents=cents).split("\n")[7] == written


@pytest.mark.parametrize(
    ("remittance", "line", "written"),
    [
        (RF, 9, RF),
        ("rf18 5390 0754 7034", 9, RF),
        ("RF19539007547034", 10, "RF19539007547034"),
        ("a\nSCT\nb", 10, "a SCT b"),
        ("x" * 200, 10, "x" * 140),
    ],
)
def test_a_creditor_reference_has_its_own_line(remittance: str, line: int, written: str) -> None:
    assert pay(remittance=remittance).split("\n")[line] == written


def test_without_words_the_last_lines_are_left_out() -> None:
    assert pay().split("\n")[-1] == "EUR794.50"


@pytest.mark.parametrize(
    "change",
    [
        {"iban": "IT61X0542811101000000123456"},
        {"iban": ""},
        {"cents": 0},
        {"cents": -5},
        {"cents": 100_000_000_000},
        {"beneficiary": " \n "},
    ],
)
def test_what_the_standard_cannot_carry(change: dict[str, Any]) -> None:
    with pytest.raises(epc.EpcError):
        pay(**change)


@given(name=st.text(max_size=90), words=st.text(max_size=200), cents=st.integers(1, epc.MAX_CENTS))
def test_any_words_fit(name: str, words: str, cents: int) -> None:
    assume(epc.clean(name))
    data = pay(beneficiary=name, remittance=words, cents=cents)
    lines = data.split("\n")
    assert len(data.encode()) <= 331
    assert 8 <= len(lines) <= 11
    assert len(lines[5]) <= 70


def test_the_picture_is_an_svg() -> None:
    picture = epc.svg(beneficiary="Acqua", iban=IBAN, cents=1, remittance="è" * 140)
    assert picture.startswith(b"<svg")
