# SPDX-License-Identifier: Apache-2.0
"""A real mail server on loopback, a letter to Carla, and messages in the outbox."""

import datetime as dt
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP

from ascolto.domain.outreach import wording
from ascolto.domain.outreach.actions import queue_messages
from ascolto.domain.outreach.channels.email import EmailChannel, SmtpSettings
from ascolto.domain.outreach.facts import Item, MessageFacts
from ascolto.domain.outreach.models import Message
from ascolto.domain.records import clock
from bench.sink import Sink

NOW = dt.datetime(2026, 11, 20, 10, tzinfo=clock.ROME)


class Mailbox(Controller):
    """Keeps what arrived; can be told to refuse, or to hang up at a given step."""

    def __init__(self) -> None:
        self.arrived: list[bytes] = []
        self.rcpt_reply = "250 ok"
        self.data_reply = "250 kept as 1234"
        self.hang_up_after_data = False
        self.open_connections = 0
        self._lock = threading.Lock()
        super().__init__(self, hostname="127.0.0.1", port=0)

    def factory(self) -> SMTP:
        box = self

        class Server(SMTP):
            def connection_made(self, transport: Any) -> None:
                box.open_connections += 1
                super().connection_made(transport)

            def connection_lost(self, error: Any) -> None:
                box.open_connections -= 1
                super().connection_lost(error)

        return Server(self)

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]  # the one that the machine chose
        super()._trigger_server()

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if self.rcpt_reply.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.rcpt_reply

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.data_reply.startswith("250"):
            with self._lock:
                self.arrived.append(envelope.content)
        if self.hang_up_after_data:
            server.transport.abort()
        return self.data_reply

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}?from=crediti@acqua.test"

    def channel(self) -> EmailChannel:
        return EmailChannel(SmtpSettings.from_url(self.url, timeout_seconds=5))

    def wait_until_quiet(self) -> None:
        """Until everyone who spoke has hung up: what was on its way has then arrived."""
        for _turn in range(2000):
            if self.open_connections == 0:
                return
            time.sleep(0.001)
        raise AssertionError("a connection stays open")


@pytest.fixture
def sink() -> Iterator[Sink]:
    running = Sink().start()
    yield running
    running.stop()


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    box = Mailbox()
    box.start()
    yield box
    box.stop()


def facts(**changes: Any) -> MessageFacts:
    """Carla and her two invoices, of which one is partly paid."""
    items = (
        Item(
            invoice_number="2026/1042", issued_on=dt.date(2026, 8, 31), due_on=dt.date(2026, 9, 30),
            amount_cents=18_450, balance_cents=18_450,
        ),
        Item(
            invoice_number="2026/1187", issued_on=dt.date(2026, 9, 30), due_on=dt.date(2026, 10, 31),
            amount_cents=121_000, balance_cents=61_000,
        ),
    )  # fmt: skip
    known: dict[str, Any] = {
        "client_name": "Acqua e Luce S.p.A.", "client_address": ("Via Roma 1", "20121 Milano"),
        "client_phone": "800 123 456", "client_email": "clienti@acqua.test",
        "client_iban": "IT60X0542811101000000123456", "client_footer": "P. IVA 01234567897",
        "customer_name": "Carla Bianchi", "customer_address": ("Via Verdi 5", "20123 Milano MI"),
        "customer_number": "C001", "salutation": "person_f", "items": items, "total_cents": 79_450,
        "as_of": dt.date(2026, 11, 20), "payment_reference": "C001 2026/1042 2026/1187",
        "promise_cents": 30_000, "promise_on": dt.date(2026, 11, 27),
        "paid_cents": 18_450, "paid_on": dt.date(2026, 11, 18), "operator_name": "Ada Operatrice",
    }  # fmt: skip
    if "items" in changes:
        changes.setdefault("total_cents", sum(item.balance_cents for item in changes["items"]))
    return MessageFacts(**(known | changes))


@pytest.fixture
def queue(carla: Any) -> Callable[..., Message]:
    """Puts a written message to Carla into the outbox."""

    def put(key: str = "1", channel: str = "email", template: str = "reminder_first", **changes: Any) -> Message:
        of = facts()
        composed = wording.compose(template, 1, "it", of, channel=channel)  # type: ignore[arg-type]
        fields: dict[str, Any] = {
            "client_id": carla.client_id, "customer": carla, "channel": channel, "to_name": "Carla Bianchi",
            "to_value": "carla@example.test" if channel == "email" else "Via Verdi 5, 20123 Milano MI",
            "template": template, "template_version": composed.template_version, "tone": composed.tone,
            "language": "it", "step": "first", "subject": composed.subject, "text": composed.text,
            "html": composed.html, "facts": of.to_dict(), "idempotency_key": key, "queued_at": NOW,
            "not_before": NOW,
        }  # fmt: skip
        return queue_messages([Message(**(fields | changes))])[0]

    return put
