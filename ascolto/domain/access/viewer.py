# SPDX-License-Identifier: Apache-2.0
"""The viewer: whose eyes a query sees with. The first argument of every read."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from django.core.exceptions import PermissionDenied
from django.db.models import Model, Q, QuerySet
from django.http import Http404

from ascolto.domain.access.models import Client, Membership, Role, User
from ascolto.domain.access.prepared import asked

M = TypeVar("M", bound=Model)

_OPERATOR = frozenset({"see", "record_contact", "promise", "hold", "mend"})
_LEADER = _OPERATOR | {"confirm_cash", "assign", "cockpit"}
_MANAGER = _LEADER | {"import", "send", "policy", "take_back", "charge"}
RIGHTS: Mapping[str, frozenset[str]] = {
    Role.OPERATOR: _OPERATOR,
    Role.TEAM_LEADER: _LEADER,
    Role.CREDIT_MANAGER: _MANAGER,
    Role.CLIENT_VIEWER: frozenset({"see", "cockpit", "mend"}),
    Role.ADMINISTRATOR: _MANAGER | {"administer"},
}
"""What each role may do for a client it belongs to."""


@dataclass(frozen=True)
class Viewer:
    """Who looks, and with which role at which client. `name` goes into the trail."""

    name: str
    roles: Mapping[int, str]
    user_id: int | None = None

    @property
    def client_ids(self) -> tuple[int, ...]:
        return tuple(sorted(self.roles))

    def may(self, right: str, client_id: int) -> bool:
        """True when the viewer's role at that client gives `right`."""
        role = self.roles.get(client_id)
        return role is not None and right in RIGHTS[role]

    def require(self, right: str, client_id: int) -> None:
        """Http404 for a stranger (who must not learn that the thing exists), PermissionDenied for a colleague."""
        if client_id not in self.roles:
            raise Http404
        if not self.may(right, client_id):
            raise PermissionDenied(right)


def viewer_of(user: User, as_of: dt.date) -> Viewer:
    """The viewer that `user` is on `as_of`: exceptional memberships count only between their dates."""
    return Viewer(name=user.email, roles=dict(asked(_memberships, user.pk, as_of)), user_id=user.pk)


def _memberships(user_id: int, as_of: dt.date) -> QuerySet[Membership, Any]:
    current = Q(starts_on__isnull=True) | Q(starts_on__lte=as_of)
    current &= Q(ends_on__isnull=True) | Q(ends_on__gte=as_of)
    return Membership.objects.filter(current, user_id=user_id).values_list("client_id", "role")


def system_viewer(name: str, client_ids: list[int] | None = None) -> Viewer:
    """The viewer of the night's work and of the command line: every client (or those given), every right."""
    ids = client_ids if client_ids is not None else list(Client.objects.values_list("pk", flat=True))
    return Viewer(name=name, roles=dict.fromkeys(ids, Role.ADMINISTRATOR.value))


def visible(viewer: Viewer, rows: QuerySet[M]) -> QuerySet[M]:
    """Only the rows of the viewer's clients. Every read begins here; the filter is the head of each index."""
    if rows.model is Client:
        return rows.filter(pk__in=viewer.client_ids)
    return rows.filter(client_id__in=viewer.client_ids)
