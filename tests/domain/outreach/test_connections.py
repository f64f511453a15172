# SPDX-License-Identifier: Apache-2.0
"""Connections kept open: what is said on them, when they are given up, and what a busy or greylisting server gets."""

import datetime as dt
import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ascolto.domain.outreach import claims, lanes
from ascolto.domain.outreach import sending as sending_module
from ascolto.domain.outreach.channels import email
from ascolto.domain.outreach.channels.email import EmailChannel, SmtpSettings
from ascolto.domain.outreach.channels.folder import FolderChannel
from ascolto.domain.outreach.looking import go_all
from ascolto.domain.outreach.models import Message, Pace
from ascolto.domain.outreach.sending import SendReport, send_due
from ascolto.policies.load_sending import Provider, sending
from bench.sink import Sink

from .conftest import NOW
from .test_email_channel import changed

Queue = Callable[..., Message]
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def sink() -> Iterator[Sink]:
    running = Sink().start()
    running.keep_words = True
    yield running
    running.stop()


def channel_to(sink: Sink, per_connection: int = 0) -> EmailChannel:
    return EmailChannel(SmtpSettings.from_url(sink.url, timeout_seconds=5), per_connection)


@pytest.mark.parametrize("pipelining", [True, False])
def test_what_the_server_says_means_the_same_in_one_breath_and_word_by_word(pipelining: bool) -> None:
    sink = Sink(pipelining).start()
    said = {}
    with channel_to(sink) as channel:
        for who in ("carla", "nobody", "carla.b", "later", "later", "carla.c"):
            outcome = channel.send(changed(key=f"{who}{len(said)}", to_value=f"{who}@example.test"))
            said[len(said)] = (outcome.status, outcome.hint)
    sink.stop()
    assert list(said.values()) == [
        ("sent", ""), ("failed", ""), ("sent", ""), ("retry", "greylisting"), ("sent", ""), ("sent", ""),
    ]  # fmt: skip
    assert sum(sink.names.values()) == 4
    assert sink.connections == 1, "a refusal leaves the line fit for the next"


def test_a_silent_line_is_asked_first_and_a_busy_one_is_not(sink: Sink, monkeypatch: Any) -> None:
    with channel_to(sink) as channel:
        channel.send(changed(key="1"))
        channel.send(changed(key="2"))
        assert not any(word.upper().startswith(b"NOOP") for word in sink.words)
        monkeypatch.setattr(email, "IDLE_SECONDS", -1.0)
        channel.send(changed(key="3"))
    assert any(word.upper().startswith(b"NOOP") for word in sink.words)


def test_a_line_that_went_stale_is_replaced_and_the_message_leaves_once(sink: Sink) -> None:
    with channel_to(sink) as channel:
        channel.send(changed(key="1"))
        assert channel._server is not None
        channel._server.sock.shutdown(socket.SHUT_RDWR)
        assert channel.send(changed(key="2")).status == "sent"
    assert (sink.connections, sum(sink.names.values())) == (2, 2)


def test_a_line_carries_no_more_than_the_provider_wants(sink: Sink) -> None:
    with channel_to(sink, per_connection=2) as channel:
        for number in range(5):
            assert channel.send(changed(key=str(number))).status == "sent"
    assert (sink.connections, sink.most_open) == (3, 1)


def test_a_busy_server_is_busy_on_a_new_line_too(sink: Sink) -> None:
    with channel_to(sink) as channel:
        channel.send(changed(key="1"))
        outcome = channel.send(changed(key="2", to_value="busy@example.test"))
        assert (outcome.status, outcome.hint) == ("retry", "busy")
        assert sink.tried["busy@example.test"] == 2, "once on the old line, once on a new one"


# --- lanes ---

OWN = """
version = 2026-11-26
backoff_minutes = [5, 30]
greylist_minutes = [6]
pause_minutes = [1, 5]
[[provider]]
name = "slow"
domains = ["slow.test"]
per_minute = 20
connections = 1
confidence = "MEM"
[[provider]]
name = "other"
confidence = "MEM"
"""


