# SPDX-License-Identifier: Apache-2.0
"""E-mail through SMTP, said step by step so that one knows in which step it stopped.

Until the server says 354 nothing has been accepted and trying again is safe. Once the text is on its way
and the connection breaks before the answer, nobody can tell: the outcome is doubtful, and a person decides.
One connection is kept open and carries many messages; where the server pipelines (RFC 2920), a text and the addresses of
the message after it are one breath. That message's own text still waits until the server has said 354 to it.
"""

from __future__ import annotations

import functools
import re
import smtplib
import ssl
import time
from contextlib import suppress
from dataclasses import dataclass, field
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as SMTP_RULES
from email.utils import format_datetime
from types import TracebackType
from typing import Literal, Self
from urllib.parse import parse_qs, unquote, urlsplit

from . import Hint, Outcome, Outgoing, key_name
from .mail_bytes import mail_bytes

Security = Literal["plain", "starttls", "tls"]
_SCHEMES: dict[str, tuple[Security, int]] = {
    "smtp": ("plain", 25),
    "smtps": ("tls", 465),
    "starttls": ("starttls", 587),
    "smtp+starttls": ("starttls", 587),
}
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
IDLE_SECONDS = 5.0
"""A line that was silent for longer is asked whether it still stands before anything is said on it."""
_GREYLISTING = re.compile(r"gr[ea]y.?list", re.IGNORECASE)
_PLAIN = re.compile(
    r"([\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*)@([A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})*)", re.ASCII
)
_BUSY = re.compile(r"\b4\.(7\.0|7\.28|3\.2|4\.5)\b|too many|rate limit|throttl", re.IGNORECASE)
"""What large providers answer when they want us slower: policy 4.7.0, Gmail's 4.7.28, 4.3.2 and 4.4.5 (RFC 3463)."""


@dataclass(frozen=True)
class SmtpSettings:
    """Where the mail server is, and as whom we write. `sender` is the address in From and in the envelope."""

    host: str
    port: int
    security: Security
    sender: str
    user: str = ""
    password: str = field(default="", repr=False)
    timeout_seconds: float = 30.0

    @classmethod
    def from_url(cls, url: str, *, sender: str = "", timeout_seconds: float = 30.0) -> SmtpSettings:
        """Read `smtp://`, `smtps://` or `starttls://user:password@host:port?from=address`.

        Without `sender` and `from` the user writes. Raises ValueError (never quoting the password) when the
        URL is of no use, or would send a password in the clear over a network.
        """
        parts = urlsplit(url)
        if parts.scheme not in _SCHEMES or not parts.hostname:
            raise ValueError("the mail server must be smtp://, smtps:// or starttls://[user:password@]host[:port]")
        security, port = _SCHEMES[parts.scheme]
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
        if password and security == "plain" and parts.hostname not in _LOOPBACK:
            raise ValueError("a password over plain smtp:// would be readable: use starttls:// or smtps://")
        sender = sender or "".join(parse_qs(parts.query).get("from", [])) or user
        _address("", sender)
        return cls(parts.hostname, parts.port or port, security, sender, user, password, timeout_seconds)


