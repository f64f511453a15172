# SPDX-License-Identifier: Apache-2.0
"""Letters for the print house: set, bundled, kept; each in one bundle only, whatever crashes.

Owns the making of bundles. Letters are claimed as messages are, set as PDF, and in one transaction become *sent* with
their contact, their document and their place in a bundle. The files come after the commit, made from what the database
holds: the next run makes those that a crash left out. Does not own: what the files look like (print_files), who handed a
bundle over (print_house).
"""

from __future__ import annotations

import datetime as dt
import io
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import Max, Q
from pypdf import PdfReader

from ascolto.domain.access.models import Client
from ascolto.domain.outreach import claims, outbox, print_files
from ascolto.domain.outreach.channels import Outcome
from ascolto.domain.outreach.facts import MessageFacts
from ascolto.domain.outreach.journal import open_journal
from ascolto.domain.outreach.looking import Allow, look
from ascolto.domain.outreach.models import Bundle, BundledLetter, Document, Message
from ascolto.domain.outreach.preparing import UNFIT, Prepared, prepare
from ascolto.domain.outreach.sending import SendReport, on_disk, recover
from ascolto.domain.records import clock
from ascolto.policies.load_sending import Printing, printing

LETTERS = ("letter",)
_POSTCODE = re.compile(r"\b\d{5}\b")


def rules() -> Printing:
    """How this installation's print house wants its letters."""
    return printing(settings.PRINTING_FILE)


def folder() -> Path:
    """Where this installation's bundles lie until the print house fetches them."""
    return Path(settings.PRINT_FOLDER) / "bundles"


def make_bundles(
    *,
    worker: str,
    client_ids: Collection[int],
    folder: Path,
    allow: Allow,
    limit: int = 1_000_000,
    now: Callable[[], dt.datetime] = clock.now,
    after_sent: claims.Hook = claims.nothing,
    after_withdrawn: claims.Hook = claims.nothing,
    notes_folder: Path | None = None,
    stop: Callable[[], bool] = lambda: False,
    tell: Callable[[Counter[str]], None] = lambda counts: None,
) -> SendReport:
    """Set and bundle up to `limit` letters that are due, one client after the other; the arguments are those of
    `sending.send_due`. Not to be called inside a transaction.
    """
    report = SendReport()
    token = claims.new_token(worker)
    with on_disk():
        report.counts.update(recover(notes_folder, now(), LETTERS, after_sent))
        notes = open_journal(notes_folder, token)  # only to be known dead at once, if we die
        for claimed in _claims(token, client_ids, limit, now, stop):
            counts = _bundle(claimed, folder, allow, now, after_sent, after_withdrawn, report)
            report.add("letter", counts)
            tell(counts)
        if notes is not None:
            notes.close()
    report.counts = +report.counts
    return report


def complete_bundles(*, client_ids: Collection[int], folder: Path) -> int:
    """Make the files of bundles whose maker died after the commit; returns of how many."""
    left = Bundle.objects.filter(client_id__in=client_ids, state=Bundle.State.MAKING).order_by("pk")
    for bundle in left:
        _files(bundle, folder)
    return len(left)


def _claims(
    token: str, client_ids: Collection[int], limit: int, now: Callable[[], dt.datetime], stop: Callable[[], bool]
) -> Iterator[list[Message]]:
    """As many letters as a bundle holds, of one client and one kind of post, until none is due."""
    registered = Q(template__in=rules().registered)
    for client_id in client_ids:
        for which in (registered, ~registered):
            while limit > 0 and not stop():
                claimed = claims.claim_messages(
                    min(limit, rules().letters_per_bundle), token, now(), channels=LETTERS, client_ids=[client_id],
                    which=which,
                )  # fmt: skip
                if not claimed:
                    break
                yield claimed
                limit -= len(claimed)


