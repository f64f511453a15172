# SPDX-License-Identifier: Apache-2.0
"""E-mail through a real SMTP server on loopback: what arrives, and what the outcome says when it does not."""

import dataclasses
import socket
import threading
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.headerregistry import Address
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ascolto.domain.outreach.channels import Attachment, Outgoing, email
from ascolto.domain.outreach.channels.email import EmailChannel, SmtpSettings, build, written

from .conftest import NOW, Mailbox

CARLA = Outgoing(
    key="1:C001:first",
    to_name="Carla Bianchi",
    to_value="carla@example.test",
    subject="Può succedere: una fattura è aperta",
    text="Gentile signora,\n.una riga col punto\n..due punti\nè tutto € qui\n",
    html="<p>Gentile signora, è tutto € qui</p>",
    sender_name="Acqua e Luce S.p.A.",
    reply_to="clienti@acqua.test",
    at=NOW,
)


def changed(**fields: Any) -> Outgoing:
    return dataclasses.replace(CARLA, **fields)


def test_the_mail_arrives_as_it_was_written(mailbox: Mailbox) -> None:
    pdf = Attachment("lettera.pdf", "application/pdf", b"%PDF-1.7 \x00\xff")
    with mailbox.channel() as channel:
        outcome = channel.send(changed(attachments=(pdf,)))
    mail: Any = message_from_bytes(mailbox.arrived[0], policy=policy.default)
    assert (outcome.status, outcome.detail) == ("sent", "250 kept as 1234")
    assert mail["Message-ID"] == outcome.provider_id
    assert mail["Message-ID"].startswith("<1-C001-first-"), "a person can find it by its key"
    assert mail["From"] == '"Acqua e Luce S.p.A." <crediti@acqua.test>'
    assert mail["Reply-To"] == '"Acqua e Luce S.p.A." <clienti@acqua.test>'
    assert (mail["To"], mail["Subject"]) == ("Carla Bianchi <carla@example.test>", CARLA.subject)
    assert mail["Date"].datetime == NOW
    assert mail.get_body(("plain",)).get_content().replace("\r\n", "\n") == CARLA.text
    assert mail.get_body(("html",)).get_content().strip() == CARLA.html
    (file,) = mail.iter_attachments()
    assert (file.get_filename(), file.get_content()) == ("lettera.pdf", pdf.content)


def test_one_connection_carries_many(mailbox: Mailbox) -> None:
    with mailbox.channel() as channel:
        for number in range(3):
            assert channel.send(changed(key=str(number))).status == "sent"
        assert mailbox.open_connections == 1
    assert len(mailbox.arrived) == 3


@pytest.mark.parametrize("field", ["subject", "to_name", "sender_name"])
def test_nobody_slips_a_header_in(mailbox: Mailbox, field: str) -> None:
    with mailbox.channel() as channel:
        channel.send(changed(**{field: "Ciao\r\nBcc: dario@altrove.test\r\n\r\nx"}))
    mail: Any = message_from_bytes(mailbox.arrived[0], policy=policy.default)
    assert mail["Bcc"] is None


@pytest.mark.parametrize(
    "address",
    [
        "",
        "carla",
        "carla@",
        "@example.test",
        "carla@example.test\r\nRCPT TO:<dario@altrove.test>",
        "carla@example.test, dario@altrove.test",
        "carlà@example.test",
    ],
)
def test_an_address_that_is_none_fails_without_a_word_to_the_server(mailbox: Mailbox, address: str) -> None:
    with mailbox.channel() as channel:
        assert channel.send(changed(to_value=address)).status == "failed"
    assert mailbox.arrived == []


def test_a_domain_in_another_script_is_written_as_the_net_knows_it(mailbox: Mailbox) -> None:
    with mailbox.channel() as channel:
        assert channel.send(changed(to_value="carla@città.test")).status == "sent"
    assert b"carla@xn--citt-3na.test" in mailbox.arrived[0]


@pytest.mark.parametrize(
    ("reply", "status"), [("550 no such person", "failed"), ("450 mailbox busy", "retry"), ("250 ok", "sent")]
)
@pytest.mark.parametrize("step", ["rcpt_reply", "data_reply"])
def test_5xx_is_final_and_4xx_is_for_later(mailbox: Mailbox, step: str, reply: str, status: str) -> None:
    setattr(mailbox, step, reply)
    with mailbox.channel() as channel:
        assert channel.send(CARLA).status == status
        setattr(mailbox, step, "250 ok")
        assert channel.send(changed(key="next")).status == "sent", "a refusal leaves the line fit for the next"


def test_a_line_that_breaks_after_the_text_leaves_a_doubt(mailbox: Mailbox) -> None:
    mailbox.hang_up_after_data = True
    with mailbox.channel() as channel:
        outcome = channel.send(CARLA)
    assert outcome.status == "doubtful"
    assert outcome.provider_id.startswith("<1-C001-first-")
    assert len(mailbox.arrived) == 1, "here it had arrived; nobody could know"


