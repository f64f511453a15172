# SPDX-License-Identifier: Apache-2.0
"""A customer is found by whatever the person on the phone says."""

import datetime as dt

import pytest

from ascolto.domain.access.models import Client
from ascolto.domain.access.viewer import Viewer
from ascolto.domain.portfolio.indexing import rebuild
from ascolto.domain.portfolio.models import Account, Customer, Invoice
from ascolto.domain.portfolio.search import find_customers, fold


@pytest.fixture
def known(carla: Customer, altrove: Client) -> Customer:
    Customer.objects.create(
        client=carla.client,
        number="C002",
        name="Bianchini S.r.l.",
        search_name="bianchini s.r.l.",
        vat="IT01234567897",
    )
    Customer.objects.create(client=altrove, number="C001", name="Carla Bianchi", search_name="carla bianchi")
    for client in (carla.client, altrove):
        rebuild(client.pk)
    Account.objects.create(client=carla.client, customer=carla, number="POD-77")
    Invoice.objects.create(
        client=carla.client,
        customer=carla,
        number="2026/123",
        issued_on=dt.date(2026, 11, 1),
        total_cents=1,
        payable_cents=1,
    )
    return carla


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("bianchi", ["C002", "C001"]),  # a name that begins so stands first
        ("BIANCHI Carla", ["C001"]),  # words in any order
        ("c001", ["C001"]),
        ("BNCCRL80A41F205X", ["C001"]),
        ("01234567897", ["C002"]),  # a VAT number without its country
        ("2026/123", ["C001"]),
        ("POD-77", ["C001"]),
        ("02 123 4567", ["C001"]),
        ("+39 02 1234567", ["C001"]),
        ("Carla@Example.test", ["C001"]),
        ("zzz", []),
        ("%", []),
    ],
)
def test_found_by(known: Customer, as_ada: Viewer, said: str, found: list[str]) -> None:
    assert [customer.number for customer in find_customers(as_ada, said)] == found


def test_nobody_finds_the_customers_of_another_client(known: Customer, as_dario: Viewer) -> None:
    assert [customer.client_id for customer in find_customers(as_dario, "carla")] == list(as_dario.client_ids)
    assert find_customers(as_dario, "POD-77") == []


@pytest.mark.parametrize(
    ("name", "kept"),
    [("Niccolò  D'Aù", "niccolo d'au"), ("STRASSE & Söhne", "strasse & sohne"), (" Lo\tGatto ", "lo gatto")],
)
def test_names_are_folded(name: str, kept: str) -> None:
    assert fold(name) == kept
