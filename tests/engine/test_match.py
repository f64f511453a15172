# SPDX-License-Identifier: Apache-2.0
"""Whose payment is this: each piece of evidence, how pieces combine, and when nobody may settle without a person."""

import datetime as dt
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ascolto.engine.allocate import Item, Split
from ascolto.engine.differences import difference
from ascolto.engine.evidence import Expected
from ascolto.engine.match import WEIGHTS, Book, Candidate, Line, Person, candidates, is_sure
from ascolto.engine.remittance import is_distinctive, notice_codes, number_keys, read, structured_references
from ascolto.engine.rounds import apply
from ascolto.engine.settling import BY_LAW, USUAL, Rule

DUE = dt.date(2026, 10, 1)
CARLA, ELETTRA, ROSSI, ROSSI_TOO = 1, 2, 3, 4
PEOPLE = [
    Person(CARLA, "C001", "Carla Bianchi", ("BNCCRL80A41F205X",), ("IT001E00012345",)),
    Person(ELETTRA, "000777", "Elettra Società a r.l.", ("01234567897",)),
    Person(ROSSI, "C003", "Mario Rossi"),
    Person(ROSSI_TOO, "C004", "Rossi Mario"),
]


def items() -> list[Item]:
    return [
        Item(1, 1, CARLA, "2026/000123", DUE, 50_00, references=("RF18539007547034",)),
        Item(2, 2, CARLA, "2026/000124", DUE + dt.timedelta(days=30), 60_00),
        Item(3, 3, ELETTRA, "FPR 45/26", DUE, 610_00),
        Item(4, 4, ELETTRA, "12/2026", DUE, 75_00),
        Item(5, 5, ROSSI, "77", DUE, 33_00),
        Item(6, 6, ROSSI_TOO, "78", DUE, 34_00),
    ]


HISTORY = {
    "IT12X": {CARLA: 3},
    "ITONCE": {CARLA: 1},
    "ITPOST": dict.fromkeys((1, 2, 3, 4), 50),
    "ITTWO": {CARLA: 2, ROSSI: 2},
}


def best(**line: Any) -> tuple[int | None, int, list[str], list[tuple[int, int]]]:
    """Customer, confidence, reason codes and parts of the best candidate for a line."""
    fields = {"amount_cents": 1_11, **line}
    found = candidates(Book(items(), PEOPLE, HISTORY), Line(1, **fields))
    if not found:
        return None, 0, [], []
    top = found[0]
    return top.customer_id, top.confidence_permille, [code for code, _ in top.reasons], list(top.split.parts)


