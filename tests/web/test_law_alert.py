# SPDX-License-Identifier: Apache-2.0
"""The cockpit tells the credit manager that a table of the law runs out, and nobody else."""

from django.test import Client as Browser

from ascolto.domain.access.models import Membership, User


def test_the_credit_manager_is_told_and_the_client_is_not(client: Browser, bruno: User) -> None:
    client.force_login(bruno)
    assert "Una tabella di legge sta per finire" in client.get("/cruscotto/").content.decode()
    Membership.objects.filter(user=bruno).update(role="client_viewer")
    page = client.get("/cruscotto/")
    assert page.status_code == 200
    assert "Una tabella di legge sta per finire" not in page.content.decode()
