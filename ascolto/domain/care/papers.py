# SPDX-License-Identifier: Apache-2.0
"""Gaps of invoices ("blocked by us"): what somebody does about them. Finding them is strategy/papers.py."""

import datetime as dt
import hashlib
import re
from collections.abc import Iterable

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from stdnum import iban as iban_code

from ascolto.domain.access.models import Membership, User
from ascolto.domain.access.viewer import Viewer, visible
from ascolto.domain.care.files import checked, safe_name
from ascolto.domain.care.models import Gap, InvoiceFile
from ascolto.domain.portfolio.models import Invoice
from ascolto.domain.records import clock
from ascolto.domain.records.actions import record
from ascolto.domain.records.errors import Refused

SUPPLIES = {
    "iban": "pay_iban", "order": "purchase_order", "cig": "cig", "cup": "cup", "description": "description",
}  # fmt: skip
"""Checks that a typed value mends, and where it is written."""
LENGTHS = {"pay_iban": 34, "purchase_order": 60, "cig": 15, "cup": 15, "description": 300}
SHAPES = {"cig": re.compile(r"[0-9A-Z]{10}"), "cup": re.compile(r"[A-Z][0-9A-Z]{14}")}


def gaps(viewer: Viewer) -> QuerySet[Gap]:
    """Every gap of the viewer's clients, unordered."""
    return visible(viewer, Gap.objects.all()).select_related("customer", "invoice", "owner", "client")


def open_gaps(viewer: Viewer) -> QuerySet[Gap]:
    """Those that wait to be mended."""
    return gaps(viewer).filter(closed_on=None)


def blocking(client_id: int, as_of: dt.date) -> QuerySet[Gap]:
    """Gaps for which an invoice of a client is not asked for on a day; none when the client only wants to be warned."""
    rows = Gap.objects.filter(client_id=client_id, effect=Gap.Effect.BLOCK, client__warn_of_gaps=False)
    return rows.filter(found_on__lte=as_of, closed_on=None)


def _open(gap: Gap) -> Gap:
    kept = Gap.objects.select_for_update().select_related("invoice").get(pk=gap.pk)
    if kept.closed_on is not None:
        raise Refused("closed_already", _("This is settled already."))
    return kept


@transaction.atomic
def supply(*, gap: Gap, value: str, actor: str, as_of: dt.date) -> Gap:
    """Write what was missing into the invoice, which is then whole in this respect; the trail keeps what it said before.

    Refused: `closed_already`, `cannot_be_typed` (a check that no value mends), `no_words`, `not_an_iban`, `not_a_code`.
    """
    kept = _open(gap)
    field = SUPPLIES.get(kept.check_code)
    if field is None:
        raise Refused("cannot_be_typed", _("This cannot be typed in here: see what to do beside it."))
    text = " ".join(value.split())
    if kept.check_code in ("iban", "cig", "cup"):
        text = text.replace(" ", "").upper()
    if not text:
        raise Refused("no_words", _("Write something first."))
    if kept.check_code == "iban" and not iban_code.is_valid(text):
        raise Refused("not_an_iban", _("This is no valid IBAN."))
    shape = SHAPES.get(kept.check_code)
    if shape is not None and not shape.fullmatch(text):
        raise Refused("not_a_code", _("A CIG has 10 letters or digits, a CUP 15 and begins with a letter."))
    if kept.check_code == "description" and not re.search(r"[A-Za-zÀ-ÿ]{4}", text):
        raise Refused("no_words", _("Describe it in words that the customer understands."))
    invoice = Invoice.objects.select_for_update().get(pk=kept.invoice_id)
    before = getattr(invoice, field)
    setattr(invoice, field, text[: LENGTHS[field]])
    invoice.save(update_fields=[field])
    data = {"field": field, "before": before, "after": text}
    record("invoice_completed", actor=actor, client_id=kept.client_id, subject=invoice, data=data)
    return close(kept, "arrived", actor, as_of, text)


@transaction.atomic
def attach(*, gap: Gap, name: str, content: bytes, actor: str, as_of: dt.date) -> Gap:
    """Keep a copy of the invoice with it. Refused: `closed_already`, `cannot_be_attached`, and as `files.checked`."""
    kept = _open(gap)
    if kept.check_code != Gap.Check.FILE:
        raise Refused("cannot_be_attached", _("A file does not mend this."))
    media_type = checked(content)
    file, _new = InvoiceFile.objects.get_or_create(
        client_id=kept.client_id, invoice=kept.invoice, sha=hashlib.sha256(content).hexdigest(),
        defaults={"name": safe_name(name), "media_type": media_type, "size": len(content), "content": content,
                  "author": actor, "at": clock.now()},
    )  # fmt: skip
    record("invoice_file_attached", actor=actor, client_id=kept.client_id, subject=file, data={"sha": file.sha})
    return close(kept, "arrived", actor, as_of, file.name)


@transaction.atomic
def accept_gap(*, gap: Gap, why: str, actor: str, as_of: dt.date) -> Gap:
    """Leave the invoice as it is, for a reason: this is not asked again of it. Refused: `closed_already`, `no_reason`."""
    kept = _open(gap)
    if not why.strip():
        raise Refused("no_reason", _("Write why it can stay as it is."))
    return close(kept, "accepted", actor, as_of, why.strip())


@transaction.atomic
def reopen_gap(*, gap: Gap, actor: str, as_of: dt.date) -> Gap:
    """Take back an acceptance. Refused: `not_accepted`, `open_already`."""
    kept = Gap.objects.select_for_update().get(pk=gap.pk)
    if kept.how != Gap.How.ACCEPTED:
        raise Refused("not_accepted", _("Only what was accepted as it is can be opened again."))
    if Gap.objects.filter(client=kept.client_id, invoice=kept.invoice_id, check_code=kept.check_code, closed_on=None):
        raise Refused("open_already", _("It is open already."))
    kept.closed_on, kept.how, kept.why, kept.closed_by = None, "", "", ""
    kept.save(update_fields=["closed_on", "how", "why", "closed_by"])
    record("gap_reopened", actor=actor, client_id=kept.client_id, subject=kept)
    return kept


@transaction.atomic
def assign_gaps(*, client_id: int, gap_ids: Iterable[int], owner: User | None, actor: str, as_of: dt.date) -> int:
    """Who mends these open gaps of one client; returns how many there were. Refused: `not_a_colleague`."""
    if owner is not None and not Membership.objects.filter(client=client_id, user=owner).exists():
        raise Refused("not_a_colleague", _("This person does not work for the client."))
    rows = Gap.objects.select_for_update().filter(client=client_id, pk__in=list(gap_ids), closed_on=None)
    ids = sorted(rows.values_list("pk", flat=True))
    for gap in rows.select_related(None):
        record("gap_assigned", actor=actor, client_id=client_id, subject=gap, why=owner.name if owner else "")
    Gap.objects.filter(client=client_id, pk__in=ids).update(owner=owner)
    return len(ids)


def close(gap: Gap, how: str, actor: str, as_of: dt.date, why: str = "") -> Gap:
    """Write how it ended, in the caller's transaction."""
    gap.closed_on, gap.how, gap.closed_by, gap.why = as_of, how, actor, why[:300]
    gap.save(update_fields=["closed_on", "how", "closed_by", "why"])
    record("gap_closed", actor=actor, client_id=gap.client_id, subject=gap, why=gap.why, data={"how": how})
    return gap
