# SPDX-License-Identifier: Apache-2.0
"""Files come in and wait: read once, row by row, with every trouble told, until somebody accepts or refuses them.

One transaction per file: a run that is killed between two files leaves the finished ones, and the same files brought
again go on where it stopped. Nothing of the portfolio or the ledger changes here (see `accept`).
"""

import datetime as dt
import hashlib
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from django.db import transaction
from django.db.models import Count, Q

from ascolto.domain.access.models import Client
from ascolto.domain.intake.accept import accept, accept_by_policy, refuse, retry
from ascolto.domain.intake.correct import correct_row, discard_row
from ascolto.domain.intake.drafting import review
from ascolto.domain.intake.models import Batch, MappingProfile, StagedFile, StagedProblem, StagedRow
from ascolto.domain.intake.notices import KIND, set_aside_discarded
from ascolto.domain.intake.problems import Problem
from ascolto.domain.intake.profile import Profile
from ascolto.domain.intake.profiles import is_table, recognise
from ascolto.domain.intake.reading import read
from ascolto.domain.intake.rows import rows_of, staged_problem
from ascolto.domain.records import clock
from ascolto.domain.records.actions import record
from ascolto.domain.records.errors import Refused

__all__ = ["accept", "correct_row", "discard_row", "map_file", "refuse", "retry", "stage"]

Source = bytes | Path
Mapped = MappingProfile | Profile | None


def stage(
    *,
    client: Client,
    files: Sequence[tuple[str, Source]],
    profile: Mapped = None,
    actor: str,
    as_of: dt.date,
    progress: Callable[[int, int], None] | None = None,
) -> Batch:
    """Stage a delivery of files; accepted at once when the client's policy says so and nothing is wrong.

    `profile` reads the lists among them; without it each list's own headers find the saved one, or the list waits to be
    mapped. A file that came before is recognised and not read again. `progress` hears (done, of all) after each file.
    """
    shas = [_sha(source) for _, source in files]
    batch = _waiting(client, shas, profile) or _open_batch(client, shas, actor)
    present = set(StagedFile.objects.filter(client=client, batch=batch).values_list("name", "sha"))
    for number, ((name, source), sha) in enumerate(zip(files, shas, strict=True), start=1):
        if (name[:300], sha) not in present:
            _stage_file(batch, client, name, source, sha, profile)
        if progress is not None:
            progress(number, len(files))
    finish(batch, client)
    accept_by_policy(batch=batch, as_of=as_of)
    return batch


def _sha(source: Source) -> str:
    """Of a file that cannot be read, of its name: the reader will say why."""
    try:
        data = source if isinstance(source, bytes) else source.read_bytes()
    except OSError:
        data = str(source).encode()
    return hashlib.sha256(data).hexdigest()


def _delivery(shas: Iterable[str]) -> str:
    return hashlib.sha256("".join(sorted(shas)).encode()).hexdigest()


def _waiting(client: Client, shas: Sequence[str], profile: Mapped) -> Batch | None:
    """The delivery of these very files that was interrupted, or waits for its decision, to go on with it.

    One that is read wholly is read anew when a profile is given: its lists may have waited for just that.
    """
    waiting = Batch.objects.filter(client=client, status=Batch.Status.STAGED, report__delivery=_delivery(shas))
    if profile is not None:
        waiting = waiting.filter(report__complete=False)
    return waiting.order_by("-pk").first()


def _open_batch(client: Client, shas: Sequence[str], actor: str) -> Batch:
    report = {"complete": False, "delivery": _delivery(shas), "expected": len(shas)}
    return Batch.objects.create(client=client, received_at=clock.now(), author=actor, report=report)