class EmailChannel:
    """Sends e-mails over one connection, opened when needed and dropped after any trouble, and after `per_connection`
    messages (0: never).
    """

    repeatable = False

    def __init__(self, settings: SmtpSettings, per_connection: int = 0) -> None:
        self.settings = settings
        self.per_connection = per_connection
        self._server: smtplib.SMTP | None = None
        self._carried = 0
        self._last_word = 0.0
        self._ahead = ""  # to whom an envelope was said of which the answers are not heard yet

    def send(self, message: Outgoing, following: Outgoing | None = None) -> Outcome:
        """Hand one message to the server. `provider_id` is its Message-ID, made from the idempotency key. `following`:
        the one that is sent next, unless something comes between; then the line is given up, and nothing of it was said.
        """
        try:
            recipient, name, content = written(message, self.settings.sender)
        except (ValueError, HeaderParseError) as trouble:
            return Outcome("failed", detail=f"not a usable address: {trouble}")
        outcome = self._talk(recipient, content, following)
        self._carried, self._last_word = self._carried + 1, time.monotonic()
        if outcome.status == "doubtful" or outcome.hint == "busy" or self._carried == self.per_connection:
            self.close()
        return Outcome(outcome.status, name, outcome.detail[:400], outcome.hint)

    def close(self) -> None:
        """Say goodbye, or just hang up."""
        if self._server is not None and not self._ahead:  # else it waits for a text: nothing else can be said
            with suppress(smtplib.SMTPException, OSError):
                self._server.quit()
        self._hang_up()

    def _hang_up(self) -> None:
        server, self._server, self._ahead = self._server, None, ""
        if server is not None:
            server.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _talk(self, recipient: str, content: bytes, following: Outgoing | None) -> Outcome:
        try:
            refused = self._introduce(recipient)
        except (smtplib.SMTPException, OSError) as trouble:
            self.close()
            return Outcome("retry", detail=f"before the message was handed over: {_said(trouble)}", hint="busy")
        if refused is not None:
            return refused
        assert self._server is not None
        self._ahead = self._next(self._server, following)
        breath = _breath(self.settings.sender, self._ahead) if self._ahead else b""
        try:
            self._server.send(_dotted(content) + breath)
            verdict = self._server.getreply()
        except (smtplib.SMTPException, OSError) as trouble:
            return Outcome(
                "doubtful", detail=f"the connection broke after the message was handed over: {_said(trouble)}"
            )
        return _answer(verdict, expected=250) or Outcome("sent", detail=_words(verdict))

    def _next(self, server: smtplib.SMTP, following: Outgoing | None) -> str:
        """Who can be named in the same breath as the text before; empty when nobody."""
        if following is None or self._carried + 1 == self.per_connection or not server.has_extn("pipelining"):
            return ""
        try:
            return _address("", following.to_value).addr_spec
        except (ValueError, HeaderParseError):
            return ""

    def _introduce(self, recipient: str) -> Outcome | None:
        """Sender, recipient and DATA; None when the server waits for the text. A line that had served and went stale is
        replaced once: nothing was accepted on it.
        """
        if self._ahead and self._ahead != recipient:
            self.close()
        served = self._server is not None
        try:
            refused = self._envelope(recipient)
        except (smtplib.SMTPException, OSError):
            if not served:
                raise
            refused = Outcome("retry", hint="busy")
        if served and refused is not None and refused.hint == "busy":
            self.close()
            refused = self._envelope(recipient)
        return refused

    def _envelope(self, recipient: str) -> Outcome | None:
        """MAIL, RCPT and DATA, and what they come to. A refusal of *us* (the sender) is our trouble and can be mended:
        retry, not failed.
        """
        ahead, self._ahead = self._ahead, ""
        server = self._server if self._server and ahead else self._connected()
        if ahead or server.has_extn("pipelining"):
            if not ahead:
                server.send(_breath(self.settings.sender, recipient))
            mail, rcpt, data = (server.getreply() for _word in range(3))
            refused = _judged(mail, rcpt, data)
            if refused is not None and data[0] == 354:
                server.send(".\r\n")  # it waits for a text that nobody will get (RFC 2920, 3.1)
                server.getreply()
        else:
            refused = _word_by_word(server, self.settings.sender, recipient)
        if refused is not None and refused.hint != "busy" and server.rset()[0] != 250:
            self._hang_up()  # who answers otherwise has lost the thread: no text may follow on this line
        return refused

    def _connected(self) -> smtplib.SMTP:
        """The open connection when it still stands, else a new one."""
        if self._server is not None:
            if time.monotonic() - self._last_word < IDLE_SECONDS:
                return self._server
            try:
                if self._server.noop()[0] == 250:
                    return self._server
            except (smtplib.SMTPException, OSError):
                pass
            self.close()
        self._server, self._carried = _connect(self.settings), 0
        return self._server


def written(message: Outgoing, sender: str) -> tuple[str, str, bytes]:
    """The recipient's bare address, the Message-ID and the mail's bytes. Raises as `build` does."""
    if message.attachments:
        mail = build(message, sender)
        return mail["To"].addresses[0].addr_spec, str(mail["Message-ID"]), mail.as_bytes(policy=SMTP_RULES)
    recipient, from_address = _address(message.to_name, message.to_value), _own_address(message.sender_name, sender)
    answer_to = message.reply_to and message.reply_to != sender
    name = f"<{key_name(message.key)}@{from_address.domain}>"
    content = mail_bytes(
        sender=from_address, recipient=recipient, subject=_one_line(message.subject), date=message.at, message_id=name,
        reply_to=_own_address(message.sender_name, message.reply_to) if answer_to else None, text=message.text,
        html=message.html,
    )  # fmt: skip
    return recipient.addr_spec, name, content


