# SPDX-License-Identifier: Apache-2.0
"""Receipts are believed only when they agree with themselves, and each is tied to the message it proves."""

import datetime as dt
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from ascolto.domain.access.models import Client
from ascolto.domain.outreach.certified import read_mail
from ascolto.domain.outreach.models import Contact, Document, Message, Receipt
from ascolto.domain.outreach.receipts import Received, receive_mail
from ascolto.domain.portfolio.models import Customer
from ascolto.domain.records.models import TrailEntry

from .conftest import NOW
from .postbox import bounce, envelope, plain, receipt

MSGID = "1-m-abc@pec.acqua.test"


@pytest.mark.parametrize(
    ("raw", "kind", "says"),
    [
        (receipt("accettazione", MSGID), "receipt", "accepted"),
        (receipt("avvenuta-consegna", MSGID), "receipt", "delivered"),
        (receipt("errore-consegna", MSGID, errore="no-dest"), "receipt", "failed"),
        (receipt("preavviso-errore-consegna", MSGID), "receipt", "delayed"),
        (receipt("avvenuta-consegna", MSGID, header="accettazione"), "unproven", "but daticert.xml"),
        (receipt("avvenuta-consegna", MSGID, header="-"), "unproven", "without X-Ricevuta"),
        (receipt("avvenuta-consegna", MSGID, day="31/02/2026"), "unproven", "no message or no time"),
        (plain(X_Ricevuta="accettazione"), "unproven", "without daticert.xml"),
        (envelope(plain()), "reply", ""),
        (envelope(plain(), tipo="avvenuta-consegna"), "unproven", "says otherwise"),
        (envelope(receipt("avvenuta-consegna", MSGID), carried="errore"), "reply", ""),
        (bounce(MSGID), "bounce", "bounced"),
        (bounce(MSGID, action="delayed", status="4.4.1"), "bounce", "delayed"),
        (plain(Auto_Submitted="auto-replied"), "automatic", ""),
        (plain(), "reply", ""),
        (b"", "reply", ""),
        (b"\xff\x00 not a mail\r\nSubject: =?x-unknown?B?AA==?=\r\n", "reply", ""),
    ],
)
def test_what_a_mail_is(raw: bytes, kind: str, says: str) -> None:
    mail = read_mail(raw)
    assert mail.kind == kind
    assert says in (mail.proofs[0].what if mail.proofs else mail.why)


def test_a_receipt_says_when_to_whom_and_by_whom() -> None:
    [proof] = read_mail(receipt("avvenuta-consegna", MSGID)).proofs
    assert proof.at == dt.datetime(2026, 11, 20, 10, 15, 30, tzinfo=dt.timezone(dt.timedelta(hours=1)))
    assert (proof.reference, proof.recipient, proof.provider) == (MSGID, "carla@pec.test", "GESTORE DEMO S.P.A.")
    [lost] = read_mail(bounce(MSGID)).proofs
    assert (lost.recipient, lost.error, lost.detail) == ("carla@example.test", "5.1.1", "550 no such user")


def test_the_mail_inside_an_envelope_is_the_one_that_was_written() -> None:
    mail = read_mail(envelope(plain(text="È tutto pagato.\n", answers=MSGID)))
    assert (mail.sender, mail.sender_name, mail.text) == ("carla@pec.test", "Carla Bianchi", "È tutto pagato.")
    assert mail.about == (MSGID,)


@pytest.fixture
def notice(queue: Any) -> Message:
    """A formal notice by PEC, sent and logged, not yet proven."""
    message = queue(channel="pec", to_value="carla@pec.test", status="sent", sent_at=NOW, provider_id=f"<{MSGID}>")
    Contact.objects.create(
        client=message.client, customer=message.customer, at=NOW, on_date=NOW.date(), channel="pec", direction="out",
        human=False, outcome="sent", message=message,
    )  # fmt: skip
    return message


def taken(client: Client, raw: bytes, certified: bool = True) -> Received:
    return receive_mail(client=client, raw=raw, certified=certified, actor="test", now=NOW)


def states(message: Message) -> tuple[str, str]:
    message.refresh_from_db()
    return message.status, Contact.objects.get(message=message).outcome


