# SPDX-License-Identifier: Apache-2.0
"""Questions ready made are answered as Django answers them anew, whoever asks and whatever they are given."""

import datetime as dt
from typing import Any

import pytest
from django.db.models import F, Model, Prefetch, QuerySet
from django.test import Client as Browser
from django.utils.translation import gettext, override

from ascolto.domain.access import prepared
from ascolto.domain.access.models import Client, User
from ascolto.domain.access.prepared import asked, how_many
from ascolto.domain.access.viewer import Viewer, visible
from ascolto.domain.portfolio import sizes
from ascolto.domain.portfolio.models import Customer
from ascolto.domain.records import clock
from tests.web.test_pages_at_scale import LISTS, TODAY, grow

CUSTOMER = ("", "fatture/", "incassi/", "accordi/", "pratiche/", "documenti/", "recapiti/")


def whole(row: Any) -> Any:
    """Everything that a row tells, what was fetched beside it too."""
    if not isinstance(row, Model):
        return row
    beside = {name: whole(value) for name, value in row._state.fields_cache.items()}
    return type(row), {k: v for k, v in row.__dict__.items() if k != "_state"}, beside


@pytest.fixture
def compared(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every question of the test is asked a second time the slow way; the names of those that had rows."""
    names: list[str] = []
    quick = prepared._Question.answer

    def both(question: Any, given: Any) -> list[Any]:
        rows = quick(question, given)
        one, other = list(map(whole, rows)), list(map(whole, question.make(*given)))
        if not question.rows.ordered:  # the database gives them as it likes
            one, other = sorted(one, key=repr), sorted(other, key=repr)
        assert one == other, question.sql
        names.extend([question.sql] if rows else [])
        return rows

    monkeypatch.setattr(prepared._Question, "answer", both)
    return names


@pytest.mark.parametrize("large", [False, True])
def test_on_every_page_whoever_looks(
    client: Browser, acqua: Client, ada: User, bruno: User, dario: User, compared: list[str], large: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    grow(acqua, 0, 12)
    if large:
        monkeypatch.setattr(sizes, "LARGE", 3)
    one, other = Customer.objects.all()[:2]
    pages = [*LISTS, "/?operator=all", "/clienti/?q=rossi+1", "/clienti/?q=carla@x.test"]
    pages += [f"/clienti/{who.pk}/{tab}" for who in (one, other) for tab in CUSTOMER]
    for user in (bruno, ada, dario):
        client.force_login(user)
        for page in pages:
            client.get(page)
    assert len(set(compared)) > 30


def _named(viewer: Viewer, name: str, pk: int) -> QuerySet[Customer]:
    return visible(viewer, Customer.objects.filter(name=name, pk=pk)).order_by("pk")


def _some(viewer: Viewer, keys: list[int]) -> QuerySet[Customer]:
    return visible(viewer, Customer.objects.filter(pk__in=keys)).order_by("pk")


def _all(viewer: Viewer) -> QuerySet[Customer]:
    return visible(viewer, Customer.objects.order_by("name"))


def test_each_asks_with_their_own_eyes(carla: Customer, as_ada: Viewer, as_dario: Viewer) -> None:
    assert asked(_named, as_ada, "Carla Bianchi", carla.pk) == [carla]
    assert asked(_named, as_dario, "Carla Bianchi", carla.pk) == []
    assert asked(_named, as_ada, "Carla", carla.pk) == []
    assert (how_many(_all, as_ada), how_many(_all, as_dario)) == (1, 0)


def test_any_number_of_keys_is_asked_for(carla: Customer, as_ada: Viewer) -> None:
    for keys in (
        [],
        [carla.pk],
        [carla.pk, 7_000],
        [*range(10_000, 10_013), carla.pk],
        [*range(10_000, 11_500), carla.pk],
    ):
        assert asked(_some, as_ada, keys) == ([carla] if keys else [])


def test_a_number_that_no_database_has_finds_nothing(carla: Customer, as_ada: Viewer) -> None:
    assert asked(_named, as_ada, carla.name, 10**30) == []


def test_who_belongs_to_no_client_sees_nothing(carla: Customer) -> None:
    nobody = Viewer(name="nobody", roles={})
    assert asked(_some, nobody, [carla.pk]) == []
    assert how_many(_all, nobody) == 0


def _reckons(day: dt.date) -> QuerySet[Customer]:
    return Customer.objects.filter(decisions__decided_on=day - dt.timedelta(days=1))


def _looks_at_the_clock(pk: int) -> QuerySet[Customer]:
    return Customer.objects.filter(pk=pk, decisions__decided_on=clock.today())


def _translates(pk: int) -> QuerySet[Customer]:
    return Customer.objects.filter(pk=pk, city=gettext("Customers"))


def _forgets(viewer: Viewer, pk: int) -> QuerySet[Customer]:
    return Customer.objects.filter(pk=pk)


def _narrow(hour: int) -> QuerySet[Customer]:
    return Customer.objects.filter(decisions__best_hour=hour)


def _peeks(pk: int) -> QuerySet[Customer]:
    rows = Customer.objects.filter(pk=pk)
    return rows.filter(number=F("name")) if pk < 2_050_000_000 else rows


def _beside(viewer: Viewer, pk: int) -> QuerySet[Customer]:
    points = Prefetch("contact_points", to_attr="points")
    return visible(viewer, Customer.objects.filter(pk=pk)).prefetch_related(points)


def test_a_question_that_cannot_be_kept_is_refused(as_ada: Viewer) -> None:
    with pytest.raises(TypeError, match="reckons"):
        asked(_reckons, TODAY)
    with pytest.raises(TypeError, match="the day"):
        asked(_looks_at_the_clock, 1)
    with pytest.raises(TypeError, match="the language"), override("it"):
        asked(_translates, 1)
    with pytest.raises(TypeError, match="does not ask for all"):
        asked(_forgets, as_ada, 1)
    with pytest.raises(TypeError, match="depends on"):
        asked(_peeks, 1)
    with pytest.raises(TypeError, match="a question of its own"):
        asked(_beside, as_ada, 1)
    with pytest.raises(TypeError, match="by name"):
        asked(_peeks, True)


@pytest.mark.only_on("postgresql")  # which knows how much a column holds
def test_a_column_too_narrow_for_a_mark_is_told(carla: Customer) -> None:
    with pytest.raises(TypeError, match="nothing can answer"):
        asked(_narrow, 9)


def test_ever_new_shapes_do_not_fill_the_memory(
    carla: Customer, as_ada: Viewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prepared, "_kept", {})
    monkeypatch.setattr(prepared, "MOST_KEPT", 5)
    for most in range(1, 20):
        assert asked(_some, as_ada, [carla.pk], most=most) == [carla]
    assert len(prepared._kept) <= 5
