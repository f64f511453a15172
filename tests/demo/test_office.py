# SPDX-License-Identifier: Apache-2.0
"""What the credit office of the demo does beside the telephone, in a small world of the firm that maintains lifts."""

from datetime import date
from pathlib import Path

import pytest
from stdnum.eu import at_02

from ascolto.demo import story
from ascolto.demo.clients import LIFTS, UTILITY
from ascolto.demo.office import creditor_id
from ascolto.demo.world import World
from ascolto.domain.access.models import Client
from ascolto.domain.agreements.models import Plan, Promise
from ascolto.domain.debits.models import CollectionOrder, DebitMandate
from ascolto.domain.intake.models import StagedProblem
from ascolto.domain.ledger.check import problems
from ascolto.domain.ledger.models import BankStatement, Charge


@pytest.mark.django_db
def test_interest_is_charged_a_plan_bears_it_and_the_bank_sends_a_spreadsheet(tmp_path: Path) -> None:
    world = World(
        home=tmp_path, sizes={"salita": 60}, first=date(2026, 5, 4), mandate_from=date(2026, 9, 14),
        daily_from=date(2026, 11, 19),
    )  # fmt: skip
    [life] = story.live(world)
    client = Client.objects.get(slug="salita")
    assert problems([client.pk]) == []
    charges = Charge.objects.filter(client=client)
    assert {charge.reckoned_on <= date(2026, 10, 12) for charge in charges} == {True}
    assert all(row["article"] and row["source"] for charge in charges for row in charge.rows)
    plan = Plan.objects.get(client=client, interest_cents__gt=0)
    assert (plan.status, plan.accepted_how, plan.proof is not None) == ("active", "pec", True)
    assert set(Promise.objects.filter(contact=None).values_list("channel", flat=True)) == {"pec", "sales"}
    lists = list((tmp_path / "demo" / "salita").glob("*/movimenti_*.csv"))
    assert lists
    assert LIFTS.iban.encode() in lists[0].read_bytes()
    latest = BankStatement.objects.filter(client=client).order_by("-closing_on").first()
    assert latest is not None
    assert latest.closing_cents == life.balance_cents, "the spreadsheets chain with what came before"
    assert not StagedProblem.objects.filter(client=client, file_name__startswith="movimenti").exists()


@pytest.mark.django_db
def test_mandates_are_kept_and_a_file_leaves_on_the_last_morning(tmp_path: Path) -> None:
    world = World(
        home=tmp_path, sizes={"valverde": 60}, first=date(2026, 10, 5), mandate_from=date(2026, 11, 16),
        daily_from=date(2026, 11, 19),
    )  # fmt: skip
    story.live(world)
    assert DebitMandate.objects.filter(state="revoked").count() == 1
    assert DebitMandate.objects.filter(state="active").count() > 1
    assert CollectionOrder.objects.filter(state="presented").exists()


def test_the_creditor_identifiers_are_valid() -> None:
    assert at_02.is_valid(creditor_id(UTILITY.vat))
