# SPDX-License-Identifier: Apache-2.0
"""What is written by the set is what Django writes row by row."""

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from ascolto.domain.outreach import outbox
from ascolto.domain.outreach.channels.email import EmailChannel, SmtpSettings
from ascolto.domain.outreach.looking import go_all
from ascolto.domain.outreach.models import Contact, Message
from ascolto.domain.outreach.sending import send_due
from ascolto.domain.records import actions, clock
from ascolto.domain.records.models import TrailEntry
from ascolto.domain.records.sets import add_for_each, update_each
from bench.sink import Sink

from .conftest import NOW

pytestmark = pytest.mark.django_db(transaction=True)
Queue = Callable[..., Message]


def rows(model: Any) -> list[dict[str, Any]]:
    return [
        {name: value for name, value in row.items() if name != "id"} for row in model.objects.order_by("pk").values()
    ]


def test_each_row_has_its_own_values_and_all_have_the_same(queue: Queue) -> None:
    messages = [queue(str(number)) for number in range(3)]
    own = {one.pk: (f"it's {one.pk} % \\ «è»", number) for number, one in enumerate(messages[:2])}
    changed = update_each(Message, ("detail", "attempts"), own, status="sent", sent_at=NOW, claimed_until=None)
    assert changed == set(own)
    for number, message in enumerate(messages):
        message.refresh_from_db()
        told = (message.detail, message.attempts, message.status, message.sent_at)
        assert told == ((*own[message.pk], "sent", NOW) if number < 2 else ("", 0, "queued", None))


def test_only_rows_that_still_are_so_are_changed(queue: Queue) -> None:
    ours, theirs, gone = queue("1", claimed_by="ada"), queue("2", claimed_by="bruno"), queue("3", claimed_by="ada")
    Message.objects.filter(pk=gone.pk).update(status="withdrawn")
    own = {one.pk: ("x",) for one in (ours, theirs, gone)}
    still = {"status": ["queued", "claimed"], "claimed_by": ["ada"]}
    assert update_each(Message, ("detail",), own, still=still, status="sending") == {ours.pk}
    assert sorted(Message.objects.values_list("detail", "status")) == [
        ("", "queued"),
        ("", "withdrawn"),
        ("x", "sending"),
    ]


def test_nothing_to_change_is_no_sentence(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        assert update_each(Message, ("detail",), {}, status="sent") == set()


def test_a_row_for_each_is_the_row_that_django_makes(queue: Queue) -> None:
    messages = [queue(str(number), to_name="Carla " + "x" * number * 60) for number in range(3)]
    outbox.log_messages([one.pk for one in messages], NOW)
    by_the_set = rows(Contact)
    Contact.objects.all().delete()
    for one in messages:
        Contact.objects.create(
            client_id=one.client_id, customer_id=one.customer_id, at=NOW, on_date=dt.date(2026, 11, 20),
            channel="email", direction="out", human=False, person=one.to_name[:120], outcome="sent", step=one.step,
            tone=one.tone, message=one, idempotency_key=f"message:{one.pk}",
        )  # fmt: skip
    assert by_the_set == rows(Contact)


def test_the_trail_of_many_is_the_trail_of_each(queue: Queue, monkeypatch: Any) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    messages = [queue(str(number)) for number in range(2)]
    before = TrailEntry.objects.count()
    actions.record_all("message_sent", actor="ada", subjects=messages, why="it's 100 %")
    for one in messages:
        actions.record("message_sent", actor="ada", client_id=one.client_id, subject=one, why="it's 100 %")
    written = rows(TrailEntry)[before:]
    assert written[:2] == written[2:]
    actions.record_all("message_sent", actor="ada", subjects=[])
    assert TrailEntry.objects.count() == before + 4


def test_a_column_that_is_none_is_refused(queue: Queue) -> None:
    queue()
    with pytest.raises(AssertionError, match="no such columns"):
        add_for_each(Message.objects.all(), TrailEntry, client_id=F("client_id"), kind="x")


@pytest.mark.parametrize("clients", [1, 2, None])
def test_a_window_is_found_along_the_index_however_full_the_outbox(
    queue: Queue, sink: Sink, altrove: Any, clients: int | None
) -> None:
    """Every sentence about messages that a run says: none walks the table, none sorts what waits."""
    waiting = [queue(str(number)) for number in range(3)]
    client_ids = [waiting[0].client_id, altrove.pk][:clients] if clients else None
    with CaptureQueriesContext(connection) as said:
        channels = {"email": EmailChannel(SmtpSettings.from_url(sink.url))}
        report = send_due(worker="w", channels=channels, allow=go_all, client_ids=client_ids, now=lambda: NOW)
        channels["email"].close()
    assert report.counts == {"sent": 3}
    told = [one["sql"] for one in said if '"outreach_message"' in one["sql"] or "UPDATE outreach_message" in one["sql"]]
    assert len(told) > 8
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":  # what it would do were the table large
            cursor.execute(
                "SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off; SET LOCAL enable_bitmapscan = off"
            )
        for sql in told:
            cursor.execute(("EXPLAIN " if connection.vendor == "postgresql" else "EXPLAIN QUERY PLAN ") + sql)
            plan = "\n".join(str(row[-1]) for row in cursor.fetchall())
            assert not re.search(r"SCAN outreach_message|TEMP B-TREE|Seq Scan on outreach_message|Sort", plan), (
                sql,
                plan,
            )