def _bundle(
    claimed: Sequence[Message], folder: Path, allow: Allow, now: Callable[[], dt.datetime], after_sent: claims.Hook,
    after_withdrawn: claims.Hook, report: SendReport,
) -> Counter[str]:  # fmt: skip
    """One bundle from letters of one client: look, set, keep, and then the files."""
    allowed, counts = look(claimed, allow, after_withdrawn)
    ready: list[Prepared] = []
    pages: list[int] = []
    kept = 0
    for message in allowed:
        try:
            prepared = prepare(message, now())
        except UNFIT as trouble:
            claims.give_up(message, str(trouble))
            counts["failed"] += 1
            report.problems.append((message.pk, str(trouble)))
            continue
        count = len(PdfReader(io.BytesIO(_content(prepared))).pages)
        kept += count + count % 2 * rules().duplex
        if ready and kept > rules().pages_per_bundle:
            break
        ready.append(prepared)
        pages.append(count)
    done = len(ready) + counts["failed"]
    claims.release(allowed[done:])
    bundle = _keep(list(zip(ready, pages, strict=True)), now(), after_sent)
    if bundle is not None:
        counts["sent"] += bundle.letters
        _files(bundle, folder)
    return counts


def _content(prepared: Prepared) -> bytes:
    assert prepared.document is not None, "a letter is kept as it was set"
    return bytes(prepared.document.content)


def _keep(ready: list[tuple[Prepared, int]], now: dt.datetime, after_sent: claims.Hook) -> Bundle | None:
    """Bundle, places, documents, contacts and steps: all of them in one transaction, or none. None: nothing was left."""
    begun = {m.pk for m in outbox.begin_sending([one.message for one, _pages in ready], now)}
    ready = sorted(
        ((one, n) for one, n in ready if one.message.pk in begun), key=lambda pair: _by_post(pair[0].message)
    )
    if not ready:
        return None
    with transaction.atomic(durable=True):
        client = Client.objects.select_for_update().get(pk=ready[0][0].message.client_id)
        last = Bundle.objects.filter(client=client).aggregate(last=Max("number"))["last"] or 0
        bundle = Bundle(
            client=client, number=last + 1, registered=ready[0][0].message.template in rules().registered,
            duplex=rules().duplex, cover_pages=(2 if rules().duplex else 1) if rules().cover else 0, made_at=now,
        )  # fmt: skip
        outcome = Outcome("sent", detail=f"in bundle {bundle.name}")
        spoken = [outbox.Spoken(one.message, outcome, one.document, one.as_sent) for one, _pages in ready]
        known = {one.message.pk for one in outbox.settle(spoken, now, after_sent=after_sent)}
        places = _places(bundle, [(one, n) for one, n in ready if one.message.pk in known])
        if not places:
            return None
        bundle.save(force_insert=True)
        BundledLetter.objects.bulk_create([_in(place, bundle) for place in places], batch_size=500)
    return bundle


def _places(bundle: Bundle, ready: list[tuple[Prepared, int]]) -> list[BundledLetter]:
    """Where each letter stands; the bundle's own counts on the way."""
    page, sheets, places = bundle.cover_pages, 1 if bundle.cover_pages else 0, []
    for position, (one, count) in enumerate(ready, start=1):
        lines = address_lines(one.message)
        assert isinstance(one.document, Document)
        places.append(
            BundledLetter(
                client_id=bundle.client_id, message=one.message, document=one.document, position=position,
                page_from=page + 1, page_to=page + count, address_lines=lines, postcode=postcode(lines),
            )
        )  # fmt: skip
        page += print_files.padded(count, bundle.duplex)
        sheets += print_files.sheets(count, bundle.duplex)
    bundle.letters, bundle.pages, bundle.sheets = len(places), page, sheets
    return places


def _in(place: BundledLetter, bundle: Bundle) -> BundledLetter:
    place.bundle = bundle
    return place


def _files(bundle: Bundle, folder: Path) -> None:
    """The world after the commit: the files, whole or not at all; the same rows always give the same files."""
    sha = print_files.write(bundle, folder)
    Bundle.objects.filter(pk=bundle.pk, state=Bundle.State.MAKING).update(state=Bundle.State.MADE, sha=sha)


def address_lines(message: Message) -> list[str]:
    """What stands in the window of the envelope."""
    facts = MessageFacts.from_dict(message.facts)
    return [line for line in (facts.customer_name, *facts.customer_address) if line]


def postcode(lines: Sequence[str]) -> str:
    """The Italian postcode in an address; empty when there is none."""
    found = [match.group() for line in lines[1:] for match in _POSTCODE.finditer(line)]
    return found[-1] if found else ""


def _by_post(message: Message) -> tuple[str, str, int]:
    """Sorted as the post sorts: by postcode."""
    lines = address_lines(message)
    return postcode(lines), lines[0], message.pk