@pytest.mark.parametrize(
    ("line", "customer", "confidence", "codes"),
    [
        ({"reference": "RF18 5390 0754 7034"}, CARLA, 985, ["reference", "part_payment"]),
        ({"remittance": "pago RF18 5390 0754 7034 grazie"}, CARLA, 985, ["reference", "part_payment"]),
        (
            {"remittance": "SALDO FATT. N. 2026/123", "amount_cents": 50_00},
            CARLA,
            979,
            ["number", "amount_named"],
        ),
        ({"remittance": "2026000123", "amount_cents": 50_00}, CARLA, 979, ["number", "amount_named"]),
        (
            {"remittance": "FATT. 123", "amount_cents": 50_00},
            CARLA,
            970,
            ["number_announced", "amount_named"],
        ),
        ({"remittance": "fpr 45/26", "amount_cents": 610_00}, ELETTRA, 979, ["number", "amount_named"]),
        ({"remittance": "FATT. 45 DEL 01/09/2026 A SALDO"}, None, 0, []),
        (
            {"remittance": "CANONE 12/2026", "amount_cents": 75_00},
            ELETTRA,
            820,
            ["amount_named", "number_bare"],
        ),
        ({"remittance": "CANONE 12/2026", "amount_cents": 74_00}, None, 0, []),
        ({"remittance": "VIA ROMA 77 20123 MILANO"}, None, 0, []),
        ({"remittance": "VERSAMENTO DEL 12/12/2026 EUR 123,00"}, None, 0, []),
        ({"remittance": "cliente C001"}, CARLA, 900, ["customer_number"]),
        ({"remittance": "C001"}, None, 0, []),
        ({"remittance": "POD IT001E00012345"}, CARLA, 900, ["account_number"]),
        ({"remittance": "CF BNCCRL80A41F205X"}, CARLA, 930, ["tax_code"]),
        ({"payer_iban": "IT12X"}, CARLA, 930, ["iban_often"]),
        ({"payer_iban": "it 12x", "amount_cents": 60_00}, CARLA, 972, ["iban_often", "amount_one"]),
        ({"payer_iban": "ITONCE"}, CARLA, 800, ["iban_once"]),
        ({"payer_iban": "ITPOST"}, None, 0, []),
        ({"payer_name": "BIANCHI CARLA"}, CARLA, 700, ["name"]),
        ({"payer_name": "ELETTRA SRL", "amount_cents": 610_00}, ELETTRA, 880, ["name", "amount_one"]),
        ({"payer_name": "BIANCI CARLA"}, CARLA, 450, ["name_alike"]),
        ({"payer_name": "MARIO ROSSI"}, ROSSI, 350, ["name"]),
        ({"remittance": "PER CONTO DI BIANCHI CARLA"}, CARLA, 600, ["name_in_text"]),
        ({"amount_cents": 610_00}, ELETTRA, 600, ["amount_one"]),
        ({"amount_cents": 110_00}, CARLA, 550, ["amount_all"]),
        ({"amount_cents": 9_99}, None, 0, []),
    ],
    ids=lambda value: str(value) if isinstance(value, dict) else "",
)
def test_evidence(line: dict[str, Any], customer: int | None, confidence: int, codes: list[str]) -> None:
    found = best(**line)
    assert (found[0], found[1], found[2]) == (customer, confidence, codes)


def test_several_invoices_in_one_payment() -> None:
    """Both are settled, although the second is only a number in a list that the first began."""
    customer, confidence, _codes, parts = best(remittance="FATTURE 2026/123 E 124 DEL 15/10/2026", amount_cents=110_00)
    assert (customer, parts) == (CARLA, [(1, 50_00), (2, 60_00)])
    assert confidence >= 950


def test_what_is_named_is_settled_before_what_is_older() -> None:
    assert best(remittance="FT 2026/000124", amount_cents=60_00)[3] == [(2, 60_00)]


def test_an_account_that_pays_for_another_yields_to_the_invoice_that_is_named() -> None:
    """A mother pays her son's invoice: her account's history is a circumstance, the number is what she says."""
    book = Book(items(), PEOPLE, HISTORY)
    found = candidates(book, Line(1, 610_00, remittance="FATTURA FPR 45/26", payer_iban="IT12X"))
    assert [c.customer_id for c in found] == [ELETTRA, CARLA]
    assert is_sure(found, 950)


@pytest.mark.parametrize(
    ("line", "sure"),
    [
        ({"remittance": "FT 2026/123 E FPR 45/26", "amount_cents": 660_00}, False),
        ({"remittance": "FT 2026/123", "amount_cents": 50_00}, True),
        ({"payer_iban": "ITTWO", "amount_cents": 50_00}, False),
        ({"payer_name": "CARLA BIANCHI", "amount_cents": 50_00}, False),
        ({"payer_name": "CARLA BIANCHI", "payer_iban": "IT12X", "amount_cents": 5_00}, True),
    ],
)
def test_when_a_line_may_settle_without_a_person(line: dict[str, Any], sure: bool) -> None:
    assert is_sure(candidates(Book(items(), PEOPLE, HISTORY), Line(1, **line)), 950) is sure


def test_the_client_sets_the_bar() -> None:
    found = candidates(Book(items(), PEOPLE, HISTORY), Line(1, 50_00, payer_name="CARLA BIANCHI"))
    assert found[0].confidence_permille == 880
    assert (is_sure(found, 880), is_sure(found, 881), is_sure([], 0)) == (True, False, False)