@transaction.atomic
def _stage_file(batch: Batch, client: Client, name: str, source: Source, sha: str, given: Mapped) -> StagedFile:
    data = _bytes(source)
    file = StagedFile.objects.create(
        client=client, batch=batch, name=name[:300], sha=sha, size=len(data or b""), content=data
    )
    earlier = _earlier(file)
    if earlier is not None:
        file.known_from, file.format = earlier, earlier.format
        file.save(update_fields=["known_from", "format"])
        on = earlier.batch.received_at.astimezone(clock.ROME).strftime("%d/%m/%Y")
        _tell(file, Problem(name, None, "", "file.known", {"date": on, "batch": str(earlier.batch_id)}))
        return file
    _read_into(file, source if data is None else data, client, given)
    return file


def _bytes(source: Source) -> bytes | None:
    """None for a path that cannot be read, or is too large to be kept: the reader names the reason."""
    if isinstance(source, bytes):
        return source
    try:
        return source.read_bytes()
    except OSError:
        return None


def _earlier(file: StagedFile) -> StagedFile | None:
    """The first time these bytes came and gave rows, unless that delivery was refused."""
    same = StagedFile.objects.filter(client=file.client_id, sha=file.sha, known_from=None).exclude(pk=file.pk)
    same = same.exclude(batch__status=Batch.Status.REFUSED).filter(rows__isnull=False)
    return same.select_related("batch").order_by("pk").first()


def _read_into(file: StagedFile, source: Source, client: Client, given: Mapped) -> None:
    """Read a file and keep its rows and problems."""
    profile = given if isinstance(given, Profile) else None
    if isinstance(given, MappingProfile):
        file.profile, profile = given, Profile.from_dict(given.content)
    table = isinstance(source, bytes) and is_table(source)
    if table and profile is None and isinstance(source, bytes):
        known = recognise(client, source)
        if known is None:
            file.format = "list"
            file.save(update_fields=["format"])
            _tell(file, Problem(file.name, None, "", "table.unmapped"))
            return
        file.profile, profile = known
    found = rows_of(file, read(file.name, source, profile), client, profile if table else None)
    file.format = found.format or ("list" if table else "")
    file.save(update_fields=["format", "profile"])
    StagedRow.objects.bulk_create(found.rows)
    StagedProblem.objects.bulk_create(found.problems)


def _tell(file: StagedFile, problem: Problem) -> None:
    staged_problem(problem, file, None).save()


@transaction.atomic
def map_file(*, file: StagedFile, profile: Mapped, actor: str, as_of: dt.date) -> Batch:
    """Read a waiting list again with this mapping; what was read of it before is dropped.

    Refused with `batch.decided` when its delivery was accepted or refused.
    """
    batch = Batch.objects.select_for_update().select_related("client").get(pk=file.batch_id, client=file.client_id)
    if batch.status != Batch.Status.STAGED:
        raise Refused("batch.decided", "The delivery was decided already; bring the file again.")
    StagedProblem.objects.filter(
        Q(staged_row__file=file) | Q(file_name=file.name), client=file.client_id, batch=batch
    ).delete()
    StagedRow.objects.filter(client=file.client_id, file=file).delete()
    file.known_from = None
    file.save(update_fields=["known_from"])
    _read_into(file, bytes(file.content or b""), batch.client, profile)
    finish(batch, batch.client)
    record("file.mapped", actor=actor, client_id=batch.client_id, subject=batch, data={"file": file.name})
    return batch


@transaction.atomic
def finish(batch: Batch, client: Client) -> None:
    """Compare the whole delivery with what is known and write its report. Safe to repeat."""
    set_aside_discarded(batch, client)
    rows = StagedRow.objects.filter(client=client, batch=batch)
    told = {"sdi_notices": rows.filter(kind=KIND).count(), "collections": rows.filter(kind="collection").count()}
    effect = {**review(batch, client), **told}
    files = StagedFile.objects.filter(client=client, batch=batch)
    counts = files.aggregate(files=Count("pk"), known=Count("pk", filter=Q(known_from__isnull=False)))
    batch.report = {
        **batch.report,
        "complete": True,
        "files": counts["files"],
        "files_known": counts["known"],
        "effect": effect,
    }
    batch.save(update_fields=["report"])
