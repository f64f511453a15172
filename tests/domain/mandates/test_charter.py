# SPDX-License-Identifier: Apache-2.0
"""The charter in force on a day, and agreeing a new one."""

import datetime as dt
from typing import Any

import pytest

from ascolto.domain.access.models import Client
from ascolto.domain.mandates.actions import agree_charter
from ascolto.domain.mandates.models import Mandate
from ascolto.domain.mandates.queries import charter_of
from ascolto.domain.records.errors import Refused
from ascolto.domain.records.models import TrailEntry


@pytest.mark.parametrize(
    ("as_of", "charter"),
    [
        (dt.date(2025, 12, 31), {}),
        (dt.date(2026, 1, 1), {"max_tone": 3}),
        (dt.date(2026, 6, 30), {"max_tone": 3}),
        (dt.date(2026, 7, 1), {"max_tone": 4}),
        (dt.date(2026, 9, 1), {"max_tone": 4}),  # the mandate that nobody signed binds nobody
    ],
)
def test_the_signed_mandate_in_force_speaks(
    acqua: Client, altrove: Client, as_of: dt.date, charter: dict[str, int]
) -> None:
    first, second = dt.date(2026, 1, 1), dt.date(2026, 7, 1)
    Mandate.objects.create(
        client=acqua, starts_on=first, ends_on=dt.date(2026, 6, 30), signed_on=first, charter={"max_tone": 3}
    )
    Mandate.objects.create(client=acqua, starts_on=second, signed_on=second, charter={"max_tone": 4})
    Mandate.objects.create(client=acqua, starts_on=dt.date(2026, 8, 1), charter={"max_tone": 0})
    Mandate.objects.create(client=altrove, starts_on=first, signed_on=first, charter={"max_tone": 1})
    assert charter_of(acqua.pk, as_of) == charter


BY: dict[str, Any] = {"actor": "bruno", "as_of": dt.date(2026, 11, 20), "signed_on": dt.date(2026, 11, 18)}


def refusal(client: Client, rules: dict[str, Any], **said: Any) -> str:
    with pytest.raises(Refused) as no:
        agree_charter(client=client, rules=rules, **{**BY, "signed_by": "Direzione", **said})
    return no.value.code


def test_a_charter_agreed_anew_binds_from_today_and_the_old_one_keeps_its_days(acqua: Client) -> None:
    first = dt.date(2026, 1, 1)
    Mandate.objects.create(
        client=acqua, starts_on=first, ends_on=dt.date(2026, 12, 31), signed_on=first, charter={"max_tone": 3}
    )
    rules = {"max_tone": 2, "channels": [], "phone_from": "", "service": {"answer_days": 20, "late_cents": 4_000}}
    made = agree_charter(client=acqua, rules=rules, signed_by=" Direzione ", **BY)
    assert charter_of(acqua.pk, dt.date(2026, 11, 19)) == {"max_tone": 3}
    kept = {"max_tone": 2, "service": {"answer_days": 20, "late_cents": 4_000}, "version": "2026-11-20"}
    assert charter_of(acqua.pk, dt.date(2026, 11, 20)) == kept
    assert (made.ends_on, made.signed_by) == (dt.date(2026, 12, 31), "Direzione")
    told = TrailEntry.objects.get(verb="charter_agreed").data
    assert (told["from"], told["to"]["max_tone"], told["signed_by"]) == ({"max_tone": 3}, 2, "Direzione")
    again = agree_charter(client=acqua, rules=rules, signed_by="Altri", **BY)
    assert (again.pk, again.signed_by, TrailEntry.objects.count()) == (made.pk, "Direzione", 1), "nothing new was said"
    mended = agree_charter(client=acqua, rules={"max_tone": 1}, signed_by="Direzione", **BY)
    assert (mended.pk, charter_of(acqua.pk, BY["as_of"])["max_tone"]) == (made.pk, 1), "the same day is corrected"


@pytest.mark.parametrize(
    "rules",
    [{"max_tune": 3}, {"max_tone": 6}, {"channels": ["telegraph"]}, {"phone_from": "18:00", "phone_to": "09:00"},
     {"phone_from": "9.00"}, {"no_contact_days": ["12-32"]}, {"no_contact_months": [13]}, {"min_cents": -1},
     {"service": {"late_cents": 100}}, {"service": {"answer_days": 0}}, {"service": {"answer_days": 5, "late_cents": -1}},
     {"legal_share_bp": 10_001}, {"max_contacts_week": -1}],
    ids=str,
)  # fmt: skip
def test_what_no_charter_can_say_is_refused(acqua: Client, rules: dict[str, Any]) -> None:
    assert refusal(acqua, rules) == "charter_unreadable"
    assert refusal(acqua, {}, signed_by=" ") == "not_signed"
    assert refusal(acqua, {}, signed_on=dt.date(2026, 11, 21)) == "in_the_future"
    assert not Mandate.objects.exists()