def build(message: Outgoing, sender: str) -> EmailMessage:
    """The mail as RFC 5322 wants it: text first, HTML beside it, files after. Line ends cannot enter a
    header.
    """
    from_address = _address(message.sender_name, sender)
    mail = EmailMessage(policy=SMTP_RULES)
    mail["From"] = from_address
    mail["To"] = _address(message.to_name, message.to_value)
    if message.reply_to and message.reply_to != sender:
        mail["Reply-To"] = _address(message.sender_name, message.reply_to)
    mail["Subject"] = _one_line(message.subject)
    mail["Date"] = format_datetime(message.at)
    mail["Message-ID"] = f"<{key_name(message.key)}@{from_address.domain}>"
    mail.set_content(message.text, cte="quoted-printable")
    if message.html:
        mail.add_alternative(message.html, subtype="html", cte="quoted-printable")
    for file in message.attachments:
        main, _, sub = file.media_type.partition("/")
        mail.add_attachment(file.content, maintype=main, subtype=sub, filename=_one_line(file.name))
    return mail


def _connect(settings: SmtpSettings) -> smtplib.SMTP:
    tls = ssl.create_default_context()
    server: smtplib.SMTP
    if settings.security == "tls":
        server = smtplib.SMTP_SSL(settings.host, settings.port, timeout=settings.timeout_seconds, context=tls)
    else:
        server = smtplib.SMTP(settings.host, settings.port, timeout=settings.timeout_seconds)
    try:
        server.ehlo_or_helo_if_needed()
        if settings.security == "starttls":
            server.starttls(context=tls)
            server.ehlo()
        if settings.password:
            server.login(settings.user, settings.password)
    except BaseException:
        server.close()
        raise
    return server


def _breath(sender: str, recipient: str) -> bytes:
    return "".join(f"{word}\r\n" for word in _envelope_of(sender, recipient)).encode("ascii")


def _word_by_word(server: smtplib.SMTP, sender: str, recipient: str) -> Outcome | None:
    heard: list[tuple[int, bytes]] = []
    for word in _envelope_of(sender, recipient):
        heard.append(server.docmd(word))
        refused = _judged(*heard)
        if refused is not None:
            return refused
    return None


def _envelope_of(sender: str, recipient: str) -> tuple[str, str, str]:
    return f"MAIL FROM:<{sender}>", f"RCPT TO:<{recipient}>", "DATA"


def _judged(
    mail: tuple[int, bytes], rcpt: tuple[int, bytes] = (250, b""), data: tuple[int, bytes] = (354, b"")
) -> Outcome | None:
    """What the answers to MAIL, RCPT and DATA come to; None: go on."""
    if mail[0] != 250:
        busy: Hint = "busy" if mail[0] < 500 else ""
        return Outcome("retry", detail=f"the server refused the sender: {_words(mail)}", hint=busy)
    if rcpt[0] not in (250, 251):
        return _answer(rcpt, expected=250)
    return _answer(data, expected=354)


def _answer(reply: tuple[int, bytes], expected: int) -> Outcome | None:
    """None when the server agreed; 5xx is final, anything else may be tried again: it was not accepted."""
    if reply[0] == expected:
        return None
    words = _words(reply)
    if 500 <= reply[0] < 600:
        return Outcome("failed", detail=words)
    hint: Hint = (
        "greylisting" if _GREYLISTING.search(words) else "busy" if reply[0] == 421 or _BUSY.search(words) else ""
    )
    return Outcome("retry", detail=words, hint=hint)


def _dotted(content: bytes) -> bytes:
    """Lines that begin with a dot get a second one; the lone dot at the end closes (RFC 5321, 4.5.2)."""
    if content.startswith(b"."):
        content = b"." + content
    if b"\r\n." in content:
        content = content.replace(b"\r\n.", b"\r\n..")
    return content.removesuffix(b"\r\n") + b"\r\n.\r\n"


def _address(name: str, value: str) -> Address:
    """An address fit for a header: ASCII (other domains become punycode), no control characters."""
    plain = _PLAIN.fullmatch(value.strip())
    if plain:  # as most are: nothing to parse
        return Address(display_name=_one_line(name), username=plain[1], domain=plain[2])
    user, at, domain = value.strip().rpartition("@")
    if not (user and at and domain):
        raise ValueError("no address")
    return Address(display_name=_one_line(name), addr_spec=f"{user}@{domain.encode('idna').decode()}")


_own_address = functools.lru_cache(maxsize=512)(_address)
"""Of those who write: the same from mail to mail."""


def _one_line(text: str) -> str:
    shown = text if text.isprintable() else "".join(sign if sign.isprintable() else " " for sign in text)
    return " ".join(shown.split())


def _words(reply: tuple[int, bytes]) -> str:
    return f"{reply[0]} {reply[1].decode('utf-8', 'replace')}".replace("\n", " ")


def _said(trouble: Exception) -> str:
    return f"{type(trouble).__name__}: {trouble}".replace("\n", " ")
