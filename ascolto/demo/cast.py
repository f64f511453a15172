# SPDX-License-Identifier: Apache-2.0
"""The people who work in the demo: who signs in, for which client, as what. Data, and their rows."""

from __future__ import annotations

import os
from dataclasses import dataclass

from django.contrib.auth.hashers import make_password

from ascolto.demo.clients import CLIENTS
from ascolto.domain.access.actions import assign
from ascolto.domain.access.models import Client, Role, User

EVERYWHERE = tuple(client.slug for client in CLIENTS)


@dataclass(frozen=True)
class Login:
    """One person who can sign in."""

    email: str
    name: str
    role: str
    clients: tuple[str, ...]


CAST = (
    Login("ada@ascolto.test", "Ada Ferri", Role.OPERATOR, ("valverde",)),
    Login("elio@ascolto.test", "Elio Testa", Role.OPERATOR, ("valverde",)),
    Login("fulvia@ascolto.test", "Fulvia Riva", Role.OPERATOR, ("valverde",)),
    Login("gemma@ascolto.test", "Gemma Sala", Role.OPERATOR, ("salita",)),
    Login("ivo@ascolto.test", "Ivo Mancini", Role.OPERATOR, ("casacomune",)),
    Login("teresa@ascolto.test", "Teresa Conti", Role.TEAM_LEADER, EVERYWHERE),
    Login("bruno@ascolto.test", "Bruno Galli", Role.CREDIT_MANAGER, EVERYWHERE),
    Login("viola@valverde.test", "Viola Neri", Role.CLIENT_VIEWER, ("valverde",)),
    Login("sandro@salita.test", "Sandro Salita", Role.CLIENT_VIEWER, ("salita",)),
    Login("cora@casacomune.test", "Cora Bassi", Role.CLIENT_VIEWER, ("casacomune",)),
    Login("amministra@ascolto.test", "Aldo Amministratore", Role.ADMINISTRATOR, EVERYWHERE),
)
CALLS_A_DAY = {"valverde": 3, "salita": 3, "casacomune": 4}
"""Calls that each operator of a client manages in a day beside the other work."""


def password() -> str:
    """The one password of the demo, from ASCOLTO_DEMO_PASSWORD."""
    return os.environ.get("ASCOLTO_DEMO_PASSWORD") or "ascolto-demo"


def logins() -> list[dict[str, str]]:
    """For the sign-in page: one person per role, with the client when there is only one."""
    names = {client.slug: client.name for client in CLIENTS}
    first = {login.role: login for login in reversed(CAST)}
    return [
        {"name": login.name, "role": str(Role(login.role).label), "email": login.email, "password": password(),
         "client": names[login.clients[0]] if len(login.clients) == 1 else ""}
        for login in first.values()
    ][::-1]  # fmt: skip


def sign_up(clients: dict[str, Client], actor: str) -> dict[str, User]:
    """All users with their memberships; the password is hashed once for all."""
    secret = make_password(password())
    users = {}
    for login in CAST:
        here = [clients[slug] for slug in login.clients if slug in clients]
        if here:
            users[login.email] = User.objects.create(email=login.email, name=login.name, password=secret)
            for client in here:
                assign(user=users[login.email], client=client, role=login.role, actor=actor)
    return users


def operators(client: Client) -> list[User]:
    """The operators of a client, in the order of the cast."""
    rows = User.objects.filter(memberships__client=client, memberships__role=Role.OPERATOR)
    return list(rows.order_by("pk"))
