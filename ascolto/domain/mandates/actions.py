# SPDX-License-Identifier: Apache-2.0
"""The verb of mandates: a charter agreed anew. What was agreed before stays, with the days on which it bound."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from ascolto.domain.access.models import Client
from ascolto.domain.mandates.models import Mandate
from ascolto.domain.mandates.queries import mandate_on
from ascolto.domain.records.actions import record
from ascolto.domain.records.errors import Refused
from ascolto.engine.policy import Charter
from ascolto.engine.reading import PolicyError, read


@transaction.atomic
def agree_charter(
    *, client: Client, rules: Mapping[str, Any], signed_by: str, signed_on: dt.date, actor: str, as_of: dt.date
) -> Mandate:
    """From today on the client's charter says `rules` (keys of engine.policy.Charter). Another mandate begins, and ends
    when the earlier one would have; twice on one day corrects the day's. The same words again change nothing.

    Refused: `not_signed`, `in_the_future`, `charter_unreadable` (a key or a value that no charter can have).
    """
    client = Client.objects.select_for_update().get(pk=client.pk)
    if not signed_by.strip():
        raise Refused("not_signed", _("Say who signed it for the client: an unsigned charter binds nobody."))
    if signed_on > as_of:
        raise Refused("in_the_future", _("It cannot have been signed after today."))
    said = {key: value for key, value in rules.items() if value not in (None, [], {}, "")}
    try:
        read(Charter, said, f"charter of {client.slug}")
    except PolicyError as error:
        raise Refused(
            "charter_unreadable", _("The mandate's charter cannot be read: %(why)s.") % {"why": error}
        ) from error
    before = mandate_on(client.pk, as_of)
    if before is not None and _words(before.charter) == _words(said):
        return before
    mandate = Mandate.objects.filter(client=client, starts_on=as_of).first() or Mandate(client=client, starts_on=as_of)
    mandate.ends_on = before.ends_on if before else mandate.ends_on
    mandate.signed_by, mandate.signed_on = signed_by.strip()[:120], signed_on
    mandate.charter = {**said, "version": as_of.isoformat()}
    mandate.save()
    data = {"from": _words(before.charter) if before else {}, "to": _words(said), "signed_by": mandate.signed_by}
    record("charter_agreed", actor=actor, client_id=client.pk, subject=mandate, data=data)
    return mandate


def _words(charter: Mapping[str, Any]) -> dict[str, Any]:
    """What a charter says, without the name of its version."""
    return {key: value for key, value in charter.items() if key != "version"}