@pytest.fixture
def own_limits(tmp_path: Any, settings: Any) -> None:
    (tmp_path / "providers.toml").write_text(OWN)
    settings.PROVIDERS_FILE = str(tmp_path / "providers.toml")


def send(sink: Sink, at: dt.datetime = NOW, **more: Any) -> SendReport:
    with channel_to(sink) as channel:
        return send_due(
            worker="w", channels={"email": channel}, allow=go_all, now=lambda: at, **({"rest": _never} | more)
        )


def _never(seconds: float) -> None:
    raise AssertionError("nothing here is worth waiting for")


def test_our_limits_are_whole_and_every_address_has_a_lane() -> None:
    policy = sending()
    assert policy.lane_of("email", "carla@GMAIL.com") == "gmail"
    assert policy.lane_of("email", "carla@libero.it ") == "libero"
    assert policy.lane_of("email", "carla@officine.example") == "other"
    assert policy.lane_of("pec", "officine@pec.it") == "pec"
    assert policy.lane_of("letter", "Via Verdi 5") == "letter"
    assert [one.name for one in policy.lanes(["letter"])] == ["letter"]


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(
    per_minute=st.integers(1, 3000),
    asked=st.lists(st.tuples(st.integers(0, 40_000), st.integers(1, 200)), min_size=1, max_size=60),
)
@pytest.mark.django_db
def test_no_minute_ever_holds_more_than_the_limit(per_minute: int, asked: list[tuple[int, int]]) -> None:
    """Claims at any moments, of any size, against a slow count of every minute."""
    Pace.objects.all().delete()
    provider = Provider("p", "MEM", per_minute=per_minute)
    at, taken = NOW, list[tuple[dt.datetime, int]]()
    for wait, wanted in asked:
        at += dt.timedelta(milliseconds=wait)
        count = lanes.room(provider, wanted, "w", at)
        lanes.take(provider, count, at)
        taken.append((at, count))
    for since, _count in taken:
        assert sum(count for moment, count in taken if since <= moment < since + MINUTE) <= per_minute


@pytest.mark.django_db(transaction=True)
def test_a_lane_at_its_limit_waits_and_the_others_go_on(queue: Queue, sink: Sink, own_limits: None) -> None:
    for number in range(30):
        queue(f"s{number}", to_value=f"carla{number}@slow.test")
        queue(f"o{number}", to_value=f"carla{number}@example.test")
    clock = {"now": NOW}

    def later(_seconds: float) -> None:
        clock["now"] += dt.timedelta(seconds=6)

    with channel_to(sink) as channel:
        report = send_due(worker="w", channels={"email": channel}, allow=go_all, now=lambda: clock["now"], rest=later)
    assert report.counts == {"sent": 60}
    assert report.lanes == {"slow": {"sent": 30}, "other": {"sent": 30}}
    sent = list(Message.objects.filter(lane="slow").order_by("sent_at").values_list("sent_at", flat=True))
    assert sent[-1] - sent[0] >= MINUTE / 2
    for first in sent:
        assert sum(first <= one < first + MINUTE for one in sent) <= 20


@pytest.mark.django_db(transaction=True)
def test_a_lane_has_no_more_workers_than_it_allows(queue: Queue, own_limits: None) -> None:
    for number in range(4):
        queue(f"s{number}", to_value="carla@slow.test")
    first = claims.claim_messages(1, "ada/1", NOW, channels=["email"])
    assert len(first) == 1
    assert claims.claim_messages(1, "bruno/2", NOW + MINUTE / 4, channels=["email"]) == []
    assert len(claims.claim_messages(1, "ada/1", NOW + MINUTE / 4, channels=["email"])) == 1
    assert len(claims.claim_messages(1, "bruno/2", NOW + claims.LEASE + MINUTE, channels=["email"])) == 1