def test_a_paid_invoice_named_again_asks_for_a_person() -> None:
    book = Book(items(), PEOPLE, HISTORY)
    line = Line(1, 610_00, remittance="FATTURA FPR 45/26", payer_name="ELETTRA SRL")
    book.take(candidates(book, line)[0].split)
    again = candidates(book, line)
    assert ("already_paid", {"numbers": ["FPR 45/26"]}) in again[0].reasons
    assert not is_sure(again, 900 + 1)


def test_money_that_would_settle_nothing_is_told_as_such_and_never_settles_by_itself() -> None:
    book = Book(items(), PEOPLE, HISTORY)
    line = Line(1, 685_00, remittance="FATTURA FPR 45/26 E 12/2026", payer_name="ELETTRA SRL")
    book.take(candidates(book, line)[0].split)
    [again] = candidates(book, line)
    assert (again.split.parts, again.told_permille) == ((), 600)
    assert not is_sure([again], 850), "however low the bar"
    stranger = Line(2, 77_00, remittance="per ELETTRA", payer_name="MARIO NERI")
    assert candidates(book, stranger) == [], "who owes nothing is offered only when likely the payer"


def test_more_than_is_open_stays_on_account_and_is_said() -> None:
    book = Book(items(), PEOPLE, HISTORY)
    [found] = candidates(book, Line(1, 700_00, remittance="FATTURA FPR 45/26 E 12/2026", payer_iban="ITNEW"))
    assert found.split.on_account_cents == 15_00
    assert ("more_than_open", {"cents": 15_00}) in found.reasons


def test_a_number_that_two_customers_have_settles_nothing_by_itself() -> None:
    twins = [*items(), Item(9, 9, ROSSI, "B/123", DUE, 50_00)]
    found = candidates(Book(twins, PEOPLE), Line(1, 50_00, remittance="FATTURA 123"))
    assert {c.customer_id for c in found} == {CARLA, ROSSI}
    assert not is_sure(found, 950)


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("FT n. 2026/000123 del 15/10/2026", ["FT", "N", "2026", "123", "DEL"]),
        ("saldo € 1.234,56 fattura 7", ["SALDO", "FATTURA", "7"]),
        ("perché Niccolò 2026-11-02", ["PERCHE", "NICCOLO"]),
        ("", []),
    ],
)
def test_reading_a_text(text: str, keys: list[str]) -> None:
    assert [segment.key for segment in read(text)] == keys


@pytest.mark.parametrize(
    ("number", "keys"),
    [
        ("2026/000123", {"2026 123", "123", "2026000123", "123 2026"}),
        ("FPR 45/26", {"FPR 45 26", "45 26", "4526"}),
        ("FATT-7", {"7"}),
        ("ABC", set()),
    ],
)
def test_the_forms_of_a_number(number: str, keys: set[tuple[str, ...]]) -> None:
    assert number_keys(number) == keys


@pytest.mark.parametrize(
    ("raws", "distinctive"),
    [
        (["2026", "000123"], True), (["2026", "123"], True), (["123456"], True), (["A", "1234"], True),
        (["12", "2026"], False), (["20123"], False), (["2026", "1"], False), (["77"], False), (["2026"], False),
    ],
)  # fmt: skip
def test_what_can_hardly_be_an_accident(raws: list[str], distinctive: bool) -> None:
    assert is_distinctive(raws) is distinctive


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("RF18 5390 0754 7034", ["RF18539007547034"]),
        ("rif RF18539007547034 BOLLETTA", ["RF18539007547034"]),
        ("RF19539007547034", []),
    ],
)
def test_structured_references_have_right_check_digits(text: str, found: list[str]) -> None:
    assert [reference for reference in structured_references(text) if reference] == found


