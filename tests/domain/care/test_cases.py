# SPDX-License-Identifier: Apache-2.0
"""Disputes, complaints and requests open with a clock and close with an outcome."""

import datetime as dt
from typing import Any

import pytest

from ascolto.domain.access.models import Client
from ascolto.domain.access.viewer import Viewer
from ascolto.domain.care.actions import close_case, open_case
from ascolto.domain.care.models import CareCase
from ascolto.domain.care.queries import cases_of, open_cases
from ascolto.domain.portfolio.models import Customer, Invoice
from ascolto.domain.records.errors import Refused

TODAY = dt.date(2026, 11, 20)


@pytest.fixture
def bill(carla: Customer) -> Invoice:
    return Invoice.objects.create(
        client=carla.client,
        customer=carla,
        number="F1",
        issued_on=dt.date(2026, 9, 1),
        total_cents=12_200,
        payable_cents=12_200,
    )


def opened(customer: Customer, **said: Any) -> CareCase:
    usual: dict[str, Any] = {
        "kind": "complaint",
        "reason": "Il tecnico non è venuto",
        "actor": "ada",
        "as_of": TODAY,
    }
    return open_case(client=customer.client, customer=customer, **{**usual, **said})


def test_a_complaint_has_thirty_days(carla: Customer) -> None:
    case = opened(carla)
    assert (case.deadline_on, case.disputed_cents) == (dt.date(2026, 12, 20), 0)


def test_a_dispute_contests_the_whole_invoice_or_the_part_named(carla: Customer, bill: Invoice) -> None:
    part = opened(carla, kind="dispute", invoice=bill, disputed_cents=5_000)
    assert part.disputed_cents == 5_000
    close_case(case=part, outcome="Nota di credito", actor="ada", as_of=TODAY)
    assert opened(carla, kind="dispute", invoice=bill).disputed_cents == 12_200


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"kind": "quarrel"}, "unknown_kind"),
        ({"reason": "  "}, "no_reason"),
        ({"kind": "dispute"}, "no_invoice"),
        ({"deadline_on": dt.date(2026, 11, 19)}, "deadline_in_the_past"),
    ],
)
def test_what_cannot_be_is_refused(carla: Customer, said: dict[str, Any], code: str) -> None:
    with pytest.raises(Refused) as no:
        opened(carla, **said)
    assert no.value.code == code
    assert not CareCase.objects.exists()


def test_an_invoice_is_disputed_once_and_not_beyond_its_amount(carla: Customer, bill: Invoice) -> None:
    with pytest.raises(Refused) as beyond:
        opened(carla, kind="dispute", invoice=bill, disputed_cents=12_201)
    opened(carla, kind="dispute", invoice=bill)
    with pytest.raises(Refused) as twice:
        opened(carla, kind="dispute", invoice=bill)
    assert (beyond.value.code, twice.value.code) == ("beyond_the_invoice", "open_already")


def test_the_invoice_of_somebody_else_is_refused(carla: Customer, bill: Invoice) -> None:
    other = Customer.objects.create(client=carla.client, number="C2", name="Altra", search_name="altra")
    with pytest.raises(Refused) as no:
        opened(other, kind="dispute", invoice=bill)
    assert no.value.code == "not_of_customer"


def test_a_case_closes_once_with_words(carla: Customer) -> None:
    case = opened(carla)
    with pytest.raises(Refused) as wordless:
        close_case(case=case, outcome="", actor="ada", as_of=TODAY)
    close_case(case=case, outcome="Scuse e nuovo appuntamento", actor="ada", as_of=TODAY)
    with pytest.raises(Refused) as twice:
        close_case(case=case, outcome="Ancora", actor="ada", as_of=TODAY)
    assert (wordless.value.code, twice.value.code) == ("no_outcome", "closed_already")


def test_dario_sees_none_of_it(carla: Customer, as_ada: Viewer, as_dario: Viewer, altrove: Client) -> None:
    opened(carla)
    assert [open_cases(as_ada).count(), cases_of(as_ada, carla.pk).count()] == [1, 1]
    assert [open_cases(as_dario).count(), cases_of(as_dario, carla.pk).count()] == [0, 0]
