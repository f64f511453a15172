# SPDX-License-Identifier: Apache-2.0
"""A conversation is recorded once, in words of the taxonomy, and only when it took place."""

import datetime as dt
from typing import Any

import pytest

from ascolto.domain.access.models import Client, User
from ascolto.domain.outreach.conversations import record_contact
from ascolto.domain.outreach.models import Contact
from ascolto.domain.portfolio.models import Customer
from ascolto.domain.records import clock
from ascolto.domain.records.errors import Refused
from ascolto.domain.records.models import TrailEntry


def call(customer: Customer, **said: Any) -> Contact:
    """Ada's call to the customer a minute ago, with a good end unless told otherwise."""
    usual: dict[str, Any] = {
        "client": customer.client, "customer": customer, "channel": "phone", "direction": "out",
        "outcome": "right_party", "actor": "ada@acqua.test", "at": clock.now() - dt.timedelta(minutes=1),
    }  # fmt: skip
    return record_contact(**{**usual, **said})


def test_a_call_is_in_the_log_with_its_reason_and_in_the_trail(carla: Customer, ada: User) -> None:
    contact = call(
        carla, operator_id=ada.pk, person="Carla", reason="temporary_difficulty", reason_detail="illness",
        emotion="worried",
        solution="new_date", stages=["welcome", "listen"], note=" Paga a fine mese ", duration_seconds=140,
    )  # fmt: skip
    contact.refresh_from_db()
    assert (contact.human, contact.operator, contact.on_date) == (True, ada, dt.date(2026, 11, 20))
    assert (contact.reason, contact.fault, contact.note) == (
        "temporary_difficulty",
        "nobody",
        "Paga a fine mese",
    )
    assert TrailEntry.objects.get(verb="contact_recorded").subject_id == contact.pk


@pytest.mark.parametrize(
    ("reason", "said_fault", "kept_fault"),
    [
        ("lost_invoice", "", "ours"),
        ("forgot", "", "theirs"),
        ("dispute", "", "nobody"),
        ("forgot", "ours", "ours"),  # the person on the phone knows better than the taxonomy
    ],
)
def test_the_fault_follows_the_reason_unless_somebody_says_otherwise(
    carla: Customer, reason: str, said_fault: str, kept_fault: str
) -> None:
    assert call(carla, reason=reason, fault=said_fault).fault == kept_fault


def test_the_same_form_twice_is_one_call(carla: Customer) -> None:
    first = call(carla, idempotency_key="form-1", note="una volta")
    again = call(carla, idempotency_key="form-1", note="una volta")
    assert again == first
    assert Contact.objects.count() == 1
    assert TrailEntry.objects.count() == 1


def test_the_same_key_with_other_words_is_an_error(carla: Customer) -> None:
    call(carla, idempotency_key="form-1", note="una volta")
    with pytest.raises(Refused) as no:
        call(carla, idempotency_key="form-1", note="un'altra cosa")
    assert no.value.code == "key_reused"


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"outcome": "shouted"}, "unknown_word"),
        ({"channel": "pigeon"}, "unknown_word"),
        ({"reason": "bad_person"}, "unknown_word"),
        ({"emotion": "evil"}, "unknown_word"),
        ({"stages": ["welcome", "threaten"]}, "unknown_word"),
        ({"reason": "forgot", "reason_detail": "billing"}, "detail_of_another_reason"),
        ({"reason_detail": "billing"}, "detail_of_another_reason"),
        ({"outcome": "no_answer", "reason": "forgot"}, "no_conversation"),
        ({"outcome": "voicemail", "emotion": "angry"}, "no_conversation"),
        ({"next_step": "call_back", "next_on": dt.date(2026, 11, 19)}, "next_in_the_past"),
        ({"at": dt.datetime(2026, 11, 20, 10, 1, tzinfo=clock.ROME)}, "in_the_future"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_written(carla: Customer, said: dict[str, Any], code: str) -> None:
    with pytest.raises(Refused) as no:
        call(carla, **said)
    assert no.value.code == code
    assert not Contact.objects.exists()
    assert not TrailEntry.objects.exists()


def test_a_call_cannot_land_at_another_client(carla: Customer, altrove: Client) -> None:
    with pytest.raises(Refused) as no:
        call(carla, client=altrove)
    assert no.value.code == "not_of_client"


def test_midnight_is_romes(carla: Customer) -> None:
    late = dt.datetime(2026, 11, 18, 23, 30, tzinfo=dt.UTC)  # 00:30 of the 19th in Rome
    assert call(carla, at=late).on_date == dt.date(2026, 11, 19)