@pytest.mark.django_db(transaction=True)
def test_a_busy_server_rests_and_nobody_else_is_charged_for_it(queue: Queue, sink: Sink) -> None:
    busy = queue("1", to_value="busy@example.test")
    others = [queue(str(number), to_value=f"carla{number}@example.test") for number in range(2, 6)]
    assert send(sink).counts == {"queued": 1}
    assert set(Message.objects.exclude(pk=busy.pk).values_list("status", "attempts")) == {("queued", 0)}
    assert send(sink, NOW + MINUTE / 2).counts == {}, "the lane rests"
    assert send(sink, NOW + MINUTE).counts == {"sent": len(others)}
    assert Pace.objects.get(lane="other").pauses == 0, "it works again: the next rest is a short one"


@pytest.mark.django_db(transaction=True)
def test_pauses_grow_while_a_server_stays_busy_and_two_workers_are_one(queue: Queue) -> None:
    provider, policy = sending().lanes(["email"])[-1], sending()
    ends = [lanes.pause(provider, policy, NOW), lanes.pause(provider, policy, NOW)]
    assert Pace.objects.get(lane="other").next_at == ends[0] == NOW + MINUTE
    lanes.pause(provider, policy, NOW + MINUTE)
    assert Pace.objects.get(lane="other").next_at == NOW + 6 * MINUTE


@pytest.mark.django_db(transaction=True)
def test_a_greylisted_message_comes_back_when_it_was_told(queue: Queue, sink: Sink) -> None:
    message = queue(to_value="later@example.test")
    assert send(sink).counts == {"queued": 1}
    message.refresh_from_db()
    assert message.not_before == NOW + 6 * MINUTE
    assert send(sink, NOW + 6 * MINUTE).counts == {"sent": 1}


@pytest.mark.django_db(transaction=True)
def test_what_waits_without_a_lane_is_given_one(queue: Queue, sink: Sink) -> None:
    message = queue(to_value="carla@gmail.com")
    Message.objects.update(lane="of a file that is gone")
    assert send(sink).counts == {"sent": 1}
    message.refresh_from_db()
    assert message.lane == "gmail"


@pytest.mark.django_db(transaction=True)
def test_a_window_costs_a_bounded_number_of_queries(
    queue: Queue, sink: Sink, django_assert_max_num_queries: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr(sending_module, "WINDOW_SECONDS", 1000.0)  # however slow the machine, the windows grow
    for number in range(100):
        queue(f"m{number}", to_value=f"carla{number}@example.test")
    with django_assert_max_num_queries(90):  # 10 + 20 + 40 + 30 messages are four windows, and the look for more
        assert send(sink).counts == {"sent": 100}


@pytest.mark.django_db(transaction=True)
def test_asked_to_stop_it_ends_the_word_and_gives_the_rest_back(queue: Queue, sink: Sink) -> None:
    for number in range(8):
        queue(f"m{number}", to_value=f"carla{number}@example.test")
    assert send(sink, stop=lambda: sum(sink.names.values()) >= 3).counts == {"sent": 3}
    assert set(Message.objects.filter(status="queued").values_list("attempts", "claimed_by")) == {(0, "")}
    assert send(sink).counts == {"sent": 5}


@pytest.mark.django_db(transaction=True)
def test_nobody_waits_for_the_lane_of_another_client(queue: Queue, sink: Sink, own_limits: None, altrove: Any) -> None:
    for number in range(3):
        queue(f"s{number}", to_value="carla@slow.test")
    assert send(sink, client_ids=[altrove.pk]).counts == {}


@pytest.mark.django_db(transaction=True)
def test_a_folder_of_ours_has_no_limits(queue: Queue, own_limits: None, tmp_path: Any) -> None:
    for number in range(30):
        queue(f"s{number}", to_value="carla@slow.test")
    channels = {"email": FolderChannel(tmp_path / "mail")}
    assert send_due(worker="w", channels=channels, allow=go_all, now=lambda: NOW, rest=_never).counts == {"sent": 30}
