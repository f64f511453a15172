# SPDX-License-Identifier: Apache-2.0
"""What the bank takes back: the payment is undone, the debt is open again, and the reason is said."""

import datetime as dt
from typing import Any

import pytest
from django.utils import translation

from ascolto.domain.access.models import Client
from ascolto.domain.ledger.cash import apply_cash
from ascolto.domain.ledger.check import problems
from ascolto.domain.ledger.models import BankLine, LineAside, Payment
from ascolto.domain.ledger.statements import EntryIn, StatementIn, content_sha
from ascolto.domain.ledger.sums import unmatched
from ascolto.domain.portfolio.models import Customer
from ascolto.engine.reading import PolicyError
from ascolto.policies import load_bank

FRIDAY = dt.date(2026, 11, 20)
BY = {"actor": "system:day", "as_of": FRIDAY}


def paid(acqua: Client, carla: Customer, bill: Any, bank: Any, e2e: str = "") -> Any:
    """Carla's invoice, settled by a line of the bank."""
    item = bill(carla, "2026/000123", 50_00)
    bank({"cents": 50_00, "text": "SALDO FATTURA 2026/000123", "e2e": e2e, "on": "2026-11-16"})
    assert apply_cash(client=acqua, **BY).settled == 1
    return item


@pytest.mark.parametrize(
    ("returned", "reason"),
    [
        ({"e2e": "E2E-1", "code": "AM04"}, "Returned by the bank: insufficient funds (AM04)"),
        ({"text": "INSOLUTO FATT. 2026/000123", "code": ""}, "Returned by the bank, no reason given"),
    ],
)
def test_a_return_undoes_its_payment_and_opens_the_debt_again(
    acqua: Client, carla: Customer, bill: Any, bank: Any, balance: Any, returned: dict[str, Any], reason: str
) -> None:
    item = paid(acqua, carla, bill, bank, "E2E-1")
    bank({"cents": -50_00, **returned})
    with translation.override("en"):
        report = apply_cash(client=acqua, **BY)
    assert (report.settled, report.customer_ids, balance(item)) == (0, (carla.pk,), 50_00)
    twin = Payment.objects.get(amount_cents=-50_00)
    assert (twin.paid_on, twin.reason) == (dt.date(2026, 11, 19), reason)
    assert set(LineAside.objects.values_list("reason", flat=True)) == {reason}
    assert (unmatched(BankLine.objects.all()).count(), problems([acqua.pk])) == (0, [])
    before = Payment.objects.count(), LineAside.objects.count()
    assert apply_cash(client=acqua, **BY).customer_ids == ()
    assert (Payment.objects.count(), LineAside.objects.count()) == before


WAITS = [
    pytest.param({"cents": -50_00, "e2e": "OTHER", "code": "AM04"}, id="another reference"),
    pytest.param({"cents": -50_00, "text": "2026/0001234", "code": "AM04"}, id="a longer number"),
    pytest.param({"cents": -51_00, "e2e": "E2E-1", "code": "AM04"}, id="another amount"),
    pytest.param({"cents": -50_00, "e2e": "E2E-1", "code": "ZZ99"}, id="an unknown reason"),
    pytest.param({"cents": -50_00, "e2e": "E2E-1", "on": "2026-11-10", "code": "AM04"}, id="before the payment"),
    pytest.param({"cents": -50_00, "e2e": "E2E-1", "currency": "USD", "code": "AM04"}, id="another currency"),
    pytest.param({"cents": -50_00, "e2e": "E2E-1", "code": None}, id="no return at all"),
]


@pytest.mark.parametrize("line", WAITS)
def test_what_is_not_sure_waits_for_a_person(
    acqua: Client, carla: Customer, bill: Any, bank: Any, balance: Any, line: dict[str, Any]
) -> None:
    item = paid(acqua, carla, bill, bank, "E2E-1")
    [waiting] = bank(line)
    assert apply_cash(client=acqua, **BY).customer_ids == ()
    assert (balance(item), list(unmatched(BankLine.objects.filter(amount_cents__lt=0)))) == (0, [waiting])


def test_one_return_takes_back_one_of_two_equal_payments_only_when_it_says_which(
    acqua: Client, carla: Customer, bill: Any, bank: Any
) -> None:
    for number, e2e in (("2026/000123", "E2E-1"), ("2026/000124", "E2E-2")):
        bill(carla, number, 50_00)
        bank({"cents": 50_00, "text": f"FATTURA {number}", "e2e": e2e, "on": "2026-11-16"})
    apply_cash(client=acqua, **BY)
    bank({"cents": -50_00, "e2e": "E2E-2", "code": "MD06"}, {"cents": -50_00, "code": "MD06"})
    apply_cash(client=acqua, **BY)
    [undone] = Payment.objects.filter(reversed_by__isnull=False)
    assert undone.bank_line is not None
    assert undone.bank_line.end_to_end_id == "E2E-2"


def test_a_payment_of_another_client_is_never_taken_back(
    acqua: Client, altrove: Client, carla: Customer, bill: Any, bank: Any, balance: Any
) -> None:
    item = paid(acqua, carla, bill, bank, "E2E-1")
    bank({"cents": -50_00, "e2e": "E2E-1", "code": "AM04"}, client=altrove)
    assert apply_cash(client=altrove, **BY).customer_ids == ()
    assert balance(item) == 0


def test_the_mark_of_a_statement_does_not_hang_on_the_return_code() -> None:
    def mark(code: str | None) -> str:
        entry = EntryIn(booked_on=FRIDAY, amount_cents=-1, return_code=code)
        return content_sha(StatementIn("I", "1", "EUR", None, None, None, None, (entry,)))

    assert mark(None) == mark("AM04")


def test_every_code_has_its_words_and_a_doubtful_table_is_refused(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for row in load_bank.return_codes().values():
        assert row.words("it")
        assert row.words("en")
        assert row.confidence in {"SRC", "SRC2", "MIX", "MEM"}
    row_text = '[[row]]\ncode = "X"\nen = "a"\nit = "b"\nfollows = "{}"\nsource = ""\nconfidence = "MEM"\n'
    (tmp_path / "bank").mkdir()
    monkeypatch.setattr(load_bank, "__file__", str(tmp_path / "load_bank.py"))
    for rows in (row_text.format("dance"), row_text.format("retry") * 2):
        (tmp_path / "bank" / "return_codes.toml").write_text("version = 2026-11-22\n" + rows)
        with pytest.raises(PolicyError):
            load_bank.return_codes.__wrapped__()
