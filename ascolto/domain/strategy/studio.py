# SPDX-License-Identifier: Apache-2.0
"""Previews as people ask for them: kept with their draft, computed by whoever claims them, read again, deleted.

Few customers are compared at once; many by a process of its own (`START`). What a dead process held is asked again by
a person. Nothing is written but the preview itself.
"""

import datetime as dt
import subprocess
import sys
import threading
from functools import partial
from typing import Any

from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from ascolto.domain.access.models import Client
from ascolto.domain.access.viewer import Viewer, visible
from ascolto.domain.portfolio.models import Customer
from ascolto.domain.records import clock
from ascolto.domain.records.actions import record
from ascolto.domain.records.apart import environment
from ascolto.domain.records.errors import Refused
from ascolto.domain.strategy import nights
from ascolto.domain.strategy import preview as trial
from ascolto.domain.strategy.drafts import draft_policy
from ascolto.domain.strategy.models import Preview
from ascolto.domain.strategy.night import FEW
from ascolto.engine.compare import Comparison
from ascolto.engine.reading import PolicyError

START = "import sys, django; django.setup(); from ascolto.domain.strategy.studio import main; main(*sys.argv[1:])"
PATIENCE = dt.timedelta(minutes=1)
"""How long a preview may wait for its process to begin before it counts as interrupted."""


def previews(viewer: Viewer, client_id: int) -> QuerySet[Preview]:
    """The previews of a client, without what is long."""
    return visible(viewer, Preview.objects.filter(client_id=client_id)).defer("draft", "result")


def ask_preview(*, client: Client, text: str, as_of: dt.date, actor: str) -> Preview:
    """Keep the draft `text` and compare what everybody would get on `as_of`: at once when they are few, else in a
    process of its own. Raises BadDraft (a Refused), and then nothing is kept."""
    policy = draft_policy(client=client, text=text, as_of=as_of)
    with transaction.atomic():
        asked = Preview.objects.create(
            client=client, name=policy.name[:60], draft=text, author=actor, as_of=as_of, asked_at=clock.wall(),
            customers=Customer.objects.filter(client=client).count(),
        )  # fmt: skip
        record("preview_asked", actor=actor, client_id=client.pk, subject=asked, data={"as_of": as_of.isoformat()})
    _set_going(asked)
    return asked


def ask_again(*, preview: Preview, actor: str) -> Preview:
    """Compare once more: after a failure, or when whoever was at it has died. Refused: `at_work`."""
    with transaction.atomic():
        stuck = Q(state=Preview.State.FAILED)
        if is_interrupted(preview):
            stuck |= Q(state=preview.state, claimed_by=preview.claimed_by)
        freed = Preview.objects.filter(stuck, pk=preview.pk).update(
            state=Preview.State.WAITING, claimed_by="", claimed_until=None, problem="", asked_at=clock.wall()
        )
        if not freed:
            raise Refused("at_work", _("This preview is being computed already, or is done."))
        record("preview_asked_again", actor=actor, client_id=preview.client_id, subject=preview)
    preview.refresh_from_db()
    _set_going(preview)
    return preview


@transaction.atomic
def delete_preview(*, preview: Preview, viewer: Viewer, actor: str) -> None:
    """Forget a preview. Refused: `not_yours` (its author deletes it, or an administrator)."""
    if preview.author != viewer.name and not viewer.may("administer", preview.client_id):
        raise Refused("not_yours", _("Only %(who)s or an administrator may delete it.") % {"who": preview.author})
    record("preview_deleted", actor=actor, client_id=preview.client_id, subject=preview, data={"name": preview.name})
    preview.delete()


def is_interrupted(preview: Preview) -> bool:
    """Whether nobody is at it any more, though it is not done."""
    now = clock.wall()
    if preview.state == Preview.State.WAITING:
        return now - preview.asked_at > PATIENCE
    if preview.state != Preview.State.RUNNING or preview.claimed_until is None:
        return False
    return not nights.at_work(preview.claimed_by, preview.claimed_until, now)


def comparison_of(preview: Preview) -> Comparison:
    """What a finished preview found."""
    return Comparison.from_dict(preview.result)


def _set_going(asked: Preview) -> None:
    if asked.customers <= FEW:
        compare_preview(asked.pk)
        asked.refresh_from_db()
    else:
        transaction.on_commit(partial(_start, asked.pk))


def _start(pk: int) -> None:
    """A process that outlives the request, and the server."""
    worker = subprocess.Popen(
        [sys.executable, "-c", START, str(pk)], env=environment(), stdin=subprocess.DEVNULL, start_new_session=True
    )
    threading.Thread(target=worker.wait, daemon=True, name=f"preview {pk}").start()  # no zombie stays behind


def claim_preview(pk: int) -> Preview | None:
    """Take a waiting preview; None when another has it, or it is gone."""
    now = clock.wall()
    taken = Preview.objects.filter(pk=pk, state=Preview.State.WAITING).update(
        state=Preview.State.RUNNING, claimed_by=nights.myself(), claimed_until=now + nights.LEASE, begun_at=now, done=0
    )
    return Preview.objects.select_related("client").get(pk=pk) if taken else None


def compare_preview(pk: int) -> bool:
    """Claim a preview, compute it and keep what it found; False when there was nothing to claim."""
    mine = claim_preview(pk)
    if mine is None:
        return False
    ended: dict[str, Any] = {"state": Preview.State.FAILED, "problem": _("An error of ours stopped it: see the log.")}
    try:
        policy = draft_policy(client=mine.client, text=mine.draft, as_of=mine.as_of)
        found = trial.preview(client=mine.client, draft=policy, as_of=mine.as_of, tell=partial(_tell, mine))
        kept = found.comparison.as_dict() | {"in_force": found.in_force, "draft": found.draft}
        ended = {"state": Preview.State.DONE, "result": kept, "seconds": found.seconds}
    except (Refused, PolicyError, LookupError) as error:
        # The policy in force, the charter or the calendar of that day cannot be read: its author hears why.
        ended["problem"] = str(error)[:2000]
    finally:
        _held(mine).update(claimed_by="", claimed_until=None, **ended)
    return True


def _tell(mine: Preview, done: int, of: int) -> None:
    now = clock.wall()
    # The time left goes by the comparing, not by the taking of the facts before it.
    begun = {"begun_at": now} if not done else {}
    _held(mine).update(done=done, customers=of, claimed_until=now + nights.LEASE, **begun)


def _held(mine: Preview) -> QuerySet[Preview]:
    return Preview.objects.filter(pk=mine.pk, state=Preview.State.RUNNING, claimed_by=mine.claimed_by)


def main(pk: str) -> None:
    """The life of the process of one preview; Django must be set up."""
    compare_preview(int(pk))
    connection.close()
