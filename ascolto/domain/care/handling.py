# SPDX-License-Identifier: Apache-2.0
"""What is done with an open case: who owns it, what is said, what proves it, whom we wait for, another kind."""

import datetime as dt
import hashlib

from django.db import transaction
from django.utils.translation import gettext as _

from ascolto.domain.access.models import Membership, User
from ascolto.domain.care import clockwork
from ascolto.domain.care.actions import Part, add_parts, contested_parts, parts_of
from ascolto.domain.care.events import tell
from ascolto.domain.care.files import checked, safe_name
from ascolto.domain.care.models import CareCase, CaseEvent, CasePart, Evidence
from ascolto.domain.portfolio.models import Invoice
from ascolto.domain.records import clock
from ascolto.domain.records.actions import record
from ascolto.domain.records.errors import Refused

MOST_FILES = 20


def _open(case: CareCase) -> CareCase:
    kept = CareCase.objects.select_for_update().get(pk=case.pk)
    if kept.closed_on is not None:
        raise Refused("closed_already", _("This case is closed already."))
    return kept


@transaction.atomic
def assign_owner(*, case: CareCase, owner: User | None, actor: str, as_of: dt.date) -> CareCase:
    """Who answers for the case; None: nobody yet. Refused: `closed_already`, `not_a_colleague`."""
    kept = _open(case)
    if owner is not None and not Membership.objects.filter(client=kept.client_id, user=owner).exists():
        raise Refused("not_a_colleague", _("This person does not work for the client."))
    kept.owner = owner
    kept.save(update_fields=["owner"])
    tell(kept, "owner", owner.name if owner else "", actor)
    record("case_assigned", actor=actor, client_id=kept.client_id, subject=kept, why=owner.email if owner else "")
    return kept


@transaction.atomic
def wait_for(*, case: CareCase, whom: str, actor: str, as_of: dt.date) -> CareCase:
    """Say whom the case waits for (`client`, `customer`, or nobody); the clock goes on. Refused: `unknown_word`."""
    kept = _open(case)
    if whom not in CareCase.Waiting.values:
        raise Refused("unknown_word", _("Choose whom we wait for from the list."))
    kept.waiting = whom
    kept.save(update_fields=["waiting"])
    tell(kept, "waiting", whom, actor, visibility="client")
    return kept


@transaction.atomic
def set_fault(*, case: CareCase, fault: str, actor: str, as_of: dt.date) -> CareCase:
    """Whose fault it is, as far as we know; `ours` on a complaint lets the pressure rest. Refused: `unknown_word`."""
    kept = _open(case)
    if fault not in CareCase.Fault.values:
        raise Refused("unknown_word", _("Choose whose fault it is from the list."))
    was, kept.fault = kept.fault, fault
    kept.save(update_fields=["fault"])
    record("case_fault", actor=actor, client_id=kept.client_id, subject=kept, data={"was": was, "is": fault})
    return kept


@transaction.atomic
def add_event(
    *, case: CareCase, text: str, actor: str, as_of: dt.date, visibility: str = "internal", kind: str = "note"
) -> CaseEvent:
    """Say something in the discussion, of closed cases too. Refused: `no_words`, `unknown_word`."""
    if not text.strip():
        raise Refused("no_words", _("Write something first."))
    if visibility not in CaseEvent.Visibility.values or kind not in CaseEvent.Kind.values:
        raise Refused("unknown_word", _("Choose who may read it from the list."))
    return tell(case, kind, text.strip()[:4000], actor, visibility=visibility)


@transaction.atomic
def add_evidence(*, case: CareCase, name: str, content: bytes, actor: str, as_of: dt.date) -> Evidence:
    """Keep a file with the case; the same file again is the one that is there.

    Refused: `closed_already`, `empty_file`, `too_large` (5 MB), `too_many` (20), `not_readable` (neither PDF, PNG nor JPEG).
    """
    kept = _open(case)
    media_type = checked(content)
    sha = hashlib.sha256(content).hexdigest()
    known = Evidence.objects.filter(client=kept.client_id, case=kept, sha=sha).first()
    if known is not None:
        return known
    if Evidence.objects.filter(client=kept.client_id, case=kept).count() >= MOST_FILES:
        raise Refused("too_many", _("There are twenty files already."))
    file = Evidence.objects.create(
        client_id=kept.client_id, case=kept, name=safe_name(name), media_type=media_type, size=len(content), sha=sha,
        content=content, author=actor, at=clock.now(),
    )  # fmt: skip
    tell(kept, "evidence", file.name, actor, {"evidence": file.pk}, visibility="client")
    record("evidence_added", actor=actor, client_id=kept.client_id, subject=file, data={"sha": sha})
    return file


@transaction.atomic
def convert_kind(
    *, case: CareCase, kind: str, actor: str, as_of: dt.date, why: str, invoice: Invoice | None = None, cents: int = 0
) -> CareCase:
    """Make another kind of an open case; its story, evidence and first day stay, the clock of the new kind counts from it.

    A dispute needs its invoice and part. Refused: `closed_already`, `no_reason`, `same_kind`, and as `open_case`.
    """
    kept = _open(case)
    if not why.strip():
        raise Refused("no_reason", _("Write why it is something else."))
    if kind not in CareCase.Kind.values or kind == kept.kind:
        raise Refused("same_kind", _("Choose another kind."))
    was, parts = kept.kind, list[Part]()
    if kind == CareCase.Kind.DISPUTE:
        contested = invoice or kept.invoice
        if contested is not None and (contested.customer_id, contested.client_id) != (kept.customer_id, kept.client_id):
            raise Refused("not_of_customer", _("This invoice belongs to another customer."))
        parts = contested_parts(kept.client, [Part(contested, cents)] if contested else [])
        kept.invoice = contested
    before = [[part.invoice.pk, part.line, part.cents] for part in parts_of(kept)]
    CasePart.objects.filter(client=kept.client_id, case=kept).delete()
    add_parts(kept, parts)
    found = clockwork.clock_for(kept.client.sector, kind, kept.topic, kept.since)
    kept.kind, kept.disputed_cents, kept.clock = kind, sum(part.cents for part in parts), found.id
    kept.deadline_on = min(found.answer_by, kept.promised_by or found.answer_by)
    kept.save()
    tell(kept, "converted", why.strip(), actor, {"from": was, "to": kind, "parts": before})
    record(
        "case_converted", actor=actor, client_id=kept.client_id, subject=kept, why=why, data={"from": was, "to": kind}
    )
    return kept
