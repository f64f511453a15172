# SPDX-License-Identifier: Apache-2.0
"""A real IMAP mailbox is read and left exactly as it was; what it says is followed by a new decision."""

import imaplib
from collections.abc import Iterator
from typing import Any

import pytest

from ascolto.config.main import main
from ascolto.domain.access.models import Client
from ascolto.domain.intake.models import SdiNotice, StagedFile
from ascolto.domain.outreach.mailbox import MailboxError, MailboxSettings, opened
from ascolto.domain.outreach.models import MailboxMark, Message, Receipt
from ascolto.domain.strategy.inbox import InboxReport, read_inbox
from ascolto.domain.strategy.models import Action, Decision, PolicyVersion, Run
from tests.domain.intake.deliveries import invoice, take
from tests.domain.intake.formats.making import zipped
from tests.domain.intake.formats.test_sdi import DELIVERED, FILE, OFFICE, RECEIVED, notice

from .conftest import NOW
from .postbox import ImapServer, bounce, from_sdi, plain, receipt

MSGID = "1-m-abc@pec.acqua.test"


@pytest.fixture(scope="module")
def imap() -> Iterator[ImapServer]:
    server = ImapServer()
    yield server
    server.stop()


@pytest.fixture
def post(imap: ImapServer) -> Iterator[imaplib.IMAP4]:
    """The mailbox, empty, as its owner sees it."""
    with imaplib.IMAP4("127.0.0.1", imap.port) as box:
        box.login("ada", "segreta")
        box.select("INBOX")
        box.store("1:*", "+FLAGS", r"\Deleted")
        box.expunge()
        yield box


def put(box: imaplib.IMAP4, *mails: bytes) -> None:
    for mail in mails:
        assert box.append("INBOX", "", None, mail)[0] == "OK"  # type: ignore[arg-type]


def read(client: Client, imap: ImapServer) -> InboxReport:
    settings = MailboxSettings.from_url(imap.url + "&pec=1")
    return read_inbox(client=client, mailbox=settings, actor="test", as_of=NOW.date())


def flags(box: imaplib.IMAP4) -> list[Any]:
    """UID and flags of every mail, as the owner's next look shows them."""
    box.select("INBOX", readonly=True)
    return [line for line in box.uid("FETCH", "1:*", "(UID FLAGS)")[1] if line]


def test_new_mail_is_taken_once_and_the_mailbox_stays_as_it_was(
    acqua: Client, queue: Any, imap: ImapServer, post: imaplib.IMAP4
) -> None:
    message = queue(channel="pec", to_value="carla@pec.test", status="sent", sent_at=NOW, provider_id=f"<{MSGID}>")
    put(post, receipt("accettazione", MSGID), plain("nobody@x.test"))
    before = flags(post)
    report = read(acqua, imap)
    assert dict(report.counts) == {"receipt": 1, "unknown": 1}
    assert any("nobody@x.test" in problem for problem in report.problems)
    assert not read(acqua, imap).counts, "what was read is not read again"
    put(post, receipt("avvenuta-consegna", MSGID))
    assert dict(read(acqua, imap).counts) == {"receipt": 1}
    message.refresh_from_db()
    assert message.status == "delivered"
    assert flags(post)[:2] == before, "no flag, no move, no delete"
    assert len(flags(post)) == 3


def test_when_the_server_numbers_anew_all_is_read_and_nothing_is_doubled(
    acqua: Client, queue: Any, imap: ImapServer, post: imaplib.IMAP4
) -> None:
    queue(channel="pec", to_value="carla@pec.test", status="sent", sent_at=NOW, provider_id=f"<{MSGID}>")
    put(post, receipt("accettazione", MSGID))
    read(acqua, imap)
    MailboxMark.objects.update(uid_validity=1)
    assert dict(read(acqua, imap).counts) == {"known": 1}
    assert Receipt.objects.count() == 1


def test_a_lost_message_opens_its_step_again_and_doubts_the_address(
    acqua: Client, carla: Any, queue: Any, imap: ImapServer, post: imaplib.IMAP4
) -> None:
    message = queue(status="sent", sent_at=NOW, provider_id=f"<{MSGID}>")
    action = _step(message)
    put(post, bounce(MSGID))
    read(acqua, imap)
    action.refresh_from_db()
    assert (action.status, "550 no such user" in action.why_withdrawn) == (Action.Status.WITHDRAWN, True)
    assert not carla.contact_points.get(channel="email").verified


