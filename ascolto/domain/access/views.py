# SPDX-License-Identifier: Apache-2.0
"""Saved views: the filters, order and columns of a list that a person named, to choose them again. Their own only."""

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from ascolto.domain.access.models import SavedView, User
from ascolto.domain.access.viewer import Viewer
from ascolto.domain.records.actions import record
from ascolto.domain.records.errors import Refused

MOST_VIEWS = 20
"""Of one page: more are a list to search in, no longer one click."""


def views_of(viewer: Viewer, page: str = "") -> QuerySet[SavedView]:
    """The viewer's own views (of one page), by name."""
    mine = SavedView.objects.filter(user_id=viewer.user_id or 0).order_by("name")
    return mine.filter(page=page) if page else mine


@transaction.atomic
def save_view(*, viewer: Viewer, page: str, name: str, query: str, default: bool, actor: str) -> SavedView:
    """Keep `query` (as in an address) under `name`; the same name again replaces it.

    Refused: `no_name`, `too_long`, `too_many`.
    """
    name = " ".join(name.split())
    if not name:
        raise Refused("no_name", _("Give the view a name."))
    if len(name) > 60 or len(query) > 1000:
        raise Refused("too_long", _("This is too long to be kept: choose a shorter name or fewer filters."))
    owner = User.objects.select_for_update().get(pk=viewer.user_id or 0)
    others = views_of(viewer, page).exclude(name=name)
    if others.count() >= MOST_VIEWS:
        raise Refused("too_many", _("You have %(most)s views here already: delete one first.") % {"most": MOST_VIEWS})
    if default:
        others.update(is_default=False)
    kept, _new = SavedView.objects.update_or_create(
        user=owner, page=page, name=name, defaults={"query": query, "is_default": default}
    )
    record("view_saved", actor=actor, client_id=None, subject=kept, data={"page": page, "name": name})
    return kept


@transaction.atomic
def set_default_view(*, view: SavedView, default: bool, actor: str) -> SavedView:
    """The page opens with `view` from now on, or no longer does."""
    User.objects.select_for_update().get(pk=view.user_id)
    SavedView.objects.filter(user_id=view.user_id, page=view.page, is_default=True).update(is_default=False)
    view.is_default = default
    view.save(update_fields=["is_default"])
    record("view_default", actor=actor, client_id=None, subject=view, data={"default": default})
    return view


@transaction.atomic
def delete_view(*, view: SavedView, actor: str) -> None:
    """Forget a view. Nothing else hangs on it."""
    record("view_deleted", actor=actor, client_id=None, subject=view, data={"name": view.name, "query": view.query})
    view.delete()
