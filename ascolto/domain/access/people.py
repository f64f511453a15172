# SPDX-License-Identifier: Apache-2.0
"""Who is behind an actor: rows keep who did something as an e-mail address or a name of the system; people read names."""

from collections.abc import Iterable

from django.db.models import QuerySet

from ascolto.domain.access.models import Membership, Role, User
from ascolto.domain.access.viewer import Viewer


def names() -> dict[str, str]:
    """The name of every person by e-mail address; one read."""
    return dict(User.objects.exclude(name="").values_list("email", "name"))


def colleagues(client_ids: Iterable[int]) -> QuerySet[User]:
    """Who may be given work of these clients: their people and ours, without those who only administer the machine."""
    members = Membership.objects.filter(client__in=list(client_ids)).exclude(role=Role.ADMINISTRATOR)
    return User.objects.filter(pk__in=members.values("user_id"), is_active=True).order_by("name")


def operators_of(viewer: Viewer) -> QuerySet[User]:
    """Who has customers of the viewer's clients in hand."""
    return operators(viewer.client_ids)


def operators(client_ids: Iterable[int]) -> QuerySet[User]:
    """Who has customers of these clients in hand."""
    ours = (Role.OPERATOR, Role.TEAM_LEADER, Role.CREDIT_MANAGER)
    members = Membership.objects.filter(client__in=list(client_ids), role__in=ours)
    return User.objects.filter(pk__in=members.values("user_id"), is_active=True).order_by("name")
