# SPDX-License-Identifier: Apache-2.0
"""Slices of a night write side by side, and no deed of a person comes between."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection, connections, transaction
from django.db.utils import OperationalError

from ascolto.domain.access.models import Client
from ascolto.domain.strategy import worker

pytestmark = [pytest.mark.only_on("postgresql"), pytest.mark.django_db(transaction=True)]  # SQLite has one writer


@contextmanager
def somebody_else(name: str) -> Iterator[None]:
    """Within, the house speaks over a connection of its own, as another process does, and waits for nobody."""
    other, here = connection.copy(name), connections["default"]
    connections["default"] = other
    try:
        with other.cursor() as cursor:
            cursor.execute("SET lock_timeout = '200ms'")
        yield
    finally:
        other.close()
        connections["default"] = here


def test_two_slices_hold_the_client_at_once(acqua: Client) -> None:
    with transaction.atomic():
        worker._hold(acqua)
        with somebody_else("second"), transaction.atomic():
            worker._hold(acqua)


def test_a_deed_waits_for_the_slices_and_a_slice_for_the_deed(acqua: Client) -> None:
    with transaction.atomic():
        worker._hold(acqua)
        with somebody_else("person"), pytest.raises(OperationalError, match="lock timeout"), transaction.atomic():
            Client.objects.select_for_update().get(pk=acqua.pk)
    with transaction.atomic():
        Client.objects.select_for_update().get(pk=acqua.pk)
        with somebody_else("slice"), pytest.raises(OperationalError, match="lock timeout"), transaction.atomic():
            worker._hold(acqua)