@given(st.sampled_from(sorted(WEIGHTS)), st.integers(1, 1_000_00), st.text(max_size=60), st.text(max_size=30))
def test_whatever_comes_nothing_breaks_and_nothing_is_over_settled(
    code: str, cents: int, remittance: str, name: str
) -> None:
    book = Book(items(), PEOPLE, HISTORY)
    for candidate in candidates(book, Line(1, cents, remittance=remittance, payer_name=name)):
        assert 0 <= candidate.confidence_permille < 1000
        assert sum(c for _i, c in candidate.split.parts) + candidate.split.on_account_cents == cents
        Book(items(), PEOPLE).take(candidate.split)


@given(st.lists(st.sampled_from(["amount", "name", "iban", "number"]), unique=True))
def test_more_evidence_never_makes_us_less_sure(pieces: list[str]) -> None:
    told = {
        "amount": {"amount_cents": 50_00},
        "name": {"payer_name": "CARLA BIANCHI"},
        "iban": {"payer_iban": "ITONCE"},
        "number": {"remittance": "FT 2026/000123"},
    }
    sureness, line = 0, {}
    for piece in pieces:
        line |= told[piece]
        customer, now, _codes, _parts = best(**line)
        assert now >= sureness
        assert customer == CARLA
        sureness = now


@pytest.mark.parametrize(
    ("line", "customer", "codes"),
    [
        ({"remittance": "FT 2O26/OOO124", "amount_cents": 60_00}, CARLA, ["number_misread", "amount_named"]),
        (
            {"remittance": "FT 2026/000132", "amount_cents": 50_00, "payer_iban": "IT12X"},
            CARLA,
            ["iban_often", "number_alike", "amount_named"],
        ),
        ({"remittance": "FT 2026/000132", "amount_cents": 50_00}, None, []),
        (
            {"remittance": "FATT 2026/123", "amount_cents": 48_36},
            CARLA,
            ["number", "amount_less_withholding"],
        ),
        ({"remittance": "FATT 2026/123", "amount_cents": 48_50}, CARLA, ["number", "amount_less_discount"]),
        ({"remittance": "FATT 2026/123", "amount_cents": 48_80}, CARLA, ["number", "amount_less_fee"]),
        ({"remittance": "FATT 2026/123", "amount_cents": 40_00}, CARLA, ["number", "part_payment"]),
        ({"remittance": "fattura 123 del 2026", "amount_cents": 50_00}, CARLA, ["number_announced", "amount_named"]),
    ],
    ids=lambda value: str(value) if isinstance(value, dict) else "",
)
def test_slips_and_what_is_taken_off(line: dict[str, Any], customer: int | None, codes: list[str]) -> None:
    found = best(**line)
    if customer is None:
        assert found[0] is None or "number" not in " ".join(found[2])
    else:
        assert (found[0], found[2]) == (customer, codes)


@pytest.mark.parametrize(
    ("asked", "paid", "code"),
    [
        (1_220_00, 1_020_00, "amount_less_withholding"),
        (1_220_00, 1_180_00, "amount_less_withholding"),
        (1_100_00, 1_060_00, "amount_less_withholding"),
        (100_00, 98_00, "amount_less_discount"),
        (100_00, 98_50, "amount_less_fee"),
        (100_00, 90_00, None),
        (100_00, 100_00, None),
        (100_00, 101_00, None),
        (10_00, 8_50, None),
    ],
)
def test_why_a_payment_is_less(asked: int, paid: int, code: str | None) -> None:
    reason = difference(asked, paid)
    assert (reason[0] if reason else None) == code


def test_a_month_is_no_invoice_and_a_likely_payer_who_owes_the_amount_is_asked_about() -> None:
    """`BOLLETTA 12/2026` names no invoice without its exact amount; a number less a fee yields to who owes exactly."""
    assert best(remittance="BOLLETTA 12/2026", amount_cents=74_00)[2] == []
    book = Book([*items(), Item(9, 9, ROSSI, "2026/000999", DUE, 608_00)], PEOPLE, HISTORY | {"ITROSSI": {ROSSI: 1}})
    line = Line(1, 608_00, remittance="FATTURA FPR 45/26", payer_iban="ITROSSI")
    named = next(c for c in candidates(book, line) if c.customer_id == ELETTRA)
    assert ("also_owes", {"name": "Mario Rossi"}) in named.reasons
    assert named.confidence_permille <= 900
    assert not is_sure(candidates(book, line), 950)


