# SPDX-License-Identifier: Apache-2.0
"""What leaves the outbox leaves once, is looked at once more, and is written down where it belongs."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ascolto.domain.outreach import claims, lanes, outbox
from ascolto.domain.outreach.actions import withdraw_messages
from ascolto.domain.outreach.channels import Channel, Outcome, Outgoing
from ascolto.domain.outreach.channels.letter import LetterChannel
from ascolto.domain.outreach.looking import GO, Permission
from ascolto.domain.outreach.models import Contact, Document, Message
from ascolto.domain.outreach.sending import SendReport, send_due
from ascolto.domain.records.errors import Refused

from .conftest import NOW, Mailbox

pytestmark = pytest.mark.django_db(transaction=True)
Queue = Callable[..., Message]
MINUTE = dt.timedelta(minutes=1)


class Says:
    """A channel that answers as told, and counts."""

    repeatable = False

    def __init__(self, *outcomes: Outcome, on_send: Callable[[Outgoing], None] = lambda message: None) -> None:
        self.outcomes = list(outcomes)
        self.on_send = on_send
        self.sent: list[Outgoing] = []

    def send(self, message: Outgoing) -> Outcome:
        self.sent.append(message)
        self.on_send(message)
        return self.outcomes.pop(0) if self.outcomes else Outcome("sent", "id-1")


def send(
    channel: Channel,
    *,
    at: dt.datetime = NOW,
    allow: Callable[[Message], Permission] = lambda m: GO,
    name: str = "email",
    **more: Any,
) -> SendReport:
    looks = {"allow": lambda messages: {m.pk: allow(m) for m in messages}}
    return send_due(worker="w", channels={name: channel}, **looks, now=lambda: at, **more)


def status(message: Message) -> str:
    message.refresh_from_db()
    return message.status


def test_a_sent_message_stands_once_on_the_contact_log(queue: Queue, mailbox: Mailbox) -> None:
    message = queue()
    with mailbox.channel() as channel:
        assert send(channel).counts == {"sent": 1}
        assert send(channel).counts == {}
    contact = Contact.objects.get()
    assert len(mailbox.arrived) == 1
    assert status(message) == "sent"
    assert (contact.message_id, contact.step, contact.tone, contact.human) == (message.pk, "first", 1, False)
    assert (contact.on_date, contact.outcome) == (NOW.date(), "sent")
    assert message.provider_id.encode() in mailbox.arrived[0]


def test_a_letter_is_kept_exactly_as_it_left(queue: Queue, tmp_path: Path) -> None:
    message = queue(channel="letter")
    send(LetterChannel(tmp_path), name="letter")
    document, (file,) = Document.objects.get(), tmp_path.glob("*.pdf")
    assert status(message) == "sent"
    assert file.read_bytes() == bytes(document.content)
    assert document.message_id == message.pk
    assert bytes(document.content).startswith(b"%PDF")


def test_channels_that_we_do_not_have_wait(queue: Queue, tmp_path: Path) -> None:
    message = queue()
    assert send(LetterChannel(tmp_path), name="letter").counts == {}
    assert status(message) == "queued"


@pytest.mark.parametrize(("not_before", "leaves"), [(NOW - MINUTE, True), (NOW, True), (NOW + MINUTE, False)])
def test_nothing_leaves_before_its_time(queue: Queue, not_before: dt.datetime, leaves: bool) -> None:
    message = queue(not_before=not_before)
    send(Says())
    assert (status(message) == "sent") is leaves


def test_it_is_asked_again_just_before_it_leaves(queue: Queue) -> None:
    message, channel = queue(), Says()
    taken: list[int] = []
    report = send(
        channel,
        allow=lambda m: Permission(False, "Carla has paid"),
        after_withdrawn=lambda messages: taken.extend(m.pk for m in messages),
    )
    assert report.counts == {"withdrawn": 1}
    assert (status(message), message.detail, channel.sent) == ("withdrawn", "Carla has paid", [])
    assert taken == [message.pk]
    assert not Contact.objects.exists()


def test_outside_the_hours_it_waits_for_the_morning(queue: Queue) -> None:
    message, morning = queue(), NOW + dt.timedelta(hours=20)
    assert send(Says(), allow=lambda m: Permission(False, "too late", morning)).counts == {"waiting": 1}
    assert (status(message), message.not_before) == ("queued", morning)
    assert send(Says(), at=morning).counts == {"sent": 1}


def test_withdrawn_while_claimed_it_does_not_leave(queue: Queue) -> None:
    message, channel = queue(), Says()

    def meanwhile(m: Message) -> Permission:
        assert withdraw_messages(client_id=m.client_id, message_ids=[m.pk], why="paid") == {m.pk}
        return GO

    assert send(channel, allow=meanwhile).counts == {}
    assert (status(message), channel.sent) == ("withdrawn", [])


def test_once_it_is_being_sent_it_can_not_be_withdrawn(queue: Queue) -> None:
    message = queue()

    def late(outgoing: Outgoing) -> None:
        assert withdraw_messages(client_id=message.client_id, message_ids=[message.pk], why="paid") == set()

    send(Says(on_send=late))
    assert status(message) == "sent"


def test_two_workers_never_share_a_message(queue: Queue) -> None:
    messages = [queue(str(number)) for number in range(5)]
    ada = claims.claim_messages(3, "ada", NOW, channels=["email"])
    bruno = claims.claim_messages(9, "bruno", NOW, channels=["email"])
    assert {m.pk for m in ada} | {m.pk for m in bruno} == {m.pk for m in messages}
    assert not {m.pk for m in ada} & {m.pk for m in bruno}


def test_a_worker_that_dies_before_sending_loses_nothing(queue: Queue) -> None:
    message = queue()
    (claimed,) = claims.claim_messages(9, "dies", NOW, channels=["email"])
    assert send(Says(), at=NOW + claims.LEASE).counts == {}
    assert send(Says(), at=NOW + claims.LEASE + MINUTE).counts == {"sent": 1}
    assert outbox.begin_sending([claimed], NOW) == [], "the dead one comes back and must not send"
    assert status(message) == "sent"


def test_temporary_trouble_is_tried_again_later_but_not_for_ever(queue: Queue) -> None:
    message, busy = queue(), Outcome("retry", detail="421 busy")
    at = NOW
    waits = [dt.timedelta(minutes=minutes) for minutes in lanes.limits().backoff_minutes]
    for number, wait in enumerate(waits, start=1):
        assert send(Says(busy), at=at).counts == {"queued": 1}
        assert (status(message), message.attempts, message.not_before) == ("queued", number, at + wait)
        at += wait
    assert send(Says(busy), at=at).counts == {"failed": 1}
    assert (status(message), message.detail) == ("failed", "421 busy")
    assert not Contact.objects.exists()


def test_a_message_that_cannot_be_made_fails_alone(queue: Queue) -> None:
    bad, good = queue("1", facts={"no": "facts"}), queue("2")
    report = send(Says())
    assert (status(bad), status(good)) == ("failed", "sent")
    assert report.problems == [(bad.pk, bad.detail)]


def test_doubtful_is_never_sent_again_by_itself(queue: Queue) -> None:
    message, channel = queue(), Says(Outcome("doubtful", "id-1", "broke"))
    send(channel)
    send(channel, at=NOW + dt.timedelta(days=30))
    assert (status(message), len(channel.sent)) == ("doubtful", 1)


@pytest.mark.parametrize(("really_sent", "sends", "then"), [(True, 1, "sent"), (False, 2, "sent")])
def test_a_person_settles_what_is_doubtful(queue: Queue, really_sent: bool, sends: int, then: str) -> None:
    message, channel = queue(), Says(Outcome("doubtful", "id-1", "broke"))
    send(channel)
    settled = {
        "client_id": message.client_id,
        "message_id": message.pk,
        "actor": "bruno",
        "now": NOW + MINUTE,
    }
    outbox.resolve_doubtful(**settled, really_sent=really_sent)  # type: ignore[arg-type]
    send(channel, at=NOW + MINUTE)
    assert (len(channel.sent), status(message), Contact.objects.count()) == (sends, then, 1)
    with pytest.raises(Refused) as refused:
        outbox.resolve_doubtful(**settled, really_sent=True)  # type: ignore[arg-type]
    assert refused.value.code == "not_doubtful"


def test_nobody_settles_the_messages_of_another_client(queue: Queue, altrove: Any) -> None:
    message = queue(status="doubtful")
    with pytest.raises(Refused):
        outbox.resolve_doubtful(client_id=altrove.pk, message_id=message.pk, really_sent=True, actor="dario", now=NOW)
    assert status(message) == "doubtful"


def test_a_slow_server_that_answers_after_the_lease_is_believed(queue: Queue) -> None:
    message = queue()

    def meanwhile(outgoing: Outgoing) -> None:
        assert outbox.recover_messages(NOW + claims.LEASE + MINUTE) == 1

    assert send(Says(on_send=meanwhile)).counts == {"sent": 1}
    assert (status(message), Contact.objects.count()) == ("sent", 1)


def test_the_hook_and_the_log_stand_or_fall_together(queue: Queue) -> None:
    message = queue()

    def trouble(messages: Any) -> None:
        raise RuntimeError("the step could not be closed")

    with pytest.raises(RuntimeError):
        send(Says(), after_sent=trouble)
    assert (status(message), Contact.objects.count()) == ("sending", 0)
    assert send(Says(), at=NOW + claims.LEASE + MINUTE).counts == {"doubtful": 1}
