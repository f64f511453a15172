# SPDX-License-Identifier: Apache-2.0
"""Mandates: signed, registered once, revoked with a reason, lapsed after 36 months; the client's own codes."""

import datetime as dt

import pytest

from ascolto.domain.access.models import Client
from ascolto.domain.debits.mandates import is_usable, lapses_on, register_mandate, revoke_mandate, set_creditor
from ascolto.domain.debits.models import Creditor, DebitMandate
from ascolto.domain.portfolio.models import Customer
from ascolto.domain.records.errors import Refused
from tests.domain.debits.conftest import BRUNO, CREDITOR, HERS, OWN, TODAY

pytestmark = pytest.mark.django_db


def test_a_mandate_registered_twice_is_one(carla: Customer, mandate: DebitMandate) -> None:
    again = register_mandate(
        customer=carla, iban="it40 s054 2811 1010 0000 0123 456", reference="UMR-1", signed_on=mandate.signed_on,
        actor=BRUNO, as_of=TODAY,
    )  # fmt: skip
    assert (again, DebitMandate.objects.count(), again.holder) == (mandate, 1, "Carla Bianchi")


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        ({"iban": "IT40S0542811101000000123457"}, "iban"),
        ({"reference": "con uno spazio"}, "reference"),
        ({"reference": ""}, "reference"),
        ({"signed_on": TODAY + dt.timedelta(days=1)}, "signed_later"),
        ({"signed_on": dt.date(2023, 11, 19)}, "lapsed"),
        ({"scheme": "B2B"}, "b2b_consumer"),
    ],
)
def test_what_is_no_mandate_is_refused(carla: Customer, wish: dict[str, object], code: str) -> None:
    said = {
        "iban": HERS,
        "reference": "UMR-2",
        "signed_on": dt.date(2026, 1, 1),
        "actor": BRUNO,
        "as_of": TODAY,
        **wish,
    }
    with pytest.raises(Refused) as no:
        register_mandate(customer=carla, **said)  # type: ignore[arg-type]
    assert (no.value.code, DebitMandate.objects.count()) == (code, 0)


def test_one_active_mandate_for_a_customer(carla: Customer, mandate: DebitMandate) -> None:
    with pytest.raises(Refused) as no:
        register_mandate(customer=carla, iban=HERS, reference="UMR-2", signed_on=TODAY, actor=BRUNO, as_of=TODAY)
    assert no.value.code == "has_mandate"
    revoke_mandate(mandate=mandate, why="Ha cambiato banca", actor=BRUNO, as_of=TODAY)
    assert (
        register_mandate(customer=carla, iban=HERS, reference="UMR-2", signed_on=TODAY, actor=BRUNO, as_of=TODAY).state
        == "active"
    )


def test_a_revoked_mandate_says_why_and_is_not_used(mandate: DebitMandate) -> None:
    with pytest.raises(Refused):
        revoke_mandate(mandate=mandate, why=" ", actor=BRUNO, as_of=TODAY)
    ended = revoke_mandate(mandate=mandate, why="Ha cambiato banca", actor=BRUNO, as_of=TODAY)
    assert (ended.state, ended.why, ended.ended_on, is_usable(ended, TODAY)) == (
        "revoked",
        "Ha cambiato banca",
        TODAY,
        False,
    )


def test_it_lapses_36_months_after_its_last_use() -> None:
    mandate = DebitMandate(signed_on=dt.date(2023, 11, 30), state="active")
    assert lapses_on(mandate) == dt.date(2026, 11, 30)
    mandate.last_used_on = dt.date(2024, 2, 29)
    assert lapses_on(mandate) == dt.date(2027, 2, 28)
    assert (is_usable(mandate, dt.date(2027, 2, 28)), is_usable(mandate, dt.date(2027, 3, 1))) == (True, False)


def test_the_creditor_identifier_has_check_digits(acqua: Client) -> None:
    for wrong in ("IT08ZZZ0000001234567897", "ciao", "IT91"):
        with pytest.raises(Refused) as no:
            set_creditor(client=acqua, creditor_id=wrong, iban=OWN, actor=BRUNO)
        assert no.value.code == "creditor_id"
    assert not Creditor.objects.exists()
    set_creditor(client=acqua, creditor_id=CREDITOR, iban=OWN, actor=BRUNO)
    assert Creditor.objects.get().creditor_id == CREDITOR