def test_a_number_copied_from_somebody_else_asks_for_a_person() -> None:
    """Carla pays what she owes from her account and names Mario's bill, which is not that much."""
    book = Book(items(), PEOPLE, HISTORY)
    found = candidates(book, Line(1, 50_00, remittance="FATTURA FPR 45/26", payer_iban="IT12X"))
    assert {c.customer_id for c in found} == {CARLA, ELETTRA}
    assert not is_sure(found, 950)


@settings(max_examples=40)
@given(st.lists(st.tuples(st.integers(1, 6), st.integers(1, 40_00)), max_size=8))
def test_settling_keeps_the_indexes_as_a_new_book_would_have_them(takes: list[tuple[int, int]]) -> None:
    """The fast way moves single entries; the slow twin indexes everything anew."""
    book = Book(items(), PEOPLE, HISTORY)
    for instalment, cents in takes:
        part = min(cents, book.items[instalment].balance_cents)
        if part:
            book.take(Split(((instalment, part),), 0))
    fresh = Book(book.items.values(), PEOPLE, HISTORY)
    for fast, slow in ((book.by_amount, fresh.by_amount), (book.by_total, fresh.by_total)):
        assert {key: owners for key, owners in fast.items() if owners} == dict(slow)


def test_rounds_go_on_until_one_settles_nothing() -> None:
    """The first line of the file is read again once the second has taught its account; then nothing changes."""
    book = Book(items(), PEOPLE)
    early = Line(1, 60_00, payer_iban="ITNEW", payer_name="BIANCHI CARLA")
    done = apply(book, [early, Line(2, 50_00, remittance="FT 2026/123", payer_iban="ITNEW")], 950)
    assert [line.line_id for line, _found in done.settled] == [2, 1]
    assert done.settled[1][1][0].reasons[0] == ("iban_once", {"times": 1})
    assert apply(book, [early], 950).settled == []


@pytest.mark.parametrize(("held", "rejected"), [((1,), ()), ((), ((1, CARLA),))])
def test_what_a_person_said_is_not_overruled(held: tuple[int, ...], rejected: tuple[tuple[int, int], ...]) -> None:
    line = Line(1, 50_00, remittance="FT 2026/123")
    assert len(apply(Book(items(), PEOPLE), [line], 950).settled) == 1
    assert apply(Book(items(), PEOPLE), [line], 950, held, rejected).settled == []


# --- what customers said would come, notices of pagoPA, small differences ----------------------------------

PLAN = Expected(CARLA, "plan", 36_67, dt.date(2026, 11, 20), (2,))
PROMISE = Expected(ROSSI, "promise", 20_00, dt.date(2026, 11, 15))


def told(on: str = "2026-11-18", rule: Rule = USUAL, **line: Any) -> Candidate | None:
    """The best candidate when Carla's plan awaits 36.67 and one of the two Rossi promised 20.00."""
    fields: dict[str, Any] = {"amount_cents": 36_67, "on": dt.date.fromisoformat(on), **line}
    book = Book(items(), PEOPLE, HISTORY, expected=[PLAN, PROMISE], rule=rule)
    return next(iter(candidates(book, Line(1, **fields))), None)


def test_the_instalment_of_a_plan_brings_its_customer_and_settles_what_the_plan_covers() -> None:
    found = told(payer_name="BIANCHI CARLA")
    assert found is not None
    assert (found.customer_id, found.confidence_permille) == (CARLA, 895)  # 1000 - 300 x 0.35
    assert ("plan_amount", {"day": "2026-11-20"}) in found.reasons
    assert found.split.parts == ((2, 36_67),), "2 is covered by the plan, though 1 is older"


def test_what_the_payer_names_goes_before_the_plan() -> None:
    found = told(remittance="FATTURA 2026/000123")
    assert found is not None
    assert found.split.parts == ((1, 36_67),)


