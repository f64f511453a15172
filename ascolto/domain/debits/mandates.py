# SPDX-License-Identifier: Apache-2.0
"""Registering and revoking a customer's leave to debit an account, and the client's own codes at its bank."""

import datetime as dt
import re

from django.db import transaction
from django.utils.translation import gettext as _
from stdnum import iban as iban_number
from stdnum.eu import at_02

from ascolto.domain.access.models import Client
from ascolto.domain.debits.models import Creditor, DebitMandate
from ascolto.domain.portfolio.models import Customer
from ascolto.domain.records.actions import record
from ascolto.domain.records.errors import Refused
from ascolto.policies.load_bank import collections

State = DebitMandate.State
_CODE = re.compile(r"[A-Za-z0-9+?/:().,'-]{1,35}")  # the SEPA character set without blanks


def lapses_on(mandate: DebitMandate) -> dt.date:
    """The last day on which it may be used: so many months from its last use, or from its signature."""
    start = mandate.last_used_on or mandate.signed_on
    months = start.year * 12 + start.month - 1 + collections().mandate.lapses_months
    last = (dt.date(months // 12 + (months % 12 == 11), (months + 1) % 12 + 1, 1) - dt.timedelta(days=1)).day
    return dt.date(months // 12, months % 12 + 1, min(start.day, last))


def is_usable(mandate: DebitMandate, as_of: dt.date) -> bool:
    """Whether a collection may be asked for with it on this day."""
    return mandate.state == State.ACTIVE and as_of <= lapses_on(mandate)


@transaction.atomic
def set_creditor(
    *, client: Client, creditor_id: str, iban: str, cuc: str = "", bic: str = "", prenotice_days: int | None = None, actor: str
) -> Creditor:  # fmt: skip
    """Keep the client's own codes. Refused: `creditor_id`, `iban`."""
    creditor_id, iban = _bare(creditor_id), _bare(iban)
    if not at_02.is_valid(creditor_id):
        raise Refused(
            "creditor_id", _("This is no SEPA creditor identifier: two letters, two check digits, then the code.")
        )
    if not iban_number.is_valid(iban):
        raise Refused("iban", _("This IBAN is not valid."))
    kept, _new = Creditor.objects.update_or_create(
        client=client,
        defaults={"creditor_id": creditor_id, "iban": iban, "cuc": _bare(cuc)[:35], "bic": _bare(bic)[:11],
                  "prenotice_days": prenotice_days},
    )  # fmt: skip
    record(
        "creditor_set", actor=actor, client_id=client.pk, subject=kept, data={"creditor_id": creditor_id, "iban": iban}
    )
    return kept


@transaction.atomic
def register_mandate(
    *, customer: Customer, iban: str, reference: str, signed_on: dt.date, actor: str, as_of: dt.date, holder: str = "",
    scheme: str = "CORE", sequence: str = "RCUR",
) -> DebitMandate:  # fmt: skip
    """Keep a mandate that the customer signed. The same one twice returns the one that is there.

    Refused: `iban`, `reference`, `signed_later`, `lapsed`, `known_reference` (another mandate bears it), `has_mandate`
    (revoke the active one first), `b2b_consumer` (B2B is for firms).
    """
    client = Client.objects.select_for_update().get(pk=customer.client_id)
    iban, reference = _bare(iban), reference.strip()
    if not iban_number.is_valid(iban):
        raise Refused("iban", _("This IBAN is not valid."))
    if not _CODE.fullmatch(reference):
        raise Refused("reference", _("A mandate reference has up to 35 letters and digits, without blanks."))
    if signed_on > as_of:
        raise Refused("signed_later", _("The mandate cannot have been signed after today."))
    if scheme == DebitMandate.Scheme.B2B and customer.kind == Customer.Kind.CONSUMER:
        raise Refused("b2b_consumer", _("A B2B mandate is for firms: a household needs a CORE one."))
    known = DebitMandate.objects.filter(client=client, reference=reference).first()
    if known is not None:
        if (known.customer_id, known.iban, known.signed_on) == (customer.pk, iban, signed_on):
            return known
        raise Refused("known_reference", _("Another mandate bears this reference already."))
    if DebitMandate.objects.filter(client=client, customer=customer, state=State.ACTIVE).exists():
        raise Refused("has_mandate", _("The customer has an active mandate: revoke it first."))
    made = DebitMandate(
        client=client, customer=customer, reference=reference, iban=iban, holder=(holder.strip() or customer.name)[:70],
        signed_on=signed_on, scheme=scheme, sequence=sequence, author=actor,
    )  # fmt: skip
    if not is_usable(made, as_of):
        raise Refused("lapsed", _("A mandate that was not used for 36 months has lapsed: a new one must be signed."))
    made.save()
    record(
        "debit_mandate_registered",
        actor=actor,
        client_id=client.pk,
        subject=made,
        data={"signed_on": signed_on.isoformat()},
    )
    return made


@transaction.atomic
def revoke_mandate(*, mandate: DebitMandate, why: str, actor: str, as_of: dt.date) -> DebitMandate:
    """The customer, or we, take the leave back. Twice is once. Refused: `no_reason`."""
    if not why.strip():
        raise Refused("no_reason", _("Say why the mandate ends."))
    return end_mandate(mandate, State.REVOKED, why.strip(), actor, as_of)


def end_mandate(mandate: DebitMandate, state: str, why: str, actor: str, as_of: dt.date) -> DebitMandate:
    """In a transaction: the mandate is not used again."""
    mandate = DebitMandate.objects.select_for_update().get(pk=mandate.pk)
    if mandate.state != State.ACTIVE:
        return mandate
    mandate.state, mandate.ended_on, mandate.why = state, as_of, why[:300]
    mandate.save(update_fields=["state", "ended_on", "why"])
    record(f"debit_mandate_{state}", actor=actor, client_id=mandate.client_id, subject=mandate, why=why)
    return mandate


def _bare(text: str) -> str:
    return "".join(text.split()).upper()