def test_nobody_at_home_is_for_later() -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        url = f"smtp://127.0.0.1:{nobody.getsockname()[1]}?from=crediti@acqua.test"
        assert EmailChannel(SmtpSettings.from_url(url, timeout_seconds=2)).send(CARLA).status == "retry"


@pytest.fixture
def hangs_up_before_the_text() -> Iterator[str]:
    """A server that says hello and EHLO, takes the addresses, and breaks the line when it hears DATA."""
    listening = socket.create_server(("127.0.0.1", 0))

    def talk() -> None:
        line, _peer = listening.accept()
        with line, line.makefile("rwb", buffering=0) as words:
            words.write(b"220 hello\r\n")
            for heard in words:
                if heard.upper().startswith(b"DATA"):
                    return
                words.write(b"250 ok\r\n")

    thread = threading.Thread(target=talk, daemon=True)
    thread.start()
    yield f"smtp://127.0.0.1:{listening.getsockname()[1]}?from=crediti@acqua.test"
    thread.join(5)
    listening.close()


def test_a_line_that_breaks_before_the_text_leaves_no_doubt(hangs_up_before_the_text: str) -> None:
    assert EmailChannel(SmtpSettings.from_url(hangs_up_before_the_text)).send(CARLA).status == "retry"


@pytest.mark.parametrize(
    ("url", "host", "port", "security", "user", "password", "sender"),
    [
        ("smtp://127.0.0.1:2525?from=a@b.test", "127.0.0.1", 2525, "plain", "", "", "a@b.test"),
        ("smtps://a%40b.test:p%2Fw@mail.b.test", "mail.b.test", 465, "tls", "a@b.test", "p/w", "a@b.test"),
        (
            "starttls://u:pw9@mail.b.test?from=a@b.test",
            "mail.b.test",
            587,
            "starttls",
            "u",
            "pw9",
            "a@b.test",
        ),
    ],
)
def test_settings_from_a_url(
    url: str, host: str, port: int, security: str, user: str, password: str, sender: str
) -> None:
    read = SmtpSettings.from_url(url)
    assert (read.host, read.port, read.security) == (host, port, security)
    assert (read.user, read.password, read.sender) == (user, password, sender)
    assert password == "" or password not in repr(read)


@pytest.mark.parametrize(
    "url",
    [
        "http://mail.b.test",
        "smtp://",
        "smtps://mail.b.test",
        "smtp://a%40b.test:secret@mail.b.test",
    ],
)
def test_settings_that_are_of_no_use(url: str) -> None:
    with pytest.raises(ValueError) as refused:
        SmtpSettings.from_url(url)
    assert "secret" not in str(refused.value)


WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), max_size=200)


@settings(max_examples=150)
@given(
    to_name=WORDS, to_value=st.sampled_from(["carla@example.test", f"{'carla.' * 9}b@example.test", "carla@città.test"]),
    subject=WORDS, sender_name=WORDS, text=WORDS, html=st.one_of(st.just(""), WORDS),
    reply_to=st.sampled_from(["", "crediti@acqua.test", "clienti@acqua.test"]),
)  # fmt: skip
def test_the_mail_written_straight_is_the_one_that_the_library_writes(**words: str) -> None:
    """The fast path against its slow twin: every header, and every body as a reader gets it."""
    message = changed(**words)
    recipient, name, fast = written(message, "crediti@acqua.test")
    slow = build(message, "crediti@acqua.test")
    ours: Any = message_from_bytes(fast, policy=policy.default)
    theirs: Any = message_from_bytes(slow.as_bytes(policy=policy.SMTP), policy=policy.default)
    for header in ("From", "To", "Reply-To", "Subject", "Date", "Message-ID", "MIME-Version"):
        assert ours[header] == theirs[header]
    assert ours["Message-ID"] == name
    assert theirs["To"].addresses[0].addr_spec == recipient
    assert ours.get_content_type() == theirs.get_content_type()
    for kind in ("plain", "html"):
        mine, other = ours.get_body((kind,)), theirs.get_body((kind,))
        assert (mine is None) == (other is None)
        if mine is not None:
            assert mine.get_content().rstrip("\r\n") == other.get_content().rstrip("\r\n")
    assert fast.isascii()
    assert b"\n" not in fast.replace(b"\r\n", b"")
    assert max(len(line) for line in fast.split(b"\r\n")) <= 998


@settings(max_examples=300)
@given(name=WORDS, value=st.from_regex(email._PLAIN, fullmatch=True))
def test_an_address_that_needs_no_parsing_is_the_one_that_the_library_parses(name: str, value: str) -> None:
    parsed = Address(display_name=email._one_line(name), addr_spec=value)
    ours = email._address(name, value)
    assert (ours, ours.addr_spec) == (parsed, parsed.addr_spec)
