# SPDX-License-Identifier: Apache-2.0
"""The list to call: the database keeps the decisions that a person carries out, and exactly those."""

import datetime as dt
from collections import Counter
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ascolto.domain.access.models import Client, User
from ascolto.domain.access.viewer import Viewer
from ascolto.domain.portfolio.models import Customer
from ascolto.domain.strategy import calling, worklist
from ascolto.domain.strategy.check import verdicts
from ascolto.domain.strategy.models import Decision, ToCall
from tests.web.test_worklist import decided

FRIDAY = dt.date(2026, 11, 20)
DEEDS = st.lists(
    st.tuples(
        st.sampled_from(["decide", "supersede", "change", "again", "move", "hand over", "forget"]), st.integers(0, 5)
    ),
    max_size=10,
)
ANSWERS = (
    {}, {"channel": "visit", "step": "promise_broken"}, {"channel": "letter"}, {"answer": "wait", "rule": "hold"},
    {"answer": "blocked"}, {"priority": 900, "tone": None, "oldest_due_on": None, "best_hour": 9, "until_on": FRIDAY},
)  # fmt: skip
COLUMNS = ("pk", "client_id", "customer_id", "step", "segment", "rule", "tone", "priority", "overdue_cents", "balance_cents",
           "oldest_due_on", "best_hour", "until_on")  # fmt: skip


def kept() -> set[Any]:
    return set(ToCall.objects.values_list(*COLUMNS, "operator_id", "city", "promise_broken"))


def asked_of_every_decision() -> set[Any]:
    """The slow twin: each answer in force that says to speak with somebody, with what its customer says today."""
    return {
        (*(getattr(one, name) for name in COLUMNS), one.customer.operator_id, one.customer.city,
         int(one.step == "promise_broken"))
        for one in Decision.objects.select_related("customer")
        if one.superseded_on is None and one.answer == "act" and one.channel in ("phone", "visit")
    }  # fmt: skip


@pytest.mark.django_db
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(deeds=DEEDS)
def test_whatever_is_done_the_list_is_that_of_the_decisions(
    acqua: Client, ada: User, deeds: list[tuple[str, int]]
) -> None:
    with transaction.atomic():
        for n, (deed, pick) in enumerate(deeds):
            _do(deed, n, pick, acqua, ada)
            assert kept() == asked_of_every_decision()
        calling.fill(connection)
        assert kept() == asked_of_every_decision()
        transaction.set_rollback(True)


def _do(deed: str, n: int, pick: int, client: Client, operator: User) -> None:
    decisions = Decision.objects.order_by("pk")
    one = decisions[pick : pick + 1].first()
    if deed == "decide":
        decided(client, f"Carla {n}", city="Lecco", **ANSWERS[pick])
    elif one is None:
        return
    elif deed == "supersede":
        decisions.filter(customer=one.customer, superseded_on=None).update(superseded_on=FRIDAY)
    elif deed == "change":
        decisions.filter(pk=one.pk).update(channel="visit" if one.channel == "phone" else "phone", overdue_cents=n)
    elif deed == "again":
        decisions.filter(customer=one.customer, superseded_on=None).update(superseded_on=FRIDAY)
        one.pk, one.superseded_on = None, None
        one.save()
    elif deed == "move":
        Customer.objects.filter(pk=one.customer_id).update(city=f"Como {n}")
    elif deed == "hand over":
        Customer.objects.filter(pk=one.customer_id).update(operator=operator if n % 2 else None)
    else:
        decisions.filter(pk=one.pk).delete()


@pytest.mark.parametrize(
    "wanted",
    [{}, {"operator": "mine"}, {"operator": "none"}, {"step": "visit"}, {"city": "Lecco"}, {"tone": "2"}, {"text": "carla 1"},
     {"amount": "medium"}],
)  # fmt: skip
def test_narrowed_the_small_table_gives_what_the_decisions_give(
    acqua: Client, ada: User, as_ada: Viewer, wanted: dict[str, str]
) -> None:
    for n in range(8):
        more = {"city": ("Lecco", "Como")[n % 2], "operator": ada if n % 3 else None}
        decided(acqua, f"Carla {n}", step=("call", "visit")[n % 2], tone=n % 3, overdue_cents=5_000 * n, **more)
    asked = worklist.Wanted(**wanted)
    quick = worklist.narrowed(worklist.listed(as_ada, "call", FRIDAY), as_ada, asked)
    slow = worklist.narrowed(worklist.work_list(as_ada, "call", FRIDAY), as_ada, asked)
    assert set(quick.values_list("pk", flat=True)) == set(slow.values_list("pk", flat=True)) != set()
    assert worklist.totals(quick) == worklist.totals(slow)


@pytest.mark.parametrize("operator", ["all", "mine", "none"])
def test_surveyed_it_tells_what_the_decisions_tell(
    acqua: Client, ada: User, as_ada: Viewer, as_dario: Viewer, operator: str
) -> None:
    for n in range(8):
        more = {"city": ("Lecco", "")[n % 2], "operator": ada if n % 3 else None}
        decided(acqua, f"Carla {n}", step=("call", "visit")[n % 2], overdue_cents=5_000 * n, **more)
    found = worklist.survey(as_ada, "call", operator, FRIDAY)
    asked = worklist.Wanted(operator=operator)
    rows = list(worklist.narrowed(worklist.work_list(as_ada, "call", FRIDAY), as_ada, asked))
    assert (found.count, found.overdue) == (len(rows), sum(row.overdue_cents for row in rows)) != (0, 0)
    assert found.options["step"] == sorted(Counter(row.step for row in rows).items())
    assert found.options["city"] == [("Lecco", sum(row.customer.city == "Lecco" for row in rows))]
    assert worklist.survey(as_dario, "call", operator, FRIDAY).count == 0


def test_a_strangers_calls_are_not_in_it(acqua: Client, as_dario: Viewer) -> None:
    decided(acqua, "Carla")
    assert not worklist.listed(as_dario, "call", FRIDAY).exists()


def problems(client: Client) -> list[str]:
    """Whatever `ascolto check` says of the client's decisions."""
    return [problem for _words, found in verdicts([client.pk]) for problem in found]


def test_a_list_that_was_written_by_hand_is_told(acqua: Client) -> None:
    decision = decided(acqua, "Carla")
    assert problems(acqua) == []
    ToCall.objects.filter(pk=decision.pk).update(priority=1)
    [problem] = problems(acqua)
    assert str(decision.pk) in problem


def test_a_trigger_that_is_gone_is_told(acqua: Client) -> None:
    calling.remove(connection)
    assert len(problems(acqua)) == len(calling.TRIGGERS)
    calling.install(connection)
    assert problems(acqua) == []


def test_a_new_row_is_never_read_again() -> None:
    """On its first night PostgreSQL does not know how much was written: it would walk it all for every call."""
    assert all("FROM strategy_decision" not in does for _event, _when, does in calling.TRIGGERS.values())
