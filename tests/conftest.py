# SPDX-License-Identifier: Apache-2.0
"""The cast and the stage: Ada the operator, Bruno the credit manager, Carla the customer, Dario of another client."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import TransactionTestCase
from hypothesis import settings

from ascolto.config.catalogues import compile_catalogues
from ascolto.domain.access.models import Client, Membership, User
from ascolto.domain.access.viewer import Viewer, viewer_of
from ascolto.domain.ledger import guards
from ascolto.domain.outreach import guards as outreach_guards
from ascolto.domain.portfolio.indexing import note_customers
from ascolto.domain.portfolio.models import ContactPoint, Customer
from ascolto.domain.records import clock
from ascolto.domain.strategy import rewritten
from tests.sparks import apache_spark, sail, why_no_spark

__all__ = ["apache_spark", "sail"]  # fixtures of every folder
compile_catalogues()
settings.register_profile("house", deadline=None)  # nothing in the tests goes by the clock
settings.load_profile("house")
FRIDAY = dt.date(2026, 11, 20)

_flush = TransactionTestCase._fixture_teardown


def _flush_without_guards(self: TransactionTestCase) -> None:
    """Emptying the tables between transactional tests is the one DELETE the ledger's guards must let pass."""
    guards.remove(connection)
    guards.remove_later(connection)
    guards.remove_latest(connection)
    outreach_guards.remove(connection)
    rewritten.remove(connection)
    try:
        _flush(self)
    finally:
        guards.install(connection)
        guards.install_later(connection)
        guards.install_latest(connection)
        outreach_guards.install(connection)
        rewritten.install(connection)


TransactionTestCase._fixture_teardown = _flush_without_guards  # type: ignore[method-assign]

LONG = ("e2e", "scenarios", "demo")
"""The folders of the long tests: they start first, so that no worker is left with one when the others have ended."""

NO_SPARK = why_no_spark()
collect_ignore = ["engine/test_apache_spark.py"] if NO_SPARK else []


def pytest_terminal_summary(terminalreporter: Any) -> None:
    if NO_SPARK:
        terminalreporter.write_line(f"Apache Spark was not tried: {NO_SPARK}. Its one test was not collected.")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items[:] = [item for item in items if _is_for_this_database(item)]
    items.sort(key=lambda item: not any(f"tests/{folder}/" in item.nodeid for folder in LONG))


def _is_for_this_database(item: pytest.Item) -> bool:
    """What can only be said of one database is not asked of the other: nothing is skipped."""
    mark = item.get_closest_marker("only_on")
    return mark is None or connection.vendor == mark.args[0]


@pytest.fixture(autouse=True)
def the_clock_stands() -> Iterator[None]:
    """Every test happens on Friday 20 November 2026 at ten, unless it says otherwise."""
    with clock.frozen(FRIDAY):
        yield


@pytest.fixture(autouse=True)
def fast_passwords(settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def acqua(db: None) -> Client:
    """A multi-utility: the client for which Ada and Bruno work."""
    return Client.objects.create(
        slug="acqua",
        name="Acqua e Luce S.p.A.",
        sector="utility",
        vat="IT01234567897",
        iban="IT60X0542811101000000123456",
        phone="800 123 456",
        email="crediti@acqua.test",
        address="Via Roma 1, 20121 Milano",
    )


@pytest.fixture
def altrove(db: None) -> Client:
    """Another client, for which Dario works; nobody at Acqua may ever see it."""
    return Client.objects.create(slug="altrove", name="Altrove S.r.l.", sector="b2b_services")


def _person(email: str, name: str, client: Client, role: str) -> User:
    user = User.objects.create_user(email, "una-parola-lunga", name=name)
    Membership.objects.create(user=user, client=client, role=role)
    return user


@pytest.fixture
def ada(acqua: Client) -> User:
    return _person("ada@acqua.test", "Ada Operatrice", acqua, "operator")


@pytest.fixture
def bruno(acqua: Client) -> User:
    return _person("bruno@acqua.test", "Bruno Responsabile", acqua, "credit_manager")


@pytest.fixture
def dario(altrove: Client) -> User:
    return _person("dario@altrove.test", "Dario D'Altrove", altrove, "credit_manager")


@pytest.fixture
def as_ada(ada: User) -> Viewer:
    return viewer_of(ada, FRIDAY)


@pytest.fixture
def as_bruno(bruno: User) -> Viewer:
    return viewer_of(bruno, FRIDAY)


@pytest.fixture
def as_dario(dario: User) -> Viewer:
    return viewer_of(dario, FRIDAY)


@pytest.fixture
def carla(acqua: Client) -> Customer:
    """A household customer of Acqua with an e-mail address, a phone number and a home."""
    customer = Customer.objects.create(
        client=acqua,
        number="C001",
        name="Carla Bianchi",
        search_name="carla bianchi",
        kind="consumer",
        tax_code="BNCCRL80A41F205X",
        street="Via Verdi 5",
        postcode="20123",
        city="Milano",
        province="MI",
    )
    for channel, value in (
        ("email", "carla@example.test"),
        ("phone", "+39021234567"),
        ("letter", "Via Verdi 5, 20123 Milano MI"),
    ):
        ContactPoint.objects.create(client=acqua, customer=customer, channel=channel, value=value)
    note_customers(acqua.pk, [customer.pk])
    return customer
