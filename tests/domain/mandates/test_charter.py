# SPDX-License-Identifier: Apache-2.0
"""The charter in force on a day."""

import datetime as dt

import pytest

from ascolto.domain.access.models import Client
from ascolto.domain.mandates.models import Mandate
from ascolto.domain.mandates.queries import charter_of


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