def test_a_promise_tells_two_namesakes_apart_only_near_its_day() -> None:
    near = told(amount_cents=20_00, payer_name="ROSSI MARIO")
    assert near is not None
    assert (near.customer_id, near.confidence_permille) == (ROSSI, 740)
    assert "promise_amount" in [code for code, _params in near.reasons]
    late = told(on="2026-12-20", amount_cents=20_00, payer_name="ROSSI MARIO")
    assert late is not None
    assert "promise_amount" not in [code for code, _params in late.reasons]


@pytest.mark.parametrize("line", [{"amount_cents": 36_66}, {"currency": "USD"}, {"on": None}])
def test_another_amount_or_currency_or_no_day_is_no_plan(line: dict[str, Any]) -> None:
    fields: dict[str, Any] = {"amount_cents": 36_67, "on": dt.date(2026, 11, 18), "payer_name": "BIANCHI CARLA", **line}
    book = Book(items(), PEOPLE, HISTORY, expected=[PLAN])
    found = candidates(book, Line(1, **fields))
    assert all(code != "plan_amount" for one in found for code, _params in one.reasons)


def test_a_plan_s_instalment_is_met_once() -> None:
    book = Book(items(), PEOPLE, HISTORY, expected=[PLAN])
    line = {"amount_cents": 36_67, "on": dt.date(2026, 11, 18), "payer_name": "BIANCHI CARLA"}
    done = apply(book, [Line(1, **line), Line(2, **line)], 890)
    assert ([one.line_id for one, _ in done.settled], [one.line_id for one, _ in done.waiting]) == ([1], [2])


@pytest.mark.parametrize(
    "written",
    [
        "302000002026001548",
        "/RFB/02000002026001548/TXT/TARI",
        "AVVISO 3020 0000 2026 0015 48",
        "IUV 02000002026001548 CF",
    ],
)
@pytest.mark.parametrize("kept", ["302000002026001548", "02000002026001548"])
def test_a_pagopa_notice_names_its_instalment_in_every_form(written: str, kept: str) -> None:
    book = Book([Item(1, 1, CARLA, "1", DUE, 50_00, references=(kept,))], PEOPLE)
    [found] = candidates(book, Line(1, 50_00, remittance=written))
    assert found.reasons[0] == ("notice_code", {"reference": "02000002026001548"})
    assert found.confidence_permille == 995  # 1000 - 15 x 0.3, rounded down


@pytest.mark.parametrize(
    "written", ["302000002026001549", "202000002026001548", "1302000002026001548", "0200000202600154"]
)
def test_digits_that_are_no_notice_are_not_read_as_one(written: str) -> None:
    assert notice_codes(written) == []


def test_a_difference_within_the_limit_is_a_reason_and_closes() -> None:
    rule = Rule(cents=5, permille=1)
    under = told(rule=rule, amount_cents=49_95, payer_name="BIANCHI CARLA")
    over = told(rule=rule, amount_cents=50_05, payer_name="BIANCHI CARLA")
    beyond = told(rule=rule, amount_cents=49_94, payer_name="BIANCHI CARLA")
    assert under is not None
    assert over is not None
    assert beyond is not None
    assert under.split.small == ((1, 5),)
    assert ("amount_nearly", {"cents": 5}) in over.reasons
    assert over.split.small == beyond.split.small == ()


def test_claims_are_not_named_by_the_number_that_they_share_with_their_invoice() -> None:
    claim = Item(9, 9, CARLA, "INT 2026/000123", DUE, 3_00, kind="interest", of_invoice_id=1)
    book = Book([*items(), claim], PEOPLE)
    [found] = candidates(book, Line(1, 50_00, remittance="FATTURA 2026/000123"))
    assert found.split.parts == ((1, 50_00),)
    by_law = Book([*items(), claim], PEOPLE, rule=Rule(BY_LAW))
    [found] = candidates(by_law, Line(1, 50_00, remittance="FATTURA 2026/000123"))
    assert found.split.parts == ((9, 3_00), (1, 47_00))