def _step(message: Message) -> Action:
    """The step that wanted the message, done when it was sent."""
    client, customer, day = message.client, message.customer, NOW.date()
    policy = PolicyVersion.objects.create(
        client=client, name="p", sha="p", content={}, first_used_on=day
    )  # fmt: skip
    run = Run.objects.create(client=client, as_of=day, policy=policy, started_at=NOW)
    decision = Decision.objects.create(
        client=client, customer=customer, run=run, decided_on=day, answer="act", ladder="l", facts={},
        fingerprint="f",
    )  # fmt: skip
    return Action.objects.create(
        client=client, customer=customer, decision=decision, cycle="c", step="s", channel="email", tone=1,
        status="done", done_on=day, planned_on=day, message=message,
    )  # fmt: skip


def test_the_command_says_what_came_and_what_needs_a_person(
    acqua: Client, imap: ImapServer, post: imaplib.IMAP4, settings: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    put(post, plain("carla@pec.test", Auto_Submitted="auto-replied"))
    settings.INBOX_URLS = [imap.url]
    assert main(["fetch"]) == 0
    assert "automatic 1" in capsys.readouterr().out
    settings.INBOX_URLS = [imap.url.replace("segreta", "sbagliata")]
    assert main(["fetch", "--client", "acqua"]) == 1
    said = capsys.readouterr()
    assert "sbagliata" not in said.out + said.err
    settings.INBOX_URLS = []
    assert main(["fetch"]) == 1


@pytest.mark.parametrize(
    "url", ["pop3://a:b@h", "imaps://h/INBOX", "imap://a:secret@mail.acqua.test/INBOX", "imaps://"]
)
def test_a_mailbox_that_cannot_be_used_safely_is_refused_without_telling_the_password(url: str) -> None:
    with pytest.raises(ValueError, match="imap") as refusal:
        MailboxSettings.from_url(url)
    assert "secret" not in str(refusal.value)


def test_a_folder_that_is_not_there_is_said(imap: ImapServer) -> None:
    settings = MailboxSettings.from_url(imap.url.replace("INBOX", "Nulla"))
    with pytest.raises(MailboxError, match="Nulla"), opened(settings):
        pass


RC = notice("RicevutaConsegna", RECEIVED + DELIVERED + OFFICE)


def test_a_notice_of_sdi_in_a_certified_mail_finds_its_invoice_and_leaves_the_mail_alone(
    acqua: Client, imap: ImapServer, post: imaplib.IMAP4
) -> None:
    take(acqua, (FILE, invoice()))
    put(post, from_sdi(("IT01234567897_00001_RC_001.xml", RC)), from_sdi(("rc.zip", zipped(("rc2.xml", RC)))))
    before = flags(post)
    assert dict(read(acqua, imap).counts) == {"notice": 2}
    told = SdiNotice.objects.select_related("invoice").get()
    assert (told.type, told.outcome, told.invoice and told.invoice.number) == ("RC", "delivered", "2026/1")
    assert flags(post) == before
    put(post, from_sdi(("other-name.xml", RC)))
    assert (dict(read(acqua, imap).counts), SdiNotice.objects.count()) == ({"known": 1}, 1)


def test_a_notice_that_sdi_did_not_send_proves_nothing(acqua: Client, imap: ImapServer, post: imaplib.IMAP4) -> None:
    take(acqua, (FILE, invoice()))
    put(post, from_sdi(("rc.xml", RC), sender="furbo@pec.altri.test"), from_sdi(("rc.xml", b"<a/>")))
    report = read(acqua, imap)
    assert dict(report.counts) == {"unproven": 1, "unknown": 1}
    assert any("furbo@pec.altri.test" in problem for problem in report.problems)
    assert not SdiNotice.objects.exists()
    assert StagedFile.objects.count() == 1, "a file that is no notice is not taken in"


def test_the_day_reads_the_mail_before_it_decides_and_a_dead_mailbox_does_not_stop_it(
    acqua: Client, queue: Any, imap: ImapServer, post: imaplib.IMAP4, settings: Any, capsys: Any
) -> None:
    message = queue(channel="pec", to_value="carla@pec.test", status="sent", sent_at=NOW, provider_id=f"<{MSGID}>")
    put(post, receipt("avvenuta-consegna", MSGID))
    dead = "imap://ada:segreta@127.0.0.1:1/INBOX?client=acqua&pec=1"
    settings.INBOX_URLS = [dead, f"{imap.url}&pec=1"]
    words = ["day", "--as-of", NOW.date().isoformat(), "--json"]
    assert main([*words, "--dry-run"]) == 0
    assert main([*words, "--no-mail"]) == 0
    message.refresh_from_db()
    assert message.status == "sent", "neither a rehearsal nor a day without mail reads it"
    capsys.readouterr()
    assert main(words) == 1
    said = capsys.readouterr()
    assert "127.0.0.1" in said.err
    assert "segreta" not in said.err
    assert '"mail": {"receipt": 1}' in said.out
    message.refresh_from_db()
    assert message.status == "delivered"
    assert Run.objects.filter(client=acqua, finished_at__isnull=False).exists()