def test_a_notice_is_accepted_then_delivered_and_its_time_is_that_of_the_receipt(
    acqua: Client, notice: Message
) -> None:
    assert taken(acqua, receipt("accettazione", MSGID)).fate == "receipt"
    assert states(notice) == ("sent", "sent")
    delivered = receipt("avvenuta-consegna", MSGID, time="10:16:00")
    assert taken(acqua, delivered).message == notice
    assert states(notice) == ("delivered", "delivered")
    assert notice.delivered_at == NOW.replace(hour=10, minute=16)
    assert taken(acqua, delivered).fate == "known", "the same receipt twice is one"
    kept = Receipt.objects.filter(message=notice).order_by("at")
    assert [(one.what, bytes(one.content) != b"") for one in kept] == [("accepted", True), ("delivered", True)]
    assert TrailEntry.objects.filter(verb="receipt_kept").count() == 2


def test_delivery_wins_in_whatever_order_the_receipts_come(acqua: Client, notice: Message) -> None:
    for tipo in ("avvenuta-consegna", "accettazione", "errore-consegna"):
        assert not taken(acqua, receipt(tipo, MSGID)).lost
    assert states(notice) == ("delivered", "delivered")


@pytest.mark.parametrize("tipo", ["errore-consegna", "non-accettazione", "rilevazione-virus"])
def test_a_notice_that_did_not_arrive_has_failed_with_the_providers_words(
    acqua: Client, notice: Message, tipo: str
) -> None:
    raw = receipt(tipo, MSGID, errore="no-dest", more="<errore-esteso>5.1.1 - indirizzo non valido</errore-esteso>")
    assert taken(acqua, raw).lost
    assert states(notice) == ("failed", "failed")
    assert "indirizzo non valido" in notice.detail
    assert notice.delivered_at is None


def test_an_acceptance_resolves_the_doubt_and_does_what_sending_would_have_done(acqua: Client, notice: Message) -> None:
    Contact.objects.filter(message=notice).delete()
    Message.objects.filter(pk=notice.pk).update(status="doubtful", provider_id="1-m-abc", sent_at=None)
    left: list[int] = []
    receive_mail(client=acqua, raw=receipt("accettazione", MSGID), certified=True, actor="test", now=NOW,
                 after_sent=lambda messages: left.extend(m.pk for m in messages))  # fmt: skip
    assert (states(notice), left) == (("sent", "sent"), [notice.pk])


@pytest.mark.parametrize(
    ("raw", "certified", "fate"),
    [
        (receipt("avvenuta-consegna", MSGID), False, "unproven"),
        (receipt("avvenuta-consegna", MSGID, to="other@pec.test"), True, "unproven"),
        (receipt("avvenuta-consegna", "unknown@pec.test"), True, "unknown"),
        (bounce(MSGID), True, "unknown"),
        (plain("nobody@x.test"), True, "unknown"),
        (plain(Auto_Submitted="auto-replied", answers=MSGID), True, "automatic"),
    ],
)
def test_what_proves_nothing_changes_nothing(
    acqua: Client, notice: Message, raw: bytes, certified: bool, fate: str
) -> None:
    assert taken(acqua, raw, certified).fate == fate
    assert states(notice) == ("sent", "sent")
    assert not Receipt.objects.exists()
    assert not Document.objects.exists()


def test_another_client_cannot_prove_our_message(altrove: Client, notice: Message) -> None:
    assert taken(altrove, receipt("avvenuta-consegna", MSGID)).fate == "unknown"
    assert states(notice) == ("sent", "sent")


def test_an_email_that_comes_back_is_lost(acqua: Client, queue: Any) -> None:
    message = queue(status="sent", sent_at=NOW, provider_id=f"<{MSGID}>")
    assert not taken(acqua, bounce(MSGID, action="delayed", status="4.4.1"), False).lost
    assert taken(acqua, bounce(MSGID), False).lost
    message.refresh_from_db()
    assert (message.status, "550 no such user" in message.detail) == ("failed", True)


def test_a_reply_is_kept_as_it_came_and_stands_in_the_one_log(acqua: Client, carla: Customer, notice: Message) -> None:
    raw = envelope(plain("new@address.test", answers=MSGID))
    assert taken(acqua, raw).customer_id == carla.pk
    assert taken(acqua, raw).fate == "known"
    said = Contact.objects.get(direction="in")
    assert (said.customer, said.channel, said.outcome, said.person) == (carla, "pec", "received", "Carla Bianchi")
    assert "Pago venerdì." in said.note
    assert bytes(Document.objects.get().content) == raw
    assert taken(acqua, plain("CARLA@example.test"), False).customer_id == carla.pk, "known by her address alone"


def test_a_receipt_is_never_changed_nor_deleted(acqua: Client, notice: Message) -> None:
    taken(acqua, receipt("accettazione", MSGID))
    for sql in ("UPDATE outreach_receipt SET error = ''", "DELETE FROM outreach_receipt"):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)
