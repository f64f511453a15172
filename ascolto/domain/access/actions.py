# SPDX-License-Identifier: Apache-2.0
"""Adding clients and people, and the rule that one operator works for one client."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email, validate_slug
from django.db import transaction
from django.utils.translation import gettext as _
from schwifty import IBAN
from schwifty.exceptions import SchwiftyException
from stdnum.it import iva

from ascolto.domain.access.models import Client, Membership, Role, User
from ascolto.domain.records.actions import record
from ascolto.domain.records.errors import Refused

CHANGEABLE = ("iban", "email", "phone", "address", "default_terms_days", "auto_accept", "warn_of_gaps")
"""What a person may correct of a client; its name, codes and sector are who it is."""


@transaction.atomic
def add_client(
    *, slug: str, name: str, sector: str, vat: str = "", iban: str = "", email: str = "", phone: str = "",
    address: str = "", actor: str, **more: object,
) -> Client:  # fmt: skip
    """A new tenant. Raises Refused for a slug in use, a wrong VAT number, IBAN or e-mail address."""
    if Client.objects.filter(slug=slug).exists():
        raise Refused("slug_taken", _("There is already a client called “%(slug)s”.") % {"slug": slug})
    _valid(validate_slug, slug, _("The short name may hold letters, digits, - and _: “%(value)s”."))
    if email:
        _valid(validate_email, email, _("“%(value)s” is not an e-mail address."))
    client = Client.objects.create(
        slug=slug, name=name, sector=sector, vat=_vat(vat), iban=_iban(iban), email=email, phone=phone,
        address=address, **more,
    )  # fmt: skip
    record("add_client", actor=actor, client_id=client.pk, subject=client)
    return client


@transaction.atomic
def change_client(*, client: Client, actor: str, as_of: dt.date, **values: Any) -> Client:
    """Correct who the client is and what it chose (`CHANGEABLE`); the trail keeps what it said before.

    Refused: `invalid`, `invalid_iban`, `not_changeable`, `terms_out_of_range` (0 to 365 days).
    """
    kept = Client.objects.select_for_update().get(pk=client.pk)
    if set(values) - set(CHANGEABLE):
        raise Refused("not_changeable", _("This cannot be changed here."))
    if values.get("email"):
        _valid(validate_email, str(values["email"]), _("“%(value)s” is not an e-mail address."))
    if "iban" in values:
        values["iban"] = _iban(str(values["iban"]))
    if not 0 <= values.get("default_terms_days", 0) <= 365:
        raise Refused("terms_out_of_range", _("Terms of payment are between 0 and 365 days."))
    changes = {
        name: [getattr(kept, name), value] for name, value in values.items() if getattr(kept, name) != value
    }  # fmt: skip
    if changes:
        for name, (_before, value) in changes.items():
            setattr(kept, name, value)
        kept.save(update_fields=list(changes))
        record("client_changed", actor=actor, client_id=kept.pk, subject=kept, data=changes)
    return kept


@transaction.atomic
def add_user(
    *, email: str, name: str, password: str, clients: Sequence[Client], role: str, actor: str, language: str = "it"
) -> User:
    """Invite a person with one role at these clients. Raises Refused: address taken, weak password, rule of one client."""
    _valid(validate_email, email, _("“%(value)s” is not an e-mail address."))
    if User.objects.filter(email=email.lower()).exists():
        raise Refused("email_taken", _("%(email)s can sign in already.") % {"email": email})
    try:
        validate_password(password)
    except ValidationError as error:
        raise Refused("weak_password", " ".join(error.messages)) from error
    user = User.objects.create_user(email, password, name=name, language=language)
    for client in clients:
        assign(user=user, client=client, role=role, actor=actor)
    return user


@transaction.atomic
def assign(*, user: User, client: Client, role: str, actor: str) -> Membership:
    """`user` works for `client` from now on. Raises Refused when an operator already works for another client."""
    if (
        role == Role.OPERATOR
        and Membership.objects.filter(user=user, role=role, approved_by=None).exclude(client=client).exists()
    ):
        raise Refused(
            "one_client",
            _("One operator works for one client: a second one needs an approved exception with an end date."),
        )
    membership, _new = Membership.objects.update_or_create(user=user, client=client, defaults={"role": role})
    record("assign", actor=actor, client_id=client.pk, subject=user, data={"role": role})
    return membership


@transaction.atomic
def approve_exception(
    *, user: User, client: Client, approved_by: User, reason: str, starts_on: dt.date, ends_on: dt.date, actor: str
) -> Membership:
    """An operator may also work for `client` between two dates. Raises Refused without a reason or with inverted dates."""
    if not reason.strip():
        raise Refused("reason_missing", _("An exception needs its reason."))
    if ends_on < starts_on:
        raise Refused("dates_inverted", _("The exception ends before it begins."))
    if approved_by == user:
        raise Refused("self_approval", _("Nobody approves their own exception."))
    membership = Membership.objects.create(
        user=user,
        client=client,
        role=Role.OPERATOR,
        approved_by=approved_by,
        reason=reason,
        starts_on=starts_on,
        ends_on=ends_on,
    )
    record("approve_exception", actor=actor, client_id=client.pk, subject=user, why=reason)
    return membership


@transaction.atomic
def stop_user(*, email: str, actor: str) -> None:
    """The person can no longer sign in; what they did stays. Raises Refused for an unknown address."""
    if not User.objects.filter(email=email.lower()).update(is_active=False):
        raise Refused("unknown_user", _("Nobody signs in as %(email)s.") % {"email": email})
    record("stop_user", actor=actor, client_id=None, why=email)


def _valid(check: object, value: str, message: str) -> None:
    try:
        check(value)  # type: ignore[operator]
    except ValidationError as error:
        raise Refused("invalid", message % {"value": value}) from error


def _vat(vat: str) -> str:
    if not vat:
        return ""
    digits = vat.upper().replace(" ", "").removeprefix("IT")
    if not iva.is_valid(digits):
        raise Refused("invalid_vat", _("%(vat)s is not a valid Italian VAT number.") % {"vat": vat})
    return f"IT{digits}"


def _iban(iban: str) -> str:
    if not iban:
        return ""
    try:
        return str(IBAN(iban))
    except SchwiftyException as error:
        raise Refused("invalid_iban", _("%(iban)s is not a valid IBAN.") % {"iban": iban}) from error
